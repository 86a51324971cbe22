"""Reductions beyond the generated tests: ties, NaNs, infinities, empty axes, dtypes, refusals."""

import numpy as np
import pytest
import scipy.linalg
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import check_grads, grad, tensor
from autograd_core.backprop import gradients
from tests.autograd_core.references.reductions import REFERENCES

NAN, INF = np.nan, np.inf


def pulled(function, x):
    """The gradient of the sum of all results."""
    return grad(lambda t: function(t).sum())(x)


# Extremes.


@pytest.mark.parametrize("name", ["max", "min", "nanmax", "nanmin"])
def test_ties_share_the_gradient(name):
    x = np.array([[2.0, 1.0, 2.0], [1.0, 1.0, 1.0]])
    x = x if name.endswith("max") else -x
    function = getattr(ac, name)
    np.testing.assert_array_equal(
        pulled(lambda t: function(t, axis=1), x), [[0.5, 0, 0.5], [1 / 3, 1 / 3, 1 / 3]]
    )
    np.testing.assert_array_equal(pulled(function, x), [[0.5, 0, 0.5], [0, 0, 0]])


def test_a_nan_is_the_extreme_and_gets_the_gradient():
    x = np.array([1.0, NAN, 3.0, NAN])
    for function in (ac.max, ac.min):
        assert np.isnan(function(x))
        np.testing.assert_array_equal(pulled(function, x), [0, 0.5, 0, 0.5])
    np.testing.assert_array_equal(ac.argmax(x), 1)


def test_argmax_takes_the_first():
    x = tensor([[1.0, 3.0, 3.0], [0.0, -1.0, 0.0]], requires_grad=True)
    assert np.argmax(x).item() == 1 and x.argmin(axis=1).tolist() == [0, 1]
    assert not x.argmax().requires_grad


# Nothing to reduce.

EMPTY = np.zeros((3, 0, 2))


@pytest.mark.parametrize(
    "name",
    [
        *("max", "min", "mean", "var", "std", "logsumexp", "ptp", "median", "argmax", "argmin"),
        *("nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanargmax", "nanargmin", "average"),
    ],
)
@pytest.mark.parametrize("dtype", [float, int])
def test_no_entries_are_refused(name, dtype):
    if name.startswith("nan"):
        message = rf"{name}: .* axis 1 of shape \(3, 0, 2\) has 0 entries"
    else:
        message = r"axis 1 of shape \(3, 0, 2\)"
    with pytest.raises(ValueError, match=message):
        getattr(ac, name)(tensor(EMPTY.astype(dtype)), axis=1)


def test_sums_and_products_of_nothing():
    assert ac.sum(EMPTY) == 0 and ac.prod(EMPTY) == 1
    assert ac.nansum(EMPTY) == 0 and ac.nanprod(EMPTY) == 1
    assert ac.all(EMPTY) and not ac.any(EMPTY)
    assert pulled(ac.prod, EMPTY).shape == EMPTY.shape
    assert ac.mean(EMPTY, axis=0).shape == (0, 2)  # no result, so nothing is wrong with it
    assert pulled(lambda t: ac.mean(t, axis=0), EMPTY).shape == EMPTY.shape
    assert pulled(lambda t: ac.std(t, axis=0, ddof=1), EMPTY).shape == EMPTY.shape
    assert ac.vector_norm(EMPTY) == 0
    with pytest.raises(ValueError, match=r"vector_norm: .*\(0,\) has no entries"):
        ac.vector_norm(np.zeros(0), ord=INF)


def test_degrees_of_freedom():
    x = tensor([[1.0, 2.0], [3.0, 5.0]])
    for function in (ac.var, ac.std):
        with pytest.raises(ValueError, match=r"axis 0 of shape \(2, 2\) has 2 entries, ddof is 2"):
            function(x, axis=0, ddof=2)
    for function in (ac.nanvar, ac.nanstd):
        with pytest.raises(ValueError, match="has 1 entries that are not NaN, ddof is 1"):
            function(np.array([[1.0, 2.0], [NAN, 5.0]]), axis=0, ddof=1)
    assert x.var(ddof=1).item() == pytest.approx(np.var(x.data, ddof=1))
    np.testing.assert_allclose(np.std(x, axis=0, ddof=1).data, np.std(x.data, axis=0, ddof=1))


