"""The whole crawl of one hub, stage after stage. Each stage finds its own work by a query."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from miner.pipelines.crawl.catalog import sweep_catalog
from miner.pipelines.crawl.changed import read_changed
from miner.pipelines.crawl.closing import is_closed, read_meanwhile
from miner.pipelines.crawl.dataset_cards import fetch_dataset_cards
from miner.pipelines.crawl.discussions import fetch_discussions
from miner.pipelines.crawl.files import FileChoice, fetch_files
from miner.pipelines.crawl.history import fetch_histories
from miner.pipelines.crawl.license_files import fetch_license_files
from miner.pipelines.crawl.lookup import could_be_a_name, look_up, unasked
from miner.pipelines.crawl.roots import fetch_roots
from miner.pipelines.crawl.seeding import count_saved, ingest_dump
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.crawl.storage import ask_storage, count_unknown
from miner.pipelines.crawl.sweep import run_sweep
from miner.pipelines.crawl.verify import unseen
from miner.pipelines.derive.architecture.architecture_stage import derive_architectures
from miner.pipelines.derive.cards.extraction_stage import extract_stored
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.licenses.dataset_cards import read_dataset_cards
from miner.pipelines.derive.licenses.license_files import read_license_files
from miner.pipelines.derive.resolve_lineage import (
    open_bases,
    open_datasets,
    resolve_names,
    stored_datasets,
)
from miner.pipelines.intake.passes import SWEEP
from miner.pipelines.intake.runs import RUN
from miner.pipelines.intake.sweeps import Plan
from miner.pipelines.scan.scan_rows import resolve_uses, unresolved_uses
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs.protocol import CatalogHub, Window
from miner.schema.vocab import RunState, SweepKind

if TYPE_CHECKING:
    from miner.pipelines.sources.dump import Seed  # heavy, and `miner status` needs this module

log = logging.getLogger(__name__)

HUB_FLOOR = datetime(2022, 3, 3)  # noqa: DTZ001 - UTC without zone, as everywhere
"""No model of the Hub shows an earlier creation date than 2022-03-02: before it is everything."""

_STALE_AFTER = timedelta(days=1)
"""A crawl that was broken off longer ago begins anew with a sweep."""

_MOST_STEPS = 4
"""So many steps up a chain of bases one crawl looks for the counts of mixtures."""

_FEW = 500
"""So many datasets are asked for one by one; more are read from the listing."""


@dataclass(frozen=True, slots=True)
class CrawlChoice:
    """What a crawl is to do.

    Attributes:
        window: Models it is about.
        min_downloads: Cards and configs of models with so many downloads only.
        configs: ``needed``, ``all`` or ``none``.
        lookups_from: Bases and datasets that the listing does not give are asked for one by one
            when so many models name them.
        with_datasets: Look up the datasets that models name.
        with_storage: Ask for the used storage of models that have so many downloads, one by one.
        with_history: Get commits, refs and changes of cards of models with so many downloads, or
            that repositories use.
        with_discussions: Get discussions and pull requests of the same models.
        seed: A dump to begin from.
    """

    window: Window
    min_downloads: int = 50
    configs: str = "needed"
    lookups_from: int = 3
    with_datasets: bool = True
    with_storage: bool = False
    with_history: bool = False
    with_discussions: bool = False
    seed: Seed | None = None


def crawl_hub(crawl: Crawl, choice: CrawlChoice) -> bool:
    """Bring the store up to date with a hub.

    Args:
        crawl: The crawl's setting.
        choice: What to do.

    Returns:
        True when all stages ended, False when the run was asked to end before.

    Raises:
        RetryLater: The hub does not answer properly; what was committed stays.
        SourceRefused: The hub refuses the token or the listing.
    """
    hub = crawl.setting.hub
    if isinstance(hub, CatalogHub):
        return _crawl_catalog(crawl, hub, choice.window)
    started = time.monotonic()
    try:
        hub.check_token()
        if choice.seed is not None:
            ingest_dump(crawl, choice.seed, choice.window)
        sweep_models(crawl, choice.window)
        if choice.seed is not None:
            count_saved(crawl)
        crawl.seconds["fetch_and_store"] = time.monotonic() - started
        files = FileChoice(choice.min_downloads, choice.configs, choice.window)
        fetch_files(crawl, files)
        fetch_license_files(crawl, files)
        if choice.with_storage:
            ask_storage(crawl, files)
        _resolve(crawl)
        _look_up_bases(crawl, choice.lookups_from)
        if choice.with_datasets:
            _read_datasets(crawl, choice.lookups_from)
        _resolve(crawl)
        if choice.with_datasets:
            fetch_dataset_cards(crawl, files)
        if choice.with_history:
            fetch_histories(crawl, files)
        if choice.with_discussions:
            fetch_discussions(crawl, files)
        count_unknown(crawl)
        derive(crawl)
        _derive_from_roots(crawl, files)
    except Stopped:
        return False
    finally:
        hub.close()
        crawl.counts["requests"] += hub.request_count
    return not crawl.stop.is_set()


def derive(crawl: Crawl) -> None:
    """Derive what follows from what is new, changed, or was read by other rules.

    Fields from cards, licenses in files, terms of datasets, and what models consist of.
    """
    work = Derivation(
        crawl.settings, crawl.engine, crawl.archive, crawl.setting.run_id, crawl.stop, crawl.counts
    )
    started = time.monotonic()
    extract_stored(work, crawl.executor, crawl.progress)
    _add_seconds(crawl, "reading_cards", started)
    read_license_files(work, crawl.executor, crawl.progress)
    read_dataset_cards(work, crawl.executor, crawl.progress)
    started = time.monotonic()
    derive_architectures(work, crawl.executor, crawl.progress)
    _add_seconds(crawl, "judging_architectures", started)


def _derive_from_roots(crawl: Crawl, files: FileChoice) -> None:
    """Fetch configs that open counts of mixtures follow from, and derive again, up the bases."""
    for _ in range(_MOST_STEPS):
        if not fetch_roots(crawl, files):
            return
        _resolve(crawl)
        derive(crawl)


def _add_seconds(crawl: Crawl, stage: str, started: float) -> None:
    crawl.seconds[stage] = crawl.seconds.get(stage, 0.0) + time.monotonic() - started


def _crawl_catalog(crawl: Crawl, hub: CatalogHub, window: Window) -> bool:
    try:
        sweep_catalog(crawl, hub, window)
        derive(crawl)
    except Stopped:
        return False
    finally:
        hub.close()
        crawl.counts["requests"] += hub.request_count
    return not crawl.stop.is_set()


def sweep_models(crawl: Crawl, window: Window) -> None:
    """Read the listing: all of the window the first time, later what has changed in it."""
    if window.modified_since is not None:
        run_sweep(crawl, Plan(SweepKind.DELTA, window, ascending=False, sort="lastModified"))
        return
    is_everything = window.since is None or window.since < HUB_FLOOR
    with crawl.engine.connect() as connection:
        sweeps = _sweeps_of(connection, crawl.setting.hub_id)
        left = _left_over(connection, sweeps, window)
    is_known = any(_covers(bounds, window) for _, _, bounds in sweeps)
    if left is not None:
        log.info("resuming the interrupted crawl after its sweep, %s", left)
        name = left
    else:
        kind = SweepKind.LIGHT if is_known else SweepKind.FULL
        name = run_sweep(crawl, Plan(kind, window, ascending=is_everything)).name
    if window.limit is not None:
        return
    if left is not None and is_closed(crawl, name, window):
        return
    if SweepKind.LIGHT in name:
        read_changed(crawl, name)
    # a sweep of everything saw the models without a date too, which no window holds
    gone = unseen(crawl, name, replace(window, since=None) if is_everything else window)
    if gone:
        log.info("%d models were not listed any more: each is asked for", len(gone))
        crawl.progress.start("models not listed any more", len(gone))
        _count(crawl, "models not listed", look_up(crawl, "model", gone, is_first=False))
        crawl.progress.finish()
    read_meanwhile(crawl, name, window)


def _resolve(crawl: Crawl) -> None:
    started = time.monotonic()
    crawl.progress.start("resolving names")
    for what, count in resolve_names(crawl.engine, crawl.setting.hub_id).items():
        crawl.counts[what] += count
    crawl.progress.finish()
    _add_seconds(crawl, "resolving", started)


def _look_up_bases(crawl: Crawl, at_least: int) -> None:
    """Ask for bases that many models name and nobody listed: renamed ones, and older ones.

    A base may have a base itself, so this goes on until nothing new is named. What the hub did
    not answer properly is left for the next crawl.
    """
    asked: set[str] = set()
    while names := unasked(crawl, "model", open_bases(crawl.engine, at_least), but=asked):
        asked.update(names)
        crawl.progress.start("bases outside the window", len(names))
        _count(crawl, "bases", look_up(crawl, "model", names))
        crawl.progress.finish()
        if crawl.stop.is_set():
            raise Stopped
        _resolve(crawl)


def look_up_used(crawl: Crawl, at_least: int) -> None:
    """Ask for models that so many repositories use and nobody listed: older ones, renamed ones.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub does not answer properly.
    """
    names = unasked(crawl, "model", unresolved_uses(crawl.engine, crawl.setting.hub.name, at_least))
    crawl.progress.start("models that repositories use", len(names))
    _count(crawl, "used models", look_up(crawl, "model", names))
    crawl.progress.finish()
    if crawl.stop.is_set():
        raise Stopped
    _resolve(crawl)
    crawl.counts["uses resolved to a model held"] += resolve_uses(crawl.engine)


def _read_datasets(crawl: Crawl, at_least: int) -> None:
    """Bring the datasets that models name up to date.

    Few are asked for one by one. Many are picked out of the hub's listing of datasets; what it
    does not list under the name that models use (renamed since) is then asked for where several
    models name it.
    """
    names = [name for name in open_datasets(crawl.engine) if could_be_a_name(name)]
    known = stored_datasets(crawl.engine, crawl.setting.hub_id, not_of_run=crawl.setting.run_id)
    if len(names) + len(known) > _FEW:
        if not _datasets_are_swept(crawl):
            run_sweep(crawl, Plan(SweepKind.FULL, Window(), ascending=True, subject="dataset"))
        _resolve(crawl)
        names, known = open_datasets(crawl.engine, at_least), []
    crawl.progress.start("datasets held", len(known))
    _count(crawl, "datasets", look_up(crawl, "dataset", known, is_first=False))
    crawl.progress.finish()
    wanted = unasked(crawl, "dataset", names)
    crawl.progress.start("datasets that models name", len(wanted))
    _count(crawl, "datasets", look_up(crawl, "dataset", wanted))
    crawl.progress.finish()
    if crawl.stop.is_set():
        raise Stopped


def _datasets_are_swept(crawl: Crawl) -> bool:
    """Tell whether the datasets' listing was read since the last sweep of models began."""
    with crawl.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT max(CASE WHEN subject = 'model' THEN id END), "
                "max(CASE WHEN subject = 'dataset' AND is_complete THEN id END) FROM sweep "
                "WHERE hub_id = :hub_id"
            ),
            {"hub_id": crawl.setting.hub_id},
        )
        models, datasets = rows.one()
    return datasets is not None and (models is None or datasets > models)


