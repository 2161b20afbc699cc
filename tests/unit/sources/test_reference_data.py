"""All records, cards and configs of the reference data are read, and every place is exact."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from miner.pipelines.sources.hubs.huggingface.records import read_dataset, read_light, read_model
from miner.pipelines.sources.hubs.listing_pages import decode_page
from miner.pipelines.sources.records.card import decode, read_card
from miner.pipelines.sources.records.config import read_config
from miner.pipelines.sources.records.front_matter import read_front_matter
from miner.pipelines.sources.records.statements import clean_name
from tests.unit.sources.strategies import assert_storable

pytestmark = pytest.mark.shared

EXPECTED = {"yes": "parsed", "no": "empty", "malformed": "unparsable"}
EXPLAINED = {
    # the index was made with a YAML reader that refuses a tab before or inside a value where
    # the YAML specification allows it as white space
    "Madhour/gpt2-eli5": "parsed",
    "bullmount/it_nerIta_trf": "parsed",
    "malteklaes/based-CodeBERTa-language-id-llm-module_uniVienna": "parsed",
    # there is a block, and nothing in it: {}
    "cambridgeltl/sst_mobilebert-uncased": "empty",
}


@pytest.fixture(scope="module")
def corpus(shared_dir: Path) -> Path:
    return shared_dir / "hub-corpus"


def test_all_records_are_read(corpus: Path) -> None:
    lines = (corpus / "models.jsonl").read_bytes().splitlines()
    page = decode_page(b"[" + b",".join(lines) + b"]")
    assert page.is_whole
    assert page.problems == []
    assert len(page.records) == len(lines)
    states: Counter[object] = Counter()
    for position, record in page.records:
        facts = read_model(record, position)
        assert_storable(facts)
        states[facts.values["parse_state"]] += 1
        assert read_light(record).name == facts.name == read_dataset(record).name
        assert isinstance(record, dict)
        assert (facts.values["created_at"] is None) == (not record.get("createdAt"))
    assert states == {"parsed": len(lines)}


def test_a_record_written_in_another_order_has_the_same_digest(corpus: Path) -> None:
    with (corpus / "models.jsonl").open("rb") as lines:
        for line, _ in zip(lines, range(1000), strict=False):
            record = json.loads(line)
            turned = dict(reversed(record.items()))
            assert read_model(record).digest == read_model(turned).digest


def test_all_cards_are_read_and_the_states_are_those_of_the_index(corpus: Path) -> None:
    with (corpus / "cards_index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    differences = {}
    for row in rows:
        text, _ = decode((corpus / "cards" / row["file"]).read_bytes())
        state = read_front_matter(text).state
        if state != EXPECTED[row["front_matter"]]:
            differences[row["id"]] = state
    assert rows
    assert differences == EXPLAINED


@pytest.mark.parametrize("folder", ["cards", "card-bodies", "cards-other", "dataset-cards"])
def test_every_place_in_every_card_is_exact(corpus: Path, folder: str) -> None:
    files = sorted((corpus / folder).glob("*.md"))
    assert files
    for file in files:
        body = file.read_bytes()
        text, _ = decode(body)
        facts = read_card(body, "b" * 40, file.stem)
        assert_storable(facts)
        stated = facts.statements
        places = [
            *((edge.parent, edge.span) for edge in stated.edges),
            *((use.dataset, use.span) for use in stated.datasets),
            *((paper.arxiv_id, paper.span) for paper in stated.papers),
            *((license_.key, license_.span) for license_ in stated.licenses),
        ]
        for value, span in places:
            assert span is not None, (file.name, value)
            quote = text[span.start : span.end]
            assert value in {quote, clean_name(quote, "datasets"), quote.lower()}, file.name


def test_all_configs_are_read(corpus: Path) -> None:
    files = sorted((corpus / "configs").glob("*.json"))
    assert files
    for file in files:
        facts = read_config(file.read_bytes())
        assert (facts.state, facts.reason) == ("parsed", ""), file.name
        assert_storable(facts)
        if not file.name.endswith(".hf_quant_config.json"):
            assert facts.values["model_type"], file.name
            assert facts.values["context_length"], file.name
