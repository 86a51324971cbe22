"""Crossentropies, of probabilities or of logits (`from_logits=True`).

Probabilities are clipped to [epsilon(), 1 - epsilon()] before the logarithm, so that the loss is at
most 16.1 a term and its gradient zero beyond; those of classes are divided by their sum first.
Logits, what goes into a softmax or sigmoid, take the way of log-sum-exp, which is finite for all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import Tensor
from nn.losses.base import LossFunctionWrapper
from nn.losses.checks import (
    check_probabilities,
    class_numbers,
    one_hot_pair,
    pair,
    smoothing,
    take_class,
)
from nn.settings import epsilon

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
]


def _clipped(probabilities: Any) -> Any:
    return ac.clip(probabilities, epsilon(), 1.0 - epsilon())


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """`-mean(y_true * log(p) + (1 - y_true) * log(1 - p))` over `axis`.

    y_true: 0 or 1, or probabilities between, of the shape of y_pred (`(n,)` beside `(n, 1)` too).
    y_pred: probabilities p, or logits x with `p = sigmoid(x)`.
    label_smoothing: moves labels towards 1/2 by this fraction.

    Raises ValueError for shapes that do not fit and labels outside [0, 1].
    """
    y_true, y_pred = pair("binary_crossentropy", y_true, y_pred)
    check_probabilities("binary_crossentropy", y_true)
    y_true = _smoothed_binary("binary_crossentropy", y_true, label_smoothing)
    return ac.mean(_binary_terms(y_true, y_pred, from_logits), axis=axis)


def _smoothed_binary(name: str, y_true: Tensor, label_smoothing: float) -> Tensor:
    if not smoothing(name, label_smoothing):
        return y_true
    return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing


def _binary_terms(y_true: Tensor, y_pred: Tensor, from_logits: bool) -> Tensor:
    if from_logits:  # -log(sigmoid(x)) = softplus(-x), each without cancellation
        return y_true * ac.softplus(-y_pred) + (1.0 - y_true) * ac.softplus(y_pred)
    p = _clipped(y_pred)
    return -(y_true * ac.log(p) + (1.0 - y_true) * ac.log(1.0 - p))


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Binary crossentropy with each term times `(1 - q)**gamma`, q the probability of the label.

    Lin et al., "Focal loss for dense object detection", 2017, equations 4 and 5.

    apply_class_balancing: weights of alpha for ones and 1 - alpha for zeros. The other arguments
    are those of `binary_crossentropy`.
    """
    name = "binary_focal_crossentropy"
    y_true, y_pred = pair(name, y_true, y_pred)
    check_probabilities(name, y_true)
    y_true = _smoothed_binary(name, y_true, label_smoothing)
    p = ac.sigmoid(y_pred) if from_logits else y_pred
    terms = _binary_terms(y_true, p, False)
    miss = 1.0 - (y_true * p + (1.0 - y_true) * (1.0 - p))
    terms = ac.power(miss, gamma) * terms
    if apply_class_balancing:
        terms = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * terms
    return ac.mean(terms, axis=axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """`-sum(y_true * log(p))` over the classes along `axis`.

    y_true: one-hot labels or probabilities, of the shape of y_pred.
    y_pred: probabilities p, or logits x with `p = softmax(x)`.
    label_smoothing: moves labels towards the uniform distribution by this fraction.

    Raises ValueError for shapes that do not fit, class numbers as labels, a single class.
    """
    name = "categorical_crossentropy"
    y_true, y_pred, axis = one_hot_pair(name, y_true, y_pred, axis)
    y_true = _smoothed_one_hot(name, y_true, label_smoothing, axis)
    if from_logits:
        log_p = ac.log_softmax(y_pred, axis=axis)
    else:
        log_p = ac.log(_clipped(y_pred / ac.sum(y_pred, axis=axis, keepdims=True)))
    return -ac.sum(y_true * log_p, axis=axis)


def _smoothed_one_hot(name: str, y_true: Tensor, label_smoothing: float, axis: int) -> Tensor:
    if not smoothing(name, label_smoothing):
        return y_true
    return y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[axis]


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """Categorical crossentropy with each term times `alpha * (1 - p)**gamma`.

    Lin et al., "Focal loss for dense object detection", 2017. The other arguments are those of
    `categorical_crossentropy`.
    """
    name = "categorical_focal_crossentropy"
    y_true, y_pred, axis = one_hot_pair(name, y_true, y_pred, axis)
    y_true = _smoothed_one_hot(name, y_true, label_smoothing, axis)
    if from_logits:
        y_pred = ac.softmax(y_pred, axis=axis)
    p = _clipped(y_pred / ac.sum(y_pred, axis=axis, keepdims=True))
    terms = alpha * ac.power(1.0 - p, gamma) * (-y_true * ac.log(p))
    return ac.sum(terms, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """`-log(p[label])` for labels that are class numbers.

    y_true: whole numbers from 0, of the shape of y_pred without the class axis (or with 1 there).
    y_pred: probabilities p along `axis`, or logits x with `p = softmax(x)`.
    ignore_class: a label whose loss is 0, whatever the prediction.

    Raises ValueError for shapes that do not fit, one-hot labels, labels that are no whole numbers
    or out of range, a single class.
    """
    name = "sparse_categorical_crossentropy"
    labels, y_pred, axis = class_numbers(name, y_true, y_pred, axis, ignore_class)
    valid = None if ignore_class is None else labels != ignore_class
    if valid is not None:
        labels = np.where(valid, labels, 0)
        y_pred = ac.where(np.expand_dims(valid, axis), y_pred, 1.0)  # keeps a NaN there out
    if from_logits:
        losses = -take_class(ac.log_softmax(y_pred, axis=axis), labels, axis)
    else:
        p = take_class(y_pred, labels, axis) / ac.sum(y_pred, axis=axis)
        losses = -ac.log(_clipped(p))
    return losses if valid is None else ac.where(valid, losses, 0.0)


sparse_categorical_crossentropy.takes_class_numbers = True  # type: ignore[attr-defined]


# The same as classes, with a reduction.


class BinaryCrossentropy(LossFunctionWrapper):
    """The loss of `binary_crossentropy`, reduced."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """The loss of `binary_focal_crossentropy`, reduced."""

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """The loss of `categorical_crossentropy`, reduced."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """The loss of `categorical_focal_crossentropy`, reduced."""

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The loss of `sparse_categorical_crossentropy`, reduced."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Labels other than `ignore_class`: the mean is taken over those."""
        if self.ignore_class is None:
            return None
        valid = y_true.data != self.ignore_class
        return valid.squeeze(self.axis) if valid.ndim == y_pred.ndim else valid
