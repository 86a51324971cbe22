"""to_categorical, normalize, batches as tuples, clear_session."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_like import utils
from nn.layers import Dense
from nn.settings import settings


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.integers(0, 3))
def test_to_categorical_has_a_one_in_the_place_of_the_class(labels, more):
    found = utils.to_categorical(labels, 10 + more)
    assert found.shape == (len(labels), 10 + more)
    assert found.dtype == np.float32
    for row, label in zip(found.tolist(), labels, strict=True):
        assert row == [float(i == label) for i in range(10 + more)]


def test_to_categorical_counts_the_classes_and_drops_a_last_axis_of_one():
    assert utils.to_categorical([[0], [2]]).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert utils.to_categorical([[1, 0]]).tolist() == [[[0, 1], [1, 0]]]
    assert utils.to_categorical([2.0]).tolist() == [[0, 0, 1]]
    with settings(floatx="float64"):
        assert utils.to_categorical([0]).dtype == np.float64


@pytest.mark.parametrize(
    "x, classes, error, words",
    [
        ([0, 5], 3, ValueError, ["0 to 5", "from 0 to 2", "num_classes=3"]),
        ([-1, 1], None, ValueError, ["-1 to 1"]),
        ([0.5], None, ValueError, ["not whole"]),
        (["cat"], None, TypeError, ["np.unique"]),
        ([], None, ValueError, ["empty", "num_classes"]),
    ],
)
def test_to_categorical_refuses(x, classes, error, words):
    with pytest.raises(error) as caught:
        utils.to_categorical(x, classes)
    assert all(word in str(caught.value) for word in ["to_categorical", *words])


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("order", [1, 2, np.inf])
def test_normalize_gives_vectors_of_length_one(rng, axis, order):
    x = rng.normal(size=(3, 4)).astype("float32")
    found = utils.normalize(x, axis, order)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, order, axis), 1, rtol=1e-6)
    along = np.moveaxis(found / x, axis, 0)  # one factor for each vector
    np.testing.assert_allclose(along, along[:1].repeat(len(along), 0), rtol=1e-5)


def test_normalize_leaves_zeros_alone_and_takes_integers():
    assert utils.normalize(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert utils.normalize([3, 4]).tolist() == pytest.approx([0.6, 0.8])


def test_batches_are_packed_and_unpacked():
    unpack, pack = utils.unpack_x_y_sample_weight, utils.pack_x_y_sample_weight
    assert unpack("x") == ("x", None, None)
    assert unpack(("x",)) == ("x", None, None)
    assert unpack(["x", "y"]) == ("x", "y", None)
    assert unpack(("x", "y", "w")) == ("x", "y", "w")
    assert pack("x") == "x"
    assert pack(("x1", "x2")) == (("x1", "x2"),)
    assert pack("x", "y") == ("x", "y")
    assert pack("x", None, "w") == ("x", None, "w")
    with pytest.raises(ValueError, match="got 4 entries"):
        unpack((1, 2, 3, 4))


def test_clear_session_counts_names_anew():
    utils.clear_session()
    assert [Dense(1).name, Dense(1).name] == ["dense", "dense_1"]
    utils.clear_session()
    assert Dense(1).name == "dense"
