"""What may be compared with what: shapes and labels, with errors that say what to do.

Nothing is broadcast. The shapes of `y_true` and `y_pred` are equal, or one of them has one axis
more, at the end and of size 1: `(n,)` and `(n, 1)`, `(n, t)` and `(n, t, 1)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ac
from autograd_core import Tensor
from nn.settings import floatx

__all__ = [
    "as_tensor",
    "check_probabilities",
    "class_numbers",
    "labels_for",
    "of_one_shape",
    "one_hot_pair",
    "pair",
    "prediction",
    "smoothing",
    "squeeze_or_expand_to_same_rank",
    "take_class",
]


def as_tensor(value: Any, dtype: Any = None, what: str = "value") -> Tensor:
    """A Tensor of `value`, cast to `dtype` if one is given; a Tensor stays in its graph.

    Raises TypeError for what is not numeric, and ValueError for lists of unequal lengths.
    """
    if not isinstance(value, Tensor):
        try:
            array = np.asarray(value)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"{what} is no array: {error}") from error
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{what}: expected numbers, got dtype {array.dtype}")
        value = Tensor(array if dtype is None else array.astype(dtype, copy=False))
    if dtype is not None and value.dtype != dtype:
        value = value.astype(dtype)
    return value


def prediction(name: str, y_pred: Any) -> Tensor:
    """`y_pred` as a float Tensor with at least one axis and one entry."""
    y_pred = as_tensor(y_pred, what=f"{name}: y_pred")
    if y_pred.dtype.kind != "f":
        y_pred = y_pred.astype(floatx())
    if not y_pred.ndim:
        raise ValueError(f"{name}: y_pred is a single number; its first axis must be the samples")
    if not y_pred.size:
        raise ValueError(f"{name}: y_pred is empty, shape {y_pred.shape}; an empty batch?")
    return y_pred


def squeeze_or_expand_to_same_rank(x1: Any, x2: Any, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """Both with the same number of axes where they differ by a last axis of size 1, else unchanged.

    The longer one loses that axis, except that `(n,)` beside `(n, 1)` becomes `(n, 1)`.
    """
    if x2.ndim == x1.ndim + 1:
        x2, x1 = squeeze_or_expand_to_same_rank(x2, x1, expand_rank_1)
    elif x1.ndim == x2.ndim + 1 and x1.shape[-1] == 1:
        if x2.ndim == 1 and expand_rank_1:
            return x1, x2.reshape((-1, 1))
        return x1.reshape(x1.shape[:-1]), x2
    return x1, x2


def pair(name: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as Tensors of one shape, in the dtype of `y_pred`.

    Raises ValueError that names the loss and both shapes when the shapes do not fit.
    """
    y_pred = prediction(name, y_pred)
    return of_one_shape(name, as_tensor(y_true, y_pred.dtype, f"{name}: y_true"), y_pred)