# Where a root is taken at zero.


@pytest.mark.parametrize(
    "function",
    [
        ac.std,
        ac.nanstd,
        ac.norm,
        lambda x: ac.vector_norm(x, ord=3),
        lambda x: ac.vector_norm(x, ord=1),
        lambda x: ac.vector_norm(x, ord=INF),
    ],
)
def test_subgradient_at_zero(function):
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(pulled(function, np.zeros(3)), np.zeros(3))
        second = pulled(
            lambda t: gradients([function(t)], [t], [None], create_graph=True)[0], np.zeros(3)
        )
    np.testing.assert_array_equal(second, np.zeros(3))


def test_spread_of_equal_numbers_far_from_zero():
    x = np.full(4, 1e6)
    np.testing.assert_array_equal(pulled(ac.std, x), np.zeros(4))
    assert ac.var(x) == 0


# dtypes.


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "int64", "uint8", "float16", "float32", "float64"]
)
@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "max", "min", "var", "std", "all", "any", "cumsum", "cumprod"]
)
def test_dtypes_are_numpys(name, dtype):
    x = np.array([[1, 0, 3], [100, 2, 27]]).astype(dtype)
    for axis in (None, 1):
        expected = np.asarray(getattr(np, name)(x, axis=axis))
        for found in (getattr(ac, name)(tensor(x), axis=axis), getattr(np, name)(tensor(x), axis)):
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(
                found.data, expected, rtol=1e-6 if dtype != "float16" else 0.01
            )


def test_integers_and_lists_become_floats_where_needed():
    for function in (
        ac.mean,
        ac.logsumexp,
        ac.softmax,
        ac.log_softmax,
        ac.norm,
        ac.median,
        ac.nanmean,
    ):
        from_list, from_floats = function([[1, 2], [3, 5]]), function([[1.0, 2.0], [3.0, 5.0]])
        assert np.asarray(from_list).dtype == np.float64
        np.testing.assert_array_equal(from_list, from_floats)
    assert ac.vector_norm(np.array([100, 100], np.int8)) == pytest.approx(np.sqrt(20000))
    assert ac.quantile(np.array([1, 2], np.int8), 0.5) == 1.5


def test_half_precision_mean_does_not_overflow():
    assert ac.mean(np.full(4, 60000, np.float16)) == np.float16(60000)


def test_pairwise_summation_in_float32():
    x = np.full(10**6, 0.1, np.float32)
    assert ac.sum(x) == pytest.approx(1e5, rel=1e-6)
    assert ac.mean(x) == pytest.approx(0.1, rel=1e-6)


def test_large_and_small_gradients_agree():
    """A large cotangent is spread as a view, a small one by adding zeros."""
    for shape in ((3, 4), (300, 400)):
        x = np.random.default_rng(0).normal(size=shape)
        np.testing.assert_array_equal(
            grad(lambda t: (t.sum(axis=1) * np.arange(t.shape[0])).sum())(x),
            np.arange(shape[0])[:, None] * np.ones(shape),
        )


# Exponentials.


