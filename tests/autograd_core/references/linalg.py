"""References for ops/linalg.py, ops/contraction.py and ops/matrix_functions.py: sums in loops."""

import itertools
import math

import numpy as np


def built(shape, entry):
    """An array of this shape whose entry at each index is entry(index)."""
    out = np.empty(shape)
    for index in np.ndindex(*shape):
        out[index] = entry(index)
    return out


def summed(terms):
    return math.fsum(float(term) for term in terms)


def at(x, index):
    """The entry of x to which broadcasting brings this index."""
    own = index[len(index) - x.ndim :]
    return x[tuple(0 if n == 1 else i for i, n in zip(own, x.shape, strict=True))]


def matmul(x, y):
    a = x[None, :] if x.ndim == 1 else x
    b = y[:, None] if y.ndim == 1 else y
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    inner = range(a.shape[-1])
    out = built(
        (*lead, a.shape[-2], b.shape[-1]),
        lambda i: summed(at(a, (*i[:-1], k)) * at(b, (*i[:-2], k, i[-1])) for k in inner),
    )
    out = out[..., 0] if y.ndim == 1 else out
    return out[..., 0, :] if x.ndim == 1 and y.ndim > 1 else out[..., 0] if x.ndim == 1 else out


def contraction(operands, labels, output):
    """Sum over all values of the labels that `output` leaves out; a label is any hashable."""
    sizes = {}
    for operand, names in zip(operands, labels, strict=True):
        for name, size in zip(names, operand.shape, strict=True):
            sizes[name] = size if sizes.get(name, 1) == 1 else sizes[name]
    rest = [name for name in sizes if name not in output]

    def entry(index):
        value = dict(zip(output, index, strict=True))
        terms = []
        for assigned in itertools.product(*(range(sizes[name]) for name in rest)):
            value.update(zip(rest, assigned, strict=True))
            factors = [
                operand[
                    tuple(
                        0 if n == 1 else value[k] for k, n in zip(names, operand.shape, strict=True)
                    )
                ]
                for operand, names in zip(operands, labels, strict=True)
            ]
            terms.append(math.prod(float(f) for f in factors))
        return summed(terms)

    return built(tuple(sizes[name] for name in output), entry)


def einsum(subscripts, *operands):
    left, arrow, right = subscripts.partition("->")
    labels = []
    for term, operand in zip(left.split(","), operands, strict=True):
        before, dots, after = term.partition("...")
        extra = operand.ndim - len(before + after) if dots else 0
        labels.append([*before, *range(-extra, 0), *after])  # '...' becomes -2, -1
    dots = list(range(min([0, *(n for names in labels for n in names if isinstance(n, int))]), 0))
    if arrow:
        before, marked, after = right.partition("...")
        return contraction(operands, labels, [*before, *(dots if marked else ()), *after])
    letters = [c for c in left if c.isalpha()]
    return contraction(
        operands, labels, [*dots, *sorted(c for c in letters if letters.count(c) == 1)]
    )


def tensordot(x, y, axes=2):
    if isinstance(axes, int):
        axes = (list(range(-axes, 0)), list(range(axes)))
    first, second = ([a] if isinstance(a, int) else list(a) for a in axes)
    xs = [("x", i) for i in range(x.ndim)]
    ys = [("y", i) for i in range(y.ndim)]
    for i, j in zip(first, second, strict=True):
        ys[j] = xs[i]
    output = [name for name in xs if name not in ys] + [name for name in ys if name not in xs]
    return contraction((x, y), (xs, ys), output)


def dot(x, y):
    if not x.ndim or not y.ndim:
        return built(x.shape + y.shape, lambda i: x[i[: x.ndim]] * y[i[x.ndim :]])
    return tensordot(x, y, ([x.ndim - 1], [max(y.ndim - 2, 0)]))


def inner(x, y):
    if not x.ndim or not y.ndim:
        return dot(x, y)
    return tensordot(x, y, ([x.ndim - 1], [y.ndim - 1]))


def vecdot(x, y):
    shape = np.broadcast_shapes(x.shape, y.shape)
    return built(
        shape[:-1], lambda i: summed(at(x, (*i, k)) * at(y, (*i, k)) for k in range(shape[-1]))
    )


def kron(x, y):
    ndim = max(x.ndim, y.ndim)
    x = x.reshape((1,) * (ndim - x.ndim) + x.shape)
    y = y.reshape((1,) * (ndim - y.ndim) + y.shape)

    def entry(index):
        pairs = [divmod(i, n) for i, n in zip(index, y.shape, strict=True)]
        return x[tuple(q for q, _ in pairs)] * y[tuple(r for _, r in pairs)]

    return built(tuple(a * b for a, b in zip(x.shape, y.shape, strict=True)), entry)


def cross(x, y, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = np.rollaxis(x, axisa % x.ndim, x.ndim), np.rollaxis(y, axisb % y.ndim, y.ndim)

    def entry(index):
        *lead, k = index
        i, j = (k + 1) % 3, (k + 2) % 3
        return at(x, (*lead, i)) * at(y, (*lead, j)) - at(x, (*lead, j)) * at(y, (*lead, i))

    out = built(np.broadcast_shapes(x.shape, y.shape), entry)
    return np.rollaxis(out, out.ndim - 1, axisc % out.ndim)


def trace(x, offset=0, axis1=0, axis2=1):
    rows, columns = x.shape[axis1], x.shape[axis2]
    rest = [a for a in range(x.ndim) if a not in (axis1 % x.ndim, axis2 % x.ndim)]

    def entry(index):
        place = dict(zip(rest, index, strict=True))
        terms = []
        for i in range(rows):
            if 0 <= i + offset < columns:
                place |= {axis1 % x.ndim: i, axis2 % x.ndim: i + offset}
                terms.append(x[tuple(place[a] for a in range(x.ndim))])
        return summed(terms)

    return built(tuple(x.shape[a] for a in rest), entry)


def multi_dot(arrays):
    product = arrays[0]
    for array in arrays[1:]:
        product = matmul(product, array)
    return product


def matrix_power(x, n):
    from tests.autograd_core.references.decompositions import inv

    factor = inv(x) if n < 0 else x
    power = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    for _ in range(abs(n)):
        power = matmul(power, factor)
    return power


def expm(x):
    """The power series, in extended precision."""
    x = x.astype(np.longdouble)
    term = total = np.broadcast_to(np.eye(x.shape[-1], dtype=np.longdouble), x.shape)
    for k in range(1, 200):
        term = sum(term[..., :, j, None] * x[..., None, j, :] for j in range(x.shape[-1])) / k
        total = total + term
    return total.astype(np.float64)


REFERENCES = {
    "matmul": matmul,
    "matrix_transpose": lambda x: built(
        (*x.shape[:-2], x.shape[-1], x.shape[-2]), lambda i: x[(*i[:-2], i[-1], i[-2])]
    ),
    "einsum": einsum,
    "einsum_arrays": lambda *operands, subscripts: einsum(subscripts, *operands),
    "tensordot": tensordot,
    "dot": dot,
    "vdot": lambda x, y: np.asarray(summed(a * b for a, b in zip(x.flat, y.flat, strict=True))),
    "inner": inner,
    "outer": lambda x, y: built((x.size, y.size), lambda i: x.flat[i[0]] * y.flat[i[1]]),
    "vecdot": vecdot,
    "kron": kron,
    "cross": cross,
    "trace": trace,
    "multi_dot": multi_dot,
    "matrix_power": matrix_power,
    "expm": expm,
}
