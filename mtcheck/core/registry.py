"""Typed registries filled through entry points, the same way for built-ins and for plugins.

An entry point names a module or a package. Every module under it is imported, and the classes in it
register themselves with the decorator `@REGISTRY.register`. So a new rule or reader is one new file.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import ClassVar, Generic, Protocol, TypeVar

from mtcheck.core.errors import Code, MtcheckError


class Named(Protocol):
    """What a registry holds: classes with a name."""

    name: ClassVar[str]


T = TypeVar("T", bound=Named)
C = TypeVar("C", bound=type)


class Registry(Generic[T]):
    """Classes of one kind by name.

    Args:
        group: the entry-point group, `mtcheck.rules` for instance.
        kind: the word for one of them in messages.
    """

    def __init__(self, group: str, kind: str) -> None:
        self.group = group
        self.kind = kind
        self._classes: dict[str, type[T]] = {}
        self._loaded = False

    def register(self, cls: C) -> C:
        """Class decorator. Raises BROKEN_PLUGIN if another class has the name already."""
        name = cls.name  # type: ignore[attr-defined]
        known = self._classes.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise MtcheckError(
                Code.BROKEN_PLUGIN,
                f"two {self.kind}s are called '{name}'",
                where=f"{known.__module__} and {cls.__module__}",
                mend="Rename or uninstall one of them",
            )
        self._classes[name] = cls
        return cls

    def load(self) -> None:
        """Import every module that the entry points of the group name, once."""
        if self._loaded:
            return
        self._loaded = True
        for point in sorted(entry_points(group=self.group), key=lambda point: (point.name, point.value)):
            try:
                module = importlib.import_module(point.value)
                for found in pkgutil.walk_packages(getattr(module, "__path__", []), point.value + "."):
                    # A module named with an underscore is a part of another, which imports it when it needs it.
                    if not found.name.rpartition(".")[2].startswith("_"):
                        importlib.import_module(found.name)
            except ImportError as error:
                raise MtcheckError(
                    Code.BROKEN_PLUGIN,
                    f"the entry point '{point.name}' of {self.group} does not import ({error})",
                    where=point.value,
                    mend="Reinstall the package that provides it",
                ) from error

    def names(self) -> list[str]:
        """All names, sorted."""
        self.load()
        return sorted(self._classes)

    def __iter__(self) -> Iterator[type[T]]:
        for name in self.names():
            yield self._classes[name]

    def get(self, name: str) -> type[T]:
        """The class called `name`. Raises UNKNOWN_NAME, with the nearest name there is."""
        self.load()
        if name not in self._classes:
            raise unknown_name(self.kind, name, self.names())
        return self._classes[name]


def unknown_name(kind: str, name: str, known: list[str]) -> MtcheckError:
    """The error for a name that nobody answers to, with the nearest that somebody does."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return MtcheckError(
        Code.UNKNOWN_NAME,
        f"there is no {kind} called '{name}'",
        where=kind,
        mend=f"{hint}Known: {', '.join(known)}",
    )
