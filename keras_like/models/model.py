"""Model: a layer that can be trained, evaluated and asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import Tensor, no_grad
from keras_like.metrics import Metric
from keras_like.models.summary import print_summary
from keras_like.training.trainer import Trainer
from nn.layers import Layer
from nn.variable import Variable

__all__ = ["Model"]


class _Kept:
    """What a walk over a model's attributes found, as long as it is known not to change.

    The walk takes as long as a small layer, and a step of training needs it several times.
    """

    def __init__(
        self, layers: list[Layer], variables: list[Variable], metrics: list[Metric]
    ) -> None:
        self.layers = layers
        self.variables = variables
        self.metrics = metrics


class Model(Trainer):
    """A layer with compile, fit, evaluate and predict.

    Subclass it: make layers in `__init__`, use them in `call`.

        class Classifier(Model):
            def __init__(self):
                super().__init__()
                self.hidden = layers.Dense(32, activation="relu")
                self.out = layers.Dense(3, activation="softmax")

            def call(self, inputs, training=False):
                return self.out(self.hidden(inputs))

    For a plain stack of layers take `Sequential`. The functional form, `Model(inputs, outputs)`, is
    refused so far.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args or "inputs" in kwargs or "outputs" in kwargs:
            raise NotImplementedError(
                "Model(inputs, outputs): functional models are not available yet; use Sequential "
                "for a stack of layers, or subclass Model and write call()"
            )
        self._kept: _Kept | None = None
        super().__init__(**kwargs)

    # Building.

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of `input_shape`, the batch size first (None: any).

        A subclass may write its own; this one calls the model on zeros.
        """
        zeros = _zeros_of(input_shape, self.dtype)
        with no_grad():
            self(zeros, training=False)

    def _build_once(self, input_shape: Any) -> None:
        # The first call makes the inner layers' weights by itself.
        if type(self).build is not Model.build:
            super()._build_once(input_shape)
        self.built = True

    # Layers and weights.

    @property
    def layers(self) -> list[Layer]:
        """The layers that stand in the model's attributes, in the order of their creation."""
        return list(self._own(Layer))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name or number (from 0). Raises ValueError if there is none."""
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError(f"get_layer: give a name or an index, got name={name}, index={index}")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"get_layer: index {index} is out of range, the model '{self.name}' has "
                    f"{len(layers)} layers"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in layers)
        raise ValueError(f"get_layer: '{self.name}' has no layer {name!r}; it has {known}")

    @contextmanager
    def steady_structure(self) -> Iterator[None]:
        outer, self._kept = self._kept, None
        try:
            yield
        finally:
            self._kept = outer

    def keep_structure(self) -> None:
        if self._kept is None:
            self._kept = _Kept(self._flatten_layers(), self.variables, self._own_metrics())

    def _flatten_layers(self) -> list[Layer]:
        return super()._flatten_layers() if self._kept is None else self._kept.layers

    @property
    def variables(self) -> list[Variable]:
        """All weights, layer by layer."""
        return super().variables if self._kept is None else self._kept.variables

    def _own_metrics(self) -> list[Metric]:
        return super()._own_metrics() if self._kept is None else self._kept.metrics

    # Description.

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: list[str] | tuple[str, str] | None = None,
    ) -> None:
        """Prints a table of the layers, their output shapes and numbers of parameters.

        line_length: the table's width in characters. positions: where its columns end, as shares of
            the width. print_fn: gets the whole text instead of standard output.
        expand_nested: also show the layers inside models and wrappers. show_trainable: a column for
            it. layer_range: names of the first and the last layer to show.
        """
        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    def get_config(self) -> dict[str, Any]:
        """Only a subclass knows what its `__init__` takes: it must write this."""
        raise NotImplementedError(
            f"{type(self).__name__} must define get_config(): its __init__'s arguments as a dict"
        )


def _zeros_of(shape: Any, dtype: str) -> Any:
    """Zeros for an input shape, or for a list or dict of them; open sizes are 1."""
    if isinstance(shape, dict):
        return {name: _zeros_of(one, dtype) for name, one in shape.items()}
    if isinstance(shape, (list, tuple)) and shape and isinstance(shape[0], (list, tuple)):
        return [_zeros_of(one, dtype) for one in shape]
    if not isinstance(shape, (list, tuple)):
        raise TypeError(
            f"build: input_shape must be a tuple such as (None, 4), the batch size first, got "
            f"{shape!r}"
        )
    return Tensor(np.zeros([1 if size is None else size for size in shape], dtype))
