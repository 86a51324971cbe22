"""MaxPooling2D and AveragePooling2D."""

import numpy as np
import pytest

from nn.layers import AveragePooling2D, MaxPooling2D
from tests.nn.layers.common import check_layer

POOLINGS = [MaxPooling2D, AveragePooling2D]


@pytest.mark.parametrize("cls", POOLINGS)
@pytest.mark.parametrize(
    ("kwargs", "input_shape", "output_shape"),
    [
        (dict(pool_size=2), (2, 4, 5, 2), (2, 2, 2, 2)),
        (dict(pool_size=(2, 1), strides=1), (2, 3, 3, 1), (2, 2, 3, 1)),
        (dict(pool_size=3, strides=2, padding="same"), (2, 5, 4, 1), (2, 3, 2, 1)),
        (dict(pool_size=2, data_format="channels_first"), (2, 3, 4, 2), (2, 3, 2, 1)),
    ],
)
def test_pooling(cls, kwargs, input_shape, output_shape):
    check_layer(cls, kwargs, input_shape, output_shape=output_shape)


def test_values():
    x = np.arange(16, dtype="f4").reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(MaxPooling2D()(x).numpy().ravel(), [5, 7, 13, 15])
    np.testing.assert_array_equal(AveragePooling2D(2)(x).numpy().ravel(), [2.5, 4.5, 10.5, 12.5])


def test_same_padding_averages_the_cells_inside_only():
    x = np.ones((1, 3, 3, 1), "f4")
    np.testing.assert_array_equal(AveragePooling2D(2, padding="same")(x).numpy(), 1.0)


@pytest.mark.parametrize("cls", POOLINGS)
def test_bad_arguments_and_inputs(cls):
    with pytest.raises(ValueError, match=f"{cls.__name__}: pool_size must be a positive integer"):
        cls(pool_size=0)
    with pytest.raises(ValueError, match="padding must be 'valid' or 'same', got 'none'"):
        cls(pool_size=2, padding="none")
    with pytest.raises(
        ValueError, match=rf"{cls.__name__} 'p': .*window \(3, 3\) is larger.*\(2, 2\)"
    ):
        cls(pool_size=3, name="p")(np.zeros((1, 2, 2, 1), "f4"))
    with pytest.raises(ValueError, match="expected an input with 4 axes"):
        cls(pool_size=2)(np.zeros((1, 4, 4), "f4"))
