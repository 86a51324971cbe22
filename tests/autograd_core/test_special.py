"""Special functions beyond the generated tests: accuracy, tails, limits, high derivatives."""

import math

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import check_grads, grad, tensor

EPS = np.finfo(np.float64).eps


def nested(function, order):
    for _ in range(order):
        function = grad(function)
    return function


def ulps(found, expected):
    return np.abs(found - expected) / np.spacing(np.abs(expected))


# The error functions.


def test_erf_is_exact_to_two_units_in_the_last_place():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-6, 6, 40_000), 10.0 ** rng.uniform(-300, 0, 5_000)])
    expected = np.array([math.erf(v) for v in x])
    assert ulps(ac.erf(x), expected).max() <= 2


def test_erfc_keeps_its_digits_in_the_tail():
    x = np.random.default_rng(1).uniform(-6.0, 26.5, 40_000)
    expected = np.array([math.erfc(v) for v in x])
    assert np.max(np.abs(ac.erfc(x) / expected - 1)) < 2e-15


def test_erfinv_against_scipy():
    rng = np.random.default_rng(2)
    near_one = 1 - 10.0 ** rng.uniform(-15.9, 0, 20_000)
    x = np.concatenate([rng.uniform(-1, 1, 40_000), near_one, 10.0 ** rng.uniform(-300, 0, 5_000)])
    np.testing.assert_allclose(ac.erfinv(x), scipy.special.erfinv(x), rtol=2e-15)


@given(st.floats(-1, 1, exclude_min=True, exclude_max=True))
def test_erf_undoes_erfinv(x):
    y = float(ac.erfinv(np.array(x)))
    condition = 1 + abs(y) * 2 / math.sqrt(math.pi) * math.exp(-y * y)  # of erf at y
    assert math.erf(y) == pytest.approx(x, rel=2 * EPS * condition + 2 * EPS, abs=5e-324)


