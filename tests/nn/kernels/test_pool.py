"""Pooling and its adjoints against NumPy, window by window."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nn.kernels import pool
from nn.kernels.geometry import window_geometry

DTYPES = st.sampled_from([np.float32, np.float64])


@st.composite
def problems(draw):
    """(x shape, out shape, window, stride, pad) with at least one cell in every window."""
    batch, channels = draw(st.integers(0, 3)), draw(st.integers(1, 9))
    size = draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    window = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.sampled_from(["valid", "same"]))
    assume(padding == "same" or all(k <= n for k, n in zip(window, size, strict=True)))
    found = window_geometry("pool", size, window, stride, padding=padding)
    return (
        (batch, *size, channels),
        (batch, *found.output, channels),
        window,
        stride,
        found.pad_before,
    )


def windows(problem):
    """Pairs of an output's index (n, i, j) and the slices of its window's cells in x."""
    x_shape, out_shape, window, stride, pad = problem
    for n, i, j in np.ndindex(out_shape[:3]):
        top, left = i * stride[0] - pad[0], j * stride[1] - pad[1]
        rows = slice(max(top, 0), min(top + window[0], x_shape[1]))
        cols = slice(max(left, 0), min(left + window[1], x_shape[2]))
        yield (n, i, j), (n, rows, cols)


def naive_max_pool(x, problem):
    out, argmax = np.empty(problem[1], x.dtype), np.empty(problem[1], np.int32)
    index = np.arange(x.shape[1] * x.shape[2]).reshape(x.shape[1:3])
    for place, cells in windows(problem):
        flat = x[cells].reshape(-1, x.shape[3])
        best = flat.argmax(0)
        out[place] = flat.max(0)
        argmax[place] = index[cells[1:]].ravel()[best]
    return out, argmax


def max_pool(x, problem, lo=0, hi=None, fill=0):
    out, argmax = np.full(problem[1], fill, x.dtype), np.full(problem[1], fill, np.int32)
    hi = len(x) if hi is None else hi
    pool.max_pool_2d(x, out, argmax, *problem[2], *problem[3], *problem[4], lo, hi)
    return out, argmax


def draw_array(shape, dtype, seed):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@given(problems(), DTYPES, st.integers(0, 99))
def test_max_pool_against_numpy(problem, dtype, seed):
    x = draw_array(problem[0], dtype, seed)
    for found, expected in zip(max_pool(x, problem), naive_max_pool(x, problem), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


@given(problems(), DTYPES, st.data())
def test_max_pool_of_ties_infinities_and_nan(problem, dtype, data):
    values = np.array([-np.inf, -1.0, -0.0, 0.0, 2.0, np.inf, np.nan], dtype)
    picks = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=12))
    x = np.resize(values[picks], problem[0])
    out, argmax = max_pool(x, problem)
    expected_out, expected_argmax = naive_max_pool(x, problem)
    np.testing.assert_array_equal(out, expected_out)
    np.testing.assert_array_equal(argmax, expected_argmax)


@given(problems(), DTYPES, st.integers(0, 99))
def test_max_pool_backward_and_gather_against_loops(problem, dtype, seed):
    x, g = draw_array(problem[0], dtype, seed), draw_array(problem[1], dtype, seed + 1)
    out, argmax = max_pool(x, problem)
    expected = np.zeros_like(x)
    for n, i, j, c in np.ndindex(problem[1]):
        h, w = np.unravel_index(argmax[n, i, j, c], x.shape[1:3])
        expected[n, h, w, c] += g[n, i, j, c]
    x_grad = np.zeros_like(x)
    pool.max_pool_2d_backward(g, argmax, x_grad, 0, len(x))
    np.testing.assert_array_equal(x_grad, expected)

    picked = np.empty_like(out)
    pool.max_pool_2d_gather(x, argmax, picked, 0, len(x))
    np.testing.assert_array_equal(picked, out)


@given(problems(), st.integers(0, 99))
def test_max_pool_backward_is_the_adjoint_of_the_gather(problem, seed):
    x, v = draw_array(problem[0], np.float64, seed), draw_array(problem[0], np.float64, seed + 1)
    g = draw_array(problem[1], np.float64, seed + 2)
    _, argmax = max_pool(x, problem)
    x_grad, picked = np.zeros_like(x), np.empty_like(g)
    pool.max_pool_2d_backward(g, argmax, x_grad, 0, len(x))
    pool.max_pool_2d_gather(v, argmax, picked, 0, len(x))
    np.testing.assert_allclose(np.vdot(x_grad, v), np.vdot(g, picked), rtol=1e-12, atol=1e-12)


@given(problems(), DTYPES, st.integers(0, 99))
def test_average_pool_is_the_mean_of_the_cells_inside(problem, dtype, seed):
    x, g = draw_array(problem[0], dtype, seed), draw_array(problem[1], dtype, seed + 1)
    out, x_grad = np.full(problem[1], np.nan, dtype), np.ones(problem[0], dtype)
    pool.average_pool_2d(x, out, *problem[2], *problem[3], *problem[4], 0, len(x))
    pool.average_pool_2d_backward(g, x_grad, *problem[2], *problem[3], *problem[4], 0, len(x))

    expected_out, expected_grad = np.zeros(problem[1]), np.ones(problem[0])
    for place, cells in windows(problem):
        inside = x[cells].reshape(-1, x.shape[3]).astype(np.float64)
        expected_out[place] = inside.mean(0)
        expected_grad[cells] += g[place] / len(inside)
    tolerance = 4e-6 if dtype == np.float32 else 1e-14
    np.testing.assert_allclose(out, expected_out, rtol=0, atol=tolerance)
    np.testing.assert_allclose(x_grad, expected_grad, rtol=0, atol=4 * tolerance)


@given(problems(), st.integers(0, 99))
def test_average_pool_backward_is_the_adjoint(problem, seed):
    x, g = draw_array(problem[0], np.float64, seed), draw_array(problem[1], np.float64, seed + 1)
    out, x_grad = np.empty_like(g), np.zeros_like(x)
    pool.average_pool_2d(x, out, *problem[2], *problem[3], *problem[4], 0, len(x))
    pool.average_pool_2d_backward(g, x_grad, *problem[2], *problem[3], *problem[4], 0, len(x))
    np.testing.assert_allclose(np.vdot(out, g), np.vdot(x, x_grad), rtol=1e-12, atol=1e-12)


@given(problems(), st.integers(0, 3), st.integers(0, 3))
def test_ranges_touch_only_their_images(problem, lo, hi):
    batch = problem[0][0]
    lo, hi = min(lo, batch), min(hi, batch)
    outside = np.r_[0:lo, max(lo, hi) : batch]
    x, g = draw_array(problem[0], np.float64, 1), draw_array(problem[1], np.float64, 2)
    _, argmax = max_pool(x, problem)
    geometry = *problem[2], *problem[3], *problem[4]

    touched = list(max_pool(x, problem, lo, hi, fill=7))
    picked, means = np.full_like(g, 7), np.full_like(g, 7)
    max_grad, mean_grad = np.full_like(x, 7), np.full_like(x, 7)
    pool.max_pool_2d_gather(x, argmax, picked, lo, hi)
    pool.max_pool_2d_backward(g, argmax, max_grad, lo, hi)
    pool.average_pool_2d(x, means, *geometry, lo, hi)
    pool.average_pool_2d_backward(g, mean_grad, *geometry, lo, hi)
    for array in [*touched, picked, means, max_grad, mean_grad]:
        assert (array[outside] == 7).all()
        assert not (array[lo:hi] == 7).all() or array[lo:hi].size == 0 or array.dtype == np.int32


def test_average_same_padding_known_values():
    # A 2x2 window over 3x3 cells: the last corner has one cell, the last row and column two.
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    out = np.empty((1, 3, 3, 1))
    pool.average_pool_2d(x, out, 2, 2, 1, 1, 0, 0, 0, 1)
    np.testing.assert_array_equal(out[0, :, :, 0], [[2, 3, 3.5], [5, 6, 6.5], [6.5, 7.5, 8]])


@pytest.mark.parametrize(("pad", "stride"), [((2, 0), (1, 1)), ((0, 2), (1, 1)), ((0, 0), (9, 9))])
def test_a_window_of_padding_alone_is_refused(pad, stride):
    problem = (1, 4, 4, 2), (1, 2, 2, 2), (2, 2), stride, pad
    x, out = np.ones(problem[0]), np.ones(problem[1])
    with pytest.raises(ValueError, match="max_pool_2d: a window lies wholly in the padding"):
        max_pool(x, problem)
    with pytest.raises(ValueError, match="average_pool_2d: a window lies wholly in the padding"):
        pool.average_pool_2d(x, out, 2, 2, *stride, *pad, 0, 1)
    with pytest.raises(ValueError, match="average_pool_2d_backward: a window lies wholly in the"):
        pool.average_pool_2d_backward(out, x, 2, 2, *stride, *pad, 0, 1)


def test_images_too_large_for_the_index_are_refused():
    x = np.broadcast_to(np.float32(0), (1, 2**16, 2**15, 1))  # one number, seen 2**31 times
    out, argmax = np.empty((1, 1, 1, 1), np.float32), np.empty((1, 1, 1, 1), np.int32)
    uncompiled = getattr(pool.max_pool_2d, "py_func", pool.max_pool_2d)
    with pytest.raises(ValueError, match="2\\*\\*31 cells"):
        uncompiled(x, out, argmax, 2, 2, 2, 2, 0, 0, 0, 1)


UNCOMPILED = """
import sys
import numpy as np
from nn.kernels import pool

