"""Process-wide settings in Keras's words: the default float type, epsilon, image data format.

They are read when layers are made. `with settings(floatx="float64"):` changes them for a block, in
this thread and context only; the `set_...` functions, which Keras code calls, change the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

__all__ = [
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "settings",
    "standardize_data_format",
    "standardize_dtype",
]

FLOAT_DTYPES = ("float16", "float32", "float64")
DATA_FORMATS = ("channels_last", "channels_first")


@dataclass(frozen=True)
class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"

    def __post_init__(self) -> None:
        if self.floatx not in FLOAT_DTYPES:
            raise ValueError(
                f"floatx: {self.floatx!r} is not a float type; use one of {FLOAT_DTYPES}"
            )
        if self.image_data_format not in DATA_FORMATS:
            raise ValueError(
                f"image_data_format: {self.image_data_format!r} is unknown; use one of "
                f"{DATA_FORMATS}"
            )
        if not self.epsilon > 0:
            raise ValueError(f"epsilon: must be positive, got {self.epsilon}")


_default = _Settings()
_scoped: ContextVar[_Settings | None] = ContextVar("numeras_settings", default=None)


def _current() -> _Settings:
    return _scoped.get() or _default


def _set(**changes: Any) -> None:
    global _default
    if _scoped.get() is not None:
        _scoped.set(replace(_current(), **changes))
    else:
        _default = replace(_default, **changes)


@contextmanager
def settings(**changes: Any) -> Iterator[None]:
    """Changes `floatx`, `epsilon` or `image_data_format` inside a `with` block."""
    token = _scoped.set(replace(_current(), **changes))
    try:
        yield
    finally:
        _scoped.reset(token)


def floatx() -> str:
    """The default float type of weights and computations: 'float32' unless set otherwise."""
    return _current().floatx


def set_floatx(value: str) -> None:
    """Sets the default float type: 'float16', 'float32' or 'float64'."""
    _set(floatx=value)


def epsilon() -> float:
    """The small number that keeps logarithms and divisions finite: 1e-7 unless set otherwise."""
    return _current().epsilon


def set_epsilon(value: float) -> None:
    """Sets the small number that keeps logarithms and divisions finite."""
    _set(epsilon=float(value))


def image_data_format() -> str:
    """'channels_last' (default) or 'channels_first'."""
    return _current().image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the default order of image axes."""
    _set(image_data_format=data_format)


def standardize_data_format(data_format: str | None) -> str:
    """A layer's `data_format` argument, None meaning the default. Raises ValueError if unknown."""
    if data_format is None:
        return image_data_format()
    data_format = str(data_format).lower()
    if data_format not in DATA_FORMATS:
        raise ValueError(f"data_format: {data_format!r} is unknown; use one of {DATA_FORMATS}")
    return data_format


def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype in any form; None means `floatx()`. Raises ValueError if unknown."""
    if dtype is None:
        return floatx()
    try:
        name = np.dtype(dtype).name
    except TypeError:
        raise ValueError(f"dtype: {dtype!r} is not a dtype; use e.g. 'float32'") from None
    if np.dtype(dtype).kind not in "fiub":
        raise ValueError(f"dtype: {name} is not supported; use floats, integers or booleans")
    return name
