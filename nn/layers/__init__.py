"""The layers, and how names and configs become layers."""

from nn.layers.convolution import Conv2D
from nn.layers.core import Activation, Dense, Identity, Input, InputLayer
from nn.layers.input_spec import InputSpec
from nn.layers.layer import Layer
from nn.layers.normalization import BatchNormalization
from nn.layers.pooling import AveragePooling2D, MaxPooling2D
from nn.layers.regularization import ActivityRegularization, Dropout
from nn.layers.reshaping import Flatten, Reshape
from nn.registry import Lookup

__all__ = [
    "Activation",
    "ActivityRegularization",
    "AveragePooling2D",
    "AvgPool2D",
    "BatchNormalization",
    "Conv2D",
    "Convolution2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "Layer",
    "MaxPool2D",
    "MaxPooling2D",
    "Reshape",
    "deserialize",
    "get",
    "serialize",
]

AvgPool2D = AveragePooling2D
Convolution2D = Conv2D
MaxPool2D = MaxPooling2D

_LOOKUP = Lookup(
    "layer",
    {
        "Activation": Activation,
        "ActivityRegularization": ActivityRegularization,
        "AveragePooling2D": AveragePooling2D,
        "BatchNormalization": BatchNormalization,
        "Conv2D": Conv2D,
        "Dense": Dense,
        "Dropout": Dropout,
        "Flatten": Flatten,
        "Identity": Identity,
        "InputLayer": InputLayer,
        "MaxPooling2D": MaxPooling2D,
        "Reshape": Reshape,
    },
)

get = _LOOKUP.get
serialize = _LOOKUP.serialize
deserialize = _LOOKUP.deserialize
