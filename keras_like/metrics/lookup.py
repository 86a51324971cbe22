"""Metrics by name, and the choice among the accuracies and crossentropies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keras_like.metrics import accuracy, averages, crossentropy, regression
from keras_like.metrics.averages import MeanMetricWrapper
from keras_like.metrics.metric import Metric
from nn.losses import huber, kind_of_classes, log_cosh
from nn.registry import Lookup

__all__ = ["deserialize", "get", "resolve", "serialize"]

_CLASSES: dict[str, Any] = {
    name: getattr(module, name)
    for module in (averages, accuracy, regression, crossentropy)
    for name in module.__all__
    if not name.islower()
}
_ALIASES = {
    "bce": _CLASSES["BinaryCrossentropy"],
    "mae": _CLASSES["MeanAbsoluteError"],
    "mape": _CLASSES["MeanAbsolutePercentageError"],
    "mse": _CLASSES["MeanSquaredError"],
    "msle": _CLASSES["MeanSquaredLogarithmicError"],
    "rmse": _CLASSES["RootMeanSquaredError"],
    "huber": huber,
    "log_cosh": log_cosh,
}
_LOOKUP = Lookup("metric", {**_CLASSES, **_ALIASES})
_KINDS = {
    "binary": "Binary",
    "categorical": "Categorical",
    "sparse_categorical": "SparseCategorical",
}


def get(identifier: Any) -> Any:
    """The metric for a name, a config dict, a class, an instance or a function; None for None.

    "mse", "mean_squared_error" and "MeanSquaredError" all give an instance of the class. Raises
    ValueError for an unknown name, with a suggestion.
    """
    found = _LOOKUP.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"metric: {identifier!r} cannot be called with (y_true, y_pred)")
    return found


def serialize(metric: Any) -> Any:
    """A config dict `{"class_name", "config"}` of a metric, without its state."""
    return _LOOKUP.serialize(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """The metric that a config dict or name describes."""
    return _LOOKUP.deserialize(config, custom_objects)


def resolve(identifier: Any, y_true: Any, y_pred: Any) -> Metric:
    """The Metric for what was given to `compile`, knowing the shapes of labels and predictions.

    "accuracy" or "acc", and "crossentropy" or "ce", become the binary, categorical or sparse
    categorical one, see `nn.losses.kind_of_classes`. A metric given by name is called by that name;
    a function becomes the mean of its values. Raises ValueError for None and for unknown names.
    """
    if identifier is None:
        raise ValueError("metric: None was given; leave it out, or give a name such as 'accuracy'")
    word = identifier.lower() if isinstance(identifier, str) else ""
    if word in ("accuracy", "acc", "crossentropy", "ce"):
        kind = _KINDS[kind_of_classes(y_true, y_pred)]
        found = _CLASSES[kind + ("Accuracy" if word.startswith("acc") else "Crossentropy")]()
    else:
        found = get(identifier)
    if not isinstance(found, Metric):
        name = getattr(found, "name", None) or getattr(found, "__name__", None)
        found = MeanMetricWrapper(found, name=name)
    if isinstance(identifier, str):
        found.name = identifier
    return found
