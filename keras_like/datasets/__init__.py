"""Small real data sets that ship with the package; no download.

Each module has ``load_data``, which returns ``((x_train, y_train), (x_test, y_test))`` as Keras's
data sets do. Modules load on first use: ``datasets.digits.load_data()``. Where the data come from
and under which licence stands in ``SOURCES.md`` beside the files.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import digits, iris

__all__ = ["digits", "iris"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f".{name}", __name__)
    known = ", ".join(__all__)
    raise AttributeError(f"datasets: no data set {name!r}; there are {known}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
