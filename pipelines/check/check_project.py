"""A check, from a project to its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from miner import __version__
from miner.db.lookup import KnownModel
from miner.errors import InvalidData
from miner.pipelines.check import (
    beside,
    chain_findings,
    duties,
    gate_decision,
    license_terms,
    policy_rules,
)
from miner.pipelines.check.bom_parts import file_page, page
from miner.pipelines.check.chain import BaseLink, Chain, base_origin, data_origin, follow
from miner.pipelines.check.concluded import ConcludedKnowledge
from miner.pipelines.check.knowledge import Knowledge
from miner.pipelines.check.policy_file import GatePolicy, LicenseConclusion
from miner.pipelines.check.project_source import Project, Use, from_store, read_place
from miner.pipelines.check.report import (
    ArchitectureReport,
    ChainFinding,
    CheckReport,
    Concluded,
    DatasetReport,
    LoadSite,
    ModelReport,
    Obligation,
    OwnFinding,
    in_order,
    rank,
    unpinned,
)
from miner.pipelines.check.verify import Verified, verify
from miner.pipelines.check.weight_files import WeightFile
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.pipelines.executors import Done, open_executor
from miner.pipelines.scan.retry import read_each
from miner.pipelines.scan.target import ScanTarget
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.hubs import hub_profile
from miner.schema.licenses import UNKNOWN
from miner.schema.vocab import BatchFailure
from miner.settings import load_settings


@dataclass(frozen=True, slots=True)
class CheckTerms:
    """By what a project is judged.

    Attributes:
        matrix: The rules on licenses.
        policy: What fails.
        today: The day by which waivers expire, UTC.
    """

    matrix: Matrix
    policy: GatePolicy = field(default_factory=GatePolicy)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


def check_place(
    place: ScanTarget, knowledge: Knowledge, by: CheckTerms, *, name: str | None = None
) -> CheckReport:
    """Check a checkout, a bare git directory or a .tar.gz.

    Its source is read in a process with a deadline: strangers wrote it.

    Args:
        place: Where it is.
        knowledge: What is known of models.
        by: By what it is judged.
        name: What to call the project, else what its origin or folder is called.

    Raises:
        ConfigurationError: There is nothing at the path that can be read as source.
        InvalidData: The archive is broken, or reading it took too long.
    """
    project = _read(place)
    return check(replace(project, name=name) if name else project, knowledge, by)


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
    stored: Mapping[str, Any], knowledge: Knowledge, by: CheckTerms, *, name: str | None = None
) -> CheckReport:
    """Check a repository of the store.

    Args:
        stored: As ``show.repository_view.describe_repository`` returns it.
        knowledge: What is known of models.
        by: By what it is judged.
        name: What to call the project, else as it is called on GitHub.
    """
    project = from_store(stored)
    return check(replace(project, name=name) if name else project, knowledge, by)


def check(project: Project, knowledge: Knowledge, by: CheckTerms) -> CheckReport:
    """Return the report on a project; see ``check_place``."""
    faults = Faults()
    faults.counts.update(project.faults)
    concluded = ConcludedKnowledge(knowledge, by.policy.conclusions)
    verified = verify(((use.hub, use.model or "") for use in project.unverified), concluded.read)
    project = _with_verified(project, verified)
    models = _models(project, concluded, by, faults)
    findings = _own(project, by.matrix, faults)
    datasets, weights = _beside(project, concluded, by.matrix, faults)
    notes = [knowledge.population(), *_notes(project, models, weights), *_unverified(verified)]
    report = replace(
        _unjudged(project, by.matrix),
        models=tuple(models),
        findings=tuple(findings),
        datasets=datasets,
        weights=weights,
        notes=tuple(notes),
        faults=dict(faults.counts),
    )
    gate = gate_decision.decide(report, by.policy, by.today, concluded.unused())
    return replace(report, gate=gate)


def _unjudged(project: Project, matrix: Matrix) -> CheckReport:
    """Return a report of what the source alone says."""
    return CheckReport(
        name=project.name,
        place=project.place,
        commit=project.commit,
        url=project.url,
        terms=project.own.terms,
        own=project.own.found,
        models=(),
        unresolved=tuple(use.site for use in project.uses if use.model is None),
        weight_files=project.weight_files,
        mention_count=len(project.mentioned),
        scan_state=project.state,
        scan_reason=project.reason,
        notes=(),
        matrix=matrix.name,
        matrix_version=matrix.version,
        tool_version=__version__,
        hosted=beside.hosted_of(project),
    )


def _with_verified(project: Project, verified: Verified) -> Project:
    """Return a project whose uses are also those that only a hub's answer made uses."""
    found = tuple(u for u in project.unverified if (u.hub, u.model) in verified.models)
    return replace(project, uses=project.uses + found) if found else project


