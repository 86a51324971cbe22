"""The activations of `nn`, where Keras has them."""

from nn import activations as _activations
from nn.activations import *  # noqa: F403

__all__: list[str] = []
__all__ += _activations.__all__
