"""Write the files in ``keras_like/datasets`` anew from scikit-learn's copies.

Needs scikit-learn, which is no dependency of the project: ``python scripts/make_datasets.py``.
The output does not depend on the machine or the day.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_iris

FOLDER = Path(__file__).resolve().parent.parent / "keras_like" / "datasets"


def write_digits(path: Path) -> None:
    """Images as uint8, which holds the counts 0..16 exactly, and labels as uint8."""
    bunch = load_digits()
    images = bunch.images.astype(np.uint8)
    labels = bunch.target.astype(np.uint8)
    if not (np.array_equal(images, bunch.images) and np.array_equal(labels, bunch.target)):
        raise ValueError("digits: values do not fit uint8")
    np.savez_compressed(path, x=images, y=labels)


def write_iris(path: Path) -> None:
    """One row a flower: four lengths in cm with one decimal, then the class's number."""
    bunch = load_iris()
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "class"])
        for lengths, label in zip(bunch.data, bunch.target, strict=True):
            writer.writerow([*(f"{length:.1f}" for length in lengths), int(label)])
    written = np.loadtxt(path, delimiter=",", skiprows=1)
    if not np.array_equal(written, np.column_stack([bunch.data, bunch.target])):
        raise ValueError("iris: values need more than one decimal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    folder = parser.parse_args().out
    for name, write in {"digits.npz": write_digits, "iris.csv": write_iris}.items():
        path = folder / name
        write(path)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
