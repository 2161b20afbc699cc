"""License files of models' repositories, read by the matcher of texts: statements of a license.

A file is evidence beside the tag and the card. Each different text is read once in a run; what
other rules read before is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, or_, select

from miner.content import version_of
from miner.db import upsert as db
from miner.errors import InvalidData
from miner.pipelines.derive.job import Derivation
from miner.pipelines.derive.licenses.texts.detect import detect
from miner.pipelines.derive.licenses.texts.found import LicenseScope, Match, TextState
from miner.pipelines.derive.licenses.texts.paths import StatementPlace, place_of
from miner.pipelines.executors import Done, Executor
from miner.pipelines.intake.batch import choose, table_of
from miner.pipelines.intake.files import FILE, OTHER_FILES
from miner.pipelines.intake.statements import LICENSE
from miner.pipelines.sources.records.card import decode
from miner.progress import Progress
from miner.schema import tables
from miner.schema.vocab import FileState, ParseState, Source

_ANSWER = table_of(tables.ArchivedAnswer)
_MODELS = 200
_SCOPES = {LicenseScope.CODE: "code", LicenseScope.DATA: "data", LicenseScope.DOCS: "code"}
_WEIGHTS = "weights"
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class LicenseText:
    """A text to read, and the path that it is at."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class FileStatement:
    """What a license file states.

    Attributes:
        key: A license, or an expression of several; ``other`` where none is recognized.
        title: What a text that is not recognized calls itself, or why it is not.
        scope: code, weights or data.
        start: First code point of the evidence; None without any.
        end: One past its last.
        state: What became of the text.
    """

    key: str = _OTHER
    title: str = ""
    scope: str = _WEIGHTS
    start: int | None = None
    end: int | None = None
    state: ParseState = ParseState.PARTIAL


@dataclass(frozen=True, slots=True)
class _Stored:
    """A license file as the store knows it."""

    file_id: int
    model_id: int
    path: str
    state: str
    blob_sha: str | None
    segment: str | None
    offset: int | None

    @property
    def is_seeded(self) -> bool:
        return self.state == FileState.FETCHED and self.segment is None


def license_rules_version() -> str:
    """Return the version of the rules: that of the code and data which read a license text."""
    return version_of("miner.pipelines.derive.licenses.texts", "miner.schema.licenses")


def read_license_file(item: LicenseText) -> FileStatement:
    """Return what a license file states; of several licenses, those of the weights."""
    found = detect(item.text, item.path)
    if found.state is TextState.EMPTY:
        return FileStatement(title="an empty file", state=ParseState.EMPTY)
    if not found.licenses:
        title = found.title or found.reason
        return FileStatement(title=title, scope=_scope_of(found.scope))
    own = [one for one in found.own if one.scope not in _SCOPES] or list(found.own)
    keys = list(dict.fromkeys(one.license for one in own))
    word = f" {found.joined.upper()} " if found.joined else " | "
    first: Match = own[0]
    return FileStatement(
        word.join(keys), "", _scope_of(first.scope), first.start, first.end, ParseState.PARSED
    )


def _scope_of(scope: LicenseScope) -> str:
    return _SCOPES.get(scope, _WEIGHTS)


def read_license_files(work: Derivation, executor: Executor, progress: Progress) -> None:
    """Read the license files that the rules of this version have not read as they are.

    Args:
        work: The run; its counts take files by what became of them.
        executor: Where texts are read.
        progress: Shows how far it is.
    """
    version = license_rules_version()
    with work.engine.connect() as connection:
        due = _due_models(connection, version)
    progress.start("license files read, models", len(due))
    known: dict[tuple[str, str], FileStatement] = {}
    for start in range(0, len(due), _MODELS):
        if work.stop.is_set():
            break
        group = due[start : start + _MODELS]
        with work.engine.connect() as connection:
            files = _files_of(connection, group)
        read = _read(work, executor, files, known)
        with work.engine.begin() as connection:
            _write(connection, group, files, read, version)
        progress.advance(len(group))
    progress.finish()


def _due_models(connection: Connection, version: str) -> list[int]:
    """Return the models with a file that is not read as it is; not those of a snapshot."""
    is_seeded = and_(FILE.c.state == FileState.FETCHED.value, FILE.c.answer_id.is_(None))
    query = (
        select(FILE.c.model_id)
        .where(
            FILE.c.path.not_in(OTHER_FILES),
            or_(FILE.c.rules_version.is_(None), FILE.c.rules_version != version),
            ~is_seeded,
        )
        .distinct()
        .order_by(FILE.c.model_id)
    )
    return [int(key) for key in connection.scalars(query)]


