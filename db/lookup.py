"""Looks single models and datasets up in a DuckDB file: licenses, bases, data, evidence.

What comes back are plain values, so that whoever decides on them needs no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from miner.db.analytics import first_line, open_for_questions
from miner.errors import ConfigurationError
from miner.schema.vocab import Source

Row = TypeVar("Row")
_MODEL = """
SELECT m.hub, m.name, m.owner, m.state, m.sha, m.created_at, m.last_modified_at, m.gated,
    m.pipeline_tag, m.library_name, m.license, m.license_name, m.license_link, m.evidence_url,
    m.observed_at, coalesce(a.model_type, m.model_type) AS model_type,
    coalesce(a.architecture, m.architectures[1]) AS architecture,
    a.parameter_count, a.context_length,
    coalesce(a.quantization, m.quantization) AS quantization,
    m.state <> 'named' AND (m.tag_count IS NOT NULL OR m.card_state = 'fetched') AS is_read
FROM model AS m LEFT JOIN model_architecture AS a ON a.hub = m.hub AND a.model = m.name
WHERE m.hub = $hub AND m.name IN (SELECT unnest($names))
"""
_STATEMENTS = """
SELECT subject, source, key, license_name, license_link, scope, is_chosen, evidence_url
FROM license_statement
WHERE hub = $hub AND subject_kind = $kind AND subject IN (SELECT unnest($names))
ORDER BY subject, is_chosen DESC, source, position
"""
_BASES = """
SELECT child AS subject, parent AS name, relation, source, is_parent_held AS is_known, evidence_url
FROM model_edge WHERE hub = $hub AND child IN (SELECT unnest($names)) AND parent <> child
ORDER BY child, parent
"""
_DATASETS = """
SELECT model AS subject, dataset AS name, role, source, is_dataset_held AS is_known, evidence_url
FROM model_dataset WHERE hub = $hub AND model IN (SELECT unnest($names))
ORDER BY model, role DESC, dataset
"""
_LICENSE_FILES = """
SELECT model AS subject, list(path ORDER BY path) FILTER (
    WHERE regexp_matches(lower(path), '^[^/]*(licen[sc]e|copying)[^/]*$')) AS paths,
    CASE WHEN count(*) FILTER (
        WHERE regexp_matches(lower(path), '[.](safetensors|gguf|onnx|h5|msgpack)$')) = 0
    THEN list(path ORDER BY path) FILTER (
        WHERE regexp_matches(lower(path), '[.](bin|pt|pth|ckpt|pkl|pickle)$')) END AS pickles
