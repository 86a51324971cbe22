"""The layers of `nn`, where Keras has them."""

from nn import layers as _layers
from nn.layers import *  # noqa: F403

__all__: list[str] = []
__all__ += _layers.__all__
