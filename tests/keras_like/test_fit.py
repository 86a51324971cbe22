"""What fit, evaluate and predict do, against sums written out by hand."""

import math

import numpy as np
import pytest

import keras_like as keras
from keras_like import layers
from tests.keras_like.common import Recorder, classifier, labelled, linear


class Probe(keras.Model):
    """Notes the first feature of every batch and learns nothing."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def call(self, inputs):
        return inputs

    def train_step(self, data):
        x, *_ = data if isinstance(data, tuple) else (data,)
        self.batches.append(x.numpy()[:, 0].tolist())
        return {"loss": 0.0}


def batches_of(x, **arguments):
    model = Probe()
    model.compile()
    model.fit(x, verbose=0, **arguments)
    return model.batches


NUMBERS = np.arange(10.0).reshape(10, 1)


def test_batches_in_order_with_a_smaller_last_one():
    found = batches_of(NUMBERS, batch_size=4, shuffle=False, epochs=2)
    assert found == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] * 2


def test_batch_size_is_32_by_default():
    assert [len(b) for b in batches_of(np.zeros((70, 1)))] == [32, 32, 6]


def test_shuffling_takes_every_sample_once_an_epoch_in_new_orders():
    found = batches_of(NUMBERS, batch_size=4, epochs=3)
    epochs = [[*found[i], *found[i + 1], *found[i + 2]] for i in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert [len(b) for b in found] == [4, 4, 2] * 3


def test_shuffling_batches_keeps_neighbours_together():
    found = batches_of(NUMBERS, batch_size=3, epochs=8, shuffle="batch")
    assert all(b == list(range(int(b[0]), int(b[0]) + len(b))) for b in found)
    assert found[3::4] == [[9]] * 8
    assert len({tuple(b[0] for b in found[i : i + 3]) for i in range(0, 32, 4)}) > 1


def test_shuffling_follows_the_seed():
    orders = []
    for seed in (1, 1, 2):
        with keras.random.seed_scope(seed):
            orders.append(batches_of(NUMBERS, batch_size=5))
    assert orders[0] == orders[1] != orders[2]


def test_batches_are_views_unless_shuffled():
    x = np.zeros((6, 1), "float32")
    seen = []

    class Looks(Probe):
        def train_step(self, data):
            seen.append(np.shares_memory(data.data, x))
            return {}

    for shuffle in (False, True):
        model = Looks()
        model.compile()
        model.fit(x, batch_size=3, shuffle=shuffle, verbose=0)
    assert seen == [True, True, False, False]


def test_steps_per_epoch_goes_on_where_the_last_epoch_stopped():
    found = batches_of(NUMBERS, batch_size=2, steps_per_epoch=3, epochs=3, shuffle=False)
    assert [b[0] for b in found] == [0, 2, 4, 6, 8, 0, 2, 4, 6]
    assert len(batches_of(NUMBERS, batch_size=5, steps_per_epoch=7)) == 7


def test_validation_split_takes_the_last_share_before_shuffling():
    found = batches_of(NUMBERS, batch_size=10, validation_split=0.25)
    assert sorted(found[0]) == list(range(7))  # int(10 * 0.75) samples stay


def test_validation_split_is_evaluated_on_the_last_samples():
    x = np.arange(8.0).reshape(4, 2)
    y = np.array([[1.0], [2.0], [3.0], [10.0]])
    model = linear(weights=[[[0], [0]], [0]], optimizer=keras.optimizers.SGD(0.0), loss="mse")
    history = model.fit(x, y, validation_split=0.25, verbose=0).history
    assert history == {"loss": [pytest.approx(14 / 3)], "val_loss": [pytest.approx(100.0)]}


def test_validation_data_with_weights_and_precedence_over_the_split():
    x, y = np.zeros((4, 2)), np.array([1.0, 1, 1, 5])
    model = linear(weights=[[[0], [0]], [0]], optimizer=keras.optimizers.SGD(0.0), loss="mse")
    held = (np.zeros((2, 2)), np.array([2.0, 4.0]), np.array([1.0, 0.5]))
    history = model.fit(x, y, validation_data=held, validation_split=0.5, verbose=0).history
    # Weighted values over their number: (1 * 4 + 0.5 * 16) / 2.
    assert history == {"loss": [7.0], "val_loss": [6.0]}


def test_loss_of_an_epoch_is_the_mean_over_samples_not_batches():
    x, y = np.zeros((5, 2)), np.array([[0.0], [0], [0], [0], [10]])
    model = linear(weights=[[[0], [0]], [0]], optimizer=keras.optimizers.SGD(0.0), loss="mse")
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    assert history["loss"] == [pytest.approx(100 / 5)]
    assert model.evaluate(x, y, batch_size=4, verbose=0) == pytest.approx(20.0)


def test_one_step_by_hand():
    x, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[1.0], [0.0]])
    kernel, bias, weights = np.array([[0.5], [-0.25]]), np.array([0.1]), np.array([1.0, 3.0])
    model = linear(weights=[kernel, bias], optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.fit(x, y, sample_weight=weights, shuffle=False, verbose=0)
    error = x @ kernel + bias - y
    gradient = 2 * error * weights[:, None] / 2
    after = model.get_weights()
    np.testing.assert_allclose(after[0], kernel - 0.1 * x.T @ gradient, rtol=1e-6)
    np.testing.assert_allclose(after[1], bias - 0.1 * gradient.sum(0), rtol=1e-6)


def test_class_weights_are_sample_weights_of_the_classes():
    x, y = labelled(9)
    start = [np.zeros((4, 3)), np.zeros(3)]
    weight_of = {0: 2.0, 2: 0.5}  # class 1 weighs 1
    weights = np.array([weight_of.get(label, 1.0) for label in y])
    results = []
    for given in (
        {"class_weight": weight_of},
        {"sample_weight": weights},
        {"class_weight": weight_of, "one_hot": True},
    ):
        one_hot = given.pop("one_hot", False)
        model = classifier(loss=f"{'' if one_hot else 'sparse_'}categorical_crossentropy")
        model.set_weights(start)
        labels = np.eye(3)[y] if one_hot else y
        history = model.fit(x, labels, shuffle=False, verbose=0, **given).history
        results.append((history["loss"][0], model.get_weights()[0]))
    assert results[0][0] == pytest.approx(math.log(3) * weights.mean(), rel=1e-6)
    for loss, kernel in results[1:]:
        assert loss == pytest.approx(results[0][0])
        np.testing.assert_allclose(kernel, results[0][1], rtol=1e-5, atol=1e-7)


def test_class_weights_do_not_touch_the_validation():
    x, y = labelled(12)
    model = classifier(optimizer=keras.optimizers.SGD(0.0))
    model.set_weights([np.zeros((4, 3)), np.zeros(3)])
    history = model.fit(x, y, validation_split=0.5, class_weight={0: 5.0, 1: 7.0}, verbose=0)
    assert history.history["val_loss"] == [pytest.approx(math.log(3))]
    assert history.history["loss"] == [pytest.approx(math.log(3) * 13 / 3)]


def test_regularizers_and_add_loss_count():
    class Adds(layers.Layer):
        def call(self, inputs):
            self.add_loss(3.0 * (inputs**2).mean())
            return inputs

    model = keras.Sequential(
        [keras.Input((2,)), Adds(), layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.5))]
    )
    model.set_weights([[[1.0], [2.0]], [0.0]])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    x, y = np.array([[1.0, 1.0]]), np.array([[0.0]])
    assert model.fit(x, y, verbose=0).history["loss"] == [pytest.approx(9 + 3 + 0.5 * 5)]
    assert model.evaluate(x, y, verbose=0) == pytest.approx(9 + 3 + 0.5 * 5)


def test_history_keys_values_and_what_fit_returns():
    x, y = labelled()
    model = classifier(metrics=["accuracy"])
    history = model.fit(x, y, epochs=3, initial_epoch=1, validation_split=0.2, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [1, 2]
    assert history.params == {"verbose": 0, "epochs": 3, "steps": 1}
    assert all(type(v) is float for values in history.history.values() for v in values)
    assert history.model is model and model.history is history


def test_no_epoch_is_left():
    x, y = labelled()
    history = classifier().fit(x, y, epochs=2, initial_epoch=2, verbose=0)
    assert history.history == {} and history.epoch == []


def test_history_is_in_alphabetical_order():
    model = linear(optimizer="sgd", loss="mse", metrics=["mse", "mae"])
    model.fit(np.ones((2, 2)), np.ones(2), verbose=0)
    assert list(model.history.history) == ["loss", "mae", "mse"]
    assert model.metrics_names == ["loss", "mse", "mae"]


@pytest.mark.parametrize("freq, expected", [(2, [2, 4]), ([1, 4], [1, 4]), (9, [])])
def test_validation_freq(freq, expected):
    x, y = labelled()
    recorder = Recorder()
    model = classifier()
    arguments = dict(validation_data=(x, y), validation_freq=freq, callbacks=[recorder])
    model.fit(x, y, epochs=4, verbose=0, **arguments)
    ends = zip(recorder.moments, recorder.logs, strict=True)
    assert [m[1] + 1 for m, logs in ends if m[0] == "epoch_end" and "val_loss" in logs] == expected
    assert len(model.history.history.get("val_loss", [])) == len(expected)


def test_evaluate_and_predict_agree_with_the_model_called():
    x, y = labelled(70)
    model = classifier(metrics=["accuracy"])
    outputs = np.asarray(model(x).detach())
    picked = outputs[np.arange(70), y]
    expected = [-np.log(picked).mean(), (outputs.argmax(-1) == y).mean()]
    assert model.evaluate(x, y, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.evaluate(x, y, batch_size=9, return_dict=True, verbose=0) == pytest.approx(
        {"accuracy": expected[1], "loss": expected[0]}, rel=1e-5
    )
    np.testing.assert_allclose(model.predict(x), outputs, rtol=1e-5)
    np.testing.assert_allclose(model.predict(x, batch_size=7), outputs, rtol=1e-5)
    np.testing.assert_allclose(model.predict_on_batch(x), outputs, rtol=1e-5)


def test_evaluate_without_metrics_is_one_float():
    model = linear(optimizer="sgd", loss="mse")
    assert type(model.evaluate(np.ones((2, 2)), np.ones(2), verbose=0)) is float


def test_sample_weights_of_evaluate():
    model = linear(weights=[[[0], [0]], [0]])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mae"])
    x, y, weights = np.zeros((2, 2)), np.array([1.0, 3.0]), [3.0, 1.0]
    found = model.evaluate(x, y, sample_weight=weights, return_dict=True, verbose=0)
    assert found == pytest.approx({"loss": (3 + 9) / 2, "mae": 2.0, "weighted_mae": 6 / 4})


def test_predictions_do_not_share_memory_and_are_not_tracked():
    x = np.ones((3, 2), "float32")
    model = keras.Sequential([keras.Input((2,)), layers.Identity()])
    for found in (model.predict(x), model.predict_on_batch(x)):
        found[:] = 7
    assert x.tolist() == [[1, 1]] * 3
    assert type(linear().predict(x)) is np.ndarray


def test_train_on_batch_returns_means_since_the_reset():
    model = linear(
        weights=[[[0], [0]], [0]], optimizer=keras.optimizers.SGD(0.0), loss="mse", metrics=["mae"]
    )
    x = np.zeros((1, 2))
    assert model.train_on_batch(x, np.array([1.0])) == [1.0, 1.0]
    assert model.train_on_batch(x, np.array([3.0])) == [5.0, 2.0]
    assert model.test_on_batch(x, np.array([2.0]), return_dict=True) == pytest.approx(
        {"loss": 14 / 3, "mae": 2.0}
    )
    model.reset_metrics()
    assert model.train_on_batch(x, np.array([2.0]), sample_weight=[0.5]) == [2.0, 2.0]


def test_train_on_batch_updates_and_takes_class_weights():
    x, y = labelled(6)
    models = [classifier(), classifier()]
    for model in models:
        model.set_weights([np.zeros((4, 3)), np.zeros(3)])
    loss = models[0].train_on_batch(x, y, class_weight={0: 3.0})
    models[1].fit(x, y, class_weight={0: 3.0}, shuffle=False, verbose=0)
    assert loss == pytest.approx(models[1].history.history["loss"][0])
    np.testing.assert_allclose(models[0].get_weights()[0], models[1].get_weights()[0], rtol=1e-6)
    assert np.abs(models[0].get_weights()[0]).max() > 0


def test_metric_names_follow_what_was_asked():
    model = classifier(
        metrics=["acc", keras.metrics.SparseCategoricalAccuracy(), keras.losses.kl_divergence][:2],
        weighted_metrics=["acc", "sparse_categorical_accuracy"],
    )
    names = ["acc", "sparse_categorical_accuracy", "weighted_acc"]
    names.append("weighted_sparse_categorical_accuracy")
    assert model.metrics_names == ["loss", *names]
    x, y = labelled()
    assert set(model.evaluate(x, y, verbose=0, return_dict=True)) == {"loss", *names}
    assert [type(m).__name__ for m in model.metrics][:2] == ["Mean", "SparseCategoricalAccuracy"]


@pytest.mark.parametrize(
    "units, labels, loss, expected",
    [
        (1, np.array([0, 1, 1, 0]), "binary_crossentropy", "BinaryAccuracy"),
        (3, np.array([0, 1, 2, 0]), "sparse_categorical_crossentropy", "SparseCategoricalAccuracy"),
        (3, np.eye(3)[[0, 1, 2, 0]], "categorical_crossentropy", "CategoricalAccuracy"),
    ],
)
def test_accuracy_and_crossentropy_are_chosen_by_the_shapes(units, labels, loss, expected):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(units, "sigmoid")])
    losses = []
    for name in (loss, "crossentropy"):
        model.compile(keras.optimizers.SGD(0.0), name, metrics=["accuracy"])
        losses.append(model.evaluate(np.ones((4, 2)), labels, verbose=0)[0])
        assert type(model.metrics[1]).__name__ == expected
    assert losses[0] == losses[1]


def test_labels_without_the_last_axis_of_one():
    x = np.ones((4, 2))
    model = linear(weights=[[[1], [1]], [0]], optimizer="sgd", loss="mse", metrics=["mae"])
    flat = np.array([0.0, 1.0, 2.0, 3.0])
    assert model.evaluate(x, flat, verbose=0) == model.evaluate(x, flat[:, None], verbose=0)
    assert model.evaluate(x, flat, verbose=0) == pytest.approx([(4 + 1 + 0 + 1) / 4, 1.0])


def test_stop_training_stops_after_the_batch():
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.model.stop_training = True

    model = Probe()
    model.compile()
    history = model.fit(NUMBERS, batch_size=2, epochs=3, callbacks=[Stops()], verbose=0)
    assert len(model.batches) == 2 and history.epoch == [0]
    model.fit(NUMBERS, batch_size=2, verbose=0)
    assert len(model.batches) == 7


def test_interrupt_leaves_a_model_that_can_go_on():
    class Interrupts(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1 and self.armed:
                raise KeyboardInterrupt

    x, y = labelled(40)
    model = classifier(metrics=["accuracy"])
    callback = Interrupts()
    callback.armed = True
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
    assert model.history.epoch == []
    callback.armed = False
    model.fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
    assert len(model.variables) == 2 and np.isfinite(model.evaluate(x, y, verbose=0)).all()


def test_a_loss_that_is_not_finite_is_told_once():
    x, y = labelled()
    model = linear(1, 4, optimizer=keras.optimizers.SGD(1e30), loss="mse")
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="the loss is .* in epoch"):
        model.fit(x, y.astype(float), epochs=4, verbose=0)


def test_steps_per_execution_calls_back_less_often():
    x, y = labelled(20)
    recorder = Recorder()
    model = classifier(steps_per_execution=3)
    model.fit(x, y, batch_size=4, verbose=0, callbacks=[recorder])
    found = [m for m in recorder.moments if "batch" in m[0]]
    assert found == [
        ("train_batch_begin", 0),
        ("train_batch_end", 2),
        ("train_batch_begin", 3),
        ("train_batch_end", 4),
    ]


def test_layers_are_looked_up_once_an_epoch_not_once_a_step(monkeypatch):
    walks = []
    walk = layers.Layer._own
    monkeypatch.setattr(
        layers.Layer, "_own", lambda self, kind: walks.append(1) or walk(self, kind)
    )
    x, y = labelled(60)
    counts = []
    for size in (30, 2):
        walks.clear()
        classifier(metrics=["accuracy"]).fit(x, y, batch_size=size, verbose=0)
        counts.append(len(walks))
    assert counts[0] == counts[1]


def test_iris_is_learned():
    (x, y), (x_test, y_test) = keras.datasets.iris.load_data()
    with keras.random.seed_scope(3):
        model = keras.Sequential(
            [layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")]
        )
        model.compile(
            keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        history = model.fit(x, y, epochs=40, batch_size=16, verbose=0).history
    assert history["loss"][-1] < 0.3 * history["loss"][0]
    assert model.evaluate(x_test, y_test, verbose=0)[1] > 0.9
