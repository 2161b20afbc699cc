"""Configs and GGUF heads of mixtures that others derive from: fetched once, though seldom used."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from miner.pipelines.crawl import gguf_heads
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.show.store_status import describe_store
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.replay.archived import add_archive
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, FileKey, HubFile
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import ask, crawl, one, record, requests, settings_for, window
from tests.gguf_files import gguf

EXPERTS = {
    "model_type": "heron", "architectures": ["HeronForCausalLM"], "hidden_size": 64,
    "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 1000, "num_local_experts": 8,
    "num_experts_per_tok": 2,
}  # fmt: skip
OLD, NEW = "2023-05-01T00:00:00.000Z", "2024-05-01T00:00:00.000Z"


def put(catalog: Catalog, number: int, name: str, **changes: Any) -> None:
    config, bases = changes.pop("config", None), changes.pop("bases", [])
    tags = [*changes.pop("tags", []), *(f"base_model:quantized:{one}" for one in bases)]
    data = {"base_model": bases, "base_model_relation": "quantized"} if bases else {}
    files: dict[FileKey, HubFile] = {
        (CURRENT, path): HubFile(content) for path, content in changes.pop("files", {}).items()
    }
    if config is not None:
        files[CURRENT, "config.json"] = HubFile(orjson.dumps(config))
    fields = record(
        number, id=name, siblings=[{"rfilename": path} for _, path in files], tags=tags,
        cardData=data, lastModified=changes["createdAt"], **changes,
    )  # fmt: skip
    catalog.models.put(fields, files=files)


def hub() -> Catalog:
    """A mixture of a type that no rule knows, older than the crawl's window, and two copies."""
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    put(catalog, 1, "acme/heron", config=EXPERTS, createdAt=OLD, downloads=3)
    for number, copy, base in ((2, "ann/heron-gguf", "acme/heron"),
                               (3, "zoe/heron-gguf-again", "ann/heron-gguf")):  # fmt: skip
        put(catalog, number, copy, bases=[base], tags=["moe"], createdAt=NEW, downloads=90)
    put(catalog, 4, "ann/lone-moe", config=EXPERTS, tags=["moe"], createdAt=NEW, downloads=1)
    return catalog


def experts(settings: Settings) -> dict[str, tuple[Any, ...]]:
    query = (
        "SELECT m.name, a.source, a.expert_count FROM model_architecture a "
        "JOIN model m ON m.id = a.model_id"
    )
    return {row[0]: row[1:] for row in ask(settings, query)}


@pytest.fixture
def settings(tmp_path: Path, store_url: str) -> Any:
    with serving(hub()) as server:
        yield server, settings_for(tmp_path / "data", server.endpoint, database_url=store_url)


def test_the_config_of_an_old_base_gives_its_copies_their_counts(settings: Any) -> None:
    server, store = settings
    since = window(since="2024-01-01")
    counts = crawl(store, since, min_downloads=50)
    assert counts["configs fetched for counts of mixtures"] == counts["configs fetched"] == 1
    assert experts(store) == {
        "acme/heron": ("config", 8),
        "ann/heron-gguf": ("inherited", 8),
        "zoe/heron-gguf-again": ("inherited", 8),
        "ann/lone-moe": ("tag", None),  # few downloads, and nobody's base: no request for it
    }
    files = requests(server, "resolvers")
    again = crawl(store, since, min_downloads=50)
    assert again["configs fetched"] == 0
    assert requests(server, "resolvers") == files  # once a revision


def test_no_config_is_fetched_where_none_is_wanted(settings: Any) -> None:
    _, store = settings
    counts = crawl(store, window(since="2024-01-01"), min_downloads=50, configs="none")
    assert counts["configs fetched"] == 0
    assert experts(store)["ann/heron-gguf"] == ("tag", None)


HEAD = gguf(
    {"general.architecture": "crane", "crane.block_count": 1, "crane.embedding_length": 64,
     "crane.expert_count": 16, "crane.expert_used_count": 4, "crane.expert_shared_count": 1,
     "crane.expert_feed_forward_length": 32, "tokenizer.ggml.token_type": list(range(3000))},
    {"token_embd.weight": (64, 100), "blk.0.ffn_up_exps.weight": (64, 32, 16),
     "blk.0.attn_q.weight": (64, 64)},
)  # fmt: skip
"""Longer than what is asked for first."""
ACTIVE = 64 * 100 + 64 * 64 + 64 * 32 * 4
CRANES = {
    "acme/crane-gguf": ("gguf", 16, 4, ACTIVE),
    "ann/crane-again": ("inherited", 16, 4, ACTIVE),
    "ann/lone-crane": ("tag", None, None, None),
}


