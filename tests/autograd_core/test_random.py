"""Random draws: their distributions, shapes, dtypes, derivatives and refusals."""

import math

import numpy as np
import pytest
import scipy.stats

from autograd_core import check_grads, gradients, tensor
from autograd_core.ops import random
from autograd_core.tensor import Tensor

N = 20_000
LEAST_P = 1e-3  # a right sampler falls below this for one seed in a thousand; the seeds are fixed

# name: (parameters, the same distribution from scipy)
CONTINUOUS = {
    "normal": ({"loc": 1.5, "scale": 2.0}, scipy.stats.norm(1.5, 2.0)),
    "uniform": ({"low": -2.0, "high": 0.5}, scipy.stats.uniform(-2.0, 2.5)),
    "truncated_normal": ({"loc": 1.0, "scale": 3.0}, scipy.stats.truncnorm(-2, 2, 1.0, 3.0)),
    "laplace": ({"loc": -1.0, "scale": 0.5}, scipy.stats.laplace(-1.0, 0.5)),
    "logistic": ({"loc": 0.5, "scale": 2.0}, scipy.stats.logistic(0.5, 2.0)),
    "gumbel": ({"loc": 0.5, "scale": 2.0}, scipy.stats.gumbel_r(0.5, 2.0)),
    "exponential": ({"scale": 0.25}, scipy.stats.expon(scale=0.25)),
    "lognormal": ({"mean": 0.3, "sigma": 0.7}, scipy.stats.lognorm(0.7, scale=math.exp(0.3))),
    "gamma": ({"alpha": 0.8, "scale": 1.5}, scipy.stats.gamma(0.8, scale=1.5)),
    "beta": ({"alpha": 2.0, "beta": 0.5}, scipy.stats.beta(2.0, 0.5)),
}
STANDARD = ["normal", "uniform", "truncated_normal", "laplace", "logistic", "gumbel", "exponential"]
STANDARD = [*STANDARD, "lognormal"]  # those without a required parameter

EVERY_CALL = {
    **{name: params for name, (params, _) in CONTINUOUS.items()},
    "bernoulli": {"p": 0.3},
    "binomial": {"n": 5, "p": 0.3},
    "randint": {"low": 0, "high": 5},
    "categorical": {"logits": np.zeros((2, 3)), "num_samples": 4},
    "permutation": {"x": np.arange(4.0)},
    "shuffle": {"x": np.arange(4.0)},
    "choice": {"x": np.arange(4.0), "shape": (2,)},
}


def drawn(name, seed=0, **params):
    return getattr(random, name)(np.random.default_rng(seed), **params)


def fits(counts, probabilities):
    """Pearson's test of observed counts."""
    expected = np.asarray(probabilities) / np.sum(probabilities) * np.sum(counts)
    return scipy.stats.chisquare(counts, expected).pvalue > LEAST_P


def test_all_functions_are_covered():
    assert sorted(EVERY_CALL) == sorted(random.__all__)


# Distributions.


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_distribution(name, dtype):
    params, expected = CONTINUOUS[name]
    values = drawn(name, shape=N, dtype=dtype, **params)
    assert values.dtype == dtype
    assert scipy.stats.kstest(values.numpy().astype(float), expected.cdf).pvalue > LEAST_P


@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_with_array_parameters_have_their_distribution(name):
    """Each row has its own parameters; scaling the first row's by an array must not mix rows."""
    params, expected = CONTINUOUS[name]
    arrays = {key: np.array([[value], [value + 1.0]]) for key, value in params.items()}
    values = drawn(name, shape=(2, N), **arrays).numpy()
    assert scipy.stats.kstest(values[0], expected.cdf).pvalue > LEAST_P
    assert scipy.stats.kstest(values[1], expected.cdf).pvalue < LEAST_P


