"""What a license covers: decided by the name of its file, its folder, or the sentence about it."""

from __future__ import annotations

import re
from functools import lru_cache

from miner.pipelines.derive.licenses.texts.found import LicenseScope
from miner.schema.licenses.terms import LicenseFamily
from miner.schema.patterns import bounded

_BY_NAME: tuple[tuple[re.Pattern[str], LicenseScope], ...] = tuple(
    (re.compile(rf"(?:^|[-_. /])(?:{words})(?:[-_. /]|$)", re.IGNORECASE), scope)
    for words, scope in (
        ("models?|weights?|checkpoints?|pretrained|ckpts?", LicenseScope.WEIGHTS),
        ("data|datasets?|annotations?", LicenseScope.DATA),
        ("docs?|documentation|content|media", LicenseScope.DOCS),
        ("code|src|source|software", LicenseScope.CODE),
    )
)
_WORDS: tuple[tuple[re.Pattern[str], LicenseScope], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b|{chinese}", re.IGNORECASE), scope)
    for words, chinese, scope in (
        (
            r"weights?|checkpoints?|(?:pre-?trained |base |chat )?models?(?! code)|parameters"
            r"|model materials",
            "权重|模型",
            LicenseScope.WEIGHTS,
        ),
        (
            r"data(?:sets?|bases?)?|annotations|corpus|corpora|benchmarks?",
            "数据",
            LicenseScope.DATA,
        ),
        (r"documentation|docs", "文档", LicenseScope.DOCS),
        (
            r"(?:source[- ]?|model |inference |training )?code(?:base)?|software|scripts?"
            r"|repo(?:sitory)?|library|package|toolkit",
            "代码|源码",
            LicenseScope.CODE,
        ),
    )
)
_AFTER = bounded(
    r"^[\s\])\"'\u2019,]{0,3}(?:licen[sc]e[\s\])]*)?[(,]?\s*"
    r"(?:for|on|covers|applies to)\s+(?:\w+ ){0,2}?(?=\w)"
)


_OF_SOFTWARE = frozenset(
    {
        LicenseFamily.PERMISSIVE,
        LicenseFamily.WEAK_COPYLEFT,
        LicenseFamily.STRONG_COPYLEFT,
        LicenseFamily.NETWORK_COPYLEFT,
    }
)


@lru_cache(maxsize=4096)
def of_path(path: str, family: LicenseFamily | None = None) -> LicenseScope:
    """Return what a license file of this path covers, as far as its name or folder says.

    Args:
        path: Path inside the repository.
        family: Kind of license: one for software in a folder of data may cover its scripts.
    """
    folder, _, name = path.rpartition("/")
    for pattern, scope in _BY_NAME:
        if pattern.search(name):
            return scope
    # The folder a license lies in: ``model_licenses/``, ``data/``; but ``src/models/`` is code.
    last = folder.rpartition("/")[2]
    if re.search(r"licen[sc]e|weights|checkpoint", last, re.IGNORECASE):
        return next(
            (scope for pattern, scope in _BY_NAME if pattern.search(last)), LicenseScope.UNKNOWN
        )
    if family in _OF_SOFTWARE:
        return LicenseScope.UNKNOWN
    if bounded(r"(?:\w+_)?(?:data|datasets?)", re.IGNORECASE).fullmatch(last):
        return LicenseScope.DATA
    return (
        LicenseScope.DOCS
        if re.fullmatch(r"docs?|documentation", last, re.IGNORECASE)
        else LicenseScope.UNKNOWN
    )


def of_name(before: str, after: str) -> LicenseScope:
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
    return named.pop() if len(named) == 1 else LicenseScope.UNKNOWN


def _named(words: str) -> set[LicenseScope]:
    """Return what words name; "the weights in this repository" names the weights alone."""
    return _things(_ASIDE.sub(" ", words)) or _things(words)


def _things(words: str) -> set[LicenseScope]:
    found = set()
    for pattern, scope in _WORDS:
        words, count = pattern.subn(" ", words)
        if count:
            found.add(scope)
    return found


_ASIDE = bounded(r"\b(?:in|from|within|for)\s+(?:the |this |our |these )?[\w-]+", re.IGNORECASE)
