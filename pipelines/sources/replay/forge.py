"""Repositories that a replayed GitHub serves: records, files, states; changeable while it runs."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Content = bytes | Callable[[], bytes]
"""A file's bytes, or how to read them."""

PRESENT, GONE, BLOCKED, REFUSED = "present", "gone", "blocked", "refused"
STATES = (PRESENT, GONE, BLOCKED, REFUSED)
"""``blocked``: taken down, 451. ``refused``: against the terms, 403."""

_LANGUAGES = {
    ".c": "C", ".cpp": "C++", ".cs": "C#", ".go": "Go", ".ipynb": "Jupyter Notebook",
    ".java": "Java", ".js": "JavaScript", ".jsx": "JavaScript", ".kt": "Kotlin",
    ".mjs": "JavaScript", ".py": "Python", ".rs": "Rust", ".scala": "Scala", ".sh": "Shell",
    ".ts": "TypeScript", ".tsx": "TypeScript",
}  # fmt: skip
_DATA_LANGUAGES = {".json": "JSON", ".md": "Markdown", ".toml": "TOML", ".yaml": "YAML",
                   ".yml": "YAML"}  # fmt: skip


def language_of(path: str) -> str:
    """Return the language of a file by its name, empty where it has none."""
    name = path.rsplit("/", 1)[-1]
    if name.startswith("Dockerfile"):
        return "Dockerfile"
    suffix = "." + name.rpartition(".")[2].lower() if "." in name else ""
    return _LANGUAGES.get(suffix) or _DATA_LANGUAGES.get(suffix, "")


@dataclass(frozen=True, slots=True)
class SourceRepository:
    """One repository. Never changed: a change makes a new one.

    Attributes:
        name: owner/name.
        number: Identity in the REST API.
        node_id: Identity in GraphQL.
        record: Fields of the REST API as given.
        files: Content by path.
        state: One of ``STATES``.
        head: Commit of the default branch; empty where there is no file.
        tarball: Bytes to serve as its source in place of those made from the files.
    """

    name: str
    number: int
    node_id: str
    record: Mapping[str, Any]
    files: Mapping[str, Content]
    state: str
    head: str
    tarball: bytes | None = None

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        content = self.files[path]
        return content if isinstance(content, bytes) else content()

    def text(self, field_name: str) -> str | None:
        """Return a field of the record as text, None where it has none."""
        value = self.record.get(field_name)
        return value if isinstance(value, str) and value else None

    def count(self, field_name: str) -> int:
        """Return a field of the record as a number, 0 where it has none."""
        value = self.record.get(field_name)
        return value if isinstance(value, int) else 0

    @property
    def branch(self) -> str:
        """The default branch."""
        return self.text("default_branch") or "main"

    @property
    def parent(self) -> str | None:
        """Name of what it is a fork of, None where it is none."""
        return self.text("parent")

    @property
    def license_id(self) -> str | None:
        """SPDX id, None where no license was found."""
        value = self.record.get("license")
        if isinstance(value, Mapping):
            value = value.get("spdx_id")
        return value if isinstance(value, str) and value else None

    def languages(self) -> dict[str, int]:
        """Return bytes by programming language, most first."""
        found: dict[str, int] = {}
        for path in self.files:
            name = language_of(path)
            if name and name not in _DATA_LANGUAGES.values():
                found[name] = found.get(name, 0) + len(self.read(path))
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


class ReplayForge:
    """All repositories, in order of name. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._repositories: dict[str, SourceRepository] = {}
        self._former: dict[str, str] = {}
        self.version = 0
        """Grows with every change."""

    def __len__(self) -> int:
        return len(self._repositories)

    def __iter__(self) -> Iterator[SourceRepository]:
        with self._lock:
            return iter([self._repositories[key] for key in sorted(self._repositories)])

    def put(
        self,
        record: Mapping[str, Any],
        files: Mapping[str, Content] | None = None,
        *,
        tarball: bytes | None = None,
    ) -> SourceRepository:
        """Add a repository or replace one of the same name; without files, its files stay.

        Args:
            record: ``full_name`` and further fields of the REST API; ``state`` is one of
                ``STATES``, ``parent`` a name, ``renamed_from`` former names.
            files: Content by path.
            tarball: Bytes to serve as its source whatever the files are.
        """
        name = str(record["full_name"])
        with self._lock:
            known = self._repositories.get(name.lower())
            contents = dict(known.files if files is None and known else files or {})
            number = record.get("id")
            if not isinstance(number, int):
                number = known.number if known else zlib.crc32(name.lower().encode()) + 1
            repository = SourceRepository(
                name,
                number,
                str(record.get("node_id") or (known.node_id if known else f"R_{number:010x}")),
                dict(record),
                contents,
                str(record.get("state") or PRESENT),
                str(record.get("head_commit") or _head(name, contents)),
                tarball,
            )
            self._repositories[name.lower()] = repository
            former = record.get("renamed_from") or []
            for old in [former] if isinstance(former, str) else former:
                self._former[str(old).lower()] = name.lower()
            self._former.pop(name.lower(), None)
            self.version += 1
            return repository

    def rename(self, old: str, new: str) -> None:
        """Give a repository another name; the old one leads to it."""
        with self._lock:
            known = self._repositories.pop(old.lower())
            record = {**known.record, "full_name": new, "id": known.number,
                    "node_id": known.node_id, "head_commit": known.head}  # fmt: skip
            self._former = {
                name: new.lower() if target == old.lower() else target
                for name, target in self._former.items()
            }
            self._former[old.lower()] = new.lower()
            self.put(record, known.files, tarball=known.tarball)

    def remove(self, name: str) -> None:
        """Delete a repository: its address and its former ones are not found any more."""
        with self._lock:
            del self._repositories[name.lower()]
            self._former = {
                old: target for old, target in self._former.items() if target != name.lower()
            }
            self.version += 1

    def find(self, name: str) -> SourceRepository | None:
        """Return the repository of a name, a former one too, in any case."""
        with self._lock:
            key = name.lower()
            return self._repositories.get(key) or self._repositories.get(self._former.get(key, ""))

    def by_number(self, number: int) -> SourceRepository | None:
        """Return the repository of an identity."""
        return next((repository for repository in self if repository.number == number), None)


def tarball_of(repository: SourceRepository) -> bytes:
    """Return the source as GitHub packs it: one root folder, the commit in the pax header."""
    if repository.tarball is not None:
        return repository.tarball
    root = f"{repository.name.replace('/', '-')}-{repository.head[:7]}"
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT,
        pax_headers={"comment": repository.head},
    ) as tar:  # fmt: skip
        tar.addfile(_entry(root, None))
        for path in sorted(repository.files):
            data = repository.read(path)
            tar.addfile(_entry(f"{root}/{path}", len(data)), io.BytesIO(data))
    return buffer.getvalue()


def moment(text: str | None) -> datetime | None:
    """Return a time of a record, UTC without zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def blob_sha(data: bytes) -> str:
    """Return git's sha of a blob."""
    return hashlib.sha1(b"blob %d\x00" % len(data) + data, usedforsecurity=False).hexdigest()


def _head(name: str, files: Mapping[str, Content]) -> str:
    """Return a commit that changes whenever a file does; none without files."""
    if not files:
        return ""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False)
    for path in sorted(files):
        content = files[path]
        data = content if isinstance(content, bytes) else content()
        digest.update(f"{path}\0{blob_sha(data)}\0".encode())
    return digest.hexdigest()


def _entry(name: str, size: int | None) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE if size is None else tarfile.REGTYPE
    entry.size, entry.mode = size or 0, 0o775 if size is None else 0o664
    return entry
