"""Where the source of a project is published: its name there, its address, and that of a line."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from miner.schema.patterns import bounded

_LINES = {
    "github.com": "{home}/blob/{commit}/{path}#L{line}",
    "gitlab.com": "{home}/-/blob/{commit}/{path}#L{line}",
    "codeberg.org": "{home}/src/commit/{commit}/{path}#L{line}",
    "bitbucket.org": "{home}/src/{commit}/{path}#lines-{line}",
}
_HOSTS = "|".join(host.replace(".", r"\.") for host in _LINES)
_ORIGIN = bounded(
    rf"^(?:(?:https?|ssh|git)://(?:[^/@\s]+@)?|[\w.-]+@)?({_HOSTS})(?::\d+)?[:/]"
    r"((?:[\w.-]+/)+[\w.-]+?)(?:\.git)?/?$"
)


@dataclass(frozen=True, slots=True)
class ForgePlace:
    """A project on a forge.

    Attributes:
        name: Its name there, as ``owner/name``.
        host: The forge.
    """

    name: str
    host: str

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.host}/{self.name}"


def place_of(origin: str) -> ForgePlace | None:
    """Return where an address of git leads, without its credentials; None for other forges."""
    found = _ORIGIN.match(origin)
    return ForgePlace(found[2], found[1]) if found else None


def line_url(home: str, commit: str, path: str, line: int) -> str:
    """Return the address of a line at a commit; empty where it is not known.

    Args:
        home: Address of the project.
        commit: Full sha.
        path: Inside the project.
        line: From 1.
    """
    host = home.removeprefix("https://").partition("/")[0]
    form = _LINES.get(host)
    if form is None or not commit:
        return ""
    return form.format(home=home, commit=commit, path=quote(path), line=line)
