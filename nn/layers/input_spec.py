"""InputSpec: what shapes a layer takes, and the error when it gets another."""

from __future__ import annotations

from typing import Any

__all__ = ["InputSpec"]


class InputSpec:
    """Expected rank and sizes of a layer's input.

    shape: full shape with None for free sizes. ndim, min_ndim, max_ndim: bounds on the rank.
    axes: {axis: size} that must hold.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: tuple[int | None, ...] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = dict(axes or {})
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def check(self, shape: tuple[int | None, ...]) -> None:
        """Raises ValueError if an input of this shape does not fit; None sizes fit everything."""
        rank = len(shape)
        squeezed = self.allow_last_axis_squeeze and abs((self.ndim or 0) - rank) == 1
        if self.ndim is not None and rank != self.ndim and not squeezed:
            raise ValueError(
                f"expected an input with {self.ndim} axes (batch included), got shape "
                f"{show_shape(shape)}{_rank_hint(rank, self.ndim)}"
            )
        if self.min_ndim is not None and rank < self.min_ndim:
            raise ValueError(
                f"expected an input with at least {self.min_ndim} axes (batch included), "
                f"got shape {show_shape(shape)}"
            )
        if self.max_ndim is not None and rank > self.max_ndim:
            raise ValueError(
                f"expected an input with at most {self.max_ndim} axes (batch included), "
                f"got shape {show_shape(shape)}"
            )
        wanted = dict(self.axes)
        if self.shape is not None:
            wanted |= dict(enumerate(self.shape))
        for axis, size in wanted.items():
            given = shape[axis] if -rank <= axis < rank else None
            if size is not None and given is not None and given != size:
                raise ValueError(
                    f"expected size {size} on axis {axis} of the input, got shape "
                    f"{show_shape(shape)}; the layer was built for {size}, so check the data's "
                    "shape or build a new layer"
                )


def show_shape(shape: tuple[int | None, ...]) -> str:
    """A shape as users write it."""
    return str(tuple(shape))


def _rank_hint(given: int, wanted: int) -> str:
    if given == wanted - 1 == 3:
        return "; images need a channel axis: x[..., np.newaxis]"
    if given > wanted == 2:
        return "; put a Flatten layer before it"
    return ""
