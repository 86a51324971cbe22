"""Batches from what users give: arrays in memory, or something that yields batches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_core import Tensor
from autograd_core.structures import leaves, map_structure, unflatten_as
from keras_like.training import checks
from keras_like.utils.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from nn.random import draw_seed

__all__ = [
    "ArrayBatches",
    "StreamBatches",
    "arrays_from",
    "check_one_weighting",
    "class_weights_to_sample_weights",
    "is_stream",
    "split_off_validation",
    "tensors_from",
    "weights_from",
]


def is_stream(x: Any) -> bool:
    """Whether `x` yields batches: a generator or other iterable that is no array, list or dict."""
    if isinstance(x, (np.ndarray, Tensor, list, tuple, dict, str, bytes)):
        return False
    if hasattr(x, "__array__") or hasattr(x, "to_numpy"):
        return False
    return hasattr(x, "__iter__") or hasattr(x, "__next__") or _is_indexed(x)


def _is_indexed(x: Any) -> bool:
    return hasattr(x, "__getitem__") and hasattr(x, "__len__")


def arrays_from(name: str, value: Any, several: bool = False) -> Any:
    """Arrays in the structure of `value`: one array, or a dict, list or tuple of them.

    several: whether a list of arrays means several inputs; otherwise it means samples to stack.
    """
    if value is None:
        return None
    if isinstance(value, dict):
        return {k: arrays_from(f"{name}[{k!r}]", v) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and value and all(map(_is_array, value)):
        if several:
            parts = [arrays_from(f"{name}[{i}]", v) for i, v in enumerate(value)]
            return parts[0] if len(parts) == 1 else type(value)(parts)
        if len(value) == 1:
            return arrays_from(name, value[0])
    return checks.as_array(name, value)


def _is_array(value: Any) -> bool:
    return (hasattr(value, "__array__") or hasattr(value, "to_numpy")) and np.ndim(value) > 0


def tensors_from(x: Any, y: Any, sample_weight: Any, several: bool, finite: bool = True) -> Any:
    """One batch given by the user, as tensors in x, (x, y) or (x, y, sample_weight)."""
    x = arrays_from("x", x, several)
    y = arrays_from("y", y, several)
    sample_weight = weights_from(sample_weight)
    checks.check_lengths(x=x, y=y, sample_weight=sample_weight)
    if finite:
        checks.check_finite(x=x, y=y, sample_weight=sample_weight)
    return pack_x_y_sample_weight(*(map_structure(Tensor, part) for part in (x, y, sample_weight)))


def weights_from(sample_weight: Any) -> Any:
    """Sample weights as arrays. Raises ValueError for negative ones."""
    weights = arrays_from("sample_weight", sample_weight)
    if weights is not None:
        for leaf in leaves(weights):
            checks.check_sample_weight("sample_weight", leaf)
    return weights


class ArrayBatches:
    """Batches of arrays: views in the given order, or copies of shuffled samples.

    x, y, sample_weight: structures of arrays, y and sample_weight may be None.
    shuffle: False, True, or 'batch' for shuffled batches of neighbours.
    steps: batches in an epoch; by default as many as there are. With fewer, the next epoch goes on
        where the last stopped; the samples are shuffled anew whenever all have been used.
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        batch_size: int = 32,
        shuffle: bool | str = False,
        steps: int | None = None,
    ) -> None:
        self.x, self.y, self.sample_weight = x, y, sample_weight
        self.batch_size = batch_size
        self._structure = (x, y, sample_weight)
        self._arrays = leaves(self._structure)
        self._plain = not any(isinstance(part, (dict, list, tuple)) for part in self._structure)
        self.num_samples = len(self._arrays[0])
        self.num_batches = -(-self.num_samples // batch_size)
        self.steps = steps or self.num_batches
        self._shuffle = shuffle
        self._generator = np.random.default_rng(draw_seed()) if shuffle else None
        self._pass: Iterator[Any] = iter(())

    def has_more(self) -> bool:
        return True

    def epoch(self) -> Iterator[Any]:
        """The batches of one epoch: tensors as x, (x, y) or (x, y, sample_weight)."""
        if self.steps == self.num_batches:
            yield from self._all()
            return
        for _ in range(self.steps):
            batch = next(self._pass, None)
            if batch is None:
                self._pass = self._all()
                batch = next(self._pass)
            yield batch

    def _all(self) -> Iterator[Any]:
        size, order = self.batch_size, self._order()
        for start in range(0, self.num_samples, size):
            stop = min(start + size, self.num_samples)
            if order is None:
                parts = [Tensor(array[start:stop]) for array in self._arrays]
            else:
                index = order[start:stop]
                parts = [Tensor(array.take(index, 0)) for array in self._arrays]
            yield self._packed(parts)

    def _packed(self, parts: list[Tensor]) -> Any:
        if self._plain and self.sample_weight is None:
            return tuple(parts) if len(parts) > 1 else parts[0]
        return pack_x_y_sample_weight(*unflatten_as(self._structure, parts))

    def _order(self) -> np.ndarray | None:
        if self._generator is None:
            return None
        if self._shuffle != "batch":
            return self._generator.permutation(self.num_samples)
        whole = self.num_samples // self.batch_size
        batches = np.arange(whole * self.batch_size).reshape(whole, self.batch_size)
        rest = np.arange(whole * self.batch_size, self.num_samples)
        return np.concatenate([self._generator.permutation(batches).ravel(), rest])


class StreamBatches:
    """Batches from a generator, an iterable, or an object with `__len__` and `__getitem__`.

    name: of the argument, for messages.
    steps: batches in an epoch; by default all until the stream ends. With steps, the next epoch
        goes on where the last stopped, and an iterable that ends is begun again.
    class_weight: applied to every batch. several: see `arrays_from`.
    finite: whether NaN and infinity are refused.
    """

    def __init__(
        self,
        name: str,
        source: Any,
        steps: int | None = None,
        class_weight: Mapping[int, float] | None = None,
        several: bool = False,
        finite: bool = True,
    ) -> None:
        self.name = name
        self.steps = steps
        if steps is None and hasattr(source, "__len__"):
            self.steps = len(source)
        self._given_steps = steps
        self._source = source
        self._once = hasattr(source, "__next__")
        self._class_weight = class_weight
        self._several = several
        self._finite = finite
        self._pass: Iterator[Any] | None = None
        self._ahead: Any = _END  # a batch that was fetched to see whether there is one

    def has_more(self) -> bool:
        """Whether another epoch has a first batch; only a stream that is read once can end."""
        if self._once and self._ahead is _END:
            self._ahead = next(self._source, _END)
            return self._ahead is not _END
        return True

    def epoch(self) -> Iterator[Any]:
        """The batches of one epoch: tensors as x, (x, y) or (x, y, sample_weight)."""
        if self._given_steps is None:
            self._pass = None
        count = 0
        while count != self._given_steps:
            raw = self._next(begin=self._pass is None or self._given_steps is not None)
            if raw is _END:
                break
            count += 1
            yield self._converted(raw)
        if not count:
            raise ValueError(f"{self.name}: yields no batch, expected at least one")
        if self._given_steps is None:
            self.steps = count
        elif count < self._given_steps:
            warnings.warn(
                f"{self.name}: the data ran out after {count} of {self._given_steps} batches; let "
                "the generator go on, or give fewer steps",
                stacklevel=4,
            )

    def _next(self, begin: bool) -> Any:
        """The next batch, of a new pass if the present one is over and `begin` allows one."""
        if self._once:
            raw, self._ahead = self._ahead, _END
            return next(self._source, _END) if raw is _END else raw
        raw = _END if self._pass is None else next(self._pass, _END)
        if raw is _END and begin:
            self._pass = self._new_pass()
            raw = next(self._pass, _END)
        return raw

    def _new_pass(self) -> Iterator[Any]:
        if hasattr(self._source, "__iter__"):
            return iter(self._source)
        return (self._source[i] for i in range(len(self._source)))

    def _converted(self, raw: Any) -> Any:
        try:
            x, y, sample_weight = unpack_x_y_sample_weight(raw)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
        if self._class_weight is not None:
            check_one_weighting(sample_weight, self._class_weight)
            y = arrays_from("y", y, self._several)
            sample_weight = class_weights_to_sample_weights(y, self._class_weight)
        return tensors_from(x, y, sample_weight, self._several, self._finite)


_END: Any = object()


def split_off_validation(
    split: float, x: Any, y: Any, sample_weight: Any
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """(training, validation): the last share of the samples, in their given order, is held out."""
    size = len(leaves(x)[0])
    at = int(size * (1.0 - split))
    if at == 0 or at == size:
        raise ValueError(
            f"validation_split: {split} of {size} samples leaves {at} for training and {size - at} "
            "for validation, expected at least one each"
        )
    parts = (x, y, sample_weight)
    training = tuple(map_structure(lambda a: a[:at], part) for part in parts)
    validation = tuple(map_structure(lambda a: a[at:], part) for part in parts)
    return training, validation  # type: ignore[return-value]


def check_one_weighting(sample_weight: Any, class_weight: Any) -> None:
    """Raises ValueError if both are given."""
    if sample_weight is not None and class_weight is not None:
        raise ValueError(
            "class_weight and sample_weight cannot be given together; multiply the weights of the "
            "classes into sample_weight"
        )


def class_weights_to_sample_weights(y: Any, class_weight: Mapping[int, float]) -> np.ndarray:
    """A weight for every sample: `class_weight` of its class, 1 for classes that it leaves out.

    y: class numbers of shape (n,) or (n, 1), or one-hot rows (n, classes).
    """
    weights = _checked_class_weight(class_weight)
    if not isinstance(y, np.ndarray):
        raise ValueError(
            "class_weight: needs labels y of one output; for several outputs give sample_weight"
        )
    if y.ndim > 2:
        raise ValueError(
            f"class_weight: y has shape {y.shape}, expected one class a sample, (n,) or (n, 1), or "
            "one-hot rows (n, classes); give sample_weight instead"
        )
    if y.ndim == 2:
        y = y.argmax(-1) if y.shape[-1] > 1 else y[:, 0]
    classes, members = np.unique(np.rint(y).astype(np.int64), return_inverse=True)
    table = np.array([weights.get(int(c), 1.0) for c in classes])
    return checks.as_array("class_weight", table[members])


def _checked_class_weight(class_weight: Any) -> dict[int, float]:
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            "class_weight: expected a dict of class number: weight such as {0: 1.0, 1: 5.0}, got "
            f"{class_weight!r}"
        )
    weights: dict[int, float] = {}
    for key, weight in class_weight.items():
        whole = isinstance(key, (int, np.integer)) or (isinstance(key, float) and key.is_integer())
        if not whole or isinstance(key, bool):
            raise ValueError(
                f"class_weight: the key {key!r} is no class number; number the classes from 0"
            )
        if not isinstance(weight, (int, float, np.number)) or not 0 <= weight < np.inf:
            raise ValueError(
                f"class_weight: the weight of class {key} is {weight!r}, expected a number that is "
                "0 or more"
            )
        weights[int(key)] = float(weight)
    return weights
