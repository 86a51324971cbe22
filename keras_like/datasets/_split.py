"""Dividing a data set into a training and a test part, class by class."""

import operator

import numpy as np

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def stratified_split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Split:
    """Shuffle, then hold out the share ``test_split`` of every class.

    Args:
        x: examples, shape ``(n, ...)``.
        y: class numbers, shape ``(n,)``.
        test_split: share of every class that goes to the test part, rounded to whole examples,
            ``0 <= test_split < 1``. 0 leaves the test part empty.
        seed: whole number, at least 0. The same seed gives the same split with every release of
            NumPy.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``, new arrays with the dtypes of ``x`` and ``y``,
        each part in shuffled order.

    Raises:
        TypeError: an argument is not a number of the kind asked for.
        ValueError: ``test_split`` is outside its range, or so small or large that a class would
            have no example in one of the parts; ``seed`` is negative.
    """
    test_split = _check_test_split(test_split)
    seed = _check_seed(seed)
    # The raw stream of a bit generator never changes, the draws of a Generator may (NEP 19).
    stream = np.random.PCG64(seed)
    draw = np.argsort(stream.random_raw(len(y)), kind="stable")
    # A second shuffle, because the first one without each class's first examples would begin with
    # the classes that happened to fill their share early.
    order = np.argsort(stream.random_raw(len(y)), kind="stable")
    held_out = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        members = draw[y[draw] == label]
        count = round(len(members) * test_split)
        if count == len(members) or (count == 0 and test_split > 0):
            part = "training" if count else "test"
            raise ValueError(
                f"test_split: {test_split} of the {len(members)} examples of class {label} leaves "
                f"none for the {part} part; expected 0 or a share from which every class has some "
                "in both parts"
            )
        held_out[members[:count]] = True
    train, test = order[~held_out[order]], order[held_out[order]]
    return (x[train], y[train]), (x[test], y[test])


def _check_test_split(test_split: float) -> float:
    if isinstance(test_split, bool) or not isinstance(
        test_split, (int, float, np.integer, np.floating)
    ):
        raise TypeError(
            f"test_split: got {test_split!r} of type {type(test_split).__name__}, expected a "
            "number with 0 <= test_split < 1, such as 0.2"
        )
    # Written so that NaN is refused too.
    if not 0 <= test_split < 1:
        raise ValueError(
            f"test_split: got {test_split}, expected 0 <= test_split < 1; it is the share of the "
            "examples that is held out, 0.2 for a fifth"
        )
    return float(test_split)


def _check_seed(seed: int) -> int:
    try:
        if isinstance(seed, (bool, np.bool_)):
            raise TypeError
        number = operator.index(seed)
    except TypeError:
        raise TypeError(
            f"seed: got {seed!r} of type {type(seed).__name__}, expected a whole number >= 0"
        ) from None
    if number < 0:
        raise ValueError(f"seed: got {number}, expected a whole number >= 0")
    return number