FROM model_file WHERE hub = $hub AND model IN (SELECT unnest($names)) GROUP BY model
"""
_DATASET = """
SELECT hub, name, state, sha, created_at, license, evidence_url
FROM dataset WHERE hub = $hub AND name IN (SELECT unnest($names))
"""
_FILES = """
SELECT sha256, hub, model, path FROM model_file
WHERE sha256 IN (SELECT unnest($digests)) ORDER BY sha256, hub, model, path
"""
_ALIAS = """
SELECT alias AS asked, model AS name FROM model_alias
WHERE hub = $hub AND alias IN (SELECT unnest($names))
"""
_CASE = """
SELECT lower(name) AS asked, name FROM model
WHERE hub = $hub AND lower(name) IN (SELECT lower(unnest($names)))
"""
_DATASET_ALIAS = """
SELECT alias AS asked, dataset AS name FROM dataset_alias
WHERE hub = $hub AND alias IN (SELECT unnest($names))
"""
_COUNT = "SELECT count(*), count(license) FROM model"
_SWEEP = "SELECT max(ended_at) FROM sweep WHERE is_complete AND subject = 'model'"
MAX_LEVELS = 40  # of bases that are brought in at once; longer chains are asked for as they come


@dataclass(frozen=True, slots=True)
class KnownStatement:
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
class BaseEdge:
    """A model that another one was derived from.

    Attributes:
        name: Its present name where it is known, else as declared.
        relation: How the other was derived, ``vocab.Relation``.
        source: Where that was read.
        is_known: Whether it is in the file itself.
        evidence_url: Where it can be read, or None.
    """

    name: str
    relation: str
    source: str
    is_known: bool
    evidence_url: str | None


@dataclass(frozen=True, slots=True)
class DataEdge:
    """A dataset that a model names.

    Attributes:
        name: Its present name where it is known, else as declared.
        role: ``trained_on`` or ``evaluated_on``.
        source: Where that was read.
        is_known: Whether its hub answered for it.
        evidence_url: Where it can be read, or None.
    """

    name: str
    role: str
    source: str
    is_known: bool
    evidence_url: str | None


@dataclass(frozen=True, slots=True)
class KnownModel:
    """What is known of one model. None where the source says nothing; times are UTC.

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
        license_files: License files at the top of its head revision; None where its files are not
            known.
        statements: Every place that states its license, the chosen first.
        bases: What it was derived from.
        datasets: What it names as its data.
        evidence_url: Where it can be read.
        observed_at: Date of the hub's answer.
        pickle_files: Pickled weights, where no other weights lie beside them.
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
    statements: tuple[KnownStatement, ...]
    bases: tuple[BaseEdge, ...]
    datasets: tuple[DataEdge, ...]
    evidence_url: str | None
    observed_at: datetime | None
    pickle_files: tuple[str, ...] | None = None

    @property
    def unread_files(self) -> tuple[str, ...]:
        """License files that were not read."""
        read = {one.license_link for one in self.statements if one.source == Source.LICENSE_FILE}
        return tuple(path for path in self.license_files or () if path not in read)


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """What is known of one dataset; fields as those of ``KnownModel``."""

    hub: str
    name: str
    state: str | None
    sha: str | None
    created_at: datetime | None
    license: str | None
    statements: tuple[KnownStatement, ...]
    evidence_url: str | None


def _paths(row: dict[str, Any] | None, column: str) -> tuple[str, ...] | None:
    return None if row is None else tuple(row[column] or ())


