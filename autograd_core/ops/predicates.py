"""Element-wise functions without a derivative: comparisons, logic, bits, rounding.

They take tracked tensors and return untracked ones. The functions that give floats (rounding, sign,
floor division, heaviside) are constant between their steps, so their derivative is zero almost
everywhere; it is not recorded at all.
"""

from __future__ import annotations

import numpy as np

from autograd_core.primitive import constant

# Comparisons.


@constant(numpy=np.equal)
def equal(x, y):
    """Whether x == y, element by element."""
    return np.equal(x, y)


@constant(numpy=np.not_equal)
def not_equal(x, y):
    """Whether x != y, element by element."""
    return np.not_equal(x, y)


@constant(numpy=np.less)
def less(x, y):
    """Whether x < y, element by element."""
    return np.less(x, y)


@constant(numpy=np.less_equal)
def less_equal(x, y):
    """Whether x <= y, element by element."""
    return np.less_equal(x, y)


@constant(numpy=np.greater)
def greater(x, y):
    """Whether x > y, element by element."""
    return np.greater(x, y)


@constant(numpy=np.greater_equal)
def greater_equal(x, y):
    """Whether x >= y, element by element."""
    return np.greater_equal(x, y)


@constant(numpy=np.isclose)
def isclose(x, y, *, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x - y| <= atol + rtol |y|, element by element."""
    return np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)


@constant(numpy=np.allclose)
def allclose(x, y, *, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x - y| <= atol + rtol |y| everywhere: one boolean."""
    return np.allclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)


@constant(numpy=np.array_equal)
def array_equal(x, y, *, equal_nan=False):
    """Whether x and y have the same shape and the same elements: one boolean."""
    return np.array_equal(x, y, equal_nan=equal_nan)


# Kinds of numbers.


@constant(numpy=np.isnan)
def isnan(x):
    """Whether x is NaN, element by element."""
    return np.isnan(x)


@constant(numpy=np.isinf)
def isinf(x):
    """Whether x is infinite, of either sign."""
    return np.isinf(x)


@constant(numpy=np.isfinite)
def isfinite(x):
    """Whether x is neither NaN nor infinite."""
    return np.isfinite(x)


@constant(numpy=np.signbit)
def signbit(x):
    """Whether the sign bit is set: x < 0, or the negative zero."""
    return np.signbit(x)


@constant(numpy=np.sign)
def sign(x):
    """-1, 0 or 1 with the sign of x, in the dtype of x."""
    return np.sign(x)


@constant(numpy=np.heaviside)
def heaviside(x, y):
    """The step function: 0 for x < 0, y at x = 0, 1 for x > 0."""
    return np.heaviside(x, y)


# Rounding.


@constant(numpy=np.floor)
def floor(x):
    """The largest integer not above x, as a float."""
    return np.floor(x)


@constant(numpy=np.ceil)
def ceil(x):
    """The smallest integer not below x, as a float."""
    return np.ceil(x)


@constant(numpy=np.trunc)
def trunc(x):
    """x without its fraction, as a float."""
    return np.trunc(x)


@constant(numpy=np.rint)
def rint(x):
    """The integer nearest to x, as a float; halves go to the even one."""
    return np.rint(x)


@constant(numpy=(np.round, np.around))
def round(x, *, decimals=0):
    """x rounded to so many decimals; halves go to the even one."""
    return np.round(x, decimals)


@constant(numpy=np.floor_divide)
def floor_divide(x, y):
    """floor(x / y)."""
    return np.floor_divide(x, y)


# Logic, on truth values (nonzero is true).


@constant(numpy=np.logical_and)
def logical_and(x, y):
    """Whether both are true."""
    return np.logical_and(x, y)


@constant(numpy=np.logical_or)
def logical_or(x, y):
    """Whether at least one is true."""
    return np.logical_or(x, y)


@constant(numpy=np.logical_xor)
def logical_xor(x, y):
    """Whether exactly one is true."""
    return np.logical_xor(x, y)


@constant(numpy=np.logical_not)
def logical_not(x):
    """Whether x is false."""
    return np.logical_not(x)


# Bits, of integers and booleans; floats are refused.


@constant(numpy=np.bitwise_and)
def bitwise_and(x, y):
    """x & y, bit by bit."""
    return np.bitwise_and(x, y)


@constant(numpy=np.bitwise_or)
def bitwise_or(x, y):
    """x | y, bit by bit."""
    return np.bitwise_or(x, y)


@constant(numpy=np.bitwise_xor)
def bitwise_xor(x, y):
    """x ^ y, bit by bit."""
    return np.bitwise_xor(x, y)


@constant(numpy=np.invert)
def invert(x):
    """~x, bit by bit."""
    return np.invert(x)
