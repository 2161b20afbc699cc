"""What the files of a repository say of its licenses: bytes in, statements out.

A license file is classified once for each different content; source files are only searched for
an SPDX tag in their first lines.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from miner.pipelines.derive.licenses.statement import Op, Statement
from miner.pipelines.derive.licenses.statement import read as read_statement
from miner.pipelines.derive.licenses.texts import package_metadata, readme, scopes
from miner.pipelines.derive.licenses.texts.detect import detect
from miner.pipelines.derive.licenses.texts.found import (
    MAX_QUOTE,
    SCORES,
    Detected,
    LicenseScope,
    Method,
    TextState,
    line_of,
    quote_at,
)
from miner.pipelines.derive.licenses.texts.paths import (
    FileStanding,
    StatementPlace,
    is_foreign,
    place_of,
    standing_of,
)
from miner.pipelines.executors.deadline import part
from miner.pipelines.scan.reports import is_own_text
from miner.pipelines.scan.source_files import FILE_SECONDS, SourceFile
from miner.pipelines.scan.vendored import Vendored
from miner.pipelines.sources.faults import Faults
from miner.schema.licenses import KnownLicense
from miner.schema.redact import redacted

MAX_FILES = 400  # files with statements that are kept; as many again of the root
MAX_TEXTS = 60  # different texts that are classified; those of the root come first
MAX_FILE_BYTES = 1_500_000  # of a file; what follows is a list of the licenses of others
MAX_BYTES = 24 * 1024 * 1024  # the root may pass it by as much again
MAX_TAGS = 200  # different expressions
TAG_BYTES = 2_048  # a tag stands at the beginning of a file
_TAG = re.compile(rb"SPDX-License-Identifier:[ \t]*([\w.+() -]{2,160})")


@dataclass(frozen=True, slots=True)
class RepositoryStatement:
    """What one file, or all tags of one kind, say of a license.

    Attributes:
        path: The file; of tags, the first one.
        place: Which kind of file it is.
        standing: Whose work it is about.
        folder: What it covers by place: its folder, empty for the whole repository.
        scope: What it covers by name or sentence.
        state: What is known.
        licenses: Keys of ``schema/licenses``, in order; empty unless recognized.
        spdx: Their SPDX id or expression; empty if how several relate is not said.
        joined: ``or``, ``and`` or empty.
        method: How they were recognized; None if nothing was.
        score: Share of right answers of that method, 0 to 1; 0 if nothing was recognized.
        wording: As written, or the title of a text that is not known; at most 200 code points.
        line: Line of the evidence, from 1.
        quote: The evidence, at most 200 code points; addresses of people are taken out.
        count: Files that say so.
        third_party: Keys of the licenses of what the work includes.
        resembles: Key of the standard license whose changed text it is.
        reason: Why it is not recognized.
    """

    path: str
    place: StatementPlace
    standing: FileStanding
    folder: str
    scope: LicenseScope
    state: TextState
    licenses: tuple[str, ...] = ()
    spdx: str = ""
    joined: str = ""
    method: Method | None = None
    score: float = 0.0
    wording: str = ""
    line: int = 1
    quote: str = ""
    count: int = 1
    third_party: tuple[str, ...] = ()
    resembles: str = ""
    reason: str = ""


@dataclass(slots=True)
class _LicenseFile:
    path: str
    place: StatementPlace
    data: bytes | None
    skipped: str = ""


class LicenseReader:
    """Takes the files of a repository, one after the other, and says what they state.

    Args:
        file_seconds: Processor time after which a worker that reads one file is ended.

    Attributes:
        skipped: Files that were not read, by reason.
        faults: Files on which a reader broke.
    """

    def __init__(self, file_seconds: float = FILE_SECONDS) -> None:
        self._file_seconds = file_seconds
        self.skipped: Counter[str] = Counter()
        self.faults = Faults()
        self._files: list[_LicenseFile] = []
        self._paths: list[str] = []
        self._tags: dict[tuple[str, str], tuple[str, int, str, int]] = {}
        self._room = MAX_BYTES
        self._texts: dict[tuple[bytes, StatementPlace, LicenseScope], Detected] = {}

    def add(self, path: str, data: bytes | None, skipped: str = "") -> None:
        """Take one file.

        Args:
            path: Path inside the repository, with forward slashes.
            data: Its bytes; None if it was not read.
            skipped: Why it was not.
        """
        self._paths.append(path)
        place = place_of(path)
        if place is None:
            if data is not None:
                self._tag(path, data)
            return
        if is_foreign(path) or (data is not None and is_own_text(data)):
            self.skipped["foreign"] += 1
            return
        if data is None:
            self.skipped[skipped or "unreadable"] += 1
        kept = None if data is None else data[:MAX_FILE_BYTES]
        size = len(kept or b"")
        # What a tree of packages states must not crowd out the license of the whole.
        times = 1 if "/" in path else 2
        if len(self._files) >= times * MAX_FILES or size > self._room + (times - 1) * MAX_BYTES:
            self.skipped["bound"] += 1
            return
        self._room -= size
        self._files.append(_LicenseFile(path, place, kept, skipped))
        if data is not None and place is StatementPlace.METADATA:
            self._tag(path, data)

    def _tag(self, path: str, data: bytes) -> None:
        match = _TAG.search(data, 0, TAG_BYTES)
        if match is None:
            return
        wording = match[1].decode("ascii", "replace").strip()
        key = (wording, standing_of(path).value)
        if key not in self._tags and len(self._tags) >= MAX_TAGS:
            self.skipped["bound"] += 1
            return
        line = data.count(b"\n", 0, match.start()) + 1
        first, at, quote, count = self._tags.get(
            key, (path, line, match[0].decode("ascii", "replace").strip()[:MAX_QUOTE], 0)
        )
        self._tags[key] = (first, at, quote, count + 1)

    def statements(self) -> list[RepositoryStatement]:
        """Return what was said: the root first, then by path; tags last."""
        vendored = Vendored(self._paths)
        found: list[RepositoryStatement] = []
        for file in sorted(self._files, key=lambda one: (one.path.count("/"), one.path)):
            standing = standing_of(file.path, is_copy=vendored.is_copy(file.path))
            with part(file.path, self._file_seconds):
                found += self._guarded(file, standing)
        return [*found, *self._tagged()]

    def _guarded(self, file: _LicenseFile, standing: FileStanding) -> list[RepositoryStatement]:
        """Read one file; an unexpected error is its reason, and costs no other file."""
        try:
            return list(self._read(file, standing))
        except Exception as error:  # a bug in one reader must not lose the repository's licenses
            return [
                RepositoryStatement(
                    file.path, file.place, standing, "", LicenseScope.CODE, TextState.UNRECOGNIZED,
                    reason=self.faults.note(file.path, error),
                )
            ]  # fmt: skip

    def _read(self, file: _LicenseFile, standing: FileStanding) -> Iterator[RepositoryStatement]:
        folder = "" if standing is FileStanding.OWN else file.path.rpartition("/")[0]
        blank = RepositoryStatement(
            file.path, file.place, standing, folder, scopes.of_path(file.path),
            TextState.UNRECOGNIZED,
        )  # fmt: skip
        if file.data is None:
            if file.place is not StatementPlace.METADATA:
                yield replace(blank, reason=file.skipped or "unreadable")
            return
        text = _decoded(file.data)
        if file.place is StatementPlace.METADATA:
            yield from _declared(text, blank)
        elif file.place is StatementPlace.README:
            yield from _in_sentences(text, blank)
        else:
            yield from self._detected(text, file.data, blank)

    def _detected(
        self, text: str, data: bytes, blank: RepositoryStatement
    ) -> Iterator[RepositoryStatement]:
        """Detect a text; the same content in another place of the same kind only once."""
        key = (hashlib.sha256(data).digest(), blank.place, scopes.of_path(blank.path))
        if key not in self._texts:
            if len(self._texts) >= MAX_TEXTS:
                self.skipped["bound"] += 1
                yield replace(blank, reason="bound")
                return
            self._texts[key] = detect(text, blank.path)
        yield from _of_text(self._texts[key], blank)

    def _tagged(self) -> Iterator[RepositoryStatement]:
        for (wording, standing), (path, line, quote, count) in sorted(
            self._tags.items(), key=lambda one: (-one[1][3], one[0])
        ):
            blank = RepositoryStatement(
                path,
                StatementPlace.SPDX_TAGS,
                FileStanding(standing),
                "",
                LicenseScope.CODE,
                TextState.UNRECOGNIZED,
                line=line,
                quote=quote,
                count=count,
            )
            yield _of_statement(read_statement(wording), wording, Method.SPDX_TAG, blank)


def watch(source: Iterable[SourceFile], reader: LicenseReader) -> Iterator[SourceFile]:
    """Pass the files of a scan on as they come, and let a reader of licenses see each of them.

    Args:
        source: Files as :mod:`miner.pipelines.scan.source_files` gives them.
        reader: Asked for its statements when the files are at an end.
    """
    for file in source:
        with reader.faults.of(file.path):
            reader.add(file.path, file.data, file.skipped or "")
        yield file


def _of_text(detected: Detected, blank: RepositoryStatement) -> Iterator[RepositoryStatement]:
    """Yield a statement for each scope that a text covers."""
    own = detected.own if detected.licenses else ()
    common = replace(
        blank, joined=detected.joined, third_party=detected.third_party,
        wording=detected.title[:MAX_QUOTE], resembles=detected.resembles, reason=detected.reason,
        state=detected.state,
    )  # fmt: skip
    if not own:
        yield common
        return
    for scope in dict.fromkeys(match.scope for match in own):
        matches = [match for match in own if match.scope is scope]
        keys = tuple(dict.fromkeys(match.license for match in matches))
        ids = list(dict.fromkeys(match.spdx for match in matches))
        first = matches[0]
        yield replace(
            common, scope=scope, licenses=keys, method=first.method, score=first.score,
            state=TextState.RECOGNIZED if len(keys) == 1 else TextState.SEVERAL,
            spdx=_expression(ids, detected.joined), line=first.line, quote=first.quote,
            wording=first.quote.partition("\n")[0],
        )  # fmt: skip


def _expression(ids: list[str], joined: str) -> str:
    if len(ids) == 1:
        return ids[0]
    parts = [f"({one})" if " " in one else one for one in ids]
    return f" {joined.upper()} ".join(parts) if joined else ""


def _declared(text: str, blank: RepositoryStatement) -> Iterator[RepositoryStatement]:
    """Yield what a package declares; a classifier only where it says more than the field."""
    seen: set[str] = set()
    for one in package_metadata.read(blank.path, text):
        at = replace(blank, line=one.line, quote=redacted(one.wording)[:MAX_QUOTE])
        if "\n" in one.wording.strip():
            detected = detect(one.wording, blank.path)
            yield from _of_text(detected, at)
            seen.update(detected.licenses)
            continue
        statement = _of_statement(read_statement(one.wording), one.wording, Method.METADATA, at)
        is_repeated = one.is_broad and (
            not statement.licenses or any(_is_of(key, statement.licenses[0]) for key in seen)
        )
        seen.update(statement.licenses)
        if not is_repeated:
            yield statement


def _is_of(key: str, family: str) -> bool:
    return key == family or key.startswith((f"{family}-", family.split("-", maxsplit=1)[0] + "-"))


def _in_sentences(text: str, blank: RepositoryStatement) -> Iterator[RepositoryStatement]:
    found = readme.read(text)
    for scope in dict.fromkeys(one.scope for one in found):
        mentions = [one for one in found if one.scope is scope]
        first = mentions[0]
        keys = tuple(dict.fromkeys(one.license.license for one in mentions))
        yield replace(
            blank, scope=scope, licenses=keys, method=first.method, score=SCORES[first.method],
            state=TextState.RECOGNIZED if len(keys) == 1 else TextState.SEVERAL,
            spdx=first.license.spdx if len(keys) == 1 else "",
            wording=text[first.start : first.end][:MAX_QUOTE], line=line_of(text, first.start),
            quote=quote_at(text, first.start, first.end),
        )  # fmt: skip


def _of_statement(
    statement: Statement, wording: str, method: Method, blank: RepositoryStatement
) -> RepositoryStatement:
    """Make a statement of a key or an expression that was written somewhere."""
    at = replace(blank, wording=redacted(wording)[:MAX_QUOTE])
    leaves = list(statement.leaves())
    if not leaves or not statement.is_known or any(_is_only_a_name(one) for one in leaves):
        return replace(at, reason="unknown-name")
    joined = {Op.ANY: "or", Op.ALL: "and"}.get(statement.op, "")
    keys = tuple(dict.fromkeys(one.license for one in leaves))
    return replace(
        at, licenses=keys, joined=joined, method=method, score=SCORES[method],
        state=TextState.RECOGNIZED if len(keys) == 1 else TextState.SEVERAL,
        spdx=_expression(list(dict.fromkeys(one.spdx for one in leaves)), joined),
    )  # fmt: skip


def _is_only_a_name(license_: KnownLicense) -> bool:
    """Return whether neither the table nor the list of SPDX has it."""
    return license_.evidence == "name" and license_.spdx.startswith("LicenseRef-")


def _decoded(data: bytes) -> str:
    """Decode as UTF-8, or as UTF-16 where its mark says so."""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if is_wide else "utf-8", "replace")
