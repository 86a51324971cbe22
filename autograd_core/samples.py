"""Sample inputs that stand beside each operator and from which its checks are generated.

`unary` and `binary` describe element-wise operators by the interval on which they are smooth, so
that a checker can draw any shape; `cases` lists inputs for everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Sample", "Samples", "binary", "cases", "elementwise", "unary"]

GAP = 0.05  # how far samples stay from a kink or a tie: far more than a finite-difference step


@dataclass(frozen=True)
class Sample:
    """One call of an operator: `operator(*args, **params)`."""

    args: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)


class Samples:
    """Makes the sample calls of an operator: `samples(rng)` returns a list of `Sample`.

    domains: for an element-wise operator one (low, high) an array, else empty.
    avoid: values near which an element-wise operator is not smooth.
    distinct: whether the arrays of an element-wise operator must differ at every position.
    """

    def __init__(
        self,
        make: Callable[[np.random.Generator], Iterable[Sample]],
        domains: tuple[tuple[float, float], ...] = (),
        avoid: tuple[float, ...] = (),
        distinct: bool = False,
    ) -> None:
        self._make = make
        self.domains = domains
        self.avoid = avoid
        self.distinct = distinct

    def __call__(self, rng: np.random.Generator) -> list[Sample]:
        return list(self._make(rng))

    def arrays(
        self, rng: np.random.Generator, shapes: Sequence[tuple[int, ...]]
    ) -> tuple[np.ndarray, ...]:
        """Arrays of these shapes inside the domains, away from kinks and from one another."""
        made: list[np.ndarray] = []
        for shape, (low, high) in zip(shapes, self.domains, strict=True):
            values = rng.uniform(low, high, shape)
            for point in self.avoid:
                near = np.abs(values - point) < GAP
                away = point + np.where(values >= point, 2 * GAP, -2 * GAP)
                inside = np.where(away > high, point - 2 * GAP, away)
                values = np.where(near, np.where(inside < low, point + 2 * GAP, inside), values)
            made.append(values)
        if (
            self.distinct
        ):  # the second and later ones move away from the first on a grid of their own
            step = 4 * GAP
            made = [
                np.floor(values / step) * step + step * (position + 1) / (len(made) + 1)
                for position, values in enumerate(made)
            ]
        return tuple(np.asarray(values) for values in made)


_UNARY_SHAPES = (((),), ((3,),), ((2, 3),), ((0, 2),))
_BINARY_SHAPES = (
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 2)),
    ((0, 2), (2,)),
)
_TERNARY_SHAPES = (((), (), ()), ((3,), (3,), (3,)), ((2, 3), (3,), (2, 1)), ((0,), (0,), (1,)))


def elementwise(
    *domains: tuple[float, float],
    avoid: Sequence[float] = (),
    distinct: bool = False,
    params: Sequence[dict[str, Any]] = ({},),
) -> Samples:
    """An element-wise operator of as many arrays as there are (low, high) domains."""
    shapes = (_UNARY_SHAPES, _BINARY_SHAPES, _TERNARY_SHAPES)[len(domains) - 1]

    def make(rng: np.random.Generator) -> Iterable[Sample]:
        for given in params:
            for combination in shapes:
                yield Sample(samples.arrays(rng, combination), dict(given))

    samples = Samples(make, tuple(domains), tuple(avoid), distinct)
    return samples


def unary(
    low: float = -2.0,
    high: float = 2.0,
    avoid: Sequence[float] = (),
    params: Sequence[dict[str, Any]] = ({},),
) -> Samples:
    """An element-wise operator of one array with values in [low, high], smooth but at `avoid`."""
    return elementwise((low, high), avoid=avoid, params=params)


def binary(
    low: float = -2.0,
    high: float = 2.0,
    low2: float | None = None,
    high2: float | None = None,
    avoid: Sequence[float] = (),
    distinct: bool = False,
) -> Samples:
    """An element-wise operator of two arrays; `low2`, `high2` bound the second if they differ."""
    second = (low if low2 is None else low2, high if high2 is None else high2)
    return elementwise((low, high), second, avoid=avoid, distinct=distinct)


def cases(make: Callable[[np.random.Generator], Iterable[Sample]]) -> Samples:
    """Listed calls: `cases(lambda rng: [Sample((rng.normal(size=(2, 3)),), {"axis": 0}), ...])`.

    Give float64 arrays away from kinks and ties; include a zero-size array where it is valid.
    """
    return Samples(make)
