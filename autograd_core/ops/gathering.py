"""Gathering entries by number or by mask along an axis, and sums over segments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.indexing import (
    Index,
    getitem,
    index_add_zeros,
    index_update,
    lifted,
    normalized,
)
from autograd_core.primitive import composite, constant, primitive
from autograd_core.samples import Sample, cases
from autograd_core.tensor import as_array


def checked_axis(name: str, axis: Any, shape: tuple[int, ...]) -> int:
    """`axis` counted from the front. Raises TypeError or ValueError in the name of an operator."""
    ndim = len(shape)
    if isinstance(axis, (bool, np.bool_)) or not hasattr(axis, "__index__"):
        raise TypeError(f"{name}: axis must be an integer, {axis!r:.40} was given")
    if not -ndim <= axis < ndim:
        valid = f"{-ndim} to {ndim - 1}" if ndim else "none, it has no axes"
        raise ValueError(f"{name}: axis {axis} does not exist in shape {shape}; valid: {valid}")
    return int(axis) % ndim


def integers(name: str, what: str, values: Any) -> Any:
    """`values` as an integer array. Raises TypeError for floats and booleans."""
    values = np.asarray(values)
    if values.dtype.kind in "iu":
        return values
    if not values.size and values.dtype.kind == "f":
        return values.astype(np.intp)  # an empty list
    hint = "; use compress or x[mask]" if values.dtype.kind == "b" else "; use .astype(int)"
    raise TypeError(f"{name}: {what} must be integers, they are {values.dtype}{hint}")


# Along one axis, the same entries everywhere.


def _take_samples(rng):
    x = rng.normal(size=(3, 4))
    yield Sample((x, np.array([5, 0, 5, -1])))
    yield Sample((x, np.array([[2, 0], [2, 2]])), {"axis": 0})
    yield Sample((x, np.array([3, 3, 1])), {"axis": -1})
    yield Sample((x, np.array(1)), {"axis": 1})
    yield Sample((x, np.array([-7, 5, 2])), {"axis": 1, "mode": "clip"})
    yield Sample((x, np.array([-7, 5, 2])), {"axis": 0, "mode": "wrap"})
    yield Sample((rng.normal(size=(2, 3, 2)), np.array([2, 2])), {"axis": 1})
    yield Sample((x[:, :0], np.array([0, 2])), {"axis": 0})
    yield Sample((x, np.array([], dtype=int)), {"axis": 0})


@primitive(samples=cases(_take_samples), numpy=np.take)
def take(x, indices, *, axis=None, mode: Any = "raise"):
    """The entries numbered `indices` along `axis` (of the flattened x without one).

    The axis is replaced by the axes of `indices`. mode: what becomes of an index out of range:
    "raise" (IndexError), "clip" or "wrap". Raises TypeError for indices that are not integers.
    """
    return np.take(x, integers("take", "indices", indices), axis=axis, mode=mode)


@take.vjp("x")
def take_vjp(g, indices, x_shape, axis, mode):
    indices = integers("take", "indices", indices)
    size = math.prod(x_shape) if axis is None else x_shape[axis]
    if mode == "clip":
        indices = np.clip(indices, 0, size - 1)
    elif mode == "wrap":
        indices = indices % size
    if axis is None:
        return index_add_zeros(g, index=(indices,), shape=(size,)).reshape(x_shape)
    before = (slice(None),) * (axis % len(x_shape))
    return index_add_zeros(g, index=(*before, indices), shape=x_shape)


def _compress_samples(rng):
    x = rng.normal(size=(3, 4))
    yield Sample((np.array([True, False, True]), x), {"axis": 0})
    yield Sample((np.array([False, True]), x), {"axis": 1})
    yield Sample((np.array([False, True, False, False, True]), x))
    yield Sample((np.zeros(3, bool), x), {"axis": 0})


@composite(samples=cases(_compress_samples), numpy=np.compress)
def compress(condition, x, axis=None):
    """The entries of x along `axis` (of the flattened x without one) where `condition` is true.

    condition: one-dimensional, not differentiated; what it does not reach is left out.
    """
    condition = np.asarray(as_array(condition))
    if condition.ndim != 1:
        raise ValueError(f"compress: condition must have one axis, it has shape {condition.shape}")
    return take(x, np.flatnonzero(condition), axis=axis)


def _extract_samples(rng):
    x = rng.normal(size=(3, 4))
    yield Sample((np.eye(3, 4, dtype=bool), x))
    yield Sample((np.zeros((3, 4), bool), x))


@composite(samples=cases(_extract_samples), numpy=np.extract)
def extract(condition, x):
    """The entries of x where `condition` is true, as a vector; both have the same size."""
    condition, x = np.asarray(as_array(condition)), lifted(x)
    if condition.size != x.size:
        raise ValueError(
            f"extract: condition has shape {condition.shape}, x {x.shape}; their sizes must agree"
        )
    return take(x, np.flatnonzero(condition))


def _delete_samples(rng):
    x = rng.normal(size=(3, 4))
    yield Sample((x, np.array([1, 1, -1])), {"axis": 1})
    yield Sample((x, 0), {"axis": 0})
    yield Sample((x, np.array([0, 7])))


@composite(samples=cases(_delete_samples), numpy=np.delete)
def delete(x, obj, axis=None):
    """x without the entries `obj` (an int, a slice, integers or a mask) along `axis`."""
    x, obj = lifted(x), normalized("delete", obj)
    size = x.size if axis is None else x.shape[checked_axis("delete", axis, x.shape)]
    obj = obj[0] if isinstance(obj, tuple) and len(obj) == 1 else obj
    try:
        kept = np.delete(np.arange(size), obj)
    except (IndexError, ValueError) as error:
        raise type(error)(f"delete: {error} (x has shape {x.shape})") from error
    return take(x, kept, axis=axis)


# Along one axis, other entries at each place.


def _along(indices: Any, shape: tuple[int, ...], axis: int) -> Index:
    """The index under which x[index] is take_along_axis(x, indices, axis)."""
    ndim = len(shape)
    parts = [
        np.arange(size).reshape((1,) * place + (-1,) + (1,) * (ndim - 1 - place))
        for place, size in enumerate(shape)
    ]
    parts[axis] = indices
    return Index(parts)


def _along_samples(rng):
    x = rng.normal(size=(3, 4))
    yield Sample((x, rng.integers(0, 4, (3, 2))), {"axis": -1})
    yield Sample((x, rng.integers(-3, 3, (5, 4))), {"axis": 0})
    yield Sample((x, rng.integers(0, 4, (1, 6))), {"axis": 1})
    yield Sample((x, rng.integers(0, 12, 5)), {"axis": None})
    yield Sample((rng.normal(size=(2, 3, 2)), rng.integers(0, 3, (2, 4, 2))), {"axis": 1})
    yield Sample((x[:0], np.zeros((0, 2), int)), {"axis": 1})


@primitive(samples=cases(_along_samples), numpy=np.take_along_axis)
def take_along_axis(x, indices, *, axis=-1):
    """x[..., indices[..., i, ...], ...] along `axis`: what argsort, argmax and the like point at.

    indices: integers with as many axes as x, the other axes broadcast against those of x. With
    axis=None x is flattened. Raises IndexError for an index out of range.
    """
    return np.take_along_axis(x, integers("take_along_axis", "indices", indices), axis)


@take_along_axis.vjp("x")
def take_along_axis_vjp(g, indices, x_shape, axis):
    indices = integers("take_along_axis", "indices", indices)
    if axis is None:
        size = math.prod(x_shape)
        return index_add_zeros(g, index=(indices,), shape=(size,)).reshape(x_shape)
    return index_add_zeros(g, index=_along(indices, x_shape, axis), shape=x_shape)


def _put_samples(rng):
    x = rng.normal(size=(3, 4))
    yield Sample((x, np.array([[0], [3], [1]]), rng.normal(size=(3, 1))), {"axis": 1})
    yield Sample((x, np.array([[0, 0], [3, 1], [1, 1]]), rng.normal(size=(3, 2))), {"axis": -1})
    yield Sample((x, np.array([[0, 1, 2, 1]]), rng.normal(size=())), {"axis": 0})


@composite(samples=cases(_put_samples))
def put_along_axis(x, indices, values, axis=-1):
    """A copy of x with `values` where `take_along_axis(x, indices, axis)` would read.

    Differentiable in x and values. NumPy's function of this name writes into x, this one does not.
    Where indices repeat, the last value stays, as in `index_update`.
    """
    x, indices = lifted(x), as_array(indices)
    indices = integers("put_along_axis", "indices", indices).copy()
    axis = checked_axis("put_along_axis", axis, x.shape)
    if indices.ndim != x.ndim:
        raise ValueError(
            f"put_along_axis: indices have shape {indices.shape}, x {x.shape}; "
            "they must have the same number of axes"
        )
    return index_update(x, _along(indices, x.shape, axis), values)


def _choose_samples(rng):
    a, b = rng.normal(size=(2, 2, 3))
    yield Sample((np.array([[0, 1, 1], [1, 0, 0]]), [a, b]))
    yield Sample((np.array([0, 2, 1]), [a, b[0], rng.normal(size=())]))


@composite(samples=cases(_choose_samples), numpy=np.choose)
def choose(indices, choices):
    """choices[indices[i]][i] at every place i; the choices are broadcast against the indices.

    Raises ValueError for an index that is not in [0, len(choices)).
    """
    indices = integers("choose", "indices", as_array(indices))
    choices = [lifted(choice) for choice in choices]
    outside = (indices < 0) | (indices >= len(choices))
    if outside.any():
        raise ValueError(
            f"choose: an index is {indices[outside][0]}, valid are 0 to {len(choices) - 1}"
        )
    shape = np.broadcast_shapes(indices.shape, *(choice.shape for choice in choices))
    same = np.stack([np.broadcast_to(choice, shape) for choice in choices])
    return take_along_axis(same, np.broadcast_to(indices, shape)[None], axis=0)[0]


def _select_samples(rng):
    x = rng.normal(size=(2, 3))
    first, second = np.eye(2, 3, dtype=bool), np.array([False, True, True])
    yield Sample(([first, second], [x, rng.normal(size=3)]))
    yield Sample(([first], [x], rng.normal(size=(2, 1))))


@composite(samples=cases(_select_samples), numpy=np.select)
def select(condlist, choicelist, default=0):
    """At every place the choice whose condition is the first to hold, else `default`.

    condlist, choicelist: equally many boolean arrays and arrays, all broadcast against one another.
    Choices that are not taken leave no trace in the derivative, NaN included.
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(
            f"select: {len(condlist)} conditions and {len(choicelist)} choices were given; "
            "there must be equally many, at least one"
        )
    chosen = default
    for place in reversed(range(len(condlist))):
        condition = lifted(condlist[place])
        if condition.dtype != bool:
            raise TypeError(f"select: condition {place} has dtype {condition.dtype}, not bool")
        chosen = np.where(condition, choicelist[place], chosen)
    return chosen


