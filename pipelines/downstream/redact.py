"""Takes secrets and e-mail addresses out of source, cards and answers before they are kept.

What a secret looks like stands in ``schema.private``. Here is what looks like one and is none: the
name of a model, words, a reference to where the secret is.
"""

from __future__ import annotations

import re
from re import Match

from miner.schema.patterns import bounded
from miner.schema.private import ASSIGNED, PRIVATE, WITH_SOURCE

_ELSEWHERE = frozenset({"secret", "e-mail address", "path in a home"})
"""Kinds that are looked at one by one; what lies in a home is left to the snapshot."""

_BY_KIND = {one.kind: one for one in PRIVATE}
# ASCII as RE2 reads it: a secret may follow on a letter of another script
_SECRET = re.compile(_BY_KIND["secret"].pattern, re.ASCII)
_CERTAIN = re.compile(_BY_KIND["secret"].pattern_in_names, re.ASCII)
# Python's engine would try every letter of a long word as the beginning
_EMAIL = re.compile(rf"(?<![\w.+-])(?:{_BY_KIND['e-mail address'].pattern})", re.ASCII)
_PLAIN = tuple(
    (re.compile(one.pattern, re.ASCII), one.replacement)
    for one in (*WITH_SOURCE, *PRIVATE)
    if one.kind not in _ELSEWHERE
)
_ASSIGNED = tuple(re.compile(pattern, re.ASCII) for pattern in ASSIGNED)

_WORD = re.compile(r"[a-z_-]+")
_WORDS = bounded(r"[a-z]+(?:[_-][a-z]+){2,}[_-]?")
_MODEL = bounded(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_TOKEN = re.compile(r"(?i)token(?:_(?:value|string|str))?(?:\W+[a-z]{0,2})?\W*$", re.ASCII)
_STANDS_FOR = bounded(
    r"(?:\w+ )?(?:\$\w+|\$?\{[^{}]*\}|\{\{[^{}]*\}\}|\$\(.*|<[^<>]*>|\[[^\[\]]*\])", re.ASCII
)


def redacted(text: str) -> str:
    """Return a text without secrets and e-mail addresses; their places are marked.

    Names of models stay, also where they begin like a secret (``acme/sk-something-long``) or are
    given to what is called a token; so do special tokens and references (``${HF_TOKEN}``).
    """
    text = _SECRET.sub(_unless_named, text)
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    for pattern in _ASSIGNED:
        text = pattern.sub(_unless_harmless, text)
    return _EMAIL.sub(_unless_account, text)


def _unless_named(match: Match[str]) -> str:
    """Take out a secret, unless it is words or a part of owner/name and not one for certain.

    In quotes it takes several words: a name in code, as ``args.hf_checkpoint``, stands in none.
    """
    found = match[0][len(match[1]) :]
    is_words = (_WORDS if match[1] in {"'", '"'} else _WORD).fullmatch(found)
    is_named = match[1] == "/" and match.string[max(0, match.start() - 1) : match.start()].isalnum()
    if (is_named or is_words) and not _CERTAIN.match(match[0]):
        return match[0]
    return f"{match[1]}[secret]"


def _unless_harmless(match: Match[str]) -> str:
    name, value = match[1], match[2]
    if _STANDS_FOR.fullmatch(value) or (_TOKEN.search(name) and _is_no_token(value)):
        return match[0]
    return f"{name}[secret]"


def _is_no_token(value: str) -> bool:
    """Return whether it is a number, or a model's name that does not look like base64."""
    if value.isdecimal():
        return True
    has_joint = re.search(r"[._-]", value) or not re.search(r"[0-9]", value)
    return bool(_MODEL.fullmatch(value) and has_joint)


def _unless_account(match: Match[str]) -> str:
    """Take out an address, unless it is the account under which Git is served."""
    return match[0] if match[0].lower().startswith("git@") else "[email]"
