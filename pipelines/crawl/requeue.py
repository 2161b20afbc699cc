"""Files that an earlier miner took without comparing their bytes with what the hub names.

It took a web page with status 200 for a card. The archive has the answers as received, headers
too, so each is compared once; what is no file is asked for again by the crawl that finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.batch import Batch
from miner.pipelines.intake.files import FileAnswer, write_files
from miner.pipelines.sources.http import Stopped
from miner.schema.vocab import FileState

log = logging.getLogger(__name__)

_BATCH = 500
_UNCOMPARED = text(
    'SELECT f.id, f.model_id, m.name, f.path, f.revision, a.segment, a."offset" '
    "FROM fetched_file f JOIN model m ON m.id = f.model_id JOIN answer a ON a.id = f.answer_id "
    "WHERE m.hub_id = :hub_id AND f.state = 'fetched' AND f.is_verified IS NULL AND f.id > :after "
    "ORDER BY f.id LIMIT :most"
)


def requeue_pages(crawl: Crawl) -> None:
    """Compare the files that were not compared yet; those that are none become ``failed``.

    Raises:
        Stopped: The run was asked to end; what was compared is not compared again.
    """
    after, requeued = 0, 0
    values = {"hub_id": crawl.setting.hub_id, "most": _BATCH}
    while True:
        if crawl.stop.is_set():
            raise Stopped
        with crawl.engine.connect() as connection:
            rows = connection.execute(_UNCOMPARED, {**values, "after": after}).all()
        if not rows:
            break
        requeued += _compare(crawl, rows)
        after = int(rows[-1][0])
    if requeued:
        crawl.counts["files that were web pages, asked for again"] += requeued
        log.warning("%d cards and configs were web pages: they are asked for again", requeued)


def _compare(crawl: Crawl, rows: Sequence[Sequence[Any]]) -> int:
    """Compare some files, in one transaction; return how many are none."""
    good: list[dict[str, object]] = []
    bad: list[FileAnswer] = []
    for key, model_id, name, path, revision, segment, offset in rows:
        state, reason = crawl.setting.listing_hub.file_state(crawl.archive.read(segment, offset))
        if state == FileState.FETCHED:
            good.append({"id": key, "yes": True})
        else:
            bad.append(FileAnswer(
                model_id, name, path, revision, FileState.FAILED, reason, b"", None, None,
            ))  # fmt: skip
    with crawl.engine.begin() as connection:
        batch = Batch(
            connection,
            crawl.setting.hub_id,
            crawl.setting.run_id,
            "",
            None,
            faults=crawl.setting.faults,
        )
        if good:
            connection.execute(
                text("UPDATE fetched_file SET is_verified = :yes WHERE id = :id"), good
            )
        write_files(batch, bad)
    return len(bad)
