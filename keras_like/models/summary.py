"""The table that `model.summary()` prints, as Keras prints it."""

from __future__ import annotations

import io
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from keras_like.utils.progbar import write
from nn.layers import Layer
from nn.variable import Variable

__all__ = ["print_summary"]

WIDEST = 80
POSITIONS = (0.45, 0.80, 1.0)
POSITIONS_WITH_TRAINABLE = (0.40, 0.73, 0.90, 1.0)
PARAMETERS = 2  # the column of the numbers
TITLES: tuple[tuple[str, Any], ...] = (
    ("Layer (type)", "left"),
    ("Output Shape", "left"),
    ("Param #", "right"),
    ("Trainable", "center"),
)
UNITS = ("B", "KB", "MB", "GB", "TB")


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Prints the summary of a model; the arguments are those of `Model.summary`."""
    stream = sys.stdout
    terminal = shutil.get_terminal_size((WIDEST, 24)).columns
    width = min(terminal, WIDEST) - 4 if line_length is None else int(line_length)
    rows = list(_rows(model, expand_nested, show_trainable))
    if layer_range is not None:
        rows = _between(rows, layer_range)
    colour = print_fn is None and getattr(stream, "isatty", lambda: False)()
    ascii_only = print_fn is None and not _can_show_lines(stream)
    columns = len(TITLES) if show_trainable else len(TITLES) - 1
    positions = positions or (POSITIONS_WITH_TRAINABLE if show_trainable else POSITIONS)
    sizes = _column_widths(width, positions, columns)
    title = f'Model: "{model.name}"'
    lines = [f"\x1b[1m{title}\x1b[0m" if colour else title]
    lines.append(_rendered([cells for _, cells in rows], sizes, colour, ascii_only))
    lines += [f" {line}" for line in _totals(model)]
    text = "\n".join(lines) + "\n"
    if ascii_only:
        text = text.replace("…", "~").replace("└", "-")
    if print_fn is not None:
        print_fn(text)
    else:
        write(stream, text)


# The rows.


def _rows(
    model: Any, expand_nested: bool, show_trainable: bool, depth: int = 0
) -> Iterator[tuple[str, list[str]]]:
    """For every layer its name and the cells of its row."""
    layers = model.layers
    shapes = getattr(model, "output_shapes", None) or [None] * len(layers)
    indent = f"{'   ' * depth}└ " if depth else ""
    for layer, shape in zip(layers, shapes, strict=True):
        cells = [
            f"{indent}{layer.name} ({type(layer).__name__})",
            _shown_shape(layer, shape),
            f"{_count(layer.weights):,}" if layer.built else "0 (unbuilt)",
        ]
        if show_trainable:
            cells.append("-" if not layer.weights else "Y" if layer.trainable else "N")
        yield layer.name, cells
        if expand_nested and getattr(layer, "layers", None):
            yield from _rows(layer, True, show_trainable, depth + 1)


def _shown_shape(layer: Layer, shape: Any) -> str:
    if shape is None:
        shape = getattr(layer, "output_shape", None)
    return "?" if shape is None else str(tuple(shape))


def _between(
    rows: list[tuple[str, list[str]]], layer_range: Sequence[str]
) -> list[tuple[str, list[str]]]:
    if len(layer_range) != 2:
        raise ValueError(
            f"layer_range: expected the names of the first and the last layer, got {layer_range!r}"
        )
    names = [name for name, _ in rows]
    for name in layer_range:
        if name not in names:
            known = ", ".join(names)
            raise ValueError(f"layer_range: there is no layer {name!r}; there are {known}")
    first, last = (names.index(name) for name in layer_range)
    return rows[min(first, last) : max(first, last) + 1]


# The table.


def _column_widths(width: int, positions: Sequence[float], columns: int) -> list[int]:
    """Characters inside each column when the columns end at these shares of the width.

    A column has a border and a blank on either side; the closing border is taken from the second.
    """
    if len(positions) != columns:
        raise ValueError(
            f"positions: expected {columns} numbers, one a column, got {list(positions)}"
        )
    ends = [int(width * p) if p <= 1 else int(p) for p in positions]
    ends[-1] = width
    sizes = [end - start - 3 for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    sizes[1] -= 1
    if min(sizes) < 3:
        raise ValueError(
            f"line_length: {width} characters with positions {list(positions)} leave a column no "
            "room; the positions must grow, and 40 characters are needed"
        )
    return sizes


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """rich draws from Python's `random` when styles are made; seeded programs must not see that."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def _rendered(rows: list[list[str]], sizes: list[int], colour: bool, ascii_only: bool) -> str:
    """The table as text: heavy lines around the titles, light ones around the layers."""
    with _random_state_kept():
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.ASCII2 if ascii_only else box.HEAVY_HEAD, show_lines=True)
        for (title, justify), size in zip(TITLES, sizes, strict=False):
            table.add_column(title, justify=justify, width=size)
        for row in rows:
            table.add_row(*(Text(cell, style=_style(i)) for i, cell in enumerate(row)))
        stream = io.StringIO()
        Console(
            file=stream,
            width=sum(sizes) + 3 * len(sizes) + 1,
            force_terminal=colour,
            color_system="standard" if colour else None,
            legacy_windows=False,
        ).print(table)
    return stream.getvalue().rstrip("\n")


def _style(column: int) -> str:
    return "green" if column == PARAMETERS else ""


def _can_show_lines(stream: Any) -> bool:
    try:
        "┏".encode(getattr(stream, "encoding", None) or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


# The totals.


def _totals(model: Any) -> list[str]:
    if not model.built:
        return [
            "The model is not built: its weights are made for a shape of input it has not seen.",
            "Give the first layer's shape with Input(shape=...), call build((None, ...)), or call",
            "the model on data.",
        ]
    trainable = model.trainable_variables
    frozen = model.non_trainable_variables
    optimizer = getattr(model, "optimizer", None)
    state = list(optimizer.variables) if optimizer is not None and optimizer.built else []
    lines = [
        _total("Total params", [*trainable, *frozen, *state]),
        _total("Trainable params", trainable),
        _total("Non-trainable params", frozen),
    ]
    return [*lines, _total("Optimizer params", state)] if state else lines


def _count(variables: Sequence[Variable]) -> int:
    return sum(v.size for v in variables)


def _total(title: str, variables: Sequence[Variable]) -> str:
    size: float = sum(v.size * np.dtype(v.dtype).itemsize for v in variables)
    unit = 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size /= 1024
        unit += 1
    return f"{title}: {_count(variables):,} ({size:.2f} {UNITS[unit]})"
