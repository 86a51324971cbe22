"""Transforms and tapes: results that lost a derivative, came in another kind, or cost too much."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import backprop


def tracked(value):
    return ac.tensor(value, requires_grad=True)


def test_the_auxiliary_result_keeps_its_own_derivative():
    def from_grad(a):
        _, aux = ac.grad(lambda x: (x**2, a * x), has_aux=True)(5.0)
        return aux

    def from_vjp(a):
        return ac.vjp(lambda x: (x**2, a * x), 5.0, has_aux=True)[2]

    assert ac.grad(from_grad)(2.0) == 5.0
    assert ac.grad(from_vjp)(2.0) == 5.0


def test_a_captured_tensor_that_is_returned_as_it_is_stays_tracked():
    w = tracked(2.0)
    value, _ = ac.value_and_grad(lambda x: w)(1.0)
    assert value is w
    (_, aux), _ = ac.value_and_grad(lambda x: (x, {"w": w}), has_aux=True)(1.0)
    assert aux["w"] is w


@pytest.mark.parametrize(
    "inner",
    [
        lambda a: ac.hvp(lambda x: a * a * x**3, 0)(3.0, 1.0) / 18,
        lambda a: ac.jvp(lambda x: a * a * x, (3.0,), (1.0,))[1],
        lambda a: ac.vjp(lambda x: a * a * x, 3.0)[1](1.0)[0],
        lambda a: ac.value_and_grad(lambda x: a * a * x)(3.0)[1],
        lambda a: ac.hessian(lambda x: a * a * x * x)(3.0) / 2,
    ],
)
def test_a_derivative_of_a_derivative_of_a_float_is_a_float(inner):
    found = ac.grad(inner)(2.0)  # the inner transform's own variable is nobody's business
    assert type(found) is float
    assert found == pytest.approx(4.0)


def test_an_argument_named_twice_is_refused():
    for argnums in ((0, 0), (1, -1)):
        with pytest.raises(ValueError, match=r"grad: argnums .* name an argument twice"):
            ac.grad(lambda x, y: x * y, argnums=argnums)(2.0, 3.0)
    assert ac.grad(lambda x, y: x * y, argnums=np.int64(1))(2.0, 3.0) == 2.0
    with pytest.raises(ValueError, match="0 positional arguments were given"):
        ac.grad(lambda x: x)(x=1.0)


def test_a_dict_that_needs_more_than_its_items():
    import collections

    given = collections.defaultdict(list, {"a": 2.0, "b": 3.0})
    found = ac.grad(lambda p: p["a"] * p["b"])(given)
    assert found == {"a": 3.0, "b": 2.0}
    assert found.default_factory is list


def test_an_empty_jacobian_has_the_kind_of_the_argument():
    assert isinstance(ac.jacobian(lambda x: x[:0])(ac.tensor([1.0, 2.0])), ac.Tensor)
    assert isinstance(ac.jacobian(lambda x: x[:0])(np.ones(2)), np.ndarray)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ac.jvp(abs, 2.0, 1.0), TypeError, r"jvp: primals must be a tuple.*\(primal,\)"),
        (lambda: ac.jvp(abs, (2.0,), 1.0), TypeError, "jvp: tangents must be a tuple"),
        (lambda: ac.jvp(abs, (2.0,), (1j,)), TypeError, "real numbers, it is complex128"),
        (lambda: ac.hvp(abs)(np.ones(3), np.ones(2)), ValueError, r"hvp: .*\(2,\).*\(3,\)"),
        (lambda: ac.vjp(abs, np.ones(3))[1](np.ones(2)), ValueError, r"vjp: .*\(2,\).*\(3,\)"),
        (lambda: ac.grad(lambda x: x)(np.ones(3)), ValueError, r"it returned shape \(3,\)"),
        (lambda: ac.gradients(tracked(1.0), [], []), TypeError, "outputs must be a list of Tens"),
        (lambda: ac.gradients([], [1.0], []), TypeError, "inputs must be a list of Tensors"),
        (lambda: ac.gradients([tracked(1.0)], [], []), ValueError, "0 cotangents for 1 outputs"),
        (lambda: tracked(1.0).register_hook("a"), TypeError, "a function is needed, 'a' was"),
        (lambda: tracked([1.0]).backward([1j]), TypeError, "real numbers, it is complex128"),
    ],
)
def test_misuse_is_explained(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("kind", ["grad", "jvp"])
def test_a_derivative_walks_its_own_function_and_not_what_was_before(monkeypatch, kind):
    walked = []
    order = backprop.topological_order

    def counting(*args):
        walked.append(len(order(*args)))
        return order(*args)

    monkeypatch.setattr(backprop, "topological_order", counting)
    x = y = tracked(1.0)
    for _ in range(100):  # steps of a simulation whose force is a derivative
        if kind == "grad":
            y = ac.grad(lambda z: z * z * 0.5)(y)
        else:
            y = ac.jvp(lambda z: z * z * 0.5, (y,), (1.0,))[1]
    (found,) = ac.gradients([y], [x], [None])
    assert found.item() == 1.0
    assert sum(walked) < 100 * 60  # walking back to x each time would make 100 * 100 * 3 and more


# Tapes.


def test_a_watched_constant_is_its_own_target():
    x = ac.tensor(3.0)
    with ac.GradientTape() as tape:
        tape.watch(x)
    assert tape.gradient(x, x).item() == 1.0


def test_a_constant_that_an_inner_tape_watched_first_stays_watched_by_the_outer_one():
    x = ac.tensor(3.0)
    with ac.GradientTape() as outer:
        with ac.GradientTape() as inner:
            inner.watch(x)
            outer.watch(x)
            y = x * x
        z = inner.gradient(y, x) * x
    assert outer.gradient(z, x).item() == 4 * 3.0
    assert not x.requires_grad


def test_tapes_that_are_open_together_do_not_release_what_they_share():
    w, v = tracked(2.0), tracked(3.0)
    with ac.GradientTape() as one, ac.GradientTape() as two:
        shared = w * v
        first, second = shared * shared, shared * 3
    assert one.gradient(first, w).item() == 2 * 2.0 * 9.0
    assert two.gradient(second, v).item() == 6.0


def test_a_gradient_that_accumulates_under_no_grad_is_still_a_function_of_the_leaf():
    x = tracked(2.0)
    y = x**3
    with ac.no_grad():
        y.backward(create_graph=True)
        y.backward(create_graph=True)
    (found,) = ac.gradients([x.grad], [x], [None])
    assert found.item() == 2 * 6 * 2.0


def test_an_integer_that_was_made_tracked_is_refused():
    x = ac.tensor([1, 2])
    x.requires_grad = True
    with pytest.raises(TypeError, match="input of dtype int64; only real floats"):
        (x * 0.5).sum().backward()
