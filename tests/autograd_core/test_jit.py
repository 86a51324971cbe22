"""The kernel decorator: what it compiles to, and a disk cache that never costs a right result."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from autograd_core import jit
from autograd_core.jit import SAFE_FASTMATH, kernel

ROOT = Path(__file__).resolve().parents[2]

CALLER = """
from autograd_core.jit import kernel
from callee import offset

@kernel
def shifted_sum(x):
    total = x[0] - x[0]
    for value in x:
        total += value + offset(value)
    return total
"""

CALLEE = """
from autograd_core.jit import kernel

@kernel
def offset(value):
    return value * 0 + {constant}
"""

REPORT = """
import json, logging, os, sys
logging.basicConfig(format="%(message)s")
import numpy as np
from caller import shifted_sum

sums = [float(shifted_sum(np.arange(4, dtype=t))) for t in os.environ["TYPES"].split()]
stats = getattr(shifted_sum, "stats", None)
print(json.dumps({
    "sums": sums,
    "hits": sum(stats.cache_hits.values()) if stats else None,
    "folder": stats.cache_path if stats else None,
}))
"""


class Sandbox:
    """Two kernel modules in a folder of their own, run in fresh processes with a home elsewhere."""

    def __init__(self, folder):
        self.sources, self.home, self.cache = (folder / n for n in ("src", "home", "cache"))
        self.sources.mkdir()
        self.home.mkdir()
        (self.sources / "caller.py").write_text(CALLER)
        self.set_callee(1)

    def set_callee(self, constant):
        (self.sources / "callee.py").write_text(CALLEE.format(constant=constant))

    def python(self, script, *options, path=ROOT, arguments=(), **environment):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NUM", "XDG_"))}
        return subprocess.run(
            [sys.executable, "-B", *options, "-c", script, *arguments],
            env=inherited
            | {"HOME": str(self.home), "PYTHONPATH": f"{path}{os.pathsep}{self.sources}"}
            | {"TYPES": "float64"}
            | environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home.parent,
        )

    def run(self, **environment):
        done = self.python(REPORT, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) | {"log": done.stderr}

    def cached(self, *folders):
        return [p for f in folders or [self.cache] for p in f.rglob("*") if p.suffix[:3] == ".nb"]

    def forbid_writing(self):
        # A file in the place of a folder stops root too, whom permissions do not.
        shutil.rmtree(self.home)
        self.home.write_text("")
        (self.sources / "__pycache__").write_text("")
        for path in [*self.sources.iterdir(), self.sources]:
            path.chmod(path.stat().st_mode & ~0o222)


@pytest.fixture
def sandbox(tmp_path):
    yield Sandbox(tmp_path)
    (tmp_path / "src").chmod(0o755)


def test_arithmetic_follows_ieee_754():
    @kernel
    def divide(x, y):
        return x / y

    with np.errstate(all="ignore"):  # an uncompiled run warns
        assert divide(np.float64(1), np.float64(0)) == np.inf
        assert np.isnan(divide(np.float32(0), np.float32(0)))


def test_fast_mathematics_keeps_nan_and_infinity():
    @kernel(fastmath=True)
    def summary(x):
        total, nans, infinities = x[0] * 0, 0, 0
        for value in x:
            total += value
            nans += value != value
            infinities += abs(value) == np.inf
        return total, nans, infinities

    total, nans, infinities = summary(np.array([1, np.nan, np.inf, -np.inf, np.nan], np.float32))
    assert (np.isnan(total), nans, infinities) == (True, 2, 2)
    assert not SAFE_FASTMATH & {"nnan", "ninf", "afn", "fast"}
    options = getattr(summary, "targetoptions", None)
    assert options is None or options["fastmath"] == SAFE_FASTMATH


def test_fast_mathematics_is_off_unless_asked_for():
    @kernel
    def compensation(big, small):
        return (big + small) - big  # reassociated, this would be `small`

    assert compensation(1e16, 1.0) == 0.0
    options = getattr(compensation, "targetoptions", None)
    assert options is None or not options["fastmath"]


def test_kernels_release_the_gil(sandbox):
    # A kernel of half a second: the main thread counts its ticks of 10 ms only without the GIL.
    script = """
