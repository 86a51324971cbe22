"""check_grads: what it accepts, and that it catches every fault it claims to catch."""

import itertools
import re

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import GradientCheckError, check_grads, custom_vjp
from autograd_core.gradcheck import function as gradcheck_function
from autograd_core.tensor import Tensor
from tests.autograd_core.faults import (
    FAULTS,
    SECOND_ORDER_FAULTS,
    W,
    X,
    detached,
    every_way,
    product,
)


def smooth(x, w):
    return ac.sin(ac.multiply(x, w))


# What passes.


@every_way
def test_right_derivatives_pass(mode, fast):
    check_grads(smooth, (X, W), order=3, modes=(mode,), fast=fast)


def test_both_modes_at_once():
    check_grads(smooth, (X, W), order=2, modes=("rev", "fwd"))
    check_grads(smooth, (X, W), order=1, modes="fwd")


@every_way
def test_structures_and_what_is_no_float(mode, fast):
    def f(pair, options, exponent, name, flag, nothing, *, default=1):
        assert (name, flag, nothing, default) == ("name", True, None, 1)
        assert isinstance(options["index"], np.ndarray) and options["index"].dtype.kind == "i"
        x, (y, scale) = pair
        z = ac.multiply(ac.sin(x), y) if exponent == 2 else x
        return {"z": z, "more": [ac.multiply(ac.cos(options["w"]), scale), 7, "text", None]}

    args = (X, [W, 0.25]), {"w": W, "index": np.arange(3)}, 2, "name", True, None
    check_grads(f, args, modes=(mode,), fast=fast)


def test_tensors_are_taken_as_values():
    x = ac.tensor(X, requires_grad=True)
    y = ac.multiply(x, 2.0)
    check_grads(smooth, (y, ac.tensor(W)))
    assert x.grad is None and y.requires_grad


def test_a_lone_argument():
    check_grads(ac.sin, X)
    check_grads(ac.sin, 0.3)
    check_grads(lambda d: ac.sin(d["x"]), {"x": X})


@every_way
def test_arguments_without_axes(mode, fast):
    """NumPy's sums of such arrays are scalars, of another class than arrays."""
    check_grads(lambda x: ac.tanh(ac.square(x)), (0.3,), order=3, modes=mode, fast=fast)
    check_grads(lambda x, y: x * ac.sin(y), (np.array(0.3), X[0, 0]), order=3, modes=mode)


@every_way
def test_empty_arrays(mode, fast):
    check_grads(lambda x, y: ac.multiply(x, y), (np.zeros((0, 3)), W), modes=mode, fast=fast)
    check_grads(lambda x, y: (ac.sin(x), ac.cos(y)), (np.zeros((0, 3)), W), modes=mode, fast=fast)


@every_way
def test_outputs_that_do_not_depend_on_the_inputs(mode, fast):
    check_grads(lambda x, y: (ac.sin(x), np.ones(2), 3.0), (X, W), modes=mode, fast=fast)
    check_grads(lambda x: np.ones(3), (X,), modes=mode, fast=fast)


@every_way
def test_an_input_that_is_the_output(mode, fast):
    check_grads(lambda x: x, (X,), modes=mode, fast=fast)
    check_grads(lambda x: (x, x), (X,), modes=mode, fast=fast)


def test_inside_no_grad():
    with ac.no_grad():
        check_grads(smooth, (X, W))
        assert not ac.is_recording()


def test_large_and_small_scales():
    check_grads(lambda x: ac.multiply(1e6, ac.sin(x)), (X,), fast=False)
    check_grads(lambda x: ac.multiply(x, x), (1e7 * X,), fast=False)
    check_grads(lambda x: ac.sin(ac.multiply(x, 1e-3)), (X,), fast=False)


def test_a_gradient_inside_the_function():
    check_grads(lambda x: ac.grad(lambda v: smooth(v, W).sum())(x), (X,))


def test_arguments_stay_untouched():
    x = X.copy()
    check_grads(ac.sin, (x,))
    np.testing.assert_array_equal(x, X)


def test_same_seed_same_verdict():
    wrong = lambda x: ac.multiply(x, x.detach())
    messages = set()
    for seed in (3, 3, np.random.default_rng(3)):
        with pytest.raises(GradientCheckError) as caught:
            check_grads(wrong, (X,), seed=seed)
        messages.add(str(caught.value))
    assert len(messages) == 1


# What is refused before anything is compared.


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_other_floats_are_refused(dtype):
    with pytest.raises(TypeError, match=rf"args\[1\]\['w'\] is {dtype}.*rounding error.*cast=True"):
        check_grads(lambda x, p: smooth(x, p["w"]), (X, {"w": W.astype(dtype)}))
    check_grads(lambda x, p: smooth(x, p["w"]), (X, {"w": W.astype(dtype)}), cast=True)


