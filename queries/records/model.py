"""All that a file says of one model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from miner.queries.records import lineage
from miner.queries.records.find import KINDS, Found, find
from miner.queries.records.lineage import Node
from miner.queries.records.name_index import AnyPlace, Key
from miner.queries.records.rows import MOST, Part, Row, first_of, part_of, rows_of, with_literals

_MODEL = "hub = $hub AND model = $name"
_FILES = 30
_ANY = AnyPlace()

_PARTS = {
    "aliases": f"SELECT alias, observed_at, source FROM model_alias WHERE {_MODEL} ORDER BY ALL",
    "architecture_evidence": f"SELECT * EXCLUDE (hub, model) FROM architecture_evidence "
    f"WHERE {_MODEL} ORDER BY is_chosen DESC, position",
    "license_statements": "SELECT * EXCLUDE (hub, subject_kind, subject) FROM license_statement "
    "WHERE hub = $hub AND subject_kind = 'model' AND subject = $name "
    "ORDER BY is_chosen DESC, source, position",
    "license_findings": "SELECT * FROM license_finding WHERE downstream_kind = 'model' "
    "AND downstream_hub = $hub AND downstream = $name ORDER BY distance, upstream, relation, "
    "upstream_kind",
    "license_findings_below": "SELECT verdict, reason, severity, relation, count(*) AS findings, "
    "min(explanation) AS explanation FROM license_finding WHERE upstream_kind = 'model' "
    "AND upstream_hub = $hub AND upstream = $name AND NOT (downstream_kind = 'model' AND "
    "downstream = upstream) GROUP BY ALL ORDER BY findings DESC, verdict, reason",
    "bases": "SELECT * EXCLUDE (hub, child) FROM model_edge_statement "
    "WHERE hub = $hub AND child = $name ORDER BY is_chosen DESC, parent, source",
    "derivatives": "SELECT edge.child AS name, edge.relation, edge.source, derived.license, "
    "derived.downloads, derived.state, edge.evidence_url FROM model_edge AS edge "
    "LEFT JOIN model AS derived ON derived.hub = edge.hub AND derived.name = edge.child "
    "WHERE edge.hub = $hub AND edge.parent = $name "
    "ORDER BY derived.downloads DESC NULLS LAST, edge.child",
    "datasets": f"SELECT * EXCLUDE (hub, model) FROM model_dataset_statement WHERE {_MODEL} "
    "ORDER BY is_chosen DESC, dataset, role, source",
    "papers": "SELECT stated.* EXCLUDE (hub, model), known.published_on FROM model_paper AS stated "
    f"LEFT JOIN paper AS known USING (arxiv_id) WHERE {_MODEL} "
    "ORDER BY is_chosen DESC, arxiv_id, source",
    "fields": f"SELECT * EXCLUDE (hub, model) FROM extracted_field WHERE {_MODEL} "
    "AND state = 'stated' ORDER BY field, is_chosen DESC, extractor, position",
    "uses": "SELECT used.*, code.stars, code.license FROM model_use AS used "
    "LEFT JOIN repository AS code ON code.name = used.repository WHERE used.hub = $hub "
    "AND used.model_resolved = $name ORDER BY is_copy, is_vendored, stars DESC NULLS LAST, "
    "used.repository",
    "use_sites": "SELECT repository, path, line, role, api, kind, confidence, is_vendored, "
    "is_copy, commit, evidence_url FROM use_site WHERE hub = $hub AND model_resolved = $name "
    "ORDER BY is_copy, role = 'mention', repository, path, line",
    "repositories": f"SELECT * EXCLUDE (hub, model) FROM model_repository WHERE {_MODEL} "
    "ORDER BY repository, source",
    "observations": "SELECT observed_at, downloads, downloads_all_time, likes, license, gated, "
    f"sha, state FROM model_observation WHERE {_MODEL} ORDER BY observed_at",
    "events": "SELECT observed_at, kind, old_value, new_value FROM model_event "
    f"WHERE {_MODEL} ORDER BY observed_at DESC, kind",
    "card_changes": "SELECT committed_at, field, old_value, new_value, sha, evidence_url "
    f"FROM model_commit_change WHERE {_MODEL} AND field <> 'content' "
    "ORDER BY committed_at DESC, field",
    "commits": "SELECT committed_at, title, sha FROM model_commit "
    f"WHERE {_MODEL} ORDER BY committed_at DESC, sha",
    "discussions": "SELECT number, kind, state, title, author, created_at, comment_count "
    f"FROM model_discussion WHERE {_MODEL} ORDER BY number DESC",
    "files": f"SELECT path, size_bytes, sha256 FROM model_file WHERE {_MODEL} ORDER BY path",
    "rejected": "SELECT subject, field, reason, detail FROM rejected_record "
    "WHERE hub = $hub AND name = $name ORDER BY ALL",
}
"""Parts of a record: a SELECT each, of ``$hub`` and ``$name``."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model. Times are UTC without zone; a null means not stated or not known, never no.

    Attributes:
        hub: Short name of its hub.
        name: ``owner/name``.
        found_by: ``name``, ``alias`` (a former name was asked for) or ``case``.
        url: Where the evidence of its facts stands: its head revision on the hub.
        state: Whether it is still there: present, gone, gated, disabled …
        created_at: As the hub says, UTC.
        downloads: Downloads of 30 days.
        likes: Likes.
        license: Declared license; ``license_statements`` has what each source says.
        is_moe: Whether it holds experts; null: unknown, not dense.
        moe_family: Name in table ``moe_family``.
        parameter_count: Weights, experts included.
        active_parameter_count: Those that one token uses.
        facts: Its row of table ``model``.
        architecture: Its row of ``model_architecture``, None before it is derived.
        lineage: Its row of ``model_lineage``: root, depth, number of derivatives.
        card: Its row of ``model_card``: whether a card was fetched, and how it was read.
        config: Its row of ``model_config``.
        entry_point: Its row of ``entry_point``: how code loads it from a repository.
        languages: Languages that it declares.
        tags: Its tags.
        bases_tree: Its bases, their bases below them; bounded.
        derivatives_tree: Its most downloaded derivatives, and theirs; bounded.
        derivative_counts: Derivatives by relation.
        aliases: Rows of ``model_alias``: former names.
        architecture_evidence: What each source says of the architecture.
        license_statements: What each source says of the license.
        license_findings: Verdicts on what it builds on, by link of the chain.
        license_findings_below: Verdicts on what builds on it, counted.
        bases: What each source says of its bases.
        derivatives: Models that name it as their base, most downloaded first.
        datasets: What each source says of its training and evaluation data.
        papers: Papers that it names.
        fields: Values that its card states, each with its quote.
        uses: Repositories that load it.
        use_sites: Where they do: file and line at a commit.
        repositories: Repositories that its card links.
        observations: Downloads, likes, license by sweep.
        events: Changes between sweeps.
        card_changes: What commits changed in its card.
        commits: Commits of its repository.
        discussions: Discussions on the hub.
        files: Files of the head revision.
        rejected: Values that were read and not accepted, with a reason.
        engines: Engines that support its type.
    """

    hub: str
    name: str
    found_by: str
    url: str | None
    state: str
    created_at: datetime | None
    downloads: int | None
    likes: int | None
    license: str | None
    is_moe: bool | None
    moe_family: str | None
    parameter_count: int | None
    active_parameter_count: int | None
    facts: Row
    architecture: Row | None
    lineage: Row | None
    card: Row | None
    config: Row | None
    entry_point: Row | None
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    bases_tree: list[Node]
    derivatives_tree: list[Node]
    derivative_counts: dict[str, int]
    aliases: Part
    architecture_evidence: Part
    license_statements: Part
    license_findings: Part
    license_findings_below: Part
    bases: Part
    derivatives: Part
    datasets: Part
    papers: Part
    fields: Part
    uses: Part
    use_sites: Part
    repositories: Part
    observations: Part
    events: Part
    card_changes: Part
    commits: Part
    discussions: Part
    files: Part
    rejected: Part
    engines: Part


def model_record(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    hub: str | None = None,
    index: AnyPlace = _ANY,
) -> ModelRecord:
    """Return all that a file says of one model.

    Args:
        connection: An open file.
        name: ``owner/name``, ``hub:owner/name``, an address on the hub, or a former name.
        hub: Short name of the hub.
        index: Where the rows of the file stand, so that no others are read.

    Raises:
        InvalidData: There is no such model, or several fit.
    """
    found = Found(hub or "", name, "name")
    facts = _facts(connection, found, index) if hub else None
    if facts is None:
        found = find(connection, KINDS["model"], name, hub)
        facts = _facts(connection, found, index) or {}
    key = (found.hub, found.name, facts.pop("name_hash", 0))
    read = _PartReader(connection, key, index)
    architecture = read.one("model_architecture", "architecture")
    parts: dict[str, Any] = {name: read.part(name, sql) for name, sql in _PARTS.items()}
    known = architecture or {}
    return ModelRecord(
        hub=found.hub,
        name=found.name,
        found_by=found.found_by,
        url=facts.get("evidence_url"),
        state=facts.get("state", "named"),
        created_at=facts.get("created_at"),
        downloads=facts.get("downloads"),
        likes=facts.get("likes"),
        license=facts.get("license"),
        is_moe=known.get("is_moe"),
        moe_family=known.get("moe_family"),
        parameter_count=known.get("parameter_count"),
        active_parameter_count=known.get("active_parameter_count"),
        facts=facts,
        architecture=architecture,
        lineage=read.one("model_lineage", "lineage"),
        card=read.one("model_card", "card"),
        config=read.one("model_config", "model_config"),
        entry_point=read.one("entry_point", "entry_point"),
        languages=read.column("language", "model_language", "languages"),
        tags=read.column("tag", "model_tag", "tags"),
        bases_tree=lineage.bases(connection, key, index) if read.has("bases_tree") else [],
        derivatives_tree=lineage.derivatives(connection, key, index)
        if read.has("derivatives")
        else [],
        derivative_counts=_derivative_counts(connection, key, index)
        if read.has("derivatives")
        else {},
        engines=_engines(connection, known.get("model_type")),
        **parts,
    )


@dataclass(frozen=True, slots=True)
class _PartReader:
    """Reads parts of one model's record: only those that it may have, and where they stand."""

    connection: duckdb.DuckDBPyConnection
    key: Key
    index: AnyPlace

    @property
    def values(self) -> dict[str, object]:
        hub, name, _ = self.key
        return {"hub": hub, "name": name}

    def has(self, part: str) -> bool:
        return self.index.may_have(part, self.key[2])

    def one(self, table: str, part: str) -> Row | None:
        if not self.has(part):
            return None
        place = self.index.condition(part, [self.key])
        sql = f"FROM {table} WHERE {place.sql} AND {_MODEL}"
        return first_of(self.connection, sql, {**self.values, **place.values})

    def column(self, name: str, table: str, part: str) -> tuple[str, ...]:
        if not self.has(part):
            return ()
        place = self.index.condition(part, [self.key])
        sql = f"SELECT {name} FROM {table} WHERE {place.sql} AND {_MODEL} ORDER BY {name}"
        rows = rows_of(self.connection, sql, {**self.values, **place.values})
        return tuple(row[name] for row in rows)

    def part(self, name: str, sql: str) -> Part:
        if not self.has(name):
            return Part((), 0, with_literals(sql, self.values))
        place = self.index.condition(name, [self.key])
        narrow = sql.replace(" WHERE ", f" WHERE {place.sql} AND ", 1)
        values = {**self.values, **place.values}
        if name == "derivatives":
            models = lineage.condition_of_children(
                self.connection, self.key[0], [self.key], self.index
            )
            narrow = narrow.replace("JOIN model AS", f"JOIN (FROM model WHERE {models.sql}) AS")
            values |= models.values
        most = _FILES if name == "files" else MOST
        return part_of(self.connection, narrow, values, most=most, shown=sql)


