"""``miner license``: the commands as they are typed, and what they print."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from miner.cli.license import license as group
from miner.db import analytics
from miner.pipelines.derive.licenses.license_pairs import SKIPPED, judge_pairs, read_pairs
from miner.pipelines.derive.licenses.matrices import open_matrix
from miner.queries import loader, run
from miner.queries.pictures.file import draw
from tests.commands import run_miner

CASES = Path(__file__).parents[1] / "unit" / "derive" / "licenses" / "cases.csv"


def _run(*words: str) -> Result:
    return CliRunner().invoke(group, list(words), catch_exceptions=False)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _main(*words: str) -> subprocess.CompletedProcess[str]:
    """Run it as a user does; returns code, data and talk."""
    return run_miner("license", *words)


def test_cases_are_decided_as_csv() -> None:
    done = _main("decide", "--cases", str(CASES), "--format", "csv")
    rows = _rows(done.stdout)
    assert done.stdout.splitlines()[0] == "case_id,verdict,reason,severity,explanation"
    with CASES.open(encoding="utf-8", newline="") as stream:
        wanted = {row["case_id"]: row["verdict"] for row in csv.DictReader(stream)}
    assert {row["case_id"]: row["verdict"] for row in rows} == wanted
    assert [row["case_id"] for row in rows] == list(wanted)
    # two cases of the file cannot be read: they are unknown, told of, and the rest is there
    assert (done.returncode, "2 of" in done.stderr) == (13, True)


def test_detail_adds_clause_action_address_and_matrix(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "case_id,upstream_license,downstream_license,relation,verdict\n"
        "1,gemma,mit,finetune,consistent\n",
        encoding="utf-8-sig",
    )
    (row,) = _rows(_run("decide", "--cases", str(path), "--format", "csv", "--detail").stdout)
    assert row["verdict"] == "inconsistent"
    assert row["matrix"] == "miner"
    assert all(row[key] for key in ("clause", "action", "evidence_url", "matrix_version"))
    line = json.loads(_run("decide", "--cases", str(path), "--format", "jsonl").stdout)
    assert line["reasons"] == ["COMMUNITY_LICENSE_DROPPED"]
    assert "COMMUNITY_LICENSE_DROPPED" in _run("decide", "--cases", str(path)).stdout


def test_an_empty_file_of_cases_gives_the_head_alone(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("upstream_license,downstream_license,relation\n", encoding="utf-8")
    assert _run("decide", "--cases", str(path), "--format", "csv").stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "lacks the columns"),
        (b"\xff\xfe\x00", "cannot read"),
        (b"", "lacks the columns"),
        (b'upstream_license,downstream_license,relation\n"' + b"x" * 200_000, "cannot read"),
    ],
    ids=["columns", "bytes", "empty", "field"],
)
def test_a_bad_file_is_refused_without_traceback(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    done = _main("decide", "--cases", str(path), "--format", "csv")
    assert done.returncode == 13
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_matrix_or_relation_is_refused() -> None:
    done = _main("explain", "mit", "mit", "--matrix", "mine")
    assert (done.returncode, "peatmoss:FILE" in done.stderr) == (10, True)
    done = _main("explain", "mit", "mit", "--relation", "inspired")
    assert (done.returncode, "trained_on" in done.stderr) == (10, True)


@pytest.mark.parametrize("words", [("explain", "mit", "llama9"), ("facts", "llama9")])
def test_names_near_one_that_the_tables_lack_are_named(words: tuple[str, ...]) -> None:
    assert "the tables have no license llama9; near: llama" in _main(*words).stderr
    assert _main("explain", "mit", "").stderr == ""


def test_two_licenses_are_explained_by_two_matrices() -> None:
    shown = _run(
        "explain", "gpl-3.0", "mit", "--relation", "used_by", "--matrix", "miner",
        "--matrix", "osadl",
    ).stdout  # fmt: skip
    assert "USE_COPYLEFT_MODEL" in shown
    assert "MATRIX_NO" in shown
    found = json.loads(
        _run(
            "explain", "llama3.1", "llama3.1", "--downstream-name", "a/x", "--format", "json"
        ).stdout
    )
    assert (found["verdict"], found["reason"]) == ("inconsistent", "NAME_PREFIX_MISSING")


def test_facts_come_into_an_explanation() -> None:
    words = ["explain", "llama3.1", "mit", "--format", "json"]
    plain = json.loads(_run(*words).stdout)
    noted = json.loads(_run(*words, "--fact", "notice=Built with Llama").stdout)
    assert (plain["verdict"], noted["verdict"]) == ("inconsistent", "needs-review")


def test_facts_of_a_license_are_shown() -> None:
    assert "Built with Meta Llama 3" in _run("facts", "llama-3").stdout
    (fact,) = json.loads(_run("facts", "Apache 2", "--format", "json").stdout)
    assert (fact["license"], fact["spdx"]) == ("apache-2.0", "Apache-2.0")
    listed = _rows(_run("facts", "--format", "csv").stdout)
    assert len(listed) > 200
    done = _main("facts", "other")
    assert (done.returncode, "names no license" in done.stderr) == (10, True)


def test_pairs_are_judged_by_several_matrices(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("ptm_license,repo_license\nmit,mit\ngpl-3.0,mit\n", encoding="utf-8")
    words = ["pairs", str(path), "--matrix", "miner", "--matrix", "osadl"]
    both = json.loads(_run(*words, "--format", "json").stdout)
    assert [one["verdicts"] for one in both] == [
        {"consistent": 1, "needs-review": 1},
        {"consistent": 1, "inconsistent": 1},
    ]
    rows = _rows(_run(*words, "--format", "csv").stdout)
    assert [row["matrix"] for row in rows] == ["miner", "miner", "osadl", "osadl"]
    assert "USE_COPYLEFT_MODEL" in _run(*words).stdout


@pytest.fixture
def compat(shared_dir: Path) -> str:
    return f"peatmoss:{shared_dir / 'license' / 'compat.csv'}"


@pytest.mark.shared
def test_the_number_of_the_study_comes_out_to_the_digit(shared_dir: Path, compat: str) -> None:
    folder = shared_dir / "license"
    pairs = str(folder / "peatmoss-pairs.csv")
    (totals,) = json.loads(_run("pairs", pairs, "--matrix", compat, "--format", "json").stdout)
    assert (totals["pairs"], totals["skipped"], totals["covered"]) == (22_861, 387, 22_474)
    assert totals["verdicts"] == {"consistent": 11_782, "inconsistent": 54, "unknown": 10_638}
    assert f"{100 * totals['inconsistent_share']:.4f}" == "0.2403"

    rows = _rows(_run("pairs", pairs, "--matrix", compat, "--format", "csv").stdout)
    found = {
        (row["upstream_license"], row["downstream_license"], row["matrix_word"],
         str(int(row["is_identical"] == "True")), row["pairs"], row["share_of_covered_pct"])
        for row in rows
    }  # fmt: skip
    with (folder / "peatmoss-expected.csv").open(encoding="utf-8", newline="") as stream:
        wanted = {tuple(row.values()) for row in csv.DictReader(stream)}
    assert len(wanted) == 199
    assert found == wanted


@pytest.mark.shared
def test_the_query_and_the_picture_have_the_number_of_the_study(
    shared_dir: Path, compat: str
) -> None:
    counted = read_pairs(shared_dir / "license" / "peatmoss-pairs.csv")
    queries = loader.load()
    with analytics.open_empty() as connection:
        for line in judge_pairs(counted, open_matrix(compat)).lines:
            verdict = "unknown" if line.verdict == SKIPPED else line.verdict
            connection.execute(
                "INSERT INTO license_finding (relation, distance, upstream_license, "
                "downstream_license, verdict, reason) "
                "SELECT 'used_by', 1, ?, ?, ?, ? FROM range(?)",
                [line.upstream, line.downstream, verdict, line.reason, line.pairs],
            )
        result = run.run_query(queries["peatmoss/license_share"], {}, connection)
        (share,) = (dict(zip(result.columns, row, strict=True)) for row in result.rows())
        assert (share["judged"], share["inconsistent"]) == (22_474, 54)
        assert share["inconsistent_share"] == 0.002403
        stream = io.BytesIO()
        draw(queries["peatmoss/license_pairs"], {"top": "1000"}, connection, stream, "svg")
    bands = re.findall(r"part: (\w+); [^\"]*value: ([\d.]+)\"", stream.getvalue().decode())
    drawn = Counter[str]()
    for verdict, pairs in bands:
        drawn[verdict] += int(pairs)
    assert drawn == {"consistent": 11_782, "inconsistent": 54, "unknown": 10_638 + 387}


@pytest.mark.shared
def test_the_policy_reviews_what_the_study_could_not_see(shared_dir: Path, compat: str) -> None:
    pairs = str(shared_dir / "license" / "peatmoss-pairs.csv")
    words = ["pairs", pairs, "--matrix", compat, "--matrix", "miner", "--format", "json"]
    study, policy = json.loads(_run(*words).stdout)
    assert policy["pairs"] == study["pairs"]
    assert 800 <= policy["verdicts"]["needs-review"] <= 950
    assert "inconsistent" not in policy["verdicts"]
    assert policy["unknown_share"] < study["unknown_share"]
