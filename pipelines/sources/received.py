"""What the stages hand to each other: answers as received, and the protocol of a hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReceivedAnswer:
    """One HTTP answer as received, with what it was asked for.

    Attributes:
        kind: ``vocab.AnswerKind``.
        url: What was asked for, absolute, without credentials. After redirects this is still
            the first address; ``final_url`` is where the bytes came from.
        status: HTTP status of the last hop; 0 for what miner found or decided itself.
        headers: Headers of the last hop, names lower case. Never credentials.
        body: Payload, content encoding removed. Empty where it was not kept (too large).
        observed_at: Date header of the answer, UTC without zone.
        context: What the request was for, as short strings: ``hub``, ``subject`` (model, dataset),
            ``sweep`` (its name), ``page``, ``name``, ``revision``, ``path`` … whatever
            is needed to parse the answer again from the archive alone.
        final_url: Address of the last hop, absolute.
    """

    kind: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    observed_at: datetime
    context: Mapping[str, str] = field(default_factory=dict)
    final_url: str = ""


def bounds_met(first_bytes: int | None, max_bytes: int | None, *, is_cut: bool) -> dict[str, str]:
    """Return what an answer's context says of its size: how many bytes are all that is kept of it.

    Args:
        first_bytes: So many from the begin of the file were asked for; None: all of it was.
        max_bytes: What is longer is not kept.
        is_cut: It was longer than its bound.
    """
    if first_bytes is not None:
        return {"head": str(first_bytes)}
    return {"cut": str(max_bytes)} if is_cut else {}


@dataclass(frozen=True, slots=True)
class Location:
    """Place of a record in the archive.

    Attributes:
        segment: File name of the segment.
        offset: First byte of the compressed record.
        length: Bytes of the compressed record.
        digest: SHA-1 of the payload, base 32 as in WARC.
    """

    segment: str
    offset: int
    length: int
    digest: str
