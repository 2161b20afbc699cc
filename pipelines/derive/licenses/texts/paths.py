"""Which files of a repository say something of its licenses, recognized by their paths alone."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from miner.schema.patterns import bounded


class StatementPlace(StrEnum):
    """Where a statement stands, the strongest evidence first."""

    LICENSE_FILE = "license-file"  # LICENSE, COPYING, MODEL_LICENSE, ...
    LICENSES_FOLDER = "licenses-folder"  # texts in LICENSES/, each for a part that it does not name
    METADATA = "package-metadata"  # pyproject.toml, package.json, Cargo.toml, ...
    README = "readme"  # a section on licenses
    SPDX_TAGS = "spdx-tags"  # SPDX-License-Identifier in source files
    NOTICE = "notice"  # NOTICE and lists of third-party work
    USE_POLICY = "use-policy"  # what goes beside a license of models


class FileStanding(StrEnum):
    """Whose work a file is about."""

    OWN = "own"  # the whole repository
    NESTED = "nested"  # the folder it lies in
    VENDORED = "vendored"  # a copy of somebody else's work


_OF_WEIGHTS = frozenset(
    {StatementPlace.LICENSE_FILE, StatementPlace.USE_POLICY, StatementPlace.NOTICE}
)

_NO_TEXT = (
    r"(?!.*\.(?:py|pyi|pyc|js|mjs|cjs|jsx|ts|tsx|vue|css|scss|html?|svg|png|jpe?g|gif|pdf|docx?"
    r"|java|go|rs|rb|php|cs|c|cc|cpp|cu|h|hpp|kt|swift|sh|bat|ya?ml|json|toml|xml|csv|lock|ipynb"
    r"|map|po|zip|gz|tmpl|j2)$)"
)
_LICENSE = re.compile(
    rf"^{_NO_TEXT}(?:(?:un)?licen[sc]es?"
    r"|(?:[\w.+-]|[\w.+-][\w.+ -]*[\w.+-])[-_. ](?:un)?licen[sc]es?"
    r"|copying|copyrights?|eula|terms(?:[-_ ]of[-_ ](?:use|service))?"
    r"|[\w.-]+[-_ ]terms(?:[-_ ]of[-_ ]use)?|[\w-]*licen[sc]e[-_ ]?agreement|许可协议)"
    r"(?:[-_. ][\w.+() -]{0,60})?$",
    re.IGNORECASE,
)
_NOT_A_LICENSE = bounded(
    r"header|template|check|boilerplate|plugin|script|list|summary|faq|changes|config",
    re.IGNORECASE,
)
_NOTICE = bounded(
    rf"^{_NO_TEXT}(?:[\w.-]*[-_. ])?(?:notices?|third[-_ ]?part(?:y|ies)[\w. -]*"
    r"|3rd[-_ ]?part(?:y|ies)[\w. -]*)(?:[-_. ][\w. -]{0,40})?$",
    re.IGNORECASE,
)
_POLICY = bounded(
    rf"^{_NO_TEXT}[\w.-]*(?:use[-_ ]?policy|acceptable[-_ ]use|prohibited[-_ ]use)[\w.-]*$",
    re.IGNORECASE,
)
_README = re.compile(r"^readme(?:\.(?:md|mdx|rst|txt|markdown))?$", re.IGNORECASE)
_METADATA = frozenset(
    {"pyproject.toml", "setup.cfg", "setup.py", "package.json", "cargo.toml", "citation.cff",
     "composer.json", "codemeta.json"}
)  # fmt: skip
_FOLDER = re.compile(r"^(?:\.github|legal|\.?[\w-]*licen[sc]es?)/[^/]+$", re.IGNORECASE)
_LICENSES = re.compile(r"^[\w-]*licen[sc]es?/[^/]+$", re.IGNORECASE)
_FOREIGN = re.compile(
    r"(?:^|/)(?:node_modules|site-packages|dist-packages|bower_components|\.venv|venv|env|\.git"
    r"|[\w.-]+\.dist-info|[\w.-]+\.egg-info|\.tox)/"
)
_OTHERS = re.compile(r"third[-_ ]?part|3rd[-_ ]?part|vendor|external", re.IGNORECASE)


@lru_cache(maxsize=8192)
def place_of(path: str) -> StatementPlace | None:
    """Return which kind of statement a file of this path may hold; None if none."""
    folder, _, name = path.rpartition("/")
    if _NOTICE.match(name):
        return StatementPlace.NOTICE
    if _POLICY.match(name):
        return StatementPlace.USE_POLICY
    if _LICENSES.match(path) and re.match(rf"^{_NO_TEXT}", name):
        return StatementPlace.LICENSES_FOLDER
    if _LICENSE.match(name) and not _NOT_A_LICENSE.search(name):
        return StatementPlace.LICENSE_FILE
    if name.lower() in _METADATA:
        return StatementPlace.METADATA
    return StatementPlace.README if not folder and _README.match(name) else None


def is_wanted(path: str) -> bool:
    """Return whether a file of this path is read for licenses at all."""
    return place_of(path) is not None and _FOREIGN.search(path) is None


def is_beside_weights(path: str) -> bool:
    """Return whether a file of a model's repository states terms of the whole, by its path."""
    return "/" not in path and place_of(path) in _OF_WEIGHTS


def is_foreign(path: str) -> bool:
    """Return whether a path lies in a folder of installed packages."""
    return _FOREIGN.search(path) is not None


@lru_cache(maxsize=8192)
def standing_of(path: str, *, is_copy: bool = False) -> FileStanding:
    """Return whose work a file of this path is about.

    Args:
        path: Path inside the repository.
        is_copy: Whether it lies in a copy of a package, as :mod:`vendored` tells.
    """
    if is_copy or is_foreign(path) or _OTHERS.search(path):
        return FileStanding.VENDORED
    is_root = "/" not in path or _FOLDER.match(path) is not None
    return FileStanding.OWN if is_root else FileStanding.NESTED
