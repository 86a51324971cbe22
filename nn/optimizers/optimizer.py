"""Optimizer: the base of all, which prepares gradients, calls `update_step` and keeps the state."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core import no_grad
from nn.naming import auto_name
from nn.optimizers import arguments, gradients, schedules
from nn.optimizers.schedules import LearningRateSchedule
from nn.optimizers.state import OptimizerState
from nn.variable import Variable

__all__ = ["Optimizer"]


class Optimizer(OptimizerState):
    """The base of all optimizers.

    A subclass makes its state in `build(variables)` (calling `super().build` first) and changes one
    variable in `update_step(gradient, variable, learning_rate)`.

    learning_rate: a number, a `LearningRateSchedule`, or a function without arguments.
    weight_decay: before each update every variable is multiplied by `1 - weight_decay *
        learning_rate` (decoupled decay, Loshchilov & Hutter, 2019).
    clipnorm, global_clipnorm, clipvalue: bound on the norm of each gradient, on the norm of all
        together, or on every entry; at most one of them.
    use_ema: keep an exponential moving average of the variables, `ema_momentum * average + (1 -
        ema_momentum) * variable`; it takes the variables' place every `ema_overwrite_frequency`
        updates, and in `finalize_variable_values`.
    loss_scale_factor: `scale_loss` multiplies by it, and gradients are divided by it.
    gradient_accumulation_steps: update once every so many calls, with the gradients' mean.

    Raises TypeError for unknown arguments, ValueError for values out of range.
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kind = type(self).__name__
        if kwargs:
            raise TypeError(arguments.unknown(type(self), kwargs))
        arguments.check_clipping(kind, clipnorm, clipvalue, global_clipnorm)
        arguments.check_range(kind, "weight_decay", weight_decay, 0)
        arguments.check_range(kind, "ema_momentum", ema_momentum, 0, 1)
        arguments.check_count(kind, "ema_overwrite_frequency", ema_overwrite_frequency, 1)
        arguments.check_count(kind, "gradient_accumulation_steps", gradient_accumulation_steps, 2)
        arguments.check_positive(kind, "loss_scale_factor", loss_scale_factor)
        super().__init__(name or auto_name(kind), learning_rate, gradient_accumulation_steps)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self._averages: list[Variable] = []
        self._accumulated: list[Variable] = []
        self._undecayed: list[Variable] = []
        self._undecayed_names: list[str] = []
        self._warned: set[tuple[str, ...]] = set()

    # To be written by subclasses.

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the state for these variables; the optimizer works for them alone."""
        self._know(variables)
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(variables, "gradient_accumulator")
        self.built = True

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        """Changes one variable: to be written by subclasses.

        gradient: array of the variable's shape and dtype. learning_rate: a Python float.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update_step()")

    # Updating.

    def assign(self, variable: Variable, value: Any) -> None:
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        variable.assign_sub(value)

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`, to be differentiated."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Updates from (gradient, variable) pairs; returns the number of calls so far."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Updates the variables from their gradients (Tensors or arrays; None is left out).

        Without variables, those that the optimizer was built for. Raises ValueError when there is
        no gradient at all or one has not its variable's shape; warns once about missing ones.
        """
        grads = list(grads)
        if not grads:
            return
        variables = self._variables_for(grads, trainable_variables)
        arrays, variables = self._present(grads, variables)
        with no_grad():
            self._apply_arrays(arrays, variables)
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
        self._iterations.assign(self._iterations.data + 1)

    def _variables_for(self, grads: list[Any], given: Sequence[Variable] | None) -> list[Variable]:
        label = f"{type(self).__name__} '{self.name}'"
        if given is None:
            if not self.built:
                raise ValueError(
                    f"{label}: it is not known which variables to update; pass them to apply, or "
                    "call build(trainable_variables) first"
                )
            variables = self._trainable_variables
        else:
            variables = list(given)
            if not self.built:
                self.build(variables)
        if len(grads) != len(variables):
            raise ValueError(f"{label}: got {len(grads)} gradients for {len(variables)} variables")
        return variables

    def _present(
        self, grads: list[Any], variables: list[Variable]
    ) -> tuple[list[np.ndarray], list[Variable]]:
        """The gradients that are there, as arrays of their variables' dtype, and the variables."""
        for variable in variables:
            self._get_variable_index(variable)
        label = f"{type(self).__name__} '{self.name}'"
        missing = tuple(v.path for g, v in zip(grads, variables, strict=True) if g is None)
        if len(missing) == len(variables):
            raise ValueError(
                f"{label}: there is no gradient for any variable ({', '.join(missing)}); does the "
                "loss depend on them?"
            )
        if missing and missing not in self._warned:
            self._warned.add(missing)
            warnings.warn(
                f"{label}: no gradient for {', '.join(missing)}; the loss does not depend on it, "
                "it stays as it is",
                stacklevel=3,
            )
        pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
        return [gradients.as_array(label, g, v) for g, v in pairs], [v for _, v in pairs]

    def _apply_arrays(self, grads: list[np.ndarray], variables: list[Variable]) -> None:
        if self.loss_scale_factor is not None:
            grads = [g / self.loss_scale_factor for g in grads]
        steps = self.gradient_accumulation_steps
        if not steps:
            self._update(grads, variables)
        else:
            sums = [self._accumulated[self._get_variable_index(v)] for v in variables]
            grads = [g + a.data for g, a in zip(grads, sums, strict=True)]
            if (int(self._iterations.data) + 1) % steps == 0:
                self._update([g / steps for g in grads], variables)
                for accumulated in self._accumulated:
                    accumulated.replace(np.zeros_like(accumulated.data))
            else:
                for accumulated, total in zip(sums, grads, strict=True):
                    accumulated.replace(total)
        if self.use_ema:
            self._update_averages()

    def _update(self, grads: list[np.ndarray], variables: list[Variable]) -> None:
        grads = gradients.clipped(grads, self.clipnorm, self.global_clipnorm, self.clipvalue)
        rate = float(self.learning_rate)
        if self.weight_decay is not None:
            for variable in variables:
                if self._use_weight_decay(variable):
                    variable.replace(variable.data * (1.0 - self.weight_decay * rate))
        for grad, variable in zip(grads, variables, strict=True):
            self.update_step(grad, variable, rate)

    # Weight decay and moving averages.

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Names what does not decay: variables, or regular expressions found in their names."""
        self._undecayed = list(var_list or ())
        self._undecayed_names = list(var_names or ())

    def _use_weight_decay(self, variable: Variable) -> bool:
        return not (
            any(variable is other for other in self._undecayed)
            or any(re.search(pattern, variable.name) for pattern in self._undecayed_names)
        )

    def _update_averages(self) -> None:
        updates = self._updates()
        momentum = self.ema_momentum if updates else 0.0
        for variable, average in zip(self._trainable_variables, self._averages, strict=True):
            average.replace(momentum * average.data + (1.0 - momentum) * variable.data)
        if self.ema_overwrite_frequency and (updates + 1) % self.ema_overwrite_frequency == 0:
            self.finalize_variable_values(self._trainable_variables)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """With `use_ema`, sets the variables to their moving averages; else does nothing."""
        if not self.use_ema or not self.built:
            return
        for variable in var_list:
            variable.assign(self._averages[self._get_variable_index(variable)])

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer; subclasses add theirs."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            rate = schedules.serialize(rate)
        elif isinstance(rate, Variable):
            rate = float(rate)
        else:
            rate = getattr(rate, "__name__", "learning_rate")
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Any:
        """The optimizer that `get_config` described; its state begins anew."""
        config = dict(config)
        rate = config.get("learning_rate")
        if isinstance(rate, (Mapping, str)):
            config["learning_rate"] = schedules.deserialize(rate, custom_objects)
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
