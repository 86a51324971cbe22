"""Means with weights, medians, quantiles and ranges, composed of other operators."""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.elementwise import positive
from autograd_core.ops.indexing import lifted
from autograd_core.ops.reductions import checked_axes, kept_shape, max, min, reduced_samples
from autograd_core.primitive import composite
from autograd_core.samples import Sample, cases
from autograd_core.tensor import Tensor

__all__ = ["average", "median", "percentile", "ptp", "quantile"]


@composite(samples=reduced_samples(), numpy=np.ptp)
def ptp(x, axis=None, *, keepdims=False):
    """The range over `axis`: the largest entry less the smallest ("peak to peak")."""
    return max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)


def _average_samples(rng):
    x = rng.normal(size=(2, 3, 2))
    yield Sample((x,), {"axis": 1, "keepdims": True})
    yield Sample((x,), {"axis": (0, 2)})
    yield Sample((x, -2, rng.uniform(0.5, 1.0, 3)))
    yield Sample((x, None, rng.uniform(0.5, 1.0, x.shape)), {"keepdims": True})
    yield Sample((x, (2, 0), rng.uniform(0.5, 1.0, (2, 2))))


@composite(samples=cases(_average_samples), numpy=np.average)
def average(x, axis=None, weights=None, *, keepdims=False):
    """The mean over `axis`, weighted: sum(weights x) / sum(weights), differentiable in both.

    weights: of x's shape, or of the shape of x along `axis`. Without weights: the plain mean.
    Raises ValueError for another shape, ZeroDivisionError for weights that sum to 0.
    """
    x = lifted(x)
    if weights is None:
        return _float(x).mean(axis=axis, keepdims=keepdims)
    weights = lifted(weights)
    if weights.shape != x.shape:
        axes = checked_axes("average", axis, x.shape)
        expected = tuple(x.shape[i] for i in axes)
        if axis is None or weights.shape != expected:
            raise ValueError(
                f"average: weights have shape {weights.shape}; x has {x.shape} and along axis "
                f"{axis} {expected}; one of the two is needed"
            )
        # The axes of the weights in the order of x, and all others with size 1.
        weights = weights.transpose(tuple(np.argsort(axes).tolist()))
        weights = weights.reshape(tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
    weights = np.broadcast_to(_float(weights), x.shape)
    total = weights.sum(axis=axis, keepdims=keepdims)
    if np.any(np.equal(total, 0)):
        raise ZeroDivisionError(f"average: the weights along axis {axis} sum to 0")
    return (x * weights).sum(axis=axis, keepdims=keepdims) / total


def _float(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


# Quantiles.


def _quantile_samples(*chosen):
    def make(rng):
        for shape, axis in (((5,), None), ((4, 3), 0), ((2, 4), -1), ((3, 2, 2), (0, 2))):
            x = rng.permutation(math.prod(shape)).reshape(shape) / 2
            for q in chosen:
                params = {"axis": axis} if q is None else {"q": q, "axis": axis}
                args = (x + rng.uniform(-0.2, 0.2, shape),)
                yield Sample(args, params)
                yield Sample(args, {**params, "keepdims": True})

    return cases(make)


def _fractions(name, q, highest):
    """q as an array of fractions in [0, 1]."""
    if isinstance(q, Tensor):
        if q.requires_grad:
            raise TypeError(f"{name}: q is not differentiable, it is tracked; detach it")
        q = q.data
    q = np.asarray(q, np.float64)
    if not (np.all(q >= 0) and np.all(q <= highest)):
        raise ValueError(f"{name}: q must lie in [0, {highest}], {q} was given")
    return q / highest


def _quantile(name, x, q, axis, keepdims):
    x = _float(lifted(x))
    axes = checked_axes(name, axis, x.shape)
    kept = kept_shape(x.shape, axis)
    order = tuple(i for i in range(x.ndim) if i not in axes) + axes
    rest = tuple(x.shape[i] for i in order[: x.ndim - len(axes)])
    count = math.prod(x.shape[i] for i in axes)
    if not count:
        raise ValueError(f"{name}: axis {axis} of shape {x.shape} has no entries")
    ordered = np.sort(x.transpose(order).reshape(*rest, count), axis=-1)
    last = ordered[..., -1]  # NaN if any entry is
    results = []
    for fraction in q.ravel().tolist():
        place = fraction * (count - 1)
        low = int(place)
        value = ordered[..., low]
        if place > low:
            value = value + (place - low) * (ordered[..., low + 1] - value)
        value = np.where(np.isnan(last), last, value)
        results.append(value.reshape(kept) if keepdims else value)
    if q.ndim == 0:
        return positive(results[0])
    stacked = np.stack(results)
    return stacked.reshape(*q.shape, *stacked.shape[1:])


@composite(samples=_quantile_samples(0.0, 0.3, np.array([0.25, 1.0])), numpy=np.quantile)
def quantile(x, q, axis=None, *, keepdims=False):
    """The q-quantile over `axis`, by linear interpolation between the two nearest order statistics.

    q: a number in [0, 1] or an array of them, whose axes come first in the result; it has no
        derivative. The derivative to x goes to the entries interpolated between.
    NaN where an entry is NaN. Raises ValueError for q outside [0, 1] and for no entries.
    """
    return _quantile("quantile", x, _fractions("quantile", q, 1), axis, keepdims)


@composite(samples=_quantile_samples(30.0, np.array([25.0, 100.0])), numpy=np.percentile)
def percentile(x, q, axis=None, *, keepdims=False):
    """The quantile for q in percent, from 0 to 100; see `quantile`."""
    return _quantile("percentile", x, _fractions("percentile", q, 100), axis, keepdims)


@composite(samples=_quantile_samples(None), numpy=np.median)
def median(x, axis=None, *, keepdims=False):
    """The median over `axis`: the middle entry, or the mean of the two middle ones.

    NaN where an entry is NaN. ValueError for no entries.
    """
    return _quantile("median", x, np.asarray(0.5), axis, keepdims)
