"""GitHub's searches as far as they are known: the legacy engine for code, and repositories.

Code search has plain terms, quoted phrases and qualifiers; no OR, NOT, brackets or patterns.
Punctuation is ignored. It sees default branches, files below 384 KB, and of forks only those with
more stars than their parent.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from miner.pipelines.sources.replay.forge import (
    PRESENT,
    ReplayForge,
    SourceRepository,
    blob_sha,
    language_of,
)

MOST_RESULTS = 1_000
_LARGEST_FILE = 384 * 1024
_LONGEST_QUERY = 256
_TOKEN = re.compile(r'-?[\w-]+:"[^"]*"|"[^"]*"|\S+')
_WORD = re.compile(r"\w+")
_BOUNDS = re.compile(r"(>=|<=|>|<)?([^.]*(?:\.(?!\.)[^.]*)*)(?:\.\.(.*))?")
_CODE_QUALIFIERS = frozenset(
    {"in", "user", "org", "repo", "path", "language", "size", "filename", "extension", "fork"}
)
_REPOSITORY_QUALIFIERS = frozenset(
    {"in", "user", "org", "topic", "language", "pushed", "created", "stars", "fork", "license"}
)


class QueryError(Exception):
    """The engine cannot parse a query, or takes no such one."""


@dataclass(frozen=True, slots=True)
class CodeQuery:
    """Phrases that have to occur, and qualifiers in order."""

    phrases: tuple[str, ...]
    qualifiers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of the index; ``words`` is its text, words alone, lower case."""

    repository: SourceRepository
    path: str
    size: int
    sha: str
    words: str
    order: int = field(default=0)


class CodeIndex:
    """The files that code search sees, read when they are first searched.

    Args:
        forge: Whose files; changes are seen.
    """

    def __init__(self, forge: ReplayForge) -> None:
        self._forge = forge
        self._version = -1
        self._files: list[FoundFile] = []
        self._lock = threading.Lock()

    def search(self, text: str) -> list[FoundFile]:
        """Return all files that match, in an order of the engine's own.

        Raises:
            QueryError: The engine does not take the query.
        """
        query = parse(text, _CODE_QUALIFIERS)
        if not query.phrases:
            raise QueryError("unable to parse query!")  # qualifiers alone
        tests = [_file_test(name, value) for name, value in query.qualifiers]
        return [
            file
            for file in self._current()
            if all(phrase in file.words for phrase in query.phrases)
            and all(test(file) for test in tests)
        ]

    def _current(self) -> list[FoundFile]:
        with self._lock:
            if self._version != self._forge.version:
                self._version = self._forge.version
                found = [
                    file for repository in self._forge for file in _indexed(self._forge, repository)
                ]
                self._files = sorted(found, key=lambda file: (file.order, file.path))
            return self._files


def search_repositories(forge: ReplayForge, text: str) -> list[SourceRepository]:
    """Return the repositories that match, in order of name.

    Raises:
        QueryError: The engine does not take the query.
    """
    query = parse(text, _REPOSITORY_QUALIFIERS)
    with_forks = any(name == "fork" for name, _ in query.qualifiers)
    return [
        repository
        for repository in forge
        if repository.state == PRESENT
        and (with_forks or not repository.record.get("fork"))
        and all(phrase in _described(repository) for phrase in query.phrases)
        and all(_fits(repository, name, value) for name, value in query.qualifiers)
    ]


def parse(text: str, qualifiers: frozenset[str]) -> CodeQuery:
    """Take a query apart.

    Raises:
        QueryError: It is too long, or has what the engine does not know.
    """
    if not text.strip() or len(text) > _LONGEST_QUERY:
        raise QueryError("The search is longer than 256 characters.")
    phrases, pairs = [], []
    for token in _TOKEN.findall(text):
        name, colon, value = token.partition(":")
        if token.startswith('"') or not colon or not re.fullmatch(r"[a-z]+", name):
            if token in {"OR", "NOT", "AND"} or token[0] in "()":
                raise QueryError("unable to parse query!")
            if words := _WORD.findall(token.lower()):
                phrases.append(f" {' '.join(words)} ")
            continue
        if name not in qualifiers or (name == "fork" and value not in {"true", "only"}):
            raise QueryError("unable to parse query!")
        pairs.append((name, value.strip('"')))
    return CodeQuery(tuple(phrases), tuple(pairs))


