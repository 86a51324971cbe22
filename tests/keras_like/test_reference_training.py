"""Trained from the same weights, our networks and Keras's stay together."""

import json
from pathlib import Path

import numpy as np
import pytest

import keras_like as keras
from keras_like import layers

FILE = Path(__file__).parents[1] / "reference" / "training.json"
CASES = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


def trained(case):
    model = keras.Sequential([keras.Input((4,))])
    for units, activation, strength in case["layers"]:
        regularizer = keras.regularizers.L2(strength) if strength else None
        model.add(layers.Dense(units, activation, kernel_regularizer=regularizer))
    model.set_weights([np.array(w) for w in case["before"]])
    model.compile(**case["compile"])
    fit = dict(case["fit"])
    if "class_weight" in fit:
        fit["class_weight"] = {int(k): v for k, v in fit["class_weight"].items()}
    x, y = np.array(case["x"]), np.array(case["y"])
    return model, x, y, model.fit(x, y, shuffle=False, verbose=0, **fit)


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_keras_own(name):
    case = CASES[name]
    model, x, y, history = trained(case)
    assert list(history.history) == list(case["history"])
    for key, values in case["history"].items():
        assert history.history[key] == pytest.approx(values, rel=1e-5, abs=1e-6), key
    for ours, theirs in zip(model.get_weights(), case["after"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    found = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    assert found == pytest.approx(case["evaluate_dict"], rel=1e-5)
    listed = model.evaluate(x, y, batch_size=4, verbose=0)
    # Keras repeats the last value where there are weighted metrics.
    assert listed == pytest.approx(case["evaluate"][: len(listed)], rel=1e-5)
    np.testing.assert_allclose(model.predict(x), case["predict"], rtol=1e-4, atol=1e-5)
