"""``miner demo``, run as a user runs it; its answers against plain Python over the sample."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from miner.cli.demo import QUESTIONS

SAMPLE = Path(str(files("miner.sample"))) / "hub"
SINCE = "2024-01"
MIN_DOWNLOADS = 50
ALTERED = "example-harbor-lab/Harbor-1B-Base"
FOREIGN = ("HF_TOKEN", "HF_ENDPOINT", "MINER_DATABASE_URL", "MINER_CONFIG")


@dataclass(frozen=True)
class Demo:
    """A demo that has run: where, and what it printed."""

    folder: Path
    stdout: str
    stderr: str

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer of a plain DuckDB client, without anything of miner."""
        with duckdb.connect(str(self.folder / "miner.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def run_demo(place: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo in a folder, with a data directory of the user's that it must not touch."""
    environment = {name: text for name, text in os.environ.items() if name not in FOREIGN}
    environment |= {"MINER_DATA_DIR": str(home), "COLUMNS": "200"}
    command = [sys.executable, "-m", "miner", "demo", *arguments]
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = tmp_path_factory.mktemp("demo")
    home = place / "home"
    home.mkdir()
    (home / "kept").write_text("of the user")
    ended = run_demo(place, home=home)
    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in home.iterdir()] == ["kept"]
    return Demo(place / ".demo", ended.stdout, ended.stderr)


def records() -> dict[str, dict[str, Any]]:
    lines = (SAMPLE / "models.jsonl").read_text("utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def crawled() -> dict[str, dict[str, Any]]:
    """Records that a crawl with ``--since`` is about."""
    return {name: each for name, each in records().items() if each["createdAt"] >= SINCE}


def present() -> dict[str, dict[str, Any]]:
    return {name: each for name, each in crawled().items() if not each.get("disabled")}


def licenses(record: dict[str, Any]) -> str | None:
    """The declared license: card data before tags."""
    tags = [tag[8:] for tag in record.get("tags", ()) if tag.startswith("license:")]
    declared = record.get("cardData", {}).get("license")
    return declared or next(iter(tags), None)


def bases(record: dict[str, Any]) -> set[str]:
    declared = record.get("cardData", {}).get("base_model", [])
    tags = {tag.split(":")[-1] for tag in record.get("tags", ()) if tag.startswith("base_model:")}
    return tags | set([declared] if isinstance(declared, str) else declared)


def depth(name: str) -> int:
    record = crawled().get(name)
    return max((1 + depth(base) for base in bases(record)), default=0) if record else 0


def card_state(name: str, record: dict[str, Any]) -> str:
    with (SAMPLE / "cards_index.csv").open(encoding="utf-8", newline="") as file:
        with_card = {row["id"] for row in csv.DictReader(file)}
    if record.get("downloads", 0) < MIN_DOWNLOADS:
        return "not-fetched"
    if record.get("gated"):
        return "gated"
    return "fetched" if name in with_card else "missing"


def test_every_model_of_the_window_is_in_the_file(done: Demo) -> None:
    held = dict(done.rows("SELECT name, state FROM model WHERE created_at IS NOT NULL"))
    assert {name for name in held if name in crawled()} == set(crawled())
    assert {name for name, state in held.items() if state == "present"} >= set(present())


def test_models_by_month(done: Demo) -> None:
    expected = Counter(
        date.fromisoformat(each["createdAt"][:7] + "-01") for each in present().values()
    )
    answer = done.rows(
        "SELECT month, models FROM models_by_month(first_day := DATE '2024-01-01') "
        "WHERE hub = 'huggingface'"
    )
    assert dict(answer) == expected


def test_most_downloaded(done: Demo) -> None:
    ranked = sorted(
        ((-each["downloads"], name) for name, each in present().items() if "downloads" in each)
    )
    answer = done.rows("SELECT -downloads, model FROM models_most_downloaded(top := 8)")
    assert answer == ranked[:8]
    for downloads, name in ranked[:8]:
        assert any(
            name in line and str(-downloads) in line.replace(",", "")
            for line in done.stdout.splitlines()
        )


def test_by_license(done: Demo) -> None:
    expected = Counter(licenses(each) for each in present().values())
    answer = done.rows("SELECT license, models FROM models_by_license() WHERE hub = 'huggingface'")
    assert dict(answer) == expected


def test_deepest_lineages(done: Demo) -> None:
    expected = sorted((-depth(name), name) for name in crawled())[:8]
    assert expected[0] == (-5, "example-quant-mill/harbor-1b-support-merged-GGUF")
    assert done.rows("SELECT -depth, model FROM lineage_deepest(top := 8)") == expected


def test_documentation(done: Demo) -> None:
    expected = Counter(card_state(name, each) for name, each in present().items())
    answer = done.rows(
        "SELECT card_state, models FROM quality_documentation_completeness() "
        "WHERE hub = 'huggingface'"
    )
    assert dict(answer) == expected
    assert set(expected) == {"fetched", "gated", "missing", "not-fetched"}


def test_pytorch_hub_is_in_and_linked_to_its_use(done: Demo) -> None:
    held = dict(done.rows("SELECT name, state FROM model WHERE hub = 'pytorch-hub'"))
    assert held["pytorch/vision:resnet18"] == "present"
    assert held["intel-isl/MiDaS:DPT_BEiT_L_384"] == "present", "a renamed repository"
    assert held["example-northwind-ai/vanished:wind_net"] == "gone", "a page whose code is gone"
    assert not {name for name in held if name.endswith(("utils", "transforms"))}
    used = done.rows(
        "SELECT site.repository, site.path, site.line, entry.title FROM use_site AS site "
        "JOIN entry_point AS entry ON entry.hub = site.hub AND entry.model = site.model_resolved "
        "WHERE site.role = 'use'"
    )
    assert ("example-vision-club/street-counter", "count.py", 6, "ResNet") in used


def test_it_shows_the_commands_and_where_everything_is(done: Demo) -> None:
    assert "miner crawl --since 2024-01" in done.stderr
    assert "--github --repositories" in done.stderr
    for question in QUESTIONS:
        assert f"miner query {shlex.join(question)}\n" in done.stdout
    assert str(Path(".demo") / "miner.duckdb") in done.stdout


def test_another_sample_gives_another_answer_and_replaces_only_a_demo(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample)
    changed = records()
    changed[ALTERED]["downloads"] = 999_999_999
    text = "".join(json.dumps(record) + "\n" for record in changed.values())
    (sample / "models.jsonl").write_text(text, "utf-8")
    arguments = ("--sample", "sample", "--keep", "made")
    for _ in range(2):  # the second replaces the first
        ended = run_demo(tmp_path, *arguments, home=tmp_path / "home")
        assert ended.returncode == 0, ended.stderr
    demo = Demo(tmp_path / "made", ended.stdout, ended.stderr)
    answer = demo.rows("SELECT model, downloads FROM models_most_downloaded(top := 1)")
    assert answer == [(ALTERED, 999_999_999)]


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    ended = run_demo(tmp_path, "--keep", "mine", home=tmp_path / "home")
    assert ended.returncode == 10
    assert "was not made by a demo" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_sample_that_is_none_is_one_message(tmp_path: Path) -> None:
    ended = run_demo(tmp_path, "--sample", "nowhere", home=tmp_path / "home")
    assert ended.returncode == 10
    assert "nowhere is not a folder" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / ".demo").exists()
