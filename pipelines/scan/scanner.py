"""Scans the source of one repository: files in, use sites out. A pure function of the bytes.

One pass over bytes sets aside what names nothing; what is left is read by kind of file into
summaries; one join over all summaries follows names to loads; rules decide.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from miner.pipelines.executors.deadline import part
from miner.pipelines.scan import file_kinds, manifests, prefilter
from miner.pipelines.scan.data_sites import DataSite, addressed_in, data_sites
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import FileSummary
from miner.pipelines.scan.hosted_models import hosted_in, service_addressed
from miner.pipelines.scan.index import Index
from miner.pipelines.scan.join import MAX_SITES, Join
from miner.pipelines.scan.link_reader import LinkReader
from miner.pipelines.scan.name_classifier import NameClassifier
from miner.pipelines.scan.name_listing import NameListing
from miner.pipelines.scan.prefilter import Interest
from miner.pipelines.scan.readers import (
    config_files,
    http_requests,
    lexed,
    notebook,
    plain_text,
    python,
    python_listed,
    python_parse,
    shell,
)
from miner.pipelines.scan.reports import REPORT, is_report
from miner.pipelines.scan.site import ScannedSite, ScanResult
from miner.pipelines.scan.source_files import FILE_SECONDS, TOO_SLOW, SourceFile
from miner.pipelines.scan.vendored import own_roots
from miner.pipelines.sources.faults import Faults
from miner.pipelines.sources.records.values import storable

Keep = Callable[[str, bytes], None]
"""Takes the blob sha and bytes of every file that is worth keeping."""

MAX_LINE = 100_000  # a file with a longer line is data or minified
MAX_OWN = 6 * 1024 * 1024  # bytes of a library's own Python that are parsed
MAX_SECONDS = 40.0  # of computing; what comes after is counted, and left out
MAX_WAITING = 48 * 1024 * 1024  # bytes of Python held back until it is known what to look for


def scan(
    source: Iterable[SourceFile],
    *,
    listing: NameListing | None = None,
    keep: Keep | None = None,
    file_seconds: float = FILE_SECONDS,
) -> ScanResult:
    """Return which models a repository loads, and where.

    Args:
        source: Its files.
        listing: What is known of names; None: nothing.
        keep: Called with every file that could name a model.
        file_seconds: Processor time after which a worker that reads a file is ended.

    Returns:
        Use sites in the order of path and line, and what was not read.
    """
    with _without_collector():
        return _scanned(source, _Reading(keep, file_seconds), NameClassifier(listing))


def _scanned(
    source: Iterable[SourceFile], reading: _Reading, classify: NameClassifier
) -> ScanResult:
    """Read and join; what was read goes when this returns, before the collector looks for it."""
    for file in source:
        reading.add(file)
    return reading.finish(classify)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Switch the garbage collector off: a scan makes no cycles, and millions of nodes.

    It would go through every summary again and again while trees are built.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Reading:
    """Reads file after file; Python files that name nothing wait for what the others ask for."""

    def __init__(self, keep: Keep | None, file_seconds: float) -> None:
        self._file_seconds = file_seconds
        self._result = ScanResult()
        self._faults = Faults()
        self._until = time.thread_time() + MAX_SECONDS
        self._summaries: list[FileSummary] = []
        self._links = LinkReader()
        self._addressed: list[DataSite] = []
        self._services: dict[str, str] = {}  # by the files that have their address
        self._keep = keep
        self._waiting: list[SourceFile] = []
        self._room = MAX_WAITING
        self._own: tuple[str, ...] = ()  # folders of the library that the repository publishes
        self._own_room = MAX_OWN

    def add(self, file: SourceFile) -> None:
        """Read a file, or count why it is not read."""
        result = self._result
        if file.data is None:
            _skip(result, file)
            return
        result.file_count += 1
        result.byte_count += len(file.data)
        if self._is_late():
            return
        # What one reader fails on, another may still read.
        with part(file.path, self._file_seconds):
            with self._faults.of(file.path):
                self._manifest(file, file.data)
            with self._faults.of(file.path):
                self._content(file, _as_utf8(file.data))

    def _is_late(self) -> bool:
        """Return whether the time of this repository is spent, and count a file that it costs."""
        if time.thread_time() < self._until:
            return False
        self._result.skipped["time"] += 1
        return True

    def _manifest(self, file: SourceFile, data: bytes) -> None:
        if not file_kinds.is_manifest(file.path):
            return
        if self._keep is not None:
            self._keep(file.blob_sha, data)
        self._result.dependencies += manifests.read(file.path, _decoded(_as_utf8(data)))
        self._own = own_roots(self._result.dependencies)

    def _content(self, file: SourceFile, data: bytes) -> None:
        kind = file_kinds.kind_of(file.path)
        if kind is None:
            return
        if is_report(data, kind):
            self._result.skipped[REPORT] += 1
            return
        with self._faults.of(file.path):
            self._links.add(file.path, data, kind)
        with self._faults.of(file.path):
            self._result.hosted_sites += hosted_in(file.path, data, kind)
            self._addressed += addressed_in(file.path, data, kind)
        if service := service_addressed(data):
            self._services[file.path] = service
        if kind is FileKind.PYTHON:
            self._python(file, data)
        elif prefilter.is_interesting(data, kind):
            self._read(file, data, kind)

    def _python(self, file: SourceFile, data: bytes) -> None:
        interest = prefilter.interest_of_python(data)
        if self._own and file.path.startswith(self._own):
            self._own_room -= len(data)
            if self._own_room < 0:
                self._listed(file, data, interest)
                return
        if interest is Interest.CODE:
            self._read(file, data, FileKind.PYTHON)
        elif len(data) <= self._room:
            self._waiting.append(file)
            self._room -= len(data)
        elif interest is Interest.MENTIONS and prefilter.is_interesting(data, FileKind.PYTHON):
            self._read_prose(file, data)

    def _listed(self, file: SourceFile, data: bytes, interest: Interest) -> None:
        """Read a file of a large library's own source by its strings alone."""
        if interest is not Interest.NONE:
            prose_pieces = [
                (line, _decoded(piece)) for line, piece in prefilter.prose_of_python(data)
            ]
            listed = python_listed.read(file.path, _decoded(data), file.blob_sha, prose_pieces)
            self._summaries.append(listed)

    def _read_prose(self, file: SourceFile, data: bytes) -> None:
        """Keep what the docstrings and comments of a file say; its code is not read."""
        pieces = [(line, _decoded(piece)) for line, piece in prefilter.prose_of_python(data)]
        self._summaries.append(plain_text.read_pieces(file.path, pieces, file.blob_sha))

    def _read(self, file: SourceFile, data: bytes, kind: FileKind) -> None:
        result = self._result
        if kind not in {FileKind.NOTEBOOK, FileKind.JSON} and _is_minified(data):
            result.skipped["long-lines"] += 1
            return
        if self._keep is not None and kind is not FileKind.DOCS:
            self._keep(file.blob_sha, file.data or data)
        summary = _summary(file.path, data, file.blob_sha, kind)
        if summary.state == "as-text" and kind in {FileKind.PYTHON, FileKind.NOTEBOOK}:
            result.skipped["unparsable"] += 1
        elif summary.state == "dense":
            result.skipped["too-much-code"] += 1
        self._summaries.append(summary)

    def finish(self, classify: NameClassifier) -> ScanResult:
        """Return the result of everything that was read."""
        result = self._result
        if not result.file_count:
            result.state = "empty"
        with self._faults.of("the join of all files"):
            self._join(classify)
        with self._faults.of("the links of all files"):
            result.links = self._links.links()
        result.dependencies.sort(key=lambda dependency: (dependency.path, dependency.line))
        result.faults = self._faults.counts
        if dense := result.skipped.get("too-much-code"):
            result.state = "too-large"
            result.reason = result.reason or f"{dense:,} files with more code than is parsed"
        if late := result.skipped.get("time"):
            result.state = "too-large"
            result.reason = f"more than {MAX_SECONDS:.0f} s of computing; {late:,} files left out"
        if self._faults and result.state == "scanned":
            result.state, result.reason = "partial", self._faults.describe()
        return result

    def _join(self, classify: NameClassifier) -> None:
        result = self._result
        index = Index(self._summaries, self._faults)
        if self._waiting and self._read_waiting(index):
            index = Index(self._summaries, self._faults)
        join = Join(
            self._summaries,
            index,
            result.dependencies,
            classify,
            self._faults,
            services=self._services,
        )
        found = [_storable(site) for site in islice(join.sites(), MAX_SITES)]
        result.sites = sorted(found, key=lambda one: (one.path, one.line, one.model or ""))
        result.unverified = [_storable(site) for site in join.unverified()]
        with self._faults.of("the datasets of all files"):
            found_data = data_sites(self._summaries, index, self._addressed)
            result.data_sites = sorted(found_data, key=lambda one: (one.path, one.line, one.name))
        result.hosted_sites += join.hosted
        result.hosted_sites.sort(key=lambda one: (one.path, one.line, one.name))
        cut = join.cut + sum(summary.cut for summary in self._summaries)
        if cut or index.is_full or len(found) == MAX_SITES:
            counted = f"; {cut:,} left out" if cut else ""
            result.state, result.reason = "too-large", f"more names than are followed{counted}"

    def _read_waiting(self, index: Index) -> bool:
        """Read the files that call or set what leads to a load; return whether there is one."""
        for summary in self._summaries:
            for load in summary.loads:
                with self._faults.of(summary.path):
                    index.texts(load)
                    index.is_switched_off(load)
        functions, keys = (
            {name.encode() for name in asked if name.isascii()} for asked in index.asked_for()
        )
        is_found = False
        for file in self._waiting:
            if self._is_late():
                continue
            with part(file.path, self._file_seconds), self._faults.of(file.path):
                data = _as_utf8(file.data or b"")
                if prefilter.could_reach(data, functions, keys):
                    is_found = True
                    self._read(file, data, FileKind.PYTHON)
                elif prefilter.is_interesting(data, FileKind.PYTHON):
                    self._read_prose(file, data)
        self._waiting = []
        return is_found