import sys, threading, time
import numpy as np
from autograd_core.jit import kernel

@kernel
def spin(x, rounds):
    for r in range(rounds):
        for i in range(len(x)):
            x[i] = x[i] * 0.5 + r
    return x[0]

x = np.ones(1000)
spin(x, 1)
start = time.perf_counter()
spin(x, 1000)
rounds = int(1000 * 0.5 / (time.perf_counter() - start))
thread = threading.Thread(target=spin, args=(x, rounds))
start = time.perf_counter()
thread.start()
ticks = 0
while thread.is_alive():
    time.sleep(0.01)
    ticks += 1
print(ticks)
"""
    done = sandbox.python(script)
    assert int(done.stdout) > 5, done.stderr


@pytest.mark.parametrize("fastmath", [{"nnan"}, "fast", 1, None])
def test_other_fastmath_is_refused(fastmath):
    with pytest.raises(TypeError, match=r"fastmath is .*, expected True or False"):
        kernel(fastmath=fastmath)


def test_only_functions_are_compiled():
    with pytest.raises(TypeError, match="kernel: got 'conv', expected a function"):
        kernel("conv")


def test_cache_lies_in_the_users_folder_and_serves_the_next_process(sandbox):
    first, second = sandbox.run(), sandbox.run()
    assert first["sums"] == second["sums"] == [10]
    assert (first["hits"], second["hits"]) == (0, 1)
    assert first["log"] == second["log"] == ""
    assert not sandbox.cached(sandbox.sources)
    assert sandbox.cached(sandbox.home)


def test_cache_folder_and_off_switch(sandbox):
    folder = str(sandbox.cache)
    off = sandbox.run(NUMBA_CACHE_DIR=folder, NUMERAS_KERNEL_CACHE="0")
    assert (off["sums"], off["folder"]) == ([10], None)
    assert not sandbox.cached(sandbox.sources, sandbox.home, sandbox.cache)
    on = sandbox.run(NUMBA_CACHE_DIR=folder, NUMERAS_KERNEL_CACHE="1")
    assert on["folder"].startswith(folder)
    assert not sandbox.cached(sandbox.sources, sandbox.home)


def test_off_switch_takes_0_and_1_only(monkeypatch):
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("nothing is compiled, so nothing is cached")
    monkeypatch.setenv("NUMERAS_KERNEL_CACHE", "maybe")
    with pytest.raises(ValueError, match=r"NUMERAS_KERNEL_CACHE='maybe': expected 0 .* or 1"):
        kernel(lambda x: x)


def test_no_writable_folder_means_no_cache_and_one_line(sandbox):
    sandbox.forbid_writing()
    found = sandbox.run()
    assert (found["sums"], found["folder"]) == ([10], None)
    assert found["log"].count("set NUMBA_CACHE_DIR to a writable folder") == 1
    strict = sandbox.python(REPORT, "-W", "error")
    assert strict.returncode == 0, strict.stderr


def test_project_kernels_run_from_a_read_only_copy_without_a_home(sandbox):
    for package in ("autograd_core", "nn"):
        for source in (ROOT / package).rglob("*.py"):
            target = sandbox.sources / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for package in [path for path in sandbox.sources.rglob("*") if path.is_dir()]:
        (package / "__pycache__").write_text("")
    sandbox.forbid_writing()
    script = """
import numpy as np
from nn import kernels
x, out = np.arange(16.0).reshape(1, 4, 4, 1), np.empty((1, 2, 2, 1))
kernels.pool.average_pool_2d(x, out, 2, 2, 2, 2, 0, 0, 0, 1)
print(out.ravel().tolist(), kernels.__file__)
"""
    done = sandbox.python(script, path=sandbox.sources)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[2.5, 4.5, 10.5, 12.5]")
    assert str(sandbox.sources) in done.stdout


def test_folder_that_becomes_unwritable_costs_only_the_cache(sandbox):
    script = f"""