def test_draws_are_independent():
    """Successive values are not correlated."""
    for name, (params, _) in CONTINUOUS.items():
        values = drawn(name, shape=N, **params).numpy()
        correlation = np.corrcoef(values[:-1], values[1:])[0, 1]
        assert abs(correlation) < 4 / math.sqrt(N), name


@pytest.mark.parametrize("limit", [0.01, 0.5, 1.2, 1.3, 3.0])
def test_truncated_normal_for_any_limit(limit):
    values = drawn("truncated_normal", shape=N, limit=limit).numpy()
    assert np.abs(values).max() <= limit
    expected = scipy.stats.truncnorm(-limit, limit)
    assert scipy.stats.kstest(values, expected.cdf).pvalue > LEAST_P


def test_truncated_normal_documented_deviation():
    assert scipy.stats.truncnorm(-2, 2).std() == pytest.approx(0.8796, abs=5e-5)
    assert drawn("truncated_normal", shape=N).numpy().std() == pytest.approx(0.8796, rel=0.02)


def test_truncated_normal_without_limit_is_normal():
    values = drawn("truncated_normal", shape=N, limit=np.inf).numpy()
    assert scipy.stats.kstest(values, "norm").pvalue > LEAST_P


def test_bernoulli():
    p = np.array([0.0, 0.2, 1.0])
    values = drawn("bernoulli", p=p, shape=(10 * N, 3)).numpy()
    assert set(np.unique(values)) == {0.0, 1.0}
    ones = values.sum(axis=0)
    assert ones[0] == 0 and ones[2] == 10 * N
    assert scipy.stats.binomtest(int(ones[1]), 10 * N, 0.2).pvalue > LEAST_P


def test_bernoulli_does_not_round_its_probabilities():
    u = np.random.default_rng(0).random(1000)
    assert drawn("bernoulli", p=u * (1 + 1e-12), dtype=np.float16).numpy().all()
    assert not drawn("bernoulli", p=u, dtype=np.float16).numpy().any()


def test_binomial():
    values = drawn("binomial", n=4, p=0.3, shape=N, dtype=np.int64)
    assert values.dtype == np.int64
    probabilities = [math.comb(4, k) * 0.3**k * 0.7 ** (4 - k) for k in range(5)]
    assert fits(np.bincount(values.numpy(), minlength=5), probabilities)


def test_randint():
    values = drawn("randint", low=-2, high=3, shape=N).numpy()
    assert (values.min(), values.max(), values.dtype) == (-2, 2, np.int64)
    assert fits(np.bincount(values + 2), np.ones(5))


@pytest.mark.parametrize("rows, count", [(2, N), (N, 2)])  # the two ways of looking classes up
def test_categorical(rows, count):
    logits = np.array([3.0, -math.inf, 4.0, 3.5, -math.inf])
    found = drawn("categorical", logits=np.tile(logits, (rows, 1)), num_samples=count)
    assert found.shape == (rows, count) and found.dtype == np.int64
    counts = np.bincount(found.numpy().ravel(), minlength=5)
    assert counts[1] == counts[4] == 0
    assert fits(counts[[0, 2, 3]], np.exp(logits[[0, 2, 3]]))


class Zeros(np.random.Generator):
    """A generator whose uniform numbers are the least that can be drawn."""

    def random(self, size=None, dtype=np.float64, out=None):
        return np.zeros(size, dtype)


@pytest.mark.parametrize("count", [1, 7])
def test_categorical_never_draws_an_excluded_first_class(count):
    logits = np.tile([-math.inf, 0.0], (4, 1))
    found = random.categorical(Zeros(np.random.PCG64()), logits, count)
    assert (found.numpy() == 1).all()


@pytest.mark.parametrize("count", [1, 7])
def test_categorical_rows_keep_their_own_logits(count):
    logits = np.full((4, 5), -math.inf)
    logits[range(4), [3, 0, 4, 1]] = [700.0, -800.0, 0.0, 1e4]  # far beyond exp's range
    found = drawn("categorical", logits=logits.reshape(2, 2, 5), num_samples=count)
    assert found.shape == (2, 2, count)
    expected = np.repeat([[3], [0], [4], [1]], count, axis=1).reshape(2, 2, count)
    np.testing.assert_array_equal(found.numpy(), expected)


