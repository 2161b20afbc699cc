"""Cards that a crawl got, read into the store: what is read again, what goes, what stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import Connection

from miner.errors import InvalidData
from miner.pipelines.derive.cards.extraction_rows import Extracted, Extractor, write_extractions
from miner.pipelines.derive.cards.extraction_stage import THE_RULES, CardChoice, extract_stored
from miner.pipelines.derive.cards.outcome import CardOutcome, Rejected
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.derive.job import deriving
from miner.pipelines.executors import open_executor
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import CURRENT, Catalog, HubFile
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Progress, Silent
from miner.queries.loader import macros
from miner.schema.vocab import ExtractionState, RejectReason, Source
from miner.settings import Settings
from tests.crawling import AtStage, ask, build, crawl, damaged, name, one, record
from tests.crawling import settings_for as settings_of

LLM = Extractor("llm", "1", "small", "a" * 64)


def text(number: int) -> bytes:
    return (
        f"---\nlicense: mit\n---\n# Model {number}\n\nA 🦙 fine-tuned from [{name(0)}]"
        f"(https://huggingface.co/{name(0)}).\n\n- learning_rate: {number + 1}e-05\n"
    ).encode()


def hub(count: int = 8) -> Catalog:
    catalog = build(count, cards=0)
    for number in range(count):
        card = {(CURRENT, "README.md"): HubFile(text(number))} if number < count - 1 else {}
        catalog.models.put(record(number), files=card)
    return catalog


def derive(
    settings: Settings, choice: CardChoice | None = None, *, progress: Progress | None = None,
    stop: threading.Event | None = None, where: str | None = None,
) -> dict[str, int]:  # fmt: skip
    with (
        deriving(settings, "extract", {}, stop or threading.Event()) as work,
        open_executor(where) as executor,
    ):
        extract_stored(work, executor, progress or Silent(), choice)
        return dict(work.counts)


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Settings:
    catalog = hub()
    with serving(catalog) as server:
        settings = settings_of(tmp_path / "data", server.endpoint, database_url=store_url)
        counts = crawl(settings)
    assert counts["cards extracted"] == 7
    return settings


def values(settings: Settings, field: str) -> dict[str, Any]:
    rows = ask(
        settings,
        "SELECT m.name, e.value_text FROM extracted_field e JOIN model m ON m.id = e.model_id "
        f"WHERE e.field = '{field}' AND e.is_chosen",
    )
    return dict(rows)


def test_a_crawl_reads_its_cards_and_the_words_are_those_of_the_card(store: Settings) -> None:
    assert values(store, "license") == {name(number): "mit" for number in range(7)}
    assert values(store, "base_model") == {name(number): name(0) for number in range(1, 7)}
    rows = ask(
        store,
        "SELECT m.name, e.quote, e.span_start, e.span_end FROM extracted_field e "
        "JOIN model m ON m.id = e.model_id",
    )
    for owner, quote, start, end in rows:
        number = int(owner[-4:])
        assert text(number).decode()[start:end] == quote
    named = "SELECT count(*) FROM extracted_field WHERE named_model_id IS NOT NULL"
    assert one(store, named) == 6
    assert one(store, "SELECT count(*) FROM method_accuracy WHERE method LIKE 'extract/%'") > 20
    assert derive(store) == {}


def test_a_card_whose_record_is_damaged_is_counted_and_read_once_it_is_whole(
    store: Settings,
) -> None:
    wipe(store)
    with damaged(store, name(1), "README.md"):
        counts = derive(store)
    assert counts["cards whose record in the archive is damaged"] == 1
    assert counts["cards extracted"] == 6
    assert derive(store)["cards extracted"] == 1


def test_a_changed_card_is_read_again_and_one_that_is_gone_says_nothing(
    tmp_path: Path, store_url: str
) -> None:
    catalog = hub()
    with serving(catalog) as server:
        settings = settings_of(tmp_path / "data", server.endpoint, database_url=store_url)
        crawl(settings)
        add_answer(settings, 1)
        later = {"sha": "f" * 40, "lastModified": "2026-02-01T00:00:00.000Z"}
        changed = {(CURRENT, "README.md"): HubFile(b"---\nlicense: apache-2.0\n---\n# Other\n")}
        catalog.models.put(record(1, **later), files=changed)
        catalog.models.remove(name(2))
        catalog.models.put(record(2, **later, siblings=[]))
        catalog.saw(datetime.fromisoformat("2026-02-02T12:00:00"))
        counts = crawl(settings)
    assert counts["cards extracted"] == 1
    licenses = values(settings, "license")
    assert licenses[name(1)] == "apache-2.0"
    assert name(2) not in licenses
    assert one(settings, "SELECT count(*) FROM extraction WHERE extractor = 'llm'") == 0


def test_a_reading_that_was_stopped_goes_on_where_it_was(store: Settings) -> None:
    wipe(store)
    stop = threading.Event()
    derive(store, progress=AtStage("cards read", stop.set), stop=stop)
    assert one(store, "SELECT count(*) FROM extraction") == 0
    derive(store)
    assert one(store, "SELECT count(*) FROM extraction") == 7


def test_other_rules_read_all_cards_again(store: Settings, monkeypatch: Any) -> None:
    before = ask(store, "SELECT field, value_text, is_chosen FROM extracted_field ORDER BY 1, 2")
    other = Extractor(THE_RULES.name, "next")
    monkeypatch.setattr("miner.pipelines.derive.cards.extraction_stage.THE_RULES", other)
    assert derive(store)["cards extracted"] == 7
    after = ask(store, "SELECT field, value_text, is_chosen FROM extracted_field ORDER BY 1, 2")
    assert before == after
    assert one(store, "SELECT count(*) FROM extraction WHERE version = 'next'") == 7


def test_in_other_processes_the_same_comes_out(store: Settings) -> None:
    before = ask(store, "SELECT field, value_text, quote FROM extracted_field ORDER BY 1, 2, 3")
    wipe(store)
    assert derive(store, where="processes:2")["cards extracted"] == 7
    after = ask(store, "SELECT field, value_text, quote FROM extracted_field ORDER BY 1, 2, 3")
    assert before == after


def test_only_some_models(store: Settings) -> None:
    wipe(store)
    assert derive(store, CardChoice((name(1), name(3))))["cards extracted"] == 2
    with pytest.raises(InvalidData, match=name(7)):
        derive(store, CardChoice((name(2), name(7))))
    assert derive(store, CardChoice(min_downloads=998))["cards extracted"] == 2


def test_two_extractors_stand_side_by_side(store: Settings) -> None:
    add_answer(store, 1)
    rows = ask(
        store,
        "SELECT e.extractor, f.value_text, f.is_chosen, f.agreement, f.state, f.reason "
        "FROM extracted_field f JOIN extraction e ON e.id = f.extraction_id "
        "JOIN model m ON m.id = f.model_id WHERE m.name = ? AND f.field = 'license' "
        "ORDER BY e.extractor, f.position",
        name(1),
    )
    assert [tuple(row) for row in rows] == [
        ("llm", "MIT", 0, 2, "stated", None),
        ("llm", "gpl", 0, 0, "rejected", "quote-not-in-card"),
        ("rules", "mit", 1, 2, "stated", None),
    ]
    sure = "SELECT confidence, method_confidence FROM extracted_field WHERE value_text = 'MIT'"
    [(confidence, of_method)] = ask(store, sure)
    assert of_method == 0.5 < confidence
    # the rules once more, and they find nothing now: what they agreed with stands alone
    model_id, blob = card_of(store, 1)
    with writing(store) as (connection, run_id):
        nothing = Extracted(model_id, blob, CardOutcome(ExtractionState.EXTRACTED))
        write_extractions(connection, Extractor("rules", "next"), [nothing], run_id)
    chosen = "SELECT value_text, agreement FROM extracted_field WHERE is_chosen AND model_id = ?"
    assert [tuple(row) for row in ask(store, chosen, model_id)] == [("MIT", 1)]


def test_the_file_has_them_in_a_long_and_a_wide_form(store: Settings) -> None:
    add_answer(store, 1)
    export_duckdb(store, store.duckdb_path, macros=macros())
    with duckdb.connect(str(store.duckdb_path), read_only=True) as connection:
        wide = connection.execute(
            "SELECT model, license, base_model FROM model_fields ORDER BY model"
        ).fetchall()
        assert wide == sorted(
            (name(number), "mit", [name(0)] if number else None) for number in range(7)
        )
        settings = connection.execute(
            "SELECT name, number FROM hyperparameter WHERE model = ?", [name(1)]
        ).fetchall()
        assert settings == [("learning_rate", 2e-5)]
        found = connection.execute(
            "SELECT models, stated FROM cards_completeness() WHERE field = 'license'"
        ).fetchall()
        assert found == [(8, 7)]  # the eighth has no card, and says so


@contextmanager
def writing(settings: Settings) -> Iterator[tuple[Connection, int]]:
    """A transaction on the store, and the key of a run."""
    with (
        deriving(settings, "test", {}, threading.Event()) as work,
        work.engine.begin() as connection,
    ):
        yield connection, work.run_id


def wipe(settings: Settings) -> None:
    """Forget all that was read, as if the store came from a miner that did not read cards."""
    with writing(settings) as (connection, _):
        connection.exec_driver_sql("DELETE FROM extracted_field")
        connection.exec_driver_sql("DELETE FROM extraction")


def card_of(settings: Settings, number: int) -> tuple[int, str]:
    [(model_id, blob)] = ask(
        settings,
        "SELECT f.model_id, f.blob_sha FROM fetched_file f JOIN model m ON m.id = f.model_id "
        "WHERE f.path = 'README.md' AND m.name = ?",
        name(number),
    )
    return model_id, blob


def add_answer(settings: Settings, number: int) -> None:
    """Write what a language model says of a card."""
    answer = Value("license", "MIT", "mit", 13, 16, "text", "llm", "", 0.5, Source.CARD_LLM.value)
    refused = Rejected("license", "gpl", "under the GPL", RejectReason.QUOTE_NOT_IN_CARD.value)
    outcome = CardOutcome(
        ExtractionState.EXTRACTED, [answer], [refused], ["paper"], llm="small", prompt_tokens=900,
        completion_tokens=40, cost_usd=0.001,
    )  # fmt: skip
    extracted = Extracted(*card_of(settings, number), outcome)
    with writing(settings) as (connection, run_id):
        write_extractions(connection, LLM, [extracted], run_id)
