import json

import numpy as np
import pytest

from autograd_core import Tensor
from nn import activations, constraints, layers
from nn.layers import Activation, Dense, Identity, Input, InputLayer
from nn.random import seed_scope
from tests.nn import reference
from tests.nn.layers.common import check_layer

# Dense.


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 5), (2, 1, 2, 3), (1, 1)])
@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"activation": "tanh"},
        {"use_bias": False, "activation": "softmax"},
        {"activity_regularizer": "l2", "bias_regularizer": "l1"},
        {"kernel_regularizer": "l2", "bias_constraint": "non_neg", "bias_initializer": "ones"},
    ],
)
def test_dense(shape, kwargs):
    bias = kwargs.get("use_bias", True)
    expected = (*shape[:-1], 4)
    check_layer(
        Dense,
        {"units": 4, **kwargs},
        shape,
        output_shape=expected,
        trainable=1 + bias,
        left_out=("lora_rank", "lora_alpha"),
    )


def test_dense_against_loops(rng):
    x = rng.normal(size=(2, 3, 4))
    layer = Dense(5, activation=lambda y: y * y, dtype="float64")
    y = layer(x).data
    kernel, bias = layer.get_weights()
    for i in range(2):
        for j in range(3):
            for unit in range(5):
                total = bias[unit] + sum(x[i, j, k] * kernel[k, unit] for k in range(4))
                assert y[i, j, unit] == pytest.approx(total**2, rel=1e-12)


@pytest.mark.parametrize("case", reference.cases("layers", "Dense "))
def test_dense_equals_keras(case):
    numbers = reference.load("layers")
    layer = Dense(**numbers[f"{case}/arguments"])
    x = Tensor(numbers[f"{case}/x"], True)
    layer.build(x.shape)
    for weight in layer.weights:
        weight.assign(numbers[f"{case}/weight {weight.name}"])
    y = layer(x)
    y.backward(numbers[f"{case}/cotangent"])
    np.testing.assert_allclose(y.data, numbers[f"{case}/y"], rtol=1e-5, atol=1e-6)
    for name, leaf in [("x", x), *((w.name, w) for w in layer.weights)]:
        expected = numbers[f"{case}/grad {name}"]
        np.testing.assert_allclose(leaf.grad.data, expected, rtol=1e-5, atol=1e-6)


def test_dense_keeps_its_arguments():
    layer = Dense(
        3,
        "relu",
        kernel_initializer="he_normal",
        kernel_regularizer="l1",
        bias_regularizer="l2",
        activity_regularizer="l2",
        kernel_constraint=constraints.MaxNorm(3),
    )
    layer.build((None, 2))
    assert [w.name for w in layer.weights] == ["kernel", "bias"]
    assert layer.kernel.regularizer is layer.kernel_regularizer
    assert layer.kernel.constraint is layer.kernel_constraint
    assert layer.bias.regularizer is layer.bias_regularizer
    config = json.loads(json.dumps(layer.get_config()))
    assert config["activation"] == "relu"
    assert config["kernel_constraint"]["config"] == {"max_value": 3, "axis": 0}
    assert config["activity_regularizer"] == {"class_name": "L2", "config": {"l2": 0.01}}
    again = Dense.from_config(config)
    assert again.get_config() == layer.get_config()
    assert again.activity_regularizer.get_config() == {"l2": 0.01}


def test_dense_penalties(rng):
    x = rng.normal(size=(4, 2)).astype(np.float32)
    layer = Dense(
        3,
        kernel_regularizer="l2",
        bias_regularizer="l1",
        activity_regularizer="l2",
        bias_initializer="ones",
    )
    y = layer(x)
    expected = [
        0.01 * np.sum(y.data**2) / 4,
        0.01 * np.sum(layer.kernel.data**2),
        0.01 * np.sum(np.abs(layer.bias.data)),
    ]
    assert [float(loss) for loss in layer.losses] == pytest.approx(expected, rel=1e-5)


def test_dense_weights_come_from_the_seed():
    made = []
    for _ in range(2):
        with seed_scope(5):
            layer = Dense(3)
        layer.build((None, 4))
        made.append(layer.kernel.data)
    np.testing.assert_array_equal(*made)
    assert np.abs(made[0]).max() <= np.sqrt(6 / 7) and np.ptp(made[0]) > 0.5


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_dense_takes_integers_as_floats(dtype):
    x = np.array([[0, 1], [1, 1]], dtype)
    layer = Dense(3)
    y = layer(x)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, layer(x.astype(np.float32)).data)


def test_dense_of_no_examples():
    assert Dense(3)(np.zeros((0, 5, 2))).shape == (0, 5, 3)
    assert Dense(3)(np.zeros((2, 0, 2))).shape == (2, 0, 3)


@pytest.mark.parametrize("units", [0, -1, 1.5, "3", None, True])
def test_dense_refuses_units(units):
    with pytest.raises(ValueError, match="Dense: units must be a positive integer, got"):
        Dense(units)


@pytest.mark.parametrize(
    "argument", [{"lora_rank": 2}, {"lora_alpha": 1.0}, {"quantization_config": {}}]
)
def test_dense_refuses_what_it_cannot_do(argument):
    (name,) = argument
    with pytest.raises(ValueError, match=f"Dense: {name}=.* is not supported"):
        Dense(3, **argument)


def test_dense_refuses_other_arguments():
    with pytest.raises(
        TypeError, match=r"unknown argument 'activaton' \(did you mean 'activation'"
    ):
        Dense(3, activaton="relu")


