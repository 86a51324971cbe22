"""When callbacks are called and with what; what fit prints."""

import contextlib
import copy
import io
import re
import sys

import numpy as np
import pytest

import keras_like as keras
from keras_like.callbacks import Callback, CallbackList, History, ProgbarLogger
from tests.keras_like.common import Recorder, classifier, labelled

X, Y = labelled(10)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def printed(call, stream=None):
    stream = stream or io.StringIO()
    with contextlib.redirect_stdout(stream):
        call()
    return re.sub(r"\x1b\[\d*[mK]", "", stream.getvalue())


def test_order_of_moments_in_fit():
    recorder = Recorder()
    model = classifier()
    model.fit(X, Y, batch_size=5, epochs=2, validation_data=(X[:5], Y[:5]), callbacks=[recorder],
              verbose=0)  # fmt: skip
    batches = [(f"train_batch_{end}", i) for i in (0, 1) for end in ("begin", "end")]
    test = [("test_begin",), ("test_batch_begin", 0), ("test_batch_end", 0), ("test_end",)]
    epochs = [
        moment
        for epoch in (0, 1)
        for moment in [("epoch_begin", epoch), *batches, *test, ("epoch_end", epoch)]
    ]
    assert recorder.moments == [("train_begin",), *epochs, ("train_end",)]
    assert recorder.model is model
    assert recorder.params == {"verbose": 0, "epochs": 2, "steps": 2}


def test_order_of_moments_in_evaluate_and_predict():
    recorder = Recorder()
    classifier().evaluate(X, Y, batch_size=9, callbacks=[recorder], verbose=0)
    classifier().predict(X, batch_size=9, callbacks=[recorder])
    for kind in ("test", "predict"):
        moments = [m for m in recorder.moments if m[0].startswith(kind)]
        assert moments == [
            (f"{kind}_begin",),
            *[(f"{kind}_batch_{end}", i) for i in (0, 1) for end in ("begin", "end")],
            (f"{kind}_end",),
        ]
    outputs = [logs["outputs"] for logs in recorder.logs if logs and "outputs" in logs]
    assert [len(o) for o in outputs] == [9, 1]


