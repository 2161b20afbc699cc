"""What every BOM needs: the distinct models and datasets of a report, and their addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from miner.pipelines.check.report import CheckReport, ModelReport, Upstream
from miner.pipelines.sources.hubs import hub_profile

_REVISION = re.compile(r"^[0-9a-f]{40}$")


@dataclass(frozen=True, slots=True)
class Parts:
    """The distinct things in a report, each once, in order.

    Attributes:
        models: Models that the project loads.
        bases: Models that those were derived from and the project does not load itself.
        datasets: Data of either.
    """

    models: tuple[ModelReport, ...]
    bases: tuple[Upstream, ...]
    datasets: tuple[Upstream, ...]


def parts_of(report: CheckReport) -> Parts:
    """Return the distinct models, bases and datasets of a report."""
    loaded = {(model.hub, model.resolved) for model in report.models}
    bases: dict[tuple[str, str], Upstream] = {}
    datasets: dict[tuple[str, str], Upstream] = {}
    for model in report.models:
        for base in model.bases:
            if (base.hub, base.name) not in loaded:
                bases.setdefault((base.hub, base.name), base)
        for data in model.datasets:
            datasets.setdefault((data.hub, data.name), data)
    return Parts(
        report.models,
        tuple(bases[key] for key in sorted(bases)),
        tuple(datasets[key] for key in sorted(datasets)),
    )


def edges_of(report: CheckReport) -> Iterator[tuple[str, str, Upstream]]:
    """Yield (hub, child, base or dataset) of all chains, each once, in order."""
    found = {
        (origin.hub, origin.child, origin.kind, origin.name, origin.relation): origin
        for model in report.models
        for origin in (*model.bases, *model.datasets)
    }
    for key in sorted(found):
        yield key[0], key[1], found[key]


def reference(kind: str, hub: str, name: str) -> str:
    """Return a reference inside a document: letters, digits and ``%-escapes`` alone."""
    return f"{kind}/{quote(hub, safe='')}/{quote(name, safe='/')}"


def purl(hub: str, name: str, version: str) -> str:
    """Return the package URL of a model; empty where its hub has no type of its own."""
    profile = hub_profile(hub)
    if profile is None or not profile.purl_type or not name:
        return ""
    revision = f"@{version}" if _REVISION.match(version) else ""
    return f"pkg:{profile.purl_type}/{quote(name, safe='/')}{revision}"


def page(kind: str, hub: str, name: str) -> str:
    """Return the page of a model or dataset; empty where its hub's addresses follow no rule."""
    profile = hub_profile(hub)
    return profile.page(kind, name) if profile else ""
