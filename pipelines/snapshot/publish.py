"""Publish a snapshot: to a folder, or to a dataset repository of the Hub; never over another.

A folder gets the snapshot in a folder of its name, put there in one step, and its list made anew;
served as it is over https, it is a source for ``miner snapshot pull``. A dataset repository gets
one commit, which makes its files those of the snapshot, and a tag of the snapshot's name.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read at import: no request but ours

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import disable_progress_bars
from huggingface_hub.utils import logging as hub_logging

from miner import __version__
from miner.errors import CheckFailed, ConfigurationError, InvalidData, RetryLater, SourceRefused
from miner.pipelines.snapshot.locations import INDEX, repository_of
from miner.pipelines.snapshot.snapshot_files import (
    known_snapshots,
    require_verified,
    require_writable,
    sign_snapshot,
    signature_bytes,
)
from miner.pipelines.snapshot.takedown import TakedownEntry, count_listed, read_takedown
from miner.schema.manifest import MANIFEST, Manifest, is_version
from miner.schema.signature import SIGNATURE, SecretKey
from miner.settings import Settings

_KEPT_ON_HUB = frozenset({".gitattributes"})
"""Files of a dataset repository that are the Hub's own."""

_ODD = (httpx2.TransportError, ConnectionError, ValueError, TypeError, KeyError, RuntimeError)
"""What the library raises at a server that is away, or answers what it does not expect."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published, or would be.

    Attributes:
        manifest: Of the snapshot.
        place: Where it is, for people.
        size: Bytes, the manifest left out.
        removed: Files of the place that the snapshot does not have.
        is_done: False: nothing was changed, as asked.
    """

    manifest: Manifest
    place: str
    size: int
    removed: tuple[str, ...]
    is_done: bool


def publish(
    settings: Settings,
    folder: Path,
    to: str,
    *,
    is_private: bool = False,
    takedown: Path | None = None,
    sign_key: SecretKey | None = None,
    dry_run: bool = False,
) -> Published:
    """Publish a snapshot, after verifying it.

    Args:
        settings: Where the Hub is, and the token.
        folder: The snapshot.
        to: A folder, or ``owner/name`` of a dataset repository (``hf://datasets/`` may stand in
            front of it).
        is_private: A repository that has to be made is made private.
        takedown: The takedown list; None: that of the data directory, if there is one.
        sign_key: Sign it with this key, if it is not signed yet.
        dry_run: Look at everything, and change nothing.

    Raises:
        CheckFailed: The takedown list names something in it.
        ConfigurationError: This version is published there already, or the place cannot be used.
        InvalidData: The snapshot is damaged.
        RetryLater: The Hub does not answer properly now; nothing half is visible.
        SourceRefused: The Hub refuses.
    """
    manifest = require_verified(folder)
    if not is_version(manifest.name):
        raise InvalidData(
            f"{manifest.name!r} is no name of a snapshot", next_step="miner snapshot build"
        )
    _refuse_removed(read_takedown(settings, takedown), folder, manifest)
    if sign_key is not None and not dry_run:
        sign_snapshot(folder, sign_key)
    if repository := repository_of(settings, to):
        return _to_hub(
            settings, folder, manifest, repository, is_private=is_private, dry_run=dry_run
        )
    if "://" in to:
        raise ConfigurationError(
            f"cannot publish to {to[:200]!r}: a folder or a dataset repository is needed",
            next_step="publish to a folder and serve it, or to hf://datasets/owner/name",
        )
    if re.search(r"[^/.\\][/\\]+\.\.(?:[/\\]|$)", to):
        raise ConfigurationError(
            f"cannot publish to {to[:200]!r}: it goes down a folder and up again",
            next_step="name the folder directly, or owner/name of a dataset repository",
        )
    return _to_folder(folder, manifest, Path(to).expanduser().absolute(), dry_run)


