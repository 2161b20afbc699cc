"""What a sweep did not see, and what it saw changed: found by comparison, then checked."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Connection, text

from miner.db import upsert as db
from miner.db.observations import chunks
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.hubs.base import Window
from miner.pipelines.ingest.batch import as_text
from miner.pipelines.ingest.models import MODEL

_CHUNK = 200_000


def unseen(crawl: Crawl, sweep_name: str, window: Window) -> list[str]:
    """Return the models held as present inside the window that a sweep did not see."""
    seen = crawl.setting.observations.seen(sweep_name)
    uids, names = seen["uid"].drop_nulls(), seen["name"]
    missing: list[str] = []
    with crawl.engine.connect() as connection:
        for held in _held(connection, crawl.setting.hub_id, window):
            lost = held.filter(
                ~pl.col("name").is_in(names.implode())
                & ~(pl.col("uid").is_in(uids.implode()).fill_null(value=False))
            )
            missing += lost["name"].to_list()
    return sorted(missing)


def stale(crawl: Crawl, sweep_name: str) -> tuple[list[str], str | None]:
    """Return the models whose full record is older than what a light sweep saw of them.

    Returns:
        Their names, and the earliest time of a change among them (None: one has no time).
    """
    seen = crawl.setting.observations.seen(sweep_name)
    names: list[str] = []
    times: list[str | None] = []
    with crawl.engine.connect() as connection:
        for part in chunks(seen, _CHUNK):
            known = _select_by_name(connection, crawl.setting.hub_id, part["name"].to_list())
            joined = part.join(known, on="name", how="left", suffix="_held").filter(
                pl.col("is_held").is_null()
                | ~pl.col("sha").eq_missing(pl.col("sha_held"))
                | ~pl.col("last_modified_at").eq_missing(pl.col("last_modified_at_held"))
            )
            names += joined["name"].to_list()
            times += joined["last_modified_at"].dt.strftime("%Y-%m-%d %H:%M:%S%.6f").to_list()
    dated = [time for time in times if time is not None]
    return names, min(dated) if dated and len(dated) == len(times) else None


_HELD = {"uid": pl.String, "name": pl.String}


def _held(connection: Connection, hub_id: int, window: Window) -> Iterator[pl.DataFrame]:
    conditions = ["hub_id = :hub_id", "state IN ('present', 'disabled')"]
    values: dict[str, object] = {"hub_id": hub_id}
    for name, bound, sign in (("since", window.since, ">="), ("until", window.until, "<")):
        if bound is not None:
            # a model without a date sorts last: a sweep of a window need not have seen it
            conditions.append(f"created_at {sign} :{name}")
            values[name] = as_text(bound)
    result = connection.execution_options(yield_per=_CHUNK).execute(
        text(f"SELECT uid, name FROM model WHERE {' AND '.join(conditions)}"), values
    )
    while rows := result.fetchmany(_CHUNK):
        yield pl.DataFrame([tuple(row) for row in rows], schema=_HELD, orient="row")


def _select_by_name(connection: Connection, hub_id: int, names: list[str]) -> pl.DataFrame:
    rows = db.select_in(
        connection, MODEL, ("name", "sha", "last_modified_at"), "name", names,
        where={"hub_id": hub_id},
    )  # fmt: skip
    frame = pl.DataFrame(
        rows,
        schema={"name": pl.String, "sha": pl.String, "last_modified_at": pl.String},
        orient="row",
    )
    return frame.with_columns(
        pl.col("last_modified_at").str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", time_unit="us"),
        is_held=pl.lit(value=True),
    )
