"""References for exponentials, trigonometry, sigmoids and the error functions: math and scipy."""

import math

from scipy import special

from tests.autograd_core.references.elementwise import each


def logistic(x):
    return 1 / (1 + math.exp(-x))


def log_of_sum(base):
    return lambda x, y: math.log(base**x + base**y) / math.log(base)


REFERENCES = {
    # exponentials and logarithms
    "exp": each(math.exp),
    "exp2": each(lambda x: 2.0**x),
    "expm1": each(math.expm1),
    "log": each(math.log),
    "log2": each(math.log2),
    "log10": each(math.log10),
    "log1p": each(math.log1p),
    "xlogy": special.xlogy,
    "logaddexp": each(log_of_sum(math.e)),
    "logaddexp2": each(log_of_sum(2.0)),
    # trigonometry
    "sin": each(math.sin),
    "cos": each(math.cos),
    "tan": each(lambda x: math.sin(x) / math.cos(x)),
    "arcsin": each(math.asin),
    "arccos": each(math.acos),
    "arctan": each(math.atan),
    "arctan2": each(math.atan2),
    "sinh": each(math.sinh),
    "cosh": each(math.cosh),
    "tanh": each(math.tanh),
    "arcsinh": each(math.asinh),
    "arccosh": each(math.acosh),
    "arctanh": each(math.atanh),
    "sinc": each(lambda x: math.sin(math.pi * x) / (math.pi * x) if x else 1.0),
    "deg2rad": each(lambda x: x / 360 * (2 * math.pi)),
    "rad2deg": each(lambda x: x / (2 * math.pi) * 360),
    # sigmoids
    "sigmoid": each(logistic),
    "log_sigmoid": each(lambda x: math.log(logistic(x))),
    "logit": each(lambda p: math.log(p / (1 - p))),
    "softplus": each(lambda x: math.log(1 + math.exp(x))),
    "softsign": each(lambda x: x / (1 + x) if x > 0 else x / (1 - x)),
    "relu": each(lambda x: x if x > 0 else 0.0),
    "silu": each(lambda x: x * logistic(x)),
    # error functions
    "erf": each(math.erf),
    "erfc": each(math.erfc),
    "erfinv": special.erfinv,
}
