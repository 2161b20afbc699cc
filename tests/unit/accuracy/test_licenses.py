"""Scores of verdicts on licenses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.errors import InvalidData
from miner.pipelines.derive.licenses.matrices import open_matrix
from tests.accuracy.license_report import licenses
from tests.accuracy.license_scores import evaluate_licenses, read_license_labels

HEAD = "case_id,upstream_license,downstream_license,relation,verdict,reason\n"
LABELS = HEAD + (
    "right,cc-by-nc-4.0,mit,finetuned_from,inconsistent,NC_DROPPED\n"
    "reason,cc-by-nc-4.0,mit,finetuned_from,inconsistent,ND_DERIVED\n"
    "rare,mit,mit,finetuned_from,consistent,RARE\n"
    "again,mit,mit,copied_from,consistent,NC_DROPPED\n"
    "through,mit,apache-2.0,finetuned_from,inconsistent,ND_DERIVED\n"
    "harsh,llama3,mit,finetuned_from,needs-review,\n"
)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(LABELS, encoding="utf-8")
    return path


def test_verdicts_and_reasons_are_counted(labels: Path) -> None:
    result = evaluate_licenses(read_license_labels(labels), open_matrix("miner"))
    assert (result.cases, result.right, result.accuracy) == (6, 4, 4 / 6)
    assert result.let_through == 1
    inconsistent = result.by_verdict["inconsistent"]
    assert (inconsistent.right, inconsistent.wrong, inconsistent.missed) == (2, 1, 1)
    assert (inconsistent.precision, inconsistent.recall) == (2 / 3, 2 / 3)
    # scored are reasons of verdicts that are right, whose code stands twice: three of them
    assert (result.reasons_right, result.reasons_scored) == (1, 3)
    missed = {miss.case_id: miss.is_verdict for miss in result.misses}
    assert missed == {"reason": False, "again": False, "through": True, "harsh": True}
    assert result.by_relation["copied_from"].right == 1
    assert result.confusion["needs-review", "inconsistent"] == 1


def test_the_macro_score_is_over_the_verdicts_that_occur(labels: Path) -> None:
    result = evaluate_licenses(read_license_labels(labels), open_matrix("miner"))
    scores = [one.f1 for one in result.by_verdict.values()]
    assert scores.count(None) == 1  # nothing is unknown, and nothing was called so
    assert result.macro_f1() == pytest.approx(sum(one or 0 for one in scores) / 3)


def test_it_is_printed_as_a_table_and_as_json(labels: Path) -> None:
    table = CliRunner().invoke(licenses, ["--labels", str(labels)])
    assert table.exit_code == 0
    assert "4 of 6" in table.output
    assert "through" in table.output
    as_json = CliRunner().invoke(licenses, ["--labels", str(labels), "--format", "json"])
    assert '"inconsistent_called_consistent": 1' in as_json.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case_id,verdict\n1,consistent\n", "lacks the columns"),
        (HEAD + "1,mit,mit,finetune,maybe,\n", "'maybe'"),
    ],
)
def test_bad_labels_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData, match=message):
        read_license_labels(path)


def test_no_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(HEAD, encoding="utf-8")
    result = CliRunner().invoke(licenses, ["--labels", str(path)])
    assert isinstance(result.exception, InvalidData)


@pytest.mark.shared
def test_the_labelled_cases_are_decided_well(shared_dir: Path) -> None:
    labelled = read_license_labels(shared_dir / "license" / "cases-dev.csv")
    result = evaluate_licenses(labelled, open_matrix("miner"))
    inconsistent = result.by_verdict["inconsistent"]
    assert result.accuracy is not None
    assert result.accuracy >= 0.92
    assert inconsistent.precision is not None
    assert inconsistent.precision >= 0.95
    assert inconsistent.recall is not None
    assert inconsistent.recall >= 0.95
    assert result.let_through == 0
