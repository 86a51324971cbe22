"""Primitives: functions of arrays together with their derivative rules.

A primitive stands in one block, forward, rules and samples side by side:

    @primitive(samples=binary(low=0.5, high=2.0), numpy=np.divide)
    def divide(x, y):
        return np.divide(x, y)

    @divide.vjp("x")
    def divide_vjp_x(g, y):
        return g / y

Arrays are positional, parameters keyword-only. A rule returns the cotangent of one input, given
`g`, the cotangent of the output, and whatever else its signature names: `out`, an input by name,
the shape of an input alone as `x_shape`, a keyword parameter. Only what is named is kept alive.
Rules are written with operators, NumPy functions and primitives, so that they run on plain arrays
in the ordinary case and on Tensors when the backward pass itself is recorded.

Called with plain arrays only, a primitive returns a plain array; with a Tensor among them, a
Tensor.
"""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable
from typing import Any, overload

import numpy as np

from autograd_core.graph import STATE, Node, calling_line
from autograd_core.registry import REGISTRY, Operator, composite, parameters_of
from autograd_core.tensor import Tensor

__all__ = ["REGISTRY", "Operator", "Primitive", "composite", "constant", "primitive"]

ndarray = np.ndarray
asarray = np.asarray

_PLAIN = frozenset({np.ndarray, float, int, bool, type(None)})
_NAMED = re.compile(r"\w+: ")  # a message that begins with the name of an operation
_NOTHING, _ARRAY, _SHAPE = None, 1, 2  # what a node keeps of an input
_MOST_REMEMBERED = 32  # inputs; the plans of longer lists of arrays are made anew each time


class _Rule:
    """A derivative rule and `call(g, inputs, out, params, which)`, made when it is first needed."""

    def __init__(self, function: Callable[..., Any], owner: Primitive) -> None:
        self.function = function
        self.names = parameters_of(function)[0][1:]  # the save list: what it names after g
        self._arguments = owner.arguments_for(self.names)

    @functools.cached_property
    def call(self) -> Callable[..., Any]:
        # Compiled from text so that a rule costs one Python call in the backward pass, and no loop.
        text = f"lambda g, inputs, out, params, which: rule({', '.join(['g', *self._arguments])})"
        return eval(text, {"rule": self.function, "shape": _shape})


