"""Indexing and rearranging: random indices against NumPy, private copies, long joins, bad input."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_core as ac


def tracked(values, dtype=None):
    return ac.tensor(values, requires_grad=True, dtype=dtype)


@st.composite
def indexed(draw):
    """A shape and an index into it: basic, integer arrays, or a mixture with masks."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, max_side=4))
    kind = draw(st.sampled_from(["basic", "integers", "mixed"]))
    if kind == "basic":
        return shape, draw(hnp.basic_indices(shape, allow_newaxis=True))
    if kind == "integers":
        result = hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)
        return shape, draw(hnp.integer_array_indices(shape, result_shape=result))
    entry = st.sampled_from([slice(None), slice(None, None, -1), 0, -1, np.array([0, -1, 0])])
    parts = [draw(entry) for _ in range(draw(st.integers(1, len(shape))))]
    if draw(st.booleans()):  # a mask of one or three true entries broadcasts against the arrays
        true = draw(st.sampled_from([1, 3]))
        parts[0] = np.arange(shape[0]) < true if shape[0] >= true else slice(None)
    return shape, (*parts, None)


@settings(max_examples=300, deadline=None)
@given(indexed())
def test_reading_and_writing_agree_with_numpy(case):
    shape, index = case
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape)
    picked, value = x[index], rng.normal(size=x[index].shape)
    t, v = tracked(x), tracked(value)

    y = t[index]
    np.testing.assert_array_equal(y.data, picked)
    added = np.zeros(shape)
    np.add.at(added, index, value)
    (got,) = ac.gradients([y], [t], [value])
    np.testing.assert_allclose(got.data, added, atol=1e-14)
    np.testing.assert_allclose(ac.index_add(t, index, v).data, x + added, atol=1e-14)

    # Assigned one after the other: the last value stays and alone has a derivative.
    written, owner = x.ravel().copy(), {}
    places = np.arange(x.size).reshape(shape)[index]
    for number, place in enumerate(np.ravel(places)):
        written[place] = np.ravel(value)[number]
        owner[int(place)] = number
    z = ac.index_update(t, index, v)
    np.testing.assert_array_equal(z.data, written.reshape(shape))
    g = rng.normal(size=shape)
    to_x, to_value = g.ravel().copy(), np.zeros(v.size)
    for place, number in owner.items():
        to_x[place], to_value[number] = 0.0, g.ravel()[place]
    found = ac.gradients([z], [t, v], [g])
    np.testing.assert_array_equal(found[0].data, to_x.reshape(shape))
    np.testing.assert_array_equal(found[1].data.ravel(), to_value)


@pytest.mark.parametrize("read", [lambda t, i: t[i], lambda t, i: ac.take(t, i)])
def test_an_index_array_changed_afterwards_does_not_change_the_derivative(read):
    t, index = tracked([1.0, 2.0, 3.0]), np.array([0, 1])
    y = read(t, index)
    index[:] = 2
    y.backward(np.ones(2))
    assert t.grad.tolist() == [1.0, 1.0, 0.0]


def test_a_parameter_list_changed_afterwards_does_not_change_the_derivative():
    t, axes = tracked(np.zeros((2, 3))), [1, 0]
    y = ac.transpose(t, axes)
    axes.reverse()
    y.backward(np.arange(6.0).reshape(3, 2))
    assert t.grad.tolist() == [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]


def test_tensors_as_indices():
    t = tracked(np.arange(6.0).reshape(3, 2))
    assert t[ac.tensor([2, 0])].tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert t[ac.tensor(1), ac.tensor(0)].item() == 2.0
    assert t[t > 3].tolist() == [4.0, 5.0]
    assert t[:, ac.tensor([True, False])].shape == (3, 1)
    assert t[[]].shape == (0, 2)


@pytest.mark.parametrize("join", [ac.concatenate, ac.stack])
def test_joining_many_arrays_takes_linear_time(join):
    parts = [tracked([float(i)]) for i in range(10_000)]  # quadratic work would take minutes
    y = join(parts)
    y.backward(np.arange(10_000.0).reshape(y.shape))
    assert [parts[i].grad.item() for i in (0, 1, 9_999)] == [0.0, 1.0, 9_999.0]


