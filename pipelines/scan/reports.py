"""Bills of materials and reports: documents about models, of which nothing is loaded.

They are recognized by what is in them, not by their names: what a check writes into a project must
not be what the next one finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from miner.pipelines.scan.file_kinds import FileKind

REPORT = "report"
"""Why such a file is not read."""

_HINTS = (b'"bomFormat"', b'"spdxVersion"', b"spdx.org/rdf/", b'"runs"', b"Not legal advice")
_OWN_TEXT = re.compile(rb"matrix \S{1,80} \S{1,80}\. Not legal advice\.")
_TAG_VALUE = re.compile(rb"^\s*(?:spdxVersion\s*:\s*[\"']?|SPDXVersion:\s*)SPDX-\d", re.MULTILINE)
_CYCLONEDX_YAML = re.compile(rb"^\s*bomFormat\s*:\s*[\"']?CycloneDX", re.MULTILINE)
_HEAD = 4_000
_SITE_KEYS = frozenset({"hub", "model", "path", "line", "role", "api", "confidence", "resolved"})


def is_report(data: bytes, kind: FileKind) -> bool:
    """Tell whether a file is a bill of materials or a report of a tool.

    Args:
        data: Its bytes, as UTF-8.
        kind: Which reader it would go to.
    """
    if kind not in {FileKind.JSON, FileKind.YAML, FileKind.DOCS}:
        return False
    if is_own_text(data):  # whatever it is called
        return True
    if kind is FileKind.JSON:
        return _is_json_report(data)
    head = data[:_HEAD] if kind is FileKind.YAML else b""
    return any(pattern.search(head) for pattern in (_TAG_VALUE, _CYCLONEDX_YAML))


def is_own_text(data: bytes) -> bool:
    """Tell whether a text was written by a check."""
    return _OWN_TEXT.search(data) is not None


def _is_json_report(data: bytes) -> bool:
    may_be_sites = b'"confidence"' in data[:_HEAD] and b'"resolved"' in data[:_HEAD]
    if not may_be_sites and not any(hint in data for hint in _HINTS):
        return False
    try:
        value = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return False
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) and one.keys() >= _SITE_KEYS
                                   for one in value)  # fmt: skip
    return isinstance(value, dict) and any(is_it(value) for is_it in _DOCUMENTS)


def _is_cyclonedx(value: Mapping[str, object]) -> bool:
    return value.get("bomFormat") == "CycloneDX" and "specVersion" in value


def _is_spdx(value: Mapping[str, object]) -> bool:
    if str(value.get("spdxVersion", "")).startswith("SPDX-"):
        return "SPDXID" in value
    return "spdx.org/rdf/" in str(value.get("@context", ""))[:_HEAD] and "@graph" in value


def _is_sarif(value: Mapping[str, object]) -> bool:
    runs = value.get("runs")
    return (
        isinstance(runs, list)
        and str(value.get("version", "")).startswith("2.")
        and all(isinstance(run, dict) and "tool" in run for run in runs)
    )


def _is_own(value: Mapping[str, object]) -> bool:
    return value.get("note") == "Not legal advice." and "format_version" in value


_DOCUMENTS = (_is_cyclonedx, _is_spdx, _is_sarif, _is_own)
