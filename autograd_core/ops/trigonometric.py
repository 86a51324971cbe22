"""Trigonometric and hyperbolic functions, their inverses, and angles. Angles are in radians."""

from __future__ import annotations

import math

import numpy as np

from autograd_core.primitive import primitive
from autograd_core.samples import binary, unary


@primitive(samples=unary(), numpy=np.sin)
def sin(x):
    """The sine."""
    return np.sin(x)


@sin.vjp("x")
def sin_vjp(g, x):
    return g * np.cos(x)


@primitive(samples=unary(), numpy=np.cos)
def cos(x):
    """The cosine."""
    return np.cos(x)


@cos.vjp("x")
def cos_vjp(g, x):
    return -g * np.sin(x)


@primitive(samples=unary(-1.2, 1.2), numpy=np.tan)
def tan(x):
    """The tangent."""
    return np.tan(x)


@tan.vjp("x")
def tan_vjp(g, out):
    return g * (1.0 + out * out)


@primitive(samples=unary(-0.9, 0.9), numpy=np.arcsin)
def arcsin(x):
    """The inverse sine, in [-pi/2, pi/2]; NaN outside [-1, 1]. Its derivative at ±1 is infinite."""
    return np.arcsin(x)


@arcsin.vjp("x")
def arcsin_vjp(g, x):
    return g / np.sqrt((1.0 - x) * (1.0 + x))


@primitive(samples=unary(-0.9, 0.9), numpy=np.arccos)
def arccos(x):
    """The inverse cosine, in [0, pi]; NaN outside [-1, 1]. Its derivative at ±1 is infinite."""
    return np.arccos(x)


@arccos.vjp("x")
def arccos_vjp(g, x):
    return -g / np.sqrt((1.0 - x) * (1.0 + x))


@primitive(samples=unary(), numpy=np.arctan)
def arctan(x):
    """The inverse tangent, in [-pi/2, pi/2]."""
    return np.arctan(x)


@arctan.vjp("x")
def arctan_vjp(g, x):
    return g / (1.0 + x * x)


@primitive(samples=binary(0.3), numpy=np.arctan2)
def arctan2(y, x):
    """The angle of the point (x, y) from the x axis, in [-pi, pi]. Subgradient 0 at the origin."""
    return np.arctan2(y, x)


def _squared_radius(y, x):
    r2 = x * x + y * y
    return np.where(np.equal(r2, 0), np.inf, r2)


@arctan2.vjp("y")
def arctan2_vjp_y(g, y, x):
    return g * (x / _squared_radius(y, x))


@arctan2.vjp("x")
def arctan2_vjp_x(g, y, x):
    return -g * (y / _squared_radius(y, x))


@primitive(samples=unary(), numpy=np.sinh)
def sinh(x):
    """The hyperbolic sine."""
    return np.sinh(x)


@sinh.vjp("x")
def sinh_vjp(g, x):
    return g * np.cosh(x)


@primitive(samples=unary(), numpy=np.cosh)
def cosh(x):
    """The hyperbolic cosine."""
    return np.cosh(x)


@cosh.vjp("x")
def cosh_vjp(g, x):
    return g * np.sinh(x)


@primitive(samples=unary(), numpy=np.tanh)
def tanh(x):
    """The hyperbolic tangent."""
    return np.tanh(x)


@tanh.vjp("x")
def tanh_vjp(g, out):
    return g * (1.0 - out * out)


@primitive(samples=unary(), numpy=np.arcsinh)
def arcsinh(x):
    """The inverse hyperbolic sine."""
    return np.arcsinh(x)


@arcsinh.vjp("x")
def arcsinh_vjp(g, x):
    return g / np.hypot(x, 1.0)


@primitive(samples=unary(1.2, 3.0), numpy=np.arccosh)
def arccosh(x):
    """The inverse hyperbolic cosine; NaN below 1. Its derivative at 1 is infinite."""
    return np.arccosh(x)


@arccosh.vjp("x")
def arccosh_vjp(g, x):
    return g / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0))


@primitive(samples=unary(-0.9, 0.9), numpy=np.arctanh)
def arctanh(x):
    """The inverse hyperbolic tangent; infinite at ±1, NaN outside."""
    return np.arctanh(x)


@arctanh.vjp("x")
def arctanh_vjp(g, x):
    return g / ((1.0 - x) * (1.0 + x))


@primitive(samples=unary(), numpy=np.sinc)
def sinc(x):
    """sin(pi x) / (pi x), and 1 at 0."""
    return np.sinc(x)


# sinc'(x) = pi * sum over k >= 1 of (-1)^k 2k / (2k + 1)! (pi x)^(2k - 1)
_SINC_SERIES = [(-1) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(1, 14)]


@sinc.vjp("x")
def sinc_vjp(g, x):
    """By the power series near 0, where (cos(pi x) - sinc(x)) / x loses its digits."""
    small = np.absolute(x) < 0.5
    u = np.pi * np.where(small, x, 0.0)
    u2 = u * u
    series = _SINC_SERIES[-1]
    for coefficient in _SINC_SERIES[-2::-1]:
        series = series * u2 + coefficient
    away = np.where(small, 1.0, x)
    quotient = (np.cos(np.pi * away) - np.sinc(away)) / away
    return g * np.where(small, np.pi * (u * series), quotient)


# Angles.


@primitive(samples=unary(-180.0, 180.0), numpy=(np.deg2rad, np.radians))
def deg2rad(x):
    """Degrees as radians."""
    return np.deg2rad(x)


@deg2rad.vjp("x")
def deg2rad_vjp(g):
    return g * (math.pi / 180.0)


@primitive(samples=unary(-3.0, 3.0), numpy=(np.rad2deg, np.degrees))
def rad2deg(x):
    """Radians as degrees."""
    return np.rad2deg(x)


@rad2deg.vjp("x")
def rad2deg_vjp(g):
    return g * (180.0 / math.pi)
