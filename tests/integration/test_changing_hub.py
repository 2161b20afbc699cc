"""Sweeps of a Hub that changes: every planted change is found and dated, and nothing else.

The answers are read where a user reads them: in the exported DuckDB file, by the shipped
questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.hubs.protocol import Window
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import macros
from miner.settings import Settings
from tests.crawling import build, crawl, created, name, record, settings_for, window

FIRST = datetime.fromisoformat("2026-01-01T12:00:00")  # the date of a hub that is just built
SECOND = datetime.fromisoformat("2026-01-08T12:00:00")
THIRD = datetime.fromisoformat("2026-01-15T18:00:00")
COUNT = 60
MODIFIED = "2026-01-05T00:00:00.000Z"

Change = tuple[str, str, str | None, str | None, datetime]
"""Present name, kind, before, after, found at."""

Row = dict[str, Any]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def store_kind(request: pytest.FixtureRequest) -> str:
    """As everywhere; what crawls again and again does so on PostgreSQL in ``make soak``."""
    return str(request.param)


@pytest.fixture
def night(tmp_path: Path, store_url: str) -> Iterator[Callable[..., Path]]:
    """Crawl a catalog and export; every call goes on with the same data directory."""
    with ExitStack() as stack:
        servers: dict[int, str] = {}

        def pass_by(catalog: Catalog, bounds: Window | None = None, **choice: Any) -> Path:
            if id(catalog) not in servers:
                servers[id(catalog)] = stack.enter_context(serving(catalog)).endpoint
            settings = settings_for(tmp_path / "data", servers[id(catalog)], database_url=store_url)
            crawl(settings, bounds, **choice)
            return _exported(settings)

        yield pass_by


def _exported(settings: Settings) -> Path:
    return export_duckdb(settings, settings.duckdb_path, macros=macros()).target


def ask(file: Path, sql: str) -> list[Row]:
    with duckdb.connect(str(file), read_only=True) as connection:
        result = connection.execute(sql)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def changes(file: Path) -> list[Change]:
    rows = ask(file, "SELECT model, kind, old_value, new_value, observed_at FROM model_event")
    return by_text(
        (row["model"], row["kind"], row["old_value"], row["new_value"], row["observed_at"])
        for row in rows
    )


def by_text(found: Iterable[Change]) -> list[Change]:
    return sorted(found, key=str)


def by_model(file: Path, question: str, *columns: str) -> dict[str, tuple[Any, ...]]:
    """Answer of a question about models: by model, the columns asked for."""
    return {
        row["model"]: tuple(row[column] for column in columns)
        for row in ask(file, f"FROM history_{question}")
    }


def change(catalog: Catalog, number: int, **fields: Any) -> None:
    catalog.models.put(record(number, **fields))


def plant_second(catalog: Catalog) -> None:
    """What happens in the first week. Models 20, 30, 40 and 50 derive from 10 in a chain."""
    catalog.saw(SECOND)
    catalog.remove_model(name(10))
    change(catalog, 11, gated="auto")
    change(catalog, 20, gated="manual")
    catalog.rename_model(name(15), "new-owner/fifteen")
    catalog.rename_model(name(17), "moved/seventeen")
    change(catalog, 17, _id="7" * 24, createdAt=created(100))  # takes the name over
    card_data = {"license": "gpl-3.0", "base_model": name(20)}
    change(catalog, 30, sha="3" * 40, lastModified=MODIFIED, cardData=card_data)
    change(catalog, 31, sha="4" * 40, lastModified=MODIFIED)  # revised, nothing else
    change(catalog, 35, disabled=True)
    change(catalog, 36, downloads=5000, downloadsAllTime=7000, likes=99)
    change(catalog, 37, downloads=100)
    change(catalog, 101)


def second_ledger(fifteen: str = "new-owner/fifteen") -> list[Change]:
    return [
        (name(10), "gone", "present", "gone-or-private", SECOND),
        (name(11), "gated", "no", "auto", SECOND),
        (name(20), "gated", "no", "manual", SECOND),
        (fifteen, "renamed", name(15), "new-owner/fifteen", SECOND),
        ("moved/seventeen", "renamed", name(17), "moved/seventeen", SECOND),
        (name(17), "new", None, name(17), SECOND),
        (name(30), "relicensed", "apache-2.0", "gpl-3.0", SECOND),
        (name(30), "revised", f"{30:040x}", "3" * 40, SECOND),
        (name(31), "revised", f"{31:040x}", "4" * 40, SECOND),
        (name(35), "disabled", "present", "disabled", SECOND),
        (name(101), "new", None, name(101), SECOND),
    ]


def plant_third(catalog: Catalog) -> None:
    """What happens in the second week: much of it is taken back."""
    catalog.saw(THIRD)
    change(catalog, 10)
    change(catalog, 11, gated=False)
    catalog.rename_model("new-owner/fifteen", "third/fifteen")
    change(catalog, 35)
    change(catalog, 36, downloads=1200, downloadsAllTime=7500, likes=98)
    catalog.remove_model(name(31))
    change(catalog, 102)


THIRD_LEDGER: list[Change] = [
    (name(10), "returned", "gone-or-private", "present", THIRD),
    (name(11), "gated", "auto", "no", THIRD),
    ("third/fifteen", "renamed", "new-owner/fifteen", "third/fifteen", THIRD),
    (name(35), "disabled", "disabled", "present", THIRD),
    (name(31), "gone", "present", "gone-or-private", THIRD),
    (name(102), "new", None, name(102), THIRD),
]

EVERYTHING = Window()
LATE = window(since=created(9))
"""Leaves out the oldest models, and nothing that changes."""


@pytest.mark.parametrize("bounds", [EVERYTHING, LATE], ids=["everything", "since"])
@pytest.mark.soak
def test_every_planted_change_is_found_and_dated_and_nothing_else(
    night: Callable[..., Path], bounds: Window
) -> None:
    catalog = build(COUNT, cards=5)
    assert changes(night(catalog, bounds)) == []
    plant_second(catalog)
    file = night(catalog, bounds)
    assert changes(file) == by_text(second_ledger())
    asked_after_the_second(file)
    plant_third(catalog)
    file = night(catalog, bounds)
    assert changes(file) == by_text([*second_ledger("third/fifteen"), *THIRD_LEDGER])
    asked_after_the_third(file)
    again = night(catalog, bounds)
    assert len(changes(again)) == len(second_ledger()) + len(THIRD_LEDGER)


def asked_after_the_second(file: Path) -> None:
    columns = ("last_seen_at", "found_gone_at", "license", "direct_derivatives", "derivatives")
    assert by_model(file, "gone()", "state", *columns) == {
        name(10): ("gone-or-private", FIRST, SECOND, "apache-2.0", 1, 4)
    }
    assert by_model(file, "gated()", "found_at", "old_gating", "new_gating", "derivatives") == {
        name(20): (SECOND, "no", "manual", 1),
        name(11): (SECOND, "no", "auto", 0),
    }
    assert by_model(file, "relicensed()", "found_at", "old_license", "new_license") == {
        name(30): (SECOND, "apache-2.0", "gpl-3.0")
    }
    assert by_model(file, "disabled()", "found_at", "old_state", "new_state") == {
        name(35): (SECOND, "present", "disabled")
    }
    assert by_model(file, "returned()") == {}
    name_columns = ("derivatives_by_old_name", "derivatives_by_new_name", "is_old_name_taken")
    renamed = ask(file, f"SELECT old_name, present_name, found_at, {', '.join(name_columns)} "
                        "FROM history_renamed()")  # fmt: skip
    assert [tuple(row.values()) for row in renamed] == [
        (name(15), "new-owner/fifteen", SECOND, 1, 0, False),
        (name(17), "moved/seventeen", SECOND, 0, 0, True),
    ]
    reasons = by_model(file, "dependents_of_gone()", "base", "reason", "found_at")
    assert reasons == {
        name(20): (name(10), "gone", SECOND),
        name(30): (name(20), "gated", SECOND),
        name(45): (name(35), "disabled", SECOND),
    }
    assert by_model(file, "movers()", "downloads_before", "downloads", "change") == {
        name(36): (964, 5000, 4036),
        name(37): (963, 100, -863),
    }
    weeks = ask(file, "SELECT week::VARCHAR AS week, models FROM history_new_models()")
    assert weeks == [{"week": "2026-01-05", "models": 2}]


def asked_after_the_third(file: Path) -> None:
    assert by_model(file, "gone()", "last_seen_at", "found_gone_at") == {name(31): (SECOND, THIRD)}
    assert by_model(file, "returned()", "found_at", "found_gone_at") == {name(10): (THIRD, SECOND)}
    since = f"(found_since := '{THIRD.date()}')"
    assert by_model(file, f"gated{since}", "found_at", "old_gating", "new_gating") == {
        name(11): (THIRD, "auto", "no")
    }
    assert by_model(file, f"disabled{since}", "old_state") == {name(35): ("disabled",)}
    assert by_model(file, f"relicensed{since}") == {}
    renamed = ask(file, f"SELECT old_name, new_name, present_name FROM history_renamed{since}")
    assert [tuple(row.values()) for row in renamed] == [
        ("new-owner/fifteen", "third/fifteen", "third/fifteen")
    ]
    assert by_model(file, "dependents_of_gone()", "base", "reason") == {
        name(30): (name(20), "gated")
    }
    assert by_model(file, "movers()", "change") == {name(36): (-3800,)}
    series = ask(file, f"FROM history_download_series(of_model := '{name(36)}')")
    assert [tuple(row.values()) for row in series] == [
        (FIRST, 964, None, None, 5036, None),
        (SECOND, 5000, 4036, 7.0, 7000, 1964),
        (THIRD, 1200, -3800, 7.25, 7500, 500),
    ]
    series = ask(file, f"FROM history_like_series(of_model := '{name(36)}')")
    assert [(row["likes"], row["change"]) for row in series] == [(0, None), (99, 99), (98, -1)]
    of_a_renamed_one = ask(file, "FROM history_download_series(of_model := 'third/fifteen')")
    assert [row["observed_at"] for row in of_a_renamed_one] == [FIRST, SECOND, THIRD]
    weeks = ask(file, "SELECT week::VARCHAR AS week, models FROM history_new_models()")
    assert weeks == [{"week": "2026-01-05", "models": 2}, {"week": "2026-01-12", "models": 1}]


def test_what_changes_outside_the_window_is_not_claimed(night: Callable[..., Path]) -> None:
    bounds = window(since=created(30))
    catalog = build(COUNT, cards=0)
    night(catalog, bounds, lookups_from=1000)
    plant_second(catalog)
    file = night(catalog, bounds, lookups_from=1000)
    inside = {name(number) for number in (17, 30, 31, 35, 101)}  # 17 is the new one of this name
    assert changes(file) == by_text(found for found in second_ledger() if found[0] in inside)
    assert by_model(file, "gone()") == {}


@pytest.mark.parametrize(
    "wider", [EVERYTHING, window(modified_since="2023-12-01")], ids=["everything", "modified"]
)
def test_older_models_that_a_wider_window_brings_are_not_new(
    night: Callable[..., Path], wider: Window
) -> None:
    catalog = build(COUNT, cards=0)
    night(catalog, window(since=created(40)), lookups_from=1000)
    catalog.saw(SECOND)
    change(catalog, 101)
    change(catalog, 50, gated="auto")
    file = night(catalog, wider, lookups_from=1000)
    assert ask(file, "SELECT count(*) AS held FROM model") == [{"held": COUNT + 1}]
    assert changes(file) == by_text(
        [
            (name(101), "new", None, name(101), SECOND),
            (name(50), "gated", "no", "auto", SECOND),
        ]
    )
