"""Layers that act in training only: Dropout, ActivityRegularization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core import Tensor
from nn.functional.dropout import dropout
from nn.layers.arguments import float_input, is_integer
from nn.layers.layer import Layer
from nn.random import SeedGenerator
from nn.regularizers import L1L2

__all__ = ["ActivityRegularization", "Dropout"]

Shape = tuple[int | None, ...]


class Dropout(Layer):
    """In training each entry becomes 0 with probability `rate`, the others grow by 1 / (1 - rate).

    noise_shape: the shape of the random mask; entries share their fate along axes of size 1, None
        stands for the input's size: (None, 1, None) drops whole rows along axis 1.
    seed: an integer makes the sequence of masks reproducible.
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        number = isinstance(rate, (int, float)) and not isinstance(rate, bool)
        if not number or not 0 <= rate <= 1:
            raise ValueError(f"Dropout: rate must be a number between 0 and 1, got {rate!r}")
        self.rate = rate
        self.noise_shape = None if noise_shape is None else _mask_sizes(noise_shape)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        x = float_input(inputs, self.dtype)
        if not training or self.rate == 0:
            return x
        return dropout(x, self.rate, self.seed_generator.next(), self.noise_shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rate": self.rate,
            "seed": self.seed,
            "noise_shape": self.noise_shape,
        }


class ActivityRegularization(Layer):
    """The inputs themselves; adds l1 sum |x| + l2 sum x**2, over the batch size, to the loss."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1, l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]
        return {**config, "l1": self.l1, "l2": self.l2}


def _mask_sizes(noise_shape: Any) -> Shape:
    if not isinstance(noise_shape, (tuple, list)):
        raise ValueError(f"Dropout: noise_shape must be a tuple of sizes, got {noise_shape!r}")
    for size in noise_shape:
        if size is not None and (not is_integer(size) or size < 1):
            raise ValueError(
                f"Dropout: every size in noise_shape must be a positive integer or None, "
                f"got {tuple(noise_shape)}"
            )
    return tuple(noise_shape)
