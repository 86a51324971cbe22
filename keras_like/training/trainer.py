"""Trainer: fit, evaluate and predict."""

from __future__ import annotations

import sys
from typing import Any

from keras_like.callbacks import CallbackList, History
from keras_like.training import checks, inputs, loops
from keras_like.training.steps import Steps, own_arrays
from keras_like.utils.progbar import is_live

__all__ = ["Trainer"]


class Trainer(Steps):
    """What a model can do beside computing its output; `Model` derives from it."""

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Trains the model and returns the History of losses and metrics.

        x, y: arrays (NumPy, lists, Tensors, pandas), samples along the first axis. Or x alone: a
            generator or other iterable of batches (x, y) or (x, y, sample_weight).
        batch_size: samples an update, 32 by default.
        verbose: 0 silent, 1 a progress bar (one line an epoch where the output is no terminal), 2
            one line an epoch; 'auto' is 1.
        callbacks: a list of Callback instances.
        validation_split: share of the samples, the last ones before shuffling, to hold out.
        validation_data: (x, y), (x, y, sample_weight), or what yields such batches; it takes
            precedence over validation_split.
        shuffle: whether the samples come in another order every epoch; 'batch' keeps the batches.
        class_weight: {class number: weight}; classes that it leaves out weigh 1.
        sample_weight: one weight a sample.
        initial_epoch, epochs: epochs from `initial_epoch` up to `epochs`, counted from 0.
        steps_per_epoch: batches in an epoch; needed for a generator that never ends.
        validation_freq: every how many epochs, or after which ones (from 1), to validate.

        Raises ValueError or TypeError for data that do not fit, naming the argument.
        """
        self._require_compiled("fit")
        shown = checks.check_verbose(verbose)
        epochs = checks.check_count("epochs", epochs)
        initial_epoch = checks.check_count("initial_epoch", initial_epoch, 0)
        validation_freq = checks.check_validation_freq(validation_freq)
        if self.optimizer is None and type(self).train_step is Steps.train_step:
            raise ValueError(
                "fit: the model was compiled with optimizer=None; name one, e.g. 'adam'"
            )
        batches, validation = inputs.training_batches(
            self,
            x,
            y,
            batch_size=batch_size,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            steps=steps_per_epoch,
            validation_split=validation_split,
            validation_data=validation_data,
            validation_batch_size=validation_batch_size,
            validation_steps=validation_steps,
        )
        called = self._callback_list(callbacks, shown, batches.steps, epochs, add_history=True)
        self.stop_training = False
        try:
            loops.train(
                self, batches, validation, called, range(initial_epoch, epochs), validation_freq
            )
        finally:
            called.close()
        return called.history  # type: ignore[return-value]

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on data that are given as for `fit`.

        Returns the loss, or a list [loss, metrics...] in the order of `metrics_names`, or a dict.
        """
        self._require_compiled("evaluate")
        shown = checks.check_verbose(verbose)
        batches = inputs.test_batches(self, x, y, sample_weight, batch_size, steps)
        called = self._callback_list(callbacks, shown, batches.steps)
        try:
            logs = loops.validate(self, batches, called)
        finally:
            called.close()
        return self._returned(logs, return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for all samples of x, as arrays; nothing is recorded for gradients.

        verbose: 'auto' shows a bar on a terminal if there is more than one batch.
        """
        shown = checks.check_verbose(verbose)
        batches = inputs.prediction_batches(self, x, batch_size, steps)
        if verbose == "auto" and (batches.steps == 1 or not is_live(sys.stdout)):
            shown = 0
        called = self._callback_list(callbacks, shown, batches.steps)
        try:
            return own_arrays(loops.predict_all(self, batches, called), x)
        finally:
            called.close()

    def _callback_list(
        self,
        callbacks: Any,
        verbose: int,
        steps: int | None,
        epochs: int = 1,
        add_history: bool = False,
    ) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks,
            add_history=add_history,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )
