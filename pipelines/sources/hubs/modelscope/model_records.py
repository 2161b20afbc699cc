"""ModelScope's records and listing pages, read tolerantly.

The API wraps what it sends: ``{"success": true, "data": …}``. A record has ``id`` (``owner/name``),
``created_at``, ``last_modified``, ``downloads``, ``likes``, ``license``, ``tags``, ``tasks``,
``file_size``, ``private`` and ``gated``. It names no commit: the branch with the date of its last
change stands for the revision, so that a card is fetched again when its model was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import orjson

from miner.errors import SkipRecord
from miner.pipelines.sources.records import statements
from miner.pipelines.sources.records.facts import (
    DatasetFacts,
    Listing,
    ModelFacts,
    Problem,
    Statements,
)
from miner.pipelines.sources.records.lost import lost
from miner.pipelines.sources.records.values import Reader, excerpt
from miner.schema.vocab import Gating, ModelState, ParseState, RecordReason, Source

BRANCH = "master"
MOST_LISTED = 3_000
"""Page number times page size that the service accepts, as its client documents."""

_READER_VERSION = 1
_MAX_NAME = 200
_STABLE = ("id", "created_at", "last_modified", "license", "tags", "tasks")


def data_of(body: bytes) -> object:
    """Return what an answer wraps, None where it wraps nothing or reports no success."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    is_good = isinstance(found, dict) and found.get("success") is True
    return found.get("data") if is_good else None


def page_of(body: bytes, subject: str) -> tuple[list[object], int] | None:
    """Return a page's records and how many there are in all; None where it is no page."""
    data = data_of(body)
    records = data.get(f"{subject}s") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(records, list):
        return None
    total = data.get("total_count")
    return records, total if isinstance(total, int) else 0


def place_of_page(url: str) -> tuple[int, int]:
    """Return number and size of the page that an address asks for."""
    query = parse_qs(urlsplit(url).query)
    return int(query["page_number"][0]), int(query["page_size"][0])


def read_listing(body: bytes, subject: str, kind: str) -> Listing:
    """Read a page; light and full records are the same here.

    A page that says that there is more than the service lists is not whole: a sweep that ends with
    it is not complete, and nothing passes for gone.
    """
    found = page_of(body, subject)
    if found is None:
        return Listing(
            [], [], [Problem("", RecordReason.NOT_JSON.value, "no page")], is_whole=False
        )
    records, total = found
    is_whole = total <= MOST_LISTED
    listing = Listing([], [], [], is_whole)
    if not is_whole:
        detail = f"{total:,} {subject}s, of which the service lists {MOST_LISTED:,}"
        listing.problems.append(Problem("", RecordReason.CUT_SHORT.value, detail, len(records)))
    for position, record in enumerate(records):
        try:
            if subject == "dataset":
                listing.datasets.append(read_dataset(record, position))
            else:
                listing.models.append(read_model(record, position))
        except SkipRecord as error:
            listing.problems.append(Problem("", error.reason, error.message, position))
        except Exception as error:  # a bug costs this record, not the sweep
            listing.problems.append(lost(error, position=position))
    return listing


def read_model(record: object, position: int = 0) -> ModelFacts:
    """Read a model's record, wrapped or not.

    Raises:
        SkipRecord: It is no object, or has no usable name.
    """
    fields, name = _identify(record)
    reader = Reader(position, name)
    licenses = statements.read_licenses(
        reader, {"license": fields.get("license")}, Source.DECLARED.value, statements.no_span
    )
    modified = reader.time("last_modified", fields.get("last_modified"))
    tasks = reader.texts("tasks", fields.get("tasks"))
    values: dict[str, object] = {
        "created_at": reader.time("created_at", fields.get("created_at")),
        "last_modified_at": modified,
        "sha": _revision(modified),
        "pipeline_tag": tasks[0] if tasks else None,
        "license": licenses[0].canonical if licenses else None,
        "license_name": licenses[0].license_name if licenses else None,
        "license_link": licenses[0].license_link if licenses else None,
        "tags": orjson.dumps(reader.texts("tags", fields.get("tags"))).decode(),
        "languages": None,
    }
    volatile = _volatile(reader, fields)
    is_partial = bool(reader.problems)
    values["parse_state"] = (ParseState.PARTIAL if is_partial else ParseState.PARSED).value
    return ModelFacts(
        name=name,
        uid=None,
        owner=name.partition("/")[0],
        values=values,
        volatile=volatile,
        statements=Statements(licenses=licenses),
        digest=_digest(fields),
        problems=reader.problems,
    )


def read_dataset(record: object, position: int = 0) -> DatasetFacts:
    """Read a dataset's record, wrapped or not.

    Raises:
        SkipRecord: It is no object, or has no usable name.
    """
    fields, name = _identify(record)
    reader = Reader(position, name)
    licenses = statements.read_licenses(
        reader, {"license": fields.get("license")}, Source.DECLARED.value, statements.no_span
    )
    modified = reader.time("last_modified", fields.get("last_modified"))
    return DatasetFacts(
        name=name,
        uid=None,
        values={
            "state": ModelState.PRESENT.value,
            "created_at": reader.time("created_at", fields.get("created_at")),
            "last_modified_at": modified,
            "sha": _revision(modified),
            "downloads": reader.count("downloads", fields.get("downloads")),
            "likes": reader.count("likes", fields.get("likes")),
            "gated": _gating(reader, fields),
            "license": licenses[0].canonical if licenses else None,
            "size_category": None,
            "used_storage_bytes": reader.count("file_size", fields.get("file_size")),
            "tags": orjson.dumps(reader.texts("tags", fields.get("tags"))).decode(),
        },
        licenses=[one._replace(scope="data") for one in licenses],
        problems=reader.problems,
    )


def _identify(record: object) -> tuple[dict[str, object], str]:
    fields = record.get("data", record) if isinstance(record, dict) else None
    if not isinstance(fields, dict):
        raise SkipRecord(RecordReason.NOT_AN_OBJECT.value, excerpt(record))
    name = fields.get("id")
    is_name = isinstance(name, str) and name.count("/") == 1 and not any(map(str.isspace, name))
    if not isinstance(name, str) or not is_name or len(name) > _MAX_NAME:
        raise SkipRecord(RecordReason.NO_NAME.value, excerpt(record))
    return fields, name


def _revision(modified: str | None) -> str:
    digits = "".join(filter(str.isdigit, modified or ""))[:14]
    return f"{BRANCH}@{digits}" if digits else BRANCH


def _volatile(reader: Reader, fields: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for column, field in (
        ("downloads", "downloads"), ("likes", "likes"), ("used_storage_bytes", "file_size"),
    ):  # fmt: skip
        if field in fields:
            found[column] = reader.count(field, fields[field])
    if "private" in fields:
        found["is_private"] = reader.flag("private", fields["private"])
    if "gated" in fields:
        found["gated"] = _gating(reader, fields)
    return found


def _gating(reader: Reader, fields: Mapping[str, object]) -> str | None:
    is_gated = reader.flag("gated", fields.get("gated"))
    return None if is_gated is None else (Gating.YES if is_gated else Gating.NO).value


def _digest(fields: Mapping[str, object]) -> str:
    stable = (_READER_VERSION, [excerpt(fields.get(field)) for field in _STABLE])
    return hashlib.sha1(orjson.dumps(stable), usedforsecurity=False).hexdigest()
