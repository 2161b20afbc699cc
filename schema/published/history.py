"""Published tables on the history of models' repositories, and on discussions about models."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Table
from miner.schema.published.base import described

HISTORY: tuple[Table, ...] = (
    described(tables.ModelHistory),
    described(tables.ModelRef),
    described(tables.ModelCommit),
    described(tables.ModelCommitAuthor),
    described(tables.ModelCommitChange),
    described(tables.ModelDiscussion),
    described(tables.DiscussionEvent),
)
