"""Dense, Activation, Identity and the input layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core import Tensor
from nn import activations, constraints, initializers, regularizers
from nn.layers.arguments import float_input, is_integer, positive_integer, refuse
from nn.layers.input_spec import InputSpec
from nn.layers.layer import Layer
from nn.settings import standardize_dtype

__all__ = ["Activation", "Dense", "Identity", "Input", "InputLayer"]

Shape = tuple[int | None, ...]


class Dense(Layer):
    """activation(inputs @ kernel + bias).

    inputs: (batch, ..., n); output: (batch, ..., units). kernel: (n, units), bias: (units,).
    units: a positive integer. activation: a name or function, None for none.
    `lora_rank`, `lora_alpha` and `quantization_config` are refused unless None.

    Raises ValueError for inputs with fewer than two axes, or whose last size is unknown or another
    than the kernel's.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        refuse("Dense", "leave it out", lora_rank=lora_rank, lora_alpha=lora_alpha)
        refuse("Dense", "leave it out", quantization_config=quantization_config)
        self.units = positive_integer("Dense", "units", units)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        size = input_shape[-1]
        if size is None:
            raise ValueError(
                f"the last size of the input must be known, got the shape {tuple(input_shape)}"
            )
        self.kernel = self.add_weight(
            (size, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})

    def call(self, inputs: Tensor) -> Tensor:
        x = float_input(inputs, self.dtype)
        leading = x.shape[:-1]
        if len(leading) > 1:  # as one matrix: one product instead of many small ones
            x = x.reshape(math.prod(leading), x.shape[-1])
        x = x @ self.kernel
        if self.bias is not None:
            x = x + self.bias
        if len(leading) > 1:
            x = x.reshape(*leading, self.units)
        return x if self.activation is activations.linear else self.activation(x)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            "quantization_config": None,
        }


class Activation(Layer):
    """An activation function, given by name or as a callable, applied to the inputs."""

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        return self.activation(float_input(inputs, self.dtype))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class Identity(Layer):
    """The inputs themselves."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape) if isinstance(input_shape, (tuple, list)) else input_shape


class InputLayer(Layer):
    """Declares the shape and dtype of a model's input; converts what comes in to that dtype.

    shape: without the batch axis, None for sizes left open. batch_size: fixed, or None.
    batch_shape: both in one, instead of `shape` and `batch_size`.
    `sparse`, `ragged`, `input_tensor` and `optional` are refused.
    """

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        shape = kwargs.pop("input_shape", shape)  # Keras 2's names
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        refuse("InputLayer", "inputs are dense arrays", sparse=sparse, ragged=ragged)
        refuse("InputLayer", "leave it out", input_tensor=input_tensor, optional=optional)
        super().__init__(dtype=dtype, name=name, **kwargs)
        if (shape is None) == (batch_shape is None):
            raise ValueError(
                "InputLayer: give shape=(...) without the batch axis, or batch_shape=(...) with "
                f"it; got shape={shape} and batch_shape={batch_shape}"
            )
        if batch_shape is None:
            batch_shape = (batch_size, *_sizes("shape", shape))
        elif batch_size is not None:
            raise ValueError(
                f"InputLayer: batch_shape={batch_shape} holds the batch size already, "
                f"leave batch_size={batch_size} out"
            )
        self.batch_shape = _sizes("batch_shape", batch_shape)
        self.batch_input_shape = self.batch_shape
        self.autocast = False  # call casts, from integers as well
        self.supports_masking = True
        self.input_spec = InputSpec(shape=self.batch_shape)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs if inputs.dtype == self.dtype else inputs.astype(self.dtype)

    def compute_output_shape(self, input_shape: Any = None) -> Shape:
        return self.batch_shape

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }


def Input(  # noqa: N802  (Keras's name)
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> InputLayer:
    """The input of a Sequential model: `Sequential([Input(shape=(4,)), Dense(3)])`.

    The arguments are those of `InputLayer`; `tensor` is refused unless None.
    """
    return InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=standardize_dtype(dtype),
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
    )


def _sizes(name: str, shape: Any) -> Shape:
    if not isinstance(shape, (tuple, list)):
        hint = f"; write ({shape},)" if is_integer(shape) else ""
        raise ValueError(f"InputLayer: {name} must be a tuple of sizes, got {shape!r}{hint}")
    for size in shape:
        if size is not None and (not is_integer(size) or size < 0):
            raise ValueError(
                f"InputLayer: every size in {name} must be an integer >= 0 or None, got {shape}"
            )
    return tuple(None if size is None else int(size) for size in shape)
