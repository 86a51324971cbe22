"""Running sums and products, the linear recurrence behind their derivatives, and differences."""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.gathering import checked_axis
from autograd_core.ops.indexing import lifted
from autograd_core.ops.sigmoids import floating
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases

__all__ = ["cumprod", "cumsum", "diff", "linear_recurrence", "logcumsumexp", "trapezoid"]


def _samples(*zeros):
    def make(rng):
        for shape, axis in (
            ((4,), None),
            ((2, 3), None),
            ((2, 3), 0),
            ((3, 4), -1),
            ((2, 3, 2), 1),
            ((0, 2), 0),
        ):
            yield Sample((rng.uniform(-2.0, 2.0, shape),), {"axis": axis})
        yield from (Sample((np.array(x),), {"axis": 0}) for x in zeros)

    return cases(make)


def along(axis, part):
    """The index that takes the slice `part` along `axis`, counted from the front."""
    return (slice(None),) * axis + (part,)


def _flat(x, axis):
    """x and the axis to run along: the flattened x for None."""
    return (x.reshape(-1), 0) if axis is None else (x, axis % x.ndim)


def _shifted(x, axis, reverse):
    """x moved by one place (towards the front if reverse), with a zero where nothing comes from."""
    nothing = np.zeros_like(x[along(axis, slice(0, 1))])
    if reverse:
        return np.concatenate([x[along(axis, slice(1, None))], nothing], axis=axis)
    return np.concatenate([nothing, x[along(axis, slice(None, -1))]], axis=axis)


@primitive(samples=_samples(), numpy=np.cumsum)
def cumsum(x, *, axis=None):
    """The running sum along `axis` (of the flattened x for None), of x's shape."""
    return np.cumsum(x, axis=axis)


@cumsum.vjp("x")
def cumsum_vjp(g, x_shape, axis):
    axis = 0 if axis is None else axis % len(x_shape)
    backwards = along(axis, slice(None, None, -1))
    return np.cumsum(g[backwards], axis=axis)[backwards].reshape(x_shape)


@primitive(samples=_samples([1.5, 0.0, 2.0, 0.5], [0.0, 1.0, 0.0, 0.0, 2.0]), numpy=np.cumprod)
def cumprod(x, *, axis=None):
    """The running product along `axis` (of the flattened x for None), of x's shape.

    Derivatives of all orders are right with zeros: nothing is divided by x.
    """
    return np.cumprod(x, axis=axis)


@cumprod.vjp("x")
def cumprod_vjp(g, x, axis):
    """dx[i] = (product before i) s[i], where s[i] = g[i] + x[i + 1] s[i + 1]."""
    flat, axis = _flat(x, axis)
    head = np.cumprod(flat[along(axis, slice(None, -1))], axis=axis)
    before = np.concatenate([np.ones_like(flat[along(axis, slice(0, 1))]), head], axis=axis)
    rest = linear_recurrence(_shifted(flat, axis, True), g, axis=axis, reverse=True)
    return (before * rest).reshape(x.shape)


# The linear recurrence.

_BLOCKED_FROM = 512  # steps; below, one step at a time is as fast


def _recurrence_samples(rng):
    for shape, axis in (((4,), -1), ((2, 3), 0), ((3, 0), 0), ((2, 3, 2), 1)):
        for reverse in (False, True):
            a, b = rng.uniform(-1.0, 1.0, shape), rng.normal(size=shape)
            yield Sample((a, b), {"axis": axis, "reverse": reverse})


@primitive(samples=cases(_recurrence_samples))
def linear_recurrence(a, b, *, axis=-1, reverse=False):
    """y[t] = a[t] y[t - 1] + b[t] along `axis`, starting from 0; from the end if `reverse`.

    a, b: of the same shape, which is that of y. Discounted returns are
    linear_recurrence(full_like(r, discount), r, reverse=True). ValueError for differing shapes.
    """
    a, b = floating(a), floating(b)
    if a.shape != b.shape:
        raise ValueError(
            f"linear_recurrence: a and b must have the same shape, {a.shape} and {b.shape} were "
            "given; use broadcast_to"
        )
    axis = checked_axis("linear_recurrence", axis, a.shape)
    step = -1 if reverse else 1
    out = np.empty(a.shape, np.result_type(a, b))
    views = [np.moveaxis(v, axis, 0)[::step] for v in (a, b, out)]
    count = len(views[0])
    if count < _BLOCKED_FROM or a.size > 64 * count or not _in_blocks(*views):
        _in_steps(*views)
    return out


def _in_steps(a, b, y):
    state = np.zeros(b.shape[1:], y.dtype)
    for t in range(len(b)):
        state = a[t] * state + b[t]
        y[t] = state


