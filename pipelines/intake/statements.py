"""Edges, datasets, papers, licenses and code that records and cards state, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Table

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, choose, table_of
from miner.pipelines.sources.records.facts import License, PaperUse, Span, Statements
from miner.pipelines.sources.records.statements import arxiv_month
from miner.schema import tables
from miner.schema.vocab import SOURCE_RANK, Source

EDGE = table_of(tables.ModelEdge)
DATASET = table_of(tables.ModelDataset)
PAPER = table_of(tables.ModelPaper)
LICENSE = table_of(tables.LicenseStatement)
CODE = table_of(tables.ModelRepository)

_SPAN = ("blob_sha", "span_start", "span_end")
_NO_SPAN = (None, None, None)
_OF_MODEL = ((EDGE, "child_id"), (DATASET, "model_id"), (PAPER, "model_id"), (LICENSE, "model_id"))
_FACTS = (
    (EDGE, "child_id", ("parent",)),
    (DATASET, "model_id", ("dataset", "role")),
    (PAPER, "model_id", ("paper_id", "role")),
    (LICENSE, "model_id", ()),
)


def delete_statements(batch: Batch, model_ids: Sequence[int], sources: Iterable[str]) -> None:
    """Delete what some sources said of some models."""
    for source in sources:
        for table, column in _OF_MODEL:
            db.delete_where_in(batch.connection, table, column, model_ids, where={"source": source})
        if source == Source.CARD:  # nothing but cards links code
            db.delete_where_in(batch.connection, CODE, "model_id", model_ids)


def write_statements(batch: Batch, told: Mapping[int, Statements]) -> None:
    """Write what one kind of source says of some models, by their surrogate keys.

    Rows of the same sources are expected to be gone (``delete_statements``).
    """
    _write_edges(batch, told)
    _write_datasets(batch, told)
    _write_papers(batch, told)
    _write_repositories(batch, told)
    write_licenses(
        batch,
        ((model_id, None, known.licenses) for model_id, known in told.items()),
    )


def choose_sources(batch: Batch, model_ids: list[int]) -> None:
    """Mark the best source of each fact of models that records and cards both speak of."""
    for table, subject, groups in _FACTS:
        choose(batch.connection, table, subject, groups, model_ids)


def _write_edges(batch: Batch, told: Mapping[int, Statements]) -> None:
    rows = []
    for model_id, known in told.items():
        if not known.edges:
            continue
        best = _best((edge.parent.lower(), edge.source) for edge in known.edges)
        rows += [
            (model_id, edge.parent, edge.relation, edge.relation_source, edge.source,
             int(best[edge.parent.lower()] == edge.source), *_span(edge.span))
            for edge in known.edges
        ]  # fmt: skip
    _insert(
        batch,
        EDGE,
        ("child_id", "parent", "relation", "relation_source", "source", "is_chosen", *_SPAN),
        rows,
    )


def _write_datasets(batch: Batch, told: Mapping[int, Statements]) -> None:
    rows = []
    for model_id, known in told.items():
        if not known.datasets:
            continue
        best = _best(((use.dataset.lower(), use.role), use.source) for use in known.datasets)
        rows += [
            (model_id, use.dataset, use.role, use.source,
             int(best[use.dataset.lower(), use.role] == use.source), *_span(use.span))
            for use in known.datasets
        ]  # fmt: skip
    _insert(batch, DATASET, ("model_id", "dataset", "role", "source", "is_chosen", *_SPAN), rows)


def _write_papers(batch: Batch, told: Mapping[int, Statements]) -> None:
    uses: list[tuple[int, PaperUse]] = [
        (model_id, use) for model_id, known in told.items() for use in known.papers
    ]
    if not uses:
        return
    papers = _paper_ids(batch, {use.arxiv_id for _, use in uses})
    _insert(
        batch,
        PAPER,
        ("model_id", "paper_id", "role", "source", "is_chosen", *_SPAN),
        [
            (model_id, papers[use.arxiv_id], use.role, use.source, 1, *_span(use.span))
            for model_id, use in uses
        ],
    )


def _write_repositories(batch: Batch, told: Mapping[int, Statements]) -> None:
    rows = [
        (model_id, link.repository, link.source, *_span(link.span))
        for model_id, known in told.items()
        for link in known.repositories
    ]
    _insert(batch, CODE, ("model_id", "repository", "source", *_SPAN), rows)


def _paper_ids(batch: Batch, identifiers: set[str]) -> dict[str, int]:
    """Return the papers' surrogate keys by arXiv id, new papers written."""
    table = table_of(tables.Paper)

    def held() -> dict[str, int]:
        rows = db.select_in(
            batch.connection, table, ("arxiv_id", "id"), "arxiv_id", sorted(identifiers)
        )
        return {str(name): int(str(key)) for name, key in rows}

    missing = sorted(identifiers - held().keys())
    if missing:
        ids = db.next_ids(batch.connection, table, len(missing))
        db.insert(
            batch.connection,
            table,
            ("id", "arxiv_id", "published_on"),
            [(key, name, arxiv_month(name)) for key, name in zip(ids, missing, strict=True)],
        )
    return held()


def write_licenses(
    batch: Batch, told: Iterable[tuple[int | None, int | None, Sequence[License]]]
) -> None:
    """Write license statements of (model, None, …) or (None, dataset, …)."""
    rows = []
    for model_id, dataset_id, licenses in told:
        if not licenses:
            continue
        best = min((item.source for item in licenses), key=SOURCE_RANK.__getitem__)
        rows += [
            (model_id, dataset_id, item.source, item.position, item.key, item.canonical,
             item.license_name, item.license_link, item.scope, int(item.source == best),
             *_span(item.span))
            for item in licenses
        ]  # fmt: skip
    _insert(
        batch,
        LICENSE,
        ("model_id", "dataset_id", "source", "position", "key", "canonical", "license_name",
         "license_link", "scope", "is_chosen", *_SPAN),
        rows,
    )  # fmt: skip


def _best(pairs: Iterable[tuple[object, str]]) -> dict[object, str]:
    """Return the best source of each fact."""
    best: dict[object, str] = {}
    for fact, source in pairs:
        if fact not in best or SOURCE_RANK[source] < SOURCE_RANK[best[fact]]:
            best[fact] = source
    return best


def _span(span: Span | None) -> tuple[object, object, object]:
    return _NO_SPAN if span is None else span


def _insert(
    batch: Batch,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    if not rows:
        return
    ids = db.next_ids(batch.connection, table, len(rows))
    numbered: Iterator[tuple[object, ...]] = (
        (key, *row) for key, row in zip(ids, rows, strict=True)
    )
    db.insert(batch.connection, table, ("id", *columns), list(numbered))
