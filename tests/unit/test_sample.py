"""The bundled sample is well-formed, small, and says nothing in a real author's name."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from miner.pipelines.sources.replay.catalog import Repo
from miner.pipelines.sources.replay.folder import load_catalog

HUB = Path(str(files("miner.sample"))) / "hub"
FICTIONAL_OWNERS = {
    "example-harbor-lab",
    "example-northwind-ai",
    "example-quant-mill",
    "example-student-42",
    "fictional-tiny-robots",
    "imaginary-acme-labs",
    "made-up-speech-group",
}
REAL_MODELS_AT_LEAST = 150
LARGEST_BYTES = 600_000
NAME = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
MODEL_KEYS = {
    "_observed", "author", "cardData", "config", "createdAt", "disabled", "downloads", "gated",
    "gguf", "id", "lastModified", "library_name", "likes", "pipeline_tag", "safetensors", "sha",
    "siblings", "tags",
}  # fmt: skip
CARD_KEYS = {
    "base_model", "base_model_relation", "datasets", "language", "license", "license_name",
    "size_categories",
}  # fmt: skip


def _records(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HUB / name).read_text("utf-8").splitlines()]


@cache
def models() -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in _records("models.jsonl")}


@cache
def datasets() -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in _records("datasets.jsonl")}


def index(kind: str) -> dict[str, str]:
    with (HUB / f"{kind}_index.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["file"] for row in csv.DictReader(file)}


def is_fictional(name: str) -> bool:
    return name.split("/", maxsplit=1)[0] in FICTIONAL_OWNERS


def bases(record: dict[str, Any]) -> list[str]:
    declared = record.get("cardData", {}).get("base_model", [])
    return [declared] if isinstance(declared, str) else declared


def depth(name: str) -> int:
    """Number of steps from a model up to a root, by declared bases that are in the sample."""
    record = models().get(name)
    return max((1 + depth(base) for base in bases(record)), default=0) if record else 0


def card(name: str) -> str:
    return (HUB / "cards" / index("cards")[name]).read_text("utf-8")


def test_enough_models_of_both_kinds() -> None:
    real = [name for name in models() if not is_fictional(name)]
    assert len(real) >= REAL_MODELS_AT_LEAST
    assert sum(models()[name]["createdAt"] >= "2024" for name in real) >= 100
    assert sum(models()[name]["createdAt"] < "2024" for name in real) >= 30
    assert len(models()) - len(real) >= 25
    assert len(datasets()) >= 30


@pytest.mark.parametrize("name", ["models.jsonl", "datasets.jsonl"])
def test_records_are_sorted_distinct_and_well_formed(name: str) -> None:
    records = _records(name)
    names = [record["id"] for record in records]
    assert names == sorted(names, key=str.lower)
    assert len({each.lower() for each in names}) == len(names)
    for record in records:
        assert NAME.fullmatch(record["id"])
        assert set(record) <= MODEL_KEYS
        assert set(record.get("cardData", {})) <= CARD_KEYS
        if "/" in record["id"]:
            assert record["author"] == record["id"].split("/")[0]
        for key in ("createdAt", "lastModified"):
            if key in record:
                assert datetime.fromisoformat(record[key]).year in range(2022, 2027)
        for key in ("downloads", "likes"):
            assert isinstance(record.get(key, 0), int)


def test_every_model_has_a_date() -> None:
    assert all("createdAt" in record for record in models().values())
    assert models()["google-bert/bert-base-uncased"]["createdAt"] == "2022-03-02T23:29:04.000Z"


def test_cards_and_configs_belong_to_fictional_owners_and_are_all_indexed() -> None:
    for kind in ("cards", "configs"):
        assert {name.split("/")[0] for name in index(kind)} <= FICTIONAL_OWNERS
        assert set(index(kind)) <= set(models())
        assert {path.name for path in (HUB / kind).iterdir()} == set(index(kind).values())
    assert set(index("cards")) == {name for name in models() if is_fictional(name)}
    for file in index("configs").values():
        assert json.loads((HUB / "configs" / file).read_text("utf-8"))["model_type"]


def test_no_text_of_people() -> None:
    for path in HUB.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            assert not re.search(r"\w@[\w-]+\.\w", text), path
            hosts = set(re.findall(r"https?://([^/\s)]+)", text))
            assert hosts <= {"arxiv.org", "huggingface.co", "github.com"}, path
    for name in index("cards"):
        linked = re.findall(r"https://github\.com/([\w-]+)", card(name))
        assert set(linked) <= FICTIONAL_OWNERS


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in HUB.rglob("*")) < LARGEST_BYTES


def test_the_special_cases_are_there() -> None:
    assert depth("example-quant-mill/harbor-1b-support-merged-GGUF") == 5
    assert card("fictional-tiny-robots/untitled-classifier").count("[More Information Needed]") > 5
    assert not card("example-student-42/my-first-bert").startswith("---")
    front_matter = card("example-student-42/sentiment-test").split("---\n")[1]
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(front_matter)
    contradictory = models()["example-northwind-ai/Northwind-7B-Chat"]
    assert f"license:{contradictory['cardData']['license']}" not in contradictory["tags"]
    assert models()["example-northwind-ai/recalled-model"]["disabled"]
    gating = {record.get("gated") for record in models().values()}
    assert {"auto", "manual", False} <= gating


def test_records_of_fictional_models_agree_with_their_cards() -> None:
    """The hub makes cardData from the front matter; only the broken ones have none."""
    for name in index("cards"):
        parts = card(name).split("---\n", 2)
        try:
            stated = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else {}
        except yaml.YAMLError:
            stated = {}
        declared = models()[name].get("cardData", {})
        for key in ("license", "base_model", "datasets", "license_name"):
            assert declared.get(key) == stated.get(key), (name, key)


def test_a_replay_serves_all_of_it() -> None:
    catalog = load_catalog([HUB])
    assert len(catalog.models) == len(models())
    assert len(catalog.datasets) == len(datasets())
    assert catalog.date == datetime(2026, 8, 22)  # noqa: DTZ001 - UTC without zone, as stored
    for name in index("configs"):
        repo = catalog.models.find(name)
        assert isinstance(repo, Repo)
        assert {path for _, path in repo.files} == {"README.md", "config.json"}
