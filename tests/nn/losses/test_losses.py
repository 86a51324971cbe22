"""What all losses share: shapes and labels they refuse, weights, masks, classes, names."""

import copy
import inspect
import itertools
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
import nn.losses as losses
from nn.losses.checks import squeeze_or_expand_to_same_rank
from nn.losses.reductions import aligned, reduce_weighted_values
from nn.settings import settings

ALIKE = [  # functions whose y_true and y_pred have one shape
    name
    for name in losses.__all__
    if name.islower()
    and inspect.signature(getattr(losses, name)).parameters.keys() >= {"y_true"}
    and name not in ("sparse_categorical_crossentropy", "resolve", "kind_of_classes")
]
CLASSES = [
    cls
    for cls in vars(losses).values()
    if inspect.isclass(cls)
    and issubclass(cls, losses.LossFunctionWrapper)
    and cls is not losses.LossFunctionWrapper
]


def test_the_lists_above_are_complete():
    assert len(ALIKE) == 16 and len(CLASSES) == 17


# Shapes.

shapes = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)


def fit(true, pred):
    """Whether two shapes are equal but for a last axis of size 1 that one of them lacks."""
    return true == pred or (*true, 1) == pred or true == (*pred, 1)


@given(true=shapes, pred=shapes, name=st.sampled_from(ALIKE))
def test_nothing_is_broadcast(true, pred, name):
    function = getattr(losses, name)
    if fit(true, pred) and not ("categorical_" in name and "hinge" not in name):
        value = function(np.full(true, 0.5), np.full(pred, 0.5))
        longest = max(true, pred, key=len)
        if len(true) != len(pred) and longest[:-1] != longest[:1]:
            longest = min(true, pred, key=len)  # (n, t) beside (n, t, 1) is (n, t)
        assert value.shape == longest[:-1]
    elif not fit(true, pred):
        with pytest.raises(ValueError, match=name) as caught:
            function(np.full(true, 0.5), np.full(pred, 0.5))
        if "one class" not in str(caught.value):
            assert str(true) in str(caught.value) and str(pred) in str(caught.value)


@given(true=shapes, pred=shapes)
def test_nothing_is_broadcast_by_the_classes(true, pred):
    if fit(true, pred):
        losses.MeanSquaredError()(np.zeros(true), np.zeros(pred))
        return
    with pytest.raises(ValueError, match="mean_squared_error: y_true has shape"):
        losses.MeanSquaredError()(np.zeros(true), np.zeros(pred))


def test_one_axis_more_is_matched():
    value = losses.mean_squared_error([1.0, 2.0], [[1.0], [4.0]])
    np.testing.assert_array_equal(value.numpy(), [0, 4])
    value = losses.mean_squared_error([[1.0], [2.0]], [1.0, 4.0])
    np.testing.assert_array_equal(value.numpy(), [0, 4])
    value = losses.mean_squared_error(np.zeros((2, 3, 1)), np.ones((2, 3)))
    np.testing.assert_array_equal(value.numpy(), [1, 1])
    kept = squeeze_or_expand_to_same_rank(np.zeros(2), np.zeros((2, 1)), expand_rank_1=False)
    assert [k.shape for k in kept] == [(2,), (2,)]


def zeros(*shape):
    return np.zeros(shape)


