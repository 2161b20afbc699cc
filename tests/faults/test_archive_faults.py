from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

import pytest

from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.pipelines.sources.received import Location, ReceivedAnswer

SEGMENT = "000001.warc.gz"


def answer(body: bytes) -> ReceivedAnswer:
    now = datetime.fromisoformat("2026-01-01T00:00:00")
    return ReceivedAnswer("file", "http://hub.test/a", 200, {}, body, now, {"name": "a"})


def write(folder: Path, *bodies: bytes) -> list[Location]:
    archive = Archive(folder, segment_bytes=1_000_000)
    places = [archive.append(answer(body)) for body in bodies]
    archive.close()
    return places


def bodies(folder: Path) -> list[bytes]:
    return [got.body for _, got in ArchiveReader(folder).scan()]


def test_a_tail_torn_at_any_byte_costs_the_last_record_only(tmp_path: Path) -> None:
    places = write(tmp_path, b"one", b"two" * 99, os.urandom(300))
    path = tmp_path / SEGMENT
    whole = path.read_bytes()
    last = places[-1]
    for cut in range(last.offset, len(whole)):
        path.write_bytes(whole[:cut])
        archive = Archive(tmp_path, segment_bytes=1_000_000)
        assert len(archive.repairs) == (cut != last.offset), cut
        place = archive.append(answer(b"next"))
        assert place.offset == last.offset
        archive.close()
        assert bodies(tmp_path) == [b"one", b"two" * 99, b"next"], cut


@pytest.mark.parametrize("cut", [0, 1, 15, 100])
def test_a_torn_opening_record_is_written_again(tmp_path: Path, cut: int) -> None:
    write(tmp_path)
    path = tmp_path / SEGMENT
    path.write_bytes(path.read_bytes()[:cut])
    assert write(tmp_path, b"one")[0].offset > 0
    assert bodies(tmp_path) == [b"one"]
    assert len(list(tmp_path.iterdir())) == 1


def test_zeros_behind_the_last_record_are_cut(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    path = tmp_path / SEGMENT
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\0" * 300_000)
    archive = Archive(tmp_path, segment_bytes=1_000_000)
    assert archive.repairs == [f"{SEGMENT}: 300000 bytes of a half-written record were cut off"]
    assert path.stat().st_size == size
    archive.close()


def test_a_reader_leaves_a_torn_tail_alone(tmp_path: Path) -> None:
    write(tmp_path, b"one", b"two")
    path = tmp_path / SEGMENT
    path.write_bytes(path.read_bytes()[:-5])
    before = path.read_bytes()
    assert bodies(tmp_path) == [b"one"]
    assert path.read_bytes() == before


def test_damage_in_the_middle_costs_one_record_and_is_not_cut(tmp_path: Path) -> None:
    places = write(tmp_path, b"one", os.urandom(2_000), b"three")
    path = tmp_path / SEGMENT
    data = bytearray(path.read_bytes())
    data[places[1].offset + 900] ^= 0xFF
    path.write_bytes(bytes(data))

    archive = Archive(tmp_path, segment_bytes=1_000_000)
    place = archive.append(answer(b"four"))
    archive.close()

    assert path.read_bytes() == bytes(data)
    assert place.segment == "000002.warc.gz"
    assert bodies(tmp_path) == [b"one", b"three", b"four"]


class _FullDisk:
    """A segment's file that takes some bytes and then refuses, as a full disk does."""

    def __init__(self, file: object, room: int) -> None:
        self._file, self._room = file, room

    def write(self, data: memoryview) -> int:
        if self._room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written: int = self._file.write(data[: self._room])  # type: ignore[attr-defined]
        self._room -= written
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def test_a_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=1_000_000)
    archive.append(answer(b"one"))
    real = archive._file
    archive._file = _FullDisk(real, room=100)  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space left"):
        archive.append(answer(b"two"))
    archive._file = real
    archive.append(answer(b"two"))
    archive.close()
    assert bodies(tmp_path) == [b"one", b"two"]
