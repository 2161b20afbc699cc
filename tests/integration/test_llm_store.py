"""``miner extract --with llm`` over a crawled store, as it is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from miner.cli import cli
from miner.errors import BudgetSpent, InvalidData, MinerError, RetryLater
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.sources.replay.catalog import CURRENT, HubFile
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import ask, build, crawl, name, one, record
from tests.crawling import settings_for as settings_of
from tests.llm_server import (
    KEY,
    MODEL,
    LlmServer,
    Reply,
    completion,
    reading,
    serving_llm,
    slowly,
)

COUNT = 6
PRICES = ("--price-in", "1", "--price-out", "2")


def text(number: int) -> bytes:
    """A card whose license the rules read, and whose hardware stands in words of a test server."""
    return (
        f"---\nlicense: mit\n---\n# Model {number}\n\nIt has {number + 1}B parameters.\n\n"
        f"- **hardware:** NVIDIA A{number + 1}00\n"
    ).encode()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    catalog = build(COUNT, cards=0)
    for number in range(COUNT):
        card = {(CURRENT, "README.md"): HubFile(text(number))}
        catalog.models.put(record(number), files=card)
    with serving(catalog) as server:
        settings = settings_of(tmp_path / "data", server.endpoint)
        crawl(settings)
    monkeypatch.setenv("MINER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("MINER_DATABASE_URL", raising=False)
    return settings


def extract(server: LlmServer | None, *more: str, fails: type[MinerError] | None = None) -> Result:
    where = ("--base-url", server.base_url) if server else ()
    command = ["extract", "--with", "llm", "--llm", MODEL, *where, *PRICES, *more]
    result = CliRunner().invoke(cli, command)
    if fails is None:
        assert result.exit_code == 0, (result.output, result.exception)
    else:
        assert isinstance(result.exception, fails), (result.output, result.exception)
    return result


def rows(settings: Settings, model: str, field: str) -> list[tuple[Any, ...]]:
    return ask(
        settings,
        "SELECT e.extractor, f.value_text, f.is_chosen, f.agreement, f.source "
        "FROM extracted_field f JOIN extraction e ON e.id = f.extraction_id "
        "JOIN model m ON m.id = f.model_id "
        "WHERE m.name = ? AND f.field = ? AND f.state = 'stated' ORDER BY 1",
        model,
        field,
    )


def test_a_second_run_asks_nothing_and_both_extractors_stand_side_by_side(store: Settings) -> None:
    with serving_llm() as server:
        first = extract(server, "--all")
        asked = len(server.asked)
        again = extract(server, "--all")
        assert len(server.asked) == asked == COUNT
    assert f"{COUNT} extracted" in first.stderr
    assert "has read every stored card" in again.stderr
    assert rows(store, name(1), "parameter_count") == [
        ("llm", "2000000000", 0, 2, "card-llm"), ("rules", "2000000000", 1, 2, "card-rule"),
    ]  # fmt: skip
    assert one(store, "SELECT count(*) FROM llm_answer") == COUNT
    report = json.loads(one(store, "SELECT report FROM run WHERE command = 'extract' LIMIT 1"))
    assert (report["llm"], report["ledger"]["requests"]) == (MODEL, COUNT)
    with duckdb.connect(str(store.duckdb_path), read_only=True) as connection:
        states = connection.execute(
            "SELECT extractor, llm, state, cards, cost_usd > 0 FROM cards_extractions() ORDER BY 1"
        ).fetchall()
        assert states == [
            ("llm", MODEL, "extracted", COUNT, True), ("rules", "", "extracted", COUNT, None),
        ]  # fmt: skip
        values = "SELECT source FROM extracted_field WHERE field = 'parameter_count' AND is_chosen"
        assert connection.execute(values).fetchall() == [("card-rule",)] * COUNT


def test_answers_are_kept_when_the_cards_are_read_anew(store: Settings) -> None:
    with serving_llm() as server:
        extract(server)
        asked = len(server.asked)
        done = extract(server, "--anew")
        assert len(server.asked) == asked
    assert f"0 answered, {asked} known from before" in done.stderr


def test_it_stops_before_the_budget_is_passed_and_goes_on_with_more(store: Settings) -> None:
    with serving_llm() as server:
        stopped = extract(server, "--budget-usd", "0.02", "--concurrency", "1", "--all",
                          fails=BudgetSpent)  # fmt: skip
        assert isinstance(stopped.exception, BudgetSpent)
        assert "kept" in (stopped.exception.kept or "")
        assert stopped.exception.next_step
        asked = len(server.asked)
        assert asked < COUNT
        assert one(store, "SELECT count(*) FROM llm_answer") == asked
        extract(server, "--budget-usd", "5", "--all")
        assert len(server.asked) == COUNT
    paid = one(store, "SELECT sum(cost_usd) FROM llm_answer")
    assert 0 < paid < 5


def test_an_estimate_asks_nothing(store: Settings) -> None:
    with serving_llm() as server:
        estimate = extract(server, "--dry-run", "--all").stdout
        assert not server.asked
    assert f"requests            {COUNT}, and 0 that were answered before" in estimate
    assert "USD" in estimate
    assert one(store, "SELECT count(*) FROM llm_answer") == 0


def test_only_some_models_and_only_such_as_have_a_card(store: Settings) -> None:
    with serving_llm() as server:
        extract(server, "--model", name(2))
        assert [asked.model for asked in server.asked] == [name(2)]
        extract(server, "--model", "nobody/here", fails=InvalidData)
        assert len(server.asked) == 1


def test_other_fields_are_another_reading(store: Settings) -> None:
    with serving_llm() as server:
        extract(server, "--field", "hardware", "--all")
        assert {tuple(asked.fields) for asked in server.asked} == {("hardware",)}
        extract(server, "--all")
        assert len(server.asked) == 2 * COUNT
    assert one(store, "SELECT count(*) FROM extraction WHERE extractor = 'llm'") == COUNT


def test_a_batch_over_the_store(store: Settings) -> None:
    with serving_llm() as server:
        extract(server, "--batch", "--all")
        assert len(server.batches) == 1
    assert one(store, "SELECT count(*) FROM extraction WHERE extractor = 'llm'") == COUNT
    assert one(store, "SELECT state FROM llm_batch") == "collected"


def test_one_card_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    card = tmp_path / "card.md"
    card.write_bytes(text(3))
    with serving_llm() as server:
        done = extract(server, "--all", "--card", str(card), "--model", "acme/own",
                       "--format", "jsonl")  # fmt: skip
    found = {row["field"]: row for row in map(json.loads, done.stdout.splitlines())}
    count = found["parameter_count"]
    assert (count["value"], count["source"]) == (4_000_000_000, "card-rule")
    assert count["confidence"] > 0.98  # both read it
    assert found["hardware"]["source"] == "card-llm"
    assert not (tmp_path / "none").exists()


def test_one_card_that_is_not_read_to_its_end_says_so_and_prints_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    path = tmp_path / "card.md"
    path.write_bytes(text(3))
    of_card = ("--card", str(path), "--model", "acme/own", "--format", "jsonl")
    with serving_llm(lambda _: Reply(completion("I would rather not."))) as server:
        done = extract(server, *of_card, fails=InvalidData)
    assert "did not read all of the card of acme/own: invalid" in str(done.exception)
    assert "parameter_count" in done.stdout
    with serving_llm(slowly(reading, 30)) as server:
        monkeypatch.setenv("MINER_HTTP_ATTEMPTS", "1")
        extract(server, *of_card, "--timeout", "1", fails=RetryLater)


def test_a_batch_costs_its_share_of_prices_of_ones_own(store: Settings) -> None:
    with serving_llm() as server:
        extract(server, "--batch", "--fields", "all", "--price-batch", "0.5")
    share = "SELECT sum(cost_usd) / sum(prompt_tokens + 2 * completion_tokens) FROM llm_answer"
    assert one(store, share) == pytest.approx(0.5e-6)


def test_answers_are_in_the_archive(store: Settings) -> None:
    """A store built from it alone asks nothing again, and neither does one that has crawled on."""
    with serving_llm() as server:
        extract(server, "--all")
        asked = len(server.asked)
        before = ask(store, "SELECT * FROM llm_answer ORDER BY request_digest")
        (store.data_dir / "miner.db").unlink()
        counts = parse_archive(store, Silent())
        assert counts["answers: llm"] == len(before) == COUNT
        kept = ask(store, "SELECT * FROM llm_answer ORDER BY request_digest")
        assert [row[:-1] for row in kept] == [row[:-1] for row in before]
        again = extract(server, "--all")
        assert len(server.asked) == asked
    assert f"{COUNT} extracted" in again.stderr