def _sweeps_of(connection: Connection, hub_id: int) -> list[tuple[str, int, dict[str, object]]]:
    """Return the complete sweeps of models, dumps too: name, run and bounds, oldest first."""
    rows = connection.execute(
        SWEEP.select()
        .with_only_columns(SWEEP.c.name, SWEEP.c.run_id, SWEEP.c.window)
        .where(
            SWEEP.c.hub_id == hub_id,
            SWEEP.c.subject == "model",
            SWEEP.c.kind.in_([SweepKind.FULL.value, SweepKind.LIGHT.value, SweepKind.SEED.value]),
            SWEEP.c.is_complete,
        )
        .order_by(SWEEP.c.id)
    )
    return [(str(name), int(run), dict(window)) for name, run, window in rows]


def _left_over(
    connection: Connection, sweeps: list[tuple[str, int, dict[str, object]]], window: Window
) -> str | None:
    """Return the last sweep if its crawl was broken off afterwards, within a day.

    Its later stages are still to be done, and they need no new sweep.
    """
    if not sweeps:
        return None
    name, run_id, bounds = sweeps[-1]
    planned = {key: value for key, value in bounds.items() if key not in {"ascending", "sort"}}
    runs = connection.execute(
        RUN.select()
        .with_only_columns(RUN.c.state, RUN.c.started_at)
        .where(RUN.c.command.in_(["crawl", "parse"]), RUN.c.id >= run_id)
        .order_by(RUN.c.id)
    ).all()
    is_done = any(state == RunState.FINISHED for state, _ in runs)
    if planned != window.bounds() or is_done or not runs:
        return None
    age = datetime.now(UTC).replace(tzinfo=None) - runs[0][1]
    return name if age < _STALE_AFTER else None


def _covers(bounds: dict[str, object], window: Window) -> bool:
    """Tell whether a sweep saw full records of all of a window; a dump may lack parts of them."""
    seed = bounds.get("seed")
    if isinstance(seed, dict) and seed["lacks"]:
        return False
    since, until = bounds.get("since"), bounds.get("until")
    starts = since is None or (window.since is not None and str(since) <= str(window.since))
    ends = until is None or (window.until is not None and str(until) >= str(window.until))
    return starts and ends and "limit" not in bounds


def _count(crawl: Crawl, what: str, done: Counter[str]) -> None:
    for outcome, count in done.items():
        crawl.counts[f"{what} {outcome}"] += count
