"""Seeds and generators: every random number of a model comes from a generator made here.

`set_random_seed(7)` makes all that follows reproducible: things without a seed of their own draw
one from a sequence that it restarts, in the order in which they are made.
"""

from __future__ import annotations

import random as python_random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

__all__ = ["SeedGenerator", "draw_seed", "generator_from", "seed_scope", "set_random_seed"]


class _Source:
    """The sequence of seeds for things that are given none; None as seed means fresh entropy."""

    def __init__(self, seed: int | None = None) -> None:
        self._generator = np.random.default_rng(seed)

    def next(self) -> int:
        return int(self._generator.integers(2**31 - 1))


_process_source = _Source()
_scoped: ContextVar[_Source | None] = ContextVar("numeras_seed_source", default=None)


def _checked(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"seed: expected an integer from 0 to 2**32 - 1, got {seed!r}")
    return int(seed)


def set_random_seed(seed: int) -> None:
    """Seeds Python's `random`, NumPy's legacy generator and everything of this library.

    Two runs of a program that begin with it give the same bits on the same machine.
    """
    global _process_source
    seed = _checked(seed)
    python_random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (Keras's function seeds what user code may draw from)
    if _scoped.get() is not None:
        _scoped.set(_Source(seed))
    else:
        _process_source = _Source(seed)


@contextmanager
def seed_scope(seed: int) -> Iterator[None]:
    """Inside the block, unseeded things draw from a sequence of their own that starts at `seed`."""
    token = _scoped.set(_Source(_checked(seed)))
    try:
        yield
    finally:
        _scoped.reset(token)


def draw_seed() -> int:
    """A seed for something that was given none."""
    return (_scoped.get() or _process_source).next()


class SeedGenerator:
    """A stream of random numbers with a seed; layers such as Dropout hold one each.

    seed: an integer, or None to draw one (reproducible after `set_random_seed`).
    generator: the `numpy.random.Generator` to draw from.
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.seed = None if seed is None else _checked(seed)
        self.name = name or "seed_generator"
        self.initial_seed = draw_seed() if self.seed is None else self.seed
        self.generator = np.random.default_rng(self.initial_seed)

    def next(self, ordered: bool = True) -> np.random.Generator:
        """The generator, positioned at the numbers not drawn yet."""
        return self.generator

    @property
    def state(self) -> dict[str, Any]:
        """The generator's state, to be put back with `set_state`."""
        return self.generator.bit_generator.state  # type: ignore[return-value]

    def set_state(self, state: dict[str, Any]) -> None:
        self.generator.bit_generator.state = state

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        return cls(**config)


def generator_from(seed: int | SeedGenerator | None) -> np.random.Generator:
    """The generator behind a `seed` argument as Keras's random functions take it."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    return np.random.default_rng(draw_seed() if seed is None else _checked(seed))
