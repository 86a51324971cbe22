"""Solving and factorisations: what the generated tests do not see."""

import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import check_grads, grad, gradients, hvp, tensor
from autograd_core.tensor import Tensor

LinAlgError = np.linalg.LinAlgError


def tracked(x):
    return tensor(x, requires_grad=True)


def pulled(f, x, g):
    """The gradient of sum(f(x) * g)."""
    x = tracked(x)
    return gradients([f(x)], [x], [g])[0].numpy()


def symmetric(values, rng):
    """A symmetric matrix with these eigenvalues, symmetric to the last bit."""
    vectors = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
    x = (vectors * np.asarray(values, float)) @ vectors.T
    return (x + x.T) / 2


# Solving.


@pytest.mark.parametrize(
    "call",
    [ac.inv, lambda x: ac.solve(x, np.ones(2)), lambda x: ac.solve_triangular(x, np.ones(2))],
)
def test_singular_matrices_are_refused_as_numpy_does(call):
    with pytest.raises(LinAlgError, match=r"^(inv|solve|solve_triangular): "):
        call(tracked([[1.0, 1.0], [0.0, 0.0]]))


@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "logdet", "cofactors"])
def test_square_matrices_are_needed(name):
    for shape in ((2, 3), (2,)):
        with pytest.raises(ValueError, match=r"(inv|det|slogdet|cofactors): "):
            getattr(ac, name)(tracked(np.ones(shape)))


def test_only_one_dimensional_right_hand_sides_are_vectors():
    rng = np.random.default_rng(0)
    a, b = np.eye(3) + 0.1 * rng.normal(size=(3, 3, 3)), rng.normal(size=(3, 3))
    np.testing.assert_allclose(a @ ac.solve(a, b), np.broadcast_to(b, (3, 3, 3)))
    upper = np.triu(a)
    np.testing.assert_allclose(upper @ ac.solve_triangular(a, b), np.broadcast_to(b, (3, 3, 3)))
    with pytest.raises(ValueError, match="solve: "):
        ac.solve(a, np.ones((4, 3)))


@pytest.mark.parametrize("n", [5, 64, 65, 200])
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("trans", [0, 1])
@pytest.mark.parametrize("unit_diagonal", [True, False])
def test_solve_triangular_is_scipys(n, lower, trans, unit_diagonal):
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=(n, n)) / n + 2 * np.eye(n), rng.normal(size=(n, 3))
    options = {"lower": lower, "trans": trans, "unit_diagonal": unit_diagonal}
    expected = scipy.linalg.solve_triangular(a, b, **options)
    np.testing.assert_allclose(
        ac.solve_triangular(a, b, **options), expected, rtol=1e-10, atol=1e-12
    )


def test_solve_triangular_ignores_the_other_triangle():
    a = np.array([[2.0, np.nan], [1.0, 4.0]])
    x = tracked(a)
    out = ac.solve_triangular(x, np.array([2.0, 5.0]), lower=True)
    np.testing.assert_array_equal(out.numpy(), [1.0, 1.0])
    (g,) = gradients([out], [x], [np.ones(2)])
    assert g.numpy()[0, 1] == 0.0 and np.isfinite(g.numpy()).all()


def test_solve_triangular_errors():
    a = np.triu(np.ones((3, 3)))
    for args, options, text in (
        ((np.ones((2, 3)), np.ones(2)), {}, r"a needs shape \(..., n, n\), got \(2, 3\)"),
        ((a, np.ones(2)), {}, r"a \(3, 3\) needs b of shape \(3,\) or .*got \(2,\)"),
        ((a, 1.0), {}, r"got \(\)"),
        ((a, np.ones(3)), {"trans": 2}, "trans must be 0 or 1, got 2"),
    ):
        with pytest.raises(ValueError, match=f"^solve_triangular: .*{text}"):
            ac.solve_triangular(*args, **options)
    with pytest.raises(LinAlgError, match="a zero on its diagonal"):
        ac.solve_triangular(a - np.eye(3), np.ones(3))


def test_inverse_twice_has_the_identity_as_derivative():
    rng = np.random.default_rng(0)
    x, g = np.eye(3) + 0.3 * rng.normal(size=(2, 3, 3)), rng.normal(size=(2, 3, 3))
    np.testing.assert_allclose(pulled(lambda x: ac.inv(ac.inv(x)), x, g), g, rtol=1e-10)


# Determinants.


