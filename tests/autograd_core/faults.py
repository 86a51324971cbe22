"""What the tests of check_grads share: arguments, ways to check, and wrong derivatives."""

import itertools

import numpy as np
import pytest

from autograd_core import custom_vjp
from autograd_core.tensor import Tensor

X = np.array([[0.3, -0.7, 1.1], [0.5, 0.9, -0.2]])
W = np.array([0.5, 0.7, -1.3])
every_way = pytest.mark.parametrize(
    "mode, fast", list(itertools.product(("rev", "fwd"), (True, False)))
)


def product(rule):
    """x * y with a derivative of the caller's making."""

    @custom_vjp
    def product(x, y):
        return x * y

    product.defvjp(rule)
    return product


FAULTS = {
    "a factor 0.1% off": lambda g, out, x, y: (1.001 * g * y, g * x),
    "0.1% off in the second input": lambda g, out, x, y: (g * y, 1.001 * g * x),
    "a wrong sign": lambda g, out, x, y: (g * y, -g * x),
    "inputs exchanged": lambda g, out, x, y: (g * x, g * y),
    "no derivative": lambda g, out, x, y: (None, g * x),
    "a derivative of zeros": lambda g, out, x, y: (0.0 * g, g * x),
    "one entry wrong": lambda g, out, x, y: (g * y * ENTRY, g * x),
    "a cotangent forgotten": lambda g, out, x, y: (g * 0.0 + y, g * x),
}
ENTRY = np.ones((2, 3))
ENTRY[1, 2] = 1.001


SECOND_ORDER_FAULTS = {
    "an input detached": lambda g, out, x, y: (g * detached(y), g * x),
    "the cotangent detached": lambda g, out, x, y: (g * y, detached(g) * x),
    "all of it detached": lambda g, out, x, y: (detached(g * y), g * x),
    "other values when recorded": lambda g, out, x, y: (
        g * y,
        g * x + 0.001 * isinstance(g, Tensor),
    ),
}


def detached(value):
    return value.detach() if isinstance(value, Tensor) else value
