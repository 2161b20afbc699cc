"""The project itself: where it loads models, what it states of its own license, what it ships."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from miner.pipelines.check.forge import line_url, place_of
from miner.pipelines.check.own_license import OwnLicenses, own_of_files, own_of_report
from miner.pipelines.check.report import LoadSite
from miner.pipelines.check.weight_files import WeightFile, read_weight_files
from miner.pipelines.derive.licenses.texts import paths
from miner.pipelines.derive.licenses.texts.repository_texts import LicenseReader, watch
from miner.pipelines.scan import file_kinds
from miner.pipelines.scan.data_sites import DataSite
from miner.pipelines.scan.downloads import is_no_load
from miner.pipelines.scan.file_kinds import is_weights
from miner.pipelines.scan.git import as_text
from miner.pipelines.scan.hosted_models import HostedSite
from miner.pipelines.scan.hub_names import hub_identity
from miner.pipelines.scan.name_listing import open_listing
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.site import ScannedSite, ScanResult
from miner.pipelines.scan.source_files import SourceFile, head_commit
from miner.pipelines.scan.target import ScanTarget
from miner.pipelines.scan.tree import EXCLUDED
from miner.schema.patterns import bounded
from miner.settings import FILE_NAME as SETTINGS_FILE

MAX_WEIGHT_FILES = 1_000
_ORIGIN = bounded(r'\[remote "origin"\][^\[]{0,1000}?\n\s*url\s*=\s*(\S+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Use:
    """A place, and the model that is loaded there.

    Attributes:
        hub: Where the model is published.
        model: Its name on the hub, or as written; None where the source does not name it.
        site: The place.
    """

    hub: str
    model: str | None
    site: LoadSite


@dataclass(frozen=True, slots=True)
class Beside:
    """What a project uses beside models of hubs.

    Attributes:
        data: Datasets that it loads, with their places.
        hosted: Service and name of models that services run, with their places.
        weights: Weight files in its tree.
    """

    data: tuple[tuple[str, LoadSite], ...] = ()
    hosted: tuple[tuple[str, str, LoadSite], ...] = ()
    weights: tuple[WeightFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A project as read.

    Attributes:
        name: Its name.
        place: Path or ``owner/name`` as typed.
        commit: Full sha, or empty.
        url: Its address, or empty.
        uses: Every place of a load, also those that name no model; mentions left out.
        mentioned: Models that are only mentioned, with their hub.
        own: What it states of its own license.
        weight_files: Files that look like weights, by path.
        state: State of the scan.
        reason: Why it is not complete, or empty.
        faults: Unexpected errors that cost a file, by class and place.
        excluded_count: Files that the project asks to leave out.
        unverified: Places of names that no rule settles.
        beside: What it uses beside models of hubs.
    """

    name: str
    place: str
    commit: str
    url: str
    uses: tuple[Use, ...]
    mentioned: frozenset[tuple[str, str]]
    own: OwnLicenses
    weight_files: tuple[str, ...]
    state: str
    reason: str
    faults: Mapping[str, int] = field(default_factory=dict)
    excluded_count: int = 0
    unverified: tuple[Use, ...] = ()
    beside: Beside = field(default_factory=Beside)


def read_place(place: ScanTarget) -> Project:
    """Read a checkout, a bare git directory or a .tar.gz.

    Raises:
        ConfigurationError: There is nothing at the path that can be read as source.
        InvalidData: The archive is broken.
    """
    weights: list[str] = []
    reader = LicenseReader()

    def wanted(path: str) -> bool:
        if is_weights(path) and len(weights) < MAX_WEIGHT_FILES:
            weights.append(path)
        if path == SETTINGS_FILE:
            return False  # its waivers name models, and load none
        return file_kinds.is_wanted(path) or paths.is_wanted(path)

    with open_listing(file=place.names) as listing:
        source = watch(place.open(wanted), reader)
        result = scan(_scanned(source), listing=listing)
    name, url = _identity(place.path)
    commit = head_commit(place.path, place.commit) or "" if place.path.is_dir() else ""
    own = own_of_files(reader.statements())
    problems = _problems(result, reader)  # those of the statements too
    return Project(
        name=as_text(name),
        place=as_text(str(place.path)),
        commit=commit,
        url=url,
        uses=tuple(_uses(result.sites, url, commit)),
        mentioned=_mentioned(result),
        own=own,
        weight_files=tuple(sorted(weights)),
        state="partial" if problems and result.state == "scanned" else result.state,
        reason=problems or result.reason or "",
        faults=result.faults + reader.faults.counts,
        excluded_count=result.skipped[EXCLUDED],
        unverified=tuple(_uses(result.unverified, url, commit)),
        beside=_beside(result, read_weight_files(place.path, weights), url, commit),
    )