def of_one_shape(name: str, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Both with one shape, `(n,)` beside `(n, 1)` reshaped; ValueError where they do not fit."""
    t, p = squeeze_or_expand_to_same_rank(y_true, y_pred)
    if t.shape != p.shape:
        hint = _unequal(y_true.shape, y_pred.shape)
        if name.startswith("binary") and t.shape == p.shape[:-1]:
            hint += f", or for class numbers use sparse_categorical_{name.split('_')[-1]}"
        raise ValueError(f"{_shapes(name, y_true, y_pred)}; {hint}")
    return t, p


def _shapes(name: str, y_true: Any, y_pred: Any) -> str:
    return f"{name}: y_true has shape {y_true.shape}, y_pred {y_pred.shape}"


def _unequal(true: tuple[int, ...], pred: tuple[int, ...]) -> str:
    """Why two shapes may differ, as advice."""
    if not true:
        return "y_true is a single number; give one for each sample"
    if len(true) == len(pred) == 2 and true == pred[::-1]:
        return "they are each other's transpose"
    if true[0] != pred[0]:
        return f"y_true has {true[0]} samples, y_pred {pred[0]}"
    if len(pred) == len(true) + 1 and true == pred[:-1]:
        return f"the model gives {pred[-1]} values where y_true has one; end it with 1 unit"
    if len(pred) == len(true) and true[:-1] == pred[:-1]:
        return (
            f"the model gives {pred[-1]} values where y_true has {true[-1]}; change its last layer"
        )
    return "they must be equal (only (n,) and (n, 1) are taken as the same); reshape one of them"


# Labels of classes.


def _class_axis(name: str, y_pred: Tensor, axis: Any) -> int:
    """The axis of the classes, counted from the front; there must be two classes at least."""
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
        raise ValueError(f"{name}: axis must be an integer, got {axis!r}")
    if not -y_pred.ndim <= axis < y_pred.ndim:
        raise ValueError(f"{name}: axis {axis} does not exist in y_pred of shape {y_pred.shape}")
    place = int(axis) % y_pred.ndim
    if y_pred.shape[place] == 1:
        raise ValueError(
            f"{name}: y_pred has shape {y_pred.shape}, that is one class, and the result would be "
            f"the same for all predictions; use binary_{name.split('categorical_')[-1]} for one "
            "output, or give the last layer one unit for each class"
        )
    return place


def one_hot_pair(name: str, y_true: Any, y_pred: Any, axis: Any) -> tuple[Tensor, Tensor, int]:
    """One-hot labels or probabilities, predictions of the same shape, and the class axis."""
    y_pred = prediction(name, y_pred)
    place = _class_axis(name, y_pred, axis)
    y_true = as_tensor(y_true, y_pred.dtype, f"{name}: y_true")
    if y_true.shape != y_pred.shape:
        classes = y_pred.shape[place]
        without = _without(y_pred.shape, place)
        if y_true.shape in (without, _with_one(y_pred.shape, place)):
            hint = f"for class numbers use to_categorical(y_true, {classes})"
            if "focal" not in name:
                hint = f"for class numbers use sparse_{name} (did you mean that?), or one-hot"
                hint += f" labels, to_categorical(y_true, {classes})"
        else:
            hint = _unequal(y_true.shape, y_pred.shape)
        raise ValueError(f"{_shapes(name, y_true, y_pred)}; {hint}")
    return y_true, y_pred, place


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _with_one(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], 1, *shape[axis + 1 :])


def class_numbers(
    name: str, y_true: Any, y_pred: Any, axis: Any, ignore_class: int | None
) -> tuple[np.ndarray, Tensor, int]:
    """Labels as an integer array of the predictions' shape less the class axis; predictions; axis.

    Raises ValueError for one-hot labels, for labels that are no whole numbers and for labels out of
    range, except `ignore_class`.
    """
    labels, y_pred, place = labels_for(name, y_true, y_pred, axis)
    labels = _whole_numbers(name, labels)
    _check_range(name, labels, y_pred.shape[place], ignore_class)
    return labels, y_pred, place


def labels_for(name: str, y_true: Any, y_pred: Any, axis: Any) -> tuple[np.ndarray, Tensor, int]:
    """As `class_numbers`, but the labels are as they were given and any values pass."""
    y_pred = prediction(name, y_pred)
    place = _class_axis(name, y_pred, axis)
    labels = as_tensor(y_true, what=f"{name}: y_true").data
    expected = _without(y_pred.shape, place)
    if labels.shape == y_pred.shape:
        raise ValueError(
            f"{_shapes(name, labels, y_pred)}; expected class numbers of shape {expected}. For "
            f"one-hot labels use {name.removeprefix('sparse_')} (did you mean that?), or "
            f"y_true.argmax({axis})"
        )
    if labels.shape == _with_one(y_pred.shape, place):
        labels = labels.reshape(expected)
    if labels.shape != expected:
        hint = _unequal(labels.shape, expected)
        raise ValueError(
            f"{_shapes(name, labels, y_pred)}; expected class numbers of shape {expected}: {hint}"
        )
    return labels, y_pred, place


def _whole_numbers(name: str, labels: np.ndarray) -> np.ndarray:
    if labels.dtype.kind != "f":
        return labels.astype(np.intp, copy=False)
    wrong = ~(np.isfinite(labels) & (np.rint(labels) == labels))
    if wrong.any():
        first = labels[wrong].flat[0]
        raise ValueError(
            f"{name}: y_true must hold class numbers, whole numbers from 0, it holds {first}; "
            "for values that are not classes use a regression loss such as mean_squared_error"
        )
    return labels.astype(np.intp)


def _check_range(name: str, labels: np.ndarray, classes: int, ignore_class: int | None) -> None:
    low, high = int(labels.min()), int(labels.max())
    if low >= 0 and high < classes:
        return
    wrong = (labels < 0) | (labels >= classes)
    if ignore_class is not None:
        wrong &= labels != ignore_class
    if not wrong.any():
        return
    first = int(labels[wrong].flat[0])
    if first == classes and low > 0:
        hint = "if the labels count from 1, use y_true - 1"
    elif first < 0:
        hint = f"to leave such samples out, pass ignore_class={first}"
    else:
        hint = f"the last layer needs {high + 1} units for these labels"
    raise ValueError(
        f"{name}: y_true holds the label {first}, y_pred has {classes} classes, "
        f"0 to {classes - 1}; {hint}"
    )


def check_probabilities(name: str, y_true: Tensor) -> None:
    """Labels of binary losses are probabilities. NaN is left to be seen in the result."""
    low, high = y_true.data.min(), y_true.data.max()
    if low < 0 or high > 1:
        hint = "for labels -1 and 1 use hinge, or (y_true + 1) / 2" if low == -1 else ""
        hint = hint or "for class numbers use sparse_categorical_crossentropy with a unit a class"
        raise ValueError(
            f"{name}: y_true must be from 0 to 1, it ranges from {low} to {high}; {hint}"
        )


def smoothing(name: str, label_smoothing: float) -> float:
    """`label_smoothing` if it is from 0 to 1."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing must be from 0 to 1, got {label_smoothing!r}")
    return label_smoothing


def take_class(x: Any, labels: np.ndarray, axis: int) -> Any:
    """The entry of each label's class along `axis`, which is removed."""
    picked = ac.take_along_axis(x, np.expand_dims(labels, axis), axis=axis)
    return ac.squeeze(picked, axis=axis)
