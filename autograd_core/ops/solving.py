"""Linear equations, inverses and determinants.

Derivatives: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", Advances in Automatic Differentiation (2008), unless a source is named.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases
from autograd_core.tensor import as_array

LinAlgError = np.linalg.LinAlgError


def _squares(*shapes: tuple[int, ...]) -> Any:
    """Samples of square matrices whose diagonal outweighs the rest."""
    return cases(
        lambda rng: [
            Sample((1.5 * np.eye(shape[-1]) + rng.uniform(-0.4, 0.4, shape),)) for shape in shapes
        ]
    )


_STACKS = ((1, 1), (3, 3), (2, 3, 3), (2, 1, 2, 2), (0, 3, 3), (0, 0))


def _t(x: Any) -> Any:
    return x.swapaxes(-1, -2)


# Inverse and equations.


@primitive(samples=_squares(*_STACKS), numpy=np.linalg.inv)
def inv(x):
    """Inverses of square matrices (..., n, n).

    Raises LinAlgError when one is singular. To solve equations `solve` is faster and more accurate.
    """
    return np.linalg.inv(x)


@inv.vjp("x")
def inv_vjp(g, out):
    transposed = _t(out)
    return -(transposed @ g @ transposed)


@primitive(
    samples=cases(
        lambda rng: [
            Sample((1.5 * np.eye(a[-1]) + rng.uniform(-0.4, 0.4, a), rng.normal(size=b)))
            for a, b in (
                ((3, 3), (3,)),
                ((3, 3), (3, 2)),
                ((2, 3, 3), (3,)),
                ((2, 3, 3), (2, 3, 1)),
                ((3, 3), (2, 3, 2)),
                ((2, 1, 2, 2), (3, 2, 1)),
                ((0, 2, 2), (2, 1)),
                ((2, 2), (2, 0)),
            )
        ]
    ),
    numpy=np.linalg.solve,
)
def solve(a, b):
    """x with a @ x = b, for square a (..., n, n); leading axes broadcast.

    b: a vector (n,), or matrices (..., n, k) with an equation in each column; as in NumPy 2 only a
    1-D b is a vector. Raises LinAlgError when a matrix is singular.
    """
    return np.linalg.solve(a, b)


def _columns(vector: Any) -> Any:
    return vector.reshape(*vector.shape, 1)


@solve.vjp_joint
def solve_vjp(g, a, b_shape, out, needs):
    if len(b_shape) == 1:
        g_b = solve(_t(a), _columns(g))
        g_a = -(g_b @ _t(_columns(out))) if needs[0] else None
        return g_a, g_b.reshape(g.shape)
    g_b = solve(_t(a), g)
    return (-(g_b @ _t(out)) if needs[0] else None), g_b


# Triangular equations.


def _triangular_samples(rng):
    for a, b, params in (
        ((3, 3), (3,), {}),
        ((3, 3), (3,), {"lower": True, "trans": 1}),
        ((3, 3), (3, 2), {"lower": True}),
        ((3, 3), (3, 2), {"lower": True, "unit_diagonal": True}),
        ((2, 3, 3), (3, 2), {"trans": 1}),
        ((3, 3), (2, 3, 1), {"trans": 1, "unit_diagonal": True}),
        ((2, 3, 3), (3,), {}),
        ((0, 2, 2), (2, 1), {}),
    ):
        yield Sample((1.5 * np.eye(a[-1]) + rng.uniform(-0.4, 0.4, a), rng.normal(size=b)), params)


@primitive(samples=cases(_triangular_samples))
def solve_triangular(a, b, *, trans=0, lower=False, unit_diagonal=False):
    """x with a @ x = b for triangular a (..., n, n); leading axes broadcast.

    b: a vector (n,), or matrices (..., n, k).
    trans: 1 solves a.T @ x = b.
    lower: which triangle of a to read; the other one is ignored and its gradient is zero.
    unit_diagonal: take the diagonal to be ones, whatever a holds there.

    Raises LinAlgError for a zero on the diagonal.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"solve_triangular: a needs shape (..., n, n), got {a.shape}")
    if b.ndim == 0 or b.shape[max(b.ndim - 2, 0)] != a.shape[-1]:
        raise ValueError(
            f"solve_triangular: a {a.shape} needs b of shape ({a.shape[-1]},) or "
            f"(..., {a.shape[-1]}, k), got {b.shape}"
        )
    if trans not in (0, 1):
        raise ValueError(f"solve_triangular: trans must be 0 or 1, got {trans!r}")
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        index = np.arange(a.shape[-1])
        a[..., index, index] = 1
    elif not np.diagonal(a, axis1=-2, axis2=-1).all():
        raise LinAlgError("solve_triangular: a is singular, it has a zero on its diagonal")
    if trans:
        a = _t(a)
    columns = b.reshape(-1, 1) if b.ndim == 1 else b
    x = _substituted(a, columns, bool(lower) != bool(trans))
    return x[..., 0] if b.ndim == 1 else x


