"""Convolution as a matrix product: gathering the patches of an image, and the adjoint of that.

With ``columns`` from `im2col_2d` and a kernel in HWIO layout, the convolution is

    columns.reshape(N * OH * OW, KH * KW * C) @ kernel.reshape(KH * KW * C, F)

and `col2im_2d` carries the cotangent of ``columns`` back to the image. Both are linear and each is
the other's adjoint, so the pair serves derivatives of every order. The product itself is left to
the caller. Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks
for Document Processing" (2006).
"""

import numpy as np

from autograd_core.jit import kernel
from nn.kernels import geometry

_valid_taps = kernel(geometry.valid_taps)


# The loops below run over flat arrays with unsigned indices: numba asks of every signed one
# whether it counts from the end, and that keeps a loop from vectorising (2 to 10 times slower).
# Offsets are never negative, because valid_taps gives only taps inside the image.


@kernel
def _copy(source, source_start, target, target_start, count):
    s, t = np.uint64(source_start), np.uint64(target_start)
    for k in range(np.uint64(count)):
        target[t + k] = source[s + k]


@kernel
def _add(source, source_start, target, target_start, count):
    s, t = np.uint64(source_start), np.uint64(target_start)
    for k in range(np.uint64(count)):
        target[t + k] += source[s + k]


@kernel
def _clear(target, target_start, count):
    t = np.uint64(target_start)
    for k in range(np.uint64(count)):
        target[t + k] = 0


@kernel
def im2col_2d(
    x,  # (N, H, W, C)
    columns,  # (N, OH, OW, KH, KW, C), every element of the range is written
    kernel_h,
    kernel_w,
    stride_h,
    stride_w,
    dilation_h,
    dilation_w,
    pad_top,
    pad_left,
    lo,
    hi,
):
    """Copy the patch under every window position of images ``[lo, hi)`` into its row of columns.

    ``columns[n, i, j, p, q, c] = x[n, i * stride_h - pad_top + p * dilation_h,
    j * stride_w - pad_left + q * dilation_w, c]``, and 0 outside the image. Padding below and to
    the right follows from OH and OW. Both arrays are C-contiguous and of one floating dtype.
    """
    height, width, channels = x.shape[1], x.shape[2], x.shape[3]
    out_h, out_w = columns.shape[1], columns.shape[2]
    row_length = kernel_w * channels
    cells, rows = x.reshape(-1), columns.reshape(-1)
    for n in range(lo, hi):
        for i in range(out_h):
            top = i * stride_h - pad_top
            p_first, p_last = _valid_taps(top, dilation_h, kernel_h, height)
            for j in range(out_w):
                left = j * stride_w - pad_left
                q_first, q_last = _valid_taps(left, dilation_w, kernel_w, width)
                patch = ((n * out_h + i) * out_w + j) * kernel_h * row_length
                if (p_last - p_first) * (q_last - q_first) < kernel_h * kernel_w:
                    _clear(rows, patch, kernel_h * row_length)
                for p in range(p_first, p_last):
                    row = patch + p * row_length
                    first = ((n * height + top + p * dilation_h) * width + left) * channels
                    if dilation_w > 1:
                        for q in range(q_first, q_last):
                            tap = first + q * dilation_w * channels
                            _copy(cells, tap, rows, row + q * channels, channels)
                    elif q_first < q_last:  # taps that are neighbours in both arrays, as one run
                        skip = q_first * channels
                        _copy(cells, first + skip, rows, row + skip, q_last * channels - skip)


@kernel
def col2im_2d(
    columns,  # (N, OH, OW, KH, KW, C)
    x_grad,  # (N, H, W, C), added to
    kernel_h,
    kernel_w,
    stride_h,
    stride_w,
    dilation_h,
    dilation_w,
    pad_top,
    pad_left,
    lo,
    hi,
):
    """Add every patch of images ``[lo, hi)`` onto the cells that `im2col_2d` copied it from.

    The adjoint of `im2col_2d`: ``<im2col(x), columns> == <x, col2im(columns)>``. Entries that
    stand for padding are dropped. `x_grad` is accumulated into: pass zeros for the plain adjoint.
    Cells are summed in a fixed order, so the result does not depend on how ranges are split.
    """
    height, width, channels = x_grad.shape[1], x_grad.shape[2], x_grad.shape[3]
    out_h, out_w = columns.shape[1], columns.shape[2]
    row_length = kernel_w * channels
    cells, rows = x_grad.reshape(-1), columns.reshape(-1)
    for n in range(lo, hi):
        for i in range(out_h):
            top = i * stride_h - pad_top
            p_first, p_last = _valid_taps(top, dilation_h, kernel_h, height)
            for j in range(out_w):
                left = j * stride_w - pad_left
                q_first, q_last = _valid_taps(left, dilation_w, kernel_w, width)
                patch = ((n * out_h + i) * out_w + j) * kernel_h * row_length
                for p in range(p_first, p_last):
                    row = patch + p * row_length
                    first = ((n * height + top + p * dilation_h) * width + left) * channels
                    if dilation_w > 1:
                        for q in range(q_first, q_last):
                            tap = first + q * dilation_w * channels
                            _add(rows, row + q * channels, cells, tap, channels)
                    elif q_first < q_last:  # taps that are neighbours in both arrays, as one run
                        skip = q_first * channels
                        _add(rows, row + skip, cells, first + skip, q_last * channels - skip)
