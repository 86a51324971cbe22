"""Steps: compile, and what a model does with one batch."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import Tensor, gradients, no_grad
from autograd_core.structures import leaves, map_structure
from keras_like.callbacks import History
from keras_like.metrics import Mean, Metric
from keras_like.training import checks, data, loops
from keras_like.training.compiled import CompiledLoss, CompiledMetrics
from keras_like.utils.packing import unpack_x_y_sample_weight
from nn import optimizers
from nn.layers import Layer

__all__ = ["Steps"]

Logs = dict[str, Any]


class Steps(Layer):
    """A layer with a loss, an optimizer and metrics, and with steps over one batch.

    Override `train_step(data)`, `test_step(data)` or `predict_step(data)` for steps of your own
    inside fit, evaluate and predict, or `compute_loss` and `compute_metrics` for less.
    """

    # Whether a list of arrays as x means several inputs, and not samples to stack.
    takes_several_inputs = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.optimizer: Any = None
        self.stop_training = False
        self.history: History | None = None
        self.steps_per_execution = 1
        self.run_eagerly = False
        self.jit_compile: bool | str | None = "auto"
        self.compiled = False
        self._compiled_loss: CompiledLoss | None = None
        self._compiled_metrics = CompiledMetrics()
        self._loss_tracker: Mean | None = None
        # Overrides in older code leave the argument out.
        self._loss_takes_training = "training" in inspect.signature(self.compute_loss).parameters

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str | None = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Sets what the model is trained with; it must come before fit.

        optimizer: a name such as 'adam', an Optimizer, or a config.
        loss: a name such as 'mse', a Loss, a function (y_true, y_pred); None if the model calls
            `add_loss`. loss_weights: a factor for it.
        metrics: names, Metrics or functions; 'accuracy' becomes the binary, categorical or sparse
            one by the shapes. weighted_metrics: the same, with sample and class weights.
        steps_per_execution: how many batches pass between callbacks.
        run_eagerly, jit_compile, auto_scale_loss: taken as Keras code gives them; steps always run
            eagerly over compiled kernels, and the results do not depend on them.

        Raises ValueError for unknown names, with suggestions.
        """
        if jit_compile not in (True, False, None, "auto"):
            raise ValueError(f"jit_compile: expected True, False or 'auto', got {jit_compile!r}")
        self.steps_per_execution = checks.check_count("steps_per_execution", steps_per_execution)
        self.optimizer = optimizers.get(optimizer)
        self._compiled_loss = None if loss is None else CompiledLoss(loss, loss_weights)
        self._compiled_metrics = CompiledMetrics(metrics, weighted_metrics)
        self._loss_tracker = Mean(name="loss")
        self.loss = loss
        self.run_eagerly = bool(run_eagerly)
        self.jit_compile = jit_compile
        self.compiled = True
        self.stop_training = False

    def _require_compiled(self, name: str) -> None:
        if not self.compiled:
            raise ValueError(
                f"{name}: the model '{self.name}' is not compiled; call "
                "compile(optimizer='adam', loss=..., metrics=[...]) first"
            )

    # Metrics.

    @property
    def metrics(self) -> list[Metric]:
        """The loss's mean, the compiled metrics, and those in the model's own attributes."""
        found = [] if self._loss_tracker is None else [self._loss_tracker]
        found += self._compiled_metrics.metrics
        known = {id(metric) for metric in found}
        return found + [metric for metric in self._own_metrics() if id(metric) not in known]

    def _own_metrics(self) -> list[Metric]:
        return [value for value in self.__dict__.values() if isinstance(value, Metric)]

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`: 'loss' first, those of compile in the order given."""
        names = ["loss"] if self._loss_tracker is not None else []
        names += self._compiled_metrics.names
        tracker = id(self._loss_tracker)
        return names + [metric.name for metric in self._own_metrics() if id(metric) != tracker]

    def reset_metrics(self) -> None:
        """Begins all means anew; fit does so at every epoch."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> Logs:
        """Names and present values of `metrics`."""
        results: Logs = {}
        for metric in self.metrics:
            value = metric.result()
            if isinstance(value, Mapping):
                results.update(value)
            else:
                results[self._compiled_metrics.name_of(metric)] = value
        return results

    # One batch.

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The loss to differentiate: the compiled one plus what layers and regularizers add."""
        added = self.losses
        if self._compiled_loss is None:
            if not added:
                raise ValueError(
                    f"loss: the model '{self.name}' has none; give compile(loss=...), or call "
                    "add_loss in a layer"
                )
            total = added.pop(0)
        else:
            total = self._compiled_loss(y, y_pred, sample_weight)
        for loss in added:
            total = total + loss
        return total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Logs:
        """Adds a batch to the compiled metrics and returns the values of all."""
        self._compiled_metrics.update(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def train_step(self, data: Any) -> Logs:
        """One batch: output, loss, gradients, update. Returns names and values for the logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self._loss_of(x, y, y_pred, sample_weight, training=True)
        variables = self.trainable_variables
        if variables:
            loss = self.optimizer.scale_loss(loss)
            found = gradients([loss], variables, [None], retain_graph=False)
            self.optimizer.apply(found, variables)
        else:
            warnings.warn(f"the model '{self.name}' has no trainable weights", stacklevel=4)
        with no_grad():
            return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def test_step(self, data: Any) -> Logs:
        """One batch of evaluation. Returns names and values for the logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        if self._compiled_loss is not None or self.losses:
            self._loss_of(x, y, y_pred, sample_weight, training=False)
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def predict_step(self, data: Any) -> Any:
        """The output for one batch."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)

    def _loss_of(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        """The loss, added to its mean over the epoch with the number of samples as weight."""
        arguments = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
        if self._loss_takes_training:
            arguments["training"] = training
        loss = self.compute_loss(**arguments)
        if self._loss_tracker is not None:
            self._loss_tracker.update_state(loss, sample_weight=len(leaves(x)[0]))
        return loss

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """One update from one batch. Returns the loss, or a list [loss, metrics...], or a dict.

        As in Keras the values are means since the last `reset_metrics()`.
        """
        self._require_compiled("train_on_batch")
        data.check_one_weighting(sample_weight, class_weight)
        if class_weight is not None:
            y = data.arrays_from("y", y)
            sample_weight = data.class_weights_to_sample_weights(y, class_weight)
        batch = data.tensors_from(x, y, sample_weight, self.takes_several_inputs)
        return self._returned(loops.as_numbers(self.train_step(batch)), return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluates one batch. Returns what `train_on_batch` returns."""
        self._require_compiled("test_on_batch")
        batch = data.tensors_from(x, y, sample_weight, self.takes_several_inputs)
        with no_grad():
            logs = self.test_step(batch)
        return self._returned(loops.as_numbers(logs), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as arrays."""
        x = data.arrays_from("x", x, self.takes_several_inputs)
        with no_grad():
            return own_arrays(self.predict_step((map_structure(Tensor, x),)), x)

    def _returned(self, logs: Logs, return_dict: bool) -> Any:
        if return_dict:
            return logs
        values = [logs[name] for name in self.metrics_names if name in logs]
        if len(values) != len(logs):  # a step that returns what it likes
            values = list(logs.values())
        return values[0] if len(values) == 1 else values

    # What the loops ask of a model.

    @contextmanager
    def steady_structure(self) -> Iterator[None]:
        """Inside, `keep_structure()` may be called."""
        yield

    def keep_structure(self) -> None:
        """Tells that layers, weights and metrics stay the same from here to the block's end."""

    def build_for(self, x: Any) -> None:
        """Makes the weights for data like `x` if that can be done without calling the model."""

    @property
    def uses_compiled_loss(self) -> bool:
        """Whether labels go to the compiled loss as they are."""
        cls = type(self)
        return self._compiled_loss is not None and not any(
            getattr(cls, name) is not getattr(Steps, name)
            for name in ("train_step", "compute_loss")
        )

    @property
    def builtin_loss_name(self) -> str | None:
        """The name of the compiled loss if it is one of the library's."""
        return None if self._compiled_loss is None else self._compiled_loss.builtin_name


def own_arrays(outputs: Any, x: Any) -> Any:
    """Outputs as arrays that the caller may write into without changing anything else."""
    given = [loops.as_plain(leaf) for leaf in leaves(x)]
    given = [leaf for leaf in given if isinstance(leaf, np.ndarray)]

    def own(value: Any) -> np.ndarray:
        array = np.asarray(loops.as_plain(value))
        shared = any(np.may_share_memory(array, other) for other in given)
        return array.copy() if shared or not array.flags.writeable else array

    return map_structure(own, outputs)
