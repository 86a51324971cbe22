"""The losses of `nn`, where Keras has them."""

from nn import losses as _losses
from nn.losses import *  # noqa: F403

__all__: list[str] = []
__all__ += _losses.__all__
