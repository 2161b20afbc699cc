"""Configs of mixtures that others derive from: fetched once, though old and seldom downloaded."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, FileKey, HubFile
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import ask, crawl, record, requests, settings_for, window

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
    files: dict[FileKey, HubFile] = {}
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
