"""Sum and Mean over batches, and means of a function of labels and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_core import Tensor, no_grad
from keras_like.metrics.metric import Metric
from nn.losses.checks import as_tensor
from nn.losses.lookup import deserialize as loss_from
from nn.losses.lookup import serialize as loss_to
from nn.losses.reductions import aligned

__all__ = ["Mean", "MeanMetricWrapper", "Sum"]


def _weighted(name: str, values: Any, sample_weight: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Values times weights, and the weights in the values' shape, in float64."""
    values = as_tensor(values, what=f"{name}: values").data.astype(np.float64)
    if sample_weight is None:
        return values, None
    weights = as_tensor(sample_weight, np.float64, f"{name}: sample_weight")
    weights = aligned(weights.detach(), values.shape, f"{name}: sample_weight").data
    return values * weights, np.broadcast_to(weights, values.shape)


class Sum(Metric):
    """The sum of all values, each times its weight.

    The state is float64, so that it stays exact over millions of samples.
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), dtype="float64", name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """values: of any shape. sample_weight: one number, one a sample, or one a value."""
        weighted, _ = _weighted(self.name, values, sample_weight)
        self.total.assign(self.total.data + weighted.sum())

    def result(self) -> Tensor:
        return self._scalar(self.total.data)


class Mean(Metric):
    """The weighted mean over samples, `sum(weight * value) / sum(weight)`; 0 without any.

    Values of one sample along further axes are averaged first. The state is float64, so that it
    stays exact over millions of samples.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), dtype="float64", name="total")
        self.count = self.add_variable((), dtype="float64", name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """values: of any shape. sample_weight: one number, one a sample, or one a value."""
        weighted, weights = _weighted(self.name, values, sample_weight)
        if not weighted.size:
            return
        samples = len(weighted) if weighted.ndim else 1
        each = weighted.size // samples  # values of one sample
        self.total.assign(self.total.data + weighted.sum() / each)
        self.count.assign(self.count.data + (samples if weights is None else weights.sum() / each))

    def _mean(self) -> float:
        count = float(self.count.data)
        return float(self.total.data) / count if count else 0.0

    def result(self) -> Tensor:
        return self._scalar(self._mean())


class MeanMetricWrapper(Mean):
    """The mean of `fn(y_true, y_pred, **kwargs)`, a function or Loss that gives a value a sample.

    The keyword arguments are attributes of it.
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.fn = fn
        self.fn_kwargs = kwargs

    def __getattr__(self, name: str) -> Any:
        arguments = self.__dict__.get("fn_kwargs", {})
        if name in arguments:
            return arguments[name]
        raise AttributeError(f"{type(self).__name__} has no attribute '{name}'")

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Which values count, as an array of booleans; None for all."""
        return None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """y_true, y_pred: arrays, lists or Tensors as `fn` takes them; nothing is recorded."""
        y_true = as_tensor(y_true, what=f"{self.name}: y_true").detach()
        y_pred = as_tensor(y_pred, what=f"{self.name}: y_pred").detach()
        with no_grad():
            values = self.fn(y_true, y_pred, **self.fn_kwargs)
        mask = self.compute_mask(y_true, y_pred)
        if mask is not None:
            values = as_tensor(values).data
            weights = as_tensor(1.0 if sample_weight is None else sample_weight, np.float64)
            weights = aligned(weights, values.shape, f"{self.name}: sample_weight").data
            sample_weight = np.where(mask, weights, 0.0)
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), **self.fn_kwargs}
        if type(self) is MeanMetricWrapper:
            config["fn"] = loss_to(self.fn)
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        if isinstance(config.get("fn"), (str, Mapping)):
            config = {**config, "fn": loss_from(config["fn"])}
        return cls(**config)
