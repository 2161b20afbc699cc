"""Used storage, which the hub's listing does not give: from single records, where it is wanted."""

from __future__ import annotations

from sqlalchemy import text

from miner.pipelines.crawl.files import FileChoice
from miner.pipelines.crawl.lookup import look_up
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import as_text
from miner.pipelines.sources.http import Stopped

_UNKNOWN = "m.hub_id = :hub_id AND m.state = 'present' AND m.used_storage_bytes IS NULL"


def ask_storage(crawl: Crawl, choice: FileChoice) -> None:
    """Ask for the records of models whose used storage is not known: a request each.

    Args:
        crawl: The crawl's setting.
        choice: Of which models: downloads and window as for cards.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    conditions = [_UNKNOWN, "coalesce(m.downloads, 0) >= :min_downloads"]
    values: dict[str, object] = {
        "hub_id": crawl.setting.hub_id, "min_downloads": choice.min_downloads,
    }  # fmt: skip
    window = choice.window
    for name, bound, sign in (("since", window.since, ">="), ("until", window.until, "<")):
        if bound is not None:
            conditions.append(f"(m.created_at {sign} :{name} OR m.created_at IS NULL)")
            values[name] = as_text(bound)
    query = f"SELECT m.name FROM model m WHERE {' AND '.join(conditions)} ORDER BY m.id"
    with crawl.engine.connect() as connection:
        names = [str(row[0]) for row in connection.execute(text(query), values)]
    crawl.progress.start("models whose used storage is not known", len(names))
    for outcome, count in look_up(crawl, "model", names, is_first=False).items():
        crawl.counts[f"models asked for used storage {outcome}"] += count
    crawl.progress.finish()
    if crawl.stop.is_set():
        raise Stopped


def count_unknown(crawl: Crawl) -> None:
    """Count the models whose used storage is not known, for the report."""
    with crawl.engine.connect() as connection:
        found = connection.scalar(
            text(f"SELECT count(*) FROM model m WHERE {_UNKNOWN}"),
            {"hub_id": crawl.setting.hub_id},
        )
    crawl.counts["models whose used storage is not known (--storage asks)"] = int(found or 0)
