"""Gradients on their way to an update: as arrays, and clipped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.variable import Variable

__all__ = ["as_array", "clipped"]


def as_array(label: str, gradient: Any, variable: Variable) -> np.ndarray:
    """A Tensor's or array's values in the variable's dtype. Raises ValueError for another shape."""
    array = np.asarray(gradient.data if isinstance(gradient, Tensor) else gradient)
    if array.shape != variable.shape:
        raise ValueError(
            f"{label}: the gradient of '{variable.path}' has shape {array.shape}, the variable "
            f"{variable.shape}"
        )
    return array.astype(variable.dtype, copy=False)


def clipped(
    grads: list[np.ndarray],
    clipnorm: float | None,
    global_clipnorm: float | None,
    clipvalue: float | None,
) -> list[np.ndarray]:
    """The gradients within one of the bounds (or none): each norm, the common norm, each entry."""
    if clipnorm is not None:
        return [g * _factor(_norm([g]), clipnorm) for g in grads]
    if global_clipnorm is not None:
        factor = _factor(_norm(grads), global_clipnorm)
        return [g * factor for g in grads]
    if clipvalue is not None:
        return [np.clip(g, -clipvalue, clipvalue) for g in grads]
    return grads


def _norm(grads: list[np.ndarray]) -> float:
    """The Euclidean norm of all entries together, summed in float64."""
    return math.sqrt(math.fsum(float(np.sum(np.square(g), dtype=np.float64)) for g in grads))


def _factor(norm: float, bound: float) -> float:
    """What scales a gradient of this norm to within the bound.

    An infinite norm gives NaN: zeros with a few NaN in between would hide that training broke down.
    """
    if not math.isfinite(norm):
        return math.nan
    return bound / max(norm, bound)