@pytest.mark.parametrize(
    "x",
    [
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],  # rank 2
        [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]],  # rank 1: all cofactors vanish
        [[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]],
        [[0.0] * 3] * 3,
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 2.0]],  # not singular: the determinant is -2
        [[-1.0, 0.5, 0.0], [0.0, -2.0, 0.5], [1.0, 0.0, -3.0]],
        [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [-1.0, 1.0, 0.0]],
    ],
)
def test_determinant_has_its_gradient_even_where_it_vanishes(x):
    x = np.array(x)
    found = grad(ac.det)(x)
    rows = [np.cross(x[1], x[2]), np.cross(x[2], x[0]), np.cross(x[0], x[1])]
    np.testing.assert_allclose(np.asarray(found), rows, atol=1e-13)
    check_grads(ac.det, (x,), order=1, fast=False)


def test_second_derivative_of_a_singular_determinant_is_refused():
    with pytest.raises(LinAlgError, match="Singular"):
        hvp(ac.det)(np.ones((2, 2)), np.eye(2))


def test_logarithmic_determinants():
    x = np.array([[[0.0, 1.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 3.0]]])
    sign, value = ac.slogdet(tracked(x))
    np.testing.assert_array_equal(sign.numpy(), [-1.0, 1.0])
    assert math.exp(value.numpy()[1]) == pytest.approx(6.0)
    with pytest.raises(ValueError, match=r"logdet: the determinant of matrix \(0,\) is negative"):
        ac.logdet(x)
    with pytest.raises(ValueError, match="logdet: the determinant is negative; use slogdet"):
        ac.logdet(tracked(x[0]))
    huge = 1e200 * np.eye(4)
    assert ac.logdet(huge) == pytest.approx(800 * math.log(10))
    np.testing.assert_allclose(np.asarray(grad(ac.logdet)(huge)), 1e-200 * np.eye(4))


def test_logarithm_of_a_vanishing_determinant():
    x = tracked([[1.0, 1.0], [1.0, 1.0]])
    out = ac.logdet(x)
    assert out.item() == -math.inf
    with pytest.raises(LinAlgError, match="slogdet: the matrix is singular"):
        out.backward()


# Pseudo-inverse.


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_pinv_of_a_deficient_matrix(dtype):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(4, 2)) @ rng.normal(size=(2, 3))).astype(dtype)
    p = ac.pinv(x)
    assert p.dtype == dtype
    tolerance = 1e3 * float(np.finfo(dtype).eps)
    for found, expected in ((x @ p @ x, x), (p @ x @ p, p), (x @ p, (x @ p).T), (p @ x, (p @ x).T)):
        np.testing.assert_allclose(found, expected, atol=tolerance)
    t = tracked(x)
    with pytest.raises(LinAlgError, match="pinv: a 4 x 3 matrix has rank 2 instead of 3"):
        ac.pinv(t).sum().backward()


def test_pinv_cutoff():
    x = np.diag([1.0, 1e-3])
    np.testing.assert_allclose(ac.pinv(x, rcond=1e-2), np.diag([1.0, 0.0]))
    np.testing.assert_allclose(ac.pinv(x, rcond=1e-4), np.diag([1.0, 1e3]))
    with pytest.raises(ValueError, match=r"pinv: needs matrices.*\(3,\)"):
        ac.pinv(np.ones(3))


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_lstsq_is_scipys(shape):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=shape), rng.normal(size=(shape[0], 2))
    np.testing.assert_allclose(ac.lstsq(a, b), scipy.linalg.lstsq(a, b)[0], rtol=1e-9)


# Symmetric matrices.

OF_SYMMETRIC = [ac.cholesky, lambda x: ac.eigh(x)[1], ac.eigvalsh]


@pytest.mark.parametrize("function", OF_SYMMETRIC)
def test_asymmetric_matrices_are_refused(function):
    x = symmetric([1.0, 2.0, 4.0], np.random.default_rng(0))
    function(x)
    function(x + 1e-9 * np.arange(9.0).reshape(3, 3))
    for wrong in (np.tril(x), x + 0.5 * np.eye(3, k=1), np.stack([x, np.triu(x)])):
        with pytest.raises(ValueError, match=r"^(cholesky|eigh|eigvalsh): x is not symmetric"):
            function(wrong)
    with pytest.raises(ValueError, match=r"needs square matrices.*\(2, 3\)"):
        function(np.ones((2, 3)))


@pytest.mark.parametrize("function", OF_SYMMETRIC)
def test_gradients_are_symmetric_and_agree_with_symmetric_changes(function):
    rng = np.random.default_rng(0)
    x = symmetric([1.0, 2.0, 4.0], rng)
    g = rng.normal(size=np.shape(function(x)))
    found = pulled(function, x, g)
    np.testing.assert_allclose(found, found.T, rtol=1e-12, atol=1e-14)
    for i, j in ((0, 0), (2, 1)):
        change = np.zeros((3, 3))
        change[i, j] = change[j, i] = 1e-6
        numeric = ((function(x + change) - function(x - change)) * g).sum() / 2e-6
        assert numeric == pytest.approx((found * change).sum() / 1e-6, rel=1e-7)


