"""Generators and other sources of batches for fit, evaluate and predict."""

import numpy as np
import pytest

import keras_like as keras
from tests.keras_like.common import classifier, labelled, linear

X, Y = labelled(12)


class Firsts(keras.Model):
    """Notes the first number of every batch."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.compile()

    def call(self, inputs):
        return inputs

    def train_step(self, data):
        self.seen.append(int(data[0].data.flat[0]))
        return {"loss": 1.0}


def numbered(count):
    for i in range(count):
        yield np.full((2, 1), i), np.zeros((2, 1))


class Indexed:
    """Batches as Keras's Sequence and PyDataset have them, without an IndexError at the end."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.full((2, 1), index), np.zeros((2, 1))


class Iterable:
    def __iter__(self):
        return numbered(3)


def seen(source, **arguments):
    model = Firsts()
    model.fit(source, verbose=0, **arguments)
    return model.seen


@pytest.mark.parametrize("source", [Indexed, Iterable])
def test_iterables_are_read_anew_every_epoch(source):
    assert seen(source(), epochs=2) == [0, 1, 2, 0, 1, 2]
    assert seen(source(), epochs=2, steps_per_epoch=2) == [0, 1, 2, 0]
    assert seen(source(), steps_per_epoch=5) == [0, 1, 2, 0, 1]


def test_generator_goes_on_over_the_epochs():
    assert seen(numbered(7), epochs=3, steps_per_epoch=2) == [0, 1, 2, 3, 4, 5]
    assert seen(numbered(4)) == [0, 1, 2, 3]


def test_generator_that_ends_early_warns_and_stops():
    model = Firsts()
    with pytest.warns(UserWarning, match="ran out") as caught:
        history = model.fit(numbered(5), epochs=4, steps_per_epoch=2, verbose=0)
    assert model.seen == [0, 1, 2, 3, 4] and history.epoch == [0, 1, 2]
    words = [str(w.message) for w in caught]
    assert "x: the data ran out after 1 of 2 batches" in words[0]
    assert "ran out after 3 of 4 epochs" in words[1]
    with pytest.warns(UserWarning, match="ran out after 1 of 2 epochs"):
        assert Firsts().fit(numbered(3), epochs=2, verbose=0).epoch == [0]


def test_endless_generator():
    def endless():
        while True:
            yield X, Y

    model = classifier(metrics=["accuracy"])
    history = model.fit(
        endless(),
        steps_per_epoch=2,
        epochs=2,
        validation_data=endless(),
        validation_steps=3,
        verbose=0,
    )
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    loss, _ = model.evaluate(endless(), steps=2, verbose=0)
    assert loss == pytest.approx(model.evaluate(X, Y, verbose=0)[0])
    assert model.predict(endless(), steps=3).shape == (36, 3)


def test_batches_give_the_same_as_arrays():
    batches = [(X[i : i + 5], Y[i : i + 5], np.arange(i, min(i + 5, 12))) for i in (0, 5, 10)]
    models = [classifier(metrics=["accuracy"]) for _ in range(3)]
    for model in models:
        model.set_weights(models[0].get_weights())
    models[0].fit(X, Y, batch_size=5, sample_weight=np.arange(12), shuffle=False, verbose=0)
    models[1].fit(iter(batches), verbose=0)

    class Source:
        def __iter__(self):
            return iter([list(batch) for batch in batches])

    models[2].fit(Source(), epochs=1, verbose=0)
    for model in models[1:]:
        assert model.history.history == models[0].history.history
        for a, b in zip(model.get_weights(), models[0].get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_class_weights_of_batches():
    models = [classifier(), classifier()]
    models[1].set_weights(models[0].get_weights())
    models[0].fit(X, Y, shuffle=False, class_weight={1: 4.0}, verbose=0)
    models[1].fit(iter([(X, Y)]), class_weight={1: 4.0}, verbose=0)
    assert models[0].history.history == models[1].history.history
    with pytest.raises(ValueError, match="cannot be given together"):
        classifier().fit(iter([(X, Y, np.ones(12))]), class_weight={1: 4.0}, verbose=0)


def test_batches_of_other_kinds_of_arrays():
    class Foreign:
        """An array of another library, such as a torch tensor."""

        def __init__(self, values):
            self.values = np.asarray(values)

        def __array__(self, dtype=None, copy=None):
            return np.array(self.values, dtype=dtype)

    model = linear(optimizer="sgd", loss="mse")
    model.fit(iter([(Foreign(X[:, :2]), Foreign(Y))]), verbose=0)
    model.fit(Foreign(X[:, :2]), Foreign(Y), verbose=0)
    model.fit(keras.layers.Identity()(X[:, :2]), Y.tolist(), verbose=0)
    assert model.predict([[1, 2], [3, 4]]).shape == (2, 1)


def test_x_alone():
    class Autoencoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, inputs):
            outputs = self.dense(inputs)
            self.add_loss(((outputs - inputs) ** 2).mean())
            return outputs

    model = Autoencoder()
    model.compile("sgd")
    history = model.fit(X, epochs=3, verbose=0).history["loss"]
    assert history[0] > history[-1]
    assert model.evaluate(X, verbose=0) < history[0]
    model.fit(iter([X, (X,)]), verbose=0)


def test_predict_takes_the_inputs_of_labelled_batches():
    model = classifier()
    np.testing.assert_allclose(model.predict(iter([(X, Y)])), model.predict(X), rtol=1e-6)


def test_evaluate_may_see_nan_only_in_predict():
    bad = np.full((1, 4), np.nan)
    assert np.isnan(classifier().predict(bad)).all()
    assert np.isnan(classifier().predict(iter([bad]))).all()