class DuckdbLookup:
    """Looks names up in one DuckDB file, many at a time: a question is a pass over a table.

    Args:
        connection: An open file; stays open.
        name: What to call it in notes.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._models: dict[tuple[str, str], KnownModel | None] = {}
        self._datasets: dict[tuple[str, str], KnownDataset | None] = {}

    def prepare(self, hub: str, names: Iterable[str], /) -> None:
        """Bring models in at once, with their bases, the bases of those, and their data."""
        level = list(names)
        for _ in range(MAX_LEVELS):
            fresh = sorted({name for name in level if (hub, name) not in self._models})
            if not fresh:
                break
            self._load_models(hub, fresh)
            found = [self._models[hub, name] for name in fresh]
            level = [base.name for model in found if model for base in model.bases]
            self._load_datasets(
                hub, {data.name for model in found if model for data in model.datasets}
            )

    def prepare_datasets(self, hub: str, names: Iterable[str], /) -> None:
        """Bring datasets in at once."""
        self._load_datasets(hub, names)

    def files_with(self, digests: Iterable[str], /) -> dict[str, list[tuple[str, str, str]]]:
        """Return hub, model and path of files that have these SHA-256 digests, by digest."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        wanted = sorted(set(digests))
        for row in self._rows(_FILES, digests=wanted) if wanted else ():
            found.setdefault(row["sha256"], []).append((row["hub"], row["model"], row["path"]))
        return found

    def model(self, hub: str, name: str, /) -> KnownModel | None:
        """Return a model by its name, a former name, or its name in another case; else None."""
        if (hub, name) not in self._models:
            self.prepare(hub, [name])
        return self._models[hub, name]

    def dataset(self, hub: str, name: str, /) -> KnownDataset | None:
        """Return a dataset by its name or a former one; else None."""
        self._load_datasets(hub, {name})
        return self._datasets[hub, name]

    def why(self, _hub: str, _name: str, /) -> str:
        """Return nothing: a file does not say what was asked for and not found."""
        return ""

    def answers(self, _hub: str, _name: str, /) -> bool:
        """Return True: what is not in the file is no model, as far as it knows."""
        return True

    def population(self) -> str:
        """Return what an answer rests on: how many models there are, and how fresh they are."""
        (counts,) = self._rows(_COUNT)
        total, licensed = counts.values()
        ((ended,),) = (row.values() for row in self._rows(_SWEEP))
        swept = f"last complete sweep {ended:%Y-%m-%d} UTC" if ended else "no complete sweep"
        return f"{self._name}: {total:,} models, {licensed:,} with a declared license; {swept}"

    def _load_models(self, hub: str, asked: list[str]) -> None:
        """Ask by name, then by former name, then in another case; what is not found is None."""
        left = list(asked)
        self._models |= dict.fromkeys((hub, name) for name in asked)
        for found_by, query in (("name", None), ("alias", _ALIAS), ("case", _CASE)):
            names = {name: name for name in left} if query is None else self._led(query, hub, left)
            known = self._models_named(hub, sorted(set(names.values())), found_by)
            for name, present in names.items():
                self._models[hub, name] = known.get(present)
            left = [name for name in left if self._models[hub, name] is None]

    def _led(self, query: str, hub: str, asked: list[str]) -> dict[str, str]:
        """Return where other names lead; one that leads to several leads nowhere."""
        found: dict[str, set[str]] = {}
        for row in self._rows(query, hub=hub, names=asked) if asked else ():
            found.setdefault(row["asked"], set()).add(row["name"])
        sure = {name: names.pop() for name, names in found.items() if len(names) == 1}
        key = str.lower if query is _CASE else str
        return {name: sure[key(name)] for name in asked if key(name) in sure}

    def _models_named(self, hub: str, names: list[str], found_by: str) -> dict[str, KnownModel]:
        rows = self._rows(_MODEL, hub=hub, names=names) if names else []
        if not rows:
            return {}
        place: dict[str, Any] = {"hub": hub, "names": [row["name"] for row in rows]}
        statements = self._grouped(KnownStatement, _STATEMENTS, kind="model", **place)
        bases = self._grouped(BaseEdge, _BASES, **place)
        datasets = self._grouped(DataEdge, _DATASETS, **place)
        files = {row["subject"]: row for row in self._rows(_LICENSE_FILES, **place)}
        return {
            row["name"]: KnownModel(
                **{**row, "is_read": bool(row["is_read"])},
                found_by=found_by,
                license_files=_paths(files.get(row["name"]), "paths"),
                pickle_files=_paths(files.get(row["name"]), "pickles"),
                statements=tuple(statements.get(row["name"], ())),
                bases=tuple(bases.get(row["name"], ())),
                datasets=tuple(datasets.get(row["name"], ())),
            )
            for row in rows
        }

    def _load_datasets(self, hub: str, asked: Iterable[str]) -> None:
        left = sorted(name for name in asked if (hub, name) not in self._datasets)
        self._datasets |= dict.fromkeys((hub, name) for name in left)
        for query in (None, _DATASET_ALIAS):
            names = {name: name for name in left} if query is None else self._led(query, hub, left)
            known = self._datasets_named(hub, sorted(set(names.values())))
            for name, present in names.items():
                self._datasets[hub, name] = known.get(present)
            left = [name for name in left if self._datasets[hub, name] is None]

    def _datasets_named(self, hub: str, names: list[str]) -> dict[str, KnownDataset]:
        rows = self._rows(_DATASET, hub=hub, names=names) if names else []
        if not rows:
            return {}
        statements = self._grouped(
            KnownStatement,
            _STATEMENTS,
            kind="dataset",
            hub=hub,
            names=[row["name"] for row in rows],
        )
        return {
            row["name"]: KnownDataset(**row, statements=tuple(statements.get(row["name"], ())))
            for row in rows
        }

    def _grouped(
        self, make: Callable[..., Row], query: str, /, **values: Any
    ) -> dict[str, list[Row]]:
        """Return rows as values of a class, by what they are about."""
        found: dict[str, list[Row]] = {}
        for row in self._rows(query, **values):
            found.setdefault(row.pop("subject"), []).append(make(**row))
        return found

    def _rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
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
