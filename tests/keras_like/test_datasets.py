"""The shipped data sets: content, splits, errors.

The numbers were computed from ``sklearn.datasets``, independently of the shipped files.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_like import datasets
from keras_like.datasets import digits, iris

ROOT = Path(__file__).resolve().parents[2]
MODULES = {"digits": digits, "iris": iris}
CLASS_SIZES = {
    "digits": [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
    "iris": [50, 50, 50],
}


def everything(module, **options):
    """All examples in the order training, test."""
    (x_train, y_train), (x_test, y_test) = module.load_data(**options)
    return np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])


def rows(x, y):
    """Each example and its label as bytes, sorted: what is there, whatever the order."""
    units = np.rint(x * 10).astype(np.uint8) if x.dtype == np.float32 else x
    return sorted(
        bytes(unit.ravel()) + bytes([label]) for unit, label in zip(units, y, strict=True)
    )


@pytest.fixture(params=MODULES)
def name(request):
    return request.param


# content


def test_digits_content():
    x, y = everything(digits)
    assert x.shape == (1797, 8, 8) and x.dtype == np.uint8
    assert y.shape == (1797,) and y.dtype == np.uint8
    assert x.min() == 0 and x.max() == 16
    wide = x.astype(np.int64)
    assert wide.sum() == 561_718
    assert (wide**2).sum() == 6_907_012
    assert [wide[y == digit].sum() for digit in range(10)] == [
        56415, 57007, 55566, 56151, 56239, 55915, 56336, 54289, 57408, 56392,
    ]  # fmt: skip
    # Sums by pixel row and column: an image must not be transposed or flipped.
    assert wide.sum((0, 2)).tolist() == [65530, 80453, 65129, 72207, 73737, 63065, 71636, 69961]
    assert wide.sum((0, 1)).tolist() == [47, 22060, 111764, 139371, 140798, 111088, 34994, 1596]


def test_iris_content():
    x, y = everything(iris)
    assert x.shape == (150, 4) and x.dtype == np.float32
    assert y.shape == (150,) and y.dtype == np.uint8
    # Sums by species and column, in cm.
    sums = [x[y == species].astype(np.float64).sum(axis=0) for species in range(3)]
    expected = [
        [250.3, 171.4, 73.1, 12.3],
        [296.8, 138.5, 213.0, 66.3],
        [329.4, 148.7, 277.6, 101.3],
    ]
    np.testing.assert_allclose(sums, expected, rtol=1e-6)
    np.testing.assert_allclose(x.min(axis=0), [4.3, 2.0, 1.0, 0.1], rtol=1e-6)
    np.testing.assert_allclose(x.max(axis=0), [7.9, 4.4, 6.9, 2.5], rtol=1e-6)
    assert len(iris.feature_names) == 4
    assert iris.class_names == ("setosa", "versicolor", "virginica")


def test_iris_is_fishers_table_and_not_the_repositorys():
    x, y = everything(iris)
    setosa = rows(x[y == 0], y[y == 0])
    assert setosa.count(bytes([49, 31, 15, 2, 0])) == 1  # the 35th flower
    assert setosa.count(bytes([49, 36, 14, 1, 0])) == 1  # the 38th
    # The 10th. The repository has these four numbers for the 35th and the 38th too.
    assert setosa.count(bytes([49, 31, 15, 1, 0])) == 1


@pytest.mark.parametrize(
    ("module", "checksum"),
    [
        (digits, "f67d6a29d0e1f70e7f0cd9dcf25816b694881f4b8f27f5cc1db59551f0499fb8"),
        (iris, "1dfc699a1c79f7b3f73e1fbce91a32a829ea7227c3f058e74d7485ce72ebbf68"),
    ],
    ids=MODULES,
)
def test_every_value_by_checksum(module, checksum):
    assert hashlib.sha256(b"".join(rows(*everything(module)))).hexdigest() == checksum


# splits


def test_class_sizes(name):
    _, labels = everything(MODULES[name])
    assert np.bincount(labels).tolist() == CLASS_SIZES[name]


@pytest.mark.parametrize("test_split", [0.1, 0.2, 0.5, 0.9, np.float32(0.25)])
def test_split_takes_its_share_of_every_class(name, test_split):
    (_, y_train), (_, y_test) = MODULES[name].load_data(test_split=test_split)
    sizes = np.array(CLASS_SIZES[name])
    held_out = np.bincount(y_test)
    assert np.abs(held_out - sizes * float(test_split)).max() <= 0.5
    np.testing.assert_array_equal(np.bincount(y_train) + held_out, sizes)


@pytest.mark.parametrize(("test_split", "seed"), [(0.2, 113), (0.2, 0), (0.37, 5), (0, 1)])
def test_parts_are_disjoint_and_complete(name, test_split, seed):
    module = MODULES[name]
    (x_train, y_train), (x_test, y_test) = module.load_data(test_split, seed)
    together = sorted(rows(x_train, y_train) + rows(x_test, y_test))
    assert together == rows(*everything(module))
    if module is digits:  # all images differ; two of the flowers are equal
        assert not set(rows(x_train, y_train)) & set(rows(x_test, y_test))


def test_default_sizes():
    sizes = {name: [len(y) for _, y in module.load_data()] for name, module in MODULES.items()}
    assert sizes == {"digits": [1438, 359], "iris": [120, 30]}


def test_zero_split_leaves_an_empty_test_part(name):
    (x_train, _), (x_test, y_test) = MODULES[name].load_data(test_split=0)
    assert len(x_train) == sum(CLASS_SIZES[name])
    assert x_test.shape == (0, *x_train.shape[1:]) and x_test.dtype == x_train.dtype
    assert y_test.shape == (0,)


def test_same_seed_same_split(name):
    load_data = MODULES[name].load_data
    for first, second in zip(load_data(seed=7), load_data(seed=np.int64(7)), strict=True):
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1], second[1])
    (x_seven, _), _ = load_data(seed=7)
    (x_eight, _), _ = load_data(seed=8)
    assert not np.array_equal(x_seven, x_eight)


def test_default_split_never_changes():
    # Pinned: a published accuracy on the default split must stay comparable.
    (_, digits_train), (_, digits_test) = digits.load_data()
    assert digits_train[:12].tolist() == [2, 0, 7, 6, 8, 2, 0, 0, 9, 3, 4, 2]
    assert digits_test[:12].tolist() == [2, 3, 4, 6, 1, 2, 2, 8, 1, 0, 7, 3]
    (_, iris_train), (_, iris_test) = iris.load_data()
    assert iris_train[:12].tolist() == [2, 0, 1, 2, 0, 2, 2, 0, 1, 2, 0, 2]
    assert iris_test[:12].tolist() == [0, 1, 0, 2, 0, 2, 0, 2, 0, 0, 1, 2]


def test_every_stretch_of_both_parts_is_mixed(name):
    """Over 200 seeds, each class has its share of the first 15 labels of both parts."""
    load_data = MODULES[name].load_data
    classes = len(CLASS_SIZES[name])
    shares = np.array(CLASS_SIZES[name]) / sum(CLASS_SIZES[name])
    for part in (0, 1):
        counts = np.zeros((200, classes))
        for seed in range(200):
            counts[seed] = np.bincount(load_data(seed=seed)[part][1][:15], minlength=classes)
        # 3,000 labels: five standard deviations of a share are about 0.03 to 0.04.
        np.testing.assert_allclose(counts.mean(axis=0) / 15, shares, atol=0.045)
        # Also within one split: clumps would raise the variance of a count above the binomial's.
        assert (counts.var(axis=0) < 1.5 * 15 * shares * (1 - shares)).all()


def test_arrays_are_the_callers_own(name):
    load_data = MODULES[name].load_data
    (x_train, y_train), _ = load_data()
    original = x_train.copy()
    x_train[:], y_train[:] = 0, 0
    np.testing.assert_array_equal(load_data()[0][0], original)


# errors


@pytest.mark.parametrize("test_split", [-0.1, 1, 1.0, 20, float("nan"), float("inf"), -np.inf])
def test_split_out_of_range(name, test_split):
    with pytest.raises(ValueError, match=r"test_split: got .*, expected 0 <= test_split < 1"):
        MODULES[name].load_data(test_split=test_split)


@pytest.mark.parametrize("test_split", ["0.2", None, True, [0.2], 0.2j])
def test_split_of_wrong_type(name, test_split):
    with pytest.raises(TypeError, match=r"test_split: got .* of type \w+, expected a number"):
        MODULES[name].load_data(test_split=test_split)


@pytest.mark.parametrize(("test_split", "part"), [(0.0001, "test"), (0.9999, "training")])
def test_split_that_empties_a_class(name, test_split, part):
    message = rf"test_split: {test_split} of the \d+ examples of class 0 leaves none for the {part}"
    with pytest.raises(ValueError, match=message):
        MODULES[name].load_data(test_split=test_split)


@pytest.mark.parametrize("seed", [None, 1.5, "1", True, np.bool_(False)])
def test_seed_of_wrong_type(name, seed):
    with pytest.raises(TypeError, match=r"seed: got .* expected a whole number >= 0"):
        MODULES[name].load_data(seed=seed)


def test_negative_seed(name):
    with pytest.raises(ValueError, match="seed: got -1, expected a whole number >= 0"):
        MODULES[name].load_data(seed=-1)


# the package


def test_unknown_data_set_is_named():
    with pytest.raises(AttributeError, match="no data set 'mnits'; there are digits, iris"):
        _ = datasets.mnits
    assert {"digits", "iris"} <= set(dir(datasets))


def test_modules_load_on_first_use():
    program = (
        "import sys; from keras_like import datasets; "
        "before = 'keras_like.datasets.iris' in sys.modules; "
        "print(before, datasets.iris.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "keras_like.datasets.iris"], done.stderr
