"""Side-by-side timing: rounds in which every contender runs once, medians over the rounds.

On a shared machine the speed drifts by the second, so what is compared must run interleaved, and
what is reported is a ratio. The order rotates from round to round.
"""

from __future__ import annotations

import gc
import json
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["compare", "machine", "print_table", "write_json"]


def _calls_for(call: Callable[[], Any], seconds: float) -> int:
    """How many calls take about `seconds`."""
    for _ in range(3):  # the first may start threads or compile
        call()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            call()
        taken = time.perf_counter() - start
        if taken > seconds / 4:
            return max(1, round(count * seconds / taken))
        count *= 4


def compare(
    contenders: dict[str, Callable[[], Any]], rounds: int = 21, seconds: float = 0.02
) -> dict[str, list[float]]:
    """Seconds a call of each contender, one value a round; every contender runs in every round."""
    counts = {name: _calls_for(call, seconds) for name, call in contenders.items()}
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            shift = number % len(names)
            for name in names[shift:] + names[:shift]:
                call, count = contenders[name], counts[name]
                start = time.perf_counter()
                for _ in range(count):
                    call()
                taken[name].append((time.perf_counter() - start) / count)
    finally:
        gc.enable()
    return taken


def machine(packages: tuple[str, ...]) -> dict[str, Any]:
    """What was measured on: processor, Python, package versions, commit."""
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "python": platform.python_version(),
        "packages": versions,
        "commit": _commit(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def print_table(
    title: str, unit: float, unit_name: str, results: dict[str, Any], ours: str
) -> None:
    """Medians of every contender and the ratio best peer / ours (above 1: ours is faster)."""
    names = list(dict.fromkeys(name for row in results.values() for name in row))
    peers = [name for name in names if name != ours]
    print(f"\n{title}: median {unit_name} a call")
    print(f"{'':28s}" + "".join(f"{name:>12s}" for name in names) + f"{'best peer/ours':>16s}")
    for label, row in results.items():
        medians = {name: statistics.median(times) for name, times in row.items()}
        cells = "".join(
            f"{medians[name] / unit:12.2f}" if name in medians else f"{'-':>12s}" for name in names
        )
        found = [medians[peer] for peer in peers if peer in medians]
        ratio = f"{min(found) / medians[ours]:15.2f}x" if found else f"{'-':>16s}"
        print(f"{label:28s}{cells}{ratio}")


def write_json(path: str | None, about: dict[str, Any], results: dict[str, Any]) -> None:
    """Everything that was measured, for later comparison."""
    if path is not None:
        Path(path).write_text(json.dumps({"about": about, "seconds": results}, indent=1))
        print(f"\nwritten to {path}")