_BLOCK = 64  # above this many rows a triangle is split, so that most of the work is matrix products


def _substituted(a: np.ndarray, b: np.ndarray, lower: bool) -> np.ndarray:
    n = a.shape[-1]
    if n <= _BLOCK:
        return np.linalg.solve(a, b)
    half = n // 2
    first, second = slice(None, half), slice(half, None)
    if not lower:
        first, second = second, first
    x = _substituted(a[..., first, first], b[..., first, :], lower)
    rest = b[..., second, :] - a[..., second, first] @ x
    y = _substituted(a[..., second, second], rest, lower)
    return np.concatenate((x, y) if lower else (y, x), axis=-2)


@solve_triangular.vjp_joint
def solve_triangular_vjp(g, a, b_shape, out, trans, lower, unit_diagonal, needs):
    flags = {"trans": 1 - trans, "lower": lower, "unit_diagonal": unit_diagonal}
    if len(b_shape) == 1:
        columns, x = solve_triangular(a, _columns(g), **flags), _columns(out)
    else:
        columns, x = solve_triangular(a, g, **flags), out
    g_b = columns.reshape(g.shape)
    if not needs[0]:
        return None, g_b
    full = -(x @ _t(columns)) if trans else -(columns @ _t(x))
    return (np.tril(full, -int(unit_diagonal)) if lower else np.triu(full, int(unit_diagonal))), g_b


# Determinants.


@primitive(samples=_squares(*_STACKS), numpy=np.linalg.det)
def det(x):
    """Determinants of square matrices (..., n, n).

    The first derivative is right for singular matrices too; higher ones are refused there.
    """
    return np.linalg.det(x)


@det.vjp("x")
def det_vjp(g, x):
    return g.reshape(*g.shape, 1, 1) * cofactors(x)


