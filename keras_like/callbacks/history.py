"""History: what fit returns."""

from __future__ import annotations

import weakref
from typing import Any

from keras_like.callbacks.callback import Callback

__all__ = ["History"]


class History(Callback):
    """The logs of all epochs, which `fit` returns.

    history: name -> list of Python floats, one an epoch: {"accuracy": [...], "loss": [...],
        "val_accuracy": [...], "val_loss": [...]}.
    epoch: the epochs' numbers, from `initial_epoch` on.

    It refers to its model weakly, since the model holds it as `model.history`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    @property
    def model(self) -> Any:
        return None if self._model is None else self._model()

    def set_model(self, model: Any) -> None:
        self._model = weakref.ref(model)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.epoch = []
        self.model.history = self

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_model": None}  # a weak reference cannot be pickled
