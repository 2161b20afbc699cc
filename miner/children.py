"""Child processes of Python that take no module from the working directory.

The working directory may be a stranger's checkout: ``python -c`` and ``python -m`` look there
first, so a planted ``multiprocessing/`` would run. ``PYTHONSAFEPATH`` keeps it off the path.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

_NAME = "PYTHONSAFEPATH"
_lock = threading.Lock()


def safe_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which Python finds nothing in the working directory.

    Args:
        environment: Variables to start from instead of this process's own.
    """
    return {**(os.environ if environment is None else environment), _NAME: "1"}


def start_safely(process: BaseProcess) -> None:
    """Start a process of a spawn context without the working directory on its path.

    ``multiprocessing`` hands over this process's environment and takes no other, so the variable
    is set for as long as the start takes: it is not left to what else this process may start.
    """
    with _lock, _variable_set():
        process.start()


@contextmanager
def _variable_set() -> Iterator[None]:
    before = os.environ.get(_NAME)
    os.environ[_NAME] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_NAME]
        else:
            os.environ[_NAME] = before
