"""``miner model`` and ``miner status`` on a store that two crawls of a small hub made."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from miner.cli import main
from miner.db.session import open_store, store_lock
from miner.pipelines.show.open_work import left
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, HubFile, Repo
from miner.pipelines.sources.replay.serve import serving
from miner.schema.tables import Run
from miner.settings import Settings
from tests.crawling import AfterRecords, build, crawl, record, run, settings_for, window

BASE, FORMER, TUNED, QUIET = "acme/base-7b", "acme/bose-7b", "acme/tuned", "acme/quiet"
GATED, BARE = "acme/gated", "acme/bare"
HEAD = "https://huggingface.co/{name}/blob/{sha}/README.md"
CARD = """---
# Größe: 🤖 nicht ASCII, damit Code-Punkte zählen
license: apache-2.0
datasets:
- acme/texts
language: de
---
# Base
Wie in https://arxiv.org/abs/2401.00001 beschrieben \x1b[31mrot\x1b[0m.
"""
TUNED_CARD = "---\r\nlicense: mit\r\nbase_model: Acme/Base-7B\r\n---\r\n# Tuned\r\n"


def _files(**contents: bytes) -> dict[tuple[str, str], HubFile]:
    paths = {"card": "README.md", "config": "config.json"}
    return {(CURRENT, paths[key]): HubFile(content) for key, content in contents.items()}


def _put(catalog: Catalog, number: int, name: str, files: Any = None, **changes: Any) -> None:
    catalog.models.put(record(number, id=name, **changes), files=files)


def _first_state() -> Catalog:
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    config = orjson.dumps({"model_type": "moe", "max_position_embeddings": 4096})
    card_data = {"license": "mit", "language": ["en"]}
    _put(catalog, 1, FORMER, _files(card=CARD.encode(), config=config), downloads=900,
         cardData=card_data, tags=["license:mit", "moe"],
         safetensors={"parameters": {"BF16": 7_000}, "total": 7_000})  # fmt: skip
    _put(catalog, 2, TUNED, _files(card=TUNED_CARD.encode()), downloads=70, cardData={},
         tags=["base_model:finetune:acme/base-7b"])  # fmt: skip
    _put(catalog, 3, QUIET, _files(card=b"# Quiet\n"), downloads=3, cardData={}, tags=[])
    _put(catalog, 4, GATED, downloads=80, gated="manual")
    _put(catalog, 5, BARE, downloads=60, cardData={}, tags=[], siblings=[], likes="many")
    _put(catalog, 6, "acme/other", downloads=55, cardData={}, tags=[], siblings=[])
    _put(catalog, 7, "Zeta/Other", downloads=55, cardData={}, tags=[], siblings=[])
    _put(catalog, 8, "zeta/other", downloads=55, cardData={}, tags=[], siblings=[])
    return catalog


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A store made by two crawls; between them a model was renamed and lost downloads."""
    catalog = _first_state()
    with serving(catalog) as server:
        chosen = settings_for(tmp_path_factory.mktemp("held") / "data", server.endpoint)
        crawl(chosen, min_downloads=50)
        catalog.rename_model(FORMER, BASE)
        renamed = catalog.models.find(BASE)
        assert isinstance(renamed, Repo)
        catalog.models.put({**renamed.source, "downloads": 850})
        catalog.saw(datetime.fromisoformat("2026-01-02T12:00:00"))
        crawl(chosen, min_downloads=50)
    return chosen