def _files_of(connection: Connection, model_ids: Sequence[int]) -> list[_Stored]:
    query = (
        select(
            FILE.c.id, FILE.c.model_id, FILE.c.path, FILE.c.state, FILE.c.blob_sha,
            _ANSWER.c.segment, _ANSWER.c.offset,
        )
        .outerjoin(_ANSWER, _ANSWER.c.id == FILE.c.answer_id)
        .where(FILE.c.path.not_in(OTHER_FILES), FILE.c.model_id.in_(model_ids))
        .order_by(FILE.c.model_id, FILE.c.path)
    )  # fmt: skip
    return [_Stored(*row) for row in connection.execute(query)]


def _read(
    work: Derivation,
    executor: Executor,
    files: Iterable[_Stored],
    known: dict[tuple[str, str], FileStatement],
) -> dict[int, FileStatement]:
    """Return what files state, by their surrogate keys; a text that is known is not read again."""
    places = [
        one
        for one in files
        if one.state == FileState.FETCHED
        and one.segment is not None
        and place_of(one.path) is StatementPlace.LICENSE_FILE
    ]
    left = {(str(one.blob_sha), one.path): one for one in places}
    texts = {
        key: text
        for key, one in left.items()
        if key not in known and (text := _text(work, one)) is not None
    }
    keys = list(texts)
    seconds = work.settings.item_seconds
    batches = [[texts[key] for key in keys]] if keys else []
    for _, outcomes in executor.map_each(read_license_file, batches, seconds=seconds):
        for key, came in zip(keys, outcomes, strict=True):
            if isinstance(came, Done):
                known[key] = came.result
                work.counts["license texts read"] += 1
            else:
                known[key] = FileStatement(title="it could not be read")
                work.counts["license texts not read"] += 1
    return {
        one.file_id: known[key] for one in places if (key := (str(one.blob_sha), one.path)) in known
    }


def _text(work: Derivation, file: _Stored) -> LicenseText | None:
    """Return a file's text; None where its record in the archive is damaged."""
    try:
        body = work.reader.read(str(file.segment), int(file.offset or 0)).body
    except InvalidData:
        work.counts["license files whose record in the archive is damaged"] += 1
        return None
    return LicenseText(file.path, decode(body)[0])


def _write(
    connection: Connection,
    model_ids: Sequence[int],
    files: Sequence[_Stored],
    read: dict[int, FileStatement],
    version: str,
) -> None:
    """Replace what the license files of some models state, but for those of a snapshot."""
    seeded = {(one.model_id, one.path) for one in files if one.is_seeded}
    positions = _delete(connection, model_ids, seeded)
    rows: list[db.Row] = []
    for one in files:
        if (stated := read.get(one.file_id)) is None:
            continue
        place = positions[one.model_id] = positions.get(one.model_id, -1) + 1
        rows.append(_row(one, stated, place))
    db.insert(connection, LICENSE, db.numbered(connection, LICENSE, rows))
    choose(connection, LICENSE, "model_id", (), list(model_ids))
    done = [
        {
            "key": one.file_id,
            "new_version": version,
            "new_state": read[one.file_id].state.value if one.file_id in read else None,
            "new_reason": (read[one.file_id].title or None) if one.file_id in read else None,
        }
        for one in files
        if not one.is_seeded
    ]
    if done:
        connection.execute(
            FILE.update()
            .where(FILE.c.id == bindparam("key"))
            .values(
                rules_version=bindparam("new_version"),
                parse_state=bindparam("new_state"),
                parse_reason=bindparam("new_reason"),
            ),
            done,
        )


def _delete(
    connection: Connection, model_ids: Sequence[int], kept: set[tuple[int, str]]
) -> dict[int, int]:
    """Delete statements of license files; return the last position of those that stay."""
    rows = db.select_rows(
        connection, LICENSE, ("id", "model_id", "license_link", "position"), "model_id",
        model_ids, where={"source": Source.LICENSE_FILE.value},
    )  # fmt: skip
    gone = [row["id"] for row in rows if (row["model_id"], row["license_link"]) not in kept]
    db.delete_where_in(connection, LICENSE, "id", gone)
    left = [row for row in rows if (row["model_id"], row["license_link"]) in kept]
    return {
        row["model_id"]: row["position"] for row in sorted(left, key=lambda one: one["position"])
    }


def _row(file: _Stored, stated: FileStatement, position: int) -> db.Row:
    return {
        "model_id": file.model_id,
        "dataset_id": None,
        "source": Source.LICENSE_FILE.value,
        "position": position,
        "key": stated.key,
        "canonical": stated.key.lower(),
        "license_name": stated.title or None,
        "license_link": file.path,
        "scope": stated.scope,
        "is_chosen": 0,
        "blob_sha": file.blob_sha,
        "span_start": stated.start,
        "span_end": stated.end,
    }
