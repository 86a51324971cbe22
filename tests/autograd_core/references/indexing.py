"""References for ops/indexing.py, ops/gathering.py and ops/diagonals.py: loops over entries."""

import itertools

import numpy as np


def built(shape, entry, dtype=np.float64):
    """An array of this shape whose entry at each index is entry(index)."""
    out = np.empty(shape, dtype)
    for index in np.ndindex(*shape):
        out[index] = entry(index)
    return out


def addressed(shape, index):
    """The shape of x[index] and, for each of its entries in C order, the index into x.

    Written after NumPy's description of indexing: masks stand for the indices where they are true,
    all integers and index arrays are broadcast together, and their axes take the place of the first
    of them when they stand side by side (slices, None and Ellipsis in between), else the front.
    """
    index = index if isinstance(index, tuple) else (index,)
    parts = []
    for item in index:
        if isinstance(item, (list, np.ndarray)):
            item = np.array(item) if len(np.shape(item)) and np.size(item) else np.array(item, int)
        if isinstance(item, np.ndarray) and item.dtype == bool:
            true = [i for i in np.ndindex(*item.shape) if item[i]]
            parts += [np.array([i[a] for i in true], int) for a in range(item.ndim)]
        else:
            parts.append(item)
    consumed = sum(item is not None and item is not Ellipsis for item in parts)
    where = next((p for p, item in enumerate(parts) if item is Ellipsis), len(parts))
    fill = [slice(None)] * (len(shape) - consumed)
    parts = parts[:where] + fill + parts[where + 1 :]

    advanced = [p for p, item in enumerate(parts) if isinstance(item, (int, np.ndarray))]
    arrays = any(isinstance(parts[p], np.ndarray) for p in advanced)
    common = np.broadcast_shapes(*(np.shape(parts[p]) for p in advanced)) if arrays else ()
    together = bool(advanced) and advanced == list(range(advanced[0], advanced[-1] + 1))
    first = advanced[0] if together else 0

    axes, size_of = [], []  # for each part, a function from (common index, its own number) to i
    axis = 0
    for item in parts:
        if item is None:
            size_of.append(1)
            axes.append(None)
            continue
        n = shape[axis]
        axis += 1
        if isinstance(item, slice):
            axes.append(list(range(n))[item])
            size_of.append(len(axes[-1]))
        else:
            axes.append((np.broadcast_to(item, common), n))
            size_of.append(None)
    before = [s for s in size_of[:first] if s is not None]
    after = [s for s in size_of[first:] if s is not None]
    result = (*before, *common, *after)

    found = []
    for out in np.ndindex(*result):
        at = out[len(before) : len(before) + len(common)]
        own = iter(out[: len(before)] + out[len(before) + len(common) :])
        source = []
        for entry in axes:
            if entry is None:
                next(own)
            elif isinstance(entry, list):
                source.append(entry[next(own)])
            else:
                source.append(int(entry[0][at]) % entry[1])
        found.append(tuple(source))
    return result, found


def getitem(x, index):
    shape, found = addressed(x.shape, index)
    entries = iter(found)
    return built(shape, lambda _: x[next(entries)])


def index_add(x, index, value):
    out = x.copy()
    shape, found = addressed(x.shape, index)
    for entry, v in zip(found, np.broadcast_to(value, shape).flat, strict=True):
        out[entry] += v
    return out


def index_update(x, index, value):
    out = x.copy()
    shape, found = addressed(x.shape, index)
    for entry, v in zip(found, np.broadcast_to(value, shape).flat, strict=True):
        out[entry] = v
    return out


# Gathering.


def take(x, indices, axis=None, mode="raise"):
    if axis is None:
        x, axis = np.array([x[i] for i in np.ndindex(*x.shape)]), 0
    axis %= x.ndim
    n = x.shape[axis]
    number = {
        "raise": lambda i: i + n if i < 0 else i,
        "clip": lambda i: min(max(i, 0), n - 1),
        "wrap": lambda i: i % n,
    }[mode]
    k = axis + np.ndim(indices)
    shape = (*x.shape[:axis], *np.shape(indices), *x.shape[axis + 1 :])
    return built(
        shape,
        lambda i: x[(*i[:axis], number(int(np.asarray(indices)[i[axis:k]])), *i[k:])],
    )


def compress(condition, x, axis=None):
    return take(x, np.array([i for i, c in enumerate(condition) if c], int), axis)


def extract(condition, x):
    return np.array([x[i] for i in np.ndindex(*x.shape) if condition[i]])


def delete(x, obj, axis=None):
    size = x.size if axis is None else x.shape[axis]
    gone = {int(i) % size for i in np.atleast_1d(obj)}
    return take(x, np.array([i for i in range(size) if i not in gone], int), axis)