def _facts(connection: duckdb.DuckDBPyConnection, found: Found, index: AnyPlace) -> Row | None:
    """Return the row of table ``model``, with the hash that an index knows the model by."""
    place = index.condition("facts", [(found.hub, found.name, 0)])
    sql = (
        "SELECT *, hash(hub, name) AS name_hash FROM model "
        f"WHERE {place.sql} AND hub = $hub AND name = $name"
    )
    values = {"hub": found.hub, "name": found.name, **place.values}
    return first_of(connection, sql, values)


def _derivative_counts(
    connection: duckdb.DuckDBPyConnection, key: Key, index: AnyPlace
) -> dict[str, int]:
    place = index.condition("derivatives", [key])
    sql = (
        "SELECT relation, count(*) AS models FROM model_edge AS edge "
        f"WHERE {place.sql} AND hub = $hub AND parent = $name "
        "GROUP BY relation ORDER BY models DESC, relation"
    )
    found = rows_of(connection, sql, {"hub": key[0], "name": key[1], **place.values})
    return {row["relation"]: row["models"] for row in found}


def _engines(connection: duckdb.DuckDBPyConnection, model_type: str | None) -> Part:
    sql = (
        "SELECT engine, version, model_type, since_version FROM engine_support "
        "WHERE model_type = $type ORDER BY engine"
    )
    values = {"type": model_type or ""}
    return (
        part_of(connection, sql, values) if model_type else Part((), 0, with_literals(sql, values))
    )
