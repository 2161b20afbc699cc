"""Looks single models and datasets up in a DuckDB file: licenses, bases, data, evidence.

What comes back are plain values, so that whoever decides on them needs no engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from miner.db.analytics import first_line, open_for_questions
from miner.errors import ConfigurationError

_MODEL = """
SELECT m.hub, m.name, m.owner, m.state, m.sha, m.created_at, m.last_modified_at, m.gated,
    m.pipeline_tag, m.library_name, m.license, m.license_name, m.license_link, m.evidence_url,
    m.observed_at, coalesce(a.model_type, m.model_type) AS model_type,
    coalesce(a.architecture, m.architectures[1]) AS architecture,
    a.parameter_count, a.context_length,
    coalesce(a.quantization, m.quantization) AS quantization,
    m.state <> 'named' AND (m.tag_count IS NOT NULL OR m.card_state = 'fetched') AS is_read
FROM model AS m LEFT JOIN model_architecture AS a ON a.hub = m.hub AND a.model = m.name
WHERE m.hub = $hub AND m.name = $name
"""
_STATEMENTS = """
SELECT source, position, key, license_name, license_link, scope, is_chosen, evidence_url
FROM license_statement WHERE hub = $hub AND subject_kind = $kind AND subject = $name
ORDER BY is_chosen DESC, source, position
"""
_BASES = """
SELECT parent AS name, relation, source, is_parent_held AS is_held, evidence_url
FROM model_edge WHERE hub = $hub AND child = $name AND parent <> child
ORDER BY parent
"""
_DATASETS = """
SELECT dataset AS name, role, source, is_dataset_held AS is_held, evidence_url
FROM model_dataset WHERE hub = $hub AND model = $name ORDER BY role DESC, dataset
"""
_LICENSE_FILES = """
SELECT count(*), list(path ORDER BY path) FILTER (
    WHERE regexp_matches(lower(path), '^[^/]*(licen[sc]e|copying)[^/]*$'))
