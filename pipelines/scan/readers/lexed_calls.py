"""Loading calls in source that is read by its tokens: what is called, and which argument counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from miner.pipelines.scan.languages import SIGNED
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers.lexed_code import LexedCode, String
from miner.pipelines.scan.signatures import CallSignature, libraries
from miner.schema.patterns import bounded

Span = tuple[int, int]

MAX_ARGUMENTS = 2_000  # characters of a call that are looked at
_KINDS_OF_REPOSITORY = frozenset({"dataset", "datasets", "space", "spaces"})
_NO_MODEL = re.compile(r"RepoType(?:::|\.)(?:Dataset|Space)|type:\s*\.(?:dataset|space)")
_OPENS = bounded(r"(?:(?:::)?<[^<>()]*>)?\s?[({]")
_DEFINES = bounded(r"\b(?:fn|func|fun|function|def|defp|class|struct|record|interface)\s+$")
_INSIDE = re.compile(r"\w")
_TYPE_ARGUMENTS = bounded(r"(?:::)?[<\[][^<>()]*[>\]]$")
_SEPARATOR = r"(?:::|->|[?!]?\.|[$:\\])"
_CALLEE = bounded(rf"[A-Za-z_]\w*!?(?:{_SEPARATOR}[A-Za-z_]\w*)*$")
_SPLIT = re.compile(_SEPARATOR)
_KEY = re.compile(r"(?:^|[({\[,\s.])(\w+)[\"']?\s*(?:=>|[:=])\s*$")
_INITIALIZER = re.compile(r"\s{0,80}\{")
_TITLES = words_in("name label title description")
_MODEL_FIELD = re.compile(r"(?<![\w.])model(?:_?[iI]d|_?[nN]ame)?[\"']?\s{0,9}[:=]")
_KEYED = bounded(r"\s*[.&]?[\"']?([A-Za-z_]\w*)[\"']?\s*(?:=>|:(?!:)|=(?!=))\s*")


@cache
def calls_of(language: str) -> dict[str, tuple[CallSignature, ...]]:
    """Return the loading calls of a language by the last part of the callee, keywords lowered."""
    found: dict[str, tuple[CallSignature, ...]] = {}
    for library in libraries().values():
        for call in library.calls if language in SIGNED else ():
            if language in call.files:
                lowered = replace(call, keywords=tuple(word.lower() for word in call.keywords))
                found[call.parts[-1]] = (*found.get(call.parts[-1], ()), lowered)
    return found


def openers_of(code: LexedCode, names: Iterable[str]) -> Iterator[int]:
    """Return where the brackets of calls and records of some names open.

    Args:
        code: The source.
        names: Last parts of callees.
    """
    for name in names:
        place = code.blank.find(name)
        while place >= 0:
            found = _OPENS.match(code.blank, place + len(name))
            is_defined = _DEFINES.search(code.blank, max(0, place - 20), place) is not None
            if found and not is_defined and not _INSIDE.match(code.blank[place - 1 : place]):
                yield found.end() - 1
            place = code.blank.find(name, place + len(name))


def callee_at(code: LexedCode, opener: int) -> tuple[str, ...]:
    """Return the parts of the name before a bracket; empty if nothing is called."""
    before = _TYPE_ARGUMENTS.sub("", code.header(opener)[-120:].rstrip())
    return callee_in(before)


def callee_in(text: str) -> tuple[str, ...]:
    """Return the parts of the name at the end of a text."""
    callee = _CALLEE.search(text)
    return tuple(_SPLIT.split(callee.group())) if callee else ()


def find(
    language: str, parts: tuple[str, ...], position: int | None, key: str
) -> list[CallSignature]:
    """Return the signatures of a call that take the argument at a position or of a key."""
    found = []
    for signature in calls_of(language).get(parts[-1], ()) if parts else ():
        at_place = position is not None and signature.position == position
        fits = at_place or key.lower() in signature.keywords
        if fits and parts[-len(signature.parts) :] == signature.parts:
            found.append(signature)
    return found


def key_before(code: LexedCode, opener: int, place: int) -> str:
    """Return the keyword or key right before a place; empty if there is none."""
    found = _KEY.search(code.blank, max(opener, place - 80), place)
    return found.group(1) if found else ""


def is_title(code: LexedCode, string: String) -> bool:
    """Return whether a string is what a record calls a model that another field of it names."""
    opener = code.opener(string.start)
    if opener < 0 or code.blank[opener] != "{":
        return False
    if key_before(code, opener, string.start) not in _TITLES:
        return False
    end = min(code.end_of(opener), string.end + MAX_ARGUMENTS)
    return _MODEL_FIELD.search(code.blank, opener, end) is not None


def is_at_home(signature: CallSignature, libraries_of_file: set[str]) -> bool:
    """Return whether a file may have this call: what takes any name needs the library's name."""
    any_name = signature.own or signature.names != "huggingface"
    return not any_name or signature.library in libraries_of_file


def is_switched_off(code: LexedCode, opener: int, signature: CallSignature) -> bool:
    """Return whether an argument of a call says that it loads no model."""
    if not signature.unless:
        return False
    values = {value for _, value in signature.unless}
    end = min(code.end_of(opener), opener + MAX_ARGUMENTS)
    if any(string.value in values for string in code.strings_in(opener, end)):
        return True
    return not values.isdisjoint(re.findall(r"\w+", code.blank[opener:end]))


def says_no_model(code: LexedCode, begin: int, end: int) -> bool:
    """Return whether a piece of source says that what it names is a dataset or an app."""
    return _NO_MODEL.search(code.blank, begin, end) is not None or any(
        string.value in _KINDS_OF_REPOSITORY for string in code.strings_in(begin, end)
    )


def argument_of(code: LexedCode, opener: int, signature: CallSignature) -> Span | None:
    """Return where the argument stands that names the model; None if it is not given."""
    spans = code.parts(opener, MAX_ARGUMENTS)
    for begin, end in (*spans, *_initialized(code, opener, signature)):
        if named := _named(code, (begin, end), signature):
            return named
    place = signature.position
    if place is None or place >= len(spans):
        return None
    begin, end = spans[place]
    keyed = _KEYED.match(code.blank, begin, end)
    is_other = keyed is not None and signature.keywords and code.blank[keyed.end() - 1 : end]
    return None if is_other or not code.blank[begin:end].strip() else (begin, end)


def _initialized(code: LexedCode, opener: int, signature: CallSignature) -> list[Span]:
    """Return what C# sets behind the arguments of a call: ``new Client(uri) { Model = x }``."""
    found = "csharp" in signature.files and _INITIALIZER.match(code.blank, code.end_of(opener) + 1)
    return code.parts(found.end() - 1, MAX_ARGUMENTS) if found else []


def _named(code: LexedCode, span: Span, signature: CallSignature) -> Span | None:
    """Return the value of an argument by keyword, also inside an object of options."""
    begin, end = span
    keyed = _KEYED.match(code.blank, begin, end)
    if keyed is not None and keyed.group(1).lower() in signature.keywords:
        return keyed.end(), end
    inside = begin + len(code.blank[begin:end]) - len(code.blank[begin:end].lstrip())
    if code.blank[inside : inside + 1] not in {"{", "["} or not signature.keywords:
        return None
    for first, last in code.parts(inside, MAX_ARGUMENTS):
        keyed = _KEYED.match(code.blank, first, last)
        if keyed is not None and keyed.group(1).lower() in signature.keywords:
            return keyed.end(), last
        shorthand = code.blank[first:last].strip()
        if shorthand.lower() in signature.keywords:
            return first, last  # ``{ model }``
    return None
