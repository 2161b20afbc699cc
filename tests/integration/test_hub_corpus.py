"""A crawl of the reference corpus: real records and cards, compared with plain Python."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import ask, crawl, model_names, one, settings_for, window

pytestmark = [pytest.mark.shared, pytest.mark.soak]

FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?\s*---[ \t]*\r?\n")


@dataclass(frozen=True)
class Corpus:
    """The corpus as it lies there, and a crawl of it."""

    settings: Settings
    records: dict[str, dict[str, Any]]
    cards: dict[str, Path]
    counts: Counter[str]


@pytest.fixture(scope="module")
def corpus(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = shared_dir / "hub-corpus"
    with (folder / "models.jsonl").open("rb") as lines:
        records = {record["id"]: record for record in map(json.loads, lines)}
    with (folder / "cards_index.csv").open(encoding="utf-8", newline="") as file:
        cards = {row["id"]: folder / "cards" / row["file"] for row in csv.DictReader(file)}
    with serving(load_catalog([folder])) as server:
        settings = settings_for(tmp_path_factory.mktemp("corpus") / "data", server.endpoint)
        counts = crawl(settings, window(since="2000-01-01"))
        before = ask(settings, "SELECT * FROM model ORDER BY id")
        again = crawl(settings, window(since="2000-01-01"))
        assert again["models new or changed"] == again["cards fetched"] == 0
        assert ask(settings, "SELECT * FROM model ORDER BY id") == before
    return Corpus(settings, records, cards, counts)


def texts(value: Any) -> list[str]:
    """What a field of a card says: one text, or a list with texts (and numbers) in it."""
    values = value if isinstance(value, list) else [value]
    found = [str(each) for each in values if isinstance(each, str | int | float) and each != ""]
    return list(dict.fromkeys(text for text in found if text not in {"True", "False"}))


def tagged(record: dict[str, Any], prefix: str) -> list[str]:
    tags = [tag for tag in record.get("tags") or [] if isinstance(tag, str)]
    return [tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)]


def card_data(record: dict[str, Any]) -> dict[str, Any]:
    data = record.get("cardData")
    return data if isinstance(data, dict) else {}


def test_every_record_and_every_card_alone_is_held(corpus: Corpus) -> None:
    assert len(corpus.records) == 14_034
    assert len(corpus.cards) == 1_925
    assert model_names(corpus.settings) >= corpus.records.keys() | corpus.cards.keys()
    assert corpus.counts["models read"] == len(corpus.records.keys() | corpus.cards.keys())
    assert corpus.counts["records set aside"] == 0
    assert one(corpus.settings, "SELECT count(*) FROM rejected_record WHERE field = ''") == 0


def test_null_dates_are_kept_and_counted(corpus: Corpus) -> None:
    for field, column in (("createdAt", "created_at"), ("lastModified", "last_modified_at")):
        without = {
            name
            for name in corpus.records.keys() | corpus.cards.keys()
            if not corpus.records.get(name, {}).get(field)
        }
        assert without
        assert model_names(corpus.settings, f"{column} IS NULL") == without


def test_volatile_numbers_are_those_of_the_records(corpus: Corpus) -> None:
    rows = ask(corpus.settings, "SELECT name, downloads, likes, pipeline_tag, library_name, sha "
                                "FROM model")  # fmt: skip
    for name, downloads, likes, task, library, sha in rows:
        record = corpus.records.get(name)
        if record is None:
            continue
        assert downloads == record.get("downloads"), name
        assert likes == record.get("likes"), name
        assert task == (record.get("pipeline_tag") or None), name
        assert library == (record.get("library_name") or None), name
        assert sha
        assert sha == record.get("sha", sha)


def test_every_card_is_parsed_or_in_a_state_with_a_reason(corpus: Corpus) -> None:
    rows = ask(
        corpus.settings,
        "SELECT m.name, m.state, f.state, f.reason, f.parse_state, f.parse_reason, f.size_bytes "
        "FROM model m LEFT JOIN fetched_file f ON f.model_id = m.id AND f.path = 'README.md'",
    )
    by_name = {row[0]: row[1:] for row in rows}
    states: Counter[str] = Counter()
    for name, path in corpus.cards.items():
        state, file_state, reason, parse_state, parse_reason, size = by_name[name]
        gated = corpus.records.get(name, {}).get("gated")
        if gated:
            assert (file_state, size) == ("gated", None), name
            assert reason
            states["gated"] += 1
            continue
        assert (state, file_state) == ("present", "fetched"), name
        body = path.read_bytes()
        assert size == len(body)
        states[parse_state] += 1
        if parse_state in {"partial", "unparsable"}:
            assert parse_reason, name
        if not FRONT_MATTER.match(body):
            assert parse_state in {"empty", "partial"}, name
        elif parse_state == "empty":
            assert re.match(FRONT_MATTER.pattern + rb"\s*(?:\{\}\s*)?---", body), name
    assert sum(states.values()) == 1_925
    assert states["parsed"] > 1_600
    assert states["unparsable"] < 40


def test_declared_licenses_agree_with_the_records(corpus: Corpus) -> None:
    rows = ask(
        corpus.settings,
        "SELECT m.name, l.source, l.key FROM license_statement l "
        "JOIN model m ON m.id = l.model_id WHERE l.source IN ('declared', 'tag') "
        "ORDER BY l.position",
    )
    stored: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, source, key in rows:
        stored[name, source].append(key)
    chosen = dict(ask(corpus.settings, "SELECT name, license FROM model"))
    for name, record in corpus.records.items():
        declared = [key for key in texts(card_data(record).get("license")) if key.strip()]
        tags = tagged(record, "license:")
        assert stored[name, "declared"] == declared, name
        assert stored[name, "tag"] == tags, name
        first = next(iter(declared or tags), None)
        assert chosen[name] == (first.strip().lower() if first else None), name


def test_edges_agree_with_the_records(corpus: Corpus) -> None:
    rows = ask(
        corpus.settings,
        "SELECT m.name, e.source, e.parent, e.relation, p.name FROM model_edge e "
        "JOIN model m ON m.id = e.child_id LEFT JOIN model p ON p.id = e.parent_id",
    )
    stored: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, source, parent, relation, resolved in rows:
        stored[name, source].add(parent)
        if resolved is None:
            assert parent not in corpus.records
        else:
            assert resolved.lower() == parent.lower()
        assert relation in {"finetune", "adapter", "quantized", "merge", "distill", "unknown"}
    relations = ("finetune:", "adapter:", "quantized:", "merge:")
    for name, record in corpus.records.items():
        declared = {base.strip() for base in texts(card_data(record).get("base_model"))} - {""}
        plain = {base for base in declared if base.count("/") == 1 and "://" not in base}
        assert stored[name, "declared"] >= plain, name
        assert len(stored[name, "declared"]) <= len(declared), name
        tags = set()
        for text in tagged(record, "base_model:"):
            relation = next((each for each in relations if text.startswith(each)), "")
            tags.add(text.removeprefix(relation))
        assert stored[name, "tag"] == tags, name


def test_no_record_of_the_crawl_is_without_its_answer(corpus: Corpus) -> None:
    settings = corpus.settings
    assert one(settings, "SELECT count(*) FROM model WHERE answer_id IS NULL") == 0
    assert one(settings, "SELECT count(*) FROM fetched_file WHERE answer_id IS NULL") == 0
    assert ask(settings, "PRAGMA foreign_key_check") == []
    assert ask(settings, "SELECT kind, is_complete FROM sweep WHERE subject = 'model'") == [
        ("full", 1),
        ("light", 1),
    ]
