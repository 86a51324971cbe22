"""References for ops/solving.py and ops/decompositions.py: schoolbook algorithms on one matrix.

The signs of singular and eigenvectors are free; they are taken from LAPACK, nothing else is.
"""

import itertools
import math

import numpy as np


def stacked(function):
    """`function` of one matrix applied to each matrix of a stack."""

    def apply(x, *args, **params):
        if x.ndim == 2:
            return function(x, *args, **params)
        if not x.size:
            example = function(np.eye(*x.shape[-2:]), *args, **params)
            parts = example if isinstance(example, tuple) else (example,)
            empty = tuple(np.zeros(x.shape[:-2] + np.shape(part)) for part in parts)
            return empty if isinstance(example, tuple) else empty[0]
        results = [apply(item, *args, **params) for item in x]
        if isinstance(results[0], tuple):
            return tuple(np.array(parts) for parts in zip(*results, strict=True))
        return np.array(results)

    return apply


# Equations and determinants.


def determinant(x):
    """Leibniz's sum over all permutations."""
    terms = []
    for order in itertools.permutations(range(len(x))):
        inversions = sum(a > b for a, b in itertools.combinations(order, 2))
        terms.append((-1) ** inversions * math.prod(float(x[i, j]) for i, j in enumerate(order)))
    return math.fsum(terms)


def cofactors(x):
    out = np.empty(x.shape)
    for i, j in np.ndindex(*x.shape):
        minor = np.delete(np.delete(x, i, 0), j, 1)
        out[i, j] = (-1) ** (i + j) * determinant(minor)
    return out


def inverse(x):
    return cofactors(x).T / determinant(x)


inv = stacked(inverse)


def cramer(a, b):
    """Solution of a @ x = b, entry by entry a quotient of determinants."""
    out = np.empty(b.shape)
    for index in np.ndindex(*b.shape):
        replaced = a.copy()
        replaced[:, index[0]] = b[(slice(None), *index[1:])]
        out[index] = determinant(replaced) / determinant(a)
    return out


def solve(a, b):
    if b.ndim == 1:
        return stacked(cramer)(a, b)
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, lead + a.shape[-2:]), np.broadcast_to(b, lead + b.shape[-2:])
    out = np.empty(b.shape)
    for index in np.ndindex(*lead):
        out[index] = cramer(a[index], b[index])
    return out


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False):
    n = a.shape[-1]
    a = a.copy()
    for i, j in np.ndindex(n, n):
        if i != j and (i < j) == lower:
            a[..., i, j] = 0.0
        if i == j and unit_diagonal:
            a[..., i, j] = 1.0
    return solve(np.moveaxis(a, -1, -2) if trans else a, b)


def signed_log(x):
    value = determinant(x)
    return math.copysign(1.0, value), math.log(abs(value))


def pseudo_inverse(x):
    """From the normal equations, for full rank."""
    if x.shape[0] < x.shape[1]:
        return pseudo_inverse(x.T).T
    return cramer(x.T @ x, x.T)


def least_squares(a, b):
    if b.ndim == 1:
        return stacked(lambda m: pseudo_inverse(m) @ b)(a)
    return (
        np.array([least_squares(*pair) for pair in zip(a, b, strict=True)])
        if a.ndim > 2
        else (pseudo_inverse(a) @ b)
    )


# Factorisations.


def cholesky(x, upper=False):
    """Cholesky and Banachiewicz, row by row."""
    lower = np.zeros(x.shape)
    for i in range(len(x)):
        for j in range(i + 1):
            rest = x[i, j] - math.fsum(lower[i, k] * lower[j, k] for k in range(j))
            lower[i, j] = math.sqrt(rest) if i == j else rest / lower[j, j]
    return lower.T if upper else lower


def qr(x, mode="reduced"):
    """Householder reflections, with LAPACK's sign: against the entry on the diagonal."""
    m, n = x.shape
    r, q = x.copy(), np.eye(m)
    for j in range(min(m - 1, n)):
        v = r[j:, j].copy()
        v[0] += math.copysign(math.sqrt(math.fsum(v * v)), v[0])
        reflection = np.eye(m)
        reflection[j:, j:] -= 2.0 * np.outer(v, v) / math.fsum(v * v)
        r, q = reflection @ r, q @ reflection
    k = min(m, n)
    r = np.triu(r[:k])
    return r if mode == "r" else (q[:, :k], r)


def rotation(a, b, c):
    """Cosine and sine of the rotation that makes [[a, c], [c, b]] diagonal."""
    if abs(c) < 1e-100:
        return 1.0, 0.0
    tau = (b - a) / (2.0 * c)
    t = math.copysign(1.0, tau) / (abs(tau) + math.hypot(1.0, tau))
    return 1.0 / math.hypot(1.0, t), t / math.hypot(1.0, t)


def with_signs(vectors, model):
    """The columns with the signs of the columns of `model`."""
    return vectors * np.where((vectors * model).sum(axis=0) < 0, -1.0, 1.0)


def eigh(x):
    """Jacobi's method: plane rotations until nothing is left beside the diagonal."""
    a, v = x.copy(), np.eye(len(x))
    for _ in range(12):
        for p, q in itertools.combinations(range(len(x)), 2):
            c, s = rotation(a[p, p], a[q, q], a[p, q])
            turn = np.eye(len(x))
            turn[[p, p, q, q], [p, q, p, q]] = c, s, -s, c
            a, v = turn.T @ a @ turn, v @ turn
    order = np.argsort(np.diagonal(a))
    return np.diagonal(a)[order], with_signs(v[:, order], np.linalg.eigh(x)[1])


def svd(x, full_matrices=False, compute_uv=True):
    """Hestenes's method: plane rotations until the columns are orthogonal, for full rank."""
    if x.shape[0] < x.shape[1]:
        left, s, right = svd(x.T)
        sign = np.where((left * np.linalg.svd(x)[2][: len(s)].T).sum(axis=0) < 0, -1.0, 1.0)
        return (right.T * sign, s, (left * sign).T) if compute_uv else s
    a, v = x.copy(), np.eye(x.shape[1])
    for _ in range(12):
        for p, q in itertools.combinations(range(x.shape[1]), 2):
            c, s = rotation(a[:, p] @ a[:, p], a[:, q] @ a[:, q], a[:, p] @ a[:, q])
            turn = np.eye(x.shape[1])
            turn[[p, p, q, q], [p, q, p, q]] = c, s, -s, c
            a, v = a @ turn, v @ turn
    values = np.sqrt((a * a).sum(axis=0))
    order = np.argsort(-values)
    u, s, v = (a / values)[:, order], values[order], v[:, order]
    signed = with_signs(u, np.linalg.svd(x, full_matrices=False)[0])
    sign = np.sign((u * signed).sum(axis=0))
    return (signed, s, (v * sign).T) if compute_uv else s


REFERENCES = {
    "inv": inv,
    "solve": solve,
    "solve_triangular": solve_triangular,
    "det": stacked(determinant),
    "cofactors": stacked(cofactors),
    "slogdet": stacked(signed_log),
    "logdet": stacked(lambda x: signed_log(x)[1]),
    "pinv": stacked(pseudo_inverse),
    "lstsq": least_squares,
    "cholesky": stacked(cholesky),
    "qr": stacked(qr),
    "qr_tall": stacked(qr),
    "eigh": stacked(eigh),
    "eigvalsh": stacked(lambda x: eigh(x)[0]),
    "svd": stacked(svd),
    "svd_reduced": stacked(svd),
    "svdvals": stacked(lambda x: svd(x)[1]),
}
