"""Models: `Sequential` and the base of all, `Model`."""

from keras_like.models.model import Model
from keras_like.models.sequential import Sequential

__all__ = ["Model", "Sequential"]