def test_permutations_are_equally_likely():
    rng = np.random.default_rng(3)
    seen: dict[tuple, int] = {}
    for _ in range(3000):
        order = tuple(random.permutation(rng, 3).tolist())
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 6 and fits(list(seen.values()), np.ones(6))


def test_shuffle_moves_whole_slices_along_the_axis():
    x = np.arange(12.0).reshape(3, 4)
    for function in (random.shuffle, random.permutation):
        found = function(np.random.default_rng(2), x, axis=1).numpy()
        assert sorted(map(tuple, found.T)) == sorted(map(tuple, x.T))
        assert not np.array_equal(found, x)
    np.testing.assert_array_equal(x, np.arange(12.0).reshape(3, 4))


def test_choice():
    p = [0.1, 0.0, 0.6, 0.3]
    values = drawn("choice", x=4, shape=N, p=p).numpy()
    counts = np.bincount(values, minlength=4)
    assert counts[1] == 0 and fits(counts[[0, 2, 3]], [0.1, 0.6, 0.3])
    x = np.arange(12.0).reshape(3, 4)
    found = drawn("choice", x=x, shape=(4,), replace=False, axis=1).numpy()
    assert sorted(map(tuple, found.T)) == sorted(map(tuple, x.T))
    assert drawn("choice", x=x, shape=(5, 2), axis=1).shape == (3, 5, 2)


# Shapes, dtypes, reproducibility.


@pytest.mark.parametrize("name", EVERY_CALL)
def test_a_draw_is_an_untracked_tensor_and_depends_on_the_seed_alone(name):
    first, again = (drawn(name, seed=7, **EVERY_CALL[name]) for _ in range(2))
    assert type(first) is Tensor and type(first.data) is np.ndarray and not first.requires_grad
    np.testing.assert_array_equal(first.numpy(), again.numpy())


@pytest.mark.parametrize("name", ["normal", "uniform", "exponential", "beta", "bernoulli"])
def test_a_generator_goes_on(name):
    rng = np.random.default_rng(0)
    params = {**EVERY_CALL[name], "shape": 50}
    first, second = (getattr(random, name)(rng, **params) for _ in range(2))
    assert not np.array_equal(first.numpy(), second.numpy())


@pytest.mark.parametrize("name", STANDARD)
def test_dtypes(name):
    assert drawn(name).dtype == np.float64
    assert drawn(name, shape=(2,), dtype="float32").dtype == np.float32
    assert drawn(name, shape=(2,), dtype=np.float16).dtype == np.float16
    key = next(iter(CONTINUOUS[name][0]))
    narrow = np.array([0.5, 0.75], np.float32)
    assert drawn(name, **{key: narrow}).dtype == np.float32
    assert drawn(name, **{key: tensor(narrow, requires_grad=True)}).dtype == np.float32
    assert drawn(name, dtype="float32", **{key: narrow.astype(float)}).dtype == np.float32
    assert drawn(name, **{key: 0}).dtype == np.float64
    with pytest.raises(TypeError, match=f"{name}: dtype int64"):
        drawn(name, dtype=np.int64)


def test_dtypes_of_discrete_draws():
    assert drawn("bernoulli", shape=3).dtype == np.float64
    assert drawn("bernoulli", shape=3, dtype=bool).dtype == bool
    assert drawn("bernoulli", p=np.float32([0.5])).dtype == np.float32
    assert drawn("randint", low=0, high=9, dtype="int8").dtype == np.int8
    assert drawn("categorical", logits=[0.0, 1.0], dtype="int32").dtype == np.int32
    with pytest.raises(TypeError, match="randint: dtype must be an integer one, got float32"):
        drawn("randint", low=0, high=9, dtype="float32")


