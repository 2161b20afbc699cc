"""How git is called on a repository that a stranger may have written."""

from __future__ import annotations

import os
import shutil

from miner.errors import ConfigurationError

_UNDECODABLE = "backslashreplace"


def as_text(name: bytes | str) -> str:
    r"""Return a path as text that can be written anywhere: bytes that are no UTF-8 as ``\xff``."""
    return os.fsencode(name).decode("utf-8", _UNDECODABLE)


def git_program() -> str:
    """Return where git is.

    Raises:
        ConfigurationError: It is not installed.
    """
    program = shutil.which("git")
    if program is None:
        raise ConfigurationError(
            "a git directory can only be scanned with git installed",
            next_step="install git, or give a checkout or a .tar.gz",
        )
    return program


def git_environment() -> dict[str, str]:
    """Return the environment of git: it fetches nothing, and asks nobody.

    What a partial clone lacks counts as missing.
    """
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
