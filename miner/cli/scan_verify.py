"""``miner scan --verify``: names that no rule settles, asked of the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from miner.cli.echo import counted, echo

if TYPE_CHECKING:
    from miner.pipelines.scan.site import ScanResult

LATER = 11  # as of RetryLater


def verified(
    scanned: Iterable[tuple[Path, ScanResult]], unanswered: list[str]
) -> Iterator[tuple[Path, ScanResult]]:
    """Yield scans with the names that the hub has a model of among their sites.

    Args:
        scanned: Paths and what was found there.
        unanswered: Names that nobody answered for are added here.

    Raises:
        SourceRefused: The hub does not accept the token.
    """
    from miner.cli.progress import for_this_terminal
    from miner.pipelines.check.hub_knowledge import HubKnowledge
    from miner.pipelines.check.verify import verify
    from miner.settings import load_settings

    with HubKnowledge(load_settings(), for_this_terminal(log_json=False)) as knowledge:
        for path, result in scanned:
            found = verify(((site.hub, site.model or "") for site in result.unverified), knowledge)
            used = [site for site in result.unverified if (site.hub, site.model) in found.models]
            result.sites = sorted(
                [*result.sites, *used], key=lambda site: (site.path, site.line, site.model or "")
            )
            open_names = set(found.open)
            result.unverified = [site for site in result.unverified if site.model in open_names]
            unanswered += found.open
            yield path, result


def ended_unverified(unanswered: list[str]) -> int:
    """Say that names stay unverified; return the exit code, 0 if there are none."""
    if not unanswered:
        return 0
    names = ", ".join(unanswered[:5]) + (" …" if len(unanswered) > 5 else "")
    echo(
        f"miner scan: {counted(len(unanswered), 'name')} not answered for by the hub: {names}",
        err=True,
    )
    echo("  next  run it again later, or give a file of names (--names)", err=True)
    return LATER
