"""Loss: the base of all, and the wrapper that makes one of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_core import Tensor
from nn.losses.checks import as_tensor, squeeze_or_expand_to_same_rank
from nn.losses.reductions import aligned, reduce_weighted_values, standardize_reduction
from nn.naming import auto_name
from nn.settings import standardize_dtype

__all__ = ["Loss", "LossFunctionWrapper"]


class Loss:
    """A loss that is called with `(y_true, y_pred, sample_weight=None)` and returns a Tensor.

    A subclass defines `call(y_true, y_pred)`, which returns one value for each sample.

    reduction: "sum_over_batch_size" (the sum divided by the number of loss values), "mean" (the
        same), "sum", "mean_with_sample_weight" (divided by the sum of weights), "none" or None.
    dtype: of the computation, `floatx()` by default; y_true and y_pred are cast to it.
    """

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self.dtype = standardize_dtype(dtype)
        self._own_dtype = dtype is not None

    def call(self, y_true: Tensor, y_pred: Tensor) -> Any:
        """The loss values, one for each sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred)")

    def compute_mask(self, y_true: Any, y_pred: Any) -> Any:
        """Which loss values count, as booleans of their shape; None for all."""
        return None

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, mask: Any = None
    ) -> Tensor:
        """The reduced loss. Gradients go to y_pred, and to y_true and sample_weight if tracked.

        y_true: array, list or Tensor. sample_weight: one a sample, or of the loss values' shape.
        mask: like sample_weight, of booleans; where it is False nothing counts.
        """
        y_pred = as_tensor(y_pred, self.dtype, f"{self.name}: y_pred")
        y_true = self._labels(y_true)
        values = self.call(y_true, y_pred)
        own = self.compute_mask(y_true, y_pred)
        if own is not None:
            mask = (
                own
                if mask is None
                else own & aligned(as_tensor(mask, bool), own.shape, "mask").data
            )
        return reduce_weighted_values(
            values, sample_weight, mask, self.reduction, self.dtype, self.name
        )

    def _labels(self, y_true: Any) -> Tensor:
        return as_tensor(y_true, self.dtype, f"{self.name}: y_true")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss; subclasses add theirs."""
        config: dict[str, Any] = {"name": self.name, "reduction": self.reduction}
        if self._own_dtype:
            config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The loss that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """A Loss of a function `fn(y_true, y_pred, **kwargs)`; `(n,)` beside `(n, 1)` fits.

    The keyword arguments are attributes of it.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self.fn_kwargs = kwargs

    def __getattr__(self, name: str) -> Any:
        arguments = self.__dict__.get("fn_kwargs", {})
        if name in arguments:
            return arguments[name]
        raise AttributeError(f"{type(self).__name__} has no attribute '{name}'")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Any:
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.fn_kwargs)

    def _labels(self, y_true: Any) -> Tensor:
        # Class numbers stay integers: a float16 does not hold them all.
        keeps = getattr(self.fn, "takes_class_numbers", False)
        return as_tensor(y_true, None if keeps else self.dtype, f"{self.name}: y_true")

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), **self.fn_kwargs}
        if type(self) is LossFunctionWrapper:
            from nn.losses.lookup import serialize

            config["fn"] = serialize(self.fn)
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        if isinstance(config.get("fn"), str):
            from nn.losses.lookup import deserialize

            config = {**config, "fn": deserialize(config["fn"])}
        return cls(**config)
