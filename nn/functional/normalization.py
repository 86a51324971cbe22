"""Batch normalization: with the batch's own statistics, and with given ones.

Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015, algorithms 1 and 2; the derivative
is the one of its section 3, gathered into one pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import primitive
from autograd_core.samples import Sample, cases

__all__ = ["batch_norm", "batch_norm_inference"]


def _samples(rng: np.random.Generator) -> list[Sample]:
    def made(shape: tuple[int, ...], axis: int, gamma: bool = True, beta: bool = True) -> Sample:
        size = shape[axis]
        weights = [rng.normal(size=size) if wanted else None for wanted in (gamma, beta)]
        return Sample((rng.normal(size=shape), *weights), {"axis": axis, "epsilon": 1e-3})

    return [
        made((5, 3), -1),
        made((4, 3), 1, gamma=False),
        made((4, 3), 1, beta=False),
        made((2, 3, 2, 2), 1),
        made((2, 3, 2), -1, gamma=False, beta=False),
    ]


def _composed(x: Any, gamma: Any, beta: Any, *, axis: int, epsilon: float) -> tuple[Any, Any, Any]:
    axes, shape = _other_axes(x.shape, axis)
    mean = ac.mean(x, axis=axes, keepdims=True)
    centred = x - mean
    variance = ac.mean(centred * centred, axis=axes, keepdims=True)
    y = centred / ac.sqrt(variance + epsilon)
    if gamma is not None:
        y = y * gamma.reshape(shape)
    if beta is not None:
        y = y + beta.reshape(shape)
    return y, mean.reshape(-1), variance.reshape(-1)


@primitive(samples=cases(_samples), composition=_composed)
def batch_norm(x, gamma, beta, *, axis, epsilon):
    """(y, mean, variance): y = gamma (x - mean) / sqrt(variance + epsilon) + beta.

    x: any number of axes. gamma, beta: vectors of the size of x along `axis`, or None.
    mean, variance: of x over all other axes, vectors; the variance is the biased one (over n).
    """
    axes, shape = _other_axes(x.shape, axis)
    if not x.size:
        raise ValueError(f"batch_norm: there is no mean of no examples, x has the shape {x.shape}")
    mean = x.mean(axis=axes, keepdims=True)
    centred = x - mean
    # The mean of what is left holds the rounding error of the first mean (T. Chan, G. Golub,
    # R. LeVeque, "Algorithms for computing the sample variance", 1983): exact far from 0 as well.
    rest = centred.mean(axis=axes, keepdims=True)
    mean += rest
    centred -= rest
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    scale = 1.0 / np.sqrt(variance + epsilon)
    if gamma is not None:
        scale = scale * gamma.reshape(shape)
    y = centred
    y *= scale
    if beta is not None:
        y += beta.reshape(shape)
    return y, mean.reshape(-1), variance.reshape(-1)


@batch_norm.vjp_joint
def batch_norm_vjp(g, out, x, gamma, needs, axis, epsilon):
    g_y, g_mean, g_variance = g
    _, mean, variance = out
    axes, shape = _other_axes(x.shape, axis)
    count = x.size // mean.size
    centred = x - mean.reshape(shape)
    inverse = 1.0 / np.sqrt(variance + epsilon)
    sum_g = g_y.sum(axis=axes)
    sum_gx = (g_y * centred).sum(axis=axes)
    g_x = None
    if needs[0]:
        scale = inverse if gamma is None else inverse * gamma
        offset = (g_mean - scale * sum_g) / count
        slope = (2.0 * g_variance - scale * inverse**2 * sum_gx) / count
        g_x = g_y * scale.reshape(shape)
        centred *= slope.reshape(shape)
        g_x += centred
        g_x += offset.reshape(shape)
    return g_x, inverse * sum_gx, sum_g


def batch_norm_inference(
    x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, *, axis: int, epsilon: float
) -> Any:
    """gamma (x - mean) / sqrt(variance + epsilon) + beta with a given mean and variance.

    mean, variance, gamma, beta: vectors of the size of x along `axis`; gamma and beta may be None.
    """
    _, shape = _other_axes(x.shape, axis)
    scale = 1.0 / ac.sqrt(variance + epsilon)
    if gamma is not None:
        scale = scale * gamma
    y = (x - mean.reshape(shape)) * scale.reshape(shape)
    return y if beta is None else y + beta.reshape(shape)


def _other_axes(shape: tuple[int, ...], axis: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """All axes but `axis`, and the shape in which a vector along it broadcasts."""
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"batch_norm: axis {axis} is not one of the shape {shape}")
    axis %= len(shape)
    others = tuple(a for a in range(len(shape)) if a != axis)
    return others, tuple(size if a == axis else 1 for a, size in enumerate(shape))
