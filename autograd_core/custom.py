"""Functions with a derivative of their own making: custom_vjp and checkpoint."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.backprop import gradients
from autograd_core.graph import STATE, enable_grad, topological_order
from autograd_core.primitive import REGISTRY, Primitive
from autograd_core.structures import is_float, leaves, map_structure, unflatten_as
from autograd_core.tensor import Tensor, as_array

__all__ = ["checkpoint", "custom_vjp"]


def _apply(g: Any, arrays: Any, apply: Any) -> Any:
    return apply(g, arrays)


def _internal(name: str) -> Primitive:
    """A primitive that is recorded by hand, with its rule as a parameter; not in the registry."""

    def forward(*arrays: Any, apply: Any) -> Any:
        raise AssertionError("recorded by hand, never called")

    forward.__name__ = name
    made = Primitive(forward)
    del REGISTRY[name]
    made.vjp_joint(_apply)
    return made


def _tracked(values: list[Any]) -> bool:
    return STATE.recording and any(isinstance(v, Tensor) and v.requires_grad for v in values)


def _record(primitive: Primitive, inputs: list[Any], outputs: Any, apply: Any) -> Any:
    """Wraps `outputs` as results of one node over `inputs` whose rule calls `apply`."""
    flat = [np.asarray(as_array(o)) for o in leaves(outputs)]
    plan = (False, (1,) * len(inputs))
    arrays = [as_array(v) for v in inputs]
    shapes, dtypes = tuple(o.shape for o in flat), tuple(o.dtype for o in flat)
    node = primitive._record(tuple(flat), shapes, dtypes, inputs, arrays, {"apply": apply}, plan)
    return unflatten_as(outputs, primitive.wrap_outputs(flat, node))


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

    The function gets plain arrays and returns an array or a tuple of arrays (`g` and `out` are then
    tuples). Arguments that are not float arrays, floats or float Tensors pass through and their
    cotangent is ignored. For higher derivatives the rule is called with Tensors; a rule that cannot
    take them (because it calls compiled code) fails there by name instead of losing a derivative.
    Works on methods.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.rule: Callable[..., Any] | None = None
        self._primitive: Primitive | None = None
        functools.update_wrapper(self, function)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def defvjp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: sets `rule(g, out, *args, **kwargs)`, which returns a tuple of cotangents."""
        self.rule = rule
        name = getattr(self.function, "__name__", "custom_vjp")
        self._primitive = _internal(f"custom_vjp_{name}")
        self._primitive.name = name
        return rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        places = [i for i, a in enumerate(args) if is_float(a)]
        inputs = [args[i] for i in places]
        arrays = [
            array.copy() if array.__class__ is np.ndarray and array.flags.writeable else array
            for array in map(as_array, inputs)
        ]
        plain = list(args)
        for i, array in zip(places, arrays, strict=True):
            plain[i] = array
        plain = [as_array(value) for value in plain]
        out = self.function(*plain, **kwargs)
        if not any(isinstance(a, Tensor) for a in args):
            return out
        if not _tracked(inputs):
            return map_structure(lambda o: Tensor(np.asarray(o)), out)
        if self._primitive is None or self.rule is None:
            raise TypeError(
                f"{self.function.__name__}: no derivative is defined; "
                f"give it one with @{self.function.__name__}.defvjp"
            )
        several = isinstance(out, (tuple, list))
        rule = self.rule

        def apply(g: Any, saved: Any) -> list[Any]:
            given = list(plain)
            for i, value in zip(places, saved, strict=True):
                given[i] = value
            if any(isinstance(v, Tensor) for v in saved):
                result = self(*given, **kwargs)  # the result as part of the graph, for the rule
            else:
                result = out
            cotangents = rule(g if several else g[0], result, *given, **kwargs)
            if not isinstance(cotangents, tuple) or len(cotangents) != len(args):
                raise TypeError(
                    f"{self.function.__name__}: its vjp must return a tuple of {len(args)} "
                    f"cotangents, one for each argument; it returned {cotangents!r:.60}"
                )
            return [cotangents[i] for i in places]

        return _record(self._primitive, inputs, out, apply)


# checkpoint.


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function equal to `f` that keeps no intermediate results and computes them again backward.

    Memory for time (A. Griewank and A. Walther, "Revolve", 2000; one level). Tracked tensors that
    `f` uses without having them as arguments, such as weights, get their gradients as well.
    Generators (`numpy.random.Generator`) among the arguments are put back to where they were for
    the second run, so that it draws the same numbers.
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        values = leaves([list(args), kwargs])
        generators = [v for v in values if isinstance(v, np.random.Generator)]
        states = [v.bit_generator.state for v in generators]
        if not STATE.recording:
            return f(*args, **kwargs)
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]

        def run(traced: list[Any]) -> Any:
            given = list(values)
            for i, value in zip(places, traced, strict=True):
                given[i] = value
            new_args, new_kwargs = unflatten_as([list(args), kwargs], given)
            return f(*new_args, **new_kwargs)

        own = [Tensor(values[i].data, True) for i in places]
        with enable_grad():
            outputs = run(own)
        captured = _captured(leaves(outputs), own)
        outputs = map_structure(as_array, outputs)
        inputs = [values[i] for i in places]
        if not _tracked(inputs + captured):
            return map_structure(lambda o: Tensor(np.asarray(o)), outputs)

        def apply(g: Any, saved: Any) -> list[Any]:
            current = [v.bit_generator.state for v in generators]
            for generator, state in zip(generators, states, strict=True):
                generator.bit_generator.state = state
            again = any(isinstance(v, Tensor) for v in saved)
            count = len(places)
            with enable_grad():
                if again:  # new nodes, so that the walk ends here and not at the arguments' origin
                    fresh = [REGISTRY["positive"](v) for v in saved[:count]]
                else:
                    fresh = [Tensor(v, True) for v in saved[:count]]
                results = leaves(run(fresh))
            for generator, state in zip(generators, current, strict=True):
                generator.bit_generator.state = state
            return gradients(results, fresh + captured, list(g), create_graph=again)

        return _record(_CHECKPOINT, inputs + captured, outputs, apply)

    return wrapped


def _captured(outputs: list[Any], own: list[Tensor]) -> list[Tensor]:
    """The tracked tensors that a computation reached without being given them.

    A node that is older than the run was made outside it; it is stood for by a tensor without data.
    """
    roots = {o.node for o in outputs if isinstance(o, Tensor) and o.node is not None}
    known = {id(t) for t in own}
    found: dict[int, Tensor] = {}
    for node in topological_order(roots):
        for parent in node.parents or ():
            if isinstance(parent, Tensor) and id(parent) not in known:
                found[id(parent)] = parent
    return list(found.values())


_CHECKPOINT = _internal("checkpoint")