def test_logsumexp_and_softmax_far_out():
    x = np.array([[1e4, 1e4 - 1, -1e4], [-1e4, -1e4 - 2, -INF]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_allclose(
            ac.logsumexp(x, axis=1), scipy.special.logsumexp(x, axis=1), rtol=1e-15
        )
        np.testing.assert_allclose(ac.softmax(x), scipy.special.softmax(x, axis=-1), rtol=1e-14)
        np.testing.assert_allclose(
            ac.log_softmax(x), scipy.special.log_softmax(x, axis=-1), rtol=1e-14
        )
        np.testing.assert_allclose(
            pulled(lambda t: ac.logsumexp(t, axis=1), x), ac.softmax(x), rtol=1e-11
        )


def test_logsumexp_of_infinities():
    with np.errstate(all="raise"):
        assert ac.logsumexp(np.full(3, -INF)) == -INF
        np.testing.assert_array_equal(pulled(ac.logsumexp, np.full(3, -INF)), np.zeros(3))
    with np.errstate(over="ignore"):
        assert ac.logsumexp(np.array([INF, 1.0])) == INF
    assert np.isnan(ac.logsumexp(np.array([NAN, 1.0])))


@given(st.floats(-500, 500))
def test_softmax_does_not_see_a_shift(shift):
    x = np.array([0.3, -1.0, 2.0])
    np.testing.assert_allclose(ac.softmax(x + shift), ac.softmax(x), rtol=1e-12)
    np.testing.assert_allclose(ac.softmax(x).sum(), 1.0, rtol=1e-15)
    np.testing.assert_allclose(grad(lambda c: (ac.softmax(x + c) * x).sum())(shift), 0, atol=1e-12)


# NaNs left out.

WITH_NANS = np.array([[0.3, NAN, 1.7, -0.4], [NAN, NAN, 2.1, 0.9], [-1.2, 0.8, NAN, 1.1]])


@pytest.mark.parametrize(
    "name", ["nansum", "nanprod", "nanmean", "nanmax", "nanmin", "nanvar", "nanstd"]
)
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_nan_reductions(name, axis, keepdims):
    """As the reference, and their derivatives: zero at NaNs, right elsewhere."""
    function = getattr(ac, name)
    params = {"axis": axis, "keepdims": keepdims}
    expected = REFERENCES[name](WITH_NANS, **params)
    np.testing.assert_allclose(function(WITH_NANS, **params), expected, rtol=1e-13)
    np.testing.assert_array_equal(
        getattr(np, name)(tensor(WITH_NANS), **params).data, function(WITH_NANS, **params)
    )
    absent = np.isnan(WITH_NANS)
    filled = np.where(absent, 0.5, WITH_NANS)
    check_grads(lambda t: function(ac.where(absent, NAN, t), **params), (filled,))
    g = pulled(lambda t: function(t, **params), WITH_NANS)
    assert not g[absent].any() and np.isfinite(g).all()


@pytest.mark.parametrize("name", ["nanmean", "nanmax", "nanmin", "nanvar", "nanstd", "nanargmax"])
def test_slices_of_nothing_but_nan_are_refused(name):
    x = np.array([[1.0, NAN], [2.0, NAN]])
    with pytest.raises(ValueError, match=rf"{name}: a slice along axis 0 of shape \(2, 2\)"):
        getattr(ac, name)(x, axis=0)
    assert ac.nansum(x, axis=0).tolist() == [3, 0] and ac.nanprod(x, axis=0).tolist() == [2, 1]


def test_nan_positions():
    x = tensor(WITH_NANS, requires_grad=True)
    assert np.nanargmax(x, axis=1).tolist() == [2, 2, 3]
    assert np.nanargmin(x).item() == 8


# Norms.


@pytest.mark.parametrize("ord", [None, "fro", 1, INF])
def test_matrix_norms_against_scipy(ord):
    x = np.random.default_rng(4).normal(size=(4, 3))
    assert ac.norm(x, ord) == pytest.approx(scipy.linalg.norm(x, ord), rel=1e-14)
    assert np.linalg.norm(tensor(x), ord).item() == pytest.approx(scipy.linalg.norm(x, ord))
    stack = np.random.default_rng(5).normal(size=(4, 2, 3))
    for axis in ((0, 2), (2, 0), (-1, 1)):
        for keepdims in (False, True):
            np.testing.assert_allclose(
                ac.norm(stack, ord, axis, keepdims),
                np.linalg.norm(stack, ord, axis, keepdims),
                rtol=1e-14,
            )


# Order statistics and weights.


@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=8),
    st.lists(st.floats(0, 1), min_size=1, max_size=3),
)
def test_quantiles_are_numpys(x, q):
    x, q = np.array(x), np.array(q)
    np.testing.assert_allclose(ac.quantile(x, q), np.quantile(x, q), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        ac.percentile(x, q * 100), np.percentile(x, q * 100), rtol=1e-12, atol=1e-12
    )
    np.testing.assert_allclose(ac.median(x), np.median(x), rtol=1e-15)


def test_quantile_shapes_nans_and_infinities():
    x = np.arange(24.0).reshape(2, 3, 4)
    q = np.array([[0.1, 0.5], [0.9, 1.0]])
    for axis in (None, 1, (0, 2)):
        for keepdims in (False, True):
            found = np.quantile(tensor(x), q, axis=axis, keepdims=keepdims)
            np.testing.assert_allclose(found.data, np.quantile(x, q, axis=axis, keepdims=keepdims))
    assert ac.median(np.array([[1.0, NAN, 2.0], [1.0, 5.0, 2.0]]), axis=1).tolist()[1] == 2.0
    assert np.isnan(ac.median(np.array([1.0, NAN, 2.0])))
    assert ac.median(np.array([-INF, 3.0, INF])) == 3.0
    assert ac.quantile(np.array([1.0, INF]), 0) == 1.0
    np.testing.assert_array_equal(grad(ac.median)(np.array([4.0, 1.0, 2.0, 9.0])), [0.5, 0, 0.5, 0])


