"""A gzip stream in pieces of any size: what it holds, and whether it came to its end."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner.pipelines.sources.github.gunzip import Gunzip

contents = st.binary(max_size=5_000) | st.integers(0, 400_000).map(bytes)


class Slow(io.BytesIO):
    """Gives at most so many bytes at once, as a network does."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._most if size is None or size < 0 else min(size, self._most)
        return super().read(wanted)


def unpacked(stream: Gunzip, sizes: list[int]) -> bytes:
    parts = []
    number = 0
    while part := stream.read(sizes[number % len(sizes)]):
        assert len(part) <= sizes[number % len(sizes)]
        parts.append(part)
        number += 1
    return b"".join(parts)


@given(contents, st.integers(2, 9_000), st.lists(st.integers(1, 20_000), min_size=1))
def test_what_was_packed_comes_out(data: bytes, most: int, sizes: list[int]) -> None:
    packed = gzip.compress(data)
    stream = Gunzip(Slow(packed, most))
    assert stream.is_gzip
    assert unpacked(stream, sizes[:20] if len(data) < 5_001 else [60_000]) == data
    assert stream.finish()
    assert stream.digest() == hashlib.sha256(packed).hexdigest()


@given(contents, st.integers(2, 9_000), st.data())
def test_what_is_cut_or_flipped_never_seems_whole(
    data: bytes, most: int, choice: st.DataObject
) -> None:
    packed = gzip.compress(data)
    at = choice.draw(st.integers(10, len(packed) - 1))
    bad = packed[:at]
    if choice.draw(st.booleans()):
        bad = packed[:at] + bytes([packed[at] ^ (1 << choice.draw(st.integers(0, 7)))])
        bad += packed[at + 1 :]
    stream = Gunzip(Slow(bad, most))
    came = b""
    try:
        came = unpacked(stream, [60_000])
        is_whole = stream.finish()
    except zlib.error:
        is_whole = False
    assert not is_whole or came == data  # a bit of no meaning may be flipped
    assert stream.digest() == hashlib.sha256(bad).hexdigest()


@pytest.mark.parametrize("data", [b"", b"<!DOCTYPE html>", b"\x1f", b"PK\x03\x04", b"ustar"])
def test_what_is_no_gzip(data: bytes) -> None:
    assert not Gunzip(io.BytesIO(data)).is_gzip


def test_a_bomb_is_unpacked_as_far_as_it_is_read() -> None:
    stream = Gunzip(io.BytesIO(gzip.compress(bytes(300_000_000), 9)))
    assert len(stream.read(1_000)) == 1_000
    assert stream.finish(), "more than a mebibyte behind an archive is left unread"
    assert not stream.is_whole
