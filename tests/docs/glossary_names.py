"""Identifiers that GLOSSARY.md rules out: ``python -m tests.docs.glossary_names`` lists them.

The list in leftover_names.txt says how often each still stands in the code. It only gets shorter:
``--write`` writes it anew, and refuses a name that is new or stands more often than before.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFTOVERS = Path(__file__).with_name("leftover_names.txt")
FOLDERS = ("miner", "schema", "db", "pipelines", "queries")
SAMPLE = "miner/sample/github/"
ALWAYS = frozenset({"held", "told", "said", "given", "taken"})
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def forbidden_words() -> frozenset[str]:
    """Return the words in code type of the last column of the glossary."""
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    return frozenset(word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[-2]))


def forbidden_names() -> Counter[str]:
    """Return how often each identifier of the code stands that is, or contains, such a word."""
    words = forbidden_words()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    found: Counter[str] = Counter()
    for path in (ROOT / name for name in listed if name.endswith(".py") and SAMPLE not in name):
        if path.is_file():
            found.update(name for name in _identifiers(path) if words & set(parts(name)))
    return found


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
