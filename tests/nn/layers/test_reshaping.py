import numpy as np
import pytest

from autograd_core import Tensor
from nn.layers import Flatten, Reshape
from nn.settings import settings
from tests.nn.layers.common import check_layer


@pytest.mark.parametrize("data_format", [None, "channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("shape", "expected"), [((3, 4), (3, 4)), ((2, 3, 4), (2, 12)), ((2, 3, 2, 2), (2, 12))]
)
def test_flatten(shape, expected, data_format):
    check_layer(Flatten, {"data_format": data_format}, shape, output_shape=expected)


def test_flatten_order(rng):
    x = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    np.testing.assert_array_equal(Flatten()(x).data[1], list(x[1].flat))
    first = Flatten(data_format="channels_first")(x).data
    naive = [x[1, c, h, w] for h in range(4) for w in range(5) for c in range(3)]
    np.testing.assert_array_equal(first[1], naive)


def test_flatten_edges():
    assert Flatten()(np.zeros(4)).shape == (4, 1)
    assert Flatten()(np.zeros((0, 2, 3))).shape == (0, 6)
    assert Flatten()(np.zeros((2, 0, 3))).shape == (2, 0)
    assert Flatten().compute_output_shape((None, 3, None)) == (None, None)
    assert Flatten().compute_output_shape((None,)) == (None, 1)
    assert Flatten()(Tensor(np.zeros((2, 3), np.int64))).dtype == np.int64
    with settings(image_data_format="channels_first"):
        assert Flatten().get_config()["data_format"] == "channels_first"
    with pytest.raises(ValueError, match="data_format: 'last' is unknown"):
        Flatten("last")
    with pytest.raises(ValueError, match="Flatten 'f': expected an input with at least 1 axes"):
        Flatten(name="f")(np.float32(3))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ((3, 4), (3, 4)),
        ((-1,), (12,)),
        ((-1, 4), (3, 4)),
        ((2, -1, 2), (2, 3, 2)),
        (12, (12,)),
        ((12, -1), (12, 1)),
        ([6, None], (6, 2)),
    ],
)
def test_reshape(target, expected):
    check_layer(Reshape, {"target_shape": target}, (2, 12), output_shape=(2, *expected))
    check_layer(Reshape, {"target_shape": target}, (2, 4, 3), output_shape=(2, *expected))


def test_reshape_order(rng):
    x = rng.normal(size=(2, 12)).astype(np.float32)
    y = Reshape((3, 4))(x).data
    assert all(y[b, i, j] == x[b, 4 * i + j] for b in range(2) for i in range(3) for j in range(4))


def test_reshape_of_open_sizes():
    assert Reshape((-1, 4)).compute_output_shape((None, None, 4)) == (None, None, 4)
    assert Reshape((2, 3)).compute_output_shape((None, None)) == (None, 2, 3)
    assert Reshape((1,)).compute_output_shape((None,)) == (None, 1)
    assert Reshape(()).compute_output_shape((None, 1)) == (None,)
    assert Reshape((-1,))(np.zeros((0, 12))).shape == (0, 12)
    assert Reshape((0, 3))(np.zeros((2, 0))).shape == (2, 0, 3)


@pytest.mark.parametrize(
    "target", [(-1, -1), (None, -1), (2.5,), (-2, 6), ("a",), (True, 12), "a", 2.5]
)
def test_reshape_refuses_targets(target):
    with pytest.raises(ValueError, match="target_shape must hold integers >= 0 and at most one -1"):
        Reshape(target)


@pytest.mark.parametrize("target", [(5,), (5, -1), (), (0, -1), (13,)])
def test_reshape_refuses_other_numbers_of_values(target):
    layer = Reshape(target, name="r")
    with pytest.raises(ValueError, match=r"Reshape 'r': cannot turn \(12,\), which is 12 values"):
        layer(np.zeros((2, 12)))
    with pytest.raises(ValueError, match=r"cannot turn \(12,\)"):
        layer.compute_output_shape((None, 12))