BAD_SHAPES = [
    ("mean_squared_error", zeros(10), zeros(10, 768), "gives 768 values where y_true has one"),
    ("mean_squared_error", zeros(10, 1), zeros(10, 768), "gives 768 values where y_true has 1;"),
    ("mean_squared_error", zeros(2, 3), zeros(3, 2), "each other's transpose"),
    ("mean_squared_error", zeros(8, 3), zeros(7, 3), "y_true has 8 samples, y_pred 7"),
    ("mean_squared_error", zeros(2, 6), zeros(2, 3, 2), "must be equal"),
    ("mean_squared_error", 0.0, zeros(3), "y_true is a single number"),
    ("mean_squared_error", zeros(3), 0.0, "y_pred is a single number"),
    ("mean_squared_error", zeros(0, 3), zeros(0, 3), r"y_pred is empty, shape \(0, 3\)"),
    ("mean_squared_error", [[1.0], [1.0, 2.0]], zeros(2, 2), "y_true is no array"),
    ("binary_crossentropy", zeros(6), zeros(6, 3), "for class numbers use sparse_categorical_cro"),
    ("categorical_crossentropy", [1, 2], zeros(2, 3), "did you mean that"),
    ("categorical_crossentropy", [[1], [2]], zeros(2, 3), "use sparse_categorical_crossentropy"),
    ("categorical_focal_crossentropy", [1, 2], zeros(2, 3), r"use to_categorical\(y_true, 3\)"),
    ("categorical_crossentropy", zeros(2, 4), zeros(2, 3), "gives 3 values where y_true has 4"),
    ("categorical_crossentropy", zeros(4, 1), zeros(4, 1), "use binary_crossentropy"),
    ("sparse_categorical_crossentropy", zeros(4), zeros(4, 1), "use binary_crossentropy"),
    ("sparse_categorical_crossentropy", np.eye(3), np.eye(3), "use categorical_crossentropy"),
    ("sparse_categorical_crossentropy", zeros(4), zeros(5, 3), "y_true has 4 samples, y_pred 5"),
    ("sparse_categorical_crossentropy", zeros(4, 2), zeros(4, 3), r"class numbers of shape \(4,\)"),
    ("sparse_categorical_crossentropy", [0], zeros(0, 3), "y_pred is empty"),
]


@pytest.mark.parametrize("name, y_true, y_pred, message", BAD_SHAPES)
def test_shapes_that_do_not_fit(name, y_true, y_pred, message):
    with pytest.raises(ValueError, match=f"^{name}: .*{message}"):
        getattr(losses, name)(y_true, y_pred)
    cls = next(c for c in CLASSES if c().name.startswith(name))
    with pytest.raises(ValueError, match=message):
        cls()(y_true, y_pred)


# Labels.

BAD_LABELS = [
    ([0, 3], {}, r"the label 3, y_pred has 3 classes, 0 to 2; the last layer needs 4 units"),
    ([1, 3], {}, r"the label 3, .*if the labels count from 1, use y_true - 1"),
    ([0, -1], {}, r"the label -1, .*pass ignore_class=-1"),
    ([0, -1], {"ignore_class": -2}, r"the label -1"),
    ([0.5, 1.0], {}, "it holds 0.5; for values that are not classes use a regression loss"),
    ([np.nan, 1.0], {}, "it holds nan"),
    ([np.inf, 1.0], {}, "it holds inf"),
    ([2.0, 5.0], {}, "the label 5"),
]


@pytest.mark.parametrize("labels, arguments, message", BAD_LABELS)
def test_bad_class_numbers(labels, arguments, message):
    name = "sparse_categorical_crossentropy"
    with pytest.raises(ValueError, match=f"{name}: y_true .*{message}"):
        losses.sparse_categorical_crossentropy(labels, np.full((2, 3), 0.5), **arguments)


@pytest.mark.parametrize("name", ["binary_crossentropy", "binary_focal_crossentropy"])
def test_labels_of_binary_losses_are_from_0_to_1(name):
    with pytest.raises(ValueError, match=f"{name}: y_true .* from -1.* to 1.*use hinge"):
        getattr(losses, name)([[-1.0], [1.0]], [[0.5], [0.5]])
    with pytest.raises(ValueError, match=f"{name}: y_true .* from 0.* to 3.*class numbers"):
        getattr(losses, name)([[0], [3]], [[0.5], [0.5]])


def test_labels_that_are_no_numbers():
    with pytest.raises(TypeError, match="mean_squared_error: y_true: expected numbers"):
        losses.mean_squared_error([["a"]], [[1.0]])
    with pytest.raises(TypeError, match="y_pred: expected numbers"):
        losses.MeanSquaredError()([[1.0]], [[None]])


