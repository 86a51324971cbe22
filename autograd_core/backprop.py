"""The backward pass: cotangents walk the graph from the outputs to the leaves.

In the ordinary pass cotangents are plain arrays and nothing is recorded. Under `create_graph` they
are Tensors, every saved array is given back its place in the graph, and the rules, being written in
differentiable operations, record the derivative as a computation of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.graph import (
    STATE,
    Node,
    already_released,
    enable_grad,
    next_order,
    topological_order,
)
from autograd_core.primitive import OUTPUT, has_nan, output_of
from autograd_core.tensor import Tensor, as_array

__all__ = ["backward", "gradients", "unbroadcast"]

ndarray = np.ndarray
Leaves = dict[int, tuple[Tensor, Any]]  # id(leaf) -> the leaf and its cotangent


def backward(
    output: Tensor, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False
) -> None:
    """Accumulates d output / d leaf into `.grad` of every tracked leaf; see `Tensor.backward`."""
    if not output.requires_grad:
        raise RuntimeError(
            "backward: this tensor does not depend on any tracked tensor; create the inputs with "
            "requires_grad=True and do not compute it inside no_grad"
        )
    cotangent = _initial_cotangent(output, gradient, create_graph)
    order: list[Node] = []
    if output.node is None:
        leaves: Leaves = {id(output): (output, cotangent)}
    else:
        order = topological_order((output.node,))
        leaves = _walk(order, {output.node: cotangent}, create_graph)
    for leaf, total in leaves.values():
        if leaf.hooks:  # all of them before anything changes: one may raise
            leaves[id(leaf)] = (leaf, _run_hooks(leaf.hooks, total))
    if not (retain_graph or create_graph):
        for node in order:
            node.release()
    for leaf, total in leaves.values():
        while True:
            old = leaf.grad
            if create_graph:
                with enable_grad():
                    grad = total if old is None else old + total
            else:
                array = np.asarray(total if old is None else old.data + total)
                array.setflags(write=False)  # it may be another leaf's gradient as well
                grad = Tensor(array)
            if leaf.grad is old:  # else another thread has added to it: once more
                leaf.grad = grad
                break


def gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    cotangents: Sequence[Any],
    *,
    create_graph: bool = False,
    retain_graph: bool = True,
) -> list[Tensor | None]:
    """Cotangents of `inputs` given those of `outputs`, leaving every `.grad` alone.

    An input may be a leaf or the result of an operation. None stands for an input that no output
    depends on. Only the paths that lead to `inputs` are walked.
    """
    for name, given in (("outputs", outputs), ("inputs", inputs)):
        if isinstance(given, Tensor) or not all(isinstance(one, Tensor) for one in given):
            raise TypeError(f"gradients: {name} must be a list of Tensors, {given!r:.60} was given")
    if len(cotangents) != len(outputs):
        raise ValueError(
            f"gradients: {len(cotangents)} cotangents for {len(outputs)} outputs; give one for "
            "each, None for that of a single value"
        )
    pending, leaves = _started(outputs, inputs, cotangents, create_graph)
    order = topological_order(pending, _begin(inputs))
    relevant = _relevant(order, inputs)
    kept: dict[Node, Any] = {t.node: None for t in inputs if t.node is not None}
    for leaf, total in _walk(order, pending, create_graph, relevant, kept).values():
        _deposit_leaf(leaves, leaf, total)
    if not (retain_graph or create_graph):
        for node in order:
            node.release()
    results: list[Tensor | None] = []
    for wanted in inputs:
        if wanted.node is None:
            total = leaves[id(wanted)][1] if id(wanted) in leaves else None
            if wanted.hooks and total is not None:
                total = _run_hooks(wanted.hooks, total)
        else:
            total = kept[wanted.node]
        results.append(_as_tensor(total))
    return results


def _begin(inputs: Sequence[Tensor]) -> int:
    """A number of `next_order`: no older node can depend on any of `inputs`."""
    return min((getattr(t if t.node is None else t.node, "order", 0) for t in inputs), default=0)


def partial_gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    cotangents: Sequence[Any],
    since: int,
    *,
    create_graph: bool,
) -> list[Tensor | None]:
    """Cotangents of `inputs` as independent variables of a computation that began at `since`.

    since: a number of `next_order`; a path ends at the first node that is older, so `inputs` are
    leaves and results of older nodes. No hook of an input is run. Raises RuntimeError when a path
    ends at something that is not among the inputs.
    """
    pending, leaves = _started(outputs, inputs, cotangents, create_graph)
    for leaf, total in _walk(topological_order(pending, since), pending, create_graph).values():
        _deposit_leaf(leaves, leaf, total)
    results = []
    for wanted in inputs:
        if wanted.node is None:
            results.append(_as_tensor(leaves.pop(id(wanted), (wanted, None))[1]))
        else:
            results.append(_as_tensor(pending.pop(wanted.node, None)))
    if leaves or pending:
        raise RuntimeError(
            "backward: a function that was run again used other tracked tensors than the first time"
        )
    return results


def _started(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], cotangents: Sequence[Any], tracked: bool
) -> tuple[dict[Node, Any], Leaves]:
    """The cotangents of `outputs` by node and by leaf, where a walk begins."""
    pending: dict[Node, Any] = {}
    leaves: Leaves = {}
    wanted = {id(t) for t in inputs}
    for output, cotangent in zip(outputs, cotangents, strict=True):
        if not output.requires_grad and id(output) not in wanted:
            continue
        cotangent = _initial_cotangent(output, cotangent, tracked)
        if output.node is None:
            _deposit_leaf(leaves, output, cotangent)
        else:
            _deposit(pending, output.node, cotangent)
    return pending, leaves


def _as_tensor(cotangent: Any) -> Tensor | None:
    if cotangent is None or isinstance(cotangent, Tensor):
        return cotangent
    return Tensor(np.asarray(cotangent))  # a sum of arrays without axes is a NumPy scalar


def _initial_cotangent(output: Tensor, gradient: Any, create_graph: bool) -> Any:
    data = output.data
    if gradient is None:
        if data.size != 1:
            raise ValueError(
                f"backward: the tensor has shape {data.shape}, so a gradient of that shape is "
                "needed; pass gradient=..., or reduce it to one value with .sum() or .mean()"
            )
        one = np.ones(data.shape, data.dtype)
        return Tensor(one) if create_graph else one
    tracked = isinstance(gradient, Tensor)
    values = gradient.data if tracked else np.asarray(gradient)
    if values.shape != data.shape:
        raise ValueError(
            f"backward: gradient has shape {values.shape}, the tensor {data.shape}; "
            "they must be equal"
        )
    if not tracked and (values.flags.writeable or values.base is not None):
        values = values.copy()  # it may become somebody's .grad as it is
    result = values if not create_graph else gradient if tracked else Tensor(values)
    if values.dtype == data.dtype:
        return result
    if values.dtype.kind not in "fiub":
        raise TypeError(f"backward: the gradient must be real numbers, it is {values.dtype}")
    return result.astype(data.dtype)


def _relevant(order: list[Node], inputs: Sequence[Tensor]) -> set[int]:
    """Ids of the wanted leaves and of all nodes from which a path leads to something wanted."""
    relevant = {id(t if t.node is None else t.node) for t in inputs}
    for node in reversed(order):  # parents before children
        if any(id(parent) in relevant for parent in node.parents or () if parent is not None):
            relevant.add(id(node))
    return relevant


def _walk(
    order: list[Node],
    pending: dict[Node, Any],
    create_graph: bool,
    relevant: set[int] | None = None,
    kept: dict[Node, Any] | None = None,
) -> Leaves:
    """Pulls the cotangents in `pending` back through `order`; returns those of the leaves.

    relevant: ids of what is worth reaching (None: everything). kept: filled with the cotangents of
    the nodes that are its keys.
    """
    leaves: Leaves = {}
    outer = STATE.recording
    STATE.recording = create_graph
    try:
        for node in order:
            g = pending.pop(node, None)
            if g is None:
                continue
            if node.hooks:
                g = _run_hooks(node.hooks, g)
            if kept is not None and node in kept:
                kept[node] = g
            if node.primitive is OUTPUT:
                _deposit_output(pending, node, g)
                continue
            for parent, cotangent in _pull_back(node, g, create_graph, relevant):
                if parent.__class__ is Node:
                    old = pending.get(parent)
                    pending[parent] = cotangent if old is None else old + cotangent
                elif id(parent) in leaves:
                    _deposit_leaf(leaves, parent, cotangent)
                else:
                    leaves[id(parent)] = (parent, cotangent)
    finally:
        STATE.recording = outer
    return leaves


def _pull_back(
    node: Node, g: Any, create_graph: bool, relevant: set[int] | None
) -> list[tuple[Any, Any]]:
    """The cotangents of the tracked inputs of one node, each with its parent."""
    primitive = node.primitive
    inputs, out, params = node.inputs, node.out, node.params
    parents = node.parents  # last: `release` clears it first
    if parents is None:  # a hook, or another thread, has walked and released the graph
        raise already_released(node)
    if g.__class__ is list:
        g = _filled(node, g, create_graph)
    if create_graph:
        inputs, out = _restored(node)
        if primitive.composition is not None:
            return _pull_back_composed(node, g, inputs)
    pulled = []
    joint = None
    if primitive.joint is not None:
        needs = tuple(p is not None and (not relevant or id(p) in relevant) for p in parents)
        joint = primitive.joint.call(g, inputs, out, params, needs)
    index = -1
    for parent in parents:
        index += 1
        if parent is None or (relevant is not None and id(parent) not in relevant):
            continue
        if joint is None:
            cotangent = primitive.rule_for(index).call(g, inputs, out, params, index)
        else:
            cotangent = joint[index]
        if cotangent is None:
            continue
        if create_graph:
            cotangent = (
                cotangent if isinstance(cotangent, Tensor) else Tensor(np.asarray(cotangent))
            )
        elif cotangent.__class__ is not ndarray:
            cotangent = np.asarray(as_array(cotangent))
        spec = parent if parent.__class__ is Node else parent.data  # type: ignore[union-attr]
        if cotangent.shape != spec.shape or cotangent.dtype != spec.dtype:
            cotangent = _fitted(cotangent, spec.shape, spec.dtype, primitive, index)
        if node.trace is not None and STATE.anomaly:
            _check_for_nan(node, cotangent, g, index)
        pulled.append((parent, cotangent))
    return pulled


def _pull_back_composed(node: Node, g: Any, inputs: Any) -> list[tuple[Any, Any]]:
    """Derivatives of a fused primitive through its composition of differentiable ones."""
    tracked = [i for i, parent in enumerate(node.parents or ()) if parent is not None]
    fresh = list(inputs)
    for i in tracked:  # new nodes, so that the walk ends at each of this node's inputs
        fresh[i] = _alias(inputs[i])
    since = next_order()
    outs = node.primitive.composition(*fresh, **node.params)  # type: ignore[misc]
    outs, gs = (outs, g) if isinstance(outs, tuple) else ((outs,), (g,))
    found = partial_gradients(outs, [fresh[i] for i in tracked], gs, since, create_graph=True)
    return [
        (node.parents[i], c)  # type: ignore[index]
        for i, c in zip(tracked, found, strict=True)
        if c is not None
    ]


def _alias(value: Tensor) -> Tensor:
    from autograd_core.ops.elementwise import positive

    return positive(value)


def _restored(node: Node) -> tuple[Any, Any]:
    """What the node saved, as tensors with their place in the graph."""
    inputs = []
    for parent, value in zip(node.parents, node.inputs, strict=True):  # type: ignore[arg-type]
        if parent is None or value is None or value.__class__ is tuple:
            inputs.append(value)
        elif parent.__class__ is Node:
            inputs.append(Tensor(value, True, parent))  # type: ignore[arg-type]
        elif parent.data is value:  # type: ignore[union-attr]
            inputs.append(parent)
        else:  # the leaf was given a new value since; the derivative belongs to the old one
            old = Tensor(value, True)
            restored = _alias(old)
            restored.node.parents = (parent,)  # type: ignore[union-attr]
            inputs.append(restored)
    out = node.out
    if isinstance(out, tuple):
        out = tuple(output_of(node, i, o) if o.dtype.kind == "f" else o for i, o in enumerate(out))
    elif out is not None:
        out = Tensor(out, True, node)
    return tuple(inputs), out


def _filled(node: Node, parts: list[Any], create_graph: bool) -> tuple[Any, ...]:
    """The cotangent of a node with several outputs: zeros for those that nothing depends on."""
    filled = []
    for part, shape, dtype in zip(parts, node.shape, node.dtype, strict=True):
        if part is None:
            part = np.zeros(shape, dtype)
            part = Tensor(part) if create_graph else part
        filled.append(part)
    return tuple(filled)


def _deposit(pending: dict[Node, Any], node: Node, cotangent: Any) -> None:
    old = pending.get(node)
    pending[node] = cotangent if old is None else old + cotangent


def _deposit_output(pending: dict[Node, Any], node: Node, g: Any) -> None:
    (parent,), (index,) = node.parents, node.inputs  # type: ignore[misc]
    parts = pending.get(parent)  # type: ignore[arg-type]
    if parts is None:
        parts = pending[parent] = [None] * len(parent.shape)  # type: ignore[index,union-attr]
    parts[index] = g if parts[index] is None else parts[index] + g


def _deposit_leaf(leaves: Leaves, leaf: Any, cotangent: Any) -> None:
    old = leaves.get(id(leaf))
    leaves[id(leaf)] = (leaf, cotangent if old is None else old[1] + cotangent)


def _run_hooks(hooks: list[Callable[[Tensor], Any]], g: Any) -> Any:
    plain = not isinstance(g, Tensor)
    for hook in tuple(hooks):
        if plain:
            g = np.asarray(g)
            g.setflags(False)  # read-only: the same array may be the gradient of other tensors
        replaced = hook(Tensor(g) if plain else g)
        if replaced is None:
            continue
        if not isinstance(replaced, Tensor):
            replaced = Tensor(np.array(replaced))
        values = replaced.data
        if values.dtype.kind not in "fiub":
            raise TypeError(f"register_hook: the hook returned {values.dtype}, not real numbers")
        if values.shape != g.shape:
            raise ValueError(
                f"register_hook: the hook returned shape {values.shape}, "
                f"the gradient has {g.shape}; they must be equal"
            )
        if values.dtype != g.dtype:
            replaced = replaced.astype(g.dtype)
        g = replaced.data if plain else replaced
    return g


def _fitted(cotangent: Any, shape: Any, dtype: Any, primitive: Any, index: int) -> Any:
    """Sums away what broadcasting had added, and casts to the input's dtype."""
    if cotangent.shape != shape:
        try:
            cotangent = unbroadcast(cotangent, shape)
        except ValueError:
            name = primitive.array_names[0 if primitive.variadic else index]
            raise ValueError(
                f"the derivative rule of '{primitive.name}' for '{name}' returned shape "
                f"{cotangent.shape}, the input has {shape}"
            ) from None
    if cotangent.dtype == dtype:
        return cotangent
    if dtype.kind != "f" or cotangent.dtype.kind == "c":
        raise TypeError(
            f"backward: '{primitive.name}' has a gradient of dtype {cotangent.dtype} for an input "
            f"of dtype {dtype}; only real floats have gradients"
        )
    return cotangent.astype(dtype)


