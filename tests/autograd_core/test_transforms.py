"""grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp, elementwise_grad."""

import math
from collections import namedtuple

import numpy as np
import pytest
import scipy.optimize

import autograd_core as ac
from autograd_core.tensor import Tensor


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


X = np.array([1.3, 0.7, 0.8])


def test_grad_equals_the_formula_of_scipy():
    np.testing.assert_allclose(ac.grad(rosenbrock)(X), scipy.optimize.rosen_der(X))
    np.testing.assert_allclose(ac.hessian(rosenbrock)(X), scipy.optimize.rosen_hess(X))
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(ac.hvp(rosenbrock)(X, v), scipy.optimize.rosen_hess_prod(X, v))


def test_scipy_minimizes_with_value_and_grad_as_it_stands():
    for method in ("L-BFGS-B", "BFGS", "CG", "TNC"):
        found = scipy.optimize.minimize(
            ac.value_and_grad(rosenbrock), np.zeros(4), jac=True, method=method, tol=1e-10
        )
        np.testing.assert_allclose(found.x, np.ones(4), atol=1e-3, err_msg=method)
    found = scipy.optimize.minimize(
        lambda x: float(rosenbrock(x)),
        np.zeros(3),
        jac=ac.grad(rosenbrock),
        hess=ac.hessian(rosenbrock),
        method="Newton-CG",
    )
    np.testing.assert_allclose(found.x, np.ones(3), atol=1e-4)


def test_kinds_go_out_as_they_came_in():
    f = lambda x: (x * x).sum()
    value, found = ac.value_and_grad(f)(X)
    assert not isinstance(value, Tensor)
    assert type(found) is np.ndarray
    value, found = ac.value_and_grad(f)(ac.tensor(X))
    assert isinstance(value, Tensor)
    assert isinstance(found, Tensor)
    assert not found.requires_grad
    assert type(ac.grad(lambda x: x**3)(2.0)) is float
    assert ac.grad(f)(np.float32(X)).dtype == np.float32


def test_nesting_to_the_fifth_order():
    f = lambda x: x**6
    for factor, power in ((6, 5), (30, 4), (120, 3), (360, 2), (720, 1)):
        f = ac.grad(f)
        np.testing.assert_allclose(f(1.5), factor * 1.5**power, rtol=1e-12)


def test_inner_gradients_see_outer_variables():
    # d/dy [d/dx (x^2 y^3)](x = y) = d/dy (2 x y^3) with x = y tracked as well: 8 y^3
    f = lambda y: ac.grad(lambda x: x**2 * y**3)(y)
    np.testing.assert_allclose(ac.grad(f)(2.0), 64.0)
    # perturbation confusion: d/dx [x * d/dy (x + y)] = 1
    assert ac.grad(lambda x: x * ac.grad(lambda y: x + y)(1.0))(5.0) == 1.0


def test_a_captured_weight_keeps_its_derivative():
    w = ac.tensor(3.0, requires_grad=True)
    slope = ac.grad(lambda x: w * x**2)(ac.tensor(2.0))
    slope.backward()
    assert w.grad.item() == 4.0
    with ac.no_grad():
        assert not ac.grad(lambda x: w * x**2)(ac.tensor(2.0)).requires_grad


def test_no_grad_outside_does_not_stop_the_transform():
    with ac.no_grad():
        assert ac.grad(lambda x: x**2)(3.0) == 6.0
        assert ac.hessian(lambda x: (x**3).sum())(np.array([2.0])).item() == 12.0


def test_structures_argnums_and_kwargs():
    Point = namedtuple("Point", "a b")
    params = {"w": np.ones((2, 2)), "rest": [1.5, (np.array([2.0]),)], "p": Point(2.0, 3.0)}

    def f(x, params, *, scale):
        p = params["p"]
        return scale * (
            (x @ params["w"]).sum() * params["rest"][0] + p.a * p.b + params["rest"][1][0].sum()
        )

    x = np.array([1.0, 2.0])
    found = ac.grad(f, 1)(x, params, scale=2.0)
    np.testing.assert_allclose(found["w"], 3.0 * np.array([[1, 1], [2, 2]]))
    assert found["rest"][0] == 12.0
    np.testing.assert_allclose(found["rest"][1][0], [2.0])
    assert found["p"] == Point(6.0, 4.0)
    both = ac.grad(f, (0, 1))(x, params, scale=2.0)
    np.testing.assert_allclose(both[0], [6.0, 6.0])
    assert isinstance(both, tuple)
    np.testing.assert_allclose(ac.grad(f, -1)(x, params, scale=2.0)["w"], found["w"])


def test_unused_arguments_have_zero_gradients():
    found = ac.grad(lambda x, y: x.sum(), (0, 1))(X, X)
    np.testing.assert_array_equal(found[1], np.zeros(3))
    np.testing.assert_array_equal(ac.jacobian(lambda x: np.ones(2))(X), np.zeros((2, 3)))


def test_has_aux():
    f = lambda x: ((x**2).sum(), {"mid": x * 2, "n": 3})
    (value, aux), found = ac.value_and_grad(f, has_aux=True)(X)
    np.testing.assert_allclose(value, (X**2).sum())
    assert aux["n"] == 3
    assert type(aux["mid"]) is np.ndarray
    np.testing.assert_allclose(ac.grad(f, has_aux=True)(X)[0], found)
    with pytest.raises(TypeError, match="has_aux=True the function must return"):
        ac.grad(lambda x: x.sum(), has_aux=True)(X)


