"""The Keras-style API: `import keras_like as keras`.

    import keras_like as keras
    from keras_like import layers

    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=10)

What is named here loads on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_like import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        datasets,
        initializers,
        layers,
        losses,
        metrics,
        models,
        optimizers,
        random,
        regularizers,
        training,
        utils,
    )
    from keras_like.metrics import Metric
    from keras_like.models import Model, Sequential
    from nn.initializers import Initializer
    from nn.layers import Input, InputSpec, Layer
    from nn.losses import Loss
    from nn.optimizers import Optimizer
    from nn.regularizers import Regularizer
    from nn.variable import Variable

_MODULES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "random",
    "regularizers",
    "training",
    "utils",
)

# Where the classes and functions of this module live.
_NAMES = {
    "Initializer": "nn.initializers",
    "Input": "nn.layers",
    "InputSpec": "nn.layers",
    "Layer": "nn.layers",
    "Loss": "nn.losses",
    "Metric": "keras_like.metrics",
    "Model": "keras_like.models",
    "Optimizer": "nn.optimizers",
    "Regularizer": "nn.regularizers",
    "Sequential": "keras_like.models",
    "Variable": "nn.variable",
}

__all__ = [
    "Initializer",
    "Input",
    "InputSpec",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "random",
    "regularizers",
    "training",
    "utils",
    "version",
]


def version() -> str:
    """The version of the installed package."""
    from importlib import metadata

    try:
        return metadata.version("numeras")
    except metadata.PackageNotFoundError:  # run from a folder, not installed
        return "0+unknown"


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name == "__version__":
        return version()
    if name not in _NAMES:
        near = difflib.get_close_matches(name, __all__, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"module 'keras_like' has no attribute {name!r}{hint}")
    value = getattr(import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
