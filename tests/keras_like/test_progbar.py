"""The progress bar: on a terminal, in a file, when interrupted."""

import contextlib
import io
import re

import pytest

from keras_like.utils import Progbar, progbar


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on when it is told to."""

    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(progbar.time, "perf_counter", made)
    return made


def shown(stream, run):
    with contextlib.redirect_stdout(stream):
        run()
    return stream.getvalue()


def plain(text):
    """Text without colours and without codes to clear a line."""
    return re.sub(r"\x1b\[\d*[mK]", "", text)


def steps(clock, count, seconds, **arguments):
    def run():
        bar = Progbar(count, **arguments)
        for i in range(count):
            clock.now += seconds
            bar.update(i + 1, [("accuracy", 0.25), ("loss", 0.00001 * i)])

    return run


def test_terminal_shows_a_bar_that_is_drawn_over(monkeypatch, clock):
    monkeypatch.setenv("COLUMNS", "120")
    text = shown(Terminal(), steps(clock, 4, 0.5))
    assert text.count("\n") == 1 and text.endswith("\n")
    lines = plain(text).rstrip("\n").split("\r")[1:]
    bar = "━" * 20
    # The first step counts alone until there are others.
    assert lines == [
        f"1/4 {bar} 2s 500ms/step - accuracy: 0.2500 - loss: 0.0000e+00",
        f"2/4 {bar} 1s 500ms/step - accuracy: 0.2500 - loss: 1.0000e-05",
        f"3/4 {bar} 0s 500ms/step - accuracy: 0.2500 - loss: 2.0000e-05",
        f"4/4 {bar} 2s 500ms/step - accuracy: 0.2500 - loss: 3.0000e-05",
    ]
    green = re.findall(r"\x1b\[32m(━*)", text)
    assert [len(part) for part in green] == [5, 10, 15, 20]


def test_terminal_is_refreshed_ten_times_a_second_at_most(monkeypatch, clock):
    text = shown(Terminal(), steps(clock, 5000, 0.001))
    assert 45 <= text.count("\r") <= 51


def test_file_gets_one_line_at_the_end(monkeypatch, clock):
    text = shown(io.StringIO(), steps(clock, 2, 0.027))
    assert text == "2/2 - 0s - 27ms/step - accuracy: 0.2500 - loss: 1.0000e-05\n"


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_verbose_2_is_a_line_and_verbose_0_nothing(monkeypatch, clock, stream):
    text = shown(stream(), steps(clock, 3, 2.5, verbose=2))
    assert text == "3/3 - 8s - 2s/step - accuracy: 0.2500 - loss: 2.0000e-05\n"
    assert shown(stream(), steps(clock, 3, 2.5, verbose=0)) == ""


def test_durations(monkeypatch, clock):
    for seconds, words in [(0.0004, "400us/step"), (0.004, "4ms/step"), (3, "3s/step")]:
        assert words in shown(io.StringIO(), steps(clock, 2, seconds))


def test_time_left(monkeypatch, clock):
    def run():
        bar = Progbar(10000)
        for i in range(3):
            clock.now += 2
            bar.update(i + 1)

    lines = plain(shown(Terminal(), run)).split("\r")
    assert "5:33:14 2s/step" in lines[-1]


def test_unknown_length(monkeypatch, clock):
    def run():
        bar = Progbar(None)
        for i in range(3):
            clock.now += 1
            bar.update(i + 1, [("loss", 2.0)])
        bar.update(3, finalize=True)

    lines = plain(shown(Terminal(), run)).rstrip("\n").split("\r")
    assert lines[1] == "      1/Unknown 1s 1s/step - loss: 2.0000"
    assert len(lines) == 5
    assert shown(io.StringIO(), run) == "3/3 - 3s - 1s/step - loss: 2.0000\n"


def test_line_is_not_wider_than_the_terminal(monkeypatch, clock):
    monkeypatch.setenv("COLUMNS", "40")
    lines = plain(shown(Terminal(), steps(clock, 3, 1.0))).rstrip("\n").split("\r")
    assert max(map(len, lines)) == 39


def test_close_ends_the_line_once(monkeypatch, clock):
    def run():
        bar = Progbar(3)
        clock.now += 1
        bar.update(1)
        bar.close()
        bar.close()

    assert shown(Terminal(), run).count("\n") == 1
    assert shown(io.StringIO(), run) == ""


def test_stateless_values_are_averaged_over_steps(monkeypatch, clock):
    def run():
        bar = Progbar(4, stateless_metrics=["loss"])
        bar.update(1, [("loss", 1.0), ("other", 1.0)])
        bar.add(3, [("loss", 3.0), ("other", 3.0)])

    assert "loss: 2.5000 - other: 3.0000" in shown(io.StringIO(), run)


def test_terminal_without_box_characters(monkeypatch, clock):
    class Ascii(Terminal):
        encoding = "ascii"

    text = shown(Ascii(), steps(clock, 2, 1.0))
    assert "==========.........." in plain(text)
    plain(text).encode("ascii")


def test_notebook_has_one_live_line_without_codes(monkeypatch, clock):
    class OutStream(io.StringIO):
        encoding = "utf-8"

    OutStream.__module__ = "ipykernel.iostream"
    text = shown(OutStream(), steps(clock, 3, 1.0))
    assert text.count("\r") == 3 and text.count("\n") == 1 and "\x1b" not in text


def test_closed_or_missing_output_is_left_alone(monkeypatch, clock):
    closed = io.StringIO()
    closed.close()
    for stream in (closed, None):
        with contextlib.redirect_stdout(stream):
            steps(clock, 2, 1.0)()
