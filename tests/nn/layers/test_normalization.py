import numpy as np
import pytest

from autograd_core import Tensor
from nn.layers import BatchNormalization
from tests.nn import reference
from tests.nn.layers.common import check_layer


@pytest.mark.parametrize(
    ("kwargs", "shape", "weights"),
    [
        ({}, (5, 3), 2),
        ({"momentum": 0.5, "epsilon": 0.1}, (3, 2, 2, 2), 2),
        ({"axis": 1}, (4, 3, 2), 2),
        ({"axis": 2, "center": False}, (4, 2, 3), 1),
        ({"scale": False}, (4, 3), 1),
        ({"center": False, "scale": False}, (4, 3), 0),
        ({"gamma_initializer": "uniform", "beta_regularizer": "l2"}, (4, 3), 2),
    ],
)
def test_batch_normalization(kwargs, shape, weights):
    check_layer(
        BatchNormalization,
        kwargs,
        shape,
        output_shape=shape,
        trainable=weights,
        non_trainable=2,
        training_differs=True,
    )


@pytest.mark.parametrize("case", reference.cases("layers", "BatchNormalization "))
def test_equal_to_keras(case):
    """Two steps of training and then inference: outputs, gradients, moving statistics."""
    numbers = reference.load("layers")
    layer = BatchNormalization(**numbers[f"{case}/arguments"])
    layer.build(numbers[f"{case}/inference/x"].shape)
    for weight in layer.weights:
        weight.assign(numbers[f"{case}/weight {weight.name}"])
    close = {"rtol": 1e-5, "atol": 1e-5}
    for step in ("step 0", "step 1", "inference"):
        x = Tensor(numbers[f"{case}/{step}/x"], True)
        y = layer(x, training=step != "inference")
        y.backward(numbers[f"{case}/{step}/cotangent"])
        np.testing.assert_allclose(y.data, numbers[f"{case}/{step}/y"], **close)
        for name, leaf in [("x", x), *((w.name, w) for w in layer.trainable_weights)]:
            expected = numbers[f"{case}/{step}/grad {name}"]
            np.testing.assert_allclose(leaf.grad.data, expected, **close)
            leaf.zero_grad()
        if step != "inference":
            for name in ("moving_mean", "moving_variance"):
                expected = numbers[f"{case}/{step}/{name}"]
                np.testing.assert_allclose(getattr(layer, name).data, expected, **close)


def test_order_of_the_weights():
    layer = BatchNormalization()
    layer.build((None, 3))
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [w.name for w in layer.weights] == names
    assert [w.name for w in layer.trainable_weights] == names[:2]
    assert [w.name for w in layer.non_trainable_weights] == names[2:]


def test_moving_statistics(rng):
    x = rng.normal(3.0, 2.0, size=(50, 4))
    layer = BatchNormalization(momentum=0.9, dtype="float64")
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.data, 0.1 * x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(layer.moving_variance.data, 0.9 + 0.1 * x.var(0), rtol=1e-12)
    before = layer.get_weights()
    layer(x)
    layer(x, training=False)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_graph_recorded_before_keeps_its_statistics(rng):
    """Moving averages are replaced, not written into."""
    x = Tensor(rng.normal(size=(4, 2)), True)
    layer = BatchNormalization(dtype="float64", momentum=0.0)
    layer(x, training=True)
    y = layer(x)
    variance = layer.moving_variance.data
    layer(Tensor(10 * x.data), training=True)
    y.backward(np.ones((4, 2)))
    expected = np.broadcast_to(1 / np.sqrt(variance + 1e-3), (4, 2))
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-12)


def test_frozen_layer_is_in_inference(rng):
    x = rng.normal(3.0, 2.0, size=(5, 2)).astype(np.float32)
    layer = BatchNormalization(trainable=False)
    y = layer(x, training=True)
    np.testing.assert_allclose(y.data, x / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean.data, [0, 0])
    layer.trainable = True
    layer(x, training=True)
    assert (layer.moving_mean.data != 0).all()


def test_one_example_has_no_variance():
    layer = BatchNormalization(beta_initializer="ones")
    np.testing.assert_array_equal(layer(np.array([[5.0, -3.0]]), training=True).data, [[1, 1]])


def test_integers_become_floats():
    y = BatchNormalization()(np.arange(6).reshape(2, 3), training=True)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.data, [[-1] * 3, [1] * 3], atol=1e-3)


def test_float16_does_not_overflow():
    x = np.array([[300.0], [-300.0], [100.0], [-100.0]] * 10, np.float16)
    layer = BatchNormalization(dtype="float16", momentum=0.5)
    y = layer(x, training=True)
    assert y.dtype == np.float16 and np.isfinite(y.data).all()
    assert float(y.data.std()) == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"axis": "a"}, "axis must be an integer, got 'a'"),
        ({"axis": (1, 2)}, "axis must be an integer"),
        ({"momentum": 1.5}, "momentum must be between 0 and 1, got 1.5"),
        ({"epsilon": -1}, "epsilon must be >= 0, got -1"),
        ({"synchronized": True}, "synchronized=True is not supported"),
        ({"renorm": True}, "renorm=True is not supported"),
        ({"renorm_clipping": {}}, "renorm_clipping=.* is not supported"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=f"BatchNormalization: {message}"):
        BatchNormalization(**kwargs)


def test_bad_inputs():
    with pytest.raises(ValueError, match=r"axis 3 is not one of the input's shape \(None, 4\)"):
        BatchNormalization(axis=3)(np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"size along axis -1 must be known"):
        BatchNormalization().build((None, None))
    layer = BatchNormalization(name="norm")
    with pytest.raises(ValueError, match=r"BatchNormalization 'norm': .* no mean of no examples"):
        layer(np.zeros((0, 3)), training=True)
    layer(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="BatchNormalization 'norm': expected size 3 on axis -1"):
        layer(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="expected an input with 2 axes"):
        layer(np.zeros((2, 4, 3)))
    with pytest.raises(ValueError, match="mask is not supported"):
        layer(np.zeros((2, 3)), mask=np.ones(2, bool))
