"""Threads that share leaves, graphs or blocks, and functions whose body runs later."""

import sys
import threading

import pytest

import autograd_core as ac


@pytest.fixture
def hasty_switching():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def run_together(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("hasty_switching")
def test_threads_add_to_the_gradient_of_one_leaf():
    w = ac.tensor([0.0, 0.0], requires_grad=True)

    def work():
        for _ in range(200):
            (w * 1.0).sum().backward()

    run_together(*[work] * 6)
    assert w.grad.tolist() == [1200.0, 1200.0]


@pytest.mark.usefixtures("hasty_switching")
def test_threads_that_walk_one_graph_succeed_or_are_refused_by_name():
    for _ in range(50):
        y = x = ac.tensor(1.0, requires_grad=True)
        for _ in range(50):
            y = y * 1.0
        ends = []

        def work(y=y, ends=ends):
            try:
                y.backward()
                ends.append("walked")
            except RuntimeError as error:
                assert "already released" in str(error)  # noqa: PT017  (in a thread)
                ends.append("refused")

        run_together(work, work)
        assert x.grad.item() == ends.count("walked")
        assert len(ends) == 2


def test_a_hook_that_releases_the_graph_it_is_in_is_explained():
    x = ac.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * y
    hooks = [z.register_hook(lambda _: (hooks.pop()(), z.backward())[0])]
    with pytest.raises(RuntimeError, match="already released"):
        z.backward()
    assert ac.is_recording()


def test_one_block_may_be_used_by_several_threads():
    block, inside, both, left = ac.no_grad(), *(threading.Event() for _ in range(3))
    seen = {}

    def first():
        with block:
            inside.set()
            both.wait()
        seen["first after"] = ac.is_recording()
        left.set()

    def second():
        inside.wait()
        with ac.no_grad():
            with block:
                both.set()
                left.wait()
            seen["second inside"] = ac.is_recording()

    run_together(first, second)
    assert seen == {"first after": True, "second inside": False}


def test_a_block_that_is_left_in_another_thread_is_refused():
    block, errors = ac.no_grad(), []

    def leave():
        with pytest.raises(RuntimeError, match="no_grad: this block was entered in another thread"):
            block.__exit__(None, None, None)
        errors.append(ac.is_recording())

    with block:
        run_together(leave)
    assert errors == [True]


def test_coroutines_are_not_decorated_either():
    with pytest.raises(TypeError, match="step is a generator or coroutine"):

        @ac.no_grad()
        async def step():
            pass
