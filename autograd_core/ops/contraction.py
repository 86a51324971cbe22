"""Contractions: Einstein summation, with letters for axes, and tensordot, with their numbers."""

from __future__ import annotations

import functools
import math
import operator
import string
from typing import Any, NamedTuple

import numpy as np

from autograd_core.primitive import composite, primitive
from autograd_core.samples import Sample, cases


class Subscripts(NamedTuple):
    """Subscripts without '...' and with an output: a string of labels for each operand."""

    operands: tuple[str, ...]
    output: str


def _sample_operands(rng):
    """(subscripts, operands) that between them use everything a subscript can say."""

    def draw(*shape):
        return rng.normal(size=shape)

    return [
        ("ij,jk->ik", (draw(2, 3), draw(3, 4))),
        ("ij,jk", (draw(2, 3), draw(3, 2))),
        ("bij,bjk->bki", (draw(2, 3, 2), draw(2, 2, 4))),
        ("i,j->ji", (draw(2), draw(3))),
        ("ij,ij->", (draw(2, 3), draw(2, 3))),
        ("ij,ik,kl->jl", (draw(2, 3), draw(2, 2), draw(2, 3))),
        ("ij->ji", (draw(2, 3),)),
        ("ii", (draw(3, 3),)),
        ("iij->ji", (draw(2, 2, 3),)),
        ("iji,j->i", (draw(2, 3, 2), draw(3))),
        ("ijk->j", (draw(2, 3, 2),)),
        ("ij,k->i", (draw(2, 3), draw(4))),
        ("...ij,...j->...i", (draw(3, 2, 3), draw(2, 1, 3))),
        ("i...,...->...i", (draw(2, 3), draw(4, 3))),
        ("...i,i...", (draw(2, 3), draw(3, 1))),
        ("ij,ij->i", (draw(2, 1), draw(1, 3))),
        (",i->i", (draw(), draw(3))),
        ("ij,jk->ik", (draw(2, 0), draw(0, 3))),
        ("ij,jk->ik", (draw(0, 2), draw(2, 3))),
    ]


@primitive(
    samples=cases(
        lambda rng: [Sample(args, {"subscripts": s}) for s, args in _sample_operands(rng)]
    )
)
def einsum_arrays(*operands, subscripts):
    """`einsum` with the subscripts behind the operands; the primitive that `einsum` calls."""
    operands = [np.asarray(operand) for operand in operands]
    parsed = parse(subscripts, tuple(operand.ndim for operand in operands))
    _check_sizes(parsed, operands)
    if len(operands) == 1:
        return _one(operands[0], parsed.operands[0], parsed.output)
    terms = list(parsed.operands)
    for pair in _order(parsed, tuple(operand.shape for operand in operands)):
        b, tb = operands.pop(max(pair)), terms.pop(max(pair))
        a, ta = operands.pop(min(pair)), terms.pop(min(pair))
        output = _kept(ta, tb, terms, parsed.output)
        operands.append(_two(a, ta, b, tb, output))
        terms.append(output)
    return operands[0]


@einsum_arrays.vjp("operands")
def einsum_arrays_vjp(g, operands, subscripts, index):
    # The cotangent of one operand is the contraction of g with the other operands, over the same
    # letters. What that leaves out is put back by further factors: ones for a letter that only
    # this operand has, an identity matrix for each letter that it repeats.
    shapes = [getattr(operand, "shape", ()) for operand in operands]
    parsed = parse(subscripts, tuple(map(len, shapes)))
    terms = [parsed.output, *(t for i, t in enumerate(parsed.operands) if i != index)]
    factors = [g, *(operand for i, operand in enumerate(operands) if i != index)]
    sizes = [g.shape, *(shape for i, shape in enumerate(shapes) if i != index)]
    covered = {
        (label, size)
        for term, shape in zip(terms, sizes, strict=True)
        for label, size in zip(term, shape, strict=True)
    }
    fresh = iter(_unused("".join(parsed.operands)))
    wanted = ""
    for label, size in zip(parsed.operands[index], shapes[index], strict=True):
        if label in wanted:
            copy = next(fresh)
            terms.append(label + copy)
            factors.append(np.eye(size, dtype=g.dtype))
            label = copy
        elif (label, size) not in covered and size != 1:
            terms.append(label)
            factors.append(np.ones(size, g.dtype))
        elif label not in "".join(terms):
            terms.append(label)
            factors.append(np.ones(1, g.dtype))
        wanted += label
    return einsum_arrays(*factors, subscripts=f"{','.join(terms)}->{wanted}")


