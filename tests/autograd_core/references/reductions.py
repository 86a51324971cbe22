"""References for reductions and running sums: lists of Python numbers, one result at a time."""

import math
from itertools import accumulate

import numpy as np


def axes_tuple(axis, ndim):
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return tuple(a % ndim for a in axes)


def over_axes(function):
    """`function` of a list of numbers applied to the numbers of each result."""

    def apply(x, axis=None, keepdims=False, **params):
        axes = axes_tuple(axis, x.ndim)
        kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        out = {}
        for index in np.ndindex(*kept):
            picked = tuple(slice(None) if i in axes else j for i, j in enumerate(index))
            out[index] = function(x[picked].ravel().tolist(), **params)
        made = np.array(list(out.values()), None if out else float)
        final = kept if keepdims else tuple(n for i, n in enumerate(x.shape) if i not in axes)
        return made.reshape(final + made.shape[1:])

    return apply


def along_axis(function):
    """`function` of a list, which returns a list, applied along one axis (None: flattened)."""

    def apply(*arrays, axis=None, **params):
        if axis is None:
            return np.array(function(*(a.ravel().tolist() for a in arrays), **params), float)
        moved = [np.moveaxis(a, axis, -1) for a in arrays]
        out = np.empty(moved[0].shape)
        for index in np.ndindex(*moved[0].shape[:-1]):
            out[index] = function(*(m[index].tolist() for m in moved), **params)
        return np.moveaxis(out, -1, axis)

    return apply


def without_nans(function):
    return lambda values, **params: function([v for v in values if not math.isnan(v)], **params)


def mean(values):
    return math.fsum(values) / len(values)


def variance(values, ddof=0):
    """From all pairs: half the mean squared difference, times n / (n - ddof)."""
    n = len(values)
    return math.fsum((a - b) ** 2 for a in values for b in values) / (2 * n * (n - ddof))


def deviation(values, ddof=0):
    return math.sqrt(variance(values, ddof))


def log_sum_exp(values):
    return math.log(math.fsum(map(math.exp, values)))


def position(extreme, values):
    """The first index of an extreme value that is not NaN."""
    present = [v for v in values if not math.isnan(v)]
    return values.index(extreme(present))


def index_of(extreme):
    def apply(x, axis=None, keepdims=False):
        if axis is not None:
            return over_axes(lambda values: position(extreme, values))(
                x, axis=axis, keepdims=keepdims
            )
        found = np.array(position(extreme, x.ravel().tolist()))
        return found.reshape((1,) * x.ndim) if keepdims else found

    return apply


# Norms.


def p_norm(values, ord=2):
    sizes = [abs(v) for v in values]
    return max(sizes) if ord == math.inf else math.fsum(s**ord for s in sizes) ** (1 / ord)


def norm(x, ord=None, axis=None, keepdims=False):
    axes = axes_tuple(axis, x.ndim)
    if len(axes) == 1 or ord in (None, "fro"):
        return over_axes(p_norm)(x, axes, keepdims, ord=2 if ord in (None, "fro") else ord)
    rows, columns = axes
    moved = np.moveaxis(x, (rows, columns), (-2, -1) if ord == 1 else (-1, -2))
    out = np.empty(moved.shape[:-2])
    for index in np.ndindex(*out.shape):
        matrix = moved[index]  # as columns of which the largest is wanted
        out[index] = max(math.fsum(map(abs, column)) for column in matrix.T.tolist())
    return np.expand_dims(out, tuple(sorted(axes))) if keepdims else out


# Order statistics.


def quantile_of(values, q):
    """The piecewise linear function through (k / (n - 1), k-th smallest value)."""
    values = sorted(values)
    return float(np.interp(q, np.linspace(0.0, 1.0, len(values)), values))


def quantile(x, q, axis=None, keepdims=False):
    parts = [
        over_axes(quantile_of)(x, axis, keepdims, q=fraction) for fraction in np.ravel(q).tolist()
    ]
    return np.array(parts).reshape(np.shape(q) + np.shape(parts[0]))