def cranes() -> Catalog:
    """A mixture that is nowhere but in GGUF files, and a copy of it."""
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    files = {
        "mmproj-crane.gguf": b"GGUF no model",
        "crane-q4.gguf": HEAD + bytes(200_000),
        "q8/crane-q8.gguf": HEAD,
    }
    put(catalog, 1, "acme/crane-gguf", files=files, tags=["moe"], createdAt=OLD, downloads=3)
    put(catalog, 2, "ann/crane-again", bases=["acme/crane-gguf"], tags=["moe"], createdAt=NEW,
        downloads=90)  # fmt: skip
    put(catalog, 3, "ann/lone-crane", files=files, tags=["moe"], createdAt=NEW, downloads=1)
    return catalog


def counts_of(settings: Settings) -> dict[str, tuple[Any, ...]]:
    query = (
        "SELECT m.name, a.source, a.expert_count, a.experts_per_token, a.active_parameter_count "
        "FROM model_architecture a JOIN model m ON m.id = a.model_id"
    )
    return {row[0]: row[1:] for row in ask(settings, query)}


@pytest.fixture
def small_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_heads, "SIZES", (4_000, 100_000))


@pytest.mark.parametrize("without_ranges", [False, True])
def test_the_head_of_a_gguf_file_gives_counts_now_and_from_the_archive(
    tmp_path: Path, small_heads: None, without_ranges: bool
) -> None:
    since = window(since="2024-01-01")
    with serving(cranes(), ReplayOptions(without_ranges=without_ranges)) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        counts = crawl(settings, since, min_downloads=50)
        assert (counts["GGUF headers fetched"], counts["requests for GGUF headers"]) == (1, 2)
        assert counts_of(settings) == CRANES
        files = requests(server, "resolvers")
        assert crawl(settings, since, min_downloads=50)["GGUF headers fetched"] == 0
        assert requests(server, "resolvers") == files  # once a revision
    sizes = "SELECT size_bytes, parse_state, blob_sha FROM fetched_file WHERE path = '*.gguf'"
    [(size, state, sha)] = ask(settings, sizes)
    assert size == 100_000  # of a file of 216,000 bytes
    assert state == "parsed"
    parse_archive(settings, Silent())
    assert counts_of(settings) == CRANES
    assert ask(settings, sizes) == [(size, state, sha)]
    replayed = Catalog()
    add_archive(replayed, ArchiveReader(settings.archive_dir))
    with serving(replayed) as server:
        again = settings_for(tmp_path / "again", server.endpoint)
        crawl(again, since, min_downloads=50)
        assert counts_of(again) == CRANES
        assert ask(again, sizes) == [(size, state, sha)]


def test_bad_heads_cost_their_model_alone(tmp_path: Path, small_heads: None) -> None:
    bad = {
        "acme/no-gguf": b"PK" + bytes(50),
        "acme/many-keys": b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 16,
        "acme/cut": HEAD[: HEAD.index(b"crane.expert_count")],
        "acme/later-part": b"",
        "acme/empty": b"",
    }
    catalog = cranes()
    for number, (name, content) in enumerate(bad.items(), 10):
        path = "m-00002-of-00002.gguf" if name == "acme/later-part" else "m-00001-of-00002.gguf"
        put(catalog, number, name, files={path: content}, tags=["moe"], createdAt=NEW,
            downloads=90)  # fmt: skip
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        counts = crawl(settings, window(since="2024-01-01"), min_downloads=50)
        files = requests(server, "resolvers")
        crawl(settings, window(since="2024-01-01"), min_downloads=50)
        assert requests(server, "resolvers") == files  # an empty file is not asked for again
    assert (counts["GGUF headers fetched"], counts["requests for GGUF headers"]) == (4, 6)
    assert counts["GGUF headers missing"] == 1
    assert describe_store(settings)["held"]["gguf_headers"] == {"fetched": 4, "missing": 1}
    found = counts_of(settings)
    assert {name: found[name] for name in CRANES} == CRANES
    assert {found[name] for name in bad} == {("tag", None, None, None)}
    states = ask(
        settings,
        "SELECT m.name, f.parse_state FROM fetched_file f JOIN model m ON m.id = f.model_id "
        "WHERE f.path = '*.gguf' AND f.parse_state <> 'parsed'",
    )
    assert states == [("acme/no-gguf", "unparsable")]
    reasons = one(
        settings,
        "SELECT a.reasons FROM model_architecture a JOIN model m ON m.id = a.model_id "
        "WHERE m.name = 'acme/many-keys'",
    )
    assert "its GGUF header cannot be read: it promises too many keys or tensors" in reasons


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["b/x.gguf", "y.Q4.gguf", "x.Q8.gguf"], "x.Q8.gguf"),
        (["Q4/x-00002-of-00003.gguf", "Q4/x-00001-of-00003.gguf"], "Q4/x-00001-of-00003.gguf"),
        (["mmproj-x.gguf", "x-draft.gguf", "imatrix.gguf", "x.safetensors"], None),
    ],
)
def test_one_file_tells_of_the_model(paths: list[str], expected: str | None) -> None:
    assert gguf_heads.file_with_head(paths) == expected
