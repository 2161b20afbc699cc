"""One folder a hub; they are found by name: ``pytorch_hub/hub.py`` holds the hub ``pytorch-hub``.

All that is true of one hub only stands in its folder.
"""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType
from typing import TYPE_CHECKING, cast

from miner import registry
from miner.errors import ConfigurationError

if TYPE_CHECKING:
    from miner.pipelines.sources.hubs.profile import HubProfile
    from miner.pipelines.sources.hubs.protocol import HubSource


def hub_names() -> list[str]:
    """Return the short names of all hubs, in order; imports none of them."""
    return [package.replace("_", "-") for package in registry.packages_in(__path__)]


def default_hubs() -> list[str]:
    """Return the names of the hubs that a crawl of all hubs includes, in order."""
    return [profile.name for profile in hub_profiles() if profile.is_default]


def hub_profiles() -> list[HubProfile]:
    """Return the profiles of all hubs, by name; imports no client library."""
    return [profile for name in hub_names() if (profile := hub_profile(name))]


def hub_profile(name: str) -> HubProfile | None:
    """Return the profile of a hub; None of one that miner does not crawl (timm, Ollama)."""
    if name not in hub_names():
        return None
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}.profile")
    return cast("HubProfile", module.PROFILE)


def hub_modules(module: str) -> dict[str, ModuleType]:
    """Return a module of that name of each hub's folder that has one, by the hub's name."""
    found = {}
    for name in hub_names():
        package = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
        if module in registry.names_in(package.__path__):
            found[name] = importlib.import_module(f"{package.__name__}.{module}")
    return found


def hub_class(name: str) -> type[HubSource]:
    """Return the class of a hub.

    Raises:
        ConfigurationError: There is no such hub, or its module holds no class of that name.
    """
    if name not in hub_names():
        raise ConfigurationError(
            f"there is no hub {name!r}", next_step=f"one of: {', '.join(hub_names())}"
        )
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}.hub")
    for found in vars(module).values():
        if inspect.isclass(found) and getattr(found, "name", None) == name:
            return cast("type[HubSource]", found)
    raise ConfigurationError(
        f"{module.__file__} holds no class with name = {name!r}",
        next_step="give the hub's class the name of its folder, with hyphens",
    )
