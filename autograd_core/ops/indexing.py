"""Indexing: reading parts of an array, writing parts of a new one, and the adjoints of both.

`getitem` and `index_add_zeros` are each other's adjoint, so the two are closed under
differentiation and carry every other operator here. An index is normalised once, when the operator
is called: index arrays become private copies, so that a caller who writes into his own does not
change a derivative that is taken later.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.primitive import Primitive, composite
from autograd_core.samples import Sample, Samples, cases
from autograd_core.tensor import Tensor, as_array

ndarray = np.ndarray
_BASIC = frozenset({int, slice, type(None), type(Ellipsis)})
_BOUND = frozenset({int, type(None)})


class Index(tuple):
    """A normalised advanced index: ints, slices, None, Ellipsis and at least one private array.

    distinct: whether it is certain that no position is addressed twice.
    """

    distinct = False


def normalized(name: str, index: Any) -> Any:
    """`index` in a form that cannot change: a basic index as it is, an advanced one as an `Index`.

    Raises IndexError, in the name of the operator `name`, for what can be no index.
    """
    kind = index.__class__
    if kind is int or kind is Index:
        return index
    for item in index if kind is tuple else (index,):
        kind = item.__class__
        if kind not in _BASIC or (
            kind is slice
            and not (
                item.start.__class__ in _BOUND
                and item.stop.__class__ in _BOUND
                and item.step.__class__ in _BOUND
            )
        ):
            return _converted(name, index if index.__class__ is tuple else (index,))
    return index


def _converted(name: str, items: tuple[Any, ...]) -> Any:
    parts = tuple(_part(name, item) for item in items)
    kinds = [part.dtype.kind for part in parts if part.__class__ is ndarray]
    if not kinds:
        return parts
    made = Index(parts)
    made.distinct = "i" not in kinds and "u" not in kinds  # masks, perhaps beside ints and slices
    return made


def _part(name: str, item: Any) -> Any:
    """One entry of an index: a basic one, or an array that nobody else can write into."""
    private = isinstance(item, Tensor)
    item = as_array(item)
    if item.__class__ is slice:
        bounds = (item.start, item.stop, item.step)
        return slice(*(None if b is None else _integer(name, b) for b in bounds))
    if item.__class__ in _BASIC:
        return item
    if isinstance(item, (bool, np.bool_)):
        return np.array(item)
    if not isinstance(item, ndarray):
        if hasattr(item, "__index__"):
            return operator.index(item)
        item = _listed(name, item)
        private = True
    if item.dtype.kind not in "iub":
        what = "an array or tensor" if item.ndim else f"{item.item()!r:.60}"
        raise IndexError(
            f"{name}: {what} of dtype {item.dtype} is no index; use integers (.astype(int)), "
            "booleans, slices, None or Ellipsis"
        )
    if not item.ndim and item.dtype.kind != "b":
        return int(item)
    return item if private or not item.flags.writeable else item.copy()


def _integer(name: str, bound: Any) -> int:
    try:
        return operator.index(bound)
    except TypeError:
        raise IndexError(f"{name}: {bound!r:.60} is no bound of a slice; use integers") from None


def _listed(name: str, item: Any) -> ndarray:
    try:
        array = np.asarray(item)
    except (ValueError, RuntimeError) as error:
        raise IndexError(f"{name}: {item!r:.60} is no index: {error}") from error
    return array if array.size else array.astype(np.intp)


def positions(index: Index, shape: tuple[int, ...]) -> ndarray:
    """Where the entries of x[index] stand in x.ravel(); x has this `shape`."""
    lead = len(index)
    if lead <= len(shape) and all(
        item.__class__ is int or (item.__class__ is ndarray and item.dtype.kind != "b")
        for item in index
    ):  # whole rows: their numbers are enough
        rest = shape[lead:]
        width = math.prod(rest)
        rows = np.arange(math.prod(shape[:lead])).reshape(shape[:lead])[index]
        if not rest:
            return rows
        return (rows[..., None] * width + np.arange(width)).reshape(rows.shape + rest)
    return np.arange(math.prod(shape)).reshape(shape)[index]


def selected_shape(index: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of x[index] for an x of this `shape`."""
    return np.shape(np.broadcast_to(np.False_, shape)[index])


