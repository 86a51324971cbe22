"""Two-dimensional convolution (cross-correlation) and its two adjoints.

Convolution is bilinear in the images and the kernel, so its adjoint to the images and its adjoint
to the kernel are bilinear too, and each of the three has the other two as its derivatives: the
family is closed, and derivatives of any order come from the same three primitives.

Images are NHWC, kernels HWIO: (height, width, input channels / groups, filters).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_core import primitive
from autograd_core.samples import Sample, cases
from nn import kernels
from nn.kernels.geometry import window_geometry

__all__ = ["conv2d", "conv2d_input_adjoint", "conv2d_kernel_adjoint"]

Pair = tuple[int, int]


class _Plan(NamedTuple):
    """Everything about one convolution that its arrays do not say."""

    size: Pair  # of the images
    window: Pair
    strides: Pair
    dilation: Pair
    output: Pair
    pad: Pair  # before

    @property
    def pointwise(self) -> bool:
        """A 1x1 kernel at every position: the images are their own columns."""
        return self.window == self.strides == (1, 1) and self.output == self.size

    def arguments(self, count: int) -> tuple[int, ...]:
        return (*self.window, *self.strides, *self.dilation, *self.pad, 0, count)


def _plan(size: Any, window: Any, strides: Any, padding: str, dilation: Any) -> _Plan:
    geometry = window_geometry(
        "conv2d", size, window, strides, dilation=dilation, padding=padding, term="kernel"
    )
    return _Plan(
        tuple(size),
        tuple(window),
        tuple(strides),
        tuple(dilation),
        geometry.output,  # type: ignore[arg-type]
        geometry.pad_before,  # type: ignore[arg-type]
    )


def _same_dtype(*arrays: Any) -> tuple[np.dtype, list[np.ndarray]]:
    """The arrays, contiguous, in one dtype that the kernels know, and the result's dtype."""
    dtype = np.result_type(*arrays)
    if dtype.kind != "f":
        raise TypeError(
            f"conv2d: expected floats, got {' and '.join(str(a.dtype) for a in arrays)}"
        )
    computed = np.dtype(np.float32) if dtype == np.float16 else dtype
    return dtype, [np.ascontiguousarray(a, dtype=computed) for a in arrays]


def _check(x: Any, w: Any, groups: int) -> None:
    if x.ndim != 4 or w.ndim != 4:
        raise ValueError(
            "conv2d: expected images (batch, height, width, channels) and a kernel (height, width, "
            f"channels, filters), got shapes {x.shape} and {w.shape}"
        )
    if x.shape[3] != w.shape[2] * groups:
        raise ValueError(
            f"conv2d: the kernel {w.shape} with groups={groups} takes {w.shape[2] * groups} input "
            f"channels, the images {x.shape} have {x.shape[3]}"
        )
    if w.shape[3] % groups:
        raise ValueError(f"conv2d: {w.shape[3]} filters cannot be split into {groups} groups")


def _columns(x: np.ndarray, plan: _Plan) -> np.ndarray:
    """The patch under every output position: (N * OH * OW, KH * KW, C)."""
    count, channels = x.shape[0], x.shape[3]
    taps = plan.window[0] * plan.window[1]
    if plan.pointwise:
        return x.reshape(count * plan.size[0] * plan.size[1], taps, channels)
    columns = np.empty((count, *plan.output, *plan.window, channels), x.dtype)
    kernels.conv.im2col_2d(x, columns, *plan.arguments(count))
    return columns.reshape(count * plan.output[0] * plan.output[1], taps, channels)


