"""GitHub as the forge that a hub is read from: files of repositories, each blob fetched once.

A repository is asked for what it is, for its commit, and for the list of its root at that commit.
The list names blobs; those that the archive holds are not fetched again, whatever the commit.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

import orjson

from miner.errors import ConfigurationError, RetryLater
from miner.pipelines.sources.github.client import GitHub
from miner.pipelines.sources.hubs.protocol import ArchivedAnswers, FilesWanted
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.payload import blob_sha
from miner.schema.vocab import AnswerKind
from miner.settings import Settings

_MOST_FILES = 1_000


class GitHubForge:
    """Files of public repositories on GitHub.

    Args:
        settings: Address, tokens, bounds.
        stop: Set to end all waits.
    """

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._opened: GitHub | None = None
        self._sent_before = 0
        self._lock = threading.Lock()

    @property
    def request_count(self) -> int:
        """Requests sent so far."""
        return self._sent_before + (self._opened.request_count if self._opened else 0)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            if self._opened is not None:
                self._sent_before += self._opened.request_count
                self._opened.close()
                self._opened = None

    def check_token(self) -> None:
        """Tell whether there is a token.

        Raises:
            ConfigurationError: There is none.
        """
        if not self._settings.github_tokens:
            raise ConfigurationError(
                "there is no token for GitHub, where its pages and repositories are",
                next_step="export GITHUB_TOKEN=<a token; it needs no rights>",
            )

    def get_files(self, wanted: FilesWanted, archived: ArchivedAnswers) -> list[ReceivedAnswer]:
        """Get files of a repository's root; see ``hubs.base.Forge``."""
        about = self._get(wanted, f"/repos/{wanted.repository}", {"about": "repository"})
        _require(about, dict)
        if about.status != 200:
            return [about]
        name = str(_object(about).get("full_name") or wanted.repository)
        params = {"sha": wanted.ref, "per_page": "1"} if wanted.ref else {"per_page": "1"}
        commits = self._get(wanted, f"/repos/{name}/commits", {"about": "commit"}, params)
        _require(commits, list)
        commit = _commit(commits)
        if commit is None:  # no such branch or tag, or no commit at all
            return [about, commits]
        path, about_it = f"/repos/{name}/contents/", {"about": "listing"}
        listing = self._archived(archived, f"{path}?ref={commit}")
        listing = listing or self._get(wanted, path, about_it, {"ref": commit})
        _require(listing, list)
        files = self._files(wanted, archived, name, commit, listing)
        return [about, commits, _again(listing, wanted, about_it), *files]

    def _files(
        self,
        wanted: FilesWanted,
        archived: ArchivedAnswers,
        name: str,
        commit: str,
        listing: ReceivedAnswer,
    ) -> Iterator[ReceivedAnswer]:
        for entry in _entries(listing, wanted.path):
            path, sha, size = entry
            place = {"path": path, "commit": commit, "blob": sha}
            url = f"/repos/{name}/git/blobs/{sha}"
            if size > self._settings.max_card_bytes:
                too_large = replace(listing, kind=AnswerKind.SOURCE.value, body=b"")
                yield _again(too_large, wanted, {**place, "cut": str(size)})
            elif known := self._archived(archived, url):
                yield _again(known, wanted, place)
            else:
                yield _decoded(self._get(wanted, url, place, kind=AnswerKind.SOURCE))

    def _archived(self, archived: ArchivedAnswers, path: str) -> ReceivedAnswer | None:
        """Return the last good answer to an address that never changes its answer."""
        good = [answer for answer in archived(self._address(path)) if answer.status == 200]
        return good[-1] if good else None

    def _address(self, path: str) -> str:
        return f"{self._settings.github_api_url}{path}"

    def _get(
        self,
        wanted: FilesWanted,
        path: str,
        context: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        *,
        kind: AnswerKind = AnswerKind.METADATA,
    ) -> ReceivedAnswer:
        with self._lock:
            github = self._opened = self._opened or GitHub(self._settings, self._stop)
        full_context = {"repository": wanted.repository, "ref": wanted.ref, **context}
        return github.get(path, kind, full_context, params=params)


def _again(
    answer: ReceivedAnswer, wanted: FilesWanted, context: Mapping[str, str]
) -> ReceivedAnswer:
    """Return an answer that was held as one to this question."""
    full_context = {"repository": wanted.repository, "ref": wanted.ref, **context}
    return replace(answer, context={"forge": "github", **full_context})


def _require(answer: ReceivedAnswer, kind: type[dict[str, object]] | type[list[object]]) -> None:
    """Check that a good answer is what was asked for: files that it lacks would pass for gone.

    Raises:
        RetryLater: It is something else.
    """
    if answer.status == 200 and not isinstance(_json(answer), kind):
        excerpt = answer.body[:200].decode("utf-8", "replace")
        raise RetryLater(
            f"GitHub answers {answer.url} with something else than was asked for: {excerpt!r}",
            next_step="run the same command again later: it goes on where it stopped",
            kept="what was read before",
        )


def _object(answer: ReceivedAnswer) -> dict[str, object]:
    parsed = _json(answer)
    return parsed if isinstance(parsed, dict) else {}


def _json(answer: ReceivedAnswer) -> object:
    try:
        return orjson.loads(answer.body) if answer.status == 200 else None
    except orjson.JSONDecodeError:
        return None


def _commit(answer: ReceivedAnswer) -> str | None:
    commits = _json(answer)
    newest = commits[0] if isinstance(commits, list) and commits else None
    sha = newest.get("sha") if isinstance(newest, dict) else None
    return sha if isinstance(sha, str) and len(sha) >= 40 else None


def _entries(listing: ReceivedAnswer, pattern: str) -> Iterator[tuple[str, str, int]]:
    """Yield path, blob and size of the files of a root that are wanted."""
    entries = _json(listing)
    for entry in entries[:_MOST_FILES] if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("type") == "file":
            path, sha, size = entry.get("path"), entry.get("sha"), entry.get("size")
            if not (isinstance(path, str) and isinstance(sha, str) and isinstance(size, int)):
                continue
            if fnmatchcase(path, pattern):
                yield path, sha, size


def _decoded(answer: ReceivedAnswer) -> ReceivedAnswer:
    """Return a blob's answer with the file's bytes as its body, as other forges send them.

    Raises:
        RetryLater: The bytes are not the blob's.
    """
    if answer.status != 200:
        return answer
    try:
        body = base64.b64decode(str(_object(answer).get("content", "")))
    except binascii.Error:
        body = b""
    if blob_sha(body) != answer.context["blob"]:
        raise RetryLater(
            f"{answer.url}: GitHub sent other bytes than this blob's",
            next_step="run the same command again later: it goes on where it stopped",
        )
    return replace(answer, body=body)
