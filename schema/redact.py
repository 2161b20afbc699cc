"""Takes secrets, e-mail addresses and names of home folders out of texts: the one place that does.

What they look like stands in ``schema.private``. Here is what looks like one and is none: the name
of a model, words, a reference to where the secret is. Every pattern is read by RE2, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Any

import re2

from miner.schema import private

_Match = re.Match[str]
"""As google-re2 gives it, in the form of Python's own."""


class TextKind(Enum):
    """What a text is, and so what in it is taken for a secret."""

    SOURCE = "source"
    """A piece of source, a license text or an answer: what is assigned to a secret's name goes."""

    WORDS = "words"
    """What people write: quotes, values, tags."""

    NAME = "name"
    """What names a thing: only what no name looks like goes."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what is private.

    Attributes:
        text: The text, the places marked.
        kinds: What was found; empty where nothing was.
    """

    text: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern, what stands for it, and in which texts it is looked for.

    ``instead`` gets a match, and returns the match itself where it is harmless.
    """

    kind: str
    pattern: Any
    instead: Callable[[_Match], str]
    hints: tuple[str, ...] = ()
    texts: frozenset[TextKind] = frozenset(TextKind)


def redact(text: str, kind: TextKind = TextKind.WORDS) -> Redacted:
    """Take out of a text what must not be published.

    Names of models stay, also where they begin like a secret (``acme/sk-something-long``) or are
    given to what is called a token; so do special tokens and references (``${HF_TOKEN}``).

    Args:
        text: The text; a lone surrogate in it becomes a question mark where anything is found.
        kind: What the text is.
    """
    try:
        return _redact(text, kind)
    except UnicodeEncodeError:
        return _redact(text.encode("utf-8", "replace").decode(), kind)


def redacted(text: str) -> str:
    """Return a piece of source without what must not be published; see ``redact``."""
    return redact(text, TextKind.SOURCE).text


def _redact(text: str, kind: TextKind) -> Redacted:
    if not _maybe(kind).search(text):
        return Redacted(text)
    kinds = []
    for rule in _rules(kind) if _MAYBE_TOKEN.search(text) else _rules(kind, with_tokens=False):
        if rule.hints and not any(hint in text for hint in rule.hints):
            continue
        changed = rule.pattern.sub(rule.instead, text)
        if changed != text:
            kinds.append(rule.kind)
            text = changed
    return Redacted(text, tuple(dict.fromkeys(kinds)))


_MAYBE_TOKEN = re2.compile(private.MAYBE_TOKEN)
_WORD = re2.compile(r"[A-Za-z0-9]+")
_MODEL = re2.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_JOINT = re2.compile(r"[._-]")
_DIGIT = re2.compile(r"[0-9]")
_TOKEN = re2.compile(r"(?i)token(?:_(?:value|string|str))?(?:\W+[a-z]{0,2})?\W*$")
_STANDS_FOR = re2.compile(
    r"(?:\w+ )?(?:\$\w+|\$?\{[^{}]*\}|\{\{[^{}]*\}\}|\$\(.*|<[^<>]*>|\[[^\[\]]*\])"
)
_PORT = re2.compile(r"[^:]*:[0-9]{1,5}(?:/|$)")
_MIN_RANDOM, _MIN_CHANGES, _CHANGES_A_LETTER = 8, 3, 0.2


def _is_random(text: str) -> bool:
    """Return whether a run of letters and digits in it changes between them as no word does."""
    return any(
        len(run) >= _MIN_RANDOM
        and (changes := _changes(run)) >= _MIN_CHANGES
        and changes >= _CHANGES_A_LETTER * len(run)
        for run in _WORD.findall(text)
    )


def _changes(run: str) -> int:
    """Count the changes between small letters, capitals and digits; a capital may begin a word."""
    kinds = ["0" if letter.isdigit() else "A" if letter.isupper() else "a" for letter in run]
    pairs = pairwise(kinds)
    return sum(before != after and (before, after) != ("A", "a") for before, after in pairs)


def _token_rule(token: private.Token, kind: TextKind) -> _Rule:
    """Return the rule for a token in one kind of text.

    In a name, and behind ``owner/``, it has to be there in full.
    """
    pattern = token.whole if kind is TextKind.NAME else token.pattern
    whole = re2.compile(rf"(?:{token.whole})")

    def instead(match: _Match) -> str:
        found, before = match[2], match.string[max(0, match.start(2) - 2) : match.start(2)]
        is_named = before.endswith("/") and before[:1].isalnum()
        is_secret = token.is_certain or _is_random(found)
        if not is_secret or (is_named and not whole.match(found)):
            return match[0]
        return f"{match[1]}[secret]"

    return _Rule("secret", re2.compile(rf"{private.BEGIN}({pattern})"), instead, token.hints)


def _secret(match: _Match) -> str:
    """Put a mark for the second group."""
    return f"{match[1]}[secret]"


def _account(match: _Match) -> str:
    """Take out who an address is opened as, unless it is the account that serves Git, or a port."""
    if match[2] in {"", "git"} or _PORT.match(match[2]):
        return match[0]
    return f"{match[1]}[secret]@"


def _unless_words(match: _Match) -> str:
    """Take out what is assigned where it looks random, and is no name of a model."""
    value = match[2]
    if not _is_random(value) or _is_model(value):
        return match[0]
    return _secret(match)


def _unless_harmless(match: _Match) -> str:
    name, value = match[1], match[2]
    is_no_token = value.isdecimal() or _is_model(value)
    if _STANDS_FOR.fullmatch(value) or (_TOKEN.search(name) and is_no_token):
        return match[0]
    return _secret(match)


def _is_model(value: str) -> bool:
    """Return whether it is a model's name that does not look like base64."""
    has_joint = _JOINT.search(value) or not _DIGIT.search(value)
    return bool(_MODEL.fullmatch(value) and has_joint)


