"""All that a file says of one repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from miner.queries.records.find import KINDS, find
from miner.queries.records.rows import Part, Row, first_of, part_of

_OWN = "repository = $name"
_PARTS = {
    "aliases": f"SELECT alias, observed_at FROM repository_alias WHERE {_OWN} ORDER BY ALL",
    "uses": "SELECT used.* EXCLUDE (repository), known.license, known.downloads, known.state "
    "FROM model_use AS used LEFT JOIN model AS known ON known.hub = used.hub "
    f"AND known.name = used.model_resolved WHERE {_OWN} "
    "ORDER BY is_vendored, role = 'mention', use_site_count DESC, used.hub, used.model",
    "use_sites": f"SELECT * EXCLUDE (repository) FROM use_site WHERE {_OWN} "
    "ORDER BY role = 'mention', path, line, hub, model",
    "license_findings": "SELECT * FROM license_finding WHERE downstream_kind = 'repository' "
    "AND downstream = $name ORDER BY verdict, upstream, distance",
    "licenses": f"SELECT * EXCLUDE (repository) FROM repository_license WHERE {_OWN} "
    "ORDER BY position",
    "dependencies": "SELECT ecosystem, name, requirement, path, line, evidence_url "
    f"FROM dependency WHERE {_OWN} ORDER BY ecosystem, name, path, line",
    "scans": f"SELECT * EXCLUDE (repository) FROM scan WHERE {_OWN} ORDER BY scanned_at DESC",
    "found": f"SELECT source, detail, observed_at FROM repository_finding WHERE {_OWN} "
    "ORDER BY ALL",
    "issues": "SELECT number, kind, state, title, author, created_at, comment_count, evidence_url "
    f"FROM repository_issue WHERE {_OWN} ORDER BY number DESC",
    "issue_models": "SELECT hub, coalesce(model_resolved, model) AS model, "
    f"count(DISTINCT number) AS issues FROM issue_model WHERE {_OWN} GROUP BY ALL "
    "ORDER BY issues DESC, hub, model",
    "linked_by_models": "SELECT DISTINCT hub, model FROM model_repository WHERE repository = $name "
    "ORDER BY hub, model",
    "links": "SELECT kind, target, path, line, evidence_url FROM repository_link "
    f"WHERE {_OWN} ORDER BY ALL",
    "languages": f"SELECT language, size_bytes FROM repository_language WHERE {_OWN} "
    "ORDER BY size_bytes DESC, language",
    "topics": f"SELECT topic FROM repository_topic WHERE {_OWN} ORDER BY topic",
    "observations": "SELECT observed_at, stars, forks, license, head_commit, state "
    f"FROM repository_observation WHERE {_OWN} ORDER BY observed_at",
}


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """One repository. Times are UTC without zone.

    Attributes:
        name: ``owner/name``.
        found_by: ``name``, ``alias`` (a former name was asked for) or ``case``.
        url: Where it was read, at its head commit.
        state: Whether it is still there.
        stars: Stars.
        license: As the forge says.
        scan_state: What became of its scan: with none, an empty list of uses is not "no use".
        facts: Its row of table ``repository``.
        aliases: Former names.
        uses: Models that it loads or names.
        use_sites: Where it does: file and line at a commit.
        license_findings: Verdicts on the licenses of these models.
        licenses: Licenses that its files state.
        dependencies: Libraries that it needs.
        scans: Scans, newest first.
        found: How the crawl came to it.
        issues: Issues and pull requests that were read.
        issue_models: Models named in them.
        linked_by_models: Models whose cards link it.
        links: Papers and repositories that its files link.
        languages: Languages by size.
        topics: Topics.
        observations: Stars, license and head commit by sweep.
    """

    name: str
    found_by: str
    url: str | None
    state: str
    stars: int | None
    license: str | None
    scan_state: str | None
    facts: Row
    aliases: Part
    uses: Part
    use_sites: Part
    license_findings: Part
    licenses: Part
    dependencies: Part
    scans: Part
    found: Part
    issues: Part
    issue_models: Part
    linked_by_models: Part
    links: Part
    languages: Part
    topics: Part
    observations: Part


def repository_record(connection: duckdb.DuckDBPyConnection, name: str) -> RepositoryRecord:
    """Return all that a file says of one repository.

    Args:
        connection: An open file.
        name: ``owner/name``, a former name, or an address.

    Raises:
        InvalidData: There is no such repository.
    """
    found = find(connection, KINDS["repository"], name)
    values = {"name": found.name}
    facts = first_of(connection, "FROM repository WHERE name = $name", values) or {}
    parts: dict[str, Any] = {part: part_of(connection, sql, values) for part, sql in _PARTS.items()}
    return RepositoryRecord(
        name=found.name,
        found_by=found.found_by,
        url=facts.get("evidence_url"),
        state=facts.get("state", "named"),
        stars=facts.get("stars"),
        license=facts.get("license"),
        scan_state=facts.get("scan_state"),
        facts=facts,
        **parts,
    )