def take_along_axis(x, indices, axis=-1):
    if axis is None:
        x, axis = np.array([x[i] for i in np.ndindex(*x.shape)]), 0
    axis %= x.ndim
    shape = list(
        np.broadcast_shapes(*([s[:axis] + s[axis + 1 :] for s in (x.shape, indices.shape)]))
    )
    shape.insert(axis, indices.shape[axis])

    def limited(index, sizes):
        return tuple(0 if n == 1 else i for i, n in zip(index, sizes, strict=True))

    def entry(index):
        pointer = indices[limited(index, indices.shape)]
        return x[limited(index[:axis], x.shape[:axis])][(pointer, *index[axis + 1 :])]

    return built(shape, entry)


def put_along_axis(x, indices, values, axis=-1):
    axis %= x.ndim
    out = x.copy()
    shape = tuple(indices.shape[a] if a == axis else n for a, n in enumerate(x.shape))
    values = np.broadcast_to(values, shape)
    indices = np.broadcast_to(indices, shape)
    for i in np.ndindex(*shape):
        out[(*i[:axis], indices[i], *i[axis + 1 :])] = values[i]
    return out


def choose(indices, choices):
    arrays = np.broadcast_arrays(indices, *choices)
    return built(arrays[0].shape, lambda i: arrays[1 + arrays[0][i]][i])


def select(condlist, choicelist, default=0):
    arrays = np.broadcast_arrays(*condlist, *choicelist, default)
    n = len(condlist)

    def entry(index):
        for condition, choice in zip(arrays[:n], arrays[n:-1], strict=True):
            if condition[index]:
                return choice[index]
        return arrays[-1][index]

    return built(arrays[0].shape, entry)


def segment_sum(x, segment_ids, num_segments=None):
    if num_segments is None:
        num_segments = max(segment_ids) + 1
    out = np.zeros((num_segments, *x.shape[1:]))
    for row, s in zip(x, segment_ids, strict=True):
        out[s] = out[s] + row
    return out


def one_hot(indices, num_classes, axis=-1, dtype=np.float64):
    indices = np.asarray(indices)
    axis %= indices.ndim + 1
    shape = (*indices.shape[:axis], num_classes, *indices.shape[axis:])
    return built(shape, lambda i: float(indices[(*i[:axis], *i[axis + 1 :])] == i[axis]), dtype)


# Diagonals.


def diagonal(x, offset=0, axis1=0, axis2=1):
    axis1, axis2 = axis1 % x.ndim, axis2 % x.ndim
    rest = [n for a, n in enumerate(x.shape) if a not in (axis1, axis2)]
    pairs = [
        (i, j)
        for i, j in itertools.product(range(x.shape[axis1]), range(x.shape[axis2]))
        if j - i == offset
    ]

    def entry(index):
        others = iter(index[:-1])
        at = dict(zip((axis1, axis2), pairs[index[-1]], strict=True))
        return x[tuple(at[a] if a in at else next(others) for a in range(x.ndim))]

    return built((*rest, len(pairs)), entry)


def diagonal_zeros(g, shape, offset=0, axis1=0, axis2=1):
    ndim = len(shape)
    axis1, axis2 = axis1 % ndim, axis2 % ndim

    def entry(index):
        i, j = index[axis1], index[axis2]
        if j - i != offset:
            return 0.0
        return g[(*(n for a, n in enumerate(index) if a not in (axis1, axis2)), min(i, j))]

    return built(shape, entry)


def diag(x, k=0):
    if x.ndim == 2:
        return diagonal(x, k)
    n = len(x) + abs(k)
    return diagonal_zeros(x, (n, n), k)


def diagflat(x, k=0):
    return diag(np.array([x[i] for i in np.ndindex(*x.shape)]), k)


REFERENCES = {
    "getitem": getitem,
    "index_add_zeros": lambda g, index, shape: index_add(np.zeros(shape), index, g),
    "index_assign": lambda x, value, index: index_update(x, index, value),
    "index_update": index_update,
    "index_add": index_add,
    "take": take,
    "compress": compress,
    "extract": extract,
    "delete": delete,
    "take_along_axis": take_along_axis,
    "put_along_axis": put_along_axis,
    "choose": choose,
    "select": select,
    "segment_sum": segment_sum,
    "one_hot": one_hot,
    "diagonal": diagonal,
    "diagonal_zeros": diagonal_zeros,
    "diag": diag,
    "diagflat": diagflat,
    "tril": lambda x, k=0: built(x.shape, lambda i: x[i] if i[-1] - i[-2] <= k else 0.0),
    "triu": lambda x, k=0: built(x.shape, lambda i: x[i] if i[-1] - i[-2] >= k else 0.0),
}
