"""`check_layer`: what must hold for every layer, from one description of it."""

import copy
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import Tensor, check_grads
from nn.layers.layer import Layer
from nn.random import SeedGenerator
from nn.variable import Variable

# Arguments of every layer; their values need not stand in a config.
COMMON = {
    "self",
    "kwargs",
    "args",
    "name",
    "trainable",
    "dtype",
    "autocast",
    "activity_regularizer",
}


def distinct_values(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values in [-2, 2], no two alike and none 0: away from the kinks and ties of layers."""
    size = int(np.prod(shape))
    values = (rng.permutation(size) - size / 2 + 0.5) * (4 / max(size, 1))
    return np.where(values == 0, 1 / max(size, 1), values).reshape(shape)


def check_layer(
    cls: type[Layer],
    kwargs: dict[str, Any],
    input_shape: tuple[int, ...],
    *,
    output_shape: tuple[int, ...] | None = None,
    trainable: int = 0,
    non_trainable: int = 0,
    training_differs: bool = False,
    order: int = 2,
    left_out: tuple[str, ...] = (),
    empty_batch: bool = True,
    make_input: Callable[..., np.ndarray] = distinct_values,
    seed: int = 0,
) -> Layer:
    """Checks a layer class made with `kwargs`; returns a built one with random weights, in float32.

    input_shape, output_shape: with the batch size. trainable, non_trainable: numbers of weights.
    training_differs: whether the output in training is another than in inference.
    order: of the derivatives to check. left_out: constructor arguments that no config holds.
    empty_batch: whether inference takes a batch of no examples.
    make_input: `(rng, shape)` gives the float64 input.
    """
    assert "dtype" not in kwargs and "name" not in kwargs, "check_layer chooses them"
    rng = np.random.default_rng(seed)
    x = make_input(rng, input_shape)
    assert x.shape == input_shape and x.dtype == np.float64
    layer = cls(**kwargs)
    check_output_shape(cls(**kwargs), x, output_shape)
    check_weights(layer, input_shape, trainable, non_trainable, rng)
    check_config(layer, kwargs, x, left_out)
    check_values(layer, x, training_differs)
    check_dtypes(layer, x)
    if empty_batch:
        empty = layer(np.zeros((0, *input_shape[1:]), np.float32))
        assert empty.shape == layer.compute_output_shape(empty_input_shape(input_shape))
    check_gradients(cls, kwargs, x, order, seed)
    return layer


def empty_input_shape(input_shape: tuple[int, ...]) -> tuple[int, ...]:
    return (0, *input_shape[1:])


def check_output_shape(layer: Layer, x: np.ndarray, output_shape: tuple[int, ...] | None) -> None:
    """compute_output_shape is exact and neither calls nor builds the layer."""
    made = type(layer).from_config(layer.get_config())(x).shape
    if output_shape is not None:
        assert made == output_shape, f"the output has shape {made}, expected {output_shape}"

    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("compute_output_shape must not call the layer")

    layer.call = layer.build = forbidden  # type: ignore[method-assign]
    for batch in (None, x.shape[0]):
        given = (batch, *x.shape[1:])
        computed = layer.compute_output_shape(given)
        assert isinstance(computed, tuple)
        assert computed == (batch, *made[1:]), f"{given} -> {computed}, calling gives {made}"
    assert not layer.built


def check_weights(
    layer: Layer,
    input_shape: tuple[int, ...],
    trainable: int,
    non_trainable: int,
    rng: np.random.Generator,
) -> None:
    """Numbers of weights, freezing, reading and writing; leaves random weights behind."""
    assert layer.weights == []
    layer.build((None, *input_shape[1:]))
    assert layer.built
    counts = (len(layer.trainable_weights), len(layer.non_trainable_weights))
    assert counts == (trainable, non_trainable), f"(trainable, others) are {counts}"
    names = [v.name for v in layer.weights]
    assert len(set(names)) == len(names), f"weights share a name: {names}"
    layer.trainable = False
    assert layer.trainable_weights == []
    layer.trainable = True
    assert len(layer.trainable_weights) == trainable
    randomize(layer, rng)
    values = layer.get_weights()
    layer.set_weights([np.zeros_like(v) for v in values])
    layer.set_weights(values)
    for variable, value in zip(layer.weights, values, strict=True):
        np.testing.assert_array_equal(variable.data, value)
    assert layer.count_params() == sum(v.size for v in values)


def randomize(layer: Layer, rng: np.random.Generator) -> None:
    """Random weights; state that is not trained, such as variances, gets positive values."""
    for variable in layer.weights:
        if variable.is_weight:
            variable.assign(rng.normal(0.0, 0.5, variable.shape))
        else:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))


def check_config(
    layer: Layer, kwargs: dict[str, Any], x: np.ndarray, left_out: tuple[str, ...]
) -> None:
    """The config holds every argument, survives JSON, and makes a layer that computes the same."""
    config = layer.get_config()
    arguments = set(inspect.signature(type(layer).__init__).parameters) - COMMON - set(left_out)
    assert arguments <= config.keys(), f"not in the config: {arguments - config.keys()}"
    assert {"name", "trainable", "dtype"} <= config.keys()
    stored = json.loads(json.dumps(config))
    for key, value in kwargs.items():  # None may have become a default, "l2" and 2 an object
        if key in config and isinstance(value, (bool, int, float, str)):
            held = stored[key]
            same = held == value or isinstance(held, (dict, list))
            assert same, f"the config holds {key}={held!r}, given {value!r}"
    twin = type(layer).from_config(stored)
    assert json.loads(json.dumps(twin.get_config())) == stored
    twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(x).data, layer(x).data)
    copied = copy.deepcopy(layer)
    np.testing.assert_array_equal(copied(x).data, layer(x).data)
    for own, other in zip(layer.weights, copied.weights, strict=True):
        assert own is not other and own.name == other.name and own.trainable == other.trainable


def check_values(layer: Layer, x: np.ndarray, training_differs: bool) -> None:
    """Training against inference, examples independent in inference, inputs left alone."""
    x = x.astype(np.float32)
    before = x.copy()
    inference = layer(x).data
    np.testing.assert_array_equal(layer(x).data, inference)
    np.testing.assert_array_equal(layer(Tensor(x)).data, inference)
    for i in range(len(x)):
        np.testing.assert_allclose(layer(x[i : i + 1]).data[0], inference[i], rtol=1e-5, atol=1e-6)
    state = [v.data for v in layer.weights]
    training = layer(x, training=True).data
    for variable, data in zip(layer.weights, state, strict=True):
        variable.replace(data)
    assert training.shape == inference.shape
    same = np.allclose(training, inference, rtol=1e-4, atol=1e-5)
    assert same is not training_differs, "training and inference " + ("agree", "differ")[not same]
    np.testing.assert_array_equal(x, before)


def check_dtypes(layer: Layer, x: np.ndarray) -> None:
    """float32 stays float32 in the output and in every gradient, whatever float comes in."""
    assert all(v.dtype == np.float32 for v in layer.weights), "the weights are not float32"
    assert layer(x).dtype == np.float32, f"float64 comes in, {layer(x).dtype} goes out"
    for training in (False, True):
        leaf = Tensor(x.astype(np.float32), True)
        output = layer(leaf, training=training)
        assert output.dtype == np.float32, f"float32 comes in, {output.dtype} goes out"
        output.backward(np.ones(output.shape, np.float32))
        for tensor in (leaf, *layer.trainable_weights):
            assert tensor.grad is not None, f"no gradient reaches {tensor!r}"
            assert tensor.grad.dtype == np.float32, f"the gradient is {tensor.grad.dtype}"
            tensor.zero_grad()


def check_gradients(
    cls: type[Layer], kwargs: dict[str, Any], x: np.ndarray, order: int, seed: int
) -> None:
    """Derivatives by the input and by all trained weights against differences, in float64."""
    layer = cls(**kwargs, dtype="float64")
    layer.build((None, *x.shape[1:]))
    randomize(layer, np.random.default_rng(seed))
    trained = layer.trainable_weights
    others = [(v, v.data) for v in layer.non_trainable_weights]
    seeds = [s for part in layer._flatten_layers() for s in part._own(SeedGenerator)]
    states = [copy.deepcopy(s.state) for s in seeds]

    for training in (False, True):

        def f(x: Any, *weights: Any, training: bool = training) -> Any:
            for variable, data in others:
                variable.replace(data)
            for generator, state in zip(seeds, states, strict=True):
                generator.set_state(state)
            with substituted(layer, dict(zip(map(id, trained), weights, strict=True))):
                return layer(x, training=training)

        check_grads(f, (x, *(v.data for v in trained)), order=order, seed=seed)


@contextmanager
def substituted(layer: Layer, tensors: dict[int, Any]) -> Iterator[None]:
    """Inside the block the layer computes with `tensors` in place of the variables of these ids."""
    undo, met = [], set()

    def other(value: Any) -> Any:
        if isinstance(value, Variable) and id(value) in tensors:
            met.add(id(value))
            return tensors[id(value)]
        if isinstance(value, (list, tuple)):
            return type(value)(map(other, value))
        return value

    for part in layer._flatten_layers():
        for key, value in list(vars(part).items()):
            if isinstance(value, (Variable, list, tuple)):
                undo.append((part, key, value))
                setattr(part, key, other(value))
    assert met == tensors.keys(), "weights stand where `substituted` does not look"
    try:
        yield
    finally:
        for part, key, value in undo:
            setattr(part, key, value)