def test_dense_refuses_shapes():
    layer = Dense(3, name="head")
    with pytest.raises(ValueError, match=r"Dense 'head': expected an input with at least 2 axes"):
        layer(np.zeros(4))
    with pytest.raises(ValueError, match=r"last size of the input must be known.*\(None, None\)"):
        layer.build((None, None))
    layer(np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"Dense 'head': expected size 4 on axis -1 .*\(None, 5\)"):
        layer(np.zeros((2, 5)))


# Activation and Identity.


@pytest.mark.parametrize("name", ["relu", "softmax", "gelu", "linear", None])
def test_activation(name):
    check_layer(Activation, {"activation": name}, (2, 3, 4), output_shape=(2, 3, 4))


def test_activation_takes_functions(rng):
    x = rng.normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_array_equal(Activation(lambda x: x * 2)(x).data, x * 2)
    assert Activation(activations.swish).get_config()["activation"] == "silu"
    assert Activation(None).get_config()["activation"] == "linear"
    assert Activation("softmax")(np.array([[1, 2]])).dtype == np.float32
    with pytest.raises(ValueError, match="unknown name 'rleu'; did you mean 'relu'"):
        Activation("rleu")


def test_identity():
    check_layer(Identity, {}, (2, 3, 4), output_shape=(2, 3, 4))
    x = Tensor(np.arange(3))
    assert Identity()(x) is x


# InputLayer and Input.


def test_input_layer_declares_shape_and_dtype():
    layer = InputLayer(shape=(4, None), batch_size=3, name="images")
    assert layer.batch_shape == layer.batch_input_shape == (3, 4, None)
    assert layer.dtype == "float32" and layer.built and layer.weights == []
    assert layer.compute_output_shape() == (3, 4, None)
    assert InputLayer(batch_shape=[None, 2]).batch_shape == (None, 2)
    assert InputLayer(input_shape=(2,)).batch_shape == (None, 2)
    assert InputLayer(shape=()).batch_shape == (None,)
    assert Input((4,)).batch_shape == Input(shape=[4]).batch_shape == (None, 4)
    assert type(Input((4,), name="a")) is InputLayer and Input((4,), name="a").name == "a"


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_input_layer_converts(dtype):
    layer = InputLayer(shape=(2,), dtype=dtype)
    for given in ("int64", "float32", "float64"):
        assert layer(np.array([[1, 2]], given)).dtype == dtype


def test_input_layer_config():
    layer = InputLayer(shape=(4,), batch_size=3, dtype="float64")
    config = json.loads(json.dumps(layer.get_config()))
    again = InputLayer.from_config(config)
    assert again.get_config() == layer.get_config()
    assert again.batch_shape == (3, 4) and again.dtype == "float64"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: InputLayer(), r"give shape=\(...\) .* or batch_shape"),
        (lambda: InputLayer(shape=(2,), batch_shape=(1, 2)), "give shape"),
        (lambda: InputLayer(batch_shape=(1, 2), batch_size=1), "holds the batch size already"),
        (lambda: InputLayer(shape=4), r"shape must be a tuple of sizes, got 4; write \(4,\)"),
        (lambda: InputLayer(shape=(2.5,)), "every size in shape must be an integer"),
        (lambda: Input(shape=(-1,)), "every size in shape must be an integer"),
        (lambda: InputLayer(shape=(2,), sparse=True), "sparse=True is not supported"),
        (lambda: Input(shape=(2,), ragged=True), "ragged=True is not supported"),
        (lambda: Input(shape=(2,), optional=True), "optional=True is not supported"),
        (lambda: InputLayer(shape=(2,))(np.zeros((3, 4))), r"expected size 2 on axis 1"),
        (lambda: InputLayer(shape=(2,))(np.zeros((3, 4, 2))), "expected an input with 2 axes"),
    ],
)
def test_input_layer_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_input_refuses_a_tensor():
    with pytest.raises(ValueError, match=r"input_tensor=.* is not supported"):
        Input(tensor=Tensor(np.zeros((1, 2))))


# All layers by name.


def keras_form(value):
    """A config of Keras in ours: no module names, the dtype a string, sequences as lists."""
    if isinstance(value, dict) and value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    if isinstance(value, dict):
        return {
            k: keras_form(v) for k, v in value.items() if k not in ("module", "registered_name")
        }
    return value


@pytest.mark.parametrize(
    "name",
    sorted(key.split("/")[1] for key in reference.load("layers") if key.startswith("config/")),
)
def test_configs_are_those_of_keras(name):
    expected = keras_form(reference.load("layers")[f"config/{name}"])
    arguments = {
        "Dense": (3,),
        "Activation": ("relu",),
        "InputLayer": ((4,),),
        "Reshape": ((2, -1),),
        "Dropout": (0.5,),
    }
    made = getattr(layers, name)(*arguments.get(name, ()))
    config = json.loads(json.dumps(made.get_config()))
    for side in (config, expected):
        del side["name"]
    assert config == expected
    assert type(layers.deserialize(json.loads(json.dumps(layers.serialize(made))))) is type(made)


def test_layers_by_name():
    assert type(layers.get("flatten")) is layers.Flatten
    config = {"class_name": "Dense", "config": {"units": 3, "name": "a"}}
    assert layers.deserialize(config).name == "a"
    with pytest.raises(ValueError, match=r"layer: unknown name 'Dens'; did you mean 'dense'\?"):
        layers.get("Dens")
    for name in layers.__all__:
        assert getattr(layers, name) is not None
