"""The readers of what strangers write, each as a function of bytes.

A target returns, or raises ``MinerError``, whatever it is called with; all else is a crash. Its
seeds are the files of ``corpus/<name>/``, names as written here with hyphens; what crashed once is
kept there. To add one, write a function and its seeds.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from isal import isal_zlib

from miner.errors import SkipRecord
from miner.log import mask_secrets
from miner.pipelines.derive.architecture.model_evidence import Evidence
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.architecture.request import evidence_from
from miner.pipelines.derive.cards.llm.llm_answers import Failure, KeptAnswer
from miner.pipelines.derive.cards.llm.llm_reading import CardReading
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings
from miner.pipelines.derive.cards.rule_extractor import extract
from miner.pipelines.derive.licenses import license_names, statement
from miner.pipelines.derive.licenses.texts.repository_texts import LicenseReader
from miner.pipelines.scan import file_kinds
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.source_files import SourceFile, blob_sha, from_tarball
from miner.pipelines.sources.archive.warc_record import (
    DamagedMember,
    find_member,
    parse_record,
    read_member,
)
from miner.pipelines.sources.hubs.huggingface.listing import read_listing
from miner.pipelines.sources.hubs.huggingface.records import read_dataset, read_light, read_model
from miner.pipelines.sources.hubs.pytorch_hub.hub_page import read_page
from miner.pipelines.sources.hubs.pytorch_hub.hubconf import read_hubconf
from miner.pipelines.sources.records.card import decode, read_card
from miner.pipelines.sources.records.config import read_config
from miner.pipelines.sources.replay.front_matter import card_data
from miner.schema.manifest import Manifest, sealed
from miner.schema.redact import TextKind, redact
from miner.schema.vocab import SweepKind

Target = Callable[[bytes], object]

TARGETS: dict[str, Target] = {}
MODEL = "zoo/alpha"
SHA = "0" * 40


def target(function: Target) -> Target:
    """Make a function known by its name."""
    TARGETS[function.__name__.replace("_", "-")] = function
    return function


def as_text(data: bytes) -> str:
    """Decode, lone surrogates included: JSON can hold them."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def as_json(data: bytes) -> Any:
    """Decode as the clients do; None for what is no JSON."""
    try:
        return json.loads(as_text(data))
    except (ValueError, RecursionError):
        return None


@target
def front_matter(data: bytes) -> None:
    read_card(data, SHA, MODEL)
    card_data(data)


@target
def card_rules(data: bytes) -> None:
    card, _ = decode(data)
    for value in extract(card, MODEL):
        assert card[value.start : value.end] == value.quote


@target
def config(data: bytes) -> None:
    read_config(data)
    architecture(Evidence("zoo/Alpha-8x7B", config=data))


@target
def gguf(data: bytes) -> None:
    architecture(Evidence(MODEL, gguf=data))


@target
def safetensors(data: bytes) -> None:
    header = as_json(data)
    if isinstance(header, dict):
        totals = header.get("__metadata__")
        architecture(evidence_from({"model": MODEL, "tensors": header, "safetensors": totals}))
        architecture(evidence_from(header))


@target
def record(data: bytes) -> None:
    try:
        record_ = orjson.loads(data)
    except orjson.JSONDecodeError:
        record_ = as_json(data)
    for read in (read_model, read_light, read_dataset):
        with suppress(SkipRecord):
            read(record_)


@target
def listing(data: bytes) -> None:
    for kind in (SweepKind.FULL, SweepKind.LIGHT):
        read_listing(data, "model", kind)
    read_listing(data, "dataset", SweepKind.FULL)


@target
def license_text(data: bytes) -> None:
    path, content = _parted(data)
    reader = LicenseReader()
    reader.add("LICENSE", data)
    reader.add(path, content)
    reader.statements()
    assert not reader.faults, reader.faults.describe()
    name = as_text(data[:400])
    license_names.resolve(name)
    statement.read(name)


