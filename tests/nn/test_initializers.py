import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autograd_core import Tensor
from nn import initializers
from nn.initializers.random import TRUNCATED_STDDEV
from nn.random import SeedGenerator, seed_scope
from nn.settings import settings

RANDOM = {
    "GlorotNormal": {},
    "GlorotUniform": {},
    "HeNormal": {},
    "HeUniform": {},
    "LecunNormal": {},
    "LecunUniform": {},
    "Orthogonal": {"gain": 1.5},
    "RandomNormal": {"mean": 0.5, "stddev": 2.0},
    "RandomUniform": {"minval": -1.0, "maxval": 3.0},
    "TruncatedNormal": {"mean": 0.5, "stddev": 2.0},
    "VarianceScaling": {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"},
}
FIXED = {"Constant": {"value": 2.5}, "Identity": {"gain": 2.0}, "Ones": {}, "Zeros": {}}
ALL = RANDOM | FIXED


def make(name, **kwargs):
    return getattr(initializers, name)(**(ALL[name] | kwargs))


def follows(values, distribution):
    """The Kolmogorov-Smirnov test: a wrong distribution of this size has p < 1e-6."""
    return stats.kstest(np.ravel(values), distribution.cdf).pvalue > 1e-3


# Fixed values.


def test_fixed_values():
    np.testing.assert_array_equal(initializers.Zeros()((2, 3)), [[0, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(initializers.Ones()((2,)), [1, 1])
    np.testing.assert_array_equal(initializers.Constant(-2.5)((2,)), [-2.5, -2.5])
    np.testing.assert_array_equal(initializers.Constant([1, 2])((2, 2)), [[1, 2], [1, 2]])
    np.testing.assert_array_equal(initializers.Identity(3)((2, 3)), [[3, 0, 0], [0, 3, 0]])


@pytest.mark.parametrize("dtype", ["int32", "bool", "float64"])
def test_zeros_and_ones_of_any_dtype(dtype):
    for made in (initializers.Zeros(), initializers.Ones(), initializers.Constant(1)):
        assert made((2, 2), dtype=dtype).dtype == dtype


# Random values.


@pytest.mark.parametrize("name", ALL)
def test_shape_dtype_and_fresh_arrays(name):
    made = make(name)
    for shape in ((3, 4), [3, 4], (0, 4)):
        values = made(shape)
        assert type(values) is np.ndarray and values.shape == tuple(shape)
        assert values.dtype == np.float32 and values.flags.writeable and values.flags.owndata
    assert made((3, 4), dtype="float64").dtype == np.float64
    with settings(floatx="float64"):
        assert made((3, 4)).dtype == np.float64
    assert not np.shares_memory(made((3, 4)), made((3, 4)))


@pytest.mark.parametrize("name", RANDOM)
def test_seed_means_the_same_numbers_in_every_dtype(name):
    wide, narrow = (make(name, seed=3)((30, 40), dtype) for dtype in ("float64", "float32"))
    np.testing.assert_array_equal(wide.astype(np.float32), narrow)


DISTRIBUTIONS = {
    "RandomNormal": stats.norm(0.5, 2.0),
    "RandomUniform": stats.uniform(-1.0, 4.0),
    "TruncatedNormal": stats.truncnorm(-2, 2, loc=0.5, scale=2.0),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distribution(name):
    values = make(name, seed=1)((100, 200), dtype="float64")
    assert follows(values, DISTRIBUTIONS[name])
    # Rows do not repeat one another.
    assert len(np.unique(values)) == values.size


@pytest.mark.parametrize(
    ("name", "variance", "uniform"),
    [
        ("GlorotNormal", 2 / (3 * 3 * (20 + 60)), False),
        ("GlorotUniform", 2 / (3 * 3 * (20 + 60)), True),
        ("HeNormal", 2 / (3 * 3 * 20), False),
        ("HeUniform", 2 / (3 * 3 * 20), True),
        ("LecunNormal", 1 / (3 * 3 * 20), False),
        ("LecunUniform", 1 / (3 * 3 * 20), True),
    ],
)
def test_variance_of_a_convolution_kernel(name, variance, uniform):
    values = make(name, seed=2)((3, 3, 20, 60), dtype="float64")
    stddev = math.sqrt(variance)
    if uniform:
        expected = stats.uniform(-math.sqrt(3) * stddev, 2 * math.sqrt(3) * stddev)
    else:
        # Scaled so that the standard deviation after cutting off is the one wanted.
        scale = stddev / stats.truncnorm(-2, 2).std()
        expected = stats.truncnorm(-2, 2, scale=scale)
        assert np.abs(values).max() <= 2 * scale
    assert follows(values, expected)
    assert values.std() == pytest.approx(stddev, rel=0.03)
    assert abs(values.mean()) < 5 * stddev / math.sqrt(values.size)


@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 50), ("fan_out", 150), ("fan_avg", 100)])
def test_variance_scaling(distribution, mode, fan):
    made = initializers.VarianceScaling(3.0, mode, distribution, seed=5)
    stddev = math.sqrt(3.0 / fan)
    expected = {
        "truncated_normal": stats.truncnorm(-2, 2, scale=stddev / stats.truncnorm(-2, 2).std()),
        "untruncated_normal": stats.norm(scale=stddev),
        "uniform": stats.uniform(-math.sqrt(3) * stddev, 2 * math.sqrt(3) * stddev),
    }
    values = made((50, 150), dtype="float64")
    assert values.var() == pytest.approx(3.0 / fan, rel=0.05)
    for name, one in expected.items():
        assert follows(values, one) == (name == distribution)


def test_normal_means_truncated_normal():
    made = initializers.VarianceScaling(distribution="normal")
    assert made.distribution == "truncated_normal"


def test_truncation_constant():
    assert pytest.approx(stats.truncnorm(-2, 2).std(), rel=1e-12) == TRUNCATED_STDDEV


@pytest.mark.parametrize(
    ("shape", "axes", "fans"),
    [
        ((), (), (1, 1)),
        ((7,), (), (7, 7)),
        ((4, 6), (), (4, 6)),
        ((3, 4, 6), (), (12, 18)),
        ((3, 5, 4, 6), (), (60, 90)),
        ((40, 3, 50), ([0], [1, 2]), (40, 150)),
        ((40, 3, 50), ([0, 1], [2]), (120, 50)),
        ((40, 3, 50), ([-3], [-1]), (40, 50)),
    ],
)
def test_fans(shape, axes, fans):
    assert initializers.compute_fans(shape, *axes) == fans


def test_axes_decide_the_variance():
    made = initializers.GlorotUniform(seed=1, input_axes=[0], output_axes=(1, 2))
    values = made((40, 3, 50), dtype="float64")
    assert np.abs(values).max() == pytest.approx(math.sqrt(6 / (40 + 150)), rel=0.01)


@given(
    shape=st.lists(st.integers(1, 5), min_size=2, max_size=4).map(tuple),
    seed=st.integers(0, 2**32 - 1),
    gain=st.floats(0.1, 3.0),
)
def test_orthogonal_is_orthogonal(shape, seed, gain):
    values = initializers.Orthogonal(gain=gain, seed=seed)(shape, dtype="float64")
    matrix = values.reshape(-1, shape[-1]) / gain
    gram = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)


def test_orthogonal_is_uniform_on_the_group():
    """Rotations by every angle and reflections alike: the angle of the first column is uniform."""
    matrices = np.array([initializers.Orthogonal(seed=i)((2, 2), "float64") for i in range(2000)])
    angles = np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0])
    assert follows(angles, stats.uniform(-math.pi, 2 * math.pi))
    assert 0.45 < (np.linalg.det(matrices) > 0).mean() < 0.55


