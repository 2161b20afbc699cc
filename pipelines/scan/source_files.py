"""The files of a repository, one at a time: from a checkout, a bare git directory or a tarball.

Nothing is unpacked, imported or executed. A file that is of no interest is passed over before its
bytes are read; one that is too large or cannot be read comes with the reason in place of its
bytes, so that it is counted.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Protocol

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.scan import tar_stream
from miner.pipelines.scan.git import as_text, git_environment, git_program
from miner.pipelines.scan.tree import ProjectTree, TreeChoice

MAX_FILE_BYTES = 4 * 1024 * 1024  # larger ones are data or generated
MAX_NOTEBOOK_BYTES = 32 * 1024 * 1024  # outputs are dropped, cells are short
MAX_FILES = 200_000
MAX_TOTAL_BYTES = 2 * 1024**3  # unpacked; a compressed bomb ends here
MAX_DEPTH = 60
_UNDECODABLE = "backslashreplace"

FILE_SECONDS = 20.0
"""Processor time after which a worker that reads one file is ended, where settings say nothing."""

TOO_SLOW = "too-slow"

WantedScan = Callable[[str], bool]
"""Whether a file of this path is of interest."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as the repository holds it.

    Attributes:
        path: Path inside the repository, with forward slashes.
        data: The bytes, or None if the file was not read.
        blob_sha: Git blob sha of the bytes; empty if not read.
        skipped: Why it was not read: too-large, too-slow, symlink, unsafe-path, missing,
            unreadable, excluded; or ``bound``, for everything that follows.
    """

    path: str
    data: bytes | None
    blob_sha: str = ""
    skipped: str | None = None


def leave_out(source: Iterable[SourceFile], paths: Collection[str]) -> Iterator[SourceFile]:
    """Pass files on, those of some paths without what they hold: reading it took too long."""
    for file in source:
        yield SourceFile(file.path, None, skipped=TOO_SLOW) if file.path in paths else file


def blob_sha(data: bytes) -> str:
    """Return the git blob sha of these bytes, as hex."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def limit_of(path: str) -> int:
    """Return the largest size, in bytes, at which a file of this path is read."""
    return MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_FILE_BYTES


def open_source(
    path: Path,
    wanted: WantedScan,
    commit: str = "HEAD",
    choice: TreeChoice = TreeChoice(),  # noqa: B008 - frozen
) -> Iterator[SourceFile]:
    """Return the files of a checkout, a bare git directory or a .tar.gz.

    Args:
        path: A folder or a file.
        wanted: Which paths are of interest.
        commit: Which commit of a git directory; of a checkout, another one than it stands at.
        choice: What of a checkout is read.

    Raises:
        ConfigurationError: There is nothing at this path, or nothing that can be read as source.
    """
    if path.is_dir():
        if _is_bare(path) or commit != "HEAD":
            return from_git(path, wanted, commit)
        return from_folder(path, wanted, choice)
    if path.is_file() and tar_stream.is_archive(path):
        return _from_tar_file(path, wanted)
    found = "nothing" if not path.exists() else "a file that is no tar archive"
    raise ConfigurationError(
        f"cannot scan {path}: there is {found}",
        next_step="give a checkout, a bare git directory or a .tar.gz",
    )


def _is_bare(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


def from_folder(
    root: Path,
    wanted: WantedScan,
    choice: TreeChoice = TreeChoice(),  # noqa: B008 - frozen
) -> Iterator[SourceFile]:
    """Return the project's own files in a checkout, without following links.

    Raises:
        ConfigurationError: The project's own list of what to leave out cannot be read.
    """
    tree = ProjectTree(root, choice)
    count = total = 0
    deepest = len(root.parts) + MAX_DEPTH
    for folder, folders, names in os.walk(root):
        inside = as_text(Path(folder).relative_to(root).as_posix())
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(name for name in folders if tree.enters(prefix + as_text(name)))
        if folders and len(Path(folder).parts) >= deepest:
            yield SourceFile(as_text(folders[0]), None, skipped="unsafe-path")
            folders.clear()
        for name in sorted(names):
            path = prefix + as_text(name)
            why = tree.why_not(path)
            if why == "" or not wanted(path):
                continue
            if why is not None:
                yield SourceFile(path, None, skipped=why)
                continue
            file = _read_place(Path(folder, name), path)
            count += 1
            total += len(file.data or b"")
            if count > MAX_FILES or total > MAX_TOTAL_BYTES:
                yield SourceFile(path, None, skipped="bound")
                return
            yield file


def _read_place(place: Path, path: str) -> SourceFile:
    try:
        status = place.lstat()
        if stat.S_ISLNK(status.st_mode):
            return SourceFile(path, None, skipped="symlink")
        if not stat.S_ISREG(status.st_mode):
            return SourceFile(path, None, skipped="unreadable")
        if status.st_size > limit_of(path):
            return SourceFile(path, None, skipped="too-large")
        data = place.read_bytes()
    except OSError:
        return SourceFile(path, None, skipped="unreadable")
    return SourceFile(path, data, blob_sha(data))


class Readable(Protocol):
    """Bytes in order, from a file or from the network."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to this number of bytes; fewer only at the end."""


def from_tarball(stream: Readable, wanted: WantedScan) -> Iterator[SourceFile]:
    """Return the files of a tarball read as a stream; its root folder is stripped.

    Args:
        stream: A .tar.gz (or plain .tar) from its beginning; need not be seekable.
        wanted: Which paths are of interest.

    Raises:
        InvalidData: The archive is broken before its first file.
    """
    count = 0
    try:
        with tar_stream.open_stream(stream, _UNDECODABLE) as archive:
            for member in tar_stream.members(archive):
                count += 1
                # The offset counts headers too, and what is passed over.
                if count > MAX_FILES or archive.offset > MAX_TOTAL_BYTES:
                    yield SourceFile(member.name[:200], None, skipped="bound")
                    return
                file = _read_member(archive, member, wanted)
                if file is not None:
                    yield file
    except tar_stream.DAMAGED as error:
        if not count:
            raise InvalidData(
                f"the source archive cannot be read, it is damaged: {error}",
                next_step="fetch it again",
            ) from error
        yield SourceFile("", None, skipped="cut-archive")


def _from_tar_file(path: Path, wanted: WantedScan) -> Iterator[SourceFile]:
    with path.open("rb") as stream:
        yield from from_tarball(stream, wanted)


def _read_member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, wanted: WantedScan
) -> SourceFile | None:
    parts = PurePosixPath(member.name).parts
    path = "/".join(parts[1:]) if len(parts) > 1 else member.name
    if member.isdir() or not wanted(path):
        return None
    reason = _why_not(member, parts, path)
    if reason:
        return SourceFile(path, None, skipped=reason)
    handle = archive.extractfile(member)  # a stream over the archive; nothing goes to disk
    data = handle.read() if handle else b""
    if len(data) != member.size:
        return SourceFile(path, None, skipped="unreadable")
    return SourceFile(path, data, blob_sha(data))


