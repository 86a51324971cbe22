"""The optimizers of `nn`, where Keras has them."""

from keras_like.optimizers import schedules
from nn.optimizers import SGD, Adam, Optimizer, RMSprop, deserialize, get, serialize

__all__ = [
    "SGD",
    "Adam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
