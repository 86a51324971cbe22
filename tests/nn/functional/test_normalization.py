import numpy as np
import pytest

from autograd_core import Tensor, check_grads
from autograd_core.backprop import gradients
from nn.functional.normalization import batch_norm, batch_norm_inference

SAMPLES = batch_norm.samples(np.random.default_rng(0))


def naive(x, gamma, beta, axis, epsilon):
    """Channel by channel in float64."""
    channels = np.moveaxis(np.asarray(x, np.float64), axis, 0)
    outs, means, variances = [], [], []
    for i, values in enumerate(channels):
        mean = sum(values.ravel().tolist()) / values.size
        variance = sum((v - mean) ** 2 for v in values.ravel().tolist()) / values.size
        out = (values - mean) / (variance + epsilon) ** 0.5
        outs.append(out * (1 if gamma is None else gamma[i]) + (0 if beta is None else beta[i]))
        means.append(mean)
        variances.append(variance)
    return np.moveaxis(np.array(outs), 0, axis), np.array(means), np.array(variances)


def function_of(sample):
    """batch_norm as a function of its arrays alone, and these."""
    places = [i for i, a in enumerate(sample.args) if a is not None]

    def function(*arrays):
        args = [None, None, None]
        for i, array in zip(places, arrays, strict=True):
            args[i] = array
        return batch_norm(*args, **sample.params)

    return function, tuple(sample.args[i] for i in places)


@pytest.mark.parametrize("sample", SAMPLES)
def test_forward(sample):
    for found, expected in zip(
        batch_norm(*sample.args, **sample.params), naive(*sample.args, **sample.params), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    composed = batch_norm.composition(*sample.args, **sample.params)
    for found, expected in zip(composed, naive(*sample.args, **sample.params), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("sample", SAMPLES)
def test_derivatives_of_all_three_outputs(sample):
    function, arrays = function_of(sample)
    check_grads(function, arrays, order=2)
    check_grads(function, arrays, order=1, fast=False)


@pytest.mark.parametrize("sample", SAMPLES)
def test_fused_rule_equals_the_composition(sample, rng):
    """The rule of the first derivative and its composition, which serves the higher ones."""
    function, arrays = function_of(sample)
    inputs = [Tensor(a, True) for a in arrays]
    outputs = function(*inputs)
    cotangents = [rng.normal(size=o.shape) for o in outputs]
    fused = gradients(outputs, inputs, cotangents)
    recorded = gradients(outputs, inputs, cotangents, create_graph=True)
    assert not fused[0].requires_grad and recorded[0].requires_grad
    for a, b in zip(fused, recorded, strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-10, atol=1e-12)


def test_third_derivative(rng):
    args = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=2)
    check_grads(lambda *a: batch_norm(*a, axis=-1, epsilon=1e-2)[0], args, order=3, rtol=1e-4)


def test_only_what_is_wanted_is_computed(rng):
    x, gamma = Tensor(rng.normal(size=(3, 2)), False), Tensor(np.ones(2), True)
    y, _, _ = batch_norm(x, gamma, None, axis=-1, epsilon=1e-3)
    y.backward(np.ones((3, 2)))
    assert x.grad is None and gamma.grad is not None


@pytest.mark.parametrize("offset", [0.0, 1e3, -1e4])
def test_float32_far_from_zero(offset, rng):
    x = (rng.normal(size=(4000, 3)) + offset).astype(np.float32)
    y, mean, variance = batch_norm(x, None, None, axis=-1, epsilon=1e-3)
    exact = naive(x, None, None, -1, 1e-3)
    assert y.dtype == mean.dtype == variance.dtype == np.float32
    np.testing.assert_allclose(mean, exact[1], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(variance, exact[2], rtol=1e-5)
    np.testing.assert_allclose(y, exact[0], atol=2e-3 if offset == -1e4 else 2e-4)


@pytest.mark.parametrize(("offset", "rtol"), [(0.0, 1e-5), (1e2, 1e-5), (1e3, 1e-4)])
def test_float32_gradients(offset, rtol, rng):
    """Against float64 for the same numbers; the bound grows with |mean| / stddev, as x's does."""
    arrays = [rng.normal(size=shape) for shape in ((500, 3), (3,), (3,), (500, 3))]
    *arrays, g = [a.astype(np.float32) for a in [arrays[0] + offset, *arrays[1:]]]
    found = []
    for dtype in (np.float32, np.float64):
        inputs = [Tensor(a.astype(dtype), True) for a in arrays]
        y, _, _ = batch_norm(*inputs, axis=-1, epsilon=1e-3)
        found.append(gradients([y], inputs, [g.astype(dtype)]))
    for narrow, exact in zip(*found, strict=True):
        assert narrow.dtype == np.float32
        scale = np.abs(exact.data).max()
        np.testing.assert_allclose(narrow.data, exact.data, rtol=0, atol=rtol * scale)


def test_inputs_are_left_alone(rng):
    arrays = [rng.normal(size=shape) for shape in ((4, 3), (3,), (3,))]
    before = [a.copy() for a in arrays]
    tensors = [Tensor(a, True) for a in arrays]
    y, _, _ = batch_norm(*tensors, axis=-1, epsilon=1e-3)
    g = rng.normal(size=(4, 3))
    kept = g.copy()
    y.backward(g)
    for a, b in zip([*arrays, g], [*before, kept], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("axis", [-1, 1])
def test_inference(axis, rng):
    x = rng.normal(size=(4, 3, 3))
    mean, variance, gamma, beta = rng.normal(size=(4, 3)) ** 2
    y = batch_norm_inference(x, mean, variance, gamma, beta, axis=axis, epsilon=0.1)
    for c in range(3):
        channel = np.take(x, c, axis)
        expected = gamma[c] * (channel - mean[c]) / (variance[c] + 0.1) ** 0.5 + beta[c]
        np.testing.assert_allclose(np.take(y, c, axis), expected, rtol=1e-12)
    check_grads(
        lambda *a: batch_norm_inference(*a, axis=axis, epsilon=0.1),
        (x, mean, variance, gamma, beta),
    )


def test_bad_input():
    with pytest.raises(ValueError, match=r"batch_norm: axis 2 is not one of the shape \(2, 3\)"):
        batch_norm(np.zeros((2, 3)), None, None, axis=2, epsilon=1e-3)
    with pytest.raises(ValueError, match="batch_norm: there is no mean of no examples"):
        batch_norm(np.zeros((0, 3)), None, None, axis=-1, epsilon=1e-3)