def _why_not(member: tarfile.TarInfo, parts: tuple[str, ...], path: str) -> str | None:
    if member.name.startswith("/") or ".." in parts or len(parts) > MAX_DEPTH:
        return "unsafe-path"
    if not member.isreg():
        return "symlink"
    return "too-large" if member.size > limit_of(path) else None


def from_git(directory: Path, wanted: WantedScan, commit: str = "HEAD") -> Iterator[SourceFile]:
    """Return the files of a commit in a bare git directory, read by git itself.

    Args:
        directory: The bare directory.
        wanted: Which paths are of interest.
        commit: A commit or a reference.

    Raises:
        ConfigurationError: git is not installed, or the commit is not there.
    """
    listing = _run_git(directory, "ls-tree", "-r", "-z", commit, what=commit)
    with closing(_Blobs(directory)) as blobs:
        count = total = 0
        for entry in listing.split(b"\0"):
            if not entry:
                continue
            described, _, name = entry.partition(b"\t")
            mode, kind, sha = described.decode().split()
            path = as_text(name)
            if kind != "blob" or not wanted(path):
                continue
            if mode == "120000":
                yield SourceFile(path, None, skipped="symlink")
                continue
            file = blobs.read(path, sha)
            count += 1
            total += len(file.data or b"")
            if count > MAX_FILES or total > MAX_TOTAL_BYTES:
                yield SourceFile(path, None, skipped="bound")
                return
            yield file


def head_commit(directory: Path, commit: str = "HEAD") -> str | None:
    """Return the full sha of a commit in a git directory or checkout; None if it has none."""
    if not (_is_bare(directory) or (directory / ".git").exists()):
        return None
    try:
        return _run_git(directory, "rev-parse", commit, what=commit).decode().strip()
    except ConfigurationError:
        return None


def _git(directory: Path) -> list[str]:
    # A directory that belongs to somebody else is read all the same: nothing in it is run.
    return [
        git_program(),
        "-c",
        "safe.directory=*",
        *(["--git-dir", str(directory)] if _is_bare(directory) else ["-C", str(directory)]),
    ]


def _run_git(directory: Path, *arguments: str, what: str) -> bytes:
    done = subprocess.run(  # noqa: S603 (our own arguments)
        [*_git(directory), *arguments], capture_output=True, check=False, env=git_environment()
    )
    if done.returncode:
        raise ConfigurationError(
            f"git cannot read {what} in {directory}: "
            f"{done.stderr.decode('utf-8', 'replace').strip().splitlines()[-1:]}",
            next_step="check the path and the commit",
        )
    return done.stdout


class _Blobs:
    """Blobs by sha, from one ``git cat-file`` process; sizes are asked before contents."""

    def __init__(self, directory: Path) -> None:
        self._contents = self._start(directory, "--batch")
        self._sizes = self._start(directory, "--batch-check")

    @staticmethod
    def _start(directory: Path, mode: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 (our own arguments)
            [*_git(directory), "cat-file", mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=git_environment(),
        )

    def read(self, path: str, sha: str) -> SourceFile:
        """Return one blob, or why it is not read."""
        size = self._ask(self._sizes, sha)
        if size is None:
            return SourceFile(path, None, skipped="missing")
        if size > limit_of(path):
            return SourceFile(path, None, skipped="too-large")
        if self._ask(self._contents, sha) is None:
            return SourceFile(path, None, skipped="missing")
        output = _pipe(self._contents.stdout)
        data = output.read(size)
        output.read(1)
        return SourceFile(path, data, sha)

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], sha: str) -> int | None:
        stdin = _pipe(process.stdin)
        stdin.write(sha.encode() + b"\n")
        stdin.flush()
        answer = _pipe(process.stdout).readline().split()
        return int(answer[2]) if len(answer) == 3 and answer[1] == b"blob" else None

    def close(self) -> None:
        """End both processes."""
        for process in (self._contents, self._sizes):
            for pipe in (process.stdin, process.stdout):
                _pipe(pipe).close()
            process.wait()


def _pipe(stream: IO[bytes] | None) -> BinaryIO:
    assert stream is not None  # noqa: S101 (both ends are pipes)
    return stream  # type: ignore[return-value] # a pipe of Popen is binary
