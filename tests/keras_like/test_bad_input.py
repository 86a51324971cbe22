"""What users do wrong, and the errors that tell them: argument, given, expected, what to do."""

import numpy as np
import pytest

import keras_like as keras
from keras_like import layers
from tests.keras_like.common import classifier, labelled, linear

X, Y = labelled(12)
ONE_HOT = np.eye(3)[Y]
NAN = np.where(np.arange(48).reshape(12, 4) == 9, np.nan, X)
IMAGES = np.zeros((6, 8, 8))


def error_of(call):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    return str(caught.value)


def fit(x=X, y=Y, model=None, **arguments):
    model = model or classifier(metrics=["accuracy"])
    return model.fit(x, y, **{"verbose": 0, **arguments})


def regression(**arguments):
    return linear(1, 4, optimizer="sgd", loss="mse", **arguments)


def image_model():
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


def compiled(**arguments):
    return linear().compile(**{"optimizer": "sgd", "loss": "mse", **arguments})


def frame(**columns):
    """What of a pandas frame is looked at."""

    class Frame:
        def __init__(self):
            self.columns = list(columns)
            self.dtypes = {name: np.asarray(values).dtype for name, values in columns.items()}

        def to_numpy(self):
            return np.array(
                [list(row) for row in zip(*columns.values(), strict=True)], dtype=object
            )

    return Frame()


