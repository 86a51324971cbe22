"""Initializers that draw random numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.initializers.constant import Initializer, checked_shape
from nn.random import SeedGenerator, draw_seed
from nn.settings import standardize_dtype

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Orthogonal",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "compute_fans",
]

# Standard deviation of a standard normal variable that is cut off at -2 and 2:
# sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)).
TRUNCATED_STDDEV = 0.8796256610342398


class RandomInitializer(Initializer):
    """The base of the random ones; a subclass defines `draw(generator, shape)` in float64.

    seed: an integer, a `SeedGenerator`, or None. Only float dtypes can be asked for.
    """

    def __init__(self, seed: int | SeedGenerator | Mapping[str, Any] | None = None) -> None:
        if isinstance(seed, Mapping):
            seed = SeedGenerator.from_config(dict(seed["config"]))
        elif seed is not None and not isinstance(seed, SeedGenerator):
            seed = SeedGenerator(seed).initial_seed  # checks it
        self._given_seed = seed
        self.seed = draw_seed() if seed is None else seed

    def __call__(self, shape: Any, dtype: Any = None) -> np.ndarray:
        shape, dtype = checked_shape(self, shape), standardize_dtype(dtype)
        if np.dtype(dtype).kind != "f":
            raise ValueError(
                f"{type(self).__name__}: makes floats only, got dtype {dtype}; "
                "use 'zeros', 'ones' or Constant for integer weights"
            )
        seed = self.seed
        generator = seed.next() if isinstance(seed, SeedGenerator) else np.random.default_rng(seed)
        # Drawn in float64, so that the seed means the same numbers in every dtype.
        return self.draw(generator, shape).astype(dtype)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} does not define draw(generator, shape)")

    def get_config(self) -> dict[str, Any]:
        seed = self._given_seed
        if isinstance(seed, SeedGenerator):
            return {"seed": {"class_name": "SeedGenerator", "config": seed.get_config()}}
        return {"seed": seed}


class RandomNormal(RandomInitializer):
    """Normal with `mean` and `stddev`."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = _not_negative(self, "stddev", stddev)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.normal(self.mean, self.stddev, shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normal with `mean` and `stddev` of which what is further than 2 stddev away is drawn again.

    The standard deviation of what comes out is 0.8796 stddev.
    """

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.mean + self.stddev * _truncated(generator, shape)


class RandomUniform(RandomInitializer):
    """Uniform from `minval` to `maxval`."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        if not minval <= maxval:
            raise ValueError(f"RandomUniform: minval is {minval}, above maxval, which is {maxval}")
        self.minval = minval
        self.maxval = maxval

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.uniform(self.minval, self.maxval, shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class VarianceScaling(RandomInitializer):
    """Zero mean and the variance `scale / n`, n being a number of connections.

    mode: n is "fan_in", "fan_out" or their mean, "fan_avg", and at least 1; see `compute_fans`.
    distribution: "truncated_normal" ("normal" is the same), "untruncated_normal" or "uniform".
    input_axes, output_axes: the kernel's axes whose sizes make the fans, where it is not laid out
        as a dense or convolution kernel; both or neither.
    """

    MODES = ("fan_in", "fan_out", "fan_avg")
    DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed)
        if not scale > 0:
            raise ValueError(f"{type(self).__name__}: scale must be positive, got {scale}")
        distribution = {"normal": "truncated_normal"}.get(distribution, distribution)
        self.scale = scale
        self.mode = _choice(self, "mode", mode, self.MODES)
        self.distribution = _choice(self, "distribution", distribution, self.DISTRIBUTIONS)
        self.input_axes = None if input_axes is None else tuple(input_axes)
        self.output_axes = None if output_axes is None else tuple(output_axes)
        if (self.input_axes is None) != (self.output_axes is None):
            raise ValueError(
                f"{type(self).__name__}: give input_axes and output_axes together, got "
                f"{self.input_axes} and {self.output_axes}"
            )

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return generator.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return generator.normal(0.0, math.sqrt(variance), shape)
        return math.sqrt(variance) / TRUNCATED_STDDEV * _truncated(generator, shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Scaled(VarianceScaling):
    """A variance scaling with a name of its own, set by the class attributes."""

    _scaling: tuple[float, str, str]

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._scaling, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Scaled):
    """Uniform, variance 2 / (fan_in + fan_out).

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, eq. 16.
    """

    _scaling = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal, variance 2 / (fan_in + fan_out); source: see GlorotUniform, eq. 12."""

    _scaling = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Scaled):
    """Uniform, variance 2 / fan_in; source: see HeNormal."""

    _scaling = (2.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal, variance 2 / fan_in.

    Source: K. He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10.
    """

    _scaling = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Uniform, variance 1 / fan_in; source: see LecunNormal."""

    _scaling = (1.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """Truncated normal, variance 1 / fan_in.

    Source: Y. LeCun et al., "Efficient BackProp", 1998, section 4.6.
    """

    _scaling = (1.0, "fan_in", "truncated_normal")


class Orthogonal(RandomInitializer):
    """`gain` times a random matrix with orthonormal rows or columns, whichever are fewer.

    More than two axes: orthonormal as the matrix (product of the others, last axis).
    Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014; uniform as in F. Mezzadri, "How to generate
    random matrices from the classical compact groups", Notices of the AMS 54 (2007).
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal: the weight needs at least two axes, got the shape {shape}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(generator.standard_normal(tall))
        # QR leaves the signs to the algorithm; these make the distribution uniform.
        q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)
        return self.gain * (q.T if rows < columns else q).reshape(shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}


def compute_fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """(fan_in, fan_out): the connections into an output unit, and out of an input unit.

    Without axes the last two are (inputs, outputs) and those before them the receptive field, as in
    a kernel of shape (height, width, in, out). A vector's size counts as both, a scalar as 1.
    """
    if input_axes is not None and output_axes is not None:
        sizes = [_sizes(shape, axes) for axes in (input_axes, output_axes)]
        return math.prod(sizes[0]), math.prod(sizes[1])
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def _sizes(shape: Sequence[int], axes: Sequence[int]) -> list[int]:
    for axis in axes:
        if not -len(shape) <= axis < len(shape):
            raise ValueError(f"compute_fans: axis {axis} is not one of the shape {tuple(shape)}")
    return [shape[axis] for axis in axes]


def _truncated(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers of which those outside [-2, 2] were drawn again."""
    values = generator.standard_normal(shape).ravel()
    outside = np.flatnonzero(np.abs(values) > 2)
    while outside.size:
        values[outside] = generator.standard_normal(outside.size)
        outside = outside[np.abs(values[outside]) > 2]
    return values.reshape(shape)


def _not_negative(initializer: Initializer, name: str, value: float) -> float:
    if not value >= 0:
        raise ValueError(f"{type(initializer).__name__}: {name} must be >= 0, got {value}")
    return value


def _choice(initializer: Initializer, name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(
            f"{type(initializer).__name__}: {name} is {value!r}, expected one of {tuple(known)}"
        )
    return value