def test_logs_are_means_over_the_epoch_so_far():
    class Losses(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(dict(logs))

    seen = []
    model = classifier(optimizer=keras.optimizers.SGD(0.0), metrics=["accuracy"])
    each = [model.evaluate(X[i : i + 4], Y[i : i + 4], verbose=0)[0] for i in (0, 4, 8)]
    model.fit(X, Y, batch_size=4, shuffle=False, callbacks=[Losses()], verbose=0)
    expected = [each[0], (each[0] + each[1]) / 2, (4 * each[0] + 4 * each[1] + 2 * each[2]) / 10]
    assert [logs["loss"] for logs in seen] == pytest.approx(expected)
    assert list(seen[0]) == ["accuracy", "loss"] and type(seen[0]["loss"]) is float


def test_what_a_callback_adds_to_the_logs_is_in_the_history():
    class Adds(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["rate"] = 0.5**epoch

    history = classifier().fit(X, Y, epochs=2, callbacks=Adds(), verbose=0).history
    assert history["rate"] == [1.0, 0.5]


def test_older_names_of_batch_moments():
    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            seen.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            seen.append(("end", batch, "loss" in logs))

    seen = []
    classifier().fit(X, Y, callbacks=[Old()], verbose=0)
    assert seen == [("begin", 0), ("end", 0, True)]


def test_functions_set_on_an_instance_are_called():
    seen = []
    callback = Callback()
    callback.on_train_batch_end = lambda batch, logs: seen.append(batch)
    classifier().fit(X, Y, batch_size=5, callbacks=[callback], verbose=0)
    assert seen == [0, 1]


def test_list_calls_only_who_listens():
    class Listens(Callback):
        def on_test_batch_end(self, batch, logs=None):
            pass

    callbacks = CallbackList([Callback(), Listens()], add_history=True, epochs=3)
    assert callbacks.listens_to("test_batch_end") and not callbacks.listens_to("train_batch_end")
    assert type(callbacks.history) is History and callbacks.params == {"epochs": 3}
    callbacks.append(ProgbarLogger())
    assert callbacks.listens_to("train_batch_end")
    assert callbacks.callbacks[-1].params == {"epochs": 3}


def test_a_history_of_the_users_own_is_used():
    own = History()
    model = classifier()
    assert model.fit(X, Y, callbacks=[own], verbose=0) is own
    model.fit(X, Y, epochs=2, callbacks=[own], verbose=0)
    assert len(own.history["loss"]) == 3 and own.epoch == [0, 1]
    assert copy.deepcopy(own).history == own.history


# What is printed.

NUMBER = r"\d\.\d{4}(e-\d\d|e\+00)?"
LINE = r"%d/%d - \d+s - \d+.?s/step - accuracy: " + NUMBER + " - loss: " + NUMBER
VALIDATED = LINE + " - val_accuracy: " + NUMBER + " - val_loss: " + NUMBER


@pytest.mark.parametrize("verbose", ["auto", 1, 2, True])
def test_file_gets_two_lines_an_epoch(verbose):
    model = classifier(metrics=["accuracy"])
    text = printed(lambda: model.fit(X, Y, epochs=2, validation_split=0.2, verbose=verbose))
    lines = text.splitlines()
    assert lines[0] == "Epoch 1/2" and lines[2] == "Epoch 2/2" and len(lines) == 4
    assert all(re.fullmatch(VALIDATED % (1, 1), line) for line in lines[1::2]), lines


def test_one_epoch_has_no_heading_as_in_keras():
    model = classifier(metrics=["accuracy"])
    text = printed(lambda: model.fit(X, Y, batch_size=4))
    assert re.fullmatch(LINE % (3, 3) + "\n", text), text


def test_silence():
    model = classifier(metrics=["accuracy"])

    def run():
        model.fit(X, Y, validation_split=0.2, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X)
        model.predict(X, batch_size=3)

    assert printed(run) == ""
    stream = Terminal()
    printed(lambda: model.predict(X), stream)
    assert stream.getvalue() == ""


def test_terminal_has_a_bar_that_ends_with_the_validation(monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    model = classifier(metrics=["accuracy"])
    text = printed(lambda: model.fit(X, Y, epochs=2, validation_split=0.2), Terminal())
    lines = [line.split("\r")[-1] for line in text.split("\n")]
    assert lines[0] == "Epoch 1/2" and len(lines) == 5
    pattern = r"1/1 ━{20} \d+s \d+.?s/step - accuracy.* - loss.* - val_accuracy.* - val_loss.*"
    assert re.fullmatch(pattern, lines[1]), lines[1]
    evaluated = printed(lambda: model.evaluate(X, Y), Terminal())
    assert re.search(r"1/1 ━{20} .*step - accuracy: .* - loss: .*\n$", evaluated)
    assert re.search(r"4/4 ━{20} .*step\n$", printed(lambda: model.predict(X, 3), Terminal()))


def test_evaluate_and_predict_print_a_line_when_asked():
    model = classifier(metrics=["accuracy"])
    text = printed(lambda: model.evaluate(X, Y, batch_size=4))
    assert re.fullmatch(LINE % (3, 3) + "\n", text), text
    assert re.fullmatch(r"3/3 - .*/step\n", printed(lambda: model.predict(X, 4, verbose=2)))


def test_interrupt_closes_the_bar():
    class Slow(Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    class AtOnce(ProgbarLogger):
        def on_epoch_begin(self, epoch, logs=None):
            super().on_epoch_begin(epoch, logs)
            self._bar.interval = 0.0

    def run():
        with pytest.raises(KeyboardInterrupt):
            classifier().fit(X, Y, batch_size=2, callbacks=[AtOnce(), Slow()])

    text = printed(run, Terminal())
    assert "3/5" in text and text.endswith("\n") and text.count("\n") == 1


def test_closed_output_does_not_stop_the_training(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    model = classifier()
    model.fit(X, Y, epochs=2)
    assert len(model.history.epoch) == 2


def test_steps_of_a_stream_are_known_after_its_first_epoch():
    class Source:
        def __iter__(self):
            return iter([(X, Y)] * 3)

    lines = printed(lambda: classifier().fit(Source(), epochs=2)).splitlines()
    assert [line[:4] for line in lines[1::2]] == ["3/3 ", "3/3 "]
    text = printed(lambda: classifier().fit(Source(), epochs=2), Terminal())
    assert "3/3 ━" in text


def test_array_metrics_are_kept_as_arrays():
    class PerClass(keras.Model):
        def call(self, inputs):
            return inputs

        def train_step(self, data):
            return {"each": np.array([0.1, 0.2]), "nested": {"b": 2, "a": 1}}

    model = PerClass()
    model.compile()
    history = model.fit(X, Y, verbose=0).history
    assert history["each"][0].tolist() == [0.1, 0.2]
    assert list(history) == ["each", "a", "b"]
