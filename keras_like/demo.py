"""Trains a small convolutional network on real handwritten digits and shows how well it reads.

    python -m keras_like.demo --out demo_output

The digits are those of `keras_like.datasets.digits`: 8x8 pixels, 1,438 for training and 359 for the
test. Two pictures are saved: the learning curves, and predictions with the wrong ones marked.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import keras_like as keras
from keras_like import layers
from keras_like.datasets import digits

__all__ = ["build_model", "draw_learning_curves", "draw_predictions", "load_digits", "main"]

BATCH_SIZE = 32
VALIDATION_SPLIT = 0.1
RED, GREEN, BLUE, ORANGE = "#c0392b", "#2e7d32", "#1f5fa8", "#e08214"


def main(arguments: Sequence[str] | None = None) -> float:
    """Runs the demonstration; returns the share of test images that are read right."""
    options = _parse(arguments)
    with_pictures = importlib.util.find_spec("matplotlib") is not None
    options.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(options.seed)

    (x, y), (x_test, y_test) = load_digits()
    held_out = round(len(x) * VALIDATION_SPLIT)
    print(f"{len(x):,} handwritten digits of 8x8 pixels for training, {len(x_test)} for the test.")
    if not with_pictures:
        print("No pictures will be drawn: matplotlib is missing (pip install 'numeras[plot]').")
    print()

    model = build_model(steps=options.epochs * -(-(len(x) - held_out) // BATCH_SIZE))
    model.summary()
    print()

    print(
        f"Training for {options.epochs} epochs (passes over the data). {held_out} of the training "
        "digits are\nheld out to watch it (val_...); the loss falls as the network learns."
    )
    began = time.perf_counter()
    history = model.fit(
        x, y, batch_size=BATCH_SIZE, epochs=options.epochs, validation_split=VALIDATION_SPLIT
    )
    print(f"Trained in {time.perf_counter() - began:.1f} s.\n")

    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    predicted = model.predict(x_test, verbose=0)
    wrong = int((predicted.argmax(-1) != y_test).sum())
    print(
        f"On {len(x_test)} digits that it has never seen: accuracy {accuracy:.2%}, "
        f"{wrong} wrong (loss {loss:.4f})."
    )
    print(_confusions(predicted.argmax(-1), y_test))

    if with_pictures:
        curves, pictures = options.out / "learning_curves.png", options.out / "predictions.png"
        draw_learning_curves(history.history, curves)
        draw_predictions(x_test[..., 0], y_test, predicted, pictures)
        print(f"\nLearning curves: {curves}\nPredictions:     {pictures}")
    return accuracy


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m keras_like.demo", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--out", type=Path, default=Path("demo_output"), help="folder for the pictures"
    )
    parser.add_argument("--epochs", type=int, default=15, help="passes over the training data")
    parser.add_argument("--seed", type=int, default=1, help="of all random numbers")
    options = parser.parse_args(arguments)
    if options.epochs < 1:
        parser.error(f"--epochs: expected at least 1, got {options.epochs}")
    return options


def load_digits() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Images of shape (n, 8, 8, 1) in [0, 1] and their digits, for training and for the test."""
    (x, y), (x_test, y_test) = digits.load_data()
    scale = np.float32(16)
    return (x[..., np.newaxis] / scale, y), (x_test[..., np.newaxis] / scale, y_test)


def build_model(steps: int) -> keras.Sequential:
    """The network, compiled; its learning rate falls to 0 over so many steps of training."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Conv2D(128, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )
    rate = keras.optimizers.schedules.CosineDecay(3e-3, decay_steps=steps)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _confusions(predicted: np.ndarray, labels: np.ndarray, most: int = 10) -> str:
    wrong = [f"{a} read as {b}" for a, b in zip(labels, predicted, strict=True) if a != b]
    more = f" and {len(wrong) - most} more" if len(wrong) > most else ""
    return f"Misread: {', '.join(wrong[:most])}{more}." if wrong else "All were read right."


def _figure(width: float, height: float) -> Any:
    """A matplotlib figure that needs no display and leaves matplotlib's settings alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def draw_learning_curves(history: dict[str, list[float]], path: Path) -> None:
    """Loss and accuracy of the epochs, in training and on what was held out."""
    figure = _figure(10, 4)
    epochs = range(1, len(history["loss"]) + 1)
    for axes, name, better in zip(
        figure.subplots(1, 2), ("loss", "accuracy"), ("lower", "higher"), strict=True
    ):
        axes.plot(epochs, history[name], color=BLUE, marker="o", markersize=3, label="training")
        axes.plot(
            epochs, history[f"val_{name}"], color=ORANGE, marker="o", markersize=3, label="held out"
        )
        axes.set(title=f"{name} ({better} is better)", xlabel="epoch", ylabel=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def draw_predictions(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, path: Path, count: int = 40
) -> None:
    """A table of test images: every wrong one, framed in red, then others in their order.

    images: (n, 8, 8). labels: (n,). probabilities: (n, 10), of which the largest is the prediction.
    """
    predicted = probabilities.argmax(-1)
    order = np.argsort(predicted == labels, kind="stable")[:count]  # the wrong ones first
    columns = 10
    rows = -(-len(order) // columns)
    figure = _figure(columns * 1.15, rows * 1.5 + 0.6)
    errors = int((predicted != labels).sum())
    figure.suptitle(
        f"{len(labels) - errors} of {len(labels)} test images read right. Above each: the answer "
        f"of the network, and how sure it is{'; the wrong ones are red' if errors else ''}"
    )
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, i in zip(grid, order, strict=False):
        right = predicted[i] == labels[i]
        colour = GREEN if right else RED
        sure = f"{probabilities[i, predicted[i]]:.0%}"
        axes.set_axis_on()
        axes.set(xticks=[], yticks=[])
        axes.imshow(images[i], cmap="gray_r", vmin=0, vmax=1)
        answer = f"{predicted[i]}  " if right else f"{predicted[i]}, is {labels[i]}\n"
        weight = "normal" if right else "bold"
        axes.set_title(f"{answer}({sure})", color=colour, fontsize=9, fontweight=weight)
        for side in axes.spines.values():
            side.set(color=colour, linewidth=1 if right else 3)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
