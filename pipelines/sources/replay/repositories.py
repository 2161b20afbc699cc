"""Addresses of one model or dataset: its record, and its files by the resolver."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from miner.pipelines.sources.replay.answers import (
    NO_ACCESS,
    TEXT,
    Refusal,
    ReplayAnswer,
    json_answer,
)
from miner.pipelines.sources.replay.catalog import Catalog, HubFile, Repo
from miner.pipelines.sources.replay.listing import info_fields, project, split_query

_CACHE = "resolve-cache"
_KINDS = ("models", "datasets")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: scheme and host, path and query as sent, the token (None: none was sent).

    ``has_access``: its bearer may read what is gated.
    """

    base: str
    raw_path: str
    raw_query: str
    token: str | None
    is_token_valid: bool
    has_access: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """A path taken apart: text before the name, the name, the parts behind it (still quoted)."""

    kind: str
    head: str
    name: str
    rest: tuple[str, ...]


def answer(catalog: Catalog, ask: Ask) -> ReplayAnswer | None:
    """Answer a request for a repository, or return None if the path is not of one.

    Raises:
        Refusal: The hub answers with an error.
        BadQueryError: The hub refuses the query.
    """
    parts = ask.raw_path.strip("/").split("/")
    if parts[:2] == ["api", _CACHE] and len(parts) > 3 and parts[2] in _KINDS:
        return _cached_file(catalog, _cache_target(parts), ask)
    if parts[0] == "api":
        if len(parts) < 3 or parts[1] not in _KINDS:
            return None
        target = _target(parts[1], f"/api/{parts[1]}/", parts[2:], "revision")
        return _info(catalog, target, ask) if target else None
    is_dataset = parts[0] == "datasets"
    kind, head = ("datasets", "/datasets/") if is_dataset else ("models", "/")
    target = _target(kind, head, parts[is_dataset:], "resolve")
    return _resolve(catalog, target, ask) if target and len(target.rest) > 2 else None


def find_model(catalog: Catalog, name: str, ask: Ask) -> Repo | str:
    """Return a model, or its present name.

    Raises:
        Refusal: It is missing.
    """
    found = catalog.models.find(name)
    if found is not None:
        return found
    raise _missing(ask)


def refuse_closed(name: str, repo: Repo, ask: Ask) -> None:
    """Refuse what is not for everybody of a disabled or gated model.

    Raises:
        Refusal: It is one.
    """
    _refuse_closed(_Target("models", "/", name, ()), repo, ask)


def _missing(ask: Ask) -> Refusal:
    if ask.is_token_valid:
        return Refusal(404, "Repository not found", "RepoNotFound")
    return Refusal(401, NO_ACCESS)


def _target(kind: str, head: str, parts: list[str], keyword: str) -> _Target | None:
    """Take ``owner/name[/keyword/…]`` or ``name[/keyword/…]`` apart."""
    for length in (2, 1):
        rest = parts[length:]
        if len(parts) >= length and (not rest or (rest[0] == keyword and len(rest) > 1)):
            return _Target(kind, head, unquote("/".join(parts[:length])), tuple(rest))
    return None


def _cache_target(parts: list[str]) -> _Target:
    """Take ``api/resolve-cache/kind/[owner/]name/sha/file`` apart; a sha has 40 digits."""
    length = 1 if len(parts) > 5 and _is_sha(parts[4]) else 2
    head = f"/api/{_CACHE}/{parts[2]}/"
    name = unquote("/".join(parts[3 : 3 + length]))
    return _Target(parts[2], head, name, tuple(parts[3 + length :]))


def _is_sha(text: str) -> bool:
    return len(text) == 40 and not set(text) - set("0123456789abcdef")


def _find(catalog: Catalog, target: _Target, ask: Ask) -> Repo | ReplayAnswer:
    """Return the repository, or the redirect to its present name.

    Raises:
        Refusal: It is missing.
    """
    found = catalog.shelf(target.kind).find(target.name)
    if isinstance(found, Repo):
        return found
    if isinstance(found, str):
        query = f"?{ask.raw_query}" if ask.raw_query else ""
        rest = "".join(f"/{part}" for part in target.rest)
        location = f"{target.head}{quote(found)}{rest}{query}"
        return ReplayAnswer(307, b"", TEXT, {"Location": location})
    raise _missing(ask)


