"""Several extractors on the same labels, read from files, on cards small enough to be counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError, InvalidData
from tests.accuracy.field_job import FieldJob, score_job

CARD = "---\nlicense: mit\n---\n# own\n\nIt has 7 billion parameters.\n"


def value(field: str, text: object, quote: str, **keys: object) -> dict[str, Any]:
    return {"field": field, "value": text, "quote": quote, **keys}


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def job(tmp_path: Path) -> FieldJob:
    """Two cards that say the same; the labels of each hold its license and its size."""
    rows = []
    for name in ("own", "two"):
        (tmp_path / f"acme__{name}.md").write_text(CARD)
        fields = [
            {**value("license", "mit", "license: mit"), "confidence": "high"},
            {**value("parameter_count", 7_000_000_000, "7 billion"), "confidence": "high"},
        ]
        row = {"id": f"acme/{name}", "card": f"acme__{name}.md", "fields": fields, "absent": []}
        rows.append(row)
    return FieldJob(write_lines(tmp_path / "labels.jsonl", rows), tmp_path)


def predictions(job: FieldJob, name: str, rows: list[dict[str, Any]]) -> Path:
    return write_lines(job.cards / f"{name}.jsonl", rows)


def run(job: FieldJob, *files: Path, **keys: Any) -> Any:
    scored = score_job(FieldJob(job.labels, job.cards, predictions=files, **keys))
    return scored, {name: one.micro for name, one in scored.sides.results.items()}


def test_without_a_file_the_rules_are_scored(job: FieldJob) -> None:
    scored, micro = run(job)
    assert (micro["rules"].right, micro["rules"].wrong, micro["rules"].missed) == (4, 0, 0)
    assert scored.as_dict()["source"] == "rules"
    assert scored.as_dict()["micro"]["f1"] == 1.0


def test_a_file_names_its_values_by_model_or_by_card(job: FieldJob) -> None:
    file = predictions(
        job,
        "llm",
        [
            value("license", "mit", "license: mit", model="Acme/Own"),
            value("license", "mit", "license: mit", card="cards/acme__two.md"),
            value("license", "mit", "license: mit", model="acme/other"),
        ],
    )
    _, micro = run(job, file)
    assert (micro["llm"].right, micro["llm"].wrong, micro["llm"].missed) == (2, 0, 2)


def test_what_only_one_has_right(job: FieldJob) -> None:
    file = predictions(
        job,
        "llm",
        [
            value("parameter_count", "7B", "7 billion", model="acme/own"),
            value("license", "mit", "MIT License", model="acme/own"),  # words of no card
            value("license", "mit", "license: mit", model="acme/two"),
        ],
    )
    scored, micro = run(job, file, has_rules=True)
    assert list(micro) == ["rules", "llm"]
    assert (micro["llm"].right, micro["llm"].wrong, micro["llm"].missed) == (2, 1, 2)
    both = ("rules", "llm")
    assert scored.sides.counts() == {
        "license": {("rules",): 1, both: 1}, "parameter_count": {("rules",): 1, both: 1},
    }  # fmt: skip
    assert [(one.field, one.card, one.found_by) for one in scored.sides.differences()] == [
        ("license", "acme__own.md", ("rules",)), ("parameter_count", "acme__two.md", ("rules",)),
    ]  # fmt: skip
    shown = scored.as_dict()
    assert [one["source"] for one in shown["sources"]] == ["rules", "llm"]
    assert {"field": "license", "found_by": both, "values": 1} in shown["labelled_values_found_by"]


def test_a_card_without_a_line_was_not_read(job: FieldJob) -> None:
    file = predictions(job, "llm", [{"model": "acme/own"}])  # read, and nothing was found
    scored, micro = run(job, file, has_rules=True)
    assert scored.uncovered == {"rules": 0, "llm": 1}
    assert micro["llm"].missed == 4
    scored, micro = run(job, file, has_rules=True, is_covered_only=True)
    assert scored.uncovered == {"rules": 0, "llm": 0}
    assert (micro["llm"].missed, micro["rules"].right) == (2, 2)


def test_rejected_values_are_none(job: FieldJob) -> None:
    row = value("license", "gpl", "license: mit", model="acme/own")
    rejected = {**row, "state": "rejected"}
    not_stated = {**row, "state": "not-stated", "value": None}
    _, micro = run(job, predictions(job, "llm", [rejected, not_stated]))
    assert (micro["llm"].right, micro["llm"].wrong) == (0, 0)
    _, micro = run(job, predictions(job, "llm", [{**row, "state": "stated"}]))
    assert (micro["llm"].right, micro["llm"].wrong) == (0, 1)


def test_files_of_one_name_are_told_apart(job: FieldJob) -> None:
    line = [{"model": "acme/own"}]
    one = predictions(job, "rules", line)
    (job.cards / "more").mkdir()
    two = write_lines(job.cards / "more" / "llm.jsonl", line)
    three = predictions(job, "llm", line)
    _, micro = run(job, one, two, three, has_rules=True)
    assert list(micro) == ["rules", str(one), str(two), str(three)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"field": "license"}', r"llm.jsonl:1 names no model"),
        ("[]", r"llm.jsonl:1 names no model"),
        ('{"model": "acme/own", "field": "license", "value": ["mit"]}', "is no value"),
        ('{"model": "acme/own", "field": 1, "value": "mit"}', "is no value"),
        ('{"model": "acme/own", "field": "a", "value": 1, "start": "x"}', "start has to be"),
        ("{", "cannot read the predictions"),
        pytest.param("[" * 100_000, "cannot read the predictions", id="deep"),
    ],
)
def test_a_line_that_is_no_value_is_named(job: FieldJob, line: str, message: str) -> None:
    file = job.cards / "llm.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(InvalidData, match=message):
        run(job, file)


def test_files_of_other_cards_are_refused(job: FieldJob) -> None:
    file = predictions(job, "llm", [{"model": "acme/none"}])
    with pytest.raises(ConfigurationError, match=r"no line of .*llm.jsonl is of a labelled card"):
        run(job, file)
    one = predictions(job, "one", [{"model": "acme/own"}])
    two = predictions(job, "two", [{"model": "acme/two"}])
    with pytest.raises(ConfigurationError, match="no labelled card was read by every source"):
        run(job, one, two, is_covered_only=True)
