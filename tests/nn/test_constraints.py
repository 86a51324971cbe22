import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Tensor
from nn import constraints
from nn.variable import Variable
from tests.nn import reference

ALL = {
    "MaxNorm": {"max_value": 1.5, "axis": 1},
    "MinMaxNorm": {"min_value": 0.5, "max_value": 1.5, "rate": 0.4, "axis": (0, 1)},
    "NonNeg": {},
    "UnitNorm": {"axis": -1},
}
matrices = st.integers(0, 1000).map(lambda seed: np.random.default_rng(seed).normal(size=(4, 3)))


def make(name):
    return getattr(constraints, name)(**ALL[name])


def column_norms(w):
    return [math.hypot(*column) for column in w.T]


@given(w=matrices, limit=st.floats(0.1, 3.0))
def test_max_norm(w, limit):
    before, after = column_norms(w), column_norms(constraints.MaxNorm(limit)(w))
    assert after == pytest.approx([min(norm, limit) for norm in before], rel=1e-5)


@given(w=matrices, rate=st.floats(0, 1))
def test_min_max_norm(w, rate):
    before = column_norms(w)
    after = column_norms(constraints.MinMaxNorm(0.8, 1.2, rate)(w))
    expected = [rate * min(max(norm, 0.8), 1.2) + (1 - rate) * norm for norm in before]
    assert after == pytest.approx(expected, rel=1e-5)


@given(w=matrices)
def test_unit_norm(w):
    projected = constraints.UnitNorm()(w)
    assert column_norms(projected) == pytest.approx([1, 1, 1], rel=1e-5)
    cosines = np.sum(projected * w, axis=0) / column_norms(w)
    np.testing.assert_allclose(cosines, 1, rtol=1e-5)  # the direction stays


@given(w=matrices)
def test_non_neg(w):
    expected = [[v if v > 0 else 0 for v in row] for row in w]
    np.testing.assert_array_equal(constraints.NonNeg()(w), expected)


def test_several_axes():
    kernel = np.arange(36.0).reshape(3, 2, 2, 3)
    projected = constraints.UnitNorm(axis=[0, 1, 2])(kernel)
    for unit in range(3):
        assert math.hypot(*projected[..., unit].ravel()) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_types(name, rng):
    w = rng.normal(size=(4, 3)).astype(np.float32)
    before = w.copy()
    projected = make(name)(w)
    assert projected.dtype == np.float32 and projected.shape == w.shape
    np.testing.assert_array_equal(w, before)
    variable = Variable(w)
    np.testing.assert_array_equal(make(name)(variable), projected)
    np.testing.assert_array_equal(make(name)(Tensor(w)), projected)
    variable.assign(make(name)(variable))
    np.testing.assert_array_equal(variable.data, projected)
    assert np.isfinite(make(name)(np.zeros((2, 2), np.float32))).all()


@pytest.mark.parametrize("case", reference.cases("layers", "constraint "))
def test_equal_to_keras(case):
    numbers = reference.load("layers")
    _, name, _ = case.split()
    made = getattr(constraints, name)(**numbers[f"{case}/arguments"])
    np.testing.assert_allclose(
        made(numbers[f"{case}/x"]), numbers[f"{case}/y"], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name, rng):
    stored = json.loads(json.dumps(constraints.serialize(make(name))))
    assert stored["class_name"] == name and stored["config"].keys() == ALL[name].keys()
    again = constraints.deserialize(stored)
    assert again.get_config() == make(name).get_config() == ALL[name]
    w = rng.normal(size=(4, 3))
    np.testing.assert_array_equal(again(w), make(name)(w))


def test_names_and_defaults():
    assert constraints.get(None) is None
    assert constraints.get("max_norm").get_config() == {"max_value": 2, "axis": 0}
    assert constraints.get("MaxNorm").get_config() == {"max_value": 2, "axis": 0}
    assert constraints.get("unit_norm").get_config() == {"axis": 0}
    assert type(constraints.get("non_neg")) is constraints.NonNeg
    interval = {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}
    assert constraints.get("min_max_norm").get_config() == interval
    assert repr(constraints.MaxNorm(3)) == "MaxNorm(max_value=3, axis=0)"
    w = np.ones(2)
    assert constraints.Constraint()(w) is w


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: constraints.MaxNorm(-1), "MaxNorm: max_value must be >= 0, got -1"),
        (lambda: constraints.MinMaxNorm(2, 1), "expected 0 <= min_value <= max_value"),
        (lambda: constraints.MinMaxNorm(rate=2), "rate must be between 0 and 1, got 2"),
        (lambda: constraints.UnitNorm(axis=2)(np.ones((2, 2))), r"axis is 2, .* shape \(2, 2\)"),
        (lambda: constraints.get("nonneg"), r"unknown name 'nonneg'; did you mean 'non_neg'\?"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_integers_are_refused():
    with pytest.raises(TypeError, match="UnitNorm: constrains floats only, got int64"):
        constraints.UnitNorm()(np.ones((2, 2), int))
