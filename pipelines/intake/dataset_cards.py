"""Cards of datasets: what became of each, into rows."""

from __future__ import annotations

from collections.abc import Sequence

from miner.db import upsert as db
from miner.pipelines.intake.batch import Batch, table_of
from miner.pipelines.intake.files import FileAnswer
from miner.pipelines.sources.records.payload import blob_sha
from miner.schema import tables
from miner.schema.vocab import FileState

DATASET_CARD = table_of(tables.DatasetCard)
_REPLACED = tuple(sorted({one.name for one in DATASET_CARD.columns} - {"id", "dataset_id"}))


def write_dataset_cards(batch: Batch, cards: Sequence[FileAnswer]) -> None:
    """Write what became of some cards; what they state is read later, by the rules."""
    rows: list[db.Row] = [
        {
            "dataset_id": item.subject_id,
            "revision": item.revision,
            "state": item.state.value,
            "reason": item.reason,
            "blob_sha": blob_sha(item.body) if item.state == FileState.FETCHED else None,
            "size_bytes": len(item.body) if item.state == FileState.FETCHED else None,
            "observed_at": item.observed_at,
            "answer_id": item.answer_id,
            "run_id": batch.run_id,
            "asked_as": item.asked_as,
            "rules_version": None,
        }
        for item in cards
    ]
    numbered = db.numbered(batch.connection, DATASET_CARD, rows)
    db.upsert(batch.connection, DATASET_CARD, numbered, key=("dataset_id",), update=_REPLACED)
