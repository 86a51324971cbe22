"""Several arrays into one, and one into several."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd_core.ops.gathering import checked_axis
from autograd_core.ops.indexing import lifted
from autograd_core.ops.shape import atleast_1d, atleast_2d, atleast_3d, broadcast_to
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, Samples, cases
from autograd_core.tensor import Tensor, as_array


def _together(*calls: tuple[tuple[tuple[int, ...], ...], dict[str, Any]]) -> Samples:
    """A list of arrays of these shapes as the one argument, with parameters."""
    return cases(
        lambda rng: [
            Sample(([rng.normal(size=s) for s in shapes],), dict(p)) for shapes, p in calls
        ]
    )


def _listed(name: str, arrays: Any) -> list[Any]:
    """The arrays of a sequence. Raises TypeError for what is none."""
    if isinstance(arrays, (Tensor, np.ndarray)) and not arrays.ndim:
        raise TypeError(f"{name}: expected a sequence of arrays, an array without axes was given")
    try:
        return [lifted(array) for array in arrays]
    except TypeError:
        raise TypeError(
            f"{name}: expected a sequence of arrays, {type(arrays).__name__} was given; "
            f"write {name}([a, b])"
        ) from None


# Joining.


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(2, 3)), rng.normal(size=(1, 3)), rng.normal(size=(0, 3)))),
            Sample((rng.normal(size=(2, 1)), rng.normal(size=(2, 2))), {"axis": -1}),
            Sample((rng.normal(size=3),)),
        ]
    )
)
def concatenate_arrays(*arrays, axis=0):
    """`concatenate` with the arrays as separate arguments, not flattened."""
    try:
        return np.concatenate(arrays, axis)
    except ValueError as error:
        shapes = ", ".join(str(np.shape(array)) for array in arrays[:8])
        raise ValueError(f"concatenate: {error} (given shapes: {shapes})") from error


@concatenate_arrays.vjp_joint
def concatenate_arrays_vjp(g, arrays_shape, axis):
    ends = itertools.accumulate(shape[axis] for shape in arrays_shape)
    return split_at(g, points=tuple(ends)[:-1], axis=axis)


@composite(
    samples=_together(
        (((2, 3), (1, 3)), {}),
        (((2, 3), (2, 1), (2, 0)), {"axis": 1}),
        (((2, 1, 2), (2, 2, 2)), {"axis": -2}),
        (((2, 2), (3,)), {"axis": None}),
    ),
    numpy=np.concatenate,
)
def concatenate(arrays, axis=0):
    """The arrays one after the other along `axis`; with axis=None, flattened first.

    They agree in every other size; ValueError says where not.
    """
    given = _listed("concatenate", arrays)
    if axis is None:
        given, axis = [array.reshape(-1) for array in given], 0
    elif given and given[0].ndim:
        axis = checked_axis("concatenate", axis, given[0].shape)
    return concatenate_arrays(*given, axis=axis)


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=3), rng.normal(size=3))),
            Sample(tuple(rng.normal(size=(3, 2, 2))), {"axis": -1}),
            Sample((rng.normal(size=()),)),
        ]
    )
)
def stack_arrays(*arrays, axis=0):
    """`stack` with the arrays as separate arguments."""
    try:
        return np.stack(arrays, axis)
    except ValueError as error:
        shapes = {np.shape(array): place for place, array in reversed(list(enumerate(arrays)))}
        if len(shapes) < 2:
            raise ValueError(f"stack: {error}") from error
        (first, _), (other, place) = sorted(shapes.items(), key=lambda item: item[1])[:2]
        raise ValueError(
            f"stack: the arrays must have the same shape; array 0 has {first}, "
            f"array {place} has {other}"
        ) from error


@stack_arrays.vjp_joint
def stack_arrays_vjp(g, axis):
    return unstack(g, axis=axis)


@composite(
    samples=_together((((2, 3), (2, 3)), {}), (((2,), (2,), (2,)), {"axis": -1}), (((), ()), {})),
    numpy=np.stack,
)
def stack(arrays, axis=0):
    """Arrays of one shape side by side along a new `axis` (counted in the result)."""
    return stack_arrays(*_listed("stack", arrays), axis=axis)


@composite(samples=_together((((2, 3), (3,)), {}), (((2,), (2,)), {})), numpy=np.vstack)
def vstack(arrays):
    """The arrays, each with at least two axes, on top of one another (along axis 0)."""
    return concatenate([atleast_2d(array) for array in _listed("vstack", arrays)])


@composite(
    samples=_together((((2, 3), (2, 1)), {}), (((2,), (3,)), {}), (((), ()), {})),
    numpy=np.hstack,
)
def hstack(arrays):
    """The arrays side by side: along axis 1, vectors along axis 0."""
    given = [atleast_1d(array) for array in _listed("hstack", arrays)]
    return concatenate(given, axis=0 if given and given[0].ndim == 1 else 1)


@composite(samples=_together((((2, 3), (2, 3)), {}), (((2,), (2,)), {})), numpy=np.dstack)
def dstack(arrays):
    """The arrays, each with at least three axes, behind one another (along axis 2)."""
    return concatenate([atleast_3d(array) for array in _listed("dstack", arrays)], axis=2)


@composite(samples=_together((((3,), (3, 2), (3,)), {})), numpy=np.column_stack)
def column_stack(arrays):
    """Vectors as columns, and matrices, side by side."""
    given = _listed("column_stack", arrays)
    return concatenate([a if a.ndim > 1 else a.reshape(-1, 1) for a in given], axis=1)


def _append_samples(rng):
    yield Sample((rng.normal(size=(2, 2)), rng.normal(size=3)))
    yield Sample((rng.normal(size=(2, 2)), rng.normal(size=(2, 1))), {"axis": 1})


@composite(samples=cases(_append_samples), numpy=np.append)
def append(x, values, axis=None):
    """x followed by `values` along `axis`; without one both are flattened."""
    return concatenate([x, values], axis=axis)


def _block_samples(rng):
    yield Sample(
        (
            [
                [rng.normal(size=(2, 2)), rng.normal(size=(2, 1))],
                [rng.normal(size=(1, 2)), rng.normal(size=(1, 1))],
            ],
        )
    )
    yield Sample(([rng.normal(size=2), rng.normal(size=()), rng.normal(size=3)],))


@composite(samples=cases(_block_samples), numpy=np.block)
def block(arrays):
    """An array from nested lists of blocks: inner lists along the last axis, outer before it."""
    depth = _depth(arrays, "arrays")
    most = max([depth, *(array.ndim for array in _blocks(arrays))])
    return _assembled(arrays, depth, most)


def _depth(blocks: Any, where: str) -> int:
    if not isinstance(blocks, list):
        return 0
    if not blocks:
        raise ValueError(f"block: the list {where} is empty")
    depths = [_depth(part, f"{where}[{place}]") for place, part in enumerate(blocks)]
    if len(set(depths)) > 1:
        raise ValueError(f"block: the parts of {where} are nested to different depths, {depths}")
    return depths[0] + 1


def _blocks(blocks: Any) -> list[Any]:
    if isinstance(blocks, list):
        return [array for part in blocks for array in _blocks(part)]
    return [lifted(blocks)]


def _assembled(blocks: Any, depth: int, ndim: int) -> Any:
    if not depth:
        array = lifted(blocks)
        return array.reshape((1,) * (ndim - array.ndim) + array.shape)
    return concatenate([_assembled(part, depth - 1, ndim) for part in blocks], axis=-depth)


def _grid_samples(rng):
    vectors = rng.normal(size=2), rng.normal(size=3), rng.normal(size=1)
    yield Sample(vectors)
    yield Sample(vectors[:2], {"indexing": "ij"})
    yield Sample(vectors, {"sparse": True})
    yield Sample(vectors[:1])


@composite(samples=cases(_grid_samples), numpy=np.meshgrid)
def meshgrid(*arrays, indexing="xy", sparse=False, copy=True):
    """The coordinates of the grid that the vectors span: one array for each, as a tuple.

    indexing: "ij": vector i runs along axis i; "xy": the first two change places. sparse: leave the
    other axes at size 1, to be broadcast. copy: without effect, tensors are immutable.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', {indexing!r} was given")
    given = [lifted(array) for array in arrays]
    axes = list(range(len(given)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    shape = [0] * len(given)
    for axis, array in zip(axes, given, strict=True):
        shape[axis] = array.size
    made = []
    for axis, array in zip(axes, given, strict=True):
        line = array.reshape([-1 if place == axis else 1 for place in range(len(given))])
        made.append(line if sparse else broadcast_to(line, shape=tuple(shape)))
    return tuple(made)


# Splitting.


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(4, 2)),), {"points": (1, 1, 3)}),
            Sample((rng.normal(size=(2, 3)),), {"points": (2,), "axis": -1}),
            Sample((rng.normal(size=2),), {"points": ()}),
        ]
    )
)
def split_at(x, *, points, axis=0):
    """The parts of x between the ascending `points` of an axis, as a tuple of views."""
    before = (slice(None),) * (axis % np.ndim(x))
    bounds = (0, *points, x.shape[axis])
    return tuple(x[(*before, slice(*pair))] for pair in itertools.pairwise(bounds))


