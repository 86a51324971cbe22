"""check_grads against every derivative rule there is, made wrong one at a time."""

import pytest

from autograd_core import GradientCheckError, check_grads
from autograd_core.primitive import Primitive
from tests.autograd_core.faults import detached
from tests.autograd_core.generated import (
    DIFFERENTIABLE,
    OPERATORS,
    differentiable_inputs,
    samples_of,
)

RULES = [
    (name, input_name)
    for name in DIFFERENTIABLE
    if isinstance(OPERATORS[name], Primitive)
    for input_name in (OPERATORS[name].rules or OPERATORS[name].array_names)
]


def changed(monkeypatch, name, input_name, change):
    """Puts `change` behind the derivative rule of one input of an operator."""
    operator = OPERATORS[name]
    rule = operator.joint or operator.rules[input_name]
    original = rule.call
    position = operator.array_names.index(input_name)

    def call(*args):
        found = original(*args)
        if rule is not operator.joint:
            return change(found)
        chosen = range(len(found)) if operator.variadic else (position,)
        return tuple(change(g) if i in chosen else g for i, g in enumerate(found))

    monkeypatch.setattr(rule, "call", call)


def is_caught(name, order):
    for sample in samples_of(name):
        function, args = differentiable_inputs(name, sample)
        try:
            check_grads(function, args, order=order)
        except GradientCheckError:
            return True
    return False


RULES.remove(("copysign", "y"))  # its derivative is zero, so that no factor shows


@pytest.mark.parametrize("name, input_name", RULES)
def test_every_rule_that_is_a_thousandth_off_is_caught(monkeypatch, name, input_name):
    changed(monkeypatch, name, input_name, lambda g: None if g is None else 1.001 * g)
    assert is_caught(name, order=1)


@pytest.mark.parametrize("name, input_name", RULES)
def test_every_rule_that_cannot_be_differentiated_is_caught(monkeypatch, name, input_name):
    """The first derivative is right; what records it for the second is cut off."""
    changed(monkeypatch, name, input_name, detached)
    assert is_caught(name, order=2)
