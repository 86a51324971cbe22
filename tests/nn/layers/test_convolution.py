"""Conv2D."""

import numpy as np
import pytest

from nn.functional.convolution import conv2d
from nn.layers import Conv2D
from tests.nn.layers.common import check_layer


@pytest.mark.parametrize(
    ("kwargs", "input_shape", "output_shape", "weights"),
    [
        (dict(filters=2, kernel_size=3), (2, 4, 5, 2), (2, 2, 3, 2), 2),
        (dict(filters=2, kernel_size=(2, 3), padding="same"), (2, 3, 4, 1), (2, 3, 4, 2), 2),
        (
            dict(filters=1, kernel_size=2, strides=2, activation="tanh"),
            (2, 5, 4, 2),
            (2, 2, 2, 1),
            2,
        ),
        (dict(filters=4, kernel_size=2, groups=2, use_bias=False), (2, 3, 3, 4), (2, 2, 2, 4), 1),
        (dict(filters=2, kernel_size=2, dilation_rate=2), (2, 4, 4, 1), (2, 2, 2, 2), 2),
        (dict(filters=3, kernel_size=1), (2, 2, 2, 2), (2, 2, 2, 3), 2),
        (
            dict(filters=2, kernel_size=3, padding="same", data_format="channels_first"),
            (2, 1, 4, 3),
            (2, 2, 4, 3),
            2,
        ),
        (
            dict(filters=2, kernel_size=2, kernel_regularizer="l2", bias_constraint="non_neg"),
            (2, 3, 3, 1),
            (2, 2, 2, 2),
            2,
        ),
    ],
)
def test_conv2d(kwargs, input_shape, output_shape, weights):
    check_layer(Conv2D, kwargs, input_shape, output_shape=output_shape, trainable=weights)


def test_the_kernel_is_hwio_and_both_formats_compute_the_same(rng):
    x = rng.normal(size=(2, 5, 6, 4)).astype("f4")
    last = Conv2D(6, (3, 2), strides=(2, 1), groups=2, padding="same")
    first = Conv2D(
        6, (3, 2), strides=(2, 1), groups=2, padding="same", data_format="channels_first"
    )
    out = last(x)
    assert last.kernel.shape == (3, 2, 2, 6)
    assert last.bias.shape == (6,)
    first.build((None, 4, 5, 6))
    first.set_weights([last.get_weights()[0], np.arange(6.0)])
    last.set_weights(first.get_weights())
    other = first(x.transpose(0, 3, 1, 2)).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(other, last(x).numpy())
    expected = conv2d(x, last.kernel, strides=(2, 1), groups=2, padding="same").numpy()
    np.testing.assert_allclose(last(x).numpy(), expected + np.arange(6.0), rtol=1e-6)
    assert out.shape == expected.shape


def test_integer_images_are_taken():
    layer = Conv2D(1, 3)
    x = np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1)
    np.testing.assert_array_equal(layer(x).numpy(), layer(x.astype("f4")).numpy())


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        (dict(filters=0, kernel_size=3), "Conv2D: filters must be a positive integer, got 0"),
        (dict(filters=1.5, kernel_size=3), "filters must be a positive integer, got 1.5"),
        (dict(filters=1, kernel_size=(1, 2, 3)), r"kernel_size must be an integer or a pair"),
        (dict(filters=1, kernel_size=3, strides=0), "strides must be a positive integer"),
        (dict(filters=1, kernel_size=3, padding="full"), "padding must be 'valid' or 'same'"),
        (dict(filters=3, kernel_size=3, groups=2), "filters=3 cannot be split into groups=2"),
        (dict(filters=1, kernel_size=3, strides=2, dilation_rate=2), "cannot both be above 1"),
        (dict(filters=1, kernel_size=3, data_format="nhwc"), "data_format: 'nhwc' is unknown"),
    ],
)
def test_bad_arguments_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Conv2D(**kwargs)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 8, 8), r"Conv2D 'c': expected an input with 4 axes.*\(None, 8, 8\).*channel axis"),
        ((2, 2, 2, 1), r"Conv2D 'c': conv2d: kernel \(3, 3\) is larger than the input \(2, 2\)"),
    ],
)
def test_bad_inputs_name_the_layer(shape, message):
    with pytest.raises(ValueError, match=message):
        Conv2D(2, 3, name="c")(np.zeros(shape, "f4"))


def test_channels_must_fit():
    layer = Conv2D(2, 1, name="c")
    layer(np.zeros((1, 2, 2, 3), "f4"))
    with pytest.raises(ValueError, match=r"expected size 3 on axis -1.*\(None, 2, 2, 1\)"):
        layer(np.zeros((1, 2, 2, 1), "f4"))
    with pytest.raises(ValueError, match="3 input channels cannot be split into groups=2"):
        Conv2D(2, 1, groups=2)(np.zeros((1, 2, 2, 3), "f4"))
    with pytest.raises(ValueError, match="number of channels must be known"):
        Conv2D(2, 1).build((None, 2, 2, None))
