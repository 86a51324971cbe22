"""What `check_grads` checks: a function of a list of arrays, its differences and derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_core.backprop import gradients
from autograd_core.gradcheck.report import GradientCheckError, operator_names
from autograd_core.structures import is_float, map_structure
from autograd_core.tensor import Tensor, as_array

__all__ = ["CheckedFunction", "joined", "of_user"]

Arrays = list[np.ndarray]
Call = Callable[[list[Tensor], bool], list[Any]]


class CheckedFunction:
    """A function of a flat list of float64 arrays, at one point.

    call(tensors, create_graph): the outputs as a flat list; create_graph says whether they are
        about to be differentiated.
    point: the arguments. values: the outputs there, after `examine`.
    input_names, output_names: what a report calls them.
    path: the modes of the derivatives that led from the user's function to this one.
    operators: the operators recorded in the user's function.
    """

    def __init__(
        self,
        call: Call,
        point: Arrays,
        input_names: list[str],
        output_names: list[str],
        path: tuple[str, ...] = (),
        operators: tuple[str, ...] = (),
    ) -> None:
        self.call = call
        self.point = point
        self.input_names = input_names
        self.output_names = output_names
        self.path = path
        self.operators = operators
        self.values: Arrays = []

    def error(self, text: str) -> GradientCheckError:
        where = f" in the derivative of order {len(self.path)}" if self.path else ""
        return GradientCheckError(
            f"check_grads{where}: {text}\n  operators     {', '.join(self.operators) or 'none'}",
            order=len(self.path) + 1,
            mode=self.path[-1] if self.path else None,
            operators=self.operators,
        )

    # Values.

    def fresh(self) -> list[Tensor]:
        """The arguments as new tracked tensors with arrays of their own."""
        return [Tensor(np.array(a), True) for a in self.point]

    def examine(self) -> None:
        """Computes the values; refuses what is not finite, not float64 or not reproducible."""
        inputs = self.fresh()
        outputs = self.call(inputs, False)
        self.operators = self.operators or operator_names(outputs)
        self._unchanged(inputs, "by the function")
        for output, name in zip(outputs, self.output_names, strict=True):
            dtype = as_array(output).dtype
            if dtype != np.float64:
                raise self.error(
                    f"{name} is {dtype} although every argument is float64; something inside "
                    "casts, and differences would be mostly rounding error: compute in float64"
                )
        self.values = [np.array(as_array(o)) for o in outputs]
        for value, name in zip(self.values, self.output_names, strict=True):
            self._finite(value, f"the value of {name}")
        again = self._arrays(self.call(self.fresh(), False))
        self.same(
            again,
            "between two calls: the function is random or keeps state; let it draw from a "
            "generator that it makes anew with a fixed seed",
        )

    def same(self, arrays: Arrays, when: str) -> None:
        """Refuses outputs that differ from the values by more than rounding."""
        for new, old, name in zip(arrays, self.values, self.output_names, strict=True):
            worst = float(np.max(np.abs(new - old), initial=0.0))
            if not worst <= 1e-11 * max(1.0, float(np.max(np.abs(old), initial=0.0))):
                raise self.error(f"{name} differs by {worst:.3g} {when}")

    def _arrays(self, outputs: list[Any]) -> Arrays:
        arrays = [np.asarray(as_array(o)) for o in outputs]
        found, first = [a.shape for a in arrays], [v.shape for v in self.values]
        if found != first:
            raise self.error(
                f"the outputs have shapes {found}, at the first call {first}; the shapes must not "
                "depend on the values, and calls must not depend on one another"
            )
        return arrays

    def _unchanged(self, inputs: list[Tensor], by: str) -> None:
        for tensor, original, name in zip(inputs, self.point, self.input_names, strict=True):
            if not np.array_equal(tensor.data, original):
                raise self.error(f"{name} was modified in place {by}; write into a copy")

    def _finite(self, array: np.ndarray, what: str, hint: str = "") -> None:
        bad = np.argwhere(~np.isfinite(array)).tolist()
        if bad:
            index = f" at {tuple(bad[0])}" if bad[0] else ""
            raise self.error(f"{what} is {array[tuple(bad[0])]}{index}{hint}")

    # Differences.

    def steps(self, k: int, direction: np.ndarray, eps: float) -> tuple[Arrays, Arrays]:
        """The points on both sides of this one along a direction of input k."""
        step = eps * np.maximum(1.0, np.abs(self.point[k])) * direction
        plus, minus = list(self.point), list(self.point)
        plus[k], minus[k] = self.point[k] + step, self.point[k] - step
        return plus, minus

    def evaluate(self, point: Arrays) -> np.ndarray:
        """All outputs at another point as one vector."""
        # NumPy's arithmetic gives a scalar, not an array, where there are no axes.
        inputs = [Tensor(np.asarray(a), True) for a in point]
        return joined(self._arrays(self.call(inputs, False)))

    def difference(
        self, k: int, direction: np.ndarray, eps: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """The outputs' central difference over 2 eps along input k, and the exact direction.

        The direction is the step as floating point represents it, scaled by max(1, |x|).
        """
        plus, minus = self.steps(k, direction, eps)
        change = (self.evaluate(plus) - self.evaluate(minus)) / (2 * eps)
        self._finite(
            change,
            f"the difference of the outputs along {self.input_names[k]}",
            "; is the point at the edge of the domain? Choose another, or a smaller eps",
        )
        return change, (plus[k] - minus[k]) / (2 * eps)

    def column(self, k: int, i: int, eps: float) -> np.ndarray:
        """The numeric derivative of all outputs by entry i of input k."""
        unit = np.zeros(self.point[k].shape)
        unit.reshape(-1)[i] = 1.0
        change, direction = self.difference(k, unit, eps)
        return change / direction.reshape(-1)[i]

    # Derivatives.

    def pull_back(self, outputs: list[Any], inputs: list[Tensor], cotangents: Arrays) -> list[Any]:
        """The analytic cotangents of the inputs as arrays, None where no path leads to one."""
        given = [Tensor(np.array(v)) for v in cotangents]  # an array would be copied once more
        pairs = [(o, v) for o, v in zip(outputs, given, strict=True) if isinstance(o, Tensor)]
        found = gradients([o for o, _ in pairs], inputs, [v for _, v in pairs])
        for v, original, name in zip(given, cotangents, self.output_names, strict=True):
            if not np.array_equal(v.data, original):
                raise self.error(f"a derivative rule wrote into the cotangent of {name}")
        self._unchanged(inputs, "by a derivative rule")
        for g, a, name in zip(found, self.point, self.input_names, strict=True):
            if g is None:
                continue
            if g.shape != a.shape or g.dtype != a.dtype:
                raise self.error(
                    f"the gradient of {name} has shape {g.shape} and dtype {g.dtype}, expected "
                    f"{a.shape} and {a.dtype}"
                )
            self._finite(g.data, f"the analytic gradient of {name}")
        return [None if g is None else g.data for g in found]

    def push_forward(self, k: int, tangent: np.ndarray) -> np.ndarray:
        """The analytic tangents of all outputs as one vector, given the tangent of input k."""
        tangents = [Tensor(np.zeros(a.shape)) for a in self.point]
        tangents[k] = Tensor(np.asarray(tangent))
        inputs = self.fresh()
        pushed = joined(self._arrays(_jvp(self.call, inputs, tangents)))
        self._unchanged(inputs, "by a derivative rule")
        self._finite(pushed, f"the analytic derivative along {self.input_names[k]}")
        return pushed

    def derivative(self, mode: str, random: Callable[..., np.ndarray]) -> CheckedFunction:
        """The derivative as a function of the arguments and of what it is applied to."""
        n = len(self.point)
        if mode == "fwd":
            word, made = "tangent", [f"derivative of {name}" for name in self.output_names]
            applied_to, onto = self.point, self.input_names

            def call(tensors: list[Tensor], create_graph: bool) -> list[Any]:
                return _jvp(self.call, tensors[:n], tensors[n:])
        else:
            word, made = "cotangent", [f"gradient of {name}" for name in self.input_names]
            applied_to, onto = self.values, self.output_names

            def call(tensors: list[Tensor], create_graph: bool) -> list[Any]:
                return _vjp(self.call, tensors[:n], tensors[n:], create_graph)

        return CheckedFunction(
            call,
            self.point + [random(a.shape) for a in applied_to],
            [*self.input_names, *(f"{word} of {name}" for name in onto)],
            made,
            (*self.path, mode),
            self.operators,
        )


def _vjp(
    call: Call, primals: list[Tensor], cotangents: list[Tensor], create_graph: bool
) -> list[Any]:
    outputs = call(primals, True)
    pairs = [(o, v) for o, v in zip(outputs, cotangents, strict=True) if isinstance(o, Tensor)]
    found = gradients(
        [o for o, _ in pairs], primals, [v for _, v in pairs], create_graph=create_graph
    )
    return [
        Tensor(np.zeros(t.shape)) if g is None else g for t, g in zip(primals, found, strict=True)
    ]


def _jvp(call: Call, primals: list[Tensor], tangents: list[Tensor]) -> list[Any]:
    from autograd_core.transforms import jvp

    return list(jvp(lambda *tensors: tuple(call(list(tensors), True)), primals, tangents)[1])


def joined(arrays: Arrays) -> np.ndarray:
    """All entries of the arrays as one vector."""
    return np.concatenate([np.ravel(a) for a in arrays]) if arrays else np.zeros(0)


# From the user's function to that of a flat list.


def of_user(f: Callable[..., Any], args: Any, cast: bool) -> CheckedFunction:
    """`f` as a function of the float leaves of `args`; the others are handed on."""
    paths = list(_paths(args, "args"))
    tracked = [is_float(leaf) or _is_complex(leaf) for _, leaf in paths]
    inputs = [pair for pair, is_input in zip(paths, tracked, strict=True) if is_input]
    if not inputs:
        raise TypeError(
            "check_grads: args hold no float array and no float, so there is no derivative to check"
        )
    names: list[str] = []

    def call(tensors: list[Tensor], create_graph: bool) -> list[Any]:
        supply, choose = iter(tensors), iter(tracked)
        given = map_structure(lambda leaf: next(supply) if next(choose) else leaf, list(args))
        result = f(*given)
        found = [(path, leaf) for path, leaf in _paths(result, "output") if is_float(leaf)]
        if not found:
            raise TypeError(
                f"check_grads: the function returned {type(result).__name__} without a float in "
                "it; it must return a float Tensor or array, or a structure of them"
            )
        if not names:
            names.extend(path for path, _ in found)
        elif names != [path for path, _ in found]:
            raise GradientCheckError(
                f"check_grads: the function returned {[path for path, _ in found]}, at its first "
                f"call {names}; what it returns must not change its structure",
            )
        return [leaf if isinstance(leaf, Tensor) else np.asarray(leaf) for _, leaf in found]

    point = [_float64(leaf, path, cast) for path, leaf in inputs]
    return CheckedFunction(call, point, [path for path, _ in inputs], names)


def _paths(structure: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every leaf with the expression that reaches it, in the order of `map_structure`."""
    if isinstance(structure, dict):
        for key, value in structure.items():
            yield from _paths(value, f"{path}[{key!r}]")
    elif isinstance(structure, (list, tuple)):
        for i, value in enumerate(structure):
            yield from _paths(value, f"{path}[{i}]")
    elif structure is not None:
        yield path, structure


def _is_complex(leaf: Any) -> bool:
    return isinstance(leaf, complex) or getattr(getattr(leaf, "dtype", None), "kind", "") == "c"


def _float64(leaf: Any, path: str, cast: bool) -> np.ndarray:
    array = np.array(as_array(leaf))
    if array.dtype.kind == "c":
        raise TypeError(f"check_grads: {path} is {array.dtype}; only real arguments can be checked")
    if array.dtype != np.float64 and not cast:
        raise TypeError(
            f"check_grads: {path} is {array.dtype}; finite differences need float64, in "
            f"{array.dtype} they are mostly rounding error; pass float64 arrays, or cast=True to "
            "check at float64 copies"
        )
    return array.astype(np.float64, copy=False)