BAD_ARGUMENTS = [
    ("binary_crossentropy", {"label_smoothing": 1.5}, "label_smoothing must be from 0 to 1"),
    ("categorical_crossentropy", {"label_smoothing": -0.1}, "label_smoothing must be from 0 to 1"),
    ("categorical_crossentropy", {"axis": True}, "axis must be an integer"),
    ("categorical_crossentropy", {"axis": 2}, "axis 2 does not exist"),
    ("sparse_categorical_crossentropy", {"axis": -3}, "axis -3 does not exist"),
]


@pytest.mark.parametrize("name, arguments, message", BAD_ARGUMENTS)
def test_bad_arguments(name, arguments, message):
    with pytest.raises(ValueError, match=f"{name}: {message}"):
        getattr(losses, name)(np.eye(3), np.full((3, 3), 0.5), **arguments)


def test_large_class_numbers_in_a_half_precision_model():
    with settings(floatx="float16"):
        scores = np.zeros((1, 3000), np.float16)
        scores[0, 2049] = 10  # float16 has no 2049
        for loss in (
            losses.SparseCategoricalCrossentropy(from_logits=True),
            losses.resolve("sparse_categorical_crossentropy", np.zeros(1), scores),
        ):
            loss.fn_kwargs["from_logits"] = True
            assert loss(np.array([2049]), scores).item() < 1


# Weights and masks.


def test_weights_are_aligned_with_samples():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 3))  # as many steps as samples: where broadcasting would err
    weights = rng.random(3)
    expected = sum(weights[i] * values[i, j] for i in range(3) for j in range(3)) / 9
    for given_weights in (weights, weights[:, None], weights[:, None, None]):
        value = reduce_weighted_values(values, given_weights)
        np.testing.assert_allclose(value.item(), expected, rtol=1e-12)
    each = rng.random((3, 3))
    value = reduce_weighted_values(values, each, reduction="none")
    np.testing.assert_array_equal(value.numpy(), values * each)


@given(have=st.lists(st.integers(1, 3), max_size=4).map(tuple), want=shapes)
def test_weights_are_never_broadcast_over_samples(have, want):
    weights = ac.tensor(np.ones(have))
    short = have[:-1] if len(have) == len(want) + 1 and have[-1] == 1 else have
    fits = short[:1] in ((), want[:1]) and len(short) <= len(want)
    fits = fits and all(a in (1, b) for a, b in zip(short, want, strict=False))
    if fits:
        assert np.broadcast_shapes(aligned(weights, want, "w").shape, want) == want
    else:
        with pytest.raises(ValueError, match=r"^w has shape"):
            aligned(weights, want, "w")


def test_weights_of_a_single_value():
    with pytest.raises(ValueError, match=r"mean_squared_error: sample_weight .*shape \(n, 1\)"):
        losses.MeanSquaredError()([1.0, 2.0], [1.0, 2.0], sample_weight=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\), the values \(2,\)"):
        losses.MeanSquaredError()([[1.0], [2.0]], [[1.0], [2.0]], sample_weight=[1.0, 2.0, 3.0])


def test_weighted_mean_of_ones_is_one():
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    for weights in ([1.0, 3.0], [[1.0], [3.0]], [[1.0, 0.5], [3.0, 2.0]]):
        value = loss(np.zeros((2, 2, 1)), np.ones((2, 2, 1)), sample_weight=weights)
        np.testing.assert_allclose(value.item(), 1, rtol=1e-6)


def test_masks():
    values = ac.tensor([[1.0, np.nan], [3.0, 5.0]], requires_grad=True)
    mask = [[True, False], [True, True]]
    for reduction, expected in (
        ("sum_over_batch_size", 3),
        ("mean", 3),
        ("sum", 9),
        ("mean_with_sample_weight", 3),
    ):
        value = reduce_weighted_values(values, mask=mask, reduction=reduction)
        assert value.item() == expected
    value.backward()
    np.testing.assert_allclose(values.grad.numpy(), np.array([[1, 0], [1, 1]]) / 3)
    value = reduce_weighted_values(values, [1.0, 0.5], mask, "mean_with_sample_weight")
    assert value.item() == (1 + 1.5 + 2.5) / 2
    assert reduce_weighted_values(values, mask=[False, False]).item() == 0
    kept = reduce_weighted_values(values, mask=[False, True], reduction=None)
    np.testing.assert_array_equal(kept.numpy(), [[0, 0], [3, 5]])


