"""Reads the numbers of another implementation from `tests/reference`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "reference"


@cache
def load(name: str) -> dict[str, Any]:
    """The entries of `<name>.npz`: read-only float32 arrays, and texts and dicts."""
    with np.load(FOLDER / f"{name}.npz") as file:
        values, index = file["values"], json.loads(str(file["index"]))
    values.flags.writeable = False
    entries, start = {}, 0
    for key, shape in index.items():
        if isinstance(shape, list):
            size = int(np.prod(shape, dtype=int))
            entries[key] = values[start : start + size].reshape(shape)
            start += size
        else:
            entries[key] = shape
    assert start == values.size
    return entries


def cases(name: str, prefix: str) -> list[str]:
    """The names of the cases that begin with `prefix`, in order."""
    found = dict.fromkeys(key.split("/")[0] for key in load(name) if key.startswith(prefix))
    assert found, f"no case begins with {prefix!r}"
    return list(found)
