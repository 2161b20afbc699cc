"""When a report was written, and its serial number: the same input gives the same bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from miner.errors import ConfigurationError
from miner.pipelines.check.report import CheckReport

_VARIABLE = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What identifies one report.

    Attributes:
        created: When it was written, UTC, whole seconds.
        serial: Number of the document.
    """

    created: datetime
    serial: UUID

    @property
    def text(self) -> str:
        """The time, as ``2026-01-31T12:00:00Z``."""
        return f"{self.created:%Y-%m-%dT%H:%M:%SZ}"


def stamp(report: CheckReport, moment: datetime) -> Stamp:
    """Return the stamp of a report: its number follows from the report and the moment.

    Args:
        report: What is written.
        moment: When, UTC without zone.
    """
    content = orjson.dumps(asdict(report), option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(content).hexdigest()
    return Stamp(moment.replace(microsecond=0), uuid5(NAMESPACE_URL, f"miner:{moment}:{digest}"))


def now(environment: Mapping[str, str] = os.environ) -> datetime:
    """Return the time that SOURCE_DATE_EPOCH sets, in seconds since 1970, else the clock's; UTC.

    Raises:
        ConfigurationError: The variable is no such number.
    """
    text = environment.get(_VARIABLE, "").strip()
    if not text:
        return datetime.now(UTC).replace(tzinfo=None)
    try:
        return datetime.fromtimestamp(int(text), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigurationError(
            f"{_VARIABLE} must be whole seconds since 1970, not {text!r}",
            next_step=f"unset {_VARIABLE}",
        ) from error
