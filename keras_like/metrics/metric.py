"""Metric: the base of all, a state that batches are added to and a result computed from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.naming import auto_name
from nn.settings import standardize_dtype
from nn.variable import Variable

__all__ = ["Metric"]


class Metric:
    """A number (or several) over all batches since the last `reset_state`.

    A subclass makes its state with `add_weight` in `__init__`, adds a batch to it in
    `update_state(y_true, y_pred, sample_weight=None)` and computes `result()` from it.

    dtype: of the result, `floatx()` by default.
    """

    # Whether better is "up" or "down", for what watches a metric; None if that is not known.
    _direction: str | None = None

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(type(self).__name__)
        self.dtype = standardize_dtype(dtype)
        self._variables: list[Variable] = []

    # To be written by subclasses.

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a batch."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state()")

    def result(self) -> Any:
        """The value over all batches so far: a Tensor without axes, or what a subclass returns."""
        raise NotImplementedError(f"{type(self).__name__} must define result()")

    def reset_state(self) -> None:
        """Sets all state to zero."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a batch and returns the result over all so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    # State.

    def add_variable(
        self,
        shape: tuple[int, ...],
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Variable:
        """A new piece of state, zeros unless an initializer is given."""
        if "_variables" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}: its __init__ must call super().__init__(name=name) first"
            )
        if initializer is None or (isinstance(initializer, str) and initializer == "zeros"):
            initializer = _zeros
        elif isinstance(initializer, str):
            from nn import initializers

            initializer = initializers.get(initializer)
        variable = Variable(
            initializer, shape=tuple(shape), dtype=dtype, trainable=False, name=name or "variable"
        )
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_weight(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new piece of state, zeros unless an initializer is given."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """The state, in the order of its making, then that of metrics held as attributes."""
        found = {id(v): v for v in self._variables}
        for metric in _held(list(self.__dict__.values())):
            found |= {id(v): v for v in metric.variables}
        return list(found.values())

    def _scalar(self, value: Any) -> Tensor:
        return Tensor(np.asarray(value, dtype=self.dtype))

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric; subclasses add theirs."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The metric that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _held(values: list[Any]) -> Iterator[Metric]:
    for value in values:
        if isinstance(value, Metric):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _held(list(value))
        elif isinstance(value, dict):
            yield from _held(list(value.values()))


def _zeros(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
    return np.zeros(shape, dtype)
