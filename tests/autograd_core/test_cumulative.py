"""Running sums and products beyond the generated tests: zeros, infinities, long axes, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import check_grads, grad, hessian
from autograd_core.ops import cumulative
from tests.autograd_core.references.reductions import REFERENCES

# Products with zeros.


def product_hessian(x):
    """d2 prod / dx_i dx_j: the product of all others, 0 on the diagonal."""
    n = len(x)
    h = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                h[i, j] = math.prod(x[k] for k in range(n) if k not in (i, j))
    return h


ENTRIES = st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0, 0.5, 3.0]), min_size=1, max_size=5)


@given(ENTRIES)
def test_prod_has_a_polynomials_derivatives(x):
    x = np.array(x)
    first = [math.prod(np.delete(x, i)) for i in range(len(x))]
    np.testing.assert_allclose(grad(ac.prod)(x), first, rtol=1e-14)
    np.testing.assert_allclose(hessian(ac.prod)(x), product_hessian(x), rtol=1e-14)


@given(ENTRIES)
def test_cumprod_has_a_polynomials_derivatives(x):
    x = np.array(x)
    for k in range(len(x)):
        padded = np.zeros((len(x), len(x)))
        padded[: k + 1, : k + 1] = product_hessian(x[: k + 1])
        found = hessian(lambda v, k=k: ac.cumprod(v)[k])(x)
        np.testing.assert_allclose(found, padded, rtol=1e-14)


def test_third_derivative_of_products_of_zeros():
    def mixed(function):
        """d3 / dx0 dx1 dx2 at zero."""
        return grad(
            lambda c: grad(lambda b: grad(lambda a: function(ac.stack([a, b, c])))(0.0))(0.0)
        )(0.0)

    assert mixed(ac.prod) == 1.0
    assert mixed(lambda v: ac.cumprod(v)[2]) == 1.0


# The recurrence.


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("shape", [(1,), (511,), (512,), (1000,), (1024, 3), (2, 700)])
def test_blocks_and_steps_agree(shape, reverse):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1.02, 1.02, shape), rng.normal(size=shape)
    axis = int(np.argmax(shape))
    order = slice(None, None, -1) if reverse else slice(None)
    expected = np.zeros(shape)
    state = np.zeros(np.delete(shape, axis))
    for t in range(shape[axis])[order]:
        state = a.take(t, axis) * state + b.take(t, axis)
        expected[(slice(None),) * axis + (t,)] = state
    found = ac.linear_recurrence(a, b, axis=axis, reverse=reverse)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def test_long_axes_go_in_blocks(monkeypatch):
    """Else the test above compares one loop with another."""
    monkeypatch.setattr(cumulative, "_in_steps", None)
    a, b = np.full(2000, 0.5), np.ones(2000)
    assert ac.linear_recurrence(a, b)[-1] == pytest.approx(2.0)


def test_a_block_whose_product_overflows_is_done_step_by_step():
    a = np.full(600, 1e200)
    b = np.zeros(600)
    b[-1] = 3.0
    np.testing.assert_array_equal(ac.linear_recurrence(a, b), b)


def test_discounted_returns():
    rewards = np.array([1.0, 2.0, 3.0], np.float32)
    returns = ac.linear_recurrence(np.full_like(rewards, 0.5), rewards, reverse=True)
    assert returns.dtype == np.float32
    np.testing.assert_array_equal(returns, [2.75, 3.5, 3.0])


def test_long_cumprod_and_logcumsumexp():
    x = np.random.default_rng(1).uniform(0.9, 1.1, 700)
    for name in ("cumprod", "logcumsumexp"):
        function = getattr(ac, name)
        np.testing.assert_allclose(function(x), REFERENCES[name](x), rtol=1e-11)
        check_grads(function, (x,))


# logcumsumexp.


def test_logcumsumexp_of_large_numbers_and_infinities():
    x = np.array([-np.inf, -np.inf, 1000.0, -np.inf, 1001.0, -1e4])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = ac.logcumsumexp(x)
        g = grad(lambda v: ac.logcumsumexp(v)[-1])(x)
        all_of_them = grad(lambda v: ac.logcumsumexp(v)[2:].sum())(x)
    total = 1001 + math.log1p(math.exp(-1))
    np.testing.assert_allclose(found, [-np.inf, -np.inf, 1000, 1000, total, total], rtol=1e-15)
    share = 1 / (1 + math.exp(-1))
    np.testing.assert_allclose(g, [0, 0, 1 - share, 0, share, 0], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(
        all_of_them, [0, 0, 2 + 2 * (1 - share), 0, 2 * share, 0], rtol=1e-13, atol=1e-15
    )


def test_logcumsumexp_derivatives_where_the_sum_stands_still():
    """exp(-200) does not change the sum; the derivative to what came before is still 1."""
    x = np.array([0.0, -200.0, -200.0])
    np.testing.assert_allclose(grad(lambda v: ac.logcumsumexp(v)[-1])(x), np.exp(x), rtol=1e-15)
    curvature = hessian(lambda v: ac.logcumsumexp(v)[-1])(x)
    expected = np.diag(np.exp(x)) - np.outer(np.exp(x), np.exp(x))  # softmax's
    np.testing.assert_allclose(curvature, expected, atol=1e-15)


# Differences, integrals, refusals.


@given(st.integers(0, 4), st.sampled_from([0, 1, -1, -2]))
def test_diff_is_numpys(n, axis):
    x = np.random.default_rng(n).normal(size=(3, 5))
    np.testing.assert_allclose(ac.diff(x, n, axis), np.diff(x, n, axis), rtol=1e-14)
    assert np.diff(ac.tensor(x), n=n, axis=axis).shape == np.diff(x, n, axis).shape


def test_trapezoid_takes_lists_and_gives_both_gradients():
    assert ac.trapezoid([1, 2, 3]) == 4.0
    assert ac.trapezoid([1, 2, 3], x=[4, 6, 8]) == 8.0
    y, x = np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 3.0])
    np.testing.assert_array_equal(grad(ac.trapezoid)(y, x), [0.5, 1.5, 1.0])
    np.testing.assert_array_equal(grad(ac.trapezoid, 1)(y, x), [-1.5, -1.5, 3.0])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ac.cumsum(np.ones((2, 3)), axis=2), r"cumsum: axis 2 .*\(2, 3\)"),
        (lambda: ac.logcumsumexp(np.ones(2), axis=1), r"logcumsumexp: axis 1 .*\(2,\)"),
        (lambda: ac.linear_recurrence(np.ones(2), np.ones(3)), r"same shape, \(2,\) and \(3,\)"),
        (lambda: ac.linear_recurrence(np.ones(2), np.ones(2), axis=1), "axis 1 does not exist"),
        (lambda: ac.linear_recurrence(1.0, 2.0), "axis -1 does not exist"),
        (lambda: ac.diff(np.ones(3), n=-1), "diff: n must not be negative, -1"),
        (lambda: ac.diff(np.ones(3), axis=1), "diff: axis 1 does not exist"),
        (lambda: ac.trapezoid(np.ones(3), np.ones(2)), "trapezoid: x has 2 places, y has 3"),
        (lambda: np.diff(ac.tensor(np.ones(3)), prepend=0.0), "option prepend= is not supported"),
    ],
)
def test_refusals(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
