"""Element-wise choices: where, the larger and the smaller of two, clip, replaced NaNs."""

from __future__ import annotations

import numpy as np

from autograd_core.primitive import primitive
from autograd_core.samples import Sample, binary, cases, unary


def _where_samples(rng):
    for shape, shape_x, shape_y in (
        ((), (), ()),
        ((3,), (3,), (3,)),
        ((2, 3), (3,), (2, 1)),
        ((2, 1), (), (1, 3)),
        ((0, 2), (2,), (1, 2)),
    ):
        condition = rng.random(shape) < 0.5
        yield Sample((condition, rng.normal(size=shape_x), rng.normal(size=shape_y)))


@primitive(samples=cases(_where_samples), numpy=np.where)
def where(condition, x, y):
    """x where `condition` holds, else y, broadcast together.

    The branch not taken gets a zero gradient even where its own value or derivative is NaN. The
    condition has no derivative: make it by a comparison, or detach it.
    """
    return np.where(condition, x, y)


@where.vjp("x")
def where_vjp_x(g, condition):
    return np.where(condition, g, 0.0)


@where.vjp("y")
def where_vjp_y(g, condition):
    return np.where(condition, 0.0, g)


def _share(g, x, y):
    """The cotangent of x when the larger wins: all of it, half at a tie."""
    return np.where(np.greater(x, y), g, np.where(np.equal(x, y), 0.5 * g, 0.0))


@primitive(samples=binary(distinct=True), numpy=np.maximum)
def maximum(x, y):
    """The larger of x and y, NaN if either is. At a tie each gets half of the gradient."""
    return np.maximum(x, y)


@maximum.vjp("x")
def maximum_vjp_x(g, x, y):
    return _share(g, x, y)


@maximum.vjp("y")
def maximum_vjp_y(g, x, y):
    return _share(g, y, x)


@primitive(samples=binary(distinct=True), numpy=np.minimum)
def minimum(x, y):
    """The smaller of x and y, NaN if either is. At a tie each gets half of the gradient."""
    return np.minimum(x, y)


@minimum.vjp("x")
def minimum_vjp_x(g, x, y):
    return _share(g, y, x)


@minimum.vjp("y")
def minimum_vjp_y(g, x, y):
    return _share(g, x, y)


@primitive(samples=binary(distinct=True), numpy=np.fmax)
def fmax(x, y):
    """The larger of x and y, the other one if one is NaN. At a tie each gets half the gradient."""
    return np.fmax(x, y)


@fmax.vjp("x")
def fmax_vjp_x(g, x, y):
    return np.where(np.isnan(y), g, _share(g, x, y))


@fmax.vjp("y")
def fmax_vjp_y(g, x, y):
    return np.where(np.isnan(x), g, _share(g, y, x))


@primitive(samples=binary(distinct=True), numpy=np.fmin)
def fmin(x, y):
    """The smaller of x and y, the other one if one is NaN. At a tie each gets half the gradient."""
    return np.fmin(x, y)


@fmin.vjp("x")
def fmin_vjp_x(g, x, y):
    return np.where(np.isnan(y), g, _share(g, y, x))


@fmin.vjp("y")
def fmin_vjp_y(g, x, y):
    return np.where(np.isnan(x), g, _share(g, x, y))


_CLIP_PARAMS = ({"min": -1.0, "max": 1.0}, {"min": -1.0}, {"max": 1.0})


@primitive(samples=unary(avoid=(-1.0, 1.0), params=_CLIP_PARAMS), numpy=np.clip)
def clip(x, *, min=None, max=None):
    """x limited to [min, max]; None leaves a side open.

    min, max: numbers or arrays that broadcast with x; they have no derivative (minimum and maximum
        do). Where min > max the result is max, as in NumPy. The derivative to x is 1 on the bounds
        themselves and inside them, 0 outside.
    """
    if min is None and max is None:
        return np.positive(x)
    return np.clip(x, min, max)


@clip.vjp("x")
def clip_vjp(g, x, min, max):
    inside = True if min is None else np.greater_equal(x, min)
    if max is not None:
        inside = np.logical_and(inside, np.less_equal(x, max))
    return np.where(inside, g, 0.0)


@primitive(samples=unary(), numpy=np.nan_to_num)
def nan_to_num(x, *, nan=0.0, posinf=None, neginf=None):
    """x with NaN replaced by `nan` and the infinities by `posinf`, `neginf`.

    Without those: by the largest and the smallest finite number of the dtype. What was replaced
    gets a zero gradient.
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@nan_to_num.vjp("x")
def nan_to_num_vjp(g, x):
    return np.where(np.isfinite(x), g, 0.0)
