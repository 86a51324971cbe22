"""The backward pass: accumulation, hooks, higher orders, odd graphs."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core.backprop import unbroadcast
from autograd_core.primitive import REGISTRY, Primitive


@pytest.fixture
def temporary_registry():
    before = dict(REGISTRY)
    yield
    for name in set(REGISTRY) - set(before):
        del REGISTRY[name]


def test_backward_accumulates_into_grad():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    (x * x).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]
    x.zero_grad()
    assert x.grad is None


def test_a_leaf_is_its_own_graph():
    x = ac.tensor(2.0, requires_grad=True)
    x.backward()
    x.backward(4.0)
    assert x.grad.item() == 5.0


def test_gradient_argument():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    (x * 2).backward([1.0, 10.0])
    assert x.grad.tolist() == [2, 20]
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), the tensor \(2,\)"):
        (x * 2).backward(np.ones(3))
    with pytest.raises(ValueError, match=r"the tensor has shape \(2,\).*gradient=.*sum\(\)"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match="does not depend on any tracked tensor"):
        ac.tensor(1.0).backward()


def test_the_callers_gradient_array_is_not_shared():
    x = ac.tensor(np.ones(4), requires_grad=True)
    g = np.ones((2, 2))
    x.reshape(2, 2).backward(g)
    g[:] = 7
    assert x.grad.tolist() == [1, 1, 1, 1]


def test_untracked_tensors_get_no_gradient():
    x = ac.tensor(1.0, requires_grad=True)
    y = ac.tensor(2.0)
    (x * y).backward()
    assert y.grad is None


def test_third_derivatives():
    x = ac.tensor([0.3, 1.2], requires_grad=True)
    first = ac.gradients([ac.sin(x).sum()], [x], [np.array(1.0)], create_graph=True)[0]
    second = ac.gradients([first.sum()], [x], [np.array(1.0)], create_graph=True)[0]
    third = ac.gradients([second.sum()], [x], [np.array(1.0)], create_graph=True)[0]
    np.testing.assert_allclose(third.data, -np.cos(x.data), rtol=1e-14)


def test_create_graph_accumulates_a_differentiable_gradient():
    x = ac.tensor(2.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    grad = x.grad
    x.grad = None
    grad.backward()
    np.testing.assert_allclose(x.grad.item(), 12.0)


def test_gradients_of_intermediate_tensors_and_missing_paths():
    x = ac.tensor(2.0, requires_grad=True)
    other = ac.tensor(1.0, requires_grad=True)
    middle = x * x
    end = ac.sin(middle)
    found = ac.gradients([end], [middle, x, other], [np.array(1.0)])
    np.testing.assert_allclose(found[0].item(), np.cos(4.0))
    np.testing.assert_allclose(found[1].item(), 4 * np.cos(4.0))
    assert found[2] is None
    assert x.grad is None


def test_only_wanted_paths_are_walked(temporary_registry):
    calls = []

    @ac.primitive
    def spy_identity(x):
        return x + 0

    @spy_identity.vjp("x")
    def spy_identity_vjp(g):
        calls.append(1)
        return g

    x = ac.tensor(1.0, requires_grad=True)
    y = ac.tensor(1.0, requires_grad=True)
    z = spy_identity(x) + y
    ac.gradients([z], [y], [np.array(1.0)])
    assert calls == []
    ac.gradients([z], [x], [np.array(1.0)])
    assert calls == [1]


def test_hooks_see_and_replace_complete_gradients():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []
    remove = y.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: g * 10)
    (y + y).sum().backward(retain_graph=True)
    assert seen == [[2.0, 2.0]]
    assert x.grad.tolist() == [40.0, 40.0]
    remove()
    y.sum().backward()
    assert len(seen) == 1
    with pytest.raises(RuntimeError, match="not tracked"):
        ac.tensor(1.0).register_hook(print)


def test_a_hook_of_the_wrong_shape_is_refused():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: g.sum())
    with pytest.raises(ValueError, match=r"hook returned shape \(\), the gradient has \(2,\)"):
        x.sum().backward()


def test_hooks_work_under_create_graph():
    x = ac.tensor(3.0, requires_grad=True)
    x.register_hook(lambda g: g * 2)
    (found,) = ac.gradients([x**2], [x], [np.array(1.0)], create_graph=True)
    assert found.item() == 12.0
    (second,) = ac.gradients([found], [x], [np.array(1.0)])
    assert second.item() == 8.0  # the hook doubles twice


def test_a_rule_of_the_wrong_shape_is_named(temporary_registry):
    @ac.primitive
    def crooked(x):
        return x * 1.0

    @crooked.vjp("x")
    def crooked_vjp(g):
        return g[:1].sum() * np.ones(5)

    with pytest.raises(
        ValueError, match=r"rule of 'crooked' for 'x' returned shape \(5,\).*\(3,\)"
    ):
        crooked(ac.tensor(np.ones(3), requires_grad=True)).sum().backward()


def test_an_operator_without_a_rule_fails_when_it_is_called(temporary_registry):
    @ac.primitive
    def no_rule(x, y):
        return x + y

    @no_rule.vjp("x")
    def no_rule_vjp(g):
        return g

    x = ac.tensor(1.0, requires_grad=True)
    assert no_rule(x, 1.0).requires_grad
    with pytest.raises(TypeError, match="no_rule: no derivative is known with respect to 'y'"):
        no_rule(1.0, x)
    with ac.no_grad():
        assert no_rule(1.0, x).item() == 2.0


def test_a_rule_naming_something_unknown_is_refused_at_definition(temporary_registry):
    @ac.primitive
    def somewhere(x, *, scale):
        return x * scale

    with pytest.raises(ValueError, match="names 'size', which is neither"):

        @somewhere.vjp("x")
        def somewhere_vjp(g, size):
            return g

    with pytest.raises(ValueError, match="no array input 'z'"):
        somewhere.vjp("z")


def test_two_operators_of_one_name_are_refused(temporary_registry):
    def sin(x):
        return x

    with pytest.raises(ValueError, match="'sin' is already registered"):
        Primitive(sin)


def test_a_fused_primitive_falls_back_to_its_composition(temporary_registry):
    def composed(x, y):
        return ac.sin(x) * y

    @ac.primitive(composition=composed)
    def fused(x, y):
        return np.sin(x) * y

    @fused.vjp_joint
    def fused_vjp(g, x, y, needs):
        # In place and NumPy only: cannot run on tensors.
        first = np.empty_like(g)
        np.multiply(g, np.cos(x) * y, out=first)
        return first if needs[0] else None, np.sin(x) * g if needs[1] else None

    args = np.array([0.3, 0.7]), np.array([1.5, -0.5])
    ac.check_grads(fused, args, order=3)
    x = ac.tensor(0.5, requires_grad=True)
    np.testing.assert_allclose(
        ac.grad(ac.grad(lambda v: fused(v, x)))(2.0).item(), -0.5 * np.sin(2.0)
    )


def test_several_outputs_with_and_without_cotangents(temporary_registry):
    @ac.primitive
    def sum_and_difference(x, y):
        return x + y, x - y

    @sum_and_difference.vjp("x")
    def sum_and_difference_vjp_x(g):
        return g[0] + g[1]

    @sum_and_difference.vjp("y")
    def sum_and_difference_vjp_y(g):
        return g[0] - g[1]

    x, y = ac.tensor([1.0, 2.0], requires_grad=True), ac.tensor([3.0, 5.0], requires_grad=True)
    total, difference = sum_and_difference(x, y)
    (difference * [1.0, 10.0]).sum().backward(retain_graph=True)
    assert (x.grad.tolist(), y.grad.tolist()) == ([1, 10], [-1, -10])
    x.grad = y.grad = None
    (total * difference).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([2, 4], [-6, -10])
    ac.check_grads(lambda a, b: sum_and_difference(a, b)[0] ** 2, (x.numpy(), y.numpy()), order=2)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((2, 3), (3,)),
        ((2, 3), (2, 1)),
        ((2, 3), ()),
        ((4, 2, 3), (1, 3)),
        ((2, 3), (2, 3)),
        ((0, 3), (3,)),
    ],
)
def test_unbroadcast_is_the_adjoint_of_broadcasting(given, wanted, rng):
    value, small = rng.normal(size=given), rng.normal(size=wanted)
    found = unbroadcast(value, wanted)
    assert found.shape == wanted
    np.testing.assert_allclose(
        (found * small).sum(), (value * np.broadcast_to(small, given)).sum(), atol=1e-12
    )


def test_unbroadcast_refuses_what_is_no_broadcast():
    with pytest.raises(ValueError, match="does not come from broadcasting"):
        unbroadcast(np.ones((2, 3)), (4,))
    with pytest.raises(ValueError, match="does not come from broadcasting"):
        unbroadcast(np.ones(3), (2, 3))
