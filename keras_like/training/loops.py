"""The loops over epochs and batches behind fit, evaluate and predict."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from autograd_core import Tensor, no_grad
from autograd_core.structures import leaves, unflatten_as
from keras_like.callbacks import CallbackList
from keras_like.training.data import ArrayBatches, StreamBatches

__all__ = ["as_numbers", "concatenated", "predict_all", "train", "validate"]

Batches = ArrayBatches | StreamBatches
Logs = dict[str, Any]


def as_numbers(logs: Mapping[str, Any]) -> Logs:
    """Logs in alphabetical order, as Keras has them, single values as Python floats."""
    numbers: Logs = {}
    for name in sorted(logs):
        value = logs[name]
        if isinstance(value, Mapping):
            numbers.update(as_numbers(value))
            continue
        if isinstance(value, Tensor):
            value = value.data
        numbers[name] = float(value) if np.ndim(value) == 0 else value
    return numbers


def train(
    model: Any,
    batches: Batches,
    validation: Batches | None,
    callbacks: CallbackList,
    epochs: range,
    validation_freq: Any,
) -> None:
    """All epochs of fit."""
    logs: Logs = {}
    warned = False
    callbacks.on_train_begin()
    for epoch in epochs:
        if epoch > epochs.start and not batches.has_more():
            warnings.warn(
                f"fit: the data ran out after {epoch} of {epochs.stop} epochs; a generator can be "
                "read once, so let it go on for ever and give steps_per_epoch",
                stacklevel=3,
            )
            break
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        logs = train_epoch(model, batches, callbacks)
        callbacks.params["steps"] = batches.steps
        loss = logs.get("loss")
        if isinstance(loss, float) and not math.isfinite(loss) and not warned:
            warned = True
            warnings.warn(
                f"fit: the loss is {loss} in epoch {epoch + 1}; lower the learning rate, "
                "or find the operation with `with autograd_core.detect_anomaly():` around fit",
                RuntimeWarning,
                stacklevel=3,
            )
        if validation is not None and _is_validated(epoch, validation_freq):
            found = validate(model, validation, callbacks)
            logs.update((f"val_{name}", value) for name, value in found.items())
            logs = as_numbers(logs)
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callbacks.on_train_end(logs)


def _is_validated(epoch: int, validation_freq: Any) -> bool:
    if isinstance(validation_freq, frozenset):
        return epoch + 1 in validation_freq
    return (epoch + 1) % validation_freq == 0


def train_epoch(model: Any, batches: Batches, callbacks: CallbackList) -> Logs:
    """One epoch of training; returns the logs of its last step, which has the means of all."""
    heard = callbacks.listens_to("train_batch_begin"), callbacks.listens_to("train_batch_end")
    step, logs = 0, {}
    with model.steady_structure():
        for group in _groups(batches.epoch(), model.steps_per_execution):
            if heard[0]:
                callbacks.on_train_batch_begin(step)
            for batch in group:
                logs = _checked(model, "train_step", model.train_step(batch))
            model.keep_structure()  # not before the first step, which may make the weights
            step += len(group)
            if heard[1]:
                callbacks.on_train_batch_end(step - 1, as_numbers(logs))
            if model.stop_training:
                break
    return as_numbers(logs)


def validate(model: Any, batches: Batches, callbacks: CallbackList) -> Logs:
    """One pass of evaluation; returns the logs of its last step, which has the means of all."""
    heard = callbacks.listens_to("test_batch_begin"), callbacks.listens_to("test_batch_end")
    step, logs = 0, {}
    model.reset_metrics()
    callbacks.on_test_begin()
    with no_grad(), model.steady_structure():
        for group in _groups(batches.epoch(), model.steps_per_execution):
            if heard[0]:
                callbacks.on_test_batch_begin(step)
            for batch in group:
                logs = _checked(model, "test_step", model.test_step(batch))
            model.keep_structure()
            step += len(group)
            if heard[1]:
                callbacks.on_test_batch_end(step - 1, as_numbers(logs))
    logs = as_numbers(logs)
    callbacks.on_test_end(logs)
    return logs


def predict_all(model: Any, batches: Batches, callbacks: CallbackList) -> Any:
    """The outputs for all batches, concatenated, in the structure of one output."""
    heard = callbacks.listens_to("predict_batch_begin"), callbacks.listens_to("predict_batch_end")
    step, outputs = 0, []
    callbacks.on_predict_begin()
    with no_grad():
        for group in _groups(batches.epoch(), model.steps_per_execution):
            if heard[0]:
                callbacks.on_predict_batch_begin(step)
            outputs += [model.predict_step(batch) for batch in group]
            step += len(group)
            if heard[1]:
                callbacks.on_predict_batch_end(step - 1, {"outputs": outputs[-1]})
    callbacks.on_predict_end()
    return concatenated(outputs)


def concatenated(outputs: list[Any]) -> Any:
    """Outputs of several batches as arrays over all samples."""
    columns = zip(*(leaves(output) for output in outputs), strict=True)
    parts = [[np.asarray(as_plain(part)) for part in column] for column in columns]
    joined = [np.concatenate(part) if len(part) > 1 else part[0] for part in parts]
    return unflatten_as(outputs[0], joined)


def as_plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def _groups(batches: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """`steps_per_execution` batches at a time, between which no callback is called."""
    while group := list(islice(batches, size)):
        yield group


def _checked(model: Any, name: str, logs: Any) -> Any:
    if not isinstance(logs, Mapping):
        raise TypeError(
            f"{type(model).__name__}.{name}: must return a dict of names and values such as "
            f'{{"loss": loss}}, it returned {type(logs).__name__}'
        )
    return logs
