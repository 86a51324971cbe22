"""Makes layers.npz: numbers of Keras 3 that the layers of nn are compared with.

Needs keras, torch and numpy in the environment; run from anywhere:

    KERAS_BACKEND=torch python tests/reference/make_layers.py

Every entry is named `<case>/<what>`. Gradients are those of sum(y * cotangent). All arrays stand
one after another in `values`; `index` is JSON: the shape of each entry, in order, or a text or
dict. `tests/nn/reference.py` reads it.
"""

import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch

RNG = np.random.default_rng(7)
ENTRIES: dict[str, Any] = {}

# activation: keyword arguments
ACTIVATIONS = {
    "celu": [{}, {"alpha": 0.5}],
    "elu": [{}, {"alpha": 0.3}],
    "exponential": [{}],
    "gelu": [{}, {"approximate": True}],
    "hard_sigmoid": [{}],
    "hard_silu": [{}],
    "hard_tanh": [{}],
    "leaky_relu": [{}, {"negative_slope": 0.05}],
    "linear": [{}],
    "log_sigmoid": [{}],
    "log_softmax": [{}, {"axis": 0}],
    "mish": [{}],
    "relu": [
        {},
        {"negative_slope": 0.1},
        {"max_value": 3.0},
        {"threshold": 1.5},
        {"threshold": -1.5},
        {"threshold": -1.5, "max_value": 3.0},
        {"negative_slope": 0.1, "max_value": 3.0, "threshold": 1.5},
    ],
    "relu6": [{}],
    "selu": [{}],
    "sigmoid": [{}],
    "silu": [{}],
    "softmax": [{}, {"axis": 0}],
    "softplus": [{}],
    "softsign": [{}],
    "tanh": [{}],
    "tanh_shrink": [{}],
}
REGULARIZERS = {
    "L1": [{}, {"l1": 0.3}],
    "L2": [{}, {"l2": 0.3}],
    "L1L2": [{}, {"l1": 0.2, "l2": 0.3}],
    "OrthogonalRegularizer": [{}, {"factor": 0.5, "mode": "columns"}],
}
CONSTRAINTS = {
    "MaxNorm": [{}, {"max_value": 1.5, "axis": 1}],
    "MinMaxNorm": [{}, {"min_value": 0.8, "max_value": 1.5, "rate": 0.4, "axis": [0, 1]}],
    "NonNeg": [{}],
    "UnitNorm": [{}, {"axis": 1}],
}
DENSE = {
    "matrix": ((4, 5), {"units": 3, "activation": "tanh"}),
    "deep": ((2, 3, 2, 4), {"units": 5, "activation": "softmax"}),
    "no bias": ((3, 2), {"units": 2, "use_bias": False}),
}
BATCH_NORM = {
    "dense": ((6, 4), {}),
    "image": ((3, 4, 5, 2), {"momentum": 0.8, "epsilon": 1e-2}),
    "channels first": ((3, 2, 4, 5), {"axis": 1, "momentum": 0.5}),
    "no gamma": ((5, 3), {"scale": False}),
    "no beta": ((5, 3), {"center": False}),
}


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def put(name: str, value) -> None:
    value = value.detach().numpy().copy() if isinstance(value, torch.Tensor) else value
    assert not isinstance(value, np.ndarray) or value.dtype == np.float32, name
    ENTRIES[name] = value


def differentiate(name: str, call, x: np.ndarray, weights: list) -> None:
    """Stores input, output, cotangent and all gradients of one call."""
    leaf = torch.tensor(x, requires_grad=True)
    for weight in weights:
        weight.value.grad = None
    y = call(leaf)
    cotangent = normal(*y.shape)
    (y * torch.tensor(cotangent)).sum().backward()
    put(f"{name}/x", x)
    put(f"{name}/y", y)
    put(f"{name}/cotangent", cotangent)
    put(f"{name}/grad x", leaf.grad)
    for weight in weights:
        put(f"{name}/grad {weight.name}", weight.value.grad)


def with_random_weights(layer, shape):
    layer.build((None, *shape[1:]))
    for weight in layer.trainable_weights:
        weight.assign(normal(*weight.shape))
    return layer


def main() -> None:
    grid = np.concatenate([np.linspace(-7.9, 7.9, 36), [-30.0, -12.0, 12.0, 30.0]])
    grid = grid.astype(np.float32).reshape(5, 8)
    for name, cases in ACTIVATIONS.items():
        for i, arguments in enumerate(cases):
            case = f"activation {name} {i}"
            put(f"{case}/arguments", arguments)
            function = getattr(keras.activations, name)
            differentiate(case, lambda x, f=function, a=arguments: f(x, **a), grid, [])
    matrix = normal(4, 3)
    matrix[1] *= 0.1
    for kind, table in (("regularizer", REGULARIZERS), ("constraint", CONSTRAINTS)):
        for name, cases in table.items():
            for i, arguments in enumerate(cases):
                case = f"{kind} {name} {i}"
                made = getattr(getattr(keras, f"{kind}s"), name)(**arguments)
                put(f"{case}/arguments", arguments)
                put(f"{case}/x", matrix)
                put(f"{case}/y", made(torch.tensor(matrix)))
    for name, (shape, arguments) in DENSE.items():
        layer = with_random_weights(keras.layers.Dense(**arguments), shape)
        case = f"Dense {name}"
        put(f"{case}/arguments", arguments)
        for weight in layer.weights:
            put(f"{case}/weight {weight.name}", weight.value)
        differentiate(case, layer, normal(*shape), layer.trainable_weights)
    for name, (shape, arguments) in BATCH_NORM.items():
        layer = with_random_weights(keras.layers.BatchNormalization(**arguments), shape)
        case = f"BatchNormalization {name}"
        put(f"{case}/arguments", arguments)
        for weight in layer.weights:
            put(f"{case}/weight {weight.name}", weight.value)
        for step in range(2):
            x = (1.7 * normal(*shape) + 0.5).astype(np.float32)
            trained = layer.trainable_weights
            differentiate(f"{case}/step {step}", lambda x, f=layer: f(x, training=True), x, trained)
            put(f"{case}/step {step}/moving_mean", layer.moving_mean.value)
            put(f"{case}/step {step}/moving_variance", layer.moving_variance.value)
        x = normal(*shape)
        differentiate(f"{case}/inference", layer, x, layer.trainable_weights)
    for layer in (
        keras.layers.Dense(3),
        keras.layers.Activation("relu"),
        keras.layers.Identity(),
        keras.layers.InputLayer(shape=(4,)),
        keras.layers.Flatten(),
        keras.layers.Reshape((2, -1)),
        keras.layers.Dropout(0.5),
        keras.layers.ActivityRegularization(),
        keras.layers.BatchNormalization(),
    ):
        put(f"config/{type(layer).__name__}", layer.get_config())
    put("versions", f"keras {keras.__version__}, torch {torch.__version__}")
    arrays = {k: v for k, v in ENTRIES.items() if isinstance(v, np.ndarray)}
    index = {k: v.shape if k in arrays else v for k, v in ENTRIES.items()}
    np.savez_compressed(
        Path(__file__).with_name("layers.npz"),
        values=np.concatenate([v.ravel() for v in arrays.values()]),
        index=json.dumps(index),
    )


if __name__ == "__main__":
    main()
