import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from autograd_core import Tensor, check_grads
from nn import activations
from tests.nn import reference

# One definition each by scipy or the math module, and where its first or second derivative jumps.
FORMULAS = {
    "celu": (lambda x: x if x > 0 else math.expm1(x), (0,)),
    "elu": (lambda x: x if x > 0 else math.exp(x) - 1, (0,)),
    "exponential": (math.exp, ()),
    "gelu": (lambda x: x * special.ndtr(x), ()),
    "hard_sigmoid": (lambda x: min(max(x / 6 + 0.5, 0), 1), (-3, 3)),
    "hard_silu": (lambda x: x * min(max(x / 6 + 0.5, 0), 1), (-3, 3)),
    "hard_tanh": (lambda x: min(max(x, -1), 1), (-1, 1)),
    "leaky_relu": (lambda x: x if x > 0 else 0.2 * x, (0,)),
    "linear": (lambda x: x, ()),
    "log_sigmoid": (lambda x: -float(np.logaddexp(0, -x)), ()),
    "mish": (lambda x: x * math.tanh(math.log1p(math.exp(x))), ()),
    "relu": (lambda x: max(x, 0), (0,)),
    "relu6": (lambda x: min(max(x, 0), 6), (0, 6)),
    "selu": (
        lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
        (0,),
    ),
    "sigmoid": (special.expit, ()),
    "silu": (lambda x: x * special.expit(x), ()),
    "softplus": (lambda x: math.log1p(math.exp(x)), ()),
    "softsign": (lambda x: x / (1 + abs(x)), (0,)),
    "tanh": (math.tanh, ()),
    "tanh_shrink": (lambda x: x - math.tanh(x), ()),
}
AXIS_WISE = {"softmax": special.softmax, "log_softmax": special.log_softmax}
ALL = [*FORMULAS, *AXIS_WISE]
GRID = np.array([*np.linspace(-9.05, 9.05, 40), -3, -1, 0, 1, 3, 6, 1e-9, -1e-9])


def off_the_kinks(name, values=GRID):
    kinks = FORMULAS[name][1]
    return values[[all(abs(x - kink) > 1e-3 for kink in kinks) for x in values]]


@pytest.mark.parametrize("name", FORMULAS)
def test_values(name):
    expected = np.array([FORMULAS[name][0](float(x)) for x in GRID])
    function = getattr(activations, name)
    np.testing.assert_allclose(function(GRID), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        function(GRID[::2].reshape(4, 6)[:, ::-1]).ravel(),
        expected[::2].reshape(4, 6)[:, ::-1].ravel(),
        rtol=1e-12,
        atol=1e-15,
    )


@pytest.mark.parametrize("name", AXIS_WISE)
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 1), (1, 2)])
def test_values_along_an_axis(name, axis, rng):
    x = rng.normal(size=(2, 3, 4)) * 5
    values = getattr(activations, name)(x, axis=axis)
    np.testing.assert_allclose(values, AXIS_WISE[name](x, axis=axis), rtol=1e-12)
    vector = getattr(activations, name)(x[0, 0])  # as in Keras 3, a vector is one distribution
    np.testing.assert_allclose(vector, AXIS_WISE[name](x[0, 0]), rtol=1e-12)


def test_selu_keeps_mean_and_variance_of_normal_inputs():
    nodes, weights = np.polynomial.legendre.leggauss(400)
    x = np.concatenate([6 * nodes - 6, 6 * nodes + 6])  # [-12, 0] and [0, 12]
    density = np.concatenate([6 * weights] * 2) * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    y = activations.selu(x)
    assert density @ y == pytest.approx(0, abs=1e-12)
    assert density @ y**2 == pytest.approx(1, rel=1e-12)


def test_gelu_by_tanh():
    expected = [
        0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) for x in GRID
    ]
    np.testing.assert_allclose(
        activations.gelu(GRID, approximate=True), expected, rtol=1e-12, atol=1e-14
    )


def test_gelu_has_no_cancellation_in_the_tail():
    x = np.array([-5.0, -10.0, -20.0])
    np.testing.assert_allclose(activations.gelu(x), x * special.ndtr(x), rtol=1e-12)


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives(name):
    points = off_the_kinks(name)
    check_grads(getattr(activations, name), (points,), order=2)


@pytest.mark.parametrize("name", AXIS_WISE)
def test_derivatives_along_an_axis(name, rng):
    for axis in (-1, 0, (0, 2)):
        function = getattr(activations, name)
        check_grads(lambda x, f=function, a=axis: f(x, axis=a), (rng.normal(size=(2, 3, 2)),))


PARAMETERS = [
    ("celu", {"alpha": 0.4}),
    ("elu", {"alpha": 0.4}),
    ("gelu", {"approximate": True}),
    ("leaky_relu", {"negative_slope": 0.4}),
    ("relu", {"negative_slope": 0.3, "max_value": 4.0, "threshold": 1.0}),
    ("relu", {"threshold": -1.0, "max_value": 4.0}),
]


