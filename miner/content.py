"""Versions from content: a set of rules is as new as the code and the data that decide.

So a new signature, rule or fact reaches what is stored at the next run, and nobody has to think of
a number.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Iterator
from functools import cache
from importlib.resources.abc import Traversable

_DATA = (".csv", ".toml", ".txt")
_LENGTH = 12


@cache
def version_of(*places: str, without: str = "") -> str:
    """Return the version of a set of rules: the beginning of a digest, 12 hexadecimal digits.

    Blank lines and lines of comments do not count in code; anything counts in data.

    Args:
        places: Packages, whose folders count with all that is below them, and single files as
            ``package/name``.
        without: Name of a folder in those packages that decides nothing.
    """
    digest = hashlib.sha1(usedforsecurity=False)
    for place in places:
        package, _, name = place.partition("/")
        folder = importlib.resources.files(package)
        found = [(name, folder.joinpath(name))] if name else sorted(_files(folder, "", without))
        for path, file in found:
            content = file.read_bytes()
            digest.update(f"{place}/{path}\0".encode())
            digest.update(_code(content) if path.endswith(".py") else content)
    return digest.hexdigest()[:_LENGTH]


def _files(folder: Traversable, prefix: str, without: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            if entry.name != without:
                yield from _files(entry, f"{path}/", without)
        elif entry.name.endswith((".py", *_DATA)):
            yield path, entry


def _code(content: bytes) -> bytes:
    lines = (line.rstrip() for line in content.splitlines())
    return b"\n".join(line for line in lines if line and not line.lstrip().startswith(b"#"))
