"""Which files of a checkout are the project's own: not what is ignored, built, installed or cached.

git says what it ignores and what it tracks; it is asked without hooks and monitors, which a
checkout's own settings could name. Files that it tracks are the project's, whatever their folder
is called; of the others, and where there is no git, folders that tools fill are left out.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from miner.errors import ConfigurationError
from miner.pipelines.scan.git import as_text, git_environment, git_program
from miner.project import excludes

log = logging.getLogger(__name__)

IGNORE_FILE = ".minerignore"
EXCLUDED = "excluded"
"""Why a file is not read that the project's own settings leave out."""

_FILLED_BY_TOOLS = frozenset({
    ".cache", ".eggs", ".git", ".gradle", ".ipynb_checkpoints", ".mypy_cache", ".next", ".nox",
    ".nuxt", ".pytest_cache", ".ruff_cache", ".terraform", ".tox", ".venv", "__pycache__",
    "bower_components", "build", "dist", "dist-packages", "node_modules", "site-packages", "venv",
    "virtualenv",
})  # fmt: skip
_MARKS = ("pyvenv.cfg", "conda-meta", "CACHEDIR.TAG")
"""What lies in a folder that a tool fills, whatever it is called."""

_MOST_BYTES = 200_000
_GIT_SECONDS = 60.0
_SAFE = (
    "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TreeChoice:
    """What of a checkout is read.

    Attributes:
        with_submodules: Submodules too.
        with_excludes: Leave out what the project's ``.minerignore`` and settings name.
    """

    with_submodules: bool = False
    with_excludes: bool = True


@dataclass(slots=True)
class _Listed:
    """What git knows of a checkout: its files, those it tracks, and the folders of both."""

    files: set[str] = field(default_factory=set)
    tracked: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def add(self, path: str, *, is_tracked: bool) -> None:
        self.files.add(path)
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        self.folders.update(parents)
        if is_tracked:
            self.tracked.add(path)
            self.tracked.update(parents)


class ProjectTree:
    """Tells which folders and files of a checkout are read.

    Args:
        root: The checkout.
        choice: What of it is read.

    Raises:
        ConfigurationError: The project's own list of what to leave out cannot be read.
    """

    def __init__(self, root: Path, choice: TreeChoice = TreeChoice()) -> None:
        self._root = root
        self._choice = choice
        self._listed = _listed(root)
        lines = [*_ignore_file(root), *excludes(root)] if choice.with_excludes else []
        try:
            self._excluded = GitIgnoreSpec.from_lines(lines)
        except ValueError as error:  # GitIgnorePatternError
            raise ConfigurationError(
                f"{root}: a pattern of files to leave out cannot be read: {error}",
                next_step=f"correct it in {IGNORE_FILE} or in exclude of the project's settings",
            ) from error

    def enters(self, folder: str) -> bool:
        """Tell whether the files of a folder, by its path inside the checkout, are looked at."""
        name = folder.rpartition("/")[2]
        if name == ".git":
            return False
        if self._listed is not None:
            if folder in self._listed.files:  # a submodule: git lists it as a file
                return self._choice.with_submodules
            if folder in self._listed.tracked:
                return True
            if folder not in self._listed.folders and not self._is_in_submodule(folder):
                return False
        if name in _FILLED_BY_TOOLS:
            return False
        return not any((self._root / folder / mark).exists() for mark in _MARKS)

    def why_not(self, path: str) -> str | None:
        """Return why a file is left out: ``""`` for one that is not the project's; else None."""
        listed = self._listed
        if listed is not None and path not in listed.files and not self._is_in_submodule(path):
            return ""
        return EXCLUDED if self._excluded.match_file(path) else None

    def _is_in_submodule(self, path: str) -> bool:
        if not self._choice.with_submodules or self._listed is None:
            return False
        parents = PurePosixPath(path).parents
        return any(str(parent) in self._listed.files for parent in parents)


def _listed(root: Path) -> _Listed | None:
    """Return what git knows of a checkout; None where there is none, or it ignores all of it."""
    whole = root.resolve()
    if not any((folder / ".git").exists() for folder in (whole, *whole.parents)):
        return None
    if _git(root, "check-ignore", "-q", ".") is not None:
        return None  # of a repository around it that says nothing of what is in here
    output = _git(
        root, "ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--", "."
    )
    if output is None:
        return None
    listed = _Listed()
    for entry in filter(None, output.split(b"\0")):
        tag, _, name = entry.partition(b" ")
        listed.add(as_text(name.rstrip(b"/")), is_tracked=tag != b"?")
    return listed


def _git(root: Path, *arguments: str) -> bytes | None:
    """Return what git writes, None where it is not there or fails."""
    try:
        command = [git_program(), *_SAFE, "-C", str(root), *arguments]
        done = subprocess.run(  # noqa: S603 (our own arguments)
            command, capture_output=True, check=False, env=_environment(), timeout=_GIT_SECONDS
        )
    except (ConfigurationError, OSError, subprocess.TimeoutExpired) as error:
        log.debug("%s: git does not say what it ignores: %s", root, error)
        return None
    return done.stdout if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """Return the environment without what a hook of git sets: it speaks of another repository."""
    return {key: value for key, value in git_environment().items() if not _is_of_hook(key)}


def _is_of_hook(name: str) -> bool:
    return name in {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}


def _ignore_file(root: Path) -> Iterable[str]:
    path = root / IGNORE_FILE
    if not path.is_file():
        return ()
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", next_step="make it readable, or remove it"
        ) from error
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(
            f"{path} has more than {_MOST_BYTES:,} bytes", next_step="name folders, not files"
        )
    return data.decode("utf-8", "replace").splitlines()
