"""Reductions: sums, means, products, extremes and spreads over one, several or all axes.

`axis` is None (all axes), an integer or a tuple of them; `keepdims` keeps the reduced axes with
size 1. Where no number is right (the mean or the maximum of nothing), the call is refused.
"""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.gathering import checked_axis
from autograd_core.primitive import constant, primitive
from autograd_core.samples import Sample, cases

_SMALL = 4096  # entries; up to here adding zeros takes less time than making the view

# Shared by the other files of reductions.


def axes_of(axis, ndim):
    """`axis`, which is valid, as a tuple of numbers counted from the front."""
    if axis is None:
        return tuple(range(ndim))
    return np.lib.array_utils.normalize_axis_tuple(axis, ndim)


def checked_axes(name, axis, shape):
    """The same for any `axis`. Raises TypeError or ValueError in the name of an operator."""
    if axis is None:
        return tuple(range(len(shape)))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(checked_axis(name, one, shape) for one in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"{name}: axis {axis} names an axis of shape {shape} twice")
    return axes


def kept_shape(shape, axis):
    """The shape of a reduction over `axis` with keepdims."""
    if axis is None:
        return (1,) * len(shape)
    if axis.__class__ is int:
        axis %= len(shape)
        return (*shape[:axis], 1, *shape[axis + 1 :])
    axes = axes_of(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def count_of(shape, axis):
    """How many entries go into one result."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[i] for i in axes_of(axis, len(shape)))


def expanded(g, shape, axis):
    """A reduction's cotangent spread back over the reduced axes; large ones as a view if plain."""
    if axis is not None:
        g = g.reshape(kept_shape(shape, axis))
    if math.prod(shape) <= _SMALL:
        return g + np.zeros(shape, g.dtype)
    return np.broadcast_to(g, shape)


def check_entries(name, x, axis):
    """Raises ValueError where a result would be made of nothing."""
    shape = np.shape(x)
    if not count_of(shape, axis) and math.prod(kept_shape(shape, axis)):
        raise ValueError(f"{name}: axis {axis} of shape {shape} has no entries to reduce")


def reduced_samples(*extra):
    """Axes None, one, negative and several, with and without keepdims, in 1 to 3 dimensions."""

    def make(rng):
        for params in ({}, *extra):
            for shape, axis in (
                ((4,), None),
                ((2, 3), 0),
                ((2, 3), -1),
                ((2, 3), (0, 1)),
                ((2, 3, 2), None),
                ((2, 3, 2), (0, -1)),
                ((2, 0, 3), 2),
            ):
                size = math.prod(shape)
                spaced = rng.permutation(size) / 2 + rng.uniform(-0.2, 0.2, size)  # no ties
                x = (spaced - size / 4 + 0.1).reshape(shape)
                yield Sample((x,), {"axis": axis, "keepdims": False, **params})
                yield Sample((x,), {"axis": axis, "keepdims": True, **params})

    return cases(make)


_SAMPLES = reduced_samples()
_DDOF_SAMPLES = reduced_samples({"ddof": 1})


_SUMMED_AS_THEY_ARE = (np.dtype(np.float64), np.dtype(np.float32))


def _divisor(shape, axis, ddof=0):
    """The number of entries less ddof, as a float; 1 where the result is empty anyway."""
    return float(count_of(shape, axis) - ddof) or 1.0


# Sums, means, products.


@primitive(samples=_SAMPLES, numpy=np.sum)
def sum(x, *, axis=None, keepdims=False):
    """The sum over `axis`; 0 for no entries. Integers and booleans are summed as integers."""
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


@sum.vjp("x")
def sum_vjp(g, x_shape, axis):
    return expanded(g, x_shape, axis)


@primitive(samples=_SAMPLES, numpy=np.mean)
def mean(x, *, axis=None, keepdims=False):
    """The arithmetic mean over `axis`; of integers in float64. ValueError for no entries."""
    if not np.size(x):
        check_entries("mean", x, axis)
    if x.__class__ is not np.ndarray or x.dtype not in _SUMMED_AS_THEY_ARE:
        return np.mean(x, axis=axis, keepdims=keepdims)
    total = np.add.reduce(x, axis=axis, keepdims=keepdims)
    return total / (x.size // (total.size or 1) or 1)  # what np.mean does, in a third of the time


@mean.vjp("x")
def mean_vjp(g, x_shape, axis):
    return expanded(g / _divisor(x_shape, axis), x_shape, axis)


def _prod_samples(rng):
    yield from _SAMPLES(rng)
    yield Sample((np.array([2.0, 0.0, 3.0, -1.0]),))
    yield Sample((np.array([[2.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 1.5]]),), {"axis": 1})


@primitive(samples=cases(_prod_samples), numpy=np.prod)
def prod(x, *, axis=None, keepdims=False):
    """The product over `axis`; 1 for no entries. Derivatives of all orders are right with zeros."""
    return np.multiply.reduce(x, axis=axis, keepdims=keepdims)


@prod.vjp("x")
def prod_vjp(g, x, axis):
    """The product of all others: those before times those after, without dividing."""
    if not math.prod(x.shape):
        return expanded(g, x.shape, axis)
    axes = axes_of(axis, x.ndim)
    if not axes:
        return g
    order = tuple(i for i in range(x.ndim) if i not in axes) + axes
    back = tuple(order.index(i) for i in range(x.ndim))
    moved = x.transpose(order)
    flat = moved.reshape(*moved.shape[: x.ndim - len(axes)], -1)
    one = np.ones((*flat.shape[:-1], 1), flat.dtype)
    before = np.concatenate([one, np.cumprod(flat[..., :-1], axis=-1)], axis=-1)
    after = np.concatenate([one, np.cumprod(flat[..., :0:-1], axis=-1)], axis=-1)[..., ::-1]
    others = (before * after).reshape(moved.shape).transpose(back)
    return expanded(g, x.shape, axis) * others


# Extremes.


def shared(g, chosen, shape, axis):
    """The cotangent of an extreme, in equal parts to all entries that are `chosen`."""
    kept = kept_shape(shape, axis)
    parts = chosen.sum(axis=axis, keepdims=True).astype(g.dtype)
    return np.where(chosen, g.reshape(kept) / parts, 0.0)


def share_of_extreme(g, out, x, axis):
    at = np.equal(x, out.reshape(kept_shape(x.shape, axis)))
    return shared(g, np.logical_or(at, np.isnan(x)), x.shape, axis)  # a NaN is the result


@primitive(samples=_SAMPLES, numpy=(np.max, np.amax))
def max(x, *, axis=None, keepdims=False):
    """The largest entry over `axis`, NaN if one is. Ties share the gradient equally.

    ValueError for no entries.
    """
    if not np.size(x):
        check_entries("max", x, axis)
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


@max.vjp("x")
def max_vjp(g, out, x, axis):
    return share_of_extreme(g, out, x, axis)


@primitive(samples=_SAMPLES, numpy=(np.min, np.amin))
def min(x, *, axis=None, keepdims=False):
    """The smallest entry over `axis`, NaN if one is. Ties share the gradient equally.

    ValueError for no entries.
    """
    if not np.size(x):
        check_entries("min", x, axis)
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims)


@min.vjp("x")
def min_vjp(g, out, x, axis):
    return share_of_extreme(g, out, x, axis)


# Spread.


def _check_freedom(name, shape, axis, ddof):
    count = count_of(shape, axis)
    if count <= ddof:
        raise ValueError(
            f"{name}: axis {axis} of shape {shape} has {count} entries, "
            f"ddof is {ddof}: no degree of freedom is left"
        )


@primitive(samples=_DDOF_SAMPLES, numpy=np.var)
def var(x, *, axis=None, ddof=0, keepdims=False):
    """The variance over `axis`: the sum of squared deviations over (count - ddof).

    ValueError where count - ddof is not positive. Integers are computed in float64.
    """
    _check_freedom("var", np.shape(x), axis, ddof)
    return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)


