"""Edges, datasets, papers, licenses and code that records and cards state, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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

_NO_SPAN: db.Row = {"blob_sha": None, "span_start": None, "span_end": None}
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


def write_statements(batch: Batch, statements: Mapping[int, Statements]) -> None:
    """Write what one kind of source says of some models, by their surrogate keys.

    Rows of the same sources are expected to be gone (``delete_statements``).
    """
    _write_edges(batch, statements)
    _write_datasets(batch, statements)
    _write_papers(batch, statements)
    _write_repositories(batch, statements)
    write_licenses(
        batch, ((model_id, None, stated.licenses) for model_id, stated in statements.items())
    )


def choose_sources(batch: Batch, model_ids: list[int]) -> None:
    """Mark the best source of each fact of models that records and cards both speak of."""
    for table, subject, groups in _FACTS:
        choose(batch.connection, table, subject, groups, model_ids)


def _write_edges(batch: Batch, statements: Mapping[int, Statements]) -> None:
    rows: list[db.Row] = []
    for model_id, stated in statements.items():
        if not stated.edges:
            continue
        best = _best((edge.parent.lower(), edge.source) for edge in stated.edges)
        rows += [
            {
                "child_id": model_id,
                "parent": edge.parent,
                "relation": edge.relation,
                "relation_source": edge.relation_source,
                "source": edge.source,
                "is_chosen": int(best[edge.parent.lower()] == edge.source),
                **_span(edge.span),
            }
            for edge in stated.edges
        ]
    _insert(batch, EDGE, rows)


def _write_datasets(batch: Batch, statements: Mapping[int, Statements]) -> None:
    rows: list[db.Row] = []
    for model_id, stated in statements.items():
        if not stated.datasets:
            continue
        best = _best(((use.dataset.lower(), use.role), use.source) for use in stated.datasets)
        rows += [
            {
                "model_id": model_id,
                "dataset": use.dataset,
                "role": use.role,
                "source": use.source,
                "is_chosen": int(best[use.dataset.lower(), use.role] == use.source),
                **_span(use.span),
            }
            for use in stated.datasets
        ]
    _insert(batch, DATASET, rows)


def _write_papers(batch: Batch, statements: Mapping[int, Statements]) -> None:
    uses: list[tuple[int, PaperUse]] = [
        (model_id, use) for model_id, stated in statements.items() for use in stated.papers
    ]
    if not uses:
        return
    papers = _paper_ids(batch, {use.arxiv_id for _, use in uses})
    rows: list[db.Row] = [
        {
            "model_id": model_id,
            "paper_id": papers[use.arxiv_id],
            "role": use.role,
            "source": use.source,
            "is_chosen": 1,
            **_span(use.span),
        }
        for model_id, use in uses
    ]
    _insert(batch, PAPER, rows)


def _write_repositories(batch: Batch, statements: Mapping[int, Statements]) -> None:
    rows: list[db.Row] = [
        {
            "model_id": model_id,
            "repository": link.repository,
            "source": link.source,
            **_span(link.span),
        }
        for model_id, stated in statements.items()
        for link in stated.repositories
    ]
    _insert(batch, CODE, rows)


def _paper_ids(batch: Batch, identifiers: set[str]) -> dict[str, int]:
    """Return the papers' surrogate keys by arXiv id, new papers written."""
    table = table_of(tables.Paper)
    rows = db.select_rows(
        batch.connection, table, ("arxiv_id", "id"), "arxiv_id", sorted(identifiers)
    )
    known: dict[str, int] = {row["arxiv_id"]: row["id"] for row in rows}
    missing = sorted(identifiers - known.keys())
    if not missing:
        return known
    new = dict(zip(missing, db.next_ids(batch.connection, table, len(missing)), strict=True))
    db.insert(
        batch.connection,
        table,
        [
            {"id": key, "arxiv_id": name, "published_on": arxiv_month(name)}
            for name, key in new.items()
        ],
    )
    return known | new


def write_licenses(
    batch: Batch, statements: Iterable[tuple[int | None, int | None, Sequence[License]]]
) -> None:
    """Write license statements of (model, None, …) or (None, dataset, …)."""
    rows: list[db.Row] = []
    for model_id, dataset_id, licenses in statements:
        if not licenses:
            continue
        best = min((item.source for item in licenses), key=SOURCE_RANK.__getitem__)
        rows += [
            {
                "model_id": model_id,
                "dataset_id": dataset_id,
                "source": item.source,
                "position": item.position,
                "key": item.key,
                "canonical": item.canonical,
                "license_name": item.license_name,
                "license_link": item.license_link,
                "scope": item.scope,
                "is_chosen": int(item.source == best),
                **_span(item.span),
            }
            for item in licenses
        ]
    _insert(batch, LICENSE, rows)


def _best(pairs: Iterable[tuple[object, str]]) -> dict[object, str]:
    """Return the best source of each fact."""
    best: dict[object, str] = {}
    for fact, source in pairs:
        if fact not in best or SOURCE_RANK[source] < SOURCE_RANK[best[fact]]:
            best[fact] = source
    return best


def _span(span: Span | None) -> db.Row:
    if span is None:
        return _NO_SPAN
    return {"blob_sha": span.blob_sha, "span_start": span.start, "span_end": span.end}


def _insert(batch: Batch, table: Table, rows: Sequence[db.Row]) -> None:
    db.insert(batch.connection, table, db.numbered(batch.connection, table, rows))
