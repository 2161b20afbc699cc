"""A small ModelScope of invented records; ``hub.py`` says what is known of the real one.

::

    modelscope/models.jsonl          one record a line
    modelscope/cards/owner__name.md  cards
    modelscope/configs/owner__name.json
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from miner.pipelines.sources.hubs.modelscope import model_records as records
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.replay.answers import ReplayAnswer, json_answer
from miner.pipelines.sources.replay.catalog import CARD, CURRENT, Shelf
from miner.pipelines.sources.replay.repositories import Ask
from miner.schema.vocab import AnswerKind

_API, _FILES = "/openapi/v1/", "/api/v1/models/"
_KINDS = {"cards": ("*.md", CARD), "configs": ("*.json", "config.json")}


def add_folder(shelf: Shelf, folder: Path) -> None:
    """Read a folder of records and files."""
    for line in (folder / "models.jsonl").read_bytes().splitlines():
        shelf.put(orjson.loads(line))
    for name, (pattern, path) in _KINDS.items():
        for file in sorted((folder / name).glob(pattern)):
            shelf.put_file(file.stem.replace("__", "/", 1), path, file.read_bytes())


def add_answer(shelf: Shelf, answer: ReceivedAnswer) -> None:
    """Take an archived answer: the newest state of each model is served."""
    if answer.kind == AnswerKind.LISTING:
        page = records.page_of(answer.body, answer.context.get("subject", "model"))
        for record in page[0] if page else ():
            if isinstance(record, dict) and isinstance(record.get("id"), str):
                shelf.put(record)
    elif answer.kind == AnswerKind.RECORD and answer.status == 404:
        if shelf.find(answer.context["name"]) is not None:
            shelf.remove(answer.context["name"])
    elif answer.kind == AnswerKind.FILE and answer.status == 200 and "cut" not in answer.context:
        shelf.put_file(answer.context["name"], answer.context["path"], answer.body)


def answer(shelf: Shelf, ask: Ask) -> ReplayAnswer | None:
    """Answer an address of ModelScope; None: it is none."""
    path, query = unquote(ask.raw_path), parse_qs(ask.raw_query)
    if path.startswith(_API):
        kind, _, name = path.removeprefix(_API).partition("/")
        if kind == "users":
            return _wrapped({"username": "replay"})
        if kind == "models" and name:
            return _record(shelf, name)
        return _page(shelf if kind == "models" else Shelf(), kind, query)
    if path.startswith(_FILES) and path.endswith("/repo"):
        name = path.removeprefix(_FILES).removesuffix("/repo")
        found = shelf.find(name)
        file = (
            None
            if found is None or isinstance(found, str)
            else found.files.get((CURRENT, query["FilePath"][0]))
        )
        if file is not None:
            return ReplayAnswer(200, file.read(), "application/octet-stream")
        return _error(404)
    return None


def _record(shelf: Shelf, name: str) -> ReplayAnswer:
    found = shelf.find(name)
    is_there = found is not None and not isinstance(found, str)
    return _wrapped(_sent(found)) if is_there else _error(404)


def _page(shelf: Shelf, kind: str, query: dict[str, list[str]]) -> ReplayAnswer:
    number, size = int(query["page_number"][0]), int(query["page_size"][0])
    if number * size > records.MOST_LISTED:
        return _error(400)
    field, is_descending = query["sort"][0], query["direction"] == ["desc"]
    repos = shelf.order("id", descending=False).repos
    repos = sorted(repos, key=lambda repo: str(repo.source.get(field)), reverse=is_descending)
    listed = [_sent(repo) for repo in repos[(number - 1) * size : number * size]]
    return _wrapped(
        {kind: listed, "total_count": len(repos), "page_number": number, "page_size": size}
    )


def _sent(repo: Any) -> dict[str, Any]:
    return dict(repo.source)


def _wrapped(data: Any) -> ReplayAnswer:
    return json_answer({"success": True, "data": data})


def _error(status: int) -> ReplayAnswer:
    body = orjson.dumps({"success": False, "message": "not found" if status == 404 else "refused"})
    return ReplayAnswer(status, body)