def _to_folder(folder: Path, manifest: Manifest, home: Path, dry_run: bool) -> Published:
    target = home / manifest.name
    _refuse_existing(target.exists() or target.is_symlink(), manifest, str(home))
    if dry_run:
        return _published(manifest, str(target), (), is_done=False)
    require_writable(home)
    with FileLock(home / ".publish.lock"):
        _refuse_existing(target.exists(), manifest, str(home))
        fresh = home / f".{manifest.name}.publishing"
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            _copy(folder, fresh, manifest)
            require_verified(fresh)
            fresh.replace(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _write_index(home)
    return _published(manifest, str(target), (), is_done=True)


def _copy(folder: Path, fresh: Path, manifest: Manifest) -> None:
    fresh.mkdir()
    for path in _paths(folder, manifest):
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(folder / path, fresh / path)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise OSError(error.errno, error.strerror, str(fresh)) from error  # it names the source


def _write_index(home: Path) -> None:
    """List the snapshots of a folder, for those who read it over https."""
    names = [str(version) for version in sorted(known_snapshots(home), reverse=True)]
    part = home / f"{INDEX}.part"
    part.write_text(json.dumps({"snapshots": names}, indent=1) + "\n", encoding="utf-8")
    part.replace(home / INDEX)


def _to_hub(
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    repository: str,
    *,
    is_private: bool,
    dry_run: bool,
) -> Published:
    if not settings.hf_token:
        raise ConfigurationError(
            "publishing to the Hub needs a token that may write",
            next_step="export HF_TOKEN=… (huggingface.co/settings/tokens)",
        )
    disable_progress_bars()
    hub_logging.set_verbosity(
        logging.ERROR
    )  # its warnings are about how it sends, not what went wrong
    api = HfApi(
        endpoint=settings.hf_endpoint,
        token=settings.hf_token,
        library_name="miner",
        library_version=__version__,
    )
    place = f"{settings.hf_endpoint}/datasets/{repository}/tree/{manifest.name}"
    with _meant(repository, settings.hf_endpoint):
        head = _head(api, repository, manifest)
        present = (
            api.list_repo_files(repository, revision=head, repo_type="dataset") if head else []
        )
        removed = tuple(sorted(set(present) - {*_paths(folder, manifest)} - _KEPT_ON_HUB))
        if dry_run:
            return _published(manifest, place, removed, is_done=False)
        if head is None:
            api.create_repo(repository, repo_type="dataset", private=is_private, exist_ok=True)
            head = _head(api, repository, manifest)
        commit = _commit(api, folder, manifest, repository, head=head, removed=removed)
        _require_arrived(api, manifest, repository, commit)
    _tag(api, manifest, repository, commit)
    return _published(manifest, place, removed, is_done=True)


def _head(api: HfApi, repository: str, manifest: Manifest) -> str | None:
    """Return the commit that the repository is at, None where there is no repository.

    Raises:
        ConfigurationError: The version is tagged there already.
    """
    try:
        refs = api.list_repo_refs(repository, repo_type="dataset")
    except RepositoryNotFoundError:
        return None
    is_tagged = any(tag.name == manifest.name for tag in refs.tags)
    _refuse_existing(is_tagged, manifest, repository)
    return next((str(b.target_commit) for b in refs.branches if b.name == "main"), None)


def _commit(
    api: HfApi,
    folder: Path,
    manifest: Manifest,
    repository: str,
    *,
    head: str | None,
    removed: tuple[str, ...],
) -> str:
    """Make the repository's files those of the snapshot, in one commit, and return its sha.

    Large files go by Xet where library and Hub both speak it, else by LFS.
    """

    def send(open_file: Callable[[Path], str | BinaryIO]) -> str:
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(path, open_file(folder / path)) for path in _paths(folder, manifest)
        ]
        operations += [CommitOperationDelete(path) for path in removed]
        done = api.create_commit(
            repository,
            operations,
            commit_message=f"{manifest.name}: data of {manifest.date[:10]}",
            repo_type="dataset",
            revision="main",
            parent_commit=head,
        )
        return str(done.oid)

    try:
        return send(str)
    except ConnectionError:  # the library's word for a Hub without Xet
        with ExitStack() as stack:
            return send(lambda path: stack.enter_context(path.open("rb")))


