"""Answers as WARC records (ISO 28500), one gzip member each, and back.

A record holds the whole answer: status, headers and payload as an HTTP response, and what the
request was for in the headers ``Miner-Kind``, ``Miner-Final-Url`` and ``Miner-Context``.
What miner itself found or decided (see ``decisions``) is a record of the type ``metadata``.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator
from isal import isal_zlib
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from miner import __version__
from miner.pipelines.sources.received import Location, ReceivedAnswer

REFERS_TO = "Miner-Refers-To"
"""Header of a revisit record: ``segment offset length`` of the record with the payload."""

_GZIP = 16 + isal_zlib.MAX_WBITS
_LEVEL = 2  # as fast as 1, a little smaller
_FIRST_READ, _NEXT_READ = 16_384, 262_144
MAX_RECORD_BYTES = 128_000_000
"""Of a record, decompressed; the largest page of a listing is a third of it."""
_SEGMENT = re.compile(r"[0-9]{6,9}\.warc\.gz")
_MAX_OFFSET = 2**62
_MAGIC = b"\x1f\x8b\x08"
# Encodings are undone before an answer is archived; cookies are credentials.
_DROPPED = {"content-encoding", "transfer-encoding", "content-length", "set-cookie"}
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x20\x7f]")
_LINE_BREAKS = re.compile(r"[\r\n\x00]+\s*")


class DamagedMember(Exception):
    """No whole gzip member with a WARC record stands at an offset."""


class TooLargeMember(DamagedMember):
    """A gzip member decompresses to more than any record of miner; what it is was not read."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A response record, compressed, not yet written.

    Attributes:
        digest: SHA-1 of the payload, base 32.
        member: The gzip member.
    """

    digest: str
    member: bytes


@dataclass(frozen=True, slots=True)
class PayloadOrigin:
    """The record that holds a payload, as a revisit record names it."""

    location: Location
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """A record read back; ``refers_to`` is set where the payload stands elsewhere."""

    answer: ReceivedAnswer
    digest: str
    date: str
    refers_to: Location | None


class _Member:
    """Compresses what is written to it as one gzip member, without a second copy."""

    def __init__(self) -> None:
        self._compressor = isal_zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._parts.append(self._compressor.compress(data))

    def flush(self) -> None:
        """Nothing to do: ``finish`` ends the member."""

    def finish(self) -> bytes:
        self._parts.append(self._compressor.flush())
        return b"".join(self._parts)


def payload_digest(body: bytes) -> str:
    """Return the SHA-1 of a payload in base 32, as WARC writes it."""
    return base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def warcinfo_member(segment: str) -> bytes:
    """Return the record that opens a segment."""
    facts = {
        "software": f"miner/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    return _compressed(lambda writer: writer.create_warcinfo_record(segment, facts))


def response_member(answer: ReceivedAnswer, digest: str) -> bytes:
    """Return an answer with its payload as a compressed record."""
    http = _http_headers(answer)
    # Both digests are computed here in one go; warcio would read the payload in 16 kB pieces.
    http.compute_headers_buffer()
    block = hashlib.sha1(http.headers_buff, usedforsecurity=False)
    block.update(answer.body)
    headers = _warc_headers(answer)
    headers["WARC-Payload-Digest"] = f"sha1:{digest}"
    headers["WARC-Block-Digest"] = f"sha1:{base64.b32encode(block.digest()).decode()}"
    return _compressed(
        lambda writer: writer.create_warc_record(
            _one_word(answer.url), "response", payload=io.BytesIO(answer.body),
            length=len(answer.body), http_headers=http, warc_headers_dict=headers,
        )
    )  # fmt: skip


def metadata_member(answer: ReceivedAnswer, digest: str) -> bytes:
    """Return what miner found or decided itself as a compressed record: JSON, no HTTP part."""
    headers = _warc_headers(answer)
    headers["WARC-Payload-Digest"] = f"sha1:{digest}"
    headers["WARC-Block-Digest"] = f"sha1:{digest}"
    return _compressed(
        lambda writer: writer.create_warc_record(
            _one_word(answer.url), "metadata", payload=io.BytesIO(answer.body),
            length=len(answer.body), warc_content_type="application/json",
            warc_headers_dict=headers,
        )
    )  # fmt: skip


def revisit_member(answer: ReceivedAnswer, digest: str, origin: PayloadOrigin) -> bytes:
    """Return an answer whose payload another record holds, as a compressed record."""
    place = origin.location
    headers = _warc_headers(answer)
    headers[REFERS_TO] = f"{place.segment} {place.offset} {place.length}"
    return _compressed(
        lambda writer: writer.create_revisit_record(
            _one_word(answer.url), f"sha1:{digest}", _one_word(origin.url), origin.date,
            http_headers=_http_headers(answer), warc_headers_dict=headers,
        )
    )  # fmt: skip


def read_member(file: BinaryIO, offset: int) -> tuple[bytes, int]:
    """Decompress the gzip member at an offset.

    Returns:
        The record, and the offset behind the member.

    Raises:
        DamagedMember: The member is cut short, damaged (its CRC is checked), or none is there.
        TooLargeMember: It has more than ``MAX_RECORD_BYTES``; no more was decompressed.
    """
    file.seek(offset)
    decompressor = isal_zlib.decompressobj(_GZIP)
    parts: list[bytes] = []
    position, size, left = offset, _FIRST_READ, MAX_RECORD_BYTES
    while not decompressor.eof:
        chunk = file.read(size)
        if not chunk:
            raise DamagedMember(f"cut short at byte {position}")
        try:
            parts.append(decompressor.decompress(chunk, left + 1))
        except isal_zlib.IsalError as error:  # type: ignore[misc]  # typed as an instance
            raise DamagedMember(str(error)) from error
        left -= len(parts[-1])
        if left < 0:
            raise TooLargeMember(f"more than {MAX_RECORD_BYTES / 1e6:,.0f} MB in one record")
        position, size = position + len(chunk), _NEXT_READ
    record = b"".join(parts)
    if not record.startswith(b"WARC/"):
        raise DamagedMember("not a WARC record")
    return record, position - len(decompressor.unused_data)


def find_member(file: BinaryIO, start: int) -> int | None:
    """Return the offset of the first whole member at or behind ``start``, or None."""
    position = start
    keep = b""
    while True:
        file.seek(position)
        chunk = file.read(_NEXT_READ)
        if not chunk:
            return None
        window, base = keep + chunk, position - len(keep)
        found = window.find(_MAGIC)
        while found >= 0:
            try:
                read_member(file, base + found)
            except DamagedMember:
                found = window.find(_MAGIC, found + 1)
            else:
                return base + found
        keep, position = window[-2:], position + len(chunk)


_NOT_OURS = (
    StopIteration, LookupError, ValueError, TypeError, OverflowError, OSError, RecursionError,
)  # fmt: skip


def parse_record(record: bytes) -> ParsedRecord | None:
    """Rebuild an answer from an uncompressed record.

    Returns:
        The answer, with an empty body for a revisit record; None for a ``warcinfo`` record.

    Raises:
        DamagedMember: The record is not one that miner wrote.
    """
    try:
        found = next(iter(ArchiveIterator(io.BytesIO(record), parse_http=True)))
        headers = {name.lower(): value for name, value in found.headers.items()}
        kind = headers["warc-type"]
        if kind == "warcinfo":
            return None
        http = None if kind == "metadata" else found.http_headers
        if http is None and kind != "metadata":
            raise ValueError("it has no HTTP part")
        answer = ReceivedAnswer(
            kind=headers["miner-kind"],
            url=headers["warc-target-uri"],
            status=0 if http is None else int(http.status_code or 0),
            headers={} if http is None else {name.lower(): text for name, text in http.items()},
            body=b"" if kind == "revisit" else found.reader.read(),
            observed_at=_parse_date(headers["warc-date"]),
            context=_context(headers["miner-context"]),
            final_url=headers.get("miner-final-url", ""),
        )
        digest = headers["warc-payload-digest"].removeprefix("sha1:")
        refers_to = _refers_to(headers.get(REFERS_TO.lower(), ""), digest)
    except _NOT_OURS as error:
        raise DamagedMember(f"not a record of miner: {str(error)[:200]!r}") from error
    return ParsedRecord(answer, digest, headers["warc-date"], refers_to)


def _compressed(create: Callable[[WARCWriter], object]) -> bytes:
    member = _Member()
    writer = WARCWriter(member, gzip=False, warc_version="1.1")
    writer.write_record(create(writer))
    return member.finish()


def _warc_headers(answer: ReceivedAnswer) -> dict[str, str]:
    headers = {
        "WARC-Date": answer.observed_at.isoformat() + "Z",
        "Miner-Kind": answer.kind,
        "Miner-Context": json.dumps(dict(answer.context), separators=(",", ":")),
    }
    if answer.final_url:
        headers["Miner-Final-Url"] = _one_word(answer.final_url)
    return headers


def _http_headers(answer: ReceivedAnswer) -> StatusAndHeaders:
    kept = [
        (name.lower(), _LINE_BREAKS.sub(" ", value))
        for name, value in answer.headers.items()
        if name.lower() not in _DROPPED
    ]
    kept.append(("content-length", str(len(answer.body))))
    known = answer.status in HTTPStatus.__members__.values()
    phrase = HTTPStatus(answer.status).phrase if known else "Unknown"
    return StatusAndHeaders(f"{answer.status} {phrase}", kept, protocol="HTTP/1.1")


def _one_word(url: str) -> str:
    """Return an address that cannot break a header line."""
    return _NOT_IN_A_HEADER.sub(lambda found: f"%{ord(found[0]):02X}", url)


def _parse_date(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _refers_to(text: str, digest: str) -> Location | None:
    if not text:
        return None
    segment, offset, length = text.split(" ")
    place = Location(segment, int(offset), int(length), digest)
    if not (_SEGMENT.fullmatch(segment) and 0 <= place.offset < _MAX_OFFSET):
        raise ValueError(f"it refers to {text[:100]!r}, which is no place in an archive")
    return place


def _context(text: str) -> dict[str, str]:
    context = json.loads(text)
    if not isinstance(context, dict):
        raise TypeError("its context is no object")
    return context
