"""Whole random functions: compositions of 3 to 8 operators against finite differences."""

import numpy as np
from hypothesis import given, settings

import autograd_core as ac
from autograd_core import check_grads
from autograd_core.testing import compositions
from tests.autograd_core.generated import WIDENING


@settings(max_examples=150)
@given(compositions(min_ops=3, max_ops=8))
def test_first_and_second_derivatives(f):
    check_grads(f, f.args, order=2)


@settings(max_examples=40)
@given(compositions(min_ops=3, max_ops=6))
def test_full_jacobian_in_both_modes(f):
    check_grads(f, f.args, order=1, modes=("rev", "fwd"), fast=False)


@settings(max_examples=20)
@given(compositions(min_ops=3, max_ops=4))
def test_third_derivatives(f):
    check_grads(f, f.args, order=3)


@settings(max_examples=20)
@given(compositions(min_ops=3, max_ops=4))
def test_second_derivatives_in_mixed_modes(f):
    check_grads(f, f.args, order=2, modes=("rev", "fwd"))


@given(compositions())
def test_backward_equals_the_functional_gradient(f):
    inputs = [ac.tensor(a, requires_grad=True) for a in f.args]
    output = f(*inputs)
    g = np.cos(np.arange(output.size)).reshape(output.shape)
    if not output.requires_grad:
        return
    output.backward(g)
    _, pull_back = ac.vjp(f, *f.args)
    for tensor, expected in zip(inputs, pull_back(g), strict=True):
        found = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.data
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@given(compositions().filter(lambda f: not {"astype", *WIDENING} & set(f.operators)))
def test_single_precision_is_kept(f):
    inputs = [ac.tensor(a.astype(np.float32), requires_grad=True) for a in f.args]
    output = f(*inputs)
    assert output.dtype == np.float32
    if output.requires_grad:
        output.backward(np.ones(output.shape, np.float32))
    assert {t.grad.dtype for t in inputs if t.grad is not None} <= {np.dtype(np.float32)}
