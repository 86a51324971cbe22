"""Where a sliding window goes: output lengths and padding amounts. Plain Python, no numba.

Padding follows TensorFlow's convention, which is also Keras's. With n the input length, k the
window, d its dilation, s the stride and K = (k - 1) d + 1 the extent of the dilated window:

========  =======================================  ====================  ==============
padding   total padding                            of which before       output length
========  =======================================  ====================  ==============
valid     0                                        0                     (n - K) // s + 1
same      max((ceil(n / s) - 1) s + K - n, 0)      total // 2            ceil(n / s)
causal    K - 1                                    all of it             ceil(n / s)
========  =======================================  ====================  ==============
"""

import operator
from collections.abc import Sequence
from typing import NamedTuple

PADDINGS = ("valid", "same", "causal")


class WindowGeometry(NamedTuple):
    """How a window slides over the spatial axes: one entry per axis, counted in cells."""

    output: tuple[int, ...]
    pad_before: tuple[int, ...]
    pad_after: tuple[int, ...]


def dilated_extent(window: int, dilation: int = 1) -> int:
    """Number of cells from the first to the last tap of a window, both included."""
    return (window - 1) * dilation + 1


def padding_amounts(
    size: int, window: int, stride: int = 1, dilation: int = 1, padding: str = "valid"
) -> tuple[int, int]:
    """Cells of padding before and after one axis of length `size`.

    Raises:
        ValueError: an unknown `padding`.
    """
    extent = dilated_extent(window, dilation)
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return extent - 1, 0
    if padding == "same":
        total = max((-(-size // stride) - 1) * stride + extent - size, 0)
        return total // 2, total - total // 2
    raise ValueError(f"padding is {padding!r}, expected one of {_quoted(PADDINGS)}")


def output_length(
    size: int | None, window: int, stride: int = 1, dilation: int = 1, padding: str = "valid"
) -> int | None:
    """Number of positions of a window on one axis; None where the input's length is unknown.

    It is 0 where the window fits nowhere; `window_geometry` refuses that instead.

    Raises:
        ValueError: an unknown `padding`.
    """
    if size is None:
        return None
    before, after = padding_amounts(size, window, stride, dilation, padding)
    return max((size + before + after - dilated_extent(window, dilation)) // stride + 1, 0)


def window_geometry(
    name: str,
    size: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    *,
    dilation: Sequence[int] | None = None,
    padding: str = "valid",
    term: str = "window",
) -> WindowGeometry:
    """Output lengths and padding amounts of all spatial axes, with every argument checked.

    Args:
        name: the operation that asks, for the error messages, e.g. ``"max_pooling2d"``.
        size: lengths of the input's spatial axes.
        window: lengths of the window (or convolution kernel), one per axis.
        strides: steps between windows, one per axis.
        dilation: distances between neighbouring taps, one per axis; 1 where not given.
        padding: ``"valid"``, ``"same"`` or, with one axis only, ``"causal"``.
        term: what the messages call the window, e.g. ``"kernel"``.

    Raises:
        TypeError: a length that is not an integer.
        ValueError: lengths that differ in number, a window, stride or dilation below 1, an
            unknown padding, or a window larger than the padded input.
    """
    axes = len(size)
    sizes = _lengths(name, "input size", size, axes, 0)
    windows = _lengths(name, term, window, axes, 1)
    steps = _lengths(name, "strides", strides, axes, 1)
    dilations = _lengths(name, "dilation", (1,) * axes if dilation is None else dilation, axes, 1)
    allowed = PADDINGS if axes == 1 else PADDINGS[:2]
    if padding not in allowed:
        hint = "; causal padding is for one axis" if padding == "causal" else ""
        raise ValueError(f"{name}: padding is {padding!r}, expected {_quoted(allowed)}{hint}")
    if padding == "valid":
        _require_fit(name, term, sizes, windows, dilations)

    columns = list(zip(sizes, windows, steps, dilations, strict=True))
    pads = [padding_amounts(*column, padding) for column in columns]
    return WindowGeometry(
        tuple(output_length(*column, padding) or 0 for column in columns),
        tuple(before for before, _ in pads),
        tuple(after for _, after in pads),
    )


def valid_taps(start: int, dilation: int, window: int, size: int) -> tuple[int, int]:
    """The range ``[first, last)`` of a window's taps that lie inside ``[0, size)``.

    Tap t sits at ``start + t * dilation``. Always ``0 <= first <= last <= window``; the range is
    empty where all taps are padding. Written so that numba compiles it too: the kernels share
    this one definition.
    """
    first, last = 0, window
    if start < 0:
        first = min((-start + dilation - 1) // dilation, window)
    if start + (window - 1) * dilation >= size:
        last = max((size - start + dilation - 1) // dilation, first)
    return first, last


def _require_fit(
    name: str,
    term: str,
    size: tuple[int, ...],
    window: tuple[int, ...],
    dilation: tuple[int, ...],
) -> None:
    extent = tuple(dilated_extent(k, d) for k, d in zip(window, dilation, strict=True))
    if all(k <= n for k, n in zip(extent, size, strict=True)):
        return
    spread = f" with dilation {dilation} spans {extent}, which" if extent != window else ""
    raise ValueError(
        f"{name}: {term} {window}{spread} is larger than the input {size}; "
        f"use padding='same' or a smaller {term}"
    )


def _lengths(
    name: str, argument: str, given: Sequence[int], axes: int, lowest: int
) -> tuple[int, ...]:
    try:
        lengths = tuple(operator.index(n) for n in given)
    except TypeError:
        raise TypeError(
            f"{name}: {argument} {given!r} must be {axes} integers, one for each spatial axis"
        ) from None
    if len(lengths) != axes:
        raise ValueError(
            f"{name}: {argument} {lengths} has {len(lengths)} entries, expected {axes}, "
            "one for each spatial axis"
        )
    if any(n < lowest for n in lengths):
        raise ValueError(f"{name}: {argument} {lengths} must be integers of at least {lowest}")
    return lengths


def _quoted(words: Sequence[str]) -> str:
    return " or ".join(f"'{word}'" for word in words)
