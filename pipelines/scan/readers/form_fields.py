"""Reads the form fields of a page: models that a user chooses from, or finds filled in.

What a list offers is loaded by the code behind it, so its entries are uses. The field's name says
that they are models. Names of Ollama's library could be anything: they are left to the join, which
knows whether the repository loads models by Ollama at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.scan import model_names, name_words
from miner.pipelines.scan.flow import Candidate, FileSummary, SourceString

OLLAMA_CHOICE = "ollama-choice"
"""Context of a candidate that is a model only where the repository loads others by Ollama."""

_MAX_FIELDS = 5_000
_COMMENT = re.compile(r"<!--[\s\S]*?(?:-->|\Z)")
_TAG = re.compile(r"<(/?(?:select|datalist)|option|input)\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:.@-]{1,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_NAMES = ("id", "name", "list", "v-model", "ng-model", "aria-label")


def add(summary: FileSummary, text: str, kind: str) -> None:
    """Add the entries of the lists and fields of a page.

    Args:
        summary: Of the file; candidates are added.
        text: The page, or source with such tags in it.
        kind: The kind of a string of this file.
    """
    chosen: list[Candidate] = []
    last: tuple[str, ...] = ()
    for names, value, line in _fields(text):
        if names != last:
            _add(summary, chosen)
            chosen, last = [], names
        if name_words.says_path(names) is name_words.Says.MODEL:
            chosen.append(Candidate(SourceString(value, line, kind, summary.path), names, "value"))
    _add(summary, chosen)


def _add(summary: FileSummary, chosen: list[Candidate]) -> None:
    """Add the entries of one field: as they are, or as Ollama's where most are of its families."""
    texts = [candidate.text.text for candidate in chosen]
    families = sum(model_names.is_ollama_family(text) for text in texts)
    for candidate, text in zip(chosen, texts, strict=True):
        if model_names.is_shaped(text) or model_names.is_legacy(text) or _is_sure(text):
            summary.candidates.append(candidate)
        elif model_names.is_ollama(text) and len(text) > 2 and 2 * families >= len(texts):
            summary.candidates.append(
                Candidate(candidate.text, candidate.names, "value", OLLAMA_CHOICE)
            )


def _is_sure(text: str) -> bool:
    return model_names.read_sure(text) is not None


def _fields(text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield the names, the value and the line of each entry, in the order of the page."""
    text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    names: tuple[str, ...] = ()
    line, position, count = 1, 0, 0
    for tag in _TAG.finditer(text):
        count += 1
        if count > _MAX_FIELDS:
            return
        line += text.count("\n", position, tag.start())
        position = tag.start()
        attributes = {
            found[1].lower(): (found[2] or found[3] or "").strip()
            for found in _ATTRIBUTE.finditer(tag[2])
        }
        kind = tag[1].lower()
        own = tuple(attributes[key] for key in _NAMES if attributes.get(key))
        if kind in {"select", "datalist"}:
            names = own
        elif kind.startswith("/"):
            names = ()
        elif value := attributes.get("value"):
            if re.search(r"\bdisabled\b", tag[2], re.IGNORECASE):
                continue
            if kind == "option" and names:
                yield names, value, line
            elif kind == "input" and own and attributes.get("type", "text").lower() == "text":
                yield own, value, line
