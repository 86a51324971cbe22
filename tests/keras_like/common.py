"""Small models and data that several tests of keras_like use."""

import numpy as np

import keras_like as keras
from keras_like import layers


def linear(units=1, inputs=2, weights=None, **compiled):
    """One Dense layer without activation; compiled if a loss is given."""
    model = keras.Sequential([keras.Input((inputs,)), layers.Dense(units)])
    if weights is not None:
        model.set_weights([np.asarray(w, "float32") for w in weights])
    if compiled:
        model.compile(**compiled)
    return model


def classifier(classes=3, inputs=4, **compiled):
    """A Dense layer and a softmax, compiled for class numbers."""
    model = keras.Sequential(
        [keras.Input((inputs,)), layers.Dense(classes, activation="softmax", name="out")]
    )
    arguments = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}
    model.compile(**{**arguments, **compiled})
    return model


def labelled(n=20, inputs=4, classes=3, seed=0):
    """Samples and class numbers; every class occurs."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, inputs)).astype("float32"), np.arange(n) % classes


class Recorder(keras.callbacks.Callback):
    """Writes down which moments came, with their numbers."""

    def __init__(self):
        super().__init__()
        self.moments = []
        self.logs = []

    def _note(self, name, *numbers, logs=None):
        self.moments.append((name, *numbers))
        self.logs.append(None if logs is None else dict(logs))


def _recording(name, counted):
    if counted:
        return lambda self, number, logs=None: self._note(name, number, logs=logs)
    return lambda self, logs=None: self._note(name, logs=logs)


for _phase in ("train", "test", "predict"):
    for _end in ("begin", "end"):
        for _name, _counted in ((f"{_phase}_{_end}", False), (f"{_phase}_batch_{_end}", True)):
            setattr(Recorder, f"on_{_name}", _recording(_name, _counted))
for _end in ("begin", "end"):
    setattr(Recorder, f"on_epoch_{_end}", _recording(f"epoch_{_end}", True))
