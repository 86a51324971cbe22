"""conv2d and its adjoints against a naive loop, each other, and finite differences."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd_core as ac
from nn.functional.convolution import conv2d, conv2d_input_adjoint, conv2d_kernel_adjoint


def naive_conv2d(x, w, strides, padding, dilation, groups):
    """The definition, one multiplication at a time."""
    count, height, width, _ = x.shape
    kh, kw, per_group, filters = w.shape
    (sh, sw), (dh, dw) = strides, dilation
    eh, ew = (kh - 1) * dh + 1, (kw - 1) * dw + 1
    if padding == "same":
        oh, ow = -(-height // sh), -(-width // sw)
        top = max((oh - 1) * sh + eh - height, 0) // 2
        left = max((ow - 1) * sw + ew - width, 0) // 2
    else:
        oh, ow, top, left = (height - eh) // sh + 1, (width - ew) // sw + 1, 0, 0
    out = np.zeros((count, oh, ow, filters))
    for n, i, j, f in np.ndindex(out.shape):
        first = (f // (filters // groups)) * per_group
        for p, q, c in itertools.product(range(kh), range(kw), range(per_group)):
            r, s = i * sh - top + p * dh, j * sw - left + q * dw
            if 0 <= r < height and 0 <= s < width:
                out[n, i, j, f] += x[n, r, s, first + c] * w[p, q, c, f]
    return out


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def problems(draw):
    groups = draw(st.integers(1, 3))
    per_group, filters = draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    window, strides, dilation = draw(pairs), draw(pairs), draw(st.tuples(*[st.integers(1, 2)] * 2))
    padding = draw(st.sampled_from(["valid", "same"]))
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    if padding == "valid":
        assume(all((k - 1) * d < n for k, d, n in zip(window, dilation, size, strict=True)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.normal(size=(draw(st.integers(0, 2)), *size, groups * per_group))
    w = rng.normal(size=(*window, per_group, filters))
    params = dict(strides=strides, padding=padding, dilation=dilation, groups=groups)
    return x, w, params, rng


@given(problems())
def test_conv2d_is_the_naive_loop(problem):
    x, w, params, _ = problem
    expected = naive_conv2d(x, w, **params)
    found = conv2d(x, w, **params)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    single = conv2d(x.astype("f4"), w.astype("f4"), **params)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, atol=2e-5)


@given(problems())
def test_the_adjoints_are_adjoint(problem):
    x, w, params, rng = problem
    out = conv2d(x, w, **params)
    g = rng.normal(size=out.shape)
    product = (out * g).sum()
    images = conv2d_input_adjoint(g, w, size=x.shape[1:3], **params)
    kernel = conv2d_kernel_adjoint(x, g, window=w.shape[:2], **params)
    assert (images.shape, kernel.shape) == (x.shape, w.shape)
    np.testing.assert_allclose((images * x).sum(), product, atol=1e-10)
    np.testing.assert_allclose((kernel * w).sum(), product, atol=1e-10)


@given(problems())
def test_first_and_second_derivatives(problem):
    x, w, params, _ = problem
    assume(x.size)
    ac.check_grads(lambda x, w: conv2d(x, w, **params), (x, w), order=2)


@pytest.mark.parametrize("operator", [conv2d, conv2d_input_adjoint, conv2d_kernel_adjoint])
def test_every_sample_to_the_third_order(operator, rng):
    for sample in operator.samples(rng):
        f = lambda *args, p=sample.params: operator(*args, **p)
        ac.check_grads(f, sample.args, order=3 if sample.args[0].size else 1)


def test_strided_inputs_and_unmodified_ones(rng):
    x, w = rng.normal(size=(2, 10, 8, 2))[:, ::2], rng.normal(size=(2, 3, 3, 2)).T
    w = np.ascontiguousarray(w.transpose(1, 2, 0, 3))[:, :, :2]
    before = x.copy(), w.copy()
    found = conv2d(x, w)
    np.testing.assert_allclose(found, naive_conv2d(x, w, (1, 1), "valid", (1, 1), 1), atol=1e-12)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(w, before[1])


def test_mixed_and_half_precision(rng):
    x, w = rng.normal(size=(1, 4, 4, 1)), rng.normal(size=(3, 3, 1, 1))
    assert conv2d(x.astype("f4"), w).dtype == np.float64
    half = conv2d(x.astype("f2"), w.astype("f2"))
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, conv2d(x, w), atol=2e-2)


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "params", "message"),
    [
        ((1, 4, 4), (3, 3, 1, 1), {}, r"expected images .* got shapes \(1, 4, 4\)"),
        ((1, 4, 4, 2), (3, 3, 1, 1), {}, "takes 1 input channels, the images .* have 2"),
        ((1, 4, 4, 4), (3, 3, 2, 3), {"groups": 2}, "3 filters cannot be split into 2 groups"),
        ((1, 2, 4, 1), (3, 3, 1, 1), {}, r"kernel \(3, 3\) is larger than the input \(2, 4\)"),
        ((1, 4, 4, 1), (3, 3, 1, 1), {"padding": "full"}, "padding is 'full'"),
        ((1, 4, 4, 1), (3, 3, 1, 1), {"strides": (0, 1)}, "strides"),
    ],
)
def test_misuse_is_explained(x_shape, w_shape, params, message):
    with pytest.raises(ValueError, match=message):
        conv2d(np.ones(x_shape), np.ones(w_shape), **params)


def test_integers_are_refused():
    with pytest.raises(TypeError, match="expected floats, got uint8"):
        conv2d(np.ones((1, 4, 4, 1), np.uint8), np.ones((3, 3, 1, 1), np.uint8))
