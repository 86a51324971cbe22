"""What a computation leaves behind: nodes, the order to walk them in, and the recording switch.

A `Node` is one application of a primitive. It points to the nodes of its tracked inputs (its
parents) and to what its derivative rules named, and to nothing else: a tensor points to its node,
never a node to its tensor, so a graph holds no reference cycle and dies with its last tensor.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Iterable
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_core.primitive import Primitive
    from autograd_core.tensor import Tensor

__all__ = ["Node", "detect_anomaly", "enable_grad", "is_recording", "no_grad", "topological_order"]

_next_order = itertools.count().__next__


class _State(threading.local):
    """Recording state of one thread; the class attributes are every thread's beginning."""

    recording = True
    anomaly = False
    tapes = 0  # GradientTapes that are entered in this thread


STATE = _State()


class Node:
    """One recorded application of a primitive.

    parents: one entry an input: the parent `Node`, a leaf `Tensor`, or None where the input is not
        tracked. After the graph was released: None.
    inputs: what the rules need of each input: the array, its shape, or None.
    out: the output array (a tuple for several outputs) where a rule names it, else None.
    order: a number that grows with creation, so that sorting by it is a topological order.
    """

    __slots__ = (
        "__weakref__",
        "dtype",
        "hooks",
        "inputs",
        "order",
        "out",
        "params",
        "parents",
        "primitive",
        "shape",
        "trace",
    )

    def __init__(
        self,
        primitive: Primitive,
        parents: tuple[Node | Tensor | None, ...],
        inputs: tuple[Any, ...],
        out: Any,
        params: dict[str, Any],
        shape: Any,
        dtype: Any,
    ) -> None:
        self.primitive = primitive
        self.parents: tuple[Node | Tensor | None, ...] | None = parents
        self.inputs: tuple[Any, ...] | None = inputs
        self.out = out
        self.params = params
        self.shape = shape
        self.dtype = dtype
        self.hooks: list[Any] | None = None
        self.trace: str | None = None
        self.order = _next_order()

    @property
    def name(self) -> str:
        return self.primitive.name

    def release(self) -> None:
        """Drops what was saved; a later backward through this node is refused by name."""
        self.parents = None
        self.inputs = None
        self.out = None

    def __repr__(self) -> str:
        return f"<Node {self.primitive.name} {self.shape}>"


def topological_order(roots: Iterable[Node]) -> list[Node]:
    """All nodes that `roots` depend on, children before parents. Iterative: depth is no limit."""
    found: set[Node] = set(roots)
    stack = list(found)
    while stack:
        node = stack.pop()
        parents = node.parents
        if parents is None:
            raise RuntimeError(
                f"backward: the graph behind '{node.name}' was already released by an earlier "
                "backward; pass retain_graph=True to that one, or compute the result anew"
            )
        for parent in parents:
            if parent.__class__ is Node and parent not in found:
                found.add(parent)  # type: ignore[arg-type]
                stack.append(parent)  # type: ignore[arg-type]
    return sorted(found, key=_order_of, reverse=True)


def _order_of(node: Node) -> int:
    return node.order


def is_recording() -> bool:
    """Whether operations on tracked tensors are recorded in this thread."""
    return STATE.recording


class _Switch(ContextDecorator):
    """Sets one field of the thread's state inside a `with` block or a decorated function."""

    _field: str
    _value: bool

    def __init__(self) -> None:
        self._outer: list[bool] = []

    def _recreate_cm(self) -> _Switch:  # a fresh one each call keeps decorated functions re-entrant
        return type(self)()

    def __enter__(self) -> _Switch:
        self._outer.append(getattr(STATE, self._field))
        setattr(STATE, self._field, self._value)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(STATE, self._field, self._outer.pop())


class no_grad(_Switch):  # noqa: N801  (used like a function)
    """Context manager and decorator: nothing inside is recorded, in this thread.

    >>> with no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    _field, _value = "recording", False


class enable_grad(_Switch):  # noqa: N801
    """Context manager and decorator: records again inside a `no_grad` block."""

    _field, _value = "recording", True


class detect_anomaly(_Switch):  # noqa: N801
    """Context manager and decorator that finds the operation in which a NaN appears.

    Inside, every recorded operation remembers the line that called it; the first NaN that a forward
    result or a derivative brings in raises `FloatingPointError` with the operation's name and that
    line. It costs a look at every array; use it to hunt, not to train.
    """

    _field, _value = "anomaly", True


def calling_line() -> str:
    """`file:line in function` of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.split(".", 1)[0] != __package__ or module.startswith(f"{__package__}.testing"):
            code = frame.f_code
            return f"{code.co_filename}:{frame.f_lineno} in {code.co_name}"
        frame = frame.f_back
    return "unknown line"