@pytest.mark.parametrize("name", STANDARD)
def test_shapes(name):
    assert drawn(name).shape == ()
    assert drawn(name, shape=3).shape == (3,)
    assert drawn(name, shape=[2, 0]).shape == (2, 0)
    first, *rest = CONTINUOUS[name][0]
    assert drawn(name, **{first: np.full((2, 1), 0.5)}).shape == (2, 1)
    for second in rest:
        shapes = {first: np.full((2, 1), 0.5), second: np.full(3, 0.75)}
        assert drawn(name, **shapes).shape == (2, 3)
        with pytest.raises(ValueError, match="do not broadcast"):
            drawn(name, **{first: np.full(2, 0.5), second: np.full(3, 0.75)})
    for shape in ((2,), (3, 1)):
        with pytest.raises(ValueError, match=rf"{name}: {first} has shape \(3,\), which does not"):
            drawn(name, shape=shape, **{first: np.full(3, 0.5)})
    with pytest.raises(ValueError, match="must not be negative"):
        drawn(name, shape=(2, -1))
    with pytest.raises(TypeError, match="whole number"):
        drawn(name, shape=2.5)


def test_parameters_are_not_written_into():
    loc, scale = np.ones((2, 3)), np.full(3, 2.0)
    drawn("normal", loc=loc, scale=scale)
    assert (loc == 1).all() and (scale == 2).all()


# Derivatives.


@pytest.mark.parametrize("name", STANDARD)
def test_reparameterised_gradients(name):
    names = list(CONTINUOUS[name][0])
    values = [np.array([[0.4], [1.1]]), np.array([1.5, 2.0, 2.5])][: len(names)]

    def f(*params):
        return drawn(name, seed=5, shape=(2, 3), **dict(zip(names, params, strict=True)))

    check_grads(f, tuple(values), order=2, fast=False)


@pytest.mark.parametrize("name", STANDARD)
def test_tracking_does_not_change_the_draw(name):
    params, _ = CONTINUOUS[name]
    plain = drawn(name, shape=(4,), **params)
    for key in params:
        tracked = drawn(
            name, shape=(4,), **{**params, key: tensor(params[key], requires_grad=True)}
        )
        assert tracked.requires_grad
        np.testing.assert_allclose(tracked.numpy(), plain.numpy(), rtol=1e-14)


def test_gradient_of_a_normal_draw_is_its_standard_normal():
    loc, scale = tensor(1.0, requires_grad=True), tensor(3.0, requires_grad=True)
    x = drawn("normal", loc=loc, scale=scale, shape=(5,))
    z = np.random.default_rng(0).standard_normal(5)
    g_loc, g_scale = gradients([x], [loc, scale], [np.ones(5)])
    assert g_loc.item() == 5.0
    assert g_scale.item() == pytest.approx(z.sum(), rel=1e-14)


def test_gamma_is_differentiable_in_its_scale():
    check_grads(
        lambda s: drawn("gamma", alpha=2.0, scale=s, shape=(2, 3)), (np.array([1.0, 2, 3]),)
    )


@pytest.mark.parametrize("name", ["permutation", "shuffle", "choice"])
def test_selected_entries_are_differentiable(name):
    options = {"shape": (5, 2)} if name == "choice" else {}
    x = np.random.default_rng(2).normal(size=(2, 3))
    check_grads(lambda x: drawn(name, x=x, axis=1, **options), (x,), order=2, fast=False)


@pytest.mark.parametrize(
    "name, key", [("gamma", "alpha"), ("beta", "alpha"), ("beta", "beta"), ("bernoulli", "p"),
                  ("binomial", "p"), ("binomial", "n"), ("choice", "p")]
)  # fmt: skip
def test_parameters_without_derivative_refuse_tracked_tensors(name, key):
    given = EVERY_CALL[name].get(key, [0.25] * 4)
    tracked = tensor(np.asarray(given, float), requires_grad=True)
    with pytest.raises(TypeError, match=f"{name}: the draw has no derivative .* '{key}'.*detach"):
        drawn(name, **{**EVERY_CALL[name], key: tracked})
    drawn(name, **{**EVERY_CALL[name], key: tracked.detach()})