@pytest.mark.parametrize(("name", "arguments"), PARAMETERS)
def test_derivatives_with_parameters(name, arguments):
    points = GRID[[min(abs(x), abs(x - 1), abs(x + 1), abs(x - 4)) > 1e-3 for x in GRID]]
    check_grads(lambda x: getattr(activations, name)(x, **arguments), (points,))


def relu_by_cases(x, negative_slope, max_value, threshold):
    """Keras's definition: cut below the threshold, then clip, then the slope below."""
    above = x if x > threshold else 0.0
    if max_value is not None:
        above = min(max(above, 0.0), max_value)
    return above - negative_slope * max(threshold - x, 0.0)


@given(
    x=st.floats(-10, 10),
    slope=st.sampled_from([0.0, 0.1, 0.7]),
    top=st.sampled_from([None, 0.0, 2.0, 6.0]),
    threshold=st.sampled_from([-2.0, 0.0, 1.5]),
)
def test_relu_with_parameters(x, slope, top, threshold):
    value = activations.relu(np.array([x]), slope, top, threshold)[0]
    assert value == pytest.approx(relu_by_cases(x, slope, top, threshold), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "point", "slope"),
    [
        ("relu", 0.0, 0.0),
        ("relu6", 0.0, 0.0),
        ("relu6", 6.0, 0.0),
        ("leaky_relu", 0.0, 0.2),
        ("elu", 0.0, 1.0),
        ("hard_sigmoid", 3.0, 0.0),
        ("hard_sigmoid", -3.0, 0.0),
        ("hard_tanh", 1.0, 0.0),
        ("hard_tanh", -1.0, 0.0),
    ],
)
def test_derivative_at_a_kink_is_that_of_the_flatter_side(name, point, slope):
    x = Tensor(np.array([point]), True)
    getattr(activations, name)(x).backward(np.ones(1))
    assert x.grad.data[0] == pytest.approx(slope)


@pytest.mark.parametrize("name", ALL)
def test_far_out_nothing_overflows(name):
    """Values and gradients; an overflow would be a warning, which is an error in tests."""
    far = 80.0 if name == "exponential" else 3e4
    x = Tensor(np.array([[-3e4, -800.0, 0.0, far], [1.0, 2.0, 3.0, 4.0]], np.float32), True)
    y = getattr(activations, name)(x)
    y.backward(np.ones(y.shape, np.float32))
    assert np.isfinite(y.data).all() and np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("name", ALL)
def test_nan_stays_nan(name):
    assert np.isnan(getattr(activations, name)(np.array([np.nan]))).all()


def test_nan_stays_nan_with_parameters():
    for name, arguments in PARAMETERS:
        assert np.isnan(getattr(activations, name)(np.array([np.nan]), **arguments)).all()


@pytest.mark.parametrize("name", ALL)
def test_types(name):
    function = getattr(activations, name)
    values = np.array([[-2, 1, 3]])
    narrow = Tensor(values.astype(np.float32), True)
    out = function(narrow)
    assert isinstance(out, Tensor) and out.dtype == np.float32 and out.shape == (1, 3)
    out.backward(np.ones((1, 3), np.float32))
    assert narrow.grad.dtype == np.float32
    assert isinstance(function(values.astype(np.float64)), np.ndarray)
    if name != "linear":
        assert function(values).dtype == np.float32 == function(Tensor(values)).dtype
        assert function([[-2, 1, 3]]).dtype == np.float32
        np.testing.assert_allclose(function(values), out.data, rtol=1e-6)


@pytest.mark.parametrize("case", reference.cases("layers", "activation "))
def test_equal_to_keras(case):
    numbers = reference.load("layers")
    _, name, _ = case.split()
    arguments = numbers[f"{case}/arguments"]
    x = Tensor(numbers[f"{case}/x"], True)
    y = getattr(activations, name)(x, **arguments)
    y.backward(numbers[f"{case}/cotangent"])
    np.testing.assert_allclose(y.data, numbers[f"{case}/y"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(x.grad.data, numbers[f"{case}/grad x"], rtol=1e-5, atol=1e-5)


# Names.


def test_every_function_has_its_name():
    for name in ALL:
        function = getattr(activations, name)
        assert activations.get(name) is function
        assert activations.serialize(function) == name
        assert activations.deserialize(name) is function


def test_other_names():
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.swish is activations.silu
    assert activations.get("hard_swish") is activations.hard_silu
    assert activations.serialize(activations.swish) == "silu"
    assert activations.get(np.cos) is np.cos


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: activations.get("rleu"),
            r"activation: unknown name 'rleu'; did you mean 'relu'\?",
        ),
        (lambda: activations.get(3), "activation: cannot use 3"),
        (lambda: activations.serialize(lambda x: x), "has no name for a config"),
        (lambda: activations.relu(np.ones(2), max_value=-1), "max_value must not be negative"),
        (lambda: activations.celu(np.ones(2), alpha=0), "celu: alpha must be positive, got 0"),
        (lambda: activations.softmax(np.ones((2, 3)), axis=2), "axis"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
