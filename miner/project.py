"""A project's own file: what a checkout may say about its check, and nothing else.

A checkout is a stranger's. Its ``miner.toml``, or ``[tool.miner]`` of its ``pyproject.toml``, may
say how it is checked, tables ``check`` and ``policy``, and which files to leave out, ``exclude``.
Endpoints, paths and tokens in it are never used: they would send tokens elsewhere, or bring along
the data by which the checkout is judged.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError
from miner.settings import FILE_NAME, did_you_mean, settings_file

_MOST_BYTES = 200_000
_MOST_NAMES = 5
_POLICY_TABLE = "check"
_GATE_TABLE = "policy"
_EXCLUDE = "exclude"
_USED = frozenset({_POLICY_TABLE, _GATE_TABLE, _EXCLUDE})
_SKIP = "or leave the file out: miner check --no-project-file"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a project asks to be checked; what the command line says goes before it.

    Attributes:
        fail_on: The verdict to fail on, as ``--fail-on`` takes it, or None.
        matrix: The rules, as ``--matrix`` takes them but for files, or None.
        name: What to call the project, or None.
        path: The file that says so, or None.
    """

    fail_on: str | None = None
    matrix: str | None = None
    name: str | None = None
    path: Path | None = None


def read_policy(
    folder: Path, verdicts: tuple[str, ...], matrices: tuple[str, ...] = ("miner", "osadl")
) -> Policy:
    """Read the policy of a checkout; ``miner.toml`` goes before ``pyproject.toml``.

    Args:
        folder: The checkout.
        verdicts: What ``fail-on`` may be.
        matrices: What ``matrix`` may be. A file is not among them: it could be the checkout's.

    Raises:
        ConfigurationError: The file is no TOML, or its policy has an unknown name or value.
    """
    for path, tables in _tables(folder, must_parse=True):
        if _POLICY_TABLE in tables:
            return _policy(path, tables[_POLICY_TABLE], verdicts, matrices)
    return Policy()


def excludes(folder: Path) -> tuple[str, ...]:
    """Return the patterns of files that a checkout leaves out, as a ``.gitignore`` has them.

    They stand in ``exclude`` of ``miner.toml``, or of ``[tool.miner]`` of ``pyproject.toml``.

    Raises:
        ConfigurationError: It is no list of patterns. A file that is no TOML leaves nothing out.
    """
    for path, tables in _tables(folder, must_parse=False):
        if _EXCLUDE in tables:
            patterns = tables[_EXCLUDE]
            if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
                raise ConfigurationError(
                    f'{path}: {_EXCLUDE} must be a list of patterns, as ["data/", "*.json"]',
                    next_step=f"correct it, {_SKIP}",
                )
            return tuple(patterns)
    return ()


def find_gate(folder: Path) -> tuple[Path, object, str] | None:
    """Return table ``policy`` of a checkout: its file, the table as parsed, and the file's text.

    Raises:
        ConfigurationError: ``miner.toml`` is no TOML.
    """
    for path, tables in _tables(folder, must_parse=True):
        if _GATE_TABLE in tables:
            return path, tables[_GATE_TABLE], path.read_text(encoding="utf-8")
    return None


def notes_on(folder: Path) -> Iterator[str]:
    """Yield a line for each file of a folder that holds settings which are not used.

    Args:
        folder: A checkout, or the working directory.
    """
    for path, tables in _tables(folder, must_parse=False):
        names = []
        for name, value in tables.items():
            if name not in _USED:
                names += list(value) if isinstance(value, dict) else [name]
        if names:
            shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
            yield (
                f"{path}: not used: {shown}. A project's file holds no endpoints, paths or tokens; "
                f"they stand in the environment, in {settings_file()}, or in a file that "
                "--config names"
            )


def _tables(folder: Path, *, must_parse: bool) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield what the files of a folder say to miner, but for the file of settings itself."""
    for name in (FILE_NAME, "pyproject.toml"):
        path = folder / name
        try:
            if not path.is_file() or _is_settings_file(path):
                continue
            content = _parsed(path)
        except (OSError, ValueError, RecursionError) as error:
            if must_parse and name == FILE_NAME:
                raise ConfigurationError(
                    f"{path} cannot be read: {error}", next_step=f"correct it, {_SKIP}"
                ) from error
            continue  # a pyproject.toml is read by others, who say what is wrong with it
        if name != FILE_NAME:
            content = content.get("tool", {})
            content = content.get("miner", {}) if isinstance(content, dict) else {}
        if isinstance(content, dict):
            yield path, content


def _is_settings_file(path: Path) -> bool:
    used = settings_file()
    return used.exists() and path.samefile(used)


def _parsed(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
    return tomllib.loads(data.decode("utf-8"))


def _policy(
    path: Path, table: object, verdicts: tuple[str, ...], matrices: tuple[str, ...]
) -> Policy:
    allowed = {"fail-on": verdicts, "matrix": matrices, "name": ()}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: {_POLICY_TABLE} must be a table", next_step=_SKIP)
    for name, value in table.items():
        if name not in allowed:
            raise ConfigurationError(
                f"{path}: there is no policy setting {name!r}",
                next_step=f"{did_you_mean(name, allowed) or 'correct it'} {_SKIP}",
            )
        choices = allowed[name]
        if not isinstance(value, str) or (choices and value not in choices):
            wanted = f"one of {', '.join(choices)}" if choices else "a text"
            raise ConfigurationError(
                f"{path}: {name} must be {wanted}, not {value!r}", next_step=f"correct it, {_SKIP}"
            )
    return Policy(table.get("fail-on"), table.get("matrix"), table.get("name"), path)