def lifted(x: Any) -> Any:
    """A Tensor or an array as it is, anything else as an array."""
    return x if isinstance(x, (Tensor, ndarray)) else np.asarray(x)


class _Indexed(Primitive):
    """A primitive with a parameter `index`, which is normalised before it is kept."""

    def _bind(self, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if len(args) != self.n_arrays or len(params) != len(self.param_names):
            args, params = super()._bind(args, params)
        if "index" in params:
            index = params["index"]
            fixed = normalized(self.name, index)
            if fixed is not index:
                params = {**params, "index": fixed}
        return args, params


def _indexed(samples: Samples) -> Callable[[Callable[..., Any]], Primitive]:
    return lambda forward: _Indexed(forward, samples)


# Reading, and its adjoint.

_INDICES = (
    ((4,), 2),
    ((4,), slice(None, None, -1)),
    ((4,), np.array([0, 3, 3, -1])),
    ((4,), np.array([[0, 1], [1, 1]])),
    ((4,), np.array([], dtype=int)),
    ((4,), np.array([True, False, True, False])),
    ((3, 4), -1),
    ((3, 4), (slice(1, None), None, slice(None, None, 2))),
    ((3, 4), (Ellipsis, 1)),
    ((3, 4), [2, 0, 2]),
    ((3, 4), (np.array([0, 2, 0]), np.array([1, 3, 1]))),
    ((3, 4), (slice(None), [1, 1, 3])),
    ((3, 4), (np.array([[0], [2]]), np.array([1, 1, 3]))),
    ((3, 4), (np.array([True, False, True]), slice(1, 3))),
    ((3, 4), np.eye(3, 4, dtype=bool)),
    ((2, 3, 4), (0, slice(None), np.array([1, 1]))),
    ((2, 3, 4), (np.array([0, 1, 0]), 1)),
    ((2, 3, 2), (slice(None), np.array([True, False, True]), np.array([0, 0]))),
    ((0, 3), (slice(None), 1)),
)


@_indexed(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=shape),), {"index": index}) for shape, index in _INDICES
        ]
    )
)
def getitem(x, *, index):
    """x[index] with NumPy's basic and advanced indexing, duplicates included.

    index: an int, slice, None, Ellipsis, an array, list or Tensor of integers or booleans, or a
    tuple of these. Basic indexing returns a view of x's data. Raises IndexError for an index out of
    range, a mask of another shape, or anything that is no index.

    The derivative of each call makes one array as large as x; to use all parts of x, `unstack` and
    `split` cost one such array for all parts together.
    """
    return x[index]


@getitem.vjp("x")
def getitem_vjp(g, x_shape, index):
    return index_add_zeros(g, index=index, shape=x_shape)


def _adjoint_samples(rng):
    for shape, index in _INDICES:
        picked = np.empty(shape)[index]
        yield Sample((rng.normal(size=np.shape(picked)),), {"index": index, "shape": shape})


@_indexed(samples=cases(_adjoint_samples))
def index_add_zeros(g, *, index, shape):
    """Zeros of this `shape` with g added at `index`; where positions repeat, the sum of theirs.

    The adjoint of `getitem`. g is broadcast to the shape of x[index].
    """
    g = np.asarray(g)
    if index.__class__ is not Index or index.distinct:
        out = np.zeros(shape, g.dtype)
        out[index] = g
        return out
    places = positions(index, tuple(shape))
    out = np.zeros(math.prod(shape), g.dtype)
    np.add.at(out, places.ravel(), np.broadcast_to(g, places.shape).ravel())
    return out.reshape(shape)


@index_add_zeros.vjp("g")
def index_add_zeros_vjp(g, index):
    return getitem(g, index=index)


# Writing into a copy.


def _writable(name: str, x: Any, index: Any, value: Any) -> tuple[int, ...]:
    """The shape of x[index], after checking that `value` can be put there."""
    given = as_array(value)
    given = given if isinstance(given, (int, float)) else np.asarray(given)
    dtype = x.dtype
    if not np.can_cast(np.result_type(given), dtype, "same_kind") and not (
        isinstance(given, int) and dtype.kind in "iuf"
    ):
        raise TypeError(
            f"{name}: a value of dtype {np.result_type(given)} does not fit into x of dtype "
            f"{dtype} without loss; convert x or the value with astype"
        )
    try:
        target = selected_shape(index, x.shape)
    except IndexError as error:
        raise IndexError(f"{name}: {error} (x has shape {x.shape})") from error
    try:
        fits = np.broadcast_shapes(np.shape(given), target) == target
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name}: a value of shape {np.shape(given)} cannot be broadcast to {target}, "
            f"the shape of x[index] for x of shape {x.shape}"
        )
    return target


