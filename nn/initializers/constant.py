"""The base of all initializers, and those that draw nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.settings import standardize_dtype

__all__ = ["Constant", "Identity", "Initializer", "Ones", "Zeros", "checked_shape"]


class Initializer:
    """The base of all initializers; a subclass defines `__call__` and `get_config`."""

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        """An array of `shape` and `dtype`, by default `floatx()`."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__(shape, dtype)")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The initializer that `get_config` described."""
        return cls(**config)

    def clone(self) -> Any:
        """A new initializer from this one's config; without a seed it draws one of its own."""
        return type(self).from_config(self.get_config())

    def __repr__(self) -> str:
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class Zeros(Initializer):
    """0 everywhere."""

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        return np.zeros(checked_shape(self, shape), standardize_dtype(dtype))


class Ones(Initializer):
    """1 everywhere."""

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        return np.ones(checked_shape(self, shape), standardize_dtype(dtype))


class Constant(Initializer):
    """A number, or an array that is broadcast to the shape; ValueError where it cannot be."""

    def __init__(self, value: Any = 0.0) -> None:
        array = np.array(value.data if isinstance(value, Tensor) else value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"Constant: value must be a number or an array of them, got {value!r}")
        self.value = array

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        shape = checked_shape(self, shape)
        try:
            values = np.broadcast_to(self.value, shape)
        except ValueError:
            raise ValueError(
                f"Constant: a value of shape {self.value.shape} does not fill a weight of shape "
                f"{shape}"
            ) from None
        return values.astype(standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value.tolist()}


class Identity(Initializer):
    """`gain` times the identity matrix. Raises ValueError unless the shape has two axes."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        shape = checked_shape(self, shape)
        if len(shape) != 2:
            raise ValueError(f"Identity: makes matrices only, got the shape {shape}")
        return (self.gain * np.eye(*shape)).astype(standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


def checked_shape(initializer: Initializer, shape: Any) -> tuple[int, ...]:
    """A shape as a tuple. Raises ValueError, naming the initializer, for sizes that are none."""
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(not isinstance(size, (int, np.integer)) or size < 0 for size in shape):
        raise ValueError(
            f"{type(initializer).__name__}: every size in the shape must be an integer >= 0, "
            f"got {shape}"
        )
    return shape