def _revision(repo: Repo, quoted: str) -> str:
    text = unquote(quoted)
    revision = repo.revision(text)
    if revision is None:
        raise Refusal(404, f"Invalid rev id: {text}", "RevisionNotFound")
    return revision


def _info(catalog: Catalog, target: _Target, ask: Ask) -> ReplayAnswer:
    repo = _find(catalog, target, ask)
    if isinstance(repo, ReplayAnswer):
        return repo
    pairs = split_query(ask.raw_query)
    shown = project(repo, info_fields(target.kind, pairs))
    if len(target.rest) > 1:
        shown["sha"] = _revision(repo, target.rest[1])
    if ("blobs", "true") in pairs and repo.siblings is not None and "siblings" in shown:
        shown["siblings"] = [_with_blob(repo, dict(item)) for item in repo.siblings.values()]
    return json_answer(shown, date=repo.observed_at)


def _with_blob(repo: Repo, sibling: dict[str, Any]) -> dict[str, Any]:
    """Return a sibling with blob and size where the file is held."""
    file = repo.file(repo.sha, sibling["rfilename"])
    if file is not None:
        content = file.read()
        sibling |= {"blobId": _blob_sha(content), "size": len(content)}
    return sibling


def _resolve(catalog: Catalog, target: _Target, ask: Ask) -> ReplayAnswer:
    """Answer with the redirect to the place in the cache where the bytes are."""
    repo = _find(catalog, target, ask)
    if isinstance(repo, ReplayAnswer):
        return repo
    _refuse_closed(target, repo, ask)
    revision = _revision(repo, target.rest[1])
    path = "/".join(unquote(part) for part in target.rest[2:])
    tag = f'"{_blob_sha(_existing_file(repo, revision, path).read())}"'
    name = path.rsplit("/", maxsplit=1)[-1]
    quoted = f"{quote(target.name)}/{revision}/{quote(path)}"
    location = (
        f"/api/{_CACHE}/{target.kind}/{quoted}"
        f"?{quote(ask.raw_path, safe='')}=&etag={quote(tag, safe='')}"
    )
    headers = {
        "Location": location,
        "X-Repo-Commit": revision,
        "X-Linked-Etag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)};"
        f' filename="{name.encode("ascii", "replace").decode()}";',
    }
    return ReplayAnswer(
        307, f"Temporary Redirect. Redirecting to {location}".encode(), TEXT, headers
    )


def _cached_file(catalog: Catalog, target: _Target, ask: Ask) -> ReplayAnswer:
    repo = _find(catalog, target, ask)
    if isinstance(repo, ReplayAnswer):
        return repo
    _refuse_closed(target, repo, ask)
    if len(target.rest) < 2:
        raise Refusal(404, "Entry not found", "EntryNotFound")
    revision = _revision(repo, target.rest[0])
    file = _existing_file(repo, revision, "/".join(unquote(part) for part in target.rest[1:]))
    content = file.read()
    headers = {
        "ETag": f'"{_blob_sha(content)}"',
        "X-Repo-Commit": revision,
        "Accept-Ranges": "bytes",
    }
    return ReplayAnswer(200, content, TEXT, headers, file.observed_at or repo.observed_at)


def _refuse_closed(target: _Target, repo: Repo, ask: Ask) -> None:
    """Refuse the files of a disabled or gated repository."""
    if repo.record.get("disabled") is True:
        raise Refusal(403, "Access to this resource is disabled.")
    if ask.has_access or repo.record.get("gated") not in {True, "auto", "manual"}:
        return
    what = f"Access to {target.kind[:-1]} {target.name} is restricted"
    if ask.is_token_valid:
        place = f"{'datasets/' if target.kind == 'datasets' else ''}{target.name}"
        raise Refusal(
            403,
            f"{what} and you are not in the authorized list."
            f" Visit https://huggingface.co/{place} to ask for access.",
            "GatedRepo",
        )
    raise Refusal(
        401,
        f"{what}. You must have access to it and be authenticated to access it. Please log in.",
        "GatedRepo",
    )


def _existing_file(repo: Repo, revision: str, path: str) -> HubFile:
    file = repo.file(revision, path)
    if file is None:
        headers = {"X-Repo-Commit": revision}
        raise Refusal(404, "Entry not found", "EntryNotFound", headers)
    return file


def _blob_sha(content: bytes) -> str:
    """Return the name of a blob in git."""
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()
