"""What GitHub says of repositories, read again from the answers that their rows were made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, text

from miner.db import upsert as db
from miner.errors import RetryLater
from miner.pipelines.crawl.github.described import read_batch, read_single
from miner.pipelines.crawl.rebuild_before import ANSWER
from miner.pipelines.intake.repositories import REPOSITORY
from miner.pipelines.sources.github.answers import GRAPHQL_PATH
from miner.pipelines.sources.github.repository_records import RepositoryFacts
from miner.pipelines.sources.received import Location, ReceivedAnswer

Kept = tuple[Location, ReceivedAnswer]


def is_batch(answer: ReceivedAnswer) -> bool:
    """Tell whether metadata was asked for by a batch, and not of one repository by its address."""
    return urlsplit(answer.url).path.endswith(GRAPHQL_PATH)


def read_again(engine: Engine, answers: Sequence[Kept]) -> int:
    """Fill the columns of repositories whose row was made of one of these answers.

    A store before may have been filled by a miner that read less of an answer. State and name are
    left alone: they come from the order of things, too.

    Args:
        engine: The store, for writing.
        answers: Of metadata, indexed in the store.

    Returns:
        Repositories.
    """
    count = 0
    with engine.begin() as connection:
        for location, answer in answers:
            facts = _facts(answer)
            if facts:
                count += _fill(connection, location, facts)
    return count


def _facts(answer: ReceivedAnswer) -> list[RepositoryFacts]:
    if is_batch(answer):
        return list(read_batch(answer, json.loads(answer.context["asked"]))[0].values())
    try:
        told, _ = read_single(answer)
    except RetryLater:  # no proper answer
        return []
    return [] if told is None else [told]


def _fill(connection: Connection, location: Location, facts: Iterable[RepositoryFacts]) -> int:
    by_node = {item.node_id: item for item in facts}
    rows = db.select_in(connection, ANSWER, ("id",), "offset", [location.offset],
                        where={"segment": location.segment})  # fmt: skip
    own = {row[0] for row in rows}
    held = db.select_in(connection, REPOSITORY, ("id", "node_id", "answer_id"), "node_id", by_node)
    count = 0
    for key, node_id, answer_id in held:
        values = by_node[str(node_id)].values
        if answer_id in own and values:
            changes = ", ".join(f"{column} = :{column}" for column in values)
            statement = text(f"UPDATE repository SET {changes} WHERE id = :id")
            connection.execute(statement, {**values, "id": key})
            count += 1
    return count
