"""GradientTape: the interface of TensorFlow and Keras training loops over the dynamic graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.backprop import gradients
from autograd_core.graph import STATE, close_block, open_block
from autograd_core.structures import leaves, map_structure, unflatten_as
from autograd_core.tensor import Tensor

__all__ = ["GradientTape"]


class GradientTape:
    """Records what happens inside its `with` block and differentiates it.

    persistent: `gradient` and `jacobian` may be called more than once.
    watch_accessed_variables: tracked tensors (layer weights, `requires_grad=True`) are watched by
        themselves; with False only what is given to `watch` has a gradient.

    Tapes nest: a gradient taken inside an outer tape's block can itself be differentiated.

    >>> x = tensor(3.0)
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> tape.gradient(y, x).item()
    6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watch_accessed = watch_accessed_variables
        self._watched: dict[int, Tensor] = {}
        self._untracked: list[Tensor] = []  # constants that are tracked only inside the block
        self._entered = False
        self._used = False
        self._shared = False  # with another tape that was open at the same time

    def __enter__(self) -> GradientTape:
        if self._entered:
            raise RuntimeError("GradientTape: this tape is already recording")
        open_block(self, "recording", True)
        open_block(self, "tracing", True)
        self._entered, self._used, self._shared = True, False, bool(STATE.tapes)
        for other in STATE.tapes:
            other._shared = True
        STATE.tapes = (*STATE.tapes, self)
        return self

    def __exit__(self, *_: object) -> None:
        close_block(self)
        close_block(self)
        STATE.tapes = tuple(tape for tape in STATE.tapes if tape is not self)
        self._entered = False
        for constant in self._untracked:
            heir = next((t for t in STATE.tapes if id(constant) in t._watched), None)
            if heir is None:
                constant.requires_grad = False
            else:  # it was watched by a tape that is still open
                heir._untracked.append(constant)
        self._untracked.clear()

    def watch(self, tensor: Any) -> None:
        """Tracks a tensor (or a nested structure of them) from here to the end of the block."""
        for one in leaves(tensor):
            if not isinstance(one, Tensor):
                raise TypeError(
                    f"GradientTape.watch: expected a Tensor, got {type(one).__name__}; "
                    "make one with tensor(...)"
                )
            if one.dtype.kind != "f":
                raise TypeError(
                    f"GradientTape.watch: only float tensors have gradients, this is {one.dtype}"
                )
            if not self._entered:
                raise RuntimeError("GradientTape.watch: call it inside the tape's with block")
            self._watched[id(one)] = one
            if not one.requires_grad:
                one.requires_grad = True
                self._untracked.append(one)

    def stop_recording(self) -> Any:
        """Context manager: what happens inside is not recorded."""
        from autograd_core.graph import no_grad

        return no_grad()

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """The gradient of the sum of `target` with respect to `sources`, in their structure.

        target: a Tensor or structure of them. output_gradients: cotangents in its structure (ones).
        unconnected_gradients: "none" gives None for a source that target does not depend on,
            "zero" an array of zeros.
        """
        if str(unconnected_gradients).lower() not in ("none", "zero"):
            raise ValueError(
                "GradientTape.gradient: unconnected_gradients must be 'none' or 'zero', "
                f"got {unconnected_gradients!r}"
            )
        self._use("gradient")
        targets, wanted = self._tensors("target", target), self._tensors("sources", sources)
        if output_gradients is None:
            cotangents: list[Any] = [np.ones(t.shape, t.dtype) for t in targets]
        else:
            cotangents = leaves(output_gradients)
            if len(cotangents) != len(targets):
                raise ValueError(
                    f"GradientTape.gradient: {len(cotangents)} output_gradients for "
                    f"{len(targets)} targets; give one for each"
                )
        inside = bool(STATE.tapes)  # an outer tape, or this one, still records: it can use it
        found = gradients(
            targets,
            wanted,
            cotangents,
            create_graph=inside,
            retain_graph=self._persistent or self._shared or inside,
        )
        found = [g if self._is_watched(s) else None for g, s in zip(found, wanted, strict=True)]
        if str(unconnected_gradients).lower() == "zero":
            found = [
                Tensor(np.zeros(s.shape, s.dtype)) if g is None else g
                for g, s in zip(found, wanted, strict=True)
            ]
        return unflatten_as(sources, found)

    def jacobian(self, target: Tensor, sources: Any) -> Any:
        """d target / d source, of shape `target.shape + source.shape`, structured as sources."""
        from autograd_core.ops.joining import stack

        self._use("jacobian")
        if not isinstance(target, Tensor):
            raise TypeError(
                f"GradientTape.jacobian: target must be a Tensor, got {type(target).__name__}"
            )
        wanted = self._tensors("sources", sources)
        inside = bool(STATE.tapes)
        rows = []
        for index in np.ndindex(target.shape):
            unit = np.zeros(target.shape, target.dtype)
            unit[index] = 1
            rows.append(gradients([target], wanted, [unit], create_graph=inside))
        joined: list[Any] = []
        for position, source in enumerate(wanted):
            parts = [row[position] for row in rows]
            if any(part is None for part in parts) or not self._is_watched(source):
                joined.append(None)
            elif not parts:
                joined.append(Tensor(np.zeros(target.shape + source.shape, source.dtype)))
            else:
                joined.append(stack(parts).reshape(target.shape + source.shape))
        return unflatten_as(sources, joined)

    def _use(self, method: str) -> None:
        if self._used and not self._persistent:
            raise RuntimeError(
                f"GradientTape.{method}: a tape that is not persistent can be used once; "
                "make it with GradientTape(persistent=True)"
            )
        self._used = True

    def _is_watched(self, source: Tensor) -> bool:
        return self._watch_accessed or id(source) in self._watched or source.node is not None

    def _tensors(self, argument: str, structure: Any) -> list[Tensor]:
        def check(one: Any) -> Any:
            if not isinstance(one, Tensor):
                raise TypeError(
                    f"GradientTape: {argument} must be Tensors, got {type(one).__name__}"
                )
            return one

        return leaves(map_structure(check, structure))
