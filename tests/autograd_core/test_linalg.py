"""Products, contractions, functions of matrices: what the generated tests do not see."""

import itertools
import string

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ac
from autograd_core import check_grads, gradients, tensor
from autograd_core.ops import contraction, matrix_functions

LinAlgError = np.linalg.LinAlgError


def tracked(x):
    return tensor(x, requires_grad=True)


def pulled(f, x, g):
    """The gradient of sum(f(x) * g)."""
    x = tracked(x)
    return gradients([f(x)], [x], [g])[0].numpy()


# matmul.


@given(
    lead=st.lists(st.integers(0, 3), max_size=2),
    sizes=st.tuples(*[st.integers(0, 3)] * 3),
    drop=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    ones=st.tuples(*[st.booleans()] * 2),
    vectors=st.tuples(*[st.booleans()] * 2),
    layout=st.booleans(),
)
def test_matmul_is_numpys_for_all_shapes(lead, sizes, drop, ones, vectors, layout):
    m, k, n = sizes
    leads = [[1 if one else size for size in lead[d:]] for d, one in zip(drop, ones, strict=True)]
    a = (k,) if vectors[0] else (*leads[0], m, k)
    b = (k,) if vectors[1] else (*leads[1], k, n)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=a), rng.normal(size=b)
    if layout and x.ndim > 1:
        x = x.swapaxes(-1, -2).copy().swapaxes(-1, -2)
    expected = np.matmul(x, y)
    found = ac.matmul(x, y)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
    tx, ty = tracked(x), tracked(y)
    for g, t in zip(gradients([tx @ ty], [tx, ty], [expected]), (tx, ty), strict=True):
        assert g.shape == t.shape


@pytest.mark.parametrize(
    "a, b, text",
    [
        ((3, 4), (5, 2), r"inner sizes differ, \(3, 4\) @ \(5, 2\); transpose the second\?"),
        ((3, 4), (5, 4), r"inner sizes differ, \(3, 4\) @ \(5, 4\); transpose the second\?"),
        ((4, 3), (4, 5), r"inner sizes differ, \(4, 3\) @ \(4, 5\); transpose the first\?"),
        ((4, 3), (4,), r"inner sizes differ, \(4, 3\) @ \(4,\); transpose the first\?"),
        ((4,), (3, 4), r"inner sizes differ, \(4,\) @ \(3, 4\); transpose the second\?"),
        ((), (3, 4), r"need an axis, \(\) @ \(3, 4\); multiply numbers with \*"),
        ((3,), (), r"need an axis, \(3,\) @ \(\)"),
        ((2, 3, 4), (3, 4, 5), r"leading axes do not broadcast, \(2, 3, 4\) @ \(3, 4, 5\)"),
        ((2, 3, 4), (5, 2), r"inner sizes differ, \(2, 3, 4\) @ \(5, 2\)"),
    ],
)
def test_matmul_errors(a, b, text):
    for x, y in ((np.ones(a), np.ones(b)), (tracked(np.ones(a)), np.ones(b))):
        with pytest.raises(ValueError, match=rf"^matmul: .*{text}"):
            ac.matmul(x, y)


def test_matmul_error_for_python_numbers():
    with pytest.raises(ValueError, match="need an axis"):
        tracked([1.0, 2.0]) @ 2.0


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.float16, np.float32])
def test_matmul_dtypes(dtype):
    x = np.array([[1, 0], [1, 1]], dtype)
    assert ac.matmul(x, x).dtype == dtype
    np.testing.assert_array_equal(ac.matmul(x, x), np.matmul(x, x))


# Einstein summation.


@st.composite
def contractions(draw):
    """Subscripts with their operands: up to 3 operands, '...', size 1, diagonals, size 0."""
    size = {label: draw(st.integers(0, 3)) for label in "abcd"}
    dots = draw(st.lists(st.integers(1, 2), max_size=2))
    terms, shapes, dotted = [], [], False
    for _ in range(draw(st.integers(1, 3))):
        labels = draw(st.lists(st.sampled_from("abcd"), max_size=3))
        sizes = [
            1 if labels.count(c) == 1 and draw(st.integers(0, 5)) == 0 else size[c] for c in labels
        ]
        if draw(st.booleans()):
            keep = draw(st.integers(0, len(dots)))
            own = dots[len(dots) - keep :]
            place = draw(st.integers(0, len(labels)))
            terms.append("".join(labels[:place]) + "..." + "".join(labels[place:]))
            shapes.append((*sizes[:place], *own, *sizes[place:]))
            dotted = True
        else:
            terms.append("".join(labels))
            shapes.append(tuple(sizes))
    text = draw(st.sampled_from([",", " , "])).join(terms)
    if draw(st.booleans()):
        used = sorted({c for c in "".join(terms) if c in "abcd"})
        kept = draw(
            st.permutations(draw(st.lists(st.sampled_from(used), unique=True)) if used else [])
        )
        place = draw(st.integers(0, len(kept)))
        middle = "..." if dotted else ""
        text += "->" + "".join(kept[:place]) + middle + "".join(kept[place:])
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    return text, [rng.normal(size=shape) for shape in shapes]


