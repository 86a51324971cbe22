"""One seed, one result: the same bits in one process and in two."""

import subprocess
import sys
from pathlib import Path

import numpy as np

import keras_like as keras
from keras_like import layers
from tests.keras_like.common import labelled

ROOT = Path(__file__).parents[2]

PROGRAM = """
import hashlib
import keras_like as keras
from keras_like import layers
from keras_like.datasets import digits

keras.utils.set_random_seed(5)
(x, y), _ = digits.load_data()
x, y = x[:96, ..., None] / 16.0, y[:96]
model = keras.Sequential([
    layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
    layers.Dropout(0.3), layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=2, validation_split=0.25, verbose=0)
digest = hashlib.sha256(repr(history.history).encode())
for weight in model.get_weights():
    digest.update(weight.tobytes())
print(digest.hexdigest())
"""


def weights_after(seed):
    x, y = labelled(40)
    with keras.random.seed_scope(seed):
        model = keras.Sequential(
            [layers.Dense(8, "relu"), layers.Dropout(0.5), layers.Dense(3, "softmax")]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    return model.get_weights()


def test_same_seed_same_bits():
    first, again, other = weights_after(1), weights_after(1), weights_after(2)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_fresh_processes_give_the_same_bits():
    found = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
        for _ in range(2)
    ]
    assert found[0] == found[1] and len(found[0]) == 65


def test_training_does_not_touch_numpys_or_pythons_global_generators():
    weights_after(3)  # the guard of every test would tell
