"""The one table that gives Tensor its operators and methods, and NumPy's protocols their aims."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.primitive import REGISTRY, Operator
from autograd_core.tensor import Tensor

__all__ = ["BINARY", "METHODS", "UNARY", "attach"]

# Python's binary operators: __name__ and, except for comparisons, __rname__.
BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
}
COMPARISONS = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}

# Methods named as NumPy's; the arguments after self are the operator's.
METHODS = {
    "astype": "astype",
    "sum": "sum",
    "mean": "mean",
    "prod": "prod",
    "max": "max",
    "min": "min",
    "var": "var",
    "std": "std",
    "cumsum": "cumsum",
    "cumprod": "cumprod",
    "all": "all",
    "any": "any",
    "argmax": "argmax",
    "argmin": "argmin",
    "argsort": "argsort",
    "sort": "sort",
    "ravel": "ravel",
    "flatten": "ravel",
    "squeeze": "squeeze",
    "swapaxes": "swapaxes",
    "repeat": "repeat",
    "take": "take",
    "clip": "clip",
    "dot": "dot",
    "trace": "trace",
    "diagonal": "diagonal",
}
# reshape and transpose take their shape or axes as one tuple or as separate numbers.
SPREAD_METHODS = {"reshape": "reshape", "transpose": "transpose"}

_KNOWN = frozenset({Tensor, float, int, np.ndarray})
# ufunc methods that are operators of their own.
_REDUCTIONS = {
    (np.add, "reduce"): "sum",
    (np.multiply, "reduce"): "prod",
    (np.maximum, "reduce"): "max",
    (np.minimum, "reduce"): "min",
    (np.logical_and, "reduce"): "all",
    (np.logical_or, "reduce"): "any",
    (np.add, "accumulate"): "cumsum",
    (np.multiply, "accumulate"): "cumprod",
}

# NumPy's older names of parameters.
_ALIASES = {"a_min": "min", "a_max": "max", "newshape": "shape", "correction": "ddof"}

_FUNCTIONS: dict[Any, Operator] = {}


def _gives_way(other: Any) -> bool:
    """NumPy's convention: a class with `__array_ufunc__ = None` wants its own operator called."""
    return getattr(type(other), "__array_ufunc__", 0) is None


def _binary(operator: Operator) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Tensor, other: Any) -> Any:
        if other.__class__ not in _KNOWN and _gives_way(other):
            return NotImplemented
        return operator(self, other)

    def reflected(self: Tensor, other: Any) -> Any:
        return operator(other, self)

    return forward, reflected


