"""Tensor: making, leaving, reading, refusing."""

import ast
import copy
import inspect
import pickle
import sys

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import operators
from autograd_core.tensor import Tensor


def test_tensor_copies_its_data():
    array = np.ones(3)
    t = ac.tensor(array)
    array[0] = 7
    assert t.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("data", "dtype", "expected"),
    [
        (1.5, None, "float64"),
        ([1, 2], None, "int64"),
        (np.float32([1, 2]), None, "float32"),
        ([True, False], None, "bool"),
        ([1, 2], "float32", "float32"),
        ([[1.0], [2.0]], np.float16, "float16"),
    ],
)
def test_dtypes_are_numpys(data, dtype, expected):
    assert ac.tensor(data, dtype=dtype).dtype == expected


def test_bad_data_are_refused():
    with pytest.raises(TypeError, match="dtype <U1 is not supported"):
        ac.tensor("a")
    with pytest.raises(TypeError, match="complex128 is not supported"):
        ac.tensor([1j])
    with pytest.raises(ValueError, match="do not form an array"):
        ac.tensor([[1.0], [1.0, 2.0]])
    with pytest.raises(TypeError, match="requires_grad needs a floating dtype, the data are int64"):
        ac.tensor([1, 2], requires_grad=True)
    x = ac.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"use stack\(\[...\]\) or concatenate"):
        ac.tensor([x, x])


def test_reading():
    t = ac.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert (t.shape, t.ndim, t.size, len(t)) == ((2, 2), 2, 4, 2)
    assert [row.tolist() for row in t] == [[1, 2], [3, 4]]
    assert t[0, 1].item() == 2.0
    assert float(t[1, 1]) == 4.0
    assert f"{t[0, 0]:.2f}" == "1.00"
    assert [10, 20, 30][ac.tensor(2)] == 30
    assert bool(ac.tensor(1.0))
    assert t.T.tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: t.item(), ValueError, "exactly one value, the tensor has shape"),
        (lambda t: bool(t), ValueError, r"ambiguous; use .any\(\) or .all\(\)"),
        (lambda t: [1, 2][t], TypeError, "cannot be an index"),
        (lambda t: len(t.sum()), TypeError, "without axes"),
        (lambda t: list(t.sum()), TypeError, "without axes"),
        (lambda t: t.__setitem__(0, 1.0), TypeError, "tensors are immutable.*index_update"),
        (lambda t: t + "a", TypeError, "add: expected numbers, got str"),
        (lambda t: t @ np.ones((5, 2)), ValueError, "matmul: "),
        (lambda t: t + np.ones(4), ValueError, r"add: .*\(3,\).*\(4,\)"),
        (lambda t: t.sum(axis=3), (ValueError, IndexError), "axis"),
        (lambda t: t.sum(axes=0), TypeError, "sum has no parameter 'axes'"),
        (lambda t: np.add(t, 1, out=np.ones(3)), TypeError, "cannot write into"),
    ],
)
def test_misuse_is_explained(call, error, message):
    with pytest.raises(error, match=message):
        call(ac.tensor([1.0, 2.0, 3.0], requires_grad=True))


def test_an_array_never_swallows_a_tracked_tensor():
    t = ac.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"call .detach\(\) or .numpy\(\)"):
        np.asarray(t)
    target = np.zeros((2, 2))
    with pytest.raises(RuntimeError, match="index_update instead of writing into an array"):
        target[0] = t
    with pytest.raises(TypeError, match="cannot write into an array"):
        target += t
    assert not target.any()
    np.testing.assert_array_equal(np.asarray(t.detach()), [1, 2])


def test_arrays_that_leave_are_read_only():
    t = ac.tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        t.numpy()[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(t)[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        t.data[0] = 5
    np.array(t)[0] = 5
    assert t.tolist() == [1, 2]


def test_a_callers_array_may_change_before_the_backward_pass():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    factor = np.array([3.0, 4.0])
    index = np.array([0, 0])
    y = (x * factor).sum() + x[index].sum()
    factor[:] = 0
    index[:] = 1
    y.backward()
    assert x.grad.tolist() == [5.0, 4.0]


def test_a_leaf_may_get_a_new_value_before_the_backward_pass():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x * x).sum()
    x.data = np.array([10.0, 20.0])
    y.backward(create_graph=True)
    np.testing.assert_allclose(x.grad.data, [3.0, 12.0])


def test_repr_names_the_operation():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(ac.tensor([1.0], dtype="float32")) == "tensor([1.], dtype=float32)"
    assert repr(x * 2) == "tensor([2., 4.], op=multiply)"
    assert "op=output" not in repr(ac.top_k(x, k=1)[0])
    assert "shape=(0, 3)" in repr(ac.tensor(np.zeros((0, 3))))


def test_comparison_is_by_value_and_hashing_by_identity():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    assert (x == [1.0, 5.0]).tolist() == [True, False]
    assert not (x == x).requires_grad
    assert {x: 1}[x] == 1
    assert (x == None) is False  # noqa: E711
    assert (x != None) is True  # noqa: E711


def test_python_operators_agree_with_numpy():
    a, b = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    x, y = ac.tensor(a), ac.tensor(b)
    for operator in ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "@"):
        expected = eval(f"a {operator} b", {"a": a, "b": b})
        for left, right in ((x, y), (x, b), (a, y), (x, list(b)), (list(a), y)):
            found = eval(f"a {operator} b", {"a": left, "b": right})
            assert isinstance(found, Tensor), operator
            np.testing.assert_array_equal(found.numpy(), expected, err_msg=operator)
    assert (3 - x).tolist() == [1, 0]
    assert (2**x).tolist() == [4, 8]
    assert (-x).tolist() == [-2, -3]
    assert abs(-x).tolist() == [2, 3]
    mask = x > 2
    assert (~mask & True | False).tolist() == [True, False]


def test_python_scalars_are_weak_and_mixed_widths_widen():
    x = ac.tensor([1.0], dtype="float32", requires_grad=True)
    assert (x * 2 + 0.5).dtype == np.float32
    y = x * ac.tensor([1.0], requires_grad=True)
    assert y.dtype == np.float64
    y.backward()
    assert x.grad.dtype == np.float32


def test_pickle_and_deepcopy_of_leaves():
    x = ac.tensor([1.0, 2.0], requires_grad=True)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin is not x
        assert twin.requires_grad
        assert twin.tolist() == x.tolist()
    with pytest.raises(TypeError, match=r"made by 'multiply'.*detach"):
        copy.deepcopy(x * 2)


def test_another_class_may_take_over_the_operators():
    class Symbol:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "radd"

        def __eq__(self, other):
            return "eq"

        __hash__ = None

    assert ac.tensor(1.0) + Symbol() == "radd"
    assert (ac.tensor(1.0) == Symbol()) == "eq"


def test_the_declared_operators_are_the_attached_ones():
    tree = ast.parse(inspect.getsource(sys.modules["autograd_core.tensor"]))
    cls = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Tensor")
    block = next(n for n in cls.body if isinstance(n, ast.If))
    declared = {n.name for n in block.body if isinstance(n, ast.FunctionDef)}
    attached = {f"__{n}__" for n in (*operators.BINARY, *operators.COMPARISONS, *operators.UNARY)}
    attached |= {f"__r{n}__" for n in operators.BINARY}
    attached |= {*operators.METHODS, *operators.SPREAD_METHODS, "T", "__getitem__"}
    assert declared == attached
