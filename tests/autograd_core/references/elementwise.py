"""References for arithmetic, choices and predicates: Python's numbers, one element at a time."""

import math
import operator
from fractions import Fraction

import numpy as np


def each(function):
    """`function` of Python numbers applied to each element of arrays, broadcast together."""

    def apply(*arrays):
        arrays = np.broadcast_arrays(*arrays)
        lists = [a.ravel().tolist() for a in arrays]
        made = [function(*values) for values in zip(*lists, strict=True)]
        return np.array(made, None if made else float).reshape(arrays[0].shape)

    return apply


def cube_root(x):
    return math.copysign(abs(x) ** (1 / 3), x)


def modulo(x, y):
    """Exactly, as fractions: Python's % has the sign of y as well."""
    return float(Fraction(x) - math.floor(Fraction(x) / Fraction(y)) * Fraction(y))


def c_modulo(x, y):
    return float(Fraction(x) - math.trunc(Fraction(x) / Fraction(y)) * Fraction(y))


def choose(condition, x, y):
    return x if condition else y


def limited(x, min=None, max=None):
    """The median of three, as a sorted list gives it."""
    low = -math.inf if min is None else min
    high = math.inf if max is None else max
    return each(lambda v: sorted([low, v, high])[1])(x)


def close(x, y, rtol=1e-5, atol=1e-8, equal_nan=False):
    def one(a, b):
        if math.isnan(a) or math.isnan(b):
            return equal_nan and math.isnan(a) and math.isnan(b)
        return a == b or abs(a - b) <= atol + rtol * abs(b)

    return each(one)(x, y)


def same_arrays(x, y, equal_nan=False):
    return x.shape == y.shape and x.tolist() == y.tolist()


def finite_number(v, nan=0.0, posinf=None, neginf=None):
    largest = np.finfo(float).max
    if math.isnan(v):
        return nan
    if math.isinf(v):
        return (
            (largest if posinf is None else posinf)
            if v > 0
            else (-largest, neginf)[neginf is not None]
        )
    return v


def heaviside(x, y):
    return y if x == 0 else float(x > 0)


def half_even(x, decimals=0):
    return each(lambda v: float(round(v, decimals)))(x)


def sign(x):
    return (x > 0) - (x < 0)


REFERENCES = {
    # arithmetic
    "add": each(operator.add),
    "subtract": each(operator.sub),
    "multiply": each(operator.mul),
    "divide": each(operator.truediv),
    "divide_no_nan": each(lambda x, y: x / y if y else 0.0),
    "negative": each(operator.neg),
    "positive": each(operator.pos),
    "lerp": each(lambda x, y, t: (1 - t) * x + t * y),
    "astype": lambda x, dtype: np.array(x.tolist(), dtype).reshape(x.shape),
    "power": each(lambda x, y: math.exp(y * math.log(x))),
    "float_power": each(lambda x, y: math.exp(y * math.log(x))),
    "square": each(lambda x: x * x),
    "sqrt": each(math.sqrt),
    "rsqrt": each(lambda x: x**-0.5),
    "cbrt": each(cube_root),
    "reciprocal": each(lambda x: float(1 / Fraction(x))),
    "absolute": each(abs),
    "fabs": each(math.fabs),
    "copysign": each(math.copysign),
    "hypot": each(lambda x, y: math.sqrt(x * x + y * y)),
    "mod": each(modulo),
    "fmod": each(c_modulo),
    # choices
    "where": each(choose),
    "maximum": each(max),
    "minimum": each(min),
    "fmax": each(max),
    "fmin": each(min),
    "clip": limited,
    "nan_to_num": lambda x, **params: each(lambda v: finite_number(v, **params))(x),
    # comparisons
    "equal": each(operator.eq),
    "not_equal": each(operator.ne),
    "less": each(operator.lt),
    "less_equal": each(operator.le),
    "greater": each(operator.gt),
    "greater_equal": each(operator.ge),
    "isclose": close,
    "allclose": lambda x, y, **params: bool(close(x, y, **params).all()),
    "array_equal": same_arrays,
    # kinds of numbers
    "isnan": each(math.isnan),
    "isinf": each(math.isinf),
    "isfinite": each(math.isfinite),
    "signbit": each(lambda x: math.copysign(1.0, x) < 0),
    "sign": each(sign),
    "heaviside": each(heaviside),
    # rounding
    "floor": each(math.floor),
    "ceil": each(math.ceil),
    "trunc": each(math.trunc),
    "rint": half_even,
    "round": half_even,
    "floor_divide": each(lambda x, y: math.floor(Fraction(x) / Fraction(y))),
    # logic and bits
    "logical_and": each(lambda x, y: bool(x and y)),
    "logical_or": each(lambda x, y: bool(x or y)),
    "logical_xor": each(lambda x, y: bool(x) != bool(y)),
    "logical_not": each(operator.not_),
    "bitwise_and": each(operator.and_),
    "bitwise_or": each(operator.or_),
    "bitwise_xor": each(operator.xor),
    "invert": each(lambda x: not x if isinstance(x, bool) else -x - 1),
}