def test_a_symmetric_matrix_gives_numpys_result_to_the_last_bit():
    x = symmetric([1e-3, 2.0, 4e5], np.random.default_rng(0))
    np.testing.assert_array_equal(ac.cholesky(x), np.linalg.cholesky(x))
    np.testing.assert_array_equal(ac.eigvalsh(x), np.linalg.eigvalsh(x))


def test_gradient_of_the_log_determinant_by_cholesky_is_the_inverse():
    x = symmetric([0.5, 2.0, 4.0], np.random.default_rng(0))
    found = grad(lambda x: 2.0 * ac.log(ac.diagonal(ac.cholesky(x))).sum())(x)
    np.testing.assert_allclose(np.asarray(found), np.linalg.inv(x), rtol=1e-12)


def test_indefinite_matrices_have_no_cholesky_factor():
    with pytest.raises(LinAlgError, match=r"cholesky: .*not positive definite"):
        ac.cholesky(np.diag([1.0, -1.0]))


def test_options_that_would_change_the_result_are_refused():
    x = tracked(np.eye(2))
    with pytest.raises(TypeError, match="UPLO"):
        np.linalg.eigh(x, UPLO="U")
    with pytest.raises(TypeError, match="hermitian"):
        np.linalg.svd(x, hermitian=True)
    with pytest.raises(ValueError, match="qr: mode 'complete' is not supported"):
        ac.qr(x, mode="complete")


# Factorisations multiply to what was factorised, so that the derivative of the product is known.


