"""Names for things: how 'adam', a config dict, a class or an instance become an object."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Lookup", "snake_case"]


def snake_case(name: str) -> str:
    """`BatchNormalization` -> `batch_normalization`, `Conv2D` -> `conv2d`, `ReLU` -> `re_lu`."""
    out = ""
    for i, char in enumerate(name):
        if char.isupper() and i and (name[i - 1].islower() or _starts_word(name, i)):
            out += "_"
        out += char.lower()
    return out


def _starts_word(name: str, i: int) -> bool:
    return name[i - 1].isupper() and i + 1 < len(name) and name[i + 1].islower()


class Lookup:
    """One kind of thing that users name: initializers, losses, optimizers, ...

    kind: the word for error messages, usually the argument's name ("optimizer").
    entries: name -> class or function; classes are also found by their snake_case name.
    """

    def __init__(self, kind: str, entries: Mapping[str, Any]) -> None:
        self.kind = kind
        self.entries: dict[str, Any] = {}
        for name, entry in entries.items():
            self.entries[name] = entry
            if inspect.isclass(entry):
                self.entries.setdefault(snake_case(name), entry)

    def get(self, identifier: Any) -> Any:
        """The object that `identifier` stands for.

        identifier: None (gives None), a name, a config `{"class_name": ..., "config": {...}}`, a
        class
            (instantiated with its defaults), or an instance or function (returned as it is).
        Raises ValueError for an unknown name, with suggestions.
        """
        if identifier is None:
            return None
        if isinstance(identifier, Mapping):
            return self.deserialize(identifier)
        if isinstance(identifier, str):
            entry = self.find(identifier)
            return entry() if inspect.isclass(entry) else entry
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(
            f"{self.kind}: cannot use {identifier!r} of type {type(identifier).__name__}; "
            "give a name, a config dict, or an object"
        )

    def find(self, name: str) -> Any:
        """The class or function called `name`."""
        entry = self.entries.get(name)
        if entry is None:
            entry = self.entries.get(name.lower())
        if entry is None:
            near = difflib.get_close_matches(name.lower(), self.entries, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            known = ", ".join(sorted(n for n in self.entries if n == n.lower()))
            raise ValueError(f"{self.kind}: unknown name {name!r}; {hint}Known: {known}")
        return entry

    def serialize(self, thing: Any) -> Any:
        """A name for a function, a `{"class_name", "config"}` dict for an object, None for None."""
        if thing is None:
            return None
        if hasattr(thing, "get_config"):
            return {"class_name": type(thing).__name__, "config": thing.get_config()}
        name = getattr(thing, "__name__", None)
        if name is None or name == "<lambda>":
            raise ValueError(
                f"{self.kind}: {thing!r} has no name for a config; use a named function or a class"
            )
        return name

    def deserialize(
        self, config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None
    ) -> Any:
        """The reverse of `serialize`."""
        if config is None:
            return None
        custom = custom_objects or {}
        if isinstance(config, str):
            return custom[config] if config in custom else self.get(config)
        name = config.get("class_name")
        if not isinstance(name, str):
            raise ValueError(
                f"{self.kind}: a config needs 'class_name', got the keys {list(config)}"
            )
        entry = custom.get(name) or self.find(name)
        if not inspect.isclass(entry):
            return entry
        arguments = config.get("config", {})
        make = getattr(entry, "from_config", None)
        return make(arguments) if make is not None else entry(**arguments)