# Seeds.


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name):
    first = make(name, seed=11)
    np.testing.assert_array_equal(first((4, 5)), first((4, 5)))
    np.testing.assert_array_equal(first((4, 5)), make(name, seed=11)((4, 5)))
    assert not np.array_equal(first((4, 5)), make(name, seed=12)((4, 5)))
    np.testing.assert_array_equal(first((4, 5)), make(name, seed=np.int64(11))((4, 5)))


@pytest.mark.parametrize("name", RANDOM)
def test_without_seed(name):
    """Each instance has numbers of its own, which a seed scope makes reproducible."""
    assert not np.array_equal(make(name)((4, 5)), make(name)((4, 5)))
    made = []
    for _ in range(2):
        with seed_scope(3):
            made.append([make(name)((4, 5)), make(name)((4, 5))])
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0][0], made[0][1])
    one = make(name)
    np.testing.assert_array_equal(one((4, 5)), one((4, 5)))
    assert not np.array_equal(one((4, 5)), one.clone()((4, 5)))


def test_global_state_is_left_alone_by_drawing():
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    for name in RANDOM:
        make(name)((4, 5))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


@pytest.mark.parametrize("name", RANDOM)
def test_seed_generator_gives_new_values_at_every_call(name):
    made = make(name, seed=SeedGenerator(4))
    first, second = made((4, 5)), made((4, 5))
    assert not np.array_equal(first, second)
    again = make(name, seed=SeedGenerator(4))
    np.testing.assert_array_equal([again((4, 5)), again((4, 5))], [first, second])
    from_config = initializers.deserialize(json.loads(json.dumps(initializers.serialize(made))))
    np.testing.assert_array_equal(from_config((4, 5)), first)


