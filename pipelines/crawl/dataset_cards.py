"""Cards of the datasets that models were trained on: their text may narrow the license tag."""

from __future__ import annotations

from sqlalchemy import Connection, text

from miner.pipelines.crawl.files import (
    FileChoice,
    as_asked_now,
    chosen_models,
    fetch_in_batches,
    outdated,
)
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.intake.files import CARD

# "m" is the dataset outside and the model inside: the conditions are those on files of models
_WANTED = (
    "SELECT m.id, m.downloads FROM dataset m LEFT JOIN dataset_card f ON f.dataset_id = m.id "
    "WHERE m.hub_id = :hub_id AND m.state = 'present' AND (f.id IS NULL OR {outdated}) "
    "AND m.id IN (SELECT u.dataset_id FROM model_dataset u JOIN model m ON m.id = u.model_id "
    "WHERE u.role = 'trained_on' AND u.dataset_id IS NOT NULL AND {models}) "
    "ORDER BY coalesce(m.downloads, 0) DESC, m.name"
)


def fetch_dataset_cards(crawl: Crawl, choice: FileChoice) -> None:
    """Get the cards of datasets that chosen models were trained on, each once a revision.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    with crawl.engine.connect() as connection:
        wanted = wanted_datasets(connection, crawl.setting.hub_id, as_asked_now(crawl, choice))
    fetch_in_batches(crawl, "cards of datasets", [(key, CARD) for key in wanted], "dataset")


def wanted_datasets(connection: Connection, hub_id: int, choice: FileChoice) -> list[int]:
    """Return the surrogate keys of datasets whose cards to ask for, most downloaded first."""
    conditions, values = chosen_models(hub_id, choice)
    query = _WANTED.format(
        outdated=outdated(choice, "1 = 1", values), models=" AND ".join(conditions)
    )
    return [int(row[0]) for row in connection.execute(text(query), values)]
