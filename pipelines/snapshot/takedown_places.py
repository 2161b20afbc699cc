"""Where published tables name what can be taken down: columns, tags, and the hub meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from miner.schema.published import PUBLISHED

SUBJECTS = ("model", "dataset", "repository", "owner", "blob")
GITHUB = "github"

_COLUMNS: dict[str, frozenset[str]] = {
    "model": frozenset(
        {"model", "model_resolved", "child", "parent", "parent_declared", "root", "via"}
    ),
    "dataset": frozenset({"dataset", "dataset_declared"}),
    "repository": frozenset({"repository", "repository_declared"}),
    "owner": frozenset({"owner", "author"}),
    "blob": frozenset({"blob_sha", "old_blob_sha", "sha256"}),
}
"""Columns that name the subject in whatever table they stand."""

_PLACES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "model": (
        ("model", "name", ""),
        ("model_alias", "alias", ""),
        ("model_config", "name_or_path", ""),
        ("extracted_field", "named", ""),
        ("license_statement", "subject", "subject_kind = 'model'"),
        ("rejected_record", "name", "subject = 'model'"),
        ("repository_finding", "detail", "source = 'card'"),
        ("license_finding", "upstream", "upstream_kind = 'model'"),
        ("license_finding", "downstream", "downstream_kind = 'model'"),
    ),
    "dataset": (
        ("dataset", "name", ""),
        ("dataset_alias", "alias", ""),
        ("extracted_field", "named", ""),
        ("license_statement", "subject", "subject_kind = 'dataset'"),
        ("rejected_record", "name", "subject = 'dataset'"),
        ("license_finding", "upstream", "upstream_kind = 'dataset'"),
        ("license_finding", "downstream", "downstream_kind = 'dataset'"),
    ),
    "repository": (
        ("repository", "name", ""),
        ("repository", "parent", ""),
        ("repository_alias", "alias", ""),
        ("license_finding", "downstream", "downstream_kind = 'repository'"),
    ),
    "owner": (("owner", "name", ""),),
    "blob": (),
}
"""Tables and columns that name the subject under another name, with the rows that do."""

_TAGS: dict[str, str] = {
    "model": "^base_model:(?:[a-z_]+:)?([^:]+)$",
    "dataset": r"^(?:datasets?:|source_datasets:(?:extended\|)?)([^:]+)$",
}
"""Tags that name the subject, the name as first group."""

_NO_PARENT_MODEL = frozenset({"repository"})
"""Tables whose ``parent`` is no model."""

_ON_GITHUB = frozenset({"repository", "repository_issue", "issue_comment"})
"""Tables whose owners and authors are accounts of GitHub."""

_HUB_OF = {"upstream": "upstream_hub", "via": "upstream_hub", "downstream": "downstream_hub"}


@dataclass(frozen=True, slots=True)
class Place:
    """A column that may name a subject, in the rows that meet ``where`` (empty: all).

    Attributes:
        table: The published table.
        column: Its column.
        where: SQL condition on its rows.
        inside: Pattern whose first group is the name in a longer text; empty: the whole text.
        subject: What is named.
    """

    table: str
    column: str
    where: str
    inside: str
    subject: str

    @property
    def expression(self) -> str:
        """The name, as SQL on the table as ``t``; null or empty where there is none."""
        column = f't."{self.column}"'
        return f"regexp_extract({column}, '{self.inside}', 1)" if self.inside else column

    @property
    def hub(self) -> str | None:
        """The hub of what is named, as SQL on the table as ``t``; None where it is not told.

        The hub of a row about a use is that of its model, not of the repository or the blob.
        """
        columns = PUBLISHED[self.table].column_names
        if self.subject == "repository" or (self.subject == "owner" and self.table in _ON_GITHUB):
            return f"'{GITHUB}'"
        if self.subject == "blob" and "repository" in columns:
            return None
        hub = _HUB_OF.get(self.column, "hub")
        return f't."{hub}"' if hub in columns else None


def places(subject: str) -> Iterator[Place]:
    """Yield every place of the published tables that may name a subject."""
    for table in PUBLISHED.values():
        for column in table.column_names:
            if column == "parent" and table.name in _NO_PARENT_MODEL:
                continue
            if column in _COLUMNS[subject]:
                yield Place(table.name, column, "", "", subject)
            if column == "tag" and subject in _TAGS:
                yield Place(table.name, column, "", _TAGS[subject], subject)
    for table_name, column, where in _PLACES[subject]:
        yield Place(table_name, column, where, "", subject)
