"""NumPy's functions on tensors: they record, or they refuse and say what to use."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core.primitive import REGISTRY
from autograd_core.tensor import Tensor

X = np.array([[0.3, 1.2, 0.7], [0.9, 0.1, 0.4]])


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.sin(x),
        lambda x: np.add(x, 1),
        lambda x: np.exp(x) / np.sqrt(x),
        lambda x: np.sum(x, axis=0),
        lambda x: np.sum(x, 0),
        lambda x: np.sum(a=x, axis=(0, 1), keepdims=True),
        lambda x: np.mean(x, axis=-1, keepdims=True),
        lambda x: np.max(x, 1),
        lambda x: np.var(x, axis=0, ddof=1),
        lambda x: np.concatenate([x, x], axis=1),
        lambda x: np.concatenate((x, np.ones((1, 3)))),
        lambda x: np.stack([x, x * 2]),
        lambda x: np.vstack([x, x]),
        lambda x: np.hstack([x, x]),
        lambda x: np.reshape(x, (3, 2)),
        lambda x: np.transpose(x, (1, 0)),
        lambda x: np.swapaxes(x, 0, 1),
        lambda x: np.where(X > 0.5, x, 0.0),
        lambda x: np.clip(x, 0.2, 0.8),
        lambda x: np.matmul(x, X.T),
        lambda x: X.T @ x,
        lambda x: np.dot(x, X.T),
        lambda x: np.einsum("ij,kj->ik", x, X),
        lambda x: np.tensordot(x, X, axes=((0,), (0,))),
        lambda x: np.outer(x[0], X[1]),
        lambda x: np.linalg.norm(x),
        lambda x: np.linalg.norm(x, axis=1),
        lambda x: np.linalg.inv(x @ X.T),
        lambda x: np.linalg.det(x @ X.T),
        lambda x: np.take(x, [0, 2], axis=1),
        lambda x: np.sort(x, axis=1),
        lambda x: np.cumsum(x, axis=1),
        lambda x: np.pad(x, 1),
        lambda x: np.tile(x, (2, 1)),
        lambda x: np.repeat(x, 2, axis=0),
        lambda x: np.flip(x, 1),
        lambda x: np.roll(x, 1, axis=1),
        lambda x: np.expand_dims(x, 0),
        lambda x: np.squeeze(x[:1]),
        lambda x: np.moveaxis(x, 0, 1),
        lambda x: np.broadcast_to(x, (4, 2, 3)),
        lambda x: np.split(x, 3, axis=1)[1],
        lambda x: np.tril(x),
        lambda x: np.diagonal(x),
        lambda x: np.trace(x),
        lambda x: np.kron(x, X),
        lambda x: np.average(x, axis=0, weights=np.array([1.0, 3.0])),
        lambda x: np.median(x),
        lambda x: np.logaddexp(x, 1.0),
        lambda x: np.add.reduce(x),
        lambda x: np.multiply.reduce(x, axis=1),
        lambda x: np.cross(x, X),
        lambda x: np.diff(x, axis=1),
        lambda x: np.power(x, 2),
        lambda x: np.atleast_2d(x[0]),
        lambda x: np.ravel(x),
        lambda x: np.nan_to_num(x),
    ],
)
def test_a_numpy_function_records_and_agrees(call):
    x = ac.tensor(X, requires_grad=True)
    found = call(x)
    assert isinstance(found, Tensor)
    assert found.requires_grad
    np.testing.assert_allclose(found.numpy(), call(X), rtol=1e-12)
    ac.check_grads(call, (X,), order=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.argmax(x, axis=1),
        lambda x: np.isnan(x),
        lambda x: np.greater(x, 0.5),
        lambda x: np.any(x > 0.5, axis=0),
        lambda x: np.allclose(x, X),
        lambda x: np.array_equal(x, X),
        lambda x: np.shape(x),
        lambda x: np.ndim(x),
        lambda x: np.size(x),
        lambda x: np.zeros_like(x),
        lambda x: np.ones_like(x),
        lambda x: np.argsort(x),
        lambda x: np.sign(x),
        lambda x: np.floor(x),
        lambda x: np.count_nonzero(x),
    ],
)
def test_functions_without_a_derivative_give_untracked_results(call):
    found = call(ac.tensor(X, requires_grad=True))
    assert not getattr(found, "requires_grad", False)
    expected = call(X)
    np.testing.assert_array_equal(found.numpy() if isinstance(found, Tensor) else found, expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.frexp(x), "np.frexp is not supported on tensors.*numpy"),
        (lambda x: np.fft.fft(x), r"np.fft.fft is not supported|np\.fft\..*not supported"),
        (lambda x: np.histogram(x), "np.histogram is not supported"),
        (lambda x: np.linalg.eigvals(x), "np.linalg.eigvals is not supported"),
        (lambda x: np.sum(x, out=np.zeros(3), axis=0), "option out= is not supported"),
        (lambda x: np.sum(x, where=X > 0.5), "option where= is not supported"),
        (lambda x: np.sum(x, dtype="float32"), "option dtype= is not supported"),
        (lambda x: np.sin(x, where=X > 0.5), "option where= is not supported"),
        (lambda x: np.add(x, x, out=np.zeros((2, 3))), "cannot write into"),
        (lambda x: np.add.at(np.zeros(3), [0], x[0, :1]), "np.add.at is not supported"),
        (lambda x: np.subtract.outer(x, x), "np.subtract.outer is not supported"),
        (lambda x: np.copyto(np.zeros((2, 3)), x), "np.copyto is not supported"),
        (lambda x: np.save("nowhere.npy", x), "np.save is not supported"),
    ],
)
def test_what_is_not_supported_is_refused_at_call_time(call, message):
    with pytest.raises(TypeError, match=message):
        call(ac.tensor(X, requires_grad=True))


def test_every_differentiable_ufunc_of_numpy_is_mapped():
    mapped = {f for operator in REGISTRY.values() for f in operator.numpy}
    ufuncs = {f for f in vars(np).values() if isinstance(f, np.ufunc)}
    # No derivative that means anything, or complex and bit arithmetic only.
    left_out = [
        "conjugate",
        "divmod",
        "frexp",
        "gcd",
        "isnat",
        "lcm",
        "ldexp",
        "left_shift",
        "modf",
        "nextafter",
        "right_shift",
        "spacing",
        "bitwise_count",
        "invert",
        "matvec",
        "vecmat",
        "vecdot",
        "fmod",
        "heaviside",
    ]
    missing = {f.__name__ for f in ufuncs - mapped} - set(left_out)
    assert not missing


def test_at_least_130_differentiable_operators():
    differentiable = [name for name, operator in REGISTRY.items() if operator.differentiable]
    assert len(differentiable) >= 130, len(differentiable)
