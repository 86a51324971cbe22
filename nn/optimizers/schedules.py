"""Learning rates that change with the number of updates made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.registry import Lookup
from nn.settings import floatx

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule:
    """A learning rate as a function of the step, the number of updates made so far.

    A subclass defines `__call__(step)` and, to be saved, `get_config()`. It is given to an
    optimizer in the place of a number.
    """

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, step)")

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(
            f"{type(self).__name__} must define get_config(self) to be saved or serialized"
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The schedule that `get_config` described."""
        return cls(**config)


class _Formula(LearningRateSchedule):
    """A schedule whose `rate` computes in float64 on an array of steps of any shape.

    Called with a step it returns a Tensor in `floatx()` of the step's shape.
    """

    name: str

    def rate(self, step: np.ndarray) -> Any:
        raise NotImplementedError

    def __call__(self, step: Any) -> Tensor:
        steps = np.asarray(step.data if isinstance(step, Tensor) else step, dtype=np.float64)
        return Tensor(np.asarray(self.rate(steps), dtype=floatx()))

    def _require_positive(self, **values: Any) -> None:
        for name, value in values.items():
            if not value > 0:
                raise ValueError(f"{type(self).__name__}: {name} must be above 0, got {value!r}")


class ExponentialDecay(_Formula):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    staircase: the exponent is rounded down to a whole number.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self._require_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def rate(self, step: np.ndarray) -> Any:
        power = step / self.decay_steps
        if self.staircase:
            power = np.floor(power)
        return self.initial_learning_rate * np.power(float(self.decay_rate), power)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class InverseTimeDecay(_Formula):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    staircase: `step / decay_steps` is rounded down to a whole number.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self._require_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def rate(self, step: np.ndarray) -> Any:
        periods = step / self.decay_steps
        if self.staircase:
            periods = np.floor(periods)
        return self.initial_learning_rate / (1.0 + self.decay_rate * periods)

    get_config = ExponentialDecay.get_config  # type: ignore[assignment]  # the same arguments


class PolynomialDecay(_Formula):
    """From the initial to the end rate along `(1 - step / decay_steps) ** power`, then constant.

    cycle: after `decay_steps` it starts again from a higher rate, over the next multiple of
    `decay_steps` (counted from step 0).
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self._require_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def rate(self, step: np.ndarray) -> Any:
        length: Any = float(self.decay_steps)
        if self.cycle:
            length = length * np.maximum(np.ceil(step / length), 1.0)
        else:
            step = np.minimum(step, length)
        drop = self.initial_learning_rate - self.end_learning_rate
        return drop * np.power(1.0 - step / length, self.power) + self.end_learning_rate

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class PiecewiseConstantDecay(_Formula):
    """`values[i]` while `boundaries[i-1] < step <= boundaries[i]`.

    There is one value more than boundaries; the boundaries increase.
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if not boundaries or len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: values must have one entry more than boundaries, "
                f"got {len(boundaries)} boundaries and {len(values)} values"
            )
        if any(a >= b for a, b in pairwise(boundaries)):
            raise ValueError(
                f"PiecewiseConstantDecay: boundaries must increase, got {list(boundaries)}"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def rate(self, step: np.ndarray) -> Any:
        place = np.searchsorted(np.asarray(self.boundaries, dtype=np.float64), step, side="left")
        return np.asarray(self.values, dtype=np.float64)[place]

    def get_config(self) -> dict[str, Any]:
        return {
            "boundaries": list(self.boundaries),
            "values": list(self.values),
            "name": self.name,
        }


class CosineDecay(_Formula):
    """Half a cosine from the initial rate down to `alpha` times it (Loshchilov & Hutter, 2017).

    warmup_target, warmup_steps: first rise linearly to `warmup_target` in `warmup_steps`, then
    decay from there for `decay_steps`.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self._require_positive(decay_steps=decay_steps)
        if warmup_steps and warmup_target is None:
            raise ValueError("CosineDecay: warmup_steps needs a warmup_target to rise to")
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_steps = warmup_steps
        self.warmup_target = warmup_target

    def rate(self, step: np.ndarray) -> Any:
        start, peak = self.initial_learning_rate, self.warmup_target
        if peak is None:
            return start * self._decayed(step)
        rising = start + (peak - start) * step / max(self.warmup_steps, 1)
        decaying = peak * self._decayed(step - self.warmup_steps)
        return np.where(step < self.warmup_steps, rising, decaying)

    def _decayed(self, step: np.ndarray) -> np.ndarray:
        done = np.minimum(step / self.decay_steps, 1.0)
        return (1.0 - self.alpha) * 0.5 * (1.0 + np.cos(math.pi * done)) + self.alpha

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(_Formula):
    """Cosine decays one after another (SGDR, Loshchilov & Hutter, 2017).

    The first takes `first_decay_steps`, each following one `t_mul` times as long and starting from
    `m_mul` times the rate; each ends at `alpha` times the initial rate.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self._require_positive(first_decay_steps=first_decay_steps)
        if not t_mul >= 1:
            raise ValueError(
                f"CosineDecayRestarts: t_mul must be at least 1, got {t_mul!r}; periods that get "
                "shorter come to an end"
            )
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def rate(self, step: np.ndarray) -> Any:
        done = step / self.first_decay_steps
        ratio = float(self.t_mul)
        if ratio == 1.0:
            restarts = np.floor(done)
            done = done - restarts
        else:  # the periods 1, ratio, ratio**2, ... are a geometric series
            scale = 1.0 - done * (1.0 - ratio)
            # A step on a boundary begins the next period: log is one rounding off there.
            restarts = np.floor(np.log(scale) / math.log(ratio) + 1e-12)
            done = (done - (1.0 - ratio**restarts) / (1.0 - ratio)) / ratio**restarts
        cosine = 0.5 * self.m_mul**restarts * (1.0 + np.cos(math.pi * done))
        return self.initial_learning_rate * ((1.0 - self.alpha) * cosine + self.alpha)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


_LOOKUP = Lookup(
    "learning_rate schedule",
    {
        cls.__name__: cls
        for cls in (
            CosineDecay,
            CosineDecayRestarts,
            ExponentialDecay,
            InverseTimeDecay,
            PiecewiseConstantDecay,
            PolynomialDecay,
        )
    },
)


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """A config dict of a schedule."""
    return _LOOKUP.serialize(learning_rate_schedule)


def deserialize(
    config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None
) -> LearningRateSchedule:
    """The schedule that a config dict describes."""
    return _LOOKUP.deserialize(config, custom_objects)