def _deviation(x, axis):
    return x - np.mean(x, axis=axis, keepdims=True)


@var.vjp("x")
def var_vjp(g, x, axis, ddof):
    scaled = 2.0 * g / _divisor(x.shape, axis, ddof)
    return expanded(scaled, x.shape, axis) * _deviation(x, axis)


@primitive(samples=_DDOF_SAMPLES, numpy=np.std)
def std(x, *, axis=None, ddof=0, keepdims=False):
    """The standard deviation over `axis`, the square root of `var`. Subgradient 0 where it is 0.

    ValueError where count - ddof is not positive. Integers are computed in float64.
    """
    _check_freedom("std", np.shape(x), axis, ddof)
    return np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)


@std.vjp("x")
def std_vjp(g, out, x, axis, ddof):
    scaled = g / (_divisor(x.shape, axis, ddof) * np.where(np.equal(out, 0), np.inf, out))
    return expanded(scaled, x.shape, axis) * _deviation(x, axis)


# Without derivative.


@constant(numpy=np.all)
def all(x, *, axis=None, keepdims=False):
    """Whether all entries over `axis` are true (not zero)."""
    return np.all(x, axis=axis, keepdims=keepdims)


@constant(numpy=np.any)
def any(x, *, axis=None, keepdims=False):
    """Whether some entry over `axis` is true (not zero)."""
    return np.any(x, axis=axis, keepdims=keepdims)


@constant(numpy=np.count_nonzero)
def count_nonzero(x, *, axis=None, keepdims=False):
    """How many entries over `axis` are not zero."""
    return np.count_nonzero(x, axis=axis, keepdims=keepdims)


@constant(numpy=np.argmax)
def argmax(x, *, axis=None, keepdims=False):
    """The index of the first largest entry along `axis` (of the flattened x for None).

    A NaN counts as the largest. ValueError for no entries.
    """
    check_entries("argmax", x, axis)
    return np.argmax(x, axis=axis, keepdims=keepdims)


@constant(numpy=np.argmin)
def argmin(x, *, axis=None, keepdims=False):
    """The index of the first smallest entry along `axis` (of the flattened x for None).

    A NaN counts as the smallest. ValueError for no entries.
    """
    check_entries("argmin", x, axis)
    return np.argmin(x, axis=axis, keepdims=keepdims)


def _index_samples(rng):
    for shape in ((4,), (2, 3), (2, 3, 2)):
        x = rng.integers(-2, 3, shape) / 2  # with ties
        for axis in (None, 0, -1):
            yield Sample((x,), {"axis": axis})
            yield Sample((x,), {"axis": axis, "keepdims": True})
    yield Sample((np.zeros((3, 0)),), {"axis": 0})


argmax.samples = argmin.samples = cases(_index_samples)
all.samples = any.samples = count_nonzero.samples = reduced_samples()
