"""Arithmetic, choices and predicates beyond the generated tests: edges, dtypes, errors."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import check_grads, grad, tensor
from autograd_core.backprop import gradients
from autograd_core.primitive import REGISTRY

FLOAT32 = np.float32


def second(function, value):
    return grad(grad(function))(value)


# Subgradients and limits.


@pytest.mark.parametrize(
    "name, args, expected",
    [
        ("absolute", (0.0,), (0.0,)),
        ("fabs", (0.0,), (0.0,)),
        ("copysign", (0.0, -2.0), (0.0, None)),
        ("copysign", (-3.0, 2.0), (-1.0, None)),
        ("hypot", (0.0, 0.0), (0.0, 0.0)),
        ("maximum", (1.0, 1.0), (0.5, 0.5)),
        ("minimum", (1.0, 1.0), (0.5, 0.5)),
        ("fmax", (1.0, 1.0), (0.5, 0.5)),
        ("fmin", (1.0, 1.0), (0.5, 0.5)),
        ("fmax", (np.nan, 1.0), (0.0, 1.0)),
        ("fmax", (1.0, np.nan), (1.0, 0.0)),
        ("fmin", (np.nan, 1.0), (0.0, 1.0)),
        ("divide_no_nan", (3.0, 0.0), (0.0, 0.0)),
        ("divide_no_nan", (3.0, 2.0), (0.5, -0.75)),
        ("power", (0.0, 2.0), (0.0, 0.0)),
        ("power", (0.0, 1.0), (1.0, 0.0)),
        ("power", (0.0, 0.0), (0.0, 0.0)),
        ("power", (3.0, 0.0), (0.0, np.log(3.0))),
        ("mod", (-5.5, 2.0), (1.0, 3.0)),
        ("fmod", (-5.5, 2.0), (1.0, 2.0)),
        ("nan_to_num", (np.nan,), (0.0,)),
        ("nan_to_num", (-np.inf,), (0.0,)),
        ("lerp", (1.0, 3.0, 0.25), (0.75, 0.25, 2.0)),
    ],
)
def test_derivative_at_an_edge(name, args, expected):
    inputs = [tensor(a, requires_grad=True) for a in args]
    with np.errstate(all="raise"):
        out = REGISTRY[name](*inputs)
        found = gradients([out], inputs, [None])
    assert [g if g is None else float(g.data) for g in found] == pytest.approx(list(expected))


def test_second_derivative_at_the_origin_is_no_nan():
    for function in (ac.hypot, ac.arctan2):
        with np.errstate(all="raise"):
            assert grad(grad(function), 1)(0.0, 0.0) == 0.0


def test_powers_at_zero_have_the_polynomials_derivatives():
    assert second(lambda x: x**2, 0.0) == 2.0
    assert second(lambda x: x**3, 0.0) == 0.0
    assert grad(lambda x: x**0)(0.0) == 0.0
    assert grad(lambda x: x**0.0)(2.0) == 0.0
    assert grad(lambda x: x ** tensor(2.0))(0.0) == 0.0
    assert second(lambda x: x ** tensor(2.0), 0.0) == 2.0
    # d2/dy2 of 0**y for y > 0 is 0 as well
    assert second(lambda y: 0.0**y, 2.0) == 0.0
    assert second(lambda x: x**-2, 2.0) == pytest.approx(6 / 16)


def test_negative_base():
    assert grad(lambda x: x**3)(-2.0) == 12.0
    assert grad(lambda x: x ** np.array(3.0))(-2.0) == 12.0
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(lambda y: ac.power(-2.0, y))(3.0))


def test_square_of_python_number_and_of_array_agree():
    x = np.linspace(-2, 2, 9)
    for exponent in (2, 3, 2.0, -1, 0.5):
        base = np.abs(x) + 0.1 if exponent == 0.5 else x + 0.1
        weak = grad(lambda t, p=exponent: (t**p).sum())(base)
        strong = grad(lambda t, p=exponent: (t ** np.full(9, float(p))).sum())(base)
        np.testing.assert_allclose(weak, strong, rtol=1e-14)


def test_fmod_where_the_quotient_rounds_up_to_an_integer():
    x, y = 7.7, 1.1  # the floats: 1.1 fits in six times and almost a seventh time
    assert x / y == 7.0 and np.fmod(x, y) > 1.09
    assert grad(ac.fmod, 1)(x, y) == -6.0
    assert grad(ac.mod, 1)(x, y) == -6.0


# where.


def test_where_keeps_the_other_branch_out():
    """What is not chosen leaks into no derivative, be it NaN or infinite."""
    x = np.array([-1.0, 0.0, 4.0])

    def safe_root(t):
        return ac.where(t > 0, ac.sqrt(ac.where(t > 0, t, 1.0)), 0.0).sum()

    np.testing.assert_array_equal(grad(safe_root)(x), [0.0, 0.0, 0.25])
    curvature = grad(lambda t: grad(safe_root)(t).sum())(x)
    np.testing.assert_array_equal(curvature, [0.0, 0.0, -0.25 / 8])
    for other in (np.nan, np.inf, np.array([np.nan, np.inf, 0.0])):
        for chosen in (
            lambda t, o=other: ac.where(t > -0.5, t, o),
            lambda t, o=other: ac.where(t <= -0.5, o, t),
        ):
            np.testing.assert_array_equal(grad(lambda t, f=chosen: f(t)[1:].sum())(x), [0, 1, 1])


def test_where_refuses_a_tracked_condition():
    with pytest.raises(TypeError, match=r"where: .*'condition'.*detach"):
        ac.where(tensor([1.0], requires_grad=True), 1.0, 2.0)


# clip.


def test_clip():
    x = np.array([-2.0, -1.0, 0.5, 1.0, 3.0])
    t = tensor(x, requires_grad=True)
    for clipped in (np.clip(t, -1, 1), np.clip(t, a_min=-1, a_max=1), t.clip(-1, 1)):
        np.testing.assert_array_equal(clipped.data, np.clip(x, -1, 1))
        (g,) = gradients([clipped], [t], [np.ones(5)])
        np.testing.assert_array_equal(g.data, [0, 1, 1, 1, 0])  # 1 on the bounds
    np.testing.assert_array_equal(ac.clip(t).data, x)
    np.testing.assert_array_equal(grad(lambda v: ac.clip(v).sum())(x), np.ones(5))


def test_clip_with_arrays_and_crossed_bounds():
    x = np.linspace(-2, 2, 5)
    low, high = np.array([[-1.0], [1.5]]), np.array([1.0, 1.0, 1.0, 0.0, 1.0])
    np.testing.assert_array_equal(ac.clip(x, low, high), np.clip(x, low, high))
    check_grads(lambda t: ac.clip(t, low, high), (x + 0.1,))
    assert ac.clip(tensor(0.5), min=2, max=1).item() == 1.0  # as NumPy
    assert grad(lambda t: ac.clip(t, 2, 1))(1.5) == 0.0
    with pytest.raises(TypeError, match="'min' is not differentiable"):
        ac.clip(x, min=tensor(0.0, requires_grad=True))


# dtypes.


def is_elementwise(name):
    ufunc = getattr(np, name, None)
    return isinstance(ufunc, np.ufunc) and ufunc.signature is None


BINARY_UFUNCS = sorted(
    name
    for name, operator in REGISTRY.items()
    if len(operator.array_names) == 2 and is_elementwise(name)
)
UNARY_UFUNCS = sorted(
    name
    for name, operator in REGISTRY.items()
    if len(operator.array_names) == 1 and is_elementwise(name) and name != "reciprocal"
)


@pytest.mark.parametrize("name", UNARY_UFUNCS + BINARY_UFUNCS)
@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float32", "float64"])
def test_dtypes_are_numpys(name, dtype):
    """Values, dtypes and refusals for every kind of number, also mixed with Python's own."""
    ufunc, operator = getattr(np, name), REGISTRY[name]
    x = np.array([1, 1, 2]).astype(dtype)
    others = [()] if name in UNARY_UFUNCS else [(x,), (1,), (1.0,), (x.astype(FLOAT32),)]
    for other in others:
        with np.errstate(all="ignore"):
            try:
                expected = ufunc(x, *other)
            except TypeError:
                with pytest.raises(TypeError, match=f"^{operator.name}: "):
                    operator(tensor(x), *other)
                continue
            if name == "float_power" and expected.dtype == np.longdouble:
                continue
            found = operator(tensor(x), *other)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.data, expected)


