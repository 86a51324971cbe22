"""What a checkpointed function captures: its derivative was once lost, doubled or that of later."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import backprop


def tracked(value):
    return ac.tensor(value, requires_grad=True)


def test_a_captured_result_is_an_input_of_its_own():
    x, w = tracked(3.0), tracked(2.0)
    h = w * 2
    y = ac.checkpoint(lambda x: x * h)(x) + h
    for wanted, expected in ((h, 1 + 3.0), (w, 2 * (1 + 3.0)), (x, 4.0)):
        (found,) = ac.gradients([y], [wanted], [None])
        assert found.item() == expected


def test_a_captured_result_and_what_it_was_made_of_are_counted_once():
    x, w = tracked(3.0), tracked(2.0)
    h = w * 2
    ac.checkpoint(lambda x: x * h * w)(x).backward()
    assert w.grad.item() == 4 * 2.0 * 3.0


def test_the_variable_of_a_transform_is_captured():
    x = tracked(3.0)
    for point in (5.0, ac.tensor(5.0), tracked(5.0)):
        found = ac.grad(lambda h: ac.checkpoint(lambda x: x * x * h)(x))(point)
        assert np.asarray(ac.tensor(found)) == 9.0


def test_derivatives_of_higher_order_go_through_captured_results():
    def f(checkpoint, a):
        b = a * a
        return ac.grad(lambda x: checkpoint(lambda z: ac.sin(b * z) * z)(x))(a)

    for point in (0.7, ac.tensor(0.7)):
        one, two = (
            ac.grad(ac.grad(lambda a, c=c: f(c, a)))(point) for c in (ac.checkpoint, lambda g: g)
        )
        assert float(one) == pytest.approx(float(two), rel=1e-12)


def test_what_the_function_returns_as_it_is():
    x, w = tracked(3.0), tracked(2.0)
    y = ac.checkpoint(lambda x: (w, x, 1.5, ac.tensor([1, 2]), x * w))(x)
    (y[0] * 10 + y[1] * 100 + y[4]).backward()
    assert (w.grad.item(), x.grad.item()) == (10 + 3.0, 100 + 2.0)
    assert y[2].item() == 1.5
    assert y[3].tolist() == [1, 2]


def test_a_hook_of_a_captured_tensor_runs_once():
    x, w = tracked(3.0), tracked(2.0)
    w.register_hook(lambda g: 2 * g)
    h = w * 1
    h.register_hook(lambda g: 3 * g)
    ac.checkpoint(lambda x: x * h)(x).backward()
    assert w.grad.item() == 2 * 3 * 3.0


def test_a_constant_that_a_tape_watched_is_captured():
    x, w = ac.tensor(3.0), tracked(2.0)
    with ac.GradientTape() as tape:
        tape.watch(x)
        y = ac.checkpoint(lambda w: w * x)(w)
    assert tape.gradient(y, x).item() == 2.0
    assert not x.requires_grad


def test_the_callers_arrays_and_lists_may_change_before_the_second_run():
    x, scale = tracked(3.0), np.array(2.0)
    y = ac.checkpoint(lambda x, scale: x * scale)(x, scale)
    scale[...] = 100.0
    y.backward()
    assert x.grad.item() == 2.0

    a, b = tracked(3.0), tracked(2.0)
    both = [a, b]
    y = ac.checkpoint(lambda both: both[0] * both[1] ** 2)(both)
    both.reverse()
    y.backward()
    assert (a.grad.item(), b.grad.item()) == (4.0, 12.0)


def test_an_argument_with_a_new_value_counts_with_the_old_one():
    x = tracked(3.0)
    y = ac.checkpoint(lambda x: x * x)(x)
    x.data = np.array(100.0)
    y.backward()
    assert x.grad.item() == 6.0


def test_a_closure_that_has_another_tensor_at_the_second_run_is_refused():
    x = tracked(1.0)
    functions = []
    for w in (tracked(2.0), tracked(2.0)):
        functions.append(lambda x: x * w)  # noqa: B023  (the mistake under test)
        x = ac.checkpoint(functions[-1])(x)
    with pytest.raises(RuntimeError, match="used other tracked tensors than the first time"):
        x.backward()


def test_an_error_in_the_second_run_leaves_the_generator_and_the_graph_as_they_were():
    rng, runs = np.random.default_rng(0), []

    def f(x, rng):
        runs.append(None)
        drawn = rng.normal()
        if len(runs) == 2:
            raise ZeroDivisionError
        return x * drawn

    x = tracked(1.0)
    y = ac.checkpoint(f)(x, rng)
    after = rng.bit_generator.state
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert rng.bit_generator.state == after
    assert ac.is_recording()
    y.backward()
    assert x.grad.item() == y.item()


@pytest.mark.parametrize("create_graph", [False, True])
def test_each_checkpoint_walks_its_own_part_of_the_graph(monkeypatch, create_graph):
    walked = []
    order = backprop.topological_order

    def counting(*args):
        walked.append(len(order(*args)))
        return order(*args)

    monkeypatch.setattr(backprop, "topological_order", counting)
    w = tracked(1.0)
    y = w
    for _ in range(50):
        y = ac.checkpoint(lambda c=y: c * w * 1.0)()
    y.backward(create_graph=create_graph)
    assert w.grad.item() == 51.0
    assert sum(walked) < 50 * 10  # a walk from each checkpoint back to w would make 50 * 50
