"""The workflow and the hook of docs/check.md, and action.yml, step by step as a runner goes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from tests.bom_validators import cyclonedx_1_7_errors, sarif_errors
from tests.checking import write_project
from tests.commands import run_miner
from tests.crawling import FOREIGN, card, record

ROOT = Path(__file__).resolve().parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
_EXPRESSION = re.compile(r"\$\{\{ ([^}]*) \}\}")


def _block(word: str) -> Any:
    """Return the YAML block of the guide that has this key."""
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    blocks = map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S))
    (found,) = (block for block in blocks if word in block)
    return found


@dataclass
class Runner:
    """Runs the job of the guide in a folder; what a runner gives as expressions is given here.

    Attributes:
        folder: Holds the checkout ``project`` and the runner's temporary folder ``temp``.
        event: Name of the event.
        is_fork: Whether a pull request comes from a fork.
        variables: Environment of all steps.
        uploaded: SARIF files that were handed to code scanning.
        status: The first code that was not 0.
        messages: What the steps said.
    """

    folder: Path
    event: str
    is_fork: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)
    status: int = 0
    messages: str = ""

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def run(self, **more: str) -> int:
        """Run all steps, the action with more inputs; return the first code that is not 0."""
        for step in _block("jobs")["jobs"]["check"]["steps"]:
            action = step["uses"].partition("@")[0]
            if action == "OWNER/miner":
                self._action({**step["with"], **more})
            elif action.startswith("github/codeql-action/") and self._holds(step["if"], {}):
                self.uploaded.append(step["with"]["sarif_file"])
        return self.status

    def _action(self, chosen: dict[str, Any]) -> None:
        inputs = {key: self._text(one["default"], {}) for key, one in ACTION["inputs"].items()}
        assert set(chosen) <= set(inputs)
        for key, value in chosen.items():
            inputs[key] = str(value).lower() if isinstance(value, bool) else str(value)
        for step in ACTION["runs"]["steps"][1:]:  # the first installs what is here already
            if self._holds(step.get("if", ""), inputs):
                self.step(step, inputs)

    def step(self, step: dict[str, Any], inputs: dict[str, str]) -> None:
        """Run one script."""
        environment = {key: self._text(value, inputs) for key, value in step["env"].items()}
        where = self._text(step.get("working-directory", str(self.project)), inputs)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**self.variables, **environment}, cwd=where, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        self.status = self.status or done.returncode
        assert done.returncode in {0, 14}, done.stderr
        self.messages += done.stderr

    def _text(self, text: str, inputs: dict[str, str]) -> str:
        return _EXPRESSION.sub(lambda found: str(self._value(found[1], inputs)), text)

    def _holds(self, condition: str, inputs: dict[str, str]) -> bool:
        terms = [term.strip() for term in condition.split("&&") if term.strip()]
        return all(map(bool, (self._term(term, inputs) for term in terms))) and (
            "always()" in terms or not self.status
        )

    def _term(self, term: str, inputs: dict[str, str]) -> object:
        left, equals, right = term.partition(" == ")
        if equals:
            return self._value(left, inputs) == right.strip("'")
        return not self._value(term[1:], inputs) if term[0] == "!" else self._value(term, inputs)

    def _value(self, name: str, inputs: dict[str, str]) -> object:
        is_request = self.event == "pull_request"
        known: dict[str, object] = {
            "always()": True,
            "github.repository": "acme/product",
            "github.event_name": self.event,
            "github.event.pull_request.number": 7 if is_request else "",
            "github.event.pull_request.head.repo.fork": is_request and self.is_fork,
            "github.token": "of-the-job",
            "runner.temp": str(self.folder / "temp"),
            **{f"inputs.{key}": value for key, value in inputs.items()},
        }
        return known[name]


@pytest.fixture(scope="module")
def hub() -> Iterator[ReplayServer]:
    """A base under a community license, and a model of it that says MIT."""
    catalog = Catalog()
    for number, (name, key, base) in enumerate(
        [("big/llama-like", "llama3.1", None), ("lab/tuned", "mit", "big/llama-like")]
    ):
        data = {"license": key} | ({"base_model": base} if base else {})
        catalog.models.put(record(number, id=name, cardData=data, tags=["pytorch"]))
        catalog.put_card(name, card(name, key))
    with serving(catalog) as server:
        yield server


@pytest.fixture
def runner(hub: ReplayServer, tmp_path: Path) -> Runner:
    for folder in ("temp/miner/bin", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    _program(tmp_path / "temp/miner/bin/miner", f'exec "{sys.executable}" -m miner "$@"\n')
    _program(
        tmp_path / "bin/gh",
        'echo "$*" >> "$GH_LOG"\ncase "$*" in *--paginate*) cat "$GH_EARLIER" ;; esac\n',
    )
    for name in ("gh.log", "earlier"):
        (tmp_path / name).touch()
    write_project(tmp_path / "project", "lab/tuned")
    kept = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    return Runner(tmp_path, "push", variables={
        **kept,
        "PATH": f"{tmp_path / 'bin'}:{kept['PATH']}",
        "GH_LOG": str(tmp_path / "gh.log"),
        "GH_EARLIER": str(tmp_path / "earlier"),
        "HF_ENDPOINT": hub.endpoint,
        "MINER_DATA_DIR": str(tmp_path / "data"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    })  # fmt: skip


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/bash\n{script}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _summary(runner: Runner) -> str:
    return (runner.folder / "summary.md").read_text(encoding="utf-8")


def _asked_of_github(runner: Runner) -> list[str]:
    return (runner.folder / "gh.log").read_text(encoding="utf-8").splitlines()


def test_a_pull_request_gets_one_comment_and_passes_by_policy(
    runner: Runner, duckdb_file: Path
) -> None:
    runner.event = "pull_request"
    (runner.project / "miner.toml").write_text('[policy.states]\ninconsistent = "warn"\n')
    runner.variables["HF_ENDPOINT"] = "http://127.0.0.1:9"  # with data nobody is asked
    assert runner.run(data=str(duckdb_file)) == 0
    assert runner.uploaded == ["miner-check.sarif"]
    listed, posted = _asked_of_github(runner)
    assert listed.startswith("api --paginate repos/acme/product/issues/7/comments --jq ")
    assert "--method POST repos/acme/product/issues/7/comments" in posted
    body = (runner.folder / "temp" / "miner-comment.md").read_text(encoding="utf-8")
    assert body.startswith("<!-- miner check -->\n# Models used by acme/product")
    assert "Passes with warnings" in body
    (runner.folder / "earlier").write_text("41\n43\n")
    runner.step(ACTION["runs"]["steps"][-1], {})
    assert "--method PATCH repos/acme/product/issues/comments/41 " in _asked_of_github(runner)[-1]


def test_a_pull_request_from_a_fork_is_gated_without_a_token_that_writes(runner: Runner) -> None:
    runner.event, runner.is_fork = "pull_request", True
    assert runner.run() == 14
    assert "# Models used by acme/product\n\n**❌ Fails**" in _summary(runner)
    assert "COMMUNITY_LICENSE_DROPPED" in _summary(runner)
    sarif = (runner.project / "miner-check.sarif").read_text(encoding="utf-8")
    bom = (runner.project / "ai-bom.json").read_text(encoding="utf-8")
    assert '"specVersion": "1.7"' in bom
    assert (sarif_errors(sarif), cyclonedx_1_7_errors(bom)) == ([], [])
    assert (runner.uploaded, _asked_of_github(runner)) == ([], [])
    assert "looked up 2 names with " in runner.messages


def test_no_text_of_others_becomes_part_of_a_script_and_all_is_pinned() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        used = {value for value in step["env"].values() if "inputs." in value}
        assert all(value[len("${{ inputs.") : -len(" }}")] in ACTION["inputs"] for value in used)
    assert all(one["description"] for one in ACTION["inputs"].values())
    workflow = _block("jobs")
    assert "pull_request_target" not in workflow[True]  # YAML reads the key "on" so
    assert "secrets." not in yaml.safe_dump([workflow, ACTION])
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {
        "contents": "read", "security-events": "write", "pull-requests": "write",
    }  # fmt: skip
    assert not any("run" in step for step in job["steps"])
    own = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert own["permissions"] == {"contents": "read"}
    for step in (*job["steps"], *own["jobs"]["test"]["steps"]):
        name, _, pin = step.get("uses", f"@{'0' * 40}").partition("@")
        assert re.fullmatch("[0-9a-f]{40}", pin) or (name, pin) == ("OWNER/miner", "REVISION")


def test_the_hook_stops_a_commit(duckdb_file: Path, tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    ((asked,),) = (repo["hooks"] for repo in _block("repos")["repos"])
    assert (asked["id"], hook["pass_filenames"], hook["always_run"]) == (hook["id"], False, True)
    write_project(tmp_path / "p", "lab/tuned")
    shutil.copy(duckdb_file, tmp_path / "p" / "miner.duckdb")
    program, *words = shlex.split(hook["entry"])
    home = {"PATH": "/usr/bin:/bin", "MINER_DATA_DIR": str(tmp_path / "none")}
    done = run_miner(*words, *asked["args"], cwd=tmp_path / "p", env=home)
    assert (program, done.returncode) == ("miner", 14), done.stderr
    assert "lab/tuned" in done.stdout
