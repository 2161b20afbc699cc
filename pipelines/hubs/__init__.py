"""One module a hub; they are found by file name: ``pytorch_hub.py`` holds the hub ``pytorch-hub``.

A module whose name begins with an underscore helps one of them.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, cast

from miner import registry
from miner.errors import ConfigurationError

if TYPE_CHECKING:
    from miner.pipelines.hubs.base import Hub

_NO_HUBS = frozenset({"base"})


def hub_names() -> list[str]:
    """Return the short names of all hubs, in order; imports none of them."""
    modules = registry.names_in(__path__)
    return [module.replace("_", "-") for module in modules if module not in _NO_HUBS]


def hub_class(name: str) -> type[Hub]:
    """Return the class of a hub.

    Raises:
        ConfigurationError: There is no such hub, or its module holds no class of that name.
    """
    if name not in hub_names():
        raise ConfigurationError(
            f"there is no hub {name!r}", next_step=f"one of: {', '.join(hub_names())}"
        )
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    for found in vars(module).values():
        if inspect.isclass(found) and getattr(found, "name", None) == name:
            return cast("type[Hub]", found)
    raise ConfigurationError(
        f"{module.__file__} holds no class with name = {name!r}",
        next_step="give the hub's class the name of its module, with hyphens",
    )
