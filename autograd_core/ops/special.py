"""The error function, its complement and its inverse, in NumPy alone.

erf and erfc follow W. J. Cody, "Rational Chebyshev approximations for the error function",
Mathematics of Computation 23 (1969), 631-637: one rational function for each of three intervals,
here with the coefficients for 18 digits. All is computed in float64 and rounded once to the dtype
of x, so that float32 results are correct to the last bit or so.
"""

from __future__ import annotations

import math

import numpy as np

from autograd_core.ops.sigmoids import floating
from autograd_core.primitive import primitive
from autograd_core.samples import unary

# Coefficients of numerator and denominator, highest power first.
# |x| <= 0.5: erf(x) = x R(x²), here R - 1 so that the sum x + x (R - 1) rounds little
_SMALL = (
    (
        *(-0.814222293815396847, -20.44016720847355530, -130.160483783394017),
        *(-905.131288392070259, 365.14075569929885),
    ),
    (
        *(1.0, 2.36012909523441209e1, 2.44024637934444173e2),
        *(1.28261652607737228e3, 2.84423683343917062e3),
    ),
)
# 0.5 <= x <= 4: erfc(x) = exp(-x²) R(x)
_MIDDLE = (
    (
        *(2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0),
        *(6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2),
        *(1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    ),
    (
        *(1.0, 1.57449261107098347e1, 1.17693950891312499e2),
        *(5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3),
        *(4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
    ),
)
# x >= 4: erfc(x) = exp(-x²) / x (1 / sqrt(pi) - R(1 / x²) / x²)
_LARGE = (
    (
        *(1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1),
        *(1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    ),
    (
        *(1.0, 2.56852019228982242e0, 1.87295284992346725e0),
        *(5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3),
    ),
)
_BREAK = 0.5  # Cody's is 0.46875; up to 0.5 the first formula is as good and rounds less
_ROOT_PI = math.sqrt(math.pi)


def _rational(coefficients, x):
    numerator, denominator = coefficients
    top = np.full_like(x, numerator[0])
    bottom = np.full_like(x, denominator[0])
    for p, q in zip(numerator[1:], denominator[1:], strict=True):
        top = top * x + p
        bottom = bottom * x + q
    return top / bottom


def _erfc_positive(x):
    """erfc of float64 values from 0.5 to infinity, one axis."""
    x = np.minimum(x, 30.0)  # where the result is 0
    out = np.empty_like(x)
    middle = x <= 4.0
    out[middle] = _rational(_MIDDLE, x[middle])
    large = x[~middle]
    w = 1.0 / np.square(large)
    out[~middle] = (1.0 / _ROOT_PI - w * _rational(_LARGE, w)) / large
    # exp(-x²) from a short square and a small rest: rounding x² would cost x² times the precision.
    short = np.trunc(x * 16.0) / 16.0
    return out * (np.exp(-short * short) * np.exp((short - x) * (short + x)))


def _parts(x):
    """x flat in float64, and what is small in it; NaN counts as small."""
    flat = np.asarray(x, np.float64).reshape(-1)
    return flat, ~(np.abs(flat) > _BREAK)


def _erf64(x):
    flat, small = _parts(x)
    out = np.empty_like(flat)
    near, far = flat[small], flat[~small]
    out[small] = near + near * _rational(_SMALL, np.square(near))
    out[~small] = np.copysign(1.0 - _erfc_positive(np.abs(far)), far)
    return out.reshape(np.shape(x))


def _erfc64(x):
    flat, small = _parts(x)
    out = np.empty_like(flat)
    near, far = flat[small], flat[~small]
    out[small] = 1.0 - (near + near * _rational(_SMALL, np.square(near)))
    tail = _erfc_positive(np.abs(far))
    out[~small] = np.where(far > 0, tail, 2.0 - tail)
    return out.reshape(np.shape(x))


@primitive(samples=unary())
def erf(x):
    """The error function 2 / sqrt(pi) times the integral of exp(-t²) from 0 to x.

    float64 to about 2 units in the last place. Source: see the module.
    """
    x = floating(x)
    return _erf64(x).astype(x.dtype)


@erf.vjp("x")
def erf_vjp(g, x):
    return g * ((2.0 / _ROOT_PI) * np.exp(-(x * x)))


@primitive(samples=unary())
def erfc(x):
    """1 - erf(x), with full relative accuracy in the tail. Source: see the module."""
    x = floating(x)
    return _erfc64(x).astype(x.dtype)


@erfc.vjp("x")
def erfc_vjp(g, x):
    return g * ((-2.0 / _ROOT_PI) * np.exp(-(x * x)))


# Start of erfinv in the centre: a polynomial in -log(1 - x²) - 2.5, highest power first, good to 7
# digits. M. Giles, "Approximating the erfinv function", GPU Computing Gems, Jade Edition (2011).
_CENTRE = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 2.1858087e-04),
    *(-1.25372503e-03, -4.17768164e-03, 2.46640727e-01, 1.50140941e00),
)


def _erfinv64(x):
    """A start good to 3 digits and two steps of Halley's method, each of which trebles them.

    The start in the tails is the leading term of erfc, exp(-y²) / (y sqrt(pi)), solved for y.
    """
    size = np.abs(x)
    inside = size < 1.0
    size = np.where(inside, size, 0.0)
    w = -np.log1p(-size * size)
    tail = -np.log(1.0 - np.where(w < 5.0, 0.99, size))
    guess = np.sqrt(tail - 0.5 * np.log(np.pi * tail))
    guess = np.sqrt(tail - np.log(_ROOT_PI * guess) + np.log1p(-0.5 / (guess * guess)))
    y = np.where(w < 5.0, size * np.polyval(_CENTRE, w - 2.5), guess)
    for _ in range(2):
        # 1 - size is exact for size >= 0.5; there erfc keeps the digits that erf has lost.
        error = np.where(size < 0.5, _erf64(y) - size, (1.0 - size) - _erfc64(y))
        step = error * (0.5 * _ROOT_PI) * np.exp(y * y)
        y = y - step / (1.0 + y * step)
    edge = np.where(np.abs(x) == 1.0, np.inf, np.nan)
    return np.copysign(np.where(inside, y, edge), x)


@primitive(samples=unary(-0.9, 0.9))
def erfinv(x):
    """The inverse of erf: ±inf at ±1, NaN outside [-1, 1]."""
    x = floating(x)
    return _erfinv64(x.astype(np.float64)).astype(x.dtype)


@erfinv.vjp("x")
def erfinv_vjp(g, out):
    return g * ((0.5 * _ROOT_PI) * np.exp(out * out))
