"""Losses by name, and the choice among the crossentropies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nn.losses import classification, regression
from nn.losses.base import Loss, LossFunctionWrapper
from nn.registry import Lookup

__all__ = ["deserialize", "get", "kind_of_classes", "resolve", "serialize"]

_ALL = {
    name: getattr(module, name)
    for module in (classification, regression)
    for name in module.__all__
}
_FUNCTIONS = {name: entry for name, entry in _ALL.items() if name.islower()}
_CLASSES = {name: entry for name, entry in _ALL.items() if not name.islower()}
_ALIASES = {
    "bce": _FUNCTIONS["binary_crossentropy"],
    "kld": _FUNCTIONS["kl_divergence"],
    "mae": _FUNCTIONS["mean_absolute_error"],
    "mape": _FUNCTIONS["mean_absolute_percentage_error"],
    "mse": _FUNCTIONS["mean_squared_error"],
    "msle": _FUNCTIONS["mean_squared_logarithmic_error"],
}
_LOOKUP = Lookup("loss", {**_ALIASES, **_FUNCTIONS, **_CLASSES})


def get(identifier: Any) -> Any:
    """The loss for a name, a config dict, a class, an instance or a function; None for None.

    "mean_squared_error" and "mse" give the function, "MeanSquaredError" an instance of the class.
    Raises ValueError for an unknown name, with a suggestion.
    """
    found = _LOOKUP.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"loss: {identifier!r} cannot be called with (y_true, y_pred)")
    return found


def serialize(loss: Any) -> Any:
    """A name for a function, a config dict `{"class_name", "config"}` for a Loss."""
    return _LOOKUP.serialize(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """The loss that a name or config dict describes."""
    return _LOOKUP.deserialize(name, custom_objects)


def kind_of_classes(y_true: Any, y_pred: Any) -> str:
    """What labels are, by the shapes: "binary", "sparse_categorical" or "categorical".

    Predictions of one unit are binary (those without a unit axis too); labels with fewer axes than
    the predictions, or with a last axis of size 1, are class numbers; all others are one-hot.
    """
    true, pred = tuple(y_true.shape), tuple(y_pred.shape)
    if len(pred) < 2 or pred[-1] == 1:
        return "binary"
    sparse = len(true) < len(pred) or true[-1] == 1
    return "sparse_categorical" if sparse else "categorical"


def resolve(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """The Loss for what was given to `compile`, knowing the shapes of labels and predictions.

    "crossentropy" or "ce" becomes the crossentropy of that kind of labels, see `kind_of_classes`; a
    function becomes a Loss of its name. None for None.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        found = _FUNCTIONS[f"{kind_of_classes(y_true, y_pred)}_crossentropy"]
    else:
        found = get(identifier)
    if isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else getattr(found, "__name__", None)
    return LossFunctionWrapper(found, name=name)
