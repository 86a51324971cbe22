"""Two-dimensional max and average pooling.

Max pooling routes each window's cotangent to the cell that won; at ties the first cell in row-major
order wins. Both poolings are linear once the winners are fixed, so each comes with its adjoint,
whose own derivative is the pooling again. Images are NHWC.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import primitive
from autograd_core.samples import Sample, cases
from nn import kernels
from nn.kernels.geometry import WindowGeometry, window_geometry

__all__ = ["average_pool2d", "average_pool2d_adjoint", "max_pool2d"]

_SETTINGS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 4, 4, 2), {"pool": (2, 2), "strides": (2, 2), "padding": "valid"}),
    ((1, 5, 4, 1), {"pool": (3, 2), "strides": (2, 1), "padding": "same"}),
    ((1, 3, 3, 2), {"pool": (2, 2), "strides": (1, 1), "padding": "valid"}),  # overlapping
    ((0, 4, 4, 2), {"pool": (2, 2), "strides": (2, 2), "padding": "valid"}),
]


def _image_samples(rng: np.random.Generator) -> list[Sample]:
    # A shuffled grid: no two cells are closer than a finite-difference step.
    return [
        Sample((rng.permutation(np.linspace(-1, 1, int(np.prod(shape)))).reshape(shape),), params)
        for shape, params in _SETTINGS
    ]


def _adjoint_samples(rng: np.random.Generator) -> list[Sample]:
    made = []
    for shape, params in _SETTINGS:
        output = _geometry("average_pool2d", shape, **params).output
        g = rng.normal(size=(shape[0], *output, shape[3]))
        made.append(Sample((g,), {"size": shape[1:3], **params}))
    return made


def _geometry(name: str, shape: Any, pool: Any, strides: Any, padding: str) -> WindowGeometry:
    if len(shape) != 4:
        raise ValueError(f"{name}: expected images (batch, height, width, channels), got {shape}")
    return window_geometry(name, shape[1:3], pool, strides, padding=padding)


def _contiguous(x: np.ndarray, name: str) -> np.ndarray:
    if x.dtype.kind != "f":
        raise TypeError(f"{name}: expected floats, got {x.dtype}; cast with astype('float32')")
    return np.ascontiguousarray(x, dtype=np.float32 if x.dtype == np.float16 else x.dtype)


# Max pooling.


def max_pool2d(x: Any, *, pool: Any, strides: Any, padding: str = "valid") -> Any:
    """The largest cell of every window.

    x: (N, H, W, C). Result: (N, OH, OW, C). pool, strides: pairs. padding: 'valid' or 'same';
    cells outside the image never win. A NaN in a window is its maximum.
    """
    return max_pool2d_with_indices(x, pool=pool, strides=strides, padding=padding)[0]


@primitive(samples=cases(_image_samples))
def max_pool2d_with_indices(x, *, pool, strides, padding="valid"):
    """(maxima, indices): indices are int32 positions h * W + w of the winners in their image."""
    geometry = _geometry("max_pool2d", x.shape, pool, strides, padding)
    images = _contiguous(x, "max_pool2d")
    shape = (x.shape[0], *geometry.output, x.shape[3])
    out, indices = np.empty(shape, images.dtype), np.empty(shape, np.int32)
    before = geometry.pad_before
    kernels.pool.max_pool_2d(images, out, indices, *pool, *strides, *before, 0, x.shape[0])
    indices.flags.writeable = False  # so that the backward pass takes it without a copy
    return out.astype(x.dtype, copy=False), indices


@max_pool2d_with_indices.vjp("x")
def max_pool2d_with_indices_vjp(g, out, x_shape):
    return scatter_cells(g[0], indices=out[1], size=x_shape[1:3])


def _cell_samples(rng: np.random.Generator, scatter: bool) -> list[Sample]:
    indices = np.array([0, 3, 8, 3], np.int32).reshape(1, 2, 2, 1)  # one cell twice
    if scatter:
        return [Sample((rng.normal(size=(1, 2, 2, 1)),), {"indices": indices, "size": (3, 3)})]
    return [Sample((rng.normal(size=(1, 3, 3, 1)),), {"indices": indices})]


@primitive(samples=cases(lambda rng: _cell_samples(rng, True)))
def scatter_cells(g, *, indices, size):
    """Zeros of (N, *size, C) with each element of g added to the cell that `indices` names."""
    cells = _contiguous(g, "scatter_cells")
    images = np.zeros((g.shape[0], *size, g.shape[3]), cells.dtype)
    kernels.pool.max_pool_2d_backward(cells, indices, images, 0, g.shape[0])
    return images.astype(g.dtype, copy=False)


@scatter_cells.vjp("g")
def scatter_cells_vjp(g, indices):
    return gather_cells(g, indices=indices)


@primitive(samples=cases(lambda rng: _cell_samples(rng, False)))
def gather_cells(x, *, indices):
    """The cells of x (N, H, W, C) that `indices` (N, OH, OW, C) names."""
    images = _contiguous(x, "gather_cells")
    out = np.empty(indices.shape, images.dtype)
    kernels.pool.max_pool_2d_gather(images, indices, out, 0, x.shape[0])
    return out.astype(x.dtype, copy=False)


@gather_cells.vjp("x")
def gather_cells_vjp(g, x_shape, indices):
    return scatter_cells(g, indices=indices, size=x_shape[1:3])


# Average pooling.


@primitive(samples=cases(_image_samples))
def average_pool2d(x, *, pool, strides, padding="valid"):
    """The mean of every window, over its cells inside the image.

    x: (N, H, W, C). Result: (N, OH, OW, C). pool, strides: pairs. padding: 'valid' or 'same'.
    """
    geometry = _geometry("average_pool2d", x.shape, pool, strides, padding)
    images = _contiguous(x, "average_pool2d")
    out = np.empty((x.shape[0], *geometry.output, x.shape[3]), images.dtype)
    before = geometry.pad_before
    kernels.pool.average_pool_2d(images, out, *pool, *strides, *before, 0, x.shape[0])
    return out.astype(x.dtype, copy=False)


@average_pool2d.vjp("x")
def average_pool2d_vjp(g, x_shape, pool, strides, padding):
    return average_pool2d_adjoint(g, size=x_shape[1:3], pool=pool, strides=strides, padding=padding)


@primitive(samples=cases(_adjoint_samples))
def average_pool2d_adjoint(g, *, size, pool, strides, padding="valid"):
    """Each cotangent spread evenly over the cells of its window: (N, *size, C)."""
    shape = (g.shape[0], *size, g.shape[3])
    geometry = _geometry("average_pool2d_adjoint", shape, pool, strides, padding)
    if g.shape[1:3] != geometry.output:
        raise ValueError(
            f"average_pool2d_adjoint: expected a cotangent of size {geometry.output}, got {g.shape}"
        )
    cells = _contiguous(g, "average_pool2d_adjoint")
    images = np.zeros(shape, cells.dtype)
    before = geometry.pad_before
    kernels.pool.average_pool_2d_backward(cells, images, *pool, *strides, *before, 0, g.shape[0])
    return images.astype(g.dtype, copy=False)


@average_pool2d_adjoint.vjp("g")
def average_pool2d_adjoint_vjp(g, pool, strides, padding):
    return average_pool2d(g, pool=pool, strides=strides, padding=padding)
