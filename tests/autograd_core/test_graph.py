"""The graph: order, depth, release, reference cycles, the recording switch."""

import gc
import threading
import weakref

import numpy as np
import pytest

import autograd_core as ac
from autograd_core.graph import STATE, topological_order


def chain(x, length):
    for _ in range(length):
        x = ac.sin(x)
    return x


def test_a_chain_of_100000_nodes_goes_forward_and_backward():
    x = ac.tensor(0.5, requires_grad=True)
    y = chain(x, 100_000)
    y.backward()
    expected, value = 1.0, 0.5
    for _ in range(100_000):
        expected *= np.cos(value)
        value = np.sin(value)
    np.testing.assert_allclose(x.grad.item(), expected, rtol=1e-9)


def test_a_long_chain_that_is_never_walked_is_released():
    x = ac.tensor(0.5, requires_grad=True)
    y = chain(x, 300_000)
    del y  # a recursive release would overflow the C stack here


def test_a_graph_that_is_kept_can_be_walked_again_and_then_released():
    x = ac.tensor(0.5, requires_grad=True)
    y = chain(x, 50_000)
    y.backward(retain_graph=True)
    first = x.grad.item()
    y.backward()
    assert x.grad.item() == 2 * first


@pytest.fixture
def collector_off():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_graph_leaves_no_reference_cycle(collector_off, create_graph):
    def work():
        x = ac.tensor([1.0, 2.0], requires_grad=True)
        w = ac.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        y = ac.exp(ac.sin(w @ x)) * x
        u, s, vt = ac.svd(w)
        total = (y + s).sum() + u[0, 0] + vt[1, 0]
        total.backward(create_graph=create_graph)
        seen = [weakref.ref(t) for t in (x, w, y, total)]
        seen += [weakref.ref(t.node) for t in (y, total, s)]
        x.grad = w.grad = None
        return seen

    assert [ref() for ref in work()] == [None] * 7


def test_an_unwalked_graph_dies_with_its_last_tensor(collector_off):
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    middle = ac.sin(x)
    node = weakref.ref(middle.node)
    end = middle * 2
    del middle
    assert node() is not None
    del end
    assert node() is None


def test_transforms_and_tapes_leave_no_cycle(collector_off):
    def work():
        ac.hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
        x = ac.tensor([1.0, 2.0])
        with ac.GradientTape() as tape:
            tape.watch(x)
            y = (x * x).sum()
        tape.gradient(y, x)
        ac.checkpoint(lambda x: ac.sin(x))(ac.tensor(1.0, requires_grad=True)).backward()

    work()  # fills what is made once
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(50):
        work()
    assert len(gc.get_objects()) - before < 50


def test_what_no_rule_names_is_not_kept_alive():
    x = ac.tensor(np.ones(3), requires_grad=True)
    y = ac.sin(x)
    data = weakref.ref(y.data)
    z = y + 1.0  # the rules of add name nothing
    del y
    assert data() is None
    z.backward(np.ones(3))
    np.testing.assert_allclose(x.grad.data, np.cos(1.0))


def test_only_the_operand_that_a_derivative_needs_is_kept():
    x = ac.tensor(np.ones(3), requires_grad=True)
    y = ac.tensor(np.full(3, 2.0))
    node = (x * y).node
    assert node.inputs[0] is None
    assert node.inputs[1] is y.data


def test_topological_order_puts_children_first():
    x = ac.tensor(1.0, requires_grad=True)
    a = ac.sin(x)
    b = ac.cos(a)
    c = a * b
    assert topological_order([c.node]) == [c.node, b.node, a.node]


def test_a_diamond_of_depth_60_is_walked_once_a_node():
    x = ac.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):  # 2**60 paths
        y = y * 0.5 + y * 0.5
    y.backward()
    np.testing.assert_allclose(x.grad.item(), 1.0)


def test_no_grad_and_enable_grad_nest_and_restore():
    x = ac.tensor(1.0, requires_grad=True)
    assert ac.is_recording()
    with ac.no_grad():
        assert not ac.is_recording()
        assert not (x * 2).requires_grad
        with ac.enable_grad():
            assert (x * 2).requires_grad
        assert not ac.is_recording()
    assert (x * 2).requires_grad
    with pytest.raises(KeyError), ac.no_grad():
        raise KeyError
    assert ac.is_recording()


def test_no_grad_decorates_and_stays_reentrant():
    x = ac.tensor(1.0, requires_grad=True)

    @ac.no_grad()
    def depth(n):
        return x * n if n == 0 else depth(n - 1)

    assert not depth(3).requires_grad
    assert ac.is_recording()


def test_the_recording_switch_belongs_to_a_thread():
    x = ac.tensor(1.0, requires_grad=True)
    inside = threading.Event()
    seen = []

    def other():
        inside.wait(10)
        seen.append((x * 2).requires_grad)

    thread = threading.Thread(target=other)
    thread.start()
    with ac.no_grad():
        inside.set()
        thread.join(10)
    assert seen == [True]


def test_threads_build_and_walk_graphs_of_their_own():
    w = ac.tensor(np.full(50, 0.3), requires_grad=True)
    results = {}

    def work(number):
        y = w * float(number)
        for _ in range(200):
            y = ac.sin(y)
        (results[number],) = ac.gradients([y.sum()], [w], [np.array(1.0)])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, found in results.items():
        expected = ac.grad(lambda v, n=number: chain(v * float(n), 200).sum())(w.numpy())
        np.testing.assert_array_equal(found.numpy(), expected)


def test_a_released_graph_is_refused_by_name():
    x = ac.tensor(1.0, requires_grad=True)
    y = ac.sin(x)
    y.backward()
    with pytest.raises(RuntimeError, match=r"behind 'sin' was already released.*retain_graph=True"):
        y.backward()


def test_detect_anomaly_names_the_forward_line_that_made_the_nan():
    x = ac.tensor(-1.0, requires_grad=True)
    with (
        np.errstate(invalid="ignore"),
        ac.detect_anomaly(),
        pytest.raises(FloatingPointError, match=r"'log' made a NaN.*test_graph\.py:\d+ in test_"),
    ):
        ac.log(x)
    assert not STATE.anomaly


def test_detect_anomaly_names_the_operation_whose_derivative_is_nan():
    x = ac.tensor([0.0, 1.0], requires_grad=True)

    @ac.custom_vjp
    def bad(x):
        return x * 2

    @bad.defvjp
    def bad_vjp(g, out, x):
        return (g * np.array([np.nan, 1.0]),)

    with ac.detect_anomaly():
        y = bad(x).sum()
        with pytest.raises(FloatingPointError, match=r"derivative of 'bad'.*test_graph\.py"):
            y.backward()


def test_a_nan_in_the_data_is_not_blamed_on_an_operation():
    x = ac.tensor([np.nan, 1.0], requires_grad=True)
    with ac.detect_anomaly():
        (ac.sin(x) * 2).sum().backward()
    assert np.isnan(x.grad.data[0])
