"""ProgbarLogger: shows how fit, evaluate and predict go on."""

from __future__ import annotations

import sys
from typing import Any

from keras_like.callbacks.callback import Callback
from keras_like.utils.progbar import Progbar, is_live, write

__all__ = ["ProgbarLogger"]


class ProgbarLogger(Callback):
    """A bar on a terminal, one live line in a notebook, one plain line an epoch elsewhere.

    `verbose` in `params` decides: 0 nothing, 1 as above, 2 one plain line an epoch everywhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epochs = 1
        self.verbose = 1
        self._bar: Progbar | None = None
        self._seen = 0
        self._live = False
        self._in_epoch = False  # the validation inside fit has no bar of its own

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.epochs = params.get("epochs", 1)
        self.verbose = params.get("verbose", 1)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.verbose and self.epochs > 1:
            write(sys.stdout, f"Epoch {epoch + 1}/{self.epochs}\n")
        self._begin()
        self._in_epoch = True

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._advance(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._finish(logs)
        self._in_epoch = False

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self._in_epoch:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._in_epoch:
            self._advance(batch, logs)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._in_epoch:
            self._finish(logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._advance(batch, None)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._finish(None)

    def close(self) -> None:
        """Ends a line that an error or an interrupt left open."""
        if self._bar is not None:
            self._bar.close()

    def _begin(self) -> None:
        self._bar = Progbar(self.params.get("steps"), verbose=self.verbose)
        self._live = self.verbose == 1 and is_live(sys.stdout)
        self._seen = 0

    def _advance(self, batch: int, logs: dict[str, Any] | None) -> None:
        self._seen = batch + 1
        if self._live and self._bar is not None:
            self._bar.update(self._seen, (logs or {}).items(), finalize=False)

    def _finish(self, logs: dict[str, Any] | None) -> None:
        if self._bar is not None:
            self._bar.update(self._seen, (logs or {}).items(), finalize=True)
            self._bar = None
