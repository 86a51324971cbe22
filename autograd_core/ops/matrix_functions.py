"""Functions of whole matrices: chains of products, powers, the exponential."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd_core.ops.linalg import as_operand, matmul
from autograd_core.ops.solving import inv, solve
from autograd_core.primitive import composite
from autograd_core.samples import Sample, cases
from autograd_core.tensor import as_array


def _chain_order(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to split each chain i..j of matrices (sizes[i], sizes[i + 1]) for fewest products.

    Cormen et al., "Introduction to Algorithms", section 15.2.
    """
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    split = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return split


@composite(
    samples=cases(
        lambda rng: [
            Sample(([rng.normal(size=shape) for shape in shapes],))
            for shapes in (
                ((2, 3), (3, 1)),
                ((2, 3), (3, 1), (1, 4)),
                ((3,), (3, 2), (2, 3), (3,)),
                ((2, 2), (2, 3), (3, 3), (3,)),
                ((0, 2), (2, 3), (3, 1)),
            )
        ]
    ),
    numpy=np.linalg.multi_dot,
)
def multi_dot(arrays):
    """Product of a chain of matrices, in the order that needs fewest multiplications.

    arrays: at least two matrices; the first and the last may be vectors. Raises ValueError when
    neighbouring sizes differ.
    """
    chain = [as_operand(array) for array in arrays]
    if len(chain) < 2:
        raise ValueError(f"multi_dot: needs at least two arrays, got {len(chain)}")
    shapes = [tuple(array.shape) for array in chain]
    for position, shape in enumerate(shapes):
        if len(shape) != 2 and not (len(shape) == 1 and position in (0, len(chain) - 1)):
            raise ValueError(
                f"multi_dot: array {position} has shape {shape}; matrices are expected, "
                "vectors only at the ends"
            )
    rows = [shape[0] if len(shape) == 2 else 1 for shape in shapes]
    columns = [shape[-1] if len(shape) == 2 else 1 for shape in shapes]
    rows[-1] = shapes[-1][0]
    columns[0] = shapes[0][-1]
    for position in range(len(chain) - 1):
        if columns[position] != rows[position + 1]:
            raise ValueError(
                f"multi_dot: sizes of arrays {position} and {position + 1} do not fit, "
                f"{shapes[position]} @ {shapes[position + 1]}"
            )
    split = _chain_order([*rows, columns[-1]])

    def product(i: int, j: int) -> Any:
        return chain[i] if i == j else matmul(product(i, split[i, j]), product(split[i, j] + 1, j))

    return product(0, len(chain) - 1)


@composite(
    samples=cases(
        lambda rng: [
            Sample((np.eye(3) + rng.uniform(-0.25, 0.25, shape),), {"n": n})
            for shape, n in (
                ((3, 3), 0),
                ((3, 3), 1),
                ((3, 3), 2),
                ((2, 3, 3), 5),
                ((3, 3), -1),
                ((2, 3, 3), -2),
                ((0, 3, 3), 3),
            )
        ]
    ),
    numpy=np.linalg.matrix_power,
)
def matrix_power(x, n):
    """The n-th power of square matrices (..., m, m); a negative n takes the inverse's.

    Powers are found by repeated squaring. n = 0 gives identity matrices, with derivative 0.
    """
    x = as_operand(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"matrix_power: needs square matrices (..., m, m), got shape {x.shape}")
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"matrix_power: n must be an integer, got {n!r}") from None
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        return np.where(np.zeros(x.shape, bool), x, np.eye(x.shape[-1], dtype=x.dtype))
    result = None
    while True:
        if n & 1:
            result = x if result is None else matmul(result, x)
        n >>= 1
        if not n:
            return result
        x = matmul(x, x)


# Numerator of the diagonal Padé approximant of order 13, constant term first.
_PADE = [
    math.factorial(26 - k) * math.factorial(13) // (math.factorial(k) * math.factorial(13 - k))
    for k in range(14)
]
_PADE_NORM = 5.37  # up to this norm the approximant is accurate to float64's rounding


@composite(
    samples=cases(
        lambda rng: [
            Sample((scale * rng.normal(size=shape),))
            for scale, shape in ((0.5, (3, 3)), (4.0, (2, 2)), (1.0, (2, 2, 2)), (1.0, (0, 2, 2)))
        ]
    )
)
def expm(x):
    """Matrix exponential of square matrices (..., n, n), the sum of x^k / k!.

    Scaling and squaring with a Padé approximant; N. Higham, "The scaling and squaring method for
    the matrix exponential revisited", SIAM J. Matrix Anal. Appl. 26 (2005), algorithm 2.3.
    Raises ValueError for entries that are not finite.
    """
    x = as_operand(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"expm: needs square matrices (..., n, n), got shape {x.shape}")
    norm = float(np.abs(as_array(x)).sum(axis=-2).max(initial=0.0))
    if not math.isfinite(norm):
        raise ValueError("expm: the entries of x must be finite")
    squarings = max(0, math.ceil(math.log2(norm / _PADE_NORM))) if norm else 0
    x = x * 0.5**squarings
    b = [float(c) / _PADE[13] for c in _PADE]
    identity = np.eye(x.shape[-1], dtype=x.dtype)
    x2 = matmul(x, x)
    x4 = matmul(x2, x2)
    x6 = matmul(x2, x4)
    odd = matmul(x6, b[13] * x6 + b[11] * x4 + b[9] * x2)
    odd = matmul(x, odd + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * identity)
    even = matmul(x6, b[12] * x6 + b[10] * x4 + b[8] * x2)
    even = even + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * identity
    result = solve(even - odd, even + odd)
    for _ in range(squarings):
        result = matmul(result, result)
    return result