@composite(
    samples=cases(lambda rng: [Sample((s, *args)) for s, args in _sample_operands(rng)]),
    numpy=np.einsum,
)
def einsum(subscripts, *operands, optimize=True):
    """Einstein summation: `einsum("ij,jk->ik", a, b)` is the matrix product.

    subscripts: one letter an axis, operands separated by commas. Letters that the part after `->`
        leaves out are summed over; without `->` the letters that occur once remain, in
        alphabetical order. A letter repeated inside one operand takes a diagonal. `...` stands
        for any further axes, which broadcast. Axes of size 1 broadcast.
    optimize: accepted for NumPy's sake; operands are always contracted in pairs, cheapest first,
        by matrix products where the letters allow it.

    Raises ValueError for subscripts that do not fit the operands, TypeError for NumPy's second
    form with lists of numbers.
    """
    if not isinstance(subscripts, str):
        raise TypeError(
            "einsum: subscripts must be a string such as 'ij,jk->ik', "
            f"got {type(subscripts).__name__}"
        )
    return einsum_arrays(*operands, subscripts=subscripts)


# Reading subscripts.


@functools.lru_cache(maxsize=1024)
def parse(subscripts: str, ndims: tuple[int, ...]) -> Subscripts:
    """Subscripts with '...' spelt out as letters and the output explicit."""
    text = "".join(subscripts.split())
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    bare = text.replace("->", "", 1).replace("...", "").replace(",", "")
    if "," in right or not all(c in string.ascii_letters for c in bare):
        raise ValueError(
            f"einsum: cannot read {subscripts!r}; use letters, commas, one '->' and '...', "
            "such as 'ij,jk->ik'"
        )
    if len(terms) != len(ndims):
        raise ValueError(
            f"einsum: {subscripts!r} describes {len(terms)} operands, {len(ndims)} were given"
        )
    unused = _unused(bare)
    extras = []  # how many axes '...' stands for, an operand
    for position, (term, ndim) in enumerate(zip(terms, ndims, strict=True)):
        labels = term.replace("...", "", 1)
        extra = ndim - len(labels)
        if "." in labels or extra < 0 or (extra and "..." not in term):
            raise ValueError(
                f"einsum: operand {position} has {ndim} axes, its subscripts {term!r} name "
                f"{len(labels)}"
            )
        extras.append(extra)
    widest = max(extras)
    if widest > len(unused):
        raise ValueError(f"einsum: more than 52 different axes in {subscripts!r}")
    dots = unused[:widest]
    terms = [
        term.replace("...", dots[widest - extra :])
        for term, extra in zip(terms, extras, strict=True)
    ]
    if not arrow:
        once = (c for c in sorted(set(bare)) if bare.count(c) == 1)
        return Subscripts(tuple(terms), dots + "".join(once))
    if widest and "..." not in right:
        raise ValueError(
            f"einsum: the '...' of {subscripts!r} stands for {widest} axes, so it must appear "
            "after '->' too"
        )
    output = right.replace("...", dots, 1)
    for label in output:
        if output.count(label) > 1 or not any(label in term for term in terms):
            raise ValueError(
                f"einsum: '{label}' stands after '->' in {subscripts!r}; it must occur there once "
                "and in an operand"
            )
    return Subscripts(tuple(terms), output)


def _unused(labels: str) -> str:
    return "".join(c for c in string.ascii_letters if c not in labels)


def _check_sizes(parsed: Subscripts, operands: list[np.ndarray]) -> None:
    """Every letter has one size, but 1 broadcasts between operands (not along a diagonal)."""
    found: dict[str, tuple[int, int]] = {}
    for position, (term, operand) in enumerate(zip(parsed.operands, operands, strict=True)):
        own: dict[str, int] = {}
        for label, size in zip(term, operand.shape, strict=True):
            other, where = found.get(label, (1, position))
            if own.setdefault(label, size) != size or (size != other and 1 not in (size, other)):
                sizes = own[label] if own[label] != size else other
                raise ValueError(
                    f"einsum: label '{label}' has size {sizes} in operand "
                    f"{position if own[label] != size else where} and {size} in operand {position}"
                )
            if other == 1:
                found[label] = (size, position)


