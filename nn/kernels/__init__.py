"""Numerical kernels: contiguous arrays in, arrays out, nothing of tensors or layers.

The modules in this folder are imported when first used, so that numba is paid for only by a
process that runs a kernel:

    from nn import kernels

    kernels.conv.im2col_2d(...)  # numba is imported here

A kernel is serial, releases the GIL, works on the range ``[lo, hi)`` of its first axis and checks
nothing: who calls it checks shapes and dtypes, allocates the outputs and splits the range.
Arrays are C-contiguous, all float32 or all float64, and images are NHWC.
"""

import importlib
import pkgutil
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    full_name = f"{__name__}.{name}"
    if not name.startswith("__"):
        try:
            return importlib.import_module(full_name)
        except ModuleNotFoundError as error:
            if error.name != full_name:  # the module is there, something that it needs is not
                raise
    known = ", ".join(_module_names())
    raise AttributeError(f"{__name__} has no kernel module {name!r}; there are {known}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_module_names()])


def _module_names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))