@pytest.mark.parametrize("value", [1j, np.ones(2, complex)])
def test_complex_is_refused(value):
    with pytest.raises(TypeError, match=r"args\[0\] is complex128; only real"):
        check_grads(ac.sin, (value,), cast=True)


def test_nothing_to_differentiate_is_refused():
    with pytest.raises(TypeError, match="no float array"):
        check_grads(lambda n: ac.sin(1.0), (3, np.arange(3), "a", None))
    with pytest.raises(TypeError, match="returned int without a float"):
        check_grads(lambda x: 3, (X,))
    with pytest.raises(TypeError, match="returned NoneType without a float"):
        check_grads(lambda x: None, (X,))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"modes": ("reverse",)}, "modes is .*reverse.*'rev', 'fwd'"),
        ({"modes": ()}, "modes"),
        ({"order": 0}, "order is 0"),
        ({"order": 1.0}, "order is 1.0"),
        ({"order": True}, "order is True"),
        ({"atol": -1.0}, "atol is -1.0"),
        ({"rtol": float("nan")}, "rtol is nan"),
        ({"eps": 0.0}, "eps is 0.0"),
        ({"eps": 3.0}, "eps is 3.0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=f"check_grads: {message}"):
        check_grads(ac.sin, (X,), **options)


def test_errors_of_the_function_pass_through():
    def f(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        check_grads(f, (X,))


# What is caught.


@pytest.mark.parametrize("fault", FAULTS)
@every_way
def test_first_order_faults_are_caught(fault, mode, fast):
    f = product(FAULTS[fault])
    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, (X, X[::-1].copy()), order=1, modes=(mode,), fast=fast)
    assert caught.value.order == 1 and caught.value.mode == mode
    assert caught.value.operators == ("product",)


@pytest.mark.parametrize("fault", SECOND_ORDER_FAULTS)
@pytest.mark.parametrize("fast", [True, False])
def test_second_order_faults_are_caught(fault, fast):
    f = product(SECOND_ORDER_FAULTS[fault])
    args = X, X[::-1].copy()
    check_grads(f, args, order=1, fast=fast)
    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, args, order=2, fast=fast)
    assert caught.value.order == 2


def test_third_order_fault_is_caught():
    def f(x):
        inner = ac.multiply(ac.multiply(x, x), x)
        return cut_third(inner)

    @custom_vjp
    def cut_third(x):
        return x * x

    @custom_vjp
    def twice(x):
        return 2 * x

    twice.defvjp(lambda g, out, x: (2.02 * g,))
    cut_third.defvjp(lambda g, out, x: (g * twice(x),))
    check_grads(f, (X,), order=1)
    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, (X,), order=3)
    assert caught.value.order == 2 and "twice" not in caught.value.operators

    @custom_vjp
    def line(x):
        return 2 * x

    line.defvjp(lambda g, out, x: (2 * detached(g),))
    cut_third.defvjp(lambda g, out, x: (g * line(x),))
    check_grads(cut_third, (X,), order=2, seed=1)
    with pytest.raises(GradientCheckError) as caught:
        check_grads(cut_third, (X,), order=3)
    assert caught.value.order == 3


@every_way
def test_missing_derivative_is_caught(mode, fast):
    with pytest.raises(GradientCheckError) as caught:
        check_grads(lambda x, w: smooth(x, w.detach()), (X, W), modes=mode, fast=fast)
    assert caught.value.argument == "args[1]"
    if mode == "rev":
        assert re.search(r"no derivative reaches args\[1\](.|\n)*\.detach\(\)", str(caught.value))


@every_way
def test_partly_missing_derivative_is_caught(mode, fast):
    def f(x):
        return ac.add(ac.sin(x), ac.multiply(x.detach(), 0.01))

    with pytest.raises(GradientCheckError, match="analytic"):
        check_grads(f, (X,), modes=mode, fast=fast)


def test_one_wrong_entry_among_many_is_found_by_a_random_direction():
    weights = np.ones(2000)
    weights[1234] = 1.001

    @custom_vjp
    def f(x):
        return 3.0 * x

    f.defvjp(lambda g, out, x: (3.0 * weights * g,))
    with pytest.raises(GradientCheckError) as caught:
        check_grads(f, (np.linspace(-1, 1, 2000),), order=1)
    assert caught.value.index == (1234,)
    assert "1 of 2000 wrong" in str(caught.value)


