"""Initializers: callables `(shape, dtype=None)` that return the first values of weights as arrays.

A random initializer with an integer seed gives the same values at every call. Without a seed it
draws one when it is made (reproducible after `set_random_seed`) and keeps it, so one instance gives
equal weights of equal shape; a `SeedGenerator` as seed gives new values at every call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Tensor
from nn.initializers.constant import Constant, Identity, Initializer, Ones, Zeros
from nn.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    compute_fans,
)
from nn.registry import Lookup

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "compute_fans",
    "deserialize",
    "get",
    "serialize",
]

_LOOKUP = Lookup(
    "initializer",
    {
        cls.__name__: cls
        for cls in (
            *(Constant, Identity, Ones, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal),
            *(VarianceScaling, Zeros, GlorotNormal, GlorotUniform, HeNormal, HeUniform),
            *(LecunNormal, LecunUniform),
        )
    }
    | {
        "IdentityInitializer": Identity,
        "OrthogonalInitializer": Orthogonal,
        "normal": RandomNormal,
        "one": Ones,
        "uniform": RandomUniform,
        "zero": Zeros,
    },
)


def get(identifier: Any) -> Any:
    """The initializer that a name, config, class, instance or callable stands for.

    An array or a Tensor stands for itself, as `Constant`. None gives None.
    """
    if isinstance(identifier, (np.ndarray, Tensor)):
        return Constant(identifier)
    return _LOOKUP.get(identifier)


serialize = _LOOKUP.serialize
deserialize = _LOOKUP.deserialize
