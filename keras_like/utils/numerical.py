"""Labels as one-hot rows, and vectors of length one."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import settings

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Class numbers as one-hot rows.

    x: whole numbers from 0 to num_classes - 1, of any shape; a last axis of size 1 is dropped, so
        that labels of shape (n, 1) give (n, num_classes) as labels of shape (n,) do.
    num_classes: by default the largest class number plus 1.

    Returns an array of shape (*x.shape, num_classes) in `floatx()`. Raises ValueError for numbers
    that are not whole or out of range, TypeError for what is no number.
    """
    labels = np.asarray(x)
    if labels.dtype.kind not in "fiub":
        raise TypeError(
            f"to_categorical: x holds {labels.dtype}, expected whole numbers; "
            "np.unique(x, return_inverse=True)[1] numbers the classes of anything"
        )
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    numbers = labels.astype(np.int64)
    if labels.dtype.kind == "f" and not np.array_equal(numbers, labels):
        raise ValueError("to_categorical: x holds numbers that are not whole; class numbers are")
    if num_classes is None:
        if not numbers.size:
            raise ValueError("to_categorical: x is empty; give num_classes")
        num_classes = int(numbers.max()) + 1
    if numbers.size and (numbers.min() < 0 or numbers.max() >= num_classes):
        raise ValueError(
            f"to_categorical: x holds {numbers.min()} to {numbers.max()}, expected class numbers "
            f"from 0 to {num_classes - 1} for num_classes={num_classes}"
        )
    categorical = np.zeros((numbers.size, num_classes), settings.floatx())
    categorical[np.arange(numbers.size), numbers.ravel()] = 1
    return categorical.reshape(*numbers.shape, num_classes)


def normalize(x: Any, axis: int = -1, order: int | float = 2) -> np.ndarray:
    """`x` divided by its norm along `axis`; vectors of norm 0 stay as they are.

    order: of the norm, as in `numpy.linalg.norm`: 2 Euclidean, 1 sum of absolute values, np.inf.
    """
    array = np.atleast_1d(np.asarray(x))
    if array.dtype.kind != "f":
        array = array.astype(settings.floatx())
    lengths = np.linalg.norm(array, order, axis, keepdims=True)
    return array / np.where(lengths == 0, 1, lengths)