import shutil
from pathlib import Path
import numpy as np
from caller import shifted_sum
cache = Path({str(sandbox.cache)!r})
shutil.rmtree(cache)
cache.write_text("")
print(shifted_sum(np.arange(4.0)))
"""
    done = sandbox.python(script, NUMBA_CACHE_DIR=str(sandbox.cache))
    assert done.stdout.strip() == "10.0", done.stderr
    assert "compiled kernels cannot be kept in" in done.stderr


def test_damaged_files_are_replaced(sandbox):
    cache = {"NUMBA_CACHE_DIR": str(sandbox.cache)}
    sandbox.run(**cache)
    for number, path in enumerate(sorted(sandbox.cached())):
        path.write_bytes((b"", b"\x80nonsense", path.read_bytes()[:50])[number % 3])
    damaged = sandbox.run(**cache)
    assert (damaged["sums"], damaged["hits"]) == ([10], 0)
    assert "unreadable kernel cache" in damaged["log"]
    assert sandbox.run(**cache)["hits"] == 1


def test_edited_callee_in_another_file_is_noticed(sandbox):
    cache = {"NUMBA_CACHE_DIR": str(sandbox.cache)}
    assert sandbox.run(**cache)["sums"] == [10]
    files = len(sandbox.cached())
    sandbox.set_callee(2)
    assert sandbox.run(**cache)["sums"] == [14]
    assert sandbox.run(**cache)["hits"] == 1
    assert len(sandbox.cached()) == files  # replaced, not piled up


def test_entries_under_each_others_names_are_not_run(sandbox):
    # What is left when two processes fill an empty cache at once and both take the first name.
    cache = {"NUMBA_CACHE_DIR": str(sandbox.cache), "TYPES": "float32 float64"}
    sandbox.run(**cache)
    one, two = sorted(
        p for p in sandbox.cached() if p.name.startswith("caller") and "nbc" in p.name
    )
    contents = one.read_bytes(), two.read_bytes()
    one.write_bytes(contents[1])
    two.write_bytes(contents[0])
    swapped = sandbox.run(**cache)
    assert (swapped["sums"], swapped["hits"]) == ([10, 10], 0)


def test_bounds_check_is_not_defeated_by_the_cache(sandbox):
    cache = {"NUMBA_CACHE_DIR": str(sandbox.cache)}
    script = """
import sys
import numpy as np
from autograd_core.jit import kernel
import caller

print(caller.third(np.arange(float(sys.argv[1]))))
"""
    (sandbox.sources / "caller.py").write_text(
        "from autograd_core.jit import kernel\n@kernel\ndef third(x):\n    return x[2]\n"
    )
    unchecked = sandbox.python(script, arguments=["3"], **cache)
    assert unchecked.stdout.strip() == "2.0", unchecked.stderr
    checked = sandbox.python(script, arguments=["2"], NUMBA_BOUNDSCHECK="1", **cache)
    assert "IndexError" in checked.stderr


def test_uncompiled_run(sandbox):
    found = sandbox.run(NUMBA_DISABLE_JIT="1")
    assert (found["sums"], found["folder"]) == ([10], None)
    assert not sandbox.cached(sandbox.sources, sandbox.home)


def test_functions_without_a_source_file_are_compiled_uncached(caplog):
    jit._log_once.cache_clear()
    namespace = {"kernel": kernel}
    exec("@kernel\ndef double(x):\n    return 2 * x", namespace)
    double = namespace["double"]
    assert double(2.5) == 5.0
    assert getattr(getattr(double, "stats", None), "cache_path", None) is None
    assert not caplog.records  # it is no fault of the installation


def test_kernels_in_a_zip_are_not_kept(sandbox, tmp_path):
    archive = tmp_path / "kernels.zip"
    for constant, expected in ((1, [10]), (2, [14])):
        sandbox.set_callee(constant)
        with zipfile.ZipFile(archive, "w") as files:
            for source in sandbox.sources.glob("*.py"):
                files.write(source, source.name)
        path = f"{ROOT}{os.pathsep}{archive}"
        done = sandbox.python(REPORT, path=path)
        assert json.loads(done.stdout) == {"sums": expected, "hits": 0, "folder": None}
