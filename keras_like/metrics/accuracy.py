"""Accuracies: how often predictions equal labels.

The functions return 1 for a hit and 0 for a miss, one for each sample, in `floatx()`. Ties between
scores go to the first class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Tensor
from keras_like.metrics.averages import MeanMetricWrapper
from nn.losses.checks import as_tensor, labels_for, of_one_shape, one_hot_pair
from nn.settings import floatx

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def _hits(hits: Any) -> Tensor:
    return Tensor(np.asarray(hits, dtype=floatx()))


def _arrays(name: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays of one shape in their own dtypes."""
    y_pred = as_tensor(y_pred, what=f"{name}: y_pred").data
    if not y_pred.size:
        raise ValueError(f"{name}: y_pred is empty, shape {y_pred.shape}; an empty batch?")
    return of_one_shape(name, as_tensor(y_true, what=f"{name}: y_true").data, y_pred)


def accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Where `y_true == y_pred`, of their shape (`(n,)` beside `(n, 1)` is accepted)."""
    y_true, y_pred = _arrays("accuracy", y_true, y_pred)
    return _hits(y_true == y_pred)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """Where `(y_pred > threshold) == y_true` for labels 0 and 1, of their shape."""
    y_true, y_pred = _arrays("binary_accuracy", y_true, y_pred)
    return _hits((y_pred > threshold) == y_true)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Where the largest score is that of the class of one-hot `y_true`; shape without classes."""
    y_true, y_pred, _ = one_hot_pair("categorical_accuracy", y_true, y_pred, -1)
    return _hits(y_true.data.argmax(-1) == y_pred.data.argmax(-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Where the largest score is that of the class number `y_true`; shape without classes.

    A label that is no class, such as -1, is a miss.
    """
    labels, y_pred, _ = labels_for("sparse_categorical_accuracy", y_true, y_pred, -1)
    return _hits(labels == y_pred.data.argmax(-1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """Where the class of one-hot `y_true` has one of the k largest scores; ties count as hits."""
    name = "top_k_categorical_accuracy"
    y_true, y_pred, _ = one_hot_pair(name, y_true, y_pred, -1)
    return _in_top_k(name, y_true.data.argmax(-1), y_pred.data, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """Where the class number `y_true` has one of the k largest scores; ties count as hits.

    from_sorted_ids: y_pred holds class numbers, the most likely first, in the place of scores.
    """
    name = "sparse_top_k_categorical_accuracy"
    labels, scores, _ = labels_for(name, y_true, y_pred, -1)
    _check_k(name, k, scores.shape)
    if from_sorted_ids:
        ids = as_tensor(y_pred).data
        return _hits((ids[..., :k] == labels[..., None]).any(-1))
    return _in_top_k(name, labels, scores.data, k)


def _check_k(name: str, k: int, shape: tuple[int, ...]) -> None:
    if not isinstance(k, (int, np.integer)) or not 1 <= k <= shape[-1]:
        raise ValueError(f"{name}: k must be from 1 to the {shape[-1]} classes, got {k!r}")


def _in_top_k(name: str, labels: np.ndarray, scores: np.ndarray, k: int) -> Tensor:
    _check_k(name, k, scores.shape)
    classes = scores.shape[-1]
    kth = np.partition(scores, classes - k, axis=-1)[..., classes - k]
    labels = labels.astype(np.intp)
    known = (labels >= 0) & (labels < classes)
    own = np.take_along_axis(scores, np.where(known, labels, 0)[..., None], axis=-1)[..., 0]
    return _hits(known & (own >= kth))


# The same as metrics.


class Accuracy(MeanMetricWrapper):
    """How often `y_pred` equals `y_true`."""

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often `y_pred > threshold` where `y_true` is 1, and not where it is 0."""

    _direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest score is that of the true class; one-hot labels."""

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest score is that of the true class; class numbers as labels."""

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the true class has one of the k largest scores; one-hot labels."""

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the true class has one of the k largest scores; class numbers as labels."""

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