CASES = {
    # The data.
    "lengths": (lambda: fit(X, Y[:-1]), ["x has 12", "y has 11", "must be equal"]),
    "length of weights": (lambda: fit(sample_weight=np.ones(3)), ["sample_weight has 3"]),
    "no samples": (lambda: fit(X[:0], Y[:0]), ["x: empty", "at least one sample"]),
    "no x": (lambda: fit(None, None), ["x: missing"]),
    "no y": (lambda: fit(X, None), ["y: missing", "fit(x, y)"]),
    "NaN in x": (lambda: fit(NAN), ["x: 1 of 48", "nan at x[2, 1]", "np.nan_to_num(x)"]),
    "infinity in y": (
        lambda: fit(X, np.where(Y == 1, np.inf, 0.0), regression()),
        ["y: 4 of 12", "inf at y[1]"],
    ),
    "too large for float32": (lambda: fit(X.astype(float) * 1e300, Y), ["x: 48 of 48", "infinite"]),
    "NaN in weights": (lambda: fit(sample_weight=[np.nan] * 12), ["sample_weight: 12 of 12"]),
    "NaN in a batch": (lambda: fit([(NAN, Y)].__iter__(), None), ["x: 1 of 48", "x[2, 1]"]),
    "negative weights": (lambda: fit(sample_weight=-np.ones(12)), ["sample_weight", "-1.0"]),
    "text": (lambda: fit(X, np.array(["a", "b", "c"] * 4)), ["y: holds text ('a'", "np.unique"]),
    "objects": (
        lambda: fit(np.array([[None]] * 12)),
        ["x: dtype object", "None of type NoneType", "fill what is missing"],
    ),
    "ragged": (lambda: fit([[1.0, 2.0], [3.0]], [0, 1]), ["x: the rows have different lengths"]),
    "arrays of arrays": (
        lambda: fit(np.array([np.zeros(2), np.zeros(3)], dtype=object), [0, 1]),
        ["x: an array of 2 ndarrays", "np.stack", "pad"],
    ),
    "a frame with words": (
        lambda: fit(frame(age=[1, 2], name=["a", "b"]), [0, 1]),
        ["x: the frame's columns name", "get_dummies"],
    ),
    "complex": (lambda: fit(X + 1j), ["x: dtype complex", "expected floats"]),
    "masked": (lambda: fit(np.ma.masked_greater(X, 0)), ["x: a masked array", "filled"]),
    "one number": (lambda: fit(3.0, 1.0), ["x: one number", "first axis counts the samples"]),
    "an object": (lambda: fit(object(), Y), ["x: cannot use an object of type object"]),
    "one sample to predict": (
        lambda: classifier().predict(X[0]), ["x: has shape (4,)", "(None, 4)", "x[np.newaxis]"],
    ),
    "flat x for a new model": (
        lambda: keras.Sequential([layers.Dense(1)]).predict(np.arange(5.0)),
        ["x: of shape (5,)", "Dense 'dense", "x[:, np.newaxis]"],
    ),
    # Data and model.
    "other features": (lambda: fit(X[:, :3]), ["x: has shape (12, 3)", "takes (None, 4)"]),
    "flat images": (
        lambda: image_model().predict(np.zeros((2, 192))),
        ["x: has shape (2, 192)", "(None, 8, 8, 3)", "x.reshape(-1, 8, 8, 3)"],
    ),
    "channels first": (
        lambda: image_model().predict(np.zeros((2, 3, 8, 8))),
        ["x: has shape (2, 3, 8, 8)", "another order", "np.moveaxis"],
    ),
    # Labels and loss.
    "one-hot for a sparse loss": (
        lambda: fit(X, ONE_HOT), ["y: has shape (12, 3)", "one-hot", "'categorical_crossentropy'"],
    ),
    "class numbers for a one-hot loss": (
        lambda: fit(X, Y, classifier(loss="categorical_crossentropy")),
        ["y: has shape (12,)", "'sparse_categorical_crossentropy'", "to_categorical(y, 3)"],
    ),
    "class out of range": (
        lambda: fit(X, Y + 3), ["y: the class number 3 (entry 0)", "3 classes", "0 to 2", "6 units"]
    ),
    "classes from 1": (lambda: fit(X, Y + 1), ["y: the class number 3 (entry 2)", "y - 1"]),
    "negative classes": (lambda: fit(X, Y - 1), ["y: the class number -1", "begin at 0"]),
    "fractions for classes": (lambda: fit(X, Y + 0.5), ["y: holds 0.5", "loss='mse'"]),
    "one unit, one-hot loss": (
        lambda: fit(X, Y, linear(1, 4, optimizer="sgd", loss="categorical_crossentropy")),
        ["binary_crossentropy"],
    ),
    "binary loss, many classes": (
        lambda: fit(X, Y, linear(1, 4, optimizer="sgd", loss="binary_crossentropy")),
        ["y: holds 0 to 2", "0 to 1", "sparse_categorical_crossentropy"],
    ),
    "binary loss, -1 and 1": (
        lambda: fit(X, Y % 2 * 2 - 1, linear(1, 4, optimizer="sgd", loss="binary_crossentropy")),
        ["y: holds -1 to 1", "hinge", "(y + 1) / 2"],
    ),
    "other number of outputs": (
        lambda: fit(X, np.zeros((12, 2)), regression()),
        ["y: has shape (12, 2)", "output (None, 1)", "Dense(2)"],
    ),
    "flat labels for three outputs": (
        lambda: fit(X, Y, linear(3, 4, optimizer="sgd", loss="mse")),
        ["y: has shape (12,)", "output (None, 3)", "y of shape (12, 3)", "Dense(1)"],
    ),
    "a loss of one output for several": (
        lambda: compiled(loss=["mse", "mae"]), ["loss: a list of 2", "several outputs"],
    ),
    # Arguments of fit.
    "not compiled": (lambda: linear().fit(X, Y), ["fit: the model", "compile("]),
    "batch_size": (lambda: fit(batch_size=0), ["batch_size: expected at least 1, got 0"]),
    "batch_size in words": (lambda: fit(batch_size="8"), ["batch_size: expected a whole number"]),
    "batch_size of a half": (lambda: fit(batch_size=0.5), ["batch_size", "0.5"]),
    "epochs": (lambda: fit(epochs=0), ["epochs: expected at least 1, got 0"]),
    "initial_epoch": (lambda: fit(initial_epoch=-1), ["initial_epoch: expected at least 0"]),
    "verbose": (lambda: fit(verbose=3), ["verbose: expected 0", "got 3"]),
    "shuffle": (lambda: fit(shuffle="yes"), ["shuffle", "'yes'"]),
    "steps": (lambda: fit(steps_per_epoch=0), ["steps_per_epoch: expected at least 1"]),
    "validation_freq": (lambda: fit(validation_freq=0), ["validation_freq"]),
    "split of 1": (lambda: fit(validation_split=1), ["validation_split", "got 1"]),
    "split below 0": (lambda: fit(validation_split=-0.1), ["validation_split", "-0.1"]),
    "split that leaves nothing": (
        lambda: fit(X[:2], Y[:2], validation_split=0.6), ["validation_split: 0.6 of 2", "leaves 0"],
    ),
    "split of a generator": (
        lambda: fit(iter([(X, Y)]), None, validation_split=0.5),
        ["validation_split", "cannot be split"],
    ),
    "y beside a generator": (lambda: fit(iter([(X, Y)]), Y), ["y: given beside x that yields"]),
    "an empty generator": (lambda: fit(iter([]), None), ["x: yields no batch"]),
    "an empty iterable": (lambda: fit({1: 2}.keys() - {1}, None), ["x: yields no batch"]),
    "a batch of four": (lambda: fit(iter([(X, Y, Y, Y)]), None), ["x: a batch is", "4 entries"]),
    "validation_data as x alone": (
        lambda: fit(validation_data=(X,)), ["validation_data: expected (x, y)", "tuple of 1"],
    ),
    "validation_data as array": (
        lambda: fit(validation_data=X), ["validation_data: expected (x, y)", "ndarray"],
    ),
    "lengths in validation_data": (
        lambda: fit(validation_data=(X, Y[1:])), ["validation_data: ", "y has 11"],
    ),
    "labels in validation_data": (
        lambda: fit(validation_data=(X, Y + 9)), ["validation_data: y: the class number 9"],
    ),
    "class_weight beside sample_weight": (
        lambda: fit(class_weight={0: 1}, sample_weight=np.ones(12)), ["cannot be given together"],
    ),
    "class_weight as list": (lambda: fit(class_weight=[1, 2]), ["class_weight: expected a dict"]),
    "class_weight of names": (lambda: fit(class_weight={"a": 1}), ["class_weight: the key 'a'"]),
    "negative class_weight": (lambda: fit(class_weight={0: -1}), ["weight of class 0 is -1"]),
    "a callback's class": (
        lambda: fit(callbacks=[keras.callbacks.History]),
        ["entry 0 is the class History", "History()"],
    ),
    "a function as callback": (lambda: fit(callbacks=[print]), ["callbacks: entry 0", "derive"]),
    "callbacks as number": (lambda: fit(callbacks=3), ["callbacks: expected a list"]),
    # Arguments of compile.
    "optimizer": (lambda: compiled(optimizer="adm"), ["optimizer", "'adm'", "did you mean 'adam'"]),
    "loss": (lambda: compiled(loss="mean_square_error"), ["loss", "'mean_squared_error'"]),
    "metric": (lambda: compiled(metrics=["acurracy"]), ["metric", "'acurracy'", "'accuracy'"]),
    "loss_weights": (lambda: compiled(loss_weights="a"), ["loss_weights: expected a finite"]),
    "metrics by output": (lambda: compiled(metrics={"out": "mse"}), ["metrics: a dict", "outputs"]),
    "steps_per_execution": (lambda: compiled(steps_per_execution=0), ["steps_per_execution"]),
    "jit_compile": (lambda: compiled(jit_compile="yes"), ["jit_compile", "'yes'"]),
    "no optimizer": (
        lambda: fit(model=linear(1, 4, optimizer=None, loss="mse")), ["optimizer=None", "'adam'"],
    ),
    "no loss": (lambda: fit(model=linear(1, 4, optimizer="sgd")), ["loss: the model", "has none"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_error_tells(name):
    call, words = CASES[name]
    message = error_of(call)
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in: {message}"


def test_a_missing_flatten_is_suggested():
    model = keras.Sequential([layers.Dense(2)])
    model.compile("sgd", "mse")
    message = error_of(lambda: fit(np.zeros((6, 8, 4)), np.zeros((6, 2)), model))
    assert "y: has shape (6, 2)" in message and "Flatten" in message


def test_nothing_is_trained_when_the_data_are_wrong():
    model = classifier()
    before = model.get_weights()
    for x, y in [(NAN, Y), (X, Y + 1), (X[:, :2], Y)]:
        error_of(lambda x=x, y=y: fit(x, y, model))
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not model.optimizer.built


def test_what_looks_odd_but_is_right_is_taken():
    huge = np.full((12, 4), 3e38, "float32")  # its sum is infinite, none of its values is
    assert np.isfinite(fit(huge * 0.0 + X).history["loss"][0])
    keras.training.checks.check_finite(x=huge)
    fit(X.tolist(), Y.tolist())
    fit(X, Y.astype(float))
    fit(X, Y[:, None])
    fit(X, Y > 0, linear(1, 4, optimizer="sgd", loss="binary_crossentropy"))
    fit(np.ma.masked_greater(X, 1e9))
    fit(class_weight={0: 1.0, 7: 3.0})
    fit(class_weight={np.int64(0): np.float32(2.0)})
    fit(frame(a=range(12), b=range(12), c=range(12), d=range(12)).to_numpy().astype(float))
    fit(keras.layers.Identity()(X))  # a Tensor


def test_losses_of_the_user_take_what_labels_they_like():
    def pairs(y_true, y_pred):
        return (y_pred[:, 0] - y_true[:, 0]) ** 2 * y_true[:, 1]

    fit(X, np.ones((12, 2)), linear(1, 4, optimizer="sgd", loss=pairs))


def test_a_failing_fit_leaves_no_line_open(capsys):
    class Fails(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fit(callbacks=[Fails()], verbose=1)
    assert capsys.readouterr().out == ""
