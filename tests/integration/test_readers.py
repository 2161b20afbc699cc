"""What others read snapshots with takes them as they are: each program apart, without network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars
import pytest

from miner.cli.demo import CRAWL, REPOSITORIES, SAMPLE
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving
from miner.schema.published import PUBLISHED
from miner.settings import Settings
from tests.crawling import environment
from tests.forges import forge_settings, miner
from tests.hub_writing import TOKEN, WritableHub, writable_hub
from tests.snapshots import make, manifest_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data_access.md"
REPOSITORY = "acme/supply-chain"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
SQL = re.compile(r"^```sql\n(.*?)^```", re.M | re.S)
SNIPPETS = PYTHON.findall(PAGE.read_text("utf-8"))

ALONE = """
import os, sys, warnings
def look(event, values):
    place = None
    if event == "socket.connect":
        place = values[1]
    elif event == "socket.getaddrinfo":
        place = values
    if isinstance(place, tuple) and place[0] not in {"127.0.0.1", "localhost"}:
        print("the network was asked for:", place, file=sys.stderr, flush=True)
        os._exit(97)
sys.addaudithook(look)
warnings.simplefilter("ignore")  # theirs, about each other
"""
"""Ends a program that wants to reach another machine, whatever it would make of the failure."""

CROISSANT = """
import json, mlcroissant
from mlcroissant import Dataset
issues = Dataset("croissant.json").metadata.ctx.issues
assert not issues.errors and not issues.warnings, (issues.errors, issues.warnings)
print(json.dumps([each.name for each in Dataset("croissant.json").metadata.record_sets]))
for name in sys.argv[1:]:
    # one object a table: an object that was read from once gives other rows the next time
    print(json.dumps(list(Dataset("croissant.json").records(name)), default=lambda one: (
        one.decode() if isinstance(one, bytes) else one.tolist() if hasattr(one, "tolist")
        else str(one))))
"""
FRICTIONLESS = """
import frictionless, json
report = frictionless.validate(sys.argv[1])
print(json.dumps({
    "valid": report.valid,
    "tables": len(report.tasks),
    "errors": [error.message for task in report.tasks for error in task.errors][:5],
}))
"""
DATASETS = """
import json
from datasets import get_dataset_config_names, load_dataset
print(json.dumps({
    name: load_dataset(sys.argv[1], name, split="train").num_rows
    for name in get_dataset_config_names(sys.argv[1])
}))
"""
FROM_THE_HUB = """
import json
from datasets import load_dataset
place, version = sys.argv[1:]
first = load_dataset(place, split="train", revision=version)
sites = load_dataset(place, "use_site", split="train", revision=version, streaming=True)
print(json.dumps({"models": sorted(first["name"]), "sites": sum(1 for _ in sites)}))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The bundled sample, crawled as the demo does: nearly every table has rows."""
    with serving(load_catalog([SAMPLE, REPOSITORIES])) as server:
        settings = forge_settings(tmp_path_factory.mktemp("store") / "data", server)
        done = miner(settings, *CRAWL, str(REPOSITORIES / "list.txt"), "--no-export")
    assert done.returncode == 0, done.stderr
    return settings


@pytest.fixture(scope="module")
def made(store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(store, tmp_path_factory.mktemp("made") / "data-2026.08.0").folder


@pytest.fixture
def hub() -> Iterator[WritableHub]:
    with writable_hub() as served:
        yield served


def run(code: str, folder: Path, home: Path, *arguments: str, endpoint: str = "") -> str:
    """Run a program in a folder; without an endpoint it may not even ask a Hub."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("HF_")}
    kept |= {
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    }
    variables = {"HF_ENDPOINT": endpoint} if endpoint else {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE + code, *arguments],
        cwd=folder,
        env=kept | variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def counts(folder: Path) -> dict[str, int]:
    return {table.name: table.rows for table in manifest_of(folder).tables}


def test_the_sample_fills_the_tables_that_matter(made: Path) -> None:
    filled = {name for name, count in counts(made).items() if count}
    assert filled >= {"model", "model_edge", "use_site", "extracted_field", "license_statement"}
    assert len(filled) > 0.8 * len(PUBLISHED)


