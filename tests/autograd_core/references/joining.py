"""References for ops/joining.py: nested Python lists, one entry at a time."""

import itertools

import numpy as np


def built(shape, entry):
    """An array of this shape whose entry at each index is entry(index)."""
    out = np.empty(shape)
    for index in np.ndindex(*shape):
        out[index] = entry(index)
    return out


def flat(x):
    return np.array([x[i] for i in np.ndindex(*x.shape)])


def concatenate(arrays, axis=0):
    if axis is None:
        arrays, axis = [flat(a) for a in arrays], 0
    axis %= arrays[0].ndim
    owners = [(which, i) for which, a in enumerate(arrays) for i in range(a.shape[axis])]
    shape = list(arrays[0].shape)
    shape[axis] = len(owners)

    def entry(index):
        which, i = owners[index[axis]]
        return arrays[which][(*index[:axis], i, *index[axis + 1 :])]

    return built(shape, entry)


def stack(arrays, axis=0):
    axis %= arrays[0].ndim + 1
    shape = (*arrays[0].shape[:axis], len(arrays), *arrays[0].shape[axis:])
    return built(shape, lambda i: arrays[i[axis]][(*i[:axis], *i[axis + 1 :])])


def with_axes(x, shape):
    """x with axes of size 1 so that it has this shape; entries keep their order."""
    entries = iter(flat(x))
    return built(shape, lambda _: next(entries))


def vstack(arrays):
    return concatenate([a if a.ndim > 1 else with_axes(a, (1, a.size)) for a in arrays])


def hstack(arrays):
    arrays = [a if a.ndim else with_axes(a, (1,)) for a in arrays]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


def dstack(arrays):
    shapes = {0: lambda s: (1, 1, 1), 1: lambda s: (1, *s, 1), 2: lambda s: (*s, 1)}
    return concatenate([with_axes(a, shapes[a.ndim](a.shape)) for a in arrays], 2)


def column_stack(arrays):
    rows = [[] for _ in range(len(arrays[0]))]
    for a in arrays:
        for row, entries in zip(rows, a.tolist(), strict=True):
            row.extend(entries if isinstance(entries, list) else [entries])
    return np.array(rows)


def append(x, values, axis=None):
    return concatenate([x, values], axis)


def block(arrays):
    """Matrices of matrices, or one row of vectors and numbers, written into place by place."""
    if not isinstance(arrays[0], list):
        return np.array([entry for a in arrays for entry in flat(a)])
    rows = sum(line[0].shape[0] for line in arrays)
    columns = sum(a.shape[1] for a in arrays[0])
    out = np.empty((rows, columns))
    top = 0
    for line in arrays:
        left = 0
        for a in line:
            for i, j in np.ndindex(*a.shape):
                out[top + i, left + j] = a[i, j]
            left += a.shape[1]
        top += line[0].shape[0]
    return out


def meshgrid(*vectors, indexing="xy", sparse=False):
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        axes[0], axes[1] = 1, 0
    shape = [0] * len(vectors)
    for axis, v in zip(axes, vectors, strict=True):
        shape[axis] = len(v)
    out = []
    for axis, v in zip(axes, vectors, strict=True):
        kept = [n if a == axis or not sparse else 1 for a, n in enumerate(shape)]
        out.append(built(kept, lambda i, axis=axis, v=v: v[i[axis]]))
    return tuple(out)


def part(x, start, stop, axis):
    chosen = list(range(x.shape[axis]))[start:stop]
    shape = [*x.shape]
    shape[axis] = len(chosen)
    return built(shape, lambda i: x[(*i[:axis], chosen[i[axis]], *i[axis + 1 :])])


def array_split(x, sections, axis=0):
    axis %= x.ndim
    size = x.shape[axis]
    if isinstance(sections, (list, tuple)):
        bounds = [0, *sections, size]
    else:  # the first size % sections parts are one longer
        bounds = [0]
        for number in range(sections):
            bounds.append(bounds[-1] + size // sections + (number < size % sections))
    return [part(x, start, stop, axis) for start, stop in itertools.pairwise(bounds)]


def unstack(x, axis=0):
    axis %= x.ndim
    rest = (*x.shape[:axis], *x.shape[axis + 1 :])
    return tuple(
        built(rest, lambda i, n=n: x[(*i[:axis], n, *i[axis:])]) for n in range(x.shape[axis])
    )


REFERENCES = {
    "concatenate": concatenate,
    "concatenate_arrays": lambda *arrays, axis=0: concatenate(arrays, axis),
    "stack": stack,
    "stack_arrays": lambda *arrays, axis=0: stack(arrays, axis),
    "vstack": vstack,
    "hstack": hstack,
    "dstack": dstack,
    "column_stack": column_stack,
    "append": append,
    "block": block,
    "meshgrid": meshgrid,
    "split_at": lambda x, points, axis=0: tuple(array_split(x, list(points), axis)),
    "unstack": unstack,
    "split": array_split,
    "array_split": array_split,
    "vsplit": lambda x, sections: array_split(x, sections, 0),
    "hsplit": lambda x, sections: array_split(x, sections, 1),
    "dsplit": lambda x, sections: array_split(x, sections, 2),
}
