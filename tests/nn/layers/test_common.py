"""`check_layer` must reject layers with a fault; each of these has one."""

from typing import Any

import numpy as np
import pytest

from autograd_core import GradientCheckError, custom_vjp
from nn.layers.layer import Layer
from tests.nn.layers.common import check_layer, distinct_values

STEP = np.random.default_rng(0)


@custom_vjp
def doubled(x):
    return 2.0 * x


@doubled.defvjp
def doubled_vjp(g, out, x):
    return (2.002 * g,)


class Scale(Layer):
    """A layer without a fault."""

    def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.weight = self.add_weight((input_shape[-1],), name="weight")

    def call(self, inputs, training=False):
        return inputs * self.weight * self.factor

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class ForgetsArgument(Scale):
    def get_config(self):
        config = super().get_config()
        del config["factor"]
        return config


class ForgetsValue(Scale):
    def get_config(self):
        return {**super().get_config(), "factor": 2.0}


class WrongShape(Scale):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 7)


class CallsForTheShape(Scale):
    def compute_output_shape(self, input_shape):
        return Layer.compute_output_shape(self, input_shape)


class Widens(Scale):
    def call(self, inputs, training=False):
        return super().call(inputs.astype(np.float64))


class WrongGradient(Scale):
    def call(self, inputs, training=False):
        return doubled(super().call(inputs))


class CutsTheGraph(Scale):
    def call(self, inputs, training=False):
        return inputs.detach() * self.weight


class WritesIntoInput(Scale):
    def call(self, inputs, training=False):
        out = super().call(inputs)
        if inputs.data.flags.writeable:
            inputs.data[...] = 0
        return out


class MixesExamples(Scale):
    def call(self, inputs, training=False):
        return super().call(inputs) + float(inputs.data[..., :1].max(initial=0.0))


class Random(Scale):
    def call(self, inputs, training=False):
        return super().call(inputs) + float(STEP.random())


class SecretTraining(Scale):
    def call(self, inputs, training=False):
        return super().call(inputs) * (2.0 if training else 1.0)


@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 3), (1, 1)])
def test_a_layer_without_fault_passes(shape):
    layer = check_layer(Scale, {"factor": 1.5}, shape, output_shape=shape, trainable=1)
    assert layer.built and layer.weight.dtype == np.float32


@pytest.mark.parametrize(
    ("cls", "error", "message"),
    [
        (ForgetsArgument, AssertionError, "not in the config: {'factor'}"),
        (ForgetsValue, AssertionError, "the config holds factor=2.0, given 1.5"),
        (WrongShape, AssertionError, "calling gives"),
        (CallsForTheShape, AssertionError, "must not call the layer"),
        (Widens, AssertionError, "float64 goes out"),
        (WrongGradient, GradientCheckError, "doubled"),
        (CutsTheGraph, AssertionError, "no gradient reaches"),
        (WritesIntoInput, AssertionError, "Mismatched elements|not equal"),
        (MixesExamples, AssertionError, "Not equal to tolerance"),
        (Random, AssertionError, "not equal"),
        (SecretTraining, AssertionError, "training and inference differ"),
    ],
)
def test_a_fault_is_found(cls, error, message):
    with pytest.raises(error, match=message):
        check_layer(cls, {"factor": 1.5}, (2, 3), trainable=1)


def test_wrong_expectations_are_found():
    with pytest.raises(AssertionError, match=r"\(trainable, others\) are \(1, 0\)"):
        check_layer(Scale, {}, (2, 3), trainable=2)
    with pytest.raises(AssertionError, match=r"has shape \(2, 3\), expected \(2, 4\)"):
        check_layer(Scale, {}, (2, 3), trainable=1, output_shape=(2, 4))
    with pytest.raises(AssertionError, match="training and inference agree"):
        check_layer(Scale, {}, (2, 3), trainable=1, training_differs=True)


@pytest.mark.parametrize("shape", [(3,), (5,), (2, 3), (1,), (0, 2)])
def test_distinct_values(shape):
    values = distinct_values(np.random.default_rng(0), shape)
    assert values.shape == shape and len(np.unique(values)) == values.size
    assert (values != 0).all() and (np.abs(values) <= 2).all()
