"""Sigmoid and its relatives, computed so that nothing overflows at either end.

All of them take integers and booleans as float64.
"""

from __future__ import annotations

import numpy as np

from autograd_core.primitive import primitive
from autograd_core.samples import unary


def floating(x):
    """x as a float array: float64 if it is not of a float dtype."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


@primitive(samples=unary(-4.0, 4.0))
def sigmoid(x):
    """The logistic function 1 / (1 + exp(-x)), with full relative accuracy for large negative x."""
    x = floating(x)
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1.0 + e)


@sigmoid.vjp("x")
def sigmoid_vjp(g, out):
    return g * (out * (1.0 - out))


@primitive(samples=unary(-4.0, 4.0))
def log_sigmoid(x):
    """log(sigmoid(x)), finite for every finite x."""
    x = floating(x)
    return np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x)))


@log_sigmoid.vjp("x")
def log_sigmoid_vjp(g, x):
    return g * sigmoid(-x)


@primitive(samples=unary(-4.0, 4.0))
def softplus(x):
    """log(1 + exp(x)), which is x for large x and never overflows."""
    x = floating(x)
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


@softplus.vjp("x")
def softplus_vjp(g, x):
    return g * sigmoid(x)


@primitive(samples=unary(0.05, 0.95))
def logit(x):
    """log(x / (1 - x)), the inverse of sigmoid; -inf at 0, inf at 1, NaN outside [0, 1].

    In the middle computed as 2 arctanh(2x - 1), where the quotient would round near 1.
    """
    x = floating(x)
    middle = np.abs(x - 0.5) < 0.25
    centred = 2.0 * np.arctanh(np.where(middle, 2.0 * x - 1.0, 0.0))
    outer = np.where(middle, 0.1, x)
    return np.where(middle, centred, np.log(outer) - np.log1p(-outer))


@logit.vjp("x")
def logit_vjp(g, x):
    return g / (x * (1.0 - x))


@primitive(samples=unary(avoid=(0.0,)))
def softsign(x):
    """x / (1 + |x|). Its second derivative jumps at 0 and is taken as 0 there."""
    x = floating(x)
    return x / (1.0 + np.abs(x))


@softsign.vjp("x")
def softsign_vjp(g, x):
    return g / np.square(1.0 + np.absolute(x))


@primitive(samples=unary(avoid=(0.0,)))
def relu(x):
    """max(x, 0), in the dtype of x, with the subgradient 0 at 0."""
    return np.maximum(x, 0)


@relu.vjp("x")
def relu_vjp(g, out):
    return np.where(out > 0, g, 0.0)


@primitive(samples=unary(-4.0, 4.0))
def silu(x):
    """x sigmoid(x), also called swish.

    Source: S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning", Neural Networks 107 (2018).
    """
    x = floating(x)
    return x * sigmoid(x)


@silu.vjp("x")
def silu_vjp(g, x):
    s = sigmoid(x)
    return g * (s * (1.0 + x * (1.0 - s)))
