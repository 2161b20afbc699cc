"""The archive: answers as received, in append-only WARC segments.

Every record is its own gzip member, so any web-archive tool opens a segment, and a record is read
by its offset alone. The index (table ``answer``) can be rebuilt from the segments by ``scan``.
"""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from miner.errors import InvalidData
from miner.pipelines.sources.archive.warc_record import (
    DamagedMember,
    ParsedRecord,
    PayloadOrigin,
    Prepared,
    TooLargeMember,
    find_member,
    metadata_member,
    parse_record,
    payload_digest,
    read_member,
    response_member,
    revisit_member,
    warcinfo_member,
)
from miner.pipelines.sources.received import Location, ReceivedAnswer

_SUFFIX = ".warc.gz"
_REMEMBERED = 20_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a segment is made of.

    Attributes:
        size_bytes: Size of the segment when it was looked at.
        end: Offset behind the last whole record; less than the size where a tail is torn.
        damaged: Offsets at which no whole record stands although whole ones follow.
    """

    size_bytes: int
    end: int
    damaged: tuple[int, ...]


class ArchiveReader:
    """Reads an archive, also while another process appends to it; changes nothing.

    Args:
        folder: Where the segments are. It may be absent: an empty archive.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def segments(self) -> list[str]:
        """Return the names of the segments in order of writing."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.glob(f"*{_SUFFIX}"))

    def read(self, segment: str, offset: int) -> ReceivedAnswer:
        """Read one answer; the payload of a revisit record comes from the record it names.

        Raises:
            InvalidData: There is no whole record at that place.
        """
        return self._whole(self._record(segment, offset))

    def survey(self, segment: str) -> Survey:
        """Read a whole segment and tell where its records are not whole."""
        offset = 0
        damaged = []
        with (self.folder / segment).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while offset < size:
                try:
                    _, offset = read_member(file, offset)
                except DamagedMember as error:
                    following = find_member(file, offset + 1)
                    if following is None and isinstance(error, TooLargeMember):
                        following = size  # it is no torn tail: nothing of it is cut off
                    if following is None:
                        break
                    damaged.append(offset)
                    offset = following
        return Survey(size, offset, tuple(damaged))

    def scan(
        self, after: Mapping[str, int] | None = None
    ) -> Iterator[tuple[Location, ReceivedAnswer]]:
        """Read all answers in the order of writing.

        A damaged record is skipped with a warning; a half-written one at the end of the last
        segment (another process may be writing it) ends the scan.

        Args:
            after: Segment → offset from which on, the end of the last record already known.
                A segment that is not named is read whole.

        Raises:
            InvalidData: ``after`` points behind the end of a segment.
        """
        starts = after or {}
        for segment in self.segments():
            start = starts.get(segment, 0)
            size = (self.folder / segment).stat().st_size
            if start > size:
                raise InvalidData(
                    f"{segment} ends at byte {size}, but the store knows of records up to {start}",
                    next_step="put the whole segment back, or rebuild: miner parse --from-archive",
                )
            for place, record in self._records(segment, start):
                try:
                    answer = self._whole(record)
                except InvalidData as error:
                    logger.warning(
                        "%s: the answer at byte %d was left out: %s",
                        segment, place.offset, error.message,
                    )  # fmt: skip
                    continue
                yield place, answer

    def _records(self, segment: str, start: int) -> Iterator[tuple[Location, ParsedRecord]]:
        offset: int | None = start
        with (self.folder / segment).open("rb") as file:
            while offset is not None and offset < os.fstat(file.fileno()).st_size:
                try:
                    raw, end = read_member(file, offset)
                    record = parse_record(raw)
                except DamagedMember as error:
                    following = find_member(file, offset + 1)
                    logger.warning(
                        "%s: no whole record at byte %d (%s); %s", segment, offset, error,
                        "nothing follows" if following is None else f"went on at {following}",
                    )  # fmt: skip
                    offset = following
                    continue
                if record is not None:
                    yield Location(segment, offset, end - offset, record.digest), record
                offset = end

    def _record(self, segment: str, offset: int) -> ParsedRecord:
        try:
            with (self.folder / segment).open("rb") as file:
                record = parse_record(read_member(file, offset)[0])
            if record is None:
                raise DamagedMember("no answer")
            return record
        except (DamagedMember, OSError, OverflowError, ValueError) as error:
            raise InvalidData(
                f"the archive has no whole record at byte {offset} of {self.folder / segment}:"
                f" {error}",
                next_step="put the segment back from a copy; other records are not touched",
            ) from error

    def _whole(self, record: ParsedRecord) -> ReceivedAnswer:
        place = record.refers_to
        if place is None:
            return record.answer
        origin = self._record(place.segment, place.offset)
        if origin.digest != record.digest or origin.refers_to is not None:
            raise InvalidData(
                f"the record at byte {place.offset} of {place.segment} does not hold the payload"
                f" {record.digest}",
                next_step="put the segment back from a copy",
            )
        answer = record.answer
        return ReceivedAnswer(
            answer.kind, answer.url, answer.status, answer.headers, origin.answer.body,
            answer.observed_at, answer.context, answer.final_url,
        )  # fmt: skip


def _nowhere(_digest: str) -> Location | None:
    return None


class Archive(ArchiveReader):
    """Appends answers. One process, one thread; ``prepare`` may run in any thread.

    The constructor repairs the last segment. Payloads that the archive already holds, by digest,
    become revisit records.

    Args:
        folder: Where the segments are; made if absent.
        segment_bytes: A segment of this size or more is closed and the next one begun.
        find_payload: Digest → place of an earlier record with the same payload, or None. The
            archive remembers by itself the last payloads that it wrote.
    """

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int,
        find_payload: Callable[[str], Location | None] = _nowhere,
    ) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._segment_bytes = segment_bytes
        self._find_payload = find_payload
        self._written: OrderedDict[str, PayloadOrigin] = OrderedDict()
        self._is_damaged = False
        self.repairs = self.repair()
        existing = self.segments()
        number = int(existing[-1].removesuffix(_SUFFIX)) if existing else 1
        self._open(number + self._is_damaged)

    @staticmethod
    def prepare(answer: ReceivedAnswer) -> Prepared:
        """Compress an answer for ``append``; the interpreter lock is released meanwhile."""
        digest = payload_digest(answer.body)
        return Prepared(digest, response_member(answer, digest))

    def append(self, answer: ReceivedAnswer, prepared: Prepared | None = None) -> Location:
        """Write an answer behind all others; it is safe on disk only after ``flush``.

        Args:
            answer: What was received.
            prepared: What ``prepare`` made of it, to save the work here.

        Raises:
            OSError: The disk refused. Nothing of the answer is left in the segment.
        """
        digest = prepared.digest if prepared else payload_digest(answer.body)
        origin = self._find_origin(digest) if answer.body and answer.status else None
        if origin is not None:
            member = revisit_member(answer, digest, origin)
        elif not answer.status:
            member = metadata_member(answer, digest)
        else:
            member = prepared.member if prepared else response_member(answer, digest)
        if self._offset >= self._segment_bytes:
            self.close()
            self._open(self._number + 1)
        place = Location(self._segment, self._offset, len(member), digest)
        self._write(member)
        if origin is None and answer.status:
            date = answer.observed_at.isoformat() + "Z"
            self._remember(digest, PayloadOrigin(place, answer.url, date))
        return place

    def flush(self) -> None:
        """Bring everything appended to disk; call it before a cursor is committed."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Flush and close the segment."""
        if not self._file.closed:
            self.flush()
            self._file.close()

    def repair(self) -> list[str]:
        """Cut a half-written record off the end of the last segment.

        Only a tail behind which nothing readable follows is cut. Damage in the middle of a
        segment is left as it is, and the next answers go to a new segment.

        Returns:
            One line a cut, for the log.
        """
        existing = self.segments()
        if not existing:
            return []
        path = self.folder / existing[-1]
        found = self.survey(existing[-1])
        for offset in found.damaged:
            logger.error("%s is damaged at byte %d; left as it is", path, offset)
            self._is_damaged = True
        if found.end >= found.size_bytes:
            return []
        with path.open("r+b") as file:
            file.truncate(found.end)
            os.fsync(file.fileno())
        torn = found.size_bytes - found.end
        line = f"{existing[-1]}: {torn} bytes of a half-written record were cut off"
        logger.warning("%s", line)
        return [line]

    def _open(self, number: int) -> None:
        self._number = number
        self._segment = f"{number:06d}{_SUFFIX}"
        path = self.folder / self._segment
        # Unbuffered: an answer is with the operating system once append returns, so a killed
        # process loses nothing that it had counted.
        self._file = path.open("ab", buffering=0)
        self._offset = path.stat().st_size
        if self._offset == 0:
            self._write(warcinfo_member(self._segment))
            self.flush()
            _sync_folder(self.folder)

    def _write(self, member: bytes) -> None:
        rest = memoryview(member)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            os.ftruncate(self._file.fileno(), self._offset)
            raise
        self._offset += len(member)

    def _remember(self, digest: str, origin: PayloadOrigin) -> None:
        self._written[digest] = origin
        if len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    def _find_origin(self, digest: str) -> PayloadOrigin | None:
        """Return where a payload stands already; None also if that record cannot be read."""
        if digest in self._written:
            self._written.move_to_end(digest)
            return self._written[digest]
        place = self._find_payload(digest)
        if place is None:
            return None
        try:
            record = self._record(place.segment, place.offset)
            if record.refers_to is not None:
                place = record.refers_to
                record = self._record(place.segment, place.offset)
        except InvalidData as error:
            logger.warning("payload %s is kept again: %s", digest, error.message)
            return None
        if record.digest != digest or record.refers_to is not None:
            return None
        origin = PayloadOrigin(place, record.answer.url, record.date)
        self._remember(digest, origin)
        return origin


def _sync_folder(folder: Path) -> None:
    """Make a new file's name as safe as its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
