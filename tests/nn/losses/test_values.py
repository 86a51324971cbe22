"""Losses beside numbers made by Keras, their derivatives, and what they do at the edges."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import autograd_core as ac
import nn.losses as losses
from nn.settings import settings

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "losses.json").read_text(encoding="utf-8")
)
FUNCTIONS = REFERENCE["functions"]
IDS = [f"{name}-{i}" for i, (name, *_) in enumerate(FUNCTIONS)]


def value_and_gradient(function, y_pred, dtype):
    y_pred = ac.tensor(y_pred, dtype=dtype, requires_grad=True)
    values = function(y_pred)
    ac.sum(values).backward()
    return values, y_pred.grad


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", FUNCTIONS, ids=IDS)
def test_values_and_gradients_are_keras_ones(case, dtype):
    name, arguments, y_true, y_pred, expected, expected_gradient = case
    function = getattr(losses, name)
    values, gradient = value_and_gradient(
        lambda p: function(np.array(y_true), p, **arguments), y_pred, dtype
    )
    assert values.dtype == gradient.dtype == dtype
    assert values.shape == np.shape(expected)
    # Keras's own means are float32 whatever the dtype.
    tolerance = 1e-6 if dtype == "float64" else 4e-6
    if dtype == "float32" and name == "binary_crossentropy" and np.isin(y_pred, 1).any():
        tolerance = 0.02  # 1 - 1e-7 is 1 - 1.2e-7 in float32
    scale = np.abs(expected_gradient).max() + 1e-30
    np.testing.assert_allclose(values.numpy(), expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(
        gradient.numpy(), expected_gradient, rtol=5 * tolerance, atol=tolerance * scale
    )


@pytest.mark.parametrize("case", REFERENCE["reduced"], ids=lambda case: case[0])
def test_reductions_are_keras_ones(case):
    name, arguments, y_true, y_pred, weight, expected = case
    for dtype in ("float64", "float32"):
        with settings(floatx=dtype):
            loss = getattr(losses, name)(**arguments)
            value = loss(y_true, y_pred, None if weight is None else np.array(weight))
        assert value.dtype == dtype and value.shape == np.shape(expected)
        np.testing.assert_allclose(value.numpy(), expected, rtol=1e-6, atol=1e-6)


# Smooth at these points: away from kinks and from the bounds of clipping.
TRUE = np.array([[0.1, 0.7, 0.2], [0.6, 0.1, 0.3]])
PRED = np.array([[0.35, 0.25, 0.3], [0.15, 0.55, 0.6]])
SCORES = np.array([[1.5, -0.5, 0.25], [-2.0, 0.75, 1.25]])
SMOOTH = []
for _name in (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "poisson",
    "kl_divergence",
    "cosine_similarity",
    "squared_hinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
):
    SMOOTH.append((_name, TRUE, PRED, {}))
    if "crossentropy" in _name:
        SMOOTH.append((_name, TRUE, SCORES, {"from_logits": True, "label_smoothing": 0.1}))
LABELS = np.array([2, 0])
SMOOTH += [
    ("huber", TRUE, 5 * PRED, {"delta": 0.3}),
    ("sparse_categorical_crossentropy", LABELS, PRED, {}),
    ("sparse_categorical_crossentropy", LABELS, SCORES, {"from_logits": True}),
    ("sparse_categorical_crossentropy", LABELS, SCORES, {"from_logits": True, "ignore_class": 0}),
]


@pytest.mark.parametrize("name, y_true, y_pred, arguments", SMOOTH)
def test_first_and_second_derivatives(name, y_true, y_pred, arguments):
    function = getattr(losses, name)
    ac.check_grads(lambda p: function(y_true, p, **arguments), (y_pred,), order=2)
    if y_true.dtype == np.float64 and name != "squared_hinge":  # also to labels that are tracked
        ac.check_grads(lambda t, p: function(t, p, **arguments), (y_true, y_pred), order=2)


def test_far_logits_are_finite_in_float32():
    """Against the exact values: max(x, 0) - x y, and max(x) - x[label]."""
    for x in (1e4, -1e4):
        for y in (0.0, 1.0):
            value, gradient = value_and_gradient(
                lambda p, y=y: losses.binary_crossentropy([[y]], p, from_logits=True),
                [[x]],
                "float32",
            )
            assert value.item() == max(x, 0) - x * y
            assert gradient.item() == (x > 0) - y
    scores = [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]]
    expected = np.array([[0, 2e4, 1e4], [math.log(3)] * 3], np.float32)
    for label in range(3):
        one_hot = np.eye(3)[[label, label]]
        for function, y_true in (
            (losses.sparse_categorical_crossentropy, [label, label]),
            (losses.categorical_crossentropy, one_hot),
        ):
            value, gradient = value_and_gradient(
                lambda p, f=function, t=y_true: f(t, p, from_logits=True), scores, "float32"
            )
            np.testing.assert_allclose(value.numpy(), expected[:, label], rtol=1e-6)
            np.testing.assert_allclose(
                gradient.numpy(), np.array([[1, 0, 0], [1 / 3] * 3]) - one_hot, atol=1e-6
            )


def test_small_losses_of_logits_keep_their_digits():
    value = losses.binary_crossentropy([[1.0, 0.0]], np.array([[20.0, -20.0]], np.float32), True)
    np.testing.assert_allclose(value.item(), math.log1p(math.exp(-20)), rtol=1e-5)
    scores = np.array([[1000.0, 998.0]], np.float32)
    value = losses.sparse_categorical_crossentropy([0], scores, from_logits=True)
    np.testing.assert_allclose(value.item(), math.log1p(math.exp(-2)), rtol=1e-6)


@pytest.mark.parametrize("from_logits", [True, False])
def test_classes_along_another_axis(from_logits):
    """The same numbers as with the classes last; three classes, five samples."""
    rng = np.random.default_rng(2)
    labels, p = rng.integers(0, 3, 5), rng.random((5, 3)) + 0.1
    one_hot = np.eye(3)[labels]
    options = {"from_logits": from_logits}
    for name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        function = getattr(losses, name)
        last = function(one_hot, p, label_smoothing=0.3, **options)
        first = function(one_hot.T, p.T, label_smoothing=0.3, axis=0, **options)
        np.testing.assert_allclose(first.numpy(), last.numpy(), rtol=1e-12)
    last = losses.sparse_categorical_crossentropy(labels, p, **options)
    for y_true in (labels, labels[None]):
        first = losses.sparse_categorical_crossentropy(y_true, p.T, axis=0, **options)
        np.testing.assert_allclose(first.numpy(), last.numpy(), rtol=1e-12)


def test_certain_but_wrong_probabilities_are_clipped():
    eps = np.float32(1e-7)
    value = losses.binary_crossentropy([[1.0]], np.zeros((1, 1), np.float32))
    np.testing.assert_allclose(value.item(), -math.log(eps), rtol=1e-6)
    value = losses.sparse_categorical_crossentropy([1], np.array([[1.0, 0.0]], np.float32))
    np.testing.assert_allclose(value.item(), -math.log(eps), rtol=1e-6)
    with settings(epsilon=1e-3):
        value = losses.binary_crossentropy([[1.0]], np.zeros((1, 1), np.float32))
    np.testing.assert_allclose(value.item(), -math.log(1e-3), rtol=1e-6)


def test_ignored_labels_keep_even_nan_out():
    scores = np.array([[1.0, 2.0], [np.nan, np.inf], [0.5, -1.0]])
    for from_logits in (True, False):
        predictions = scores if from_logits else np.where(scores < 0, 0.25, scores)

        def loss(p, from_logits=from_logits):
            return losses.sparse_categorical_crossentropy(
                [0, -1, 1], p, from_logits=from_logits, ignore_class=-1
            )

        values, gradient = value_and_gradient(loss, predictions, "float64")
        assert values.numpy()[1] == 0 and np.isfinite(values.numpy()).all()
        assert not gradient.numpy()[1].any() and np.isfinite(gradient.numpy()).all()
        kind = losses.SparseCategoricalCrossentropy(from_logits, ignore_class=-1, dtype="float64")
        mean = kind([0, -1, 1], predictions)
        np.testing.assert_allclose(mean.item(), values.numpy().sum() / 2, rtol=1e-12)
        both = kind([0, -1, 1], predictions, mask=[True, True, False])
        np.testing.assert_allclose(both.item(), values.numpy()[0], rtol=1e-12)


def test_all_samples_ignored_is_zero():
    loss = losses.SparseCategoricalCrossentropy(ignore_class=1)
    p = ac.tensor([[0.5, 0.5]], dtype="float32", requires_grad=True)
    value = loss([1], p)
    value.backward()
    assert value.item() == 0 and not p.grad.numpy().any()


def test_cosine_similarity_of_a_zero_vector():
    value, gradient = value_and_gradient(
        lambda p: losses.cosine_similarity([[1.0, 0.0]], p), [[0.0, 0.0]], "float32"
    )
    assert value.item() == 0 and np.isfinite(gradient.numpy()).all()


def test_labels_as_list_array_and_tensor():
    p = np.array([[0.2, 0.8], [0.6, 0.4]], np.float32)
    for y_true in ([[0, 1], [1, 0]], np.array([[0, 1], [1, 0]]), ac.tensor([[0, 1], [1, 0]])):
        value = losses.mean_squared_error(y_true, p)
        assert value.dtype == np.float32
        np.testing.assert_allclose(value.numpy(), [0.04, 0.16], rtol=1e-5)
    for labels in ([1, 0], np.array([1, 0], np.uint8), np.array([1.0, 0.0]), ac.tensor([1, 0])):
        value = losses.sparse_categorical_crossentropy(labels, p)
        np.testing.assert_allclose(value.numpy(), -np.log([0.8, 0.6]), rtol=1e-6)


def test_gradients_flow_to_what_is_tracked():
    t = ac.tensor([[1.0, 2.0]], requires_grad=True)
    p = ac.tensor([[1.5, 1.0]], requires_grad=True)
    w = ac.tensor([2.0], requires_grad=True)
    losses.MeanSquaredError(dtype="float64")(t, p, sample_weight=w).backward()
    np.testing.assert_allclose(p.grad.numpy(), [[1.0, -2.0]])
    np.testing.assert_allclose(t.grad.numpy(), [[-1.0, 2.0]])
    np.testing.assert_allclose(w.grad.numpy(), [0.625])
    assert not losses.mean_squared_error([[1.0]], [[2.0]]).requires_grad
