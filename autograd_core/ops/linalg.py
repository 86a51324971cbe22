"""Products of vectors and matrices.

Sums over any axes stand in contraction.py, the inverse and what belongs to it in solving.py,
factorisations in decompositions.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core.ops.contraction import einsum_arrays, tensordot
from autograd_core.ops.diagonals import diagonal
from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases


def _pairs(*shapes: tuple[tuple[int, ...], tuple[int, ...]], **params: Any) -> Any:
    """Samples of two arrays with these shapes."""
    return cases(
        lambda rng: [
            Sample((rng.normal(size=a), rng.normal(size=b)), dict(params)) for a, b in shapes
        ]
    )


def as_operand(value: Any) -> Any:
    """An array or Tensor as it is, anything else as an array."""
    return value if hasattr(value, "shape") else np.asarray(value)


# The matrix product.


@primitive(
    samples=_pairs(
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4)),
        ((2, 2, 3), (2, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 1)),
        ((3, 2, 3), (3, 2)),
        ((2, 3), (2, 3, 2)),
        ((3,), (2, 3, 2)),
        ((2, 2, 3), (3,)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
    ),
    numpy=(np.matmul, np.linalg.matmul),
)
def matmul(x, y):
    """Matrix product of the last two axes; the axes before them broadcast.

    x: (..., m, k) or (k,). y: (..., k, n) or (k,). The result has shape (..., m, n), without the
    axis of an operand that is a vector. Raises ValueError when the inner sizes differ.
    """
    try:
        if y.ndim == 2 and x.ndim > 2 and x.flags.c_contiguous:  # one product, not one a batch item
            rows = math.prod(x.shape[:-1])
            return np.matmul(x.reshape(rows, x.shape[-1]), y).reshape(*x.shape[:-1], y.shape[1])
        return np.matmul(x, y)
    except (ValueError, AttributeError):
        _refuse_product(np.shape(x), np.shape(y))
        raise


def _refuse_product(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if not a or not b:
        raise ValueError(f"matmul: both operands need an axis, {a} @ {b}; multiply numbers with *")
    if a[-1] != b[max(len(b) - 2, 0)]:
        first = len(a) > 1 and a[-2] == b[max(len(b) - 2, 0)] and a[-1] != b[-1]
        which = "first" if first or len(b) == 1 else "second"
        raise ValueError(f"matmul: inner sizes differ, {a} @ {b}; transpose the {which}?")
    raise ValueError(f"matmul: the leading axes do not broadcast, {a} @ {b}")


@matmul.vjp("x")
def matmul_vjp_x(g, x_shape, y):
    if len(x_shape) == 1:
        if y.ndim == 1:
            return g * y
        if y.ndim == 2:
            return y @ g
        return (y @ g.reshape(*g.shape, 1)).reshape(y.shape[:-1])
    if y.ndim == 1:
        return g.reshape(*g.shape, 1) * y
    if y.ndim == 2:
        return g @ y.T
    return g @ y.swapaxes(-1, -2)


@matmul.vjp("y")
def matmul_vjp_y(g, x, y_shape):
    if x.ndim == 1:
        if len(y_shape) == 1:
            return g * x
        return x.reshape(-1, 1) * g.reshape(*g.shape[:-1], 1, g.shape[-1])
    rows = math.prod(x.shape[:-1])
    if len(y_shape) == 1:
        return g.reshape(rows) @ x.reshape(rows, x.shape[-1])
    if len(y_shape) == 2:  # sums over the batch inside one product
        return x.reshape(rows, x.shape[-1]).T @ g.reshape(rows, g.shape[-1])
    return x.swapaxes(-1, -2) @ g


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=s),)) for s in ((2, 3), (2, 3, 1), (1, 2, 2, 3), (0, 2))
        ]
    ),
    numpy=(np.matrix_transpose, np.linalg.matrix_transpose),
)
def matrix_transpose(x):
    """The last two axes exchanged. Raises ValueError when there are fewer than two."""
    x = np.asarray(x)
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose: needs at least two axes, got shape {x.shape}")
    return x.swapaxes(-1, -2)


@matrix_transpose.vjp("x")
def matrix_transpose_vjp(g):
    return g.swapaxes(-1, -2)


# Products of vectors.


_DOT_SHAPES = (
    ((), ()),
    ((), (2, 3)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 1, 3), (2, 3, 2)),
    ((3,), (2, 3, 2)),
    ((0, 2), (2, 3)),
)


@composite(samples=_pairs(*_DOT_SHAPES), numpy=np.dot)
def dot(x, y):
    """Sum of products over the last axis of x and the last but one (or only) axis of y.

    Numbers are multiplied. For more than two axes of y this is not `matmul`: the result has all
    other axes of x, then all other axes of y.
    """
    x, y = as_operand(x), as_operand(y)
    if not x.ndim or not y.ndim:
        return x * y
    if y.ndim <= 2:
        return matmul(x, y)
    return tensordot(x, y, axes=(-1, -2))


@composite(samples=_pairs(((3,), (3,)), ((2, 3), (3, 2)), ((), ()), ((0,), (0,))), numpy=np.vdot)
def vdot(x, y):
    """Sum of the products of all entries in order, whatever the shapes. Sizes must be equal."""
    x, y = as_operand(x), as_operand(y)
    if x.size != y.size:
        raise ValueError(f"vdot: sizes differ, {x.size} {x.shape} and {y.size} {y.shape}")
    return matmul(x.reshape(x.size), y.reshape(y.size))


@composite(
    samples=_pairs(((3,), (3,)), ((2, 3), (4, 3)), ((2, 2, 3), (3,)), ((), (3,)), ((0, 2), (2,))),
    numpy=np.inner,
)
def inner(x, y):
    """Sum of products over the last axes of x and y; numbers are multiplied."""
    x, y = as_operand(x), as_operand(y)
    if not x.ndim or not y.ndim:
        return x * y
    return tensordot(x, y, axes=(-1, -1))


@composite(
    samples=_pairs(((2,), (3,)), ((2, 2), (3,)), ((), (2,)), ((0,), (2,))),
    numpy=(np.outer, np.linalg.outer),
)
def outer(x, y):
    """All products of an entry of x and an entry of y, shape (x.size, y.size)."""
    x, y = as_operand(x), as_operand(y)
    return x.reshape(x.size, 1) * y.reshape(1, y.size)


@composite(
    samples=_pairs(((3,), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (4, 3)), ((0, 3), (3,))),
    numpy=(np.vecdot, np.linalg.vecdot),
)
def vecdot(x, y, axis=-1):
    """Sum of products over one axis of both; the other axes broadcast."""
    x, y = as_operand(x), as_operand(y)
    if axis != -1:
        x, y = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    return einsum_arrays(x, y, subscripts="...i,...i->...")


@composite(
    samples=_pairs(
        ((2,), (3,)),
        ((2, 3), (2, 2)),
        ((3,), (2, 2)),
        ((2, 1, 2), (2, 3)),
        ((), (2,)),
        ((0, 2), (2, 2)),
    ),
    numpy=np.kron,
)
def kron(x, y):
    """Kronecker product: y repeated, scaled by each entry of x; sizes multiply axis by axis."""
    x, y = as_operand(x), as_operand(y)
    ndim = max(x.ndim, y.ndim)
    xs = (1,) * (ndim - x.ndim) + tuple(x.shape)
    ys = (1,) * (ndim - y.ndim) + tuple(y.shape)
    spread_x = tuple(size for pair in zip(xs, (1,) * ndim, strict=True) for size in pair)
    spread_y = tuple(size for pair in zip((1,) * ndim, ys, strict=True) for size in pair)
    product = x.reshape(spread_x) * y.reshape(spread_y)
    return product.reshape(tuple(a * b for a, b in zip(xs, ys, strict=True)))


def _cross_axes(axisa: int, axisb: int, axisc: int, axis: int | None) -> tuple[int, int, int]:
    return (axisa, axisb, axisc) if axis is None else (axis, axis, axis)


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=a), rng.normal(size=b)), params)
            for a, b, params in (
                ((3,), (3,), {}),
                ((2, 3), (2, 3), {}),
                ((2, 1, 3), (4, 3), {}),
                ((3, 2), (3, 2), {"axis": 0}),
                ((3, 2), (2, 3), {"axisa": 0, "axisc": 0}),
                ((2, 3, 1), (3,), {"axisa": 1}),
                ((3, 2), (4, 2, 3), {"axisa": 0}),
                ((4, 2, 3), (3, 2), {"axisb": 0, "axisc": 1}),
                ((0, 3), (3,), {}),
            )
        ]
    ),
    numpy=np.cross,
)
def cross(x, y, *, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Cross product of vectors with 3 entries; the other axes broadcast.

    axisa, axisb, axisc: where the vectors lie in x, in y and in the result; axis stands for all.
    """
    x, y = np.asarray(x), np.asarray(y)
    axisa, axisb, axisc = _cross_axes(axisa, axisb, axisc, axis)
    for name, array, where in (("x", x, axisa), ("y", y, axisb)):
        if not -array.ndim <= where < array.ndim:
            raise ValueError(f"cross: {name} has shape {array.shape}, which has no axis {where}")
        if array.shape[where] != 3:
            raise ValueError(
                f"cross: vectors need 3 entries, axis {where} of {name} has {array.shape[where]}; "
                "append a zero to vectors of the plane"
            )
    return np.cross(x, y, axisa=axisa, axisb=axisb, axisc=axisc)