def test_there_are_many_ufuncs():
    assert len(UNARY_UFUNCS) >= 39 and len(BINARY_UFUNCS) > 30


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ac.divide_no_nan(x, 2.0),
        lambda x: ac.divide_no_nan(2.0, x),
        lambda x: ac.xlogy(x, 2.0),
        lambda x: ac.xlogy(2.0, x),
        lambda x: ac.lerp(x, 1.0, 0.5),
        lambda x: ac.where(x > 0, x, 1.0),
        lambda x: ac.where(x > 0, 1.0, x),
        lambda x: ac.clip(x, 0.0, 1.0),
        lambda x: x**0.3 + 0.3**x,
        lambda x: ac.hypot(x, 1.0) + ac.maximum(x, 0.5) + ac.fmin(0.5, x),
        lambda x: ac.logaddexp(x, 0.5) + ac.arctan2(x, 0.5) + ac.arctan2(0.5, x),
        lambda x: ac.nan_to_num(x, nan=1.0),
        lambda x: x.sum() * 2.0 + x.mean() / 3.0 + x.var() + x.std(),
    ],
)
def test_python_numbers_do_not_widen_float32(function):
    x = tensor([0.5, 1.5], requires_grad=True, dtype=FLOAT32)
    out = function(x)
    assert out.dtype == FLOAT32
    (g,) = gradients([out], [x], [np.ones(out.shape)], create_graph=True)
    assert g.dtype == FLOAT32
    (gg,) = gradients([g.sum()], [x], [None])
    assert gg is None or gg.dtype == FLOAT32


