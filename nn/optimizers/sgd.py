"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.optimizers import arguments
from nn.optimizers.optimizer import Optimizer
from nn.variable import Variable

__all__ = ["SGD", "sgd_update"]


def sgd_update(
    param: np.ndarray,
    grad: np.ndarray,
    velocity: np.ndarray | None,
    lr: float,
    momentum: float,
    nesterov: bool,
) -> tuple[np.ndarray, np.ndarray | None]:
    """New (param, velocity) after one step; velocity is None without momentum."""
    step = grad * -lr
    if velocity is None:
        return param + step, None
    velocity = velocity * momentum + step
    if nesterov:
        return param + (velocity * momentum + step), velocity
    return param + velocity, velocity


class SGD(Optimizer):
    """Gradient descent: `w -= learning_rate * g`.

    momentum: with `v = momentum * v - learning_rate * g`, `w += v` (Polyak, 1964).
    nesterov: `w += momentum * v - learning_rate * g` instead (Sutskever et al., 2013).
    The other arguments are those of `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        arguments.check_range(type(self).__name__, "momentum", momentum, 0, 1)
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self.momentums: list[Variable] = []
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        slot = self.momentums[self._get_variable_index(variable)] if self.momentums else None
        param, velocity = sgd_update(
            variable.data,
            gradient,
            None if slot is None else slot.data,
            learning_rate,
            self.momentum,
            self.nesterov,
        )
        variable.replace(param)
        if slot is not None and velocity is not None:
            slot.replace(velocity)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
