"""A check, from a project to its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from miner import __version__
from miner.db.lookup import HeldModel
from miner.errors import InvalidData
from miner.pipelines.check import duties, judge, stated
from miner.pipelines.check.chain import BaseLink, base_origin, data_origin, follow
from miner.pipelines.check.knowledge import Knowledge
from miner.pipelines.check.parts import page
from miner.pipelines.check.report import (
    Architecture,
    Concluded,
    Judged,
    ModelReport,
    OwnFinding,
    Report,
    Site,
    rank,
)
from miner.pipelines.check.source import Project, Use, from_store, read_place
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.pipelines.executors import Done, open_executor
from miner.pipelines.scan.retry import read_each
from miner.pipelines.scan.target import ScanTarget
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.hubs import hub_profile
from miner.schema.licenses import UNKNOWN
from miner.schema.vocab import BatchFailure
from miner.settings import load_settings

_ROLES = ("use", "example", "test")


def check_place(
    place: ScanTarget, knowledge: Knowledge, matrix: Matrix, *, name: str | None = None
) -> Report:
    """Check a checkout, a bare git directory or a .tar.gz.

    Its source is read in a process with a deadline: strangers wrote it.

    Args:
        place: Where it is.
        knowledge: What is known of models.
        matrix: The rules.
        name: What to call the project, else what its origin or folder is called.

    Raises:
        ConfigurationError: There is nothing at the path that can be read as source.
        InvalidData: The archive is broken, or reading it took too long.
    """
    project = _read(place)
    return check(replace(project, name=name) if name else project, knowledge, matrix)


def _read(place: ScanTarget) -> Project:
    with open_executor("processes:1") as executor:
        for _, outcome in read_each(
            executor, read_place, [place], load_settings().repository_seconds
        ):
            if isinstance(outcome, Done):
                return outcome.result
            if outcome.error is not None:
                raise outcome.error
            is_slow = outcome.state is BatchFailure.TOO_SLOW
            raise InvalidData(
                f"{place.path} was not read: {outcome.reason}",
                next_step="raise MINER_REPOSITORY_SECONDS, or check a part of it"
                if is_slow
                else "report this error with its place; check a part of it meanwhile",
            )
    raise InvalidData(f"{place.path} was not read")


def check_stored(
    held: Mapping[str, Any], knowledge: Knowledge, matrix: Matrix, *, name: str | None = None
) -> Report:
    """Check a repository of the store.

    Args:
        held: As ``show.repository.describe_repository`` gives it.
        knowledge: What is held on models.
        matrix: The rules.
        name: What to call the project, else as it is called on GitHub.
    """
    project = from_store(held)
    return check(replace(project, name=name) if name else project, knowledge, matrix)


def check(project: Project, knowledge: Knowledge, matrix: Matrix) -> Report:
    """Return the report on a project; see ``check_place``."""
    faults = Faults()
    faults.counts.update(project.faults)
    models = _models(project, knowledge, matrix, faults)
    findings = _own(project, matrix, faults)
    return Report(
        name=project.name,
        place=project.place,
        commit=project.commit,
        url=project.url,
        terms=project.own.terms,
        own=project.own.found,
        models=tuple(models),
        unresolved=tuple(use.site for use in project.uses if use.model is None),
        weight_files=project.weight_files,
        mention_count=len(project.mentioned),
        scan_state=project.state,
        scan_reason=project.reason,
        notes=(knowledge.population(), *_notes(project, models)),
        matrix=matrix.name,
        matrix_version=matrix.version,
        tool_version=__version__,
        findings=tuple(findings),
        faults=dict(faults.counts),
    )


def _own(project: Project, matrix: Matrix, faults: Faults) -> list[OwnFinding]:
    """Return the findings on the project's own statements; where judging breaks, that it did."""
    try:
        return list(judge.judge_own(project.own, project.name, matrix))
    except Exception as error:  # a bug costs this judgment, not the check
        place = faults.note("the license of the project itself", error)
        path = project.own.found[0].path if project.own.found else "."
        return [OwnFinding(judge.failed(project.name, place, project.name), path, 1)]


