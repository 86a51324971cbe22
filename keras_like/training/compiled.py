"""The loss and the metrics that `compile` was given, ready to be called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_like import metrics as metrics_module
from keras_like.metrics import Metric
from nn import losses
from nn.losses import Loss

__all__ = ["CompiledLoss", "CompiledMetrics"]

BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")
SEVERAL_OUTPUTS = (
    "models with several outputs are not trained by compile yet; override compute_loss and "
    "compute_metrics, or train_step"
)


class CompiledLoss:
    """The compiled loss of a model with one output.

    loss: a name, a config, a Loss or a function (y_true, y_pred), or a list of one of them.
    loss_weights: a factor, or a list of one.
    """

    def __init__(self, loss: Any, loss_weights: Any = None) -> None:
        self._identifier = _only_one("loss", loss)
        self.loss: Loss | None = None
        if not _depends_on_shapes(self._identifier, ("crossentropy", "ce")):
            self.loss = losses.resolve(self._identifier, None, None)
        self.weight = _weight(_only_one("loss_weights", loss_weights))

    @property
    def builtin_name(self) -> str | None:
        """The name of the function if labels can be checked by it alone, else None."""
        function = getattr(self.loss, "fn", None)
        ours = str(getattr(function, "__module__", "")).startswith("nn.losses")
        usual = getattr(self.loss, "axis", -1) == -1
        usual = usual and getattr(self.loss, "ignore_class", None) is None
        return function.__name__ if function is not None and ours and usual else None

    def __call__(self, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if y is None:
            raise ValueError(
                "y: missing, the loss needs it; give fit(x, y), or compile without a loss and call "
                "add_loss"
            )
        if isinstance(y_pred, (dict, list, tuple)):
            kind = type(y_pred).__name__
            raise ValueError(f"loss: the model returned a {kind}; {SEVERAL_OUTPUTS}")
        loss = self.loss
        if loss is None:
            self.loss = loss = losses.resolve(self._identifier, y, y_pred)
        value = loss(y, y_pred, sample_weight)  # type: ignore[misc]
        return value if self.weight is None else value * self.weight


def _depends_on_shapes(identifier: Any, names: tuple[str, ...]) -> bool:
    return isinstance(identifier, str) and identifier.lower() in names


def _only_one(name: str, value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" not in value:
        raise ValueError(f"{name}: a dict of {list(value)}; {SEVERAL_OUTPUTS}")
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise ValueError(f"{name}: a list of {len(value)}; {SEVERAL_OUTPUTS}")
        return value[0]
    return value


def _weight(value: Any) -> float | None:
    if value is None:
        return None
    if not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
        raise TypeError(f"loss_weights: expected a finite number, got {value!r}")
    return float(value)


class CompiledMetrics:
    """The compiled metrics of a model with one output.

    metrics, weighted_metrics: a name, a Metric or a function (y_true, y_pred), or a list of them.
    The weighted ones get the sample weights too. 'accuracy' and 'crossentropy' become the binary,
    the categorical or the sparse one when the first labels and predictions are seen.
    """

    def __init__(self, metrics: Any = None, weighted_metrics: Any = None) -> None:
        given = [(m, False) for m in _listed("metrics", metrics)]
        given += [(m, True) for m in _listed("weighted_metrics", weighted_metrics)]
        self._identifiers = [identifier for identifier, _ in given]
        self._weighted = [weighted for _, weighted in given]
        self._metrics: list[Metric | None] = [
            None if _depends_on_shapes(one, BY_SHAPE) else metrics_module.resolve(one, None, None)
            for one in self._identifiers
        ]
        self.names = self._distinct_names()

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that are known yet."""
        return [metric for metric in self._metrics if metric is not None]

    def _distinct_names(self) -> list[str]:
        names: list[str] = []
        for identifier, metric, weighted in zip(
            self._identifiers, self._metrics, self._weighted, strict=True
        ):
            base = name = str(identifier) if metric is None else metric.name
            if name in names and weighted:
                base = name = f"weighted_{name}"
            number = 0
            while name in names:
                number += 1
                name = f"{base}_{number}"
            names.append(name)
        return names

    def update(self, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch to every metric."""
        if not self._metrics:
            return
        if y is None:
            raise ValueError("y: missing, the metrics need it; give fit(x, y)")
        if isinstance(y_pred, (dict, list, tuple)):
            raise ValueError(
                f"metrics: the model returned a {type(y_pred).__name__}; {SEVERAL_OUTPUTS}"
            )
        for i, weighted in enumerate(self._weighted):
            metric = self._metrics[i]
            if metric is None:
                metric = self._metrics[i] = metrics_module.resolve(self._identifiers[i], y, y_pred)
            metric.update_state(y, y_pred, sample_weight if weighted else None)

    def name_of(self, metric: Metric) -> str:
        """The name in the logs: the metric's own unless another one has it."""
        for name, known in zip(self.names, self._metrics, strict=True):
            if known is metric:
                return name
        return metric.name


def _listed(name: str, metrics: Any) -> list[Any]:
    if metrics is None:
        return []
    if isinstance(metrics, Mapping) and "class_name" not in metrics:
        raise ValueError(f"{name}: a dict of {list(metrics)}; {SEVERAL_OUTPUTS}")
    if not isinstance(metrics, (list, tuple)):
        return [metrics]
    if len(metrics) == 1 and isinstance(metrics[0], (list, tuple)):
        return list(metrics[0])
    return list(metrics)
