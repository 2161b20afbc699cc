"""Reads the members of a tarball as a stream, with bounds on what a header may make it read.

``tarfile`` reads the data of some members into memory before it says that there is a member: long
names, extended headers, maps of sparse files. A few megabytes of those unpack to gigabytes, so
their sizes are looked at first.
"""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

MAX_HEADER_BYTES = 64 * 1024
"""Of one long name or extended header; paths are at most 4 kB, ``git archive`` writes 52 bytes."""
MAX_GLOBAL_HEADERS = 16
"""Each holds for all members behind it, and is kept."""

DAMAGED = (
    tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError, OverflowError,
    LookupError, RecursionError, TypeError,
)  # fmt: skip
"""What ``tarfile`` raises on archives that are none: also what numbers and texts of headers do."""

_HEADERS = frozenset(
    {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE,
     tarfile.XGLTYPE}
)  # fmt: skip


class RefusedMember(tarfile.TarError):
    """A member whose header asks for more than a source archive needs."""


class BoundedInfo(tarfile.TarInfo):
    """A member whose headers are looked at before what they announce is read."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0:
            raise RefusedMember("a member of negative size")
        if self.type in _HEADERS and self.size > MAX_HEADER_BYTES:
            raise RefusedMember(f"a header of {self.size:,} bytes")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise RefusedMember("a sparse file")
        if self.type == tarfile.XGLTYPE:
            seen = getattr(archive, "global_headers", 0) + 1
            if seen > MAX_GLOBAL_HEADERS:
                raise RefusedMember(f"more than {MAX_GLOBAL_HEADERS} global headers")
            archive.global_headers = seen  # type: ignore[attr-defined] # counted where it is
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc] # untyped there
        if found.size < 0:  # as an extended header has it
            raise RefusedMember("a member of negative size")
        return found

    def _proc_gnusparse_00(self, *_: Any) -> None:
        raise RefusedMember("a sparse file")

    _proc_gnusparse_01 = _proc_gnusparse_00
    _proc_gnusparse_10 = _proc_gnusparse_00


def open_stream(stream: Any, undecodable: str) -> tarfile.TarFile:
    """Open an archive from its beginning, compressed or not.

    Args:
        stream: Has ``read``; need not be seekable.
        undecodable: What is done with names that are no UTF-8, as ``errors`` of ``bytes.decode``.

    Raises:
        OSError: Or another of ``DAMAGED``.
    """
    return tarfile.open(
        fileobj=cast(IO[bytes], stream), mode="r|*", tarinfo=BoundedInfo, encoding="utf-8",
        errors=undecodable,
    )  # fmt: skip


def members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members of an archive in order; none is kept.

    Raises:
        OSError: Or another of ``DAMAGED``.
    """
    while (member := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined] # a list of all that were read
        yield member


def is_archive(path: Path) -> bool:
    """Return whether a file begins as a tar archive does, damaged or not."""
    try:
        with path.open("rb") as stream, open_stream(stream, "replace"):
            return True
    except RefusedMember:
        return True
    except (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError):
        return False
    except DAMAGED:  # a number or text of a header of tar
        return True
