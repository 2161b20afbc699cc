"""Python, libraries, data directory, disk. Imports no library that it is to judge."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from miner.pipelines.sources.finding import Finding, ok, problem, warning
from miner.project import notes_on
from miner.settings import Settings, settings_file

_LOW_BYTES = 5_000_000_000
_OLDEST_SQLITE = (3, 35)  # RETURNING


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """Check what miner runs on. Nothing is changed, no folder is made."""
    yield _settings(settings)
    yield _python()
    yield libraries(is_postgres=settings.database_url.startswith("postgres"))
    yield _sqlite()
    yield _data_directory(settings.data_dir)
    yield _disk(settings)


def _settings(settings: Settings) -> Finding:
    """Say where settings come from, and which file looks like one and is not."""
    used = settings.settings_file
    found = f"from the environment and {used}" if used else "from the environment; no file is read"
    unused = list(notes_on(Path()))
    if unused:
        todo = f"if they are yours, move them to {settings_file()}"
        return warning("settings", "; ".join([found, *unused]), todo)
    return ok("settings", found)


def _python() -> Finding:
    bounds = metadata.metadata("miner")["Requires-Python"]
    version = platform.python_version()
    found = f"{version}, {bounds} is asked for"
    if SpecifierSet(bounds).contains(version, prereleases=True):
        return ok("Python", found)
    return problem("Python", found, f"install miner with a Python {bounds}")


def libraries(*, is_postgres: bool) -> Finding:
    """Check installed versions against the bounds that miner was installed with.

    Args:
        is_postgres: Whether what PostgreSQL needs has to be there too.
    """
    wanted = [Requirement(text) for text in metadata.requires("miner") or ()]
    extras = ("", "postgres") if is_postgres else ("",)
    needed = [
        item
        for item in wanted
        if item.marker is None or any(item.marker.evaluate({"extra": extra}) for extra in extras)
    ]
    wrong = {str(item): misfit for item in needed if (misfit := _misfit(item)) is not None}
    if not wrong:
        return ok("libraries", f"all {len(needed)} are within their bounds")
    bare = " ".join(f"'{item.partition(';')[0].strip()}'" for item in wrong)
    return problem("libraries", "; ".join(wrong.values()), f"python -I -m pip install {bare}")


def _misfit(wanted: Requirement) -> str | None:
    """Return what is wrong with an installed library, or None."""
    bounds = f"{wanted.specifier} is asked for"
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return f"{wanted.name} is not installed, {bounds}"
    if wanted.specifier.contains(version, prereleases=True):
        return None
    return f"{wanted.name} is {version}, {bounds}"


def _sqlite() -> Finding:
    oldest = ".".join(str(part) for part in _OLDEST_SQLITE)
    found = f"{sqlite3.sqlite_version}, {oldest} or newer is asked for"
    if sqlite3.sqlite_version_info >= _OLDEST_SQLITE:
        return ok("SQLite", found)
    return problem("SQLite", found, "use a Python that was built with a newer SQLite")


def _data_directory(folder: Path) -> Finding:
    """Prove by a file without a name that the folder, or the one it will be made in, is ours."""
    place = _existing(folder)
    note = "" if place == folder else "; it will be made"
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"miner")
    except OSError as error:
        return problem(
            "data directory",
            f"{folder} cannot be written: {error.strerror}",
            "set MINER_DATA_DIR to a folder of yours, or free space on its disk",
        )
    return ok("data directory", f"{folder} can be written{note}")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    found = f"{free / 1e9:,.1f} GB free at {settings.data_dir}"
    todo = "free space, or set MINER_DATA_DIR to a larger disk"
    if free < settings.archive_segment_bytes:
        return problem("disk", f"{found}, less than one segment of the archive", todo)
    if free < _LOW_BYTES:
        return warning("disk", f"{found}, less than {_LOW_BYTES / 1e9:.0f} GB", todo)
    return ok("disk", found)


def _existing(folder: Path) -> Path:
    """Return a folder or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())
