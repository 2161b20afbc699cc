"""A model's or dataset's record of the Hugging Face Hub, read tolerantly.

What the Hub sends is partly computed, partly whatever an author wrote: every field may have any
type. A field that cannot be used is noted and left out; a record without a name cannot be used.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from miner.errors import SkipRecord
from miner.pipelines.sources.records import statements
from miner.pipelines.sources.records.facts import (
    DatasetFacts,
    Edge,
    License,
    ModelFacts,
    Statements,
)
from miner.pipelines.sources.records.values import MAX_COUNT, Reader, as_json, excerpt, storable
from miner.schema.vocab import (
    RELATION_SPELLINGS,
    Gating,
    ModelState,
    ParseState,
    RecordReason,
    Relation,
    Source,
)

_MAX_NAME = 200
_MAX_PATH = 1000
_NOT_IN_A_NAME = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")
_READER_VERSION = 1
"""Raise it when this module reads a record differently: every model is then written anew."""

_DECLARED = Source.DECLARED.value
_PARSED, _PARTIAL = ParseState.PARSED.value, ParseState.PARTIAL.value
_GATING = {False: Gating.NO, True: Gating.YES, "auto": Gating.AUTO, "manual": Gating.MANUAL}


def _gating(reader: Reader, field: str, value: object) -> str | None:
    if value is None:
        return None
    known = _GATING.get(value) if isinstance(value, bool | str) else None
    if known is None:
        reader.note(field, RecordReason.WRONG_TYPE, value)
        return None
    return known.value


class Copied(NamedTuple):
    """A column that holds what one field of a record says.

    Attributes:
        column: Column of the store.
        field: Field of the record.
        read: Reads the field's value.
    """

    column: str
    field: str
    read: Callable[[Reader, str, object], object]


MODEL = (
    Copied("created_at", "createdAt", Reader.time),
    Copied("last_modified_at", "lastModified", Reader.time),
    Copied("sha", "sha", Reader.text),
    Copied("pipeline_tag", "pipeline_tag", Reader.text),
    Copied("library_name", "library_name", Reader.text),
)
"""Columns of a model that change with its revision. A listing is asked for their fields."""

VOLATILE = (
    Copied("downloads", "downloads", Reader.count),
    Copied("downloads_all_time", "downloadsAllTime", Reader.count),
    Copied("likes", "likes", Reader.count),
    Copied("gated", "gated", _gating),
    Copied("is_private", "private", Reader.flag),
    Copied("is_disabled", "disabled", Reader.flag),
    Copied("used_storage_bytes", "usedStorage", Reader.count),
)
"""Columns of a model that change without a new revision. Light records have their fields too."""

DATASET = (
    Copied("created_at", "createdAt", Reader.time),
    Copied("last_modified_at", "lastModified", Reader.time),
    Copied("sha", "sha", Reader.text),
    Copied("downloads", "downloads", Reader.count),
    Copied("likes", "likes", Reader.count),
    Copied("gated", "gated", _gating),
    Copied("used_storage_bytes", "usedStorage", Reader.count),
)
"""Columns of a dataset. A listing is asked for their fields."""

_LIGHT = MODEL[:3]
"""What tells in a light record whether the model has a new revision."""

_STABLE = (
    "_id", "id", "author", *(copied.field for copied in MODEL), "tags", "cardData", "model-index",
    "siblings", "config", "gguf", "safetensors", "baseModels",
)  # fmt: skip
"""Fields that change with the revision, all that are read."""


def read_model(record: object, position: int = 0) -> ModelFacts:
    """Read a model's record.

    Args:
        record: Decoded JSON of the Hub: a listing's entry, or a single record.
        position: Its place in the answer.

    Raises:
        SkipRecord: It is no object, or has no usable name.
    """
    fields, name = _identify(record)
    reader = Reader(position, name)
    tags = reader.texts("tags", fields.get("tags"))
    sorted_tags = statements.read_tags(tags)
    card = reader.mapping("cardData", fields.get("cardData"))
    if "model-index" in fields and "model-index" not in card:
        card = {**card, "model-index": fields["model-index"]}
    stated = statements.from_card(reader, card, _DECLARED)
    tagged = statements.from_tags(sorted_tags)
    chosen = next(iter(stated.licenses or tagged.licenses), None)
    values = _copied(reader, MODEL, fields)
    library = values["library_name"]
    edges = [*stated.edges, *_api_edges(reader, fields.get("baseModels")), *tagged.edges]
    values |= {
        "license": chosen.canonical if chosen else None,
        "license_name": chosen.license_name if chosen else None,
        "license_link": chosen.license_link if chosen else None,
        "tags": as_json(tags) if "tags" in fields else None,
        "languages": _languages(reader, card),
        "files": _files(reader, fields.get("siblings")),
        **_architecture(reader, fields),
    }
    known = Statements(
        edges=statements.fill_relations(edges, library, set(tags), bool(values["files"])),
        datasets=[*stated.datasets, *tagged.datasets],
        papers=tagged.papers,
        licenses=[*stated.licenses, *tagged.licenses],
    )
    uid = reader.text("_id", fields.get("_id"))
    owner = reader.text("author", fields.get("author")) or _owner_in(name)
    volatile = read_volatile(reader, fields)
    values["parse_state"] = _PARTIAL if reader.problems else _PARSED
    return ModelFacts(
        name=name,
        uid=uid,
        owner=owner,
        values=values,
        volatile=volatile,
        statements=known,
        digest=_digest(fields),
        problems=reader.problems,
    )


def read_light(record: object, position: int = 0) -> ModelFacts:
    """Read a light record: only what moves without a new revision, and sha and dates to compare.

    Raises:
        SkipRecord: It is no object, or has no usable name.
    """
    fields, name = _identify(record)
    reader = Reader(position, name)
    return ModelFacts(
        name=name,
        uid=reader.text("_id", fields.get("_id")),
        owner=None,
        values=_copied(reader, _LIGHT, fields),
        volatile=read_volatile(reader, fields),
        statements=Statements(),
        digest="",
        problems=reader.problems,
    )


def read_dataset(record: object, position: int = 0) -> DatasetFacts:
    """Read a dataset's record.

    Raises:
        SkipRecord: It is no object, or has no usable name.
    """
    fields, name = _identify(record)
    reader = Reader(position, name)
    tags = reader.texts("tags", fields.get("tags"))
    card = reader.mapping("cardData", fields.get("cardData"))
    stated = statements.read_licenses(reader, card, _DECLARED, statements.no_span)
    tagged = statements.from_tags(statements.read_tags(tags)).licenses
    sizes = [tag.partition(":")[2] for tag in tags if tag.startswith("size_categories:")]
    sizes += reader.texts("size_categories", card.get("size_categories"))
    chosen = next(iter(stated or tagged), None)
    return DatasetFacts(
        name=name,
        uid=reader.text("_id", fields.get("_id")),
        values={
            "state": (
                ModelState.DISABLED if fields.get("disabled") is True else ModelState.PRESENT
            ).value,
            **_copied(reader, DATASET, fields),
            "license": chosen.canonical if chosen else None,
            "size_category": sizes[0] if sizes else None,
            "tags": as_json(tags) if "tags" in fields else None,
        },
        licenses=[_of_data(statement) for statement in (*stated, *tagged)],
        problems=reader.problems,
    )


def read_volatile(reader: Reader, fields: Mapping[str, object]) -> dict[str, object]:
    """Return the columns that move without a new revision, as far as the record speaks of them."""
    return {
        column: read(reader, field, fields[field])
        for column, field, read in VOLATILE
        if field in fields
    }


def _copied(
    reader: Reader, columns: Iterable[Copied], fields: Mapping[str, object]
) -> dict[str, Any]:
    return {column: read(reader, field, fields.get(field)) for column, field, read in columns}


def _identify(record: object) -> tuple[dict[str, object], str]:
    if not isinstance(record, dict):
        raise SkipRecord(RecordReason.NOT_AN_OBJECT.value, excerpt(record))
    name = record.get("id") or record.get("modelId")
    if not isinstance(name, str) or not name.strip() or len(name) > _MAX_NAME:
        raise SkipRecord(RecordReason.NO_NAME.value, excerpt(record))
    if _NOT_IN_A_NAME.search(name):
        raise SkipRecord(RecordReason.NO_NAME.value, excerpt(name))
    return record, name


def _owner_in(name: str) -> str | None:
    owner, slash, _ = name.partition("/")
    return owner if slash else None


def _languages(reader: Reader, card: Mapping[str, object]) -> str | None:
    stated = card.get("language", card.get("languages"))
    if isinstance(stated, list):
        # YAML 1.1 reads the code of Norwegian as false
        stated = ["no" if item is False else item for item in stated]
    elif stated is False:
        stated = "no"
    languages = reader.texts("language", stated)
    return as_json([language.strip().lower() for language in languages]) if languages else None


def _files(reader: Reader, siblings: object) -> str | None:
    if siblings is None:
        return None
    if not isinstance(siblings, list):
        reader.note("siblings", RecordReason.WRONG_TYPE, siblings)
        return None
    paths = [
        entry.get("rfilename") for entry in siblings if type(entry) is dict and len(entry) == 1
    ]
    if len(paths) == len(siblings) and set(map(type, paths)) <= {str} and "" not in paths:
        try:
            plain = as_json([{"path": path} for path in paths])
            if "\\u0000" not in plain and all(len(str(path)) <= _MAX_PATH for path in paths):
                return plain
        except TypeError:  # a lone surrogate, which JSON cannot hold
            pass
    files: list[dict[str, object]] = []
    for entry in siblings:
        path = entry.get("rfilename") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not path:
            reader.note("siblings", RecordReason.WRONG_TYPE, entry)
            continue
        safe = reader.stored("siblings", path[:_MAX_PATH]) or ""
        files.append({"path": safe, **_size_and_digest(entry)})
    return as_json(files)


def _size_and_digest(entry: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    size, lfs = entry.get("size"), entry.get("lfs")
    if isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= MAX_COUNT:
        found["size_bytes"] = size
    if isinstance(lfs, dict) and isinstance(lfs.get("sha256"), str):
        found["sha256"] = storable(lfs["sha256"][:64])
    return found


def _architecture(reader: Reader, fields: Mapping[str, object]) -> dict[str, object]:
    """Return what config, GGUF and safetensors headers say, as the hub repeats them."""
    found: dict[str, object] = {}
    if fields.get("config") is not None:
        _read_config(reader, reader.mapping("config", fields["config"]), found)
    if fields.get("gguf") is not None:
        gguf = reader.mapping("gguf", fields["gguf"])
        found["gguf_architecture"] = reader.text("gguf.architecture", gguf.get("architecture"))
        found["gguf_context_length"] = reader.count(
            "gguf.context_length", gguf.get("context_length")
        )
        found["gguf_parameter_count"] = reader.count("gguf.total", gguf.get("total"))
    if fields.get("safetensors") is not None:
        header = reader.mapping("safetensors", fields["safetensors"])
        total = reader.count("safetensors.total", header.get("total"))
        found["safetensors_parameter_count"] = total
        parameters = reader.mapping("safetensors.parameters", header.get("parameters"))
        dtypes = {
            reader.stored("safetensors.parameters", name) or "": count
            for name, count in sorted(parameters.items())
            if type(count) is int and 0 <= count <= MAX_COUNT
        }
        found["safetensors_dtypes"] = as_json(dtypes) if dtypes else None
    return found


def _read_config(reader: Reader, config: Mapping[str, object], found: dict[str, object]) -> None:
    found["model_type"] = reader.text("config.model_type", config.get("model_type"))
    classes = reader.texts("config.architectures", config.get("architectures"))
    found["architectures"] = as_json(classes) if classes else None
    if config.get("quantization_config") is not None:
        quantization = reader.mapping("config.quantization_config", config["quantization_config"])
        found["quantization"] = reader.text(
            "config.quantization_config.quant_method", quantization.get("quant_method")
        )


def _api_edges(reader: Reader, base_models: object) -> list[Edge]:
    """Read ``baseModels``: an object {relation, models: [{_id, id}]}, absent when there is none."""
    if base_models is None or base_models == []:
        return []
    field = reader.mapping("baseModels", base_models)
    spelled = field.get("relation")
    relation = RELATION_SPELLINGS.get(spelled.lower()) if isinstance(spelled, str) else None
    models = field.get("models")
    api = Source.API.value
    edges: dict[str, Edge] = {}
    for entry in models if isinstance(models, list) else []:
        name = entry.get("id") if isinstance(entry, dict) else None
        kept = reader.stored("baseModels", name) if isinstance(name, str) else None
        if kept and (base := statements.clean_name(kept)):
            edges[base] = Edge(base, (relation or Relation.UNKNOWN).value, api, api)
    return list(edges.values())


def _of_data(statement: License) -> License:
    return statement._replace(scope="data")


def _digest(fields: Mapping[str, object]) -> str:
    """Return a digest of what a new revision changes, the reader's version included."""
    stable = (_READER_VERSION, [fields.get(field) for field in _STABLE])
    try:
        content = orjson.dumps(stable, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers beyond 64 bits, lone surrogates, or too deep
        try:
            content = json.dumps(stable, sort_keys=True).encode()
        except RecursionError:
            content = orjson.dumps((_READER_VERSION, "too deep", excerpt(stable)))
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