@split_at.vjp("x")
def split_at_vjp(g, axis):
    return concatenate(g, axis=axis)


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(3, 2)),)),
            Sample((rng.normal(size=(2, 3)),), {"axis": -1}),
            Sample((rng.normal(size=2),)),
        ]
    ),
    numpy=getattr(np, "unstack", None),  # NumPy >= 2.1
)
def unstack(x, *, axis=0):
    """The slices of x along `axis`, each without that axis, as a tuple of views.

    All slices together cost the derivative one array as large as x; x[i] costs one for each i.
    """
    return tuple(np.moveaxis(x, checked_axis("unstack", axis, np.shape(x)), 0))


@unstack.vjp("x")
def unstack_vjp(g, axis):
    return stack(g, axis=axis)


def _split_samples(rng):
    x = rng.normal(size=(4, 6))
    yield Sample((x, 2))
    yield Sample((x, 3), {"axis": 1})
    yield Sample((x, [1, 3]), {"axis": -1})
    yield Sample((x, [3, 1, -1, 9]), {"axis": 1})


def _points(name: str, axis: int, size: int, sections: Any, equal: bool) -> list[int]:
    """The inner bounds of the parts: those given, or those of `sections` parts."""
    sections = as_array(sections)
    if np.ndim(sections):
        return [int(point) for point in sections]
    count = int(sections)
    if count != sections or count < 1:
        raise ValueError(f"{name}: expected a number of parts of at least 1, {sections} was given")
    if equal and size % count:
        raise ValueError(
            f"{name}: axis {axis} of size {size} cannot be split into {count} equal parts; "
            "use array_split, or give the points to split at"
        )
    small, larger = divmod(size, count)
    return list(itertools.accumulate([small + 1] * larger + [small] * (count - larger)))[:-1]