# Contracting.


def _kept(ta: str, tb: str, rest: list[str], output: str) -> str:
    """Labels that survive the contraction of two operands: those that something else needs."""
    if not rest:
        return output
    needed = set(output).union(*rest)
    return "".join(dict.fromkeys(label for label in ta + tb if label in needed))


@functools.lru_cache(maxsize=1024)
def _order(parsed: Subscripts, shapes: tuple[tuple[int, ...], ...]) -> list[tuple[int, int]]:
    """Which two operands to contract, step by step; a result goes to the end of the list.

    Greedy: always the pair whose result is smallest in comparison with what it replaces.
    """
    terms = list(parsed.operands)
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for label, size in zip(term, shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1)) if size else 0

    def volume(labels):
        return math.prod(sizes[label] for label in labels)

    steps = []
    while len(terms) > 1:
        best = None
        for i in range(len(terms)):
            for j in range(i + 1, len(terms)):
                rest = [t for k, t in enumerate(terms) if k not in (i, j)]
                result = _kept(terms[i], terms[j], rest, parsed.output)
                gain = volume(result) - volume(set(terms[i])) - volume(set(terms[j]))
                key = (gain, volume(set(terms[i] + terms[j])), i, j)
                if best is None or key < best[0]:
                    best = (key, result)
        assert best is not None
        (*_, i, j), result = best
        steps.append((i, j))
        terms = [t for k, t in enumerate(terms) if k not in (i, j)] + [result]
    return steps


def _one(a: np.ndarray, term: str, output: str) -> np.ndarray:
    """Diagonals, sums and the transposition of a single operand."""
    unique = "".join(dict.fromkeys(term))
    if unique != term:
        a = np.einsum(f"{term}->{unique}", a)
    summed = tuple(i for i, label in enumerate(unique) if label not in output)
    if summed:
        a = a.sum(axis=summed, dtype=a.dtype)  # of booleans: any
        unique = "".join(label for label in unique if label in output)
    return a if unique == output else a.transpose([unique.index(label) for label in output])


def _two(a: np.ndarray, ta: str, b: np.ndarray, tb: str, output: str) -> np.ndarray:
    """One pair contracted: by a matrix product where something is summed, else by multiplying."""
    a, ta = _without_spread(a, ta, b, tb)
    b, tb = _without_spread(b, tb, a, ta)
    a, ta = _reduced(a, ta, tb + output)
    b, tb = _reduced(b, tb, ta + output)
    summed = [label for label in ta if label in tb and label not in output]
    if not summed:
        return np.multiply(_aligned(a, ta, output), _aligned(b, tb, output))
    batch = [label for label in ta if label in tb and label in output]
    left = [label for label in ta if label not in tb]
    right = [label for label in tb if label not in ta]
    sizes = dict(zip(ta + tb, a.shape + b.shape, strict=True))

    def count(labels):
        return math.prod(sizes[label] for label in labels)

    lead = (count(batch),) if batch else ()
    a = _arranged(a, ta, batch + left + summed, (*lead, count(left), count(summed)))
    b = _arranged(b, tb, batch + summed + right, (*lead, count(summed), count(right)))
    labels = batch + left + right
    product = np.matmul(a, b).reshape([sizes[label] for label in labels])
    return product.transpose([labels.index(label) for label in output])


def _without_spread(a: np.ndarray, ta: str, b: np.ndarray, tb: str) -> tuple[np.ndarray, str]:
    """`a` without its axes of size 1 that are to be broadcast along an axis of `b`."""
    size = dict(zip(tb, b.shape, strict=True))
    drop = tuple(i for i, label in enumerate(ta) if a.shape[i] == 1 and size.get(label, 1) != 1)
    return a.squeeze(drop), "".join(label for i, label in enumerate(ta) if i not in drop)


def _reduced(a: np.ndarray, term: str, needed: str) -> tuple[np.ndarray, str]:
    labels = "".join(dict.fromkeys(label for label in term if label in needed))
    return (a if labels == term else _one(a, term, labels)), labels


def _aligned(a: np.ndarray, term: str, output: str) -> np.ndarray:
    order = sorted(range(len(term)), key=lambda i: output.index(term[i]))
    sizes = dict(zip(term, a.shape, strict=True))
    return a.transpose(order).reshape([sizes.get(label, 1) for label in output])


