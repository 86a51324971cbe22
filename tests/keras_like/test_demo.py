"""The demonstration: what it prints, draws and reaches."""

import importlib.util

import numpy as np
import pytest

from keras_like import demo

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def few_digits(monkeypatch):
    """120 digits to train and 50 for the test, so that an epoch takes no time."""
    (x, y), (x_test, y_test) = demo.load_digits()
    few = (x[:120], y[:120]), (x_test[:50], y_test[:50])
    monkeypatch.setattr(demo, "load_digits", lambda: few)


@pytest.fixture(autouse=True)
def seeds_put_back(monkeypatch):
    """The demonstration seeds the whole process; a scope keeps it to itself."""
    monkeypatch.setattr(demo.keras.utils, "set_random_seed", lambda seed: None)
    with demo.keras.random.seed_scope(1):
        yield


def test_images_are_scaled():
    (x, y), (x_test, y_test) = demo.load_digits()
    assert x.shape == (1438, 8, 8, 1) and x_test.shape == (359, 8, 8, 1)
    assert x.dtype == np.float32 and x.min() == 0 and x.max() == 1
    assert set(y) == set(y_test) == set(range(10))


def test_words_and_pictures(few_digits, tmp_path, capsys):
    accuracy = demo.main(["--out", str(tmp_path / "new" / "folder"), "--epochs", "2"])
    text = capsys.readouterr().out
    assert 0 <= accuracy <= 1
    for words in [
        "120 handwritten digits of 8x8 pixels for training, 50 for the test",
        'Model: "digits"',
        "│ conv2d",
        "Training for 2 epochs",
        "Epoch 2/2",
        "- accuracy: ",
        "- val_loss: ",
        f"accuracy {accuracy:.2%}, {round(50 * (1 - accuracy))} wrong",
        "Misread: ",
        "learning_curves.png",
        "predictions.png",
    ]:
        assert words in text, words
    for name in ("learning_curves.png", "predictions.png"):
        content = (tmp_path / "new" / "folder" / name).read_bytes()
        assert content.startswith(PNG) and len(content) > 10_000


def test_without_matplotlib(few_digits, tmp_path, capsys, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else real(name)
    )
    demo.main(["--out", str(tmp_path), "--epochs", "1"])
    text = capsys.readouterr().out
    assert "matplotlib is missing (pip install 'numeras[plot]')" in text
    assert "accuracy" in text and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [[0, 4], []])
def test_wrong_predictions_are_marked(tmp_path, wrong):
    rng = np.random.default_rng(0)
    labels = np.arange(12) % 10
    answers = labels.copy()
    answers[wrong] = (answers[wrong] + 1) % 10
    path = tmp_path / "p.png"
    demo.draw_predictions(rng.random((12, 8, 8)), labels, np.eye(10)[answers], path)
    from matplotlib.image import imread

    red = (np.abs(imread(path)[..., :3] - [0xC0 / 255, 0x39 / 255, 0x2B / 255]) < 0.02).all(-1)
    assert (red.sum() > 500) == bool(wrong)


def test_bad_arguments(capsys):
    with pytest.raises(SystemExit):
        demo.main(["--epochs", "0"])
    assert "--epochs: expected at least 1, got 0" in capsys.readouterr().err


@pytest.mark.slow
def test_reads_98_percent_of_the_test_digits(tmp_path, capsys):
    assert demo.main(["--out", str(tmp_path)]) >= 0.98