@primitive(samples=_squares(*_STACKS))
def cofactors(x):
    """Cofactor matrices of square matrices: the derivative of the determinant.

    For an invertible matrix det(x) * inv(x).T; found from the singular value decomposition, so that
    singular matrices have one too. Differentiating it needs an invertible matrix (LinAlgError).
    """
    shape = np.shape(x)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"cofactors: needs square matrices (..., n, n), got shape {shape}")
    u, s, vt = np.linalg.svd(x)
    before = np.ones_like(s)
    after = np.ones_like(s)
    before[..., 1:] = np.cumprod(s[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(s[..., :0:-1], axis=-1)[..., ::-1]
    sign = np.linalg.det(u) * np.linalg.det(vt)
    others = (before * after) * np.where(sign < 0, -1.0, 1.0).astype(s.dtype)[..., None]
    return (u * others[..., None, :]) @ vt


@cofactors.vjp("x")
def cofactors_vjp(g, x, out):
    inverse = _t(inv(x))
    along = (g * out).sum(axis=(-2, -1), keepdims=True)
    return along * inverse - inverse @ _t(g) @ out


@primitive(samples=_squares(*_STACKS), numpy=np.linalg.slogdet)
def slogdet(x):
    """(sign, log |det|) of square matrices (..., n, n), without overflow.

    The sign is constant. Differentiating raises LinAlgError for a singular matrix, whose logarithm
    is -inf.
    """
    return tuple(np.linalg.slogdet(x))


@slogdet.vjp("x")
def slogdet_vjp(g, x, out):
    if not as_array(out[0]).all():
        raise LinAlgError("slogdet: the matrix is singular, log |det| has no derivative there")
    return g[1].reshape(*g[1].shape, 1, 1) * _t(inv(x))


@composite(samples=_squares(*_STACKS))
def logdet(x):
    """Logarithm of the determinant of square matrices (..., n, n); -inf for singular ones.

    Raises ValueError when a determinant is negative.
    """
    sign, logarithm = slogdet(x)
    negative = as_array(sign) < 0
    if np.any(negative):
        which = (
            f" of matrix {tuple(map(int, np.argwhere(negative)[0]))}" if np.ndim(negative) else ""
        )
        raise ValueError(
            f"logdet: the determinant{which} is negative; use slogdet for its sign and log |det|"
        )
    return logarithm


# Least squares.


def _full_rank(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 1.5 * np.eye(shape[-2], shape[-1]) + rng.uniform(-0.4, 0.4, shape)


@primitive(
    samples=cases(
        lambda rng: [
            Sample((_full_rank(rng, shape),))
            for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 2), (0, 3, 2), (3, 0))
        ]
    ),
    numpy=np.linalg.pinv,
)
def pinv(x, *, rcond=None):
    """Moore-Penrose inverses (..., n, m) of matrices (..., m, n).

    rcond: singular values up to rcond times the largest count as zero; by default
    max(m, n) * eps of the dtype (NumPy's own default, 1e-15, does not know the dtype).

    Differentiating raises LinAlgError unless the rank is full, because the pseudo-inverse is not
    continuous elsewhere. Source of the derivative: G. Golub, V. Pereyra, "The differentiation of
    pseudo-inverses", SIAM J. Numer. Anal. 10 (1973), equation 4.12.
    """
    x = np.asarray(x)
    if x.ndim < 2:
        raise ValueError(f"pinv: needs matrices (..., m, n), got shape {x.shape}")
    if rcond is None:
        dtype = x.dtype if x.dtype.kind == "f" else np.float64
        rcond = max(x.shape[-2:]) * float(np.finfo(dtype).eps)
    return np.linalg.pinv(x, rcond)


@pinv.vjp("x")
def pinv_vjp(g, x, out):
    p, pt, gt = out, _t(out), _t(g)
    left, right = x @ p, p @ x  # projections onto the columns and onto the rows
    # The trace of a projection is the rank.
    ranks = np.trace(as_array(right), axis1=-2, axis2=-1)
    full = min(x.shape[-2:])
    if np.any(np.abs(ranks - full) > 0.5):
        raise LinAlgError(
            f"pinv: a {x.shape[-2]} x {x.shape[-1]} matrix has rank {round(float(np.min(ranks)))} "
            f"instead of {full}, so its pseudo-inverse has no derivative"
        )
    wide, tall = gt @ p @ pt, pt @ p @ gt
    return (wide - left @ wide) + (tall - tall @ right) - pt @ g @ pt


@composite(
    samples=cases(
        lambda rng: [
            Sample((_full_rank(rng, a), rng.normal(size=b)))
            for a, b in (((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 3), (2,)), ((2, 3, 2), (2, 3, 1)))
        ]
    )
)
def lstsq(a, b, rcond=None):
    """x of least |x| among those for which |a @ x - b| is least; the solution alone.

    a: (..., m, n), b: (m,) or (..., m, k). rcond and the derivative as in `pinv`.
    """
    return pinv(a, rcond=rcond) @ b
