"""From one loss value a sample to what is returned: weights, masks and the reduction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import Tensor
from nn.losses.checks import as_tensor

__all__ = ["REDUCTIONS", "aligned", "reduce_weighted_values", "standardize_reduction"]

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def standardize_reduction(reduction: str | None) -> str | None:
    """`reduction` if it is one of REDUCTIONS. Raises ValueError otherwise."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction: {reduction!r} is unknown; use one of {REDUCTIONS}")
    return reduction


def aligned(weights: Any, shape: tuple[int, ...], what: str) -> Any:
    """Weights (a Tensor) in a shape that multiplies values of `shape` as it is meant.

    Weights are a single number, or one a sample `(n,)`, or go on with the values' further axes;
    `(n, 1)` stands for `(n,)`. Raises ValueError for every other shape: weights are never broadcast
    over the samples.
    """
    given = weights.shape
    if weights.ndim == len(shape) + 1 and given[-1] == 1:
        weights = weights.reshape(given[:-1])
    fits = weights.ndim <= len(shape) and all(
        have == want or (have == 1 and place > 0)
        for place, (have, want) in enumerate(zip(weights.shape, shape, strict=False))
    )
    if not fits:
        hint = (
            f"give one weight a sample, shape {shape[:1]}"
            if shape
            else ("there is one value for the whole batch; give y_true and y_pred the shape (n, 1)")
        )
        raise ValueError(f"{what} has shape {given}, the values {shape}; {hint}")
    return weights.reshape(weights.shape + (1,) * (len(shape) - weights.ndim))


def reduce_weighted_values(
    values: Any,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: Any = None,
    name: str = "loss",
) -> Tensor:
    """Loss values times weights, reduced.

    sample_weight: see `aligned`. mask: like weights, of booleans; what is False does not count.
    reduction: "none" or None: no; "sum"; "sum_over_batch_size", the same as "mean": divided by the
        number of values (that the mask lets through); "mean_with_sample_weight": divided by the sum
        of the weights. A quotient by zero is 0.
    """
    standardize_reduction(reduction)
    values = as_tensor(values, dtype, f"{name}: the loss values")
    weights = keep = None
    if sample_weight is not None:
        weights = as_tensor(sample_weight, values.dtype, f"{name}: sample_weight")
        weights = aligned(weights, values.shape, f"{name}: sample_weight")
    if mask is not None:
        keep = as_tensor(mask, bool, f"{name}: mask")
        keep = aligned(keep, values.shape, f"{name}: mask").data
        values = ac.where(keep, values, 0.0)
    if weights is not None:
        values = values * weights
    if reduction in ("none", None) or not values.ndim:
        return values
    total = ac.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        counted = ac.broadcast_to(weights, values.shape)
        divisor = ac.sum(counted if keep is None else ac.where(keep, counted, 0.0))
        return total / (divisor if divisor.item() else math.inf)
    count = values.size
    if keep is not None:
        count = int(np.count_nonzero(np.broadcast_to(keep, values.shape)))
    return total / (count or math.inf)
