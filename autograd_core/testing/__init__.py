"""Hypothesis strategies for property-checking gradients, of these operators and of your own code.

    from hypothesis import given, strategies as st
    from autograd_core import check_grads
    from autograd_core.testing import arrays, shapes

    @given(arrays(shapes(), low=-2.0, high=2.0, avoid=(0.0,)))
    def test_gradient(x):
        check_grads(my_function, (x,))

Needs Hypothesis (the extra `testing`); nothing else in the package imports this module.
"""

from __future__ import annotations

try:
    import hypothesis  # noqa: F401
except ImportError as error:  # pragma: no cover
    raise ImportError(
        "autograd_core.testing needs hypothesis; install it, or numeras with its extra 'testing'"
    ) from error

from autograd_core.testing.compositions import Composition, compositions
from autograd_core.testing.strategies import (
    LAYOUTS,
    arrays,
    broadcastable_shapes,
    operator_arguments,
    shapes,
    with_layout,
)

__all__ = [
    "LAYOUTS",
    "Composition",
    "arrays",
    "broadcastable_shapes",
    "compositions",
    "operator_arguments",
    "shapes",
    "with_layout",
]
