"""Convolution layers."""

from __future__ import annotations

from typing import Any

import autograd_core as ac
from autograd_core import Tensor
from nn import activations, constraints, initializers, regularizers
from nn.functional.convolution import conv2d
from nn.kernels.geometry import output_length
from nn.layers.arguments import float_input, positive_integer
from nn.layers.input_spec import InputSpec
from nn.layers.layer import Layer
from nn.layers.windows import channel_axis, images_last, padding_name, pair, restore_format
from nn.settings import standardize_data_format

__all__ = ["Conv2D"]

Shape = tuple[int | None, ...]


class Conv2D(Layer):
    """Two-dimensional convolution (cross-correlation): activation(conv(inputs, kernel) + bias).

    inputs: (batch, height, width, channels), or (batch, channels, height, width) with
    data_format='channels_first'; the output has `filters` channels. kernel: (kernel height, kernel
    width, channels / groups, filters) in either format, bias: (filters,).

    kernel_size, strides, dilation_rate: an integer or a pair. padding: 'valid' or 'same'.
    groups: the channels are split into so many groups, each with filters of its own.

    Raises ValueError where channels or filters cannot be split into the groups, for strides and
    dilation above 1 together, and for a kernel larger than the image.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = positive_integer("Conv2D", "filters", filters)
        self.groups = positive_integer("Conv2D", "groups", groups)
        self.kernel_size = pair("Conv2D", "kernel_size", kernel_size)
        self.strides = pair("Conv2D", "strides", strides)
        self.dilation_rate = pair("Conv2D", "dilation_rate", dilation_rate)
        self.padding = padding_name("Conv2D", padding)
        self.data_format = standardize_data_format(data_format)
        if self.filters % self.groups:
            raise ValueError(
                f"Conv2D: filters={self.filters} cannot be split into groups={self.groups}"
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"Conv2D: strides={self.strides} and dilation_rate={self.dilation_rate} "
                "cannot both be above 1"
            )
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=4)

    def build(self, input_shape: Shape) -> None:
        self.input_spec.check(input_shape)
        axis = channel_axis(self.data_format)
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(
                f"the number of channels must be known, got the input shape {tuple(input_shape)}"
            )
        if channels % self.groups:
            raise ValueError(
                f"{channels} input channels cannot be split into groups={self.groups}, "
                f"input shape {tuple(input_shape)}"
            )
        self.kernel = self.add_weight(
            (*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=4, axes={axis: channels})

    def call(self, inputs: Tensor) -> Tensor:
        x = conv2d(
            images_last(float_input(inputs, self.dtype), self.data_format),
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            dilation=self.dilation_rate,
            groups=self.groups,
        )
        if self.bias is not None:
            x = ac.add(x, self.bias)
        x = restore_format(x, self.data_format)
        return x if self.activation is activations.linear else self.activation(x)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        first = channel_axis(self.data_format) == 1
        spatial = input_shape[2:4] if first else input_shape[1:3]
        sizes = [
            output_length(size, window, stride, dilation, self.padding)
            for size, window, stride, dilation in zip(
                spatial, self.kernel_size, self.strides, self.dilation_rate, strict=True
            )
        ]
        batch = input_shape[0]
        return (batch, self.filters, *sizes) if first else (batch, *sizes, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }
