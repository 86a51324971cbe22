"""`check_grads`: derivatives held against central differences, to any order.

A derivative of order n is checked as a function of its own: the reverse-mode derivative of `f` is
the function (arguments, cotangents) -> cotangents of the arguments, and order 2 compares its
derivative with differences of its values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.gradcheck.function import CheckedFunction, joined, of_user
from autograd_core.gradcheck.report import Entries, GradientCheckError, failure
from autograd_core.graph import enable_grad
from autograd_core.tensor import Tensor, as_array

__all__ = ["GradientCheckError", "check_grads"]

ROUNDING = float(np.finfo(np.float64).eps)
EPS = ROUNDING ** (1 / 3)  # balances truncation against rounding
LOCATED = 4096  # entries looked at to name the worst one after a random direction has failed
MODES = ("rev", "fwd")


def check_grads(
    f: Callable[..., Any],
    args: Any,
    order: int = 2,
    modes: Sequence[str] = ("rev",),
    *,
    atol: float | None = None,
    rtol: float = 1e-5,
    eps: float = EPS,
    fast: bool = True,
    seed: int | np.random.Generator = 0,
    cast: bool = False,
) -> None:
    """Raises GradientCheckError unless the derivatives of `f` agree with central differences.

    f: takes `args`, with every float in them replaced by a tracked float64 Tensor, and returns a
        Tensor, an array, or nested tuples, lists and dicts of them. Outputs that are not float are
        ignored.
    args: a tuple or list with the arguments of `f`: arrays, Tensors, floats, or nested tuples,
        lists and dicts of them. Integers, booleans, strings and other objects are handed on as
        they are. Anything but a tuple or list is a single argument.
    order: the highest derivative to check; all lower ones are checked on the way.
    modes: "rev" for reverse mode (vector-Jacobian products), "fwd" for forward mode (`jvp`).
    atol, rtol: entries agree when |analytic - numeric| <= atol + rtol |numeric|. By default atol is
        1e-7 plus the rounding error to be expected of a difference of values as large as f's.
    eps: step of the differences, relative to max(1, |x|) for each entry x.
    fast: True compares along one random direction for each argument (and for reverse mode with one
        random projection of the outputs); False compares the full Jacobian entry by entry.
    seed: of the random directions, an integer or a generator.
    cast: float64 is needed because differences of float32 values are mostly rounding error.
        Arguments of another float type are refused with TypeError, or checked as float64 copies
        with cast=True.

    Also an error: f gives different values when called twice, writes into its arguments, or returns
    a float type other than float64; a value or derivative that is not finite; a gradient without
    its argument's shape and dtype; a gradient that changes when it is recorded for the next order.

    Raises TypeError and ValueError for arguments that cannot be checked. Errors of `f` pass
    through.

    Source of the step: W. Press et al., "Numerical Recipes", section 5.7 (a central difference errs
    by O(eps**2) from truncation and O(u / eps) from rounding).
    """
    options = _options(order, modes, atol, rtol, eps, fast, seed)
    if not isinstance(args, (tuple, list)):
        args = (args,)
    with enable_grad():
        _check(of_user(f, args, cast), order, options)


@dataclass(frozen=True)
class _Options:
    modes: tuple[str, ...]
    atol: float | None
    rtol: float
    eps: float
    fast: bool
    rng: np.random.Generator

    def allowed(self, numeric: Any, scale: Any) -> Any:
        """The largest difference to accept; `scale`: the size of the values subtracted."""
        atol = 1e-7 + 32 * ROUNDING * scale / self.eps if self.atol is None else self.atol
        return atol + self.rtol * np.abs(numeric)

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        """Random signs times numbers in [0.5, 1.5]: no entry is left out by a factor near zero."""
        return self.rng.choice([-1.0, 1.0], shape) * self.rng.uniform(0.5, 1.5, shape)


def _options(
    order: Any, modes: Any, atol: Any, rtol: Any, eps: Any, fast: Any, seed: Any
) -> _Options:
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or any(mode not in MODES for mode in modes):
        raise ValueError(f"check_grads: modes is {modes!r}, expected some of {MODES}")
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"check_grads: order is {order!r}, expected an integer from 1")
    for name, value in {"rtol": rtol, "atol": 0.0 if atol is None else atol}.items():
        if not value >= 0:
            raise ValueError(f"check_grads: {name} is {value!r}, expected a number >= 0")
    if not 0 < eps < 0.1:
        raise ValueError(f"check_grads: eps is {eps!r}, expected a small step such as {EPS:.1e}")
    return _Options(modes, atol, rtol, eps, bool(fast), np.random.default_rng(seed))


def _check(fn: CheckedFunction, depth: int, options: _Options) -> None:
    fn.examine()
    for mode in options.modes:
        (_check_reverse if mode == "rev" else _check_forward)(fn, options)
        if depth > 1:
            _check(fn.derivative(mode, options.random), depth - 1, options)


def _check_reverse(fn: CheckedFunction, options: _Options) -> None:
    inputs = fn.fresh()
    outputs = fn.call(inputs, True)
    fn.same([as_array(o) for o in outputs], "when it is recorded for the next derivative")
    # Without any output element there is no row of a Jacobian, but still a gradient: zeros.
    compare = _reverse_full if not options.fast and joined(fn.values).size else _reverse_projected
    compare(fn, inputs, outputs, options)


def _reverse_projected(
    fn: CheckedFunction, inputs: list[Tensor], outputs: list[Any], options: _Options
) -> None:
    cotangents = [options.random(value.shape) for value in fn.values]
    v = joined(cotangents)
    scale = float(np.abs(v) @ np.abs(joined(fn.values)))
    for k, g in enumerate(fn.pull_back(outputs, inputs, cotangents)):
        direction = options.random(fn.point[k].shape)
        change, actual = fn.difference(k, direction, options.eps)
        numeric = float(v @ change)
        analytic = 0.0 if g is None else float(np.sum(g * actual))
        if abs(analytic - numeric) <= options.allowed(numeric, scale):
            continue
        size = fn.point[k].size
        chosen = np.arange(size) if size <= LOCATED else options.rng.choice(size, LOCATED, False)
        found = np.array([v @ fn.column(k, i, options.eps) for i in chosen.tolist()])
        expected = np.zeros(len(chosen)) if g is None else g.ravel()[chosen]
        entries = Entries(k, expected[None], found[None], chosen, None, v, g is None)
        if not entries.wrong(options.allowed(found, scale)).any():  # it takes their sum to see it
            one = np.array([[analytic]]), np.array([[numeric]])
            entries = Entries(k, *one, None, direction, v, g is None)
        raise failure(fn, "rev", entries, options.allowed(entries.numeric, scale), options.eps)


def _reverse_full(
    fn: CheckedFunction, inputs: list[Tensor], outputs: list[Any], options: _Options
) -> None:
    rows: list[list[Any]] = []
    for position, value in enumerate(fn.values):
        for i in range(value.size):
            cotangents = [np.zeros(v.shape) for v in fn.values]
            cotangents[position].reshape(-1)[i] = 1.0
            rows.append(fn.pull_back(outputs, inputs, cotangents))
    for k, a in enumerate(fn.point):
        if not a.size:
            continue
        missing = all(row[k] is None for row in rows)
        zeros = np.zeros(a.shape)
        analytic = np.stack([(zeros if row[k] is None else row[k]).ravel() for row in rows])
        numeric = np.stack([fn.column(k, i, options.eps) for i in range(a.size)], axis=1)
        entries = Entries(k, analytic, numeric, np.arange(a.size), None, None, missing)
        _compare(fn, "rev", entries, options)


def _check_forward(fn: CheckedFunction, options: _Options) -> None:
    for k, a in enumerate(fn.point):
        if options.fast or not a.size:
            direction = options.random(a.shape)
            change, actual = fn.difference(k, direction, options.eps)
            pushed = fn.push_forward(k, actual)
            entries = Entries(k, pushed[:, None], change[:, None], None, direction)
        else:
            units = np.eye(a.size).reshape(a.size, *a.shape)
            pushed = np.stack([fn.push_forward(k, unit) for unit in units], axis=1)
            numeric = np.stack([fn.column(k, i, options.eps) for i in range(a.size)], axis=1)
            entries = Entries(k, pushed, numeric, np.arange(a.size))
        _compare(fn, "fwd", entries, options)


def _compare(fn: CheckedFunction, mode: str, entries: Entries, options: _Options) -> None:
    scale = np.abs(joined(fn.values))[:, None]
    allowed = options.allowed(entries.numeric, scale)
    if entries.wrong(allowed).any():
        raise failure(fn, mode, entries, allowed, options.eps)
