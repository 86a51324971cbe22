"""Operands, options and results that were once taken with a part of them left out."""

import numpy as np
import pytest

import autograd_core as ac

X = np.array([0.3, 0.7])


@pytest.fixture
def x():
    return ac.tensor(X, requires_grad=True)


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        (np.complex128(1j), "multiply: expected numbers, got complex128"),
        (1j, "multiply: expected numbers, got complex"),
        (np.array([1j, 1]), "multiply: the result is of dtype complex128"),
        (np.timedelta64(1, "s"), "multiply: expected numbers, got timedelta64"),
        (np.array([1, 2], "timedelta64[s]"), r"multiply: the result is of dtype timedelta64\[s\]"),
        (np.array([1.0, 2.0], object), "multiply: the result is of dtype object"),
    ],
)
def test_an_operand_that_would_end_the_graph(x, operand, message):
    with pytest.raises(TypeError, match=message):
        x * operand


@pytest.mark.parametrize(
    "data", [np.array([1j]), np.complex64(1), np.ma.masked_greater(X, 0.5), [1j, 2.0]]
)
def test_data_of_which_a_part_would_be_left_out(data):
    with pytest.raises(TypeError, match=r"tensor: .*(complex|mask)|complex"):
        ac.tensor(data, dtype=np.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.add.reduce(t, initial=5.0), r"np.add.reduce: option initial="),
        (lambda t: np.add.reduce(t, where=X > 0.5), r"np.add.reduce: option where="),
        (lambda t: np.multiply.reduce(t, dtype="f4"), r"np.multiply.reduce: option dtype="),
        (lambda t: np.minimum.reduce(t, initial=-5.0), r"np.minimum.reduce: option initial="),
        (lambda t: np.clip(t, 0.1, 2.0, min=0.5), "np.clip: min is given twice"),
        (lambda t: np.var(t, ddof=1, correction=0), "np.var: ddof is given twice"),
        (lambda t: np.einsum("i,i", t, t, out=np.zeros(())), "np.einsum: option out="),
        (lambda t: np.linalg.eigh(ac.outer(t, t), UPLO="U"), r"np.linalg.eigh: option UPLO="),
        (lambda t: t.sum(0, axis=0), "sum: 'axis' is given twice, by position and by name"),
        (lambda t: ac.divide(t, x=t, y=2.0), "divide: 'x' is given twice"),
    ],
)
def test_an_option_that_would_be_left_out(x, call, message):
    with pytest.raises(TypeError, match=message):
        call(x)


def test_defaults_of_numpy_may_be_spelled_out(x):
    assert np.add.reduce(x, axis=None, dtype=None, keepdims=True).shape == (1,)
    assert np.add.reduce(x, initial=np._NoValue, where=True).item() == pytest.approx(1.0)
    assert np.var(x, correction=1).item() == pytest.approx(np.var(X, ddof=1))


def test_custom_vjp_says_what_it_cannot_return(x):
    for made, message in (
        ({"a": X}, "returned dict"),
        ((X, (X, X)), "returned tuple among its results"),
        (None, "returned NoneType"),
        ((X, None), "returned NoneType among its results"),
        (X * 1j, "returned ndarray of dtype complex128"),
    ):
        function = ac.custom_vjp(lambda x, made=made: made)
        function.defvjp(lambda g, out, x: (x,))
        with pytest.raises(TypeError, match=message):
            function(x)


@pytest.mark.parametrize(
    ("cotangent", "error", "message"),
    [
        (
            np.ones((5, 2)),
            ValueError,
            r"cotangent of shape \(5, 2\) for argument 0 of shape \(2,\)",
        ),
        (1.0, ValueError, r"cotangent of shape \(\) for argument 0"),
        (X * 1j, TypeError, "gradient of dtype complex128"),
    ],
)
def test_custom_vjp_does_not_fit_a_cotangent_of_another_kind(x, cotangent, error, message):
    function = ac.custom_vjp(lambda x: x * 2)
    function.defvjp(lambda g, out, x: (cotangent,))
    with pytest.raises(error, match=message):
        function(x).sum().backward()


def test_custom_vjp_refuses_tracked_tensors_in_a_list(x):
    function = ac.custom_vjp(lambda x, others: x * others[0])
    function.defvjp(lambda g, out, x, others: (g * others[0], None))
    with pytest.raises(TypeError, match="inside a list"):
        function(x, [ac.tensor(X, requires_grad=True)])
    assert function(x, [ac.tensor(X)]).tolist() == pytest.approx((X * X).tolist())
