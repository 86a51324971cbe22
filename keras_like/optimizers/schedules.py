"""The learning rate schedules of `nn`, where Keras has them."""

from nn.optimizers import schedules as _schedules
from nn.optimizers.schedules import *  # noqa: F403

__all__: list[str] = []
__all__ += _schedules.__all__
