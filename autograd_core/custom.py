"""Functions with a derivative of their own making: custom_vjp and checkpoint."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.backprop import partial_gradients
from autograd_core.graph import STATE, enable_grad, next_order, topological_order
from autograd_core.primitive import REGISTRY, Primitive, private
from autograd_core.structures import is_float, leaves, map_structure, unflatten_as
from autograd_core.tensor import Tensor, as_array

__all__ = ["checkpoint", "custom_vjp"]


def _apply(g: Any, out: Any, arrays: Any, apply: Any) -> Any:
    return apply(g, out, arrays)


def _internal(name: str) -> Primitive:
    """A primitive that is recorded by hand, with its rule as a parameter; not in the registry."""

    def forward(*arrays: Any, apply: Any) -> Any:
        raise AssertionError("recorded by hand, never called")

    forward.__name__ = f"{name} (internal)"  # cannot be the name of an operator
    made = Primitive(forward)
    del REGISTRY[made.name]
    made.name = name
    made.vjp_joint(_apply)
    return made


def _tracked(values: Any) -> bool:
    return STATE.recording and any(isinstance(v, Tensor) and v.requires_grad for v in values)


def _record(primitive: Primitive, inputs: list[Any], outs: list[Any], apply: Any) -> list[Tensor]:
    """The arrays `outs` as results of one node over `inputs` whose rule calls `apply`."""
    plan = (True, (1,) * len(inputs))
    arrays = [as_array(v) for v in inputs]
    shapes, dtypes = tuple(o.shape for o in outs), tuple(o.dtype for o in outs)
    node = primitive._record(tuple(outs), shapes, dtypes, inputs, arrays, {"apply": apply}, plan)
    return primitive.wrap_outputs(outs, node)


def _view(value: Any) -> np.ndarray:
    """A view of a Tensor's or the engine's array that cannot be written into."""
    view = np.asarray(as_array(value)).view()
    view.setflags(write=False)
    return view


def _kept(value: Any) -> Any:
    """An argument as it is now: a caller's array is copied, a Tensor's cannot be written into."""
    if isinstance(value, Tensor):
        return _view(value)
    if isinstance(value, np.ndarray):
        value = private(value)
        value.flags.writeable = False
    return value


# custom_vjp.


class custom_vjp:  # noqa: N801  (a decorator)
    """Decorator: a function whose derivative is given by hand, for anything NumPy or numba
    computes.

    >>> @custom_vjp
    ... def cube(x):
    ...     return compiled_cube(x)        # gets plain arrays
    >>> @cube.defvjp
    ... def cube_vjp(g, out, x):           # cotangent, result, then the arguments
    ...     return (3 * x**2 * g,)         # one cotangent for each argument, None for no gradient

    The function gets plain, read-only arrays and returns an array or a tuple of arrays (`g` and
    `out` are then tuples). Arguments that are not float arrays, floats or float Tensors pass
    through and their cotangent is ignored. For higher derivatives the rule is called with Tensors;
    a rule that cannot take them (because it calls compiled code) fails there by name instead of
    losing a derivative. Works on methods.

    A derivative is taken to positional arguments alone: TypeError for a tracked tensor that comes
    by keyword or inside a list, and for one that the function uses without having it as argument.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", "custom_vjp")
        self.rule: Callable[..., Any] | None = None
        self._primitive: Primitive | None = None
        functools.update_wrapper(self, function)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def defvjp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: sets `rule(g, out, *args, **kwargs)`, which returns a tuple of cotangents."""
        self.rule = rule
        self._primitive = _internal(self.name)
        return rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        places = [i for i, a in enumerate(args) if is_float(a)]
        hidden = [a for i, a in enumerate(args) if i not in places]
        if _tracked(leaves([hidden, kwargs])):
            raise TypeError(
                f"{self.name}: a tracked tensor was given by keyword or inside a list; custom_vjp "
                "differentiates positional arguments, give it as one"
            )
        if not any(isinstance(a, Tensor) for a in args):
            return self._computed(args, kwargs)
        given, kwargs = map_structure(_kept, list(args)), map_structure(_kept, kwargs)
        out = self._computed(given, kwargs)
        several = isinstance(out, (tuple, list))
        outs = [self._own(o) for o in (out if several else (out,))]
        if not _tracked(args):
            tensors = [Tensor(o) for o in outs]
        elif self._primitive is None or self.rule is None:
            raise TypeError(
                f"{self.name}: no derivative is defined; give it one with @{self.name}.defvjp"
            )
        else:
            inputs = [a if isinstance(a, Tensor) else given[i] for i, a in enumerate(args)]

            def apply(g: Any, outs: Any, saved: Any) -> list[Any]:
                current = list(given)
                for i, value in zip(places, saved, strict=True):
                    if isinstance(value, Tensor):
                        current[i] = value
                if not several:
                    g, outs = g[0], outs[0]
                return self._pulled_back(places, g, outs, current, kwargs)

            tensors = _record(self._primitive, [inputs[i] for i in places], outs, apply)
        return unflatten_as(out, tensors)

    def _computed(self, args: Any, kwargs: Any) -> Any:
        out = self.function(*args, **kwargs)
        if _tracked(leaves(out)):
            raise TypeError(
                f"{self.name}: the function uses a tracked tensor that is not among its "
                "arguments, whose derivative would be lost; give it as an argument"
            )
        return out

    def _own(self, value: Any) -> np.ndarray:
        """One result as an array that the function cannot write into at its next call."""
        value = as_array(value)
        array = None if value is None or isinstance(value, (dict, tuple, list)) else np.array(value)
        if array is None or array.dtype.kind not in "fiub":
            raise TypeError(
                f"{self.name}: the function must return an array or a tuple of arrays of real "
                f"numbers, it returned {type(value).__name__}"
                + (f" of dtype {array.dtype}" if array is not None else " among its results")
            )
        return array

    def _pulled_back(self, places: Any, g: Any, out: Any, args: Any, kwargs: Any) -> list[Any]:
        """What the rule returns for the arguments at `places`, checked."""
        if not STATE.recording:
            g, out = map_structure(_view, (g, out))
        cotangents = self.rule(g, out, *args, **kwargs)  # type: ignore[misc]
        if not isinstance(cotangents, tuple) or len(cotangents) != len(args):
            raise TypeError(
                f"{self.name}: its vjp must return a tuple of {len(args)} "
                f"cotangents, one for each argument; it returned {cotangents!r:.60}"
            )
        for i in places:
            found, wanted = np.shape(as_array(cotangents[i])), np.shape(as_array(args[i]))
            if cotangents[i] is not None and found != wanted:
                raise ValueError(
                    f"{self.name}: its vjp returned a cotangent of shape {found} for argument {i} "
                    f"of shape {wanted}; they must be equal"
                )
        chosen = [cotangents[i] for i in places]
        return [c if c is None or isinstance(c, Tensor) else np.array(c) for c in chosen]


# checkpoint.


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function equal to `f` that keeps no intermediate results and computes them again backward.

    Memory for time (A. Griewank and A. Walther, "Revolve", 2000; one level). Tracked tensors that
    `f` uses without having them as arguments, such as weights, get their gradients as well.
    Generators (`numpy.random.Generator`) among the arguments are put back to where they were for
    the second run, so that it draws the same numbers.

    Raises RuntimeError in the backward pass when the second run gives something else than the first
    did (numbers drawn from elsewhere), or when a tensor that `f` captured has a new value.
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not STATE.recording:
            return f(*args, **kwargs)
        given = map_structure(lambda v: v, [list(args), kwargs])  # the caller may change his lists
        values = leaves(given)
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
        inputs = [values[i] for i in places]
        values = [v if isinstance(v, Tensor) else _kept(v) for v in values]
        drawing = _Drawing(values)

        def run(traced: list[Any]) -> Any:
            current = list(values)
            for i, value in zip(places, traced, strict=True):
                current[i] = value
            new_args, new_kwargs = unflatten_as(given, current)
            return f(*new_args, **new_kwargs)

        own = [Tensor(t.data, True) for t in inputs]
        since = next_order()
        with enable_grad():
            results = run(own)
        captured = _captured(leaves(results), own, since)
        outs = [np.asarray(as_array(o)) for o in leaves(results)]
        if not _tracked(inputs + captured):
            return unflatten_as(results, [Tensor(o) for o in outs])
        data = [t.data for t in captured]

        def apply(g: Any, outs: Any, saved: Any) -> list[Any]:
            for tensor, before in zip(captured, data, strict=True):
                if tensor.data is not before:
                    raise RuntimeError(
                        "checkpoint: a tensor that the function captured got a new value after "
                        "the forward pass; call backward before, or give it as an argument"
                    )
            again = STATE.recording  # the derivative is to be differentiated too
            saved = saved[: len(places)]
            with enable_grad(), drawing, _TrackedAgain(captured):
                # New nodes, so that the walk ends here and not at the arguments' origin.
                fresh = [REGISTRY["positive"](v) if again else Tensor(v, True) for v in saved]
                since = next_order()
                results = [
                    r if isinstance(r, Tensor) else Tensor(np.asarray(r))
                    for r in leaves(run(fresh))
                ]
            _compare(outs, results)
            return partial_gradients(results, fresh + captured, list(g), since, create_graph=again)

        return unflatten_as(results, _record(_CHECKPOINT, inputs + captured, outs, apply))

    return wrapped


def _captured(results: list[Any], own: list[Tensor], since: int) -> list[Tensor]:
    """The tracked tensors that a computation, begun at `since`, reached without being given them.

    A node that is older was made outside it; it is stood for by a tensor without data.
    """
    tensors = [r for r in results if isinstance(r, Tensor) and r.requires_grad]
    roots = {t.node for t in tensors if t.node is not None}
    ends: list[Any] = [t if t.node is None else t.node for t in tensors]
    for node in topological_order(roots, since):
        ends += node.parents or ()
    known = {id(t) for t in own}
    found: dict[int, Tensor] = {}
    for end in ends:
        if end is None or id(end) in known:
            continue
        if isinstance(end, Tensor):
            found[id(end)] = end
        elif end.order < since:
            found[id(end)] = Tensor(None, True, end)  # type: ignore[arg-type]
    return list(found.values())


class _Drawing:
    """Inside the block the generators among some values draw what they drew the first time."""

    def __init__(self, values: list[Any]) -> None:
        self.generators = [v for v in values if isinstance(v, np.random.Generator)]
        self.first = self._states()

    def _states(self) -> list[Any]:
        return [g.bit_generator.state for g in self.generators]

    def _put(self, states: list[Any]) -> None:
        for generator, state in zip(self.generators, states, strict=True):
            generator.bit_generator.state = state

    def __enter__(self) -> None:
        self.current = self._states()
        self._put(self.first)

    def __exit__(self, *_: object) -> None:
        self._put(self.current)


class _TrackedAgain:
    """Inside the block captured leaves are tracked, also if a tape has stopped watching them."""

    def __init__(self, captured: list[Tensor]) -> None:
        self.leaves = [t for t in captured if t.node is None and not t.requires_grad]

    def __enter__(self) -> None:
        for leaf in self.leaves:
            leaf.requires_grad = True

    def __exit__(self, *_: object) -> None:
        for leaf in self.leaves:
            leaf.requires_grad = False


def _compare(first: Any, second: list[Tensor]) -> None:
    """Raises RuntimeError unless both runs of a checkpointed function gave the same."""
    arrays = [(as_array(a), b.data) for a, b in zip(first, second, strict=False)]
    same = len(first) == len(second) and all(_agree(a, b) for a, b in arrays)
    if not same:
        raise RuntimeError(
            "checkpoint: the function gave other values when it was run again for the derivative; "
            "draw random numbers from a numpy.random.Generator that is given as an argument, and "
            "do not depend on state that changes"
        )


def _agree(a: Any, b: np.ndarray) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    tolerance = float(np.finfo(a.dtype).eps) ** 0.5  # threads may sum in another order
    scale = float(np.max(np.abs(a), initial=0, where=np.isfinite(a)))
    return np.allclose(b, a, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


_CHECKPOINT = _internal("checkpoint")
