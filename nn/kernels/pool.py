"""Max and average pooling over windows of an image, with their adjoints.

Padding never takes part: a maximum is over the window's cells inside the image, an average divides
by their number (as TensorFlow and Keras do under ``padding="same"``). A window without any such
cell raises ValueError. Windows may overlap; their order of summation is fixed, so results do not
depend on how ranges are split.

A maximum is remembered as the index ``h * W + w`` of its cell in the image. That makes the adjoint
a scatter and the adjoint of the adjoint a gather that both need no window arithmetic, and through
which pooling can be differentiated any number of times.
"""

from autograd_core.jit import kernel
from nn.kernels import geometry

_valid_taps = kernel(geometry.valid_taps)


@kernel
def max_pool_2d(
    x,  # (N, H, W, C), H * W < 2**31
    out,  # (N, OH, OW, C)
    argmax,  # (N, OH, OW, C) int32
    pool_h,
    pool_w,
    stride_h,
    stride_w,
    pad_top,
    pad_left,
    lo,
    hi,
):
    """Largest cell of every window of images ``[lo, hi)`` into `out`, its index into `argmax`.

    Of equal cells the first in row-major order is taken. A NaN in the window is its maximum, as
    for np.max, and the first NaN's index is stored, as for np.argmax.

    Raises:
        ValueError: a window lies wholly in the padding, or an index does not fit into int32.
    """
    height, width, channels = x.shape[1], x.shape[2], x.shape[3]
    if height * width > 2147483647:
        raise ValueError("max_pool_2d: images of 2**31 cells or more do not fit int32 indices")
    for n in range(lo, hi):
        for i in range(out.shape[1]):
            top = i * stride_h - pad_top
            p_first, p_last = _valid_taps(top, 1, pool_h, height)
            for j in range(out.shape[2]):
                left = j * stride_w - pad_left
                q_first, q_last = _valid_taps(left, 1, pool_w, width)
                if p_first >= p_last or q_first >= q_last:
                    raise ValueError("max_pool_2d: a window lies wholly in the padding")
                h, w = top + p_first, left + q_first
                for c in range(channels):
                    out[n, i, j, c] = x[n, h, w, c]
                    argmax[n, i, j, c] = h * width + w
                for h in range(top + p_first, top + p_last):
                    for w in range(left + q_first, left + q_last):
                        index = h * width + w
                        for c in range(channels):
                            value, best = x[n, h, w, c], out[n, i, j, c]
                            # Larger, or the first NaN. Written without a branch: it vectorises.
                            better = (not value <= best) & (best == best)
                            out[n, i, j, c] = value if better else best
                            argmax[n, i, j, c] = index if better else argmax[n, i, j, c]


@kernel
def max_pool_2d_backward(
    g,  # (N, OH, OW, C)
    argmax,  # (N, OH, OW, C) int32, from max_pool_2d
    x_grad,  # (N, H, W, C), added to
    lo,
    hi,
):
    """Add each window's cotangent onto the cell that was its maximum: the adjoint of the gather.

    `x_grad` is accumulated into: pass zeros for the plain adjoint.
    """
    cells = x_grad.reshape(x_grad.shape[0], x_grad.shape[1] * x_grad.shape[2], x_grad.shape[3])
    for n in range(lo, hi):
        for i in range(g.shape[1]):
            for j in range(g.shape[2]):
                for c in range(g.shape[3]):
                    cells[n, argmax[n, i, j, c], c] += g[n, i, j, c]


@kernel
def max_pool_2d_gather(
    x,  # (N, H, W, C)
    argmax,  # (N, OH, OW, C) int32, from max_pool_2d
    out,  # (N, OH, OW, C)
    lo,
    hi,
):
    """Pick the cells of `x` that `argmax` names: linear in `x`, adjoint of max_pool_2d_backward."""
    cells = x.reshape(x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
    for n in range(lo, hi):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                for c in range(out.shape[3]):
                    out[n, i, j, c] = cells[n, argmax[n, i, j, c], c]


@kernel
def average_pool_2d(
    x,  # (N, H, W, C)
    out,  # (N, OH, OW, C)
    pool_h,
    pool_w,
    stride_h,
    stride_w,
    pad_top,
    pad_left,
    lo,
    hi,
):
    """Mean over the cells of every window of images ``[lo, hi)`` that lie inside the image.

    Raises:
        ValueError: a window lies wholly in the padding.
    """
    for n in range(lo, hi):
        for i in range(out.shape[1]):
            top = i * stride_h - pad_top
            p_first, p_last = _valid_taps(top, 1, pool_h, x.shape[1])
            for j in range(out.shape[2]):
                left = j * stride_w - pad_left
                q_first, q_last = _valid_taps(left, 1, pool_w, x.shape[2])
                if p_first >= p_last or q_first >= q_last:
                    raise ValueError("average_pool_2d: a window lies wholly in the padding")
                for c in range(x.shape[3]):
                    out[n, i, j, c] = 0
                for h in range(top + p_first, top + p_last):
                    for w in range(left + q_first, left + q_last):
                        for c in range(x.shape[3]):
                            out[n, i, j, c] += x[n, h, w, c]
                count = out.dtype.type((p_last - p_first) * (q_last - q_first))
                for c in range(x.shape[3]):
                    out[n, i, j, c] /= count


@kernel
def average_pool_2d_backward(
    g,  # (N, OH, OW, C)
    x_grad,  # (N, H, W, C), added to
    pool_h,
    pool_w,
    stride_h,
    stride_w,
    pad_top,
    pad_left,
    lo,
    hi,
):
    """Add each window's cotangent, divided by its number of cells, onto those cells.

    The adjoint of `average_pool_2d`. `x_grad` is accumulated into: pass zeros for the plain
    adjoint.

    Raises:
        ValueError: a window lies wholly in the padding.
    """
    for n in range(lo, hi):
        for i in range(g.shape[1]):
            top = i * stride_h - pad_top
            p_first, p_last = _valid_taps(top, 1, pool_h, x_grad.shape[1])
            for j in range(g.shape[2]):
                left = j * stride_w - pad_left
                q_first, q_last = _valid_taps(left, 1, pool_w, x_grad.shape[2])
                if p_first >= p_last or q_first >= q_last:
                    raise ValueError(
                        "average_pool_2d_backward: a window lies wholly in the padding"
                    )
                count = g.dtype.type((p_last - p_first) * (q_last - q_first))
                for h in range(top + p_first, top + p_last):
                    for w in range(left + q_first, left + q_last):
                        for c in range(g.shape[3]):
                            x_grad[n, h, w, c] += g[n, i, j, c] / count
