"""License texts for tests: those that installed packages ship. The project holds none itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution

from miner.pipelines.derive.licenses.texts.repository_texts import (
    LicenseReader,
    RepositoryStatement,
)

# Short of words that any rule reads: it stands where the clauses of a license would.
BODY = "\n".join(f"{number}. Section {number} says what it says." for number in range(1, 40))


@cache
def text_of(package: str, ending: str) -> str:
    """Return a license file of an installed package.

    Args:
        package: Its name.
        ending: How the file's path ends.
    """
    for file in distribution(package).files or []:
        if str(file).endswith(ending):
            return file.read_text(encoding="utf-8")
    raise FileNotFoundError(f"{package} ships no {ending}")


def mit() -> str:
    """Return the MIT license of some package, title and all."""
    return text_of("rich", "licenses/LICENSE")


def apache() -> str:
    """Return the Apache License 2.0."""
    return text_of("packaging", "LICENSE.APACHE")


def bsd() -> str:
    """Return a three-clause BSD license."""
    return text_of("click", "LICENSE.txt")


def gpl() -> str:
    """Return the GNU General Public License 3.0, its appendix included."""
    return text_of("pygithub", "licenses/COPYING")


def statements_of(files: Mapping[str, str | bytes]) -> list[RepositoryStatement]:
    """Return what files, given by path, say of the licenses of their repository."""
    reader = LicenseReader()
    for path, data in files.items():
        reader.add(path, data if isinstance(data, bytes) else data.encode())
    return reader.statements()
