"""Datasets that a repository loads: by calls, keys of configs, and addresses of the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from miner.pipelines.scan import file_kinds, model_names
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import Candidate, FileSummary, LoadingCall
from miner.pipelines.scan.index import Index
from miner.pipelines.scan.name_words import words_in
from miner.schema.patterns import bounded

LIBRARY = "datasets"
"""The signatures whose calls take a dataset."""

_MOST = 5_000
_METRICS = ("load_metric", "evaluate.load")
_BUILDERS = words_in(
    "json csv parquet text arrow pandas xml sql generator imagefolder audiofolder videofolder "
    "pdffolder webdataset hdf5 spark lance"
)
_ADDRESS = bounded(
    r"^(?:https?://(?:www\.)?(?:huggingface\.co|hf\.co)/|hf://)datasets/([\w.-]+/[\w.-]+)"
)
_ADDRESSES = bounded(
    rb"""["'\s=(](?:https?://(?:www\.)?(?:huggingface\.co|hf\.co)/|hf://)datasets/"""
    rb"""([\w.-]+/[\w.-]+?)(?=["'\s/?#@)]|\.git\b)"""
)
_COMMENT = (b"#", b"//", b"*", b"--", b"<!--")
_PLAIN = bounded(r"^[a-z][a-z0-9_]{2,60}$")
_VARIABLE = bounded(r"[{}$<>*\s]")


@dataclass(frozen=True, slots=True)
class DataSite:
    """One place of a repository where a dataset of the hub is loaded.

    Attributes:
        name: As written, without an address.
        path: Path inside the repository.
        line: Line of the name, from 1.
        kind: As of ``ScannedSite``.
        role: use, example or test.
        api: The call or key that names it.
        revision: The revision that the load names, or None.
        is_vendored: As of ``ScannedSite``.
    """

    name: str
    path: str
    line: int
    kind: str
    role: str
    api: str
    revision: str | None = None
    is_vendored: bool = False


def data_sites(
    summaries: Iterable[FileSummary], index: Index, addressed: Iterable[DataSite] = ()
) -> Iterator[DataSite]:
    """Yield the datasets that files load, each once a place.

    Args:
        summaries: One a file.
        index: Over the same files.
        addressed: What ``addressed_in`` found in them.
    """
    seen: set[tuple[str, int, str]] = set()
    for site in chain(_all(summaries, index), addressed):
        key = (site.path, site.line, site.name.lower())
        if key not in seen and len(seen) < _MOST:
            seen.add(key)
            yield site


def addressed_in(path: str, data: bytes, kind: FileKind) -> Iterator[DataSite]:
    """Yield the datasets whose address of the hub stands in a value or command of a file."""
    if kind is FileKind.DOCS or b"/datasets/" not in data:
        return
    for found in islice(_ADDRESSES.finditer(data), _MOST):
        begin = data.rfind(b"\n", 0, found.start()) + 1
        if data[begin : begin + 200].lstrip().startswith(_COMMENT):
            continue
        name = found[1].decode().removesuffix(".git")
        line = data.count(b"\n", 0, found.start()) + 1
        yield DataSite(name, path, line, kind.value, file_kinds.role_of(path), "address")


def _all(summaries: Iterable[FileSummary], index: Index) -> Iterator[DataSite]:
    for summary in summaries:
        for load in summary.loads:
            if load.signature.library == LIBRARY and not load.api.endswith(_METRICS):
                yield from _loaded(load, index)
        for candidate in summary.candidates:
            if (name := _configured(candidate)) is not None:
                text = candidate.text
                yield DataSite(
                    name, text.path, text.line, text.kind, file_kinds.role_of(text.path),
                    ".".join(name for name in candidate.names[-2:] if name != "keys")[:200],
                )  # fmt: skip


def _loaded(load: LoadingCall, index: Index) -> Iterator[DataSite]:
    for text, whole, _ in index.texts(load):
        if (name := dataset_named(whole)) is not None:
            yield DataSite(
                name, text.path, text.line, text.kind, file_kinds.role_of(text.path),
                load.api[:200], load.revision,
            )  # fmt: skip


def _configured(candidate: Candidate) -> str | None:
    """Return the dataset that a key of a config names."""
    if not any("dataset" in name.lower() for name in candidate.names):
        return None
    if candidate.place not in {"value", "key", "default"} or candidate.names[-1].endswith("()"):
        return None
    name = dataset_named(candidate.text.text)
    return name if name is not None and "/" in name else None


def dataset_named(text: str) -> str | None:
    """Return the name of the dataset that a text means; None for files, folders and formats."""
    text = text.strip()
    if found := _ADDRESS.match(text):
        return found[1].removesuffix(".git")
    if _VARIABLE.search(text) or model_names.is_placeholder(text):
        return None
    if "/" in text:
        return text if model_names.is_shaped(text) else None
    return text if _PLAIN.match(text) and text not in _BUILDERS else None
