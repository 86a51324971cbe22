"""A strategy of whole random functions: operators composed at random, tame enough to difference."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import autograd_core
from autograd_core.primitive import REGISTRY
from autograd_core.samples import GAP
from autograd_core.testing.strategies import arrays, broadcastable_shapes

__all__ = ["Composition", "compositions"]

LARGEST = 8.0  # values beyond this are squashed before they are used again
MOST_ELEMENTS = 36

# How operators that are not element-wise are applied: the least number of axes and the call. {v} is
# the value so far, {w} any value of the same shape, {axis} one of its axes.
STRUCTURAL: dict[str, tuple[int, str]] = {
    "sum": (1, "ac.sum({v}, axis={axis})"),
    "mean": (1, "ac.mean({v}, axis={axis}, keepdims=True)"),
    "prod": (1, "ac.prod({v}, axis={axis})"),
    "var": (1, "ac.var({v}, axis={axis})"),
    "max": (1, "ac.max({v}, axis={axis})"),
    "sort": (1, "ac.sort({v}, axis={axis})"),
    "logsumexp": (1, "ac.logsumexp({v}, axis={axis})"),
    "softmax": (1, "ac.softmax({v}, axis={axis})"),
    "cumsum": (1, "ac.cumsum({v}, axis={axis})"),
    "cumprod": (1, "ac.cumprod({v}, axis={axis})"),
    "transpose": (2, "ac.transpose({v})"),
    "reshape": (1, "ac.reshape({v}, (-1, 1))"),
    "ravel": (0, "ac.ravel({v})"),
    "expand_dims": (0, "ac.expand_dims({v}, 0)"),
    "flip": (1, "ac.flip({v}, axis={axis})"),
    "roll": (1, "ac.roll({v}, 1, axis={axis})"),
    "repeat": (1, "ac.repeat({v}, 2, axis={axis})"),
    "stack": (0, "ac.stack([{v}, {w}], axis=-1)"),
    "concatenate": (1, "ac.concatenate([{v}, {w}, {v}], axis={axis})"),
    "getitem": (1, "{v}[..., ::-1]"),
    "take": (1, "ac.take({v}, [-1, 0, 0], axis={axis})"),
    "outer": (1, "ac.outer({v}, {w})"),
    "matmul": (2, "ac.matmul({v}, ac.swapaxes({w}, -1, -2))"),
    "einsum": (1, "ac.einsum('...i,...i->...', {v}, {w})"),
    "tril": (2, "ac.tril({v})"),
}
NEEDS_DISTINCT = frozenset({"max", "sort"})


class Composition:
    """A function composed of operators, with arguments for it.

    source: the function as a Python expression, in which `ac` is autograd_core.
    args: float64 arrays at which the function is smooth.
    operators: names of the composed operators, in order; squashing between them is not counted.

    Calling it with arrays or Tensors evaluates the function. Its repr is a Python expression too,
    in which `np` is NumPy: the function, called with its arguments.
    """

    def __init__(
        self, source: str, args: tuple[np.ndarray, ...], operators: tuple[str, ...]
    ) -> None:
        self.source = source
        self.args = args
        self.operators = operators
        self.function: Callable[..., Any] = eval(source, {"ac": autograd_core})

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def __repr__(self) -> str:
        given = ", ".join(f"np.array({a.tolist()!r})" for a in self.args)
        return f"({self.source})({given})"


class _Step(NamedTuple):
    operator: str
    text: str
    value: np.ndarray


@functools.cache
def _elementwise() -> tuple[tuple[str, tuple[dict[str, Any], ...]], ...]:
    """Names and parameter choices of the element-wise operators whose call can be written."""
    found = []
    for name, operator in sorted(REGISTRY.items()):
        if not operator.differentiable or not getattr(operator.samples, "domains", ()):
            continue
        if getattr(autograd_core, name, None) is not operator:
            continue
        choices = {
            repr(s.params): s.params
            for s in operator.samples(np.random.default_rng(0))
            if all(isinstance(v, (int, float, str, type(None))) for v in s.params.values())
        }
        if choices:
            found.append((name, tuple(choices.values())))
    return tuple(found)


@st.composite
def compositions(
    draw: st.DrawFn, min_ops: int = 3, max_ops: int = 8, max_inputs: int = 3
) -> Composition:
    """Random compositions of `min_ops` to `max_ops` operators, as `Composition`.

    Element-wise operators are taken from the registry and structural ones from a list; values may
    be used more than once, so that gradients meet and add up. Where a value lies outside the domain
    of the next operator, or too near to one of its kinks, an affine map of its sigmoid takes it
    inside. Intermediate values stay small, so that differences are accurate.
    """
    if not 1 <= min_ops <= max_ops or max_inputs < 1:
        raise ValueError(
            f"compositions: expected 1 <= min_ops <= max_ops and max_inputs >= 1, got "
            f"min_ops={min_ops}, max_ops={max_ops}, max_inputs={max_inputs}"
        )
    shapes = draw(
        broadcastable_shapes(draw(st.integers(1, max_inputs)), min_dims=1, max_dims=2, max_side=3)
    )
    args = tuple(draw(arrays(shape, unique=True)) for shape in shapes)
    values = {f"x{i}": value for i, value in enumerate(args)}
    lines, operators = [], []
    newest = "x0"
    for position in range(draw(st.integers(min_ops, max_ops))):
        step = _draw_step(draw, values, newest)
        newest = f"y{position}"
        values[newest] = step.value
        lines.append(f"{newest} := {step.text}")
        operators.append(step.operator)
    source = f"lambda {', '.join(list(values)[: len(args)])}: ({', '.join(lines)})[-1]"
    if len(lines) == 1:
        source = source.replace(")[-1]", ",)[-1]")
    return Composition(source, args, tuple(operators))


def _draw_step(draw: st.DrawFn, values: dict[str, np.ndarray], newest: str) -> _Step:
    """One operator applied to the newest value; one that does not fit gives way to the next."""
    pools: list[list[tuple[str, str, Any]]] = [
        [("elementwise", *entry) for entry in _elementwise()]
    ]
    pools.append([("structural", *entry) for entry in STRUCTURAL.items() if entry[0] in REGISTRY])
    pool = pools[draw(st.integers(0, 1))]
    # Through a generator, for Hypothesis draws small integers far more often than others.
    seed = draw(st.integers(0, 2**32 - 1))
    start = int(np.random.default_rng([seed, len(values)]).integers(len(pool)))
    for kind, name, how in pool[start:] + pool[:start] + pools[0]:
        make = _apply_structural if kind == "structural" else _apply_elementwise
        text = make(draw, name, how, values, newest)
        if text is None:
            continue
        value = np.asarray(eval(text, {"ac": autograd_core}, dict(values)))
        if value.size <= MOST_ELEMENTS and np.isfinite(value).all():
            return _Step(name, text, value)
    raise AssertionError("no operator fits, not even negative")


def _apply_structural(
    draw: st.DrawFn,
    name: str,
    how: tuple[int, str],
    values: dict[str, np.ndarray],
    newest: str,
) -> str | None:
    v, (min_dims, template) = values[newest], how
    if v.ndim < min_dims or (name in NEEDS_DISTINCT and _closest(v) < GAP):
        return None
    alike = [other for other, value in values.items() if value.shape == v.shape]
    chosen = {
        "v": newest,
        "w": draw(st.sampled_from(alike)),
        "axis": draw(st.integers(-v.ndim, v.ndim - 1)) if v.ndim else 0,
    }
    if np.abs(v).max() > LARGEST:
        chosen["v"] = _squashed(newest, -2.0, 2.0)
    return template.format(**chosen)


def _closest(v: np.ndarray) -> float:
    return float(np.min(np.diff(np.sort(v, axis=None)), initial=np.inf))


def _apply_elementwise(
    draw: st.DrawFn,
    name: str,
    choices: Sequence[dict[str, Any]],
    values: dict[str, np.ndarray],
    newest: str,
) -> str | None:
    samples = REGISTRY[name].samples
    others = [
        other for other, value in values.items() if _fits_with(values[newest].shape, value.shape)
    ]
    count = len(samples.domains)
    operands = [newest, *(draw(st.sampled_from(others)) for _ in range(count - 1))]
    operands = draw(st.permutations(operands)) if count > 1 else operands
    texts = []
    for position, (operand, domain) in enumerate(zip(operands, samples.domains, strict=True)):
        parts = list(_smooth_parts(domain[0], domain[1], samples.avoid))
        if not parts:
            return None
        if samples.distinct:  # each operand keeps to a band of its own
            low, high = parts[0]
            width = (high - low) / count
            parts = [(low + width * position + GAP, low + width * (position + 1) - GAP)]
        v = values[operand]
        inside = any(v.min() >= low and v.max() <= high for low, high in parts)
        if not inside:
            low, high = draw(st.sampled_from(parts))
            operand = _squashed(operand, low, high)
        texts.append(operand)
    params = draw(st.sampled_from(choices))
    texts += [f"{key}={value!r}" for key, value in params.items()]
    return f"ac.{name}({', '.join(texts)})"


def _fits_with(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    try:
        whole = np.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return int(np.prod(whole)) <= MOST_ELEMENTS


def _smooth_parts(low: float, high: float, avoid: Sequence[float]) -> Iterator[tuple[float, float]]:
    """The intervals that kinks leave of a domain, without a margin at their ends."""
    ends = [low, *sorted(p for p in avoid if low <= p <= high), high]
    for left, right in itertools.pairwise(ends):
        margin = max(GAP, 0.02 * (right - left))
        if right - left > 4 * margin:
            yield left + margin, right - margin


def _squashed(operand: str, low: float, high: float) -> str:
    return f"{low:.4g} + {high - low:.4g} * ac.sigmoid({operand})"