@given(
    shape=st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(1, 4)),
    seed=st.integers(0, 1000),
)
def test_derivatives_of_products_of_the_factors(shape, seed):
    rng = np.random.default_rng(seed)
    k = min(shape[1:])
    left, right = (np.linalg.qr(rng.normal(size=(shape[0], n, k)))[0] for n in shape[1:])
    values = np.arange(k) + rng.uniform(0.5, 1.2, size=(shape[0], k))
    x = (left * values[:, None, :]) @ right.swapaxes(-1, -2)
    g = rng.normal(size=x.shape)

    def by_svd(x):
        u, s, vt = ac.svd(x, full_matrices=False)
        return (u * s[..., None, :]) @ vt

    def by_qr(x):
        q, r = ac.qr(x)
        return q @ r

    np.testing.assert_allclose(pulled(by_svd, x, g), g, rtol=1e-8, atol=1e-8)
    if shape[1] >= shape[2] or np.linalg.cond(x[..., :k]).max(initial=1.0) < 1e3:
        np.testing.assert_allclose(pulled(by_qr, x, g), g, rtol=1e-8, atol=1e-8)
    if shape[1] != shape[2]:
        return
    y = (left * values[:, None, :]) @ left.swapaxes(-1, -2)
    y, half = (y + y.swapaxes(-1, -2)) / 2, (g + g.swapaxes(-1, -2)) / 2

    def by_eigh(y):
        w, v = ac.eigh(y)
        return (v * w[..., None, :]) @ v.swapaxes(-1, -2)

    def by_cholesky(y):
        lower = ac.cholesky(y)
        return lower @ lower.swapaxes(-1, -2)

    np.testing.assert_allclose(pulled(by_eigh, y, g), half, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(pulled(by_cholesky, y, g), half, rtol=1e-8, atol=1e-8)


def test_square_root_by_eigh_has_the_derivative_of_sylvesters_equation():
    rng = np.random.default_rng(0)
    x, direction = symmetric([1.0, 2.0, 4.0], rng), symmetric([1.0, -1.0, 0.5], rng)
    g = rng.normal(size=(3, 3))

    def root(x):
        w, v = ac.eigh(x)
        return (v * ac.sqrt(w)) @ v.T

    r = scipy.linalg.sqrtm(x)
    expected = (g * scipy.linalg.solve_sylvester(r, r, direction)).sum()
    assert (pulled(root, x, g) * direction).sum() == pytest.approx(expected, rel=1e-10)


# Equal eigenvalues and singular values.

EQUAL = {
    "identity": np.eye(3),
    "nearly": np.diag([1.0, 1.0 + 1e-15, 2.0]),
    "scaled": 1e-8 * np.diag([3.0, 1.0, 1.0]),
    "rotated": symmetric([2.0, 2.0, 5.0], np.random.default_rng(4)),
}


@pytest.mark.parametrize("x", EQUAL.values(), ids=EQUAL.keys())
def test_vectors_of_equal_values_have_no_derivative(x):
    weights = np.arange(9.0).reshape(3, 3)
    with pytest.raises(LinAlgError, match="eigh: two eigenvalues are equal"):
        pulled(lambda x: ac.eigh(x)[1], x, weights)
    for part in (0, 2):
        with pytest.raises(LinAlgError, match="svd: two singular values are equal"):
            pulled(lambda x, part=part: ac.svd(x)[part], x, weights)


@pytest.mark.parametrize("x", EQUAL.values(), ids=EQUAL.keys())
def test_symmetric_functions_of_equal_values_have_their_derivative(x):
    for values in (ac.eigvalsh, lambda x: ac.eigh(x)[0], ac.svdvals, lambda x: ac.svd(x)[1]):
        np.testing.assert_allclose(
            pulled(values, x, np.ones(3)), np.eye(3), atol=1e-12
        )  # the sum is the trace
        g = np.asarray(grad(lambda x, values=values: (values(x) ** 2).sum())(x))
        np.testing.assert_allclose(g, 2.0 * x, atol=1e-12)


@pytest.mark.parametrize("values", [ac.eigvalsh, ac.svdvals])
def test_second_derivatives_at_equal_values_are_refused(values):
    with pytest.raises(LinAlgError, match="are equal"):
        hvp(lambda x: (values(x) ** 2).sum())(np.eye(3), np.ones((3, 3)))


def test_only_the_matrix_with_equal_values_counts():
    """In a stack the vectors of a degenerate matrix may stay unused."""
    x = np.stack([np.eye(2), np.diag([1.0, 2.0])])
    g = np.zeros((2, 2, 2))
    g[1] = [[0.3, 1.0], [-2.0, 0.7]]
    found = pulled(lambda x: ac.eigh(x)[1], x, g)
    assert (found[0] == 0).all() and (found[1] != 0).any()
    with pytest.raises(LinAlgError):
        pulled(lambda x: ac.eigh(x)[1], x, g[::-1])


def test_a_cotangent_that_happens_to_be_zero_may_be_differentiated():
    """So a zero that is tracked is refused like any other; the untracked one is fine."""
    x, zeros = tracked(np.eye(2)), tracked(np.zeros((2, 2)))
    for create_graph, refused in ((False, False), (True, True)):
        loss = (ac.eigh(x)[1] * zeros).sum()
        if refused:
            with pytest.raises(LinAlgError, match="are equal"):
                gradients([loss], [x], [None], create_graph=create_graph)
        else:
            assert not gradients([loss], [x], [None])[0].numpy().any()


def test_zero_singular_values():
    tall = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    for x in (tall, tall.T):
        with pytest.raises(LinAlgError, match="svd: a singular value is zero"):
            pulled(lambda x: ac.svd(x, full_matrices=False)[0 if len(x) > 2 else 2].sum(), x, 1.0)
    assert np.isfinite(pulled(lambda x: ac.svd(x)[0], np.diag([2.0, 0.0]), np.ones((2, 2)))).all()


def test_dependent_columns_have_no_qr_derivative():
    x = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    with pytest.raises(LinAlgError, match="qr: the columns are linearly dependent"):
        pulled(lambda x: ac.qr(x)[0], x, np.ones((3, 2)))


def test_full_svd():
    x = np.random.default_rng(0).normal(size=(4, 2))
    u, s, vt = ac.svd(x)
    assert u.shape == (4, 4)
    np.testing.assert_allclose((u[:, :2] * s) @ vt, x)
    assert [type(part) for part in ac.svd(Tensor(x))] == [Tensor] * 3
    with pytest.raises(
        ValueError, match=r"svd: full matrices .*\(4, 2\); pass full_matrices=False"
    ):
        ac.svd(tracked(x))
    with pytest.raises(ValueError, match=r"svd: needs matrices.*\(3,\)"):
        ac.svd(np.ones(3))


@pytest.mark.parametrize("name", ["eigh", "eigvalsh", "cholesky", "svd", "svdvals"])
def test_not_a_number_does_not_pass_silently(name):
    """NumPy's choice: an error, or NaN in the result."""
    x = np.array([[1.0, np.nan], [np.nan, 1.0]])
    with np.errstate(all="ignore"):
        try:
            found = getattr(ac, name)(x)
        except LinAlgError:
            return
    parts = found if isinstance(found, tuple) else (found,)
    assert any(np.isnan(part).any() for part in parts)