@target
def notebook(data: bytes) -> None:
    _scan(data, "a.ipynb")


@target
def config_files(data: bytes) -> None:
    _scan(data, "a.yaml")


@target
def shell(data: bytes) -> None:
    _scan(data, "a.sh")


@target
def python(data: bytes) -> None:
    _scan(data, "a.py")


@target
def other_languages(data: bytes) -> None:
    _scan(data, "a.ts")


@target
def dependencies(data: bytes) -> None:
    _scan(data, "requirements.txt")


@target
def hubconf(data: bytes) -> None:
    read_hubconf(data)
    read_page(data, "a.md")


@target
def tarball(data: bytes) -> None:
    for archive in (data, _with_checksums(data)):
        for _ in from_tarball(io.BytesIO(archive), file_kinds.is_wanted):
            pass


@target
def warc(data: bytes) -> None:
    member = isal_zlib.compress(data, 1, 16 + isal_zlib.MAX_WBITS)
    for raw in (data, member, data[:100] + member):
        find_member(io.BytesIO(raw), 0)
        with suppress(DamagedMember):
            parse_record(read_member(io.BytesIO(raw), 0)[0])


@target
def manifest(data: bytes) -> None:
    content = as_json(data)
    if isinstance(content, dict):
        content.pop("seal", None)
        with suppress(ValueError, RecursionError):  # no content that can be sealed
            data = sealed(content)
    Manifest.read(data)


@target
def llm_answer(data: bytes) -> None:
    reading = CardReading(LlmCard("huggingface", MODEL, SHA, _CARD), _llm_settings())
    known: dict[str, KeptAnswer | Failure] = {}
    while needed := reading.needed(known):
        known |= {one.digest: _answer(one.digest, as_text(data)) for one in needed}
    for value in reading.outcome(known, {}).values:
        assert _CARD[value.start : value.end] == value.quote


@target
def redactor(data: bytes) -> None:
    text = as_text(data)
    for kind in TextKind:
        redact(text, kind).text.encode("utf-8", "surrogatepass")
    mask_secrets(text)


def _parted(data: bytes) -> tuple[str, bytes]:
    """Part an input into the path of a file, its first line, and what the file holds."""
    path, _, content = data.partition(b"\n")
    return path.decode("utf-8", "backslashreplace"), content


def _scan(data: bytes, otherwise: str) -> None:
    """Scan a repository of one file; a path that is not wanted is replaced."""
    path, content = _parted(data)
    path = path if file_kinds.is_wanted(path) else otherwise
    result = scan([SourceFile(path, content, blob_sha(content))])
    assert not result.faults, result.reason
    orjson.dumps([result.sites, result.dependencies])  # as it is written: no lone surrogate


def _with_checksums(data: bytes) -> bytes:
    """Return a tar archive whose headers' checksums are right: tarfile reads on."""
    fixed = bytearray(data)
    for place in range(0, len(fixed) - tarfile.BLOCKSIZE + 1, tarfile.BLOCKSIZE):
        if fixed[place + 257 : place + 262] == b"ustar":
            block = bytes(fixed[place : place + tarfile.BLOCKSIZE])
            total = 256 + sum(block[:148]) + sum(block[156:])
            fixed[place + 148 : place + 156] = b"%06o\0 " % total
    return bytes(fixed)


_CARD = """---
license: mit
---
# alpha

It has 7 billion parameters and a context length of 8k tokens. It was trained with seed 42 and
learning rate 2e-5 for 3 epochs on 8 A100 GPUs (80GB) for 30 hours, on Wikipedia.

| Benchmark | alpha |
|---|---|
| MMLU | 0.91 |
"""


@cache
def _llm_settings() -> LlmSettings:
    return LlmSettings("some-model", base_url="http://127.0.0.1:9/v1", ask_all=True)


def _answer(digest: str, content: str) -> KeptAnswer:
    return KeptAnswer(
        digest, "", "some-model", "", "", {}, "stop", content, 1, 1, True, None, False,
        datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
