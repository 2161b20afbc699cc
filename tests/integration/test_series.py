"""Series and changes over sweeps, snapshots and machines, as the shipped questions tell them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import macros
from miner.settings import Settings
from tests.crawling import build, crawl, name, settings_for
from tests.seeding import seed
from tests.snapshots import make


def _days(catalog: Catalog, day: int) -> None:
    """What the hub is on the n-th day of sweeps."""
    catalog.saw(datetime(2026, 1, day, 12))  # noqa: DTZ001 - UTC without zone, as everywhere
    for number in range(6):
        repo = catalog.models.find(name(number))
        if isinstance(repo, Repo):
            catalog.models.put({**repo.source, "downloads": 1_000 * day + number})
    if day == 2:
        _put(catalog, 1, gated="manual")
        _put(catalog, 2, sha="b" * 40, lastModified="2026-01-02T00:00:00.000Z",
             cardData={"license": "gpl-3.0"}, tags=["license:gpl-3.0"])  # fmt: skip
    if day == 3:
        _put(catalog, 1, gated=False)
        catalog.models.remove(name(0))


def _put(catalog: Catalog, number: int, **changes: Any) -> None:
    repo = catalog.models.find(name(number))
    assert isinstance(repo, Repo)
    catalog.models.put({**repo.source, **changes})


@contextmanager
def _exported(settings: Settings) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Answer shipped questions on an export of a store."""
    target = settings.data_dir / "miner.duckdb"
    export_duckdb(settings, target, macros=macros(), judge=None)
    with duckdb.connect(str(target), read_only=True) as connection:

        def answer(question: str, **params: object) -> list[tuple[Any, ...]]:
            arguments = ", ".join(f"{key} := {value!r}" for key, value in params.items())
            return connection.execute(f"FROM {question}({arguments})").fetchall()

        yield answer


@pytest.mark.soak
def test_series_go_on_over_the_change_of_machine(tmp_path: Path) -> None:
    catalog = build(12)
    with serving(catalog) as server:
        first = settings_for(tmp_path / "first", server.endpoint)
        for day in (1, 2):
            _days(catalog, day)
            crawl(first)
        source = tmp_path / "published"
        source.mkdir()
        make(first, source / "data-2026.01.0")
        second = settings_for(tmp_path / "second", server.endpoint)
        seed(second, "data-2026.01.0", source=str(source))
        _days(catalog, 3)
        crawl(second)
        again = make(second, source / "data-2026.01.1").folder
        third = settings_for(tmp_path / "third", server.endpoint)
        seed(third, again)
    for settings in (second, third):
        with _exported(settings) as answer:
            _check_series(answer)


def _check_series(answer: Callable[..., list[tuple[Any, ...]]]) -> None:
    series = answer("history_download_series", of_model=name(3))
    assert [row[1] for row in series] == [1_003, 2_003, 3_003]
    assert [row[2] for row in series] == [None, 1_000, 1_000]
    states = answer("history_state_series", of_model=name(1))
    assert [(row[3], row[6]) for row in states] == [
        ("no", ""), ("manual", "gating"), ("no", "gating"),
    ]  # fmt: skip
    states = answer("history_state_series", of_model=name(2))
    assert [(row[2], row[6]) for row in states] == [
        ("apache-2.0", ""), ("gpl-3.0", "license, revision"), ("gpl-3.0", ""),
    ]  # fmt: skip
    gone = answer("history_state_series", of_model=name(0))
    assert [(row[1], row[6]) for row in gone] == [
        ("present", ""), ("present", ""), ("gone-or-private", "state"),
    ]  # fmt: skip
    (lost_model,) = answer("history_gone")
    assert lost_model[1:4] == (name(0), "gone-or-private", datetime(2026, 1, 2, 12))  # noqa: DTZ001
    assert lost_model[7] == 2  # name(5) and name(10) declare it as their base
    (license_change,) = answer("history_relicensed")
    assert license_change[1:5] == (
        name(2), datetime(2026, 1, 2, 12), "apache-2.0", "gpl-3.0",  # noqa: DTZ001
    )  # fmt: skip
    shares = answer("history_share_series", of_fact="gating")
    assert [(row[2], row[3], row[5]) for row in shares] == [
        ("no", 12, None), ("no", 11, -1), ("manual", 1, 1), ("no", 11, 0),
    ]  # fmt: skip
    dependents = answer("history_dependents_of_gone", only_reason="gone")
    assert {row[1] for row in dependents} == {name(5), name(10)}
