"""Do the labels fit the loss and the model's output? Asked once, before the first step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["check_labels", "check_model_input"]

SPARSE = ("sparse_categorical_crossentropy",)
ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy")

Shape = tuple[int | None, ...]


def check_model_input(model: Any, x: np.ndarray) -> None:
    """Raises ValueError if the samples of `x` have not the shape that the model was built for."""
    expected = getattr(model, "input_shape", None)
    if expected is None or not isinstance(x, np.ndarray):
        return
    given = x.shape
    if _fits(given, expected) or _fits((*given, 1), expected):
        return
    if given[-1] == 1 and _fits(given[:-1], expected):
        return
    hint = _input_hint(given, expected)
    raise ValueError(f"x: has shape {given}, the model '{model.name}' takes {expected}; {hint}")


def _fits(given: Shape, expected: Shape) -> bool:
    """Whether a shape fits another one with open sizes; the number of samples is left alone."""
    return len(given) == len(expected) and all(
        e is None or g == e for g, e in zip(given[1:], expected[1:], strict=True)
    )


def _input_hint(given: Shape, expected: Shape) -> str:
    if _fits((None, *given), expected):
        return "for one sample give it a batch axis: x[np.newaxis]"
    sizes = [s for s in expected[1:] if s is not None]
    if sorted(map(str, given[1:])) == sorted(map(str, expected[1:])):
        return "its axes are in another order; np.moveaxis puts them right"
    if len(sizes) == len(expected) - 1 and math.prod(sizes) == math.prod(s or 1 for s in given[1:]):
        return f"x.reshape({', '.join(map(str, (-1, *sizes)))}) has it"
    return "the data and the first layer's input shape must agree"


def check_labels(loss_name: str | None, y: Any, output_shape: Shape | None) -> None:
    """Raises ValueError if labels and loss do not belong together.

    loss_name: snake_case, None for a loss of the user's own, which takes what it likes.
    output_shape: of the model, None if unknown.
    """
    if loss_name is None or output_shape is None or not isinstance(y, np.ndarray):
        return
    units = output_shape[-1]
    if loss_name in SPARSE:
        _check_sparse(y, output_shape, units)
    elif loss_name in ONE_HOT:
        _check_one_hot(y, output_shape, units)
    else:
        _check_same_shape(loss_name, y, output_shape)
        if loss_name in BINARY:
            _check_between_0_and_1(loss_name, y)


def _check_sparse(y: np.ndarray, output_shape: Shape, units: int | None) -> None:
    labels = y[..., 0] if y.ndim == len(output_shape) and y.shape[-1] == 1 else y
    if labels.ndim == len(output_shape) and labels.shape[-1] == units:
        raise ValueError(
            f"y: has shape {y.shape}, which looks one-hot; sparse_categorical_crossentropy takes "
            f"class numbers of shape {(len(y), *output_shape[1:-1])}. Use "
            "loss='categorical_crossentropy', or y.argmax(-1)"
        )
    if labels.ndim != len(output_shape) - 1 or not _same(labels.shape[1:], output_shape[1:-1]):
        raise ValueError(
            f"y: has shape {y.shape}; for the model's output {output_shape} "
            f"sparse_categorical_crossentropy takes class numbers of shape "
            f"{(len(y), *output_shape[1:-1])}"
        )
    if labels.dtype.kind == "f" and not np.array_equal(labels, np.rint(labels)):
        index = int(np.argmax((labels != np.rint(labels)).ravel()))
        raise ValueError(
            f"y: holds {labels.ravel()[index]} (entry {index}); sparse_categorical_crossentropy "
            "takes whole class numbers. For a regression use loss='mse'"
        )
    if units is not None:
        _check_range(labels, units)


def _check_range(labels: np.ndarray, units: int) -> None:
    low, high = labels.min(), labels.max()
    if low >= 0 and high < units:
        return
    index = int(np.argmax(((labels < 0) | (labels >= units)).ravel()))
    hint = (
        "; they seem to count from 1: use y - 1"
        if low == 1 and high == units
        else f"; give the last layer {int(high) + 1} units"
        if low >= 0
        else "; class numbers begin at 0"
    )
    raise ValueError(
        f"y: the class number {labels.ravel()[index]} (entry {index}) is out of range; the model's "
        f"output has {units} classes, so 0 to {units - 1} are expected{hint}"
    )


def _check_one_hot(y: np.ndarray, output_shape: Shape, units: int | None) -> None:
    if y.ndim == len(output_shape) and _same(y.shape[1:], output_shape[1:]):
        if units == 1:
            raise ValueError(
                "y: one class only; categorical_crossentropy of one output is always 0. For two "
                "classes and one output use loss='binary_crossentropy' and a sigmoid"
            )
        return
    sparse = y.ndim == len(output_shape) - 1 or y.shape[-1] == 1
    if sparse and units == 1:
        hint = "for two classes and one output use loss='binary_crossentropy' and a sigmoid"
    elif sparse:
        hint = (
            "these look like class numbers: use loss='sparse_categorical_crossentropy', or "
            f"y = keras_like.utils.to_categorical(y, {units})"
        )
    else:
        hint = f"the last layer's units ({units}) and the labels' classes ({y.shape[-1]}) differ"
    raise ValueError(
        f"y: has shape {y.shape}, categorical_crossentropy takes one-hot rows of shape "
        f"{(len(y), *output_shape[1:])}; {hint}"
    )


def _check_same_shape(loss_name: str, y: np.ndarray, output_shape: Shape) -> None:
    same_rank = y.ndim == len(output_shape) and _same(y.shape[1:], output_shape[1:])
    without_axis = output_shape[-1] == 1 and _same(y.shape[1:], output_shape[1:-1])
    with_axis = y.shape[-1] == 1 and _same(y.shape[1:-1], output_shape[1:])
    if same_rank or without_axis or with_axis:
        return
    expected = (len(y), *output_shape[1:])
    units = y.shape[1] if y.ndim == 2 else 1
    if loss_name in BINARY and units == 1:
        hint = (
            "; for one label a sample the last layer has 1 unit, for several classes use "
            "loss='sparse_categorical_crossentropy'"
        )
    elif len(output_shape) > 2 and y.ndim <= 2:
        hint = "; is a Flatten or pooling layer missing before the last Dense?"
    elif len(output_shape) == 2 and y.ndim <= 2:
        hint = f"; Dense({units}) as last layer gives {(len(y), units)}"
    else:
        hint = ""
    raise ValueError(
        f"y: has shape {y.shape}, the model's output {output_shape}; {loss_name} takes "
        f"y of shape {expected}{hint}"
    )


def _check_between_0_and_1(loss_name: str, y: np.ndarray) -> None:
    low, high = y.min(), y.max()
    if low >= 0 and high <= 1:
        return
    if low == -1 and high == 1:
        hint = "for labels -1 and 1 use loss='hinge', or (y + 1) / 2"
    elif y.ndim == 1 or y.shape[-1] == 1:
        hint = (
            "for more than two classes use loss='sparse_categorical_crossentropy' with one output "
            "a class, for other numbers loss='mse'"
        )
    else:
        hint = "scale them to 0...1"
    raise ValueError(f"y: holds {low} to {high}, {loss_name} takes labels from 0 to 1; {hint}")


def _same(given: Shape, expected: Shape) -> bool:
    return len(given) == len(expected) and all(
        e is None or g == e for g, e in zip(given, expected, strict=True)
    )