def _power(operator: Operator) -> Callable[..., Any]:
    def power(self: Tensor, other: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            raise TypeError("pow: a third argument is not supported on tensors; write x**y % z")
        if other.__class__ not in _KNOWN and _gives_way(other):
            return NotImplemented
        return operator(self, other)

    return power


def _comparison(operator: Operator) -> Callable[..., Any]:
    def compare(self: Tensor, other: Any) -> Any:
        if other is None or isinstance(other, str) or _gives_way(other):
            return NotImplemented
        return operator(self, other)

    return compare


def _method(operator: Operator) -> Callable[..., Any]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return operator(self, *args, **kwargs)

    return method


def _spread_method(operator: Operator) -> Callable[..., Any]:
    def method(self: Tensor, *sizes: Any, **kwargs: Any) -> Any:
        if len(sizes) == 1 and (sizes[0] is None or not isinstance(sizes[0], (int, np.integer))):
            return operator(self, sizes[0], **kwargs)
        return operator(self, sizes, **kwargs) if sizes else operator(self, **kwargs)

    return method


def attach() -> None:
    """Gives Tensor everything in the tables above; called once, when the operators are there."""

    def put(name: str, function: Callable[..., Any], operator: Operator) -> None:
        function.__name__ = name
        function.__doc__ = operator.__doc__
        setattr(Tensor, name, function)

    for name, target in BINARY.items():
        forward, reflected = _binary(REGISTRY[target])
        put(f"__{name}__", forward if name != "pow" else _power(REGISTRY[target]), REGISTRY[target])
        put(f"__r{name}__", reflected, REGISTRY[target])
    for name, target in COMPARISONS.items():
        put(f"__{name}__", _comparison(REGISTRY[target]), REGISTRY[target])
    for name, target in (UNARY | METHODS).items():
        name = f"__{name}__" if name in UNARY else name
        put(name, _method(REGISTRY[target]), REGISTRY[target])
    for name, target in SPREAD_METHODS.items():
        put(name, _spread_method(REGISTRY[target]), REGISTRY[target])
    getitem, transpose = REGISTRY["getitem"], REGISTRY["transpose"]
    Tensor.__getitem__ = lambda self, index: getitem(self, index=index)  # type: ignore[method-assign]
    Tensor._unstack = staticmethod(REGISTRY["unstack"])
    Tensor.T = property(lambda self: transpose(self))  # type: ignore[assignment,method-assign]
    Tensor.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
    Tensor.__array_function__ = _array_function  # type: ignore[attr-defined]
    for operator in REGISTRY.values():
        for function in operator.numpy:
            _FUNCTIONS[function] = operator


# NumPy's protocols.


def _array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    name = f"np.{ufunc.__name__}"
    if any(_gives_way(value) for value in inputs):
        return NotImplemented
    if kwargs.get("out") is not None:
        raise TypeError(
            f"{name}: cannot write into an array or tensor (out= or an in-place operator) when a "
            "Tensor is involved; write y = x + ... instead"
        )
    if method != "__call__":
        target = _REDUCTIONS.get((ufunc, method))
        if target is None:
            raise TypeError(f"{name}.{method} is not supported on tensors")
        known = {k: kwargs.pop(k) for k in ("axis", "keepdims") if k in kwargs}
        _refuse_options(f"{name}.{method}", kwargs)
        return REGISTRY[target](*inputs, **{"axis": 0, **known})
    _refuse_options(name, kwargs)
    operator = _FUNCTIONS.get(ufunc)
    if operator is None:
        raise TypeError(_unsupported(name, ufunc.__name__))
    return operator(*inputs)


def _refuse_options(name: str, options: dict[str, Any]) -> None:
    """Raises TypeError for an option of a ufunc that is not at its default."""
    for option, value in options.items():
        if value is None or value is np._NoValue or (option == "where" and value is True):
            continue
        raise TypeError(
            f"{name}: option {option}= is not supported on tensors; "
            "use where(condition, x, y) or astype"
        )


def _array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    if function is np.where and len(args) == 1 and not kwargs:
        function = np.nonzero  # what np.where does with a condition alone
    operator = _FUNCTIONS.get(function)
    if operator is None:
        raise TypeError(_unsupported(_full_name(function), function.__name__))
    args, kwargs = _translated(function, operator, args, kwargs)
    return operator(*args, **kwargs)


def _full_name(function: Any) -> str:
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
    return f"{module}.{function.__name__}"


def _unsupported(name: str, short: str) -> str:
    near = difflib.get_close_matches(short, REGISTRY, n=1, cutoff=0.75)
    hint = f" (of similar name there is {near[0]})" if near else ""
    return (
        f"{name} is not supported on tensors: it has no derivative here; "
        f"call it on x.numpy() if no gradient is needed, or wrap it with custom_vjp{hint}"
    )


@functools.cache
def _numpy_signature(function: Any) -> dict[str, Any] | None:
    """NumPy's parameter names with their defaults; None where there is no plain signature."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return {p.name: p.default for p in parameters if p.kind is not p.VAR_KEYWORD}


def _translated(function: Any, operator: Operator, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """NumPy's argument names and order as the operator's; options it does not know are refused."""
    signature = _numpy_signature(function)
    ours = operator.array_names + operator.param_names
    if signature is None or operator.variadic:
        for name in kwargs:
            if name not in ours:
                raise TypeError(_refused(function, name, operator, ours))
        return args, kwargs
    names = list(signature)
    given = dict(zip(names, args, strict=False)) | kwargs
    positional = []
    for name in names[: len(operator.array_names)]:
        if name not in given:
            break
        positional.append(given.pop(name))
    named: dict[str, Any] = {}
    for name, value in given.items():
        default = signature.get(name, inspect.Parameter.empty)
        if value is default or (value is None and default is np._NoValue):
            continue
        known = _ALIASES.get(name, name)
        if known in named:
            raise TypeError(f"{_full_name(function)}: {known} is given twice (as {name} too)")
        if known not in ours:
            raise TypeError(_refused(function, name, operator, ours))
        named[known] = value
    return tuple(positional), named


def _refused(function: Any, option: str, operator: Operator, ours: tuple[str, ...]) -> str:
    return (
        f"{_full_name(function)}: option {option}= is not supported on tensors; "
        f"{operator.name} takes {ours}"
    )