def middle(values):
    values = sorted(values)
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def average(x, axis=None, weights=None, keepdims=False):
    if weights is None:
        weights = np.ones(x.shape)
    if weights.shape != x.shape:  # put each axis of the weights where its axis of x is
        axes = axes_tuple(axis, x.ndim)
        labels = "abcdef"[: x.ndim]
        chosen = "".join(labels[a] for a in axes)
        weights = np.einsum(f"{chosen},{labels}->{labels}", weights, np.ones(x.shape))
    total = over_axes(math.fsum)
    return total(x * weights, axis, keepdims) / total(weights, axis, keepdims)


# Along one axis.


def softmax(x, axis=-1):
    axes = axes_tuple(axis, x.ndim)
    return np.exp(x) / over_axes(lambda v: math.fsum(map(math.exp, v)))(x, axes, True)


def recurrence(a, b, reverse=False):
    """y[t] as the sum over s of b[s] times the product of all a between."""
    n = len(a)
    if reverse:
        return recurrence(a[::-1], b[::-1])[::-1]
    return [math.fsum(b[s] * math.prod(a[s + 1 : t + 1]) for s in range(t + 1)) for t in range(n)]


def diff(x, n=1, axis=-1):
    """By binomial coefficients."""
    moved = np.moveaxis(x, axis, 0)
    count = len(moved) - n
    terms = [(-1) ** (n - k) * math.comb(n, k) * moved[k : k + count] for k in range(n + 1)]
    return np.moveaxis(sum(terms), 0, axis)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    moved = np.moveaxis(y, axis, -1)
    if x is None:
        places = np.arange(moved.shape[-1]) * dx
    else:
        places = x if x.ndim == 1 else np.moveaxis(x, axis, -1)
    places = np.broadcast_to(places, moved.shape)
    out = np.empty(moved.shape[:-1])
    for index in np.ndindex(*out.shape):
        p, v = places[index].tolist(), moved[index].tolist()
        out[index] = math.fsum((p[i + 1] - p[i]) * (v[i] + v[i + 1]) / 2 for i in range(len(p) - 1))
    return out


REFERENCES = {
    "sum": over_axes(math.fsum),
    "mean": over_axes(mean),
    "prod": over_axes(math.prod),
    "max": over_axes(lambda values: sorted(values)[-1]),
    "min": over_axes(lambda values: sorted(values)[0]),
    "ptp": over_axes(lambda values: sorted(values)[-1] - sorted(values)[0]),
    "var": over_axes(variance),
    "std": over_axes(deviation),
    "all": over_axes(lambda values: 0 not in values),
    "any": over_axes(lambda values: values != [0] * len(values)),
    "count_nonzero": over_axes(lambda values: sum(v != 0 for v in values)),
    "argmax": index_of(max),
    "argmin": index_of(min),
    # without NaNs
    "nansum": over_axes(without_nans(math.fsum)),
    "nanmean": over_axes(without_nans(mean)),
    "nanprod": over_axes(without_nans(math.prod)),
    "nanmax": over_axes(without_nans(max)),
    "nanmin": over_axes(without_nans(min)),
    "nanvar": over_axes(without_nans(variance)),
    "nanstd": over_axes(without_nans(deviation)),
    "nanargmax": index_of(max),
    "nanargmin": index_of(min),
    # exponentials and norms
    "logsumexp": over_axes(log_sum_exp),
    "softmax": softmax,
    "log_softmax": lambda x, axis=-1: np.log(softmax(x, axis)),
    "vector_norm": over_axes(p_norm),
    "norm": norm,
    # order statistics
    "average": average,
    "median": over_axes(middle),
    "quantile": quantile,
    "percentile": lambda x, q, **params: quantile(x, np.asarray(q) / 100, **params),
    # along one axis
    "cumsum": along_axis(lambda v: list(accumulate(v))),
    "cumprod": along_axis(lambda v: [math.prod(v[: k + 1]) for k in range(len(v))]),
    "logcumsumexp": along_axis(lambda v: [log_sum_exp(v[: k + 1]) for k in range(len(v))]),
    "linear_recurrence": along_axis(recurrence),
    "diff": diff,
    "trapezoid": trapezoid,
}
