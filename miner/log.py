"""Logging: everything to stderr, as text or (``--log-json``) one JSON object a line.

Tokens never reach a log line: a filter masks whatever looks like one.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

from miner.terminal import printable

_SECRET = re.compile(
    r"\b(hf_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|sk-[\w-]{16,})"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def mask_secrets(text: str) -> str:
    """Return a text with tokens and passwords in URLs replaced by ``***``."""
    return _SECRET.sub("***", text)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask_secrets(printable(super().format(record), keep="\n\t"))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event.update(getattr(record, "facts", {}))
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return mask_secrets(json.dumps(event, default=str))


def set_up(*, as_json: bool = False, verbose: bool = False) -> None:
    """Send miner's log to stderr.

    Args:
        as_json: One JSON object a line instead of text.
        verbose: Debug messages too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _Text("%(message)s"))
    root = logging.getLogger("miner")
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    root.propagate = False
