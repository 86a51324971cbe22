"""Losses for numbers: errors, hinges, distances between distributions and directions.

Each function takes `y_true` and `y_pred` of equal shapes `(n, ..., d)` (`(n,)` beside `(n, 1)` is
accepted) and returns one value for each sample, shape `(n, ...)`, in the dtype of `y_pred`. The
classes of the same names reduce those to one number.
"""

from __future__ import annotations

import math
from typing import Any

import autograd_core as ac
from autograd_core import Tensor
from nn.losses.base import LossFunctionWrapper
from nn.losses.checks import pair
from nn.settings import epsilon

__all__ = [
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SquaredHinge",
    "categorical_hinge",
    "cosine_similarity",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "squared_hinge",
]


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """`mean((y_true - y_pred)**2)` over the last axis."""
    y_true, y_pred = pair("mean_squared_error", y_true, y_pred)
    return ac.mean(ac.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """`mean(|y_true - y_pred|)` over the last axis."""
    y_true, y_pred = pair("mean_absolute_error", y_true, y_pred)
    return ac.mean(ac.absolute(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """`100 * mean(|y_true - y_pred| / max(|y_true|, epsilon()))` over the last axis."""
    y_true, y_pred = pair("mean_absolute_percentage_error", y_true, y_pred)
    scale = ac.maximum(ac.absolute(y_true), epsilon())
    return 100.0 * ac.mean(ac.absolute((y_true - y_pred) / scale), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """`mean((log(1 + y_true) - log(1 + y_pred))**2)` over the last axis.

    Values below `epsilon()` count as that.
    """
    y_true, y_pred = pair("mean_squared_logarithmic_error", y_true, y_pred)
    log_pred = ac.log1p(ac.maximum(y_pred, epsilon()))
    log_true = ac.log1p(ac.maximum(y_true, epsilon()))
    return ac.mean(ac.square(log_pred - log_true), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Mean over the last axis of `e**2 / 2` for |e| <= delta, else `delta * (|e| - delta / 2)`.

    Quadratic for small errors e, linear for large ones (Huber, 1964).
    """
    y_true, y_pred = pair("huber", y_true, y_pred)
    error = y_pred - y_true
    size = ac.absolute(error)
    linear = delta * size - 0.5 * delta * delta
    return ac.mean(ac.where(size <= delta, 0.5 * ac.square(error), linear), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """`mean(log(cosh(y_pred - y_true)))` over the last axis, without overflow."""
    y_true, y_pred = pair("log_cosh", y_true, y_pred)
    error = y_pred - y_true
    return ac.mean(error + ac.softplus(-2.0 * error) - math.log(2.0), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """`mean(y_pred - y_true * log(y_pred + epsilon()))` over the last axis.

    The negative log-likelihood of counts `y_true` under rates `y_pred`, less a constant.
    """
    y_true, y_pred = pair("poisson", y_true, y_pred)
    return ac.mean(y_pred - y_true * ac.log(y_pred + epsilon()), axis=-1)


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """`sum(y_true * log(y_true / y_pred))` over the last axis.

    Kullback-Leibler divergence of distributions; both are clipped to [epsilon(), 1].
    """
    y_true, y_pred = pair("kl_divergence", y_true, y_pred)
    y_true = ac.clip(y_true, epsilon(), 1.0)
    y_pred = ac.clip(y_pred, epsilon(), 1.0)
    return ac.sum(y_true * ac.log(y_true / y_pred), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between `y_true` and `y_pred` along `axis`: -1 is alike.

    A norm below `epsilon()` counts as that, so that the result for a zero vector is 0.
    """
    y_true, y_pred = pair("cosine_similarity", y_true, y_pred)
    return -ac.sum(unit(y_true, axis) * unit(y_pred, axis), axis=axis)


def unit(x: Any, axis: int) -> Any:
    """x divided by its Euclidean norm along `axis`, which is at least `epsilon()`."""
    squares = ac.sum(ac.square(x), axis=axis, keepdims=True)
    return x / ac.sqrt(ac.maximum(squares, epsilon() ** 2))


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """`mean(max(1 - y_true * y_pred, 0))` over the last axis.

    Labels are -1 and 1; if all are 0 or 1, zeros are taken for -1.
    """
    y_true, y_pred = pair("hinge", y_true, y_pred)
    return ac.mean(ac.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """`mean(max(1 - y_true * y_pred, 0)**2)` over the last axis; labels as in `hinge`."""
    y_true, y_pred = pair("squared_hinge", y_true, y_pred)
    return ac.mean(ac.square(ac.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def _signs(labels: Tensor) -> Tensor:
    values = labels.data
    return 2.0 * labels - 1.0 if ((values == 0) | (values == 1)).all() else labels


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """`max(1 + neg - pos, 0)` for one-hot `y_true`, over the last axis.

    pos is the prediction for the true class, neg the largest one for another class (or 0).
    """
    y_true, y_pred = pair("categorical_hinge", y_true, y_pred)
    pos = ac.sum(y_true * y_pred, axis=-1)
    neg = ac.max((1.0 - y_true) * y_pred, axis=-1)
    return ac.maximum(neg - pos + 1.0, 0.0)


# The same as classes, with a reduction.


class MeanSquaredError(LossFunctionWrapper):
    """The loss of `mean_squared_error`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The loss of `mean_absolute_error`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The loss of `mean_absolute_percentage_error`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The loss of `mean_squared_logarithmic_error`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class LogCosh(LossFunctionWrapper):
    """The loss of `log_cosh`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """The loss of `poisson`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)


class KLDivergence(LossFunctionWrapper):
    """The loss of `kl_divergence`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Hinge(LossFunctionWrapper):
    """The loss of `hinge`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """The loss of `squared_hinge`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """The loss of `categorical_hinge`, reduced."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)


class Huber(LossFunctionWrapper):
    """The loss of `huber`, reduced."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class CosineSimilarity(LossFunctionWrapper):
    """The loss of `cosine_similarity`, reduced."""

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)
