"""References for ops/shape.py, ops/tiling.py and ops/likes.py: entries moved one at a time."""

import math

import numpy as np


def built(shape, entry, dtype=np.float64):
    """An array of this shape whose entry at each index is entry(index)."""
    out = np.empty(shape, dtype)
    for index in np.ndindex(*shape):
        out[index] = entry(index)
    return out


def place(index, shape):
    """The place of an index in C order."""
    number = 0
    for i, n in zip(index, shape, strict=True):
        number = number * n + i
    return number


def index_of(number, shape):
    """The index at a place in C order."""
    index = []
    for n in reversed(shape):
        number, i = divmod(number, n)
        index.append(i)
    return tuple(reversed(index))


def tuple_of(value):
    return tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else (value,)


def reshape(x, shape):
    shape = list(tuple_of(shape))
    if -1 in shape:
        shape[shape.index(-1)] = x.size // -math.prod(shape)
    shape = tuple(shape)
    return built(shape, lambda i: x[index_of(place(i, shape), x.shape)])


def squeeze(x, axis=None):
    axes = [a for a, n in enumerate(x.shape) if n == 1] if axis is None else tuple_of(axis)
    axes = {a % x.ndim for a in axes}
    return reshape(x, [n for a, n in enumerate(x.shape) if a not in axes])


def expand_dims(x, axis):
    ndim = x.ndim + len(tuple_of(axis))
    axes = {a % ndim for a in tuple_of(axis)}
    sizes = iter(x.shape)
    return reshape(x, [1 if a in axes else next(sizes) for a in range(ndim)])


def broadcast_to(x, shape):
    extra = len(shape) - x.ndim
    return built(
        shape,
        lambda i: x[tuple(0 if n == 1 else j for j, n in zip(i[extra:], x.shape, strict=True))],
    )


def broadcast_arrays(*arrays):
    ndim = max(a.ndim for a in arrays)
    padded = [(1,) * (ndim - a.ndim) + a.shape for a in arrays]
    shape = tuple(next((n for n in sizes if n != 1), 1) for sizes in zip(*padded, strict=True))
    return tuple(broadcast_to(a, shape) for a in arrays)


def atleast_1d(x):
    return reshape(x, x.shape or (1,))


def atleast_2d(x):
    return reshape(x, {0: (1, 1), 1: (1, x.size)}.get(x.ndim, x.shape))


def atleast_3d(x):
    return reshape(x, {0: (1, 1, 1), 1: (1, x.size, 1), 2: (*x.shape, 1)}.get(x.ndim, x.shape))


def transpose(x, axes=None):
    axes = range(x.ndim)[::-1] if axes is None else [a % x.ndim for a in axes]

    def entry(index):
        source = [0] * x.ndim
        for i, axis in zip(index, axes, strict=True):
            source[axis] = i
        return x[tuple(source)]

    return built([x.shape[a] for a in axes], entry)


