"""All that a file says of a dataset, a paper, a license, or a family of mixtures of experts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from miner.queries.records.find import KINDS, find
from miner.queries.records.rows import Part, Row, first_of, part_of

_MODELS = "known.license, known.downloads, known.created_at"
_JOIN = "LEFT JOIN model AS known ON known.hub = named.hub AND known.name = named.model"
_BY_DOWNLOADS = "ORDER BY known.downloads DESC NULLS LAST, named.model"

_FACTS = {
    "dataset": "FROM dataset WHERE hub = $hub AND name = $name",
    "paper": "SELECT arxiv_id, paper.published_on, 'https://arxiv.org/abs/' || arxiv_id AS url, "
    "traced.title, traced.kind, traced.technique, traced.families, traced.owners, "
    "traced.repository FROM paper FULL JOIN traced_paper AS traced USING (arxiv_id) "
    "WHERE arxiv_id = $name",
    "license": "FROM license WHERE license = $name",
    "family": "FROM moe_family WHERE name = $name",
}
_PARTS: dict[str, dict[str, str]] = {
    "dataset": {
        "aliases": "SELECT alias, observed_at FROM dataset_alias "
        "WHERE hub = $hub AND dataset = $name ORDER BY ALL",
        "models": f"SELECT named.hub, named.model, named.role, named.source, {_MODELS}, "
        f"named.evidence_url FROM model_dataset AS named {_JOIN} "
        f"WHERE named.hub = $hub AND named.dataset = $name {_BY_DOWNLOADS}, named.role",
        "license_statements": "SELECT source, key, canonical, scope, is_chosen, evidence_url "
        "FROM license_statement WHERE hub = $hub AND subject_kind = 'dataset' "
        "AND subject = $name ORDER BY is_chosen DESC, source",
        "license_findings": "SELECT * FROM license_finding WHERE upstream_kind = 'dataset' "
        "AND upstream_hub = $hub AND upstream = $name ORDER BY verdict, downstream, relation",
        "observations": "SELECT observed_at, downloads, likes, license, state "
        "FROM dataset_observation WHERE hub = $hub AND dataset = $name ORDER BY observed_at",
        "tags": "SELECT tag FROM dataset_tag WHERE hub = $hub AND dataset = $name ORDER BY tag",
    },
    "paper": {
        "models": f"SELECT named.hub, named.model, named.role, named.source, {_MODELS}, "
        f"named.evidence_url FROM model_paper AS named {_JOIN} "
        f"WHERE named.arxiv_id = $name AND named.is_chosen {_BY_DOWNLOADS}",
        "lookalikes": "SELECT hub, model, is_held, is_by_authors FROM paper_lookalike "
        "WHERE arxiv_id = $name ORDER BY is_by_authors DESC, model",
        "repositories": "SELECT repository, path, line, evidence_url FROM repository_link "
        "WHERE kind = 'paper' AND target LIKE '%' || $name || '%' ORDER BY ALL",
    },
    "license": {
        "models": f"SELECT hub, name AS model, {_MODELS}, state FROM model AS known "
        "WHERE license = $name ORDER BY downloads DESC NULLS LAST, name",
        "datasets": "SELECT hub, name AS dataset, downloads FROM dataset WHERE license = $name "
        "ORDER BY downloads DESC NULLS LAST, name",
        "verdicts": "SELECT CASE WHEN upstream_license = $name THEN 'of what builds on it' "
        "ELSE 'of what it builds on' END AS side, verdict, reason, count(*) AS findings, "
        "min(explanation) AS explanation FROM license_finding WHERE "
        "(upstream_license = $name) <> (downstream_license = $name) GROUP BY ALL "
        "ORDER BY side, findings DESC, verdict, reason",
    },
    "family": {
        "models": f"SELECT named.hub, named.model, named.parameter_count, "
        "named.active_parameter_count, named.expert_count, named.experts_per_token, "
        f"named.source, {_MODELS} FROM model_architecture AS named {_JOIN} "
        f"WHERE named.moe_family = $name {_BY_DOWNLOADS}",
        "engines": "SELECT engine, version, model_type, since_version FROM engine_support "
        "WHERE moe_family = $name ORDER BY engine, model_type",
        "papers": "SELECT arxiv_id, title, kind, technique FROM traced_paper "
        "WHERE list_contains(string_split(families, ' '), $name) ORDER BY arxiv_id",
    },
}


@dataclass(frozen=True, slots=True)
class Record:
    """A dataset, paper, license or family.

    Attributes:
        kind: Which of them.
        hub: Hub of a dataset; empty otherwise.
        name: Its name; of a paper its arXiv id.
        found_by: ``name``, ``alias`` (a former name was asked for) or ``case``.
        facts: Its row of the table of its kind.
        parts: What other tables say of it, by what it is.
    """

    kind: str
    hub: str
    name: str
    found_by: str
    facts: Row
    parts: Mapping[str, Part] = field(default_factory=dict)


def record_of(
    connection: duckdb.DuckDBPyConnection, kind: str, name: str, hub: str | None = None
) -> Record:
    """Return all that a file says of a dataset, paper, license or family.

    Args:
        connection: An open file.
        kind: ``dataset``, ``paper``, ``license`` or ``family``.
        name: Its name, a former one, or an address; of a paper the arXiv id.
        hub: Short name of the hub of a dataset.

    Raises:
        InvalidData: There is no such thing.
    """
    found = find(connection, KINDS[kind], name, hub)
    values = {"name": found.name} | ({"hub": found.hub} if KINDS[kind].has_hub else {})
    return Record(
        kind=kind,
        hub=found.hub,
        name=found.name,
        found_by=found.found_by,
        facts=first_of(connection, _FACTS[kind], values) or {},
        parts={part: part_of(connection, sql, values) for part, sql in _PARTS[kind].items()},
    )
