"""Models that override what a step does."""

import numpy as np
import pytest

import autograd_core as ac
import keras_like as keras
from keras_like import layers
from tests.keras_like.common import labelled

X, Y = labelled(12)
T = Y.astype("float32")[:, None]


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1, kernel_initializer="zeros")

    def call(self, inputs):
        return self.dense(inputs)


def test_train_step_by_hand_equals_the_built_in_one():
    class ByHand(Net):
        def train_step(self, data):
            x, y = data
            with ac.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            grads = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
            return {"loss": loss}

    found = []
    for cls in (Net, ByHand):
        model = cls()
        model.compile("sgd", "mse")
        history = model.fit(X, T, epochs=3, shuffle=False, verbose=0).history
        found.append((history, model.get_weights()))
    assert found[0][0]["loss"] == pytest.approx(found[1][0]["loss"])
    np.testing.assert_allclose(found[0][1][0], found[1][1][0], rtol=1e-6)


def test_several_optimizers_and_metrics_of_its_own():
    class TwoParts(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(1, name="a"), layers.Dense(1, name="b")
            self.a_loss = keras.metrics.Mean(name="a_loss")
            self.b_loss = keras.metrics.Mean(name="b_loss")

        def compile(self, a_optimizer, b_optimizer):
            super().compile()
            self.optimizers = {"a": a_optimizer, "b": b_optimizer}

        @property
        def metrics(self):
            return [self.a_loss, self.b_loss]

        def train_step(self, data):
            x, y = data
            for part, metric, name in ((self.a, self.a_loss, "a"), (self.b, self.b_loss, "b")):
                loss = ((part(x) - y) ** 2).mean()
                variables = part.trainable_variables
                grads = ac.gradients([loss], variables, [None])
                self.optimizers[name].apply(grads, variables)
                metric.update_state(loss)
            return {m.name: m.result() for m in self.metrics}

    model = TwoParts()
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0))
    history = model.fit(X, T, epochs=5, batch_size=4, shuffle=False, verbose=0).history
    assert list(history) == ["a_loss", "b_loss"]
    assert history["a_loss"][-1] < history["a_loss"][0]
    assert history["b_loss"][0] == pytest.approx(history["b_loss"][-1])


def test_compute_loss_and_compute_metrics():
    class Penalised(Net):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return super().compute_loss(x, y, y_pred, sample_weight) + 100.0

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "largest": y_pred.max()}

    model = Penalised()
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, T, verbose=0).history
    assert history["loss"][0] == pytest.approx(100 + (T**2).mean())
    assert set(history) == {"loss", "mae", "largest"} and type(history["largest"][0]) is float


def test_labels_that_only_the_own_loss_understands():
    class Own(Net):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return (y_pred * y[:, :1] * y[:, 1:]).mean()

    model = Own()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((12, 2)), verbose=0)


def test_test_step_and_predict_step():
    class Own(Net):
        def test_step(self, data):
            assert not ac.is_recording()
            return {"size": float(len(data[0]))}

        def predict_step(self, data):
            return {"twice": self(data[0]) * 2, "x": data[0]} if isinstance(data, tuple) else {
                "twice": self(data) * 2, "x": data
            }  # fmt: skip

    model = Own()
    model.compile("sgd", "mse")
    assert model.evaluate(X, T, verbose=0) == 12.0
    assert model.fit(X, T, validation_data=(X, T), verbose=0).history["val_size"] == [12.0]
    found = model.predict(X, batch_size=5)
    np.testing.assert_array_equal(found["x"], X)
    np.testing.assert_allclose(found["twice"], 2 * (X @ model.get_weights()[0]), atol=0.1)


def test_steps_must_return_logs():
    class Silent(Net):
        def train_step(self, data):
            pass

    model = Silent()
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"Silent.train_step: must return a dict .* NoneType"):
        model.fit(X, T, verbose=0)


def test_model_without_weights_to_train_warns():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, trainable=False)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="no trainable weights"):
        model.fit(X, T, verbose=0)


def test_metrics_in_layers_attributes_are_reset_every_epoch():
    class Counts(Net):
        def __init__(self):
            super().__init__()
            self.count = keras.metrics.Sum(name="count")

        def train_step(self, data):
            self.count.update_state(np.ones(len(data[0])))
            return super().train_step(data)

    model = Counts()
    model.compile("sgd", "mse")
    history = model.fit(X, T, batch_size=5, epochs=2, verbose=0).history
    assert history["count"] == [12.0, 12.0]
    assert model.metrics_names == ["loss", "count"]