# Segments and classes.


def _segment_samples(rng):
    x = rng.normal(size=(5, 2))
    yield Sample((x, np.array([0, 2, 0, 1, 2])))
    yield Sample((x, np.array([3, 0, 3, 3, 0])), {"num_segments": 5})
    yield Sample((x[:, 0].copy(), np.array([1, 1, 0, 1, 0])), {"num_segments": 2})
    yield Sample((x[:0], np.zeros(0, int)), {"num_segments": 3})


@primitive(samples=cases(_segment_samples))
def segment_sum(x, segment_ids, *, num_segments=None):
    """Sums of the rows of x that share a segment: out[s] = sum of x[i] with segment_ids[i] == s.

    segment_ids: one integer a row, in any order, in [0, num_segments). num_segments: how many rows
    the result has; without it the largest id + 1. An empty segment sums to 0.
    """
    x, ids = np.asarray(x), integers("segment_sum", "segment_ids", segment_ids)
    if ids.ndim != 1 or ids.shape != x.shape[:1]:
        raise ValueError(
            f"segment_sum: segment_ids have shape {ids.shape}, x {x.shape}; one id for each row "
            "of x is needed"
        )
    if num_segments is None:
        num_segments = int(ids.max()) + 1 if ids.size else 0
    outside = (ids < 0) | (ids >= num_segments)
    if outside.any():
        raise ValueError(
            f"segment_sum: segment_ids[{outside.argmax()}] is {ids[outside][0]}, "
            f"valid ids are 0 to {num_segments - 1}"
        )
    return index_add_zeros.forward(x, index=Index((ids,)), shape=(num_segments, *x.shape[1:]))


@segment_sum.vjp("x")
def segment_sum_vjp(g, segment_ids):
    return getitem(g, index=(segment_ids,))


@constant(
    samples=cases(
        lambda rng: [
            Sample((np.array([2, 0, 1]),), {"num_classes": 3}),
            Sample((np.array([[1, 0], [1, 1]]),), {"num_classes": 2, "axis": 0}),
            Sample((np.zeros(0, int),), {"num_classes": 4, "dtype": np.float32}),
        ]
    )
)
def one_hot(indices, *, num_classes, axis=-1, dtype=np.float64):
    """1 where the class along the new `axis` is that of `indices`, else 0.

    indices: integers in [0, num_classes); ValueError names the first that is not.
    """
    indices = integers("one_hot", "indices", indices)
    outside = (indices < 0) | (indices >= num_classes)
    if outside.any():
        raise ValueError(
            f"one_hot: an index is {indices[outside][0]}, valid are 0 to {num_classes - 1}; "
            "raise num_classes?"
        )
    axis = checked_axis("one_hot", axis, (*indices.shape, num_classes))
    return np.moveaxis(indices[..., None] == np.arange(num_classes), -1, axis).astype(dtype)
