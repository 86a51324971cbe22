"""Function transformations: functions in, derivative functions out. They nest to any order.

Arguments may be numbers, arrays, Tensors, or nested tuples, lists and dicts of them. What comes
back has the kind of what went in: arrays for arrays, Tensors for Tensors.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd_core.backprop import gradients
from autograd_core.graph import STATE, Node, enable_grad, next_order, tracing
from autograd_core.structures import is_float, leaves, map_structure, unflatten_as
from autograd_core.tensor import Tensor, as_array

__all__ = ["elementwise_grad", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


class _Argument(Tensor):
    """The leaf that a transform differentiates with respect to, in place of an array.

    finished: the function has returned, so nobody outside can ask for a derivative to it any more.
    order: nodes with a smaller number are older, so they do not depend on it.
    """

    __slots__ = ("finished", "order")

    def __init__(self, data: np.ndarray) -> None:
        super().__init__(data, True)
        self.finished = False
        self.order = next_order()


def _reaches_outside(results: Iterable[Any], since: int) -> bool:
    """Whether a tensor among `results` depends on a tracked one that someone may differentiate to.

    That is an outer transform's variable, or a tracked tensor that the function captured, or what
    was computed of them before `since`, when the function was called.
    """
    tensors = [t for t in results if isinstance(t, Tensor)]
    stack: list[Any] = [t if t.node is None else t.node for t in tensors if t.requires_grad]
    found = set(map(id, stack))
    while stack:
        item = stack.pop()
        if item.__class__ is not Node:  # a leaf
            if item.requires_grad and not getattr(item, "finished", False):
                return True
            continue
        if item.order < since:
            return True
        for parent in item.parents or ():
            if parent is not None and id(parent) not in found:
                found.add(id(parent))
                stack.append(parent)
    return False


class _Evaluation:
    """One run of `f` with the arguments `argnums` made traceable."""

    def __init__(
        self, name: str, f: Callable[..., Any], argnums: Sequence[int], args: Any, kwargs: Any
    ) -> None:
        self.name = name
        self.recorded_outside = STATE.recording
        self.since = next_order()
        for argnum in argnums:
            if not -len(args) <= argnum < len(args):
                raise ValueError(
                    f"{name}: argnums {argnum} is out of range, {len(args)} positional arguments "
                    "were given; only those can be differentiated"
                )
        argnums = [argnum % len(args) for argnum in argnums]
        if len(set(argnums)) < len(argnums):
            raise ValueError(f"{name}: argnums {argnums} name an argument twice")
        self.given = [args[argnum] for argnum in argnums]
        self.leaves = [leaf for part in self.given for leaf in leaves(part)]
        self.from_arrays = not any(isinstance(leaf, Tensor) for leaf in leaves(list(args)))
        with enable_grad(), tracing():
            self.inputs = [self._traceable(leaf) for leaf in self.leaves]
            traced = iter(unflatten_as(self.given, list(self.inputs)))
            args = list(args)
            for argnum in argnums:
                args[argnum] = next(traced)
            self.result = f(*args, **kwargs)
        for leaf in self.inputs:
            if isinstance(leaf, _Argument):
                leaf.finished = True

    def _traceable(self, leaf: Any) -> Tensor:
        if not is_float(leaf):
            kind = getattr(leaf, "dtype", type(leaf).__name__)
            raise TypeError(
                f"{self.name}: derivatives are taken with respect to floats, an argument is {kind} "
                f"({leaf!r:.40}); pass floats, or name the float arguments with argnums"
            )
        if isinstance(leaf, Tensor):
            if leaf.requires_grad and self.recorded_outside:
                from autograd_core.ops.elementwise import positive

                return positive(leaf)  # a node of its own, which still leads to the outer tensor
            return _Argument(leaf.data)
        array = np.array(leaf)
        array.flags.writeable = False
        return _Argument(array)

    def output(self, has_aux: bool = False) -> tuple[Any, Any]:
        """What `f` returned, split from the auxiliary part; float results as Tensors."""
        result, aux = self.result, None
        if has_aux:
            if not isinstance(result, tuple) or len(result) != 2:
                raise TypeError(
                    f"{self.name}: with has_aux=True the function must return (output, aux), "
                    f"it returned {type(result).__name__}"
                )
            result, aux = result
        return map_structure(self._as_tensor, result), aux

    def _as_tensor(self, value: Any) -> Tensor:
        if isinstance(value, Tensor):
            return value
        try:
            return Tensor(np.asarray(value, dtype=None if is_float(value) else np.float64))
        except (TypeError, ValueError):
            raise TypeError(
                f"{self.name}: the function returned {type(value).__name__}, expected numbers"
            ) from None

    def scalar(self, has_aux: bool) -> tuple[Tensor, Any]:
        value, aux = self.output(has_aux)
        if not isinstance(value, Tensor) or value.size != 1:
            kind = type(value).__name__
            found = f"shape {value.shape}" if isinstance(value, Tensor) else kind
            raise ValueError(
                f"{self.name}: the function must return one value, it returned {found}; "
                "sum it, or use jacobian or elementwise_grad"
            )
        return value, aux

    def differentiable_outside(self, results: Iterable[Any]) -> bool:
        """Whether the results may be differentiated again by what is around this call."""
        return self.recorded_outside and _reaches_outside(results, self.since)

    def pull_back(self, outputs: Any, cotangents: Any, create_graph: bool) -> Any:
        """The cotangents of the inputs, in the structure and kind of the arguments."""
        found = gradients(outputs, self.inputs, cotangents, create_graph=create_graph)
        results = [
            Tensor(np.zeros(t.shape, t.dtype)) if g is None else g
            for t, g in zip(self.inputs, found, strict=True)
        ]
        return [
            unflatten_as(part, values)
            for part, values in zip(
                self.given, self._split(self._returned(results, cotangents)), strict=True
            )
        ]

    def _returned(self, results: list[Tensor], cotangents: Sequence[Any]) -> list[Any]:
        """The gradients in the kind of the arguments; arrays are the caller's alone to write to."""
        shared = {id(as_array(c)) for c in cotangents}
        returned: list[Any] = []
        for g, leaf in zip(results, self.leaves, strict=True):
            array = g.data
            if isinstance(leaf, Tensor) or g.requires_grad:
                returned.append(g)
            elif not array.ndim:
                returned.append(float(array) if leaf.__class__ is float else array[()])
            elif id(array) in shared or array.base is not None or not array.flags.writeable:
                returned.append(array.copy())
            else:
                returned.append(array)
            shared.add(id(array))
        return returned

    def _split(self, values: list[Any]) -> list[list[Any]]:
        parts, start = [], 0
        for part in self.given:
            count = len(leaves(part))
            parts.append(values[start : start + count])
            start += count
        return parts

    def returned_value(self, value: Any) -> Any:
        """A result of `f` in the kind of its arguments, cut off from this call's own graph."""
        tracked = self.differentiable_outside(leaves(value))

        def leave(t: Any) -> Any:
            if not isinstance(t, Tensor):
                return t
            t = t if tracked else t.detach()
            if not self.from_arrays or t.requires_grad:
                return t
            return t.data.copy() if t.ndim else t.data[()]  # the graph may need its own

        return map_structure(leave, value)