def test_unstack_of_part_of_the_rows():
    t = tracked(np.arange(6.0).reshape(3, 2))
    rows = ac.unstack(t)
    (rows[0] * rows[2]).backward(np.ones(2))
    assert t.grad.tolist() == [[4.0, 5.0], [0.0, 0.0], [0.0, 1.0]]


def test_interp_outside_the_points_leaves_no_nan():
    x, fp = tracked([np.inf, -np.inf, 0.5]), tracked([1.0, 3.0])
    y = ac.interp(x, np.array([0.0, 1.0]), fp)
    to_x, to_fp = ac.gradients([y], [x, fp], [np.ones(3)])
    assert y.tolist() == [3.0, 1.0, 2.0]
    assert to_x.tolist() == [0.0, 0.0, 2.0]
    assert to_fp.tolist() == [1.5, 1.5]


def test_select_leaves_no_nan_from_the_choice_not_taken():
    a, b = tracked([np.nan, 1.0]), tracked([2.0, np.inf])
    y = ac.select([np.array([False, True])], [a], b)
    found = ac.gradients([y], [a, b], [np.ones(2)])
    assert [g.tolist() for g in found] == [[0.0, 1.0], [1.0, 0.0]]


T = tracked(np.arange(6.0).reshape(3, 2))
BAD = {
    "getitem: index 5 is out of bounds for axis 0 with size 3": lambda: T[5],
    "getitem: 1.5 of dtype float64 is no index": lambda: T[1.5],
    "getitem: an array or tensor of dtype float64 is no index": lambda: T[T],
    "getitem: 1.0 is no bound of a slice": lambda: T[1.0:2],
    "getitem: boolean index did not match": lambda: T[np.array([True, False])],
    "index_update: a value of shape (3,) cannot be broadcast to (2,)": (
        lambda: ac.index_update(T, 0, np.ones(3))
    ),
    "index_update: a value of dtype float64 does not fit into x of dtype int64": (
        lambda: ac.index_update(ac.tensor([1, 2]), 0, 1.5)
    ),
    "index_assign: the index names a position more than once": (
        lambda: ac.index_assign(T, 1.0, index=[0, 0])
    ),
    "take: indices must be integers, they are float64": lambda: ac.take(T, [0.5]),
    "take: indices must be integers, they are bool": lambda: ac.take(T, [True]),
    "take: index 5 is out of bounds for axis 1 with size 2": lambda: ac.take(T, [5], axis=1),
    "repeat: repeats must be integers": lambda: ac.repeat(T, 1.5),
    "one_hot: an index is 3, valid are 0 to 2": lambda: ac.one_hot([0, 3], 3),
    "segment_sum: segment_ids[2] is -1": lambda: ac.segment_sum(T, [0, 1, -1]),
    "choose: an index is 5, valid are 0 to 0": lambda: ac.choose([5], [T[0]]),
    "top_k: k is 5, the last axis of shape (3, 2) has 2": lambda: ac.top_k(T, 5),
    "transpose: axes (0, 0) are no permutation": lambda: ac.transpose(T, (0, 0)),
    "moveaxis: axis 5 does not exist in shape (3, 2); valid: -2 to 1": (
        lambda: ac.moveaxis(T, 0, 5)
    ),
    "broadcast_to: shape (3, 2) cannot be broadcast to (4, 2)": lambda: np.broadcast_to(T, (4, 2)),
    "concatenate: all the input array dimensions": lambda: np.concatenate([T, T.T]),
    "stack: the arrays must have the same shape; array 0 has (3, 2), array 1 has (2, 3)": (
        lambda: np.stack([T, T.T])
    ),
    "split: axis 0 of size 3 cannot be split into 2 equal parts": lambda: np.split(T, 2),
    "pad: mode 'mean' is not supported": lambda: np.pad(T, 1, mode="mean"),
    "pad: pad_width must not be negative": lambda: np.pad(T, -1),
    "interp: xp must be increasing": lambda: ac.interp(T, [0.0, 0.0], [1.0, 2.0]),
    "tril: x must have at least two axes": lambda: ac.tril(T[0]),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_named(message):
    with pytest.raises((ValueError, TypeError, IndexError), match=re.escape(message)):
        BAD[message]()