@given(contractions())
def test_einsum_is_numpys(case):
    subscripts, operands = case
    expected = np.einsum(subscripts, *operands)
    found = ac.einsum(subscripts, *operands)
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@given(contractions())
def test_einsum_derivatives(case):
    subscripts, operands = case
    check_grads(lambda *arrays: ac.einsum(subscripts, *arrays), tuple(operands), order=2)


@pytest.mark.parametrize("dtype", [np.int8, np.bool_, np.float16, np.float32])
def test_einsum_keeps_dtypes(dtype):
    x = np.array([[1, 0, 1], [1, 1, 0]], dtype)
    for subscripts, operands in (("ij->i", [x]), ("ij,kj->ik", [x, x]), ("ij,ij,kj", [x, x, x])):
        found, expected = ac.einsum(subscripts, *operands), np.einsum(subscripts, *operands)
        assert found.dtype == expected.dtype == dtype
        np.testing.assert_array_equal(found, expected)


def test_einsum_through_numpy():
    x = tracked(np.arange(6.0).reshape(2, 3))
    assert np.einsum("ij->j", x, optimize=True).node.name == "einsum_arrays"


@pytest.mark.parametrize(
    "subscripts, shapes, text",
    [
        ("ij,jk->ik", [(2, 3)], "describes 2 operands, 1 were given"),
        ("ij", [(2, 3), (3,)], "describes 1 operands, 2 were given"),
        ("ij,jk->ik", [(2, 3), (4, 2)], "label 'j' has size 3 in operand 0 and 4 in operand 1"),
        ("ii", [(2, 3)], "label 'i' has size 2 in operand 0 and 3 in operand 0"),
        ("ii", [(1, 3)], "label 'i' has size 1 in operand 0 and 3 in operand 0"),
        ("ijk", [(2, 3)], "operand 0 has 2 axes, its subscripts 'ijk' name 3"),
        ("i,j", [(2,), (2, 3)], "operand 1 has 2 axes, its subscripts 'j' name 1"),
        ("ij...", [(2,)], "operand 0 has 1 axes"),
        ("i->j", [(2,)], "'j' stands after '->'"),
        ("ij->ii", [(2, 2)], "'i' stands after '->'"),
        ("...i->i", [(2, 3)], "stands for 1 axes, so it must appear after '->' too"),
        ("i1->i", [(2, 3)], "cannot read 'i1->i'"),
        ("ij->i,j", [(2, 3)], "cannot read"),
        ("ij->i->j", [(2, 3)], "cannot read"),
        ("i..->i", [(2, 3)], "cannot read"),
        (".i..->i", [(2, 3)], "cannot read"),
    ],
)
def test_einsum_errors(subscripts, shapes, text):
    with pytest.raises(ValueError, match=f"^einsum: .*{text}"):
        ac.einsum(subscripts, *(np.ones(shape) for shape in shapes))


def test_einsum_refuses_lists_of_numbers():
    with pytest.raises(TypeError, match=r"^einsum: subscripts must be a string"):
        np.einsum(tracked(np.ones((2, 3))), [0, 1], [1])
    with pytest.raises(TypeError, match=r"^einsum: subscripts must be a string"):
        ac.einsum([0, 1], np.ones((2, 3)))


def test_einsum_with_many_axes():
    letters = string.ascii_letters
    x = np.ones((1,) * 30)
    assert ac.einsum(f"{letters[:30]},{letters[22:52]}->", x, x) == 1.0
    with pytest.raises(ValueError, match="more than 52 different axes"):
        ac.einsum(f"{letters[:30]},...{letters[30:52]}->...", x, np.ones((1,) * 23))


def test_einsum_contracts_the_cheapest_pair_first():
    parsed = contraction.parse("ij,jk,kl->il", (2, 2, 2))
    assert contraction._order(parsed, ((100, 2), (2, 100), (100, 2))) == [(1, 2), (0, 1)]
    assert contraction._order(parsed, ((2, 100), (100, 2), (2, 100))) == [(0, 1), (0, 1)]


# Other products.


def test_tensordot_errors():
    x, y = np.ones((2, 3)), np.ones((3, 4))
    for axes, text in (
        (2, "axis 0 of x has size 2, axis 0 of y 3"),
        (3, "axes=3 must be from 0 to .* 2"),
        (-1, "axes=-1 must be from 0"),
        (([0], [5]), "y has 2 axes, axes names 5"),
        (([0, 1], [0]), "names different numbers of axes"),
        (([1, 1], [0, 0]), "names an axis of x twice"),
        ("ab", "must be a number or two"),
        ((0, 1, 2), "must be a number or two"),
    ):
        with pytest.raises(ValueError, match=f"^tensordot: .*{text}"):
            ac.tensordot(x, y, axes=axes)