def test_reciprocal_of_integers_keeps_the_fraction():
    np.testing.assert_array_equal(ac.reciprocal(np.array([2, 4])), [0.5, 0.25])


def test_astype():
    x = tensor([1.7, -2.2], requires_grad=True)
    assert not x.astype(int).requires_grad
    np.testing.assert_array_equal(x.astype(int).data, [1, -2])
    half = x.astype("float32")
    assert half.dtype == FLOAT32 and half.requires_grad
    (g,) = gradients([half], [x], [np.array([1.0, 3.0])])
    assert g.dtype == np.float64 and g.data.tolist() == [1.0, 3.0]
    for dtype in ("complex128", "U3", object):
        with pytest.raises(TypeError, match=r"astype: .*not supported"):
            x.astype(dtype)
    with pytest.raises(TypeError, match="astype"):
        x.astype("float63")


# Predicates and refusals.


def test_predicates_agree_with_numpy_on_special_values():
    x = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.5])
    for name in ("isnan", "isinf", "isfinite", "signbit", "sign", "floor", "ceil", "trunc", "rint"):
        expected = getattr(np, name)(x)
        np.testing.assert_array_equal(REGISTRY[name](tensor(x, requires_grad=True)).data, expected)
    pairs = np.meshgrid(x, x)
    for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isclose"):
        expected = getattr(np, name)(*pairs)
        np.testing.assert_array_equal(REGISTRY[name](*map(tensor, pairs)).data, expected)


def test_answers_that_are_one_boolean():
    x = tensor([1.0, np.nan], requires_grad=True)
    assert not np.allclose(x, x)
    assert np.allclose(x, x, equal_nan=True)
    assert np.array_equal(x, x.data, equal_nan=True)
    assert not np.array_equal(x, [1.0])
    assert ac.allclose([1.0], [1.0 + 1e-9])
    assert not ac.allclose([1.0], [1.0 + 1e-9], rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ac.add(np.ones(3), np.ones(4)), r"add: .*\(3,\).*\(4,\)"),
        (lambda: ac.where([True, False], np.ones(3), 0.0), r"where: .*\(2,\).*\(3,\)"),
        (lambda: ac.power(np.array([2]), np.array([-1])), "power: Integers to negative"),
        (lambda: ac.subtract(np.array([True]), True), "subtract: numpy boolean subtract"),
        (lambda: ac.bitwise_and(1.5, 1), "bitwise_and: "),
        (lambda: ac.exp("x"), "exp: expected numbers, got str"),
        (lambda: ac.exp(1j), "exp: expected numbers, got complex"),
        (lambda: ac.multiply(2.0), "multiply: argument 'y' is missing"),
        (lambda: ac.round(1.5, digits=2), "round has no parameter 'digits'"),
    ],
)
def test_refusals_name_the_operator(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
