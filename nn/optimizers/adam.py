"""Adam: steps scaled by running means of the gradients and of their squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.optimizers import arguments
from nn.optimizers.optimizer import Optimizer
from nn.variable import Variable

__all__ = ["Adam", "adam_update"]


def adam_update(
    param: np.ndarray,
    grad: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    v_hat: np.ndarray | None,
    alpha: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """New (param, m, v, v_hat) after one step.

    m, v: means of gradients and of squares. v_hat: the largest v so far, None unless amsgrad.
    alpha: the learning rate with the corrections for means that began at zero.
    """
    m = m + (grad - m) * (1.0 - beta_1)
    v = v + (np.square(grad) - v) * (1.0 - beta_2)
    largest = v
    if v_hat is not None:
        largest = v_hat = np.maximum(v_hat, v)
    return param - m * alpha / (np.sqrt(largest) + epsilon), m, v, v_hat


class Adam(Optimizer):
    """`w -= alpha * m / (sqrt(v) + epsilon)` with running means m of g and v of g**2.

    alpha is `learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)` at step t = 1, 2, ...: the form
    before section 2.1 of Kingma & Ba, "Adam", 2015, with their "epsilon hat".

    amsgrad: the largest v so far in place of v (Reddi et al., 2018). The other arguments are those
    of `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        arguments.check_fraction(kind, "beta_1", beta_1)
        arguments.check_fraction(kind, "beta_2", beta_2)
        arguments.check_range(kind, "epsilon", epsilon, 0)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = amsgrad

    def build(self, variables: Sequence[Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )
        self._velocity_hats: list[Variable] = []
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat")

    def update_step(self, gradient: np.ndarray, variable: Variable, learning_rate: float) -> None:
        place = self._get_variable_index(variable)
        m, v = self._momentums[place], self._velocities[place]
        v_hat = self._velocity_hats[place] if self._velocity_hats else None
        t = self._updates() + 1
        alpha = learning_rate * math.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        new = adam_update(
            variable.data,
            gradient,
            m.data,
            v.data,
            None if v_hat is None else v_hat.data,
            alpha,
            self.beta_1,
            self.beta_2,
            self.epsilon,
        )
        for slot, array in zip((variable, m, v, v_hat), new, strict=True):
            if slot is not None and array is not None:
                slot.replace(array)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
