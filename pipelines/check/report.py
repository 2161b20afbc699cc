"""The report of a check: plain values, in one order, that every format writes in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from miner.pipelines.check.comparison import Comparison
from miner.pipelines.check.gate import Gate, PolicyHit
from miner.pipelines.check.weight_files import WeightFile
from miner.schema.licenses.terms import WORST_LAST, LicenseRelation, Verdict

NOT_ADVICE = "Not legal advice."
_ROLES = ("use", "example", "test")
_COMMIT = re.compile(r"^[0-9a-f]{7,64}$")


@dataclass(frozen=True, slots=True)
class LicenseName:
    """One license, by the names that others know it by.

    Attributes:
        key: The key used in the tables of this project.
        title: Its name.
        spdx: SPDX id or expression, else a ``LicenseRef-``.
        is_listed: Whether ``spdx`` is one id of the SPDX list.
        url: Where to read it, or empty.
    """

    key: str
    title: str
    spdx: str
    is_listed: bool
    url: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What something states of its license.

    Attributes:
        state: ``stated``; ``unresolved`` (something is, and it does not say which license);
            ``not-stated`` (what was read states none); ``not-known`` (nothing was read).
        text: In canonical words; empty where nothing is stated.
        said: As written.
        expression: SPDX expression, or None where there is none for it.
        licenses: The licenses in it.
        source: Where it was read, or empty.
        url: Evidence of the statement, or empty.
        detail: What else to know, or empty.
    """

    state: str
    text: str = ""
    said: str = ""
    expression: str | None = None
    licenses: tuple[LicenseName, ...] = ()
    source: str = ""
    url: str = ""
    detail: str = ""

    @property
    def label(self) -> str:
        """A word for people: the license, or why there is none."""
        if self.state == "unresolved":
            return f"{self.said or 'other'} (which license is not stated)"
        return self.text or self.state.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Concluded:
    """The terms that hold, as far as this check finds out.

    Attributes:
        expression: SPDX expression, or None: no assertion.
        licenses: The licenses in it.
        comment: Why it is not what is declared; empty where it is.
    """

    expression: str | None
    licenses: tuple[LicenseName, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class LoadSite:
    """A place where a model is loaded.

    Attributes:
        path: Inside the project, with forward slashes.
        line: From 1.
        role: use, example or test.
        kind: Where the name stands, as in a scan.
        api: The call, key or command that loads it.
        confidence: Measured precision of the rule that found it, 0 to 1.
        is_vendored: Whether the file is a copy of a library that is published elsewhere.
        url: Address of the line, or empty for a project whose forge is not known.
        argument: What names the model, where the source does not; else empty.
        revision: The revision that the load names, or empty.
    """

    path: str
    line: int
    role: str
    kind: str
    api: str
    confidence: float
    is_vendored: bool = False
    url: str = ""
    argument: str = ""
    revision: str = ""

    @property
    def place(self) -> str:
        """``path:line``."""
        return f"{self.path}:{self.line}"

    @property
    def is_pinned(self) -> bool:
        """Whether it names a commit: a branch or tag can move."""
        return _COMMIT.match(self.revision) is not None


@dataclass(frozen=True, slots=True)
class Upstream:
    """A base or dataset of a model, or of one of its bases.

    Attributes:
        kind: ``model`` or ``dataset``.
        hub: Where it is published.
        name: Its name there.
        relation: ``vocab.Relation`` of a base; ``trained_on`` or ``evaluated_on`` of a dataset.
        child: Name of the model that it was used for.
        chain: Names from it down to the model that the project loads.
        is_held: Whether anything is known of it.
        terms: What it states.
        concluded: What holds, as far as is known; never known of a dataset.
        owner: Login name of its owner, or empty.
        version: Head revision, or empty.
        created_at: As its hub says, UTC, or None.
        url: Where the relation was read, or empty.
    """

    kind: str
    hub: str
    name: str
    relation: str
    child: str
    chain: tuple[str, ...]
    is_held: bool
    terms: Terms
    concluded: Concluded
    owner: str = ""
    version: str = ""
    created_at: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """A finding on one edge of a chain.

    Attributes:
        verdict: ``terms.Verdict``.
        reason: Its code.
        severity: ``terms.Severity``.
        relation: How the lower one came from, or uses, the upper one.
        chain: Names from the upper one down to the project.
        explanation: One sentence or two.
        action: What to do about it.
        clause: The sections that say so, or empty.
        clause_url: Where to read the clause, or empty.
        evidence_url: Where the edge or statement was read, or empty.
        matrix: Name of the matrix, empty where no matrix was asked.
        matrix_version: Its version.
        is_reported: Whether it rests on terms that others report, and whose text was not read.
    """

    verdict: str
    reason: str
    severity: str
    relation: str
    chain: tuple[str, ...]
    explanation: str
    action: str
    clause: str = ""
    clause_url: str = ""
    evidence_url: str = ""
    matrix: str = ""
    matrix_version: str = ""
    is_reported: bool = False


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that a license asks for.

    Attributes:
        kind: A word for it, as ``attribution``.
        when: When it applies: ``use``, ``distribute``, ``derive`` or ``outputs``.
        text: What has to be done or left.
        license: Key of the license.
        clause: The sections that say so, or empty.
        url: Where to read them, or empty.
        origin: Name of the model whose license it is.
    """

    kind: str
    when: str
    text: str
    license: str
    clause: str
    url: str
    origin: str


@dataclass(frozen=True, slots=True)
class ArchitectureReport:
    """What is known of a model's build; empty or None where it is not.

    Attributes:
        task: Task, as its hub names it.
        model_type: Family of the implementation.
        architecture: Class that implements it.
        library: Library that loads it.
        quantization: Method.
        parameter_count: Weights.
        context_length: Longest context, in tokens.
    """

    task: str = ""
    model_type: str = ""
    architecture: str = ""
    library: str = ""
    quantization: str = ""
    parameter_count: int | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One model that the project loads.

    Attributes:
        hub: Where it is published.
        name: As the project writes it.
        resolved: Present name on its hub; as written where nothing is known of it.
        is_held: Whether anything is known of it.
        state: ``vocab.ModelState``, or empty.
        owner: Login name of its owner, or empty.
        version: Head revision, or empty.
        created_at: As its hub says, UTC, or None.
        gated: ``vocab.Gating``, or empty.
        terms: What it states of its license.
        concluded: What holds, as far as is known.
        commercial_use: yes, conditional, no or unknown, by the licenses of its chain.
        architecture: How it is built.
        bases: What it was derived from, nearest first.
        datasets: Data that it, or one of its bases, names.
        findings: Worst first.
        obligations: What the licenses of its chain ask for.
        sites: Where the project loads it.
        url: Its page, or empty.
        policy: What the policy says of it, before waivers.
        is_allowed: Whether the policy names its license as one that passes.
        pickle_files: Pickled weights at its head revision, where there are no others.
        is_concluded: Whether the project itself concluded the terms that hold.
        observed_at: When its hub was asked for it, UTC, or None.
        license_files: Addresses of the license files beside its weights.
    """

    hub: str
    name: str
    resolved: str
    is_held: bool
    state: str
    owner: str
    version: str
    created_at: datetime | None
    gated: str
    terms: Terms
    concluded: Concluded
    commercial_use: str
    architecture: ArchitectureReport
    bases: tuple[Upstream, ...]
    datasets: tuple[Upstream, ...]
    findings: tuple[ChainFinding, ...]
    obligations: tuple[Obligation, ...]
    sites: tuple[LoadSite, ...]
    url: str = ""
    policy: tuple[PolicyHit, ...] = ()
    is_allowed: bool = False
    pickle_files: tuple[str, ...] = ()
    is_concluded: bool = False
    observed_at: datetime | None = None
    license_files: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst verdict of its findings; ``unknown`` without any.

        What is not known of data leaves the link to the data unknown, not the model.
        """
        return worst(
            one.verdict
            for one in self.findings
            if one.verdict != Verdict.UNKNOWN.value
            or one.relation != LicenseRelation.TRAINED_ON.value
        )


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """One dataset that the project itself loads.

    Attributes:
        hub: Where it is published.
        name: As the project writes it.
        resolved: Present name on its hub; as written where nothing is known of it.
        is_known: Whether anything is known of it.
        version: Head revision, or empty.
        terms: What it states of its license.
        finding: On its use by the project.
        sites: Where the project loads it.
        url: Its page, or empty.
    """

    hub: str
    name: str
    resolved: str
    is_known: bool
    version: str
    terms: Terms
    finding: ChainFinding
    sites: tuple[LoadSite, ...]
    url: str = ""

    @property
    def verdict(self) -> str:
        """That of its finding."""
        return self.finding.verdict


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model that a service runs: its license is the service's contract, and is not judged.

    Attributes:
        service: Short name of the service; ``unknown`` where only that there is one is known.
        name: As the project writes it.
        sites: Where it is named.
    """

    service: str
    name: str
    sites: tuple[LoadSite, ...]


@dataclass(frozen=True, slots=True)
class OwnLicense:
    """A license statement of the project itself.

    Attributes:
        path: The file, or ``GitHub`` for what GitHub reports.
        line: From 1; 0 where it is of the whole file.
        scope: What it covers: code, weights, data, docs or unknown.
        terms: What it states.
    """

    path: str
    line: int
    scope: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class OwnFinding:
    """A finding on the project's own statements.

    Attributes:
        finding: What is wrong.
        path: The file of the weaker statement.
        line: From 1.
    """

    finding: ChainFinding
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A check of one project.

    Attributes:
        name: Name of the project.
        place: Path or ``owner/name`` as typed.
        commit: Full sha, or empty.
        url: Address of the project, or empty.
        terms: What the project states for its code.
        own: Every statement of its own.
        models: Models it loads, worst verdict first.
        unresolved: Loads whose model the source does not name.
        weight_files: Files that look like weights, by path.
        mention_count: Models that are only mentioned.
        scan_state: State of the scan: scanned, empty, too-large, partial.
        scan_reason: Why it is not complete, or empty.
        notes: What the answer rests on, one line each.
        matrix: Name of the matrix.
        matrix_version: Its version.
        tool_version: Version of miner.
        findings: On the project's own statements.
        settings_files: Files of settings and policy that had a part in it.
        faults: Unexpected errors that cost a file or a judgment, by class and place.
        gate: Whether it passes, by its policy or the defaults.
        datasets: Datasets that it loads itself, worst verdict first.
        hosted: Models that services run for it.
        weights: What the weight files in its tree are.
        comparison: What changed since an earlier report; None where none was named.
    """

    name: str
    place: str
    commit: str
    url: str
    terms: Terms
    own: tuple[OwnLicense, ...]
    models: tuple[ModelReport, ...]
    unresolved: tuple[LoadSite, ...]
    weight_files: tuple[str, ...]
    mention_count: int
    scan_state: str
    scan_reason: str
    notes: tuple[str, ...]
    matrix: str
    matrix_version: str
    tool_version: str
    findings: tuple[OwnFinding, ...] = ()
    settings_files: tuple[str, ...] = ()
    faults: dict[str, int] = field(default_factory=dict)
    gate: Gate = field(default_factory=Gate)
    datasets: tuple[DatasetReport, ...] = ()
    hosted: tuple[HostedModel, ...] = ()
    weights: tuple[WeightFile, ...] = ()
    comparison: Comparison | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Models by verdict, the worst first; every verdict has a count."""
        return {
            verdict.value: sum(1 for model in self.models if model.verdict == verdict.value)
            for verdict in reversed(WORST_LAST)
        }

    @property
    def verdict(self) -> str:
        """The worst verdict of all; ``consistent`` for a project that loads no model."""
        found = [model.verdict for model in self.models]
        found += [one.finding.verdict for one in self.findings]
        found += [one.verdict for one in self.datasets if one.verdict != Verdict.UNKNOWN.value]
        return worst(found) if found else Verdict.CONSISTENT.value


def in_order(sites: Iterable[LoadSite]) -> tuple[LoadSite, ...]:
    """Sort places: own files before copies, what runs before examples and tests."""
    return tuple(
        sorted(
            sites,
            key=lambda one: (one.is_vendored, _ROLES.index(one.role), one.path, one.line),
        )
    )


def unpinned(sites: Iterable[LoadSite]) -> list[str]:
    """Return the places, ``path:line``, of loads that name no commit."""
    return [site.place for site in sites if not site.is_pinned]


def worst(verdicts: Iterable[str]) -> str:
    """Return the worst of some verdicts; ``unknown`` of none."""
    found = list(verdicts)
    return max(found, key=rank) if found else Verdict.UNKNOWN.value


def rank(verdict: str) -> int:
    """Return the place of a verdict, the worst last."""
    return WORST_LAST.index(Verdict(verdict))