# Names and configs.


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    made = make(name, **({"seed": 9} if name in RANDOM else {}))
    stored = json.loads(json.dumps(initializers.serialize(made)))
    assert stored["class_name"] == name
    assert (ALL[name].keys() | ({"seed"} if name in RANDOM else set())) <= stored["config"].keys()
    again = initializers.deserialize(stored)
    assert type(again) is type(made) and again.get_config() == made.get_config()
    np.testing.assert_array_equal(again((3, 4)), made((3, 4)))
    assert repr(again).startswith(f"{name}(")


def test_config_of_axes_and_of_arrays():
    made = initializers.HeNormal(seed=1, input_axes=(0,), output_axes=(1, 2))
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(made))))
    np.testing.assert_array_equal(again((2, 3, 4)), made((2, 3, 4)))
    constant = initializers.Constant(np.array([[1.5], [2.0]]))
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(constant))))
    np.testing.assert_array_equal(again((2, 2)), [[1.5, 1.5], [2, 2]])


@pytest.mark.parametrize(
    ("alias", "cls"),
    [
        ("glorot_uniform", "GlorotUniform"),
        ("GlorotUniform", "GlorotUniform"),
        ("he_normal", "HeNormal"),
        ("lecun_uniform", "LecunUniform"),
        ("uniform", "RandomUniform"),
        ("random_uniform", "RandomUniform"),
        ("normal", "RandomNormal"),
        ("truncated_normal", "TruncatedNormal"),
        ("variance_scaling", "VarianceScaling"),
        ("zeros", "Zeros"),
        ("zero", "Zeros"),
        ("ones", "Ones"),
        ("one", "Ones"),
        ("constant", "Constant"),
        ("identity", "Identity"),
        ("IdentityInitializer", "Identity"),
        ("orthogonal", "Orthogonal"),
        ("OrthogonalInitializer", "Orthogonal"),
    ],
)
def test_names(alias, cls):
    assert type(initializers.get(alias)).__name__ == cls


def test_get_takes_what_keras_takes():
    assert initializers.get(None) is None
    made = initializers.HeNormal()
    assert initializers.get(made) is made
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)

    def own(shape, dtype=None):
        return np.full(shape, 3.0, dtype)

    assert initializers.get(own) is own
    np.testing.assert_array_equal(initializers.get(np.array([1.0, 2.0]))((2,)), [1, 2])
    np.testing.assert_array_equal(initializers.get(Tensor(np.array([1.0, 2.0])))((2,)), [1, 2])


# Bad input.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: initializers.get("glorot_unifrom"),
            r"initializer: unknown name 'glorot_unifrom'; "
            r"did you mean 'glorot_uniform'\?",
        ),
        (lambda: initializers.get(3), "initializer: cannot use 3"),
        (lambda: initializers.VarianceScaling(scale=0), "scale must be positive, got 0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "mode is 'fan', expected one of"),
        (lambda: initializers.VarianceScaling(distribution="cauchy"), "distribution is 'cauchy'"),
        (
            lambda: initializers.HeNormal(input_axes=[0]),
            "HeNormal: give input_axes and output_axes",
        ),
        (lambda: initializers.RandomNormal(stddev=-1), "stddev must be >= 0, got -1"),
        (lambda: initializers.TruncatedNormal(stddev=math.nan), "TruncatedNormal: stddev must be"),
        (lambda: initializers.RandomUniform(1, 0), "minval is 1, above maxval, which is 0"),
        (lambda: initializers.HeNormal(seed="a"), "seed: expected an integer"),
        (lambda: initializers.HeNormal(seed=-1), "seed: expected an integer"),
        (lambda: initializers.HeNormal(seed=1.5), "seed: expected an integer"),
        (lambda: initializers.HeNormal()((2, 2), dtype="int32"), "makes floats only, got .* int32"),
        (lambda: initializers.HeNormal()((2, None)), r"HeNormal: every size .*\(2, None\)"),
        (lambda: initializers.Zeros()((-1,)), "Zeros: every size in the shape"),
        (lambda: initializers.Identity()((2, 2, 2)), "makes matrices only, got the shape"),
        (lambda: initializers.Orthogonal()((3,)), "needs at least two axes, got the shape"),
        (lambda: initializers.Constant([1, 2])((3,)), r"shape \(2,\) does not fill .* \(3,\)"),
        (lambda: initializers.Constant("a"), "value must be a number"),
        (lambda: initializers.compute_fans((2, 3), [5], [1]), "axis 5 is not one of"),
        (lambda: initializers.Zeros()((2,), dtype="floot"), "dtype: 'floot' is not a dtype"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_base_class_asks_for_a_definition():
    with pytest.raises(NotImplementedError, match="Initializer does not define __call__"):
        initializers.Initializer()((2,))
    with pytest.raises(NotImplementedError, match="does not define draw"):
        initializers.RandomInitializer()((2,))
