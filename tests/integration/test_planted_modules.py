"""Nothing that lies in the working directory is run: it may be a stranger's checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from miner.pipelines.executors import Done, open_executor
from tests import work
from tests.checking import write_project
from tests.dask_cluster import cluster

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
    "venv", "pip", "ensurepip", "miner", "multiprocessing", "runpy", "json", "signal", "dask",
    "distributed", "subprocess", "encodings",
)  # fmt: skip
PLANT = """import os
with open(os.environ["PLANTED"], "a") as file:
    file.write(__name__ + "\\n")
raise SystemExit("planted")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a module for everything that a command of Python may ask for by name."""
    folder = write_project(tmp_path / "checkout", "acme/encoder")
    for name in MODULES:
        (folder / f"{name}.py").write_text(PLANT, encoding="utf-8")
        (folder / name).mkdir()
        for part in ("__init__", "__main__"):
            (folder / name / f"{part}.py").write_text(PLANT, encoding="utf-8")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    foreign = ("MINER_", "PYTHONSAFEPATH", "HF_", "GITHUB_")
    own = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    return {
        **own, "PLANTED": str(tmp_path / "planted"), "HOME": str(tmp_path),
        "MINER_DATA_DIR": str(tmp_path / "data"), "RUNNER_TEMP": str(tmp_path),
    }  # fmt: skip


def _run(
    command: list[str], checkout: Path, environment: dict[str, str], code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    planted = Path(environment["PLANTED"])
    assert not planted.exists(), planted.read_text(encoding="utf-8")
    assert done.returncode == code, done.stderr
    return done


def _miner() -> str:
    return str(Path(sys.executable).with_name("miner"))


def test_what_is_planted_runs_where_nothing_holds_it_back(
    checkout: Path, environment: dict[str, str]
) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "x"], cwd=checkout, env=environment, check=False,
        capture_output=True,
    )  # fmt: skip
    assert "venv" in Path(environment["PLANTED"]).read_text(encoding="utf-8")


def test_workers_of_a_scan_take_no_module_of_the_checkout(
    checkout: Path, environment: dict[str, str]
) -> None:
    command = [_miner(), "scan", ".", "--executor", "processes:1", "--format", "jsonl"]
    done = _run(command, checkout, environment)
    assert '"acme/encoder"' in done.stdout


@pytest.mark.soak
def test_a_demo_takes_no_module_of_the_checkout(
    checkout: Path, environment: dict[str, str]
) -> None:
    _run([_miner(), "demo"], checkout, environment)


def _wheel(path: Path) -> Path:
    """The smallest thing that pip installs without building and without network."""
    info = "planted_test-1.0.dist-info"
    with zipfile.ZipFile(path / "planted_test-1.0-py3-none-any.whl", "w") as file:
        file.writestr("planted_test.py", "")
        file.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: planted-test\nVersion: 1.0\n"
        )
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\n"
                      "Tag: py3-none-any\n")  # fmt: skip
        file.writestr(f"{info}/RECORD", "")
    return Path(str(file.filename))


def test_the_action_installs_outside_the_checkout_and_takes_nothing_from_it(
    checkout: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    install, check = action["runs"]["steps"][:2]
    assert install["working-directory"] == "${{ runner.temp }}"
    assert check["run"].startswith("export PYTHONSAFEPATH=1\n")
    variables = {"MINER_PYTHON": sys.executable, "MINER_SOURCE": str(_wheel(tmp_path))}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", install["run"]]
    _run(script, checkout, environment | variables)  # in the checkout, too, nothing of it is run
    (installed,) = tmp_path.glob("miner/lib/python*/site-packages/planted_test.py")
    assert installed.is_file()


def test_every_module_that_our_scripts_run_is_looked_for_in_isolation() -> None:
    """``-m`` alone looks in the working directory first; own modules are run from their tree."""
    own = ("miner.", "tests.")
    for name in ("action.yml", "Dockerfile", "Makefile", ".ci/run", ".pre-commit-hooks.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")  # whole commands
        for line in text.splitlines():
            words = line.split()
            for place, word in enumerate(words[:-1]):
                if word != "-m" or words[place + 1].startswith(own):
                    continue
                if any(before.rstrip('"').endswith("pytest") for before in words[:place]):
                    continue  # its own option, which chooses tests by their markers
                if "realpath" not in words[place - 1]:
                    assert words[place - 1] == "-I", (name, line)


@pytest.mark.soak
def test_workers_of_dask_take_no_module_where_the_image_runs_them(
    checkout: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image sets one variable; with it workers join from a folder of planted modules."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^ENV .*\bPYTHONSAFEPATH=1$", dockerfile, re.MULTILINE)
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setenv("PLANTED", environment["PLANTED"])
    with (
        cluster(checkout, workers=1) as made,
        open_executor(f"dask://{made.address}") as executor,
    ):
        (done,) = executor.map(work.square, [[3]])
    assert isinstance(done, Done)
    assert done.result == [9]
    assert not Path(environment["PLANTED"]).exists()