def swapaxes(x, axis1, axis2):
    axes = list(range(x.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return transpose(x, axes)


def moveaxis(x, source, destination):
    order = [None] * x.ndim
    for s, d in zip(tuple_of(source), tuple_of(destination), strict=True):
        order[d % x.ndim] = s % x.ndim
    rest = iter([a for a in range(x.ndim) if a not in order])
    return transpose(x, [next(rest) if a is None else a for a in order])


def flip(x, axis=None):
    axes = range(x.ndim) if axis is None else tuple_of(axis)
    axes = {a % x.ndim for a in axes}
    return built(
        x.shape, lambda i: x[tuple(x.shape[a] - 1 - j if a in axes else j for a, j in enumerate(i))]
    )


def rot90(x, k=1, axes=(0, 1)):
    """Quarter turns one by one: entry (i, j) of the turned plane is (j, n - 1 - i) of the old."""
    a, b = axes
    for _ in range(k % 4):
        shape = list(x.shape)
        shape[a], shape[b] = shape[b], shape[a]

        def entry(index, x=x):
            old = list(index)
            old[a], old[b] = index[b], x.shape[b] - 1 - index[a]
            return x[tuple(old)]

        x = built(shape, entry)
    return x


def roll(x, shift, axis=None):
    if axis is None:
        flat = [x[index_of(n, x.shape)] for n in range(x.size)]
        return built(x.shape, lambda i: flat[(place(i, x.shape) - shift) % x.size])
    shifts, axes = tuple_of(shift), tuple_of(axis)
    if len(shifts) == 1:
        shifts = shifts * len(axes)

    def entry(index):
        index = list(index)
        for s, a in zip(shifts, axes, strict=True):
            index[a] = (index[a] - s) % x.shape[a]
        return x[tuple(index)]

    return built(x.shape, entry)


# Tiling.


def repeat(x, repeats, axis=None):
    if axis is None:
        x, axis = reshape(x, (-1,)) if x.size else np.empty(0), 0
    axis %= x.ndim
    times = tuple_of(repeats)
    times = times * x.shape[axis] if len(times) == 1 else times
    source = [i for i, n in enumerate(times) for _ in range(n)]
    shape = (*x.shape[:axis], len(source), *x.shape[axis + 1 :])
    return built(shape, lambda i: x[(*i[:axis], source[i[axis]], *i[axis + 1 :])])


def tile(x, reps):
    reps = tuple_of(reps)
    ndim = max(len(reps), x.ndim)
    reps = (1,) * (ndim - len(reps)) + reps
    old = (1,) * (ndim - x.ndim) + x.shape
    new = [r * n for r, n in zip(reps, old, strict=True)]
    return built(
        new,
        lambda i: x[tuple(j % n for j, n in zip(i, old, strict=True))[ndim - x.ndim :]],
    )


def sources(size, before, after, mode):
    """For each place of a padded axis, the number of the entry that stands there, or None."""
    period = {"reflect": 2 * size - 2, "symmetric": 2 * size, "wrap": size}.get(mode)
    numbers = []
    for i in range(-before, size + after):
        if mode == "constant":
            numbers.append(i if 0 <= i < size else None)
        elif mode == "edge":
            numbers.append(min(max(i, 0), size - 1))
        elif size == 1:
            numbers.append(0)
        else:
            j = i % period
            numbers.append(j if j < size else period - j - (mode == "symmetric"))
    return numbers


def pad(x, pad_width, mode="constant", constant_values=0):
    widths = np.broadcast_to(pad_width, (x.ndim, 2)).tolist()
    values = np.broadcast_to(constant_values, (x.ndim, 2)).tolist()
    maps = [sources(n, *w, mode) for n, w in zip(x.shape, widths, strict=True)]

    def entry(index):
        chosen = [m[i] for m, i in zip(maps, index, strict=True)]
        if None in chosen:  # of several axes the last one decides
            axis = max(a for a, i in enumerate(chosen) if i is None)
            return values[axis][index[axis] >= widths[axis][0]]
        return x[tuple(chosen)]

    return built([len(m) for m in maps], entry)


# Likes.


def full_like(x, fill_value, dtype=None, shape=None):
    shape = x.shape if shape is None else shape
    values = broadcast_to(np.asarray(fill_value), shape)
    return np.array(values.tolist(), dtype or x.dtype).reshape(shape)


REFERENCES = {
    "reshape": reshape,
    "ravel": lambda x: reshape(x, (x.size,)),
    "squeeze": squeeze,
    "expand_dims": expand_dims,
    "copy": lambda x: built(x.shape, lambda i: x[i]),
    "broadcast_to": broadcast_to,
    "broadcast_arrays": broadcast_arrays,
    "atleast_1d": atleast_1d,
    "atleast_2d": atleast_2d,
    "atleast_3d": atleast_3d,
    "transpose": transpose,
    "swapaxes": swapaxes,
    "moveaxis": moveaxis,
    "flip": flip,
    "fliplr": lambda x: built(x.shape, lambda i: x[(i[0], -1 - i[1], *i[2:])]),
    "flipud": lambda x: built(x.shape, lambda i: x[(-1 - i[0], *i[1:])]),
    "rot90": rot90,
    "roll": roll,
    "repeat": repeat,
    "tile": tile,
    "pad": pad,
    "pad_constant": pad,
    "zeros_like": lambda x, dtype=None, shape=None: full_like(x, 0, dtype, shape),
    "ones_like": lambda x, dtype=None, shape=None: full_like(x, 1, dtype, shape),
    "full_like": full_like,
    "shape": lambda x: tuple(len(x.transpose(np.roll(range(x.ndim), -a))) for a in range(x.ndim)),
    "ndim": lambda x: len(x.strides),
    "size": lambda x: math.prod(x.shape),
    "result_type": lambda *values: sum(v.dtype.type(0) for v in values[:-1]).dtype,
}
