"""Nested tuples, lists and dicts of arrays: walking them, and laying them out as one vector."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.tensor import Tensor, as_array

__all__ = ["flatten", "leaves", "map_structure", "unflatten_as"]


def leaves(structure: Any) -> list[Any]:
    """The leaves of nested tuples, lists and dicts, in order (dicts in insertion order)."""
    found: list[Any] = []
    map_structure(found.append, structure)
    return found


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """The same structure with `function` applied to every leaf. None stays None."""
    if structure is None:
        return None
    if isinstance(structure, dict):
        mapped = copy.copy(structure)  # keeps what a defaultdict or OrderedDict has besides
        for key, value in structure.items():
            mapped[key] = map_structure(function, value)
        return mapped
    if isinstance(structure, (list, tuple)):
        mapped = [map_structure(function, item) for item in structure]
        if hasattr(structure, "_fields"):  # a namedtuple takes its fields one by one
            return type(structure)(*mapped)
        return type(structure)(mapped)
    return function(structure)


def unflatten_as(structure: Any, values: list[Any]) -> Any:
    """`structure` with its leaves replaced by `values`, in order."""
    remaining = iter(values)
    return map_structure(lambda _: next(remaining), structure)


def flatten(structure: Any) -> tuple[np.ndarray, Callable[[Any], Any]]:
    """All numbers of a nested structure as one vector, and the function that rebuilds it.

    The rebuilding function takes an array or a (tracked) Tensor of the same length, so that
    `lambda v: loss(rebuild(v))` can be given to an optimizer that knows vectors only.

    >>> vector, rebuild = flatten({"w": np.zeros((2, 3)), "b": np.ones(3)})
    >>> vector.shape, rebuild(vector)["w"].shape
    ((9,), (2, 3))
    """
    arrays = [np.asarray(as_array(leaf)) for leaf in leaves(structure)]
    vector = np.concatenate([a.ravel() for a in arrays]) if arrays else np.zeros(0)
    ends = np.cumsum([a.size for a in arrays]).tolist()

    def rebuild(values: Any) -> Any:
        if values.shape != vector.shape:
            raise ValueError(f"flatten: expected a vector of {vector.shape}, got {values.shape}")
        parts = [
            values[end - a.size : end].reshape(a.shape) for a, end in zip(arrays, ends, strict=True)
        ]
        return unflatten_as(structure, parts)

    return vector, rebuild


def is_float(value: Any) -> bool:
    """Whether a leaf is a float, a float array or a float Tensor."""
    if isinstance(value, float):
        return True
    return isinstance(value, (np.ndarray, np.generic, Tensor)) and value.dtype.kind == "f"
