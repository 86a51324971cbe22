import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core import Tensor, check_grads
from nn.functional.dropout import dropout, masked_scale


@pytest.mark.parametrize("sample", masked_scale.samples(np.random.default_rng(0)))
def test_masked_scale(sample):
    (x,), mask, scale = sample.args, sample.params["mask"], sample.params["scale"]
    kept = np.broadcast_to(mask, x.shape)
    expected = [v * scale if m else 0 for v, m in zip(x.flat, kept.flat, strict=True)]
    np.testing.assert_array_equal(masked_scale(x, **sample.params).ravel(), expected)
    check_grads(lambda x: masked_scale(x, **sample.params), (x,), order=3)


def test_what_is_dropped_is_zero_whatever_it_was():
    x = Tensor(np.array([np.inf, np.nan, 2.0]), True)
    y = masked_scale(x, mask=np.array([False, False, True]), scale=2.0)
    y.backward(np.array([np.inf, np.nan, 1.0]))
    np.testing.assert_array_equal(y.data, [0, 0, 4])
    np.testing.assert_array_equal(x.grad.data, [0, 0, 2])


@given(rate=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_kept_entries_are_scaled_and_the_rate_holds(rate, seed):
    y = dropout(np.ones(2000), rate, np.random.default_rng(seed))
    kept = y != 0
    if rate < 1:
        np.testing.assert_allclose(y[kept], 1 / (1 - rate))
    # Six standard deviations of a binomial proportion, and five entries for the smallest rates.
    spread = 6 * math.sqrt(rate * (1 - rate) / 2000) + 5 / 2000
    assert abs(kept.mean() - (1 - rate)) <= spread


def test_rates_at_the_ends():
    x = np.arange(1.0, 5.0)
    np.testing.assert_array_equal(dropout(x, 0.0, np.random.default_rng(0)), x)
    np.testing.assert_array_equal(dropout(x, 1.0, np.random.default_rng(0)), np.zeros(4))


def test_gradient_uses_the_mask_of_the_forward_pass():
    x = Tensor(np.ones((20, 20), np.float32), True)
    y = dropout(x, 0.5, np.random.default_rng(0))
    y.backward(np.ones((20, 20), np.float32))
    np.testing.assert_array_equal(x.grad.data, y.data)
    assert y.dtype == x.grad.dtype == np.float32


def test_noise_shape():
    for noise_shape in [(None, 1), (30, 1), [None, 1]]:
        y = dropout(np.ones((30, 4)), 0.5, np.random.default_rng(0), noise_shape)
        assert (y == y[:, :1]).all() and len(np.unique(y)) == 2


@pytest.mark.parametrize("noise_shape", [(3, 3), (2, 1, 1), (None, 5), (None, None, 1)])
def test_noise_shape_that_does_not_fit(noise_shape):
    with pytest.raises(ValueError, match=r"dropout: noise_shape .* shape \(2, 3\)"):
        dropout(np.ones((2, 3)), 0.5, np.random.default_rng(0), noise_shape)
