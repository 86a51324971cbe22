"""BatchNormalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Tensor
from nn import constraints, initializers, regularizers
from nn.functional.normalization import batch_norm, batch_norm_inference
from nn.layers.arguments import float_input, is_integer, refuse
from nn.layers.input_spec import InputSpec
from nn.layers.layer import Layer
from nn.variable import Variable

__all__ = ["BatchNormalization"]

Shape = tuple[int | None, ...]


class BatchNormalization(Layer):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta for each channel.

    In training mean and variance (the biased one) are the batch's, over all axes but `axis`, and
    the moving averages move: moving = momentum moving + (1 - momentum) batch. In inference, and in
    a layer with trainable=False, they are the moving averages.

    center, scale: whether there are a beta and a gamma. momentum: in [0, 1].
    `synchronized` and `renorm` are refused unless False.

    Raises ValueError if the input's size along `axis` is unknown, in training also for an empty
    batch.
    Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        own = "BatchNormalization"
        refuse(own, "statistics are those of this process's batch", synchronized=synchronized)
        refuse(own, "leave it out", renorm=renorm, renorm_clipping=renorm_clipping)
        if not is_integer(axis):
            raise ValueError(f"{own}: axis must be an integer, got {axis!r}")
        if not 0 <= momentum <= 1:
            raise ValueError(f"{own}: momentum must be between 0 and 1, got {momentum}")
        if not epsilon >= 0:
            raise ValueError(f"{own}: epsilon must be >= 0, got {epsilon}")
        self.axis = int(axis)
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm_momentum = renorm_momentum
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        rank = len(input_shape)
        if not -rank <= self.axis < rank:
            raise ValueError(f"axis {self.axis} is not one of the input's shape {input_shape}")
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(
                f"the input's size along axis {self.axis} must be known, got the shape "
                f"{tuple(input_shape)}"
            )
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                (size,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                (size,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                name="beta",
            )
        self.moving_mean = self.add_weight(
            (size,), initializer=self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            (size,),
            initializer=self.moving_variance_initializer,
            trainable=False,
            name="moving_variance",
        )
        self.input_spec = InputSpec(ndim=rank, axes={self.axis: size})

    def call(self, inputs: Tensor, training: bool = False, mask: Any = None) -> Tensor:
        if mask is not None:
            raise ValueError("mask is not supported; statistics would count what it leaves out")
        x = float_input(inputs, self.dtype)
        if x.dtype == np.float16:  # sums of squares overflow
            x = x.astype(np.float32)
        settings = {"axis": self.axis, "epsilon": self.epsilon}
        if training and self.trainable:
            y, mean, variance = batch_norm(x, self.gamma, self.beta, **settings)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        else:
            moving = self.moving_mean, self.moving_variance
            y = batch_norm_inference(x, *moving, self.gamma, self.beta, **settings)
        return y if y.dtype == self.dtype else y.astype(self.dtype)

    def _move(self, average: Variable, value: Tensor) -> None:
        average.replace(self.momentum * average.data + (1 - self.momentum) * value.data)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
            "synchronized": False,
            "renorm": False,
            "renorm_clipping": None,
            "renorm_momentum": self.renorm_momentum,
        }
