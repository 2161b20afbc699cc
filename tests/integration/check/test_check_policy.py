"""The policy of a project: what fails, waivers and conclusions, through the command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from miner.cli import main
from miner.errors import ConfigurationError
from miner.pipelines.check.policy_file import read_policy, schema
from tests.checking import write_project

Checked = tuple[int, dict[str, Any], str]


@pytest.fixture
def check(
    duckdb_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Checked]:
    """Check a project of some models by a policy: code, JSON, stderr."""
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")  # 2026-09-21

    def checked(
        models: str, policy: str = "", *words: str, file: str = "miner.toml", own: str = ""
    ) -> Checked:
        project = tmp_path / "p"
        if not project.exists():
            write_project(project, *models.split(), **({"license_text": own} if own else {}))
        if policy:
            with (project / file).open("a", encoding="utf-8") as stream:
                stream.write(policy)
        with pytest.raises(SystemExit) as end:
            main(["check", str(project), "--duckdb", str(duckdb_file), "--format", "json", *words])
        shown = capsys.readouterr()
        report = json.loads(shown.out) if shown.out else {}
        return int(end.value.code or 0), report, shown.err

    return checked


def _codes(report: dict[str, Any], level: str) -> set[tuple[str, str]]:
    items = report["gate"]["items"]
    return {(one["subject"], one["code"]) for one in items if one["level"] == level}


@pytest.mark.parametrize(("model", "code", "state"), [
    ("odd/choice", 0, "pass"), ("lab/tuned", 14, "fail"), ("odd/silent", 14, "fail"),
    ("shop/rail", 0, "warn"), ("odd/vague", 0, "warn"),
])  # fmt: skip
def test_the_defaults_fail_on_inconsistent_and_unlicensed(
    model: str, code: int, state: str, check: Callable[..., Checked]
) -> None:
    ended, report, err = check(model)
    assert (ended, report["gate"]["state"]) == (code, state)
    assert ("the default policy" in err) == (code == 14)


WAIVER = """
[[policy.waiver]]
model = "lab/tuned"
finding = "COMMUNITY_LICENSE_DROPPED"
reason = "a license was bought"
who = "legal@acme"
expires = {day}
"""


@pytest.mark.parametrize(("models", "policy", "code", "found"), [
    ("free/for-study", "commercial = true", 14, ("free/for-study", "NON_COMMERCIAL_MODEL")),
    ("free/for-study", "commercial = false", 0, None),
    ("lab/tuned", 'states = { inconsistent = "warn" }', 0,
     ("lab/tuned", "COMMUNITY_LICENSE_DROPPED")),
    ("shop/rail", 'deny = ["RAIL"]', 14, ("shop/rail", "LICENSE_DENIED")),
    ("shop/rail", 'review = ["RAIL"]', 0, ("shop/rail", "LICENSE_TO_REVIEW")),
    ("shop/rail", 'allow = ["permissive", "rail"]', 0, None),
    ("shop/rail", 'allow = ["permissive"]', 14, ("shop/rail", "LICENSE_NOT_ALLOWED")),
    ("odd/choice", 'allow = ["Apache-2.0"]', 0, None),
    ("odd/choice", 'deny = ["MIT"]', 0, None),
    ("odd/two", 'deny = ["MIT"]', 14, ("odd/two", "LICENSE_DENIED")),
    ("odd/gpl", 'deny = ["copyleft"]', 14, ("odd/gpl", "LICENSE_DENIED")),
    ("lab/again", 'deny = ["community"]', 14, ("lab/again", "LICENSE_DENIED")),
    ("free/for-study", 'deny = ["non-commercial"]', 14, ("free/for-study", "LICENSE_DENIED")),
    ("odd/silent", 'deny = ["none"]\nstates = { unlicensed = "ignore" }', 14,
     ("odd/silent", "LICENSE_DENIED")),
    ("odd/silent", 'allow = ["none"]', 0, None),
    ("odd/vague", 'states = { unknown = "fail" }', 14, ("odd/vague", "OTHER_UNRESOLVED")),
    ("odd/choice", 'states = { unpinned = "fail" }', 14, ("odd/choice", "REVISION_UNPINNED")),
])  # fmt: skip
def test_the_policy_alone_decides(
    models: str,
    policy: str,
    code: int,
    found: tuple[str, str] | None,
    check: Callable[..., Checked],
) -> None:
    ended, report, err = check(models, f"[policy]\n{policy}\n")
    assert ended == code, report["gate"]
    level = "fail" if code else "warn"
    if found:
        assert found in _codes(report, level)
    else:
        assert report["gate"]["state"] == "pass"
    assert ("failed by the policy" in err) == (code == 14)
    assert check(models, "", "--fail-on", "never")[0] == 0


@pytest.mark.parametrize(("day", "code", "words"), [
    ("2026-09-21", 0, "a license was bought (legal@acme, until 2026-09-21)"),
    ('"2027-01-31"', 0, "until 2027-01-31"),
    ("2026-09-20", 14, "expired on 2026-09-20"),
])  # fmt: skip
def test_a_waiver_holds_until_its_day(
    day: str, code: int, words: str, check: Callable[..., Checked]
) -> None:
    ended, report, _ = check("lab/tuned", WAIVER.format(day=day))
    assert ended == code
    assert words in json.dumps(report["gate"])
    waived = ("lab/tuned", "COMMUNITY_LICENSE_DROPPED")
    assert (waived in _codes(report, "waived")) == (code == 0)
    assert (waived in _codes(report, "fail")) == (code == 14)
    assert (("lab/tuned", "WAIVER_EXPIRED") in _codes(report, "fail")) == (code == 14)
    (model,) = report["models"]
    assert model["verdict"] == "inconsistent"  # what was found stays
    assert check("", "", "--fail-on", "inconsistent")[0] == code


def test_a_waiver_that_matches_nothing_is_reported(check: Callable[..., Checked]) -> None:
    ended, report, _ = check("odd/choice", WAIVER.format(day="2027-01-01"))
    assert ended == 0
    assert _codes(report, "warn") == {("lab/tuned", "WAIVER_UNUSED")}


CONCLUSION = """
[[tool.miner.policy.conclusion]]
model = "{model}"
license = "{license}"
reason = "the owner wrote so"
who = "dev@acme"
"""


@pytest.mark.parametrize(("model", "license_text", "code", "verdict"), [
    ("odd/silent", "Apache-2.0", 0, "consistent"),
    ("odd/vague", "MIT OR Apache-2.0", 0, "consistent"),
    ("nobody/knows", "MIT", 0, "consistent"),
    ("odd/choice", "CC-BY-NC-4.0", 0, "needs-review"),
])  # fmt: skip
def test_a_conclusion_replaces_what_was_read(
    model: str, license_text: str, code: int, verdict: str, check: Callable[..., Checked]
) -> None:
    before = check(model)[1]["models"][0]
    policy = CONCLUSION.format(model=model, license=license_text)
    ended, report, _ = check(model, policy, file="pyproject.toml")
    (found,) = report["models"]
    assert (ended, found["verdict"]) == (code, verdict)
    assert found["terms"] == before["terms"]  # what it declares is what it declares
    assert found["is_concluded"]
    assert found["concluded"]["expression"] == license_text
    assert (
        "Concluded by the project (dev@acme): the owner wrote so" in found["concluded"]["comment"]
    )
    assert report["settings_files"][0].endswith("pyproject.toml")


def test_a_conclusion_on_a_model_not_used_is_reported(check: Callable[..., Checked]) -> None:
    policy = CONCLUSION.format(model="lab/tuned", license="MIT")
    ended, report, _ = check("odd/choice", policy, file="pyproject.toml")
    assert [one["name"] for one in report["models"]] == ["odd/choice"]
    assert (ended, _codes(report, "warn")) == (0, {("lab/tuned", "CONCLUSION_UNUSED")})


@pytest.mark.parametrize(("text", "line", "says", "near"), [
    ('[policy]\ncommercial = true\nalow = ["mit"]', 3, "no setting 'alow'", "did you mean allow?"),
    ('[policy]\nallow = [\n  "mit",\n  "apachee-2.0",\n]', 4, "'apachee-2.0' is no license",
     "apache-2.0"),
    ('[policy]\ncontext = "hostd"', 2, "context must be one of", "did you mean hosted?"),
    ('[policy]\ncommercial = "yes"', 2, "true or false", ""),
    ('[policy.states]\ngated = "warn"\nunknwon = "fail"', 3, "no setting 'unknwon'", "unknown?"),
    ('[policy.states]\nunknown = "fial"', 2, "one of fail, warn, ignore", "fail?"),
    (WAIVER.format(day="2027-01-01") + WAIVER.format(day="soon"), 0, "cannot be read", ""),
    (WAIVER.format(day="2027-01-01") + WAIVER.format(day='"soon"'), 14, "a day, as", ""),
    (WAIVER.format(day="2027-01-01").replace("_DROPPED", "_DROPED"), 4, "no finding is called",
     "COMMUNITY_LICENSE_DROPPED?"),
    (WAIVER.format(day="2027-01-01").replace("who", "whom"), 6, "no setting 'whom'", "who?"),
    ('[[policy.waiver]]\nmodel = "a/b"\n', 1, "needs finding", "add finding"),
    ('[[policy.conclusion]]\nmodel = "a/b"\nlicense = "my own"\nreason = "x"', 3,
     "'my own' is no license", ""),
    ('policy = "strict"', 0, "policy must be a table", ""),
])  # fmt: skip
def test_a_typo_is_named_with_its_line_and_the_nearest_word(
    text: str, line: int, says: str, near: str, check: Callable[..., Checked]
) -> None:
    ended, report, err = check("odd/choice", text + "\n")
    assert (ended, report) == (10, {})
    assert says in err
    assert near in err
    assert (f"miner.toml:{line}: " in err) == bool(line), err
    assert "Traceback" not in err
    assert check("", "", "--no-project-file")[0] == 0


@pytest.mark.parametrize("table", [
    {}, {"context": "hosted", "commercial": True, "allow": ["MIT", "none"]},
    {"states": {"gone": "fail"}}, {"states": {"gone": 1}}, {"allow": "MIT"}, {"deny": [1]},
    {"waiver": [{}]}, {"waiver": {}}, {"contxt": "hosted"}, {"commercial": 1}, {"states": []},
    {"conclusion": [{"model": "a/b", "license": "MIT", "reason": "x"}]},
])  # fmt: skip
def test_the_schema_and_the_reader_agree(table: dict[str, Any]) -> None:
    is_valid = validator_for(schema(), validate_formats=True).is_valid(table)
    try:
        read_policy(Path("miner.toml"), table, "")
    except ConfigurationError:
        assert not is_valid
    else:
        assert is_valid


def test_code_without_a_known_license_leaves_the_models_terms_judged(
    check: Callable[..., Checked],
) -> None:
    _, report, _ = check("odd/choice free/for-study shop/rail", own='description = "x"')
    verdicts = {one["name"]: one["verdict"] for one in report["models"]}
    assert verdicts == {
        "odd/choice": "consistent", "free/for-study": "needs-review", "shop/rail": "needs-review",
    }  # fmt: skip
    assert "for the project's own license is open" in json.dumps(report["models"])


@pytest.mark.parametrize(("context", "kinds"), [
    ("distributed", {"display", "attribution"}), ("hosted", {"display"}), ("internal", set()),
])  # fmt: skip
def test_duties_follow_the_context(
    context: str, kinds: set[str], check: Callable[..., Checked]
) -> None:
    _, report, _ = check("lab/again", f'[policy]\ncontext = "{context}"\n')
    found = {one["kind"] for one in report["models"][0]["obligations"]}
    assert found & {"display", "attribution"} == kinds


@pytest.mark.parametrize(("model", "code"), [("lab/tuned", 14), ("odd/choice", 0)])
@pytest.mark.parametrize("format_name", ["table", "json"])
def test_a_reader_that_goes_away_leaves_the_exit_code(
    model: str, code: int, format_name: str, duckdb_file: Path, tmp_path: Path
) -> None:
    write_project(tmp_path / "p", model)
    options = ["--duckdb", str(duckdb_file), *([] if format_name == "table" else ["--format=json"])]
    with subprocess.Popen(
        [sys.executable, "-m", "miner", "check", "p", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, text=True,
    ) as running:  # fmt: skip
        assert running.stdout
        running.stdout.close()
        assert running.stderr
        err = running.stderr.read()
    assert running.returncode == code, err
    assert not {"bug", "Traceback", "BrokenPipe"} & set(re.findall(r"\w+", err))
