"""What every test runs under: Hypothesis profiles, a guard against leaked state, a generator."""

import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import hypothesis
import numpy as np
import pytest

pytest_plugins = ["pytester"]  # runs pytest inside pytest, for the tests of the guard below

# No deadlines: the first call of a numba kernel compiles it.
hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, print_blob=True
)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def leaks_of_engine() -> list[str]:
    """Switches of the engine that are not as every thread begins; they are put back.

    A test that has not imported the engine cannot have left one changed, so nothing is imported
    here.
    """
    graph = sys.modules.get("autograd_core.graph")
    if graph is None:
        return []
    state = vars(graph.STATE)  # what this thread has set; the class holds the beginning
    found = [name for name, value in state.items() if value != getattr(type(graph.STATE), name)]
    state.clear()
    if not graph.is_recording():
        found.append("is_recording()")
    return [f"autograd_core.graph's {name} (use a with block)" for name in found]


def numpy_random_state() -> tuple[Any, ...]:
    """NumPy's global random state, which no library code may draw from, as a comparable value."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return name, keys.tobytes(), *rest


def environment() -> dict[str, str]:
    """The environment without the entry that pytest itself changes."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


class GlobalState:
    """A picture of the state that a test must leave as it found it."""

    def __init__(self) -> None:
        self.legacy = np.random.get_state()  # noqa: NPY002
        self.random = random.getstate()
        self.parts = {
            "numpy error state (use np.errstate)": np.geterr(),
            "numpy print options (use np.printoptions)": np.get_printoptions(),
            "numpy global random state (use np.random.default_rng)": numpy_random_state(),
            "random's global state (use random.Random)": self.random,
            "environment variables (use monkeypatch.setenv)": environment(),
        }

    def changes_to(self, after: "GlobalState") -> list[str]:
        """Names of the parts that differ in ``after``."""
        return [name for name, value in self.parts.items() if after.parts[name] != value]

    def restore(self) -> None:
        """Put everything back, so that one leak fails one test."""
        np.seterr(**self.parts["numpy error state (use np.errstate)"])
        np.set_printoptions(**self.parts["numpy print options (use np.printoptions)"])
        np.random.set_state(self.legacy)  # noqa: NPY002
        random.setstate(self.random)
        before = self.parts["environment variables (use monkeypatch.setenv)"]
        for name in environment().keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@pytest.fixture(autouse=True)
def leaked_state_guard() -> Iterator[None]:
    """Fail a test that leaves global state changed.

    A new global switch gets its line in ``GlobalState.parts``, a new switch of the engine its field
    in ``autograd_core.graph.STATE``.
    """
    before = GlobalState()
    yield
    leaks = before.changes_to(GlobalState())
    if leaks:
        before.restore()
    leaks += leaks_of_engine()
    if leaks:
        pytest.fail("this test leaks global state: " + "; ".join(leaks), pytrace=False)


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed, new for each test."""
    return np.random.default_rng(20260101)
