"""What miner itself found or decided, as archived records beside the answers that led to it.

WARC calls such a record ``metadata``. With them the archive alone leads to the same store: which
searches were opened, what a scan found, what a language model answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.vocab import AnswerKind


def decision(
    kind: AnswerKind, subject: str, content: Mapping[str, object], **context: str
) -> ReceivedAnswer:
    """Return a record for the archive, dated by the clock of this machine.

    Args:
        kind: What it is.
        subject: What it is about; part of its address.
        content: Strings, numbers, lists, mappings and dataclasses.
        context: What has to be known before the content is read.
    """
    return ReceivedAnswer(
        kind=kind.value,
        url=f"urn:miner:{kind.value}:{quote(subject, safe='/-_.')}",
        status=0,
        headers={},
        body=orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS),
        observed_at=datetime.now(UTC).replace(tzinfo=None),
        context=context,
    )


def content_of(record: ReceivedAnswer) -> dict[str, Any]:
    """Return the content of such a record."""
    content: dict[str, Any] = orjson.loads(record.body)
    return content
