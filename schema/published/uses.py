"""Published tables on use: which repositories load which models, where, and how sure."""

from __future__ import annotations

from miner.schema.published.base import Column, Reference, Table
from miner.schema.published.repositories import OF_REPOSITORY, REPOSITORY

_HUB = Column("hub", "VARCHAR", "Where the model is published; it need not be a row of hub")
_RESOLVED = Column("model_resolved", "VARCHAR", "Present name of the model, where it is held")
_OF_RESOLVED = Reference(("hub", "model_resolved"), "model", ("hub", "name"))
_COPY = Column(
    "is_copy", "BOOLEAN", "The same file stands in an older repository, or it is a fork's"
)
_VENDORED = "In a copy of a library that is published elsewhere"

USES: tuple[Table, ...] = (
    Table(
        "scan",
        "The reading of one commit of a repository by one version of the scanner.",
        (
            REPOSITORY,
            Column("commit", "VARCHAR", "Commit sha that was read"),
            Column("scanner_version", "VARCHAR", "Version of the scanner"),
            Column("state", "VARCHAR", "What became of it", vocabulary="ScanState"),
            Column("reason", "VARCHAR", "Detail of the state"),
            Column("file_count", "BIGINT", "Files read", "files"),
            Column("byte_count", "BIGINT", "Bytes read", "bytes"),
            Column("site_count", "BIGINT", "Use sites found", "sites"),
            Column("skipped_count", "BIGINT", "Files not read", "files"),
            Column("skipped", "VARCHAR", "Files not read by reason, a JSON object"),
            Column("code_license", "VARCHAR", "License of its own code, by its files"),
            Column("code_license_state", "VARCHAR", "none, unrecognized, recognized, several"),
            Column("weights_license", "VARCHAR", "License of weights in it, by its files"),
            Column("weights_license_state", "VARCHAR", "none, unrecognized, recognized, several"),
            Column("weight_file_count", "BIGINT", "Files that look like weights", "files"),
            Column("scanned_at", "TIMESTAMP", "Date of the answer with the source, UTC"),
        ),
        key=("repository", "commit", "scanner_version"),
        references=(OF_REPOSITORY,),
    ),
    Table(
        "use_site",
        "A place where a repository loads or names a model, as its last scan found it.",
        (
            REPOSITORY,
            _HUB,
            Column("model", "VARCHAR", "Name as written; null: the source does not say it"),
            _RESOLVED,
            Column("path", "VARCHAR", "Path in the repository"),
            Column("line", "BIGINT", "Line, from 1; in a notebook, of the raw file"),
            Column("commit", "VARCHAR", "Commit sha it was read at"),
            Column("blob_sha", "VARCHAR", "git blob sha of the file"),
            Column("kind", "VARCHAR", "Where the name stands", vocabulary="UseKind"),
            Column("role", "VARCHAR", "What it does with the model", vocabulary="UseRole"),
            Column("api", "VARCHAR", "Call, key or command that loads it"),
            Column("signature", "VARCHAR", "Signature that matched; null: only the role told"),
            Column("confidence", "DOUBLE", "Measured precision of the rule", "0 to 1"),
            Column("is_resolved", "BOOLEAN", "The name is known"),
            Column("argument", "VARCHAR", "Where it is not: the expression that names the model"),
            Column("is_vendored", "BOOLEAN", _VENDORED),
            Column("is_registry", "BOOLEAN", "In the own source of a library that loads models"),
            Column("method", "VARCHAR", "The rule that kept it", vocabulary="UseMethod"),
            _COPY,
            Column("first_seen_at", "TIMESTAMP", "First scan that saw the model here, UTC"),
            Column("introduced_at", "TIMESTAMP", "Time of the commit of the line, UTC"),
            Column("introduced_commit", "VARCHAR", "Commit that brought the line"),
            Column("evidence_url", "VARCHAR", "The line at the commit"),
        ),
        references=(OF_REPOSITORY, _OF_RESOLVED),
        warnings=("search_is_partial", "first_seen_is_not_first_used"),
        order=("repository", "path", "line", "hub", "model", "kind", "api"),
    ),
    Table(
        "model_use",
        "A repository uses a model: its sites that load it. Mentions alone make no use.",
        (
            REPOSITORY,
            _HUB,
            Column("model", "VARCHAR", "Name as written"),
            _RESOLVED,
            Column("use_site_count", "BIGINT", "Sites that load it", "sites"),
            Column("confidence", "DOUBLE", "That of the best site", "0 to 1"),
            Column("role", "VARCHAR", "The strongest role of its sites", vocabulary="UseRole"),
            Column("example_count", "BIGINT", "Sites in examples", "sites"),
            Column("test_count", "BIGINT", "Sites in tests", "sites"),
            Column("mention_count", "BIGINT", "Places that only name it", "sites"),
            Column("is_vendored", "BOOLEAN", "All its sites are in copies of libraries"),
            Column("is_registry", "BOOLEAN", "All its sites are in a library's own source"),
            Column(
                "is_copy",
                "BOOLEAN",
                "All its sites stand in an older repository too, or it is a fork's",
            ),
            Column("first_seen_at", "TIMESTAMP", "First scan that saw it, UTC"),
            Column("introduced_at", "TIMESTAMP", "Time of the earliest commit known, UTC"),
            Column("evidence_url", "VARCHAR", "The line of its best site"),
        ),
        key=("repository", "hub", "model"),
        references=(OF_REPOSITORY, _OF_RESOLVED),
        warnings=("search_is_partial", "names_unresolved", "first_seen_is_not_first_used"),
    ),
    Table(
        "dependency",
        "A library that a manifest of a repository names.",
        (
            REPOSITORY,
            Column("ecosystem", "VARCHAR", "pypi, npm, crates, maven, go, nuget"),
            Column("name", "VARCHAR", "Name as published"),
            Column("requirement", "VARCHAR", "Version requirement as written"),
            Column("path", "VARCHAR", "The manifest"),
            Column("line", "BIGINT", "Line of the entry, from 1"),
            Column("evidence_url", "VARCHAR", "The line at the commit that was scanned"),
        ),
        references=(OF_REPOSITORY,),
        order=("repository", "ecosystem", "name", "path", "line"),
    ),
    Table(
        "repository_link",
        "A paper or another repository that files of a repository link, as its last scan found.",
        (
            REPOSITORY,
            Column(
                "kind",
                "VARCHAR",
                "paper: linked in a document or in source; repository: in a README",
            ),
            Column("target", "VARCHAR", "arXiv id without version, or owner/name as written"),
            Column("path", "VARCHAR", "The file nearest to the root that links it"),
            Column("line", "BIGINT", "Line of the link, from 1"),
            Column("evidence_url", "VARCHAR", "The line at the commit that was scanned"),
        ),
        key=("repository", "kind", "target"),
        references=(OF_REPOSITORY,),
    ),
)
