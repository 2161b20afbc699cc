"""Which parts of a listing are read for the full records of some models."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from miner.pipelines.crawl.changed import cheapest, within

NEWEST = datetime.fromisoformat("2026-01-01")


def wanted(places: list[int], total: int, undated: int = 0) -> pl.DataFrame:
    """Models at these places of a listing by date of change, newest first, a minute apart."""
    times: list[datetime | None] = [NEWEST - timedelta(minutes=place) for place in places]
    return pl.DataFrame(
        {
            "name": [*(str(place) for place in places), *(f"x{n}" for n in range(undated))],
            "last_modified_at": [*times, *[None] * undated],
            "newer": [*places, *[total] * undated],
            "older": [*(total - 1 - place for place in places), *[total] * undated],
        },
        schema_overrides={"last_modified_at": pl.Datetime("us")},
    )


def read(places: list[int], total: int, undated: int = 0) -> list[tuple[bool, set[str]]]:
    """Direction, and how many models are read from pages, of each sweep."""
    models = wanted(places, total, undated)
    return [(plan.ascending, within(plan, models)) for plan in cheapest(models)]


def names(places: list[int]) -> set[str]:
    return {str(place) for place in places}


HEAD, END, SPREAD = list(range(600)), list(range(9_000, 10_000)), list(range(0, 10_000, 500))


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], []),
        (SPREAD, []),  # twenty records for ten pages: each is asked for by its name
        (HEAD[:20], []),
        (HEAD[:21], [(False, names(HEAD[:21]))]),
        (HEAD, [(False, names(HEAD))]),
        (END, [(True, names(END))]),
        ([*HEAD, *END], [(False, names(HEAD)), (True, names(END))]),
        # one old model among many new ones does not make all pages be read
        ([*HEAD, 5_000, 9_999], [(False, names(HEAD))]),
        # those in the middle on their own, those at both sides by pages
        ([*HEAD, 5_000, *END], [(False, names(HEAD)), (True, names(END))]),
    ],
    ids=["none", "spread", "few", "enough", "head", "end", "both", "old-one", "middle"],
)
def test_what_is_cheapest(places: list[int], expected: list[tuple[bool, set[str]]]) -> None:
    assert read(places, 10_000) == expected


@pytest.mark.parametrize("step", [2, 3, 20])
def test_what_stands_on_every_page_is_read_from_one_side_only(step: int) -> None:
    places = list(range(0, 10_000, step))
    assert read(places, 10_000) == [(False, names(places))]


def test_those_without_a_date_stand_behind_all_pages() -> None:
    assert read(HEAD, 10_000, undated=3) == [(False, names(HEAD))]
    [(ascending, found)] = read(HEAD, 10_000, undated=300)
    assert (ascending, len(found)) == (False, 900)
    assert read([], 3_000_000, undated=1000) == []


def test_sweeps_do_not_meet() -> None:
    """What is read from both sides is not read twice, however the two overlap."""
    for total in (900, 1_500, 2_500):
        sides = [found for _, found in read(list(range(total)), total)]
        assert sum(map(len, sides)) == len(set().union(*sides)) == total
