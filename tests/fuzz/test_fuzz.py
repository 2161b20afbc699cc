"""A brief `make fuzz`: every reader on its corpus, and on the same inputs each time."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz import planted
from tests.fuzz.mutate import Mutator
from tests.fuzz.run import CORPUS, MEMORY_BYTES, SECONDS, Job, fuzz, seeds_of
from tests.fuzz.targets import TARGETS

BRIEF_SECONDS = 2.0
"""By the clock, of each target: less than a minute for all."""


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_stops_or_hangs_a_reader(name: str, tmp_path: Path) -> None:
    seeds = seeds_of(name)
    report = fuzz(Job(name, TARGETS[name], seeds), 1_000_000, tmp_path, BRIEF_SECONDS)
    assert report.crashes == {}, report.first
    assert report.inputs > len(seeds) > 0
    assert report.slowest < SECONDS
    assert report.peak < MEMORY_BYTES


def test_every_corpus_is_one_of_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


def test_the_same_chance_makes_the_same_inputs() -> None:
    for name in TARGETS:
        seeds = seeds_of(name)
        one, other = Mutator(seeds), Mutator(seeds)
        made = [one.input(Random(number)) for number in range(50)]
        assert made == [other.input(Random(number)) for number in range(50)]
        assert len(set(made)) > 40


def test_what_is_looked_for_is_found_and_the_rest_goes_on(tmp_path: Path) -> None:
    kinds = (b"raises", b"refuses", b"claims", b"burns", b"eats", b"dies", b"leaves", b"fine")
    report = fuzz(Job("planted", planted.reader, kinds), len(kinds), tmp_path)
    assert report.inputs == len(kinds)
    assert set(report.crashes.values()) == {1}
    assert sorted(place.partition(" at planted.py:")[0] for place in report.crashes) == [
        "AssertionError", "KeyError", "MemoryError", "ended its process by SIGSEGV",
        "ended its process with 7", "over 5 s of processor time",
    ]  # fmt: skip
    first = {path.read_bytes() for path in report.first.values()}
    assert first == set(kinds) - {b"refuses", b"fine"}
