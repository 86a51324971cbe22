"""im2col and its adjoint against element-by-element loops and scipy's convolution."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate

from nn.kernels import conv
from nn.kernels.geometry import window_geometry

DTYPES = st.sampled_from([np.float32, np.float64])


def naive_im2col(x, shape, stride, dilation, pad):
    columns = np.zeros(shape, x.dtype)
    for n, i, j, p, q, c in np.ndindex(shape):
        h = i * stride[0] - pad[0] + p * dilation[0]
        w = j * stride[1] - pad[1] + q * dilation[1]
        if 0 <= h < x.shape[1] and 0 <= w < x.shape[2]:
            columns[n, i, j, p, q, c] = x[n, h, w, c]
    return columns


def naive_col2im(columns, shape, stride, dilation, pad):
    x_grad = np.zeros(shape, columns.dtype)
    for n, i, j, p, q, c in np.ndindex(columns.shape):
        h = i * stride[0] - pad[0] + p * dilation[0]
        w = j * stride[1] - pad[1] + q * dilation[1]
        if 0 <= h < shape[1] and 0 <= w < shape[2]:
            x_grad[n, h, w, c] += columns[n, i, j, p, q, c]
    return x_grad


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def problems(draw):
    """(x shape, columns shape, stride, dilation, pad); the pads go beyond what layers use."""
    batch, channels = draw(st.integers(0, 3)), draw(st.integers(1, 5))
    size = draw(pairs(1, 7))
    window = draw(pairs(1, 4))
    stride = draw(pairs(1, 3))
    dilation = draw(pairs(1, 3))
    if draw(st.booleans()):
        found = window_geometry("conv2d", size, window, stride, dilation=dilation, padding="same")
        out, pad = found.output, found.pad_before
    else:
        out = draw(pairs(0, 5))
        pad = draw(pairs(-2, 6))
    return (batch, *size, channels), (batch, *out, *window, channels), stride, dilation, pad


def run(function, source, target, problem, lo=0, hi=None):
    _, columns_shape, stride, dilation, pad = problem
    hi = source.shape[0] if hi is None else hi
    function(source, target, *columns_shape[3:5], *stride, *dilation, *pad, lo, hi)
    return target


def draw_array(shape, dtype, seed):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@given(problems(), DTYPES, st.integers(0, 99))
def test_im2col_against_loops(problem, dtype, seed):
    x = draw_array(problem[0], dtype, seed)
    before = x.copy()
    columns = run(conv.im2col_2d, x, np.full(problem[1], np.nan, dtype), problem)
    np.testing.assert_array_equal(columns, naive_im2col(x, *problem[1:]))
    np.testing.assert_array_equal(x, before)


@given(problems(), DTYPES, st.integers(0, 99))
def test_col2im_against_loops(problem, dtype, seed):
    columns = draw_array(problem[1], dtype, seed)
    x_grad = run(conv.col2im_2d, columns, np.zeros(problem[0], dtype), problem)
    expected = naive_col2im(columns, problem[0], *problem[2:])
    np.testing.assert_array_equal(x_grad, expected)  # the same order of summation, so exactly
    run(conv.col2im_2d, columns, x_grad, problem)  # accumulates
    np.testing.assert_allclose(x_grad, 2 * expected, rtol=2e-5, atol=1e-5)


@given(problems(), st.integers(0, 99))
def test_the_two_are_adjoint(problem, seed):
    x = draw_array(problem[0], np.float64, seed)
    c = draw_array(problem[1], np.float64, seed + 1)
    columns = run(conv.im2col_2d, x, np.empty_like(c), problem)
    x_grad = run(conv.col2im_2d, c, np.zeros_like(x), problem)
    np.testing.assert_allclose(np.vdot(columns, c), np.vdot(x, x_grad), rtol=1e-12, atol=1e-12)


@given(problems(), st.integers(0, 3), st.integers(0, 3))
def test_ranges_touch_only_their_images(problem, lo, hi):
    lo, hi = min(lo, problem[0][0]), min(hi, problem[0][0])
    outside = np.r_[0:lo, max(lo, hi) : problem[0][0]]
    x, c = draw_array(problem[0], np.float64, 1), draw_array(problem[1], np.float64, 2)
    columns = run(conv.im2col_2d, x, np.full_like(c, 7.0), problem, lo, hi)
    x_grad = run(conv.col2im_2d, c, np.full_like(x, 7.0), problem, lo, hi)
    assert (columns[outside] == 7.0).all()
    assert (x_grad[outside] == 7.0).all()
    np.testing.assert_array_equal(columns[lo:hi], naive_im2col(x, *problem[1:])[lo:hi])


@pytest.mark.parametrize("dilation", [1, 2])
def test_columns_times_kernel_is_the_convolution(dilation):
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, 9, 8, 3)), rng.normal(size=(3, 2, 3, 4))  # NHWC, HWIO
    out, pad, _ = window_geometry(
        "conv2d", x.shape[1:3], (3, 2), (1, 1), dilation=(dilation, dilation)
    )
    columns = np.empty((2, *out, 3, 2, 3))
    conv.im2col_2d(x, columns, 3, 2, 1, 1, dilation, dilation, *pad, 0, 2)
    found = columns.reshape(-1, 18) @ weights.reshape(18, 4)

    spread = np.zeros((2 * dilation + 1, dilation + 1, 3, 4))
    spread[::dilation, ::dilation] = weights
    expected = np.stack(
        [
            np.stack([correlate(image, spread[..., f], "valid")[..., 0] for f in range(4)], -1)
            for image in x
        ]
    )
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-12, atol=1e-12)


def test_nan_and_infinity_stay_in_their_cells():
    x = np.zeros((1, 3, 3, 1), np.float32)
    x[0, 0, 0, 0], x[0, 2, 2, 0] = np.nan, np.inf
    problem = x.shape, (1, 3, 3, 3, 3, 1), (1, 1), (1, 1), (1, 1)
    columns = run(conv.im2col_2d, x, np.empty(problem[1], x.dtype), problem)
    assert np.isnan(columns).sum() == 4
    assert np.isinf(columns).sum() == 4


UNCOMPILED = """
import sys
import numpy as np
from nn.kernels import conv

assert not hasattr(conv.im2col_2d, "py_func")
x, c = np.load(sys.argv[1]), np.load(sys.argv[2])
columns, x_grad = np.empty_like(c), np.zeros_like(x)
arguments = 3, 2, 2, 1, 1, 2, 4, 5, 0, 2
conv.im2col_2d(x, columns, *arguments)
conv.col2im_2d(c, x_grad, *arguments)
np.save(sys.argv[1], x_grad)
np.save(sys.argv[2], columns)
"""


def test_same_results_without_compilation(tmp_path):
    problem = (2, 5, 6, 2), (2, 4, 9, 3, 2, 2), (2, 1), (1, 2), (4, 5)
    x, c = draw_array(problem[0], np.float32, 0), draw_array(problem[1], np.float32, 1)
    files = [str(tmp_path / "x.npy"), str(tmp_path / "c.npy")]
    np.save(files[0], x)
    np.save(files[1], c)
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", UNCOMPILED, *files], check=True, env=environment)
    columns = run(conv.im2col_2d, x, np.empty_like(c), problem)
    x_grad = run(conv.col2im_2d, c, np.zeros_like(x), problem)
    np.testing.assert_array_equal(np.load(files[0]), x_grad)
    np.testing.assert_array_equal(np.load(files[1]), columns)