def _numbers(argnums: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(argnums, Sequence):
        return tuple(map(operator.index, argnums))
    return (operator.index(argnums),)


def _chosen(argnums: int | Sequence[int], results: list[Any]) -> Any:
    return tuple(results) if isinstance(argnums, Sequence) else results[0]


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns `(f(...), gradient)` for a scalar-valued `f`.

    argnums: which positional arguments to differentiate; an int gives one gradient, a sequence a
        tuple of them. Each gradient has the structure, shapes and dtypes of its argument.
    has_aux: `f` returns `(value, aux)`; the result is then `((value, aux), gradient)`.

    `scipy.optimize.minimize(value_and_grad(f), x0, jac=True)` works as it stands. Raises TypeError
    for integer arguments and ValueError when `f` does not return exactly one value. Arguments that
    `f` does not use have a gradient of zeros.
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        run = _Evaluation("grad", f, _numbers(argnums), args, kwargs)
        value, aux = run.scalar(has_aux)
        create_graph = run.differentiable_outside([value])
        one = np.ones(value.shape, value.dtype)
        found = run.pull_back([value], [one], create_graph)
        value = run.returned_value(value)
        if has_aux:
            value = (value, run.returned_value(aux))
        return value, _chosen(argnums, found)

    return wrapped


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of the scalar-valued `f`; see `value_and_grad`.

    With has_aux it returns `(gradient, aux)`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapped


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """`(f(*primals), pull_back)`, or `(output, pull_back, aux)` with has_aux.

    `pull_back(cotangent)` takes a cotangent of the output's structure and shapes and returns a
    tuple with one cotangent for each of `primals`. It can be called any number of times.
    """
    run = _Evaluation("vjp", f, range(len(primals)), primals, {})
    output, aux = run.output(has_aux)
    outputs = leaves(output)
    outside = run.differentiable_outside(outputs)

    def pull_back(cotangent: Any) -> tuple[Any, ...]:
        given = leaves(cotangent)
        shapes = [np.shape(as_array(c)) for c in given]
        if shapes != [o.shape for o in outputs]:
            raise ValueError(
                f"vjp: the cotangent's parts have shapes {shapes}, the output's "
                f"{[o.shape for o in outputs]}; they must be equal, in the same structure"
            )
        tracked = any(isinstance(c, Tensor) and c.requires_grad for c in given)
        create_graph = STATE.recording and (outside or tracked)
        return tuple(run.pull_back(outputs, given, create_graph))

    output = run.returned_value(output)
    if has_aux:
        return output, pull_back, run.returned_value(aux)
    return output, pull_back


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`(f(*primals), directional derivative along tangents)`: forward mode by two reverse passes.

    The cotangent map u -> J^T u is linear in u, so its own transpose, taken by a second reverse
    pass, is J (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(
                f"jvp: {name} must be a tuple with one entry for each argument, "
                f"{type(given).__name__} was given; write ({name[:-1]},)"
            )
    primals, tangents = tuple(primals), tuple(tangents)
    run = _Evaluation("jvp", f, range(len(primals)), primals, {})
    given = leaves(list(tangents))
    shapes = [np.shape(as_array(t)) for t in given]
    if shapes != [t.shape for t in run.inputs]:
        raise ValueError(
            f"jvp: tangents have shapes {shapes}, the primals {[t.shape for t in run.inputs]}; "
            "they must be equal"
        )
    output, _ = run.output()
    outputs = leaves(output)
    tracked = any(isinstance(t, Tensor) and t.requires_grad for t in given)
    outside = run.differentiable_outside(outputs) or (tracked and run.recorded_outside)
    with enable_grad():
        dummies = [_Argument(np.zeros(o.shape, o.dtype)) for o in outputs]
        pulled = gradients(outputs, run.inputs, dummies, create_graph=True)
        pairs = [(p, t) for p, t in zip(pulled, given, strict=True) if p is not None]
        found = gradients(
            [p for p, _ in pairs],
            dummies,
            [t for _, t in pairs],
            create_graph=outside,
        )
    pushed = [
        Tensor(np.zeros(o.shape, o.dtype)) if t is None else t
        for o, t in zip(outputs, found, strict=True)
    ]
    for dummy in dummies:
        dummy.finished = True
    tangent = unflatten_as(output, pushed)
    return run.returned_value(output), run.returned_value(tangent)


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns d f / d argument of shape `output.shape + argument.shape`.

    One reverse pass for each output element. `f` returns one array.
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from autograd_core.ops.joining import stack

        run = _Evaluation("jacobian", f, _numbers(argnums), args, kwargs)
        output, _ = run.output()
        if not isinstance(output, Tensor):
            raise TypeError(
                f"jacobian: the function must return one array, it returned {type(output).__name__}"
            )
        create_graph = run.differentiable_outside([output])
        rows = []
        for index in np.ndindex(output.shape):
            unit = np.zeros(output.shape, output.dtype)
            unit[index] = 1
            rows.append(leaves(run.pull_back([output], [unit], create_graph)))

        def assemble(position: int, leaf: Tensor) -> Any:
            shape = output.shape + leaf.shape
            if not rows:
                empty = np.zeros(shape, leaf.dtype)
                return empty if run.from_arrays else Tensor(empty)
            return stack([row[position] for row in rows]).reshape(shape)

        joined = [assemble(i, leaf) for i, leaf in enumerate(run.inputs)]
        parts = [
            unflatten_as(part, values)
            for part, values in zip(run.given, run._split(joined), strict=True)
        ]
        return _chosen(argnums, parts)

    return wrapped


def hessian(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """A function that returns the second derivatives of a scalar-valued `f`.

    The shape is `argument.shape + argument.shape`; `f` may return any shape, which comes first.
    """
    return jacobian(jacobian(f, argnum), argnum)


def hvp(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """A function `(*args, vector)` that returns the Hessian of the scalar `f` times `vector`.

    `vector` has the structure of the argument `argnum`. Costs about two gradients; the Hessian is
    never formed (B. Pearlmutter, "Fast exact multiplication by the Hessian", 1994).
    """
    derivative = grad(f, argnum)

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        *point, vector = args
        if not -len(point) <= argnum < len(point):
            raise TypeError("hvp: call it with the arguments of f, then the vector")
        wanted = [np.shape(as_array(leaf)) for leaf in leaves(point[argnum])]
        found = [np.shape(as_array(leaf)) for leaf in leaves(vector)]
        if found != wanted:
            raise ValueError(
                f"hvp: the vector's parts have shapes {found}, those of the argument {wanted}; "
                "they must be equal"
            )

        def along(argument: Any) -> Any:
            changed = list(point)
            changed[argnum] = argument
            return derivative(*changed, **kwargs)

        _, pull_back = vjp(along, point[argnum])  # the Hessian is symmetric: H^T v = H v
        return pull_back(vector)[0]

    return wrapped


def elementwise_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """A function that returns the derivative of an element-wise `f` at every element.

    It is the gradient of `sum(f(x))`, so each output element must depend only on its own input.
    """

    def total(*args: Any, **kwargs: Any) -> Any:
        result = f(*args, **kwargs)
        return result.sum() if isinstance(result, Tensor) else np.sum(result)

    return functools.wraps(f)(grad(total, argnum))