def test_a_small_argument_is_not_hidden_by_a_large_one():
    def f(x, y):
        return ac.add(ac.multiply(1e6, ac.sin(x)), ac.multiply(ac.sin(y), 1e6 / 1e6))

    def wrong(x, y):
        return ac.add(f(x, y), ac.multiply(1e-2, ac.sin(y.detach())))

    check_grads(f, (X, X), order=1)
    with pytest.raises(GradientCheckError) as caught:
        check_grads(wrong, (X, X), order=1)
    assert caught.value.argument == "args[1]"


@pytest.mark.parametrize("fast", [True, False])
def test_random_functions_are_caught(fast):
    rng = np.random.default_rng(0)
    with pytest.raises(GradientCheckError, match=r"output differs by .* between two calls"):
        check_grads(lambda x: ac.multiply(x, rng.normal(size=3)), (X,), fast=fast)


def test_functions_with_state_are_caught():
    calls = []

    def f(x):
        calls.append(0)
        return ac.multiply(x, float(len(calls)))

    with pytest.raises(GradientCheckError, match="random or keeps state"):
        check_grads(f, (X,))


def test_shapes_and_structures_that_change_are_caught():
    lengths = itertools.cycle([2, 3])
    with pytest.raises(
        GradientCheckError, match=r"shapes \[\(3,\)\], at the first call \[\(2,\)\]"
    ):
        check_grads(lambda x: ac.sin(np.ones(next(lengths))), (X,))
    kinds = itertools.cycle([lambda x: x, lambda x: (x, x)])
    with pytest.raises(GradientCheckError, match="must not change its structure"):
        check_grads(lambda x: next(kinds)(ac.sin(x)), (X,))


def test_writing_into_an_argument_is_caught():
    def f(x):
        y = ac.sin(x)
        x.data[0, 0] += 1.0
        return y

    with pytest.raises(
        GradientCheckError, match=r"args\[0\] was modified in place by the function"
    ):
        check_grads(f, (X,))


def test_rules_that_write_are_caught(monkeypatch):
    def into_input(g, inputs, out, params, which):
        inputs[1][...] *= 1.0 + 1e-9
        return g * inputs[1]

    def into_cotangent(g, inputs, out, params, which):
        g[...] *= 2.0
        return g * inputs[1] / 2.0

    rule = ac.multiply.rules["x"]
    monkeypatch.setattr(rule, "call", into_input)
    with pytest.raises(GradientCheckError, match=r"args\[1\] was modified in place by a deriv"):
        check_grads(ac.multiply, (X, X), order=1)
    monkeypatch.setattr(rule, "call", into_cotangent)
    with pytest.raises(GradientCheckError, match=r"a derivative rule wrote into the cotangent of"):
        check_grads(ac.multiply, (X, X), order=1)


def test_not_a_number_is_caught():
    nan = np.where(np.arange(6).reshape(2, 3) == 4, np.nan, 1.0)
    with pytest.raises(GradientCheckError, match=r"the value of output is nan at \(1, 1\)"):
        check_grads(lambda x: ac.multiply(x, nan), (X,))
    with pytest.raises(
        GradientCheckError, match=r"analytic gradient of args\[0\] is nan at \(1, 1\)"
    ):
        check_grads(product(lambda g, out, x, y: (g * y * nan, g * x)), (X, X))
    with (
        np.errstate(divide="ignore", invalid="ignore"),
        pytest.raises(GradientCheckError, match=r"difference of the outputs .* edge of the domain"),
    ):
        check_grads(ac.sqrt, (np.array([1e-7]),))


def test_infinity_is_caught():
    with pytest.raises(GradientCheckError, match="the value of output is inf"):
        check_grads(lambda x: ac.multiply(x, np.inf), (np.array([1.0]),))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda g: Tensor(g.data.astype(np.float32)), "dtype float32"),
        (lambda g: Tensor(g.data[None]), r"shape \(1, 2, 3\)"),
    ],
)
def test_gradient_of_another_shape_or_dtype_is_caught(monkeypatch, make, message):
    """The engine prevents both; this is for the day when it does not."""
    engine = gradcheck_function.gradients
    broken = lambda *args, **kwargs: [make(g) for g in engine(*args, **kwargs)]
    monkeypatch.setattr(gradcheck_function, "gradients", broken)
    with pytest.raises(GradientCheckError, match=rf"{message}.*expected \(2, 3\) and float64"):
        check_grads(ac.sin, (X,))


def test_single_precision_inside_is_caught():
    with pytest.raises(GradientCheckError, match="output is float32 although every argument"):
        check_grads(lambda x: x.astype(np.float32), (X,))
    with pytest.raises(GradientCheckError, match="'astype' computes in float32"):
        check_grads(lambda x: ac.sin(x.astype(np.float32)).astype(np.float64), (X,))
