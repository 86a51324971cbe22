"""The text of summary(), as Keras prints it."""

import contextlib
import io
import random

import pytest

import keras_like as keras
from keras_like import layers


@pytest.fixture(autouse=True)
def names_from_the_beginning(monkeypatch):
    keras.utils.clear_session()
    monkeypatch.setenv("COLUMNS", "100")
    yield
    keras.utils.clear_session()


def cnn():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(3, name="a_dense_layer_with_a_very_long_name_indeed"),
        ],
        name="cnn",
    )


def text_of(model, **arguments):
    parts = []
    model.summary(print_fn=parts.append, **arguments)
    (text,) = parts
    return text


GOLDEN = """\
Model: "cnn"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                 │ (None, 6, 6, 4)        │            40 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 6, 6, 4)        │            16 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ flatten (Flatten)               │ (None, 144)            │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ a_dense_layer_with_a_very_long… │ (None, 3)              │           435 │
│ (Dense)                         │                        │               │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 491 (1.92 KB)
 Trainable params: 483 (1.89 KB)
 Non-trainable params: 8 (32.00 B)
"""

TRAINABLE = """\
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━┓
┃ Layer (type)                ┃ Output Shape          ┃    Param # ┃ Trai… ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━┩
│ conv2d (Conv2D)             │ (None, 6, 6, 4)       │         40 │   N   │
├─────────────────────────────┼───────────────────────┼────────────┼───────┤
│ batch_normalization         │ (None, 6, 6, 4)       │         16 │   Y   │
│ (BatchNormalization)        │                       │            │       │
├─────────────────────────────┼───────────────────────┼────────────┼───────┤
│ flatten (Flatten)           │ (None, 144)           │          0 │   -   │
"""

NESTED = """\
│ cnn (Sequential)                │ (None, 3)              │           491 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│    └ conv2d (Conv2D)            │ (None, 6, 6, 4)        │            40 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│    └ batch_normalization        │ (None, 6, 6, 4)        │            16 │
│ (BatchNormalization)            │                        │               │
"""


def test_table_as_keras_prints_it():
    assert text_of(cnn()) == GOLDEN


def test_standard_output_gets_the_same():
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        cnn().summary()
    assert stream.getvalue() == GOLDEN


def test_trainable_column():
    model = cnn()
    model.layers[0].trainable = False
    text = text_of(model, show_trainable=True)
    assert TRAINABLE in text
    assert " Trainable params: 443 (1.73 KB)\n Non-trainable params: 48 (192.00 B)\n" in text


def test_nested_models():
    model = keras.Sequential([cnn(), layers.Dense(2)])
    assert NESTED in text_of(model, expand_nested=True)
    short = text_of(model)
    assert "cnn (Sequential)" in short and "conv2d" not in short
    assert "Total params: 499 (1.95 KB)" in short


def test_optimizer_counts_once_it_is_built():
    model = cnn()
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    assert "Optimizer params" not in text_of(model)
    model.optimizer.build(model.trainable_variables)
    assert text_of(model).endswith(
        " Total params: 1,379 (5.39 KB)\n Trainable params: 443 (1.73 KB)\n"
        " Non-trainable params: 48 (192.00 B)\n Optimizer params: 888 (3.47 KB)\n"
    )


@pytest.mark.parametrize("length", [45, 50, 60, 76, 100, 120])
def test_line_length(length):
    lines = text_of(cnn(), line_length=length).splitlines()[1:-3]
    assert {len(line) for line in lines} == {length}


def test_positions():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    text = text_of(model, positions=[0.3, 0.6, 1.0])
    assert "┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓" in text


def test_layer_range():
    text = text_of(cnn(), layer_range=["batch_normalization", "flatten"])
    assert "conv2d" not in text and "flatten" in text and "a_dense" not in text
    assert "Total params: 491" in text


def test_narrow_terminals_get_narrow_tables(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert {len(line) for line in text_of(cnn()).splitlines()[1:-3]} == {56}


def test_unbuilt_model_says_what_to_do():
    text = text_of(keras.Sequential([layers.Dense(3)]))
    assert "│ dense (Dense)                   │ ?                      │   0 (unbuilt) │" in text
    assert "Input(shape=...)" in text and "build((None, ...))" in text


def test_subclassed_model():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model = Net()
    assert "not built" in text_of(model)
    model.build((None, 3))
    text = text_of(model)
    assert 'Model: "net"' in text and " Total params: 8 (32.00 B)" in text


def test_output_that_has_no_lines():
    class Ascii(io.StringIO):
        encoding = "ascii"

    stream = Ascii()
    with contextlib.redirect_stdout(stream):
        keras.Sequential([cnn()]).summary(expand_nested=True)
    stream.getvalue().encode("ascii")
    assert "| cnn (Sequential)    " in stream.getvalue()


def test_terminal_gets_colours():
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    stream = Terminal()
    with contextlib.redirect_stdout(stream):
        cnn().summary()
    assert "\x1b[" in stream.getvalue()
    assert "\x1b" not in text_of(cnn())


@pytest.mark.parametrize(
    "wrong, words",
    [
        (dict(layer_range=["flatten"]), "first and the last"),
        (dict(layer_range=["flatten", "nothing"]), "no layer 'nothing'; there are conv2d"),
        (dict(line_length=20), "line_length"),
        (dict(positions=[0.5, 1.0]), "positions: expected 3"),
    ],
)
def test_bad_arguments(wrong, words):
    with pytest.raises(ValueError, match=words):
        cnn().summary(**wrong)


def test_a_summary_leaves_pythons_random_numbers_alone():
    state = random.getstate()
    text_of(cnn())
    assert random.getstate() == state
