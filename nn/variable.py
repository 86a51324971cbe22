"""Variable: a named leaf tensor whose value may be replaced, such as a layer's weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.settings import standardize_dtype

__all__ = ["Variable"]


class Variable(Tensor):
    """A tensor with a name and a value that can be assigned.

    initializer: an array, a number or nested list, or a callable `(shape, dtype)`.
    shape: needed for a callable initializer; otherwise must match the value.
    dtype: by default `floatx()` for callables and Python floats, else the array's own.
    trainable: whether gradients are recorded and optimizers update it.
    regularizer, constraint: callables of the value, used by the training loop.

    An assignment puts a new array in place of the old one and never writes into it, so graphs that
    were recorded before stay true.
    """

    __slots__ = ("_trainable", "constraint", "is_weight", "name", "path", "regularizer")

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str = "variable",
        regularizer: Callable[..., Any] | None = None,
        constraint: Callable[..., Any] | None = None,
    ) -> None:
        if callable(initializer):
            if shape is None:
                raise ValueError(f"Variable '{name}': an initializer needs a shape")
            initializer = initializer(shape=tuple(shape), dtype=standardize_dtype(dtype))
        elif dtype is None and not hasattr(initializer, "dtype"):
            dtype = standardize_dtype(None) if np.asarray(initializer).dtype.kind == "f" else None
        source = initializer.data if isinstance(initializer, Tensor) else initializer
        data = np.array(source, dtype=dtype, order="C")
        if shape is not None and data.shape != tuple(shape):
            raise ValueError(
                f"Variable '{name}': the value has shape {data.shape}, expected {tuple(shape)}"
            )
        data.flags.writeable = False
        super().__init__(data)
        self.name = name
        self.path = name
        self.regularizer = regularizer
        self.constraint = constraint
        self.is_weight = bool(trainable)  # freezing a layer concerns what was made trainable, only
        self.trainable = trainable

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        self.requires_grad = self._trainable and self.data.dtype.kind == "f"

    @property
    def value(self) -> Variable:
        """The variable itself: it is a tensor."""
        return self

    def assign(self, value: Any) -> Variable:
        """Takes a copy of `value`, of the same shape; it is cast to the variable's dtype."""
        array = np.array(value.data if isinstance(value, Tensor) else value, dtype=self.data.dtype)
        return self.replace(array)

    def assign_add(self, value: Any) -> Variable:
        return self.replace(self.data + (value.data if isinstance(value, Tensor) else value))

    def assign_sub(self, value: Any) -> Variable:
        return self.replace(self.data - (value.data if isinstance(value, Tensor) else value))

    def replace(self, array: np.ndarray) -> Variable:
        """Takes `array` itself as the new value; the caller must not write into it any more."""
        array = np.asarray(array)  # arithmetic on arrays without axes gives scalars
        if array.shape != self.data.shape:
            raise ValueError(
                f"Variable '{self.path}': cannot assign shape {array.shape} to {self.data.shape}"
            )
        if array.dtype != self.data.dtype:
            array = array.astype(self.data.dtype)
        array.flags.writeable = False
        self.data = array
        return self

    def __reduce__(self) -> Any:
        state = {name: getattr(self, name) for name in Variable.__slots__}
        return (_rebuild, (type(self), self.data, state))

    def __repr__(self) -> str:
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype.name}, "
            f"value={np.array2string(self.data, threshold=20)}>"
        )


def _rebuild(cls: type[Variable], data: np.ndarray, state: dict[str, Any]) -> Variable:
    made = cls(data)
    for name, value in state.items():
        setattr(made, name, value)
    made.trainable = made._trainable
    return made
