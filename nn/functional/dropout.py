"""Dropout: random entries set to 0, the others scaled so that the mean stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core import primitive
from autograd_core.samples import Sample, cases

__all__ = ["dropout", "masked_scale"]


def _samples(rng: np.random.Generator) -> list[Sample]:
    shapes = [((3,), (3,)), ((2, 3), (2, 1)), ((2, 3, 2), (3, 1)), ((0, 2), (2,))]
    return [
        Sample((rng.normal(size=shape),), {"mask": rng.random(kept) < 0.6, "scale": 2.5})
        for shape, kept in shapes
    ]


@primitive(samples=cases(_samples))
def masked_scale(x, *, mask, scale):
    """scale x where `mask` holds, else 0, also where x is infinite or NaN.

    mask: a boolean array that broadcasts to the shape of x.
    """
    return np.where(mask, x * scale, 0.0)


@masked_scale.vjp("x")
def masked_scale_vjp(g, mask, scale):
    return masked_scale(g, mask=mask, scale=scale)


def dropout(
    x: Any,
    rate: float,
    generator: np.random.Generator,
    noise_shape: Sequence[int | None] | None = None,
) -> Any:
    """Each entry is 0 with probability `rate`, else divided by 1 - rate.

    x: an array or a Tensor of floats. rate: in [0, 1].
    noise_shape: the shape of the random mask, which broadcasts to that of x; entries share their
        fate along axes of size 1. None in it stands for the size of x.

    Raises ValueError for a noise_shape that does not broadcast to x's shape.
    Source: N. Srivastava et al., "Dropout", JMLR 15 (2014), section 10 (scaling in training).
    """
    shape = x.shape if noise_shape is None else _mask_shape(tuple(noise_shape), x.shape)
    mask = generator.random(shape, dtype=np.float32) >= rate
    return masked_scale(x, mask=mask, scale=1.0 / (1.0 - rate) if rate < 1 else 0.0)


def _mask_shape(noise_shape: tuple[int | None, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    fits = len(noise_shape) <= len(shape)
    sizes = [
        shape[axis] if size is None and fits else size for axis, size in enumerate(noise_shape)
    ]
    against = zip(reversed(sizes), reversed(shape), strict=False)
    if not fits or any(size not in (1, other) for size, other in against):
        raise ValueError(
            f"dropout: noise_shape {noise_shape} does not broadcast to the input's shape {shape}; "
            "each of its sizes must be 1, None or the input's"
        )
    return tuple(sizes)  # type: ignore[arg-type]
