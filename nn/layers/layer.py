"""Layer: configuration in `__init__`, weights in `build`, computation in `call`."""

from __future__ import annotations

import difflib
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_core import Tensor, no_grad
from nn.naming import auto_name
from nn.settings import standardize_dtype
from nn.variable import Variable

__all__ = ["Layer"]

_build_lock = threading.RLock()


class _CallContext:
    """Stands for one outermost call: what layers add to the loss belongs to it."""


class _Thread(threading.local):
    context: _CallContext | None = None
    training = False


_thread = _Thread()


class Layer:
    """The base of all layers.

    A subclass stores its arguments in `__init__`, makes its weights with `add_weight` in
    `build(input_shape)` and computes in `call(inputs)`, which may also take `training` and `mask`:

        class Scale(Layer):
            def build(self, input_shape):
                self.factor = self.add_weight((input_shape[-1],), initializer="ones", name="factor")

            def call(self, inputs):
                return inputs * self.factor

    trainable: whether its weights are. dtype: of weights and computations, `floatx()` by default.
    activity_regularizer: of the output, added to the loss.

    Weights and inner layers are what stands in the instance's attributes (also in lists, tuples and
    dicts), in the order of their creation.
    """

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.batch_input_shape = _legacy_input_shape(kwargs)
        if kwargs:
            raise TypeError(self._unknown_arguments(kwargs))
        if name is not None and not isinstance(name, str):
            raise TypeError(f"{type(self).__name__}: name must be a string, got {name!r}")
        self.name = name or auto_name(type(self).__name__)
        self.built = False
        self.dtype = standardize_dtype(dtype)
        self.autocast = autocast
        self.supports_masking = False
        self.input_spec: Any = None
        self.activity_regularizer = _regularizer(activity_regularizer)
        self._trainable = bool(trainable)
        self._losses: list[Any] = []
        self._loss_context: _CallContext | None = None
        self._call_context: _CallContext | None = None
        self._takes = frozenset(inspect.signature(self.call).parameters)

    def _unknown_arguments(self, kwargs: dict[str, Any]) -> str:
        known = set()
        for cls in type(self).__mro__:
            if "__init__" in vars(cls):
                known |= set(inspect.signature(cls.__init__).parameters)
        known -= {"self", "kwargs", "args"}
        parts = []
        for name in kwargs:
            near = difflib.get_close_matches(name, known, n=1)
            parts.append(f"{name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
        return f"{type(self).__name__}: unknown argument {', '.join(parts)}"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        build = cls.__dict__.get("build")
        if build is not None:

            @functools.wraps(build)
            def build_and_note(self: Layer, *args: Any, **kwargs: Any) -> None:
                build(self, *args, **kwargs)
                self.built = True

            cls.build = build_and_note  # type: ignore[method-assign]

    # To be written by subclasses.

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of `input_shape`, (None, ...) with the batch size open."""
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The computation; inputs are Tensors."""
        raise NotImplementedError(f"{type(self).__name__} does not define call()")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape for an input shape, None for the open batch size.

        Found by calling the layer on zeros unless a subclass knows better.
        """
        self._build_once(input_shape)
        zeros = Tensor(np.zeros([size or 1 for size in input_shape], self.dtype))
        with no_grad():
            output = self(zeros)
        return (None, *output.shape[1:])

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return previous_mask if self.supports_masking else None

    # Calling.

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "_trainable" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}: its __init__ must call super().__init__(**kwargs) first"
            )
        outer, outer_training = _thread.context, _thread.training
        training = kwargs.pop("training", None)
        training = outer_training if training is None else bool(training)
        if "training" in self._takes:
            kwargs["training"] = training
        args = tuple(self._convert(a) for a in args)
        _thread.context = self._call_context = outer or _CallContext()
        _thread.training = training
        try:
            if args:
                shapes = _shapes_of(args[0])
                self._check_input(shapes)
                if not self.built:
                    self._build_once(shapes)
            output = self.call(*args, **kwargs)
            if self.activity_regularizer is not None:
                # Divided by the batch size, so that it weighs the same for every batch.
                self.add_loss(self.activity_regularizer(output) / max(output.shape[0], 1))
        except (ValueError, TypeError) as error:
            self._name_in(error)
            raise
        finally:
            _thread.context, _thread.training = outer, outer_training
        return output

    def _convert(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            if self.autocast and value.dtype.kind == "f" and value.dtype != self.dtype:
                return value.astype(self.dtype)
            return value
        if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value):
            return type(value)(self._convert(v) for v in value)
        if isinstance(value, dict):
            return {k: self._convert(v) for k, v in value.items()}
        if value is None or isinstance(value, (bool, str)):
            return value
        array = np.asarray(value)
        if array.dtype.kind == "f" and self.autocast:
            array = array.astype(self.dtype, copy=False)
        return Tensor(array) if array.dtype.kind in "fiub" else value

    def _check_input(self, shape: Any) -> None:
        specs = self.input_spec
        if specs is None:
            return
        pairs = [(specs, shape)] if not isinstance(specs, (list, tuple)) else zip(specs, shape)  # noqa: B905
        for spec, one in pairs:
            spec.check(one)

    def _build_once(self, input_shape: Any) -> None:
        with _build_lock:
            if not self.built:
                self.build(input_shape)
                self.built = True

    def _name_in(self, error: Exception) -> None:
        """Puts the innermost layer's name before the message of a ValueError or TypeError."""
        if type(error) in (ValueError, TypeError) and not getattr(error, "names_layer", False):
            error.args = (f"{type(self).__name__} '{self.name}': {error}",)
            error.names_layer = True  # type: ignore[union-attr]

    # Weights.

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight of `shape`; the caller keeps it in an attribute.

        initializer: a name, an object, or a callable; glorot_uniform by default, zeros for
        integers. regularizer, constraint: names or objects.
        """
        from nn import constraints, initializers

        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        if any(size is None for size in shape):
            raise ValueError(
                f"{type(self).__name__} '{self.name}': weight '{name}' would be of shape {shape}; "
                "the input's size on that axis must be known"
            )
        dtype = self.dtype if dtype is None else standardize_dtype(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if np.dtype(dtype).kind == "f" else "zeros"
        variable = Variable(
            initializers.get(initializer),
            shape=shape,
            dtype=dtype,
            trainable=trainable,
            name=name or "variable",
            regularizer=_regularizer(regularizer),
            constraint=constraints.get(constraint),
        )
        variable.path = f"{self.name}/{variable.name}"
        if not self._trainable and variable.is_weight:
            variable.trainable = False
        return variable

    def _own(self, kind: type) -> Iterator[Any]:
        """What of `kind` stands in this instance's attributes, in order, each once."""
        seen: set[int] = set()
        stack = list(reversed([v for k, v in self.__dict__.items() if k not in _NOT_WALKED]))
        while stack:
            value = stack.pop()
            if isinstance(value, kind):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield value
            elif isinstance(value, dict):
                stack.extend(reversed(list(value.values())))
            elif isinstance(value, (list, tuple)):
                stack.extend(reversed(value))

    def _flatten_layers(self) -> list[Layer]:
        """This layer and all inner ones, depth first, each once."""
        found: dict[int, Layer] = {}
        stack: list[Layer] = [self]
        while stack:
            layer = stack.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                stack.extend(reversed(list(layer._own(Layer))))
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """All weights: of each layer first what was made trainable, then its other state."""
        found: dict[int, Variable] = {}
        for layer in self._flatten_layers():
            own = list(layer._own(Variable))
            for variable in [v for v in own if v.is_weight] + [v for v in own if not v.is_weight]:
                found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def weights(self) -> list[Variable]:
        return self.variables

    @property
    def trainable_variables(self) -> list[Variable]:
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        return [v for v in self.variables if not v.trainable]

    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._flatten_layers():
            layer._trainable = bool(value)
            for variable in layer._own(Variable):
                if variable.is_weight:
                    variable.trainable = bool(value)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights' values, in the order of `weights`."""
        return [v.data.copy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Sets all weights from arrays in the order of `weights`; nothing changes on an error."""
        variables = self.weights
        if len(weights) != len(variables):
            built = (
                "" if self.built else " (it is not built yet: call it or build(input_shape) first)"
            )
            raise ValueError(
                f"{type(self).__name__} '{self.name}': set_weights got {len(weights)} arrays, "
                f"the layer has {len(variables)} weights{built}"
            )
        arrays = [np.asarray(w.data if isinstance(w, Tensor) else w) for w in weights]
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"{type(self).__name__} '{self.name}': set_weights got shape {array.shape} for "
                    f"'{variable.path}', expected {variable.shape}"
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """The number of scalars in all weights. Raises ValueError before the layer is built."""
        if not self.built:
            raise ValueError(
                f"{type(self).__name__} '{self.name}': count_params needs a built layer; "
                "call it on data or build(input_shape) first"
            )
        return sum(v.size for v in self.weights)

    # Losses beside the main one.

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar (or a list of them) to the training loss; call it inside `call`."""
        context = _thread.context
        if self._loss_context is not context:
            self._losses = []
            self._loss_context = context
        self._losses.extend(loss if isinstance(loss, (list, tuple)) else [loss])

    @property
    def losses(self) -> list[Any]:
        """What the last call added with `add_loss`, and the regularizers of trainable weights."""
        added = [
            loss
            for layer in self._flatten_layers()
            if layer._loss_context is not None and layer._loss_context is self._call_context
            for loss in layer._losses
        ]
        penalties = [
            v.regularizer(v) for v in self.trainable_variables if v.regularizer is not None
        ]
        return added + penalties

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: not the losses of the last call, which hang on its graph."""
        return {**self.__dict__, "_losses": [], "_loss_context": None, "_call_context": None}

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer; subclasses add theirs."""
        from nn import regularizers

        config = {"name": self.name, "trainable": self._trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described."""
        return cls(**config)

    @property
    def compute_dtype(self) -> str:
        return self.dtype

    @property
    def variable_dtype(self) -> str:
        return self.dtype

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


# Attributes that hold no weights or layers of this one.
_NOT_WALKED = frozenset({"_losses", "_loss_context", "_call_context", "_takes", "input_spec"})


def _regularizer(identifier: Any) -> Callable[..., Any] | None:
    from nn import regularizers

    return regularizers.get(identifier)


def _shapes_of(inputs: Any) -> Any:
    if isinstance(inputs, Tensor):
        return (None, *inputs.shape[1:]) if inputs.ndim else ()
    if isinstance(inputs, (list, tuple)):
        return [_shapes_of(one) for one in inputs]
    if isinstance(inputs, dict):
        return {name: _shapes_of(one) for name, one in inputs.items()}
    return None


def _legacy_input_shape(kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
    """The input shape in Keras 2's spellings: input_shape, input_dim, batch_input_shape."""
    batch = kwargs.pop("batch_size", None)
    if "batch_input_shape" in kwargs:
        return tuple(kwargs.pop("batch_input_shape"))
    if "input_shape" in kwargs:
        shape = kwargs.pop("input_shape")
        return (batch, *((shape,) if isinstance(shape, int) else shape))
    if "input_dim" in kwargs:
        return (batch, int(kwargs.pop("input_dim")))
    return None
