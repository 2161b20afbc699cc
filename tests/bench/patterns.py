"""Every regular expression against strings made to slow it: ``python -m tests.bench.patterns``.

Prints a table of the slowest patterns, or with ``--json`` all of them for the test.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence

from tests.patterns import collect, measure, of_square

LENGTHS = (1_000, 3_000, 10_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all patterns and print what took longest, in seconds of the processor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds a string")
    parser.add_argument("--top", type=int, default=15)
    options = parser.parse_args(arguments)
    patterns, open_places = collect()
    lengths = LENGTHS[::2] if options.json else LENGTHS
    measured = [measure(found, lengths, options.limit) for found in patterns]
    if options.json:
        items = [dataclasses.asdict(one) for one in measured]
        answer = {"open": open_places, "patterns": items, "of_square": of_square()}
        json.dump(answer, sys.stdout)
        return 0
    print(f"{len(measured)} patterns; slowest, seconds of the processor a string\n")
    print("| characters | slowest | over 0.5 s | place |\n|---|---|---|---|")
    for length in lengths:
        worst = max(measured, key=lambda one: one.seconds[length])
        over = sum(one.seconds[length] >= 0.5 for one in measured)
        print(f"| {length:,} | {worst.seconds[length]:.3f} | {over} | {worst.place} |")
    print()
    for one in sorted(measured, key=lambda one: -one.seconds[lengths[-1]])[: options.top]:
        times = " ".join(f"{one.seconds[length]:.3f}" for length in lengths)
        print(f"{times}  {one.place}  {one.pattern[:70]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
