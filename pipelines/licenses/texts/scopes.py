"""What a license covers: told by the name of its file, its folder, or the sentence about it."""

from __future__ import annotations

import re
from functools import lru_cache

from miner.pipelines.licenses.texts.found import Scope

_BY_NAME: tuple[tuple[re.Pattern[str], Scope], ...] = tuple(
    (re.compile(rf"(?:^|[-_. /])(?:{words})(?:[-_. /]|$)", re.IGNORECASE), scope)
    for words, scope in (
        ("models?|weights?|checkpoints?|pretrained|ckpts?", Scope.WEIGHTS),
        ("data|datasets?|annotations?", Scope.DATA),
        ("docs?|documentation|content|media", Scope.DOCS),
        ("code|src|source|software", Scope.CODE),
    )
)
_WORDS: tuple[tuple[re.Pattern[str], Scope], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), scope)
    for words, scope in (
        (r"weights?|checkpoints?|(?:pre-?trained |base |chat )?models?(?! code)|parameters"
         r"|model materials", Scope.WEIGHTS),
        (r"data(?:sets?|bases?)?|annotations|corpus|corpora|benchmarks?", Scope.DATA),
        (r"documentation|docs", Scope.DOCS),
        (r"(?:source[- ]?|model |inference |training )?code(?:base)?|software|scripts?"
         r"|repo(?:sitory)?|library|package|toolkit", Scope.CODE),
    )
)  # fmt: skip
_AFTER = re.compile(
    r"^[\s\])\"'’,]{0,3}(?:licen[sc]e[\s\])]*)?[(,]?\s*(?:for|on|covers|applies to)\s+(?:\w+ ){0,2}?(?=\w)"
)


@lru_cache(maxsize=4096)
def of_path(path: str) -> Scope:
    """Return what a license file of this path covers, as far as its name or folder says."""
    folder, _, name = path.rpartition("/")
    for pattern, scope in _BY_NAME:
        if pattern.search(name):
            return scope
    # The folder a license lies in: ``model_licenses/``, ``data/``; but ``src/models/`` is code.
    last = folder.rpartition("/")[2]
    if re.search(r"licen[sc]e|weights|checkpoint", last, re.IGNORECASE):
        return next((scope for pattern, scope in _BY_NAME if pattern.search(last)), Scope.UNKNOWN)
    if re.fullmatch(r"(?:\w+_)?(?:data|datasets?)", last, re.IGNORECASE):
        return Scope.DATA
    return Scope.DOCS if re.fullmatch(r"docs?|documentation", last, re.IGNORECASE) else Scope.UNKNOWN


def of_name(before: str, after: str) -> Scope:
    """Return what a license named in a sentence covers.

    Args:
        before: The sentence up to the name, from the name before it on.
        after: What follows.

    Returns:
        The one thing that the words around it name; unknown if none or several.
    """
    if follows := _AFTER.match(after):
        named = _named(after[follows.end() : follows.end() + 40])
        if len(named) == 1:
            return named.pop()
    named = _named(before)
    return named.pop() if len(named) == 1 else Scope.UNKNOWN


def _named(words: str) -> set[Scope]:
    found = set()
    for pattern, scope in _WORDS:
        if pattern.search(words):
            found.add(scope)
            words = pattern.sub(" ", words)
    # "the weights in this repository": a repository is where they are
    if len(found) > 1 and Scope.CODE in found and not re.search(r"\bcode", words):
        found = found if _CODE.search(words) else found
    return found


_CODE = re.compile(r"\bcode", re.IGNORECASE)