def _grouped(columns: np.ndarray, groups: int) -> np.ndarray:
    """(P, K, C) -> (groups, P, K * C / groups)."""
    positions, taps, channels = columns.shape
    if groups == 1:
        return columns.reshape(1, positions, taps * channels)
    split = columns.reshape(positions, taps, groups, channels // groups)
    grouped = np.ascontiguousarray(split.transpose(2, 0, 1, 3))
    return grouped.reshape(groups, positions, taps * channels // groups)


def _kernel_matrices(w: np.ndarray, groups: int) -> np.ndarray:
    """(KH, KW, C / groups, F) -> (groups, KH * KW * C / groups, F / groups)."""
    rows, filters = w.size // max(w.shape[3], 1), w.shape[3]
    return w.reshape(rows, groups, filters // groups).transpose(1, 0, 2)


def _output_matrices(g: np.ndarray, groups: int) -> np.ndarray:
    """(N, OH, OW, F) -> (groups, N * OH * OW, F / groups)."""
    filters = g.shape[3]
    positions = g.shape[0] * g.shape[1] * g.shape[2]
    return g.reshape(positions, groups, filters // groups).transpose(1, 0, 2)


def _samples_for(kind: str) -> Any:
    settings: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
        ((2, 4, 4, 2), (3, 3, 2, 3), {}),
        ((1, 5, 4, 1), (2, 3, 1, 2), {"padding": "same", "strides": (2, 1)}),
        ((2, 3, 3, 2), (1, 1, 2, 2), {}),
        ((1, 5, 5, 4), (2, 2, 2, 4), {"groups": 2, "dilation": (2, 1)}),
        ((1, 4, 4, 2), (1, 1, 2, 1), {"strides": (2, 2)}),
        ((0, 4, 4, 2), (3, 3, 2, 1), {}),
    ]

    def make(rng: np.random.Generator) -> list[Sample]:
        made = []
        for x_shape, w_shape, given in settings:
            params = {
                "strides": (1, 1),
                "padding": "valid",
                "dilation": (1, 1),
                "groups": 1,
                **given,
            }
            plan = _plan(
                x_shape[1:3], w_shape[:2], params["strides"], params["padding"], params["dilation"]
            )
            x, w = rng.normal(size=x_shape), rng.normal(size=w_shape)
            g = rng.normal(size=(x_shape[0], *plan.output, w_shape[3]))
            if kind == "forward":
                made.append(Sample((x, w), params))
            elif kind == "input":
                made.append(Sample((g, w), {"size": x_shape[1:3], **params}))
            else:
                made.append(Sample((x, g), {"window": w_shape[:2], **params}))
        return made

    return cases(make)


# Forward.


@primitive(samples=_samples_for("forward"))
def conv2d(x, w, *, strides=(1, 1), padding="valid", dilation=(1, 1), groups=1):
    """The cross-correlation of images with a kernel.

    x: (N, H, W, C). w: (KH, KW, C / groups, F). Result: (N, OH, OW, F).
    strides, dilation: pairs. padding: 'valid' or 'same' (TensorFlow's convention).

    Raises ValueError where ranks, channels or groups do not fit or the kernel is larger than the
    image.
    """
    _check(x, w, groups)
    plan = _plan(x.shape[1:3], w.shape[:2], strides, padding, dilation)
    dtype, (x, w) = _same_dtype(x, w)
    product = np.matmul(_grouped(_columns(x, plan), groups), _kernel_matrices(w, groups))
    out = product.transpose(1, 0, 2).reshape(x.shape[0], *plan.output, w.shape[3])
    return out.astype(dtype, copy=False)


@conv2d.vjp("x")
def conv2d_vjp_x(g, x_shape, w, strides, padding, dilation, groups):
    return conv2d_input_adjoint(
        g,
        w,
        size=x_shape[1:3],
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


@conv2d.vjp("w")
def conv2d_vjp_w(g, x, w_shape, strides, padding, dilation, groups):
    return conv2d_kernel_adjoint(
        x,
        g,
        window=w_shape[:2],
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


# Adjoint to the images: the transposed convolution.


@primitive(samples=_samples_for("input"))
def conv2d_input_adjoint(g, w, *, size, strides=(1, 1), padding="valid", dilation=(1, 1), groups=1):
    """The adjoint of x -> conv2d(x, w) for images of `size`, applied to g.

    g: (N, OH, OW, F). w: (KH, KW, C / groups, F). Result: (N, *size, C).
    """
    plan = _plan(size, w.shape[:2], strides, padding, dilation)
    if g.ndim != 4 or g.shape[1:] != (*plan.output, w.shape[3]):
        raise ValueError(
            f"conv2d_input_adjoint: expected a cotangent (batch, {plan.output}, {w.shape[3]}), "
            f"got the shape {g.shape}"
        )
    dtype, (g, w) = _same_dtype(g, w)
    count, channels = g.shape[0], w.shape[2] * groups
    product = np.matmul(
        _output_matrices(g, groups), _kernel_matrices(w, groups).transpose(0, 2, 1)
    )  # (groups, P, K * C / groups)
    taps = plan.window[0] * plan.window[1]
    if groups > 1:
        split = product.reshape(groups, product.shape[1], taps, channels // groups)
        product = split.transpose(1, 2, 0, 3)
    if plan.pointwise:
        return product.reshape(count, *plan.size, channels).astype(dtype, copy=False)
    columns = np.ascontiguousarray(product).reshape(count, *plan.output, *plan.window, channels)
    images = np.zeros((count, *plan.size, channels), g.dtype)
    kernels.conv.col2im_2d(columns, images, *plan.arguments(count))
    return images.astype(dtype, copy=False)


@conv2d_input_adjoint.vjp("g")
def conv2d_input_adjoint_vjp_g(g, w, strides, padding, dilation, groups):
    return conv2d(g, w, strides=strides, padding=padding, dilation=dilation, groups=groups)


# Here the rule's own cotangent has the shape of the images, and the saved g that of the output.
def _input_adjoint_vjp_w(cotangent, g, w_shape, strides, padding, dilation, groups):
    return conv2d_kernel_adjoint(
        cotangent,
        g,
        window=w_shape[:2],
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


conv2d_input_adjoint.vjp("w")(_input_adjoint_vjp_w)


# Adjoint to the kernel.


@primitive(samples=_samples_for("kernel"))
def conv2d_kernel_adjoint(
    x, g, *, window, strides=(1, 1), padding="valid", dilation=(1, 1), groups=1
):
    """The adjoint of w -> conv2d(x, w) for kernels of `window`, applied to g.

    x: (N, H, W, C). g: (N, OH, OW, F). Result: (*window, C / groups, F).
    """
    plan = _plan(x.shape[1:3], window, strides, padding, dilation)
    if g.ndim != 4 or g.shape[:3] != (x.shape[0], *plan.output):
        raise ValueError(
            f"conv2d_kernel_adjoint: expected a cotangent ({x.shape[0]}, {plan.output}, filters), "
            f"got the shape {g.shape}"
        )
    dtype, (x, g) = _same_dtype(x, g)
    filters, channels = g.shape[3], x.shape[3]
    columns = _grouped(_columns(x, plan), groups)
    product = np.matmul(columns.transpose(0, 2, 1), _output_matrices(g, groups))
    kernel = product.transpose(1, 0, 2).reshape(*plan.window, channels // groups, filters)
    return kernel.astype(dtype, copy=False)


def _kernel_adjoint_vjp_x(cotangent, x_shape, g, strides, padding, dilation, groups):
    return conv2d_input_adjoint(
        g,
        cotangent,
        size=x_shape[1:3],
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


def _kernel_adjoint_vjp_g(cotangent, x, strides, padding, dilation, groups):
    return conv2d(x, cotangent, strides=strides, padding=padding, dilation=dilation, groups=groups)


conv2d_kernel_adjoint.vjp("x")(_kernel_adjoint_vjp_x)
conv2d_kernel_adjoint.vjp("g")(_kernel_adjoint_vjp_g)
