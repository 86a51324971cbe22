"""logsumexp, softmax and log_softmax: sums of exponentials that cannot overflow."""

from __future__ import annotations

import numpy as np

from autograd_core.ops.reductions import check_entries, expanded, kept_shape, reduced_samples
from autograd_core.ops.sigmoids import floating
from autograd_core.primitive import primitive
from autograd_core.samples import Sample, cases


def _largest(x, axis):
    """The maximum with keepdims; 0 where it is infinite, so that x - maximum is not NaN."""
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0)


@primitive(samples=reduced_samples())
def logsumexp(x, *, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`. Its gradient is the softmax, and 0 where all entries are -inf.

    ValueError for no entries.
    """
    x = floating(x)
    if not x.size:
        check_entries("logsumexp", x, axis)
    top = _largest(x, axis)
    total = np.add.reduce(np.exp(x - top), axis=axis, keepdims=keepdims)
    with np.errstate(divide="ignore"):  # log(0) = -inf is the answer where all entries are -inf
        return np.log(total) + top.reshape(total.shape)


@logsumexp.vjp("x")
def logsumexp_vjp(g, out, x, axis):
    kept = kept_shape(x.shape, axis)
    out = np.where(np.equal(out, -np.inf), 0.0, out).reshape(kept)
    return expanded(g, x.shape, axis) * np.exp(x - out)


def _softmax_samples(rng):
    yield Sample((rng.normal(size=4),))
    yield Sample((rng.normal(size=(2, 3)),), {"axis": -1})
    yield Sample((rng.normal(size=(2, 3)),), {"axis": 0})
    yield Sample((rng.normal(size=(2, 3, 2)),), {"axis": (0, 2)})
    yield Sample((rng.normal(size=(2, 2)),), {"axis": None})
    yield Sample((rng.normal(size=(0, 3)),))
    yield Sample((rng.normal(size=(3, 0)),))


@primitive(samples=cases(_softmax_samples))
def softmax(x, *, axis=-1):
    """exp(x) / sum(exp(x)) over `axis` (an integer, a tuple, or None for all entries)."""
    x = floating(x)
    e = np.exp(x - _largest(x, axis))
    return e / np.add.reduce(e, axis=axis, keepdims=True)


@softmax.vjp("x")
def softmax_vjp(g, out, axis):
    weighted = g * out
    return weighted - out * weighted.sum(axis=axis, keepdims=True)


@primitive(samples=cases(_softmax_samples))
def log_softmax(x, *, axis=-1):
    """log(softmax(x)), exact where softmax would underflow."""
    x = floating(x)
    if not x.size:
        return x.copy()
    shifted = x - _largest(x, axis)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


@log_softmax.vjp("x")
def log_softmax_vjp(g, out, axis):
    return g - np.exp(out) * g.sum(axis=axis, keepdims=True)
