"""The Hypothesis strategies of autograd_core.testing, and the page that documents them."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core.primitive import REGISTRY
from autograd_core.samples import GAP
from autograd_core.structures import leaves
from autograd_core.testing import (
    LAYOUTS,
    Composition,
    arrays,
    broadcastable_shapes,
    compositions,
    operator_arguments,
    shapes,
    with_layout,
)
from tests.autograd_core.generated import DIFFERENTIABLE, OPERATORS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gradient-checking.md"


def reached(strategy, condition):
    """Whether the strategy gives an example like this."""
    return (
        find(strategy, condition, settings=settings(max_examples=2000, database=None)) is not None
    )


# Shapes.


@given(shapes(min_dims=1, max_dims=3, min_side=2, max_side=5))
def test_shapes_keep_their_bounds(shape):
    assert isinstance(shape, tuple) and 1 <= len(shape) <= 3
    assert all(2 <= side <= 5 for side in shape)


def test_shapes_of_every_kind_come():
    assert reached(shapes(), lambda s: s == ())
    assert reached(shapes(), lambda s: len(s) == 3 and len(set(s)) == 3)
    assert reached(shapes(min_side=0), lambda s: 0 in s)


@given(broadcastable_shapes(3, min_side=0))
def test_broadcastable_shapes_broadcast(found):
    assert len(found) == 3
    np.broadcast_shapes(*found)


def test_broadcastable_shapes_of_every_kind_come():
    pairs = broadcastable_shapes(2)
    assert reached(pairs, lambda p: p[0] == p[1] and len(p[0]) == 2)
    assert reached(pairs, lambda p: len(p[0]) == 3 and len(p[1]) == 1 and p[1][0] > 1)
    assert reached(pairs, lambda p: p[0][:1] == (1,) and p[1][1:] == (1,) and p[0][1:] != (1,))
    assert reached(pairs, lambda p: p[0] == () and p[1] != ())


# Arrays.


@given(arrays(shapes(min_side=0), low=-1.0, high=3.0, avoid=(0.0, 3.0), gap=0.25))
def test_arrays_keep_away_from_kinks(x):
    assert x.dtype == np.float64
    assert np.all((x >= -1.0) & (x <= 2.75) & (np.abs(x) >= 0.25))


@given(arrays((3, 4), unique=True, dtype=np.float32))
def test_unique_arrays_have_no_ties(x):
    assert x.shape == (3, 4) and x.dtype == np.float32
    assert np.min(np.diff(np.sort(x, axis=None))) > 0.003


def test_arrays_reach_their_ends_and_the_middle():
    values = arrays((), low=0.5, high=1.5)
    assert all(reached(values, lambda x, end=end: x == end) for end in (0.5, 1.5))
    assert reached(values, lambda x: 0.9 < x < 1.1)


@given(data=st.data())
def test_arrays_that_cannot_be_are_refused(data):
    with pytest.raises(ValueError, match=r"expected low < high, got 2.0 and -2.0"):
        data.draw(arrays((2,), low=2.0, high=-2.0))
    with pytest.raises(ValueError, match=r"2 values cannot be chosen from \[0.0, 0.1\]"):
        data.draw(arrays((2,), low=0.0, high=0.1, avoid=(0.05,), gap=0.2))
    with pytest.raises(ValueError, match=r"2000 values .* without repetition"):
        data.draw(arrays((2000,), unique=True))


def test_bad_bounds_are_refused():
    with pytest.raises(ValueError, match=r"expected 0 <= min_dims <= max_dims .* min_dims=2"):
        shapes(min_dims=2, max_dims=1)
    with pytest.raises(ValueError, match="min_side=-1"):
        shapes(min_side=-1)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(x=arrays(shapes(min_side=0)), kind=st.sampled_from([np.float32, np.int64, np.bool_]))
def test_layouts_keep_the_values(layout, x, kind):
    x = x.astype(kind)
    before = x.copy()
    made = with_layout(x, layout)
    assert made.dtype == kind and made.shape == x.shape
    np.testing.assert_array_equal(made, x)
    assert not np.shares_memory(made, x) or not x.size
    np.testing.assert_array_equal(x, before)


def test_layouts_are_what_they_are_called():
    x = np.arange(6.0).reshape(2, 3)
    assert with_layout(x, "C").flags.c_contiguous and with_layout(x, "F").flags.f_contiguous
    assert with_layout(x, "strided").strides == (96, 16)
    assert with_layout(x, "reversed").strides == (-24, -8)
    with pytest.raises(ValueError, match="layout is 'K', expected one of"):
        with_layout(x, "K")


# Arguments of operators.


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_operator_takes_its_arguments(name):
    @settings(max_examples=3, suppress_health_check=list(HealthCheck))
    @given(operator_arguments(name))
    def run(sample):
        found = leaves(OPERATORS[name](*sample.args, **sample.params))
        assert all(np.isfinite(value).all() for value in found)

    run()


def test_operator_arguments_are_varied():
    divide = operator_arguments("divide")
    assert reached(divide, lambda s: s.args[0].shape != s.args[1].shape)
    assert reached(divide, lambda s: not s.args[0].flags.c_contiguous)
    assert reached(divide, lambda s: s.args[0].size == 0)
    listed = {repr(s.params) for s in OPERATORS["sum"].samples(np.random.default_rng(0))}
    for params in listed:
        assert reached(operator_arguments("sum"), lambda s, params=params: repr(s.params) == params)


@given(operator_arguments("absolute"))
def test_operator_arguments_keep_away_from_kinks(sample):
    assert np.all(np.abs(sample.args[0]) >= GAP)


def test_operators_without_arguments_are_refused():
    for name, message in (("sine", "no operator named 'sine'"), ("isnan", "isnan has no deriv")):
        with pytest.raises(ValueError, match=message):
            find(operator_arguments(name), bool)


# Compositions.


@given(compositions(min_ops=3, max_ops=8))
def test_compositions_are_as_long_as_wanted(f):
    assert 3 <= len(f.operators) <= 8
    assert set(f.operators) <= set(REGISTRY)
    assert f.source.count(":=") == len(f.operators)


@given(compositions())
def test_composition_values_are_tame(f):
    assert np.isfinite(f(*f.args)).all()
    assert all(a.dtype == np.float64 and np.abs(a).max() <= 2 for a in f.args)


@given(compositions())
def test_composition_repr_is_a_python_expression(f):
    again = eval(repr(f), {"ac": ac, "np": np})
    np.testing.assert_array_equal(again, f(*f.args))


@given(compositions())
def test_compositions_take_tensors(f):
    result = f(*map(ac.tensor, f.args))
    assert isinstance(result, ac.Tensor)
    np.testing.assert_array_equal(result.data, f(*f.args))


def test_short_compositions():
    @given(compositions(min_ops=1, max_ops=1, max_inputs=1))
    def run(f):
        assert len(f.operators) == len(f.args) == 1
        assert np.shape(eval(repr(f), {"ac": ac, "np": np})) == np.shape(f(*f.args))

    run()
    with pytest.raises(ValueError, match=r"min_ops=4, max_ops=3"):
        find(compositions(min_ops=4, max_ops=3), bool)


def test_compositions_are_varied():
    found = []

    @settings(max_examples=150, database=None, derandomize=True)
    @given(compositions())
    def collect(f):
        found.append(f)

    collect()
    names = {name for f in found for name in f.operators}
    assert len(names) >= 65, sorted(names)
    assert {len(f.operators) for f in found} == set(range(3, 9))
    assert {len(f.args) for f in found} == {1, 2, 3}
    assert {0, 1, 2} <= {np.ndim(f(*f.args)) for f in found}
    used_twice = [f for f in found if re.search(r"\b(y\d)\b.* := .*\b\1\b.*\b\1\b", f.source)]
    assert len(used_twice) > 15


def test_composition_is_made_by_hand():
    f = Composition("lambda x0: (y0 := ac.sin(x0), y1 := y0 * x0)[-1]", (np.ones(2),), ("sin",))
    np.testing.assert_allclose(f(np.ones(2)), np.sin(1.0))
    assert repr(f).endswith("[-1])(np.array([1.0, 1.0]))")


# The package does not need Hypothesis; the page runs.


def test_hypothesis_is_loaded_by_testing_alone():
    program = "import sys, autograd_core; print('hypothesis' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "False"


def test_missing_hypothesis_is_named(monkeypatch):
    for name in [m for m in sys.modules if m.startswith("autograd_core.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match="needs hypothesis; install it"):
        import autograd_core.testing  # noqa: F401


def test_page_runs():
    """The Python on the page, in order; its text blocks are parts of the message made there."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert sum(language == "python" for language, _ in blocks) >= 6
    names = {"__name__": "page"}
    try:
        for language, text in blocks:
            if language == "python":
                exec(compile(text, str(PAGE), "exec"), names)
            else:
                assert text in names["message"] + "\n", names["message"]
    finally:
        REGISTRY.pop("bump", None)
    (printed,) = re.findall(r"`(\(lambda .*)`", PAGE.read_text(encoding="utf-8"))
    assert np.isfinite(eval(printed, {"ac": ac, "np": np})).all()


def test_page_names_every_strategy_and_option():
    page = PAGE.read_text(encoding="utf-8")
    for name in ("shapes", "broadcastable_shapes", "arrays", "operator_arguments", "compositions"):
        assert f"`{name}(" in page
    code = ac.check_grads.__code__
    for option in code.co_varnames[2 : code.co_argcount + code.co_kwonlyargcount]:
        assert f"`{option}`" in page, option
