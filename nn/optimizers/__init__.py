"""Optimizers: they change variables along their gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nn.optimizers import schedules
from nn.optimizers.adam import Adam
from nn.optimizers.optimizer import Optimizer
from nn.optimizers.rmsprop import RMSprop
from nn.optimizers.sgd import SGD
from nn.registry import Lookup

__all__ = [
    "SGD",
    "Adam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

_LOOKUP = Lookup("optimizer", {cls.__name__.lower(): cls for cls in (SGD, RMSprop, Adam)})


def get(identifier: Any) -> Any:
    """The optimizer for a name, a config dict, a class or an instance; None for None.

    Raises ValueError for what is no optimizer, with a suggestion for a misspelt name.
    """
    found = deserialize(identifier) if isinstance(identifier, Mapping) else _LOOKUP.get(identifier)
    if found is not None and not isinstance(found, Optimizer):
        raise ValueError(
            f"optimizer: {identifier!r} of type {type(identifier).__name__} is no Optimizer; "
            "give a name such as 'adam', or an instance such as Adam(learning_rate=0.001)"
        )
    return found


def serialize(optimizer: Optimizer) -> Any:
    """A config dict `{"class_name", "config"}` of an optimizer, without its state."""
    return _LOOKUP.serialize(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """The optimizer that a config dict describes; its state begins anew."""
    arguments = config.get("config", {}) if isinstance(config, Mapping) else {}
    rate = arguments.get("learning_rate")
    if isinstance(rate, (Mapping, str)):
        rate = schedules.deserialize(rate, custom_objects)
        config = {**config, "config": {**arguments, "learning_rate": rate}}
    return _LOOKUP.deserialize(config, custom_objects)
