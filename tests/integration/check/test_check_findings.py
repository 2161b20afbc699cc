"""What a check finds in a store that has one model for each way it can go."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.db.lookup import open_lookup
from miner.pipelines.check.check_project import CheckTerms, check_place
from miner.pipelines.check.knowledge import NoKnowledge
from miner.pipelines.check.report import CheckReport, ModelReport
from miner.pipelines.derive.licenses.matrices import open_matrix
from miner.pipelines.scan.target import ScanTarget
from tests.checking import SHELF, write_project

MATRIX = CheckTerms(open_matrix("miner"))


@pytest.fixture(scope="module")
def report(duckdb_file: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    project = write_project(
        tmp_path_factory.mktemp("all") / "all", *SHELF.models, "nobody/knows", "encoder-base",
        "LAB/Sold",
    )  # fmt: skip
    with open_lookup(duckdb_file) as knowledge:
        return check_place(ScanTarget(project), knowledge, MATRIX)


@pytest.fixture(autouse=True)
def _no_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))


def _of(report: CheckReport, name: str) -> ModelReport:
    (found,) = [model for model in report.models if model.resolved == name]
    return found


@pytest.mark.parametrize(
    ("model", "verdict", "reason", "chain"),
    [
        ("lab/tuned", "inconsistent", "COMMUNITY_LICENSE_DROPPED",
         ("big/llama-like", "lab/tuned", "all")),
        ("lab/again", "inconsistent", "COMMUNITY_LICENSE_DROPPED",
         ("big/llama-like", "lab/tuned", "lab/again", "all")),
        ("lab/sold", "inconsistent", "NC_DROPPED", ("free/for-study", "lab/sold", "all")),
        ("shop/on-nc", "inconsistent", "NC_DATASET", ("acme/study-only", "shop/on-nc", "all")),
        ("acme/encoder", "needs-review", "SA_DATASET", ("acme/pages", "acme/encoder", "all")),
        ("shop/rail", "needs-review", "USE_RAIL_MODEL", ("shop/rail", "all")),
        ("free/for-study", "needs-review", "USE_NC_MODEL", ("free/for-study", "all")),
        ("odd/twice", "needs-review", "CARD_FILE_CONFLICT", ("odd/twice", "all")),
        ("odd/vague", "unknown", "OTHER_UNRESOLVED", ("odd/vague", "all")),
        ("odd/named", "unknown", "NOT_COMPARED", ("odd/named", "all")),
        ("odd/silent", "unknown", "MODEL_UNLICENSED", ("odd/silent", "all")),
        ("odd/beside", "unknown", "NOT_READ", ("odd/beside", "all")),
        ("odd/unread", "unknown", "NOT_READ", ("odd/unread", "all")),
        ("odd/orphan", "unknown", "BASE_NOT_HELD", ("gone/base", "odd/orphan", "all")),
        ("nobody/knows", "unknown", "NOT_HELD", ("nobody/knows", "all")),
        ("odd/choice", "consistent", "DUAL_CHOICE", ("odd/choice", "all")),
    ],
)  # fmt: skip
def test_the_worst_finding_of_a_model_names_its_chain(
    report: CheckReport, model: str, verdict: str, reason: str, chain: tuple[str, ...]
) -> None:
    found = _of(report, model)
    first = found.findings[0]
    assert (found.verdict, first.verdict) == (verdict, verdict)
    assert (first.reason, first.chain) == (reason, chain)


def test_nothing_that_is_not_known_is_consistent(report: CheckReport) -> None:
    for model in report.models:
        if model.verdict == "consistent":
            assert model.is_held
            assert model.terms.state == "stated"
            assert all(base.terms.state == "stated" for base in model.bases)


def test_without_any_data_every_model_is_unknown(tmp_path: Path) -> None:
    project = write_project(tmp_path / "p", "acme/encoder", "odd/choice")
    report = check_place(ScanTarget(project), NoKnowledge(), MATRIX)
    assert report.counts == {"inconsistent": 0, "needs-review": 0, "unknown": 2, "consistent": 0}
    assert {model.findings[0].reason for model in report.models} == {"NOT_HELD"}
    assert report.verdict == "unknown"
    assert "--data" in report.notes[0]


def test_a_project_without_models_is_consistent(tmp_path: Path) -> None:
    report = check_place(ScanTarget(write_project(tmp_path / "p")), NoKnowledge(), MATRIX)
    assert (report.models, report.verdict) == ((), "consistent")


def test_merged_parents_that_exclude_each_other_are_found(report: CheckReport) -> None:
    found = _of(report, "mix/merged").findings
    (conflict,) = [one for one in found if one.reason == "MERGE_CONFLICT"]
    assert conflict.chain[0] == "free/for-study + mix/sa"
    assert {one.relation for one in found if one.chain[0].startswith("mix/sa")} == {"merge"}


def test_models_that_are_their_own_base_end(report: CheckReport) -> None:
    ring = _of(report, "ring/first-one")
    assert [base.name for base in ring.bases] == ["ring/second-one", "ring/first-one"]
    assert ring.verdict == "consistent"


def test_other_names_of_a_model_are_one_model(report: CheckReport) -> None:
    encoder, sold = _of(report, "acme/encoder"), _of(report, "lab/sold")
    assert len(encoder.sites) == 2
    assert len(sold.sites) == 2
    assert sold.name == "lab/sold"


def test_places_are_those_of_the_source(report: CheckReport) -> None:
    names = list(SHELF.models)
    for number, name in enumerate(names, start=3):
        assert f"app.py:{number}" in {site.place for site in _of(report, name).sites}


@pytest.mark.parametrize(
    ("model", "expression", "word"),
    [
        ("odd/choice", "MIT OR Apache-2.0", ""),
        ("acme/encoder", "Apache-2.0", "to be reviewed"),
        ("lab/sold", "Apache-2.0 AND CC-BY-NC-4.0", "still hold"),
        ("odd/orphan", None, "gone/base"),
        ("odd/two", None, "not how they relate"),
        ("odd/vague", None, "which license"),
        ("odd/unread", None, "not read"),
        ("nobody/knows", None, "is not in the data"),
    ],
)
def test_what_is_concluded_and_why(
    report: CheckReport, model: str, expression: str | None, word: str
) -> None:
    concluded = _of(report, model).concluded
    assert concluded.expression == expression
    assert word in concluded.comment
    assert bool(word) == bool(concluded.comment)


def test_terms_of_a_base_reach_who_loads_its_derivative(report: CheckReport) -> None:
    again = _of(report, "lab/again")
    duties = {(one.license, one.kind): one for one in again.obligations}
    assert duties["llama3.1", "display"].when == "distribute"
    assert duties["llama3.1", "display"].origin == "big/llama-like"
    assert "Llama" in duties["llama3.1", "name-prefix"].text
    assert duties["llama3.1", "use-restrictions"].clause
    assert again.commercial_use == "conditional"
    assert _of(report, "lab/sold").commercial_use == "no"
    assert _of(report, "odd/orphan").commercial_use == "unknown"
    assert _of(report, "odd/choice").commercial_use == "yes"


def test_who_has_to_act_is_said(report: CheckReport) -> None:
    assert _of(report, "lab/again").findings[0].action.startswith("The publisher of lab/tuned:")
    assert "publisher" not in _of(report, "shop/rail").findings[0].action


def test_unread_data_are_counted_and_named_once(report: CheckReport) -> None:
    (finding,) = [
        one for one in _of(report, "odd/orphan").findings if one.reason == "DATA_NOT_HELD"
    ]
    assert "2 datasets" in finding.explanation
    assert "gone/data, x" in finding.explanation


def test_weights_in_the_project_leave_open_what_is_shipped(
    duckdb_file: Path, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "p", "shop/rail")
    (project / "model.safetensors").write_bytes(b"\0" * 10)
    with open_lookup(duckdb_file) as knowledge:
        report = check_place(ScanTarget(project), knowledge, MATRIX)
    assert report.weight_files == ("model.safetensors",)
    assert any("look like weights" in note for note in report.notes)


def test_another_matrix_can_be_asked(duckdb_file: Path, tmp_path: Path) -> None:
    project = write_project(tmp_path / "p", "odd/gpl", license_text='license = "MIT"')
    with open_lookup(duckdb_file) as knowledge:
        report = check_place(ScanTarget(project), knowledge, CheckTerms(open_matrix("osadl")))
    assert report.matrix == "osadl"
    assert _of(report, "odd/gpl").findings[0].matrix == "osadl"
    assert _of(report, "odd/gpl").verdict != "consistent"


def test_a_project_that_states_two_licenses_hears_of_it(tmp_path: Path) -> None:
    project = write_project(tmp_path / "p")
    (project / "README.md").write_text("# P\n\n## License\n\nGPL-3.0\n", encoding="utf-8")
    report = check_place(ScanTarget(project), NoKnowledge(), MATRIX)
    (found,) = report.findings
    assert found.finding.verdict == "needs-review"
    assert (found.path, found.line) == ("README.md", 5)
    assert report.verdict == "needs-review"


def test_downloads_that_look_like_no_model_are_left_out(tmp_path: Path) -> None:
    project = write_project(tmp_path / "p")
    (project / "ci.yml").write_text(
        "steps:\n"
        "  - run: curl -Lo ./kit https://tools.example/v1/kit-linux-amd64\n"
        '  - run: wget "$KIT"\n'
        '  - run: huggingface-cli download "$MODEL"\n',
        encoding="utf-8",
    )
    report = check_place(ScanTarget(project), NoKnowledge(), MATRIX)
    assert [site.line for site in report.unresolved] == [4]