@cross.vjp("x")
def cross_vjp_x(g, x_shape, y, axisa, axisb, axisc, axis):
    axisa, axisb, axisc = _cross_axes(axisa, axisb, axisc, axis)
    place = axisa % len(x_shape) - len(x_shape)  # counted from the end, as broadcasting does
    return cross(y, g, axisa=axisb, axisb=axisc, axisc=place)


@cross.vjp("y")
def cross_vjp_y(g, x, y_shape, axisa, axisb, axisc, axis):
    axisa, axisb, axisc = _cross_axes(axisa, axisb, axisc, axis)
    place = axisb % len(y_shape) - len(y_shape)
    return cross(g, x, axisa=axisc, axisb=axisa, axisc=place)


@composite(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=shape),), params)
            for shape, params in (
                ((3, 3), {}),
                ((2, 4), {"offset": 1}),
                ((4, 3), {"offset": -1}),
                ((2, 3, 4), {"axis1": -1, "axis2": 0}),
                ((2, 0, 0), {"axis1": 1, "axis2": 2}),
            )
        ]
    ),
    numpy=np.trace,
)
def trace(x, offset=0, axis1=0, axis2=1):
    """Sum of the diagonal i, i + offset of the matrices along axis1 and axis2."""
    return diagonal(x, offset=offset, axis1=axis1, axis2=axis2).sum(axis=-1)
