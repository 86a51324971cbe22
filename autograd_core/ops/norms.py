"""Norms of vectors and matrices."""

from __future__ import annotations

import numpy as np

from autograd_core.ops.elementwise import absolute
from autograd_core.ops.indexing import lifted
from autograd_core.ops.reductions import (
    check_entries,
    checked_axes,
    expanded,
    max,
    reduced_samples,
    share_of_extreme,
)
from autograd_core.ops.sigmoids import floating
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases

__all__ = ["norm", "vector_norm"]

_VECTOR_SAMPLES = reduced_samples({"ord": 1}, {"ord": 3}, {"ord": 2.5})


def _vector_samples(rng):
    yield from _VECTOR_SAMPLES(rng)
    yield Sample((rng.permutation(4) - 1.3,), {"ord": np.inf})
    yield Sample((rng.permutation(6).reshape(2, 3) - 2.3,), {"ord": np.inf, "axis": 1})


@primitive(samples=cases(_vector_samples), numpy=np.linalg.vector_norm)
def vector_norm(x, *, axis=None, keepdims=False, ord=2):
    """(sum |x|**ord)**(1 / ord) over `axis` (all entries for None); max |x| for ord=inf.

    ord: at least 1. The subgradient at 0 is 0; ties for ord=inf share the gradient equally. Raises
    ValueError for another ord, and for the maximum of no entries.
    """
    if isinstance(ord, str) or not ord >= 1:
        raise ValueError(f"vector_norm: ord must be a number from 1 to inf, {ord!r} was given")
    size = np.absolute(floating(x))
    if ord == np.inf:
        check_entries("vector_norm", size, axis)
        return np.maximum.reduce(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.add.reduce(size, axis=axis, keepdims=keepdims)
    if ord == 2:
        return np.sqrt(np.add.reduce(size * size, axis=axis, keepdims=keepdims))
    return np.add.reduce(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


@vector_norm.vjp("x")
def vector_norm_vjp(g, out, x, axis, ord):
    if ord == 1:
        return expanded(g, x.shape, axis) * np.sign(x)
    if ord == np.inf:
        return share_of_extreme(g, out, np.absolute(x), axis) * np.sign(x)
    safe = np.where(np.equal(out, 0), np.inf, out)
    if ord == 2:
        return expanded(g / safe, x.shape, axis) * x
    ratio = np.absolute(x) / expanded(safe, x.shape, axis)
    return expanded(g, x.shape, axis) * np.sign(x) * ratio ** (ord - 1.0)


def _norm_samples(rng):
    vector = rng.permutation(4) - 1.3
    # Powers of two, so that no two sums of them tie.
    matrix = (0.2 * 2.0 ** rng.permutation(6) * rng.choice([-1.0, 1.0], 6)).reshape(2, 3)
    stack = rng.uniform(0.2, 2.0, (2, 3, 2)) * rng.choice([-1.0, 1.0], (2, 3, 2))
    yield Sample((stack,))
    yield Sample((vector,), {"ord": 1})
    yield Sample((vector,), {"ord": 2, "keepdims": True})
    yield Sample((vector,), {"ord": np.inf})
    yield Sample((matrix,), {"ord": "fro"})
    yield Sample((matrix,), {"ord": 1})
    yield Sample((matrix,), {"ord": np.inf, "keepdims": True})
    yield Sample((matrix,), {"axis": 1})
    yield Sample((stack,), {"ord": 3, "axis": -1})
    yield Sample((stack,), {"ord": "fro", "axis": (0, 2)})
    yield Sample((stack,), {"axis": (1, 2), "keepdims": True})
    yield Sample((stack,), {"ord": 1, "axis": (2, 0)})
    yield Sample((stack,), {"ord": np.inf, "axis": (2, 0), "keepdims": True})


@composite(samples=cases(_norm_samples), numpy=np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of vectors (one axis) or matrices (two axes), as numpy.linalg.norm.

    ord: None for the square root of the sum of squares; for a vector any number from 1 to inf, for
        a matrix "fro", 1 (largest column sum) or inf (largest row sum).
    axis: an integer, a pair, or None: all entries if ord is None, else x as a vector or matrix.

    The subgradient at 0 is 0. Raises ValueError for other orders: the spectral and the nuclear norm
    are the largest and the sum of the singular values, see svd.
    """
    x = lifted(x)
    if axis is None and ord is None:
        return vector_norm(x, keepdims=keepdims)
    axes = checked_axes("norm", axis, x.shape)
    if len(axes) == 1 and ord != "fro":
        return vector_norm(x, axis=axes, keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) == 2 and ord in (None, "fro"):
        return vector_norm(x, axis=axes, keepdims=keepdims)
    if len(axes) == 2 and ord in (1, np.inf):
        row, column = axes if ord == 1 else axes[::-1]
        sums = absolute(x).sum(axis=row, keepdims=True)
        return max(sums, axis=axes if keepdims else column, keepdims=True).reshape(
            _result_shape(x.shape, axes, keepdims)
        )
    raise ValueError(
        f"norm: ord={ord!r} over axes {axes} of shape {x.shape} is not supported; vectors take "
        "None or a number from 1 to inf, matrices None, 'fro', 1 or inf; for the spectral and the "
        "nuclear norm use the singular values of svd"
    )


def _result_shape(shape, axes, keepdims):
    return tuple(1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes)