def _unverified(verified: Verified) -> list[str]:
    """Return the note on names that nobody answered for."""
    if not verified.open:
        return []
    more = f" and {len(verified.open) - 5} more" if len(verified.open) > 5 else ""
    return [
        "unverified, since no rule and no answer says whether it is a model: "
        f"{', '.join(verified.open[:5])}{more}"
    ]


def _beside(
    project: Project, knowledge: Knowledge, matrix: Matrix, faults: Faults
) -> tuple[tuple[DatasetReport, ...], tuple[WeightFile, ...]]:
    """Return the datasets and weight files of a project; a bug costs these alone."""
    datasets: tuple[DatasetReport, ...] = ()
    weights = project.beside.weights
    with faults.of("the datasets that the project loads"):
        datasets = beside.datasets_of(project, knowledge, matrix)
    with faults.of("the weight files of the project"):
        weights = beside.weights_of(project, knowledge)
    return datasets, weights


def _own(project: Project, matrix: Matrix, faults: Faults) -> list[OwnFinding]:
    """Return the findings on the project's own statements; where judging breaks, that it did."""
    try:
        return list(chain_findings.judge_own(project.own, project.name, matrix))
    except Exception as error:  # a bug costs this judgment, not the check
        place = faults.note("the license of the project itself", error)
        path = project.own.found[0].path if project.own.found else "."
        return [OwnFinding(chain_findings.failed(project.name, place, project.name), path, 1)]


def _notes(
    project: Project, models: list[ModelReport], weights: tuple[WeightFile, ...]
) -> list[str]:
    notes = []
    known = sum(1 for model in models if model.is_held)
    if models:
        notes.append(f"{known} of {len(models)} models that the project loads are in the data")
    absent = [model.resolved for model in models if model.state not in {"", "present"}]
    if absent:
        more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
        notes.append(f"not on their hub any more, or disabled: {', '.join(absent[:5])}{more}")
    known_files = sum(1 for one in weights if one.hub_files)
    if left := len(project.weight_files) - known_files:
        notes.append(
            f"{left} files look like weights; which model they are of is not "
            "known: where they are a copy of one above, its terms for passing weights on hold"
        )
    if known_files:
        notes.append(f"{known_files} weight files are files of models: their terms hold for both")
    if loose := sum(len(unpinned(model.sites)) for model in models):
        notes.append(f"{loose} loads name no commit: what they load can change (see unpinned)")
    if project.excluded_count:
        notes.append(f"{project.excluded_count} files are left out, as the project asks")
    failed = [
        model.resolved
        for model in models
        if any(f.reason == chain_findings.BROKEN for f in model.findings)
    ]
    if failed:
        notes.append(f"not judged, because of bugs of miner: {', '.join(failed[:5])}")
    if project.state != "scanned":
        why = f" ({project.reason})" if project.reason else ""
        notes.append(f"the source was not read whole: {project.state}{why}")
    return notes


def _models(
    project: Project, knowledge: ConcludedKnowledge, by: CheckTerms, faults: Faults
) -> list[ModelReport]:
    for hub in sorted({use.hub for use in project.uses}):
        names = {use.model for use in project.uses if use.hub == hub and use.model}
        knowledge.prepare(hub, sorted(names))
    groups: dict[tuple[str, str], tuple[KnownModel | None, list[Use]]] = {}
    for use in project.uses:
        if use.model is None:
            continue
        known = knowledge.model(use.hub, use.model)
        if known is not None and known.state == "named":
            known = None  # only named by others: nothing is known of itself
        key = (use.hub, known.name if known else use.model)
        groups.setdefault(key, (known, []))[1].append(use)
    models = []
    for known, uses in groups.values():
        try:
            model = _model(known, uses, project, knowledge, by)
            states = policy_rules.of_states(by.policy, model)
            models.append(replace(model, policy=model.policy + states))
        except Exception as error:  # a bug costs this model's judgment, not the check
            hub, name = uses[0].hub, uses[0].model or ""
            finding = chain_findings.failed(name, faults.note(name, error), project.name)
            models.append(_unknown_model(hub, name, in_order(use.site for use in uses), finding))
    return sorted(models, key=lambda one: (-rank(one.verdict), one.hub, one.resolved))