def _in_blocks(a, b, y):
    """About sqrt(n) blocks at once, then what each hands on to the next: 2 sqrt(n) steps, not n.

    Within a block, y[t] = (y[t] from a start of 0) + (product of a up to t) (y before the block).
    Returns False where such a product is not finite: times a start of 0 it would become NaN.
    """
    count, rest = len(b), b.shape[1:]
    size = math.isqrt(count)
    blocks = -(-count // size)
    padded = np.zeros((2, blocks * size, *rest), y.dtype)
    padded[0, :count], padded[1, :count] = a, b
    factors, values = padded.reshape(2, blocks, size, *rest)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, size):
            values[:, t] += factors[:, t] * values[:, t - 1]
            factors[:, t] *= factors[:, t - 1]
        if not np.isfinite(factors).all():
            return False
    for k in range(1, blocks):
        values[k] += factors[k] * values[k - 1, -1]
    y[...] = padded[1, :count]
    return True


@linear_recurrence.vjp_joint
def linear_recurrence_vjp(g, a, out, axis, reverse):
    """The cotangent of b obeys the same recurrence the other way round."""
    axis = axis % a.ndim
    back = linear_recurrence(_shifted(a, axis, not reverse), g, axis=axis, reverse=not reverse)
    return back * _shifted(out, axis, reverse), back


@primitive(samples=_samples())
def logcumsumexp(x, *, axis=None):
    """log(cumsum(exp(x))) along `axis` (of the flattened x for None), without overflow."""
    x = floating(x)
    if axis is None:
        x, axis = x.reshape(-1), 0
    return np.logaddexp.accumulate(x, axis=axis)


@logcumsumexp.vjp("x")
def logcumsumexp_vjp(g, out, x, axis):
    """dx[i] = exp(x[i] - out[i]) s[i] with s[i] = g[i] + exp(out[i] - out[i + 1]) s[i + 1].

    out grows along the axis, so that no exponent is positive. Leading -inf have a zero gradient.
    """
    flat, axis = _flat(x, axis)
    empty = np.equal(out, -np.inf)
    finite = np.where(empty, 0.0, out)
    # The last place has no successor; the recurrence does not look at it.
    following = [finite[along(axis, slice(1, None))], finite[along(axis, slice(-1, None))]]
    following = np.where(empty, 0.0, np.concatenate(following, axis=axis))
    decay = np.exp(finite - following)
    s = linear_recurrence(decay, g, axis=axis, reverse=True)
    return (np.exp(flat - finite) * s).reshape(x.shape)


# Differences and integrals.


def _diff_samples(rng):
    yield Sample((rng.normal(size=5),))
    yield Sample((rng.normal(size=(3, 4)),), {"n": 2})
    yield Sample((rng.normal(size=(3, 4)), 1, 0))
    yield Sample((rng.normal(size=(2, 2)),), {"n": 0})
    yield Sample((rng.normal(size=(1, 3)),), {"axis": 0})


@composite(samples=cases(_diff_samples), numpy=np.diff)
def diff(x, n=1, axis=-1):
    """x[i + 1] - x[i] along `axis`, taken n times; each time the axis is shorter by one."""
    x = lifted(x)
    axis = checked_axis("diff", axis, x.shape)
    if n < 0:
        raise ValueError(f"diff: n must not be negative, {n} was given")
    for _ in range(n):
        x = x[along(axis, slice(1, None))] - x[along(axis, slice(None, -1))]
    return x


def _trapezoid_samples(rng):
    yield Sample((rng.normal(size=5),))
    yield Sample((rng.normal(size=(3, 4)),), {"dx": 0.5, "axis": 0})
    yield Sample((rng.normal(size=(3, 4)), np.sort(rng.uniform(0.0, 3.0, 4))))
    yield Sample((rng.normal(size=(3, 2)), np.sort(rng.uniform(0.0, 3.0, 3))), {"axis": 0})
    yield Sample((rng.normal(size=(3, 4)), rng.normal(size=(3, 4))))


@composite(samples=cases(_trapezoid_samples), numpy=np.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral of y along `axis` by the trapezoidal rule, differentiable in y and x.

    x: the places of the values, as a vector along `axis` or in a shape that broadcasts with y;
        without it they are `dx` apart.
    """
    y = lifted(y)
    axis = checked_axis("trapezoid", axis, y.shape)
    if x is not None:
        x = lifted(x)
        if x.ndim == 1:
            if x.shape[0] != y.shape[axis]:
                raise ValueError(
                    f"trapezoid: x has {x.shape[0]} places, y has {y.shape[axis]} along axis {axis}"
                )
            dx = diff(x).reshape(along_shape(y.ndim, axis))
        else:
            dx = diff(x, axis=axis)
    pairs = y[along(axis, slice(1, None))] + y[along(axis, slice(None, -1))]
    return (dx * pairs / 2.0).sum(axis=axis)


def along_shape(ndim, axis):
    """The shape that lays a vector along one of `ndim` axes."""
    return tuple(-1 if i == axis else 1 for i in range(ndim))
