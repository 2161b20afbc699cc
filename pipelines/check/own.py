"""What a project states of its own license."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from miner.pipelines.check.report import OwnLicense, Terms
from miner.pipelines.check.stated import terms_of
from miner.pipelines.licenses.statement import MISSING, Statement, read

_LICENSE_FILE = re.compile(r"(?:^|/)(?:licen[sc]e|copying)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Own:
    """A project's own statements.

    Attributes:
        statement: What holds for its code.
        terms: The same, as a report has it.
        found: Every statement.
    """

    statement: Statement
    terms: Terms
    found: tuple[OwnLicense, ...]


def is_own_path(path: str) -> bool:
    """Return whether a file of this path may state the project's license."""
    return _LICENSE_FILE.search(path) is not None


def own_of_files(files: Sequence[tuple[str, bytes]]) -> Own:
    """Return what the files of a project state."""
    return Own(MISSING, terms_of(MISSING), ())


def own_of_report(license_key: str | None) -> Own:
    """Return what GitHub reports of a repository: an SPDX id, a key, or nothing."""
    statement = read(license_key or "")
    terms = terms_of(statement, source="GitHub")
    found = (OwnLicense("GitHub", 0, "code", terms),) if license_key else ()
    return Own(statement, terms, found)
