"""Requests for an architecture answered in a process that is ended when one takes too long."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import orjson

from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence
from miner.pipelines.derive.architecture.precedence import architecture_or_reason
from miner.pipelines.derive.architecture.request import evidence_from
from miner.pipelines.derive.architecture.safe import failed
from miner.pipelines.executors import Done, open_executor

_BATCH = 64

Row = Mapping[str, object]
"""The columns of ``model_architecture``."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A line of a file of requests, as bytes, and its number from 1."""

    number: int
    text: bytes


def answer(evidence: Evidence, seconds: float) -> Row:
    """Return the architecture of a model; one that takes too long is unknown, and says so.

    Args:
        evidence: What is stored of it.
        seconds: Of processor time that it may take.
    """
    with open_executor("processes:1") as executor:
        (came,) = executor.map(architecture_or_reason, [evidence], seconds=seconds)
    found = came.result if isinstance(came, Done) else failed(evidence, came.reason)
    return found.as_row()


def answer_all(lines: Iterable[bytes], seconds: float) -> Iterator[Row]:
    """Yield the answer to each line, in order; one that is no request gets one that says so.

    Args:
        lines: A JSON object each.
        seconds: Of processor time that one may take.
    """
    with (
        open_executor("processes:1") as executor,  # one: answers come in the order of requests
        closing(executor.map_each(answer_line, _batches(lines), seconds=seconds)) as batches,
    ):
        for _, outcomes in batches:
            for came in outcomes:
                if isinstance(came, Done):
                    yield came.result
                else:
                    yield _unanswered(came.batch.number, f"failed: {came.reason}")


def answer_line(line: RequestLine) -> Row:
    """Return the answer to one line."""
    reason = ""
    try:
        request = orjson.loads(line.text)
    except orjson.JSONDecodeError:
        request, reason = _lenient(line.text), "no JSON" if line.text.strip() else "empty"
    if isinstance(request, dict):
        return architecture_or_reason(evidence_from(request)).as_row()
    return _unanswered(line.number, reason or "no JSON object")


def _unanswered(number: int, reason: str) -> Row:
    found = Architecture(Evidence().hub, "", is_unsure=True)
    found.reasons.append(f"line {number}: {reason}")
    return found.as_row()


def _batches(lines: Iterable[bytes]) -> Iterator[tuple[RequestLine, ...]]:
    numbered = (RequestLine(number, text) for number, text in enumerate(lines, 1))
    while batch := tuple(islice(numbered, _BATCH)):
        yield batch


def _lenient(line: bytes) -> object:
    """Return a line with NaN, which configs hold and strict JSON refuses; None if it fails."""
    try:
        return json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
