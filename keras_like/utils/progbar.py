"""A progress bar for terminals and notebooks, one plain line for files and pipes."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable
from typing import Any, TextIO

__all__ = ["Progbar", "is_live", "write"]

BOLD, GREEN, GREY, PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"
CLEAR_LINE = "\r\x1b[K"


def is_live(stream: TextIO | None) -> bool:
    """Whether a line on this stream can be written over: a terminal or a notebook's cell."""
    return stream is not None and (_is_terminal(stream) or _is_notebook(stream))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # no file at all, or a closed one
        return False


def _is_notebook(stream: TextIO) -> bool:
    return type(stream).__module__.partition(".")[0] == "ipykernel"


class Progbar:
    """Shows how far a loop is, how long it takes, and some values.

        bar = Progbar(len(batches))
        for i, batch in enumerate(batches):
            bar.update(i + 1, [("loss", train(batch))])

    target: the number of steps, None if unknown.
    width: of the bar, in characters.
    verbose: 0 silent, 1 a bar on a terminal or in a notebook and one line at the end elsewhere,
        2 one line at the end everywhere.
    interval: the shortest time between two refreshes, in seconds.
    stateless_metrics: names of values to average over the steps; others are shown as they are.
    stateful_metrics: as others; Keras's older word for them.
    unit_name: the word for a step.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.1,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self._averaged = set(stateless_metrics or ()) - set(stateful_metrics or ())
        self._values: dict[str, Any] = {}
        self._sums: dict[str, float] = {}
        self._seen = 0
        self._start = time.perf_counter()
        self._after_first: float | None = None
        self._last_shown = self._start
        self._open = False  # whether the cursor stands behind a bar that is not finished

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Shows that `current` steps are done.

        values: pairs of a name and a number.
        finalize: whether this is the last time; by default when `current` reaches the target.
        """
        now = time.perf_counter()
        if self._after_first is None:
            self._after_first = now  # the first step is often slow and tells little of the rest
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._values[name] = self._value(name, value, current)
        self._seen = current
        if finalize:
            self._finish(current)
        elif self.verbose == 1 and now - self._last_shown >= self.interval:
            stream = sys.stdout
            if is_live(stream):
                write(stream, self._redrawn(self._bar_line(current, False, stream), stream))
                self._open = True
            self._last_shown = now

    def _value(self, name: str, value: Any, current: int) -> Any:
        if name not in self._averaged:
            return value
        self._sums[name] = self._sums.get(name, 0.0) + float(value) * (current - self._seen)
        return self._sums[name] / max(current, 1)

    def _finish(self, current: int) -> None:
        stream = sys.stdout
        if self.target is None:
            self.target = current  # now it is known
        if self.verbose == 1 and is_live(stream):
            line = self._redrawn(self._bar_line(current, True, stream), stream)
        elif self.verbose:
            line = self._plain_line(current)
        else:
            return
        write(stream, line + "\n")
        self._open = False

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Shows that `n` more steps are done."""
        self.update(self._seen + n, values)

    def close(self) -> None:
        """Ends the line of a bar that was left in the middle."""
        if self._open:
            write(sys.stdout, "\n")
            self._open = False

    # What a line is made of.

    def _plain_line(self, current: int) -> str:
        elapsed = time.perf_counter() - self._start
        each = self._duration_of_step(elapsed / max(current, 1))
        return f"{current}/{self.target} - {elapsed:.0f}s - {each}{self._shown_values()}"

    def _bar_line(self, current: int, finalize: bool, stream: TextIO) -> list[tuple[str, str]]:
        """Pieces of the line, each with its colour."""
        now = time.perf_counter()
        pieces = self._pieces_of_bar(current, stream)
        steps_after_first = current - 1
        if steps_after_first > 0 and self._after_first is not None and not finalize:
            each = (now - self._after_first) / steps_after_first
        else:
            each = (now - self._start) / max(current, 1)
        if finalize or self.target is None:
            clock = f"{now - self._start:.0f}s"
        else:
            clock = _time_left(each * (self.target - current))
        pieces += [(f"{clock}", BOLD), (f" {self._duration_of_step(each)}", "")]
        return [*pieces, (self._shown_values(), "")]

    def _pieces_of_bar(self, current: int, stream: TextIO) -> list[tuple[str, str]]:
        if self.target is None:
            return [(f"{current:>7}/Unknown ", "")]
        digits = len(str(self.target))
        filled = int(self.width * min(current / max(self.target, 1), 1))
        full, empty = ("━", "━") if _can_show("━", stream) else ("=", ".")
        return [
            (f"{current:>{digits}}/{self.target}", BOLD),
            (" ", ""),
            (full * filled, GREEN),
            (empty * (self.width - filled), GREY),
            (" ", ""),
        ]

    def _duration_of_step(self, seconds: float) -> str:
        if seconds >= 1 or seconds == 0:
            return f"{seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f"{seconds * 1e3:.0f}ms/{self.unit_name}"
        return f"{seconds * 1e6:.0f}us/{self.unit_name}"

    def _shown_values(self) -> str:
        parts = []
        for name, value in self._values.items():
            number = float(value)
            form = ".4f" if abs(number) > 1e-3 else ".4e"
            parts.append(f" - {name}: {number:{form}}")
        return "".join(parts)

    @staticmethod
    def _redrawn(pieces: list[tuple[str, str]], stream: TextIO) -> str:
        """The line over the present one; on a terminal in colour and no wider than it is."""
        if not _is_terminal(stream):
            # No colours, and no code to clear the line: blanks cover what is left of the last.
            return "\r" + "".join(text for text, _ in pieces).ljust(79)
        left = shutil.get_terminal_size().columns - 1  # a wrapped line could not be written over
        out = CLEAR_LINE
        for text, colour in pieces:
            text, left = text[:left], left - len(text[:left])
            out += f"{colour}{text}{PLAIN}" if colour and text else text
        return out


def _time_left(seconds: float) -> str:
    if seconds >= 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds >= 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    return f"{seconds:.0f}s"


def _can_show(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def write(stream: TextIO | None, text: str) -> None:
    """Writes at once; a stream that is closed or missing gets nothing."""
    if stream is None or getattr(stream, "closed", False):
        return
    stream.write(text)
    stream.flush()
