"""Published tables on issues and pull requests of repositories, and the models that they name."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Table
from miner.schema.published.base import described

ISSUES: tuple[Table, ...] = (
    described(tables.IssueListing),
    described(tables.RepositoryIssue),
    described(tables.IssueComment),
    described(tables.IssueModel),
)
