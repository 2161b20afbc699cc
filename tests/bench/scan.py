"""The scanner against plain text search, against parsing, and against PeaTMOSS's way.

``python -m tests.bench.scan --folder DIR [--scalpel PYTHON]`` where DIR holds checkouts of
repositories, one a folder. All ways read the same files, one after the other in one run, each
in a process of its own, the second time of two (so that the disk's cache is warm for all).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from miner.pipelines.scan import prefilter
from tests.bench.page import machine, table, write_section
from tests.bench.process import ROOT, Outcome, measure

MB = 1e6
_SCAN = """
import json, sys, time
from pathlib import Path
from miner.pipelines.scan.file_kinds import is_wanted
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.signatures import libraries
from miner.pipelines.scan.source_files import from_folder
libraries()
total = [0, 0, 0]
begun = time.perf_counter()
for root in sys.argv[1:]:
    result = scan(file for file in from_folder(Path(root), is_wanted)
                  if not {suffix!r} or file.path.endswith({suffix!r}))
    total[0] += result.byte_count
    total[1] += result.file_count
    total[2] += len(result.sites)
print(json.dumps(dict(seconds=time.perf_counter() - begun, bytes=total[0], files=total[1],
                      sites=total[2])))
"""
_PARSE = """
import ast, json, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)
sources = [path.read_bytes() for root in sys.argv[1:] for path in Path(root).rglob("*.py")
           if path.is_file() and not path.is_symlink()]
begun = time.perf_counter()
for source in sources:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        pass
print(json.dumps(dict(seconds=time.perf_counter() - begun, bytes=sum(map(len, sources)))))
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--scalpel", help="an interpreter that has python-scalpel")
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    roots = sorted(str(path.resolve()) for path in options.folder.iterdir() if path.is_dir())
    text = _report(options.folder, roots, options.scalpel)
    print(text)
    if not options.no_page:
        write_section("scan", text)
    return 0


def _report(folder: Path, roots: list[str], scalpel: str | None) -> str:
    everything = _run([sys.executable, "-c", _SCAN.format(suffix=""), *roots])
    python = _run([sys.executable, "-c", _SCAN.format(suffix=".py"), *roots])
    parse = _run([sys.executable, "-c", _PARSE, *roots])
    rows = [
        _row("miner scan, all text", everything, None),
        _row("miner scan, Python alone", python, python),
        _row("`ast.parse` of every .py", parse, python),
    ]
    if scalpel:
        way = str(ROOT / "tests" / "bench" / "scalpel_way.py")
        rows.append(
            _row("PeaTMOSS's way (Scalpel, once)", _run([scalpel, way, str(folder)]), python)
        )
    if shutil.which("rg"):
        rows.append(_search(roots, everything))
    pair = _in_processes(roots)
    largest = max(_one_by_one(roots), key=lambda item: item[1].peak_bytes)
    return "\n\n".join(
        [
            "## Scanning repositories",
            f"{len(roots)} repositories, {everything[0]['files']:,} files of interest, "
            f"{everything[0]['bytes'] / MB:,.0f} MB of text; {everything[0]['sites']:,} sites, "
            "mentions and unresolved loads included. Times are those of one process and leave out "
            "the start of the interpreter.",
            table(["way", "MB", "seconds", "MB/s", "miner on Python is faster by"], rows),
            f"Two processes, repositories dealt out: {pair:.2f} times as fast as one. The largest "
            f"worker: {Path(largest[0]).name}, {largest[1].peak_bytes / 2**20:,.0f} MiB resident.",
            f"{machine()}",
            "`python -m tests.bench.scan --folder CHECKOUTS --scalpel PYTHON`",
        ]
    )


def _run(command: Sequence[str]) -> tuple[dict[str, float], Outcome]:
    """Run twice; the second time counts."""
    measure(command, {})
    outcome = measure(command, {})
    return json.loads(outcome.output), outcome


def _row(
    name: str,
    measured: tuple[dict[str, float], Outcome],
    python: tuple[dict[str, float], Outcome] | None,
) -> list[str]:
    found, _ = measured
    rate = found["bytes"] / MB / found["seconds"]
    ratio = ""
    if python is not None and python is not measured:
        ratio = f"{python[0]['bytes'] / MB / python[0]['seconds'] / rate:.1f}"
    return [name, f"{found['bytes'] / MB:,.1f}", f"{found['seconds']:.2f}", f"{rate:,.1f}", ratio]


def _search(roots: list[str], everything: tuple[dict[str, float], Outcome]) -> list[str]:
    outcome = measure(["rg", "--no-ignore", "-l", "-e", prefilter.python_pattern(), *roots], {})
    size = everything[0]["bytes"] / MB
    rate = size / outcome.seconds
    return [
        "`rg` with the same alternation",
        f"{size:,.1f}",
        f"{outcome.seconds:.2f}",
        f"{rate:,.1f}",
        "",
    ]


def _in_processes(roots: list[str]) -> float:
    """Return how much faster two processes are than one."""
    command = [sys.executable, "-m", "miner", "scan", "--format", "jsonl", *roots]
    one = measure(command, {}).seconds
    return one / measure([*command, "--executor", "processes:2"], {}).seconds


def _one_by_one(roots: list[str]) -> list[tuple[str, Outcome]]:
    return [
        (root, measure([sys.executable, "-c", _SCAN.format(suffix=""), root], {})) for root in roots
    ]


if __name__ == "__main__":
    sys.exit(main())
