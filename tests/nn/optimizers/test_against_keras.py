"""SGD, RMSprop, Adam and the schedules step by step beside numbers made by Keras."""

import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pytest

import nn.optimizers as optimizers
from nn.settings import settings
from nn.variable import Variable

REFERENCE = Path(__file__).parents[2] / "reference"
_spec = importlib.util.spec_from_file_location("make", REFERENCE / "make_optimizers.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)


@pytest.fixture(scope="module")
def stored():
    with np.load(REFERENCE / "optimizers.npz") as file:
        return dict(file)


def run(stored, case, dtype):
    """The variables after each step, and the optimizer."""
    kind, arguments = make.CASES[case]
    optimizer = getattr(optimizers, kind)(**arguments)
    variables = [Variable(stored[f"start/{n}"].astype(dtype), name=n) for n in make.SHAPES]
    if "weight_decay" in arguments:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    path = []
    for step in range(make.STEPS):
        grads = [stored[f"gradients/{n}"][step].astype(dtype) for n in make.SHAPES]
        optimizer.apply(grads, variables)
        path.append([v.data for v in variables])
    return path, optimizer


# Keras rounds the factors of clipping to float32 even in a float64 run.
CLIPPED = {"sgd_clipnorm": 3e-8, "sgd_global_clipnorm": 3e-8, "adam_together": 3e-9}


@pytest.mark.parametrize("case", make.CASES)
def test_every_step_in_float64(stored, case):
    with settings(floatx="float64"):
        path, optimizer = run(stored, case, "float64")
    tolerance = CLIPPED.get(case, 1e-14)
    for step, values in enumerate(path):
        for name, value in zip(make.SHAPES, values, strict=True):
            expected = stored[f"{case}/{name}"][step]
            np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)
    assert [v.name for v in optimizer.variables] == list(stored[f"{case}/state_names"])
    for i, variable in enumerate(optimizer.variables):
        np.testing.assert_allclose(
            variable.data, stored[f"{case}/state/{i}"], rtol=1e-14, atol=max(tolerance, 1e-14)
        )


@pytest.mark.parametrize("case", make.CASES)
def test_every_step_in_float32(stored, case):
    path, optimizer = run(stored, case, "float32")
    for step, values in enumerate(path):
        for name, value in zip(make.SHAPES, values, strict=True):
            assert value.dtype == np.float32
            expected = stored[f"{case}/{name}"][step]
            np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-6)
    assert {v.dtype.name for v in optimizer.variables[1:]} == {"float32"}


@pytest.mark.parametrize("case", make.SCHEDULES)
def test_schedules(stored, case):
    kind, arguments = make.SCHEDULES[case]
    cls = getattr(optimizers.schedules, kind)
    if "initial_learning_rate" in inspect.signature(cls).parameters:
        arguments = {"initial_learning_rate": 0.5, **arguments}
    expected = stored[f"schedule/{case}"]
    schedule = cls(**arguments)
    with settings(floatx="float64"):
        np.testing.assert_allclose(schedule(np.arange(40)).numpy(), expected, rtol=1e-12)
        np.testing.assert_allclose([float(schedule(i)) for i in range(40)], expected, rtol=1e-12)
    assert schedule(3).dtype == np.float32
    again = optimizers.schedules.deserialize(optimizers.schedules.serialize(schedule))
    assert type(again) is cls and again.get_config() == schedule.get_config()