def test_error_functions_at_the_ends():
    ends = np.array([-np.inf, -1e300, -30.0, -0.0, 0.0, 30.0, 1e300, np.inf])
    np.testing.assert_array_equal(ac.erf(ends), [-1, -1, -1, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(np.signbit(ac.erf(ends)), ends.view(np.int64) < 0)
    np.testing.assert_array_equal(ac.erfc(ends), [2, 2, 2, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(ac.erfinv(np.array([-1.0, 0.0, 1.0])), [-np.inf, 0, np.inf])
    for function in (ac.erf, ac.erfc, ac.erfinv):
        assert np.isnan(function(np.array([np.nan])))
    assert np.isnan(ac.erfinv(np.array([1.0000001, -2.0, np.inf]))).all()


@pytest.mark.parametrize("break_at", [0.5, 4.0])
def test_error_functions_are_continuous_where_the_formula_changes(break_at):
    sides = np.array([np.nextafter(break_at, 0), break_at, np.nextafter(break_at, 9)])
    for function in (ac.erf, ac.erfc):
        values = function(sides)
        assert np.ptp(values) <= 4 * EPS * values[1] * max(1.0, 2 * break_at**2)


def test_error_functions_in_float32_are_rounded_once():
    x = np.random.default_rng(3).uniform(-5, 5, 1000).astype(np.float32)
    for name in ("erf", "erfc"):
        found = getattr(ac, name)(x)
        expected = getattr(scipy.special, name)(x.astype(np.float64)).astype(np.float32)
        assert found.dtype == np.float32
        assert ulps(found, expected).max() <= 1
    assert float(ac.erf(1)) == pytest.approx(math.erf(1), rel=3e-16)
    assert ac.erf(np.array([0, 1])).dtype == np.float64


# Sigmoid and its relatives.

FAR = np.array([-1e4, -800.0, -40.0, -1e-8, 0.0, 1e-8, 40.0, 800.0, 1e4])


def test_sigmoids_far_out():
    """No overflow, no NaN, and every digit right, with all of NumPy's warnings made errors."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        e = np.exp(-np.abs(FAR))
        np.testing.assert_allclose(ac.sigmoid(FAR), scipy.special.expit(FAR), rtol=4 * EPS)
        np.testing.assert_allclose(ac.log_sigmoid(FAR), scipy.special.log_expit(FAR), rtol=4 * EPS)
        np.testing.assert_allclose(ac.softplus(FAR), np.logaddexp(FAR, 0), rtol=4 * EPS)
        np.testing.assert_allclose(ac.silu(FAR), FAR * scipy.special.expit(FAR), rtol=4 * EPS)
        np.testing.assert_allclose(grad(lambda x: ac.softplus(x).sum())(FAR), ac.sigmoid(FAR))
        np.testing.assert_allclose(
            grad(lambda x: ac.log_sigmoid(x).sum())(FAR), scipy.special.expit(-FAR), rtol=4 * EPS
        )
        np.testing.assert_allclose(
            grad(lambda x: ac.sigmoid(x).sum())(FAR), e / (1 + e) ** 2, rtol=1e-12, atol=EPS
        )
        assert np.isfinite(grad(lambda x: ac.silu(x).sum())(FAR)).all()


def test_float32_sigmoids_far_out():
    x = FAR.astype(np.float32)
    for function in (ac.sigmoid, ac.log_sigmoid, ac.softplus, ac.silu, ac.softsign, ac.relu):
        with np.errstate(over="raise", invalid="raise"):
            out = function(x)
        assert out.dtype == np.float32 and np.isfinite(out).all()
        np.testing.assert_allclose(out, function(x.astype(np.float64)), rtol=1e-6, atol=1e-37)


def test_logit_inverts_sigmoid_and_is_exact_in_the_middle():
    p = np.concatenate([np.linspace(0.001, 0.999, 999), 0.5 + np.array([-1e-9, 1e-12, 1e-15])])
    np.testing.assert_allclose(ac.logit(p), scipy.special.logit(p), rtol=4 * EPS, atol=1e-300)
    x = np.linspace(-30, 3, 50)
    np.testing.assert_allclose(ac.logit(ac.sigmoid(x)), x, rtol=1e-13)


def test_subgradients_at_the_kink():
    assert grad(ac.relu)(0.0) == 0.0
    assert grad(ac.softsign)(0.0) == 1.0
    assert grad(grad(ac.softsign))(0.0) == 0.0
    assert ac.relu(np.array([-1, 2])).dtype == np.int64


# Exponentials and logarithms.


def test_logaddexp_of_infinities():
    inf = np.inf
    cases = [(-inf, -inf, 0.5, 0.5), (-inf, 1.0, 0.0, 1.0), (inf, 1.0, 1.0, 0.0)]
    for function in (ac.logaddexp, ac.logaddexp2):
        for x, y, dx, dy in cases:
            with np.errstate(all="raise"):
                assert grad(function, (0, 1))(x, y) == (dx, dy)
    assert grad(grad(ac.logaddexp))(1.0, 1.0) == 0.25
    assert grad(ac.logaddexp)(1e4, 1e4 - 1) == pytest.approx(1 / (1 + math.exp(-1)), rel=1e-14)


def test_xlogy_at_zero():
    with np.errstate(all="raise"):
        assert ac.xlogy(0.0, 0.0) == 0.0
        assert grad(ac.xlogy, (0, 1))(0.0, 0.0) == (0.0, 0.0)
        assert grad(ac.xlogy, (0, 1))(0.0, 2.0) == (math.log(2.0), 0.0)
        assert grad(grad(ac.xlogy, 1), 0)(0.0, 2.0) == 0.5  # d2 / dy dx = 1 / y
    assert np.isnan(ac.xlogy(0.0, np.nan))


def test_expm1_derivative_keeps_small_values():
    assert grad(ac.expm1)(-50.0) == pytest.approx(math.exp(-50.0), rel=1e-15, abs=0)


# sinc.


def test_sinc_derivatives_at_zero():
    expected = {1: 0.0, 2: -(math.pi**2) / 3, 3: 0.0, 4: math.pi**4 / 5}
    for order, value in expected.items():
        with np.errstate(all="raise"):
            assert nested(ac.sinc, order)(0.0) == pytest.approx(value, rel=1e-13, abs=1e-15)


def sinc_derivative(x):
    """By the integral of cos(pi x t) over t in [0, 1], differentiated: no division by x."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t = (nodes + 1) / 2
    return np.sum(weights / 2 * -math.pi * t * np.sin(math.pi * x[:, None] * t), axis=1)


def test_sinc_derivative_near_zero_and_across_its_formulas():
    x = np.concatenate([10.0 ** np.linspace(-12, 0, 60), [0.5 - 1e-12, 0.5, 0.5 + 1e-12, 3.3]])
    found = grad(lambda t: ac.sinc(t).sum())(x)
    np.testing.assert_allclose(found, sinc_derivative(x), rtol=1e-12, atol=1e-15)
    check_grads(ac.sinc, (np.array([0.0, 1e-3, -0.49, 0.51, 2.0]),), order=3)


# Trigonometry.


def test_arctan2_in_all_quadrants_and_at_the_origin():
    angle = np.linspace(-3.1, 3.1, 15)
    y, x = 0.7 * np.sin(angle), 0.7 * np.cos(angle)
    np.testing.assert_allclose(ac.arctan2(y, x), angle, rtol=1e-14)
    check_grads(ac.arctan2, (y, x))
    with np.errstate(all="raise"):
        assert grad(ac.arctan2, (0, 1))(0.0, 0.0) == (0.0, 0.0)


def test_inverse_functions_for_large_arguments():
    assert grad(ac.arcsinh)(1e200) == pytest.approx(1e-200, rel=1e-15, abs=0)
    assert grad(ac.arccosh)(1e200) == pytest.approx(1e-200, rel=1e-15, abs=0)


def test_domain_errors_warn_as_numpy_does():
    for function in (ac.log, ac.arccosh, ac.sqrt):
        with pytest.warns(RuntimeWarning):
            assert np.isnan(function(tensor(-1.0)).item())
