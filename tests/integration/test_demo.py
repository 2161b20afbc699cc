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

from miner.cli.demo import QUESTIONS, REPOSITORIES

SAMPLE = Path(str(files("miner.sample"))) / "hub"
SINCE = "2024-01"
MIN_DOWNLOADS = 50
INVENTED = ("example-", "fictional-", "imaginary-", "made-up-")
LOOKED_UP = "sentence-transformers/all-MiniLM-L6-v2"
"""Older than the window, and asked for because three repositories use it."""
IN_PROSE = {"example-student-42/my-first-bert": "do what you want"}
"""A license that stands in the text of a card alone."""
ALTERED = "example-harbor-lab/Harbor-1B-Base"
FOREIGN = (
    "GITHUB_API_URL", "GITHUB_TOKEN", "HF_TOKEN", "HF_ENDPOINT", "MINER_DATABASE_URL",
    "MINER_CONFIG",
)  # fmt: skip


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


def stored() -> dict[str, dict[str, Any]]:
    """Records that are held as present: those of the window, and what repositories use."""
    return present() | {LOOKED_UP: records()[LOOKED_UP]}


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
    if name == LOOKED_UP:  # found after the cards were read
        return "not-fetched"
    with (SAMPLE / "cards_index.csv").open(encoding="utf-8", newline="") as file:
        with_card = {row["id"] for row in csv.DictReader(file)}
    if record.get("downloads", 0) < MIN_DOWNLOADS:
        return "not-fetched"
    if record.get("gated"):
        return "gated"
    return "fetched" if name in with_card else "missing"


def test_every_model_of_the_window_is_in_the_file(done: Demo) -> None:
    states = dict(done.rows("SELECT name, state FROM model WHERE created_at IS NOT NULL"))
    assert {name for name in states if name in crawled()} == set(crawled())
    assert {name for name, state in states.items() if state == "present"} >= set(present())


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
        ((-each["downloads"], name) for name, each in stored().items() if "downloads" in each)
    )
    answer = done.rows("SELECT -downloads, model FROM models_most_downloaded(top := 8)")
    assert answer == ranked[:8]
    for downloads, name in ranked[:8]:
        assert any(
            name in line and str(-downloads) in line.replace(",", "")
            for line in done.stdout.splitlines()
        )


def test_by_license(done: Demo) -> None:
    expected = Counter(licenses(each) for each in stored().values())
    answer = done.rows("SELECT license, models FROM models_by_license() WHERE hub = 'huggingface'")
    assert dict(answer) == expected


def test_deepest_lineages(done: Demo) -> None:
    expected = sorted((-depth(name), name) for name in crawled())[:8]
    assert expected[0] == (-5, "example-quant-mill/harbor-1b-support-merged-GGUF")
    assert done.rows("SELECT -depth, model FROM lineage_deepest(top := 8)") == expected


def test_documentation(done: Demo) -> None:
    expected = Counter(card_state(name, each) for name, each in stored().items())
    answer = done.rows(
        "SELECT card_state, models FROM quality_documentation_completeness() "
        "WHERE hub = 'huggingface'"
    )
    assert dict(answer) == expected
    assert set(expected) == {"fetched", "gated", "missing", "not-fetched"}


def test_licenses_that_cards_state(done: Demo) -> None:
    """The front matter says what the record says; one card states its license in prose alone."""
    read = {name: each for name, each in stored().items() if card_state(name, each) == "fetched"}
    expected = {name: licenses(each) for name, each in read.items() if licenses(each)}
    answer = done.rows("SELECT model, license FROM model_fields WHERE license IS NOT NULL")
    assert dict(answer) == expected | IN_PROSE
    counted = done.rows("SELECT count(*) FROM extraction WHERE hub = 'huggingface'")
    assert counted == [(len(read),)]


def test_licenses_of_models_and_of_the_repositories_that_use_them(done: Demo) -> None:
    pairs = done.rows(
        "SELECT upstream, upstream_license, downstream, lower(downstream_license) "
        "FROM license_finding WHERE relation = 'used_by' AND distance = 1 "
        "AND upstream_hub = 'huggingface'"
    )
    known = forge_records()
    stated = {name: each.get("license") for name, each in known.items()}
    for model, license_key, repository, of_repository in pairs:
        record = (crawled() | stored()).get(model)
        named = (record or {}).get("cardData", {}).get("license_name")
        in_prose = IN_PROSE.get(model, "").replace(" ", "-")
        expected_license = (named or licenses(record) or in_prose) if record else "unknown"
        assert (license_key or "") == expected_license
        expected = stated[repository]
        assert (of_repository or "noassertion") == (expected or "noassertion").lower()
    assert len(pairs) > 15
    assert done.rows("SELECT count(*) FROM license_finding WHERE upstream = downstream "
                     "AND relation <> 'self'") == [(0,)]  # fmt: skip


