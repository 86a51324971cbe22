"""Exponentials and logarithms."""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.sigmoids import sigmoid
from autograd_core.primitive import primitive
from autograd_core.samples import binary, unary

LN2 = math.log(2.0)
LN10 = math.log(10.0)


@primitive(samples=unary(), numpy=np.exp)
def exp(x):
    """e to the power x."""
    return np.exp(x)


@exp.vjp("x")
def exp_vjp(g, out):
    return g * out


@primitive(samples=unary(), numpy=np.exp2)
def exp2(x):
    """2 to the power x."""
    return np.exp2(x)


@exp2.vjp("x")
def exp2_vjp(g, out):
    return g * (LN2 * out)


@primitive(samples=unary(), numpy=np.expm1)
def expm1(x):
    """e to the power x, less 1, exact near 0."""
    return np.expm1(x)


@expm1.vjp("x")
def expm1_vjp(g, x):
    return g * np.exp(x)  # out + 1 would lose the digits of a small exp(x)


@primitive(samples=unary(0.3, 3.0), numpy=np.log)
def log(x):
    """The natural logarithm; -inf at 0, NaN below."""
    return np.log(x)


@log.vjp("x")
def log_vjp(g, x):
    return g / x


@primitive(samples=unary(0.3, 3.0), numpy=np.log2)
def log2(x):
    """The logarithm to base 2."""
    return np.log2(x)


@log2.vjp("x")
def log2_vjp(g, x):
    return g / (LN2 * x)


@primitive(samples=unary(0.3, 3.0), numpy=np.log10)
def log10(x):
    """The logarithm to base 10."""
    return np.log10(x)


@log10.vjp("x")
def log10_vjp(g, x):
    return g / (LN10 * x)


@primitive(samples=unary(-0.6, 2.0), numpy=np.log1p)
def log1p(x):
    """log(1 + x), exact near 0."""
    return np.log1p(x)


@log1p.vjp("x")
def log1p_vjp(g, x):
    return g / (1.0 + x)


@primitive(samples=binary(low2=0.3))
def xlogy(x, y):
    """x log(y), and 0 where x is 0, whatever y is (unless NaN).

    At x = 0, y <= 0 the derivatives are 0.
    """
    dtype = np.result_type(x, y, 1.0)  # before `where` makes an array of a Python number
    nothing = np.logical_and(np.equal(x, 0), np.logical_not(np.isnan(y)))
    logarithm = np.log(np.where(nothing, 1.0, y), dtype=dtype)
    return np.where(nothing, 0.0, np.multiply(x, logarithm, dtype=dtype))


@xlogy.vjp("x")
def xlogy_vjp_x(g, x, y):
    edge = np.logical_and(np.equal(x, 0), np.less_equal(y, 0))
    return g * np.log(np.where(edge, 1.0, y))


@xlogy.vjp("y")
def xlogy_vjp_y(g, x, y):
    edge = np.logical_and(np.equal(x, 0), np.equal(y, 0))
    return g * (x / np.where(edge, 1.0, y))


def _difference(x, y):
    """x - y, and 0 for two equal infinities."""
    both = np.logical_and(np.equal(x, y), np.isinf(x))
    return np.where(both, 0.0, x) - np.where(both, 0.0, y)


@primitive(samples=binary(), numpy=np.logaddexp)
def logaddexp(x, y):
    """log(exp(x) + exp(y)) without overflow. Two equal infinities share the gradient by halves."""
    return np.logaddexp(x, y)


@logaddexp.vjp("x")
def logaddexp_vjp_x(g, x, y):
    return g * sigmoid(_difference(x, y))


@logaddexp.vjp("y")
def logaddexp_vjp_y(g, x, y):
    return g * sigmoid(_difference(y, x))


@primitive(samples=binary(), numpy=np.logaddexp2)
def logaddexp2(x, y):
    """log2(2**x + 2**y) without overflow. Two equal infinities share the gradient by halves."""
    return np.logaddexp2(x, y)


@logaddexp2.vjp("x")
def logaddexp2_vjp_x(g, x, y):
    return g * sigmoid(LN2 * _difference(x, y))


@logaddexp2.vjp("y")
def logaddexp2_vjp_y(g, x, y):
    return g * sigmoid(LN2 * _difference(y, x))
