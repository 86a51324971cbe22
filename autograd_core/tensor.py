"""The Tensor: an array that remembers how it was made.

Operators and NumPy-named methods are attached by `operators.py` from one table; here stands what a
tensor is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.graph import STATE, Node

__all__ = ["Tensor", "as_array", "tensor"]


class Tensor:
    """An n-dimensional array of numbers on a dynamic graph.

    Tensors are made with `tensor(...)` or by operations. They are immutable: no operation writes
    into one, so what is saved for the derivatives stays true.

    data: the `numpy.ndarray` (for reading; write through `assign`-like methods only).
    grad: gradient accumulated by `backward`, a Tensor of the same shape and dtype, or None.
    node: the recorded operation, None for a leaf.
    requires_grad: whether operations on this tensor are recorded.
    """

    __slots__ = ("__weakref__", "data", "grad", "hooks", "node", "requires_grad")

    data: np.ndarray
    grad: Tensor | None
    node: Node | None
    requires_grad: bool

    def __init__(
        self, data: np.ndarray, requires_grad: bool = False, node: Node | None = None
    ) -> None:
        self.data = data
        self.grad = None
        self.hooks: list[Callable[[Tensor], Any]] | None = None
        self.node = node
        self.requires_grad = requires_grad

    # What an array knows about itself.

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    @property
    def is_leaf(self) -> bool:
        """True when no recorded operation made this tensor."""
        return self.node is None

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError("len() of a tensor without axes; its shape is ()")
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.data.ndim:
            raise TypeError("iteration over a tensor without axes; its shape is ()")
        return iter(self._unstack(self))

    # Leaving the graph.

    def numpy(self) -> np.ndarray:
        """The values as a read-only NumPy view (no copy; `.copy()` it to write)."""
        view = self.data.view()
        view.flags.writeable = False
        return view

    def item(self) -> float | int | bool:
        """The one value as a Python number. Raises ValueError when there is not exactly one."""
        if self.data.size != 1:
            raise ValueError(
                f"item: needs exactly one value, the tensor has shape {self.shape}; "
                "index it or reduce it first"
            )
        return self.data.item()

    def tolist(self) -> Any:
        """The values as (nested lists of) Python numbers."""
        return self.data.tolist()

    def detach(self) -> Tensor:
        """The same values as a tensor that is not tracked."""
        return Tensor(self.data)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.requires_grad:
            raise RuntimeError(
                "a tracked tensor is about to become a plain NumPy array, which would cut it off "
                "from its gradient; call .detach() or .numpy() if that is wanted, or use "
                "concatenate/stack/where/index_update instead of writing into an array"
            )
        values = self.numpy() if not copy else self.data
        return np.array(values, dtype=dtype, copy=copy)

    def __float__(self) -> float:
        # Outside, float(loss) is what people print; inside, math.sin(t) would lose a derivative.
        if STATE.tracing and STATE.recording and self.requires_grad:
            raise RuntimeError(
                "a tracked tensor is about to become a Python float, which would cut it off from "
                "its gradient; write t.item() if only the value is wanted, and np.sin(t), not "
                "math.sin(t), to compute on"
            )
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.data.ndim or self.data.dtype.kind not in "iu":
            raise TypeError(
                f"a tensor of shape {self.shape} and dtype {self.dtype} cannot be an index; "
                "use an integer tensor without axes"
            )
        return int(self.data)

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise ValueError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous; "
                "use .any() or .all()"
            )
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    # Gradients.

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool = False,
        create_graph: bool = False,
    ) -> None:
        """Adds d self / d leaf to `.grad` of every tracked leaf this tensor depends on.

        gradient: the cotangent, of this tensor's shape; may be left out for a single value (1).
        retain_graph: keep what was saved, so that the graph can be walked again.
        create_graph: record the backward pass too, for higher derivatives (implies retain_graph).
        """
        self._backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph)

    _backward: Callable[..., None]  # set by backprop.py
    _unstack: Callable[..., Any]  # set by operators.py: one node for all rows

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Callable[[], None]:
        """Calls `hook(gradient)` when this tensor's gradient is complete in a backward pass.

        What the hook returns (unless None) takes the gradient's place. Returns a function that
        removes the hook. Raises RuntimeError on a tensor that is not tracked.
        """
        if not self.requires_grad:
            raise RuntimeError("register_hook: this tensor is not tracked, so no gradient comes by")
        if not callable(hook):
            raise TypeError(f"register_hook: a function is needed, {hook!r:.40} was given")
        owner = self if self.node is None else self.node
        hooks = owner.hooks
        if hooks is None:
            hooks = owner.hooks = []
        hooks.append(hook)

        def remove() -> None:
            if hook in hooks:
                hooks.remove(hook)

        return remove

    def zero_grad(self) -> None:
        """Forgets the accumulated gradient (sets `.grad` to None)."""
        self.grad = None

    # Tensors are compared by value with ==, and hashed by identity.
    __hash__ = object.__hash__

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "tensors are immutable: use y = index_update(x, index, value) or "
            "index_add(x, index, value) in place of x[index] = value"
        )

    def __reduce__(self) -> Any:
        if self.node is not None:
            raise TypeError(
                f"a tensor made by '{self.node.name}' cannot be copied or pickled with its graph; "
                "call .detach() first"
            )
        return (_rebuild, (type(self), self.data, self.requires_grad))

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="tensor(", threshold=200)
        parts = [body]
        if self.data.dtype != np.float64:
            parts.append(f"dtype={self.data.dtype.name}")
        if not self.data.size:
            parts.append(f"shape={self.shape}")
        if self.node is not None:
            parts.append(f"op={self.node.name}")
        elif self.requires_grad:
            parts.append("requires_grad=True")
        return f"tensor({', '.join(parts)})"

    if TYPE_CHECKING:  # attached by operators.py; a test holds the two lists against each other

        @property
        def T(self) -> Tensor: ...  # noqa: N802
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __pos__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __rand__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __ror__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __rxor__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def astype(self, dtype: Any) -> Tensor: ...
        def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def prod(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def max(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def min(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def var(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Tensor: ...
        def std(self, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Tensor: ...
        def cumsum(self, axis: int | None = None) -> Tensor: ...
        def cumprod(self, axis: int | None = None) -> Tensor: ...
        def all(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def any(self, axis: Any = None, keepdims: bool = False) -> Tensor: ...
        def argmax(self, axis: int | None = None) -> Tensor: ...
        def argmin(self, axis: int | None = None) -> Tensor: ...
        def argsort(self, axis: int | None = -1) -> Tensor: ...
        def sort(self, axis: int | None = -1) -> Tensor: ...
        def reshape(self, *shape: Any) -> Tensor: ...
        def transpose(self, *axes: Any) -> Tensor: ...
        def ravel(self) -> Tensor: ...
        def flatten(self) -> Tensor: ...
        def squeeze(self, axis: Any = None) -> Tensor: ...
        def swapaxes(self, axis1: int, axis2: int) -> Tensor: ...
        def repeat(self, repeats: Any, axis: int | None = None) -> Tensor: ...
        def take(self, indices: Any, axis: int | None = None) -> Tensor: ...
        def clip(self, min: Any = None, max: Any = None) -> Tensor: ...
        def dot(self, other: Any) -> Tensor: ...
        def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor: ...
        def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor: ...


def _rebuild(cls: type[Tensor], data: np.ndarray, requires_grad: bool) -> Tensor:
    made = cls.__new__(cls)
    data.flags.writeable = False  # a copy or a pickle of the array has lost that
    Tensor.__init__(made, data, requires_grad)
    return made


def as_array(value: Any) -> Any:
    """The array of a Tensor, anything else unchanged."""
    return value.data if isinstance(value, Tensor) else value


def tensor(data: Any, requires_grad: bool = False, dtype: Any = None) -> Tensor:
    """Makes a leaf tensor from a copy of `data`.

    data: a number, (nested) sequence, array, or Tensor (which is detached).
    requires_grad: record operations on it; needs a floating dtype.
    dtype: as in `numpy.array`; by default what NumPy infers (Python floats: float64).

    Raises TypeError for data that is not numeric, and for requires_grad on integers or booleans.
    """
    if isinstance(data, Tensor):
        data = data.data
    elif isinstance(data, (list, tuple)):
        data = _unwrap_sequence(data)
    elif isinstance(data, (np.ndarray, np.generic)):
        if data.dtype.kind == "c":
            raise TypeError(f"tensor: dtype {data.dtype} is not supported; pass .real or .imag")
        if hasattr(data, "mask") and hasattr(data, "filled"):
            raise TypeError("tensor: a masked array's mask would be lost; pass data.filled(...)")
    try:
        array = np.array(data, dtype=dtype)
    except ValueError as error:
        raise ValueError(f"tensor: the data do not form an array: {error}") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"tensor: {type(data).__name__} of dtype {array.dtype} is not supported; "
            "use floats, integers or booleans"
        )
    if requires_grad and array.dtype.kind != "f":
        raise TypeError(
            f"tensor: requires_grad needs a floating dtype, the data are {array.dtype}; "
            "pass dtype='float32' or 'float64'"
        )
    array.flags.writeable = False
    return Tensor(array, requires_grad)


def _unwrap_sequence(data: Any) -> Any:
    """Tensors inside nested lists as arrays; a tracked one is refused, its graph would be lost."""
    if isinstance(data, Tensor):
        if data.requires_grad:
            raise TypeError(
                "tensor: the list holds tracked tensors, whose graph would be lost; "
                "use stack([...]) or concatenate([...])"
            )
        return data.data
    if isinstance(data, (list, tuple)):
        return [_unwrap_sequence(item) for item in data]
    return data
