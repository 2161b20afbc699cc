"""What models are made of, judged into the store: order, inheritance, change, and being stopped."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.derive.architecture import architecture_stage as architectures
from miner.pipelines.derive.architecture.architecture_stage import derive_architectures
from miner.pipelines.derive.architecture.precedence import architecture
from miner.pipelines.derive.job import deriving
from miner.pipelines.executors import open_executor
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, FileKey, HubFile
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Progress, Silent
from miner.queries.loader import macros
from miner.settings import Settings
from tests.commands import run_miner
from tests.crawling import AfterRecords, ask, crawl, created, damaged, environment, one, record
from tests.crawling import settings_for as settings_of
from tests.stores import only_sqlite

EXPERTS = {
    "model_type": "mixtral", "architectures": ["MixtralForCausalLM"], "hidden_size": 64,
    "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 1000, "num_local_experts": 8,
    "num_experts_per_tok": 2,
}  # fmt: skip
DENSE = {key: value for key, value in EXPERTS.items() if "expert" not in key} | {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"],
}  # fmt: skip


def model(
    number: int, name: str, config: dict[str, Any] | None = None, **changes: Any
) -> tuple[dict[str, Any], dict[FileKey, HubFile]]:
    """A model of a name: its record, and its config.json where it has one."""
    relation, base = changes.pop("relation", None), changes.pop("base", None)
    card = changes.pop("card", None)
    fields = record(number, id=name, siblings=[], tags=[], cardData={}, **changes)
    if base is not None:
        bases = base if isinstance(base, list) else [base]
        fields["cardData"] = {"base_model": bases, "base_model_relation": relation}
        fields["tags"] = [f"base_model:{relation}:{one}" for one in bases]
    if card is not None:
        fields["siblings"] = [{"rfilename": "README.md"}]
        return fields, {(CURRENT, "README.md"): HubFile(card)}
    if config is None:
        return fields, {}
    fields["siblings"] = [{"rfilename": "config.json"}]
    return fields, {(CURRENT, "config.json"): HubFile(orjson.dumps(config))}


def hub() -> Catalog:
    """A base with experts, a dense one, and what was made from them, often before they came."""
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    models = [
        model(0, "zoe/again-quantized", relation="quantized", base="ann/heron-quantized"),
        model(1, "ann/heron-quantized", relation="quantized", base="acme/heron"),
        model(2, "acme/heron", EXPERTS),
        model(3, "acme/stork", DENSE),
        model(4, "acme/little", relation="distill", base="acme/heron"),
        model(5, "ann/both", relation="merge", base=["acme/heron", "acme/stork"]),
        model(6, "ann/tuned", relation="finetune", base="acme/stork"),
        model(7, "ann/left", relation="quantized", base="ann/right"),
        model(8, "ann/right", relation="quantized", base="ann/left"),
        model(9, "ann/broken"),
        model(10, "ann/told", card=b"# Told\n\nTold is a sparse mixture-of-experts model.\n"),
    ]
    for fields, files in models:
        catalog.models.put(fields, files=files)
    return catalog


def derive(
    settings: Settings, *, progress: Progress | None = None, stop: threading.Event | None = None,
    where: str | None = None,
) -> dict[str, int]:  # fmt: skip
    with (
        deriving(settings, "architecture", {}, stop or threading.Event()) as work,
        open_executor(where) as executor,
    ):
        derive_architectures(work, executor, progress or Silent())
        return dict(work.counts)


def found(settings: Settings) -> dict[str, tuple[Any, ...]]:
    rows = ask(
        settings,
        "SELECT m.name, CASE WHEN a.is_moe THEN 'experts' WHEN NOT a.is_moe THEN 'dense' END, "
        "a.source, a.expert_count, a.parameter_count FROM model_architecture a "
        "JOIN model m ON m.id = a.model_id",
    )
    return {row[0]: tuple(row[1:]) for row in rows}


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Settings:
    with serving(hub()) as server:
        settings = settings_of(tmp_path / "data", server.endpoint, database_url=store_url)
        crawl(settings, configs="all")
    return settings


def test_a_crawl_judges_its_models_each_after_its_bases(store: Settings) -> None:
    answers = found(store)
    heron = answers["acme/heron"]
    assert heron[:3] == ("experts", "config", 8)
    assert heron[3] > answers["acme/stork"][3] > 0
    same = ("experts", "inherited", 8, heron[3])
    assert answers["ann/heron-quantized"] == answers["zoe/again-quantized"] == same
    assert answers["acme/stork"][:2] == ("dense", "config")
    assert answers["ann/tuned"][:2] == ("dense", "inherited")
    assert answers["acme/little"][0] is None  # it learned from answers: nothing is taken over
    assert answers["ann/both"][0] is None
    assert answers["ann/left"][0] is answers["ann/right"][0] is answers["ann/broken"][0] is None
    assert answers["ann/told"][:2] == ("experts", "card-rule")
    assert len(answers) == 11
    assert derive(store) == {}


def test_what_a_base_becomes_its_derivatives_become(tmp_path: Path, store_url: str) -> None:
    catalog = hub()
    with serving(catalog) as server:
        settings = settings_of(tmp_path / "data", server.endpoint, database_url=store_url)
        crawl(settings, configs="all")
        later = {"sha": "f" * 40, "lastModified": "2026-02-01T00:00:00.000Z"}
        fields, files = model(2, "acme/heron", DENSE, **later)
        catalog.models.put(fields, files=files)
        catalog.saw(datetime.fromisoformat("2026-02-02T12:00:00"))
        counts = crawl(settings, configs="all")
    answers = found(settings)
    names = ("acme/heron", "ann/heron-quantized", "zoe/again-quantized", "ann/both")
    assert [answers[name][0] for name in names] == ["dense"] * 4
    judged = sum(count for what, count in counts.items() if what.startswith("models judged"))
    assert judged == 5  # these, and the distilled one; the others do not follow from it


def test_one_that_waits_for_an_equal_follows_what_their_base_becomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(architectures, "_TASKS", 1)  # the base is written while the equal waits
    catalog = Catalog()
    catalog.saw(datetime.fromisoformat("2026-01-01T12:00:00"))
    for fields, files in (
        model(0, "ann/left", relation="quantized", base="ann/right"),  # bases name each other
        model(1, "ann/right", EXPERTS, relation="finetune", base="ann/left"),
        model(2, "ann/one", relation="finetune", base="ann/right"),
        model(3, "ann/two", relation="finetune", base="ann/right"),
    ):
        catalog.models.put(fields, files=files)
    with serving(catalog) as server:
        settings = settings_of(tmp_path / "data", server.endpoint)
        crawl(settings, configs="all")
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as store, store:
        store.execute("DELETE FROM model_architecture")
    derive(settings, where="here")
    assert found(settings)["ann/two"] == found(settings)["ann/one"]
    assert found(settings)["ann/two"][:2] == ("experts", "inherited")


def test_other_rules_judge_all_again(store: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(store)
    monkeypatch.setattr(architectures, "version", lambda: "next")
    assert sum(derive(store).values()) == 11
    assert found(store) == before
    assert one(store, "SELECT count(*) FROM model_architecture WHERE version = 'next'") == 11


@pytest.mark.parametrize("batch", [1, 3])
def test_a_judging_that_was_broken_off_goes_on_where_it_was(
    store: Settings, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    before = found(store)
    wipe(store)
    monkeypatch.setattr(architectures, "_BATCH", batch)
    with pytest.raises(RuntimeError, match="power"):
        derive(store, progress=AfterRecords(1, _fail))
    count = one(store, "SELECT count(*) FROM model_architecture")
    assert 0 < count < 11
    stop = threading.Event()
    derive(store, progress=AfterRecords(1, stop.set), stop=stop)
    assert count < one(store, "SELECT count(*) FROM model_architecture") < 11
    derive(store)
    assert found(store) == before


def test_derivatives_left_behind_by_a_kill_are_judged_by_the_next_run(
    store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(store)
    change = "UPDATE model_architecture SET is_moe = false, version = 'old' WHERE model_id = "
    execute(store, f"{change} (SELECT id FROM model WHERE name = 'acme/heron')")
    monkeypatch.setattr(architectures, "_BATCH", 1)
    with pytest.raises(RuntimeError, match="power"):
        derive(store, progress=AfterRecords(1, _fail))  # the base is done, what follows is not
    marked = "SELECT count(*) FROM model_architecture WHERE version = ''"
    assert one(store, marked) == 3
    derive(store)
    assert one(store, marked) == 0
    assert found(store) == before


def test_in_other_processes_the_same_comes_out(
    store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = found(store)
    wipe(store)
    monkeypatch.setattr(architectures, "_BATCH", 2)
    assert sum(derive(store, where="processes:2").values()) >= 11
    assert found(store) == before


def test_a_model_that_the_rules_break_on_is_not_known_and_the_others_are(
    store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(store)

    def breaks(evidence: Any) -> Any:
        if evidence.model == "ann/broken":
            raise ZeroDivisionError("experts")
        return architecture(evidence)

    monkeypatch.setattr("miner.pipelines.derive.architecture.precedence.architecture", breaks)
    derive(store, where="here")
    reason = one(
        store,
        "SELECT a.reasons FROM model_architecture a JOIN model m ON m.id = a.model_id "
        "WHERE m.name = 'ann/broken'",
    )
    assert re.search(r"ZeroDivisionError at \S+\.py:\d+: experts", str(reason))
    assert found(store)["acme/heron"][0] == "experts"


def test_a_model_whose_config_is_damaged_in_the_archive_is_not_known_and_says_why(
    store: Settings,
) -> None:
    wipe(store)
    with damaged(store, "acme/heron", "config.json"):
        derive(store)
    reasons = one(
        store,
        "SELECT a.reasons FROM model_architecture a JOIN model m ON m.id = a.model_id "
        "WHERE m.name = 'acme/heron'",
    )
    assert "its config cannot be read: the record in the archive is damaged" in str(reasons)
    assert found(store)["acme/heron"][:2] == (None, None)
    assert found(store)["acme/stork"][0] == "dense"


HOSTILE = {
    "ann/half-a-pair": rb'{"model_type": "foo\ud800_moe", "num_experts": 8}',
    "ann/half-in-class": rb'{"architectures": ["Foo\udfffMoE"], "num_experts": 8}',
    "ann/half-in-keys": rb'{"num_layers": 2, "a\ud800": {"num_experts": 8, "n_experts": "\ud800"}}',
    "ann/nul": rb'{"model_type": "foo\u0000_moe", "num_experts": 8}',
}  # fmt: skip
"""Configs with texts that are JSON, and that no store holds."""


def test_texts_that_no_store_holds_end_no_judging(tmp_path: Path, store_url: str) -> None:
    catalog = hub()
    for number, (name, config) in enumerate(HOSTILE.items(), 20):
        fields, _ = model(number, name, {})
        fields["tags"] = ["mixtral\ud800", "\udfffmoe"]
        catalog.models.put(fields, files={(CURRENT, "config.json"): HubFile(config)})
    huge = {"parameters": {"BF16": 2**62, "F32": 2**62, "F16": 2**62}, "total": 2**63 - 1}
    catalog.models.put(model(30, "ann/huge", safetensors=huge, gguf={"total": 2**63 - 1})[0])
    with serving(catalog) as server:
        settings = settings_of(tmp_path / "data", server.endpoint, database_url=store_url)
        counts = crawl(settings, configs="all")
    answers = found(settings)
    assert [answers[name][:3] for name in HOSTILE] == [("experts", "config", 8)] * len(HOSTILE)
    assert answers["ann/huge"] == (None, None, None, None)
    assert answers["acme/heron"][0] == "experts"
    assert sum(n for what, n in counts.items() if what.startswith("models judged")) >= len(answers)
    assert len(answers) == 11 + len(HOSTILE) + 1


@only_sqlite
def test_an_archive_alone_leads_to_the_same(store: Settings) -> None:
    before = found(store)
    parse_archive(store, Silent())
    assert found(store) == before


def test_the_file_has_the_choice_and_what_every_source_says(store: Settings) -> None:
    export_duckdb(store, store.duckdb_path, macros=macros())
    with duckdb.connect(str(store.duckdb_path), read_only=True) as connection:
        chosen = connection.execute(
            "SELECT model, is_moe, moe_family, expert_count, experts_per_token, source, "
            "parameter_source FROM model_architecture WHERE is_moe ORDER BY model"
        ).fetchall()
        assert chosen == [
            ("acme/heron", True, "mixtral", 8, 2, "config", "formula"),
            ("ann/heron-quantized", True, "mixtral", 8, 2, "inherited", "inherited"),
            ("ann/told", True, None, None, None, "card-rule", None),
            ("zoe/again-quantized", True, "mixtral", 8, 2, "inherited", "inherited"),
        ]
        statements = connection.execute(
            "SELECT source, is_moe, is_chosen, evidence_url FROM architecture_evidence "
            "WHERE model = 'acme/heron' ORDER BY position"
        ).fetchall()
        assert statements[0] == (
            "config", True, True, f"https://huggingface.co/acme/heron/blob/{2:040x}/config.json",
        )  # fmt: skip
        assert [row[2] for row in statements].count(True) == 1
        [months] = connection.execute(
            "SELECT month, models, known, moe FROM moe_adoption() WHERE population = 'all'"
        ).fetchall()
        assert months == (datetime.fromisoformat(created(0)[:10]).date(), 11, 6, 4)


@only_sqlite
@pytest.mark.soak
def test_the_command_judges_what_is_stored_and_the_file_follows(store: Settings) -> None:
    before = found(store)
    wipe(store)
    ended = miner(store, "architecture", "--stored")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"\b4  models judged: experts", ended.stderr)
    assert found(store) == before
    with duckdb.connect(str(store.duckdb_path), read_only=True) as connection:
        query = "SELECT count(*) FROM model_architecture WHERE is_moe"
        assert connection.execute(query).fetchall() == [(4,)]
    assert "is up to date" in miner(store, "architecture", "--stored").stderr
    assert miner(store, "architecture", "--stored", "--tag", "moe").returncode == 2
    assert miner(store, "architecture", "--tag", "moe", "--executor", "processes").returncode == 2
    traced = miner(store, "query", "moe/paper-trace", "-p", "paper=2401.06066", "--format", "json")
    [row] = json.loads(traced.stdout)
    assert (row["found"], row["implementing_models"]) == ("nothing found", 0)


@only_sqlite
@pytest.mark.soak
def test_one_model_is_shown_with_what_says_so(store: Settings) -> None:
    record_ = json.loads(miner(store, "model", "zoe/again-quantized", "--format", "json").stdout)
    made = record_["made_of"]
    assert (made["is_moe"], made["expert_count"], made["source"]) == (True, 8, "inherited")
    assert made["evidence"][0]["read_in"] == "ann/heron-quantized"
    shown = miner(store, "model", "acme/heron").stdout
    assert re.search(r"kind +mixture of experts, family mixtral", shown)
    assert re.search(r"experts per layer +8, 2 used by a token", shown)
    assert re.search(r"kind +dense", miner(store, "model", "acme/stork").stdout)
    assert re.search(r"kind +unknown", miner(store, "model", "ann/left").stdout)


def miner(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of miner as a person does."""
    return run_miner(*arguments, env=environment(settings))


def _fail() -> None:
    raise RuntimeError("power")


def wipe(settings: Settings) -> None:
    """Forget all that was judged, as if the store came from a miner that did not judge."""
    execute(settings, "DELETE FROM model_architecture")


def execute(settings: Settings, statement: str) -> None:
    with (
        deriving(settings, "test", {}, threading.Event()) as work,
        work.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