def _assign_samples(rng):
    for shape, index in (
        ((4,), 2),
        ((4,), slice(None, None, -2)),
        ((4,), np.array([3, 0])),
        ((3, 4), (slice(None), [1, 3])),
        ((3, 4), (np.array([True, False, True]), 1)),
        ((0, 3), (slice(None), 1)),
    ):
        target = np.empty(shape)[index].shape
        for given in (target, target[1:], ()):
            yield Sample((rng.normal(size=shape), rng.normal(size=given)), {"index": index})


@_indexed(samples=cases(_assign_samples))
def index_assign(x, value, *, index):
    """A copy of x with `value`, broadcast, at `index`, which must not name a position twice.

    `index_update` is the same with any index. Raises ValueError for a repeated position.
    """
    x = np.asarray(x)
    _writable("index_update", x, index, value)
    if index.__class__ is Index and not index.distinct:
        places = positions(index, x.shape).ravel()
        if np.unique(places).size != places.size:
            raise ValueError(
                "index_assign: the index names a position more than once; use index_update (the "
                "last value stays) or index_add (the values are added)"
            )
    out = x.copy()
    out[index] = value
    return out


@index_assign.vjp("x")
def index_assign_vjp_x(g, index):
    return index_assign(g, 0.0, index=index)


@index_assign.vjp("value")
def index_assign_vjp_value(g, index):
    return getitem(g, index=index)


def _write_samples(rng):
    x = rng.normal(size=(4, 3))
    yield Sample((x, 1, rng.normal(size=3)))
    yield Sample((x, np.array([2, 0, 2]), rng.normal(size=(3, 3))))
    yield Sample((x, np.array([2, 0, 2]), rng.normal(size=3)))
    yield Sample((x, np.array([True, False, True, True]), rng.normal(size=())))
    yield Sample((x[:, 0].copy(), np.array([[1, 1], [0, 1]]), rng.normal(size=(2, 2))))
    yield Sample((x[:0], np.array([], dtype=int), rng.normal(size=(0, 3))))


@composite(samples=cases(_write_samples))
def index_update(x, index, value):
    """A copy of x with `value` at `index`: y = x.copy(); y[index] = value.

    Differentiable in x and in value, which is broadcast to the shape of x[index] and must fit into
    x's dtype. Where the index names a position more than once, the last value (in the order of the
    entries of x[index]) stays and the earlier ones have zero derivative.
    """
    x, value = lifted(x), value if isinstance(value, (int, float)) else lifted(value)
    index = normalized("index_update", index)
    if index.__class__ is not Index or index.distinct:
        return index_assign(x, value, index=index)
    _writable("index_update", x, index, value)
    places = positions(index, x.shape)
    flat = places.ravel()
    _, from_end = np.unique(flat[::-1], return_index=True)
    if from_end.size < flat.size:
        last = np.sort(flat.size - 1 - from_end)
        value = np.broadcast_to(value, places.shape).reshape(-1)[last]
        changed = index_assign(x.reshape(-1), value, index=_distinct((flat[last],)))
        return changed.reshape(x.shape)
    return index_assign(x, value, index=_distinct(index))


def _distinct(index: tuple[Any, ...]) -> Index:
    made = Index(index)
    made.distinct = True
    return made


@composite(samples=cases(_write_samples))
def index_add(x, index, value):
    """A copy of x with `value` added at `index`; values at a repeated position are all added.

    Differentiable in x and in value, which is broadcast to the shape of x[index] and must fit into
    x's dtype.
    """
    x, value = lifted(x), lifted(value)
    index = normalized("index_add", index)
    target = _writable("index_add", x, index, value)
    if value.dtype != x.dtype:
        value = value.astype(x.dtype)
    if value.shape != target:
        value = np.broadcast_to(value, target)
    return x + index_add_zeros(value, index=index, shape=x.shape)
