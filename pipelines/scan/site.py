"""What a scan finds: use sites, dependencies, links, and what was left unread and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from miner.content import version_of
from miner.pipelines.scan.data_sites import DataSite
from miner.pipelines.scan.hosted_models import HostedSite


def scanner_version() -> str:
    """Return the version of the scanner: that of the code and data which read a repository.

    A repository is scanned again when either its head commit or this has changed.
    """
    return version_of("miner.pipelines.scan", "miner.pipelines.derive.licenses.texts")


@dataclass(frozen=True, slots=True)
class ScannedSite:
    """One place of a repository where a model is loaded, or named.

    Attributes:
        hub: Where the model is published: huggingface, pytorch-hub, timm, spacy, ollama, other.
        model: The name as written, without a hub prefix; None where it is not in the source.
        path: Path inside the repository, with forward slashes.
        line: Line of the name, from 1; in a notebook, the line of the raw JSON.
        kind: Where the name stands: call-literal, constant, default, config, notebook, shell,
            docs-only, js, rust, java, go, csharp, swift, cpp, dart, ruby, php, r, julia, elixir,
            lua.
        role: use, example, test or mention.
        api: The call, key or command that loads it.
        confidence: Measured precision of the rule that kept it, 0 to 1.
        resolved: Whether the name is known. If not, ``argument`` says what names the model.
        argument: The expression at the loader, as written, at most 200 characters, redacted.
        signature: Name of the signature that matched, or None if only the role of the name decided.
        blob_sha: Git blob sha of the file.
        is_vendored: Whether the file is a copy of a library that is published elsewhere.
        is_registry: Whether the file is source of a library that loads models, in its own
            repository: what it lists is what it offers, not what somebody chose.
        method: The rule that kept it, ``vocab.UseMethod``.
        revision: The revision that the load names; None: it names none that the scanner reads.
    """

    hub: str
    model: str | None
    path: str
    line: int
    kind: str
    role: str
    api: str
    confidence: float
    resolved: bool
    argument: str | None
    signature: str | None
    blob_sha: str
    is_vendored: bool = False
    is_registry: bool = False
    method: str = ""
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredDependency:
    """A library that a manifest of the repository names.

    Attributes:
        ecosystem: pypi, npm, crates, maven, go, nuget, swift, pub, gem, packagist, cran,
            julia, hex.
        name: Name as published, normalized as its registry does.
        requirement: The version requirement as written, or None; ``self`` for the name under which
            the repository itself is published.
        path: The manifest.
        line: Line of the entry, from 1.
    """

    ecosystem: str
    name: str
    requirement: str | None
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A paper or another repository that a file of the repository links.

    Attributes:
        kind: paper or repository.
        target: arXiv id without version, or owner/name on GitHub as written.
        path: Path inside the repository; of several files, the one nearest to the root.
        line: Line of the link, from 1.
    """

    kind: str
    target: str
    path: str
    line: int


@dataclass(slots=True)
class ScanResult:
    """What one scan of one commit found.

    Attributes:
        state: scanned, empty, too-large (a bound was reached; what was read before is kept), or
            partial (the source is damaged, or an unexpected error cost a part of it).
        reason: What bound was reached, what the error was, or None.
        sites: In the order of path and line.
        dependencies: In the order of path and line.
        links: Papers and repositories that are linked, each once, nearest to the root first.
        skipped: Files not read, by reason; files that are of no interest are not among them.
        file_count: Files read.
        byte_count: Bytes read.
        faults: Files and names lost to unexpected errors, by class and place of the error: bugs.
        unverified: Sites of names that no rule settles: uses, if a hub has a model of this name.
            Only collected where no names are known.
        data_sites: Places that load a dataset; not stored.
        hosted_sites: Places that name a model which a service runs; not stored.
    """

    state: str = "scanned"
    reason: str | None = None
    sites: list[ScannedSite] = field(default_factory=list)
    dependencies: list[DeclaredDependency] = field(default_factory=list)
    links: list[SourceLink] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    file_count: int = 0
    byte_count: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    unverified: list[ScannedSite] = field(default_factory=list)
    data_sites: list[DataSite] = field(default_factory=list)
    hosted_sites: list[HostedSite] = field(default_factory=list)
