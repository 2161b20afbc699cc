"""What a model comes from and what came from it: licenses, bases, derivatives, datasets, papers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from miner.pipelines.show.fact_evidence import Witness
from miner.schema.tables import (
    HubDataset,
    LicenseStatement,
    Model,
    ModelDataset,
    ModelEdge,
    ModelPaper,
    Paper,
)
from miner.schema.vocab import SOURCE_RANK, ModelState, Source

Fact = dict[str, Any]
DERIVATIVES_SHOWN = 10
_SPAN = ("blob_sha", "span_start", "span_end")


def licenses(connection: Connection, model_id: int, witness: Witness) -> list[Fact]:
    """Return every statement of a license, best source first."""
    table = LicenseStatement
    query = select(
        table.source, table.position, table.key, table.canonical, table.license_name,
        table.license_link, table.scope, table.is_chosen, *_span(table),
    ).where(table.model_id == model_id)  # fmt: skip
    return _facts(connection, query, witness, "position")


def bases(connection: Connection, model_id: int, witness: Witness) -> list[Fact]:
    """Return the bases that a model names, best source first, and whether each is stored."""
    table, parent = ModelEdge, aliased(Model)
    query = (
        select(
            table.parent, parent.name.label("model"), parent.state.label("model_state"),
            table.relation, table.relation_source, table.source, table.is_chosen, *_span(table),
        )
        .outerjoin(parent, parent.id == table.parent_id)
        .where(table.child_id == model_id)
    )  # fmt: skip
    return [
        {**fact, "is_held": _is_stored(fact["model_state"])}
        for fact in _facts(connection, query, witness, "parent")
    ]


def derivatives(connection: Connection, model_id: int) -> Fact:
    """Return how many models name this one as their base, by relation, and the most downloaded."""
    chosen = (ModelEdge.parent_id == model_id) & ModelEdge.is_chosen
    children = func.count(ModelEdge.child_id.distinct())
    by_relation = connection.execute(
        select(ModelEdge.relation, children)
        .where(chosen)
        .group_by(ModelEdge.relation)
        .order_by(children.desc(), ModelEdge.relation)
    )
    top = connection.execute(
        select(
            Model.name, func.min(ModelEdge.relation).label("relation"), Model.downloads,
            Model.license, Model.state,
        )
        .join(ModelEdge, ModelEdge.child_id == Model.id)
        .where(chosen)
        .group_by(Model.id, Model.name, Model.downloads, Model.license, Model.state)
        .order_by(func.coalesce(Model.downloads, -1).desc(), Model.name)
        .limit(DERIVATIVES_SHOWN)
    )  # fmt: skip
    return {
        "count": connection.scalar(select(children).where(chosen)) or 0,
        "by_relation": {str(relation): count for relation, count in by_relation},
        "top": [dict(row) for row in top.mappings()],
    }


def datasets(connection: Connection, model_id: int, witness: Witness) -> list[Fact]:
    """Return the datasets that a model names, best source first."""
    table = ModelDataset
    query = (
        select(
            table.dataset, HubDataset.name.label("resolved"),
            HubDataset.state.label("dataset_state"), HubDataset.license,
            table.role, table.source, table.is_chosen, *_span(table),
        )
        .outerjoin(HubDataset, HubDataset.id == table.dataset_id)
        .where(table.model_id == model_id)
    )  # fmt: skip
    return [
        {**fact, "is_held": _is_stored(fact["dataset_state"])}
        for fact in _facts(connection, query, witness, "dataset")
    ]


def papers(connection: Connection, model_id: int, witness: Witness) -> list[Fact]:
    """Return the papers that a model names; ``month`` is the one in the arXiv id, ``YYYY-MM``."""
    table = ModelPaper
    query = (
        select(
            Paper.arxiv_id, Paper.published_on, table.role, table.source, table.is_chosen,
            *_span(table),
        )
        .join(Paper, Paper.id == table.paper_id)
        .where(table.model_id == model_id)
    )  # fmt: skip
    facts = []
    for fact in _facts(connection, query, witness, "arxiv_id"):
        published_on = fact.pop("published_on")
        month = f"{published_on:%Y-%m}" if published_on else None
        url = f"https://arxiv.org/abs/{fact['arxiv_id']}"
        facts.append({"arxiv_id": fact.pop("arxiv_id"), "month": month, "url": url, **fact})
    return facts


def _span(table: Any) -> list[Any]:
    return [getattr(table, column) for column in _SPAN]


def _is_stored(state: str | None) -> bool:
    return state is not None and state != ModelState.NAMED.value


def _facts(connection: Connection, query: Any, witness: Witness, order: str) -> list[Fact]:
    """Return rows with their evidence in place of the span, chosen ones and best sources first."""
    facts = []
    for row in connection.execute(query).mappings():
        fact = {key: value for key, value in row.items() if key not in _SPAN}
        span = [row[column] for column in _SPAN]
        if row["source"] == Source.LICENSE_FILE:
            fact["evidence"] = witness.of_file(row["license_link"], *span)
        else:
            fact["evidence"] = witness.of(row["source"], *span)
        facts.append(fact)
    return sorted(
        facts, key=lambda fact: (not fact["is_chosen"], SOURCE_RANK[fact["source"]], fact[order])
    )
