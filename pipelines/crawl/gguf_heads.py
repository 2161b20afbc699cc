"""Heads of GGUF files: their metadata has the counts of mixtures whose config tells none.

Of a model one file is asked for, and of it the first bytes alone, by a range. Where the metadata
and the shapes behind it are longer, more is asked for once. A server that knows no ranges begins
to send all of the file, and is not listened to beyond the same bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import pairwise

import orjson

from miner.db import upsert as db
from miner.errors import RetryLater, SourceRefused
from miner.pipelines.crawl.files import write_answers
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.derive.architecture.gguf import read_header
from miner.pipelines.derive.architecture.model_evidence import ReadState
from miner.pipelines.intake.files import GGUF_HEAD, FileAnswer
from miner.pipelines.intake.models import MODEL
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import AnswerKind, FileState

SIZES = (1_000_000, 16_000_000)
"""Bytes asked for first, and where the header is longer: vocabularies of 250,000 tokens take 10."""

_GROUP = 4
"""Heads that are held in memory at once."""

_PART = re.compile(r"-(\d{5})-of-\d{5}\.gguf", re.ASCII)
_OTHERS = re.compile(r"mmproj|imatrix|vocab|draft|\bmtp\b|lora|adapter|tokenizer")
"""Names of files that hold something else than the language model."""


def fetch_heads(crawl: Crawl, ids: Sequence[int]) -> int:
    """Fetch the head of one GGUF file of each of some models.

    Args:
        crawl: The crawl's setting; its counts take what became of them, and the requests.
        ids: Surrogate keys of the models.

    Returns:
        How many heads came.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    came = 0
    crawl.progress.start("GGUF headers", len(ids))
    for start in range(0, len(ids), _GROUP):
        if crawl.stop.is_set():
            raise Stopped
        group = ids[start : start + _GROUP]
        for item in _fetch_group(crawl, group):
            crawl.counts[f"GGUF headers {item.state.value}"] += 1
            came += item.state is FileState.FETCHED
        crawl.progress.advance(len(group))
    crawl.progress.finish()
    return came


def file_with_head(paths: Iterable[str]) -> str | None:
    """Return the GGUF file that tells of a model: one in the topmost folder, of several the first.

    Args:
        paths: Of all files of the model.

    Returns:
        None where no file holds the model, or the first part of it.
    """
    found = [path for path in paths if path.lower().endswith(".gguf") and _has_head(path)]
    return min(found, key=lambda path: (path.count("/"), path), default=None)


def _has_head(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    part = _PART.search(name)
    return (part is None or int(part[1]) == 1) and _OTHERS.search(name) is None


def _fetch_group(crawl: Crawl, ids: Sequence[int]) -> list[FileAnswer]:
    with crawl.engine.connect() as connection:
        rows = db.select_rows(connection, MODEL, ("id", "name", "sha", "files"), "id", ids)
    requests, contexts = {}, {}
    for row in rows:
        listed = orjson.loads(row["files"]) if isinstance(row["files"], str) else row["files"]
        file = file_with_head(str(entry.get("path") or "") for entry in listed or ())
        if file is not None:
            contexts[row["id"]] = _context(crawl, row["name"], row["sha"] or "main", file)
            requests[row["id"]] = partial(_ask, crawl, contexts[row["id"]])
    failed: list[FileAnswer] = []
    answers: list[tuple[int, ReceivedAnswer]] = []
    for key, found in crawl.get_all(requests):
        if isinstance(found, RetryLater):
            failed.append(_failed(key, contexts[key], found.message))
            continue
        answer, count = found
        crawl.counts["requests for GGUF headers"] += count
        if isinstance(answer, ReceivedAnswer):
            answers.append((key, answer))
        else:
            failed.append(_failed(key, contexts[key], answer))
    locations = crawl.keep_all(answer for _, answer in answers)
    located = [(key, one, place) for (key, one), place in zip(answers, locations, strict=True)]
    return write_answers(crawl, failed, located)


def _context(crawl: Crawl, name: str, revision: str, file: str) -> dict[str, str]:
    hub = crawl.setting.listing_hub
    return {
        "hub": hub.name, "subject": "model", "name": name, "revision": revision,
        "path": GGUF_HEAD, "file": file, **({"asked_as": hub.account} if hub.account else {}),
    }  # fmt: skip


def _ask(crawl: Crawl, context: dict[str, str]) -> tuple[ReceivedAnswer | str, int]:
    """Return the answer with the head of a file, or why there is none; and requests for bytes."""
    hub = crawl.setting.listing_hub
    get = partial(hub.get, kind=AnswerKind.FILE, context=context, follow=False)
    url = hub.file_url(context["name"], context["revision"], context["file"])
    answer = get(url, first_bytes=SIZES[0])
    try:
        target = hub.redirect_target(answer)
    except SourceRefused as error:  # to a host that is not configured: that ends no crawl
        return error.message, 0
    count = 1
    if target is not None:
        digest, url = hub.linked_digest(answer), target
        get = partial(get, digest=digest)
        answer = get(url, first_bytes=SIZES[0])
    for before, size in pairwise(SIZES):
        is_fetched = hub.file_state(answer)[0] is FileState.FETCHED
        if not is_fetched or len(answer.body) < before or not _is_cut(answer.body):
            break
        answer = get(url, first_bytes=size)
        count += 1
    return answer, count


def _is_cut(head: bytes) -> bool:
    return read_header(head).state is ReadState.PARTIAL


def _failed(model_id: int, context: dict[str, str], reason: str) -> FileAnswer:
    """Return that a head could not be got now; the next crawl asks for it again."""
    return FileAnswer(
        model_id, context["name"], GGUF_HEAD, context["revision"], FileState.FAILED, reason, b"",
        None, None,
    )  # fmt: skip
