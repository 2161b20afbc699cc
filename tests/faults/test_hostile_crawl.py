"""A hub with 200 hostile cards, configs and records among the good ones, killed again and again.

By hand on a larger hub: ``MINER_HOSTILE_HUB`` is a folder as ``miner replay`` takes it, and
``MINER_HOSTILE_KILLS`` the number of kills.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from miner.db.diff import diff_stores
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.schema.vocab import ExtractionState, FileState, ParseState
from miner.settings import Settings
from tests.crawling import ask, build, one, process, run, settings_for
from tests.hostile import CARDS, CONFIGS, OWNER, RECORDS, add_hostile

ARGUMENTS = ("--hub", "huggingface", "--since", "2000-01", "--no-export")
KILLS = int(os.environ.get("MINER_HOSTILE_KILLS", "4"))
GOOD = 60
NOT_COMPARED = ("sweep.*",)
"""Counts of what a sweep read, which the hostile ones are among."""

_SECONDS = "SELECT (julianday(ended_at) - julianday(started_at)) * 86400 FROM run"


def _hub() -> Catalog:
    folder = os.environ.get("MINER_HOSTILE_HUB")
    return load_catalog([Path(folder)]) if folder else build(GOOD)


@pytest.mark.slow
@pytest.mark.timeout(0 if "MINER_HOSTILE_HUB" in os.environ else 900)
@pytest.mark.soak
def test_each_hostile_item_has_a_state_and_the_rest_is_as_without_them(tmp_path: Path) -> None:
    options = ReplayOptions(latency_ms=5)
    with serving(_hub(), options) as server:
        clean = settings_for(tmp_path / "clean", server.endpoint)
        done = run(clean, *ARGUMENTS)
        assert done.returncode == 0, done.stderr
    catalog = _hub()
    add_hostile(catalog)
    with serving(catalog, options) as server:
        hostile = settings_for(tmp_path / "hostile", server.endpoint)
        _killed(hostile, float(one(clean, _SECONDS)))
        done = run(hostile, *ARGUMENTS)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    _assert_states(hostile)
    _assert_rest(hostile, clean)


def _killed(settings: Settings, seconds: float) -> None:
    """Kill crawls at any moment, so early that none comes to its end."""
    chance, kills = random.Random(14), 0
    while kills < KILLS:
        with process(settings, *ARGUMENTS) as running:
            try:
                _, errors = running.communicate(
                    timeout=1.5 + chance.uniform(0, 2 * seconds / KILLS)
                )
            except subprocess.TimeoutExpired:
                running.kill()
                kills += 1
            else:
                assert running.returncode == 0, errors
                break
    print(f"{kills} kills")
    assert kills


def _assert_states(settings: Settings) -> None:
    """Every hostile card, config and record has a state of the vocabulary."""
    models = ask(settings, "SELECT name, parse_state FROM model WHERE name LIKE ?", f"{OWNER}/%")
    assert len(models) == CARDS + CONFIGS + RECORDS
    files = ask(
        settings,
        "SELECT m.name, f.path, f.state, f.parse_state FROM fetched_file f "
        "JOIN model m ON m.id = f.model_id WHERE m.name LIKE ?", f"{OWNER}/%",
    )  # fmt: skip
    read = ask(
        settings,
        "SELECT m.name, e.state FROM extraction e JOIN model m ON m.id = e.model_id "
        "WHERE m.name LIKE ?", f"{OWNER}/%",
    )  # fmt: skip
    judged = ask(
        settings,
        "SELECT m.name FROM model_architecture a JOIN model m ON m.id = a.model_id "
        "WHERE m.name LIKE ?", f"{OWNER}/%",
    )  # fmt: skip
    assert {state for _, state in models} <= set(ParseState)
    assert {state for _, _, state, _ in files} <= set(FileState)
    assert len(files) == 2 * len(models)
    assert {state for _, state in read} <= set(ExtractionState)
    fetched = {name for name, path, state, _ in files if (path, state) == ("README.md", "fetched")}
    assert fetched == {name for name, _ in read}
    assert {parsed for _, _, state, parsed in files if state == "fetched"} <= set(ParseState)
    assert {name for name, _ in models} == {name for (name,) in judged}
    print("records", Counter(state for _, state in models))
    print("files", Counter(row[1:] for row in files))
    print("cards", Counter(state for _, state in read))


def _assert_rest(hostile: Settings, clean: Settings) -> None:
    """All that the clean crawl knows is known, and the same; what is more is of hostile ones."""
    started = time.monotonic()
    found = diff_stores(
        str(hostile.data_dir), str(clean.data_dir), ignore=NOT_COMPARED, examples=100_000
    )
    for table in found:
        changed = [one for one in table.examples if one.side != "a"]
        assert not changed, (table.table, changed[:3])
    print(f"{sum(table.rows_b for table in found)} rows equal, {time.monotonic() - started:.1f} s")
    names = {name for (name,) in ask(clean, "SELECT name FROM model")}
    for table in found:
        for row in table.examples:
            assert names.isdisjoint(map(str, row.key.values())) or OWNER in str(row.key), row
