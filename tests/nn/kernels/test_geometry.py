"""Window geometry against enumeration of the window's positions and TensorFlow's known values."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.kernels import geometry
from nn.kernels.geometry import output_length, padding_amounts, valid_taps, window_geometry

PADDING = st.sampled_from(geometry.PADDINGS)
LENGTH = st.integers(1, 7)


def positions(size, window, stride, dilation, before, after):
    """Starts of all windows whose taps lie in the padded axis, found by trying each."""
    starts = []
    start = -before
    while start + (window - 1) * dilation < size + after:
        starts.append(start)
        start += stride
    return starts


@given(st.integers(0, 30), LENGTH, LENGTH, LENGTH, PADDING)
def test_output_length_counts_the_windows_that_fit(size, window, stride, dilation, padding):
    before, after = padding_amounts(size, window, stride, dilation, padding)
    expected = len(positions(size, window, stride, dilation, before, after))
    assert output_length(size, window, stride, dilation, padding) == expected


@given(st.integers(1, 30), LENGTH, LENGTH, LENGTH)
def test_same_padding_is_the_least_that_gives_one_window_a_stride(size, window, stride, dilation):
    before, after = padding_amounts(size, window, stride, dilation, "same")
    wanted = (size + stride - 1) // stride
    assert output_length(size, window, stride, dilation, "same") == wanted
    assert 0 <= after - before <= 1
    if before + after:
        starts = positions(size, window, stride, dilation, before, after - 1)
        assert len(starts) == wanted - 1


@given(st.integers(1, 30), LENGTH, LENGTH, LENGTH)
def test_causal_windows_end_at_the_cell_they_stand_for(size, window, stride, dilation):
    before, after = padding_amounts(size, window, stride, dilation, "causal")
    starts = positions(size, window, stride, dilation, before, after)
    ends = [start + (window - 1) * dilation for start in starts]
    assert ends == list(range(0, size, stride))


@pytest.mark.parametrize(
    ("size", "window", "stride", "dilation", "padding", "pads", "length"),
    [  # from the formulas in TensorFlow's guide to padding in tf.nn
        (28, 3, 1, 1, "same", (1, 1), 28),
        (28, 3, 2, 1, "same", (0, 1), 14),
        (224, 7, 2, 1, "same", (2, 3), 112),
        (5, 2, 1, 1, "same", (0, 1), 5),
        (5, 2, 2, 1, "same", (0, 1), 3),
        (4, 2, 3, 1, "same", (0, 1), 2),
        (5, 1, 3, 1, "same", (0, 0), 2),
        (10, 3, 1, 2, "same", (2, 2), 10),
        (28, 3, 1, 1, "valid", (0, 0), 26),
        (28, 2, 2, 1, "valid", (0, 0), 14),
        (7, 3, 2, 2, "valid", (0, 0), 2),
        (3, 4, 1, 1, "valid", (0, 0), 0),
        (10, 3, 2, 2, "causal", (4, 0), 5),
    ],
)
def test_known_values(size, window, stride, dilation, padding, pads, length):
    assert padding_amounts(size, window, stride, dilation, padding) == pads
    assert output_length(size, window, stride, dilation, padding) == length


def test_unknown_length_stays_unknown():
    assert output_length(None, 3, 2, 1, "valid") is None


@given(st.integers(-40, 40), LENGTH, st.integers(1, 8), st.integers(0, 20))
def test_valid_taps_are_those_inside(start, dilation, window, size):
    first, last = valid_taps(start, dilation, window, size)
    inside = [tap for tap in range(window) if 0 <= start + tap * dilation < size]
    assert list(range(first, last)) == inside
    assert 0 <= first <= last <= window


def test_geometry_of_two_axes():
    found = window_geometry("conv2d", (28, 30), (3, 5), (2, 1), padding="same")
    assert found == ((14, 30), (0, 2), (1, 2))
    assert found.output == (14, 30)
    assert window_geometry("conv2d", (9, 9), (3, 3), (1, 1), dilation=(2, 4)).output == (5, 1)
    assert window_geometry("conv1d", [6], [3], [1], padding="causal") == ((6,), (2,), (0,))
    assert window_geometry("conv2d", (0, 4), (3, 3), (1, 1), padding="same").output == (0, 4)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"window": (5, 5)},
            ValueError,
            "max_pooling2d: window (5, 5) is larger than the input (4, 4); "
            "use padding='same' or a smaller window",
        ),
        (
            {"window": (2, 3), "dilation": (1, 2), "term": "kernel"},
            ValueError,
            "max_pooling2d: kernel (2, 3) with dilation (1, 2) spans (2, 5), which is larger than "
            "the input (4, 4); use padding='same' or a smaller kernel",
        ),
        ({"strides": (0, 1)}, ValueError, "strides (0, 1) must be integers of at least 1"),
        ({"window": (2, -1)}, ValueError, "window (2, -1) must be integers of at least 1"),
        ({"dilation": (0, 1)}, ValueError, "dilation (0, 1) must be integers of at least 1"),
        ({"size": (4, -4)}, ValueError, "input size (4, -4) must be integers of at least 0"),
        ({"window": (2,)}, ValueError, "window (2,) has 1 entries, expected 2"),
        ({"window": 2}, TypeError, "window 2 must be 2 integers"),
        ({"strides": (1.0, 1)}, TypeError, "strides (1.0, 1) must be 2 integers"),
        ({"padding": "full"}, ValueError, "padding is 'full', expected 'valid' or 'same'"),
        ({"padding": "causal"}, ValueError, "causal padding is for one axis"),
    ],
)
def test_bad_arguments_are_named(change, error, message):
    arguments = {"size": (4, 4), "window": (2, 2), "strides": (2, 2)} | change
    with pytest.raises(error) as caught:
        window_geometry("max_pooling2d", **arguments)
    assert str(caught.value).startswith("max_pooling2d: ")
    assert message in str(caught.value)


def test_unknown_padding_of_one_axis():
    with pytest.raises(ValueError, match="padding is 'SAME', expected one of 'valid' or 'same'"):
        padding_amounts(4, 2, padding="SAME")


def test_geometry_needs_no_numba():
    script = (
        "import sys, nn.kernels\n"
        "from nn import kernels\n"
        "kernels.geometry.output_length(4, 2)\n"
        "assert {'conv', 'pool', 'geometry'} <= set(dir(kernels))\n"
        "assert not hasattr(kernels, 'convolution')\n"
        "assert 'numba' not in sys.modules\n"
        "kernels.conv\n"
        "assert 'numba' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_unknown_kernel_module_is_named():
    from nn import kernels

    with pytest.raises(AttributeError, match=r"no kernel module 'convolve'; there are .*conv, "):
        kernels.convolve  # noqa: B018
