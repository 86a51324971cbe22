"""The backward pass: cotangents walk the graph from the outputs to the leaves.

In the ordinary pass cotangents are plain arrays and nothing is recorded. Under `create_graph` they
are Tensors, every saved array is given back its place in the graph, and the rules, being written in
differentiable operations, record the derivative as a computation of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.graph import STATE, Node, topological_order
from autograd_core.primitive import OUTPUT, has_nan
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
    if output.node is None:
        leaves: Leaves = {id(output): (output, cotangent)}
    else:
        order = topological_order((output.node,))
        leaves = _walk(order, {output.node: cotangent}, create_graph)
        if not (retain_graph or create_graph):
            for node in order:
                node.release()
    for leaf, total in leaves.values():
        if leaf.hooks:
            total = _run_hooks(leaf.hooks, total)
        old = leaf.grad
        if create_graph:
            leaf.grad = total if old is None else old + total
        else:
            leaf.grad = Tensor(np.asarray(total if old is None else old.data + total))


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
    pending: dict[Node, Any] = {}
    leaves: Leaves = {}
    for output, cotangent in zip(outputs, cotangents, strict=True):
        if not output.requires_grad:
            continue
        cotangent = _initial_cotangent(output, cotangent, create_graph)
        if output.node is None:
            _deposit_leaf(leaves, output, cotangent)
        else:
            _deposit(pending, output.node, cotangent)
    order = topological_order(pending)
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
        if total is not None and not isinstance(total, Tensor):
            total = Tensor(np.asarray(total))  # a sum of arrays without axes is a NumPy scalar
        results.append(total)
    return results


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
    if not tracked and values.flags.writeable:
        values = values.copy()  # it may become somebody's .grad as it is
    if create_graph:
        result = gradient if tracked else Tensor(values)
        return result if values.dtype == data.dtype else result.astype(data.dtype)
    return values if values.dtype == data.dtype else values.astype(data.dtype)


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
    inputs, out = node.inputs, node.out
    if g.__class__ is list:
        g = _filled(node, g, create_graph)
    if create_graph:
        inputs, out = _restored(node)
        if primitive.composition is not None:
            return _pull_back_composed(node, g, inputs)
    pulled = []
    parents = node.parents
    joint = None
    if primitive.joint is not None:
        needs = tuple(p is not None and (not relevant or id(p) in relevant) for p in parents)  # type: ignore[union-attr]
        joint = primitive.joint.call(g, inputs, out, node.params, needs)
    index = -1
    for parent in parents:  # type: ignore[union-attr]
        index += 1
        if parent is None or (relevant is not None and id(parent) not in relevant):
            continue
        if joint is None:
            cotangent = primitive.rule_for(index).call(g, inputs, out, node.params, index)
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
    for i in tracked:  # new nodes, so that the walk ends at this node's inputs
        fresh[i] = _alias(inputs[i])
    outs = node.primitive.composition(*fresh, **node.params)  # type: ignore[misc]
    outs, gs = (outs, g) if isinstance(outs, tuple) else ((outs,), (g,))
    found = gradients(outs, [fresh[i] for i in tracked], gs, create_graph=True)
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
    if out.__class__ is tuple:
        out = tuple(
            Tensor(o, True, Node(OUTPUT, (node,), (i,), None, {}, o.shape, o.dtype))
            if o.dtype.kind == "f"
            else o
            for i, o in enumerate(out)
        )
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
    parts = pending.setdefault(parent, [None] * len(parent.shape))  # type: ignore[arg-type,union-attr]
    parts[index] = g if parts[index] is None else parts[index] + g


def _deposit_leaf(leaves: Leaves, leaf: Any, cotangent: Any) -> None:
    old = leaves.get(id(leaf))
    leaves[id(leaf)] = (leaf, cotangent if old is None else old[1] + cotangent)


def _run_hooks(hooks: list[Callable[[Tensor], Any]], g: Any) -> Any:
    plain = not isinstance(g, Tensor)
    for hook in tuple(hooks):
        replaced = hook(Tensor(g) if plain else g)
        if replaced is None:
            continue
        values = replaced.data if isinstance(replaced, Tensor) else np.asarray(replaced)
        if values.shape != g.shape:
            raise ValueError(
                f"register_hook: the hook returned shape {values.shape}, "
                f"the gradient has {g.shape}; they must be equal"
            )
        values = values.astype(g.dtype, copy=False)
        g = values if plain else replaced if isinstance(replaced, Tensor) else Tensor(values)
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
    return cotangent if cotangent.dtype == dtype else cotangent.astype(dtype)


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
