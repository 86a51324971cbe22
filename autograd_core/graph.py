"""What a computation leaves behind: nodes, the order to walk them in, and the recording switch.

A `Node` is one application of a primitive. It points to the nodes of its tracked inputs (its
parents) and to what its derivative rules named, and to nothing else: a tensor points to its node,
never a node to its tensor, so a graph holds no reference cycle and dies with its last tensor.
"""

from __future__ import annotations

import inspect
import itertools
import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_core.primitive import Primitive
    from autograd_core.tensor import Tensor

__all__ = [
    "Node",
    "detect_anomaly",
    "enable_grad",
    "is_recording",
    "next_order",
    "no_grad",
    "topological_order",
]

next_order = itertools.count().__next__
_RELEASED: dict[str, Any] = {}


class _State(threading.local):
    """Recording state of one thread; the class attributes are every thread's beginning."""

    recording = True
    anomaly = False
    tracing = False  # inside a function that a transform differentiates, or a tape's block
    tapes: tuple[Any, ...] = ()  # GradientTapes that are entered in this thread
    entered: tuple[_Entry, ...] = ()  # blocks that are open in this thread, innermost last


STATE = _State()


class _Entry:
    """An open block that has set a field of STATE, and what the field was before."""

    __slots__ = ("field", "outer", "owner")

    def __init__(self, owner: Any, field: str) -> None:
        self.owner = owner
        self.field = field
        self.outer = getattr(STATE, field)


def open_block(owner: Any, field: str, value: bool) -> None:
    """Sets a field of this thread's state until `close_block(owner)`."""
    STATE.entered = (*STATE.entered, _Entry(owner, field))
    setattr(STATE, field, value)


def close_block(owner: Any) -> None:
    """Undoes the last `open_block` of `owner`, also where blocks are not closed in order.

    A generator that was suspended inside a block may end before or after blocks that were opened
    later: those then take over what is to be restored.
    """
    entered = STATE.entered
    place = max((i for i, entry in enumerate(entered) if entry.owner is owner), default=None)
    if place is None:
        raise RuntimeError(
            f"{type(owner).__name__}: this block was entered in another thread; "
            "leave it in the thread that entered it"
        )
    closed = entered[place]
    STATE.entered = entered[:place] + entered[place + 1 :]
    for later in entered[place + 1 :]:
        if later.field == closed.field:
            later.outer = closed.outer
            return
    setattr(STATE, closed.field, closed.outer)


class Node:
    """One recorded application of a primitive.

    parents: one entry an input: the parent `Node`, a leaf `Tensor`, or None where the input is not
        tracked. After the graph was released: None.
    inputs: what the rules need of each input: the array, its shape, or None.
    out: the output array (a tuple for several outputs) where a rule names it, else None.
    outputs: of a primitive with several outputs, weak references to their nodes; else not set.
    order: a number that grows with creation, so that sorting by it is a topological order.
    """

    __slots__ = (
        "__weakref__",
        "dtype",
        "hooks",
        "inputs",
        "order",
        "out",
        "outputs",
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
        self.outputs: list[Any]
        self.trace: str | None = None
        self.order = next_order()

    @property
    def name(self) -> str:
        return self.primitive.name

    def release(self) -> None:
        """Drops what was saved; a later backward through this node is refused by name."""
        self.parents = None  # first of all: another thread's walk looks at it last
        self.inputs = None
        self.out = None
        self.params = _RELEASED

    def output(self, index: int, make: Callable[[], Node]) -> Node:
        """The node of one of several outputs: the one there is, else one that `make` makes.

        There is never more than one, so that gradients and hooks of an output find it.
        """
        node = self.outputs[index]()
        if node is None:
            node = make()
            self.outputs[index] = weakref.ref(node)
        return node

    def __repr__(self) -> str:
        return f"<Node {self.primitive.name} {self.shape}>"


def topological_order(roots: Iterable[Node], since: int = 0) -> list[Node]:
    """All nodes that `roots` depend on, children before parents. Iterative: depth is no limit.

    since: leave out the nodes that are older than this number of `next_order`.
    """
    found = {root for root in roots if root.order >= since} if since else set(roots)
    stack = list(found)
    while stack:
        node = stack.pop()
        parents = node.parents
        if parents is None:
            raise already_released(node)
        for parent in parents:
            if parent.__class__ is Node and parent not in found and parent.order >= since:  # type: ignore[union-attr]
                found.add(parent)  # type: ignore[arg-type]
                stack.append(parent)  # type: ignore[arg-type]
    return sorted(found, key=_order_of, reverse=True)


def already_released(node: Node) -> RuntimeError:
    return RuntimeError(
        f"backward: the graph behind '{node.name}' was already released by an earlier "
        "backward; pass retain_graph=True to that one, or compute the result anew"
    )


def _order_of(node: Node) -> int:
    return node.order


def is_recording() -> bool:
    """Whether operations on tracked tensors are recorded in this thread."""
    return STATE.recording


class _Switch(ContextDecorator):
    """Sets one field of the thread's state inside a `with` block or a decorated function.

    No yield or await belongs inside a block: the state is the thread's, so that whoever runs
    meanwhile in the same thread would have it too.
    """

    _field: str
    _value: bool

    def __call__(self, function: Any) -> Any:
        if any(
            kind(function)
            for kind in (
                inspect.isgeneratorfunction,
                inspect.iscoroutinefunction,
                inspect.isasyncgenfunction,
            )
        ):
            name = type(self).__name__
            raise TypeError(
                f"{name}: {function.__name__} is a generator or coroutine, whose body runs later "
                f"than the call that @{name}() surrounds; write `with {name}():` in its body, "
                "without a yield or await inside the block"
            )
        return super().__call__(function)

    def __enter__(self) -> _Switch:
        open_block(self, self._field, self._value)
        return self

    def __exit__(self, *_: object) -> None:
        close_block(self)


class no_grad(_Switch):  # noqa: N801  (used like a function)
    """Context manager and decorator: nothing inside is recorded, in this thread.

    Do not yield or await inside the block; what runs meanwhile would not be recorded either.

    >>> with no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    _field, _value = "recording", False


class enable_grad(_Switch):  # noqa: N801
    """Context manager and decorator: records again inside a `no_grad` block."""

    _field, _value = "recording", True


class tracing(_Switch):  # noqa: N801
    """Inside, a tracked tensor does not become a Python float: a derivative would be lost."""

    _field, _value = "tracing", True


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
