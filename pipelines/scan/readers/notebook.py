"""Reads Jupyter notebooks: cells as a file of the kernel's language, shell lines as shell."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from miner.pipelines.scan.file_kinds import FileKind, kind_of
from miner.pipelines.scan.flow import FileSummary, SourceString
from miner.pipelines.scan.readers import (
    config_files,
    lexed,
    plain_text,
    python,
    python_parse,
    shell,
)
from miner.schema.patterns import bounded

_MAGIC = re.compile(r"^\s*(?:!|%(?!%)|\?|[\w.]+\?\s*$)")
_SHELL_LINE = bounded(r"^\s*(?:!|%(?:pip|conda|sh|bash)\b|[\w, ]+=\s*!)\s*(.*)")
_SHELL_CELL = re.compile(r"^\s*%%(?:bash|sh|script|shell)\b")

_WRITES = bounded(r"^\s*%%(?:writefile|file)\s+(?:-a\s+)?[\"']?([^\s\"']+)[\"']?\s*$")
_SETTINGS = frozenset({FileKind.YAML, FileKind.JSON, FileKind.TOML, FileKind.XML, FileKind.INI})

# Languages of kernels other than Python, as notebooks write them in small letters.
_KERNELS = {
    "java": FileKind.JVM, "kotlin": FileKind.JVM, "scala": FileKind.JVM, "groovy": FileKind.GROOVY,
    "r": FileKind.R, "julia": FileKind.JULIA, "c#": FileKind.CSHARP, "csharp": FileKind.CSHARP,
    "polyglot-notebook": FileKind.CSHARP, "f#": FileKind.CSHARP, "javascript": FileKind.JAVASCRIPT,
    "typescript": FileKind.JAVASCRIPT, "rust": FileKind.RUST, "go": FileKind.GO,
    "ruby": FileKind.RUBY, "swift": FileKind.SWIFT, "elixir": FileKind.ELIXIR, "php": FileKind.PHP,
    "c++": FileKind.CPP, "lua": FileKind.LUA,
}  # fmt: skip

_MOST_BROKEN = 3  # lines of a cell that are passed over, so that the others can be read
_MOST_MISSES = 20
"""After so many cells that are not found in the raw text, the lines of the others are not looked
for: they count as in line 1."""


@dataclass(slots=True)
class _Lines:
    """Source lines and, for each, its line in the raw file."""

    texts: list[str]
    lines: list[int]
    ends: list[int]  # of cells

    @classmethod
    def empty(cls) -> _Lines:
        return cls([], [], [])

    def add(self, text: str, line: int) -> None:
        self.texts.append(text)
        self.lines.append(line)


def read(path: str, data: bytes, blob_sha: str) -> FileSummary:
    """Return what a notebook says; lines are those of the raw JSON.

    Args:
        path: The file.
        data: Its bytes.
        blob_sha: Its git blob sha.

    Raises:
        SyntaxError: It is no notebook, or has too much code.
    """
    try:
        content = json.loads(data)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise SyntaxError(f"no notebook: {error}") from error
    raw = data.decode("utf-8", "replace").split("\n")
    code, commands, prose = _Lines.empty(), _Lines.empty(), _Lines.empty()
    written: list[FileSummary] = []
    position = misses = 0
    for cell in cells if isinstance(cells, list) else ():
        source = _source(cell)
        places, after = _places(source, raw, position)
        misses += bool(source) and after == position
        # each miss looks through all lines that are left
        position = after if misses < _MOST_MISSES else len(raw)
        if (settings := _settings(path, source, places, blob_sha)) is not None:
            written.append(settings)
            continue
        _sort_cell(cell, list(zip(source, places, strict=True)), code, commands, prose)
    kernel = _kernel(content)
    if kernel is None:
        summary = _read_code(path, code, blob_sha)
    else:
        text = "\n".join(code.texts)
        summary = _moved(lexed.read(path, text, blob_sha, kernel), code.lines)
    shell_summary = shell.read(path, "\n".join(commands.texts), blob_sha, kind="notebook")
    for part in (_moved(shell_summary, commands.lines), *written):
        _merge(summary, part)
    for text, line in zip(prose.texts, prose.lines, strict=True):
        summary.mentions += plain_text.mentions_in(text, line, path)
    return summary


def _kernel(content: dict[str, object]) -> FileKind | None:
    """Return the language of the cells; None: Python, or not stated."""
    about = content.get("metadata")
    for key, field in (("kernelspec", "language"), ("language_info", "name")):
        part = about.get(key) if isinstance(about, dict) else None
        name = part.get(field) if isinstance(part, dict) else None
        if isinstance(name, str) and name:
            return _KERNELS.get(name.lower())
    return None


def _settings(path: str, source: list[str], places: list[int], blob_sha: str) -> FileSummary | None:
    """Read a cell that writes a file of settings (``%%writefile serving.properties``) as one."""
    match = _WRITES.match(source[0]) if source else None
    kind = kind_of(match[1]) if match is not None else None
    if match is None or kind not in _SETTINGS:
        return None
    found = config_files.read(path, "\n".join(source[1:]), blob_sha, kind)
    return _moved(found, places[1:])


def _source(cell: object) -> list[str]:
    found = cell.get("source", cell.get("input", "")) if isinstance(cell, dict) else ""
    text = "".join(str(part) for part in found) if isinstance(found, list) else str(found)
    return text.split("\n") if text else []


def _places(source: list[str], raw: list[str], position: int) -> tuple[list[int], int]:
    """Return the raw line, from 1, of each source line, and where the search goes on."""
    if not source:
        return [], position
    for start in range(position, len(raw)):
        stripped = raw[start].strip()
        if not stripped.startswith(('"source"', '"input"')):
            continue
        inline = stripped.partition(":")[2].strip()
        if inline.startswith('"'):  # one string for the whole cell
            return [start + 1] * len(source), start + 1
        first = start if _unquoted(inline.lstrip("[")) is not None else start + 1
        if first < len(raw) and _same(raw[first].strip().split('["', 1)[-1], source[0]):
            return [
                min(first + offset, len(raw) - 1) + 1 for offset in range(len(source))
            ], first + 1
    return [1] * len(source), position


def _unquoted(text: str) -> str | None:
    try:
        found = json.loads(text.rstrip(",] "))
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def _same(raw: str, wanted: str) -> bool:
    text = raw if raw.startswith('"') else '"' + raw
    found = _unquoted(text)
    return found is not None and found.rstrip("\n") == wanted


def _sort_cell(
    cell: object, source: list[tuple[str, int]], code: _Lines, commands: _Lines, prose: _Lines
) -> None:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    if kind != "code":
        for text, line in source:
            prose.add(text, line)
        return
    first = source[0][0] if source else ""
    is_shell = _SHELL_CELL.match(first) is not None
    for text, line in source[1:] if first.lstrip().startswith("%%") else source:
        if is_shell:
            commands.add(text, line)
        elif found := _SHELL_LINE.match(text):
            commands.add(found.group(1), line)
            code.add(_indent(text) + "pass", line)
        elif _MAGIC.match(text):
            code.add(_indent(text) + "pass", line)
        else:
            code.add(text, line)
    # A cell ends where its last statement does.
    if not is_shell:
        code.add("", source[-1][1] if source else 1)
        code.ends.append(len(code.texts))


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _read_code(path: str, code: _Lines, blob_sha: str) -> FileSummary:
    text = "\n".join(code.texts)
    try:
        return _moved(python.read(path, text, blob_sha, kind="notebook"), code.lines)
    except python_parse.DenseCode:
        raise  # in pieces it would be as much
    except SyntaxError:
        return _read_sound_cells(path, code, blob_sha)


def _read_sound_cells(path: str, code: _Lines, blob_sha: str) -> FileSummary:
    """Read the cells that are Python as one file, and by lines those that are not.

    What one cell imports or defines, another one uses: cells are not read one by one.
    """
    broken = FileSummary(path, blob_sha)
    texts = list(code.texts)
    start = 0
    for end in code.ends:
        sound = _sound(texts[start:end])
        if sound is None:
            piece = python_parse.read_broken(path, "\n".join(texts[start:end]), blob_sha)
            _merge(broken, _moved(piece, code.lines[start:end]))
        texts[start:end] = sound or [""] * (end - start)
        start = end
    summary = python.read(path, "\n".join(texts), blob_sha, kind="notebook")
    summary = _moved(summary, code.lines)
    _merge(summary, broken)
    summary.state = "partial"
    return summary


def _sound(lines: list[str]) -> list[str] | None:
    """Return the lines of a cell without those few that are no Python; None if it is none."""
    lines = list(lines)
    for _ in range(_MOST_BROKEN + 1):
        try:
            python_parse.parse("\n".join(lines))
        except SyntaxError as error:
            if error.lineno is None or not 0 < error.lineno <= len(lines):
                return None
            line = lines[error.lineno - 1]
            lines[error.lineno - 1] = _indent(line) + "pass" if line.strip() != "pass" else ""
        else:
            return lines
    return None


def _moved(summary: FileSummary, lines: list[int]) -> FileSummary:
    """Put the lines of the raw file in place of those of the joined source."""

    def place(text: SourceString) -> SourceString:
        index = min(max(text.line, 1), len(lines)) - 1
        kind = text.kind if text.kind == "docs-only" else "notebook"
        return replace(text, line=lines[index] if lines else 1, kind=kind)

    summary.candidates[:] = [replace(one, text=place(one.text)) for one in summary.candidates]
    summary.mentions[:] = [place(text) for text in summary.mentions]
    summary.others = {
        (lines[min(line, len(lines)) - 1] if lines else 1, text) for line, text in summary.others
    }
    summary.flows = [
        (
            node,
            replace(origin, what=place(origin.what))
            if isinstance(origin.what, SourceString)
            else origin,
        )
        for node, origin in summary.flows
    ]
    summary.loads[:] = [
        replace(
            load,
            line=lines[min(load.line, len(lines)) - 1] if lines else 1,
            origins=tuple(
                replace(o, what=place(o.what)) if isinstance(o.what, SourceString) else o
                for o in load.origins
            ),
        )
        for load in summary.loads
    ]
    return summary


def _merge(into: FileSummary, other: FileSummary) -> None:
    into.candidates += other.candidates
    into.loads += other.loads
    into.flows += other.flows
    into.mentions += other.mentions
    into.others |= other.others
    into.libraries |= other.libraries
    into.parameters.update(other.parameters)
