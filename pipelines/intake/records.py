"""Single records: a model or dataset asked for by name, and what the answer means."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

import orjson

from miner.errors import SkipRecord
from miner.pipelines.intake import datasets, models
from miner.pipelines.intake.batch import Batch, as_text, write_answer, write_problems
from miner.pipelines.intake.sweeps import RunContext
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.pipelines.sources.records.facts import DatasetFacts, ModelFacts, Problem
from miner.pipelines.sources.records.lost import lost
from miner.schema.vocab import EventKind, ModelState, ParseState, RecordReason

Facts = TypeVar("Facts", ModelFacts, DatasetFacts)


def ingest_record(setting: RunContext, answer: ReceivedAnswer, location: Location) -> str:
    """Take the answer to one record's address in, in a transaction of its own.

    Returns:
        What it was: ``found``, ``renamed``, a state, or ``unusable``.
    """
    take = _ingest_model if answer.context.get("subject") == "model" else _ingest_dataset
    with setting.engine.begin() as connection:
        answer_id = write_answer(connection, answer, location, ParseState.PARSED.value)
        batch = Batch(
            connection, setting.hub_id, setting.run_id, as_text(answer.observed_at), answer_id,
            is_first=answer.context.get("is_first") != "0", faults=setting.faults,
        )  # fmt: skip
        return take(setting, batch, answer)


def _ingest_model(setting: RunContext, batch: Batch, answer: ReceivedAnswer) -> str:
    asked = answer.context["name"]
    state = setting.listing_hub.record_state(answer)
    if state != ModelState.PRESENT:
        for known in models.find_by_names(batch, [asked]) if state else ():
            kind = EventKind.DISABLED if state == ModelState.DISABLED else EventKind.GONE
            models.set_state(batch, known, state or ModelState.GONE, kind)
        return state.value if state else "unusable"
    facts = _read(batch, "model", answer, setting.listing_hub.read_model)
    if facts is None:
        return "unusable"
    bearers = models.find_by_names(batch, [asked]) if facts.name != asked else []
    models.write_models(batch, [facts])
    write_problems(batch, "model", facts.problems)
    if facts.name == asked:
        return "found"
    (target,) = models.find_by_names(batch, [facts.name])
    models.write_alias(batch, asked, target.id, "redirect")
    for bearer in bearers:
        if bearer.id != target.id:  # the name leads to another repository: this one is gone
            models.set_state(batch, bearer, ModelState.GONE, EventKind.GONE)
    return "renamed"


def _ingest_dataset(setting: RunContext, batch: Batch, answer: ReceivedAnswer) -> str:
    asked = answer.context["name"]
    state = setting.listing_hub.record_state(answer)
    if state != ModelState.PRESENT:
        if state and datasets.dataset_id(batch, asked) is not None:
            datasets.write_absent(batch, asked, state)
        return state.value if state else "unusable"
    facts = _read(batch, "dataset", answer, setting.listing_hub.read_dataset)
    if facts is None:
        return "unusable"
    datasets.write_datasets(batch, [facts])
    write_problems(batch, "dataset", facts.problems)
    if facts.name == asked:
        return "found"
    target = datasets.dataset_id(batch, facts.name)
    if target is not None:
        datasets.write_alias(batch, asked, target)
    return "renamed"


def _read(
    batch: Batch, subject: str, answer: ReceivedAnswer, read: Callable[[object], Facts]
) -> Facts | None:
    """Return a record's facts; where it cannot be used, note why and return None."""
    try:
        try:
            record = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            record = json.loads(answer.body.decode("utf-8", "replace"))
        return read(record)
    except SkipRecord as error:
        problem = Problem("", error.reason, error.message, 0, answer.context.get("name"))
    except (ValueError, RecursionError) as error:
        problem = Problem(
            "", RecordReason.NOT_JSON.value, str(error)[:200], 0, answer.context.get("name")
        )
    except Exception as error:  # a bug costs this record, not the crawl
        problem = lost(error, answer.context.get("name"))
    write_problems(batch, subject, [problem])
    return None
