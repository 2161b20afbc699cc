"""The hosted workflows: what they are allowed, and what their steps do when they are run here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from miner.cli.demo import SAMPLE
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import serving

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yml")
}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    """Return the steps of a job that run something."""
    return [step for step in WORKFLOWS[workflow]["jobs"][job]["steps"] if "run" in step]


def run(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does, in a folder, with nothing of this process's but its path."""
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder, env=path | env, capture_output=True, text=True, check=False,
    )  # fmt: skip


def expanded(text: str, values: dict[str, str]) -> str:
    """Return a value of ``env`` with the expressions that the test knows put in."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], text)


@pytest.mark.parametrize("workflow", sorted(WORKFLOWS))
def test_a_workflow_has_few_rights_and_pins_what_it_uses(workflow: str) -> None:
    text = (FOLDER / f"{workflow}.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.+)", text)
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []
    assert WORKFLOWS[workflow]["permissions"] == {"contents": "read"}
    for name, job in WORKFLOWS[workflow]["jobs"].items():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{name}: values come in as variables"
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            syntax = ["bash", "-n", "-c", step.get("run", "")]
            assert subprocess.run(syntax, check=False).returncode == 0


def test_only_what_publishes_may_write_and_a_person_approves_it() -> None:
    jobs = {**WORKFLOWS["release"]["jobs"], **WORKFLOWS["data"]["jobs"]}
    writing = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in jobs.items()
        if "permissions" in job
    }
    assert writing == {
        "wheel": {"id-token", "attestations"},
        "image": {"packages", "id-token", "attestations"},
        "page": {"contents"},
        "snapshot": {"contents", "id-token", "attestations"},
    }
    assert {name: job.get("environment") for name, job in jobs.items() if "environment" in job} == {
        "wheel": "pypi",
        "snapshot": "data",
    }
    assert all(jobs[name]["needs"] for name in writing)


@pytest.mark.parametrize(
    ("tag", "heading", "problem"),
    [
        ("v1.2.0", "## 1.2.0 (2026-12-31)", ""),
        ("v1.2.1", "## 1.2.0 (2026-12-31)", "the tag is v1.2.1, the version 1.2.0"),
        ("v1.2.0", "## 1.2.0 (unreleased)", "CHANGELOG.md has no date for 1.2.0"),
        ("v1.2.0", "## 1x2.0 (2026-12-31)", "CHANGELOG.md has no date for 1.2.0"),
    ],
)
def test_a_release_needs_tag_version_and_date_that_agree(
    tag: str, heading: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "miner"\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n")
    done = run(steps("release", "build")[0]["run"], tmp_path, {"GITHUB_REF_NAME": tag})
    assert (done.returncode == 0) == (not problem)
    assert done.stdout.strip() == problem


@pytest.mark.slow
def test_a_dry_run_of_the_data_goes_from_the_hub_to_the_door(tmp_path: Path) -> None:
    """Every step but the installation, against a replay of the sample; nothing leaves."""
    dataset = tmp_path / "published"
    values = {
        "github.workspace": str(tmp_path), "vars.MINER_DATASET": str(dataset),
        "vars.MINER_SINCE || '2026-01'": "2026-08", "vars.MINER_MIN_DOWNLOADS || '1000'": "50",
        "vars.MINER_CONTACT": "https://miner.example/removal", "inputs.dry_run && '1' || ''": "1",
        "secrets.HF_TOKEN": "", "secrets.HF_WRITE_TOKEN": "", "secrets.MINER_SIGN_KEY": "",
        "github.token": "", "github.repository": "owner/name",
    }  # fmt: skip
    variables = tmp_path / "github-env"
    printed = ""
    with serving(load_catalog([SAMPLE])) as server:
        base = {
            "HF_ENDPOINT": server.endpoint, "RUNNER_TEMP": str(tmp_path), "HOME": str(tmp_path),
            "GITHUB_ENV": str(variables), "MINER_CONFIG": str(tmp_path / "none.toml"),
        }  # fmt: skip
        for job in ("crawl", "snapshot"):
            declared = WORKFLOWS["data"]["env"] | WORKFLOWS["data"]["jobs"][job]["env"]
            for step in steps("data", job):
                if step["name"] == "Install":
                    continue
                env = declared | step.get("env", {})
                env = base | {key: expanded(text, values) for key, text in env.items()}
                if variables.exists():
                    env |= dict(line.split("=", 1) for line in variables.read_text().splitlines())
                done = run(step["run"], tmp_path, env)
                assert done.returncode == 0, (step["name"], done.stdout, done.stderr)
                printed += done.stdout
    assert re.search(r"^state=finished models_read=\d+", printed, re.MULTILINE)
    (release,) = re.findall(r"^would run: gh release create (data-\S+) .*", printed, re.MULTILINE)
    assert f"{release}/manifest.json" in printed
    assert f"{release}/model.parquet" in printed
    assert "not signed: no MINER_SIGN_KEY" in printed
    assert not dataset.exists()
