"""Identifiers that GLOSSARY.md rules out: ``python -m tests.docs.glossary_names`` lists them.

The list in leftover_names.txt says how often each still stands in the code, today only columns and
keys that others read. It only gets shorter: ``--write`` writes it anew, and refuses a name that is
new or stands more often than before. Tests are free to use the glossary's words but for ``ALWAYS``.
"""

from __future__ import annotations

import ast
import keyword
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFTOVERS = Path(__file__).with_name("leftover_names.txt")
FOLDERS = ("miner", "schema", "db", "pipelines", "queries")
SAMPLE = "miner/sample/github/"
ALWAYS = frozenset({"held", "told", "said", "given", "taken"})
KEPT = {
    "is_parent_held": "a published column",
    "is_dataset_held": "a published column",
    "is_repository_held": "a published column",
    "said": "a published column, and a key of the JSON that a check writes",
    "is_held": "a key of the JSON that a check writes",
}
"""Names with a word of ``ALWAYS`` that stay, and why; renaming one is a change of the data."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def forbidden_words() -> frozenset[str]:
    """Return the words in code type of the last column of the glossary."""
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    return frozenset(word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[-2]))


def forbidden_names() -> Counter[str]:
    """Return how often each identifier of the code stands that is, or contains, such a word."""
    words = forbidden_words()
    found: Counter[str] = Counter()
    for path in _sources(*FOLDERS):
        found.update(name for name in _identifiers(path) if words & set(parts(name)))
    return found


def bound_names() -> list[str]:
    """Return where a name with a word of ``ALWAYS`` is bound, tests too, but for ``KEPT``."""
    return [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in _sources(*FOLDERS, "tests")
        for line, name in bindings(path.read_text(encoding="utf-8"))
        if ALWAYS & set(parts(name)) and (name not in KEPT or path.is_relative_to(ROOT / "tests"))
    ]


def bound_again() -> list[str]:
    """Return the constants of a module that another of the same name hides."""
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in _sources(*FOLDERS, "tests")
        for name, count in Counter(
            target.id
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ).items()
        if count > 1
    ]


def bindings(code: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each variable, parameter, keyword, function and class that is bound.

    The names of tests are sentences, and those that others chose are imported as they are.
    """
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                continue
            case (
                ast.Name(id=str(name), ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name) | ast.alias(asname=str(name)):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield node.lineno, name


def _sources(*folders: str) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for path in (ROOT / name for name in listed if name.endswith(".py") and SAMPLE not in name):
        if path.is_file():
            yield path


def parts(name: str) -> list[str]:
    """Return the words of an identifier, split at underscores and capitals, in lower case."""
    return [part.lower() for part in _PART.findall(name)]


def _identifiers(path: Path) -> list[str]:
    with path.open("rb") as stream:
        return [
            token.string
            for token in tokenize.tokenize(stream.readline)
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string)
        ]


def leftovers() -> dict[str, int]:
    """Return the identifiers that are still allowed, and how often."""
    lines = LEFTOVERS.read_text(encoding="utf-8").splitlines()
    return {name: int(count) for name, count in (line.split() for line in lines)}


def new_names() -> dict[str, int]:
    """Return the identifiers that stand more often than the list allows."""
    allowed = leftovers()
    return {
        name: count for name, count in forbidden_names().items() if count > allowed.get(name, 0)
    }


if __name__ == "__main__":
    if "--write" in sys.argv:
        if LEFTOVERS.exists() and (new := new_names()):
            sys.exit(f"rename these first: {', '.join(sorted(new))}")
        lines = [f"{name} {count}\n" for name, count in sorted(forbidden_names().items())]
        LEFTOVERS.write_text("".join(lines), encoding="utf-8")
    else:
        for name, count in sorted(forbidden_names().items()):
            print(f"{count:5} {name}")
