"""Sequential and subclassed models: building, layers, weights, configs."""

import copy
import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import keras_like as keras
from keras_like import layers
from nn.settings import settings
from tests.keras_like.common import classifier, labelled, linear


class Branches(keras.Model):
    """Two layers side by side, one of them in a list, and a metric of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.left = layers.Dense(3, name="left")
        self.others = [layers.Dense(3, use_bias=False, name="right")]
        self.own = keras.metrics.Mean(name="own")

    def call(self, inputs, training=False):
        self.seen_training = training
        return self.left(inputs) + self.others[0](inputs)


# Sequential


def test_weights_are_made_at_once_when_the_input_is_known():
    for first in (
        [keras.Input((4,)), layers.Dense(3)],
        [layers.Dense(3, input_shape=(4,))],
        [layers.Dense(3, input_dim=4)],
        [keras.Sequential([keras.Input((4,)), layers.Dense(3)])],
    ):
        model = keras.Sequential([*first, layers.Dense(2)])
        assert model.built
        assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]
        assert model.input_shape == (None, 4) and model.output_shape == (None, 2)
        assert len(model.layers) == 2


def test_weights_wait_for_the_first_data():
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not model.built and model.weights == [] and model.output_shape is None
    with pytest.raises(ValueError, match="built"):
        model.count_params()
    assert model(np.ones((5, 4))).shape == (5, 2)
    assert model.built and model.count_params() == 15 + 8
    assert model.input_shape == (None, 4)


@pytest.mark.parametrize("use", ["fit", "evaluate", "predict", "train_on_batch", "build"])
def test_everything_builds(use):
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((6, 2)), np.ones(6)
    calls = {
        "fit": lambda: model.fit(x, y, verbose=0),
        "evaluate": lambda: model.evaluate(x, y, verbose=0),
        "predict": lambda: model.predict(x),
        "train_on_batch": lambda: model.train_on_batch(x, y),
        "build": lambda: model.build((None, 2)),
    }
    calls[use]()
    assert model.built and model.count_params() == 3


def test_add_and_pop_keep_the_weights_of_what_stays():
    model = keras.Sequential(name="stack")
    model.add(keras.Input((4,)))
    model.add(layers.Dense(3))
    kernel = model.layers[0].kernel
    model.add(layers.Dense(2))
    assert model.output_shape == (None, 2) and len(model.weights) == 4
    popped = model.pop()
    assert popped.units == 2 and model.output_shape == (None, 3)
    assert model.layers[0].kernel is kernel and len(model.weights) == 2


def test_layers_are_found_by_name_and_number():
    stack = [layers.Dense(3, name="a"), layers.Dense(2, name="b")]
    model = keras.Sequential([keras.Input((4,)), *stack])
    assert model.get_layer("b") is model.get_layer(index=1) is model.layers[-1]
    for wrong, words in [
        (dict(name="c"), "no layer 'c'; it has a, b"),
        (dict(index=2), "index 2 is out of range"),
        (dict(), "give a name or an index"),
    ]:
        with pytest.raises(ValueError, match=words):
            model.get_layer(**wrong)


@pytest.mark.parametrize(
    "wrong, error, words",
    [
        (layers.Dense, TypeError, "got the class Dense; write Dense"),
        (np.tanh, TypeError, "expected a layer, got ufunc"),
        (lambda x: x, TypeError, "wrap the function"),
        ("relu", TypeError, "Activation('relu')"),
        ([layers.Dense(1)], TypeError, "one by one"),
        (np.zeros(3), TypeError, "not data"),
        (None, TypeError, "got NoneType"),
        (keras.Input((2,)), ValueError, "an Input comes first"),
    ],
)
def test_only_layers_can_be_added(wrong, error, words):
    with pytest.raises(error) as caught:
        keras.Sequential([layers.Dense(2), wrong])
    assert words in str(caught.value)


def test_other_mistakes_in_stacks():
    with pytest.raises(TypeError, match=r"write \[layer\]"):
        keras.Sequential(layers.Dense(1))
    with pytest.raises(ValueError, match="called 'same' already"):
        keras.Sequential([layers.Dense(1, name="same"), layers.Dense(1, name="same")])
    with pytest.raises(ValueError, match="no layer"):
        keras.Sequential().pop()
    with pytest.raises(ValueError, match="needs an input shape"):
        keras.Sequential([layers.Dense(1)]).build()
    with pytest.raises(TypeError, match="batch size first"):
        keras.Sequential([layers.Dense(1)]).build(4)
    with pytest.raises(ValueError, match=r"Conv2D 'conv2d.*: .*axes"):
        keras.Sequential([keras.Input((8,)), layers.Conv2D(4, 3)])


def test_inputs_get_a_last_axis_of_one_where_the_model_wants_it():
    images = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten()])
    assert images(np.ones((2, 4, 4))).shape == (2, 16)
    assert images.predict(np.ones((2, 4, 4, 1))).shape == (2, 16)
    numbers = keras.Sequential([keras.Input((1,)), layers.Dense(2)])
    assert numbers.predict(np.arange(5)).shape == (5, 2)
    flat = keras.Sequential([keras.Input((4, 4)), layers.Flatten()])
    assert flat(np.ones((2, 4, 4, 1))).shape == (2, 16)


def test_integers_become_floats():
    model = linear(weights=[[[1.5], [1]], [0]])
    found = model.predict(np.array([[2, 200]], "uint8"))
    assert found.tolist() == [[203.0]] and found.dtype == np.float32
    lazily = keras.Sequential([layers.Dense(1)])
    assert lazily.predict(np.array([[2, 3]])).dtype == np.float32


def test_floatx_holds_from_data_to_outputs():
    with settings(floatx="float64"):
        model = linear(optimizer="adam", loss="mse")
        model.fit(np.ones((3, 2), "float32"), np.ones(3), verbose=0)
        assert model.predict(np.ones((1, 2))).dtype == np.float64
        assert model.weights[0].dtype == np.float64


def test_nested_models():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)], name="inner")
    model = keras.Sequential([inner, layers.Dense(1)])
    model.compile("sgd", "mse")
    before = inner.get_weights()[0]
    model.fit(np.ones((2, 4)), np.full(2, 50.0), verbose=0)
    assert np.abs(inner.get_weights()[0] - before).max() > 0
    assert len(model.weights) == 4


def test_frozen_layers_stay():
    x, y = labelled()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(3, "softmax")])
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [False, False, True, True]


def test_batch_normalization_learns_in_fit_and_rests_in_predict():
    model = keras.Sequential([keras.Input((2,)), layers.BatchNormalization(momentum=0.5)])
    model.compile("sgd", "mse")
    x = np.array([[0.0, 4.0], [2.0, 8.0]])
    model.fit(x, x, verbose=0)
    moving = model.layers[0].moving_mean.numpy().copy()
    np.testing.assert_allclose(moving, [0.5, 3.0])
    model.predict(x)
    model.evaluate(x, x, verbose=0)
    np.testing.assert_array_equal(model.layers[0].moving_mean.numpy(), moving)


# Configurations and copies


def test_config_makes_an_equal_model_with_new_weights():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.1), name="out"),
        ],
        name="net",
    )
    again = keras.Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again.name == "net" and again.output_shape == model.output_shape
    assert not np.array_equal(again.get_weights()[0], model.get_weights()[0])
    again.set_weights(model.get_weights())
    x = np.ones((2, 8, 8, 1))
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_config_of_models_built_from_data_and_of_nested_and_own_layers():
    class Twice(layers.Layer):
        def call(self, inputs):
            return inputs * 2

    model = keras.Sequential([keras.Sequential([layers.Dense(2)]), Twice()])
    model.build((None, 3))
    again = keras.Sequential.from_config(model.get_config(), {"Twice": Twice})
    assert again.built and again.input_shape == (None, 3)
    assert type(again.layers[1]) is Twice
    with pytest.raises(ValueError, match="Twice"):
        keras.Sequential.from_config(model.get_config())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_compiled_and_trained_models_can_be_copied(duplicate):
    x, y = labelled()
    model = classifier(optimizer="adam", metrics=["accuracy"])
    model.fit(x, y, verbose=0)
    other = duplicate(model)
    np.testing.assert_array_equal(other.predict(x), model.predict(x))
    for one in (model, other):
        one.fit(x, y, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert other.weights[0] is not model.weights[0]


def test_a_model_is_gone_with_its_last_reference():
    x, y = labelled()
    gc.collect()
    gc.disable()
    try:
        model = classifier(optimizer="adam", metrics=["accuracy"])
        model.fit(x, y, validation_split=0.2, verbose=0)
        model.predict(x)
        watch = weakref.ref(model)
        del model
        assert watch() is None
    finally:
        gc.enable()


def test_fitting_and_asking_again_and_again_leaves_nothing_behind():
    x, y = labelled()
    model = classifier(metrics=["accuracy"])

    def use():
        model.fit(x, y, validation_split=0.5, verbose=0)
        model.evaluate(x, y, verbose=0)
        for _ in range(5):
            model.predict(x)

    use()
    gc.collect()
    gc.disable()
    try:
        use()
        before = len(gc.get_objects())
        for _ in range(10):
            use()
        assert len(gc.get_objects()) - before < 20
    finally:
        gc.enable()


def test_many_threads_may_ask_one_model():
    x, y = labelled(200)
    model = classifier()
    model.fit(x, y, verbose=0)
    expected = model.predict(x)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model.predict(x, batch_size=64), range(40)))
    for one in found:
        np.testing.assert_allclose(one, expected, rtol=1e-6)


# Subclasses


def test_subclassed_model_trains():
    x, y = labelled()
    model = Branches(name="branches")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert [layer.name for layer in model.layers] == ["left", "right"]
    history = model.fit(x, y, epochs=30, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert list(history) == ["loss", "own"]
    assert [w.path for w in model.weights] == ["left/kernel", "left/bias", "right/kernel"]
    assert model.seen_training is True
    model.predict(x)
    assert model.seen_training is False


def test_subclassed_model_builds_from_a_shape():
    model = Branches()
    model.build((None, 4))
    assert model.built and model.count_params() == 15 + 12
    with pytest.raises(TypeError, match="batch size first"):
        Branches().build(4)


def test_several_inputs_as_list_and_dict():
    class Sum(keras.Model):
        def __init__(self, names):
            super().__init__()
            self.names = names
            self.dense = layers.Dense(1)

        def call(self, inputs):
            a, b = (inputs[n] for n in self.names)
            return self.dense(a + b)

    a, b, y = np.ones((8, 2)), np.arange(16.0).reshape(8, 2), np.ones(8)
    for model, x in [(Sum([0, 1]), [a, b]), (Sum(["a", "b"]), {"a": a, "b": b})]:
        model.compile("sgd", "mse")
        model.fit(x, y, batch_size=3, validation_split=0.25, verbose=0)
        assert model.predict(x, batch_size=3).shape == (8, 1)
        assert np.isfinite(model.evaluate(x, y, verbose=0))


def test_functional_models_are_refused():
    with pytest.raises(NotImplementedError, match=r"functional models .* Sequential"):
        keras.Model(keras.Input((2,)), keras.Input((2,)))
    with pytest.raises(NotImplementedError, match="functional"):
        keras.Model(inputs=1, outputs=2)


def test_set_weights_tells_what_is_wrong():
    model = linear()
    with pytest.raises(ValueError, match="got 1 arrays, the layer has 2 weights"):
        model.set_weights([np.ones((2, 1))])
    with pytest.raises(ValueError, match=r"got shape \(1, 2\) for .*kernel', expected \(2, 1\)"):
        model.set_weights([np.ones((1, 2)), np.ones(1)])
