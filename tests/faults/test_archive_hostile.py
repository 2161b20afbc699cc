"""Archives that a stranger wrote: bounded, damaged where they are, and the rest is read on."""

from __future__ import annotations

import gzip
import logging
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from miner.errors import InvalidData
from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.pipelines.sources.archive.warc_record import MAX_RECORD_BYTES
from tests.faults.test_archive_faults import SEGMENT, answer, bodies, write

RECORD = (
    "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
    "WARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: http://hub.test/a\r\n"
    "WARC-Payload-Digest: sha1:AAAA\r\nMiner-Kind: file\r\nMiner-Context: {context}\r\n{more}"
    "Content-Type: {type}\r\nContent-Length: {length}\r\n\r\n{block}\r\n\r\n"
)
HTTP = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nbody"


def record(
    kind: str = "response",
    context: str = "{}",
    more: str = "",
    content_type: str = "application/http; msgtype=response",
    block: str = HTTP,
) -> bytes:
    text = RECORD.format(
        kind=kind, context=context, more=more, type=content_type, length=len(block), block=block
    )
    return gzip.compress(text.encode("utf-8", "surrogatepass"))


def refers(place: str) -> bytes:
    return record("revisit", more=f"Miner-Refers-To: {place}\r\n")


HOSTILE = {
    "no HTTP part": record(content_type="text/plain", block="hello"),
    "a context that is a list": record(context="[]"),
    "a context a thousand levels deep": record(context="[" * 100_000),
    "a name of a segment that is too long": refers("0" * 300 + ".warc.gz 0 10"),
    "a place outside the archive": refers("../outside.warc.gz 0 10"),
    "an offset beyond any file": refers(f"{SEGMENT} {2**70} 10"),
    "a negative offset": refers(f"{SEGMENT} -5 10"),
    "a segment that is not there": refers("000099.warc.gz 0 10"),
}


def bomb(size: int) -> bytes:
    """One gzip member of a record of zeros."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(b"WARC/1.1\r\n")]
    parts += [packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    return b"".join((*parts, packer.flush()))


def put(folder: Path, member: bytes) -> int:
    """Write a record, the member, and another record; return where the member is."""
    write(folder, b"one")
    path = folder / SEGMENT
    offset = path.stat().st_size
    with path.open("ab") as file:
        file.write(member)
        file.write(_whole_member(folder.with_name("other")))
    return offset


def _whole_member(folder: Path) -> bytes:
    (place,) = write(folder, b"three")
    return (folder / SEGMENT).read_bytes()[place.offset :]


@pytest.mark.parametrize("member", HOSTILE.values(), ids=HOSTILE)
def test_a_record_that_is_none_is_damaged_and_the_rest_is_read(
    tmp_path: Path, member: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "outside.warc.gz").write_bytes(_whole_member(tmp_path / "third"))
    folder = tmp_path / "archive"
    offset = put(folder, member)
    with caplog.at_level(logging.WARNING):
        assert bodies(folder) == [b"one", b"three"]
    assert f"at byte {offset}" in caplog.text
    with pytest.raises(InvalidData):
        ArchiveReader(folder).read(SEGMENT, offset)


@pytest.mark.parametrize(
    ("segment", "offset"),
    [("0" * 300 + ".warc.gz", 0), (SEGMENT, 2**70), (SEGMENT, 2**62), (SEGMENT, -1)],
)
def test_a_place_that_cannot_be_is_an_error_with_a_message(
    tmp_path: Path, segment: str, offset: int
) -> None:
    write(tmp_path, b"one")
    with pytest.raises(InvalidData, match="no whole record"):
        ArchiveReader(tmp_path).read(segment, offset)


def test_a_bomb_is_too_large_and_the_rest_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "archive"
    put(folder, bomb(MAX_RECORD_BYTES + 5_000_000))
    with caplog.at_level(logging.WARNING):
        assert bodies(folder) == [b"one", b"three"]
    assert "more than 128 MB in one record" in caplog.text


def test_a_bomb_at_the_end_is_not_cut_off(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    path = tmp_path / SEGMENT
    with path.open("ab") as file:
        file.write(bomb(MAX_RECORD_BYTES + 5_000_000))
    size = path.stat().st_size
    archive = Archive(tmp_path, segment_bytes=1_000_000)
    archive.append(answer(b"next"))
    archive.close()
    assert (archive.repairs, path.stat().st_size) == ([], size)
    assert bodies(tmp_path) == [b"one", b"next"]


@pytest.mark.slow
def test_a_bomb_of_gigabytes_takes_little_memory(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    put(folder, bomb(2_000_000_000))
    code = (
        "import re, sys; from pathlib import Path; "
        "from miner.pipelines.sources.archive.segments import ArchiveReader; "
        "print(len(list(ArchiveReader(Path(sys.argv[1])).scan()))); "
        # not ru_maxrss: that begins with the size of the process that started this one
        "status = Path('/proc/self/status').read_text(); "
        r"print(int(re.search(r'VmHWM:\s+(\d+)', status)[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    count, megabytes = map(int, done.stdout.split())
    assert count == 2
    assert megabytes < 600
