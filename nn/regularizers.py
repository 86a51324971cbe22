"""Regularizers: penalties on weights or outputs, added to the training loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

import autograd_core as ac
from nn.registry import Lookup

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "serialize",
]


class Regularizer:
    """The base of all regularizers; a subclass defines `__call__` and `get_config`."""

    def __call__(self, x: Any) -> Any:
        """The penalty for `x`: a scalar, a Tensor if `x` is one."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__(x)")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_config()")

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The regularizer that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class L1L2(Regularizer):
    """l1 sum |x| + l2 sum x**2."""

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _factor(self, "l1", 0.0 if l1 is None else l1)
        self.l2 = _factor(self, "l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        if not self.l1:
            return self.l2 * _squares(x)
        penalty = self.l1 * ac.sum(ac.absolute(x))
        return penalty + self.l2 * _squares(x) if self.l2 else penalty

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


class L1(L1L2):
    """l1 sum |x|, whose derivative at 0 is taken as 0."""

    def __init__(self, l1: float | None = 0.01) -> None:
        super().__init__(l1=0.01 if l1 is None else l1)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


class L2(L1L2):
    """l2 sum x**2."""

    def __init__(self, l2: float | None = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| between two different rows (or columns) of a matrix.

    mode: "rows" or "columns". 0 for a single row, and a row of zeros counts as orthogonal.
    Raises ValueError unless the input has two axes.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor(self, "factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer: mode is {mode!r}, expected 'rows' or 'columns'"
            )
        self.mode = mode

    def __call__(self, x: Any) -> Any:
        x = x if isinstance(x, ac.Tensor) else np.asarray(x)
        if x.ndim != 2:
            raise ValueError(f"OrthogonalRegularizer: needs a matrix, got the shape {x.shape}")
        if self.mode == "columns":
            x = x.T
        count = x.shape[0]
        squares = ac.sum(ac.square(x), axis=1, keepdims=True)
        unit = x / ac.sqrt(ac.where(squares > 0, squares, 1.0))
        cosines = unit @ unit.T
        between = ac.absolute(ac.where(np.eye(count, dtype=bool), 0.0, cosines))
        return self.factor / max(count * (count - 1), 1) * ac.sum(between)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


def _squares(x: Any) -> Any:
    return ac.sum(ac.square(x))


def _factor(regularizer: Regularizer, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise ValueError(f"{type(regularizer).__name__}: {name} must be a number, got {value!r}")
    value = float(value)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(
            f"{type(regularizer).__name__}: {name} must be finite and not negative, got {value}"
        )
    return value


_LOOKUP = Lookup(
    "regularizer",
    {cls.__name__: cls for cls in (L1, L2, L1L2, OrthogonalRegularizer)} | {"l1_l2": L1L2},
)

get = _LOOKUP.get
serialize = _LOOKUP.serialize
deserialize = _LOOKUP.deserialize