def _beside(result: ScanResult, weights: tuple[WeightFile, ...], home: str, commit: str) -> Beside:
    """Return what a scan found beside models, with the places as a report has them."""

    def place(one: DataSite | HostedSite, kind: str, api: str, revision: str) -> LoadSite:
        url = line_url(home, commit, one.path, one.line)
        return LoadSite(one.path, one.line, one.role, kind, api, 1.0, url=url, revision=revision)

    data = ((one.name, place(one, one.kind, one.api, one.revision or ""))
            for one in result.data_sites)  # fmt: skip
    hosted = ((one.service, one.name, place(one, "value", "", "")) for one in result.hosted_sites)
    return Beside(tuple(data), tuple(hosted), weights)


def _problems(result: ScanResult, reader: LicenseReader) -> str:
    """Return why the source was not read whole, where a license file was lost to a bug."""
    if not reader.faults:
        return ""
    return "; ".join(filter(None, (result.reason, f"license files: {reader.faults.describe()}")))


def _scanned(source: Iterable[SourceFile]) -> Iterator[SourceFile]:
    """Pass on what the scanner reads: license files are read beside it, and not counted."""
    return (
        _without_policy(file) for file in source if not file.path or file_kinds.is_wanted(file.path)
    )


def _without_policy(file: SourceFile) -> SourceFile:
    """Blank the tables of miner in a ``pyproject.toml``: a policy names models, and loads none."""
    if file.path != "pyproject.toml" or file.data is None or b"tool.miner" not in file.data:
        return file
    kept = []
    is_own = False
    for line in file.data.split(b"\n"):
        if line.lstrip().startswith(b"["):
            is_own = line.lstrip(b" \t[").startswith(b"tool.miner")
        kept.append(b"" if is_own else line)
    return replace(file, data=b"\n".join(kept))


def _uses(sites: Iterable[ScannedSite], home: str, commit: str) -> Iterator[Use]:
    for site in sites:
        if site.role != "mention":
            place = LoadSite(
                site.path, site.line, site.role, site.kind, site.api, site.confidence,
                site.is_vendored, line_url(home, commit, site.path, site.line),
                argument="" if site.model else site.argument or "", revision=site.revision or "",
            )  # fmt: skip
            yield _use(site.hub, site.model, place)


def _use(hub: str, model: str | None, place: LoadSite) -> Use:
    """Return a use under the name that the Hub has for the model, where its library says so."""
    if model is None:
        return Use(hub, model, place)
    return Use(*hub_identity(hub, model, place.api), place)


def _mentioned(result: ScanResult) -> frozenset[tuple[str, str]]:
    used = {(site.hub, site.model) for site in result.sites if site.role != "mention"}
    named = {(site.hub, site.model) for site in result.sites if site.model}
    return frozenset((hub, model) for hub, model in named - used if model)


def _identity(path: Path) -> tuple[str, str]:
    """Return a project's name and address: those of its origin on a forge, else the folder's."""
    for config in (path / ".git" / "config", path / "config"):
        try:
            text = config.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        origin = _ORIGIN.search(text)
        if origin and (found := place_of(origin[1])):
            return found.name, found.url
    plain = path.resolve().name
    return re.sub(r"\.(?:tar\.gz|tgz|tar|git)$", "", plain) or "project", ""


def from_store(repository: Mapping[str, Any]) -> Project:
    """Return a repository of the store, from what ``describe_repository`` returns."""
    scans = repository["scans"]
    sites = repository["sites"]
    used = [site for site in sites if site["role"] != "mention"]
    names = {(site["hub"], site["model"]) for site in used}
    named = {(site["hub"], site["model"]) for site in sites if site["model"]}
    uses = (_use(site["hub"], site["model"], _stored_site(site)) for site in used)
    return Project(
        name=repository["name"],
        place=repository["name"],
        commit=(scans[0]["commit"] if scans else repository["head_commit"]) or "",
        url=repository["url"] or "",
        # earlier scans kept commands that fetch what is no model
        uses=tuple(
            use for use in uses if use.model or not is_no_load(use.site.api, use.site.argument)
        ),
        mentioned=frozenset(named - names),
        own=_own_stored(repository),
        weight_files=(),
        state=str(repository["scan_state"]),
        reason=(scans[0]["reason"] if scans else repository["reason"]) or "",
    )


def _own_stored(repository: Mapping[str, Any]) -> OwnLicenses:
    """Return what the last scan read in the repository's files, else what GitHub reports."""
    last = repository["scans"][0] if repository["scans"] else {}
    if last.get("code_license_state") in {"recognized", "several"}:
        return own_of_report(last["code_license"], place="its files")
    return own_of_report(repository["license"] or repository["license_key"])


def _stored_site(site: Mapping[str, Any]) -> LoadSite:
    return LoadSite(
        path=site["path"],
        line=site["line"],
        role=site["role"],
        kind=site["kind"],
        api=site["api"],
        confidence=site["confidence"],
        is_vendored=bool(site["is_vendored"]),
        url=site["evidence_url"] or "",
        argument="" if site["model"] else site["argument"] or "",
        revision=site.get("revision") or "",
    )
