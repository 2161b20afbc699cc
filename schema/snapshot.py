"""What a snapshot is: its name, its manifest, and the rules by which a manifest is believed.

A manifest names every file of a snapshot but itself, with size and SHA-256, and carries a seal: the
SHA-256 of its own content. It is written in one form only, so that no byte of it can change
unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from miner.errors import ConfigurationError, InvalidData
from miner.schema.published import PUBLISHED, Table

MANIFEST = "manifest.json"
FORMAT = 1
"""Of the manifest itself; a higher one is refused."""

MAX_MANIFEST_BYTES = 64_000_000
LICENSE = "CC-BY-4.0"
LICENSE_TITLE = "Creative Commons Attribution 4.0 International"
LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"
CONTACT = "the discussions of the dataset repository in which this snapshot was published"
"""Where removals are asked for, unless the publisher says otherwise."""

_NAME = re.compile(r"data-(\d{4})\.(0[1-9]|1[0-2])\.(0|[1-9]\d{0,8})")
_PATH = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
_TABLE = re.compile(r"[a-z][a-z0-9_]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """The name of a snapshot, ``data-YYYY.MM.N``; the later one is greater."""

    year: int
    month: int
    number: int

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
        return cls(int(match[1]), int(match[2]), int(match[3]))

    def __str__(self) -> str:
        return f"data-{self.year:04}.{self.month:02}.{self.number}"


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
        name: ``data-YYYY.MM.N``.
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
        return _render(self._content())

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
            given = cls._of(content)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidData(f"{MANIFEST} is damaged: {_why(error)}") from error
        if _render({key: value for key, value in content.items() if key != "seal"}) != data:
            raise InvalidData(f"{MANIFEST} is damaged: its content does not match its seal")
        return given

    @classmethod
    def _of(cls, content: Any) -> Self:
        if not isinstance(content, dict):
            raise TypeError("it is no object")
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, this miner reads {FORMAT}")
        known = {
            "format", "name", "date", "schema_revision", "code_version", "tables", "files", "seal",
        }  # fmt: skip
        given = cls(
            _text(content, "name", _NAME),
            _text(content, "date"),
            _text(content, "schema_revision"),
            _text(content, "code_version"),
            tuple(_table(entry) for entry in content["tables"]),
            tuple(_file(entry) for entry in content["files"]),
            {key: value for key, value in content.items() if key not in known},
        )
        _require_distinct([file.path for file in given.every_file] + [MANIFEST])
        _require_distinct([table.name for table in given.tables])
        return given


def revision(tables: Mapping[str, Table] = PUBLISHED) -> str:
    """Return what identifies the published tables: a digest of their names, columns and types."""
    told = [
        [table.name, [[column.name, column.type] for column in table.columns]]
        for table in sorted(tables.values(), key=lambda table: table.name)
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


def require_schema(manifest: Manifest) -> None:
    """Refuse a snapshot whose tables are not those of this miner.

    Raises:
        InvalidData: They are not; the message says which tables, and the version to install.
    """
    if manifest.schema_revision == revision():
        return
    held = {table.name: dict(table.columns) for table in manifest.tables}
    wanted = {t.name: {c.name: c.type for c in t.columns} for t in PUBLISHED.values()}
    differing = sorted(n for n in held.keys() | wanted.keys() if held.get(n) != wanted.get(n))
    raise InvalidData(
        f"{manifest.name} has the schema {manifest.schema_revision}, this miner knows "
        f"{revision()}: {', '.join(differing[:8]) or 'its tables'} differ",
        next_step=f"pip install 'miner=={manifest.code_version}', the version that built it, or "
        "read its Parquet files as they are",
    )


def _render(content: Mapping[str, Any]) -> bytes:
    seal = hashlib.sha256(_dump(content)).hexdigest()
    return _dump({**content, "seal": seal})


def _dump(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _file_content(file: File) -> dict[str, Any]:
    return {"path": file.path, "bytes": file.size, "sha256": file.sha256}


def _table(entry: Any) -> TableFile:
    columns = tuple((_text(column, "name"), _text(column, "type")) for column in entry["columns"])
    return TableFile(_text(entry, "name", _TABLE), _file(entry), _count(entry, "rows"), columns)


def _file(entry: Any) -> File:
    return File(
        _text(entry, "path", _PATH), _count(entry, "bytes"), _text(entry, "sha256", _SHA256)
    )


def _text(entry: Any, key: str, pattern: re.Pattern[str] | None = None) -> str:
    value = entry[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    if pattern is not None and not pattern.fullmatch(value):
        raise ValueError(f"{value[:100]!r} is not allowed as {key}")
    return value


def _count(entry: Any, key: str) -> int:
    value = entry[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
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
