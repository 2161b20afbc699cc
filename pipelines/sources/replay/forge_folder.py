"""Read repositories to serve from a folder.

::

    repositories/<owner>/<name>/...     the files of a repository, as they are
    repositories.jsonl                  one object a line, fields of GitHub's REST API, all optional
                                        but full_name: id, node_id, description, license (SPDX id),
                                        stargazers_count, forks_count, fork, parent (owner/name),
                                        archived, created_at, pushed_at, default_branch, topics,
                                        head_commit; and of our own: renamed_from (former names),
                                        state (present, gone, blocked: taken down, refused),
                                        issues (``github_issues`` has their fields)

A folder of files without a line gets one, and a line without files is an empty repository.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from miner.errors import InvalidData
from miner.pipelines.sources.replay.forge import STATES, Content, ReplayForge

FOLDER, RECORDS = "repositories", "repositories.jsonl"
_NOT_SERVED = frozenset({".git", "__pycache__", ".DS_Store"})

log = logging.getLogger(__name__)


def add_repositories(forge: ReplayForge, folder: Path) -> bool:
    """Add what a folder holds of repositories; return whether it holds any.

    Raises:
        InvalidData: A line of ``repositories.jsonl`` is no record.
    """
    files = {
        f"{owner.name}/{place.name}": _files(place)
        for owner in _folders(folder / FOLDER)
        for place in _folders(owner)
    }
    records = dict(_records(folder / RECORDS))
    for name in sorted({*files, *records}):
        forge.put(records.get(name, {"full_name": name}), files.get(name))
    return bool(files or records)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_dir())


def _files(place: Path) -> dict[str, Content]:
    """Return the files below a folder by path; links are not followed."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes
        for path in sorted(place.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not _NOT_SERVED.intersection(path.relative_to(place).parts)
    }


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.exists():
        return
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except json.JSONDecodeError as error:
            raise _unusable(path, number, str(error)) from error
        name = record.get("full_name") if isinstance(record, dict) else None
        if not isinstance(name, str) or name.count("/") != 1:
            raise _unusable(path, number, "no object with a full_name owner/name")
        if record.get("state", STATES[0]) not in STATES:
            raise _unusable(path, number, f"state is none of {', '.join(STATES)}")
        yield name, record


def _unusable(path: Path, number: int, problem: str) -> InvalidData:
    return InvalidData(f"{path}:{number}: {problem}", next_step="correct the line")
