"""What a failed gradient check says: the worst entry, how far off, and what may be the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.graph import Node, topological_order
from autograd_core.tensor import Tensor

if TYPE_CHECKING:
    from autograd_core.gradcheck.function import CheckedFunction

__all__ = ["Entries", "GradientCheckError", "failure", "operator_names"]


class GradientCheckError(AssertionError):
    """An analytic derivative disagrees with finite differences, or the function cannot be trusted.

    order: which derivative (1 for the gradient). mode: "rev", "fwd" or None.
    argument, index: where the worst entry is, e.g. "args[0]['w']" and (1, 2), or None.
    analytic, numeric: its two values, or None.
    operators: names of the operators recorded in the checked function.
    """

    def __init__(
        self,
        message: str,
        *,
        order: int = 1,
        mode: str | None = None,
        argument: str | None = None,
        index: tuple[int, ...] | None = None,
        analytic: float | None = None,
        numeric: float | None = None,
        operators: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.order = order
        self.mode = mode
        self.argument = argument
        self.index = index
        self.analytic = analytic
        self.numeric = numeric
        self.operators = operators


@dataclass(frozen=True)
class Entries:
    """Analytic and numeric derivatives by input k, one column an entry of it, one row an output.

    columns: the flat index of each column's entry; None when the only column is `direction`.
    projection: the weights when the only row is a weighted sum of all outputs.
    missing: no path of the graph led from the outputs to this input.
    """

    k: int
    analytic: np.ndarray
    numeric: np.ndarray
    columns: np.ndarray | None
    direction: np.ndarray | None = None
    projection: np.ndarray | None = None
    missing: bool = False

    def wrong(self, allowed: Any) -> np.ndarray:
        """A mask of the entries that do not agree; not-a-numbers never do."""
        return ~(np.abs(self.analytic - self.numeric) <= allowed)


def operator_names(outputs: Sequence[Any]) -> tuple[str, ...]:
    """Names of the operators recorded behind the outputs, in the order of their first use."""
    return tuple(dict.fromkeys(node.name for node in _nodes(outputs) if node.name != "output"))


def _nodes(outputs: Sequence[Any]) -> list[Node]:
    roots = {o.node for o in outputs if isinstance(o, Tensor) and o.node is not None}
    try:
        return topological_order(roots)[::-1]
    except RuntimeError:  # a part was released by a backward inside the function
        return []


def failure(
    fn: CheckedFunction, mode: str, entries: Entries, allowed: Any, eps: float
) -> GradientCheckError:
    """The error for entries of which at least one is wrong."""
    k = entries.k
    wrong = entries.wrong(allowed)
    gaps = np.abs(entries.analytic - entries.numeric)
    sizes = np.maximum(np.abs(entries.analytic), np.abs(entries.numeric))
    relative = np.divide(gaps, sizes, out=np.zeros_like(gaps), where=sizes > 0)
    row, column = np.unravel_index(int(np.argmax(gaps / np.maximum(allowed, 1e-300))), gaps.shape)
    analytic = float(entries.analytic[row, column])
    numeric = float(entries.numeric[row, column])
    limit = float(np.broadcast_to(allowed, gaps.shape)[row, column])
    argument = fn.input_names[k]
    index = None
    if entries.columns is not None:
        flat = int(entries.columns[column])
        index = tuple(int(i) for i in np.unravel_index(flat, fn.point[k].shape))
    of = "random sum of outputs" if entries.projection is not None else _output_name(fn, int(row))
    by = f"{argument} along a random direction" if index is None else _entry(argument, index)
    ways = {"rev": "reverse mode", "fwd": "forward mode"}
    order = len(fn.path) + 1
    ways_there = ", then ".join(ways[m] for m in (*fn.path, mode))
    hints = _smoothness_hints(fn, entries, (int(row), int(column)), eps)
    title = "the analytic derivative disagrees with central differences"
    if entries.missing and not hints:
        title = f"no derivative reaches {argument}, though the differences are not zero"
    lines = [
        f"check_grads: {title}",
        f"  order         {order} ({ways_there})",
        f"  worst entry   d {of} / d {by}",
        f"  analytic      {analytic!r}",
        f"  numeric       {numeric!r}",
        f"  difference    absolute {gaps[row, column]:.3g}, relative {relative[row, column]:.3g}; "
        f"allowed {limit:.3g}",
        f"  all entries   {np.count_nonzero(wrong)} of {wrong.size} wrong; largest differences "
        f"absolute {gaps.max():.3g}, relative {relative.max():.3g}",
        f"  operators     {_shortened(fn.operators)}",
    ]
    hints += _precision_hints(fn)
    lines += [f"  hint          {hint}" for hint in hints or [_rule_hint(entries, wrong)]]
    return GradientCheckError(
        "\n".join(lines),
        order=order,
        mode=mode,
        argument=argument,
        index=index,
        analytic=analytic,
        numeric=numeric,
        operators=fn.operators,
    )


def _entry(name: str, index: tuple[int, ...]) -> str:
    return f"{name}{list(index)}" if index else name


def _output_name(fn: CheckedFunction, row: int) -> str:
    for name, value in zip(fn.output_names, fn.values, strict=True):
        if row < value.size:
            return _entry(name, tuple(int(i) for i in np.unravel_index(row, value.shape)))
        row -= value.size
    raise IndexError(row)


def _shortened(names: tuple[str, ...], most: int = 30) -> str:
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none recorded"


# Hints: each rests on something measured.


def _smoothness_hints(
    fn: CheckedFunction, entries: Entries, worst: tuple[int, int], eps: float
) -> list[str]:
    left, right, wide_left, wide_right = _slopes(fn, entries, worst, eps)
    numeric, wide = (left + right) / 2, (wide_left + wide_right) / 2
    gap = abs(float(entries.analytic[worst]) - numeric)
    bend, wide_bend = abs(right - left), abs(wide_right - wide_left)
    advice = "choose another point (testing.arrays has avoid= and unique=)"
    if abs(4 * wide - numeric) < 0.1 * gap:  # the same change over a step four times as wide
        return [f"a jump: the values on both sides differ however small the step; {advice}"]
    # The bend grows with the step where the function is smooth, stays at a kink, falls with noise.
    if bend > 0.5 * gap and 0.5 * bend < wide_bend < 2 * bend:
        return [f"a kink: the slopes to the left and right are {left:.6g}, {right:.6g}; {advice}"]
    if (bend > 0.5 * gap and wide_bend <= 0.5 * bend) or abs(wide - numeric) > 0.5 * gap:
        return [
            f"rough or noisy: a step of {4 * eps:.1e} gives {wide:.6g} instead; choose another "
            "point, or eps"
        ]
    return []


def _precision_hints(fn: CheckedFunction) -> list[str]:
    other: dict[str, str] = {}  # dtype: the first operator that gave it
    for node in _nodes(fn.call(fn.fresh(), True)):
        if isinstance(node.dtype, np.dtype) and node.dtype != np.float64:
            other.setdefault(str(node.dtype), node.name)
    return [
        f"'{name}' computes in {dtype}, whose rounding spoils differences; use float64 throughout"
        for dtype, name in other.items()
    ]


def _slopes(
    fn: CheckedFunction, entries: Entries, worst: tuple[int, int], eps: float
) -> tuple[float, float, float, float]:
    """Slopes to the left and right at the worst entry, over the step and one four times as wide."""
    row, column = worst
    if entries.columns is None:
        direction = np.asarray(entries.direction)
        scale = 1.0
    else:
        direction = np.zeros(fn.point[entries.k].shape)
        flat = int(entries.columns[column])
        direction.reshape(-1)[flat] = 1.0
        scale = max(1.0, abs(float(fn.point[entries.k].reshape(-1)[flat])))

    def value(point: list[np.ndarray]) -> float:
        vector = fn.evaluate(point)
        return float(vector[row] if entries.projection is None else entries.projection @ vector)

    here = value(fn.point)
    found = []
    for step in (eps, 4 * eps):
        plus, minus = fn.steps(entries.k, direction, step)
        found += [(here - value(minus)) / (step * scale), (value(plus) - here) / (step * scale)]
    return found[0], found[1], found[2], found[3]


def _rule_hint(entries: Entries, wrong: np.ndarray) -> str:
    if entries.missing:
        return "look for .detach(), .numpy(), .item(), float(), no_grad, a rule that returns None"
    analytic, numeric = entries.analytic[wrong], entries.numeric[wrong]
    large = np.abs(numeric) > 1e-3 * np.max(np.abs(numeric))
    smooth = "the function is smooth here"
    if large.any() and len(analytic) > 1 and np.any(analytic):
        ratios = analytic[large] / numeric[large]
        if np.ptp(ratios) < 1e-4 * abs(ratios[0]):
            return f"{smooth}; analytic / numeric is {ratios[0]:.6g} throughout: a factor is off"
    return f"{smooth}: suspect the derivative rules of the operators above"
