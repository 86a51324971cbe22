"""What happens beside the training: history, progress, and what users write."""

from keras_like.callbacks.callback import Callback
from keras_like.callbacks.callback_list import CallbackList
from keras_like.callbacks.history import History
from keras_like.callbacks.progress import ProgbarLogger

__all__ = ["Callback", "CallbackList", "History", "ProgbarLogger"]
