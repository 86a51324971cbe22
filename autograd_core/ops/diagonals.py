"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.indexing import lifted
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases

_DIAGONALS: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((3, 3), {}),
    ((3, 4), {"offset": 1}),
    ((4, 3), {"offset": -2}),
    ((3, 4), {"offset": 7}),
    ((2, 3, 4), {"offset": -1, "axis1": 2, "axis2": 0}),
    ((2, 3, 3), {"axis1": -2, "axis2": -1}),
    ((0, 3), {}),
)


@primitive(
    samples=cases(
        lambda rng: [Sample((rng.normal(size=shape),), params) for shape, params in _DIAGONALS]
    ),
    numpy=np.diagonal,
)
def diagonal(x, *, offset=0, axis1=0, axis2=1):
    """The diagonal i, i + offset of the matrices along axis1 and axis2, as the last axis."""
    return np.diagonal(x, offset, axis1, axis2)


@diagonal.vjp("x")
def diagonal_vjp(g, x_shape, offset, axis1, axis2):
    return diagonal_zeros(g, shape=x_shape, offset=offset, axis1=axis1, axis2=axis2)


def _zeros_samples(rng):
    for shape, params in _DIAGONALS:
        g = rng.normal(size=np.diagonal(np.empty(shape), **params).shape)
        yield Sample((g,), {"shape": shape, **params})


@primitive(samples=cases(_zeros_samples))
def diagonal_zeros(g, *, shape, offset=0, axis1=0, axis2=1):
    """Zeros of this `shape` with g on a diagonal; the adjoint of `diagonal`."""
    out = np.zeros(shape, np.asarray(g).dtype)
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True  # NumPy hands out a read-only view of what is ours here
    view[...] = g
    return out


@diagonal_zeros.vjp("g")
def diagonal_zeros_vjp(g, offset, axis1, axis2):
    return diagonal(g, offset=offset, axis1=axis1, axis2=axis2)


def _diag_samples(rng):
    yield Sample((rng.normal(size=3),))
    yield Sample((rng.normal(size=2),), {"k": -2})
    yield Sample((rng.normal(size=(3, 4)),), {"k": 1})
    yield Sample((rng.normal(size=(3, 3)),))
    yield Sample((np.zeros(0),), {"k": 1})


@composite(samples=cases(_diag_samples), numpy=np.diag)
def diag(x, k=0):
    """The k-th diagonal of a matrix, or the matrix with the vector x on its k-th diagonal."""
    x = lifted(x)
    if x.ndim == 2:
        return diagonal(x, offset=k)
    if x.ndim != 1:
        raise ValueError(
            f"diag: x must be a vector or a matrix, it has shape {x.shape}; "
            "for stacks of matrices use diagonal"
        )
    size = x.shape[0] + abs(k)
    return diagonal_zeros(x, shape=(size, size), offset=k)


@composite(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(2, 2)),)),
            Sample((rng.normal(size=()),), {"k": 1}),
        ]
    ),
    numpy=np.diagflat,
)
def diagflat(x, k=0):
    """The matrix with the flattened x on its k-th diagonal."""
    return diag(lifted(x).reshape(-1), k)


_TRIANGLES = cases(
    lambda rng: [
        Sample((rng.normal(size=(3, 4)),)),
        Sample((rng.normal(size=(3, 3)),), {"k": -1}),
        Sample((rng.normal(size=(2, 3, 2)),), {"k": 1}),
        Sample((rng.normal(size=(0, 3)),)),
    ]
)


@primitive(samples=_TRIANGLES, numpy=np.tril)
def tril(x, *, k=0):
    """x with zeros above the k-th diagonal of its last two axes."""
    return np.tril(_matrix("tril", x), k)


@tril.vjp("x")
def tril_vjp(g, k):
    return tril(g, k=k)


@primitive(samples=_TRIANGLES, numpy=np.triu)
def triu(x, *, k=0):
    """x with zeros below the k-th diagonal of its last two axes."""
    return np.triu(_matrix("triu", x), k)


@triu.vjp("x")
def triu_vjp(g, k):
    return triu(g, k=k)


def _matrix(name: str, x: Any) -> Any:
    if np.ndim(x) < 2:
        raise ValueError(f"{name}: x must have at least two axes, it has shape {np.shape(x)}")
    return x
