"""custom_vjp and checkpoint."""

import numpy as np
import pytest

import autograd_core as ac


@ac.custom_vjp
def cube(x):
    assert type(x) is np.ndarray or np.isscalar(x)
    return x**3


@cube.defvjp
def cube_vjp(g, out, x):
    return (3 * x**2 * g,)


def test_custom_vjp_is_used_and_differentiable_again():
    ac.check_grads(cube, (np.array([0.5, 2.0]),), order=3)
    assert ac.grad(cube)(2.0) == 12.0
    assert type(cube(np.ones(2))) is np.ndarray


def test_the_given_rule_is_the_one_that_counts():
    @ac.custom_vjp
    def straight_through(x):
        return np.round(x)

    straight_through.defvjp(lambda g, out, x: (g,))
    assert ac.grad(lambda x: straight_through(x) * 3)(1.4) == 3.0


def test_several_arguments_outputs_and_options():
    @ac.custom_vjp
    def split_product(x, y, name, *, scale=1.0):
        assert name == "n"
        return x * y * scale, x + y

    @split_product.defvjp
    def rule(g, out, x, y, name, *, scale=1.0):
        return g[0] * y * scale + g[1], g[0] * x * scale + g[1], None

    f = lambda x, y: split_product(x, y, "n", scale=2.0)
    ac.check_grads(f, (np.array([1.0, 2.0]), np.array([3.0, 5.0])), order=2)


def test_a_rule_that_calls_compiled_code_is_refused_at_second_order():
    @ac.custom_vjp
    def outside(x):
        return np.exp(x)

    @outside.defvjp
    def rule(g, out, x):
        compiled = np.exp(np.asarray(x))  # what a compiled function would do with its argument
        return (g * compiled,)

    np.testing.assert_allclose(ac.grad(outside)(1.0), np.e)
    with pytest.raises(RuntimeError, match="cut it off from its gradient"):
        ac.grad(ac.grad(outside))(1.0)


def test_it_works_on_methods():
    class Model:
        factor = 3.0

        @ac.custom_vjp
        def scaled(self, x):
            return self.factor * x

        @scaled.defvjp
        def scaled_vjp(g, out, self, x):  # noqa: N805
            return None, self.factor * g

    model = Model()
    assert ac.grad(lambda x: model.scaled(x))(2.0) == 3.0


def test_missing_and_malformed_rules_are_explained():
    @ac.custom_vjp
    def f(x):
        return x * 2

    x = ac.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"f: no derivative is defined.*@f.defvjp"):
        f(x)
    f.defvjp(lambda g, out, x: g)
    with pytest.raises(TypeError, match="must return a tuple of 1 cotangents"):
        f(x).backward()


def test_with_a_numba_function():
    numba = pytest.importorskip("numba")

    @numba.njit
    def loop(x):
        total = 0.0
        for value in x:
            total += value * value
        return total

    @ac.custom_vjp
    def energy(x):
        return loop(x)

    energy.defvjp(lambda g, out, x: (2 * x * g,))
    ac.check_grads(energy, (np.array([1.0, 2.0, 3.0]),), order=1)


# checkpoint


def f_plain(x, w):
    return ac.tanh(ac.sin(x) @ w)


def test_checkpoint_changes_neither_value_nor_derivatives(rng):
    x, w = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    f = ac.checkpoint(f_plain)
    np.testing.assert_array_equal(f(x, w), f_plain(x, w))
    for argnum in (0, 1):
        expected = ac.grad(lambda *a: (f_plain(*a) ** 2).sum(), argnum)(x, w)
        np.testing.assert_array_equal(
            ac.grad(lambda *a: (f(*a) ** 2).sum(), argnum)(x, w), expected
        )
    ac.check_grads(f, (x, w), order=2)


def test_checkpoint_keeps_no_intermediate_results():
    x = ac.tensor(np.ones(3), requires_grad=True)
    y = ac.checkpoint(lambda x: ac.exp(ac.sin(x)))(x)
    (node,) = y.node.parents
    assert node.parents == (x,)
    assert node.inputs[0] is x.data


def test_checkpoint_reaches_captured_weights_and_intermediates(rng):
    w = ac.tensor(rng.normal(size=(3, 3)), requires_grad=True)
    x = ac.tensor(rng.normal(size=(2, 3)), requires_grad=True)
    middle = ac.sin(w)  # tracked, made outside, used inside without being an argument
    loss = (ac.checkpoint(lambda v: ac.tanh(v @ middle) + w.sum())(x) ** 2).sum()
    loss.backward()
    found = w.grad.data, x.grad.data
    w.grad = x.grad = None
    ((ac.tanh(x @ ac.sin(w)) + w.sum()) ** 2).sum().backward()
    np.testing.assert_allclose(found[0], w.grad.data, rtol=1e-12)
    np.testing.assert_allclose(found[1], x.grad.data, rtol=1e-12)


def test_checkpoint_draws_the_same_numbers_again():
    def noisy(x, rng):
        return x * rng.normal(size=3)

    x = ac.tensor(np.ones(3), requires_grad=True)
    rng = np.random.default_rng(1)
    y = ac.checkpoint(noisy)(x, rng)
    after = rng.bit_generator.state
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, y.data)
    assert rng.bit_generator.state == after


def test_checkpoint_nests_and_chains():
    step = ac.checkpoint(lambda x: ac.sin(x) * 1.1)
    twice = ac.checkpoint(lambda x: step(step(x)))
    plain = lambda x: ac.sin(ac.sin(x) * 1.1) * 1.1
    assert ac.grad(twice)(0.7) == ac.grad(plain)(0.7)
    np.testing.assert_allclose(ac.grad(ac.grad(twice))(0.7), ac.grad(ac.grad(plain))(0.7))