def _notes(project: Project, models: list[ModelReport]) -> list[str]:
    notes = []
    held = sum(1 for model in models if model.is_held)
    if models:
        notes.append(f"{held} of {len(models)} models that the project loads are held")
    absent = [model.resolved for model in models if model.state not in {"", "present"}]
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        notes.append(f"not on their hub any more, or disabled: {', '.join(absent[:5])}{more}")
    if project.weight_files:
        notes.append(
            f"{len(project.weight_files)} files look like weights; which model they are of is not "
            "known: where they are a copy of one above, its terms for passing weights on hold"
        )
    if project.download_count:
        notes.append(
            f"{project.download_count} downloads of addresses that look like no model are left out"
        )
    failed = [
        model.resolved for model in models if any(f.reason == judge.BROKEN for f in model.findings)
    ]
    if failed:
        notes.append(f"not judged, because of bugs of miner: {', '.join(failed[:5])}")
    if project.state != "scanned":
        why = f" ({project.reason})" if project.reason else ""
        notes.append(f"the source was not read whole: {project.state}{why}")
    return notes


def _models(
    project: Project, knowledge: Knowledge, matrix: Matrix, faults: Faults
) -> list[ModelReport]:
    for hub in sorted({use.hub for use in project.uses}):
        names = {use.model for use in project.uses if use.hub == hub and use.model}
        knowledge.prepare(hub, sorted(names))
    groups: dict[tuple[str, str], tuple[HeldModel | None, list[Use]]] = {}
    for use in project.uses:
        if use.model is None:
            continue
        held = knowledge.model(use.hub, use.model)
        if held is not None and held.state == "named":
            held = None  # it is only named by others: nothing is held on itself
        key = (use.hub, held.name if held else use.model)
        groups.setdefault(key, (held, []))[1].append(use)
    models = []
    for held, uses in groups.values():
        try:
            models.append(_model(held, uses, project, knowledge, matrix))
        except Exception as error:  # a bug costs this model's judgment, not the check
            hub, name = uses[0].hub, uses[0].model or ""
            finding = judge.failed(name, faults.note(name, error), project.name)
            models.append(_unheld(hub, name, _sorted(use.site for use in uses), finding))
    return sorted(models, key=lambda one: (-rank(one.verdict), one.hub, one.resolved))


def _model(
    held: HeldModel | None, uses: list[Use], project: Project, knowledge: Knowledge, matrix: Matrix
) -> ModelReport:
    sites = _sorted(use.site for use in uses)
    hub, name = uses[0].hub, uses[0].model or ""
    if held is None:
        return _unheld(hub, name, sites, judge.unheld(name, hub, project.name))
    chain = follow(held, knowledge)
    ships = "unknown" if project.weight_files else "no"
    findings = judge.judge(chain, project.own.statement, project.name, matrix, ships)

    def conclusion(link: BaseLink) -> Concluded:
        if link.base is None:
            return Concluded(None, (), "Nothing is held on the model.")
        above = follow(link.base, knowledge)
        return duties.conclude(above, judge.above(above, project.name, matrix))

    return ModelReport(
        hub=hub,
        name=name,
        resolved=held.name,
        is_held=True,
        state=held.state or "",
        owner=held.owner or "",
        version=held.sha or "",
        created_at=held.created_at,
        gated=held.gated or "",
        terms=stated.of_held(held),
        concluded=duties.conclude(chain, findings),
        commercial_use=duties.commercial_use(chain),
        architecture=_architecture(held),
        bases=tuple(base_origin(link, conclusion(link)) for link in chain.bases),
        datasets=tuple(data_origin(link) for link in chain.data),
        findings=tuple(findings),
        obligations=duties.obligations(chain),
        sites=sites,
        url=page("model", hub, held.name),
    )


def _unheld(hub: str, name: str, sites: tuple[Site, ...], finding: Judged) -> ModelReport:
    profile = hub_profile(hub)
    return ModelReport(
        hub=hub, name=name, resolved=name, is_held=False, state="",
        owner=profile.owner_of(name) if profile else "", version="", created_at=None,
        gated="", terms=stated.terms_of(stated.UNREAD),
        concluded=Concluded(None, (), "Nothing is held on the model."), commercial_use=UNKNOWN,
        architecture=Architecture(), bases=(), datasets=(), findings=(finding,), obligations=(),
        sites=sites, url=page("model", hub, name),
    )  # fmt: skip


def _sorted(sites: Iterable[Site]) -> tuple[Site, ...]:
    """Sort places: what runs before examples and tests, own files before copies."""
    return tuple(
        sorted(
            sites,
            key=lambda one: (one.is_vendored, _ROLES.index(one.role), one.path, one.line),
        )
    )


def _architecture(held: HeldModel) -> Architecture:
    return Architecture(
        task=held.pipeline_tag or "",
        model_type=held.model_type or "",
        architecture=held.architecture or "",
        library=held.library_name or "",
        quantization=held.quantization or "",
        parameter_count=held.parameter_count,
        context_length=held.context_length,
    )
