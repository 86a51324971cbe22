"""The cost of starting: import times, each in a fresh interpreter, interleaved.

python -m benchmarks.startup [--json FILE]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.timing import machine, write_json

STATEMENTS = (
    "import numpy",
    "import autograd_core",
    "import nn.layers",
    "import keras_like",
    "from keras_like import Sequential, layers",
    "import torch",
)
PROGRAM = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def import_seconds(statement: str) -> float | None:
    """Seconds for an import in a new interpreter, None where it is not installed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(statement)],
        capture_output=True,
        text=True,
        check=False,
    )
    return float(done.stdout) if done.returncode == 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", help="write all measurements to this file")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    present = [m for m in STATEMENTS if import_seconds(m) is not None]  # also fills the file cache
    results: dict[str, Any] = {module: [] for module in present}
    for _ in range(options.rounds):
        for module in present:
            results[module].append(import_seconds(module))
    base = statistics.median(results["import numpy"])
    print(f"{'':44s}{'median ms':>12s}{'/ numpy':>10s}")
    for module, times in results.items():
        median = statistics.median(times)
        print(f"{module:44s}{median * 1e3:12.1f}{median / base:10.2f}")
    write_json(options.json, machine(("numeras", "numpy", "torch")), results)


if __name__ == "__main__":
    main()
