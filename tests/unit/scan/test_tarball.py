"""Archives that unpack to far more than they are, and headers that ``tarfile`` itself fails on."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from miner.errors import InvalidData, MinerError
from miner.pipelines.scan import source_files
from miner.pipelines.scan.file_kinds import is_wanted
from miner.pipelines.scan.source_files import SourceFile, from_tarball, open_source

CODE = b'MODEL = "zoo/alpha"\n'
MEGABYTE = 1024 * 1024


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE, **pax: str) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.pax_headers = size, kind, pax
    return member.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 512)


def good(name: str = "root/a.py") -> bytes:
    return header(name, len(CODE)) + padded(CODE)


def extended(records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    return header("pax", len(records), kind) + padded(records)


def record(key: str, value: str) -> bytes:
    size = len(key) + len(value) + 3
    size += len(str(size + len(str(size))))
    return f"{size} {key}={value}\n".encode()


def many(count: int, first: int = 0) -> bytes:
    """Records as ``record`` writes them, two million in half a second."""
    return b"".join(map(b"15 k%08d=v\n".__mod__, range(first, first + count)))


BOMBS: dict[str, Callable[[], bytes]] = {
    "long name": lambda: (
        header("x", 64 * MEGABYTE, tarfile.GNUTYPE_LONGNAME) + b"a" * 64 * MEGABYTE
    ),
    "long link": lambda: (
        header("x", 64 * MEGABYTE, tarfile.GNUTYPE_LONGLINK) + b"a" * 64 * MEGABYTE
    ),
    "extended header": lambda: extended(many(2_000_000)),
    "old extended header": lambda: extended(many(2_000_000), tarfile.SOLARIS_XHDTYPE),
    "global header": lambda: extended(many(2_000_000), tarfile.XGLTYPE),
    "many global headers": lambda: b"".join(
        extended(many(2_000, number * 2_000), tarfile.XGLTYPE) for number in range(1_000)
    ),
    "headers of headers": lambda: extended(record("path", "root/b.py")) * 20_000,
    "sparse map": lambda: extended(record("GNU.sparse.map", ",".join("1" * 20_000))),
    "sparse map in the data": lambda: (
        extended(record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0"))
        + header("root/c.py", 32 * MEGABYTE)
        + b"9999999\n" * (4 * MEGABYTE)
    ),
}
BROKEN = {
    "sparse map of letters": extended(record("GNU.sparse.map", "1,a")),
    "size of letters": extended(record("size", "a")),
    "negative size": extended(record("size", "-5000")),
    "huge size": extended(record("size", "9" * 400)),
    "infinite time": extended(record("mtime", "inf")),
    "record without end": extended(b"30 path=root/b.py\n"),
    "record of letters": extended(b"xx path=root/b.py\n"),
    "record of no length": extended(b"0 path=root/b.py\n"),
    "old sparse file": header("root/b.py", 5, tarfile.GNUTYPE_SPARSE) + padded(b"12345"),
}


def read(data: bytes) -> list[SourceFile]:
    return list(from_tarball(io.BytesIO(gzip.compress(data, 1)), is_wanted))


def kept(files: Iterable[SourceFile]) -> list[str]:
    return [file.path for file in files if file.data == CODE]


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_the_reading_within_bounds_and_keeps_what_stood_before(
    bomb: Callable[[], bytes],
) -> None:
    data = gzip.compress(good() + bomb() + good("root/b.py") + b"\0" * 1024, 1)
    tracemalloc.start()
    try:
        files = list(from_tarball(io.BytesIO(data), is_wanted))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept(files) == ["root/a.py".removeprefix("root/")]
    assert files[-1].skipped == "cut-archive"
    assert peak < 24 * MEGABYTE


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_at_the_beginning_is_a_damaged_archive(
    bomb: Callable[[], bytes], tmp_path: Path
) -> None:
    place = tmp_path / "source_files.tar.gz"
    place.write_bytes(gzip.compress(bomb() + good("root/b.py") + b"\0" * 1024, 1))
    with pytest.raises(InvalidData, match="damaged"):
        list(open_source(place, is_wanted))


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_header_is_no_traceback(broken: bytes, tmp_path: Path) -> None:
    whole = good() + broken + good("root/b.py") + b"\0" * 1024
    files = read(whole)
    assert kept(files)[:1] == ["a.py"]
    place = tmp_path / "source_files.tar"
    place.write_bytes(broken + good("root/b.py") + b"\0" * 1024)
    try:
        list(open_source(place, is_wanted))
    except MinerError as error:
        assert "damaged" in error.message or "no tar archive" in error.message


def test_headers_count_towards_the_bound_of_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_files, "MAX_TOTAL_BYTES", MEGABYTE)
    filler = extended(record("comment", "x" * 60_000)) + good("root/picture.png")
    files = read(good() + filler * 40 + good("root/b.py") + b"\0" * 1024)
    assert kept(files) == ["a.py"]
    assert files[-1].skipped == "bound"


def test_names_and_their_extended_headers_are_read_as_before() -> None:
    long_name = "root/" + "folder/" * 30 + "a.py"
    undecodable = b"root/bad\xff.py".decode("utf-8", "surrogateescape")
    buffer = io.BytesIO()
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(fileobj=buffer, mode="w:gz", format=kind) as archive:
            for name in (long_name, undecodable):
                member = tarfile.TarInfo(name)
                member.size = len(CODE)
                archive.addfile(member, io.BytesIO(CODE))
        buffer.seek(0)
        files = list(from_tarball(buffer, is_wanted))
        assert kept(files) == [long_name.removeprefix("root/"), "bad\\xff.py"]
        buffer = io.BytesIO()


def test_folder_and_tarball_give_a_name_that_is_no_utf_8_alike(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    place = bytes(tmp_path / "root") + b"/bad\xff.py"
    descriptor = os.open(place, os.O_CREAT | os.O_WRONLY)
    os.write(descriptor, CODE)
    os.close(descriptor)
    packed = tmp_path / "source_files.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(tmp_path / "root", "root")
    for source_ in (tmp_path / "root", packed):
        assert kept(open_source(source_, is_wanted)) == ["bad\\xff.py"]
