"""GLOSSARY.md holds in code: no identifier has a word that it rules out, but for leftovers."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.docs.glossary_names import (
    ALWAYS,
    KEPT,
    ROOT,
    bindings,
    bound_again,
    bound_names,
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


def test_no_name_is_bound_that_says_nothing_of_its_value() -> None:
    """Name a value after what it is: ``record``, ``options``, ``seconds``; tests too."""
    assert bound_names() == []


def test_no_constant_hides_another_of_its_module() -> None:
    assert bound_again() == []


def test_names_are_found_however_they_are_bound() -> None:
    code = (
        "import json as told\n"
        "class HeldFile:\n    is_said: bool\n"
        "def given(taken, *held_files, **told_again):\n    self.held = taken\n"
        "def test_what_is_told(): ...\n"
        "for n, said in rows: call(given_name=said)\n"
        "if (taken := f()): ...\n"
        "try: ...\nexcept OSError as told_error: ...\n"
        "match row:\n    case {'a': said_one}: ...\n"
    )
    assert {name for _, name in bindings(code) if ALWAYS & set(parts(name))} == {
        "told", "HeldFile", "is_said", "given", "taken", "held_files", "told_again", "held", "said",
        "given_name", "told_error", "said_one",
    }  # fmt: skip


def test_each_kept_name_stands_in_the_code() -> None:
    assert KEPT.keys() == {name for name in leftovers() if ALWAYS & set(parts(name))}


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


def test_no_two_classes_have_one_name() -> None:
    """A name is looked up in one place; tests may name theirs as they like."""
    places: dict[str, set[str]] = {}
    for folder in ("db", "miner", "pipelines", "queries", "schema"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places.setdefault(node.name, set()).add(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
