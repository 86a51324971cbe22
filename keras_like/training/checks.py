"""What is checked before the training, with errors that name the argument and say what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nn import settings

__all__ = [
    "as_array",
    "check_count",
    "check_finite",
    "check_lengths",
    "check_sample_weight",
    "check_validation_freq",
    "check_validation_split",
    "check_verbose",
]


# Arrays.


def as_array(name: str, value: Any) -> np.ndarray:
    """One array of numbers from what users give: arrays, tensors, lists, pandas frames and series.

    Floats come in `floatx()`, integers and booleans as they are; nothing is copied without need.
    Raises TypeError for what is no number and ValueError for rows of different lengths.
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError(
            f"{name}: a masked array, whose mask would be lost; fill it: {name}.filled(0)"
        )
    if hasattr(value, "toarray"):
        raise TypeError(
            f"{name}: a sparse matrix ({type(value).__name__}), expected a dense array; "
            f"use {name}.toarray()"
        )
    detached = getattr(value, "detach", None)  # Tensors, ours and torch's
    source: Any = detached() if callable(detached) else value
    if hasattr(source, "to_numpy"):
        source = source.to_numpy()
    try:
        array = np.asarray(source)
    except ValueError as error:
        raise ValueError(
            f"{name}: the rows have different lengths or shapes; pad them to one shape"
        ) from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: {_what_else(value, array)}")
    if array.ndim == 0:
        raise ValueError(
            f"{name}: one number ({array}), expected an array whose first axis counts the samples"
        )
    if array.dtype.kind == "f" and array.dtype != settings.floatx():
        with np.errstate(over="ignore"):  # check_finite tells of what does not fit
            array = array.astype(settings.floatx())
    return array


def _what_else(value: Any, array: np.ndarray) -> str:
    """What is wrong with data that are no numbers, and what to do."""
    kind = array.dtype.kind
    first = array.ravel()[0] if array.size else None
    if hasattr(value, "dtypes") and hasattr(value, "columns"):
        wrong = [str(c) for c, t in value.dtypes.items() if getattr(t, "kind", "O") not in "fiub"]
        return (
            f"the frame's columns {', '.join(wrong)} hold no plain numbers; encode them, e.g. with "
            "pandas.get_dummies, or drop them"
        )
    if array.ndim == 0 and kind not in "USMmc":
        return f"cannot use an object of type {type(value).__name__}; expected an array of numbers"
    if kind in "US":
        return (
            f"holds text ('{first}', ...), expected numbers; for class names: "
            "names, y = np.unique(y, return_inverse=True)"
        )
    if isinstance(first, (list, tuple, np.ndarray)):
        return (
            f"an array of {array.size} {type(first).__name__}s (dtype object), expected one "
            "array of numbers; np.stack them if they have one shape, else pad them"
        )
    if kind == "O" and array.size:
        return (
            f"dtype object, the first entry is {first!r} of type {type(first).__name__}; expected "
            f"numbers: {'fill what is missing and ' if first is None else ''}use "
            ".astype('float32')"
        )
    return f"dtype {array.dtype}, expected floats, integers or booleans"


def check_lengths(**arrays: Any) -> int:
    """The number of samples that all given leaves share. Raises ValueError if they do not."""
    sizes = {
        name: len(leaf) for name, leaves in arrays.items() for name, leaf in _named(name, leaves)
    }
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise ValueError(
            f"the arrays have different numbers of samples: {listed}; the first axis counts the "
            "samples and must be equal"
        )
    name, size = next(iter(sizes.items()))
    if size == 0:
        raise ValueError(f"{name}: empty, expected at least one sample")
    return size


def _named(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    """The leaves of an argument with words for each: x, or x['image']."""
    if value is None:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _named(f"{name}[{key!r}]", part)
    elif isinstance(value, (list, tuple)):
        for i, part in enumerate(value):
            yield from _named(f"{name}[{i}]", part)
    else:
        yield name, value


def check_finite(**arrays: Any) -> None:
    """Raises ValueError if a float array holds NaN or infinity; it looks at a sum first."""
    for argument, value in arrays.items():
        for name, array in _named(argument, value):
            if array.dtype.kind == "f" and not _has_finite_sum(array):
                bad = ~np.isfinite(array)
                if bad.any():  # else only the sum was too large
                    raise ValueError(_not_finite(name, array, bad))


def _has_finite_sum(array: np.ndarray) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isfinite(array.sum()))


def _not_finite(name: str, array: np.ndarray, bad: np.ndarray) -> str:
    index = tuple(int(i) for i in np.unravel_index(int(bad.argmax()), array.shape))
    place = ", ".join(map(str, index))
    return (
        f"{name}: {int(bad.sum())} of {array.size} values are NaN or infinite in {array.dtype}; "
        f"the first is {array[index]} at {name}[{place}]. Training on them makes every weight NaN: "
        f"leave these samples out, or fill the gaps with np.nan_to_num({name})"
    )


def check_sample_weight(name: str, sample_weight: np.ndarray) -> None:
    """Raises ValueError for negative weights."""
    if sample_weight.dtype.kind in "fi" and sample_weight.size and sample_weight.min() < 0:
        index = int(np.argmax(sample_weight.ravel() < 0))
        raise ValueError(
            f"{name}: holds the negative weight {sample_weight.ravel()[index]} (entry {index}); "
            "weights are 0 or more"
        )


# Other arguments.


def check_count(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    return int(value)


def check_verbose(verbose: Any) -> int:
    """0, 1 or 2; 'auto' is 1."""
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(
            f"verbose: expected 0 (silent), 1 (progress bar), 2 (one line an epoch) or 'auto', "
            f"got {verbose!r}"
        )
    return int(verbose)


def check_validation_split(validation_split: Any) -> float:
    """A share of the data, 0 <= validation_split < 1."""
    if not isinstance(validation_split, (int, float, np.number)) or not 0 <= validation_split < 1:
        raise ValueError(
            f"validation_split: expected a share of the data from 0 up to, but not, 1, got "
            f"{validation_split!r}; 0.2 holds the last 20% out"
        )
    return float(validation_split)


def check_validation_freq(validation_freq: Any) -> Any:
    """A whole number, or a collection of epochs counted from 1."""
    if isinstance(validation_freq, Iterable) and not isinstance(validation_freq, str):
        return frozenset(check_count("validation_freq", epoch) for epoch in validation_freq)
    return check_count("validation_freq", validation_freq)