Tensor._backward = staticmethod(
    backward
)  # an import inside Tensor.backward would cost at each call


def unbroadcast(value: Any, shape: tuple[int, ...]) -> Any:
    """Sums an array or Tensor over the axes along which `shape` was broadcast to its shape."""
    extra = value.ndim - len(shape)
    axes = (
        *range(extra),
        *(
            extra + axis
            for axis, size in enumerate(shape)
            if extra >= 0 and size == 1 != value.shape[extra + axis]
        ),
    )
    summed = value.sum(axis=axes, keepdims=True) if axes else value
    if extra < 0 or summed.shape[extra:] != shape:
        raise ValueError(f"shape {value.shape} does not come from broadcasting {shape}")
    return summed.reshape(shape)


def _check_for_nan(node: Node, cotangent: Any, g: Any, index: int) -> None:
    before = (*(g if isinstance(g, tuple) else (g,)), *(node.inputs or ()))
    if has_nan(as_array(cotangent)) and not any(has_nan(as_array(b)) for b in before):
        primitive = node.primitive
        name = primitive.array_names[0 if primitive.variadic else index]
        raise FloatingPointError(
            f"detect_anomaly: the derivative of '{primitive.name}' with respect to '{name}' "
            f"is NaN; it was called at {node.trace}"
        )
