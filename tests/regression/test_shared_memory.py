"""Arrays that somebody else can write into: what a derivative needs must not change with them."""

import array

import numpy as np
import pytest

import autograd_core as ac

X = np.array([0.3, 0.7])


def tracked(value):
    return ac.tensor(value, requires_grad=True)


class Subclass(np.ndarray):
    pass


@pytest.mark.parametrize(
    "make",
    [
        lambda base: base,
        lambda base: np.broadcast_to(base, (3, 2)),
        lambda base: base.view(Subclass),
        lambda base: memoryview(base),
        lambda base: base[::-1][::-1],
    ],
)
def test_an_operand_that_shares_the_callers_memory(make):
    base, x = np.array([3.0, 4.0]), tracked(X)
    y = ac.multiply(x, make(base))
    total = y.sum() / (y.size / 2)
    base[:] = 0.0
    total.backward()
    np.testing.assert_allclose(x.grad.numpy(), [3.0, 4.0])


def test_an_operand_from_the_standard_library():
    x, numbers = tracked(X), array.array("d", [3.0, 4.0])
    y = (x * numbers).sum()
    numbers[0] = 0.0
    y.backward()
    assert x.grad.tolist() == [3.0, 4.0]


def test_the_gradient_argument_may_be_a_view_of_something_that_changes():
    x, base = tracked(X), np.ones(2)
    view = base[:]
    view.flags.writeable = False
    x.backward(view)
    base[:] = 5.0
    assert x.grad.tolist() == [1.0, 1.0]


def test_gradients_as_arrays_belong_to_the_caller_one_by_one():
    first, second = ac.grad(lambda a, b: (a + b).sum(), argnums=(0, 1))(np.ones(3), np.ones(3))
    first *= 5
    assert second.tolist() == [1.0, 1.0, 1.0]
    large = ac.grad(lambda a: a.sum())(np.ones(10_000))  # inside, a view with strides of zero
    large[0] = 7.0
    assert large[1] == 1.0


def test_results_of_a_transform_as_arrays_are_not_those_of_the_graph():
    output, pull_back = ac.vjp(np.exp, X)
    output *= 0
    np.testing.assert_allclose(pull_back(np.ones(2))[0], np.exp(X))
    (_, aux), _ = ac.value_and_grad(lambda x: ((x**2).sum(), x), has_aux=True)(X)
    aux *= 0
    cotangent = np.ones(2)
    cotangent.flags.writeable = False
    (found,) = ac.vjp(lambda x: x + 0, X)[1](cotangent)
    found *= 5
    assert cotangent.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("on_leaf", [True, False])
def test_a_hook_cannot_write_into_the_gradient(on_leaf):
    a, b = tracked(X), tracked(X)
    c = a if on_leaf else a * 1

    def double(g):
        g.data *= 2

    c.register_hook(double)
    with pytest.raises(ValueError, match="read-only"):
        (c + b).sum().backward()


def test_a_hook_may_return_the_same_buffer_each_time():
    buffer = np.zeros(2)

    def double(g):
        return np.multiply(g.numpy(), 2, out=buffer)

    a, b = tracked(X), tracked(X)
    a.register_hook(double)
    b.register_hook(double)
    (a + b * 10).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([2.0, 2.0], [20.0, 20.0])


def test_what_a_hook_returns_takes_the_gradients_dtype():
    x = ac.tensor(X, requires_grad=True, dtype=np.float32)
    y = x * x
    y.register_hook(lambda g: g.astype(np.float64) * 2)
    for create_graph in (False, True):
        (found,) = ac.gradients([y], [y], [np.ones(2)], create_graph=create_graph)
        assert found.dtype == np.float32
        assert found.tolist() == [2.0, 2.0]
    y.register_hook(lambda g: g.numpy() * 1j)
    with pytest.raises(TypeError, match="the hook returned complex64, not real numbers"):
        y.sum().backward()


def test_custom_vjp_may_use_one_buffer_for_all_calls():
    buffer, pulled = np.zeros(2), np.zeros(2)
    twice = ac.custom_vjp(lambda x: np.multiply(x, 2, out=buffer))
    twice.defvjp(lambda g, out, x: (np.multiply(g, 2, out=pulled),))
    a, b = tracked(X), tracked(X)
    first, second = twice(a), twice(b * 10)
    np.testing.assert_allclose(first.numpy(), 2 * X)
    (first + second * 3).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([2.0, 2.0], [60.0, 60.0])


def test_custom_vjp_cannot_write_into_the_graph():
    def in_place(x):
        x *= 2
        return x.copy()

    function = ac.custom_vjp(in_place)
    function.defvjp(lambda g, out, x: (2 * g,))
    h = tracked(X) * 1
    with pytest.raises(ValueError, match="read-only"):
        function(h)

    def in_place_rule(g, out, x):
        g *= 2
        return (g,)

    function = ac.custom_vjp(lambda x: x * 2)
    function.defvjp(in_place_rule)
    a, b = tracked(X), tracked(X)
    with pytest.raises(ValueError, match="read-only"):
        (function(a) + b).sum().backward()


def test_custom_vjp_keeps_index_arrays_and_lists_as_they_were():
    @ac.custom_vjp
    def pick(x, places, factors):
        return x[places] * factors[0]

    @pick.defvjp
    def pick_vjp(g, out, x, places, factors):
        found = np.zeros_like(x)
        np.add.at(found, places, g * factors[0])
        return found, None, None

    x, places, factors = tracked(np.arange(3.0)), np.array([0, 1]), [4.0]
    y = pick(x, places, factors)
    places[:], factors[0] = 2, 0.0
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 4.0, 0.0]


def test_copies_of_a_leaf_are_read_only_too():
    import copy
    import pickle

    x = tracked(X)
    for made in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert made.requires_grad
        with pytest.raises(ValueError, match="read-only"):
            made.data[0] = 1.0
