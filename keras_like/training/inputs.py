"""From the arguments of fit, evaluate and predict to batches, checked against the model."""

from __future__ import annotations

from typing import Any

from keras_like.training import checks, data
from keras_like.training.data import ArrayBatches, StreamBatches
from keras_like.training.labels import check_labels, check_model_input

__all__ = ["prediction_batches", "test_batches", "training_batches"]

Batches = ArrayBatches | StreamBatches
BATCH_SIZE = 32


def training_batches(
    model: Any,
    x: Any,
    y: Any,
    *,
    batch_size: int | None,
    shuffle: bool | str,
    class_weight: Any,
    sample_weight: Any,
    steps: int | None,
    validation_split: float,
    validation_data: Any,
    validation_batch_size: int | None,
    validation_steps: int | None,
) -> tuple[Batches, Batches | None]:
    """The batches of fit and those of its validation, None if there is none."""
    split = checks.check_validation_split(validation_split)
    if split and validation_data is not None:
        split = 0.0  # as Keras: data given for it have precedence
    steps = _steps("steps_per_epoch", steps)
    validation_steps = _steps("validation_steps", validation_steps)
    size = _batch_size("batch_size", batch_size)
    validation_size = size
    if validation_batch_size is not None:
        validation_size = _batch_size("validation_batch_size", validation_batch_size)
    if shuffle not in (True, False, "batch"):
        raise ValueError(f"shuffle: expected True, False or 'batch', got {shuffle!r}")
    data.check_one_weighting(sample_weight, class_weight)
    held_out = None
    if data.is_stream(x):
        _refuse_beside_stream("x", y=y, sample_weight=sample_weight)
        if split:
            raise ValueError(
                f"validation_split: {split} needs arrays; x is a {type(x).__name__}, which cannot "
                "be split. Give validation_data"
            )
        batches: Batches = StreamBatches("x", x, steps, class_weight, model.takes_several_inputs)
    else:
        x, y, sample_weight = _arrays(model, x, y, sample_weight)
        _check_against_model(model, x, y)
        if split:
            (x, y, sample_weight), held_out = data.split_off_validation(split, x, y, sample_weight)
        if class_weight is not None:  # it does not concern the validation
            sample_weight = data.class_weights_to_sample_weights(y, class_weight)
        batches = ArrayBatches(x, y, sample_weight, size, shuffle, steps)
    if validation_data is not None:
        return batches, _validation_batches(
            model, validation_data, validation_size, validation_steps
        )
    if held_out is not None:
        return batches, ArrayBatches(*held_out, validation_size, steps=validation_steps)
    return batches, None


def test_batches(
    model: Any, x: Any, y: Any, sample_weight: Any, batch_size: int | None, steps: int | None
) -> Batches:
    """The batches of evaluate."""
    steps = _steps("steps", steps)
    size = _batch_size("batch_size", batch_size)
    if data.is_stream(x):
        _refuse_beside_stream("x", y=y, sample_weight=sample_weight)
        return StreamBatches("x", x, steps, several=model.takes_several_inputs)
    x, y, sample_weight = _arrays(model, x, y, sample_weight)
    _check_against_model(model, x, y)
    return ArrayBatches(x, y, sample_weight, size, steps=steps)


def prediction_batches(model: Any, x: Any, batch_size: int | None, steps: int | None) -> Batches:
    """The batches of predict; NaN may pass, it harms no weight."""
    steps = _steps("steps", steps)
    size = _batch_size("batch_size", batch_size)
    if data.is_stream(x):
        return StreamBatches("x", x, steps, several=model.takes_several_inputs, finite=False)
    x = data.arrays_from("x", _given("x", x), model.takes_several_inputs)
    checks.check_lengths(x=x)
    model.build_for(x)
    check_model_input(model, x)
    return ArrayBatches(x, batch_size=size, steps=steps)


def _validation_batches(model: Any, given: Any, size: int, steps: int | None) -> Batches:
    if data.is_stream(given):
        return StreamBatches("validation_data", given, steps, several=model.takes_several_inputs)
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        what = (
            f"a {type(given).__name__} of {len(given)}"
            if isinstance(given, (tuple, list))
            else f"a {type(given).__name__}"
        )
        raise ValueError(
            f"validation_data: expected (x, y), (x, y, sample_weight) or something that yields "
            f"such batches, got {what}"
        )
    try:
        x, y, sample_weight = _arrays(model, *given)
        _check_against_model(model, x, y)
    except (TypeError, ValueError) as error:
        raise type(error)(f"validation_data: {error}") from None
    return ArrayBatches(x, y, sample_weight, size, steps=steps)


def _arrays(model: Any, x: Any, y: Any, sample_weight: Any = None) -> tuple[Any, Any, Any]:
    several = model.takes_several_inputs
    x = data.arrays_from("x", _given("x", x), several)
    y = data.arrays_from("y", y, several)
    sample_weight = data.weights_from(sample_weight)
    checks.check_lengths(x=x, y=y, sample_weight=sample_weight)
    checks.check_finite(x=x, y=y, sample_weight=sample_weight)
    return x, y, sample_weight


def _given(name: str, value: Any) -> Any:
    if value is None:
        raise ValueError(f"{name}: missing; give arrays, or something that yields batches")
    return value


def _check_against_model(model: Any, x: Any, y: Any) -> None:
    model.build_for(x)
    check_model_input(model, x)
    if model.uses_compiled_loss:
        check_labels(model.builtin_loss_name, y, getattr(model, "output_shape", None))


def _batch_size(name: str, batch_size: Any) -> int:
    return BATCH_SIZE if batch_size is None else checks.check_count(name, batch_size)


def _steps(name: str, steps: Any) -> int | None:
    return None if steps is None else checks.check_count(name, steps)


def _refuse_beside_stream(name: str, **arguments: Any) -> None:
    for argument, value in arguments.items():
        if value is not None:
            raise ValueError(
                f"{argument}: given beside {name} that yields batches; the batches hold it: "
                "(x, y) or (x, y, sample_weight)"
            )
