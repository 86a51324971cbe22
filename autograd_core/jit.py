"""`@kernel`: the only way this project compiles a function with numba.

Numba's own disk cache has edges that a library feels: it writes into the package's folder, it
refuses to decorate when no folder is writable, it raises in the middle of a call when the disk
fills up, and it notices an edited callee only if that stands in the caller's file. `_KernelCache`
below is numba's cache with these four smoothed.

Environment variables, read when a kernel is decorated:

- ``NUMERAS_KERNEL_CACHE``: ``0`` compiles in every process and neither reads nor writes a file.
- ``NUMBA_CACHE_DIR``: the folder for compiled kernels instead of the user's cache folder.
- ``NUMBA_DISABLE_JIT``: ``1`` leaves kernels as the Python functions they are written as.

This module imports numba at its top, which takes a tenth of a second or more. Import it only in
kernel modules, and import those only when a kernel is about to run.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, overload

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.sigutils import normalize_signature

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

# Reordering and contraction only. "nnan" and "ninf" are left out for good: they let the compiler
# delete NaN checks, and a NaN must come out of every kernel that it went into.
SAFE_FASTMATH = frozenset({"contract", "reassoc", "nsz", "arcp"})

CACHE_SWITCH = "NUMERAS_KERNEL_CACHE"


@overload
def kernel(function: F) -> F: ...
@overload
def kernel(*, fastmath: bool = False) -> Callable[[F], F]: ...
def kernel(function: Any = None, *, fastmath: bool = False) -> Any:
    """Compile a function over arrays and numbers to serial machine code that releases the GIL.

    Use as ``@kernel`` or ``@kernel(fastmath=True)``. One specialisation is compiled per
    combination of argument types, on its first call, and kept on disk for later processes.
    Division by zero follows IEEE 754 as in NumPy (a check for it would keep loops from
    vectorising); indices are not checked (``NUMBA_BOUNDSCHECK=1`` turns the check on).

    A kernel may call other kernels of its own folder: the disk cache of a folder is renewed when
    any Python file in that folder changes. Callees elsewhere would be kept stale.

    Args:
        function: the function to compile.
        fastmath: allow `SAFE_FASTMATH`, so that sums may be reassociated and vectorised. The
            last bits of the result then depend on the CPU; NaN and infinities stay right.

    Raises:
        TypeError: `fastmath` is not a bool, or `function` is not a function.
        ValueError: ``NUMERAS_KERNEL_CACHE`` is neither 0 nor 1.
    """
    if not isinstance(fastmath, bool):
        raise TypeError(
            f"kernel: fastmath is {fastmath!r}, expected True or False; "
            f"True stands for {sorted(SAFE_FASTMATH)}"
        )
    if function is None:
        return functools.partial(kernel, fastmath=fastmath)
    if not inspect.isfunction(function):
        raise TypeError(
            f"kernel: got {function!r}, expected a function; "
            "write @kernel or @kernel(fastmath=True)"
        )
    compiled = numba.njit(
        nogil=True,
        error_model="numpy",
        boundscheck=False,
        fastmath=set(SAFE_FASTMATH) if fastmath else False,
    )(function)
    if compiled is not function and _cache_wanted():  # it is the function under NUMBA_DISABLE_JIT
        _keep_on_disk(compiled)
    return compiled


def _cache_wanted() -> bool:
    value = os.environ.get(CACHE_SWITCH, "1").strip()
    if value not in ("", "0", "1"):
        raise ValueError(
            f"{CACHE_SWITCH}={value!r}: expected 0 (compile in every process) or 1 (keep compiled "
            "kernels on disk); change or unset the environment variable"
        )
    return value != "0"


def _keep_on_disk(dispatcher: Any) -> None:
    """Give the dispatcher a disk cache, or leave it without one where none is possible."""
    if not os.path.isfile(inspect.getfile(dispatcher.py_func)):
        return  # a notebook cell or a zip: no source file to tell whether an entry is fresh
    try:
        dispatcher._cache = _KernelCache(dispatcher.py_func)
    except (RuntimeError, OSError):  # numba: "no locator available"
        _log_once(
            "compiled kernels cannot be kept on disk, every process compiles its own; "
            "set NUMBA_CACHE_DIR to a writable folder"
        )


@functools.cache
def _log_once(message: str) -> None:
    # Logged, not warned: under `-W error` a read-only installation must still import.
    logger.warning(message)


@functools.cache
def _sources_digest(folder: str) -> str:
    """Hash of all that shapes the machine code of a folder's kernels: its sources and ours."""
    digest = hashlib.sha256(os.environ.get("NUMBA_BOUNDSCHECK", "").encode())
    for path in [Path(__file__), *sorted(Path(folder).glob("*.py"))]:
        content = path.read_bytes()
        digest.update(f"{path.name}:{len(content)}:".encode() + content)
    return digest.hexdigest()


class _KernelCacheFiles(CompileResultCacheImpl):
    """Where a kernel's cache files lie, and what an entry holds."""

    # NUMBA_CACHE_DIR, then the user's cache folder; the source tree only when neither is
    # writable, because files left beside the sources survive an uninstallation.
    _locator_classes = sorted(
        CompileResultCacheImpl._locator_classes, key=lambda cls: "InTree" in cls.__name__
    )

    def __init__(self, py_func: Callable[..., Any]) -> None:
        super().__init__(py_func)
        self._digest = _sources_digest(os.path.dirname(os.path.abspath(inspect.getfile(py_func))))

    def reduce(self, cres: Any) -> Any:
        return self._digest, super().reduce(cres)

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        digest, reduced = payload
        return super().rebuild(target_context, reduced) if digest == self._digest else None


class _KernelCache(FunctionCache):
    """Numba's disk cache, in which whatever goes wrong with a file costs a compilation, no more."""

    _impl_class = _KernelCacheFiles

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            loaded = super().load_overload(sig, target_context)
        except Exception as error:  # a damaged file can raise anything while it is read
            _log_once(
                f"unreadable kernel cache in {self.cache_path} ({type(error).__name__}), "
                "compiling anew"
            )
            with suppress(OSError):
                self.flush()
            return None
        # Two processes that fill an empty cache at once may both take the first file name for
        # different types; running float64 code on float32 data would be silently wrong.
        wanted, _ = normalize_signature(sig)
        if loaded is None or tuple(loaded.signature.args) != tuple(wanted):
            return None
        return loaded

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception as error:  # a full disk, a folder made read-only, a damaged index in it
            _log_once(
                f"compiled kernels cannot be kept in {self.cache_path} ({type(error).__name__}), "
                "every process compiles its own; set NUMBA_CACHE_DIR to a writable folder"
            )
