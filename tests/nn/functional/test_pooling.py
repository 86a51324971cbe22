"""Pooling against naive windows, and its derivatives against finite differences."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd_core as ac
from nn.functional.pooling import (
    average_pool2d,
    average_pool2d_adjoint,
    gather_cells,
    max_pool2d,
    max_pool2d_with_indices,
    scatter_cells,
)


def naive_pool(x, reduce, pool, strides, padding):
    """`reduce` of the cells of every window that lie inside the image."""
    count, height, width, channels = x.shape
    (kh, kw), (sh, sw) = pool, strides
    if padding == "same":
        oh, ow = -(-height // sh), -(-width // sw)
        top, left = (
            max((oh - 1) * sh + kh - height, 0) // 2,
            max((ow - 1) * sw + kw - width, 0) // 2,
        )
    else:
        oh, ow, top, left = (height - kh) // sh + 1, (width - kw) // sw + 1, 0, 0
    out = np.zeros((count, oh, ow, channels))
    for n, i, j, c in np.ndindex(out.shape):
        r, s = i * sh - top, j * sw - left
        out[n, i, j, c] = reduce(x[n, max(r, 0) : r + kh, max(s, 0) : s + kw, c])
    return out


@st.composite
def problems(draw):
    pool = draw(st.tuples(*[st.integers(1, 3)] * 2))
    strides = draw(st.tuples(*[st.integers(1, 3)] * 2))
    size = draw(st.tuples(*[st.integers(1, 6)] * 2))
    padding = draw(st.sampled_from(["valid", "same"]))
    assume(padding == "same" or all(k <= n for k, n in zip(pool, size, strict=True)))
    shape = (draw(st.integers(0, 2)), *size, draw(st.integers(1, 2)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.permutation(np.linspace(-1, 1, int(np.prod(shape)))).reshape(shape)
    return x, dict(pool=pool, strides=strides, padding=padding)


@given(problems())
def test_both_poolings_are_the_naive_windows(problem):
    x, params = problem
    np.testing.assert_array_equal(max_pool2d(x, **params), naive_pool(x, np.max, **params))
    np.testing.assert_allclose(
        average_pool2d(x, **params), naive_pool(x, np.mean, **params), atol=1e-14
    )
    assert max_pool2d(x.astype("f4"), **params).dtype == np.float32


@given(problems())
def test_first_and_second_derivatives(problem):
    x, params = problem
    assume(x.size)
    ac.check_grads(lambda x: max_pool2d(x, **params) ** 2, (x,), order=2)
    ac.check_grads(lambda x: average_pool2d(x, **params) ** 2, (x,), order=2)


@pytest.mark.parametrize(
    "operator",
    [max_pool2d_with_indices, average_pool2d, average_pool2d_adjoint, scatter_cells, gather_cells],
)
def test_every_sample_to_the_third_order(operator, rng):
    for sample in operator.samples(rng):

        def f(*args, p=sample.params):
            out = operator(*args, **p)
            return out[0] if isinstance(out, tuple) else out

        ac.check_grads(f, sample.args, order=3 if sample.args[0].size else 1)


def test_the_first_of_equal_cells_gets_the_gradient():
    x = ac.tensor(np.zeros((1, 2, 2, 1)), requires_grad=True)
    max_pool2d(x, pool=(2, 2), strides=(2, 2)).sum().backward()
    np.testing.assert_array_equal(x.grad.data.ravel(), [1, 0, 0, 0])


def test_nan_wins():
    x = np.array([[1.0, np.nan], [3.0, 4.0]]).reshape(1, 2, 2, 1)
    assert np.isnan(max_pool2d(x, pool=(2, 2), strides=(2, 2))).all()


@pytest.mark.parametrize("pooling", [max_pool2d, average_pool2d])
def test_misuse_is_explained(pooling):
    with pytest.raises(ValueError, match=r"larger than the input \(2, 2\)"):
        pooling(np.ones((1, 2, 2, 1)), pool=(3, 3), strides=(1, 1))
    with pytest.raises(ValueError, match=r"expected images .*got \(2, 2, 1\)"):
        pooling(np.ones((2, 2, 1)), pool=(2, 2), strides=(1, 1))
    with pytest.raises(TypeError, match="expected floats, got int64"):
        pooling(np.ones((1, 2, 2, 1), int), pool=(2, 2), strides=(1, 1))
