"""Callback: what to do at certain moments of fit, evaluate and predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_like.models.model import Model

__all__ = ["Callback"]

Logs = dict[str, Any]


class Callback:
    """The base of all callbacks: a subclass writes the methods of the moments it cares for.

        class PrintWeights(Callback):
            def on_epoch_end(self, epoch, logs=None):
                print(epoch, logs["loss"], self.model.get_weights()[0])

    model: the model that is being trained, evaluated or asked.
    params: {"verbose", "epochs", "steps"}.
    logs: names and values of the loss and the metrics, Python floats; `val_...` at the end of an
        epoch with validation.

    `self.model.stop_training = True` ends the training after the present batch.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Model:
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self._model = model

    # Training.

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After the last epoch, with its logs."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before each epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After each epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before each batch, counted from 0 in every epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After each batch, with the means over the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Older name of `on_train_batch_end`."""

    # Evaluation, also for validation inside fit.

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before the first batch of an evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After the last batch of an evaluation, with its logs."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After each batch of an evaluation."""

    # Prediction.

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before the first batch of a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After the last batch of a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After each batch of a prediction, with {"outputs": ...}."""