def _model(
    known: KnownModel | None,
    uses: list[Use],
    project: Project,
    knowledge: ConcludedKnowledge,
    by: CheckTerms,
) -> ModelReport:
    sites = in_order(use.site for use in uses)
    hub, name = uses[0].hub, uses[0].model or ""
    if known is None:
        why = knowledge.why(hub, name)
        return _unknown_model(
            hub, name, sites, chain_findings.unknown_model(name, hub, project.name, why)
        )
    chain = follow(known, knowledge)
    ships = _ships(project, knowledge, known)
    findings = chain_findings.judge_chain(
        chain, project.own.statement, project.name, by.matrix, ships
    )

    def conclusion(link: BaseLink) -> Concluded:
        if link.base is None:
            return Concluded(None, (), "The model is not in the data.")
        above = follow(link.base, knowledge)
        return duties.conclude(above, chain_findings.above(above, project.name, by.matrix))

    report = ModelReport(
        hub=hub,
        name=name,
        resolved=known.name,
        is_held=True,
        state=known.state or "",
        owner=known.owner or "",
        version=known.sha or "",
        created_at=known.created_at,
        gated=known.gated or "",
        terms=license_terms.terms_of_model(known),
        concluded=duties.conclude(chain, findings),
        commercial_use=duties.commercial_use(chain),
        architecture=_architecture(known),
        bases=tuple(base_origin(link, conclusion(link)) for link in chain.bases),
        datasets=tuple(data_origin(link) for link in chain.data),
        findings=tuple(findings),
        obligations=_obligations(chain, by.policy),
        sites=sites,
        url=page("model", hub, known.name),
        policy=policy_rules.of_chain(by.policy, chain),
        is_allowed=policy_rules.is_allowed(by.policy, license_terms.of_model(known)),
        pickle_files=known.pickle_files or (),
        observed_at=known.observed_at,
        license_files=tuple(
            file_page(hub, known.name, known.sha or "", path) for path in known.license_files or ()
        ),
    )
    found = knowledge.conclusion(hub, name, known.name)
    return _with_conclusion(report, found, knowledge.read.model(hub, name)) if found else report


def _ships(project: Project, knowledge: ConcludedKnowledge, known: KnownModel) -> str:
    """Return whether the weights of a model lie in the project: yes, no or unknown."""
    if not project.weight_files:
        return "no"
    files = beside.weights_of(project, knowledge)
    if any((file.hub, file.model) == (known.hub, known.name)
           for one in files for file in one.hub_files):  # fmt: skip
        return "yes"
    is_other = len(files) == len(project.weight_files) and all(one.hub_files for one in files)
    return "no" if is_other else "unknown"


def _with_conclusion(
    model: ModelReport, found: LicenseConclusion, read: KnownModel | None
) -> ModelReport:
    """Return a model with the license that the project concluded, beside what it declares."""
    terms = license_terms.terms_of(license_terms.UNREAD)
    if read is not None and read.state != "named":
        terms = license_terms.terms_of_model(read)
    names = dict.fromkeys(license_terms.name_of(one) for one in found.statement.leaves())
    expression = license_terms.expression_of(found.statement)
    concluded = Concluded(expression, tuple(names), found.comment)
    return replace(model, terms=terms, concluded=concluded, is_concluded=True)


def _obligations(chain: Chain, policy: GatePolicy) -> tuple[Obligation, ...]:
    """Return what is asked for; duties of passing on only of a project that is passed on."""
    found = duties.obligations(chain)
    if policy.context in {"", "distributed"}:
        return found
    is_offered = policy.context == "hosted"  # a line is shown with services too
    return tuple(
        one for one in found if one.when != "distribute" or (is_offered and one.kind == "display")
    )


def _unknown_model(
    hub: str, name: str, sites: tuple[LoadSite, ...], finding: ChainFinding
) -> ModelReport:
    profile = hub_profile(hub)
    return ModelReport(
        hub=hub, name=name, resolved=name, is_held=False, state="",
        owner=profile.owner_of(name) if profile else "", version="", created_at=None,
        gated="", terms=license_terms.terms_of(license_terms.UNREAD),
        concluded=Concluded(None, (), "The model is not in the data."), commercial_use=UNKNOWN,
        architecture=ArchitectureReport(), bases=(), datasets=(), findings=(finding,),
        obligations=(),
        sites=sites, url=page("model", hub, name),
    )  # fmt: skip


def _architecture(known: KnownModel) -> ArchitectureReport:
    return ArchitectureReport(
        task=known.pipeline_tag or "",
        model_type=known.model_type or "",
        architecture=known.architecture or "",
        library=known.library_name or "",
        quantization=known.quantization or "",
        parameter_count=known.parameter_count,
        context_length=known.context_length,
    )