def _email(match: _Match) -> str:
    """Take out an address, unless it is the account under which Git is served."""
    return match[0] if match[1].lower() == "git" else "[email]"


_IN_SOURCE = frozenset({TextKind.SOURCE})
_PUBLISHED = frozenset({TextKind.WORDS, TextKind.NAME})


@cache
def _maybe(kind: TextKind) -> Any:
    return re2.compile(private.MAYBE_IN_SOURCE if kind is TextKind.SOURCE else private.MAYBE)


@cache
def _rules(kind: TextKind, *, with_tokens: bool = True) -> tuple[_Rule, ...]:
    email = private.EMAIL_IN_NAMES if kind is TextKind.NAME else private.EMAIL
    rules = (
        _Rule("private key", re2.compile(private.PEM), lambda _: "[secret]", ("PRIVATE KEY",)),
        _Rule("webhook", re2.compile(private.HOOK), _secret, ("hook", "Hook", "chat.googleapis")),
        _Rule("account in an address", re2.compile(private.ACCOUNT), _account, ("@",)),
        *(_token_rule(token, kind) for token in private.TOKENS if with_tokens),
        _Rule("authorization", re2.compile(private.AUTHORIZED), _secret),
        _Rule("authorization", re2.compile(private.BEARER), _secret, texts=_IN_SOURCE),
        _Rule("key in an address", re2.compile(private.QUERY), _secret, ("=",)),
        _Rule("key in an address", re2.compile(private.PLAIN_KEY), _secret, ("=",), _IN_SOURCE),
        _Rule("assigned secret", re2.compile(private.ASSIGNED_RANDOM), _unless_words),
        *(
            _Rule("assigned secret", re2.compile(each), _unless_harmless, texts=_IN_SOURCE)
            for each in private.ASSIGNED
        ),
        _Rule("e-mail address", re2.compile(email), _email, ("@",)),
        _Rule(
            "e-mail address in code", re2.compile(private.EMAIL_IN_CODE), lambda _: "[email]",
            ("\uff20", "&#", "%40"),
        ),
        _Rule(
            "path in a home", re2.compile(private.HOME), lambda match: f"{match[1]}[user]",
            ("home", "Users", "users", "USERS", "Documents"), _PUBLISHED,
        ),
    )  # fmt: skip
    return tuple(rule for rule in rules if kind in rule.texts)
