"""Models asked for by name, with all that their licenses rest on: cards, bases, data.

The same answers, archive and rows as those of a crawl; only what is asked for is chosen by names
instead of by a listing. Every record is asked for anew, each once in a run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from miner.db import dialect
from miner.errors import RetryLater
from miner.pipelines.crawl.dataset_cards import fetch_dataset_cards
from miner.pipelines.crawl.files import FileChoice, fetch_files
from miner.pipelines.crawl.license_files import fetch_license_files
from miner.pipelines.crawl.lookup import could_be_a_name, look_up
from miner.pipelines.crawl.run import derive
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.derive.resolve_lineage import resolve_names
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.hubs.protocol import Window
from miner.schema.vocab import ModelState

log = logging.getLogger(__name__)

COMMAND = "lookup"
"""What a run is recorded as: no crawl goes on where it stopped."""

FOUND = frozenset({"found", "renamed"})
"""Outcomes of a record that is there."""

NO_NAME = "no-name"
"""Outcome of a name that no model of the hub can have; it is not asked for."""

ANSWERED = FOUND | {
    NO_NAME, "unusable", ModelState.GONE.value, ModelState.GONE_OR_PRIVATE.value,
    ModelState.DISABLED.value,
}  # fmt: skip
"""Outcomes that stay the same if the hub is asked again now; all others are errors."""

_STORED = """
SELECT m.name FROM model m WHERE m.hub_id = :hub_id AND m.name {among}
UNION SELECT m.name FROM model_alias a JOIN model m ON m.id = a.model_id
WHERE a.hub_id = :hub_id AND a.alias {among}
"""
_STORED_DATASETS = "SELECT name FROM dataset WHERE hub_id = :hub_id AND name {among}"
_BASES = """
SELECT DISTINCT coalesce(p.name, e.parent) AS name FROM model_edge e
JOIN model m ON m.id = e.child_id LEFT JOIN model p ON p.id = e.parent_id
WHERE m.hub_id = :hub_id AND m.name {among} ORDER BY name
"""
_DATA = """
SELECT DISTINCT coalesce(d.name, u.dataset) AS name FROM model_dataset u
JOIN model m ON m.id = u.model_id LEFT JOIN dataset d ON d.id = u.dataset_id
WHERE m.hub_id = :hub_id AND m.name {among} ORDER BY name
"""


@dataclass
class NamedModels:
    """What became of models that were asked for by name.

    Attributes:
        outcomes: Of each name, those of bases too: ``found``, ``renamed``, a state of
            ``vocab.ModelState``, ``unusable``, ``no-name``, or the error where no answer came.
        datasets: The same of datasets that these models name.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)


def look_up_named(
    crawl: Crawl,
    names: Iterable[str],
    *,
    datasets: Iterable[str] = (),
    configs: str = "none",
    with_datasets: bool = True,
) -> NamedModels:
    """Ask a hub for models by name, then for their bases up the chain, their cards and data.

    What the hub does not answer is an outcome, and the rest goes on.

    Args:
        crawl: The crawl's setting, on a hub that answers for single names.
        names: Names of models.
        datasets: Names of datasets that are asked for too.
        configs: ``needed``, ``all`` or ``none``; fetching one counts as a download.
        with_datasets: Ask for the datasets that the models name.

    Raises:
        SourceRefused: The hub refuses the token.
        Stopped: The run was asked to end.
    """
    done = NamedModels()
    hub = crawl.setting.listing_hub
    found: set[str] = set()
    try:
        hub.check_token()
        level = list(dict.fromkeys(names))
        while level:
            _ask(crawl, "model", level, done.outcomes)
            resolve_names(crawl.engine, crawl.setting.hub_id)
            stored = _names(crawl, _STORED, level)
            _fetch_files(crawl, stored, configs)
            found.update(stored)
            known = done.outcomes.keys() | found
            level = [name for name in _names(crawl, _BASES, stored) if name not in known]
        if with_datasets:
            wanted = dict.fromkeys((*datasets, *_names(crawl, _DATA, sorted(found))))
            _ask(crawl, "dataset", list(wanted), done.datasets)
        resolve_names(crawl.engine, crawl.setting.hub_id)
        if with_datasets:
            _fetch_dataset_cards(crawl)
        derive(crawl)
    finally:
        hub.close()
        crawl.counts["requests"] += hub.request_count
    return done


def _ask(crawl: Crawl, subject: str, names: Sequence[str], outcomes: dict[str, str]) -> None:
    """Ask for records; a name that is stored already may turn out to have changed."""
    asked = [name for name in names if could_be_a_name(name)]
    outcomes.update(dict.fromkeys(set(names) - set(asked), NO_NAME))
    stored = set(_names(crawl, _STORED if subject == "model" else _STORED_DATASETS, asked))
    crawl.progress.start(f"{subject}s asked for by name", len(asked))
    for is_first in (True, False):
        group = [name for name in asked if (name not in stored) is is_first]
        try:
            look_up(crawl, subject, group, is_first=is_first, outcomes=outcomes)
        except RetryLater as error:  # none of several was answered: the rest is not asked for
            outcomes.update({name: error.message for name in group if name not in outcomes})
    crawl.progress.finish()
    crawl.counts[f"{subject}s asked for by name"] += len(asked)
    crawl.counts[f"{subject}s found"] += sum(outcomes[name] in FOUND for name in asked)
    if crawl.stop.is_set():
        raise Stopped


def _fetch_files(crawl: Crawl, names: Sequence[str], configs: str) -> None:
    choice = FileChoice(0, configs, Window(), names=frozenset(names))
    try:
        fetch_files(crawl, choice)
        fetch_license_files(crawl, choice)
    except RetryLater as error:
        log.warning("cards and license files were not fetched: %s", error.message)


def _fetch_dataset_cards(crawl: Crawl) -> None:
    try:
        fetch_dataset_cards(crawl, FileChoice(0, "none", Window()))
    except RetryLater as error:
        log.warning("cards of datasets were not fetched: %s", error.message)


def _names(crawl: Crawl, query: str, names: Sequence[str]) -> list[str]:
    """Return what a query over names finds on this hub."""
    with crawl.engine.connect() as connection:
        statement = text(query.format(among=dialect.among(connection, ":names")))
        values = {"hub_id": crawl.setting.hub_id, "names": dialect.listed(connection, names)}
        return list(connection.scalars(statement, values))