def _arranged(a: np.ndarray, term: str, labels: list[str], shape: tuple[int, ...]) -> np.ndarray:
    return a.transpose([term.index(label) for label in labels]).reshape(shape)


# Sums over pairs of axes.


def _axes_pair(axes: Any, x_ndim: int, y_ndim: int) -> tuple[list[int], list[int]]:
    """The axes of x and of y that tensordot sums over, in corresponding order, none negative."""
    if isinstance(axes, (int, np.integer)):
        count = int(axes)
        if not 0 <= count <= min(x_ndim, y_ndim):
            raise ValueError(
                f"tensordot: axes={count} must be from 0 to the smaller number of axes, "
                f"{min(x_ndim, y_ndim)}"
            )
        return list(range(x_ndim - count, x_ndim)), list(range(count))
    try:
        first, second = axes
        pair = [
            [operator.index(a) for a in (part if np.ndim(part) else (part,))]
            for part in (first, second)
        ]
    except (TypeError, ValueError):
        raise ValueError(
            f"tensordot: axes={axes!r} must be a number or two (lists of) axes, such as ([1], [0])"
        ) from None
    for part, ndim, name in zip(pair, (x_ndim, y_ndim), "xy", strict=True):
        for axis in part:
            if not -ndim <= axis < ndim:
                raise ValueError(f"tensordot: {name} has {ndim} axes, axes names {axis}")
        part[:] = [axis % ndim for axis in part]
        if len(set(part)) != len(part):
            raise ValueError(f"tensordot: axes={axes!r} names an axis of {name} twice")
    if len(pair[0]) != len(pair[1]):
        raise ValueError(f"tensordot: axes={axes!r} names different numbers of axes of x and y")
    return pair[0], pair[1]


def _free(ndim: int, summed: list[int]) -> list[int]:
    return [axis for axis in range(ndim) if axis not in summed]


@primitive(
    samples=cases(
        lambda rng: [
            Sample((rng.normal(size=a), rng.normal(size=b)), {"axes": axes})
            for a, b, axes in (
                ((2, 3, 2), (3, 2, 2), 2),
                ((2, 3), (3, 2), 1),
                ((2,), (3, 2), 0),
                ((2, 3, 4), (4, 2, 3), ([2, 0], [0, 1])),
                ((2, 3), (2, 3, 2), (-1, 1)),
                ((2, 3), (3, 2), ((0, 1), (1, 0))),
                ((0, 3), (3, 2), 1),
            )
        ]
    ),
    numpy=(np.tensordot, np.linalg.tensordot),
)
def tensordot(x, y, *, axes=2):
    """Sum of products over several axes of x and y.

    axes: how many of the last axes of x and first axes of y to sum over, or a pair (axes of x,
    axes of y). The result has the other axes of x, then those of y.
    """
    x, y = np.asarray(x), np.asarray(y)
    xs, ys = _axes_pair(axes, x.ndim, y.ndim)
    for i, j in zip(xs, ys, strict=True):
        if x.shape[i] != y.shape[j]:
            raise ValueError(
                f"tensordot: axis {i} of x has size {x.shape[i]}, axis {j} of y {y.shape[j]}; "
                f"the shapes are {x.shape} and {y.shape}"
            )
    return np.tensordot(x, y, (xs, ys))


@tensordot.vjp("x")
def tensordot_vjp_x(g, x_shape, y, axes):
    xs, ys = _axes_pair(axes, len(x_shape), y.ndim)
    free_x, free_y = _free(len(x_shape), xs), _free(y.ndim, ys)
    last = list(range(len(free_x), g.ndim))
    found = tensordot(g, y, axes=(last, free_y))  # the axes free_x, then ys in ascending order
    order = free_x + [xs[ys.index(axis)] for axis in sorted(ys)]
    return found.transpose([order.index(axis) for axis in range(len(order))])


@tensordot.vjp("y")
def tensordot_vjp_y(g, x, y_shape, axes):
    xs, ys = _axes_pair(axes, x.ndim, len(y_shape))
    free_x, free_y = _free(x.ndim, xs), _free(len(y_shape), ys)
    first = list(range(len(free_x)))
    found = tensordot(x, g, axes=(free_x, first))  # xs in ascending order, then the axes free_y
    order = [ys[xs.index(axis)] for axis in sorted(xs)] + free_y
    return found.transpose([order.index(axis) for axis in range(len(order))])
