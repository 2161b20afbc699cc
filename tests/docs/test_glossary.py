"""GLOSSARY.md holds in code: no identifier has a word that it rules out, but for leftovers."""

from __future__ import annotations

import subprocess
import sys

from tests.docs.glossary_names import (
    ALWAYS,
    ROOT,
    forbidden_names,
    forbidden_words,
    leftovers,
    new_names,
    parts,
)


def test_identifiers_are_split_into_words() -> None:
    assert parts("held_files") == ["held", "files"]
    assert parts("HeldFile") == ["held", "file"]
    assert parts("_TOLD_BY_HUB") == ["told", "by", "hub"]
    assert parts("HTTPHeld2") == ["http", "held"]
    assert parts("withheld") == ["withheld"]


def test_the_glossary_rules_words_out() -> None:
    assert forbidden_words() >= ALWAYS | {"question", "snippet", "ladder"}


def test_no_identifier_has_such_a_word_but_for_leftovers() -> None:
    """Take a word of the glossary; the list of leftovers only gets shorter."""
    assert new_names() == {}


def test_leftovers_are_names_that_are_ruled_out() -> None:
    words = forbidden_words()
    assert [name for name in leftovers() if not words & set(parts(name))] == []


def test_names_are_found() -> None:
    assert sum(forbidden_names().values()) <= sum(leftovers().values())
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.glossary_names"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == len(forbidden_names())