def _require_arrived(api: HfApi, manifest: Manifest, repository: str, commit: str) -> None:
    """Look at the commit before it gets its tag: a server may leave files out, by rules of its own.

    Raises:
        InvalidData: A file is not there, or another one.
    """
    tree = api.list_repo_tree(repository, recursive=True, revision=commit, repo_type="dataset")
    present = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}
    for file in manifest.every_file:
        found = present.get(file.path)
        digest = found.lfs.sha256 if found and found.lfs else file.sha256
        if found is None or (found.size, digest) != (file.size, file.sha256):
            raise InvalidData(
                f"{file.path} did not arrive in {repository} as it is here",
                kept="the commit, without a tag: no one takes it for a snapshot",
                next_step="look at the repository's rules (.gitignore), then publish again",
            )


def _tag(api: HfApi, manifest: Manifest, repository: str, commit: str) -> None:
    """Give the commit its tag, by which a snapshot is found.

    Raises:
        ConfigurationError: Somebody else took the tag meanwhile, for another commit.
        SourceRefused: This token may not tag.
        RetryLater: The Hub does not answer properly.
    """
    landed = f"commit {commit[:12]} is in main of {repository}, without the tag {manifest.name}"
    again = "run the same command again later: what is there already is not sent again"
    try:
        api.create_tag(
            repository,
            tag=manifest.name,
            revision=commit,
            tag_message=f"Data of {manifest.date[:10]}",
            repo_type="dataset",
        )
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status == 409:
            raise ConfigurationError(
                f"the tag {manifest.name} of {repository} was taken by somebody else meanwhile",
                kept=f"{landed}: the tag is another commit's, and no one takes main for a snapshot",
                next_step="look at the repository, then build and publish the next one: "
                "miner snapshot build",
            ) from error
        if status in {401, 403, 404}:
            raise SourceRefused(
                f"the Hub does not let this token tag {repository} ({status})",
                kept=landed,
                next_step="check the rights of HF_TOKEN, then publish again",
            ) from error
        message = f"the Hub answered {status} to the tag"
        raise RetryLater(message, kept=landed, next_step=again) from error
    except _ODD as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        message = f"the Hub does not answer properly to the tag: {why}"
        raise RetryLater(message, kept=landed, next_step=again) from error


@contextmanager
def _meant(repository: str, endpoint: str) -> Iterator[None]:
    """Raise the library's errors as what they mean for the user."""
    again = "run the same command again later: what is there already is not sent again"
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in {401, 403, 404}:
            raise SourceRefused(
                f"the Hub does not let this token write to {repository} ({status})",
                kept="nothing was published",
                next_step="check the rights of HF_TOKEN, and the repository's name",
            ) from error
        if status in {409, 412}:
            raise RetryLater(
                f"{repository} was changed by somebody else meanwhile ({status})",
                kept="nothing was published",
                next_step="look at the repository, then run the same command again",
            ) from error
        raise RetryLater(f"{endpoint} answered {status}", next_step=again) from error
    except _ODD as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise RetryLater(f"{endpoint} does not answer properly: {why}", next_step=again) from error


def _refuse_existing(is_there: bool, manifest: Manifest, place: str) -> None:
    if is_there:
        raise ConfigurationError(
            f"{manifest.name} is published in {place} already, and a version never changes",
            kept="what is published, as it is",
            next_step="build the next one: miner snapshot build",
        )


def _refuse_removed(entries: tuple[TakedownEntry, ...], folder: Path, manifest: Manifest) -> None:
    """Refuse a snapshot that was built before something was asked to be taken down."""
    if listed := count_listed(entries, folder, manifest, with_texts=True):
        summary = ", ".join(f"{count:,} of {table}" for table, count in listed.items())
        raise CheckFailed(
            f"the takedown list names rows or texts of {manifest.name}: {summary}",
            kept="nothing was published",
            next_step="build it anew: miner snapshot build",
        )


def _paths(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    signature = (SIGNATURE,) if signature_bytes(folder) is not None else ()
    return (*(file.path for file in manifest.every_file), MANIFEST, *signature)


def _published(
    manifest: Manifest, place: str, removed: tuple[str, ...], *, is_done: bool
) -> Published:
    size = sum(file.size for file in manifest.every_file)
    return Published(manifest, place, size, removed, is_done)
