"""Element-wise arithmetic: sums, products, powers, remainders. All broadcast as in NumPy."""

from __future__ import annotations

import numpy as np

from autograd_core.primitive import composite, primitive
from autograd_core.samples import binary, elementwise, unary

# Sums and products.


@primitive(samples=binary(), numpy=np.add)
def add(x, y):
    """x + y."""
    return np.add(x, y)


@add.vjp("x")
def add_vjp_x(g):
    return g


@add.vjp("y")
def add_vjp_y(g):
    return g


@primitive(samples=binary(), numpy=np.subtract)
def subtract(x, y):
    """x - y. Booleans are refused, as by NumPy."""
    return np.subtract(x, y)


@subtract.vjp("x")
def subtract_vjp_x(g):
    return g


@subtract.vjp("y")
def subtract_vjp_y(g):
    return -g


@primitive(samples=binary(), numpy=np.multiply)
def multiply(x, y):
    """x * y."""
    return np.multiply(x, y)


@multiply.vjp("x")
def multiply_vjp_x(g, y):
    return g * y


@multiply.vjp("y")
def multiply_vjp_y(g, x):
    return g * x


@primitive(samples=binary(low2=0.5), numpy=np.divide)
def divide(x, y):
    """x / y; integers give floats."""
    return np.divide(x, y)


@divide.vjp("x")
def divide_vjp_x(g, y):
    return g / y


@divide.vjp("y")
def divide_vjp_y(g, out, y):
    return -g * out / y


@primitive(samples=binary(low2=0.5))
def divide_no_nan(x, y):
    """x / y, and 0 where y is 0, with zero derivatives there; integers give floats."""
    dtype = np.result_type(x, y, 1.0)  # before `where` makes an array of a Python number
    nothing = np.equal(y, 0)
    quotient = np.divide(x, np.where(nothing, 1, y), dtype=dtype)
    return np.where(nothing, 0.0, quotient)


@divide_no_nan.vjp("x")
def divide_no_nan_vjp_x(g, y):
    return divide_no_nan(g, y)


@divide_no_nan.vjp("y")
def divide_no_nan_vjp_y(g, out, y):
    return -divide_no_nan(g * out, y)


@primitive(samples=unary(), numpy=np.negative)
def negative(x):
    """-x."""
    return np.negative(x)


@negative.vjp("x")
def negative_vjp(g):
    return -g


@primitive(samples=unary(), numpy=np.positive)
def positive(x):
    """A copy of x."""
    return np.positive(x)


@positive.vjp("x")
def positive_vjp(g):
    return g


@composite(samples=elementwise((-2.0, 2.0), (-2.0, 2.0), (0.0, 1.0)))
def lerp(x, y, t):
    """Linear interpolation x + t (y - x): x at t = 0, y at t = 1. t may lie outside [0, 1]."""
    return add(x, multiply(t, subtract(y, x)))


@primitive(samples=unary(params=({"dtype": "float64"},)), numpy=getattr(np, "astype", None))
def astype(x, *, dtype):
    """A copy of x in another dtype: a float, integer or boolean one.

    Between float dtypes the derivative is that of the identity; a result of integers or booleans is
    not tracked. Raises TypeError for other dtypes.
    """
    target = np.dtype(dtype)
    if target.kind not in "fiub":
        raise TypeError(f"astype: dtype {target} is not supported; use floats, integers or bool")
    return np.asarray(x).astype(target)


@astype.vjp("x")
def astype_vjp(g):
    return g  # the engine casts it back


# Powers.


@primitive(samples=binary(low=0.3), numpy=np.power)
def power(x, y):
    """x ** y. Integers to negative integer powers are refused, as by NumPy.

    The derivatives are 0 where their limit is: to x for y = 0, and to y for x = 0 and y >= 0.
    To y at negative x the derivative is not real: NaN.
    """
    # An array's own operator knows the exponents 2, 0.5 and -1.
    return x**y if x.__class__ is np.ndarray else np.power(x, y)


@power.vjp("x")
def power_vjp_x(g, x, y):
    if y.__class__ in (int, float) and y != 0:  # a Python number is never a value of the graph
        return g * (y * x ** (y - 1))
    flat = np.equal(y, 0)
    return np.where(flat, 0.0, g * (y * x ** np.where(flat, 1, y - 1)))


