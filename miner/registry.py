"""Find modules and files by folder, so that adding one is one file.

A name that two files claim is an error naming both.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from miner.errors import ConfigurationError

Item = TypeVar("Item")


def names_in(places: Iterable[str]) -> list[str]:
    """Return the names of the public modules directly inside a package, imported or not.

    Args:
        places: The package's ``__path__``.
    """
    names = (info.name for info in pkgutil.iter_modules(places))
    return sorted(name for name in names if not name.startswith("_"))


def packages_in(places: Iterable[str]) -> list[str]:
    """Return the names of the public packages directly inside a package, imported or not.

    Args:
        places: The package's ``__path__``.
    """
    names = (info.name for info in pkgutil.iter_modules(places) if info.ispkg)
    return sorted(name for name in names if not name.startswith("_"))


def modules_in(package: ModuleType) -> list[ModuleType]:
    """Import every public module directly inside a package, in order of name."""
    return [
        importlib.import_module(f"{package.__name__}.{name}") for name in names_in(package.__path__)
    ]


def files_in(folder: Path, suffix: str) -> list[Path]:
    """Return the files below a folder with this suffix, in order of path."""
    return sorted(path for path in folder.rglob(f"*{suffix}") if path.is_file())


def index_by_name(
    items: Iterable[Item], name: Callable[[Item], str], origin: Callable[[Item], str]
) -> dict[str, Item]:
    """Return items by name.

    Args:
        items: What was found.
        name: The name an item claims.
        origin: The file it came from, for the message.

    Raises:
        ConfigurationError: Two files claim one name.
    """
    found: dict[str, Item] = {}
    for item in items:
        key = name(item)
        if key in found:
            raise ConfigurationError(
                f"the name {key!r} is claimed by {origin(found[key])} and {origin(item)}",
                next_step="rename one of the two files",
            )
        found[key] = item
    return found
