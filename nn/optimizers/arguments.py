"""Checks of optimizers' arguments; each error names the optimizer and the argument."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "check_clipping",
    "check_count",
    "check_fraction",
    "check_positive",
    "check_range",
    "unknown",
]

# Words of earlier Keras versions, with what to write today.
_RENAMED = {
    "lr": "it is called learning_rate",
    "decay": "give learning_rate a schedule, such as InverseTimeDecay",
}


def unknown(kind: type, given: Mapping[str, Any]) -> str:
    """The message about arguments that an optimizer class does not take."""
    known = {
        name
        for cls in kind.__mro__
        for name in inspect.signature(cls.__init__).parameters
        if name not in ("self", "args", "kwargs")
    }
    parts = []
    for name in given:
        near = difflib.get_close_matches(name, known, n=1)
        hint = _RENAMED.get(name) or (f"did you mean {near[0]!r}?" if near else "")
        parts.append(f"{name!r} ({hint})" if hint else repr(name))
    return f"{kind.__name__}: unknown argument {', '.join(parts)}"


def check_clipping(
    kind: str, clipnorm: float | None, clipvalue: float | None, global_clipnorm: float | None
) -> None:
    """At most one bound, and a positive one."""
    bounds = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if len(given) > 1:
        raise ValueError(f"{kind}: give at most one of {', '.join(bounds)}, got {given}")
    for name, bound in given.items():
        if not bound > 0:
            raise ValueError(f"{kind}: {name} must be above 0, got {bound!r}; None clips nothing")


def check_positive(kind: str, name: str, value: float | None) -> None:
    """None or above 0."""
    if value is not None and not value > 0:
        raise ValueError(f"{kind}: {name} must be above 0, got {value!r}")


def check_range(
    kind: str, name: str, value: float | None, low: float, high: float | None = None
) -> None:
    """None or in [low, high]; NaN is refused."""
    if value is None or (value >= low and (high is None or value <= high)):
        return
    expected = f"at least {low}" if high is None else f"from {low} to {high}"
    raise ValueError(f"{kind}: {name} must be {expected}, got {value!r}")


def check_fraction(kind: str, name: str, value: float) -> None:
    """In [0, 1): the weight of the past in a moving average."""
    if not 0 <= value < 1:
        raise ValueError(f"{kind}: {name} must be at least 0 and below 1, got {value!r}")


def check_count(kind: str, name: str, value: int | None, low: int) -> None:
    """None or an integer of at least `low`."""
    if value is not None and not (isinstance(value, (int, np.integer)) and value >= low):
        raise ValueError(f"{kind}: {name} must be an integer of at least {low}, got {value!r}")
