"""CallbackList: calls several callbacks, and nothing where none of them listens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keras_like.callbacks.callback import Callback
from keras_like.callbacks.history import History
from keras_like.callbacks.progress import ProgbarLogger

__all__ = ["CallbackList"]


class CallbackList(Callback):
    """Calls callbacks in their order; `ProgbarLogger` and `History`, if added, come last.

    callbacks: a list, one callback, or None.
    add_history, add_progbar: add one unless the list has one.
    model: given to every callback. params: "verbose", "epochs", "steps".
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = _checked(callbacks)
        self._progbar = self._find(ProgbarLogger, add_progbar)
        self._history = self._find(History, add_history)
        self._listeners = self._find_listeners()
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def _find(self, kind: type, add: bool) -> Any:
        for callback in self.callbacks:
            if isinstance(callback, kind):
                return callback
        if not add:
            return None
        made = kind()
        self.callbacks.append(made)
        return made

    def _find_listeners(self) -> dict[str, list[Callback]]:
        return {
            moment: [c for c in self.callbacks if _listens(c, *methods)]
            for moment, methods in _BATCH_MOMENTS.items()
        }

    @property
    def history(self) -> History | None:
        """The History among the callbacks."""
        return self._history

    def append(self, callback: Callback) -> None:
        """Adds a callback at the end."""
        self.callbacks += _checked(callback)
        self._listeners = self._find_listeners()
        if self._model is not None:
            callback.set_model(self._model)
        callback.set_params(self.params)

    def set_model(self, model: Any) -> None:
        self._model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def listens_to(self, moment: str) -> bool:
        """Whether any callback does something at a batch's `moment`, such as 'train_batch_end'."""
        return bool(self._listeners[moment])

    def close(self) -> None:
        """Ends the line of the progress bar if an error or an interrupt left it open."""
        if self._progbar is not None:
            self._progbar.close()

    def on_train_begin(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_train_end(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_test_begin(logs)

    def on_test_end(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_test_end(logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_begin(logs)

    def on_predict_end(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_end(logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        for callback in self._listeners["train_batch_begin"]:
            callback.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        for callback in self._listeners["train_batch_end"]:
            callback.on_train_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        for callback in self._listeners["test_batch_begin"]:
            callback.on_test_batch_begin(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        for callback in self._listeners["test_batch_end"]:
            callback.on_test_batch_end(batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        for callback in self._listeners["predict_batch_begin"]:
            callback.on_predict_batch_begin(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        for callback in self._listeners["predict_batch_end"]:
            callback.on_predict_batch_end(batch, logs)


# Moments that come once a batch, and the methods one of which a listener has written.
_BATCH_MOMENTS = {
    "train_batch_begin": ("on_train_batch_begin", "on_batch_begin"),
    "train_batch_end": ("on_train_batch_end", "on_batch_end"),
    "test_batch_begin": ("on_test_batch_begin",),
    "test_batch_end": ("on_test_batch_end",),
    "predict_batch_begin": ("on_predict_batch_begin",),
    "predict_batch_end": ("on_predict_batch_end",),
}


def _listens(callback: Callback, *methods: str) -> bool:
    return any(
        getattr(getattr(callback, method), "__func__", None) is not getattr(Callback, method)
        for method in methods
    )


def _checked(callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    if isinstance(callbacks, Callback):
        return [callbacks]
    if not isinstance(callbacks, Iterable):
        raise TypeError(
            f"callbacks: expected a list of callbacks, got {type(callbacks).__name__}; "
            "callbacks derive from keras_like.callbacks.Callback"
        )
    found = list(callbacks)
    for i, callback in enumerate(found):
        if isinstance(callback, type) and issubclass(callback, Callback):
            raise TypeError(
                f"callbacks: entry {i} is the class {callback.__name__}, expected an instance; "
                f"write {callback.__name__}()"
            )
        if not isinstance(callback, Callback):
            raise TypeError(
                f"callbacks: entry {i} is of type {type(callback).__name__}, expected a callback; "
                "derive it from keras_like.callbacks.Callback"
            )
    return found
