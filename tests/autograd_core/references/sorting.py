"""References for ops/sorting.py: Python's sorted, counting, and the formula of a line."""

import bisect

import numpy as np


def along(x, axis, function):
    """`function` of every line of x along an axis, of all entries for None."""
    if axis is None:
        return np.array(function([x[i] for i in np.ndindex(*x.shape)]))
    lines = np.moveaxis(x, axis, -1)
    out = np.array([function(lines[i].tolist()) for i in np.ndindex(*lines.shape[:-1])])
    return np.moveaxis(out.reshape(lines.shape), -1, axis)


def sort(x, axis=-1):
    return along(x, axis, sorted)


def argsort(x, axis=-1):
    return along(x, axis, lambda line: sorted(range(len(line)), key=lambda i: line[i])).astype(int)


def top_k(x, k):
    values = np.empty((*x.shape[:-1], k))
    indices = np.empty(values.shape, int)
    for i in np.ndindex(*x.shape[:-1]):
        order = sorted(range(x.shape[-1]), key=lambda j, line=x[i]: (-line[j], j))[:k]
        indices[i], values[i] = order, [x[i][j] for j in order]
    return values, indices


def searchsorted(x, v, side="left", sorter=None):
    x = x if sorter is None else [x[i] for i in sorter]
    place = bisect.bisect_left if side == "left" else bisect.bisect_right
    v = np.asarray(v)
    out = np.empty(v.shape, int)
    for i in np.ndindex(*v.shape):
        out[i] = place(list(x), v[i])
    return out


def digitize(x, bins, right=False):
    """Edges that a walk along `bins` has passed; an edge itself belongs to the bin on its right
    for right=False, which for falling bins is the one before it."""
    falling = bins[0] > bins[-1]
    out = np.empty(x.shape, int)
    for i in np.ndindex(*x.shape):
        if falling:
            out[i] = sum(b > x[i] or (b == x[i] and right) for b in bins)
        else:
            out[i] = sum(b < x[i] or (b == x[i] and not right) for b in bins)
    return out


def isin(x, test_elements, assume_unique=False, invert=False):
    out = np.empty(x.shape, bool)
    for i in np.ndindex(*x.shape):
        out[i] = any(x[i] == t for t in test_elements) != invert
    return out


def argwhere(x):
    found = [i for i in np.ndindex(*x.shape) if x[i] != 0]
    return np.array(found, int).reshape(len(found), x.ndim)


def nonzero(x):
    return tuple(argwhere(x)[:, axis] for axis in range(x.ndim))


def flatnonzero(x):
    return np.array([n for n, i in enumerate(np.ndindex(*x.shape)) if x[i] != 0], int)


def interp(x, xp, fp, left=None, right=None):
    def at(p):
        if p < xp[0]:
            return fp[0] if left is None else left
        if p > xp[-1]:
            return fp[-1] if right is None else right
        if len(xp) == 1:
            return fp[0]
        i = max(j for j in range(len(xp) - 1) if xp[j] <= p)
        part = (p - xp[i]) / (xp[i + 1] - xp[i])
        return (1 - part) * fp[i] + part * fp[i + 1]

    out = np.empty(x.shape)
    for i in np.ndindex(*x.shape):
        out[i] = at(x[i])
    return out


REFERENCES = {
    "sort": sort,
    "argsort": argsort,
    "top_k": top_k,
    "searchsorted": searchsorted,
    "digitize": digitize,
    "isin": isin,
    "nonzero": nonzero,
    "flatnonzero": flatnonzero,
    "argwhere": argwhere,
    "interp": interp,
}