class Primitive(Operator):
    """A function of arrays with its derivative rules; made by `@primitive`."""

    def __init__(
        self,
        forward: Callable[..., Any],
        samples: Any = None,
        numpy: Any = None,
        needs_rules: bool = True,
        composition: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(forward, samples, numpy)
        self.rules: dict[str, _Rule] = {}
        self.joint: _Rule | None = None
        self.n_arrays = -1 if self.variadic else len(self.array_names)
        self._shift = 0 if self.variadic else 1  # one bit of the mask for all of a list of arrays
        self.composition = composition
        self.needs_rules = needs_rules
        self._plans: dict[Any, tuple[bool, tuple[int | None, ...]]] = {}

    @property
    def differentiable(self) -> bool:
        return self.needs_rules

    # Rules.

    def vjp(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: the vector-Jacobian product with respect to the input called `name`."""
        if name not in self.array_names:
            raise ValueError(f"{self.name} has no array input '{name}': it has {self.array_names}")

        def register(rule: Callable[..., Any]) -> Callable[..., Any]:
            self.rules[name] = _Rule(rule, self)
            self._plans.clear()
            return rule

        return register

    def vjp_joint(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: one rule that returns the cotangents of all inputs, as a tuple.

        For derivatives that share most of their work. Its signature may also name `needs`, a tuple
        of booleans that says which of the cotangents are wanted; the others may be None.
        """
        self.joint = _Rule(rule, self)
        self._plans.clear()
        return rule

    def arguments_for(self, names: tuple[str, ...]) -> list[str]:
        """Where a rule's arguments come from, as expressions over inputs, out, params and which."""
        arguments = []
        for name in names:
            base = name.removesuffix("_shape")
            if name == "out":
                arguments.append("out")
            elif name in self.param_names:
                arguments.append(f"params[{name!r}]")
            elif name == "needs" or (name == "index" and self.variadic):
                arguments.append("which")
            elif base in self.array_names:
                kept = "inputs" if self.variadic else f"inputs[{self._slot(base)}]"
                if name != base:  # another rule may have had the array itself kept
                    kept = f"tuple(map(shape, {kept}))" if self.variadic else f"shape({kept})"
                arguments.append(kept)
            else:
                raise ValueError(
                    f"a rule of {self.name} names '{name}', which is neither 'out', an input "
                    f"{self.array_names}, an input's shape, nor a parameter {self.param_names}"
                )
        return arguments

    def _slot(self, name: str) -> int:
        return self.array_names.index(name)

    def rule_for(self, index: int) -> _Rule:
        return self.rules[self.array_names[0 if self.variadic else index]]

    def _plan(self, mask: int, count: int) -> tuple[bool, tuple[int | None, ...]]:
        """What to keep when the inputs whose bits are set in `mask` are tracked."""
        keep: list[int | None] = [_NOTHING] * count
        keep_out = False
        for index in range(len(self.array_names)):
            if not mask >> index & 1:
                continue
            name = self.array_names[index]
            rule = self.joint or self.rules.get(name)
            if rule is None:
                raise TypeError(
                    f"{self.name}: no derivative is known with respect to '{name}'; "
                    "detach that input, or wrap the computation with custom_vjp"
                )
            for wanted in rule.names:
                base = wanted.removesuffix("_shape")
                if wanted == "out":
                    keep_out = True
                elif wanted in self.param_names or base not in self.array_names:
                    continue
                else:
                    code = _ARRAY if wanted == base else _SHAPE
                    slots = range(count) if self.variadic else (self._slot(base),)
                    for slot in slots:
                        if keep[slot] != _ARRAY:
                            keep[slot] = code
            if self.joint is not None:
                break  # one rule for all inputs: to ask it once is enough
        if self.composition is not None:
            keep = [_ARRAY] * count
        plan = (keep_out, tuple(keep))
        if count <= _MOST_REMEMBERED:
            self._plans[mask, count] = plan
        return plan

    # Calling.

    def __call__(self, *args: Any, **params: Any) -> Any:
        if params or len(args) != self.n_arrays:
            args, params = self._bind(args, params)
        arrays = []
        mask, bit, wrapped, shift = 0, 1, False, self._shift
        for value in args:
            if isinstance(value, Tensor):
                wrapped = True
                if value.requires_grad:
                    mask |= bit
                arrays.append(value.data)
            else:
                arrays.append(value if value.__class__ in _PLAIN else self._to_array(value))
            bit <<= shift
        record = mask and STATE.recording and self.needs_rules
        plan = None
        if record:  # before computing: a missing rule fails now, not at gradient time
            plan = self._plans.get((mask, len(args))) or self._plan(mask, len(args))
        try:
            out = self.forward(*arrays, **params)
        except (ValueError, TypeError, IndexError, np.linalg.LinAlgError) as error:
            explained = self._explained(error, arrays)
            raise explained from (None if explained is error else error)
        if not wrapped:
            return out
        if out.__class__ is tuple:
            return self._wrap_several(out, args, arrays, params, plan)
        if out.__class__ is not ndarray:
            out = asarray(out)
        if not record:
            return Tensor(out)
        if out.dtype.kind != "f":
            return self._without_derivative(out)
        return Tensor(
            out, True, self._record(out, out.shape, out.dtype, args, arrays, params, plan)
        )

    def _record(
        self, out: Any, shape: Any, dtype: Any, args: Any, arrays: Any, params: Any, plan: Any
    ) -> Node:
        keep_out, keep = plan
        inputs, parents = [], []
        for value, array, code in zip(args, arrays, keep, strict=True):
            if not isinstance(value, Tensor):
                if code == _ARRAY and array.__class__ is ndarray:
                    array = private(array)
                parents.append(None)
            elif value.requires_grad:
                parents.append(value if value.node is None else value.node)
            else:
                parents.append(None)
            inputs.append(
                array if code == _ARRAY else None if code is None else getattr(array, "shape", ())
            )
        if len(params) != len(self.param_names):  # rules may name a parameter that was left out
            params = {**self.param_defaults, **params}
        node = Node(
            self, tuple(parents), tuple(inputs), out if keep_out else None, params, shape, dtype
        )
        if STATE.anomaly:
            self._watch_for_nan(node, out, arrays)
        return node

    def _wrap_several(
        self, outs: tuple[Any, ...], args: Any, arrays: Any, params: Any, plan: Any
    ) -> tuple[Tensor, ...]:
        outs = tuple(map(asarray, outs))
        if plan is None:
            return tuple(Tensor(out) for out in outs)
        shapes = tuple(out.shape for out in outs)
        dtypes = tuple(out.dtype for out in outs)
        node = self._record(outs, shapes, dtypes, args, arrays, params, plan)
        return tuple(self.wrap_outputs(outs, node))

    def wrap_outputs(self, outs: Any, node: Node) -> list[Tensor]:
        """The tensors of a node with several outputs."""
        node.outputs = [_nothing] * len(outs)
        return [
            output_of(node, i, out) if out.dtype.kind == "f" else self._without_derivative(out)
            for i, out in enumerate(outs)
        ]

    def _without_derivative(self, out: Any) -> Tensor:
        """An integer or boolean result of tracked inputs; any other would lose a derivative."""
        if out.dtype.kind not in "iub":
            raise TypeError(
                f"{self.name}: the result is of dtype {out.dtype}, through which no derivative is "
                "taken; give real numbers, or detach the tracked tensors"
            )
        return Tensor(out)

    def _watch_for_nan(self, node: Node, out: Any, arrays: list[Any]) -> None:
        node.trace = calling_line()
        outs = out if isinstance(out, tuple) else (out,)
        if any(has_nan(o) for o in outs) and not any(has_nan(a) for a in arrays):
            raise FloatingPointError(
                f"detect_anomaly: '{self.name}' made a NaN in its result, called at {node.trace}"
            )

    # Arguments and errors.

    def _bind(self, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Arrays given by name become positional, parameters given by position named."""
        if not self.variadic:
            if len(args) > self.n_arrays:
                extra = args[self.n_arrays :]
                self._refuse_twice(self.param_names[: len(extra)], params)
                if len(extra) > len(self.param_names):
                    raise TypeError(
                        f"{self.name} takes at most {self.n_arrays + len(self.param_names)} "
                        f"arguments {self.array_names + self.param_names}, {len(args)} were given"
                    )
                params = {**dict(zip(self.param_names, extra, strict=False)), **params}
                args = args[: self.n_arrays]
            elif len(args) < self.n_arrays:
                self._refuse_twice(self.array_names[: len(args)], params)
                params = {**self.defaults, **params}
                rest = []
                for name in self.array_names[len(args) :]:
                    if name not in params:
                        raise TypeError(f"{self.name}: argument '{name}' is missing")
                    rest.append(params.pop(name))
                params = {k: v for k, v in params.items() if k not in self.array_names}
                args = (*args, *rest)
        for name, value in params.items():
            if name not in self.param_names:
                raise TypeError(
                    f"{self.name} has no parameter '{name}'; "
                    f"it takes {self.array_names + self.param_names}"
                )
            if isinstance(value, Tensor):
                if value.requires_grad:
                    raise TypeError(
                        f"{self.name}: '{name}' is not differentiable, a tracked tensor was given; "
                        "detach it"
                    )
                params = {**params, name: value.data}
            elif value.__class__ is list:  # the caller may change his own later
                params = {**params, name: copy.deepcopy(value)}
            elif value.__class__ is ndarray:
                params = {**params, name: private(value)}
        return args, params

    def _refuse_twice(self, by_position: tuple[str, ...], params: dict[str, Any]) -> None:
        for name in by_position if params else ():
            if name in params:
                raise TypeError(f"{self.name}: '{name}' is given twice, by position and by name")

    def _to_array(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            array = value
        elif isinstance(value, np.matrix) or (hasattr(value, "mask") and hasattr(value, "filled")):
            raise TypeError(
                f"{self.name}: a {type(value).__name__} has operators of its own, which tensors do "
                "not know; pass np.asarray(...) of a matrix, .filled(...) of a masked array"
            )
        else:
            try:
                array = asarray(value)
            except (ValueError, RuntimeError) as error:
                raise TypeError(f"{self.name}: {value!r:.60} is no array: {error}") from error
        if array.dtype.kind not in "fiub":
            raise TypeError(
                f"{self.name}: expected numbers, got {type(value).__name__} of dtype "
                f"{array.dtype}; floats, integers and booleans are known"
            )
        return array

    def _explained(self, error: Exception, arrays: list[Any]) -> Exception:
        shapes = ", ".join(str(getattr(array, "shape", array)) for array in arrays)
        text = str(error)
        if _NAMED.match(text):  # by an operator inside this one, or by its own check
            return error
        if isinstance(error, np.exceptions.AxisError) and error.ndim is not None:
            text = f"axis {error.axis} is out of range for {error.ndim} axes"
            return np.exceptions.AxisError(f"{self.name}: {text} (given shapes: {shapes})")
        known = (np.linalg.LinAlgError, TypeError, IndexError, ValueError)
        kind = next(kind for kind in known if isinstance(error, kind))
        return kind(f"{self.name}: {text} (given shapes: {shapes})")


def private(array: np.ndarray) -> np.ndarray:
    """The array, or a copy of it where somebody else could still write into its memory."""
    return array.copy() if array.flags.writeable or array.base is not None else array


def _shape(kept: Any) -> tuple[int, ...]:
    """The shape of what a node kept of an input: the shape itself, an array, a Tensor, a number."""
    return kept if kept.__class__ is tuple else getattr(kept, "shape", ())


def has_nan(value: Any) -> bool:
    """Whether a float array or scalar holds a NaN."""
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    return kind == "f" and bool(np.isnan(value).any())


@overload
def primitive(forward: Callable[..., Any], /) -> Primitive: ...
@overload
def primitive(
    *,
    samples: Any = None,
    numpy: Any = None,
    composition: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Primitive]: ...
def primitive(
    forward: Callable[..., Any] | None = None,
    /,
    *,
    samples: Any = None,
    numpy: Any = None,
    composition: Callable[..., Any] | None = None,
) -> Any:
    """Decorator: makes a function of arrays a differentiable primitive and registers it.

    samples: inputs for the generated checks, see `autograd_core.samples`.
    numpy: the NumPy function (or tuple of them) that calls this one when it is given a Tensor.
    composition: the same function written in other primitives, for a fused kernel whose own rules
        cannot be differentiated again; it stands in for them under `create_graph`.

    A function that returns several arrays returns a tuple; the `g` of its rules is then a tuple
    too.
    """
    if forward is not None:
        return Primitive(forward)
    return lambda function: Primitive(function, samples, numpy, composition=composition)


def constant(numpy: Any = None, samples: Any = None) -> Callable[[Callable[..., Any]], Primitive]:
    """Decorator: a function whose result has no derivative (comparisons, indices, predicates).

    It takes tracked tensors and returns untracked ones.
    """
    return lambda function: Primitive(function, samples, numpy, needs_rules=False)


def _output(*_: Any) -> Any:
    raise AssertionError("only recorded, never called")


# The node between a primitive with several outputs and one of its output tensors; backprop knows
# it.
OUTPUT = Primitive(_output)
OUTPUT.name = "output"
del REGISTRY["_output"]


def output_of(node: Node, index: int, out: np.ndarray) -> Tensor:
    """One float output of a node with several."""

    def make() -> Node:
        return Node(OUTPUT, (node,), (index,), None, {}, out.shape, out.dtype)

    return Tensor(out, True, node.output(index, make))


def _nothing() -> None:
    """Stands for a weak reference to an output's node that was not made yet."""
