"""What a snapshot is: its name, its manifest, and the rules by which a manifest is believed.

A manifest names every file of a snapshot but itself, with size and SHA-256, and carries a seal: the
SHA-256 of its own content. It is written in one form only, so that no byte of it can change
unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from miner import __version__
from miner.errors import ConfigurationError, InvalidData
from miner.schema.patterns import bounded
from miner.schema.published import PUBLISHED, Table

MANIFEST = "manifest.json"
FORMAT = 1
"""Of the manifest itself; a higher one is refused."""

MAX_MANIFEST_BYTES = 64_000_000
CONTACT = "the discussions of the dataset repository in which this snapshot was published"
"""Where removals are asked for, unless the publisher says otherwise."""


@dataclass(frozen=True, slots=True)
class DataLicense:
    """A license that data may be published under.

    Attributes:
        spdx_id: Its SPDX identifier.
        hub_key: What the Hub calls it.
        title: Its name, for people.
        url: Where its text is.
    """

    spdx_id: str
    hub_key: str
    title: str
    url: str


_CC = "https://creativecommons.org"
DATA_LICENSES: dict[str, DataLicense] = {
    one.spdx_id: one
    for one in (
        DataLicense(
            "CC-BY-4.0",
            "cc-by-4.0",
            "Creative Commons Attribution 4.0 International",
            f"{_CC}/licenses/by/4.0/",
        ),
        DataLicense(
            "CC-BY-SA-4.0",
            "cc-by-sa-4.0",
            "Creative Commons Attribution-ShareAlike 4.0 International",
            f"{_CC}/licenses/by-sa/4.0/",
        ),
        DataLicense(
            "CC0-1.0",
            "cc0-1.0",
            "Creative Commons Zero 1.0 Universal",
            f"{_CC}/publicdomain/zero/1.0/",
        ),
        DataLicense(
            "ODC-By-1.0",
            "odc-by",
            "Open Data Commons Attribution License 1.0",
            "https://opendatacommons.org/licenses/by/1-0/",
        ),
        DataLicense(
            "ODbL-1.0",
            "odbl",
            "Open Data Commons Open Database License 1.0",
            "https://opendatacommons.org/licenses/odbl/1-0/",
        ),
        DataLicense(
            "CDLA-Permissive-2.0",
            "cdla-permissive-2.0",
            "Community Data License Agreement, Permissive, 2.0",
            "https://cdla.dev/permissive-2-0/",
        ),
    )
}
"""By SPDX identifier."""

DEFAULT_LICENSE = "CC-BY-4.0"

DEMO, PARTIAL = "demo", "partial"
"""Ends of the names of snapshots that do not hold what a full one holds."""

_NAME = re.compile(r"data-(\d{4})\.(0[1-9]|1[0-2])\.(0|[1-9]\d{0,8})(?:-(demo|partial))?")
_PATH = bounded(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
_TABLE = re.compile(r"[a-z][a-z0-9_]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?", re.ASCII)
_REVISION = re.compile(r"[0-9a-f]{12}")
_CODE_VERSION = re.compile(r"\d[\w.+!-]{0,63}", re.ASCII)
_NO_FILE = re.compile(r"(?:^|/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|/|$)|\.(?:/|$)", re.I)
"""What Windows takes for a device, or for another name."""
_MAX_COUNT = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The name of a snapshot, ``data-YYYY.MM.N``; the later one is greater.

    Attributes:
        year: Of the data.
        month: Of the data.
        number: Counts the snapshots of the month, from 0.
        kind: ``demo``: of the bundled sample; ``partial``: no sweep of models reached its end;
            empty: a full one.
    """

    year: int
    month: int
    number: int
    kind: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name.

        Raises:
            ConfigurationError: It is none.
        """
        match = _NAME.fullmatch(text)
        if match is None:
            raise ConfigurationError(
                f"{text[:100]!r} is no name of a snapshot: these are data-YYYY.MM.N",
                next_step="name it like data-2026.12.0",
            )
        return cls(int(match[1]), int(match[2]), int(match[3]), match[4] or "")

    def __str__(self) -> str:
        end = f"-{self.kind}" if self.kind else ""
        return f"data-{self.year:04}.{self.month:02}.{self.number}{end}"


def latest(versions: Iterable[Version]) -> Version | None:
    """Return the latest full snapshot, else the latest of the others; None: there is none."""
    return max(versions, key=lambda version: (not version.kind, version), default=None)


def is_version(text: str) -> bool:
    """Return whether a text is the name of a snapshot."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class File:
    """A file of a snapshot.

    Attributes:
        path: Below the snapshot's folder, parted by slashes.
        size: Its length in bytes.
        sha256: Of its content, hexadecimal, lower case.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableFile:
    """A published table as it stands in a snapshot.

    Attributes:
        name: Of the table.
        file: The Parquet file.
        rows: Its number of rows.
        columns: Names and DuckDB types, in the order of the file.
    """

    name: str
    file: File
    rows: int
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself.

    Attributes:
        name: ``data-YYYY.MM.N``, and ``-demo`` or ``-partial`` where it is one.
        date: The latest observation in it, ISO 8601, UTC.
        schema_revision: ``revision()`` of the miner that built it.
        code_version: Version of that miner.
        tables: In the order in which they may be filled.
        files: All others but the manifest.
        about: What else it says: sources, windows, versions, accuracy, counts by state.
    """

    name: str
    date: str
    schema_revision: str
    code_version: str
    tables: tuple[TableFile, ...]
    files: tuple[File, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> Version:
        """The name, comparable."""
        return Version.parse(self.name)

    @property
    def every_file(self) -> tuple[File, ...]:
        """Every file but the manifest."""
        return (*(table.file for table in self.tables), *self.files)

    def render(self) -> bytes:
        """Return the manifest's only form."""
        return sealed(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            **self.about,
            "format": FORMAT,
            "name": self.name,
            "date": self.date,
            "schema_revision": self.schema_revision,
            "code_version": self.code_version,
            "tables": [
                {
                    "name": table.name,
                    **_file_content(table.file),
                    "rows": table.rows,
                    "columns": [{"name": name, "type": kind} for name, kind in table.columns],
                }
                for table in self.tables
            ],
            "files": [_file_content(file) for file in self.files],
        }

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a manifest, believing nothing.

        Raises:
            InvalidData: It is damaged, or names files as no manifest does.
        """
        try:
            content = json.loads(data)
            manifest = cls._of(content)
            # a lone surrogate or a number beyond all bounds has no form to be written in
            form = sealed({key: value for key, value in content.items() if key != "seal"})
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidData(
                f"{MANIFEST} is damaged: {_why(error)}", next_step="get the snapshot anew"
            ) from error
        if form != data:
            raise InvalidData(
                f"{MANIFEST} is damaged: its content does not match its seal",
                next_step="get the snapshot anew",
            )
        return manifest

    @classmethod
    def _of(cls, content: Any) -> Self:
        if not isinstance(content, dict):
            raise TypeError("it is no object")
        stated = content["format"]
        if type(stated) is int and stated > FORMAT:
            raise InvalidData(
                f"{MANIFEST} has the format {stated}, this miner reads {FORMAT}",
                next_step="pip install --upgrade miner",
            )
        if type(stated) is not int or stated != FORMAT:
            raise ValueError(f"its format is {str(stated)[:40]!r}, this miner reads {FORMAT}")
        known = {
            "format", "name", "date", "schema_revision", "code_version", "tables", "files", "seal",
        }  # fmt: skip
        manifest = cls(
            _text(content, "name", _NAME),
            _text(content, "date", _DATE),
            _text(content, "schema_revision", _REVISION),
            _text(content, "code_version", _CODE_VERSION),
            tuple(_table(entry) for entry in _entries(content, "tables")),
            tuple(_file(entry) for entry in _entries(content, "files")),
            {key: value for key, value in content.items() if key not in known},
        )
        _require_distinct([file.path for file in manifest.every_file] + [MANIFEST])
        _require_distinct([table.name for table in manifest.tables])
        return manifest


def revision(tables: Mapping[str, Table] = PUBLISHED) -> str:
    """Return what identifies the published tables: a digest of their names, columns and types."""
    described = [
        [table.name, [[column.name, column.type] for column in table.columns]]
        for table in sorted(tables.values(), key=lambda table: table.name)
    ]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()[:12]


def require_schema(manifest: Manifest) -> None:
    """Refuse a snapshot whose tables are not those of this miner.

    Raises:
        InvalidData: They are not; the message says which tables, and the version to install.
    """
    found = {table.name: table.columns for table in manifest.tables}
    wanted = {t.name: tuple((c.name, c.type) for c in t.columns) for t in PUBLISHED.values()}
    differing = sorted(n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n))
    names = ", ".join(differing[:8]) + (" …" if len(differing) > 8 else "")
    if manifest.schema_revision == revision():
        if differing:
            raise InvalidData(
                f"{manifest.name} is not what its manifest says: it names this miner's schema, "
                f"and {names} differ",
                next_step="tell its publisher",
            )
        return
    own = f"miner {__version__} too, of other code"
    install = f"pip install 'miner=={manifest.code_version}', the version that built it"
    raise InvalidData(
        f"{manifest.name} has the schema {manifest.schema_revision}, this miner knows "
        f"{revision()}: {names or 'its tables'} differ",
        next_step=f"{f'it was built by {own}' if manifest.code_version == __version__ else install}"
        f"; as Parquet it is got all the same: miner snapshot pull {manifest.name} --table model",
    )


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return the only form of a manifest of this content, its seal in it."""
    seal = hashlib.sha256(_dump(content)).hexdigest()
    return _dump({**content, "seal": seal})


def _dump(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _file_content(file: File) -> dict[str, Any]:
    return {"path": file.path, "bytes": file.size, "sha256": file.sha256}


def _table(entry: Any) -> TableFile:
    columns = tuple(
        (_text(column, "name"), _text(column, "type")) for column in _entries(entry, "columns")
    )
    return TableFile(_text(entry, "name", _TABLE), _file(entry), _count(entry, "rows"), columns)


def _file(entry: Any) -> File:
    path = _text(entry, "path", _PATH)
    if _NO_FILE.search(path):
        raise ValueError(f"{path[:100]!r} is not allowed as path")
    return File(path, _count(entry, "bytes"), _text(entry, "sha256", _SHA256))


def _entries(content: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    entries = content[key]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TypeError(f"{key} is no list of objects")
    return entries


def _text(entry: Any, key: str, pattern: re.Pattern[str] | None = None) -> str:
    value = entry[key]
    if not isinstance(value, str) or not value.isprintable():
        raise TypeError(f"{key} is no text of one line")
    if pattern is not None and not pattern.fullmatch(value):
        raise ValueError(f"{value[:100]!r} is not allowed as {key}")
    return value


def _count(entry: Any, key: str) -> int:
    value = entry[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_COUNT:
        raise ValueError(f"{key} is no count")
    return value


def _require_distinct(names: list[str]) -> None:
    """Refuse what a disk that does not tell upper from lower case would merge."""
    folded = [name.casefold() for name in names]
    if len(set(folded)) != len(folded):
        twice = max(names, key=lambda name: folded.count(name.casefold()))
        raise ValueError(f"{twice!r} stands twice")


def _why(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)[:200]
