"""The architectures of all stored models, derived into the store: whatever is left to derive.

A model is derived after its bases, since it inherits from them. Of models that are the same to
the rules one is derived, and its answer is written for all. Where the architecture of a base
changes later, its derivatives are derived again, and theirs, until nothing changes.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import orjson

from miner.content import version_of
from miner.errors import InvalidData
from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.architecture_rows import (
    InputFile,
    JudgedValues,
    ModelInputs,
    StoredBase,
    base_models,
    changed_bases,
    children_of,
    derivable,
    due_models,
    hub_names,
    judged_values,
    last_model,
    load_bases,
    load_inputs,
    outdate,
    write_architectures,
)
from miner.pipelines.derive.architecture.gguf import Header, read_header
from miner.pipelines.derive.architecture.hints import may_say
from miner.pipelines.derive.architecture.model_evidence import Architecture, Evidence, ReadState
from miner.pipelines.derive.architecture.precedence import architecture_or_reason
from miner.pipelines.derive.architecture.safe import failed, fault_of
from miner.pipelines.derive.architecture.shared_answers import Key, filled, keys_of, shared
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.method_accuracy import record_architecture_accuracy
from miner.pipelines.executors import Done, Executor, Failed
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.faults import ENDS_THE_RUN, place_of, reported
from miner.pipelines.sources.records.card import decode
from miner.progress import Progress
from miner.schema.vocab import BatchFailure

log = logging.getLogger(__name__)

_BATCH = 10_000
_TASKS = 500
"""Models that go to a worker at once."""
_MOST_ANSWERS = 50_000
"""Maximum number of answers kept for models to come: about 100 MB."""
_MOST_TIMES = 8
"""Maximum number of times that a run derives one model: bases may name each other."""

_MOST_OF_CARD = 20_000
"""What a model is, its card says early: more need not go to another process."""

_DUE, _UNDER_WAY = 1, 2
Judged = tuple[ModelInputs, JudgedValues]


@cache
def version() -> str:
    """Return the version of the rules: that of the code and data which derive an architecture."""
    return version_of("miner.pipelines.derive.architecture", "miner.schema.moe")


class DerivationQueue:
    """Which models are to be derived: a byte for each that there is.

    Args:
        last: Highest surrogate key.
        ids: Those that are due.
        bases: Those that others may inherit from.
    """

    def __init__(self, last: int, ids: Iterable[int], bases: Iterable[int] = ()) -> None:
        self._state = bytearray(last + 1)
        self._times = bytearray(last + 1)
        self._is_base = bytearray(last + 1)
        self.count = 0
        for key in ids:
            self._state[key] = _DUE
            self.count += 1
        for key in bases:
            self._is_base[key] = True

    def batches(self) -> Iterator[list[int]]:
        """Yield those that are due, each once, in the order of their keys."""
        at = self._state.find(_DUE)
        while at >= 0:
            found: list[int] = []
            while at >= 0 and len(found) < _BATCH:
                found.append(at)
                at = self._state.find(_DUE, at + 1)
            yield found

    def is_base(self, key: int) -> bool:
        """Tell whether other models may inherit from a model."""
        return bool(self._is_base[key])

    def is_open(self, key: int) -> bool:
        """Tell whether a model is still to be derived, or is being derived."""
        return self._state[key] != 0

    def is_due(self, key: int) -> bool:
        """Tell whether a model is still to be derived, with all that changes until then."""
        return bool(self._state[key] & _DUE)

    def begin(self, key: int) -> None:
        """Note that a model is being derived."""
        self._state[key] = _UNDER_WAY
        self._times[key] += 1

    def put_back(self, key: int) -> None:
        """Make a model due again that was begun and not derived."""
        self._state[key] = _DUE
        self._times[key] -= 1

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
    """A model to derive.

    Attributes:
        inputs: What the store holds of it.
        evidence: What its answer follows from.
        key: What it may have in common with others; None: it is derived for itself.
    """

    inputs: ModelInputs
    evidence: Evidence
    key: Key | None = None


class Answers:
    """Answers that models share, by what the rules read of these; the latest ones.

    Attributes:
        waiting: Models that wait for the answer of one with the same key, by that key.
    """

    def __init__(self) -> None:
        self.waiting: dict[Key, list[ModelInputs]] = {}
        self._known: dict[Key, JudgedValues | None] = {}

    def are_apart(self, key: Key) -> bool:
        """Return whether models with a key are derived one by one."""
        return key in self._known and self._known[key] is None

    def get(self, key: Key) -> JudgedValues | None:
        """Return the answer to a key; None: it is not known, or there is none."""
        return self._known.get(key)

    def put(self, key: Key, answer: JudgedValues | None) -> list[ModelInputs]:
        """Keep the answer to a key, None for none; return the models that waited for it."""
        self._known[key] = answer
        if len(self._known) > _MOST_ANSWERS:
            del self._known[next(iter(self._known))]
        return self.waiting.pop(key)


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
        ids, bases = due_models(connection, version()), base_models(connection)
        due = DerivationQueue(last_model(connection), ids, bases)
        hubs = hub_names(connection)
    progress.start("models judged", due.count)
    answers, must_wait = Answers(), True
    while not work.stop.is_set():
        done = _pass(_Pass(work, executor, progress, due, hubs, answers, must_wait=must_wait))
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
    answers: Answers
    must_wait: bool


def _pass(one: _Pass) -> int:
    """Derive what is due once; return how many models that were."""
    count, work, answers = 0, one.work, one.answers
    under_way: dict[int, Sequence[ArchitectureTask]] = {}

    def batches() -> Iterator[tuple[Evidence, ...]]:
        nonlocal count
        for settled, tasks in _tasks(one):
            count += _write(one, settled)
            for start in range(0, len(tasks), _TASKS):
                chunk = tasks[start : start + _TASKS]
                batch = tuple(task.evidence for task in chunk)
                under_way[id(batch)] = chunk
                yield batch

    seconds = work.settings.item_seconds
    for batch, found in one.executor.map_each(architecture_or_reason, batches(), seconds=seconds):
        derived: list[Judged] = []
        for task, came in zip(under_way.pop(id(batch)), found, strict=True):
            architecture = _answer(came)
            if place := fault_of(architecture):
                reported(work.counts, architecture.model, {place: 1})
            derived.append((task.inputs, judged_values(architecture)))
            if task.key is not None:
                answer = shared(task.inputs, task.evidence, architecture)
                for model in answers.put(task.key, answer):
                    if answer is None:
                        one.due.put_back(model.id)  # derived for itself in the next pass
                    else:
                        derived.append((model, filled(answer, model)))
        count += _write(one, derived)
    answers.waiting.clear()  # of a run that was asked to end
    return count


def _write(one: _Pass, judged: Sequence[Judged]) -> int:
    """Write the architectures of models; those that inherit from them become due."""
    if not judged:
        return 0
    work = one.work
    with work.engine.begin() as connection:
        inherited = [(model, values) for model, values in judged if one.due.is_base(model.id)]
        changed = changed_bases(connection, inherited)
        write_architectures(connection, version(), judged, work.run_id)
        late = [model.id for model, _ in judged if one.due.end(model.id)]
        children = [key for key in children_of(connection, changed) if not one.due.is_due(key)]
        outdate(connection, [*children, *late])
        for key in derivable(connection, children):
            one.due.requeue(key)
    for is_moe, count in Counter(values.is_moe for _, values in judged).items():
        work.counts[_outcome_name(is_moe)] += count
    one.progress.advance(len(judged))
    return len(judged)


def _tasks(one: _Pass) -> Iterator[tuple[list[Judged], list[ArchitectureTask]]]:
    """Yield models with an answer that is known, and those to derive, batch by batch.

    One whose bases are not derived yet has to wait; so does one of which another is under way
    that will have the same answer.
    """
    answers = one.answers
    for ids in one.due.batches():
        if one.work.stop.is_set():
            return
        with one.work.engine.connect() as connection:
            bases = load_bases(connection, ids)
            ready = [
                key
                for key in ids
                if not one.must_wait or key not in bases or not _must_wait(one.due, bases[key])
            ]
            stored = load_inputs(connection, ready, bases)
        settled: list[Judged] = []
        tasks: list[ArchitectureTask] = []
        for model, read in zip(stored, keys_of(stored), strict=True):
            # also of one that waits: what its base becomes makes it due anew
            one.due.begin(model.record.id)
            key = None if model.card and _card_may_say(model, one.work.reader) else read
            if key is not None and (answer := answers.get(key)) is not None:
                settled.append((model, filled(answer, model)))
                continue
            if key is not None and answers.are_apart(key):
                key = None
            if key is not None and key in answers.waiting:
                answers.waiting[key].append(model)
                continue
            if key is not None:
                answers.waiting[key] = []
            evidence = _evidence(model, one.work.reader, one.hubs, one.work)
            tasks.append(ArchitectureTask(model, evidence, key))
        yield settled, tasks


def _must_wait(due: DerivationQueue, bases: Iterable[StoredBase]) -> bool:
    return any(one.id is not None and due.is_open(one.id) for one in bases)


def _card_may_say(model: ModelInputs, reader: ArchiveReader) -> bool:
    """Return whether the card of a model may tell of experts, or cannot be read."""
    problems: list[str] = []
    card = _body("card", model.card, model, reader, problems)
    return bool(problems) or (card is not None and may_say(decode(card)[0]))


def _evidence(
    model: ModelInputs, reader: ArchiveReader, hubs: Mapping[int, str], work: Derivation
) -> Evidence:
    """Return the evidence on a model; where it cannot be put together, its name and why."""
    try:
        return evidence_of(model, reader, hubs)
    except Exception as error:  # a bug costs this model, not the crawl
        if isinstance(error, ENDS_THE_RUN):
            raise
        place = place_of(error)
        reported(work.counts, model.name, {place: 1})
        return Evidence(model.name, hubs[model.record.hub_id], problems=(f"failed: {place}",))


def evidence_of(model: ModelInputs, reader: ArchiveReader, hubs: Mapping[int, str]) -> Evidence:
    """Return everything stored of a model, in the shape that the rules read.

    Args:
        model: What the store holds.
        reader: Of the archive, which holds config and card.
        hubs: Names of hubs by surrogate key.
    """
    row = model.record
    gguf: Header | Mapping[str, object] | None = {
        "architecture": row.gguf_architecture, "context_length": row.gguf_context_length,
    } if row.gguf_architecture else None  # fmt: skip
    problems: list[str] = []
    head = _body("GGUF header", model.gguf_head, model, reader, problems)
    if head is not None:  # read here: its megabytes need not go to another process
        header = read_header(head)
        if header.state is ReadState.UNPARSABLE:
            problems.append(f"its GGUF header cannot be read: {header.reason}")
        else:
            gguf = header
    card = _body("card", model.card, model, reader, problems)
    config = _body("config", model.config, model, reader, problems)
    return Evidence(
        row.name,
        hubs[row.hub_id],
        config=config,
        gguf=gguf,
        dtypes=_counts(_json(row.safetensors_dtypes)),
        safetensors_total=_whole(row.safetensors_parameter_count),
        gguf_total=_whole(row.gguf_parameter_count),
        model_type=_text(row.model_type),
        classes=_texts(row.architectures),
        quantization=_text(row.quantization),
        tags=_texts(row.tags),
        bases=tuple(one.evidence() for one in model.bases),
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
        log.warning("the %s of %s cannot be read: %s", name, model.name, error.message)
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


def _outcome_name(is_moe: bool | None) -> str:
    if is_moe is None:
        return "models judged: not known"
    return "models judged: experts" if is_moe else "models judged: dense"
