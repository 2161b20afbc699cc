"""`python -m tests.fuzz`: inputs without end for every reader, and a table of what came of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.run import CORPUS, Job, Report, failure, fuzz, seeds_of
from tests.fuzz.targets import TARGETS

HEAD = "| target | inputs | crashes | slowest (s) | peak memory (MB) |\n|---|---:|---:|---:|---:|"


def main() -> int:
    """Run targets one after the other; exit code 1 if one of them failed on anything."""
    options = _arguments()
    if options.input:
        return _one(options.target or [options.input.parent.name], options.input)
    print(HEAD, flush=True)
    reports = []
    for name in options.target or TARGETS:
        job = Job(name, TARGETS[name], seeds_of(name, (CORPUS, *options.also)), options.seed)
        reports.append(fuzz(job, options.inputs, options.out, options.seconds))
        print(row(reports[-1]), flush=True)
    for report in reports:
        for place, count in report.crashes.items():
            print(f"{report.target}: {count:,} x {place}; first: {report.first[place]}")
    return int(any(report.crashes for report in reports))


def row(report: Report) -> str:
    """Return a report as a row of the table."""
    return (
        f"| {report.target} | {report.inputs:,} | {sum(report.crashes.values()):,} "
        f"| {report.slowest:.2f} | {report.peak / 1e6:.0f} |"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs a target")
    parser.add_argument("--seconds", type=float, help="by the clock, a target")
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this; repeatable")
    parser.add_argument("--seed", type=int, default=0, help="of chance: another one, other inputs")
    parser.add_argument(
        "--also", type=Path, action="append", default=[], metavar="FOLDER",
        help="further seeds: a folder with one folder a target, named as it is",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path("build/fuzz"), help="for inputs that a target failed on"
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="one input; shows what it does")
    return parser.parse_args()


def _one(targets: list[str], path: Path) -> int:
    for name in targets:
        found = failure(TARGETS[name], path.read_bytes())
        print(f"{name}: {found or 'no failure'}")
        TARGETS[name](path.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
