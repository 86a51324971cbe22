"""What the tests generated from the registry share: calls, samples, and comparisons."""

import numpy as np

import autograd_core as ac
from autograd_core.backprop import gradients
from autograd_core.primitive import REGISTRY, Primitive
from autograd_core.samples import Sample, cases
from autograd_core.structures import is_float, leaves, map_structure, unflatten_as
from autograd_core.tensor import Tensor, as_array

# Only the engine's own operators: other packages and tests register theirs too.
OPERATORS = {
    name: operator
    for name, operator in sorted(REGISTRY.items())
    if operator.__module__.startswith("autograd_core.")
}
DIFFERENTIABLE = [name for name, operator in OPERATORS.items() if operator.differentiable]
CONSTANT = [name for name, operator in OPERATORS.items() if not operator.differentiable]
# NumPy's own promise: these compute in float64, whatever they are given.
WIDENING = frozenset({"float_power"})
ELEMENTWISE = [name for name in DIFFERENTIABLE if getattr(OPERATORS[name].samples, "domains", ())]


def call(name, sample):
    return OPERATORS[name](*sample.args, **sample.params)


def samples_of(name, seed=0):
    """The listed samples; operators without derivative may do without and get ordinary numbers."""
    operator = OPERATORS[name]
    samples = operator.samples or CONSTANT_SAMPLES.get(name)
    if samples is None:
        arrays = len(operator.array_names)
        shapes = [[()], [(3,)], [(2, 3)], [(0, 2)]] if arrays == 1 else [[(3,)] * 2, [(2, 1), (3,)]]
        # Halves, so that comparisons meet ties and rounding meets the middle.
        samples = cases(
            lambda rng: [
                Sample(tuple(rng.integers(-4, 5, shape) / 2 for shape in combination))
                for combination in shapes
            ]
        )
    found = samples(np.random.default_rng(seed))
    assert found, f"{name} has an empty list of samples"
    return found


def _integers(count):
    return cases(
        lambda rng: [
            Sample(tuple(rng.integers(-5, 6, (2, 3)) for _ in range(count))),
            Sample(tuple(rng.integers(0, 2, (2, 3)).astype(bool) for _ in range(count))),
        ]
    )


CONSTANT_SAMPLES = {
    "bitwise_and": _integers(2),
    "bitwise_or": _integers(2),
    "bitwise_xor": _integers(2),
    "invert": _integers(1),
    "floor_divide": cases(
        lambda rng: [Sample((rng.normal(size=(2, 3)), rng.uniform(0.2, 2.0, 3)))]
    ),
}


def mapped_floats(function, structure):
    """`structure` with `function` applied to its float arrays."""

    def apply(leaf):
        return function(leaf) if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" else leaf

    return map_structure(apply, structure)


def with_args(sample, function):
    return Sample(tuple(mapped_floats(function, list(sample.args))), sample.params)


def differentiable_inputs(name, sample):
    """A function of the float arguments that have a rule, and those arguments."""
    operator = OPERATORS[name]
    args = list(sample.args)
    chosen = [
        i
        for i, arg in enumerate(args)
        if any(is_float(leaf) for leaf in leaves(arg)) and _has_rule(operator, i)
    ]

    def function(*given):
        full = list(args)
        for i, value in zip(chosen, given, strict=True):
            full[i] = value
        return operator(*full, **sample.params)

    return function, tuple(args[i] for i in chosen)


def _has_rule(operator, index):
    if not isinstance(operator, Primitive) or operator.joint or operator.variadic:
        return True
    return index >= len(operator.array_names) or operator.array_names[index] in operator.rules


def tracked_call(name, sample):
    """Float results, float inputs, and their gradients for cotangents of a fixed pattern."""
    function, args = differentiable_inputs(name, sample)
    inputs = [
        Tensor(np.asarray(leaf), True) if is_float(leaf) else leaf for leaf in leaves(list(args))
    ]
    outputs = leaves(function(*unflatten_as(list(args), inputs)))
    floats = [o for o in outputs if is_float(o)]
    tracked = [o for o in floats if isinstance(o, Tensor)]
    cotangents = [np.cos(np.arange(o.size)).reshape(o.shape).astype(o.dtype) for o in tracked]
    wanted = [t for t in inputs if isinstance(t, Tensor)]
    return floats, wanted, gradients(tracked, wanted, cotangents)


def plain(structure):
    """Tensors as arrays; shapes, dtypes and numbers as they are."""
    return map_structure(as_array, structure)


def assert_equal(found, expected, rtol, atol=0.0):
    """Same structure, shapes and values; lists and tuples count as the same."""
    found, expected = leaves(plain(found)), leaves(plain(expected))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        if isinstance(a, (np.dtype, type)) or isinstance(b, (np.dtype, type)):
            assert a == b
            continue
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


__all__ = [
    "CONSTANT",
    "DIFFERENTIABLE",
    "ELEMENTWISE",
    "OPERATORS",
    "WIDENING",
    "ac",
    "assert_equal",
    "call",
    "differentiable_inputs",
    "mapped_floats",
    "plain",
    "samples_of",
    "tracked_call",
    "with_args",
]