def test_cross_errors():
    with pytest.raises(
        ValueError, match="vectors need 3 entries, axis -1 of x has 2; append a zero"
    ):
        ac.cross(np.ones((4, 2)), np.ones(3))
    with pytest.raises(ValueError, match=r"cross: y has shape \(3,\), which has no axis 1"):
        ac.cross(np.ones((3, 3)), np.ones(3), axis=1)


def test_vdot_and_multi_dot_errors():
    with pytest.raises(ValueError, match=r"vdot: sizes differ, 6 .* and 4"):
        ac.vdot(np.ones((2, 3)), np.ones(4))
    for arrays, text in (
        ([np.ones((2, 3))], "at least two arrays, got 1"),
        ([np.ones((2, 3)), np.ones((2, 3))], r"arrays 0 and 1 do not fit, \(2, 3\) @ \(2, 3\)"),
        ([np.ones((2, 3)), np.ones(3), np.ones((3, 2))], r"array 1 has shape \(3,\)"),
        ([np.ones((1, 2, 3)), np.ones((3, 2))], r"array 0 has shape \(1, 2, 3\)"),
    ):
        with pytest.raises(ValueError, match=f"multi_dot: .*{text}"):
            ac.multi_dot(arrays)


@given(st.lists(st.integers(1, 5), min_size=3, max_size=7), st.booleans(), st.booleans())
def test_multi_dot_is_numpys(sizes, first, last):
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=pair) for pair in itertools.pairwise(sizes)]
    arrays[0] = arrays[0][0] if first else arrays[0]
    arrays[-1] = arrays[-1][:, 0] if last else arrays[-1]
    expected = np.linalg.multi_dot(arrays)
    np.testing.assert_allclose(ac.multi_dot(arrays), expected, rtol=1e-11, atol=1e-11)


def test_multi_dot_order_is_the_textbooks():
    """Cormen et al., figure 15.5: ((A1 (A2 A3)) ((A4 A5) A6)), with 15,125 multiplications."""
    split = matrix_functions._chain_order([30, 35, 15, 5, 10, 20, 25])
    assert [split[ends] for ends in ((0, 5), (0, 2), (3, 5))] == [2, 0, 4]


def test_matrix_transpose_needs_two_axes():
    with pytest.raises(ValueError, match=r"matrix_transpose: needs at least two axes.*\(3,\)"):
        ac.matrix_transpose(np.ones(3))


# Functions of matrices.


@pytest.mark.parametrize("n", range(-5, 9))
def test_matrix_power_is_numpys(n):
    x = np.eye(3) + 0.3 * np.random.default_rng(0).normal(size=(2, 3, 3))
    np.testing.assert_allclose(ac.matrix_power(x, n), np.linalg.matrix_power(x, n), rtol=1e-11)


def test_matrix_power_zero_has_zero_gradient_even_at_infinity():
    x = np.array([[np.inf, 1.0], [np.nan, 2.0]])
    np.testing.assert_array_equal(pulled(lambda x: ac.matrix_power(x, 0), x, np.ones((2, 2))), 0.0)
    np.testing.assert_array_equal(ac.matrix_power(x, 0), np.eye(2))


def test_matrix_power_errors():
    with pytest.raises(TypeError, match=r"matrix_power: n must be an integer, got 0\.5"):
        ac.matrix_power(np.eye(2), 0.5)
    with pytest.raises(ValueError, match=r"matrix_power: needs square .*\(2, 3\)"):
        ac.matrix_power(np.ones((2, 3)), 2)
    with pytest.raises(LinAlgError, match="inv: Singular matrix"):
        ac.matrix_power(np.zeros((2, 2)), -1)


@pytest.mark.parametrize("scale", [0.0, 1e-8, 0.3, 5.0, 40.0])
def test_expm_is_scipys(scale):
    x = scale * np.random.default_rng(0).normal(size=(3, 4, 4))
    expected = scipy.linalg.expm(x)
    error = np.abs(ac.expm(x) - expected).max(axis=(-2, -1))
    assert (error <= 1e-12 * max(1.0, scale) * np.abs(expected).max(axis=(-2, -1))).all()
    if scale < 40.0:  # that overflows in float32
        assert ac.expm(x.astype(np.float32)).dtype == np.float32


def test_expm_derivative_is_scipys():
    rng = np.random.default_rng(1)
    x, direction, g = rng.normal(size=(3, 4, 4))
    expected = scipy.linalg.expm_frechet(x, direction)[1]
    np.testing.assert_allclose((pulled(ac.expm, x, g) * direction).sum(), (g * expected).sum())


def test_expm_errors():
    with pytest.raises(ValueError, match="must be finite"):
        ac.expm(np.array([[np.inf]]))
    with pytest.raises(ValueError, match=r"expm: needs square matrices.*\(2, 3\)"):
        ac.expm(np.ones((2, 3)))