assert not hasattr(pool.max_pool_2d, "py_func")
x = np.load(sys.argv[1])
out, argmax = np.empty((2, 3, 3, 3), x.dtype), np.empty((2, 3, 3, 3), np.int32)
results = [out, argmax]
pool.max_pool_2d(x, out, argmax, 3, 2, 2, 2, 1, 0, 0, 2)
results += [np.empty_like(out), np.zeros_like(x), np.empty_like(out), np.zeros_like(x)]
pool.max_pool_2d_gather(x, argmax, results[2], 0, 2)
pool.max_pool_2d_backward(out, argmax, results[3], 0, 2)
pool.average_pool_2d(x, results[4], 3, 2, 2, 2, 1, 0, 0, 2)
pool.average_pool_2d_backward(out, results[5], 3, 2, 2, 2, 1, 0, 0, 2)
np.savez(sys.argv[2], *results)
"""


def test_same_results_without_compilation(tmp_path):
    problem = (2, 5, 6, 3), (2, 3, 3, 3), (3, 2), (2, 2), (1, 0)
    geometry = *problem[2], *problem[3], *problem[4]
    x = draw_array(problem[0], np.float32, 0)
    x[0, 2, 2, 1] = np.nan
    files = [str(tmp_path / "x.npy"), str(tmp_path / "results.npz")]
    np.save(files[0], x)
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", UNCOMPILED, *files], check=True, env=environment)

    out, argmax = max_pool(x, problem)
    results = [out, argmax, np.empty_like(out), np.zeros_like(x)]
    results += [np.empty_like(out), np.zeros_like(x)]
    pool.max_pool_2d_gather(x, argmax, results[2], 0, 2)
    pool.max_pool_2d_backward(out, argmax, results[3], 0, 2)
    pool.average_pool_2d(x, results[4], *geometry, 0, 2)
    pool.average_pool_2d_backward(out, results[5], *geometry, 0, 2)
    with np.load(files[1]) as stored:
        for name, expected in zip(stored.files, results, strict=True):
            np.testing.assert_array_equal(stored[name], expected)
            assert stored[name].dtype == expected.dtype
