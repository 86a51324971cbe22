"""Tests generated from the registry: what every operator must hold, whoever writes it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import check_grads
from autograd_core.structures import is_float, leaves
from autograd_core.tensor import Tensor
from autograd_core.testing import LAYOUTS, operator_arguments, with_layout
from tests.autograd_core.generated import (
    CONSTANT,
    DIFFERENTIABLE,
    ELEMENTWISE,
    OPERATORS,
    WIDENING,
    assert_equal,
    call,
    differentiable_inputs,
    mapped_floats,
    samples_of,
    tracked_call,
    with_args,
)
from tests.autograd_core.references import REFERENCES

FULL_UP_TO = 400  # entries of a Jacobian that are all compared
INTEGER_ONLY = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert", "isin"}


def same_arrays(found, expected):
    """Bit by bit, NaN equal to NaN."""
    pairs = zip(leaves(list(found)), leaves(list(expected)), strict=True)
    return all(
        np.array_equal(a, b, equal_nan=True) if is_float(b) else np.array_equal(a, b)
        for a, b in pairs
        if isinstance(b, np.ndarray)
    )


def test_there_are_many_operators():
    assert len(DIFFERENTIABLE) >= 130


def test_every_operator_has_a_reference():
    missing = [name for name in OPERATORS if name not in REFERENCES]
    assert not missing, f"no reference in tests/autograd_core/references: {missing}"
    unknown = [name for name in REFERENCES if name not in OPERATORS]
    assert not unknown, f"references of no operator: {unknown}"


def test_every_differentiable_operator_has_samples():
    missing = [name for name in DIFFERENTIABLE if OPERATORS[name].samples is None]
    assert not missing


@pytest.mark.parametrize("name", [*DIFFERENTIABLE, *CONSTANT])
def test_forward_equals_reference(name):
    for sample in samples_of(name):
        before = mapped_floats(np.copy, list(sample.args))
        found = call(name, sample)
        assert same_arrays(sample.args, before), "an input was modified"
        expected = REFERENCES[name](*sample.args, **sample.params)
        assert_equal(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", [*DIFFERENTIABLE, *CONSTANT])
def test_tensors_in_tensors_out(name):
    """With a Tensor among its inputs an operator gives Tensors of the same values."""
    for sample in samples_of(name):
        wrapped = with_args(sample, Tensor)
        expected = leaves(call(name, sample))
        found = leaves(call(name, wrapped))
        assert_equal(found, expected, rtol=1e-15)
        if any(isinstance(leaf, Tensor) for leaf in leaves(list(wrapped.args))):
            arrays = [e for e in expected if isinstance(e, (np.ndarray, np.generic))]
            assert [type(f) for f in found] == [Tensor] * len(found) or not arrays
        for f, e in zip(found, expected, strict=True):
            assert not isinstance(f, Tensor) or f.dtype == np.asarray(e).dtype


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_derivatives(name):
    """First order entry by entry where that is little, first and second along random directions."""
    for sample in samples_of(name):
        function, args = differentiable_inputs(name, sample)
        if not args:
            continue
        inputs = sum(np.size(leaf) for leaf in leaves(list(args)) if is_float(leaf))
        outputs = sum(np.size(leaf) for leaf in leaves(call(name, sample)) if is_float(leaf))
        if inputs * outputs <= FULL_UP_TO:
            check_grads(function, args, order=1, fast=False)
        check_grads(function, args, order=2)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_some_sample_has_a_gradient(name):
    """No operator passes its checks because there was nothing to compare."""
    found = [g for sample in samples_of(name) for g in tracked_call(name, sample)[2]]
    assert any(g is not None and g.size for g in found)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_float32_stays_float32(name):
    kind = np.dtype(np.float64 if name in WIDENING else np.float32)
    checked = False
    for sample in samples_of(name):
        if "dtype" in sample.params:
            continue
        checked = True
        sample = with_args(sample, lambda a: a.astype(np.float32))
        floats, inputs, found = tracked_call(name, sample)
        assert {o.dtype for o in floats} == {kind}
        gradients = [(t, g) for t, g in zip(inputs, found, strict=True) if g is not None]
        assert {g.dtype for t, g in gradients if t.dtype == np.float32} <= {np.dtype(np.float32)}
        plain = with_args(sample, np.copy)
        assert {np.asarray(r).dtype for r in leaves(call(name, plain)) if is_float(r)} == {kind}
        double = with_args(sample, lambda a: a.astype(np.float64))
        expected, _, exact = tracked_call(name, double)
        assert_equal(floats, expected, rtol=1e-4, atol=1e-5)
        for (_, g), e in zip(gradients, (e for e in exact if e is not None), strict=True):
            scale = float(np.max(np.abs(e.data), initial=1.0))
            np.testing.assert_allclose(g.data, e.data, rtol=1e-3, atol=1e-4 * scale)
    assert checked or name == "astype", "no sample without dtype="


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_memory_layout_changes_nothing(name):
    for sample in samples_of(name):
        expected, _, exact = tracked_call(name, with_args(sample, lambda a: a.copy(order="C")))
        for layout in LAYOUTS[1:]:
            laid_out = with_args(sample, lambda a, layout=layout: with_layout(a, layout))
            before = mapped_floats(np.copy, list(laid_out.args))
            floats, inputs, found = tracked_call(name, laid_out)
            assert same_arrays(laid_out.args, before), f"an input was modified ({layout})"
            assert_equal(floats, expected, rtol=1e-11, atol=1e-12)
            assert [g is None for g in found] == [e is None for e in exact]
            for tensor, g, e in zip(inputs, found, exact, strict=True):
                if g is not None:
                    assert g.shape == tensor.shape
                    np.testing.assert_allclose(g.data, e.data, rtol=1e-11, atol=1e-11)


NUMPY_NAMED = [
    pytest.param(name, function, id=f"{name}-{getattr(function, '__name__', i)}")
    for name in [*DIFFERENTIABLE, *CONSTANT]
    for i, function in enumerate(OPERATORS[name].numpy)
]


@pytest.mark.parametrize("name, function", NUMPY_NAMED)
def test_numpy_function_records(name, function):
    """NumPy's function, given a Tensor, is the operator: same values, recorded."""
    compared = 0
    for sample in samples_of(name):
        wrapped = with_args(sample, lambda a: Tensor(a, True))
        ours = any(isinstance(leaf, Tensor) for leaf in leaves(list(wrapped.args)))
        positional, named = accepted(function, sample)
        if not ours or positional is None:
            continue
        compared += 1
        found = leaves(function(*wrapped.args, *positional, **named))
        expected = leaves(call(name, wrapped))
        assert_equal(found, expected, rtol=0)
        for a, b in zip(found, expected, strict=True):
            assert type(a) is type(b)
            if isinstance(b, Tensor):
                assert a.requires_grad == b.requires_grad
                assert (a.node and a.node.name) == (b.node and b.node.name)
    assert compared or name in INTEGER_ONLY