FROM model_file WHERE hub = $hub AND model = $name
"""
_DATASET = """
SELECT hub, name, state, sha, created_at, license, evidence_url
FROM dataset WHERE hub = $hub AND name = $name
"""
_ALIAS = "SELECT model FROM model_alias WHERE hub = $hub AND alias = $name LIMIT 2"
_CASE = "SELECT name FROM model WHERE hub = $hub AND lower(name) = lower($name) LIMIT 2"
_DATASET_ALIAS = "SELECT dataset FROM dataset_alias WHERE hub = $hub AND alias = $name LIMIT 2"
_COUNT = "SELECT count(*), count(license) FROM model"
_SWEEP = "SELECT max(ended_at) FROM sweep WHERE is_complete AND subject = 'model'"


@dataclass(frozen=True, slots=True)
class HeldStatement:
    """One place that states a license.

    Attributes:
        source: Where it was read, ``vocab.Source``.
        key: As written.
        license_name: ``license_name`` beside it, or None.
        license_link: ``license_link`` beside it, or None.
        scope: What it covers: code, weights or data.
        is_chosen: Whether it is of the best source.
        evidence_url: Where it can be read, or None.
    """

    source: str
    key: str
    license_name: str | None
    license_link: str | None
    scope: str | None
    is_chosen: bool
    evidence_url: str | None


@dataclass(frozen=True, slots=True)
class HeldBase:
    """A model that another one was made from.

    Attributes:
        name: Its present name where it is held, else as declared.
        relation: How the other was made, ``vocab.Relation``.
        source: Where that was read.
        is_held: Whether it is held itself.
        evidence_url: Where it can be read, or None.
    """

    name: str
    relation: str
    source: str
    is_held: bool
    evidence_url: str | None


@dataclass(frozen=True, slots=True)
class HeldData:
    """A dataset that a model names.

    Attributes:
        name: Its present name where it is held, else as declared.
        role: ``trained_on`` or ``evaluated_on``.
        source: Where that was read.
        is_held: Whether its hub answered for it.
        evidence_url: Where it can be read, or None.
    """

    name: str
    role: str
    source: str
    is_held: bool
    evidence_url: str | None


@dataclass(frozen=True, slots=True)
class HeldModel:
    """What is held on one model. None where the source says nothing; times are UTC.

    Attributes:
        hub: Short name of the hub.
        name: Present name.
        found_by: ``name``, ``alias`` or ``case``: how the name asked for led to it.
        state: ``vocab.ModelState``.
        owner: Login name of the owner.
        sha: Head revision.
        created_at: As the hub says.
        last_modified_at: Time of the head revision.
        gated: ``vocab.Gating``.
        pipeline_tag: Task.
        library_name: Library that loads it.
        license: Declared license.
        license_name: Declared name where the license is other.
        license_link: Declared link.
        model_type: Family of the implementation.
        architecture: First class that its config names.
        parameter_count: Weights.
        context_length: Longest context, in tokens.
        quantization: Method.
        is_read: Whether its tags or card were read: if not, that none states a license says
            nothing.
        license_files: License files at the top of its head revision, not read themselves; None
            where its files are not known.
        statements: Every place that states its license, the chosen first.
        bases: What it was made from.
        datasets: What it names as its data.
        evidence_url: Where it can be read.
        observed_at: Date of the hub's answer.
    """

    hub: str
    name: str
    found_by: str
    state: str | None
    owner: str | None
    sha: str | None
    created_at: datetime | None
    last_modified_at: datetime | None
    gated: str | None
    pipeline_tag: str | None
    library_name: str | None
    license: str | None
    license_name: str | None
    license_link: str | None
    model_type: str | None
    architecture: str | None
    parameter_count: int | None
    context_length: int | None
    quantization: str | None
    is_read: bool
    license_files: tuple[str, ...] | None
    statements: tuple[HeldStatement, ...]
    bases: tuple[HeldBase, ...]
    datasets: tuple[HeldData, ...]
    evidence_url: str | None
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldDataset:
    """What is held on one dataset; fields as those of ``HeldModel``."""

    hub: str
    name: str
    state: str | None
    sha: str | None
    created_at: datetime | None
    license: str | None
    statements: tuple[HeldStatement, ...]
    evidence_url: str | None


class DuckdbLookup:
    """Looks names up in one DuckDB file.

    Args:
        connection: An open file; stays open.
        name: What to call it in notes.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection = connection
        self._name = name
        self.model = cache(self._model)
        self.dataset = cache(self._dataset)

    def _model(self, hub: str, name: str) -> HeldModel | None:
        """Return a model by its name, a former name, or its name in another case; else None."""
        for found_by, query in (("name", None), ("alias", _ALIAS), ("case", _CASE)):
            names = [name] if query is None else self._column(query, hub=hub, name=name)
            rows = self._rows(_MODEL, hub=hub, name=names[0]) if len(names) == 1 else []
            if rows:
                return self._filled(rows[0], found_by)
        return None

    def _filled(self, row: Mapping[str, Any], found_by: str) -> HeldModel:
        place = {"hub": row["hub"], "name": row["name"]}
        return HeldModel(
            **{**row, "is_read": bool(row["is_read"])},
            found_by=found_by,
            license_files=self._license_files(**place),
            statements=self._statements("model", **place),
            bases=tuple(HeldBase(**base) for base in self._rows(_BASES, **place)),
            datasets=tuple(HeldData(**data) for data in self._rows(_DATASETS, **place)),
        )

    def _license_files(self, hub: str, name: str) -> tuple[str, ...] | None:
        (row,) = self._rows(_LICENSE_FILES, hub=hub, name=name)
        count, paths = row.values()
        return tuple(paths or ()) if count else None

    def _dataset(self, hub: str, name: str) -> HeldDataset | None:
        """Return a dataset by its name or a former one; else None."""
        for names in ([name], self._column(_DATASET_ALIAS, hub=hub, name=name)):
            rows = self._rows(_DATASET, hub=hub, name=names[0]) if len(names) == 1 else []
            if rows:
                place = {"hub": rows[0]["hub"], "name": rows[0]["name"]}
                return HeldDataset(**rows[0], statements=self._statements("dataset", **place))
        return None

    def _statements(self, kind: str, hub: str, name: str) -> tuple[HeldStatement, ...]:
        rows = self._rows(_STATEMENTS, kind=kind, hub=hub, name=name)
        return tuple(
            HeldStatement(**{key: value for key, value in row.items() if key != "position"})
            for row in rows
        )

    def population(self) -> str:
        """Return what an answer rests on: how many models are held, and how fresh they are."""
        (counts,) = self._rows(_COUNT)
        total, licensed = counts.values()
        ended = self._column(_SWEEP)[0]
        swept = f"last complete sweep {ended:%Y-%m-%d} UTC" if ended else "no complete sweep"
        return f"{self._name}: {total:,} models, {licensed:,} with a declared license; {swept}"

    def _column(self, query: str, **values: str) -> list[Any]:
        return [next(iter(row.values())) for row in self._rows(query, **values)]

    def _rows(self, query: str, **values: str) -> list[dict[str, Any]]:
        try:
            self._connection.execute(query, values)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise ConfigurationError(
                f"{self._name} lacks what a check needs: {first_line(error)}",
                next_step="miner export, with this version of miner",
            ) from error
        names = [str(column[0]) for column in self._connection.description or []]
        return [dict(zip(names, row, strict=True)) for row in self._connection.fetchall()]


@contextmanager
def open_lookup(path: Path) -> Iterator[DuckdbLookup]:
    """Yield the look-up of a DuckDB file, opened read-only.

    Args:
        path: The file.

    Raises:
        ConfigurationError: There is no such file, or it is none of DuckDB's, or it lacks a table.
    """
    with open_for_questions(path) as connection:
        yield DuckdbLookup(connection, path.name)
