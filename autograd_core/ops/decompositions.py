"""Factorisations of matrices: Cholesky, QR, eigenvalues of symmetric matrices, singular values.

Symmetric arguments. `cholesky`, `eigh` and `eigvalsh` are functions of (x + x.T) / 2, which for a
symmetric matrix is the matrix itself, to the last bit. Their gradients are therefore symmetric, and
agree with finite differences over the entries of x one by one as well as over symmetric changes.
A matrix that is far from symmetric is refused; NumPy would read one triangle of it.

Freedom. Eigenvectors, singular vectors and the columns of Q are determined up to their sign, which
is the one that LAPACK finds; derivatives hold it fixed. Vectors of equal eigenvalues or singular
values are not determined at all: a derivative through them is refused with LinAlgError when two of
the values are equal to rounding. Derivatives of the values alone are computed there too, as
V diag(g) V.T: right for functions that treat equal values alike, as their sum, and a generalised
gradient of the others.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd_core.ops.solving import solve_triangular
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases
from autograd_core.tensor import Tensor, as_array

LinAlgError = np.linalg.LinAlgError
ASYMMETRY = 0.01  # of the largest entry; rounding and finite differences stay far below


def _t(x: Any) -> Any:
    return x.swapaxes(-1, -2)


def _symmetrised(name: str, x: Any) -> np.ndarray:
    """(x + x.T) / 2, or an error where x is not meant to be symmetric."""
    x = np.asarray(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"{name}: needs square matrices (..., n, n), got shape {x.shape}")
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    with np.errstate(invalid="ignore"):  # NaN and infinities are for LAPACK to report
        difference = np.abs(x - _t(x)).max(axis=(-2, -1), initial=0.0)
        allowed = ASYMMETRY * np.abs(x).max(axis=(-2, -1), initial=0.0)
    if np.any(difference > allowed):
        raise ValueError(
            f"{name}: x is not symmetric, x - x.T has an entry of {float(np.max(difference)):.3g}; "
            "pass (x + x.T) / 2 or x @ x.T, or for a single triangle t: t + t.T - diag(diagonal(t))"
        )
    return 0.5 * x + 0.5 * _t(x)


# Cholesky.


def _positive_definite(rng):
    for shape in ((1, 1), (3, 3), (2, 3, 3), (0, 2, 2), (0, 0)):
        root = 1.5 * np.eye(shape[-1]) + rng.uniform(-0.4, 0.4, shape)
        for upper in (False, True) if shape == (3, 3) else (False,):
            yield Sample((root @ _t(root),), {"upper": upper})


@primitive(samples=cases(_positive_definite), numpy=np.linalg.cholesky)
def cholesky(x, *, upper=False):
    """The lower triangular L with L @ L.T = x, for symmetric positive definite x (..., n, n).

    upper: return L.T instead. The gradient is symmetric, see the head of this file. Raises
    LinAlgError when x is not positive definite, ValueError when it is far from symmetric.
    Source of the derivative: I. Murray, "Differentiation of the Cholesky decomposition",
    arXiv:1602.07527, equation 10.
    """
    lower = np.linalg.cholesky(_symmetrised("cholesky", x))
    return np.ascontiguousarray(_t(lower)) if upper else lower


@cholesky.vjp("x")
def cholesky_vjp(g, out, upper):
    lower, g = (_t(out), _t(g)) if upper else (out, g)
    n = g.shape[-1]
    halved = np.tri(n, dtype=g.dtype) - 0.5 * np.eye(n, dtype=g.dtype)
    middle = halved * (_t(lower) @ g)
    left = solve_triangular(lower, middle, trans=1, lower=True)
    both = solve_triangular(lower, _t(left), trans=1, lower=True)
    return 0.5 * (both + _t(both))


# QR.


def _matrices(*shapes: tuple[int, ...]) -> Any:
    return cases(
        lambda rng: [
            Sample((2.0 * np.eye(shape[-2], shape[-1]) + rng.uniform(-0.5, 0.5, shape),))
            for shape in shapes
        ]
    )


@primitive(samples=_matrices((3, 3), (4, 2), (2, 3, 2), (0, 3, 2), (3, 0)))
def qr_tall(x):
    """`qr` of matrices (..., m, n) with m >= n; the primitive that it calls.

    Source of the derivative: S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra
    functions with application in optimum experimental design", arXiv:1001.1654, section 4.
    """
    x = np.asarray(x)
    if x.ndim < 2 or x.shape[-2] < x.shape[-1]:
        raise ValueError(f"qr_tall: needs matrices (..., m, n) with m >= n, got shape {x.shape}")
    return tuple(np.linalg.qr(x))


@qr_tall.vjp("x")
def qr_tall_vjp(g, out):
    (q, r), (g_q, g_r) = out, g
    diagonal = np.diagonal(as_array(r), axis1=-2, axis2=-1)
    if np.any(np.abs(diagonal) <= _rounding(diagonal, q.shape[-2])):
        raise LinAlgError("qr: the columns are linearly dependent, so Q and R have no derivative")
    m = r @ _t(g_r) - _t(g_q) @ q
    symmetric = np.tril(m) + _t(np.tril(m, -1))
    return _t(solve_triangular(r, _t(g_q + q @ symmetric)))


@composite(
    samples=_matrices((3, 3), (4, 2), (2, 4), (2, 2, 3), (2, 3, 2), (0, 3, 2)), numpy=np.linalg.qr
)
def qr(x, mode="reduced"):
    """(Q, R) with Q @ R = x, orthonormal columns in Q and R upper triangular, for x (..., m, n).

    With k = min(m, n), Q has shape (..., m, k) and R (..., k, n). mode: "reduced"; "r" returns R
    alone. Differentiating raises LinAlgError when the first k columns are linearly dependent.
    """
    if mode not in ("reduced", "r"):
        raise ValueError(f"qr: mode {mode!r} is not supported, use 'reduced' or 'r'")
    x = x if hasattr(x, "shape") else np.asarray(x)
    if x.ndim < 2:
        raise ValueError(f"qr: needs matrices (..., m, n), got shape {x.shape}")
    m, n = x.shape[-2:]
    if m >= n:
        q, r = qr_tall(x)
    else:
        q, first = qr_tall(x[..., :m])
        r = np.concatenate([first, _t(q) @ x[..., m:]], axis=-1)
    return r if mode == "r" else (q, r)


# What divides by the differences of eigenvalues or singular values.


def _rounding(values: np.ndarray, n: int) -> np.ndarray:
    """How large an error to expect in computed eigenvalues or singular values (..., k)."""
    largest = np.abs(values).max(axis=-1, initial=0.0, keepdims=True)
    return 8.0 * n * float(np.finfo(values.dtype).eps) * largest


def _divided(
    reason: str, numerator: Any, denominator: Any, values: Any, n: int, cotangents: tuple[Any, ...]
) -> Any:
    """numerator / denominator, where the denominator is a difference of values or a value.

    Where it vanishes there is no derivative, even if the numerator vanishes too: the limit of their
    quotient is not known. There LinAlgError is raised, unless the cotangents of the vectors, of
    which the numerator is a multiple, are zero because nothing depends on the vectors.
    """
    vanishing = np.abs(as_array(denominator)) <= _rounding(as_array(values), n)[..., None]
    if vanishing.any():
        wanted = np.zeros((1, 1), bool)
        for g in cotangents:
            tracked = isinstance(g, Tensor) and g.requires_grad
            wanted = wanted | tracked | as_array(g).any(axis=(-2, -1), keepdims=True)
        if np.any(vanishing & wanted):
            raise LinAlgError(reason)
    return np.where(vanishing, 0.0, numerator / np.where(vanishing, 1.0, denominator))


# Eigenvalues of symmetric matrices.


def _steady(rng: np.random.Generator, make: Any, factorise: Any) -> np.ndarray:
    """make(rng), again until LAPACK's signs are the same nearby, as finite differences need."""
    while True:
        x = make(rng)
        factors = factorise(x)
        nearby = [factorise(x + 1e-3 * rng.normal(size=x.shape)) for _ in range(8)]
        pairs = [pair for near in nearby for pair in zip(near, factors, strict=True)]
        if all(np.abs(a - b).max(initial=0.0) < 0.1 for a, b in pairs):
            return x