@pytest.fixture
def miner(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Run a command on the store: exit code, stdout, stderr."""
    monkeypatch.setenv("MINER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MINER_CONFIG", str(settings.data_dir / "none.toml"))
    for variable in ("MINER_DATABASE_URL", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(variable, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        captured = capsys.readouterr()
        return int(end.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def show(miner: Any) -> Any:
    """Return what is held on a model as the JSON says it."""

    def ask(name: str, *options: str) -> dict[str, Any]:
        code, out, _ = miner("model", name, "--format", "json", *options)
        assert code == 0
        record_: dict[str, Any] = json.loads(out)
        return record_

    return ask


def test_the_values_are_those_of_the_hub(show: Any) -> None:
    base = show(BASE)
    expected = {
        "hub": "huggingface", "name": BASE, "uid": f"{1:024x}", "owner": "acme",
        "state": "present", "sha": f"{1:040x}", "downloads": 850, "downloads_all_time": 5001,
        "likes": 1, "gated": "no", "pipeline_tag": "text-generation",
        "library_name": "transformers", "languages": ["de"],
        "created_at": "2024-01-01T06:00:00", "documentation": "documented",
    }  # fmt: skip
    assert {key: base[key] for key in expected} == expected
    assert [file["path"] for file in base["files"]["first"]] == ["README.md", "config.json"]
    facts = {(row["fact"], row["source"]): row["value"] for row in base["architecture"]}
    assert facts["parameter_count", "safetensors"] == 7_000
    assert facts["model_type", "config"] == "moe"
    assert facts["context_length", "config"] == 4096


def test_every_statement_of_a_license_has_its_place(show: Any) -> None:
    base = show(BASE)
    page = HEAD.format(name=BASE, sha=f"{1:040x}")
    by_source = {row["source"]: row for row in base["license"]["statements"]}
    assert base["license"]["key"] == "mit"
    assert {source: row["key"] for source, row in by_source.items()} == {
        "card": "apache-2.0", "declared": "mit", "tag": "mit",
    }  # fmt: skip
    assert by_source["card"]["is_chosen"]
    assert by_source["card"]["evidence"]["url"] == f"{page}#L3"
    assert by_source["declared"]["evidence"]["url"] == page
    assert by_source["tag"]["evidence"]["url"] == f"https://huggingface.co/{BASE}/tree/{1:040x}"


def _evidence(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for item in value for found in _evidence(item)]
    if not isinstance(value, dict):
        return []
    if set(value) >= {"start", "end", "quote"}:
        return [value]
    return [found for item in value.values() for found in _evidence(item)]


@pytest.mark.parametrize(
    ("name", "card", "words"),
    [
        (BASE, CARD, {"apache-2.0", "acme/texts", "2401.00001"}),
        (TUNED, TUNED_CARD, {"mit", "Acme/Base-7B"}),
    ],
)
def test_quotes_are_the_words_at_their_place(
    show: Any, name: str, card: str, words: set[str]
) -> None:
    quoted = [row for row in _evidence(show(name, "--quotes")) if row["quote"] is not None]
    assert {row["quote"] for row in quoted} >= words
    for row in quoted:
        assert card[row["start"] : row["end"]] == row["quote"]
        assert row["quote"] in card.split("\n")[row["line"] - 1]
    assert all(row["quote"] is None for row in _evidence(show(name)))


def test_bases_and_derivatives_find_each_other(show: Any) -> None:
    bases = show(TUNED)["bases"]
    assert {(row["source"], row["parent"], row["model"], row["is_held"]) for row in bases} == {
        ("card", "Acme/Base-7B", BASE, True), ("tag", BASE, BASE, True),
    }  # fmt: skip
    below = show(BASE)["derivatives"]
    assert (below["count"], below["by_relation"]) == (1, {"finetune": 1})
    assert below["top"][0]["name"] == TUNED
    assert below["top"][0]["downloads"] == 70


def test_datasets_and_papers(show: Any) -> None:
    base = show(BASE)
    assert [(row["dataset"], row["is_held"]) for row in base["datasets"]] == [("acme/texts", False)]
    (paper,) = base["papers"]
    assert (paper["arxiv_id"], paper["month"]) == ("2401.00001", "2024-01")
    assert paper["url"] == "https://arxiv.org/abs/2401.00001"


@pytest.mark.parametrize(
    ("name", "state", "documentation"),
    [
        (BASE, "fetched", "documented"),
        (QUIET, "not-fetched", "not-fetched"),
        (GATED, "gated", "unknown"),
        (BARE, "not-fetched", "not-documented"),  # its list of files has no card
    ],
)
def test_not_fetched_is_not_undocumented(
    show: Any, miner: Any, name: str, state: str, documentation: str
) -> None:
    shown = show(name)
    assert (shown["card"]["state"], shown["documentation"]) == (state, documentation)
    text = miner("model", name)[1]
    assert ("not undocumented" in text) is (documentation == "not-fetched")


def test_the_history_is_dated_by_the_answers(show: Any) -> None:
    history = show(BASE)["history"]
    (event,) = [row for row in history["events"] if row["kind"] == "renamed"]
    assert (event["old_value"], event["new_value"]) == (FORMER, BASE)
    assert event["observed_at"] == "2026-01-02T12:00:00"
    series = [
        (row["observed_at"], row["name"], row["downloads"], row["license"])
        for row in history["observations"]
    ]
    assert series == [
        ("2026-01-01T12:00:00", FORMER, 900, "mit"),
        ("2026-01-02T12:00:00", BASE, 850, "mit"),
    ]


def test_fields_set_aside_stand_with_their_reason(show: Any, miner: Any) -> None:
    (found,) = [row for row in show(BARE)["set_aside"] if row["field"] == "likes"]
    assert (found["subject"], found["reason"]) == ("model", "wrong-type")
    assert "many" in found["detail"]
    # one row a finding: that of the last answer that showed it
    assert found["first_observed_at"] == found["last_observed_at"] == "2026-01-02T12:00:00"
    assert show(BASE)["set_aside"] == []
    assert "wrong-type" in miner("model", BARE)[1]


def test_the_provenance_leads_to_the_archive(show: Any, settings: Settings) -> None:
    base = show(BASE)
    assert base["provenance"]["run"]["command"] == "crawl"
    for answer in (base["provenance"]["answer"], base["card"]["answer"]):
        segment = settings.archive_dir / answer["segment"]
        assert 0 <= answer["offset"] < answer["offset"] + answer["length"] <= segment.stat().st_size


@pytest.mark.parametrize(
    ("typed", "found_by"),
    [
        (BASE, "name"),
        (f"huggingface:{BASE}", "name"),
        (f"https://huggingface.co/{BASE}", "name"),
        (f"hf.co/{BASE}/blob/main/README.md", "name"),
        (f"https://huggingface.co/api/models/{BASE}", "name"),
        (f" {BASE}/ ", "name"),
        (FORMER, "alias"),
        (FORMER.upper(), "alias"),
        (BASE.upper(), "case"),
    ],
)
def test_a_model_is_found_under_every_name(show: Any, typed: str, found_by: str) -> None:
    shown = show(typed)
    assert (shown["name"], shown["found_by"]) == (BASE, found_by)


def test_a_former_name_says_where_it_went(miner: Any, show: Any) -> None:
    assert f"{FORMER} was renamed to {BASE}" in miner("model", FORMER)[1]
    (alias,) = show(BASE)["aliases"]
    assert (alias["alias"], alias["source"]) == (FORMER, "rename")


@pytest.mark.parametrize(
    ("typed", "near"),
    [("acme/tunde", TUNED), ("acne/tuned", TUNED), ("tuned", TUNED), ("acme/qiuet", QUIET)],
)
def test_an_unknown_name_is_answered_with_the_nearest(miner: Any, typed: str, near: str) -> None:
    code, out, err = miner("model", typed)
    assert (code, out) == (13, "")
    assert f"miner model {near}" in err


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("https://huggingface.co/datasets/acme/texts", "no address of a model"),
        ("https://example.org/acme/tuned", "no address of a model"),
        ("elsewhere:acme/tuned", "'elsewhere'"),
        ("ZETA/OTHER", "may be 2 models"),
        ("", "no model is named"),
        ("x%_\\'/\x00y", "holds no model"),
    ],
)
def test_a_name_that_cannot_be_meant_is_one_message(miner: Any, typed: str, message: str) -> None:
    code, out, err = miner("model", typed)
    assert (code, out) == (13, "")
    assert message in err
    assert "Traceback" not in err


def test_the_keys_are_the_same_for_every_model(show: Any) -> None:
    def shape(shown: dict[str, Any]) -> dict[str, Any]:
        return {key: sorted(shown[key]) if key in _OBJECTS else None for key in shown}

    shapes = [shape(show(name)) for name in (BASE, TUNED, QUIET, GATED, BARE)]
    assert all(found == shapes[0] for found in shapes)
    assert set(shapes[0]) >= {"uid", "aliases", "license", "bases", "card", "config", "set_aside"}


_OBJECTS = ("license", "files", "derivatives", "card", "config", "history", "provenance")


def test_what_strangers_wrote_does_not_steer_the_terminal(miner: Any) -> None:
    _, out, _ = miner("model", BASE, "--quotes")
    assert "\x1b" not in out
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_a_card_that_the_archive_lost_is_told(
    miner: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(settings.data_dir, tmp_path / "data")
    for segment in (tmp_path / "data" / "archive").iterdir():
        segment.write_bytes(b"")
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    code, out, err = miner("model", BASE, "--format", "json", "--quotes")
    shown = json.loads(out)
    assert code == 0
    assert "no whole record" in shown["card"]["unreadable"]
    assert "cannot be shown" in err
    (from_card,) = [row for row in shown["license"]["statements"] if row["source"] == "card"]
    assert (from_card["evidence"]["line"], from_card["evidence"]["quote"]) == (None, None)


def _status(miner: Any) -> dict[str, Any]:
    code, out, _ = miner("status", "--json")
    assert code == 0
    status: dict[str, Any] = json.loads(out)
    return status


def test_status_counts_what_the_store_has(miner: Any, settings: Settings) -> None:
    status = _status(miner)
    stored = status["held"]
    assert stored["models"] == {"count": 8, "by_state": {"present": 8}}
    cards = stored["cards"]["by_state"]
    assert (cards["fetched"], cards["gated"], sum(cards.values())) == (2, 1, 8)
    assert stored["configs"]["by_state"] == {
        "fetched": 1, "gated": 1, "missing": 1, "not-fetched": 5,
    }  # fmt: skip
    assert stored["edges"] == {"count": 1, "resolved": 1}
    assert stored["papers"] == {"count": 1, "uses": 1}
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as store:
        [[statements, answers]] = store.execute(
            "SELECT (SELECT count(*) FROM license_statement), (SELECT count(*) FROM answer)"
        )
    assert (stored["licenses"]["statements"], stored["answers"]) == (statements, answers)


def test_status_says_how_fresh_and_where(miner: Any, settings: Settings) -> None:
    status = _status(miner)
    assert [row["kind"] for row in status["fresh"]["sweeps"]] == ["light", "full"]
    assert [row["state"] for row in status["fresh"]["runs"]] == ["finished", "finished"]
    assert status["fresh"]["duckdb"]["exists"] is False
    where = status["where"]
    assert where["data_dir"] == str(settings.data_dir)
    assert where["archive_bytes"] == sum(
        path.stat().st_size for path in settings.archive_dir.iterdir()
    )
    assert (where["observation_files"], where["archive_segments"]) == (2, 1)
    assert status["endpoint"] == "https://huggingface.co"


def test_status_tells_an_old_duckdb_file(miner: Any, settings: Settings) -> None:
    settings.duckdb_path.touch()
    try:
        assert _status(miner)["fresh"]["duckdb"]["is_behind"] is False
        os.utime(settings.duckdb_path, (0, 0))
        assert _status(miner)["fresh"]["duckdb"]["is_behind"] is True
        assert "older than the store: miner export" in miner("status")[1]
    finally:
        settings.duckdb_path.unlink()


def test_status_tells_what_was_set_aside_and_what_is_left(miner: Any) -> None:
    open_ = _status(miner)["left"]
    (aside,) = [row for row in open_["set_aside"] if row["reason"] == "wrong-type"]
    expected = {"subject": "model", "part": "field", "count": 1, "names": 1}
    assert {key: aside[key] for key in expected} == expected
    assert open_["cards_wanted"]["min_downloads"] == 50
    assert open_["cards_wanted"]["count"] == 0
    assert (open_["sweeps"], open_["broken_off"], open_["writing_process"]) == ([], None, None)


def test_cards_are_open_as_the_arguments_of_the_last_crawl_say(tmp_path: Path) -> None:
    with serving(build(3, cards=3)) as server:
        chosen = settings_for(tmp_path / "data", server.endpoint)
        limit = ("--min-downloads", "1000000000")
        done = run(chosen, "--since", "2024-01-01", *limit, "--no-export")
    assert done.returncode == 0, done.stderr
    engine = open_store(chosen)
    with engine.begin() as connection:
        assert left(connection, chosen)["cards_wanted"]["min_downloads"] == 1_000_000_000
        assert left(connection, chosen)["cards_wanted"]["count"] == 0
        (arguments,) = connection.execute(select(Run.arguments)).one()
        connection.execute(update(Run).values(arguments={**arguments, "min_downloads": 0}))
        assert left(connection, chosen)["cards_wanted"]["count"] == 3
    engine.dispose()


def test_status_works_beside_a_writer(miner: Any, settings: Settings) -> None:
    with store_lock(settings), closing(sqlite3.connect(settings.data_dir / "miner.db")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert _status(miner)["left"]["writing_process"] == os.getpid()
        assert f"process {os.getpid()}" in miner("status")[1]
        assert miner("model", BASE)[0] == 0
    assert _status(miner)["left"]["writing_process"] is None


def test_an_unfinished_sweep_is_told_with_the_command_that_goes_on(
    miner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(build(1_005, cards=0)) as server:  # a page has 1,000
        chosen = settings_for(tmp_path / "data", server.endpoint)
        stop = threading.Event()
        crawl(chosen, window(since="2024-01-01"), progress=AfterRecords(2, stop.set), stop=stop)
        monkeypatch.setenv("MINER_DATA_DIR", str(chosen.data_dir))
        (sweep,) = _status(miner)["left"]["sweeps"]
        assert sweep["page"] == 1
        assert "goes on with: miner crawl --since 2024-01-01" in miner("status")[1]
        done = run(chosen, *sweep["command"].split()[2:], "--no-export")
        assert done.returncode == 0, done.stderr
        assert _status(miner)["left"]["sweeps"] == []


@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("model", "a/b")])
def test_without_a_store_the_first_command_is_named(
    miner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    code, out, err = miner(*arguments)
    assert (code, out) == (10, "")
    assert "no store" in err
    assert "miner crawl --since" in err
    assert not (tmp_path / "none").exists()
