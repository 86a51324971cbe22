"""Metrics beside Keras's and definitions by hand; state, names, choice by shape, bad input."""

import copy
import inspect
import json
import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
import keras_like.metrics as metrics
from nn import losses
from nn.naming import reset_names
from nn.settings import settings

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "losses.json").read_text(encoding="utf-8")
)
WRAPPERS = [
    cls
    for cls in vars(metrics).values()
    if inspect.isclass(cls)
    and issubclass(cls, metrics.MeanMetricWrapper)
    and cls is not metrics.MeanMetricWrapper
]
BUILT_IN = [*WRAPPERS, metrics.Mean, metrics.Sum, metrics.RootMeanSquaredError]


def array(value):
    return None if value is None else np.array(value)


# Values.


@pytest.mark.parametrize("case", REFERENCE["metrics"], ids=lambda case: case[0])
def test_streamed_values_are_keras_ones(case):
    name, arguments, batches, expected = case
    metric = getattr(metrics, name)(**arguments)
    for _ in range(2):
        found = []
        for batch in batches:
            assert metric.update_state(*map(array, batch)) is None
            found.append(float(metric.result()))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
        metric.reset_state()
        assert float(metric.result()) == 0
    assert metric.result().dtype == np.float32 and metric.result().shape == ()


@pytest.mark.parametrize("case", REFERENCE["reducing"], ids=lambda case: case[0])
def test_mean_and_sum_are_keras_ones(case):
    name, values, weight, expected = case
    metric = getattr(metrics, name)()
    metric.update_state(values, weight)
    metric.update_state(values)
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-6)


def test_accuracies_by_counting():
    rng = np.random.default_rng(3)
    labels, scores = rng.integers(0, 4, 50), rng.random((50, 4))
    weights = rng.random(50)
    hits = [int(max(range(4), key=lambda c, i=i: scores[i, c]) == labels[i]) for i in range(50)]
    expected = sum(w * h for w, h in zip(weights, hits, strict=True)) / sum(weights)
    for metric, y_true in (
        (metrics.SparseCategoricalAccuracy(), labels),
        (metrics.CategoricalAccuracy(), np.eye(4)[labels]),
    ):
        for start in range(0, 50, 8):  # the last batch is smaller
            batch = slice(start, start + 8)
            metric.update_state(y_true[batch], scores[batch], weights[batch])
        np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-6)
    ranks = [sorted(range(4), key=lambda c, i=i: -scores[i, c]).index(labels[i]) for i in range(50)]
    for k in (1, 2, 3, 4):
        value = metrics.SparseTopKCategoricalAccuracy(k=k)(labels, scores)
        np.testing.assert_allclose(float(value), sum(r < k for r in ranks) / 50, rtol=1e-6)


def test_regression_by_formulas():
    rng = np.random.default_rng(4)
    t, p = rng.normal(size=40), rng.normal(size=40)
    errors = [a - b for a, b in zip(t, p, strict=True)]
    expected = {
        "mse": math.fsum(e * e for e in errors) / 40,
        "mae": math.fsum(abs(e) for e in errors) / 40,
        "rmse": math.sqrt(math.fsum(e * e for e in errors) / 40),
        "mape": 100 * math.fsum(abs(e / a) for e, a in zip(errors, t, strict=True)) / 40,
    }
    for name, value in expected.items():
        metric = metrics.get(name)
        for start in (0, 15, 30):
            metric.update_state(t[start : start + 15], p[start : start + 15, None])
        np.testing.assert_allclose(float(metric.result()), value, rtol=1e-6)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0, 3)), min_size=1, max_size=12), st.data())
def test_batches_of_any_size_give_one_mean(pairs, data):
    values, weights = map(list, zip(*pairs, strict=True))
    metric = metrics.Mean(dtype="float64")
    start = 0
    while start < len(values):
        size = data.draw(st.integers(1, len(values) - start))
        metric.update_state(values[start : start + size], weights[start : start + size])
        start += size
    total = math.fsum(weights)
    expected = math.fsum(v * w for v, w in pairs) / total if total else 0
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-9, atol=1e-12)


def test_means_stay_exact_beyond_float32():
    metric = metrics.Mean()
    metric.total.assign(2.0**24)
    metric.count.assign(2.0**24)
    for _ in range(100):
        metric.update_state([1.0])
    metric.update_state(np.zeros(2**24 + 100))
    assert float(metric.result()) == 0.5


def test_ignored_labels_do_not_count():
    y_true, p = np.array([0, -1, 1]), np.array([[0.7, 0.3], [0.5, 0.5], [0.4, 0.6]], np.float32)
    expected = -(math.log(0.7) + math.log(0.6)) / 2
    for weights in (None, np.ones(3), 2.0):
        metric = metrics.SparseCategoricalCrossentropy(ignore_class=-1)
        np.testing.assert_allclose(float(metric(y_true, p, weights)), expected, rtol=1e-6)


