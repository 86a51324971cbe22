"""Larger arrays out of one: repeat, tile, pad."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd_core.ops.gathering import checked_axis, integers, take
from autograd_core.ops.indexing import getitem, index_add_zeros, lifted
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases
from autograd_core.tensor import as_array


def _repeat_samples(rng):
    x = rng.normal(size=(3, 2))
    yield Sample((x, 2))
    yield Sample((x, 3), {"axis": 0})
    yield Sample((x, np.array([2, 0, 1])), {"axis": 0})
    yield Sample((x, np.array([1, 3])), {"axis": -1})
    yield Sample((x, np.array([0, 1, 2, 0, 1, 2])))
    yield Sample((x, np.array([2])), {"axis": 1})
    yield Sample((x, 0), {"axis": 0})
    yield Sample((x[:0], 2), {"axis": 0})


@primitive(samples=cases(_repeat_samples), numpy=np.repeat)
def repeat(x, repeats, *, axis=None):
    """Each entry along `axis` (of the flattened x without one) several times in a row.

    repeats: an integer, or one integer an entry; TypeError for floats.
    """
    return np.repeat(x, integers("repeat", "repeats", repeats), axis)


@repeat.vjp("x")
def repeat_vjp(g, repeats, x_shape, axis):
    shape = (math.prod(x_shape),) if axis is None else x_shape
    axis = 0 if axis is None else axis % len(shape)
    if np.size(repeats) == 1:
        times = np.asarray(repeats).item()
        split = (*shape[: axis + 1], times, *shape[axis + 1 :])
        return g.reshape(split).sum(axis=axis + 1).reshape(x_shape)
    source = np.repeat(np.arange(shape[axis]), repeats)
    index = (*(slice(None),) * axis, source)
    return index_add_zeros(g, index=index, shape=shape).reshape(x_shape)


def _tile_samples(rng):
    x = rng.normal(size=(2, 3))
    for reps in (2, (2, 1), (3, 1, 2), (0, 1), ()):
        yield Sample((x,), {"reps": reps})
    yield Sample((rng.normal(size=()),), {"reps": (2, 2)})
    yield Sample((rng.normal(size=(2, 1, 2)),), {"reps": (2,)})


@primitive(samples=cases(_tile_samples), numpy=np.tile)
def tile(x, *, reps):
    """x laid side by side reps[i] times along axis i.

    reps: an int or several; the shorter of it and x.shape is filled up with ones in front.
    """
    return np.tile(x, reps)


@tile.vjp("x")
def tile_vjp(g, x_shape, reps):
    reps = tuple(reps) if np.ndim(reps) else (reps,)
    ndim = max(len(reps), len(x_shape))
    reps = (1,) * (ndim - len(reps)) + reps
    shape = (1,) * (ndim - len(x_shape)) + x_shape
    pairs = tuple(int(n) for pair in zip(reps, shape, strict=True) for n in pair)
    return g.reshape(pairs).sum(axis=tuple(range(0, 2 * ndim, 2))).reshape(x_shape)


# Padding.


def _widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """NumPy's forms of pad_width as one (before, after) for each axis."""
    if isinstance(pad_width, dict):
        widths = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            place = checked_axis("pad", axis, (0,) * ndim)
            widths[place] = tuple(np.broadcast_to(width, 2))
    else:
        try:
            widths = np.broadcast_to(np.asarray(as_array(pad_width)), (ndim, 2)).tolist()
        except ValueError:
            raise ValueError(
                f"pad: pad_width {pad_width!r:.60} does not fit an array with {ndim} axes; give an "
                "int, (before, after), or one (before, after) for each axis"
            ) from None
    try:
        made = tuple((operator.index(before), operator.index(after)) for before, after in widths)
    except TypeError:
        raise TypeError(f"pad: pad_width must be integers, {pad_width!r:.60} was given") from None
    if any(width < 0 for pair in made for width in pair):
        raise ValueError(f"pad: pad_width must not be negative, {pad_width!r:.60} was given")
    return made


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(2, 3)),), {"pad_width": ((1, 0), (0, 2))}),
            Sample((rng.normal(size=3),), {"pad_width": ((2, 1),), "constant_values": 1.5}),
            Sample((rng.normal(size=(0, 2)),), {"pad_width": ((1, 1), (0, 0))}),
        ]
    )
)
def pad_constant(x, *, pad_width, constant_values=0):
    """x with a border of constants; `pad_width` has one (before, after) for each axis."""
    if np.ndim(constant_values):
        return np.pad(x, pad_width, constant_values=constant_values)
    x = np.asarray(x)
    shape = [size + sum(width) for size, width in zip(x.shape, pad_width, strict=True)]
    out = np.full(shape, constant_values, x.dtype)
    out[_inside(x.shape, pad_width)] = x
    return out


@pad_constant.vjp("x")
def pad_constant_vjp(g, x_shape, pad_width):
    return getitem(g, index=_inside(x_shape, pad_width))


def _inside(shape: tuple[int, ...], widths: Any) -> tuple[slice, ...]:
    return tuple(slice(w[0], w[0] + size) for size, w in zip(shape, widths, strict=True))


_PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def _pad_samples(rng):
    x = rng.normal(size=(3, 2))
    yield Sample((x, ((1, 0), (2, 1))))
    yield Sample((x, 1), {"constant_values": -2.0})
    yield Sample((x, (1, 2)), {"constant_values": ((1.0, 2.0), (3.0, 4.0))})
    for mode in _PAD_MODES[1:]:
        yield Sample((x, ((1, 4), (0, 3))), {"mode": mode})
        yield Sample((x[:, :0], ((2, 1), (0, 0))), {"mode": mode})


@composite(samples=cases(_pad_samples), numpy=np.pad)
def pad(x, pad_width, mode="constant", *, constant_values=0):
    """x with a border: `pad_width` entries before and after each axis.

    pad_width: an int, (before, after), one (before, after) for each axis, or a dict by axis.
    mode: "constant" (with `constant_values`), "edge" (the nearest entry), "reflect" (mirrored at
    the edge entry), "symmetric" (mirrored with the edge entry), or "wrap" (periodic).
    Raises ValueError for other modes and for widths that do not fit.
    """
    x = lifted(x)
    widths = _widths(pad_width, x.ndim)
    if mode not in _PAD_MODES:
        raise ValueError(f"pad: mode {mode!r} is not supported; choose one of {_PAD_MODES}")
    if mode == "constant":
        return pad_constant(x, pad_width=widths, constant_values=constant_values)
    if np.ndim(constant_values) or constant_values:
        raise ValueError(f"pad: constant_values have no meaning for mode {mode!r}")
    for axis, width in enumerate(widths):
        if not any(width):
            continue
        if not x.shape[axis]:
            raise ValueError(
                f"pad: axis {axis} of shape {x.shape} is empty, mode {mode!r} cannot pad it"
            )
        # NumPy's own padding of 0, 1, 2... tells which entry stands where.
        x = take(x, np.pad(np.arange(x.shape[axis]), width, mode=mode), axis=axis)
    return x