def test_unknown_reduction():
    with pytest.raises(ValueError, match=r"reduction: 'avg' is unknown; use one of .*'mean'"):
        losses.MeanSquaredError(reduction="avg")


# Classes.

SIGNATURES = {
    "BinaryCrossentropy": "from_logits=False, label_smoothing=0.0, axis=-1",
    "BinaryFocalCrossentropy": "apply_class_balancing=False, alpha=0.25, gamma=2.0, "
    "from_logits=False, label_smoothing=0.0, axis=-1",
    "CategoricalCrossentropy": "from_logits=False, label_smoothing=0.0, axis=-1",
    "CategoricalFocalCrossentropy": "alpha=0.25, gamma=2.0, from_logits=False, "
    "label_smoothing=0.0, axis=-1",
    "CosineSimilarity": "axis=-1",
    "Huber": "delta=1.0",
    "SparseCategoricalCrossentropy": "from_logits=False, ignore_class=None",
}


@pytest.mark.parametrize("cls", CLASSES)
def test_signatures_are_keras_ones(cls):
    name = {"Huber": "huber_loss"}.get(cls.__name__, cls().fn.__name__)
    first = SIGNATURES.get(cls.__name__, "")
    axis = "axis=-1, " if cls is losses.SparseCategoricalCrossentropy else ""
    expected = f"{first}, " if first else ""
    expected += f"reduction='sum_over_batch_size', {axis}name='{name}', dtype=None"
    parameters = inspect.signature(cls).parameters.values()
    assert ", ".join(f"{p.name}={p.default!r}" for p in parameters) == expected


OTHER = {float: 0.125, bool: True, int: 1, type(None): 2}


@pytest.mark.parametrize("cls", CLASSES)
def test_config_keeps_every_argument(cls):
    arguments = {"name": "mine", "reduction": "sum", "dtype": "float64"}
    for name, parameter in inspect.signature(cls).parameters.items():
        if name not in arguments:
            arguments[name] = OTHER[type(parameter.default)]
    loss = cls(**arguments)
    assert loss.get_config() == arguments
    for again in (
        cls.from_config(loss.get_config()),
        losses.deserialize(losses.serialize(loss)),
        losses.get(losses.serialize(loss)),
        copy.deepcopy(loss),
        pickle.loads(pickle.dumps(loss)),
    ):
        assert type(again) is cls and again.get_config() == arguments
    for name, value in arguments.items():
        assert getattr(loss, name) == value
    assert "dtype" not in cls().get_config()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        loss.nothing  # noqa: B018


def test_custom_losses():
    class Cubed(losses.Loss):
        def call(self, y_true, y_pred):
            return ac.mean(ac.absolute(y_true - y_pred) ** 3, axis=-1)

    loss = Cubed(reduction="sum")
    value = loss(np.array([[1], [2]]), np.array([[3.0], [2.5]], np.float32))
    assert value.dtype == np.float32 and value.item() == 8.125
    assert loss.name.startswith("cubed")
    assert Cubed.from_config(loss.get_config()).get_config() == loss.get_config()
    with pytest.raises(NotImplementedError, match=r"Loss must define call\(y_true, y_pred\)"):
        losses.Loss()([1.0], [1.0])

    def difference(y_true, y_pred):
        assert y_true.shape == y_pred.shape
        return y_pred - y_true

    wrapped = losses.resolve(difference, np.zeros(2), np.zeros((2, 1)))
    assert wrapped.name == "difference"
    assert wrapped([1.0, 2.0], [[2.0], [4.0]]).item() == 1.5