def test_categorical_takes_tracked_logits():
    found = drawn("categorical", logits=tensor([0.0, 1.0], requires_grad=True), num_samples=2)
    assert not found.requires_grad


# Refusals.


@pytest.mark.parametrize("rng", [0, None, np.random, "seed"])
@pytest.mark.parametrize("name", EVERY_CALL)
def test_a_generator_is_required(name, rng):
    with pytest.raises(
        TypeError, match=rf"{name}: rng must .*pass numpy.random.default_rng\(seed\)"
    ):
        getattr(random, name)(rng, **EVERY_CALL[name])


@pytest.mark.parametrize("scale", [-1.0, math.nan, np.array([1.0, -0.1])])
@pytest.mark.parametrize("name", [*STANDARD, "gamma"])
def test_negative_scales_are_refused(name, scale):
    if name == "uniform":
        return
    key = "sigma" if name == "lognormal" else "scale"
    required = {"alpha": 1.0} if name == "gamma" else {}
    with pytest.raises(ValueError, match=f"{name}: {key} must be >= 0"):
        drawn(name, **required, **{key: scale})
    assert np.isfinite(drawn(name, **required, **{key: 0.0}).item())


@pytest.mark.parametrize(
    "name, params, text",
    [
        ("uniform", {"low": 1.0, "high": 0.5}, "uniform: low must not exceed high"),
        ("uniform", {"low": 0.0, "high": math.inf}, "both finite"),
        ("uniform", {"low": math.nan}, "low=nan"),
        ("truncated_normal", {"limit": 0.0}, "limit must be positive"),
        ("truncated_normal", {"limit": math.nan}, "limit must be positive"),
        ("gamma", {"alpha": 0.0}, "alpha must be positive"),
        ("beta", {"alpha": 1.0, "beta": -1.0}, "beta must be positive"),
        ("bernoulli", {"p": 1.5}, "bernoulli: p must be from 0 to 1"),
        ("bernoulli", {"p": math.nan}, "p must be from 0 to 1"),
        ("binomial", {"n": 2, "p": -0.1}, "binomial: p must be from 0 to 1"),
        ("binomial", {"n": 2.5, "p": 0.1}, "n must hold whole numbers"),
        ("binomial", {"n": -1, "p": 0.1}, "n must hold whole numbers"),
        ("randint", {"low": 3, "high": 3}, "randint: low must be below high"),
        ("categorical", {"logits": [math.nan, 0.0]}, "logits must not be NaN"),
        ("categorical", {"logits": [math.inf, 0.0]}, "logits must not be NaN or inf"),
        ("categorical", {"logits": [-math.inf, -math.inf]}, "all of a row -inf"),
        ("categorical", {"logits": 1.0}, "last axis of classes"),
        ("categorical", {"logits": [0.0], "num_samples": -1}, "num_samples must not be negative"),
        ("choice", {"x": 3, "shape": 4, "replace": False}, r"choice: .*x has 3 slices"),
        ("choice", {"x": 3, "p": [0.5, 0.5]}, "choice: "),
        ("shuffle", {"x": np.ones(3), "axis": 1}, r"shuffle: x has shape \(3,\), .* no axis 1"),
    ],
)
def test_bad_values_are_named(name, params, text):
    with pytest.raises(ValueError, match=text):
        drawn(name, **params)


def test_bad_types_are_named():
    with pytest.raises(TypeError, match="normal: loc must hold numbers"):
        drawn("normal", loc="high")
    with pytest.raises(TypeError, match="normal: scale must hold numbers"):
        drawn("normal", scale=[True])
    with pytest.raises(TypeError, match="num_samples must be a whole number"):
        drawn("categorical", logits=[0.0], num_samples=1.5)
