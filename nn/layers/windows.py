"""What convolution and pooling layers share: window arguments and the order of image axes."""

from __future__ import annotations

from typing import Any

from autograd_core import Tensor
from nn.layers.arguments import positive_integer

__all__ = ["channel_axis", "images_last", "padding_name", "pair", "restore_format"]


def pair(layer: str, name: str, value: Any) -> tuple[int, int]:
    """A positive integer or a pair of them, as a pair."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"{layer}: {name} must be an integer or a pair, got {value!r}")
        return (
            positive_integer(layer, name, value[0]),
            positive_integer(layer, name, value[1]),
        )
    one = positive_integer(layer, name, value)
    return one, one


def padding_name(layer: str, padding: Any) -> str:
    """'valid' or 'same', in lower case."""
    name = str(padding).lower()
    if name not in ("valid", "same"):
        raise ValueError(f"{layer}: padding must be 'valid' or 'same', got {padding!r}")
    return name


def channel_axis(data_format: str) -> int:
    """The axis of the channels in a batch of images."""
    return 1 if data_format == "channels_first" else -1


def images_last(x: Tensor, data_format: str) -> Tensor:
    """Images as NHWC, which the kernels take."""
    return x.transpose(0, 2, 3, 1) if data_format == "channels_first" else x


def restore_format(x: Tensor, data_format: str) -> Tensor:
    """The reverse of `images_last`."""
    return x.transpose(0, 3, 1, 2) if data_format == "channels_first" else x
