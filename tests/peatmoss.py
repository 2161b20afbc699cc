"""Files in the schema of PeaTMOSS, written by the tests themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

NAMED = (
    "architecture", "author", "dataset", "framework", "library", "license", "paper", "tag",
)  # fmt: skip
"""Tables of an id and a name."""

_TEXTS = {
    "model_hub": "name url",
    "language": "name abbreviation",
    "ptm_issues": "repo_url",
    "ptm_pull_requests": "repo_url",
    "hf_git_ref_info": "name ref target_commit",
    "reuse_repository": "owner name url",
    "github_milestone": "#number title description due_on",
    "github_repository": "name url",
    "github_user": "login email name",
    "hf_git_ref": "#model_id",
    "model": "#context_id #model_hub_id sha repo_url #downloads #likes #has_snapshot "
    "#ptm_issues_id #ptm_pull_requests_id",
    "hf_commit": "commit_id created_at title message #model_id",
    "discussion": "title status #num repo_id repo_type #is_pull_request created_at endpoint "
    "target_branch merge_commit_oid diff #model_id",
    "discussion_event": "event_id type created_at author content #edited #hidden new_status "
    "summary oid old_title new_title #discussion_id",
    "file_path": "path #discussion_id",
    "reuse_file": "path #model_id #reuse_repository_id",
    "github_issue": "#author_id body #closed closed_at created_at comment_id #milestone_id "
    "#number project_cards state title updated_at url",
    "github_pull_request": "#additions #author_id base_ref_name body #changed_files #closed "
    "closed_at created_at #deletions head_ref_name #head_repository_id #head_repository_owner_id "
    "#is_cross_repository #is_draft #maintainer_can_modify #merge_commit_id merge_state_status "
    "mergeable merged_at #merged_by_id #milestone_id #number #potential_merge_commit_id "
    "project_cards review_decision state title updated_at url",
    "github_commit": "authored_date committed_date message_body message_headline oid "
    "#pull_request_id",
    "github_merge_commit": "#commit_id",
    "github_pull_request_file": "path #additions #deletions #pull_request_id",
    "github_review": "#author_id author_association body submitted_at #includes_created_edit "
    "state #pull_request_id",
    "github_status_check_rollup": "name status conclusion started_at completed_at details_url "
    "#pull_request_id",
    "github_comment": "#author_id author_association body created_at #includes_created_edit "
    "#is_minimized minimized_reason #issue_id #pull_request_id",
    "github_label": "name description color #issue_id #pull_request_id",
    "github_reaction_group": "content #total_count #issue_id #pull_request_id #github_comment_id "
    "#review_id",
    **dict.fromkeys(NAMED, "name"),
}
"""Columns beside ``id``; ``#`` before a number."""

_PAIRS = {
    **{f"model_to_{kind}": ("model_id", f"{kind}_id") for kind in (*NAMED, "language")},
    "model_to_reuse_repository": ("model_id", "reuse_repository_id"),
    "ptm_issue_to_issue": ("ptm_issue_id", "github_issue_id"),
    "ptm_pull_request_to_pull_request": ("ptm_pull_request_id", "github_pull_request_id"),
    "reuse_repo_to_issue": ("reuse_repository_id", "github_issue_id"),
    "reuse_repo_to_pull_request": ("reuse_repository_id", "github_pull_request_id"),
    "pull_request_to_assignee": ("pull_request_id", "assignee_id"),
    "pull_request_to_review_requests": ("pull_request_id", "review_request_id"),
    "commit_to_author": ("commit_id", "author_id"),
    "issue_to_assignee": ("issue_id", "assignee_id"),
    "hf_commit_to_author": ("hf_commit_id", "author_id"),
    "hf_git_ref_to_branch": ("hf_git_ref_id", "hf_git_ref_info_id"),
    "hf_git_ref_to_tag": ("hf_git_ref_id", "hf_git_ref_info_id"),
    "discussion_to_author": ("discussion_id", "author_id"),
}
"""Tables that join two others."""

TABLES = (*_TEXTS, *_PAIRS)
HUBS = [
    {"id": 1, "name": "HuggingFace", "url": "https://huggingface.co/"},
    {"id": 2, "name": "PyTorch", "url": "https://pytorch.org"},
]

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def schema(*, typed: bool = True) -> list[str]:
    """Return the statements that make the tables.

    Args:
        typed: As the dataset has them; otherwise without types, keys and indexes, as tools write
            that copy a database row by row.
    """
    found = []
    for table, words in _TEXTS.items():
        columns = ["id INTEGER NOT NULL" if typed else "id"]
        for word in words.split():
            kind = "INTEGER" if word.startswith("#") else "VARCHAR"
            columns.append(f"{word.removeprefix('#')} {kind}" if typed else word.removeprefix("#"))
        key = ", PRIMARY KEY (id)" if typed else ""
        found.append(f"CREATE TABLE {table} ({', '.join(columns)}{key})")
    for table, pair in _PAIRS.items():
        columns = [f"{column} INTEGER NOT NULL" if typed else column for column in pair]
        key = f", PRIMARY KEY ({', '.join(pair)})" if typed else ""
        found.append(f"CREATE TABLE {table} ({', '.join(columns)}{key})")
    return found


def write_peatmoss(
    path: Path, rows: Rows, *, typed: bool = True, without: Iterable[str] = ()
) -> Path:
    """Write a file in the schema of PeaTMOSS; the two hubs are in it unless rows name others.

    Args:
        path: Where.
        rows: Rows by table, values by column.
        typed: See ``schema``.
        without: Tables to leave away.
    """
    with closing(sqlite3.connect(path)) as connection:
        for statement in schema(typed=typed):
            connection.execute(statement)
        for table, content in {"model_hub": HUBS, **rows}.items():
            for row in content:
                marks = ", ".join("?" * len(row))
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
                )
        for table in without:
            connection.execute(f"DROP TABLE {table}")
        connection.commit()
    return path


def named(*names: Any) -> list[dict[str, Any]]:
    """Return rows of a table of names, numbered from 1."""
    return [{"id": number, "name": name} for number, name in enumerate(names, 1)]


def pairs(table: str, *rows: tuple[Any, Any]) -> list[dict[str, Any]]:
    """Return rows of a table that joins two others."""
    return [dict(zip(_PAIRS[table], row, strict=True)) for row in rows]