def _split(name: str, x: Any, sections: Any, axis: int, equal: bool) -> list[Any]:
    x = lifted(x)
    axis = checked_axis(name, axis, x.shape)
    size = x.shape[axis]
    points = _points(name, axis, size, sections, equal)
    inner = [slice(point).indices(size)[1] for point in points]
    if inner == sorted(inner):
        return list(split_at(x, points=tuple(inner), axis=axis))
    before = (slice(None),) * axis  # the parts overlap
    return [x[(*before, slice(*pair))] for pair in itertools.pairwise((0, *points, size))]


@composite(samples=cases(_split_samples), numpy=np.split)
def split(x, indices_or_sections, axis=0):
    """The parts of x along `axis`, as a list: so many equal ones, or those between given points.

    Raises ValueError when the parts would not be equal; see `array_split`.
    """
    return _split("split", x, indices_or_sections, axis, equal=True)


@composite(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(5, 2)), 3)),
            Sample((rng.normal(size=(2, 3)), 5), {"axis": 1}),
        ]
    ),
    numpy=np.array_split,
)
def array_split(x, indices_or_sections, axis=0):
    """As `split`, but the first parts may be larger by one than the last ones."""
    return _split("array_split", x, indices_or_sections, axis, equal=False)


def _halves(shape: tuple[int, ...]) -> Samples:
    return cases(
        lambda rng: [Sample((rng.normal(size=shape), 2)), Sample((rng.normal(size=shape), [1]))]
    )


@composite(samples=_halves((4, 2)), numpy=np.vsplit)
def vsplit(x, indices_or_sections):
    """`split` along axis 0 of an array with at least two axes."""
    _least_axes("vsplit", x, 2)
    return _split("vsplit", x, indices_or_sections, 0, equal=True)


@composite(samples=_halves((2, 4)), numpy=np.hsplit)
def hsplit(x, indices_or_sections):
    """`split` along axis 1, of a vector along axis 0."""
    _least_axes("hsplit", x, 1)
    axis = 1 if np.ndim(as_array(x)) > 1 else 0
    return _split("hsplit", x, indices_or_sections, axis, equal=True)


@composite(samples=_halves((2, 1, 4)), numpy=np.dsplit)
def dsplit(x, indices_or_sections):
    """`split` along axis 2 of an array with at least three axes."""
    _least_axes("dsplit", x, 3)
    return _split("dsplit", x, indices_or_sections, 2, equal=True)


def _least_axes(name: str, x: Any, ndim: int) -> None:
    if np.ndim(as_array(x)) < ndim:
        raise ValueError(
            f"{name}: x must have {ndim} or more axes, it has shape {np.shape(as_array(x))}"
        )
