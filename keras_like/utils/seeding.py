"""Starting afresh: seeds and default names."""

from __future__ import annotations

import gc

from nn.naming import reset_names
from nn.random import set_random_seed

__all__ = ["clear_session", "set_random_seed"]


def clear_session(free_memory: bool = True) -> None:
    """Counts the default names of layers and models from the beginning again.

    There is no global graph to clear: a model that nobody refers to is gone. `free_memory` runs
    Python's garbage collector.
    """
    reset_names()
    if free_memory:
        gc.collect()
