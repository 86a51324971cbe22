"""Default names of layers and models: `dense`, `dense_1`, ... counted in this process."""

from __future__ import annotations

import threading
from collections import Counter

from nn.registry import snake_case

__all__ = ["auto_name", "reset_names"]

_lock = threading.Lock()
_counts: Counter[str] = Counter()


def auto_name(class_name: str) -> str:
    """The next free default name for a class."""
    base = snake_case(class_name)
    with _lock:
        number = _counts[base]
        _counts[base] += 1
    return f"{base}_{number}" if number else base


def reset_names() -> None:
    """Starts counting anew (Keras's `clear_session`)."""
    with _lock:
        _counts.clear()
