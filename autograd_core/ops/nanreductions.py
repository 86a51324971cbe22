"""Reductions that leave NaNs out: a NaN counts as absent and gets a zero gradient.

Where nothing is left (a slice of nothing but NaN), nanmean, nanvar, nanstd, nanmax and nanmin raise
ValueError, where NumPy would warn and go on with NaN.
"""

from __future__ import annotations

import numpy as np

from autograd_core.ops.reductions import expanded, kept_shape, prod, reduced_samples, shared
from autograd_core.ops.selection import where
from autograd_core.primitive import composite, constant, primitive
from autograd_core.samples import Sample, cases

__all__ = [
    "nanargmax",
    "nanargmin",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


# Without NaNs: a difference quotient at a NaN tells nothing.
_SAMPLES = reduced_samples()
_DDOF_SAMPLES = reduced_samples({"ddof": 1})


def _check(name, x, axis, ddof=0):
    """Raises ValueError unless more than `ddof` numbers are left in each slice."""
    counts = np.add.reduce(~np.isnan(x), axis=axis)
    least = counts.min(initial=np.iinfo(np.intp).max)
    if least <= ddof:
        rest = "" if not ddof else f", ddof is {ddof}"
        raise ValueError(
            f"{name}: a slice along axis {axis} of shape {np.shape(x)} has {least} entries "
            f"that are not NaN{rest}"
        )


@primitive(samples=_SAMPLES, numpy=np.nansum)
def nansum(x, *, axis=None, keepdims=False):
    """The sum over `axis` without NaNs; 0 if nothing is left."""
    return np.nansum(x, axis=axis, keepdims=keepdims)


@nansum.vjp("x")
def nansum_vjp(g, x, axis):
    return np.where(np.isnan(x), 0.0, expanded(g, x.shape, axis))


@composite(samples=_SAMPLES, numpy=np.nanprod)
def nanprod(x, axis=None, *, keepdims=False):
    """The product over `axis` without NaNs; 1 if nothing is left."""
    return prod(where(np.isnan(x), 1, x), axis=axis, keepdims=keepdims)


def _count(x, axis, dtype):
    """How many are not NaN, with keepdims."""
    return np.logical_not(np.isnan(x)).sum(axis=axis, keepdims=True).astype(dtype)


def _deviation(x, axis, count):
    """x less its mean, and 0 at NaNs."""
    absent = np.isnan(x)
    mean = np.where(absent, 0.0, x).sum(axis=axis, keepdims=True) / count
    return np.where(absent, 0.0, x - mean)


@primitive(samples=_SAMPLES, numpy=np.nanmean)
def nanmean(x, *, axis=None, keepdims=False):
    """The mean over `axis` without NaNs. ValueError if nothing is left."""
    _check("nanmean", x, axis)
    return np.nanmean(x, axis=axis, keepdims=keepdims)


@nanmean.vjp("x")
def nanmean_vjp(g, x, axis):
    parts = g.reshape(kept_shape(x.shape, axis)) / _count(x, axis, g.dtype)
    return np.where(np.isnan(x), 0.0, parts)


@primitive(samples=_DDOF_SAMPLES, numpy=np.nanvar)
def nanvar(x, *, axis=None, ddof=0, keepdims=False):
    """The variance over `axis` without NaNs. ValueError if no more than `ddof` entries are left."""
    _check("nanvar", x, axis, ddof)
    return np.nanvar(x, axis=axis, ddof=ddof, keepdims=keepdims)


@nanvar.vjp("x")
def nanvar_vjp(g, x, axis, ddof):
    count = _count(x, axis, g.dtype)
    scaled = 2.0 * g.reshape(kept_shape(x.shape, axis)) / (count - ddof)
    return scaled * _deviation(x, axis, count)


@primitive(samples=_DDOF_SAMPLES, numpy=np.nanstd)
def nanstd(x, *, axis=None, ddof=0, keepdims=False):
    """The standard deviation over `axis` without NaNs, with the subgradient 0 at 0.

    ValueError if no more than `ddof` entries are left.
    """
    _check("nanstd", x, axis, ddof)
    return np.nanstd(x, axis=axis, ddof=ddof, keepdims=keepdims)


@nanstd.vjp("x")
def nanstd_vjp(g, out, x, axis, ddof):
    count = _count(x, axis, g.dtype)
    scaled = g / np.where(np.equal(out, 0), np.inf, out)
    return scaled.reshape(kept_shape(x.shape, axis)) / (count - ddof) * _deviation(x, axis, count)


def _share(g, out, x, axis):
    chosen = np.equal(x, out.reshape(kept_shape(x.shape, axis)))
    return shared(g, chosen, x.shape, axis)


@primitive(samples=_SAMPLES, numpy=np.nanmax)
def nanmax(x, *, axis=None, keepdims=False):
    """The largest entry over `axis` that is not NaN. Ties share the gradient equally.

    ValueError if nothing is left.
    """
    _check("nanmax", x, axis)
    return np.nanmax(x, axis=axis, keepdims=keepdims)


@nanmax.vjp("x")
def nanmax_vjp(g, out, x, axis):
    return _share(g, out, x, axis)


@primitive(samples=_SAMPLES, numpy=np.nanmin)
def nanmin(x, *, axis=None, keepdims=False):
    """The smallest entry over `axis` that is not NaN. Ties share the gradient equally.

    ValueError if nothing is left.
    """
    _check("nanmin", x, axis)
    return np.nanmin(x, axis=axis, keepdims=keepdims)


@nanmin.vjp("x")
def nanmin_vjp(g, out, x, axis):
    return _share(g, out, x, axis)


@constant(numpy=np.nanargmax)
def nanargmax(x, *, axis=None, keepdims=False):
    """The index of the first largest entry that is not NaN along `axis` (flattened for None)."""
    _check("nanargmax", x, axis)
    return np.nanargmax(x, axis=axis, keepdims=keepdims)


@constant(numpy=np.nanargmin)
def nanargmin(x, *, axis=None, keepdims=False):
    """The index of the first smallest entry that is not NaN along `axis` (flattened for None)."""
    _check("nanargmin", x, axis)
    return np.nanargmin(x, axis=axis, keepdims=keepdims)


def _index_samples(rng):
    for axis in (None, 0, -1):
        x = rng.integers(-2, 3, (3, 4)) / 2
        x[0, 0] = x[2, 1] = np.nan
        yield Sample((x,), {"axis": axis})
        yield Sample((x,), {"axis": axis, "keepdims": True})


nanargmax.samples = nanargmin.samples = cases(_index_samples)
