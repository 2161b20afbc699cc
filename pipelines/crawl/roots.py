"""Files of mixtures that others derive from, or that many download: only these have the counts.

A crawl derives architectures first. Of mixtures whose experts or active parameters that leaves
open, bases that nobody listed are asked for by name, and the config of each that is a base or has
enough downloads is fetched once a revision, after its downloads were observed. What derives from
it inherits the counts, so architectures are derived again. Where configs bring nothing more, the
head of a GGUF file is fetched of those that are still open.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, text

from miner.db import dialect
from miner.pipelines.crawl.files import FileChoice, fetch_each
from miner.pipelines.crawl.gguf_heads import fetch_heads
from miner.pipelines.crawl.lookup import look_up, unasked
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.files import CONFIG, GGUF_HEAD
from miner.pipelines.sources.http import Stopped

log = logging.getLogger(__name__)

_LACKS = "({of}.expert_count IS NULL OR {of}.active_parameter_count IS NULL)"
_IS_OPEN = "{of}.is_moe AND " + _LACKS
"""A mixture of which experts or active parameters are not known."""

_LISTED = {CONFIG: f'"path":"{CONFIG}"', GGUF_HEAD: '.gguf"'}
"""Text that the listing of a model with such a file holds."""

_BASES = (
    "SELECT e.parent FROM model_architecture a JOIN model m ON m.id = a.model_id "
    "JOIN model_edge e ON e.child_id = m.id AND e.is_chosen AND e.parent_id IS NULL "
    f"WHERE m.hub_id = :hub_id AND m.state = 'present' AND {_IS_OPEN.format(of='a')} "
    "GROUP BY e.parent ORDER BY count(*) DESC, e.parent"
)
_ROOTS = (
    "WITH open_base AS (SELECT e.parent_id FROM model_edge e JOIN model_architecture c "
    f"ON c.model_id = e.child_id AND {_IS_OPEN.format(of='c')} "
    "WHERE e.is_chosen AND e.parent_id IS NOT NULL AND e.parent_id <> e.child_id) "
    "SELECT m.id FROM model_architecture a JOIN model m ON m.id = a.model_id "
    "LEFT JOIN fetched_file f ON f.model_id = m.id AND f.path = :path "
    "WHERE m.hub_id = :hub_id AND m.state = 'present' "
    f"AND coalesce(a.is_moe, TRUE) AND {_LACKS.format(of='a')} "
    "AND (f.id IS NULL OR f.state = 'failed' OR f.revision <> coalesce(m.sha, 'main')) "
    "AND (m.id IN (SELECT parent_id FROM open_base) "
    "OR (a.is_moe AND coalesce(m.downloads, 0) >= :min_downloads)) AND {lists_it} "
    "ORDER BY coalesce(m.downloads, 0) DESC, m.name"
)


def fetch_roots(crawl: Crawl, choice: FileChoice) -> bool:
    """Fetch what open counts of mixtures are read from, once; see the module.

    Args:
        crawl: The crawl's setting; its counts take what was fetched.
        choice: Downloads from which a config is fetched, and which configs are.

    Returns:
        Whether something came that architectures can be derived from.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    if choice.configs == "none":
        return False
    with crawl.engine.connect() as connection:
        names = list(connection.scalars(text(_BASES), {"hub_id": crawl.setting.hub_id}))
    wanted = unasked(crawl, "model", names)
    crawl.progress.start("bases of mixtures", len(wanted))
    for outcome, count in look_up(crawl, "model", wanted).items():
        crawl.counts[f"bases {outcome}"] += count
    crawl.progress.finish()
    if crawl.stop.is_set():
        raise Stopped
    with crawl.engine.connect() as connection:
        ids = root_ids(connection, crawl.setting.hub_id, choice.min_downloads)
    before = crawl.counts["configs fetched"]
    fetch_each(crawl, CONFIG, "configs", ids)
    if came := crawl.counts["configs fetched"] - before:
        crawl.counts["configs fetched for counts of mixtures"] += came
        log.info("%d configs of mixtures were fetched: each counts as a download", came)
    return bool(wanted or came) or _fetch_heads(crawl, choice)


def _fetch_heads(crawl: Crawl, choice: FileChoice) -> bool:
    with crawl.engine.connect() as connection:
        ids = root_ids(connection, crawl.setting.hub_id, choice.min_downloads, GGUF_HEAD)
    before = crawl.counts["requests for GGUF headers"]
    came = fetch_heads(crawl, ids)
    if count := crawl.counts["requests for GGUF headers"] - before:
        log.info("%d parts of GGUF files were asked for: each may count as a download", count)
    return came > 0


def root_ids(
    connection: Connection, hub_id: int, min_downloads: int, path: str = CONFIG
) -> list[int]:
    """Return the mixtures whose config, or other file, has open counts and is to be asked for.

    Args:
        connection: To the store.
        hub_id: Surrogate key of the hub.
        min_downloads: From so many on, or where others derive from it.
        path: ``CONFIG`` or ``GGUF_HEAD``.
    """
    lists_it = dialect.holds(connection, "m.files", ":listing")
    values = {
        "hub_id": hub_id, "path": path, "min_downloads": min_downloads,
        "listing": _LISTED[path],
    }  # fmt: skip
    rows = connection.execute(text(_ROOTS.replace("{lists_it}", lists_it)), values)
    return [int(row[0]) for row in rows]
