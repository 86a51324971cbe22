"""1,797 handwritten digits of 8x8 pixels.

E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0. These are the images of the
repository's test file, from 13 writers; see ``SOURCES.md`` in this folder.
"""

from importlib import resources

import numpy as np

from ._split import Split, stratified_split


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the digits, shuffled and split class by class.

    Args:
        test_split: share of every digit's images that is held out, ``0 <= test_split < 1``.
            0 returns everything as training data and an empty test part.
        seed: whole number, at least 0, that decides the order and the split.

    Returns:
        ``((x_train, y_train), (x_test, y_test))``. ``x`` has shape ``(n, 8, 8)`` and dtype uint8;
        a pixel is the number of dark points in a 4x4 block of the scanned bitmap, 0 (paper) to
        16 (ink), so divide by 16 for values in [0, 1]. ``y`` has shape ``(n,)`` and dtype uint8,
        the digit 0 to 9. By default 1,438 images are for training and 359 for testing.

    Raises:
        TypeError, ValueError: ``test_split`` or ``seed`` is no number or out of range.
    """
    path = resources.files("keras_like.datasets") / "digits.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    return stratified_split(x, y, test_split, seed)
