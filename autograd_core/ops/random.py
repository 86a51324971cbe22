"""Random draws from an explicit `numpy.random.Generator`.

Every function takes the generator first, so that a result depends on its arguments alone:

    rng = numpy.random.default_rng(seed)
    x = normal(rng, loc=mean, scale=deviation)

A draw is a Tensor. Where the distribution is a fixed one moved and stretched (`normal`, `uniform`,
`laplace`, ...), the draw is written as that function of its parameters, so that it is tracked and
differentiable when they are (reparameterisation: D. Kingma, M. Welling, "Auto-encoding variational
Bayes", arXiv:1312.6114, section 2.4). Other parameters refuse tracked tensors by name.

shape: of the result, a number or a tuple; left out, the shape to which the parameters broadcast.
dtype: a floating one; left out, that of the parameters that are arrays or tensors, else float64.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_core.ops.exponential import exp
from autograd_core.tensor import Tensor, as_array

__all__ = [
    "bernoulli",
    "beta",
    "binomial",
    "categorical",
    "choice",
    "exponential",
    "gamma",
    "gumbel",
    "laplace",
    "logistic",
    "lognormal",
    "normal",
    "permutation",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

Generator = np.random.Generator
Params = dict[str, Any]


# Location and scale: differentiable in their parameters.


def normal(
    rng: Generator, loc: Any = 0.0, scale: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """Normal distribution of mean `loc` and standard deviation `scale` >= 0."""
    params, shape, dtype = _prepared("normal", rng, shape, dtype, loc=loc, scale=scale)
    return _moved("normal", _standard(rng.standard_normal, shape, dtype), **params)


def uniform(
    rng: Generator, low: Any = 0.0, high: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """Uniform distribution on [low, high); rounding may give `high` itself. low <= high."""
    params, shape, dtype = _prepared("uniform", rng, shape, dtype, low=low, high=high)
    low, width = params["low"], params["high"] - params["low"]
    widths = as_array(width)
    if not (np.all(widths >= 0) and np.all(np.isfinite(widths))):
        raise ValueError(
            f"uniform: low must not exceed high, both finite, got low={low}, high={high}"
        )
    return _affine(_standard(rng.random, shape, dtype), low, width)


def truncated_normal(
    rng: Generator,
    loc: Any = 0.0,
    scale: Any = 1.0,
    shape: Any = None,
    dtype: Any = None,
    limit: float = 2.0,
) -> Tensor:
    """Normal distribution without what lies more than `limit` * scale from `loc`.

    The standard deviation of the result is smaller than `scale`: 0.8796 of it for limit 2. Drawn by
    rejection, from a normal or (for a small limit) a uniform distribution.
    """
    params, shape, dtype = _prepared("truncated_normal", rng, shape, dtype, loc=loc, scale=scale)
    limit = float(limit)
    if not limit > 0:
        raise ValueError(f"truncated_normal: limit must be positive, got {limit}")
    z = np.empty(math.prod(shape), dtype)
    missing = np.arange(z.size)
    while missing.size:
        if limit > math.sqrt(math.pi / 2):  # there the normal distribution is rejected less often
            drawn = _standard(rng.standard_normal, missing.shape, dtype)
            accepted = np.abs(drawn) <= limit
        else:
            drawn = _standard(rng.random, missing.shape, dtype) * (2 * limit) - limit
            accepted = rng.random(missing.shape) < np.exp(-0.5 * drawn * drawn)
        z[missing[accepted]] = drawn[accepted]
        missing = missing[~accepted]
    return _moved("truncated_normal", z.reshape(shape), **params)


def laplace(
    rng: Generator, loc: Any = 0.0, scale: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """Laplace distribution of density exp(-|x - loc| / scale) / (2 scale)."""
    params, shape, dtype = _prepared("laplace", rng, shape, dtype, loc=loc, scale=scale)
    return _moved("laplace", np.asarray(rng.laplace(size=shape), dtype), **params)


def logistic(
    rng: Generator, loc: Any = 0.0, scale: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """Logistic distribution, whose cumulative distribution is sigmoid((x - loc) / scale)."""
    params, shape, dtype = _prepared("logistic", rng, shape, dtype, loc=loc, scale=scale)
    return _moved("logistic", np.asarray(rng.logistic(size=shape), dtype), **params)


def gumbel(
    rng: Generator, loc: Any = 0.0, scale: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """Gumbel distribution (of maxima), cumulative distribution exp(-exp(-(x - loc) / scale))."""
    params, shape, dtype = _prepared("gumbel", rng, shape, dtype, loc=loc, scale=scale)
    return _moved("gumbel", np.asarray(rng.gumbel(size=shape), dtype), **params)


def exponential(rng: Generator, scale: Any = 1.0, shape: Any = None, dtype: Any = None) -> Tensor:
    """Exponential distribution of mean `scale` >= 0."""
    params, shape, dtype = _prepared("exponential", rng, shape, dtype, scale=scale)
    return _moved("exponential", _standard(rng.standard_exponential, shape, dtype), **params)


def lognormal(
    rng: Generator, mean: Any = 0.0, sigma: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """exp of a normal distribution of mean `mean` and standard deviation `sigma` >= 0."""
    params, shape, dtype = _prepared("lognormal", rng, shape, dtype, mean=mean, sigma=sigma)
    _check_sign("lognormal", "sigma", params["sigma"])
    z = _standard(rng.standard_normal, shape, dtype)
    return exp(_affine(z, params["mean"], params["sigma"]))


def gamma(
    rng: Generator, alpha: Any, scale: Any = 1.0, shape: Any = None, dtype: Any = None
) -> Tensor:
    """Gamma distribution of density proportional to x**(alpha - 1) exp(-x / scale).

    alpha: positive, not differentiable. scale: >= 0, differentiable.
    """
    _refuse_tracked("gamma", alpha=alpha)
    params, shape, dtype = _prepared("gamma", rng, shape, dtype, alpha=alpha, scale=scale)
    alpha = as_array(params["alpha"])
    _check_sign("gamma", "alpha", alpha, positive=True)
    wide = np.float64 if dtype == np.float64 else np.float32
    z = np.asarray(rng.standard_gamma(np.asarray(alpha, wide), size=shape, dtype=wide))
    return _moved("gamma", z.astype(dtype, copy=False), scale=params["scale"])


# Distributions without derivative in their parameters.


def beta(rng: Generator, alpha: Any, beta: Any, shape: Any = None, dtype: Any = None) -> Tensor:
    """Beta distribution on [0, 1], density proportional to x**(alpha - 1) (1 - x)**(beta - 1).

    alpha, beta: positive, not differentiable.
    """
    _refuse_tracked("beta", alpha=alpha, beta=beta)
    params, shape, dtype = _prepared("beta", rng, shape, dtype, alpha=alpha, beta=beta)
    for name, value in params.items():
        _check_sign("beta", name, value, positive=True)
    drawn = rng.beta(as_array(params["alpha"]), as_array(params["beta"]), size=shape)
    return Tensor(np.asarray(drawn, dtype))


def bernoulli(rng: Generator, p: Any = 0.5, shape: Any = None, dtype: Any = None) -> Tensor:
    """1 with probability `p`, else 0. dtype: any, also bool. p is not differentiable."""
    _refuse_tracked("bernoulli", p=p)
    params, shape, dtype = _prepared("bernoulli", rng, shape, dtype, kinds="fiub", p=p)
    p = as_array(params["p"])
    _check_probability("bernoulli", p)
    return Tensor(np.asarray(rng.random(shape) < p).astype(dtype))


def binomial(rng: Generator, n: Any, p: Any, shape: Any = None, dtype: Any = None) -> Tensor:
    """How many of `n` trials of probability `p` succeed. dtype: also an integer one.

    n, p: not differentiable.
    """
    _refuse_tracked("binomial", n=n, p=p)
    params, shape, dtype = _prepared("binomial", rng, shape, dtype, kinds="fiu", p=p, n=n)
    _check_probability("binomial", as_array(params["p"]))
    n = np.asarray(as_array(n))
    if not (np.all(n >= 0) and np.all(n == np.floor(n))):
        raise ValueError(f"binomial: n must hold whole numbers >= 0, got {n}")
    drawn = rng.binomial(n.astype(np.int64), as_array(params["p"]), size=shape)
    return Tensor(np.asarray(drawn).astype(dtype))


def randint(
    rng: Generator, low: Any, high: Any, shape: Any = None, dtype: Any = np.int64
) -> Tensor:
    """Whole numbers from `low` up to, without, `high`, all equally likely. Arrays broadcast."""
    _check_generator("randint", rng)
    low, high = as_array(low), as_array(high)
    shape = np.broadcast_shapes(np.shape(low), np.shape(high)) if shape is None else shape
    shape = _shape_of("randint", shape)
    if not np.all(np.asarray(low) < np.asarray(high)):
        raise ValueError(f"randint: low must be below high, got low={low}, high={high}")
    dtype = np.dtype(dtype)
    if dtype.kind not in "iu":
        raise TypeError(f"randint: dtype must be an integer one, got {dtype}")
    return Tensor(np.asarray(rng.integers(low, high, size=shape, dtype=dtype)))


def categorical(rng: Generator, logits: Any, num_samples: int = 1, dtype: Any = np.int64) -> Tensor:
    """Classes drawn with probabilities softmax(logits), along the last axis.

    logits: (..., classes), logarithms of probabilities up to a constant; -inf excludes a class. A
        tracked tensor is welcome, the result, being integers, is untracked.
    Returns (..., num_samples) numbers of classes from 0. Raises ValueError where logits are NaN or
    inf, or all of a row -inf.
    """
    _check_generator("categorical", rng)
    values = np.asarray(as_array(logits), dtype=np.float64)
    count = _whole("categorical", "num_samples", num_samples)
    if not values.ndim or not values.shape[-1]:
        raise ValueError(f"categorical: logits need a last axis of classes, got {values.shape}")
    *lead, classes = values.shape
    rows = values.reshape(math.prod(lead), classes)
    largest = rows.max(axis=-1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError("categorical: logits must not be NaN or inf, nor all of a row -inf")
    cumulative = np.exp(rows - largest).cumsum(axis=-1)
    cumulative /= cumulative[:, -1:]  # ends with exactly 1, above every draw
    u = rng.random((len(rows), count))
    if count < len(rows):
        drawn = np.empty(u.shape, np.int64)
        for i in range(count):
            drawn[:, i] = (cumulative <= u[:, i : i + 1]).sum(axis=-1)
    else:
        pairs = zip(cumulative, u, strict=True)
        found = [np.searchsorted(row, wanted, side="right") for row, wanted in pairs]
        drawn = np.array(found, np.int64).reshape(u.shape)
    return Tensor(drawn.reshape(*lead, count).astype(np.dtype(dtype)))


# Orders and selections: differentiable in the entries that are moved.


def permutation(rng: Generator, x: Any, axis: int = 0) -> Tensor:
    """The slices of x along `axis` in random order; for a whole number x, of range(x)."""
    _check_generator("permutation", rng)
    if isinstance(x, (int, np.integer)) and not isinstance(x, bool):
        return Tensor(rng.permutation(_whole("permutation", "x", x)))
    x = _entries("permutation", x, axis)
    return _as_tensor(np.take(x, rng.permutation(x.shape[axis]), axis=axis))


def shuffle(rng: Generator, x: Any, axis: int = 0) -> Tensor:
    """The slices of x along `axis` in random order; x itself stays as it is."""
    _check_generator("shuffle", rng)
    x = _entries("shuffle", x, axis)
    return _as_tensor(np.take(x, rng.permutation(x.shape[axis]), axis=axis))


def choice(
    rng: Generator, x: Any, shape: Any = (), replace: bool = True, p: Any = None, axis: int = 0
) -> Tensor:
    """Slices of x along `axis`, drawn `shape` times; for a whole number x, from range(x).

    replace: whether a slice may be drawn again. p: the probability of each slice, by default equal;
    not differentiable. The result has `shape` in the place of `axis`.
    """
    _check_generator("choice", rng)
    _refuse_tracked("choice", p=p)
    shape = _shape_of("choice", shape)
    if isinstance(x, (int, np.integer)) and not isinstance(x, bool):
        x = np.arange(_whole("choice", "x", x))
    x = _entries("choice", x, axis)
    try:
        picked = rng.choice(x.shape[axis], size=shape, replace=replace, p=as_array(p))
    except ValueError as error:
        raise ValueError(f"choice: {error} (x has {x.shape[axis]} slices)") from error
    return _as_tensor(np.take(x, np.asarray(picked), axis=axis))


# What they share.


def _prepared(
    name: str, rng: Any, shape: Any, dtype: Any, kinds: str = "f", **params: Any
) -> tuple[Params, tuple[int, ...], np.dtype]:
    """Checked parameters (of the draw's dtype where that must be a float), shape and dtype."""
    _check_generator(name, rng)
    for key, value in params.items():
        if not isinstance(value, (Tensor, float, int)) or isinstance(value, bool):
            params[key] = value = np.asarray(value)
        if getattr(value, "dtype", np.dtype(float)).kind not in "fiu":
            raise TypeError(f"{name}: {key} must hold numbers, got {value!r:.60}")
    if dtype is None:
        floats = [
            p.dtype for p in params.values() if getattr(p, "dtype", None) and p.dtype.kind == "f"
        ]
        dtype = np.result_type(*floats) if floats else np.dtype(np.float64)
    dtype = np.dtype(dtype)
    if dtype.kind not in kinds:
        raise TypeError(f"{name}: dtype {dtype} is not possible, use float32 or float64")
    shapes = {key: getattr(value, "shape", ()) for key, value in params.items()}
    if shape is None:
        try:
            shape = np.broadcast_shapes(*shapes.values())
        except ValueError:
            raise ValueError(f"{name}: the parameters do not broadcast, {shapes}") from None
    shape = _shape_of(name, shape)
    for key, own in shapes.items():
        try:
            fits = np.broadcast_shapes(own, shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"{name}: {key} has shape {own}, which does not fit shape={shape}")
    if kinds == "f":
        params = {
            key: value.astype(dtype) if hasattr(value, "astype") and value.dtype != dtype else value
            for key, value in params.items()
        }
    return params, shape, dtype


def _standard(draw: Callable[..., Any], shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Draws of NumPy's that know float32 and float64; other types are rounded from float32."""
    own = dtype if dtype in (np.float32, np.float64) else np.dtype(np.float32)
    return np.asarray(draw(size=shape, dtype=own)).astype(dtype, copy=False)


def _moved(name: str, z: np.ndarray, scale: Any, loc: Any = 0.0) -> Tensor:
    _check_sign(name, "scale", scale)
    return _affine(z, loc, scale)


def _affine(z: np.ndarray, loc: Any, scale: Any) -> Tensor:
    """loc + scale * z; z is used up."""
    if isinstance(loc, Tensor) or isinstance(scale, Tensor):
        return Tensor(z) * scale + loc
    if not (scale.__class__ is float and scale == 1.0):
        z *= scale
    if not (loc.__class__ is float and loc == 0.0):
        z += loc
    return Tensor(z)


def _check_generator(name: str, rng: Any) -> None:
    if not isinstance(rng, Generator):
        raise TypeError(
            f"{name}: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
            "pass numpy.random.default_rng(seed)"
        )


def _check_sign(name: str, key: str, value: Any, positive: bool = False) -> None:
    values = as_array(value)
    if not np.all(values > 0 if positive else values >= 0):
        wanted = "positive" if positive else ">= 0"
        raise ValueError(f"{name}: {key} must be {wanted}, got {values}")


def _check_probability(name: str, p: Any) -> None:
    if not (np.all(p >= 0) and np.all(p <= 1)):
        raise ValueError(f"{name}: p must be from 0 to 1, got {p}")


def _refuse_tracked(name: str, **params: Any) -> None:
    for key, value in params.items():
        if isinstance(value, Tensor) and value.requires_grad:
            raise TypeError(
                f"{name}: the draw has no derivative with respect to '{key}', a tracked tensor was "
                "given; detach it"
            )


def _whole(name: str, key: str, value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: {key} must be a whole number, got {value!r}") from None
    if number < 0:
        raise ValueError(f"{name}: {key} must not be negative, got {number}")
    return number


def _shape_of(name: str, shape: Any) -> tuple[int, ...]:
    sizes = shape if isinstance(shape, (tuple, list, np.ndarray)) else (shape,)
    return tuple(_whole(name, "a size in shape", size) for size in sizes)


def _entries(name: str, x: Any, axis: int) -> Any:
    x = x if isinstance(x, Tensor) else np.asarray(x)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{name}: x has shape {x.shape}, which has no axis {axis}")
    return x


def _as_tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(value)