@power.vjp("y")
def power_vjp_y(g, out, x, y):
    flat = np.logical_and(np.equal(x, 0), np.greater_equal(y, 0))
    return np.where(flat, 0.0, g * (out * np.log(np.where(flat, 1.0, x))))


@composite(samples=binary(low=0.3), numpy=np.float_power)
def float_power(x, y):
    """x ** y in float64, for integers and negative exponents too."""
    return power(astype(x, dtype=np.float64), astype(y, dtype=np.float64))


@primitive(samples=unary(), numpy=np.square)
def square(x):
    """x squared."""
    return np.square(x)


@square.vjp("x")
def square_vjp(g, x):
    return g * (2.0 * x)


@primitive(samples=unary(0.2, 3.0), numpy=np.sqrt)
def sqrt(x):
    """The square root; NaN for negative x. Its derivative at 0 is infinite."""
    return np.sqrt(x)


@sqrt.vjp("x")
def sqrt_vjp(g, out):
    return 0.5 * g / out


@primitive(samples=unary(0.2, 3.0))
def rsqrt(x):
    """1 / sqrt(x)."""
    return np.reciprocal(np.sqrt(x))


@rsqrt.vjp("x")
def rsqrt_vjp(g, out, x):
    return -0.5 * g * out / x


@primitive(samples=unary(0.2, 3.0), numpy=np.cbrt)
def cbrt(x):
    """The real cube root, negative for negative x. Its derivative at 0 is infinite."""
    return np.cbrt(x)


@cbrt.vjp("x")
def cbrt_vjp(g, out):
    return g / (3.0 * out * out)


@primitive(samples=unary(0.3, 2.0), numpy=np.reciprocal)
def reciprocal(x):
    """1 / x. Integers give floats (NumPy's own reciprocal of an integer drops the fraction)."""
    return np.divide(1.0, x)


@reciprocal.vjp("x")
def reciprocal_vjp(g, out):
    return -g * out * out


# Magnitude and remainder.


@primitive(samples=unary(avoid=(0.0,)), numpy=np.absolute)
def absolute(x):
    """|x|, with the subgradient 0 at 0."""
    return np.absolute(x)


@absolute.vjp("x")
def absolute_vjp(g, x):
    return g * np.sign(x)


@primitive(samples=unary(avoid=(0.0,)), numpy=np.fabs)
def fabs(x):
    """|x| as a float, with the subgradient 0 at 0."""
    return np.fabs(x)


@fabs.vjp("x")
def fabs_vjp(g, x):
    return g * np.sign(x)


@primitive(samples=binary(avoid=(0.0,)), numpy=np.copysign)
def copysign(x, y):
    """|x| with the sign of y (that of a signed zero too). Subgradient 0 at x = 0, and to y."""
    return np.copysign(x, y)


@copysign.vjp("x")
def copysign_vjp_x(g, x, y):
    return g * (np.sign(x) * np.copysign(1.0, y))


@copysign.vjp("y")
def copysign_vjp_y(g):
    return None


@primitive(samples=binary(0.3), numpy=np.hypot)
def hypot(x, y):
    """sqrt(x² + y²) without overflow on the way. Subgradient 0 at the origin."""
    return np.hypot(x, y)


@hypot.vjp("x")
def hypot_vjp_x(g, out, x):
    return g * (x / np.where(out == 0, np.inf, out))


@hypot.vjp("y")
def hypot_vjp_y(g, out, y):
    return g * (y / np.where(out == 0, np.inf, out))


@primitive(samples=binary(2.2, 2.8, 0.95, 1.02), numpy=np.mod)
def mod(x, y):
    """The remainder of the floor division, with the sign of y: x - floor(x / y) y."""
    return np.mod(x, y)


@mod.vjp("x")
def mod_vjp_x(g):
    return g


@mod.vjp("y")
def mod_vjp_y(g, x, y):
    return -g * np.floor_divide(x, y)


@primitive(samples=binary(-2.8, -2.2, 0.95, 1.02), numpy=np.fmod)
def fmod(x, y):
    """The remainder of the division that rounds to 0, with the sign of x, as C's fmod."""
    return np.fmod(x, y)


@fmod.vjp("x")
def fmod_vjp_x(g):
    return g


@fmod.vjp("y")
def fmod_vjp_y(g, out, x, y):
    return -g * np.rint((x - out) / y)  # trunc(x / y) would be off by one where x / y rounds up
