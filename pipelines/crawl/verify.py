"""What a sweep did not see, and what it saw changed: found by comparison, then checked.

Millions of models are compared by hashes of 64 bits, so that memory holds neither side. Two that
differ are taken for the same once in some billion sweeps; the other way round nothing can go wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Connection, text

from miner.db import dialect
from miner.db import upsert as db
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import as_text
from miner.pipelines.intake.models import MODEL
from miner.pipelines.sources.hubs.protocol import Window

_CHUNK = 50_000
_COLUMNS = {"id": pl.Int64, "uid": pl.String, "name": pl.String, "sha": pl.String,
           "last_modified_at": pl.String}  # fmt: skip
_STALE = [("name", pl.String()), ("last_modified_at", pl.Datetime("us")), ("newer", pl.Int64()),
          ("older", pl.Int64())]  # fmt: skip
_REVISION = pl.struct("name", "sha", "last_modified_at").hash()


def unseen(crawl: Crawl, sweep_name: str, window: Window) -> list[str]:
    """Return the models held as present inside the window that a sweep did not see."""
    seen = crawl.setting.observations.seen(sweep_name).select(
        uid=pl.col("uid").hash(), name=pl.col("name").hash()
    )
    uids_and_names = seen.collect(engine="streaming")
    conditions = ["hub_id = :hub_id", "state IN ('present', 'disabled')"]
    values: dict[str, object] = {"hub_id": crawl.setting.hub_id}
    for name, bound, sign in (("since", window.since, ">="), ("until", window.until, "<")):
        if bound is not None:
            # a model without a date sorts last: a sweep of a window need not have seen it
            conditions.append(f"created_at {sign} :{name}")
            values[name] = as_text(bound)
    with crawl.engine.connect() as connection:
        stored = pl.concat(
            part.select("id", has_uid=pl.col("uid").is_not_null(), uid=pl.col("uid").hash(),
                        name=pl.col("name").hash())
            for part in _stored_models(connection, conditions, values)
        )  # fmt: skip
        lost = stored.join(uids_and_names, on="name", how="anti")
        known = lost.filter("has_uid").join(uids_and_names, on="uid", how="semi")["id"]
        ids = lost.filter(~pl.col("id").is_in(known.implode()))["id"].to_list()
        rows = db.select_rows(connection, MODEL, ("name",), "id", ids)
        return sorted(row["name"] for row in rows)


def stale(crawl: Crawl, sweep_name: str) -> pl.DataFrame:
    """Return the models whose full record is older than what a light sweep saw of them.

    Returns:
        ``name``, ``last_modified_at`` (null: not said), and ``newer`` and ``older``: how many
        models of the sweep were changed later and earlier than it. Those changed last come first.
    """
    seen = crawl.setting.observations.seen(sweep_name)
    revisions = seen.select("row", revision=_REVISION).collect(engine="streaming")
    # an empty digest: a dump that lacked parts of the record
    conditions = ["hub_id = :hub_id", "coalesce(record_digest, '-') <> ''"]
    with crawl.engine.connect() as connection:
        time = pl.col("last_modified_at").str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", time_unit="us")
        known = pl.concat(
            part.with_columns(time).select(revision=_REVISION)
            for part in _stored_models(connection, conditions, {"hub_id": crawl.setting.hub_id})
        )
    rows = revisions.join(known, on="revision", how="anti")["row"]
    if rows.is_empty():
        return pl.DataFrame(schema=_STALE)
    times = seen.select(pl.col("last_modified_at").drop_nulls().sort()).collect().to_series()
    found = (
        seen.filter(pl.col("row").is_in(rows.implode()))
        .select("name", "last_modified_at")
        .sort("last_modified_at", "name", descending=[True, False], nulls_last=True)
        .collect()
    )
    changed = found["last_modified_at"]
    newer = len(times) - times.search_sorted(changed, side="right").cast(pl.Int64)
    older = times.search_sorted(changed, side="left").cast(pl.Int64)
    is_dated = pl.col("last_modified_at").is_not_null()  # the others stand at the end, always
    return found.with_columns(
        newer=pl.when(is_dated).then(newer).otherwise(len(times)),
        older=pl.when(is_dated).then(older).otherwise(len(times)),
    )


def _stored_models(
    connection: Connection, conditions: list[str], values: dict[str, object]
) -> Iterator[pl.DataFrame]:
    """Yield the models held under some conditions, in chunks of which one at least comes."""
    columns = ", ".join(
        dialect.driver_level(connection, MODEL.c[column], column) for column in _COLUMNS
    )
    yield pl.DataFrame(schema=_COLUMNS)
    query = text(f"SELECT {columns} FROM model WHERE {' AND '.join(conditions)}")
    with connection.execute(query, values, execution_options={"yield_per": _CHUNK}) as result:
        while rows := result.fetchmany(_CHUNK):
            yield pl.DataFrame(
                [
                    pl.Series(name, values, kind)
                    for (name, kind), values in zip(
                        _COLUMNS.items(), zip(*rows, strict=True), strict=True
                    )
                ]
            )
