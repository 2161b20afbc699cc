"""``miner check`` beside other AI-BOM tools, text search, and one request a model.

``python -m tests.bench.check --repositories DIR --sources DIR --tools DIR``

``--repositories`` holds checkouts, one a folder; ``--sources`` large source trees, as sdists have
them; ``--tools``, outside the checkout of miner, gets cdxgen (npm) and cisco-aibom (PyPI) once.
Commands are run twice and the second time counts: the disk's cache is warm for all.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi

from tests.bench.page import machine, table, write_section
from tests.bench.process import ROOT, Outcome, measure, synthetic_hub

MB = 1e6
_MODELS = 30
_PATTERN = "from_pretrained|pipeline|huggingface|model"
_EACH = """
import sys, time
from huggingface_hub import HfApi
api = HfApi()
begun = time.perf_counter()
for name in sys.argv[1:]:
    api.model_info(name)
print(time.perf_counter() - begun)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    _install(options.tools.resolve())
    with tempfile.TemporaryDirectory() as scratch:
        text = "\n\n".join(
            [
                "## Checks",
                *_beside_tools(_folders(options.repositories), options.tools.resolve(), scratch),
                *_beside_search(_folders(options.sources), scratch),
                *_lookup(scratch),
                machine(),
                "`python -m tests.bench.check --repositories DIR --sources DIR --tools DIR`",
            ]
        )
    print(text)
    if not options.no_page:
        write_section("check", text)
    return 0


def _folders(folder: Path) -> list[Path]:
    return sorted(path.resolve() for path in folder.iterdir() if path.is_dir())


def _install(tools: Path) -> None:
    """Install the other tools where they are not there yet."""
    if not _cdxgen(tools).exists():
        (tools / "npm").mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "@cyclonedx/cdxgen"]
        subprocess.run(command, cwd=tools / "npm", check=True)
    if not _cisco(tools).exists():
        subprocess.run([sys.executable, "-I", "-m", "venv", tools / "cisco"], check=True)
        pip = [str(tools / "cisco" / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "cisco-aibom"], check=True)


def _cdxgen(tools: Path) -> Path:
    return tools / "npm" / "node_modules" / ".bin" / "cdxgen"


def _cisco(tools: Path) -> Path:
    return tools / "cisco" / "bin" / "cisco-aibom"


def _beside_tools(roots: list[Path], tools: Path, scratch: str) -> list[str]:
    """Compare the commands over all repositories, each tool in its form without network."""
    bom = Path(scratch) / "bom.json"
    environment = {"MINER_DATA_DIR": str(Path(scratch) / "none")}
    ways = {
        "`miner check --offline --bom cyclonedx`": [
            sys.executable, "-m", "miner", "check", "--offline", "--fail-on", "never",
            "--bom", "cyclonedx", "--out", str(bom), "ROOT",
        ],
        "`cdxgen -t ai`": [
            str(_cdxgen(tools)), "-t", "ai", "--no-install-deps", "-o", str(bom), "ROOT",
        ],
    }  # fmt: skip
    rows = []
    for way, command in ways.items():
        seconds, peak, models = 0.0, 0, 0
        for root in roots:
            bom.unlink(missing_ok=True)
            outcome = _twice([str(root) if word == "ROOT" else word for word in command],
                             environment)  # fmt: skip
            seconds, peak = seconds + outcome.seconds, max(peak, outcome.peak_bytes)
            models += _model_count(bom)
        found = f"{models:,}" if models else "none"
        rows.append([way, f"{seconds:.1f}", f"{peak / MB:,.0f}", found])
    cisco = subprocess.run(
        [_cisco(tools), "analyze", roots[0], "-o", "cyclonedx", "-O", bom],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    wording = (
        "asks for a language model"
        if "--llm-model" in cisco.stdout + cisco.stderr
        else "not compared"
    )
    rows.append(["`cisco-aibom analyze`", "", "", wording])
    return [
        f"AI-BOMs of {', '.join(root.name for root in roots)}: all together, start included.",
        table(["way", "seconds", "peak MB", "components that are models"], rows),
    ]


def _model_count(bom: Path) -> int:
    if not bom.exists():
        return 0
    components = json.loads(bom.read_bytes()).get("components", [])
    return sum(1 for one in components if one.get("type") == "machine-learning-model")


def _twice(command: list[str], environment: dict[str, str]) -> Outcome:
    """Run twice, whatever the exit codes say; the second time counts."""
    shell = ["bash", "-c", '"$@" 2> /dev/null || true', "bench", *command]
    measure(shell, environment)
    return measure(shell, environment)


def _beside_search(roots: list[Path], scratch: str) -> list[str]:
    rows = []
    search = ["rg", "--no-ignore", "-l"] if shutil.which("rg") else ["grep", "-rlIE"]
    environment = {"MINER_DATA_DIR": str(Path(scratch) / "none")}
    for root in roots:
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
        ways = {
            "`miner check --offline`": [sys.executable, "-m", "miner", "check", "--offline",
                                        "--fail-on", "never", "--format", "json", str(root)],
            "`miner scan`": [sys.executable, "-m", "miner", "scan", "--format", "jsonl", str(root)],
            f"`{search[0]}`, one pattern": [*search, "-e", _PATTERN, str(root)],
        }  # fmt: skip
        for way, command in ways.items():
            outcome = _twice(command, environment)
            rows.append(
                [f"{root.name}: {way}", f"{size / MB:,.1f}", f"{outcome.seconds:.1f}",
                 f"{size / MB / outcome.seconds:,.1f}", f"{outcome.peak_bytes / MB:,.0f}"]
            )  # fmt: skip
    return [
        "Large sources. MB is all of the tree, also what is not read (data, pictures).",
        table(["way", "MB", "seconds", "MB/s", "peak MB"], rows),
    ]


def _lookup(scratch: str) -> list[str]:
    """Compare a look-up by ``miner crawl --models`` with one ``model_info`` a model."""
    data = Path(scratch) / "data"
    with synthetic_hub(2_000) as hub:
        environment = {"HF_ENDPOINT": hub.endpoint, "MINER_DATA_DIR": str(data), "HF_TOKEN": ""}
        names = _names(hub.endpoint)
        each = float(measure([sys.executable, "-c", _EACH, *names], environment).last_line)
        project = Path(scratch) / "project"
        project.mkdir()
        loads = "".join(f'AutoModel.from_pretrained("{name}")\n' for name in names)
        (project / "app.py").write_text(f"from transformers import AutoModel\n{loads}")
        command = [sys.executable, "-m", "miner", "check", "--format", "json", "--refresh"]
        begun = time.perf_counter()
        done = subprocess.run(
            [*command, str(project)], env={**os.environ, **environment}, cwd=ROOT, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        whole = time.perf_counter() - begun
    (line,) = [one for one in done.stderr.splitlines() if "looked up" in one]
    words = line.partition("looked up ")[2].split()
    return [
        f"Look-up of {_MODELS} models of a synthetic hub on loopback; `miner` gets cards, bases up "
        "the chain and datasets too, and stores them.",
        table(
            ["way", "names", "requests", "seconds"],
            [
                ["`model_info` of huggingface_hub, one after the other", str(_MODELS),
                 str(_MODELS), f"{each:.2f}"],
                ["`miner check`, its look-up", words[0], words[3], words[6]],
                ["`miner check`, all of it", "", "", f"{whole:.1f}"],
            ],
        ),
    ]  # fmt: skip


def _names(endpoint: str) -> list[str]:
    found = HfApi(endpoint=endpoint).list_models(limit=_MODELS)
    return [model.id for model in found]


if __name__ == "__main__":
    sys.exit(main())
