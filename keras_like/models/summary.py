"""The table that `model.summary()` prints, as Keras prints it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from keras_like.utils.progbar import write
from nn.layers import Layer
from nn.variable import Variable

__all__ = ["print_summary"]

WIDEST = 80
POSITIONS = (0.45, 0.80, 1.0)
POSITIONS_WITH_TRAINABLE = (0.40, 0.73, 0.90, 1.0)
PARAMETERS, TRAINABLE = 2, 3  # columns
# Borders and edges, from the top: above the titles, beside them, below them, beside a row, between
# rows, below the last.
LINES = ("┏━┳┓", "┃", "┡━╇┩", "│", "├─┼┤", "└─┴┘")
ASCII = ("+-++", "|", "+-++", "|", "+-++", "+-++")
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
    columns = shutil.get_terminal_size((WIDEST, 24)).columns
    width = min(columns, WIDEST) - 4 if line_length is None else int(line_length)
    rows = list(_rows(model, expand_nested, show_trainable))
    if layer_range is not None:
        rows = _between(rows, layer_range)
    colour = print_fn is None and getattr(stream, "isatty", lambda: False)()
    ascii_only = print_fn is None and not _can_show_lines(stream)
    cells, sizes = _table([cells for _, cells in rows], width, positions, show_trainable)
    title = f'Model: "{model.name}"'
    lines = [f"\x1b[1m{title}\x1b[0m" if colour else title]
    lines += _rendered(cells, sizes, colour, ascii_only)
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


def _table(
    rows: list[list[str]], width: int, positions: Sequence[float] | None, show_trainable: bool
) -> tuple[list[list[str]], list[int]]:
    """The cells with the titles first, and the columns' widths."""
    titles = ["Layer (type)", "Output Shape", "Param #"]
    if show_trainable:
        titles.append("Trainable")
    positions = positions or (POSITIONS_WITH_TRAINABLE if show_trainable else POSITIONS)
    return [titles, *rows], _column_widths(width, positions, len(titles))


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


def _rendered(
    cells: list[list[str]], sizes: list[int], colour: bool, ascii_only: bool
) -> Iterator[str]:
    """The lines of the table: heavy around the titles, light around the layers."""
    box = ASCII if ascii_only else LINES
    yield _border(box[0], sizes)
    for number, row in enumerate(cells):
        if number:
            yield _border(box[2 if number == 1 else 4], sizes)
        edge = box[1 if number == 0 else 3]
        wrapped = [_wrapped(text, size) for text, size in zip(row, sizes, strict=True)]
        for line in zip_longest(*wrapped, fillvalue=""):
            texts = [
                _coloured(column, number, _justified(column, text, size), colour)
                for column, (text, size) in enumerate(zip(line, sizes, strict=True))
            ]
            yield f"{edge} {f' {edge} '.join(texts)} {edge}"
    yield _border(box[5], sizes)


def _border(characters: str, sizes: list[int]) -> str:
    left, line, between, right = characters
    return left + between.join(line * (size + 2) for size in sizes) + right


def _wrapped(text: str, size: int) -> list[str]:
    """Lines of at most `size` characters, broken at blanks; longer words are cut."""
    lines = [text[: len(text) - len(text.lstrip())]]
    for word in text.split():
        separator = " " if lines[-1].strip() else ""
        if len(lines[-1] + separator + word) <= size:
            lines[-1] += separator + word
        else:
            word = word if len(word) <= size else f"{word[: size - 1]}…"
            lines = [*lines, word] if lines[-1].strip() else [*lines[:-1], word]
    return lines


def _justified(column: int, text: str, size: int) -> str:
    if column == PARAMETERS:
        return text.rjust(size)
    return text.center(size) if column == TRAINABLE else text.ljust(size)


def _coloured(column: int, row: int, text: str, colour: bool) -> str:
    if not colour or not text.strip():
        return text
    if row == 0:
        return f"\x1b[1m{text}\x1b[0m"
    if column == PARAMETERS:
        return f"\x1b[32m{text}\x1b[0m"
    name, bracket, kind = text.partition("(")
    return f"{name}\x1b[34m{bracket}{kind}\x1b[0m" if column == 0 and bracket else text


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
