"""Constraints: what a weight is projected to after each update.

Called with an array or a Tensor they return a new array; nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.registry import Lookup
from nn.settings import epsilon

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "serialize",
]


class Constraint:
    """The base of all constraints; a subclass defines `project(w)` on arrays, and `get_config`."""

    def __call__(self, w: Any) -> np.ndarray:
        """The projected value, of the shape and dtype of `w`."""
        array = w.data if isinstance(w, Tensor) else np.asarray(w)
        if array.dtype.kind != "f":
            raise TypeError(f"{type(self).__name__}: constrains floats only, got {array.dtype}")
        return self.project(array)

    def project(self, w: np.ndarray) -> np.ndarray:
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The constraint that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class NonNeg(Constraint):
    """Negative entries become 0."""

    def project(self, w: np.ndarray) -> np.ndarray:
        return np.maximum(w, 0)


class _Norm(Constraint):
    """The base of those that scale vectors to a norm.

    axis: along which a vector lies, an integer or several. 0 for a dense kernel (inputs, units)
        means one vector for each unit; for a convolution kernel (height, width, in, out) use
        (0, 1, 2).
    """

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        whole = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
        self.axis = int(axis) if whole else tuple(axis)  # type: ignore[arg-type]

    def project(self, w: np.ndarray) -> np.ndarray:
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if any(not -w.ndim <= axis < w.ndim for axis in axes):
            raise ValueError(
                f"{type(self).__name__}: axis is {self.axis}, the weight has the shape {w.shape}"
            )
        norms = np.sqrt(np.sum(np.square(w), axis=axes, keepdims=True))
        return w * (self.target(norms) / (norms + epsilon()))

    def target(self, norms: np.ndarray) -> np.ndarray | float:
        raise NotImplementedError(f"{type(self).__name__} does not define target(norms)")


class UnitNorm(_Norm):
    """Every vector along `axis` gets the norm 1; zeros stay zeros."""

    def target(self, norms: np.ndarray) -> np.ndarray | float:
        return 1.0

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MaxNorm(_Norm):
    """Vectors along `axis` that are longer than `max_value` are shortened to it.

    Source: N. Srivastava et al., "Dropout", JMLR 15 (2014), section 5.1.
    """

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0) -> None:
        super().__init__(axis)
        if not max_value >= 0:
            raise ValueError(f"MaxNorm: max_value must be >= 0, got {max_value}")
        self.max_value = max_value

    def target(self, norms: np.ndarray) -> np.ndarray | float:
        return np.minimum(norms, self.max_value)

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class MinMaxNorm(_Norm):
    """Norms along `axis` move towards [min_value, max_value].

    rate: how far, from 0 (not at all) to 1 (onto the interval).
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ) -> None:
        super().__init__(axis)
        if not 0 <= min_value <= max_value:
            raise ValueError(
                "MinMaxNorm: expected 0 <= min_value <= max_value, "
                f"got min_value={min_value} and max_value={max_value}"
            )
        if not 0 <= rate <= 1:
            raise ValueError(f"MinMaxNorm: rate must be between 0 and 1, got {rate}")
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate

    def target(self, norms: np.ndarray) -> np.ndarray | float:
        limited = np.clip(norms, self.min_value, self.max_value)
        return self.rate * limited + (1 - self.rate) * norms

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


_LOOKUP = Lookup(
    "constraint", {cls.__name__: cls for cls in (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)}
)

get = _LOOKUP.get
serialize = _LOOKUP.serialize
deserialize = _LOOKUP.deserialize