def accepted(function, sample):
    """How NumPy's own function takes the parameters: by name, by position, or (None, None) not."""
    for positional, named in (((), sample.params), (tuple(sample.params.values()), {})):
        try:
            function(*sample.args, *positional, **named)
        except (TypeError, ValueError):
            continue
        return positional, named
    return None, None


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_result_is_recorded(name):
    for sample in samples_of(name):
        floats, inputs, _ = tracked_call(name, sample)
        if inputs:
            assert all(isinstance(o, Tensor) and o.requires_grad for o in floats)


@pytest.mark.parametrize("name", CONSTANT)
def test_constant_results_are_not_tracked(name):
    for sample in samples_of(name):
        wrapped = with_args(sample, lambda a: Tensor(a, True))
        for result in leaves(call(name, wrapped)):
            assert not getattr(result, "requires_grad", False)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_over_random_shapes(name):
    """Broadcasting, memory layouts and empty arrays, drawn by Hypothesis."""

    @settings(max_examples=15)
    @given(sample=operator_arguments(name))
    def run(sample):
        assert_equal(
            call(name, sample),
            REFERENCES[name](*sample.args, **sample.params),
            rtol=1e-12,
            atol=1e-13,
        )
        function, args = differentiable_inputs(name, sample)
        check_grads(function, args, order=2)

    run()


@pytest.mark.parametrize("name", sorted(set(DIFFERENTIABLE) - set(ELEMENTWISE)))
def test_derivatives_at_random_samples(name):
    @settings(max_examples=8)
    @given(sample=operator_arguments(name), seed=st.integers(0, 2**31))
    def run(sample, seed):
        function, args = differentiable_inputs(name, sample)
        if args:
            check_grads(function, args, order=2, seed=seed)

    run()
