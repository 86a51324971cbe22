"""Layers that arrange the same numbers in another shape: Flatten, Reshape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core import Tensor
from nn.layers.arguments import is_integer
from nn.layers.input_spec import InputSpec
from nn.layers.layer import Layer
from nn.settings import standardize_data_format

__all__ = ["Flatten", "Reshape"]

Shape = tuple[int | None, ...]


class Flatten(Layer):
    """(batch, a, b, ...) -> (batch, a b ...); (batch,) -> (batch, 1).

    data_format: "channels_first" moves axis 1 behind the others before, so that the order of the
        output is that of channels_last data.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = inputs.transpose(0, *range(2, inputs.ndim), 1)
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], _product(input_shape[1:]))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """(batch, ...) -> (batch, *target_shape).

    target_shape: sizes without the batch axis; one of them may be -1, to be computed.
    Raises ValueError where the number of values would change.
    """

    def __init__(self, target_shape: int | Sequence[int | None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        given = target_shape if isinstance(target_shape, (tuple, list)) else (target_shape,)
        sizes: list[Any] = [-1 if size is None else size for size in given]
        if any(not is_integer(size) or size < -1 for size in sizes) or sizes.count(-1) > 1:
            raise ValueError(
                "Reshape: target_shape must hold integers >= 0 and at most one -1, "
                f"got {target_shape}"
            )
        self.target_shape = tuple(map(int, sizes))
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.reshape(inputs.shape[0], *self._resolved(inputs.shape[1:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], *self._resolved(tuple(input_shape[1:])))

    def _resolved(self, sizes: Shape) -> tuple[Any, ...]:
        """The target shape with -1 replaced, by None where the input's sizes leave it open."""
        total = _product(sizes)
        rest = math.prod(size for size in self.target_shape if size != -1)
        open_size = -1 in self.target_shape
        if total is None:
            missing = None
        elif (rest == 0 or total % rest) if open_size else total != rest:
            raise ValueError(
                f"cannot turn {tuple(sizes)}, which is {total} values an example, into "
                f"{self.target_shape}" + ("" if open_size else f", which is {rest}")
            )
        else:
            missing = total // rest if open_size else None
        return tuple(missing if size == -1 else size for size in self.target_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": self.target_shape}


def _product(sizes: Sequence[int | None]) -> int | None:
    """The product, None if a size is open."""
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None
