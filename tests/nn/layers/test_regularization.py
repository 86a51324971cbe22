import copy

import numpy as np
import pytest

from autograd_core import Tensor
from nn.layers import ActivityRegularization, Dropout
from nn.random import seed_scope
from tests.nn.layers.common import check_layer


@pytest.mark.parametrize(
    "kwargs",
    [
        {"rate": 0.5, "seed": 1},
        {"rate": 0.3},
        {"rate": 0.5, "noise_shape": [None, 1, 4], "seed": 7},
        {"rate": 1.0},
    ],
)
def test_dropout(kwargs):
    check_layer(Dropout, kwargs, (6, 3, 4), output_shape=(6, 3, 4), training_differs=True)


@pytest.mark.parametrize("rate", [0, 0.0])
def test_dropout_of_nothing(rate):
    check_layer(Dropout, {"rate": rate}, (2, 3))


def test_dropout_in_inference_is_the_identity(rng):
    x = Tensor(rng.normal(size=(3, 4)).astype(np.float32))
    layer = Dropout(0.5)
    state = copy.deepcopy(layer.seed_generator.state)
    assert layer(x) is x and layer(x, training=False) is x
    assert layer.seed_generator.state == state


def test_dropout_rate_and_scale():
    y = Dropout(0.3, seed=1)(np.ones((200, 200)), training=True).data
    kept = y != 0
    assert abs(kept.mean() - 0.7) < 5 * np.sqrt(0.21 / kept.size)
    np.testing.assert_allclose(y[kept], 1 / 0.7, rtol=1e-6)


def test_dropout_seed():
    x = np.ones((4, 50))
    first, second = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    masks = [first(x, training=True).data for _ in range(2)]
    assert not np.array_equal(*masks)
    np.testing.assert_array_equal([second(x, training=True).data for _ in range(2)], masks)
    made = []
    for _ in range(2):
        with seed_scope(1):
            made.append(Dropout(0.5)(x, training=True).data)
    np.testing.assert_array_equal(*made)
    assert not np.array_equal(Dropout(0.5)(x, training=True).data, made[0])


def test_dropout_noise_shape():
    y = Dropout(0.5, noise_shape=(None, 1, 5), seed=1)(np.ones((40, 3, 5)), training=True).data
    assert (y == y[:, :1]).all() and 0.3 < (y == 0).mean() < 0.7
    y = Dropout(0.5, noise_shape=(5,), seed=1)(np.ones((40, 3, 5)), training=True).data
    assert (y == y[:1, :1]).all()


def test_dropout_takes_integers_as_floats():
    x = np.ones((2, 3), int)
    assert Dropout(0.5)(x).dtype == Dropout(0.5)(x, training=True).dtype == np.float32


@pytest.mark.parametrize("rate", [-0.1, 1.1, None, "a", True, float("nan")])
def test_dropout_refuses_rates(rate):
    with pytest.raises(ValueError, match="Dropout: rate must be a number between 0 and 1, got"):
        Dropout(rate)


@pytest.mark.parametrize("noise_shape", [3, (0,), (2.0, 1), (-1,), "ab"])
def test_dropout_refuses_noise_shapes(noise_shape):
    with pytest.raises(ValueError, match=r"Dropout: .*noise_shape must be"):
        Dropout(0.5, noise_shape=noise_shape)


def test_dropout_refuses_seeds():
    with pytest.raises(ValueError, match="seed: expected an integer"):
        Dropout(0.5, seed="a")


@pytest.mark.parametrize("noise_shape", [(3, 3), (2, 1, 1), (None, 5), (None, None, 1)])
def test_dropout_refuses_noise_shapes_that_do_not_fit(noise_shape):
    layer = Dropout(0.5, noise_shape=noise_shape, name="d")
    with pytest.raises(ValueError, match=r"Dropout 'd': dropout: noise_shape .* \(2, 3\)"):
        layer(np.ones((2, 3)), training=True)


def test_activity_regularization(rng):
    check_layer(ActivityRegularization, {"l1": 0.1, "l2": 0.2}, (2, 3), output_shape=(2, 3))
    x = rng.normal(size=(4, 3)).astype(np.float32)
    layer = ActivityRegularization(l1=0.1, l2=0.2)
    leaf = Tensor(x, True)
    assert layer(leaf) is leaf
    (loss,) = layer.losses
    expected = (0.1 * np.abs(x).sum() + 0.2 * (x**2).sum()) / 4
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    loss.backward()
    np.testing.assert_allclose(leaf.grad.data, (0.1 * np.sign(x) + 0.4 * x) / 4, rtol=1e-5)
    assert "activity_regularizer" not in layer.get_config()
    with pytest.raises(ValueError, match="l1 must be finite and not negative"):
        ActivityRegularization(l1=-1)
