import json
import math

import numpy as np
import pytest

from autograd_core import Tensor, check_grads
from nn import regularizers
from tests.nn import reference

ALL = {
    "L1": {"l1": 0.3},
    "L2": {"l2": 0.2},
    "L1L2": {"l1": 0.3, "l2": 0.2},
    "OrthogonalRegularizer": {"factor": 0.5, "mode": "columns"},
}


def make(name):
    return getattr(regularizers, name)(**ALL[name])


def orthogonal_penalty(matrix, factor):
    """The mean |cosine| over the pairs of rows, pair by pair."""
    cosines = []
    for i in range(len(matrix)):
        for j in range(i):
            lengths = math.hypot(*matrix[i]) * math.hypot(*matrix[j])
            cosines.append(abs(math.fsum(matrix[i] * matrix[j]) / lengths))
    return factor * math.fsum(cosines) / len(cosines)


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.2), (0.3, 0.2)])
def test_l1_l2(l1, l2, rng):
    x = rng.normal(size=(3, 4))
    expected = l1 * math.fsum(map(abs, x.ravel())) + l2 * math.fsum(v * v for v in x.ravel())
    assert float(regularizers.L1L2(l1, l2)(x)) == pytest.approx(expected, rel=1e-13)
    if l2 == 0:
        assert float(regularizers.L1(l1)(x)) == pytest.approx(expected, rel=1e-13)
    if l1 == 0:
        assert float(regularizers.L2(l2)(x)) == pytest.approx(expected, rel=1e-13)


def test_orthogonal(rng):
    x = rng.normal(size=(4, 3))
    rows = regularizers.OrthogonalRegularizer(0.5)
    columns = regularizers.OrthogonalRegularizer(0.5, mode="columns")
    assert float(rows(x)) == pytest.approx(orthogonal_penalty(x, 0.5), rel=1e-12)
    assert float(columns(x)) == pytest.approx(orthogonal_penalty(x.T, 0.5), rel=1e-12)
    q, _ = np.linalg.qr(x)
    assert float(columns(q)) == pytest.approx(0, abs=1e-15)
    assert float(columns(np.ones((4, 3)))) == pytest.approx(0.5, rel=1e-12)


def test_orthogonal_at_its_edges():
    made = regularizers.OrthogonalRegularizer(0.5)
    assert float(made(np.ones((1, 3)))) == 0
    x = Tensor(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]]), True)
    value = made(x)
    value.backward()
    assert value.item() == pytest.approx(0.5 / 3 * 0.8) and np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("name", ALL)
def test_derivatives(name, rng):
    check_grads(make(name), (rng.normal(size=(4, 3)) + 0.1,), order=2)


def test_derivative_of_l1_at_zero_is_zero():
    x = Tensor(np.array([0.0, -1.0, 2.0]), True)
    regularizers.L1(0.5)(x).backward()
    np.testing.assert_array_equal(x.grad.data, [0, -0.5, 0.5])


@pytest.mark.parametrize("name", ALL)
def test_types(name, rng):
    x = Tensor(rng.normal(size=(4, 3)).astype(np.float32), True)
    value = make(name)(x)
    assert isinstance(value, Tensor) and value.shape == () and value.dtype == np.float32
    value.backward()
    assert x.grad.dtype == np.float32
    assert not isinstance(make(name)(x.numpy()), Tensor)


@pytest.mark.parametrize("case", reference.cases("layers", "regularizer "))
def test_equal_to_keras(case):
    numbers = reference.load("layers")
    _, name, _ = case.split()
    made = getattr(regularizers, name)(**numbers[f"{case}/arguments"])
    value = made(Tensor(numbers[f"{case}/x"]))
    np.testing.assert_allclose(value.data, numbers[f"{case}/y"], rtol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    stored = json.loads(json.dumps(regularizers.serialize(make(name))))
    assert stored == {"class_name": name, "config": ALL[name]}
    again = regularizers.deserialize(stored)
    assert type(again) is type(make(name)) and again.get_config() == ALL[name]


def test_names_and_defaults():
    assert regularizers.get(None) is None
    assert regularizers.get("l1").get_config() == {"l1": 0.01} == regularizers.L1().get_config()
    assert regularizers.get("l2").get_config() == {"l2": 0.01} == regularizers.L2().get_config()
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.0, "l2": 0.0}
    assert regularizers.get("L1L2").get_config() == {"l1": 0.0, "l2": 0.0}
    orthogonal = regularizers.get("orthogonal_regularizer")
    assert orthogonal.get_config() == {"factor": 0.01, "mode": "rows"}
    assert repr(orthogonal) == "OrthogonalRegularizer(factor=0.01, mode='rows')"
    assert regularizers.get(regularizers.L2) is not None
    own = lambda x: 0.0
    assert regularizers.get(own) is own


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regularizers.L1(-1), "L1: l1 must be finite and not negative, got -1"),
        (lambda: regularizers.L2(math.nan), "L2: l2 must be finite"),
        (lambda: regularizers.L1L2(l2=math.inf), "L1L2: l2 must be finite"),
        (lambda: regularizers.L1("a"), "L1: l1 must be a number, got 'a'"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "mode is 'x', expected 'rows' or"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), r"needs a matrix, .*\(3,\)"),
        (lambda: regularizers.get("l3"), "regularizer: unknown name 'l3'; did you mean"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_base_class_asks_for_a_definition():
    with pytest.raises(NotImplementedError, match="Regularizer does not define __call__"):
        regularizers.Regularizer()(np.ones(2))
