"""Strategies for shapes, arrays away from kinks, and the arguments of an operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from autograd_core.primitive import REGISTRY
from autograd_core.samples import GAP, Sample
from autograd_core.structures import map_structure

__all__ = [
    "LAYOUTS",
    "arrays",
    "broadcastable_shapes",
    "operator_arguments",
    "shapes",
    "with_layout",
]

Shape = tuple[int, ...]

LAYOUTS = ("C", "F", "strided", "reversed")
VALUES = 1000  # how many different numbers an entry is chosen from, evenly spaced


def shapes(
    min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[Shape]:
    """Shapes of arrays. min_side=0 includes arrays without elements."""
    if not 0 <= min_dims <= max_dims or not 0 <= min_side <= max_side:
        raise ValueError(
            f"shapes: expected 0 <= min_dims <= max_dims and 0 <= min_side <= max_side, got "
            f"min_dims={min_dims}, max_dims={max_dims}, min_side={min_side}, max_side={max_side}"
        )
    sides = st.integers(min_side, max_side)
    return st.lists(sides, min_size=min_dims, max_size=max_dims).map(tuple)


@st.composite
def broadcastable_shapes(
    draw: st.DrawFn,
    n: int,
    min_dims: int = 0,
    max_dims: int = 3,
    min_side: int = 1,
    max_side: int = 4,
) -> tuple[Shape, ...]:
    """A tuple of `n` shapes that broadcast together: axes are missing, or of size 1, at random.

    min_dims, max_dims: axes of the shape that they are all made from.
    """
    whole = draw(shapes(min_dims, max_dims, min_side, max_side))
    found = []
    for _ in range(n):
        missing = draw(st.integers(0, len(whole)))
        squeezed = draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole)))
        shape = tuple(1 if one else side for side, one in zip(whole, squeezed, strict=True))
        found.append(shape[missing:])
    return tuple(found)


@st.composite
def arrays(
    draw: st.DrawFn,
    shape: Shape | st.SearchStrategy[Shape],
    low: float = -2.0,
    high: float = 2.0,
    avoid: Sequence[float] = (),
    dtype: Any = np.float64,
    gap: float = GAP,
    unique: bool = False,
) -> np.ndarray:
    """Float arrays with values in [low, high], far enough from where a function is not smooth.

    shape: a shape, or a strategy of shapes such as `shapes()`.
    avoid: kinks and poles; no value comes nearer to one of them than `gap`.
    unique: all values of an array differ by at least (high - low) / 1000, so that `max` or `sort`
        meet no ties.

    Examples shrink towards small values. Raises ValueError if nothing is left to choose from.
    """
    if not low < high:
        raise ValueError(f"arrays: expected low < high, got {low} and {high}")
    grid = np.clip(np.round(np.linspace(low, high, VALUES + 1), 12), low, high)
    grid = grid[np.argsort(np.abs(grid), kind="stable")]
    for point in avoid:
        grid = grid[np.abs(grid - point) >= gap]
    size = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    count = int(np.prod(size))
    if not len(grid) or (unique and count > len(grid)):
        raise ValueError(
            f"arrays: {count} values cannot be chosen from [{low}, {high}] at a distance of "
            f"{gap} from {tuple(avoid)}{' without repetition' if unique else ''}"
        )
    index = hypothesis_numpy.arrays(
        np.int64, size, elements=st.integers(0, len(grid) - 1), unique=unique
    )
    return np.asarray(grid[draw(index)], dtype=dtype)


def with_layout(array: np.ndarray, layout: str) -> np.ndarray:
    """The same values in another memory layout: one of `LAYOUTS`.

    "C" and "F" are contiguous; "strided" skips every other element of a larger buffer along each
    axis; "reversed" has negative strides.
    """
    if layout in ("C", "F"):
        return np.array(array, order=layout, copy=True)  # type: ignore[call-overload]
    if layout == "strided":
        filling = np.nan if array.dtype.kind == "f" else 0
        larger = np.full([2 * side for side in array.shape], filling, array.dtype)
        view = larger[(..., *[slice(None, None, 2)] * array.ndim)]
    elif layout == "reversed":
        view = np.empty(array.shape, array.dtype)[(..., *[slice(None, None, -1)] * array.ndim)]
    else:
        raise ValueError(f"with_layout: layout is {layout!r}, expected one of {LAYOUTS}")
    view[...] = array
    return view


@st.composite
def operator_arguments(draw: st.DrawFn, name: str) -> Sample:
    """Arguments for the operator called `name` in `autograd_core.REGISTRY`, as a `Sample`.

    The operator is called as `REGISTRY[name](*sample.args, **sample.params)`. Arrays of
    element-wise operators have random shapes that broadcast, with values in the operator's domain
    and away from its kinks; for the others, one of the sample calls that stand beside the operator
    is drawn with random numbers. The memory layout of the arrays is random.

    Raises ValueError for an unknown name and for operators without derivative, which have no
    samples.
    """
    if name not in REGISTRY:
        raise ValueError(f"operator_arguments: there is no operator named {name!r}")
    samples = REGISTRY[name].samples
    if samples is None:
        raise ValueError(f"operator_arguments: {name} has no derivative and so no sample arguments")
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    listed = samples(rng)
    sample = listed[draw(st.integers(0, len(listed) - 1))]
    args = sample.args
    if samples.domains:
        args = samples.arrays(rng, draw(broadcastable_shapes(len(samples.domains), min_side=0)))
    layout = draw(st.sampled_from(LAYOUTS))

    def laid_out(leaf: Any) -> Any:
        return with_layout(leaf, layout) if isinstance(leaf, np.ndarray) else leaf

    return Sample(tuple(map_structure(laid_out, list(args))), sample.params)