def test_pytorch_hub_is_in_and_linked_to_its_use(done: Demo) -> None:
    states = dict(done.rows("SELECT name, state FROM model WHERE hub = 'pytorch-hub'"))
    assert states["pytorch/vision:resnet18"] == "present"
    assert states["intel-isl/MiDaS:DPT_BEiT_L_384"] == "present", "a renamed repository"
    assert states["example-northwind-ai/vanished:wind_net"] == "gone", "a page whose code is gone"
    assert not {name for name in states if name.endswith(("utils", "transforms"))}
    used = done.rows(
        "SELECT site.repository, site.path, site.line, entry.title FROM use_site AS site "
        "JOIN entry_point AS entry ON entry.hub = site.hub AND entry.model = site.model_resolved "
        "WHERE site.role = 'use'"
    )
    assert ("example-vision-club/street-counter", "count.py", 6, "ResNet") in used


def test_it_shows_the_commands_and_where_everything_is(done: Demo) -> None:
    assert "miner crawl --since 2024-01" in done.stderr
    assert "--github --issues --repositories" in done.stderr
    for question in QUESTIONS:
        assert f"miner query {shlex.join(question)}\n" in done.stdout
    assert str(Path(".demo") / "miner.duckdb") in done.stdout


def forge_records() -> dict[str, dict[str, Any]]:
    lines = (REPOSITORIES / "repositories.jsonl").read_text("utf-8").splitlines()
    return {record["full_name"]: record for record in map(json.loads, lines)}


def test_repositories_and_their_states(done: Demo) -> None:
    states = dict(done.rows("SELECT name, state FROM repository"))
    assert states["example-northwind-ai/vanished"] == "gone"
    assert states["example-northwind-ai/leaked-weights"] == "blocked"
    present = {
        name for name, each in forge_records().items()
        if each.get("state", "present") == "present"
        and each.get("pushed_at", "") >= SINCE and name.split("/")[0].startswith(INVENTED)
    }  # fmt: skip
    assert {name for name, state in states.items() if state == "present"} >= present
    [(name,)] = done.rows(
        "SELECT repository FROM repository_alias WHERE alias = 'example-harbor-lab/old-tools'"
    )
    assert name == "example-harbor-lab/harbor-tools"
    found = {row[0] for row in done.rows("SELECT DISTINCT source FROM repository_finding")}
    assert found == {"code-search", "repository-search", "card", "list"}


def test_every_use_site_is_where_it_says(done: Demo) -> None:
    sites = done.rows(
        "SELECT repository, path, line, model, role, evidence_url, commit FROM use_site "
        "WHERE model IS NOT NULL"
    )
    assert len(sites) > 40
    for repository, path, line, model, _, url, commit in sites:
        assert url == f"https://github.com/{repository}/blob/{commit}/{path}#L{line}"
        file = REPOSITORIES / "repositories" / repository / path
        if model.count("/") == 1 and ":" not in model:
            assert model in file.read_text("utf-8").splitlines()[line - 1], (path, line)


def test_uses_are_joined_with_models(done: Demo) -> None:
    used = done.rows(
        "SELECT model_resolved, use_site_count FROM model_use "
        "WHERE repository = 'example-harbor-lab/harbor-serve' AND model_resolved IS NOT NULL"
    )
    assert dict(used)["example-harbor-lab/Harbor-1B-Instruct"] == 2
    rows = done.rows("SELECT model, state, gated FROM uses_used_but_gone()")
    assert ("example-northwind-ai/recalled-model", "disabled", "no") in rows
    named = {row[0] for row in done.rows("SELECT model FROM uses_mentioned_not_used()")}
    assert "example-northwind-ai/Northwind-7B" in named
    [(api, argument)] = done.rows(
        "SELECT api, argument FROM uses_unresolved_loads() WHERE path = 'bench/run.py'"
    )
    assert (api.rpartition(".")[2], argument) == ("from_pretrained", "sys.argv[1]")


def test_copies_are_marked(done: Demo) -> None:
    rows = done.rows("SELECT DISTINCT repository, is_copy FROM model_use WHERE is_copy")
    assert ("example-student-42/harbor-serve", True) in rows
    [(vendored,)] = done.rows(
        "SELECT count(*) FROM use_site WHERE is_vendored AND path LIKE 'third_party/%'"
    )
    assert vendored > 0


def test_it_shows_uses_with_file_line_and_address(done: Demo) -> None:
    assert "server/settings.py:5" in done.stdout
    assert "https://github.com/example-harbor-lab/harbor-serve/blob/" in done.stdout


@pytest.mark.soak
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
