"""Sorting, searching, and what is read off an order: top_k, interp."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.ops.gathering import take_along_axis
from autograd_core.ops.indexing import lifted
from autograd_core.primitive import composite, constant, primitive
from autograd_core.samples import Sample, cases
from autograd_core.tensor import Tensor, as_array


def _distinct(rng, shape):
    """Random values that differ by at least 0.3."""
    size = int(np.prod(shape))
    return 0.5 * (rng.permutation(size).reshape(shape) + rng.uniform(-0.2, 0.2, shape))


def _sort_samples(rng):
    yield Sample((_distinct(rng, (6,)),))
    yield Sample((_distinct(rng, (3, 4)),), {"axis": 0})
    yield Sample((_distinct(rng, (2, 3, 2)),), {"axis": -2})
    yield Sample((_distinct(rng, (3, 2)),), {"axis": None})
    yield Sample((np.zeros((0, 2)),), {"axis": 0})


@constant(numpy=np.argsort, samples=cases(_sort_samples))
def argsort(x, *, axis=-1):
    """The indices that sort x along `axis` (the flattened x for None).

    Equal entries keep their order, NaNs come last.
    """
    return np.argsort(x, axis=axis, kind="stable")


@primitive(samples=cases(_sort_samples), numpy=np.sort)
def sort(x, *, axis=-1):
    """x in ascending order along `axis` (the flattened x for None), NaNs last.

    The derivative follows each value to where it went; equal values count as keeping their order.
    """
    return np.sort(x, axis=axis)


@sort.vjp("x")
def sort_vjp(g, x, axis):
    came_from = argsort(x, axis=axis)
    if axis is None:
        return take_along_axis(g, argsort(came_from, axis=0), axis=0).reshape(x.shape)
    return take_along_axis(g, argsort(came_from, axis=axis), axis=axis)


def _top_k_samples(rng):
    yield Sample((_distinct(rng, (5,)), 3))
    yield Sample((_distinct(rng, (2, 4)), 1))
    yield Sample((_distinct(rng, (2, 2, 3)), 3))


@composite(samples=cases(_top_k_samples))
def top_k(x, k):
    """The k largest entries along the last axis in descending order, and their indices.

    Returns (values, indices); of equal entries the first comes first, NaN counts as the largest.
    Raises ValueError for a k that is negative or larger than the axis.
    """
    x = lifted(x)
    size = x.shape[-1] if x.ndim else 0
    if not x.ndim or not 0 <= k <= size:
        raise ValueError(
            f"top_k: k is {k}, the last axis of shape {x.shape} has {size} entries; "
            "k must be between 0 and that"
        )
    backwards = np.argsort(as_array(x)[..., ::-1], axis=-1, kind="stable")
    indices = (size - 1 - backwards)[..., ::-1][..., :k]
    values = take_along_axis(x, indices, axis=-1)
    return values, Tensor(indices) if isinstance(x, Tensor) else indices


@constant(
    numpy=np.searchsorted,
    samples=cases(
        lambda rng: [
            Sample((np.sort(rng.normal(size=5)), rng.normal(size=(2, 3)))),
            Sample((np.array([0.0, 1.0, 1.0, 2.0]), np.array([1.0, 2.0, -1.0])), {"side": "right"}),
            Sample((np.array([2.0, 0.0, 1.0]), 1.5), {"sorter": np.array([1, 2, 0])}),
        ]
    ),
)
def searchsorted(x, v, *, side: Any = "left", sorter=None):
    """Where each v would have to be inserted into the ascending vector x to keep it sorted.

    side: "left" before equal entries, "right" after them. sorter: the indices that sort x.
    """
    return np.searchsorted(x, v, side=side, sorter=sorter)


@constant(
    numpy=np.digitize,
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(2, 3)), np.array([-1.0, 0.0, 1.0]))),
            Sample((np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, -1.0])), {"right": True}),
        ]
    ),
)
def digitize(x, bins, *, right=False):
    """The number of the bin each x falls into; `bins` are monotonic edges, see numpy.digitize."""
    return np.digitize(x, bins, right=right)


@constant(
    numpy=np.isin,
    samples=cases(
        lambda rng: [
            Sample((rng.integers(0, 5, (2, 3)), np.array([1, 3]))),
            Sample((rng.integers(0, 5, 4), np.array([1, 3])), {"invert": True}),
        ]
    ),
)
def isin(x, test_elements, *, assume_unique=False, invert=False):
    """Whether each entry of x is among `test_elements` (is not, with invert)."""
    return np.isin(x, test_elements, assume_unique=assume_unique, invert=invert)


_ZEROS = cases(
    lambda rng: [
        Sample((rng.normal(size=(3, 4)) * rng.integers(0, 2, (3, 4)),)),
        Sample((rng.integers(0, 2, 5).astype(bool),)),
        Sample((np.zeros((0, 2)),)),
    ]
)


@constant(numpy=np.nonzero, samples=_ZEROS)
def nonzero(x):
    """The indices of the entries that are not zero: one vector an axis, in C order."""
    return np.nonzero(x)


@constant(numpy=np.flatnonzero, samples=_ZEROS)
def flatnonzero(x):
    """The indices of the entries of the flattened x that are not zero."""
    return np.flatnonzero(x)


@constant(numpy=np.argwhere, samples=_ZEROS)
def argwhere(x):
    """The indices of the entries that are not zero, one row an entry."""
    return np.argwhere(x)


# Piecewise linear interpolation.


def _interp_samples(rng):
    xp = np.array([0.0, 1.0, 2.5, 3.0])
    x = np.array([[0.2, 1.7, 2.8], [0.6, -0.5, 3.5]])
    yield Sample((x, xp, rng.normal(size=4)))
    yield Sample((x, xp, rng.normal(size=4)), {"left": -1.0, "right": 2.0})
    yield Sample((np.array(0.3), xp, rng.normal(size=4)))
    yield Sample((x, xp[:1], rng.normal(size=1)))
    yield Sample((x[:0], xp, rng.normal(size=4)))


@composite(samples=cases(_interp_samples), numpy=np.interp)
def interp(x, xp, fp, left=None, right=None):
    """The piecewise linear function through the points (xp, fp), at x.

    xp: increasing vector. fp: vector as long. left, right: the values below xp[0] and above xp[-1],
    by default fp[0] and fp[-1]. Differentiable in x, xp and fp; at a knot the piece to the right
    counts. The dtype is that of the arguments (NumPy's function always returns float64).
    Raises ValueError for points that are not increasing or not as many in xp as in fp.
    """
    x, xp, fp = lifted(x), lifted(xp), lifted(fp)
    knots, places = as_array(xp), as_array(x)
    if knots.ndim != 1 or knots.shape != fp.shape or not knots.size:
        raise ValueError(
            f"interp: xp has shape {knots.shape}, fp {fp.shape}; "
            "two vectors of the same length, at least 1, are needed"
        )
    if not (np.diff(knots) > 0).all():
        raise ValueError("interp: xp must be increasing; sort the points by xp first")
    below, above = places < knots[0], places > knots[-1]
    left = fp[0] if left is None else left
    right = fp[-1] if right is None else right
    if knots.size == 1:
        inside = np.broadcast_to(fp[0], x.shape)
    else:
        piece = np.searchsorted(knots, places, side="right") - 1
        piece = np.clip(piece, 0, knots.size - 2)
        start, height = xp[piece], fp[piece]
        slope = (fp[piece + 1] - height) / (xp[piece + 1] - start)
        # Outside, where another branch is taken, x may be infinite: keep it out of the product.
        inside = height + slope * (np.where(below | above, start, x) - start)
    return np.where(below, left, np.where(above, right, inside))
