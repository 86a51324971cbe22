"""RMSprop: gradients divided by a running root of their mean square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.optimizers import arguments
from nn.optimizers.optimizer import Optimizer
from nn.variable import Variable

__all__ = ["RMSprop", "rmsprop_update"]


def rmsprop_update(
    param: np.ndarray,
    grad: np.ndarray,
    velocity: np.ndarray,
    buffer: np.ndarray | None,
    average: np.ndarray | None,
    lr: float,
    rho: float,
    momentum: float,
    epsilon: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """New (param, velocity, buffer, average) after one step.

    velocity: mean square of the gradients. buffer: of momentum, None without. average: mean of the
    gradients, None unless centered.
    """
    velocity = rho * velocity + (1.0 - rho) * np.square(grad)
    variance = velocity
    if average is not None:
        average = rho * average + (1.0 - rho) * grad
        # Never negative but for rounding, which would make a NaN of nearly constant gradients.
        variance = np.maximum(velocity - np.square(average), 0.0)
    step = lr * grad / np.sqrt(variance + epsilon)
    if buffer is not None:
        buffer = step = momentum * buffer + step
    return param - step, velocity, buffer, average


class RMSprop(Optimizer):
    """`w -= learning_rate * g / sqrt(v + epsilon)`, `v = rho * v + (1 - rho) * g**2`.

    Tieleman & Hinton, "Lecture 6.5", Coursera, 2012.

    momentum: the steps are summed up, `m = momentum * m + step`. centered: v less the squared mean
    of the gradients, their variance (Graves, 2013). The other arguments are those of `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        kind = type(self).__name__
        arguments.check_range(kind, "rho", rho, 0, 1)
        arguments.check_range(kind, "momentum", momentum, 0, 1)
        arguments.check_range(kind, "epsilon", epsilon, 0)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, variables: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._velocities: list[Variable] = self.add_optimizer_variables(variables, "velocity")
        self._momentums: list[Variable] = []
        self._average_gradients: list[Variable] = []
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        place = self._get_variable_index(variable)
        velocity = self._velocities[place]
        buffer = self._momentums[place] if self._momentums else None
        average = self._average_gradients[place] if self._average_gradients else None
        new = rmsprop_update(
            variable.data,
            gradient,
            velocity.data,
            None if buffer is None else buffer.data,
            None if average is None else average.data,
            learning_rate,
            self.rho,
            self.momentum,
            self.epsilon,
        )
        for slot, array in zip((variable, velocity, buffer, average), new, strict=True):
            if slot is not None and array is not None:
                slot.replace(array)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
