"""What an optimizer remembers: its learning rate, the number of updates, arrays of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.optimizers import arguments
from nn.optimizers.schedules import LearningRateSchedule
from nn.settings import floatx
from nn.variable import Variable

__all__ = ["OptimizerState"]


class OptimizerState:
    """The state of an optimizer, as Variables in Keras's order.

    That is iteration, learning_rate (unless scheduled), then what the optimizer's `build` adds.
    """

    def __init__(self, name: str, learning_rate: Any, steps: int | None) -> None:
        self.name = name
        self.gradient_accumulation_steps = steps
        self.built = False
        self._variables: list[Variable] = []
        self._trainable_variables: list[Variable] = []
        self._places: dict[int, int] = {}  # of trainable variables, by id
        self._iterations = self.add_variable((), dtype="int64", name="iteration")
        self._learning_rate: Any = None
        self._set_learning_rate(learning_rate)

    # The learning rate and the number of updates.

    def _set_learning_rate(self, value: Any) -> None:
        if isinstance(value, type):
            raise TypeError(
                f"{type(self).__name__}: learning_rate is the class {value.__name__}; make an "
                "instance of it"
            )
        if callable(value):
            self._learning_rate = value
            return
        if not isinstance(value, (int, float, np.number, np.ndarray, Tensor)):
            raise TypeError(
                f"{type(self).__name__}: learning_rate must be a number, a LearningRateSchedule or "
                f"a function without arguments, got {value!r} of type {type(value).__name__}"
            )
        number = float(value)
        arguments.check_range(type(self).__name__, "learning_rate", number, 0)
        if isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(number)
            return
        self._learning_rate = self._new_variable((), "zeros", floatx(), "learning_rate")
        self._learning_rate.assign(number)
        self._variables.insert(1, self._learning_rate)

    @property
    def learning_rate(self) -> Any:
        """The present rate: a Variable, or what the schedule or function returns.

        It can be set. Raises TypeError when a number is set on an optimizer that has a schedule.
        """
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations)
        return rate if isinstance(rate, Variable) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        previous = self._learning_rate
        if isinstance(previous, LearningRateSchedule) and not callable(value):
            raise TypeError(
                f"{type(self).__name__} '{self.name}': learning_rate follows a "
                f"{type(previous).__name__} and cannot be set to a number; make the optimizer with "
                "a number, or set another schedule"
            )
        self._set_learning_rate(value)
        if isinstance(previous, Variable) and self._learning_rate is not previous:
            self._variables = [v for v in self._variables if v is not previous]

    @property
    def lr(self) -> Any:
        raise AttributeError(f"{type(self).__name__}: 'lr' is called learning_rate")

    @lr.setter
    def lr(self, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__}: 'lr' is called learning_rate; set that")

    @property
    def iterations(self) -> Tensor:
        """The number of updates made, an integer tensor."""
        if self.gradient_accumulation_steps:
            return Tensor(np.asarray(self._updates()))
        return self._iterations

    def _updates(self) -> int:
        return int(self._iterations.data) // (self.gradient_accumulation_steps or 1)

    # Arrays.

    @property
    def variables(self) -> list[Variable]:
        """The state: iteration, learning_rate (unless scheduled), then what `build` made."""
        return list(self._variables)

    def _know(self, variables: Sequence[Variable]) -> None:
        """Remembers what is to be updated."""
        for variable in variables:
            if not isinstance(variable, Variable):
                raise TypeError(
                    f"{type(self).__name__} '{self.name}': can update Variables only, got "
                    f"{type(variable).__name__}; make it with Variable(value)"
                )
        self._trainable_variables = list(variables)
        self._places = {id(variable): i for i, variable in enumerate(variables)}
        if len(self._places) != len(variables):
            names = [variable.path for variable in variables]
            raise ValueError(
                f"{type(self).__name__} '{self.name}': a variable was given twice: {names}"
            )

    def _new_variable(self, shape: Any, initializer: Any, dtype: Any, name: str | None) -> Variable:
        if initializer is None or (isinstance(initializer, str) and initializer == "zeros"):
            initializer = _zeros
        elif isinstance(initializer, str):
            from nn import initializers

            initializer = initializers.get(initializer)
        variable = Variable(
            initializer, shape=shape, dtype=dtype, trainable=False, name=name or "variable"
        )
        variable.path = f"{self.name}/{variable.name}"
        return variable

    def add_variable(
        self,
        shape: tuple[int, ...],
        initializer: Any = "zeros",
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new piece of state."""
        variable = self._new_variable(shape, initializer, dtype, name)
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A piece of state of a variable's shape and dtype; `dense/kernel` + `momentum` gives the
        name `dense_kernel_momentum`."""
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            f"{reference_variable.path.replace('/', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """For each variable a piece of state like it; with several names a tuple of such lists."""
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        starts = list(initializer) if several else [initializer] * len(names)
        if len(starts) != len(names):
            raise ValueError(
                f"add_optimizer_variables: {len(names)} names and {len(starts)} initializers"
            )
        made: tuple[list[Variable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for kind, start, target in zip(names, starts, made, strict=True):
                target.append(self.add_variable_from_reference(variable, kind, start))
        return made[0] if isinstance(name, str) else made

    def _get_variable_index(self, variable: Variable) -> int:
        place = self._places.get(id(variable))
        if place is None:
            known = ", ".join(v.path for v in self._trainable_variables)
            raise ValueError(
                f"{type(self).__name__} '{self.name}': was built for other variables and does not "
                f"know '{getattr(variable, 'path', variable)}' (it knows: {known}); "
                "make a new optimizer for new variables"
            )
        return place

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Sets the state from arrays in the order of `variables`; nothing changes on an error."""
        arrays = [np.asarray(w.data if isinstance(w, Tensor) else w) for w in weights]
        given, expected = [a.shape for a in arrays], [v.shape for v in self._variables]
        if given != expected:
            hint = "" if self.built else "; build(trainable_variables) makes the state first"
            raise ValueError(
                f"{type(self).__name__} '{self.name}': set_weights got arrays of shapes {given}, "
                f"expected {expected}{hint}"
            )
        for variable, array in zip(self._variables, arrays, strict=True):
            variable.assign(array)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)  # a copy knows its variables by other ids
        self._places = {id(variable): i for i, variable in enumerate(self._trainable_variables)}


def _zeros(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
    return np.zeros(shape, dtype)