def test_vjp_and_jvp_agree_with_the_jacobian(rng):
    a = rng.normal(size=(4, 3))
    f = lambda x: ac.tanh(a @ x) * ac.exp(x[0])
    jacobian = ac.jacobian(f)(X)
    assert jacobian.shape == (4, 3)
    out, pull_back = ac.vjp(f, X)
    np.testing.assert_allclose(out, f(X))
    u, v = rng.normal(size=4), rng.normal(size=3)
    for _ in range(2):
        np.testing.assert_allclose(pull_back(u)[0], u @ jacobian)
    out, tangent = ac.jvp(f, (X,), (v,))
    np.testing.assert_allclose(tangent, jacobian @ v)
    np.testing.assert_allclose(out, f(X))


def test_jvp_over_structures_and_unconnected_inputs():
    f = lambda d, y: {"a": d["x"] * 2, "b": d["x"] ** 2}
    _, tangent = ac.jvp(f, ({"x": X}, 1.0), ({"x": np.ones(3)}, 1.0))
    np.testing.assert_allclose(tangent["a"], 2.0)
    np.testing.assert_allclose(tangent["b"], 2 * X)
    with pytest.raises(ValueError, match="tangents have shapes"):
        ac.jvp(lambda x: x, (X,), (np.ones(2),))


def test_derivatives_of_derivatives_of_every_kind(rng):
    f = lambda x: ac.sin(x) * x[::-1]
    v = rng.normal(size=3)
    ac.check_grads(lambda x: ac.jvp(f, (x,), (v,))[1], (X,), order=2)
    ac.check_grads(lambda x: ac.vjp(f, x)[1](v)[0], (X,), order=2)
    ac.check_grads(lambda u: ac.vjp(f, X)[1](u)[0], (v,), order=1)
    ac.check_grads(ac.jacobian(f), (X,), order=2)
    ac.check_grads(lambda x: ac.hvp(rosenbrock)(x, v), (X,), order=1)
    ac.check_grads(lambda w: ac.hvp(rosenbrock)(X, w), (v,), order=1)


def test_jacobian_of_matrices_and_scalars(rng):
    a = rng.normal(size=(2, 3))
    found = ac.jacobian(lambda m: m.T @ m)(a)
    assert found.shape == (3, 3, 2, 3)
    expected = np.einsum("ki,jl->ijkl", a, np.eye(3)) + np.einsum("kj,il->ijkl", a, np.eye(3))
    np.testing.assert_allclose(found, expected)
    assert ac.jacobian(lambda x: x**2)(3.0) == 6.0
    assert ac.jacobian(lambda x: x * 1.0)(np.ones(0)).shape == (0, 0)


def test_elementwise_grad():
    np.testing.assert_allclose(ac.elementwise_grad(np.sin)(X), np.cos(X))
    second = ac.elementwise_grad(ac.elementwise_grad(np.sin))
    np.testing.assert_allclose(second(X), -np.sin(X))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ac.grad(lambda x: x * 2)(X),
            ValueError,
            r"one value, it returned shape \(3,\).*jacobian",
        ),
        (lambda: ac.grad(lambda x: x)(3), TypeError, "an argument is int.*pass floats"),
        (lambda: ac.grad(lambda x: x.sum())(np.arange(3)), TypeError, "an argument is int64"),
        (lambda: ac.grad(lambda x: x)("a"), TypeError, "an argument is str"),
        (lambda: ac.grad(lambda x: x, 1)(1.0), ValueError, "argnums 1 is out of range"),
        (lambda: ac.grad(lambda x: None)(1.0), ValueError, "returned NoneType"),
        (lambda: ac.grad(lambda x: "a")(1.0), TypeError, "returned str, expected numbers"),
        (
            lambda: ac.vjp(lambda x: x, X)[1](np.ones(2)),
            ValueError,
            r"shapes \[\(2,\)\], the output.s \[\(3,\)\]",
        ),
        (lambda: ac.jacobian(lambda x: (x, x))(X), TypeError, "one array, it returned tuple"),
    ],
)
def test_misuse_is_explained(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_python_float_inside_a_transform_would_lose_a_derivative():
    with pytest.raises(RuntimeError, match=r"np.sin\(t\), not math.sin\(t\)"):
        ac.grad(lambda x: math.sin(x) * x)(2.0)
    x = ac.tensor(2.0, requires_grad=True)
    with ac.GradientTape(), pytest.raises(RuntimeError, match=r"t.item\(\)"):
        float(x * x)
    assert float(x * x) == 4.0  # as after any training step
    assert ac.grad(lambda x: x * x.item())(3.0) == 3.0


def test_flatten_round_trip_and_gradient():
    params = {"w": np.arange(6.0).reshape(2, 3), "b": [np.ones(3), 2.0]}
    vector, rebuild = ac.flatten(params)
    assert vector.shape == (10,)
    rebuilt = rebuild(vector)
    np.testing.assert_array_equal(rebuilt["w"], params["w"])
    found = ac.grad(lambda v: (rebuild(v)["w"] ** 2).sum() + rebuild(v)["b"][1] * 3)(vector)
    np.testing.assert_allclose(found, [*(2 * np.arange(6.0)), 0, 0, 0, 3])
    with pytest.raises(ValueError, match=r"expected a vector of \(10,\)"):
        rebuild(np.ones(4))