def _skip(result: ScanResult, file: SourceFile) -> None:
    reason = file.skipped or "unreadable"
    result.skipped[reason] += 1
    if reason in {"bound", "cut-archive", TOO_SLOW}:
        result.state, result.reason = "too-large" if reason == "bound" else "partial", reason


def _storable(site: ScannedSite) -> ScannedSite:
    """Return a site whose texts every store can hold: source may hold lone surrogates."""
    texts = (site.model or "", site.path, site.api, site.argument or "")
    if all(map(str.isascii, texts)) and not any("\x00" in text for text in texts):
        return site
    model, path, api, argument = map(storable, texts)
    return replace(
        site, model=model if site.model is not None else None, path=path, api=api,
        argument=argument if site.argument is not None else None,
    )  # fmt: skip


def _is_minified(data: bytes) -> bool:
    if len(data) < MAX_LINE:
        return False
    return len(max(data.split(b"\n"), key=len)) > MAX_LINE


def _as_utf8(data: bytes) -> bytes:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace").encode()
    return data


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _summary(path: str, data: bytes, sha: str, kind: FileKind) -> FileSummary:
    """Read a file by its kind; what is broken is read as text."""
    try:
        return _by_kind(path, data, sha, kind)
    except (SyntaxError, RecursionError) as error:
        text = _decoded(data)
        if kind is FileKind.PYTHON:
            summary = python_parse.read_broken(path, text, sha)
        else:
            summary = FileSummary(path, sha)
        summary.state = "dense" if isinstance(error, python_parse.DenseCode) else "as-text"
        return summary


def _by_kind(path: str, data: bytes, sha: str, kind: FileKind) -> FileSummary:
    if kind is FileKind.NOTEBOOK:
        return notebook.read(path, data, sha)
    text = _decoded(data)
    if kind is FileKind.PYTHON:
        kind_of_string = "config" if python_parse.is_config(path, text) else "constant"
        return python.read(path, text, sha, kind=kind_of_string, shaped=python.has_shaped(data))
    if kind in _READERS:
        return _READERS[kind](path, text, sha)
    if kind in {FileKind.YAML, FileKind.JSON, FileKind.TOML, FileKind.XML, FileKind.INI}:
        return config_files.read(path, text, sha, kind)
    return lexed.read(path, text, sha, kind)


_READERS: dict[FileKind, Callable[[str, str, str], FileSummary]] = {
    FileKind.SHELL: shell.read,
    FileKind.REQUESTS: http_requests.read,
    FileKind.DOCS: plain_text.read,
}
