"""A listing page of the Hugging Face Hub, from bytes to facts."""

from __future__ import annotations

from miner.errors import SkipRecord
from miner.pipelines.parse.facts import Listing, ModelFacts, Problem
from miner.pipelines.parse.pages import decode_page
from miner.pipelines.parse.record import read_light, read_model
from miner.schema.vocab import SweepKind


def read_listing(body: bytes, kind: str) -> Listing:
    """Read a page of models.

    Args:
        body: The page as received.
        kind: ``vocab.SweepKind``: whether its records are light or full.
    """
    decoded = decode_page(body)
    read = read_light if kind == SweepKind.LIGHT else read_model
    facts: list[ModelFacts] = []
    problems: list[Problem] = list(decoded.problems)
    for position, record in decoded.records:
        try:
            facts.append(read(record, position))
        except SkipRecord as error:
            problems.append(Problem("", error.reason, error.message, position))
    return Listing(facts, problems, decoded.is_whole)
