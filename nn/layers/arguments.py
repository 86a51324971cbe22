"""Checks and conversions that several layers need."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Tensor

__all__ = ["float_input", "is_integer", "positive_integer", "refuse"]


def is_integer(value: Any) -> bool:
    """Whether a value is an integer, which a boolean is not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def positive_integer(layer: str, name: str, value: Any) -> int:
    """`value` as an int. Raises ValueError, naming the layer class and the argument."""
    if not is_integer(value) or value <= 0:
        raise ValueError(f"{layer}: {name} must be a positive integer, got {value!r}")
    return int(value)


def refuse(layer: str, hint: str, **arguments: Any) -> None:
    """Raises ValueError for the first argument that is given although it cannot be used."""
    for name, value in arguments.items():
        if value is not None and value is not False:
            raise ValueError(f"{layer}: {name}={value!r} is not supported; {hint}")


def float_input(inputs: Tensor, dtype: str) -> Tensor:
    """Integer and boolean inputs as floats of the layer's dtype; floats as they are."""
    return inputs if inputs.dtype.kind == "f" else inputs.astype(dtype)