@pytest.mark.soak
def test_croissant_is_valid_and_gives_the_records(made: Path, tmp_path: Path) -> None:
    names = ("sweep", "model", "use_site", "extracted_field", "model_observation")
    names_line, *tables = run(CROISSANT, made, tmp_path, *names).splitlines()
    assert set(json.loads(names_line)) == set(PUBLISHED)
    for name, text in zip(names, tables, strict=True):
        rows = polars.read_parquet(made / f"{name}.parquet").rows(named=True)
        found = json.loads(text)
        assert len(found) == len(rows) == counts(made)[name] > 0, name
        for record, row in zip(found, rows, strict=True):
            assert {key.partition("/")[0] for key in record} == {name}
            wanted = {key: value for key, value in row.items() if isinstance(value, str | int)}
            assert {key: record[f"{name}/{key}"] for key in wanted} == wanted, name


@pytest.mark.soak
def test_frictionless_finds_nothing_wrong(made: Path, tmp_path: Path) -> None:
    report = json.loads(run(FRICTIONLESS, made, tmp_path, "datapackage.json"))
    assert report == {"valid": True, "tables": len(PUBLISHED), "errors": []}


def test_frictionless_finds_what_is_wrong(made: Path, tmp_path: Path) -> None:
    """That it passes means something: a word that is in no vocabulary does not."""
    package = json.loads((made / "datapackage.json").read_bytes())
    (model,) = (each for each in package["resources"] if each["name"] == "model")
    (state,) = (each for each in model["schema"]["fields"] if each["name"] == "state")
    state["constraints"]["enum"].remove("present")
    (tmp_path / "model.parquet").write_bytes((made / "model.parquet").read_bytes())
    model["schema"].pop("foreignKeys")
    (tmp_path / "datapackage.json").write_text(json.dumps(package | {"resources": [model]}))
    report = json.loads(run(FRICTIONLESS, tmp_path, tmp_path / "home", "datapackage.json"))
    assert not report["valid"]
    assert "enum" in report["errors"][0]


@pytest.mark.soak
def test_datasets_loads_every_table_with_rows(made: Path, tmp_path: Path) -> None:
    loaded = json.loads(run(DATASETS, tmp_path, tmp_path, str(made)))
    assert loaded == {name: count for name, count in counts(made).items() if count}


def test_datasets_loads_a_version_from_the_hub(
    store: Settings, made: Path, hub: WritableHub, tmp_path: Path
) -> None:
    env = environment(store) | {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN}
    command = [sys.executable, "-m", "miner", "snapshot", "publish", str(made), "--to", REPOSITORY]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = run(FROM_THE_HUB, tmp_path, tmp_path, REPOSITORY, made.name, endpoint=hub.endpoint)
    names = polars.read_parquet(made / "model.parquet")["name"].to_list()
    assert json.loads(loaded) == {"models": sorted(names), "sites": counts(made)["use_site"]}


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
@pytest.mark.soak
def test_a_snippet_of_the_page_runs(number: int, made: Path, tmp_path: Path) -> None:
    assert run(SNIPPETS[number], made, tmp_path).strip()


def test_the_page_has_a_snippet_for_each_library() -> None:
    libraries = {
        word for text in SNIPPETS for word in re.findall(r"^(?:import|from) (\w+)", text, re.M)
    }
    assert libraries >= {"duckdb", "polars", "pandas", "datasets"}


@pytest.mark.soak
def test_the_snippets_of_the_snapshots_own_page_run(made: Path, tmp_path: Path) -> None:
    page = (made / "README.md").read_text("utf-8")
    (snippet,), (question,) = PYTHON.findall(page), SQL.findall(page)
    named = snippet.replace("FOLDER_OR_REPOSITORY", str(made))
    assert run(f"{named}\nprint(models.num_rows)", tmp_path, tmp_path).split()[-1] == str(
        counts(made)["model"]
    )
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{made}'")
        assert connection.execute(question).fetchall()
