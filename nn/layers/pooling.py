"""Pooling layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_core import Tensor
from nn.functional.pooling import average_pool2d, max_pool2d
from nn.kernels.geometry import output_length
from nn.layers.arguments import float_input
from nn.layers.input_spec import InputSpec
from nn.layers.layer import Layer
from nn.layers.windows import channel_axis, images_last, padding_name, pair, restore_format
from nn.settings import standardize_data_format

__all__ = ["AveragePooling2D", "MaxPooling2D"]

Shape = tuple[int | None, ...]


class _Pooling2D(Layer):
    """A window that slides over images and takes one number of its cells; see the subclasses."""

    _pool: Callable[..., Any]

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        kind = type(self).__name__
        self.pool_size = pair(kind, "pool_size", pool_size)
        self.strides = self.pool_size if strides is None else pair(kind, "strides", strides)
        self.padding = padding_name(kind, padding)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Tensor) -> Tensor:
        x = images_last(float_input(inputs, self.dtype), self.data_format)
        x = type(self)._pool(x, pool=self.pool_size, strides=self.strides, padding=self.padding)
        return restore_format(x, self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        first = channel_axis(self.data_format) == 1
        spatial = input_shape[2:4] if first else input_shape[1:3]
        sizes = [
            output_length(size, window, stride, 1, self.padding)
            for size, window, stride in zip(spatial, self.pool_size, self.strides, strict=True)
        ]
        if first:
            return (input_shape[0], input_shape[1], *sizes)
        return (input_shape[0], *sizes, input_shape[3])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }


class MaxPooling2D(_Pooling2D):
    """The largest value in every window of each channel.

    inputs: (batch, height, width, channels), or channels first. pool_size, strides: an integer or
    a pair; strides are pool_size by default. padding: 'valid', or 'same', where cells outside the
    image never win. At ties the gradient goes to the first cell of the window in row-major order.
    """

    _pool = staticmethod(max_pool2d)

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling2D(_Pooling2D):
    """The mean of every window of each channel, over its cells inside the image.

    inputs: (batch, height, width, channels), or channels first. pool_size, strides: an integer or
    a pair; strides are pool_size by default. padding: 'valid' or 'same'.
    """

    _pool = staticmethod(average_pool2d)

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)
