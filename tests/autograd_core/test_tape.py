"""GradientTape: TensorFlow's semantics."""

import numpy as np
import pytest

import autograd_core as ac


def test_a_constant_is_watched_inside_the_block_only():
    x = ac.tensor(3.0)
    with ac.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert not x.requires_grad
    assert not (x * x).requires_grad
    assert tape.gradient(y, x).item() == 6.0


def test_tracked_tensors_are_watched_by_themselves():
    w = ac.tensor([1.0, 2.0], requires_grad=True)
    with ac.GradientTape() as tape:
        y = (w * w).sum()
    assert tape.gradient(y, w).tolist() == [2, 4]
    assert w.grad is None
    with ac.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        y = (w * w).sum()
    assert tape.gradient(y, w) is None
    assert tape.gradient(y, w, unconnected_gradients="zero").tolist() == [0, 0]


def test_structures_of_sources_and_targets():
    a, b = ac.tensor(2.0, requires_grad=True), ac.tensor(3.0, requires_grad=True)
    unused = ac.tensor(1.0, requires_grad=True)
    with ac.GradientTape() as tape:
        targets = [a * b, {"s": b * b}]
    found = tape.gradient(targets, {"a": a, "rest": [b, unused]})
    assert found["a"].item() == 3.0
    assert found["rest"][0].item() == 8.0
    assert found["rest"][1] is None


def test_output_gradients():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    with ac.GradientTape() as tape:
        y = x * x
    assert tape.gradient(y, x, output_gradients=ac.tensor([1.0, 10.0])).tolist() == [2, 40]


def test_a_persistent_tape_is_used_again_and_a_plain_one_is_not():
    x = ac.tensor(2.0, requires_grad=True)
    with ac.GradientTape(persistent=True) as tape:
        y = x**3
        z = y * y
    assert tape.gradient(y, x).item() == 12.0
    assert tape.gradient(z, x).item() == 6 * 2**5
    assert tape.gradient(z, y).item() == 16.0
    with ac.GradientTape() as tape:
        y = x**3
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match=r"used once.*persistent=True"):
        tape.gradient(y, x)


def test_a_plain_tape_releases_its_graph():
    x = ac.tensor(2.0, requires_grad=True)
    with ac.GradientTape() as tape:
        y = x**3
    tape.gradient(y, x)
    assert y.node.parents is None


def test_tapes_nest_for_higher_derivatives():
    x = ac.tensor(2.0)
    with ac.GradientTape() as outer:
        outer.watch(x)
        with ac.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        first = inner.gradient(y, x)
    assert first.item() == 12.0
    assert outer.gradient(first, x).item() == 12.0


def test_a_gradient_penalty_reaches_the_weights():
    w, x = ac.tensor(3.0, requires_grad=True), ac.tensor(2.0)
    with ac.GradientTape() as outer:
        with ac.GradientTape() as inner:
            inner.watch(x)
            score = w * x * x
        slope = inner.gradient(score, x)
        penalty = (slope - 1.0) ** 2
    # d/dw (2 w x - 1)^2 = 2 (2 w x - 1) 2 x
    assert outer.gradient(penalty, w).item() == 2 * 11 * 4


def test_jacobian():
    x = ac.tensor([1.0, 2.0])
    with ac.GradientTape() as tape:
        tape.watch(x)
        y = ac.stack([x[0] * x[1], x[0] ** 2, x[1]])
    assert tape.jacobian(y, x).tolist() == [[2, 1], [2, 0], [0, 1]]


def test_recording_resumes_inside_and_stops_where_asked():
    x = ac.tensor(2.0, requires_grad=True)
    with ac.no_grad():
        with ac.GradientTape() as tape:
            with tape.stop_recording():
                frozen = x * 2
            y = x * frozen
        assert not ac.is_recording()
    assert tape.gradient(y, x).item() == 4.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t, x: t.watch(x), RuntimeError, "inside the tape's with block"),
        (lambda t, x: t.watch(np.ones(2)), TypeError, "expected a Tensor, got ndarray"),
        (lambda t, x: t.watch(ac.tensor(1)), TypeError, "only float tensors"),
        (lambda t, x: t.gradient(x, 3.0), TypeError, "sources must be Tensors, got float"),
        (lambda t, x: t.gradient(1.0, x), TypeError, "target must be Tensors, got float"),
        (lambda t, x: t.gradient(x, x, None, "nan"), ValueError, "must be 'none' or 'zero'"),
        (lambda t, x: t.jacobian([x], x), TypeError, "target must be a Tensor"),
    ],
)
def test_misuse_is_explained(call, error, message):
    with ac.GradientTape() as tape:
        pass
    with pytest.raises(error, match=message):
        call(tape, ac.tensor(1.0, requires_grad=True))
