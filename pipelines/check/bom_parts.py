"""What every BOM needs: the distinct models and datasets of a report, and their addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from miner.pipelines.check.report import (
    CheckReport,
    Concluded,
    DatasetReport,
    ModelReport,
    Obligation,
    Upstream,
)
from miner.pipelines.check.weight_files import WeightFile
from miner.pipelines.sources.hubs import hub_profile
from miner.schema.licenses import load_licenses

_REVISION = re.compile(r"^[0-9a-f]{40}$")


@dataclass(frozen=True, slots=True)
class Parts:
    """The distinct things in a report, each once, in order.

    Attributes:
        models: Models that the project loads.
        bases: Models that those were derived from and the project does not load itself.
        datasets: Data of either, and those that the project loads itself.
    """

    models: tuple[ModelReport, ...]
    bases: tuple[Upstream, ...]
    datasets: tuple[Upstream, ...]


@dataclass(frozen=True, slots=True)
class BomRevision:
    """Which revision of a model a BOM names, and why.

    Attributes:
        version: The commit that the source pins, else the one that was seen; empty: none is known.
        is_pinned: Whether the source pins it.
        others: Further commits that other loads of it pin.
        comment: What to know of it; empty where every load pins it and it is the one seen.
    """

    version: str
    is_pinned: bool
    others: tuple[str, ...]
    comment: str


def revision_of(model: ModelReport) -> BomRevision:
    """Return the revision of a model: the one that the source pins goes before the one seen."""
    pins = list(dict.fromkeys(site.revision for site in model.sites if site.is_pinned))
    loose = [site for site in model.sites if not site.is_pinned]
    seen = f"{model.version} was seen{_on(model.observed_at)}" if model.version else ""
    if not pins:
        names = list(dict.fromkeys(site.revision for site in loose if site.revision))
        what = f"only {' and '.join(names)}, which can move" if names else "and no tag or branch"
        comment = f"The source pins no commit, {what}: {seen or 'none was seen'}."
        return BomRevision(model.version, False, (), comment)
    comments = (
        [f"{len(loose)} of {len(model.sites)} loads pin no commit, as at {loose[0].place}."]
        if loose
        else []
    )
    if pins[1:]:
        comments.append(f"Other loads pin {', '.join(pins[1:])}.")
    if seen and not model.version.startswith(pins[0]):
        comments.append(f"Its license and card are those of another revision: {seen}.")
    return BomRevision(pins[0], True, tuple(pins[1:]), " ".join(comments))


def _on(moment: datetime | None) -> str:
    return f" on {moment:%Y-%m-%d}" if moment else ""


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
    for own in report.datasets:
        datasets.setdefault((own.hub, own.resolved), _upstream(own, report.name))
    return Parts(
        report.models,
        tuple(bases[key] for key in sorted(bases)),
        tuple(datasets[key] for key in sorted(datasets)),
    )


def _upstream(own: DatasetReport, project: str) -> Upstream:
    """Return a dataset that the project loads as one of its origins."""
    return Upstream(
        "dataset", own.hub, own.resolved, "loaded", project, (own.resolved, project), own.is_known,
        own.terms, Concluded(None, (), "Concluded is the license of models alone."),
        version=own.version, url=own.url,
    )  # fmt: skip


def weight_facts(one: WeightFile) -> dict[str, object]:
    """Return what is known of a weight file of the project, in the words of a BOM."""
    return {
        "format": one.format,
        "architecture": one.architecture,
        "parameter-count": one.parameter_count,
        "size-bytes": one.size_bytes,
        "file-of": ", ".join(f"{file.hub} {file.model} {file.path}" for file in one.hub_files),
        "detail": one.detail,
    }


def hosted_lines(report: CheckReport) -> list[str]:
    """Return the models that services run for the project, with their places, a line each."""
    return [
        f"{one.service}: {one.name} ({', '.join(site.place for site in one.sites)})"
        for one in report.hosted
    ]


def display_line(duty: Obligation) -> str:
    """Return the line that a license asks products to show; empty where it asks for none."""
    known = load_licenses().get(duty.license) if duty.kind == "display" else None
    return known.display if known else ""


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


def file_page(hub: str, name: str, revision: str, path: str) -> str:
    """Return the address of a file of a model; its path where its hub's follow no rule."""
    profile = hub_profile(hub)
    if profile is None or not profile.file_page or not revision:
        return path
    places = {"{name}": quote(name, safe="/"), "{revision}": revision, "{path}": quote(path)}
    address = profile.file_page
    for place, value in places.items():
        address = address.replace(place, value)
    return address