def bounds(text: str) -> tuple[str, str, bool, bool]:
    """Take ``a..b``, ``>a``, ``<=a`` or ``a`` apart.

    Returns:
        Lower and upper bound, empty for none, and whether each is itself left out.
    """
    found = _BOUNDS.fullmatch(text)
    if found is None:
        raise QueryError("unable to parse query!")
    sign, first, last = found.groups()
    if sign:
        is_open = len(sign) == 1
        return (first, "", is_open, False) if sign[0] == ">" else ("", first, False, is_open)
    if last is not None:
        return first.strip("*"), last.strip("*"), False, False
    return first, first, False, False


def _indexed(forge: ReplayForge, repository: SourceRepository) -> list[FoundFile]:
    parent = forge.find(repository.parent) if repository.parent else None
    stars = repository.count("stargazers_count")
    is_hidden_fork = bool(repository.record.get("fork")) and (
        parent is None or stars <= parent.count("stargazers_count")
    )
    if repository.state != PRESENT or is_hidden_fork:
        return []
    files = []
    for path in repository.files:
        data = repository.read(path)
        if len(data) >= _LARGEST_FILE or b"\0" in data:
            continue
        words = " ".join(_WORD.findall(data.decode("utf-8", "replace").lower()))
        order = zlib.crc32(f"{repository.name}/{path}".encode())
        files.append(FoundFile(repository, path, len(data), blob_sha(data), f" {words} ", order))
    return files


def _file_test(name: str, value: str) -> Callable[[FoundFile], bool]:
    folded = value.lower()
    if name == "size":
        lower, upper, above, below = bounds(value)
        low = int(lower) + above if lower else 0
        high = int(upper) - below if upper else _LARGEST_FILE
        return lambda file: low <= file.size <= high
    tests: dict[str, Callable[[FoundFile], bool]] = {
        "extension": lambda file: file.path.lower().endswith(f".{folded.lstrip('.')}"),
        "filename": lambda file: folded in file.path.rsplit("/", 1)[-1].lower(),
        "path": lambda file: file.path.lower().startswith(folded.strip("/")),
        "language": lambda file: language_of(file.path).lower() == folded,
        "repo": lambda file: file.repository.name.lower() == folded,
        "user": lambda file: file.repository.name.lower().startswith(f"{folded}/"),
        "org": lambda file: file.repository.name.lower().startswith(f"{folded}/"),
    }
    return tests.get(name, lambda _: True)


def _described(repository: SourceRepository) -> str:
    topics = " ".join(repository.record.get("topics") or ())
    text = f"{repository.name} {repository.text('description') or ''} {topics}"
    return f" {' '.join(_WORD.findall(text.lower().replace('-', ' ')))} "


def _fits(repository: SourceRepository, name: str, value: str) -> bool:
    folded = value.lower()
    tests: dict[str, Callable[[], bool]] = {
        "topic": lambda: folded in (repository.record.get("topics") or ()),
        "user": lambda: repository.name.lower().startswith(f"{folded}/"),
        "org": lambda: repository.name.lower().startswith(f"{folded}/"),
        "language": lambda: next(iter(repository.languages()), "").lower() == folded,
        "license": lambda: (repository.license_id or "").lower() == folded,
        "pushed": lambda: _in_time(repository.text("pushed_at"), value),
        "created": lambda: _in_time(repository.text("created_at"), value),
        "stars": lambda: _in_count(repository.count("stargazers_count"), value),
    }
    return tests.get(name, lambda: True)()


def _in_count(number: int, value: str) -> bool:
    lower, upper, above, below = bounds(value)
    is_enough = not lower or number >= int(lower) + above
    return is_enough and (not upper or number <= int(upper) - below)


def _in_time(moment: str | None, value: str) -> bool:
    """Tell whether a time lies inside bounds, which are compared as far as they go."""
    if moment is None:
        return False
    lower, upper, above, below = bounds(value)
    is_late = (
        not lower or moment[: len(lower)] > lower or (moment[: len(lower)] == lower and not above)
    )
    is_early = (
        not upper or moment[: len(upper)] < upper or (moment[: len(upper)] == upper and not below)
    )
    return is_late and is_early
