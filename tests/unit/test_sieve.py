"""A sieved pattern finds what its pattern finds, and asks ``re`` only where that may find."""

from __future__ import annotations

import re
import sys

import pytest

from miner.pipelines.derive.cards.all_rules import RULES
from miner.schema.sieve import SievedPattern
from tests.patterns import Found, strings


def _all() -> list[SievedPattern]:
    found = [
        value
        for rule in RULES
        for name, module in sorted(sys.modules.items())
        if name.startswith(rule.__module__.rpartition(".rules")[0])
        for value in vars(module).values()
        if isinstance(value, SievedPattern)
    ]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<!\w)train(?:ed)? on(?=\s)", "x: trained on data"), (r"\bétés?\b", "les étés"),
        (r"\w+ \d{2}", "größe ٤٢"), (r"[^\W\d]{3}", "é è été"), (r"[xé]\d", "3 é4"),
        (r"a[\s:]b", "a\u00a0b"), (r"a\sb", "a\x1cb"), (r"[^x]z", "x éz"), (r"a.{2,3}?b", "aéüéb"),
        (r"(?i:gpu)s", "GPUs"), (r"(?P<one>a|b)(?P=one)", "ab bb"), (r"^x", "y\nx"),
        (r"(?:ab)*+c", "ababc"), (r"\S\D\W", "x\u2003\u2003"), (r"[^\s]-[a-fé]", "é-é"),
        (r"\$\{x\}", "a ${x}"), (r"a?b??$", ""),
    ],
)  # fmt: skip
def test_what_the_pattern_finds_is_found(pattern: str, text: str) -> None:
    for flags in (0, re.MULTILINE, re.IGNORECASE, re.DOTALL):
        exact = re.compile(pattern, flags)
        sieved = SievedPattern(exact)
        assert str(sieved.search(text)) == str(exact.search(text))
        assert list(map(str, sieved.finditer(text, 1))) == list(map(str, exact.finditer(text, 1)))


def test_what_stands_beyond_the_end_is_not_found() -> None:
    assert SievedPattern(re.compile("data")).search("no data", 0, 5) is None


def test_a_text_without_the_words_is_not_searched() -> None:
    class Unasked:
        pattern, flags = r"\b(?:tuned|trained)\s+on", 0

    sieved = SievedPattern(Unasked())  # type: ignore[arg-type]  # has no search
    assert sieved.search("a drained con" * 100) is None
    assert list(sieved.finditer("a card on tuning")) == []


def test_every_pattern_of_the_rules_finds_what_it_did() -> None:
    sieved = _all()
    assert len(sieved) > 40
    found = 0
    for one in sieved:
        for text in strings(Found("", one.exact.pattern, one.exact.flags), 60):
            match = one.exact.search(str(text))
            found += match is not None
            assert str(one.search(str(text))) == str(match), one.exact.pattern
    assert found > len(sieved)
