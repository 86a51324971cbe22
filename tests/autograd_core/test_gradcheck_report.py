"""What GradientCheckError says."""

import re

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import GradientCheckError, check_grads, custom_vjp
from tests.autograd_core.faults import FAULTS, SECOND_ORDER_FAULTS, W, X, every_way, product


def test_report_names_the_worst_entry():
    wrong = np.ones((2, 3))
    wrong[0, 1], wrong[1, 2] = 1.001, 1.5

    @custom_vjp
    def bent(x):
        return 2.0 * x

    bent.defvjp(lambda g, out, x: (2.0 * wrong * g,))

    def f(p, y):
        return {"a": ac.sin(y), "b": [bent(p["w"])]}

    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, ({"w": X}, W), fast=False)
    error = caught.value
    assert (error.order, error.mode) == (1, "rev")
    assert (error.argument, error.index) == ("args[0]['w']", (1, 2))
    assert error.analytic == pytest.approx(3.0) and error.numeric == pytest.approx(2.0)
    assert set(error.operators) == {"sin", "bent"}
    text = str(error)
    assert "order         1 (reverse mode)" in text
    assert "worst entry   d output['b'][0][1, 2] / d args[0]['w'][1, 2]" in text
    assert "analytic      3.0\n" in text
    assert "absolute 1, relative 0.333" in text
    assert "2 of 54 wrong" in text
    assert re.search(r"operators     (bent, sin|sin, bent)\n", text)


def test_report_of_a_scalar_and_of_forward_mode():
    f = product(lambda g, out, x, y: (2.0 * g * y, g * x))
    with pytest.raises(GradientCheckError, match=r"d output / d args\[0\]\n") as caught:
        check_grads(f, (0.5, 0.7), modes="fwd", fast=False)
    assert "forward mode" in str(caught.value) and caught.value.index == ()
    with pytest.raises(GradientCheckError, match=r"d output / d args\[0\] along a random dir"):
        check_grads(f, (0.5, 0.7), modes="fwd")


def test_report_of_the_second_order():
    f = product(SECOND_ORDER_FAULTS["an input detached"])
    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, (X, X), fast=False)
    text = str(caught.value)
    assert "order         2 (reverse mode, then reverse mode)" in text
    assert "d gradient of args[0][" in text and "/ d args[1][" in text


def test_hint_at_a_constant_factor():
    f = product(lambda g, out, x, y: (-g * y, g * x))
    with pytest.raises(GradientCheckError, match="analytic / numeric is -1 throughout: a factor"):
        check_grads(f, (X, X))


def test_hint_at_rules_when_nothing_else_is_seen():
    f = product(FAULTS["inputs exchanged"])
    with pytest.raises(GradientCheckError, match="smooth here: suspect the derivative rules"):
        check_grads(f, (X, X[::-1].copy()))


@every_way
def test_hint_at_a_kink(mode, fast):
    x = np.array([0.4, 0.0, -0.3])
    with pytest.raises(GradientCheckError, match=r"a kink: .* left and right are 0, 1;"):
        check_grads(lambda x: ac.where(x > 0, x, 0.0), (x,), modes=mode, fast=False)
    with pytest.raises(GradientCheckError, match="a kink: "):
        check_grads(lambda x: ac.where(x > 0, x, 0.0), (x,), modes=mode, fast=fast)


def test_hint_at_a_jump():
    with pytest.raises(GradientCheckError, match="a jump: the values on both sides differ"):
        check_grads(lambda x: ac.add(x, np.sign(x.data)), (np.array([0.0]),))


def test_hint_at_noise():
    for frequency in (3e5, 1e7, 1e9):
        noisy = lambda x: ac.add(x, 1e-4 * np.sin(frequency * x.data))  # noqa: B023
        with pytest.raises(GradientCheckError, match="rough or noisy: a step of"):
            check_grads(noisy, (X,))


def test_tolerances_are_the_users():
    f = product(FAULTS["a factor 0.1% off"])
    check_grads(f, (X, X), order=1, rtol=1e-2)
    check_grads(f, (X, X), order=1, atol=1e-2)
    check_grads(f, (X, X), order=1, atol=1e-2, rtol=0.0, fast=False, eps=1e-5)
    with pytest.raises(GradientCheckError):
        check_grads(ac.sin, (X,), atol=0.0, rtol=0.0)