def test_predictions_of_integers_become_floats():
    value = losses.mean_squared_error([[1, 2]], [[3, 5]])
    assert value.dtype == np.float32 and value.item() == 6.5
    assert losses.MeanSquaredError()([[1, 2]], [[3, 5]]).dtype == np.float32


# Names.


def test_lookup():
    for name, function in {
        "mse": "mean_squared_error",
        "MSE": "mean_squared_error",
        "mae": "mean_absolute_error",
        "MAPE": "mean_absolute_percentage_error",
        "msle": "mean_squared_logarithmic_error",
        "bce": "binary_crossentropy",
        "KLD": "kl_divergence",
        "huber": "huber",
        "log_cosh": "log_cosh",
    }.items():
        assert losses.get(name) is getattr(losses, function)
    for cls in CLASSES:
        assert type(losses.get(cls.__name__)) is cls and type(losses.get(cls)) is cls
        function = cls().fn
        assert losses.get(function.__name__) is function is losses.get(function)
        assert losses.deserialize(losses.serialize(function)) is function
    assert losses.get(None) is None
    loss = losses.Huber()
    assert losses.get(loss) is loss
    with pytest.raises(
        ValueError, match="loss: unknown name 'mean_square_error'; did you mean 'me"
    ):
        losses.get("mean_square_error")
    with pytest.raises(ValueError, match="loss: cannot use 3"):
        losses.get(3)
    mine = losses.deserialize({"class_name": "Mine", "config": {}}, {"Mine": losses.Huber})
    assert type(mine) is losses.Huber
    wrapper = losses.LossFunctionWrapper(losses.huber, delta=2.0, name="h")
    again = losses.LossFunctionWrapper.from_config(wrapper.get_config())
    assert again.fn is losses.huber and again.get_config() == wrapper.get_config()


KINDS = [
    ((8,), (8, 1), "binary"),
    ((8, 1), (8, 1), "binary"),
    ((8,), (8,), "binary"),
    ((8, 5, 1), (8, 5, 1), "binary"),
    ((8,), (8, 3), "sparse_categorical"),
    ((8, 1), (8, 3), "sparse_categorical"),
    ((8, 5), (8, 5, 3), "sparse_categorical"),
    ((8, 5, 1), (8, 5, 3), "sparse_categorical"),
    ((8, 3), (8, 3), "categorical"),
    ((8, 5, 3), (8, 5, 3), "categorical"),
]


@pytest.mark.parametrize("true, pred, kind", KINDS)
def test_crossentropy_by_shapes(true, pred, kind):
    assert losses.kind_of_classes(np.zeros(true), np.zeros(pred)) == kind
    for word in ("crossentropy", "ce"):
        loss = losses.resolve(word, np.zeros(true), np.zeros(pred))
        assert loss.fn is getattr(losses, f"{kind}_crossentropy") and loss.name == word


def test_resolve():
    assert losses.resolve(None, None, None) is None
    loss = losses.Huber()
    assert losses.resolve(loss, None, None) is loss
    named = losses.resolve("mse", None, None)
    assert named.name == "mse" and named.fn is losses.mean_squared_error
    assert losses.resolve(losses.hinge, None, None).name == "hinge"


def test_import_loads_no_numba():
    program = "import sys, nn.losses, nn.optimizers; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_all_pairs_of_reductions_and_losses_give_finite_gradients():
    rng = np.random.default_rng(1)
    for cls, reduction in itertools.product(CLASSES, ("sum", "mean", "none")):
        p = ac.tensor(rng.random((4, 3)), dtype="float32", requires_grad=True)
        sparse = cls is losses.SparseCategoricalCrossentropy
        y_true = rng.integers(0, 3, 4) if sparse else np.eye(3)[rng.integers(0, 3, 4)]
        value = cls(reduction=reduction)(y_true, p, sample_weight=rng.random(4))
        assert value.shape == ((4,) if reduction == "none" else ())
        ac.sum(value).backward()
        assert p.grad.dtype == np.float32 and np.isfinite(p.grad.numpy()).all()
