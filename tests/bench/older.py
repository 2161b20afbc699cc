"""An older commit beside this one: crawl, export, snapshot build, seed from a snapshot.

``python -m tests.bench.older --miner OLDER/.venv/bin/miner`` takes both through the same synthetic
Hub in turn, each stage a process of its own. What is compared is the processor time of all threads,
the median of the rounds: it hangs less on what else runs than the seconds of the clock do.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.filled import environment
from tests.bench.hub import CRAWL, MINER
from tests.bench.page import PAGE, machine, table, write_section
from tests.bench.process import Outcome, measure, synthetic_hub

SNAPSHOT = "data-2026.11.0"
_MIB = 2**20


def take(command: Sequence[str], endpoint: str) -> dict[str, Outcome]:
    """Take one version of ``miner`` through every stage.

    Raises:
        RuntimeError: A stage failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        first, second = (Path(folder) / name for name in ("first", "second"))
        here, seeded = (
            {**environment(place), "HF_ENDPOINT": endpoint} for place in (first, second)
        )
        snapshot = str(Path(folder) / SNAPSHOT)
        crawl = [*command, *CRAWL, "--no-github"]
        return {
            "crawl": measure(crawl, here),
            "export": measure([*command, "export"], here),
            "snapshot build": measure([*command, "snapshot", "build", "--out", snapshot], here),
            "seed from a snapshot": measure([*crawl, "--seed", snapshot], seeded),
        }


def render(rounds: Sequence[tuple[dict[str, Outcome], ...]], size: int, command: str) -> str:
    """Return the section of the page of measurements."""
    head = ["stage", "older, CPU s", "now, CPU s", "now by older", "older MiB", "now MiB"]
    rows = []
    for stage in rounds[0][0]:
        older, now = ([one[version][stage] for one in rounds] for version in (0, 1))
        seconds = [statistics.median(one.cpu_seconds for one in of) for of in (older, now)]
        peaks = [max(one.peak_bytes for one in of) / _MIB for of in (older, now)]
        rows.append(
            [stage, *(f"{one:,.1f}" for one in seconds), f"{seconds[1] / seconds[0]:.2f}",
             *(f"{one:,.0f}" for one in peaks)]
        )  # fmt: skip
    return (
        "## Beside an older commit\n\n"
        f"A synthetic Hub of {size:,} models; median processor time of {len(rounds)} rounds, in "
        f"turn.\n\n{table(head, rows)}\n\n{machine()}\n\n`{command}`"
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="An older commit beside this one")
    parser.add_argument("--miner", required=True, help="the older commit's command")
    parser.add_argument("--size", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", type=Path, default=PAGE, help="page that the table goes into")
    options = parser.parse_args(arguments)
    rounds = []
    with synthetic_hub(options.size) as hub:
        for number in range(options.rounds):
            print(f"round {number + 1}", file=sys.stderr, flush=True)
            rounds.append(
                tuple(take(command, hub.endpoint) for command in ([options.miner], MINER))
            )
    size = str(options.size)
    text = render(
        rounds, options.size,
        shlex.join(["python", "-m", "tests.bench.older", "--miner", "OLDER", "--size", size]),
    )  # fmt: skip
    print(text)
    write_section("older", text, options.page)


if __name__ == "__main__":
    main()
