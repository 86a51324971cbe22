"""Settings for the whole process, by Keras's names.

`with settings(floatx="float64"):` changes them for a block instead.
"""

from nn.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    settings,
)

__all__ = [
    "backend",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "settings",
]


def backend() -> str:
    """The name of what computes: 'numeras', there is no choice."""
    return "numeras"
