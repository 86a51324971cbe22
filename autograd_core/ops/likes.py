"""What depends on shape and dtype alone: constants like x, and NumPy's questions about arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.primitive import Operator, constant
from autograd_core.samples import Sample, Samples, cases
from autograd_core.tensor import as_array


class Query(Operator):
    """A question about an array whose answer is no array: it gives back what NumPy gives back."""

    @property
    def differentiable(self) -> bool:
        return False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*map(as_array, args), **kwargs)


def _query(samples: Samples, numpy: Any) -> Callable[[Callable[..., Any]], Query]:
    return lambda forward: Query(forward, samples, numpy)


_LIKE = cases(
    lambda rng: [
        Sample((rng.normal(size=(2, 3)),)),
        Sample((rng.normal(size=(2, 3)).astype(np.float32),)),
        Sample((rng.normal(size=(0, 3)),), {"dtype": np.int64}),
        Sample((rng.normal(size=()),), {"shape": (2,)}),
    ]
)


@constant(numpy=(np.zeros_like, np.empty_like), samples=_LIKE)
def zeros_like(x, *, dtype=None, shape=None):
    """Zeros of x's shape and dtype (or of those given), untracked. np.empty_like comes here too."""
    return np.zeros_like(x, dtype=dtype, shape=shape)


@constant(numpy=np.ones_like, samples=_LIKE)
def ones_like(x, *, dtype=None, shape=None):
    """Ones of x's shape and dtype (or of those given), untracked."""
    return np.ones_like(x, dtype=dtype, shape=shape)


@constant(
    numpy=np.full_like,
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=(2, 3)),), {"fill_value": 1.5}),
            Sample((rng.normal(size=(2, 3)),), {"fill_value": np.array([1.0, 2.0, 3.0])}),
        ]
    ),
)
def full_like(x, *, fill_value, dtype=None, shape=None):
    """`fill_value`, which is not differentiated, in x's shape and dtype (or those given)."""
    return np.full_like(x, fill_value, dtype=dtype, shape=shape)


_ARRAYS = cases(lambda rng: [Sample((rng.normal(size=shape),)) for shape in ((), (3,), (0, 2))])


@_query(_ARRAYS, np.shape)
def shape(x):
    """The shape of x, a tuple of ints."""
    return np.shape(x)


@_query(_ARRAYS, np.ndim)
def ndim(x):
    """The number of axes of x."""
    return np.ndim(x)


@_query(_ARRAYS, np.size)
def size(x, axis=None):
    """The number of entries of x, or its size along `axis`."""
    return np.size(x, axis)


@_query(
    cases(lambda rng: [Sample((rng.normal(size=2).astype(np.float32), np.arange(3), 2.0))]),
    np.result_type,
)
def result_type(*arrays_and_dtypes):
    """The dtype of an operation on these arrays, tensors, numbers and dtypes together."""
    return np.result_type(*arrays_and_dtypes)
