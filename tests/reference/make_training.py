"""Makes training.json: what Keras computes when it trains tiny networks from given weights.

Needs Keras 3.15 and a backend: KERAS_BACKEND=torch python tests/reference/make_training.py
"""

import json
from pathlib import Path

import keras
import numpy as np

# Layers are (units, activation, strength of the kernel's L2 regularizer).
CASES = {
    "softmax, SGD with momentum, smaller last batch": {
        "layers": [(5, "tanh", 0.0), (3, "softmax", 0.0)],
        "compile": {
            "optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9}},
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
        },
        "fit": {"batch_size": 4, "epochs": 1},
        "labels": "classes",
    },
    "regularizer, class weights, validation split": {
        "layers": [(5, "relu", 0.01), (3, "softmax", 0.02)],
        "compile": {
            "optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.05}},
            "loss": "categorical_crossentropy",
            "metrics": ["accuracy", "mse"],
            "weighted_metrics": ["accuracy"],
        },
        "fit": {
            "batch_size": 3,
            "epochs": 2,
            "class_weight": {0: 2.0, 2: 0.5},
            "validation_split": 0.3,
        },
        "labels": "one-hot",
    },
    "regression, flat labels, sample weights, loss weight": {
        "layers": [(4, "sigmoid", 0.0), (1, None, 0.0)],
        "compile": {
            "optimizer": {"class_name": "RMSprop", "config": {"learning_rate": 0.02}},
            "loss": "mse",
            "loss_weights": 0.5,
            "metrics": ["mae"],
            "weighted_metrics": ["mse"],
        },
        "fit": {"batch_size": 4, "epochs": 2, "sample_weight": [0.5, 1, 2, 0, 1, 3, 1, 1, 0.25, 2]},
        "labels": "numbers",
    },
    "binary, one unit": {
        "layers": [(1, "sigmoid", 0.0)],
        "compile": {
            "optimizer": {
                "class_name": "SGD",
                "config": {"learning_rate": 0.5, "nesterov": True, "momentum": 0.5},
            },
            "loss": "binary_crossentropy",
            "metrics": ["accuracy"],
        },
        "fit": {"batch_size": 5, "epochs": 3, "validation_split": 0.2},
        "labels": "binary",
    },
}


def labels(kind: str, rng: np.random.Generator) -> np.ndarray:
    classes = rng.integers(0, 3, 10)
    return {
        "classes": classes,
        "one-hot": np.eye(3, dtype="float32")[classes],
        "numbers": rng.normal(size=10).astype("float32"),
        "binary": (classes > 0).astype("int64"),
    }[kind]


def run(case: dict, rng: np.random.Generator) -> dict:
    x = rng.normal(size=(10, 4)).astype("float32")
    y = labels(case["labels"], rng)
    model = keras.Sequential([keras.Input((4,))])
    for units, activation, strength in case["layers"]:
        regularizer = keras.regularizers.L2(strength) if strength else None
        model.add(keras.layers.Dense(units, activation, kernel_regularizer=regularizer))
    before = [rng.normal(scale=0.5, size=w.shape).astype("float32") for w in model.get_weights()]
    model.set_weights(before)
    arguments = dict(case["compile"])
    optimizer = arguments.pop("optimizer")
    made = getattr(keras.optimizers, optimizer["class_name"])(**optimizer["config"])
    model.compile(made, **arguments)
    fit = dict(case["fit"])
    if "sample_weight" in fit:
        fit["sample_weight"] = np.array(fit["sample_weight"], "float32")
    history = model.fit(x, y, shuffle=False, verbose=0, **fit)
    return {
        **case,
        "x": x.tolist(),
        "y": y.tolist(),
        "before": [w.tolist() for w in before],
        "history": history.history,
        "after": [w.tolist() for w in model.get_weights()],
        "evaluate": model.evaluate(x, y, batch_size=4, verbose=0),
        "evaluate_dict": model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True),
        "predict": model.predict(x, verbose=0).tolist(),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(7)
    results = {name: run(case, rng) for name, case in CASES.items()}
    path = Path(__file__).with_name("training.json")
    text = json.dumps({"keras": keras.__version__, "cases": results}, separators=(",", ":"))
    path.write_text(text + "\n")