def test_nothing_is_recorded():
    p = ac.tensor([[0.25, 0.75]], requires_grad=True)
    seen = []

    def function(y_true, y_pred):
        seen.append(y_pred)
        assert not ac.is_recording()
        return y_pred * 2 - y_true

    metric = metrics.MeanMetricWrapper(function)
    assert not metric(np.zeros((1, 2)), p).requires_grad
    assert not seen[0].requires_grad and p.grad is None
    assert float(metrics.CategoricalAccuracy()([[0, 1]], p)) == 1
    assert not metrics.RootMeanSquaredError()([[0, 1]], p).requires_grad


# State and configs.


def test_custom_metric_in_keras_style():
    class Largest(metrics.Metric):
        def __init__(self, name="largest", **kwargs):
            super().__init__(name=name, **kwargs)
            self.largest = self.add_weight(name="value", initializer="zeros")
            self.inner = [metrics.Mean()]

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.largest.assign(np.maximum(self.largest, np.max(np.asarray(y_pred))))
            self.inner[0].update_state(y_pred)

        def result(self):
            return self.largest

    metric = Largest()
    assert float(metric([1.0], [3.0])) == 3 and float(metric([1.0], [2.0])) == 3
    assert [v.path for v in metric.variables] == ["largest/value", "mean/total", "mean/count"]
    assert metric.largest.dtype == np.float32
    metric.reset_state()
    assert [float(v) for v in metric.variables] == [0, 0, 0]
    assert metrics.Metric().get_config().keys() == {"name", "dtype"}
    for call in (metrics.Metric().update_state, metrics.Metric().result):
        with pytest.raises(NotImplementedError, match="Metric must define"):
            call()

    class Forgot(metrics.Metric):
        def __init__(self):
            self.add_weight(name="x")

    with pytest.raises(RuntimeError, match=r"must call super\(\).__init__"):
        Forgot()


OTHER = {float: 0.125, bool: True, int: 1, type(None): 2}


@pytest.mark.parametrize("cls", BUILT_IN)
def test_config_keeps_every_argument(cls):
    arguments = {"name": "mine", "dtype": "float64"}
    for name, parameter in inspect.signature(cls).parameters.items():
        if name not in arguments:
            arguments[name] = OTHER[type(parameter.default)]
    metric = cls(**arguments)
    assert metric.get_config() == arguments
    for again in (
        cls.from_config(metric.get_config()),
        metrics.deserialize(metrics.serialize(metric)),
        metrics.get(metrics.serialize(metric)),
        copy.deepcopy(metric),
        pickle.loads(pickle.dumps(metric)),
    ):
        assert type(again) is cls and again.get_config() == arguments
    for name, value in arguments.items():
        assert getattr(metric, name) == value


def test_copies_have_a_state_of_their_own():
    metric = metrics.Mean()
    metric.update_state([2.0, 4.0])
    other = copy.deepcopy(metric)
    assert float(other.result()) == 3
    other.update_state([6.0])
    assert float(other.result()) == 4 and float(metric.result()) == 3


NAMES = {"LogCoshError": "logcosh"}


@pytest.mark.parametrize("cls", BUILT_IN)
def test_names_and_defaults_are_keras_ones(cls):
    parameters = inspect.signature(cls).parameters
    name = NAMES.get(cls.__name__)
    found = metrics.get(cls.__name__)
    assert type(found) is cls and parameters["dtype"].default is None
    from nn.registry import snake_case

    assert found.name == (name or snake_case(cls.__name__)) and found.dtype == "float32"
    assert type(metrics.get(snake_case(cls.__name__))) is cls
    with settings(floatx="float64"):
        assert cls().dtype == "float64"


def test_default_names_are_numbered():
    reset_names()
    first = metrics.MeanMetricWrapper(losses.huber)
    assert first.name == "mean_metric_wrapper"
    assert metrics.MeanMetricWrapper(losses.huber).name == "mean_metric_wrapper_1"


# By name.

KINDS = {
    "binary": "Binary",
    "sparse_categorical": "SparseCategorical",
    "categorical": "Categorical",
}
SHAPES = [
    ((8,), (8, 1), "binary"),
    ((8, 1), (8, 1), "binary"),
    ((8,), (8,), "binary"),
    ((8,), (8, 3), "sparse_categorical"),
    ((8, 1), (8, 3), "sparse_categorical"),
    ((8, 5), (8, 5, 3), "sparse_categorical"),
    ((8, 3), (8, 3), "categorical"),
    ((8, 5, 3), (8, 5, 3), "categorical"),
]