def test_average_weights():
    x = np.arange(6.0).reshape(2, 3)
    w = np.array([1.0, 2.0, 0.5])
    np.testing.assert_allclose(
        np.average(tensor(x), axis=1, weights=w).data, np.average(x, axis=1, weights=w)
    )
    block, weights = np.random.default_rng(0).uniform(0.5, 1.0, (2, 3, 4)), np.ones((4, 2))
    weights[:, 1] = [1.0, 2.0, 3.0, 4.0]  # along axes 2 and 0
    expected = np.einsum("ijk,ki->j", block, weights) / weights.sum()
    np.testing.assert_allclose(ac.average(block, (2, 0), weights), expected, rtol=1e-14)
    assert ac.average([1, 2, 6], weights=[1, 1, 2]) == 3.75
    assert ac.average([1, 2, 6]) == 3.0
    with pytest.raises(
        ValueError, match=r"average: weights have shape \(3,\).*along axis 0 \(2,\)"
    ):
        ac.average(x, axis=0, weights=w)
    with pytest.raises(ValueError, match=r"average: weights have shape \(3,\)"):
        ac.average(x, weights=w)
    with pytest.raises(ZeroDivisionError, match="average: the weights along axis 1 sum to 0"):
        ac.average(x, axis=1, weights=np.array([1.0, -1.0, 0.0]))


# Refusals.


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: x.sum(axis=2), r"sum: axis 2 .*\(2, 3\)"),
        (lambda x: x.mean(axis=(0, 0)), r"mean: duplicate value in 'axis'.*\(2, 3\)"),
        (lambda x: x.max(axis="rows"), "max: 'str' object"),
        (lambda x: ac.softmax(x, axis=-3), r"softmax: axis -3 .*\(2, 3\)"),
        (
            lambda x: ac.quantile(x, 0.5, axis=2),
            r"quantile: axis 2 does not exist in shape \(2, 3\)",
        ),
        (lambda x: ac.median(x, axis=(0, 0)), r"median: axis \(0, 0\) names an axis .* twice"),
        (lambda x: ac.quantile(x, 1.5), r"quantile: q must lie in \[0, 1\], 1.5 was given"),
        (lambda x: ac.percentile(x, [5, -1]), r"percentile: q must lie in \[0, 100\]"),
        (lambda x: ac.quantile(x, NAN), "quantile: q must lie in"),
        (lambda x: ac.quantile(x, tensor(0.5, requires_grad=True)), "q is not differentiable"),
        (lambda x: np.quantile(x, 0.5, method="lower"), "option method= is not supported"),
        (lambda x: np.sum(x, out=np.zeros(())), "option out= is not supported"),
        (lambda x: np.sum(x, where=np.ones((2, 3), bool)), "option where= is not supported"),
        (lambda x: np.mean(x, dtype=np.float32), "option dtype= is not supported"),
        (lambda x: np.max(x, initial=0.0), "option initial= is not supported"),
        (lambda x: np.average(x, returned=True), "option returned= is not supported"),
        (lambda x: ac.norm(x, 2), "norm: ord=2 .* singular values of svd"),
        (lambda x: ac.norm(x, "nuc"), "norm: ord='nuc' .* svd"),
        (lambda x: ac.norm(x[0], "fro"), r"norm: ord='fro' over axes \(0,\)"),
        (lambda x: ac.norm(x[None], 1), r"norm: ord=1 over axes \(0, 1, 2\)"),
        (lambda x: ac.norm(x, 0, axis=0), "ord must be a number from 1 to inf, 0 was given"),
        (lambda x: ac.vector_norm(x, ord="fro"), "vector_norm: ord must be a number"),
        (lambda x: ac.vector_norm(x, ord=NAN), "vector_norm: ord must be a number"),
    ],
)
def test_refusals(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(tensor(np.ones((2, 3))))
