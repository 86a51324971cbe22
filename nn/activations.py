"""Activation functions, in Keras's names. They take arrays or Tensors and return the same kind.

Integers become `floatx()`, float dtypes stay. At a kink the derivative is that of the side on which
the function is flatter: 0 for `relu` at 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd_core as ac
from nn.registry import Lookup
from nn.settings import floatx

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
    "tanh_shrink",
]

# The values for which mean 0 and variance 1 are a fixed point. Source: G. Klambauer et al.,
# "Self-normalizing neural networks", NeurIPS 2017.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def linear(x: Any) -> Any:
    """x."""
    return x


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """x above `threshold`, and `negative_slope` (x - threshold) up to it; at most `max_value`.

    With a `max_value`, what is above the threshold is limited to [0, max_value].
    Raises ValueError for a negative max_value.
    """
    x = _floating(x)
    if negative_slope == 0 and max_value is None and threshold == 0:
        return ac.relu(x)
    above = x
    if max_value is not None:
        if max_value < 0:
            raise ValueError(f"relu: max_value must not be negative, got {max_value}")
        above = ac.where(x >= max_value, max_value, x if threshold >= 0 else ac.relu(x))
    below = negative_slope * (x - threshold) if negative_slope else 0.0
    return ac.where(x <= threshold, below, above)  # written so that NaN stays NaN


def relu6(x: Any) -> Any:
    """min(max(x, 0), 6)."""
    return relu(x, max_value=6.0)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x where x > 0, else negative_slope x."""
    return relu(x, negative_slope=negative_slope)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, else alpha (exp(x) - 1).

    Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning
    by exponential linear units", ICLR 2016.
    """
    x = _floating(x)
    return ac.where(x > 0, x, alpha * ac.expm1(_negative_part(x)))


def selu(x: Any) -> Any:
    """1.0507 elu(x, 1.6733). Source: G. Klambauer et al., 2017 (see above), eq. 2."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, else alpha (exp(x / alpha) - 1). Raises ValueError for alpha = 0.

    Source: J. T. Barron, "Continuously differentiable exponential linear units", 2017.
    """
    if not alpha > 0:
        raise ValueError(f"celu: alpha must be positive, got {alpha}")
    x = _floating(x)
    return ac.where(x > 0, x, alpha * ac.expm1(_negative_part(x) / alpha))


def gelu(x: Any, approximate: bool = False) -> Any:
    """x Phi(x) with the normal distribution function Phi, or its approximation by tanh.

    Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016, section 2.
    """
    x = _floating(x)
    if approximate:
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))
        return 0.5 * x * (1.0 + ac.tanh(inner))
    return 0.5 * x * ac.erfc(-math.sqrt(0.5) * x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return ac.sigmoid(_floating(x))


def hard_sigmoid(x: Any) -> Any:
    """x / 6 + 1/2 limited to [0, 1]."""
    return relu6(_floating(x) + 3.0) / 6.0


def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return ac.tanh(_floating(x))


def hard_tanh(x: Any) -> Any:
    """x limited to [-1, 1]."""
    x = _floating(x)
    return ac.where(x <= -1.0, -1.0, ac.where(x >= 1.0, 1.0, x))


def tanh_shrink(x: Any) -> Any:
    """x - tanh(x)."""
    x = _floating(x)
    return x - ac.tanh(x)


def softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """exp(x) / sum exp(x) along `axis`, computed without overflow."""
    return ac.softmax(_floating(x), axis=axis)


def log_softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """log(softmax(x)) along `axis`, computed without overflow."""
    return ac.log_softmax(_floating(x), axis=axis)


def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)), finite for every finite x."""
    return ac.log_sigmoid(_floating(x))


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), computed without overflow."""
    return ac.softplus(_floating(x))


def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return ac.softsign(_floating(x))


def silu(x: Any) -> Any:
    """x sigmoid(x), also called swish."""
    return ac.silu(_floating(x))


def hard_silu(x: Any) -> Any:
    """x hard_sigmoid(x), also called hard_swish.

    Source: A. Howard et al., "Searching for MobileNetV3", ICCV 2019, section 5.2.
    """
    x = _floating(x)
    return x * hard_sigmoid(x)


def exponential(x: Any) -> Any:
    """exp(x)."""
    return ac.exp(_floating(x))


def mish(x: Any) -> Any:
    """x tanh(softplus(x)).

    Source: D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
    """
    x = _floating(x)
    return x * ac.tanh(ac.softplus(x))


swish = silu
hard_swish = hard_silu


def _floating(x: Any) -> Any:
    if not isinstance(x, ac.Tensor):
        x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(floatx())


def _negative_part(x: Any) -> Any:
    """min(x, 0), so that the branch that is not taken cannot overflow."""
    return ac.where(x > 0, 0.0, x)


_FUNCTIONS = (
    *(celu, elu, exponential, gelu, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear),
    *(log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu, softmax, softplus),
    *(softsign, tanh, tanh_shrink),
)
_LOOKUP = Lookup(
    "activation",
    {function.__name__: function for function in _FUNCTIONS}
    | {"hard_swish": hard_silu, "swish": silu},
)

serialize = _LOOKUP.serialize
deserialize = _LOOKUP.deserialize


def get(identifier: Any) -> Any:
    """The function that a name, config or callable stands for; None stands for `linear`."""
    return linear if identifier is None else _LOOKUP.get(identifier)