@pytest.mark.parametrize("true, pred, kind", SHAPES)
@pytest.mark.parametrize("word", ["accuracy", "acc", "Accuracy", "crossentropy", "ce"])
def test_choice_by_shapes(true, pred, kind, word):
    suffix = "Accuracy" if word.lower().startswith("acc") else "Crossentropy"
    metric = metrics.resolve(word, np.zeros(true), np.zeros(pred))
    assert type(metric) is getattr(metrics, KINDS[kind] + suffix)
    assert metric.name == word
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, true)
    assert 0 <= float(metric(y_true, rng.random(pred) + 0.01)) < 20


def test_resolve():
    named = metrics.resolve("mse", None, None)
    assert type(named) is metrics.MeanSquaredError and named.name == "mse"
    mine = metrics.MeanSquaredError(name="error")
    assert metrics.resolve(mine, None, None) is mine and mine.name == "error"

    def difference(y_true, y_pred):
        return y_pred - y_true

    wrapped = metrics.resolve(difference, None, None)
    assert wrapped.name == "difference" and float(wrapped([1.0], [3.0])) == 2
    loss = metrics.resolve(losses.Huber(delta=2.0), None, None)
    assert loss.name == "huber_loss" and float(loss([[1.0]], [[2.0]])) == 0.5
    assert metrics.resolve("huber", None, None).name == "huber"
    with pytest.raises(ValueError, match="metric: None was given"):
        metrics.resolve(None, None, None)
    with pytest.raises(ValueError, match="metric: unknown name 'acuracy'; did you mean 'accuracy'"):
        metrics.resolve("acuracy", None, None)
    with pytest.raises(ValueError, match="metric: cannot use 3"):
        metrics.get(3)
    assert metrics.get(None) is None
    wrapper = metrics.MeanMetricWrapper(losses.huber, name="h", delta=2.0)
    again = metrics.MeanMetricWrapper.from_config(wrapper.get_config())
    assert again.fn is losses.huber and again.get_config() == wrapper.get_config()


# Bad input.

BAD = [
    ("Accuracy", [1, 2], [[1, 2, 3], [1, 2, 3]], "accuracy: y_true has shape"),
    ("BinaryAccuracy", np.zeros(3), np.zeros((3, 4)), "sparse_categorical_accuracy"),
    ("BinaryAccuracy", np.zeros((0, 1)), np.zeros((0, 1)), "binary_accuracy: y_pred is empty"),
    ("CategoricalAccuracy", [1, 2], np.eye(2), "use sparse_categorical_accuracy"),
    ("CategoricalAccuracy", np.eye(3), np.eye(4), "y_true has 3 samples, y_pred 4"),
    ("CategoricalAccuracy", np.zeros((3, 1)), np.zeros((3, 1)), "use binary_accuracy"),
    ("SparseCategoricalAccuracy", np.eye(3), np.eye(3), "use categorical_accuracy"),
    ("SparseCategoricalAccuracy", [1, 2], np.eye(3), "y_true has 2 samples, y_pred 3"),
    ("SparseTopKCategoricalAccuracy", [1, 2, 0], np.eye(3), "k must be from 1 to the 3 classes"),
    ("TopKCategoricalAccuracy", np.eye(3), np.eye(3), "k must be from 1 to the 3 classes, got 5"),
    ("RootMeanSquaredError", np.zeros(3), np.zeros((3, 4)), "root_mean_squared_error: y_true has"),
    ("MeanSquaredError", np.zeros(3), np.zeros((3, 4)), "mean_squared_error: y_true has shape"),
    ("SparseCategoricalCrossentropy", [5], [[0.5, 0.5]], "the label 5"),
]


@pytest.mark.parametrize("name, y_true, y_pred, message", BAD)
def test_bad_input(name, y_true, y_pred, message):
    metric = getattr(metrics, name)()
    with pytest.raises(ValueError, match=message):
        metric.update_state(y_true, y_pred)
    assert [float(v) for v in metric.variables] == [0, 0]


def test_weights_are_never_broadcast_over_samples():
    for metric in (metrics.Mean(), metrics.Sum()):
        for weights in ([1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]):
            with pytest.raises(ValueError, match=f"{metric.name}: sample_weight has shape"):
                metric.update_state(np.ones((2, 4)), weights)


def test_a_prediction_on_the_threshold_is_a_zero():
    for threshold in (0.25, 0.5):
        hits = metrics.binary_accuracy([0, 1, 1], [threshold, threshold, 0.75], threshold)
        np.testing.assert_array_equal(hits.numpy(), [1, 0, 1])


def test_unknown_labels_are_misses():
    labels = [-1, 7, 0]
    assert float(metrics.SparseCategoricalAccuracy()(labels, np.eye(3)[[2, 2, 0]])) == np.float32(
        1 / 3
    )
    top = metrics.SparseTopKCategoricalAccuracy(k=3)
    assert float(top(labels, np.eye(3))) == np.float32(1 / 3)


def test_import_loads_no_numba():
    program = "import sys, keras_like.metrics; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
