"""The guard in ``conftest.py`` fails tests that leak, and only those."""

from pathlib import Path

import numpy as np
import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

LEAKS = {
    "numpy error state": "np.seterr(over='ignore')",
    "numpy print options": "np.set_printoptions(precision=3)",
    "numpy global random state": "np.random.random()",
    "random's global state": "random.random()",
    "environment variables": "os.environ['NUMERAS_LEAK'] = '1'",
    "autograd_core.graph's recording": "graph.no_grad().__enter__()",
    "autograd_core.graph's anomaly": "graph.detect_anomaly().__enter__()",
}


@pytest.fixture
def run(pytester):
    """Run a file with our conftest in a pytest of its own and return the result."""

    def run(source):
        pytester.makeconftest(CONFTEST.read_text().replace('pytest_plugins = ["pytester"]', ""))
        imports = "import os, random\nimport numpy as np\nfrom autograd_core import graph\n"
        pytester.makepyfile(imports + source)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist")

    return run


@pytest.mark.parametrize("name", LEAKS)
def test_guard_names_the_leak_and_blames_one_test_only(run, name):
    result = run(f"def test_leaks():\n    {LEAKS[name]}\n\ndef test_after():\n    pass\n")
    # The leaking test passes, its teardown fails, and the next test is not harmed.
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([f"*leaks global state:*{name}*"])


def test_guard_accepts_state_that_is_restored(run):
    result = run("""
def test_errstate():
    with np.errstate(all='ignore'), np.printoptions(precision=2):
        np.random.default_rng(0).random()

def test_environment(monkeypatch):
    monkeypatch.setenv('NUMERAS_LEAK', '1')

def test_engine():
    with graph.no_grad(), graph.enable_grad():
        assert graph.is_recording()
""")
    result.assert_outcomes(passed=3)


def test_guard_leaves_hypothesis_alone(run):
    result = run("""
from hypothesis import given, strategies as st

@given(st.integers(), st.randoms(use_true_random=False))
def test_draws(number, generator):
    generator.random()
""")
    result.assert_outcomes(passed=1)


def test_rng_is_the_same_in_every_test(rng):
    assert isinstance(rng, np.random.Generator)
    expected = np.random.default_rng(20260101).random(3)
    np.testing.assert_array_equal(rng.random(3), expected)
