"""Shape: the same entries in another arrangement."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.ops.gathering import checked_axis
from autograd_core.ops.indexing import lifted
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, Samples, cases
from autograd_core.tensor import as_array


def _shapes(*calls: tuple[tuple[int, ...], dict[str, Any]]) -> Samples:
    """One array of each shape, with its parameters."""
    return cases(lambda rng: [Sample((rng.normal(size=shape),), dict(p)) for shape, p in calls])


# Axes in another form.


@primitive(
    samples=_shapes(
        ((2, 6), {"shape": (3, 4)}),
        ((2, 3, 4), {"shape": (4, -1)}),
        ((6,), {"shape": -1}),
        ((1, 1), {"shape": ()}),
        ((0, 3), {"shape": (2, 0)}),
    ),
    numpy=np.reshape,
)
def reshape(x, *, shape):
    """The entries of x, in C order, in another shape; one size may be -1, to be worked out."""
    return np.reshape(x, shape)


@reshape.vjp("x")
def reshape_vjp(g, x_shape):
    return g.reshape(x_shape)


@primitive(samples=_shapes(((), {}), ((4,), {}), ((2, 3), {}), ((2, 0), {})), numpy=np.ravel)
def ravel(x):
    """The entries of x, in C order, as a vector."""
    return np.ravel(x)


@ravel.vjp("x")
def ravel_vjp(g, x_shape):
    return g.reshape(x_shape)


@primitive(
    samples=_shapes(
        ((1, 3, 1), {}),
        ((1, 3, 1), {"axis": -1}),
        ((1, 3, 1, 2), {"axis": (0, 2)}),
        ((1, 1), {}),
        ((1, 0), {"axis": 0}),
    ),
    numpy=np.squeeze,
)
def squeeze(x, *, axis=None):
    """x without its axes of size 1, or without those named by `axis` (an int or a tuple)."""
    try:
        return np.squeeze(x, axis)
    except ValueError as error:
        raise ValueError(
            f"squeeze: axis {axis} of shape {np.shape(x)} cannot be removed: {error}"
        ) from error


@squeeze.vjp("x")
def squeeze_vjp(g, x_shape):
    return g.reshape(x_shape)


@primitive(
    samples=_shapes(
        ((3,), {"axis": 0}),
        ((2, 3), {"axis": -1}),
        ((2, 3), {"axis": (0, 3)}),
        ((), {"axis": 0}),
        ((0, 2), {"axis": 1}),
    ),
    numpy=np.expand_dims,
)
def expand_dims(x, *, axis):
    """x with a new axis of size 1 at `axis` (an int or a tuple, counted in the result)."""
    return np.expand_dims(x, axis)


@expand_dims.vjp("x")
def expand_dims_vjp(g, x_shape):
    return g.reshape(x_shape)


@primitive(samples=_shapes(((), {}), ((2, 3), {}), ((0,), {})), numpy=np.copy)
def copy(x):
    """A copy of x."""
    return np.array(x)


@copy.vjp("x")
def copy_vjp(g):
    return g


@primitive(
    samples=_shapes(
        ((3,), {"shape": (2, 3)}),
        ((2, 1), {"shape": (2, 4)}),
        ((), {"shape": (2, 2)}),
        ((1, 3), {"shape": (0, 3)}),
    ),
    numpy=np.broadcast_to,
)
def broadcast_to(x, *, shape):
    """x repeated along axes of size 1, or new leading ones, to have this `shape`."""
    try:
        return np.broadcast_to(x, shape)
    except ValueError as error:
        raise ValueError(
            f"broadcast_to: shape {np.shape(x)} cannot be broadcast to {shape}; sizes are compared "
            "from the last axis on and must be equal or 1"
        ) from error


@broadcast_to.vjp("x")
def broadcast_to_vjp(g):
    return g  # the engine sums over what was broadcast


@composite(
    samples=cases(lambda rng: [Sample((rng.normal(size=(2, 1)), rng.normal(size=3)))]),
    numpy=np.broadcast_arrays,
)
def broadcast_arrays(*arrays):
    """All arrays, broadcast to their common shape, as a tuple."""
    given = [lifted(array) for array in arrays]
    shape = np.broadcast_shapes(*(array.shape for array in given))
    return tuple(broadcast_to(array, shape=shape) for array in given)


def _at_least(ndim: int, grow: Callable[[Any], Any], arrays: tuple[Any, ...]) -> Any:
    made = [lifted(array) for array in arrays]
    made = [array if array.ndim >= ndim else array.reshape(grow(array.shape)) for array in made]
    return made[0] if len(made) == 1 else tuple(made)


_FEW_AXES = _shapes(((), {}), ((3,), {}), ((2, 3), {}), ((2, 1, 2), {}))


@composite(samples=_FEW_AXES, numpy=np.atleast_1d)
def atleast_1d(*arrays):
    """The array with at least one axis; of several arrays a tuple."""
    return _at_least(1, lambda shape: (1,), arrays)


@composite(samples=_FEW_AXES, numpy=np.atleast_2d)
def atleast_2d(*arrays):
    """The array with at least two axes, new ones in front; of several arrays a tuple."""
    return _at_least(2, lambda shape: (1,) * (2 - len(shape)) + shape, arrays)


@composite(samples=_FEW_AXES, numpy=np.atleast_3d)
def atleast_3d(*arrays):
    """The array with at least three axes: (n,) to (1, n, 1), (m, n) to (m, n, 1), as NumPy does."""
    return _at_least(
        3, lambda shape: (*shape, 1) if len(shape) == 2 else (1, *(shape or (1,)), 1), arrays
    )


# Axes in another order.


@primitive(
    samples=_shapes(
        ((2, 3), {}),
        ((2, 3, 4), {}),
        ((2, 3, 4), {"axes": (2, 0, 1)}),
        ((2, 3, 4), {"axes": (-2, 0, -1)}),
        ((0, 2), {}),
    ),
    numpy=np.transpose,
)
def transpose(x, *, axes=None):
    """x with its axes in the order `axes`, by default reversed."""
    try:
        return np.transpose(x, axes)
    except ValueError as error:
        raise ValueError(
            f"transpose: axes {axes} are no permutation of the {np.ndim(x)} axes of shape "
            f"{np.shape(x)}"
        ) from error


@transpose.vjp("x")
def transpose_vjp(g, axes):
    if axes is None:
        return g.T
    inverse = [0] * g.ndim
    for place, axis in enumerate(_numbers(axes)):
        inverse[axis] = place
    return transpose(g, axes=tuple(inverse))


@primitive(
    samples=_shapes(((2, 3), {"axis1": 0, "axis2": 1}), ((2, 3, 4), {"axis1": -1, "axis2": 0})),
    numpy=np.swapaxes,
)
def swapaxes(x, *, axis1, axis2):
    """x with two axes exchanged."""
    return np.swapaxes(x, axis1, axis2)


@swapaxes.vjp("x")
def swapaxes_vjp(g, axis1, axis2):
    return g.swapaxes(axis1, axis2)


def _numbers(value: Any) -> tuple[int, ...]:
    """An int, or a sequence of ints, as a tuple."""
    value = as_array(value)
    return tuple(operator.index(v) for v in value) if np.ndim(value) else (operator.index(value),)


@composite(
    samples=_shapes(
        ((2, 3, 4), {"source": 0, "destination": -1}),
        ((2, 3, 4), {"source": (0, 1), "destination": (-1, 0)}),
    ),
    numpy=np.moveaxis,
)
def moveaxis(x, source, destination):
    """x with the axes `source` (an int or several) moved to `destination`, the others in order."""
    x = lifted(x)
    starts = [checked_axis("moveaxis", axis, x.shape) for axis in _numbers(source)]
    ends = [checked_axis("moveaxis", axis, x.shape) for axis in _numbers(destination)]
    if len(set(starts)) != len(starts) or len(set(ends)) != len(ends) or len(starts) != len(ends):
        raise ValueError(
            f"moveaxis: source {source} and destination {destination} must name equally many axes, "
            "each once"
        )
    order = [axis for axis in range(x.ndim) if axis not in starts]
    for end, start in sorted(zip(ends, starts, strict=True)):
        order.insert(end, start)
    return transpose(x, axes=tuple(order))


# Entries in another order along axes.


@primitive(
    samples=_shapes(
        ((3,), {}),
        ((2, 3), {}),
        ((2, 3), {"axis": -1}),
        ((2, 3, 2), {"axis": (0, 2)}),
        ((0, 2), {}),
    ),
    numpy=np.flip,
)
def flip(x, *, axis=None):
    """x with the order of its entries reversed along `axis` (an int, a tuple, None for all)."""
    return np.flip(x, axis)


@flip.vjp("x")
def flip_vjp(g, axis):
    return flip(g, axis=axis)


@composite(samples=_shapes(((2, 3), {}), ((2, 3, 2), {})), numpy=np.fliplr)
def fliplr(x):
    """x reversed along its second axis (left to right)."""
    x = lifted(x)
    return flip(x, axis=checked_axis("fliplr", 1, x.shape))


@composite(samples=_shapes(((3,), {}), ((3, 2), {})), numpy=np.flipud)
def flipud(x):
    """x reversed along its first axis (up and down)."""
    x = lifted(x)
    return flip(x, axis=checked_axis("flipud", 0, x.shape))


@primitive(
    samples=_shapes(
        ((2, 3), {}),
        ((2, 3), {"k": 2}),
        ((2, 3, 4), {"k": -1, "axes": (1, 2)}),
        ((2, 3), {"k": 3, "axes": (1, 0)}),
    ),
    numpy=np.rot90,
)
def rot90(x, *, k=1, axes=(0, 1)):
    """x turned k times by 90 degrees in the plane of two axes, from the first to the second."""
    if np.ndim(x) < 2:
        raise ValueError(f"rot90: x must have at least two axes, it has shape {np.shape(x)}")
    return np.rot90(x, k, axes)


@rot90.vjp("x")
def rot90_vjp(g, k, axes):
    return rot90(g, k=-k, axes=axes)


@primitive(
    samples=_shapes(
        ((5,), {"shift": 2}),
        ((2, 3), {"shift": -1}),
        ((2, 3), {"shift": 7, "axis": 1}),
        ((2, 3), {"shift": (1, -2), "axis": (0, 1)}),
        ((2, 3), {"shift": 1, "axis": (0, 1)}),
        ((0, 3), {"shift": 1, "axis": 0}),
    ),
    numpy=np.roll,
)
def roll(x, *, shift, axis=None):
    """x with its entries moved `shift` places along `axis`; what leaves the end comes in in front.

    shift, axis: ints, or tuples of them. Without an axis the flattened entries move.
    """
    return np.roll(x, _numbers(shift), axis)


@roll.vjp("x")
def roll_vjp(g, shift, axis):
    return roll(g, shift=tuple(-places for places in _numbers(shift)), axis=axis)