def _with_spectrum(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A matrix (..., m, n) whose singular values are well apart."""
    *lead, m, n = shape
    k = min(m, n)
    left = np.linalg.qr(rng.normal(size=(*lead, m, k)))[0]
    right = np.linalg.qr(rng.normal(size=(*lead, n, k)))[0]
    values = 0.7 + np.arange(k) + rng.uniform(-0.2, 0.2, size=(*lead, k))
    return (left * values[..., None, :]) @ _t(right)


def _symmetric_samples(rng):
    for shape in ((1, 1), (3, 3), (2, 3, 3), (0, 2, 2), (0, 0)):

        def make(rng, shape=shape):
            vectors = np.linalg.qr(rng.normal(size=shape))[0]
            values = np.arange(shape[-1]) - 1.3 + rng.uniform(-0.2, 0.2, size=shape[:-1])
            return (vectors * values[..., None, :]) @ _t(vectors)

        yield Sample((_steady(rng, make, lambda x: np.linalg.eigh(_symmetrised("eigh", x))),))


@primitive(samples=cases(_symmetric_samples), numpy=np.linalg.eigh)
def eigh(x):
    """(w, V) of symmetric matrices (..., n, n): ascending eigenvalues, eigenvectors in columns.

    Derivatives through V need distinct eigenvalues (LinAlgError otherwise); the gradient is
    symmetric; see the head of this file. Raises ValueError when x is far from symmetric. Source of
    the derivative: M. Giles, "An extended collection of matrix derivative results" (2008),
    section 3.1.
    """
    return tuple(np.linalg.eigh(_symmetrised("eigh", x)))


@eigh.vjp("x")
def eigh_vjp(g, out):
    (w, v), (g_w, g_v) = out, g
    n = v.shape[-1]
    diagonal = np.eye(n, dtype=bool)
    gaps = np.where(diagonal, np.inf, w[..., None, :] - w[..., :, None])
    turn = _t(v) @ g_v
    reason = "eigh: two eigenvalues are equal, so the eigenvectors have no derivative"
    inner = _divided(reason, 0.5 * (turn - _t(turn)), gaps, w, n, (g_v,))
    return v @ np.where(diagonal, g_w[..., None, :], inner) @ _t(v)


@primitive(samples=cases(_symmetric_samples), numpy=np.linalg.eigvalsh)
def eigvalsh(x):
    """Ascending eigenvalues of symmetric matrices (..., n, n); see `eigh`.

    Second derivatives need distinct eigenvalues (LinAlgError otherwise).
    """
    return np.linalg.eigvalsh(_symmetrised("eigvalsh", x))


@eigvalsh.vjp("x")
def eigvalsh_vjp(g, x):
    _, v = eigh(x)
    return (v * g[..., None, :]) @ _t(v)


# Singular values.

_SHAPES = ((1, 1), (3, 3), (4, 2), (2, 4), (2, 3, 2), (0, 2, 2), (3, 0))


def _singular(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    factorise = functools.partial(np.linalg.svd, full_matrices=False)
    return _steady(rng, lambda rng: _with_spectrum(rng, shape), factorise)


def _singular_samples(rng):
    return [Sample((_singular(rng, shape),)) for shape in _SHAPES]


@primitive(samples=cases(_singular_samples))
def svd_reduced(x):
    """`svd` without full matrices; the primitive that it calls."""
    return tuple(np.linalg.svd(x, full_matrices=False))


@svd_reduced.vjp("x")
def svd_reduced_vjp(g, out):
    (u, s, vt), (g_u, g_s, g_vt) = out, g
    (m, k), n = u.shape[-2:], vt.shape[-1]
    size, used = max(m, n), (g_u, g_vt)
    diagonal = np.eye(k, dtype=bool)
    turn_u, turn_v = _t(u) @ g_u, vt @ _t(g_vt)
    turn_u, turn_v = turn_u - _t(turn_u), turn_v - _t(turn_v)
    reason = "svd: two singular values are equal, so the singular vectors have no derivative"
    gaps = np.where(diagonal, np.inf, s[..., None, :] - s[..., :, None])
    inner = _divided(reason, turn_u + turn_v, gaps, s, size, used)
    sums = np.where(diagonal, np.inf, s[..., None, :] + s[..., :, None])
    inner = 0.5 * (inner + _divided(reason, turn_u - turn_v, sums, s, size, used))
    g_x = u @ np.where(diagonal, g_s[..., None, :], inner) @ vt
    reason = "svd: a singular value is zero, so the singular vectors have no derivative"
    if m > k:
        outside = g_u - u @ (_t(u) @ g_u)
        g_x = g_x + _divided(reason, outside, s[..., None, :], s, size, used) @ vt
    if n > k:
        outside = g_vt - (g_vt @ _t(vt)) @ vt
        g_x = g_x + u @ _divided(reason, outside, s[..., :, None], s, size, used)
    return g_x


@primitive(samples=cases(_singular_samples))
def svdvals(x):
    """Descending singular values (..., k) of matrices (..., m, n), k = min(m, n).

    Second derivatives need distinct singular values (LinAlgError otherwise). Where a singular value
    is zero its derivative is one-sided.
    """
    return np.linalg.svd(x, compute_uv=False)


@svdvals.vjp("x")
def svdvals_vjp(g, x):
    u, _, vt = svd_reduced(x)
    return (u * g[..., None, :]) @ vt


def _svd_calls(rng):
    for shape in _SHAPES:
        yield Sample((_singular(rng, shape),), {"full_matrices": False})
    yield Sample((_singular(rng, (2, 2)),))
    yield Sample((_singular(rng, (3, 2)),), {"compute_uv": False})


@composite(samples=cases(_svd_calls), numpy=np.linalg.svd)
def svd(x, full_matrices=True, compute_uv=True):
    """(U, s, Vh) with (U * s) @ Vh = x, for matrices (..., m, n); s is descending.

    full_matrices: square U and Vh, as NumPy's default. They have a derivative only if x is square;
        pass False for U of shape (..., m, k) and Vh of (..., k, n), k = min(m, n).
    compute_uv: False returns s alone, as `svdvals`.

    Derivatives through U and Vh need distinct singular values, and for m != n none of them zero
    (LinAlgError otherwise); see the head of this file. Source of the derivative: J. Townsend,
    "Differentiating the singular value decomposition" (2016).
    """
    if not compute_uv:
        return svdvals(x)
    values = as_array(x) if hasattr(x, "shape") else np.asarray(x)
    if values.ndim < 2:
        raise ValueError(f"svd: needs matrices (..., m, n), got shape {values.shape}")
    if not full_matrices or values.shape[-1] == values.shape[-2]:
        return svd_reduced(x)
    if isinstance(x, Tensor) and x.requires_grad:
        raise ValueError(
            f"svd: full matrices have no derivative for shape {values.shape}; "
            "pass full_matrices=False"
        )
    full = np.linalg.svd(values)
    return tuple(Tensor(part) for part in full) if isinstance(x, Tensor) else tuple(full)
