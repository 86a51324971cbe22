"""The autograd engine: tensors on a dynamic graph, differentiable operators, derivatives of any
order.

>>> import autograd_core as ac
>>> x = ac.tensor([1.0, 2.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4.])
>>> ac.grad(lambda x: x**3)(2.0)
12.0
"""

from typing import TYPE_CHECKING, Any

from autograd_core import operators
from autograd_core.backprop import backward, gradients
from autograd_core.custom import checkpoint, custom_vjp
from autograd_core.graph import detect_anomaly, enable_grad, is_recording, no_grad
from autograd_core.ops import *  # noqa: F403
from autograd_core.ops import __all__ as _operators
from autograd_core.primitive import REGISTRY, composite, constant, primitive
from autograd_core.structures import flatten
from autograd_core.tape import GradientTape
from autograd_core.tensor import Tensor, tensor
from autograd_core.transforms import (
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)

if TYPE_CHECKING:
    from autograd_core.gradcheck import GradientCheckError, check_grads
    from autograd_core.ops import random

operators.attach()

__all__ = [  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]
    "REGISTRY",
    "GradientCheckError",
    "GradientTape",
    "Tensor",
    "backward",
    "check_grads",
    "checkpoint",
    "composite",
    "constant",
    "custom_vjp",
    "detect_anomaly",
    "elementwise_grad",
    "enable_grad",
    "flatten",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "is_recording",
    "jacobian",
    "jvp",
    "no_grad",
    "primitive",
    "random",
    "tensor",
    "value_and_grad",
    "vjp",
    *_operators,
]


def __getattr__(name: str) -> Any:
    """What most programs do not need is imported when it is asked for, to keep the start short."""
    if name == "random":
        from autograd_core.ops import random

        return random
    if name in ("check_grads", "GradientCheckError"):
        from autograd_core import gradcheck

        return getattr(gradcheck, name)
    raise AttributeError(f"module 'autograd_core' has no attribute {name!r}")
