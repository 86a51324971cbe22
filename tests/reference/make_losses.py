"""Makes losses.json: Keras's losses with their gradients, its reductions, and its metrics.

All in float64, except that Keras takes means in float32 whatever the dtype. Run it in an
environment with keras and torch: KERAS_BACKEND=torch python make_losses.py
"""

import json
from pathlib import Path

import numpy as np


class Rounded:
    """Random numbers of three digits, which take little room in a file."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.integers = self.rng.integers

    def random(self, *args):
        return np.round(self.rng.random(*args), 3)

    def normal(self, **kwargs):
        return np.round(self.rng.normal(**kwargs), 3)


rng = Rounded(7)


def probabilities(*shape):
    p = rng.random(shape) + 0.05
    return np.round(p / p.sum(-1, keepdims=True), 3)


def one_hot(labels, classes):
    return np.eye(classes)[labels]


NORMAL = (rng.normal(size=(4, 3)), 2.0 * rng.normal(size=(4, 3)))
POSITIVE = (rng.random((4, 3)), rng.random((4, 3)))
COUNTS = (rng.integers(0, 5, (4, 3)).astype(float), 3.0 * rng.random((4, 3)) + 0.1)
BITS = (rng.integers(0, 2, (5, 3)).astype(float), rng.random((5, 3)))
EDGES = (np.array([[0.0, 1.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 1.0, 0.0]]))
BIT_LOGITS = (BITS[0], 4.0 * rng.normal(size=(5, 3)))
FAR = (np.array([[0.0, 1.0, 0.0, 1.0]]), np.array([[1e4, 1e4, -1e4, -1e4]]))
LABELS = rng.integers(0, 4, 6)
CLASSES = (one_hot(LABELS, 4), probabilities(6, 4))
SCORES = (CLASSES[0], 3.0 * rng.normal(size=(6, 4)))
FAR_SCORES = (one_hot([0, 2], 3), np.array([[1e4, -1e4, 0.0], [1e4, 0.0, -1e4]]))
SOFT = (probabilities(3, 4), 2.0 * rng.random((3, 4)))  # not normalised
IMAGE_LABELS = rng.integers(0, 3, (2, 2, 2))
IMAGES = (IMAGE_LABELS, 2.0 * rng.normal(size=(2, 3, 2, 2)))

# (function, y_true, y_pred, arguments)
CASES = [
    ("mean_squared_error", *NORMAL, {}),
    ("mean_absolute_error", *NORMAL, {}),
    ("mean_absolute_percentage_error", *NORMAL, {}),
    ("mean_absolute_percentage_error", np.zeros((1, 2)), np.array([[0.5, 2.0]]), {}),
    ("mean_squared_logarithmic_error", *POSITIVE, {}),
    ("mean_squared_logarithmic_error", *NORMAL, {}),
    ("huber", *NORMAL, {}),
    ("huber", *NORMAL, {"delta": 0.3}),
    ("log_cosh", *NORMAL, {}),
    ("log_cosh", np.zeros((1, 2)), np.array([[500.0, -500.0]]), {}),
    ("poisson", *COUNTS, {}),
    ("kl_divergence", *CLASSES, {}),
    ("kl_divergence", *SOFT, {}),
    ("cosine_similarity", *NORMAL, {}),
    ("cosine_similarity", *NORMAL, {"axis": 0}),
    ("hinge", *BITS, {}),
    ("hinge", *(2.0 * BITS[0] - 1.0, NORMAL[1][[0, 1, 2, 3, 0]]), {}),
    ("squared_hinge", *BITS, {}),
    ("categorical_hinge", *CLASSES, {}),
    ("binary_crossentropy", *BITS, {}),
    ("binary_crossentropy", *BITS, {"label_smoothing": 0.2}),
    ("binary_crossentropy", *BITS, {"axis": 0}),
    ("binary_crossentropy", *EDGES, {}),
    ("binary_crossentropy", *BIT_LOGITS, {"from_logits": True}),
    ("binary_crossentropy", *BIT_LOGITS, {"from_logits": True, "label_smoothing": 0.1}),
    ("binary_crossentropy", *FAR, {"from_logits": True}),
    ("binary_focal_crossentropy", *BITS, {}),
    ("binary_focal_crossentropy", *BITS, {"apply_class_balancing": True, "gamma": 3.0}),
    ("binary_focal_crossentropy", *BIT_LOGITS, {"from_logits": True, "label_smoothing": 0.1}),
    ("categorical_crossentropy", *CLASSES, {}),
    ("categorical_crossentropy", *SOFT, {}),
    ("categorical_crossentropy", *CLASSES, {"label_smoothing": 0.2}),
    ("categorical_crossentropy", *EDGES, {}),
    ("categorical_crossentropy", *SCORES, {"from_logits": True}),
    ("categorical_crossentropy", *SCORES, {"from_logits": True, "label_smoothing": 0.1}),
    ("categorical_crossentropy", *FAR_SCORES, {"from_logits": True}),
    ("categorical_crossentropy", CLASSES[0].T, CLASSES[1].T, {"axis": 0}),
    ("categorical_focal_crossentropy", *CLASSES, {}),
    ("categorical_focal_crossentropy", *SCORES, {"from_logits": True, "alpha": 0.5, "gamma": 1.5}),
    ("sparse_categorical_crossentropy", LABELS, CLASSES[1], {}),
    ("sparse_categorical_crossentropy", LABELS[:, None], CLASSES[1], {}),
    ("sparse_categorical_crossentropy", LABELS, SCORES[1], {"from_logits": True}),
    ("sparse_categorical_crossentropy", np.array([0, 2]), FAR_SCORES[1], {"from_logits": True}),
    ("sparse_categorical_crossentropy", *IMAGES, {"from_logits": True, "axis": 1}),
    ("sparse_categorical_crossentropy", LABELS, CLASSES[1], {"ignore_class": int(LABELS[0])}),
    (
        "sparse_categorical_crossentropy",
        np.where(LABELS == 1, -1, LABELS),
        SCORES[1],
        {"ignore_class": -1, "from_logits": True},
    ),
]

WEIGHTS = rng.random(4)
SEQUENCE = (rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3, 2)))
# (class, arguments, y_true, y_pred, sample_weight). Not here, because we do not copy it: the mean
# by a single weight (Keras divides the sum by that one), and weights (n, 1) without a reduction
# (Keras gives the shape of the weights to the losses).
REDUCED = (
    [
        ("MeanSquaredError", {"reduction": reduction}, *data, weight)
        for reduction in ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none")
        for data, weight in [
            (NORMAL, None),
            (NORMAL, WEIGHTS),
            (NORMAL, WEIGHTS[:, None]),
            (NORMAL, np.array(0.5)),
            (SEQUENCE, rng.random((4, 3))),
            (SEQUENCE, rng.random((4, 3, 1))),
        ]
        if not (reduction == "mean_with_sample_weight" and weight is not None and weight.ndim == 0)
        and not (reduction == "none" and np.shape(weight)[-1:] == (1,))
    ]
    + [
        ("MeanAbsoluteError", {}, NORMAL[0][:, 0], NORMAL[1][:, :1], None),
        ("MeanAbsoluteError", {}, NORMAL[0][:, :1], NORMAL[1][:, 0], WEIGHTS),
        ("MeanAbsoluteError", {}, SEQUENCE[0][..., :1], SEQUENCE[1][..., 0], WEIGHTS),
        ("Huber", {"delta": 0.5}, *NORMAL, None),
        ("CosineSimilarity", {}, *NORMAL, None),
        ("MeanSquaredError", {}, *NORMAL, np.zeros(4)),
        ("MeanSquaredError", {"reduction": "mean_with_sample_weight"}, *NORMAL, np.zeros(4)),
        ("BinaryCrossentropy", {"from_logits": True}, *BIT_LOGITS, None),
        ("CategoricalCrossentropy", {"label_smoothing": 0.1}, *CLASSES, rng.random(6)),
        ("SparseCategoricalCrossentropy", {}, LABELS, CLASSES[1], rng.random(6)),
    ]
    + [
        (
            "SparseCategoricalCrossentropy",
            {"ignore_class": int(LABELS[0]), "reduction": reduction},
            LABELS,
            CLASSES[1],
            weight,
        )
        for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none")
        for weight in (None, rng.random(6))
    ]
)

TIES = np.array([[0.2, 0.2, 0.1], [0.5, 0.1, 0.5], [0.3, 0.3, 0.3]])
# (class, arguments, batches of (y_true, y_pred, sample_weight))
METRICS = [
    ("Accuracy", {}, [([1, 2, 3], [1, 0, 3], None), ([[1], [2]], [[1], [1]], [0.5, 2.0])]),
    ("BinaryAccuracy", {}, [(*BITS, None), (*BITS, rng.random(5))]),
    ("BinaryAccuracy", {"threshold": 0.7}, [(BITS[0][:, 0], BITS[1][:, :1], rng.random(5))]),
    ("CategoricalAccuracy", {}, [(*CLASSES, None), (*SCORES, rng.random(6))]),
    ("SparseCategoricalAccuracy", {}, [(LABELS, CLASSES[1], None)]),
    ("SparseCategoricalAccuracy", {}, [(LABELS[:, None], CLASSES[1], rng.random(6))]),
    (
        "SparseCategoricalAccuracy",
        {},
        [
            (rng.integers(0, 3, (4, 2)), rng.random((4, 2, 3)), weight)
            for weight in (None, WEIGHTS, rng.random((4, 2)))
        ],
    ),
    ("TopKCategoricalAccuracy", {"k": 2}, [(*CLASSES, None), (*SCORES, rng.random(6))]),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, [(LABELS, CLASSES[1], rng.random(6))]),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, [([2, 1, 2], TIES, None)]),
    ("SparseTopKCategoricalAccuracy", {"k": 1}, [([1, 2, 0], TIES, None)]),
    (
        "SparseTopKCategoricalAccuracy",
        {"k": 2, "from_sorted_ids": True},
        [([2, 1, 2], [[0, 2, 1], [2, 0, 1], [2, 1, 0]], None)],
    ),
    ("MeanSquaredError", {}, [(*NORMAL, None), (*NORMAL, WEIGHTS), (*NORMAL, WEIGHTS[:, None])]),
    ("MeanSquaredError", {}, [(*SEQUENCE, WEIGHTS), (*SEQUENCE, rng.random((4, 3)))]),
    ("RootMeanSquaredError", {}, [(*NORMAL, None), (*SEQUENCE, rng.random((4, 3)))]),
    ("RootMeanSquaredError", {}, [(NORMAL[0][:, 0], NORMAL[1][:, :1], WEIGHTS)]),
    ("MeanAbsoluteError", {}, [(*NORMAL, None), (*NORMAL, WEIGHTS)]),
    ("MeanAbsolutePercentageError", {}, [(*NORMAL, WEIGHTS)]),
    ("MeanSquaredLogarithmicError", {}, [(*POSITIVE, WEIGHTS)]),
    ("LogCoshError", {}, [(*NORMAL, WEIGHTS)]),
    ("CosineSimilarity", {}, [(*NORMAL, WEIGHTS)]),
    ("Hinge", {}, [(*BITS, None)]),
    ("SquaredHinge", {}, [(*BITS, None)]),
    ("CategoricalHinge", {}, [(*CLASSES, None)]),
    ("Poisson", {}, [(*COUNTS, None)]),
    ("KLDivergence", {}, [(*CLASSES, None)]),
    ("BinaryCrossentropy", {"from_logits": True}, [(*BIT_LOGITS, rng.random(5))]),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, [(*CLASSES, None)]),
    ("SparseCategoricalCrossentropy", {}, [(LABELS, CLASSES[1], rng.random(6))]),
]
# (class, values, sample_weight)
REDUCING = [
    (kind, values, weight)
    for kind in ("Mean", "Sum")
    for values, weight in [
        (3.0, None),
        ([1.0, 2.0, 6.0], None),
        ([1.0, 2.0, 6.0], [0.5, 0.0, 2.0]),
        ([[1.0, 2.0], [3.0, 5.0]], None),
        ([[1.0, 2.0], [3.0, 5.0]], [0.5, 2.0]),
        ([[1.0, 2.0], [3.0, 5.0]], [[0.5], [2.0]]),
        ([[1.0, 2.0], [3.0, 5.0]], [[0.5, 1.0], [0.0, 2.0]]),
        ([1.0, 2.0], [0.0, 0.0]),
    ]
]


def plain(value):
    """For JSON, with 14 digits."""
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(f"{value:.14g}") if isinstance(value, float) else value


def main():
    import keras
    import torch

    keras.config.set_floatx("float64")
    functions = []
    for name, y_true, y_pred, arguments in CASES:
        tensor = torch.tensor(y_pred, dtype=torch.float64, requires_grad=True)
        values = getattr(keras.losses, name)(torch.tensor(y_true), tensor, **arguments)
        (gradient,) = torch.autograd.grad(values.sum(), tensor)
        values = values.detach().numpy()
        parts = (name, arguments, y_true, y_pred, values, gradient.numpy())
        functions.append([plain(part) for part in parts])
    reduced = []
    for name, arguments, y_true, y_pred, weight in REDUCED:
        loss = getattr(keras.losses, name)(**arguments)
        value = loss(y_true, y_pred, sample_weight=weight)
        value = keras.ops.convert_to_numpy(value)
        reduced.append([plain(p) for p in (name, arguments, y_true, y_pred, weight, value)])
    metrics = []
    for name, arguments, batches in METRICS:
        metric = getattr(keras.metrics, name)(**arguments)
        results = []
        for batch in batches:
            y_true, y_pred, weight = (None if b is None else np.asarray(b) for b in batch)
            metric.update_state(y_true, y_pred, sample_weight=weight)
            results.append(plain(float(metric.result())))
        batches = [[plain(part) for part in batch] for batch in batches]
        metrics.append([name, arguments, batches, results])
    reducing = []
    for name, values, weight in REDUCING:
        metric = getattr(keras.metrics, name)()
        metric.update_state(values, sample_weight=weight)
        metric.update_state(values)
        reducing.append([name, values, weight, float(metric.result())])
    out = {
        "functions": functions,
        "reduced": reduced,
        "metrics": metrics,
        "reducing": reducing,
    }
    text = json.dumps(out).replace("[[", "\n[[").replace("], {", "],\n{")
    Path(__file__).with_name("losses.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
