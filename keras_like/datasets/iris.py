"""150 iris flowers of three species, four lengths each.

R. A. Fisher (1936), Iris, UCI Machine Learning Repository, https://doi.org/10.24432/C56C76, licence
CC BY 4.0; first in "The use of multiple measurements in taxonomic problems", Annals of Eugenics
7(2), 179-188. Shipped is the table as Fisher printed it. The repository's file differs from it in
two flowers, the 35th and the 38th; see ``SOURCES.md`` in this folder.
"""

from importlib import resources

import numpy as np

from ._split import Split, stratified_split

feature_names = ("sepal length", "sepal width", "petal length", "petal width")
"""What the four columns of ``x`` are, all in cm."""

class_names = ("setosa", "versicolor", "virginica")
"""The species that the numbers 0, 1 and 2 in ``y`` stand for."""


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the flowers, shuffled and split class by class.

    Args:
        test_split: share of every species that is held out, ``0 <= test_split < 1``. 0 returns
            everything as training data and an empty test part.
        seed: whole number, at least 0, that decides the order and the split.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``. ``x`` has shape ``(n, 4)`` and dtype float32,
        lengths in cm in the order of ``feature_names``. ``y`` has shape ``(n,)`` and dtype uint8,
        an index into ``class_names``. By default 120 flowers are for training and 30 for testing.

    Raises:
        TypeError, ValueError: ``test_split`` or ``seed`` is no number or out of range.
    """
    path = resources.files("keras_like.datasets") / "iris.csv"
    with path.open("r", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    return stratified_split(
        table[:, :4].astype(np.float32), table[:, 4].astype(np.uint8), test_split, seed
    )
