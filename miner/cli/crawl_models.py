"""``miner crawl --models``: single models by name, with their bases, cards and data."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner.cli.echo import echo
from miner.schema.vocab import DEFAULT_HUB

if TYPE_CHECKING:
    from miner.cli.crawl_options import CrawlOptions
    from miner.pipelines.crawl.named import NamedModels
    from miner.pipelines.crawl.session import Crawl

_OTHERS = ("since", "until", "modified_since", "limit", "seed", "repositories")
_MOST_SHOWN = 20


def names_of(options: CrawlOptions) -> list[str]:
    """Return the names that --models gives: names, with commas between, and files of names.

    Raises:
        UsageError: Another option does not go with it, or a file has no name in it.
    """
    words: list[str] = []
    for text in options["models"]:
        words += _in_file(Path(text)) if Path(text).is_file() else text.split(",")
    names = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if names:
        for option in _OTHERS:
            if options.get(option) is not None:
                spelled = option.replace("_", "-")
                raise click.UsageError(f"--models asks by name: it does not go with --{spelled}")
    elif options["models"]:
        raise click.UsageError("--models names no model")
    return names


def _in_file(path: Path) -> Iterable[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--models: {path} cannot be read: {error}") from error
    return (line.partition("#")[0] for line in lines)


def hub_of(options: CrawlOptions) -> str:
    """Return the hub to ask for single models.

    Raises:
        UsageError: It has a catalog, and does not answer for one model.
    """
    from miner.pipelines.sources.hubs import hub_class

    name = options["hub"]
    name = DEFAULT_HUB if name == "all" else name
    if not hasattr(hub_class(name), "record_url"):
        raise click.UsageError(f"--models: {name} is read whole, by miner crawl --hub {name}")
    return name


def crawl_named(
    crawl: Crawl, names: list[str], options: CrawlOptions, stop: threading.Event
) -> bool:
    """Ask for models by name and say which of them are not there.

    Returns:
        False when the run was asked to end.

    Raises:
        RetryLater: The hub did not answer for some of them; the others are stored.
    """
    from miner.pipelines.crawl.named import look_up_named
    from miner.pipelines.sources.http import Stopped

    try:
        done = look_up_named(
            crawl, names, configs=options["configs"], with_datasets=options["datasets"]
        )
    except Stopped:
        return False
    _tell(names, done)
    return not stop.is_set()


def _tell(names: list[str], done: NamedModels) -> None:
    from miner.errors import RetryLater
    from miner.pipelines.crawl.named import ANSWERED, FOUND

    absent = [name for name in names if done.outcomes.get(name) not in FOUND]
    for name in absent[:_MOST_SHOWN]:
        echo(f"miner: {name}: {done.outcomes.get(name, 'not asked for')}", err=True)
    if len(absent) > _MOST_SHOWN:
        echo(f"miner: and {len(absent) - _MOST_SHOWN} more were not found", err=True)
    lost = [name for name in absent if done.outcomes.get(name) not in ANSWERED]
    if lost:
        raise RetryLater(
            f"the hub did not answer for {len(lost)} of {len(names)} models, the first {lost[0]}",
            kept="the models that it answered for",
            next_step="run the same command again later",
        )
