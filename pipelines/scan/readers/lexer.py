"""Cuts source into comments, strings and the rest, by what a language writes them like."""

from __future__ import annotations

import re
from functools import cache

from miner.pipelines.scan import prefilter
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import FileSummary
from miner.pipelines.scan.languages import LANGUAGES
from miner.pipelines.scan.readers import plain_text
from miner.pipelines.scan.readers.lexed_code import LexedCode, String
from miner.schema.patterns import bounded

MAX_STRINGS = 50_000
MAX_SCRIPTS = 500
NEAR = 200  # characters around a string that are about the same thing

_NOT_NEWLINE = re.compile(r"[^\n]")
_PLAUSIBLE = re.compile(r"^[\w./:@+%?=&#~-]{2,400}$", re.ASCII)
_LABEL = re.compile(r"^[A-Za-z_][\w.-]{0,60}$", re.ASCII)
_DELIMITER = re.compile(r"[rR@$]?#{0,20}(\"\"\"|'''|''|\|\|\||\[\[|[\"'`])")
# ``-m, --model <model>``: an option as command-line libraries describe it.
_OPTION = bounded(r"^(?:-\w,? ?)?(--[\w-]+)(?:[ =][<\[].*)?$")
_DEFAULT = bounded(r"^\$\{[\w.]+:([^{}$]+)\}$")  # ``${model.name:…}``, as Spring writes defaults
_BODY = re.compile(r"\s{0,80}\{[^{}]{0,200}\bmodel\b")  # of a request, in JSON
_SUBSCRIPT = re.compile(r"[\w)\]]\[\s*$")


@cache
def _patterns(kind: FileKind) -> tuple[re.Pattern[str], re.Pattern[str]]:
    language = LANGUAGES[kind]
    tokens = f"(?P<comment>{language.comments})|(?P<string>{_anonymous(language.strings)})"
    return re.compile(tokens, re.MULTILINE), re.compile(language.labels)


def _anonymous(pattern: str) -> str:
    """Let a pattern refer to its own group, which stands behind two named ones here."""
    return pattern.replace(r"\1", r"\3")


def cut(text: str, kind: FileKind, summary: FileSummary) -> LexedCode:
    """Return source with its strings apart; what comments say is added to the summary.

    Args:
        text: The file.
        kind: Its language.
        summary: Takes the mentions.
    """
    tokens, labels = _patterns(kind)
    has_scripts = prefilter.has_command(text.encode())
    pieces: list[str] = []
    strings: list[String] = []
    scripts: list[String] = []
    end, line = 0, 1
    for found in tokens.finditer(text):
        line += text.count("\n", end, found.start())
        pieces.append(text[end : found.start()])
        token = found.group()
        if found["comment"] is not None:
            summary.mentions += plain_text.mentions_in(token, line, summary.path)
            pieces.append(_NOT_NEWLINE.sub(" ", token))
        else:
            value = value_of(token)
            string = String(found.start(), value, line, found.end())
            if _PLAUSIBLE.match(value):
                strings.append(string)
            elif _BODY.match(value) or (has_scripts and (" " in value or "\n" in value)):
                scripts.append(string)
            is_label = _LABEL.match(value) is not None and len(token) == len(value) + 2
            if is_label and (
                labels.match(text, found.end())
                or (text[found.end() : found.end() + 1] == "]" and _SUBSCRIPT.search(pieces[-1]))
            ):
                pieces.append(f'"{value}"')
            else:
                pieces.append('"' + " " * (len(token) - 2) + '"')
        line += token.count("\n")
        end = found.end()
    pieces.append(text[end:])
    return LexedCode("".join(pieces), strings[:MAX_STRINGS], text, scripts[:MAX_SCRIPTS])


def value_of(token: str) -> str:
    """Return what a string says, without what delimits it."""
    found = _DELIMITER.match(token)
    if found is None:
        return token  # an address without quotes, or a document inside
    value = token.rstrip("#")[found.end() : -len(found.group(1))]
    if value.startswith(("-", "$")):
        special = _OPTION.match(value) or _DEFAULT.match(value)
        return special.group(1) if special else value
    return value
