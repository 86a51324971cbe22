"""The README's examples run as they stand, with fewer epochs."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(capsys):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) == 3
    namespace = {}
    for block in blocks:
        exec(block.replace("epochs=20", "epochs=1"), namespace)
    assert "val_accuracy" in capsys.readouterr().out
    assert namespace["x"].grad.shape == (2,)


def test_the_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text())
    assert targets
    missing = [t for t in targets if "://" not in t and not (README.parent / t).exists()]
    if missing:
        pytest.fail(f"README links to what is not there: {missing}")
