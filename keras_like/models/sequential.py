"""Sequential: a stack of layers, each fed with the output of the one before."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from keras_like.models.model import Model
from nn import layers as layer_module
from nn.layers import InputLayer, Layer

__all__ = ["Sequential"]

Shape = tuple[int | None, ...]


class Sequential(Model):
    """A stack of layers.

        model = Sequential([Input((8, 8, 1)), Conv2D(16, 3), Flatten(), Dense(10)])

    With an `Input` (or `input_shape=` of the first layer) the weights are made at once, else when
    the model first sees data, or in `build(input_shape)`.

    Raises TypeError for what is no layer and ValueError for two layers of one name.
    """

    takes_several_inputs = False

    def __init__(
        self, layers: Any = None, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        self._input_layer: InputLayer | None = None
        self._layers: list[Layer] = []
        self._shapes: list[Shape] | None = None  # of the input and of every layer's output
        if isinstance(layers, Layer):
            raise TypeError("Sequential: layers must be a list, got one layer; write [layer]")
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self._rebuild()

    # The stack.

    @property
    def layers(self) -> list[Layer]:
        """The layers without the input layer."""
        return list(self._layers)

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Puts a layer on top; an `Input` comes first."""
        self._check_layer(layer)
        if isinstance(layer, InputLayer):
            if self._layers or self._input_layer is not None:
                raise ValueError(
                    f"Sequential '{self.name}': an Input comes first and once; there are already "
                    f"{self._names() or 'an Input'}"
                )
            self._input_layer = layer
        else:
            if not self._layers and self._input_layer is None:
                self._input_layer = _input_layer_for(layer)
            self._layers.append(layer)
        self._forget_shapes()
        if rebuild:
            self._rebuild()

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes the top layer off and returns it."""
        if not self._layers:
            raise ValueError(f"Sequential '{self.name}': pop, but there is no layer")
        layer = self._layers.pop()
        self._forget_shapes()
        if rebuild:
            self._rebuild()
        return layer

    def _names(self) -> str:
        return ", ".join(layer.name for layer in self._layers)

    def _check_layer(self, layer: Any) -> None:
        label = f"Sequential '{self.name}'"
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise TypeError(f"{label}: got the class {layer.__name__}; write {layer.__name__}(...)")
        if not isinstance(layer, Layer):
            hint = ""
            if inspect.isfunction(layer) or inspect.isbuiltin(layer):
                hint = "; wrap the function: Activation(function)"
            elif isinstance(layer, str):
                hint = f"; write Activation({layer!r}) if that is meant"
            elif isinstance(layer, (list, tuple)):
                hint = "; add its layers one by one"
            elif hasattr(layer, "shape"):
                hint = "; it takes layers, not data"
            raise TypeError(f"{label}: expected a layer, got {type(layer).__name__}{hint}")
        if layer is self:
            raise ValueError(f"{label}: cannot be added to itself")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(
                f"{label}: there is a layer called '{layer.name}' already; names must differ, give "
                "name=..."
            )

    # Building.

    def _forget_shapes(self) -> None:
        self.built = False
        self._shapes = None

    def _rebuild(self) -> None:
        if self._input_layer is not None and self._layers:
            self.build(self._input_layer.batch_shape)

    def build(self, input_shape: Any = None) -> None:
        """Makes all weights for inputs of `input_shape`, the batch size first (None: any)."""
        if input_shape is None:
            if self._input_layer is None:
                raise ValueError(
                    f"Sequential '{self.name}': build needs an input shape such as (None, 4)"
                )
            input_shape = self._input_layer.batch_shape
        if not isinstance(input_shape, (tuple, list)):
            raise TypeError(
                f"Sequential '{self.name}': input_shape must be a tuple such as (None, 4), the "
                f"batch size first, got {input_shape!r}"
            )
        if not self._layers:
            raise ValueError(f"Sequential '{self.name}': has no layers yet; add some first")
        shapes = [tuple(input_shape)]
        for layer in self._layers:
            shapes.append(self._built_layer(layer, shapes[-1]))
        self._shapes = shapes
        self.built = True

    def _built_layer(self, layer: Layer, shape: Shape) -> Shape:
        """Builds one layer for an input shape; returns its output's shape."""
        try:
            layer._check_input(shape)
            if not layer.built:
                layer._build_once(shape)
            return tuple(layer.compute_output_shape(shape))
        except (ValueError, TypeError) as error:
            layer._name_in(error)
            raise

    def build_for(self, x: Any) -> None:
        """Builds the model for an array of samples unless it is built."""
        if self.built:
            return
        try:
            self.build((None, *x.shape[1:]))
        except ValueError as error:
            hint = "; give every sample an axis: x[:, np.newaxis]" if x.ndim == 1 else ""
            raise ValueError(f"x: of shape {x.shape} does not fit: {error}{hint}") from error

    # Calling.

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        x = inputs
        if self._input_layer is not None:
            x = self._input_layer(_with_rank(x, self._input_layer.batch_shape))
        for layer in self._layers:
            x = layer(x)
        return x

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shape = tuple(input_shape)
        for layer in self._layers:
            shape = tuple(layer.compute_output_shape(shape))
        return shape

    @property
    def input_shape(self) -> Shape | None:
        """The input's shape, None for open sizes; None before the model is built."""
        return None if self._shapes is None else self._shapes[0]

    @property
    def output_shape(self) -> Shape | None:
        """The output's shape, None for open sizes; None before the model is built."""
        return None if self._shapes is None else self._shapes[-1]

    @property
    def output_shapes(self) -> list[Shape] | None:
        """The shape after every layer."""
        return None if self._shapes is None else self._shapes[1:]

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """Name and layers, enough for `from_config` to make an equal model with new weights."""
        stack = [self._input_layer] if self._input_layer is not None else []
        config = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.dtype,
            "layers": [_serialized(layer) for layer in [*stack, *self._layers]],
        }
        if self._input_layer is None and self._shapes is not None:
            config["build_input_shape"] = self._shapes[0]
        return config

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A new model from what `get_config` returned.

        custom_objects: {class name: class} for layers that are not of the library.
        """
        known: dict[str, Callable[..., Any]] = {"Sequential": Sequential, **(custom_objects or {})}
        layers = [_deserialized(one, known) for one in config["layers"]]
        arguments = {k: config[k] for k in ("name", "trainable", "dtype") if k in config}
        model = cls(layers, **arguments)
        if not model.built and config.get("build_input_shape"):
            model.build(tuple(config["build_input_shape"]))
        return model


def _with_rank(x: Any, shape: Shape) -> Any:
    """`x` with a last axis of size 1 more or less, where the model's input asks for that."""
    if x.ndim == len(shape) - 1 and shape[-1] == 1:
        return x.reshape(*x.shape, 1)
    if x.ndim == len(shape) + 1 and x.shape[-1] == 1:
        return x.reshape(*x.shape[:-1])
    return x


def _input_layer_for(layer: Layer) -> InputLayer | None:
    """The Input that a first layer implies by its `input_shape=` or as a built model."""
    shape = layer.batch_input_shape
    if shape is None and isinstance(layer, Sequential) and layer._input_layer is not None:
        shape = layer._input_layer.batch_shape
    return None if shape is None else InputLayer(batch_shape=shape, dtype=layer.dtype)


def _serialized(layer: Layer) -> dict[str, Any]:
    return {"class_name": type(layer).__name__, "config": layer.get_config()}


def _deserialized(config: Mapping[str, Any], custom: dict[str, Callable[..., Any]]) -> Layer:
    if config.get("class_name") == "Sequential":
        return Sequential.from_config(config["config"], custom)
    return layer_module.deserialize(config, custom)
