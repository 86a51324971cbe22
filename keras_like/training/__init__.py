"""How models are trained: arguments to batches, checks, steps and loops."""

from keras_like.training.trainer import Trainer

__all__ = ["Trainer"]
