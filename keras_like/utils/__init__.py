"""Helpers for data, seeds and progress."""

from keras_like.utils.numerical import normalize, to_categorical
from keras_like.utils.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from keras_like.utils.progbar import Progbar
from keras_like.utils.seeding import clear_session, set_random_seed
from nn.settings import standardize_dtype

__all__ = [
    "Progbar",
    "clear_session",
    "normalize",
    "pack_x_y_sample_weight",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
