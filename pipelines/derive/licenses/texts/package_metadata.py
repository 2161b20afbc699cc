"""The licenses that packages declare in their metadata. Read as data; nothing is run."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from miner.pipelines.derive.licenses.license_names import resolve
from miner.schema.patterns import bounded

MAX_BYTES = 1_000_000
MAX_WORDING = 2_000
_TROVE = bounded(r"^License :: (?:OSI Approved(?: ::|$)|)\s*(.*)$")
_PARENTHESIS = bounded(r"\s*\(([^)]*)\)")
_CFF = re.compile(r"^license:[ \t]*[\"']?([^\"'#\n]*)", re.MULTILINE)
_CFF_ITEM = bounded(r"\s*\n[ \t]*-[ \t]*[\"']?([\w.+-]+)")
_BROKEN = (
    ValueError, TypeError, AttributeError, RecursionError, SyntaxError, MemoryError,
    configparser.Error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """What one package says of its license.

    Attributes:
        wording: As written: a key, an SPDX expression, a name, an address, or a whole text.
        line: Line it stands on, from 1; 1 where it cannot be found again.
        is_broad: A classifier, which may name a family alone.
    """

    wording: str
    line: int
    is_broad: bool = False


def read(path: str, text: str) -> list[Declared]:
    """Return what a manifest declares; nothing if it declares nothing or cannot be parsed.

    Args:
        path: Its name says which kind it is.
        text: Its content.
    """
    name = path.rsplit("/", 1)[-1].lower()
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES or name not in _READERS:
        return []
    try:
        wording = sorted(_READERS[name](text), key=lambda one: one[1])  # the exact ones first
    except _BROKEN:
        return []
    return [
        Declared(one[:MAX_WORDING], _line(text, one), is_broad)
        for one, is_broad in wording
        if isinstance(one, str) and one.strip() and not one.upper().startswith("SEE LICENSE")
    ]


Wordings = Iterator[tuple[str, bool]]


def _pyproject(text: str) -> Wordings:
    content = tomllib.loads(text)
    for table in (content.get("project"), content.get("tool", {}).get("poetry")):
        if not isinstance(table, dict):
            continue
        license_ = table.get("license")
        if isinstance(license_, dict):
            license_ = license_.get("text", "")
        yield license_ or "", False
        yield from _troves(table.get("classifiers"))


def _setup_cfg(text: str) -> Wordings:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    yield parser.get("metadata", "license", fallback=""), False
    yield from _troves(parser.get("metadata", "classifiers", fallback="").splitlines())


def _setup_py(text: str) -> Wordings:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on escapes in other people's code
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _called(node) == "setup"):
            continue
        for keyword in node.keywords:
            if keyword.arg == "license" and isinstance(keyword.value, ast.Constant):
                yield keyword.value.value, False  # type: ignore[misc]  # read() keeps strings
            elif keyword.arg == "classifiers" and isinstance(keyword.value, ast.List | ast.Tuple):
                yield from _troves(
                    [one.value for one in keyword.value.elts if isinstance(one, ast.Constant)]
                )


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _package_json(text: str) -> Wordings:
    content = json.loads(text)
    several = content.get("licenses") or content.get("license") or ""
    parts = several if isinstance(several, list) else [several]
    names = [one.get("type", "") if isinstance(one, dict) else one for one in parts]
    yield " OR ".join(str(name) for name in names if name), False


def _cargo(text: str) -> Wordings:
    content = tomllib.loads(text)
    for table in (content.get("package"), content.get("workspace", {}).get("package")):
        wording = table.get("license") if isinstance(table, dict) else None
        if isinstance(wording, str):
            yield wording.replace("/", " OR "), False  # the older way to write a choice


def _citation(text: str) -> Wordings:
    match = _CFF.search(text)
    if match is None:
        return
    if match[1].strip():
        yield match[1].strip(), False
        return
    place = match.end()
    names = []
    while item := _CFF_ITEM.match(text, place):
        names.append(item[1])
        place = item.end()
    yield " OR ".join(names), False


def _troves(names: object) -> Wordings:
    for name in names if isinstance(names, list | tuple) else ():
        match = _TROVE.match(str(name).strip())
        wording = trove(match[1]) if match else ""
        if wording:
            yield wording, True


def trove(tail: str) -> str:
    """Return the license that a classifier names; empty if it only says "approved".

    Args:
        tail: What follows ``License :: OSI Approved ::``.
    """
    short = _PARENTHESIS.search(tail)
    bare = _PARENTHESIS.sub("", tail)
    # GNU licenses are told apart by what stands in brackets: "(GPLv3+)", "(LGPLv2)".
    for name in (short[1] if short and "GPL" in short[1] else "", bare, short[1] if short else ""):
        if name and resolve(name).is_known and resolve(name).license is not None:
            return name
    return bare


def _line(text: str, wording: str) -> int:
    """Return the line that has both the word and what was said, else the first with either."""
    first = re.escape(wording.strip().partition("\n")[0])
    for pattern in (rf"licen[sc]e.{{0,80}}?{first}", first, "licen[sc]e"):
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            return text.count("\n", 0, match.start()) + 1
    return 1


_READERS = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "package.json": _package_json,
    "composer.json": _package_json,
    "codemeta.json": _package_json,
    "cargo.toml": _cargo,
    "citation.cff": _citation,
}
