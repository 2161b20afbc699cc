"""The architectures of all stored models, derived into the store: whatever is left to derive.

A model is derived after its bases, since it inherits from them. Where the architecture of a base
changes later, its derivatives are derived again, and theirs, until nothing changes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from miner.content import version_of
from miner.errors import InvalidData
from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.architecture_rows import (
    DerivedArchitecture,
    InputFile,
    ModelInputs,
    derivable,
    due_models,
    hub_names,
    last_model,
    load_inputs,
    outdate_derivatives,
    write_architectures,
)
from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence
from miner.pipelines.derive.architecture.precedence import architecture_or_reason
from miner.pipelines.derive.architecture.safe import failed, fault_of
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.method_accuracy import record_architecture_accuracy
from miner.pipelines.executors import Done, Executor, Failed
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.faults import ENDS_THE_RUN, place_of, reported
from miner.pipelines.sources.records.card import decode
from miner.progress import Progress
from miner.schema.vocab import BatchFailure

log = logging.getLogger(__name__)

_BATCH = 1_000
_MOST_TIMES = 8
"""Maximum number of times that a run derives one model: bases may name each other."""

_MOST_OF_CARD = 20_000
"""What a model is, its card says early: more need not go to another process."""

_DUE, _UNDER_WAY = 1, 2


@cache
def version() -> str:
    """Return the version of the rules: that of the code and data which derive an architecture."""
    return version_of("miner.pipelines.derive.architecture", "miner.schema.moe")


class DerivationQueue:
    """Which models are to be derived: a byte for each that there is.

    Args:
        last: Highest surrogate key.
        ids: Those that are due.
    """

    def __init__(self, last: int, ids: Iterable[int]) -> None:
        self._state = bytearray(last + 1)
        self._times = bytearray(last + 1)
        self.count = 0
        for key in ids:
            self._state[key] = _DUE
            self.count += 1

    def batches(self) -> Iterator[list[int]]:
        """Yield those that are due, each once, in the order of their keys."""
        at = self._state.find(_DUE)
        while at >= 0:
            found: list[int] = []
            while at >= 0 and len(found) < _BATCH:
                found.append(at)
                at = self._state.find(_DUE, at + 1)
            yield found

    def is_open(self, key: int) -> bool:
        """Tell whether a model is still to be derived, or is being derived."""
        return self._state[key] != 0

    def begin(self, key: int) -> None:
        """Note that a model is being derived."""
        self._state[key] = _UNDER_WAY
        self._times[key] += 1

    def end(self, key: int) -> bool:
        """Note that a model was derived; return whether it became due again meanwhile."""
        is_due = bool(self._state[key] & _DUE)
        self._state[key] &= _DUE
        return is_due

    def requeue(self, key: int) -> bool:
        """Make a model due once more, unless it was derived too often; return whether it is."""
        if self._times[key] >= _MOST_TIMES:
            return False
        self._state[key] |= _DUE
        return True


@dataclass(frozen=True, slots=True)
class ArchitectureTask:
    """A model to derive: its stored inputs, and the evidence that its answer follows from."""

    inputs: ModelInputs
    evidence: Evidence


def derive_architectures(work: Derivation, executor: Executor, progress: Progress) -> None:
    """Derive the architecture of all models that are new, changed, or derived by other rules.

    Args:
        work: The run; its counts take models by what was found.
        executor: Where architectures are derived.
        progress: Shows how far it is.
    """
    with work.engine.begin() as connection:
        record_architecture_accuracy(connection, version())
    with work.engine.connect() as connection:
        due = DerivationQueue(last_model(connection), due_models(connection, version()))
        hubs = hub_names(connection)
    progress.start("models judged", due.count)
    must_wait = True
    while not work.stop.is_set():
        done = _pass(_Pass(work, executor, progress, due, hubs, must_wait=must_wait))
        if not done and not must_wait:
            break
        must_wait = done > 0  # where all wait for each other, bases name each other
    progress.finish()


@dataclass(frozen=True, slots=True)
class _Pass:
    work: Derivation
    executor: Executor
    progress: Progress
    due: DerivationQueue
    hubs: Mapping[int, str]
    must_wait: bool


def _pass(one: _Pass) -> int:
    """Derive what is due once; return how many models that were."""
    count, work = 0, one.work
    under_way: dict[int, tuple[ArchitectureTask, ...]] = {}

    def batches() -> Iterator[tuple[Evidence, ...]]:
        for tasks in _tasks(one):
            batch = tuple(task.evidence for task in tasks)
            under_way[id(batch)] = tasks
            yield batch

    seconds = work.settings.item_seconds
    for batch, found in one.executor.map_each(architecture_or_reason, batches(), seconds=seconds):
        tasks = under_way.pop(id(batch))
        derived = [
            DerivedArchitecture(task.inputs, _answer(came))
            for task, came in zip(tasks, found, strict=True)
        ]
        with work.engine.begin() as connection:
            changed = write_architectures(connection, version(), derived, work.run_id)
            late = [answer.inputs.id for answer in derived if one.due.end(answer.inputs.id)]
            children = outdate_derivatives(connection, changed, late)
            for key in derivable(connection, children):
                one.due.requeue(key)
        for answer in derived:
            work.counts[_outcome_name(answer.found)] += 1
            if place := fault_of(answer.found):
                reported(work.counts, answer.found.model, {place: 1})
        count += len(derived)
        one.progress.advance(len(derived))
    return count


def _tasks(one: _Pass) -> Iterator[tuple[ArchitectureTask, ...]]:
    """Yield models to derive, batch by batch; one whose bases are not derived yet has to wait."""
    for ids in one.due.batches():
        if one.work.stop.is_set():
            return
        with one.work.engine.connect() as connection:
            stored = [
                model
                for model in load_inputs(connection, ids)
                if not (one.must_wait and any(map(one.due.is_open, model.base_ids)))
            ]
        for model in stored:
            one.due.begin(model.id)
        if stored:
            reader, hubs = one.work.reader, one.hubs
            yield tuple(
                ArchitectureTask(model, _evidence(model, reader, hubs, one.work))
                for model in stored
            )


def _evidence(
    model: ModelInputs, reader: ArchiveReader, hubs: Mapping[int, str], work: Derivation
) -> Evidence:
    """Return the evidence on a model; where it cannot be put together, its name and why."""
    try:
        return evidence_of(model, reader, hubs)
    except Exception as error:  # a bug costs this model, not the crawl
        if isinstance(error, ENDS_THE_RUN):
            raise
        name, place = str(model.row["name"]), place_of(error)
        reported(work.counts, name, {place: 1})
        return Evidence(name, hubs[int(str(model.row["hub_id"]))], problems=(f"failed: {place}",))


def evidence_of(model: ModelInputs, reader: ArchiveReader, hubs: Mapping[int, str]) -> Evidence:
    """Return everything stored of a model, in the shape that the rules read.

    Args:
        model: What the store holds.
        reader: Of the archive, which holds config and card.
        hubs: Names of hubs by surrogate key.
    """
    row = model.row
    gguf = {
        "architecture": row["gguf_architecture"], "context_length": row["gguf_context_length"],
    } if row["gguf_architecture"] else None  # fmt: skip
    problems: list[str] = []
    card = _body("card", model.card, model, reader, problems)
    config = _body("config", model.config, model, reader, problems)
    return Evidence(
        str(row["name"]),
        hubs[int(str(row["hub_id"]))],
        config=config,
        gguf=gguf,
        dtypes=_counts(_json(row["safetensors_dtypes"])),
        safetensors_total=_whole(row["safetensors_parameter_count"]),
        gguf_total=_whole(row["gguf_parameter_count"]),
        model_type=_text(row["model_type"]),
        classes=_texts(row["architectures"]),
        quantization=_text(row["quantization"]),
        tags=_texts(row["tags"]),
        bases=model.bases,
        card=decode(card)[0][:_MOST_OF_CARD] if card is not None else None,
        problems=tuple(problems),
    )


def _body(
    name: str,
    file: InputFile | None,
    model: ModelInputs,
    reader: ArchiveReader,
    problems: list[str],
) -> bytes | None:
    """Return the bytes of a file, None where there are none or their record is damaged."""
    if file is None or file.place is None:
        return None
    try:
        return reader.read(*file.place).body
    except InvalidData as error:
        log.warning("the %s of %s cannot be read: %s", name, model.row["name"], error.message)
        problems.append(f"its {name} cannot be read: the record in the archive is damaged")
        return None


def _json(value: object) -> object:
    return orjson.loads(value) if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    decoded = _json(value)
    return (
        tuple(one for one in decoded if isinstance(one, str)) if isinstance(decoded, list) else ()
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= config_values.MAX_COUNT else None


def _counts(reported: object) -> dict[str, int] | None:
    """Return elements by number format; None where one of the counts cannot be one."""
    if not isinstance(reported, dict):
        return None
    counts = {name: config_values.element_count(count) for name, count in reported.items()}
    known = {name: count for name, count in counts.items() if count is not None}
    return known if known and len(known) == len(counts) else None


def _answer(came: Done[Evidence, Architecture] | Failed[Evidence]) -> Architecture:
    """Return the architecture of a model: unknown where no worker could derive it."""
    if isinstance(came, Done):
        return came.result
    if came.state is BatchFailure.TOO_SLOW:
        log.warning("%s cannot be judged: %s", came.batch.model, came.reason)
    return failed(came.batch, came.reason)


def _outcome_name(found: Architecture) -> str:
    if found.is_moe is None:
        return "models judged: not known"
    return "models judged: experts" if found.is_moe else "models judged: dense"
