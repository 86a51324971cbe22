"""Means of the regression losses' values, as metrics."""

from __future__ import annotations

import math
from typing import Any

import autograd_core as ac
from autograd_core import Tensor
from keras_like.metrics.averages import Mean, MeanMetricWrapper
from nn.losses import regression
from nn.losses.checks import pair

__all__ = [
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "RootMeanSquaredError",
    "SquaredHinge",
]


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between `y_true` and `y_pred` along `axis`: 1 is alike."""
    return -regression.cosine_similarity(y_true, y_pred, axis)


class RootMeanSquaredError(Mean):
    """`sqrt(mean((y_pred - y_true)**2))` over all batches together."""

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        y_true, y_pred = pair(self.name, y_true, y_pred)
        super().update_state(ac.square(y_pred.detach() - y_true.detach()), sample_weight)

    def result(self) -> Tensor:
        return self._scalar(math.sqrt(self._mean()))


class MeanSquaredError(MeanMetricWrapper):
    """The mean of the loss `mean_squared_error`."""

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(regression.mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of the loss `mean_absolute_error`."""

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(regression.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of the loss `mean_absolute_percentage_error`."""

    _direction = "down"

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(regression.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of the loss `mean_squared_logarithmic_error`."""

    _direction = "down"

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(regression.mean_squared_logarithmic_error, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of the loss `log_cosh`."""

    _direction = "down"

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(regression.log_cosh, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine between `y_true` and `y_pred`; the loss of that name is minus that."""

    _direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class Hinge(MeanMetricWrapper):
    """The mean of the loss `hinge`."""

    _direction = "down"

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(regression.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of the loss `squared_hinge`."""

    _direction = "down"

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(regression.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of the loss `categorical_hinge`."""

    _direction = "down"

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(regression.categorical_hinge, name, dtype)


class Poisson(MeanMetricWrapper):
    """The mean of the loss `poisson`."""

    _direction = "down"

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(regression.poisson, name, dtype)


class KLDivergence(MeanMetricWrapper):
    """The mean of the loss `kl_divergence`."""

    _direction = "down"

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(regression.kl_divergence, name, dtype)
