"""The registry: what is known of every operator, primitive or composed of primitives."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["REGISTRY", "Composite", "Operator", "composite", "parameters_of"]


class Operator:
    """What the registry knows of every operator, primitive or composed of primitives."""

    def __init__(self, forward: Callable[..., Any], samples: Any, numpy: Any) -> None:
        self.forward = forward
        self.name = forward.__name__
        self.samples = samples
        self.numpy = numpy if isinstance(numpy, tuple) else (() if numpy is None else (numpy,))
        self.__name__ = forward.__name__
        self.__doc__ = forward.__doc__
        self.__module__ = forward.__module__
        self.__wrapped__ = forward  # inspect.signature follows it
        self.array_names, self.param_names, self.variadic = parameters_of(forward)
        given = forward.__defaults__ or ()  # type: ignore[attr-defined]
        self.defaults = dict(zip(self.array_names[::-1], given[::-1], strict=False))
        self.param_defaults: dict[str, Any] = dict(forward.__kwdefaults__ or {})  # type: ignore[attr-defined]
        previous = REGISTRY.get(self.name)
        if previous is not None and previous.__module__ != self.__module__:
            raise ValueError(
                f"an operator named '{self.name}' is already registered by {previous.__module__}"
            )
        REGISTRY[self.name] = self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    @property
    def differentiable(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.name}>"


REGISTRY: dict[str, Operator] = {}


def parameters_of(function: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Positional names, keyword-only names, and whether the positional one is `*names`.

    Read off the code object: `inspect.signature` for every operator would double the import time.
    """
    code = function.__code__  # type: ignore[attr-defined]
    names, count = code.co_varnames, code.co_argcount
    keyword_only = names[count : count + code.co_kwonlyargcount]
    variadic = bool(code.co_flags & inspect.CO_VARARGS)
    positional = names[:count]
    if variadic:
        positional = (*positional, names[count + code.co_kwonlyargcount])
    return positional, keyword_only, variadic


class Composite(Operator):
    """A differentiable function written in primitives; made by `@composite`."""

    def __init__(self, forward: Callable[..., Any], samples: Any, numpy: Any) -> None:
        super().__init__(forward, samples, numpy)
        positional, keyword_only, _ = parameters_of(forward)
        required = len(positional) - len(forward.__defaults__ or ())  # type: ignore[attr-defined]
        self.array_names = positional[:required]
        self.param_names = positional[required:] + keyword_only

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)


def composite(
    *, samples: Any = None, numpy: Any = None
) -> Callable[[Callable[..., Any]], Composite]:
    """Decorator: registers a function composed of primitives, to be checked like one."""
    return lambda function: Composite(function, samples, numpy)
