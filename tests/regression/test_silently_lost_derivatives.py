"""Ways in which a derivative was once lost or wrong without a word: now right, or refused."""

import numpy as np
import pytest

import autograd_core as ac

X = np.array([0.3, 0.7])


def test_a_scalar_gradient_that_was_accumulated_can_be_differentiated_through():
    # The sum of two arrays without axes is a NumPy scalar, which the graph took for a shape.
    x = ac.tensor(2.0, requires_grad=True)
    (x * 1.0 + x * 2.0).backward()
    scale = ac.tensor(x.grad, requires_grad=True)
    ac.check_grads(lambda s: s**3, (scale.numpy(),), order=2)
    assert type(x.grad.data) is np.ndarray


def test_derivatives_of_one_output_of_several_at_the_second_order():
    def f(a):
        u, s, vt = ac.svd(a, full_matrices=False)
        return (u[:, 0] * s[0]).sum() + vt[0, 1]

    ac.check_grads(f, (np.array([[2.0, 0.3], [0.1, 0.9], [0.4, 0.2]]),), order=2)


def test_an_output_of_several_is_found_as_a_wanted_input():
    a = ac.tensor([[2.0, 0.3], [0.3, 1.0]], requires_grad=True)
    values, _ = ac.eigh(a)
    (found,) = ac.gradients([(values**2).sum()], [values], [np.array(1.0)], create_graph=True)
    np.testing.assert_allclose(found.numpy(), 2 * values.numpy())


def test_a_parameter_that_was_left_out_reaches_the_rule():
    ac.check_grads(lambda x: ac.norm(x) * ac.cumsum(x), (X,), order=2)


@pytest.mark.parametrize("change", [list.clear, lambda axes: axes.__setitem__(slice(None), [0, 1])])
def test_a_list_given_as_a_parameter_may_change_afterwards(change):
    x = ac.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    axes = [1, 0]
    y = ac.transpose(x, axes)
    change(axes)
    y.backward(np.arange(6.0).reshape(3, 2))
    np.testing.assert_array_equal(x.grad.numpy(), np.arange(6.0).reshape(3, 2).T)


def test_a_view_of_an_array_that_the_caller_changes():
    base = np.array([3.0, 4.0])
    view = base[:]
    view.flags.writeable = False
    x = ac.tensor(X, requires_grad=True)
    y = (x * view).sum()
    base[:] = 0.0
    y.backward()
    assert x.grad.tolist() == [3.0, 4.0]


def test_gradients_that_leaves_share_cannot_be_written_into():
    x, y = ac.tensor(X, requires_grad=True), ac.tensor(X, requires_grad=True)
    (x + y).sum().backward()
    with pytest.raises(ValueError, match="read-only"):
        x.grad.data[0] = 7.0
    assert y.grad.tolist() == [1.0, 1.0]


def test_custom_vjp_refuses_tracked_tensors_that_are_not_positional_arguments():
    w = ac.tensor(2.0, requires_grad=True)

    @ac.custom_vjp
    def captures(x):
        return x * w

    captures.defvjp(lambda g, out, x: (g,))
    with pytest.raises(TypeError, match=r"captures: .*not among its arguments.*give it as an arg"):
        captures(ac.tensor(1.0, requires_grad=True))

    @ac.custom_vjp
    def by_name(x, *, scale):
        return x * scale

    by_name.defvjp(lambda g, out, x, *, scale: (g * scale,))
    with pytest.raises(TypeError, match="by_name: a tracked tensor was given by keyword"):
        by_name(ac.tensor(1.0, requires_grad=True), scale=w)


def test_checkpoint_refuses_a_second_run_that_differs_from_the_first():
    rng = np.random.default_rng(0)
    x = ac.tensor(X, requires_grad=True)
    y = ac.checkpoint(lambda x: x * rng.normal(size=2))(x)
    with pytest.raises(RuntimeError, match="checkpoint: the function gave other values"):
        y.sum().backward()


def test_checkpoint_refuses_a_captured_weight_with_a_new_value():
    w, x = ac.tensor(2.0, requires_grad=True), ac.tensor(X, requires_grad=True)
    y = ac.checkpoint(lambda x: x * w)(x)
    w.data = np.array(3.0)
    with pytest.raises(RuntimeError, match="captured got a new value"):
        y.sum().backward()


def test_a_hook_that_raises_leaves_no_gradient_half_written():
    x, y = ac.tensor(X, requires_grad=True), ac.tensor(X, requires_grad=True)

    def fail(_):
        raise KeyError

    y.register_hook(fail)
    with pytest.raises(KeyError):
        (x * y).sum().backward()
    assert x.grad is None
    assert y.grad is None


def test_a_generator_is_not_decorated_with_a_block_that_ends_before_it_runs():
    with pytest.raises(TypeError, match=r"generator or coroutine.*with no_grad\(\):"):

        @ac.no_grad()
        def numbers():
            yield 1


def test_blocks_that_are_left_out_of_order_restore_the_state():
    def inside():
        with ac.no_grad():
            yield

    first = inside()
    next(first)
    with ac.enable_grad():
        first.close()
        assert ac.is_recording()
    assert ac.is_recording()


def test_an_argument_given_twice_is_refused():
    with pytest.raises(TypeError, match="sum: 'axis' is given twice"):
        ac.sum(ac.tensor(X), 0, axis=0)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make", [np.asmatrix, lambda x: np.ma.masked_greater(x, 0.5)])
def test_arrays_with_operators_of_their_own_are_refused(make):
    with pytest.raises(TypeError, match="operators of its own"):
        ac.tensor(X, requires_grad=True) * make(X)


def test_pow_with_a_modulus_is_refused():
    with pytest.raises(TypeError, match="third argument"):
        pow(ac.tensor(X), 2, 3)


def test_where_with_a_condition_alone_is_nonzero():
    (found,) = np.where(ac.tensor(X) > 0.5)
    assert found.tolist() == [1]
