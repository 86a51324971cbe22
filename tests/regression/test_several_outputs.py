"""Each output of a primitive with several has one node: hooks and gradients must find it again."""

import math

import numpy as np
import pytest

import autograd_core as ac
from autograd_core.primitive import REGISTRY, primitive


@pytest.fixture
def both_exponentials():
    @primitive
    def both_exponentials(x):
        return np.exp(x), np.exp(-x)

    @both_exponentials.vjp("x")
    def both_exponentials_vjp(g, out):
        return g[0] * out[0] - g[1] * out[1]

    yield both_exponentials
    del REGISTRY["both_exponentials"]


def test_the_second_derivative_to_an_output_that_a_rule_has_used(both_exponentials):
    x = ac.tensor(0.5, requires_grad=True)
    a, b = both_exponentials(x)
    (first,) = ac.gradients([a * b * b], [x], [None], create_graph=True)  # b b a - 2 a b b
    (found,) = ac.gradients([first], [a], [None])
    assert found.item() == pytest.approx(-math.exp(-1.0))
    (found,) = ac.gradients([first], [x], [None])
    assert found.item() == pytest.approx(math.exp(-0.5))


def test_a_hook_of_an_output_sees_its_whole_gradient_at_every_order(both_exponentials):
    x, seen = ac.tensor(0.5, requires_grad=True), []
    a, b = both_exponentials(x)
    a.register_hook(lambda g: seen.append(g.item()))
    (first,) = ac.gradients([a * b * b], [x], [None], create_graph=True)
    ac.gradients([first], [x], [None])
    assert seen == pytest.approx([math.exp(-1.0), -math.exp(-1.0)])


def test_an_output_that_nobody_kept_is_made_again(both_exponentials):
    x = ac.tensor(0.5, requires_grad=True)
    b = both_exponentials(x)[1]
    (first,) = ac.gradients([b], [x], [None], create_graph=True)
    (found,) = ac.gradients([first], [x], [None])
    assert found.item() == pytest.approx(math.exp(-0.5))
