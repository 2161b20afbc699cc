"""``miner crawl``: bring the store up to date, then the file that answers SQL."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from miner.cli.crawl_options import NOT_OF_THE_RUN, CrawlOptions
from miner.cli.echo import echo
from miner.cli.options import STRICT, Moment, stopping
from miner.pipelines.sources.hubs import default_hubs, hub_names

if TYPE_CHECKING:
    from miner.pipelines.crawl.run import CrawlChoice
    from miner.pipelines.crawl.session import Crawl
    from miner.pipelines.sources.dump import Seed
    from miner.pipelines.sources.github.session import ForgeChoice
    from miner.pipelines.sources.hubs.protocol import Window
    from miner.settings import Settings


@click.command()
@click.option("--since", type=Moment(), help="Models created since then, like 2024-01.")
@click.option("--until", type=Moment(), help="Models created before then.")
@click.option("--modified-since", type=Moment(), help="Models changed since then, newest first.")
@click.option("--limit", type=click.IntRange(1), help="Maximum number of models.")
@click.option(
    "--models", multiple=True, metavar="NAME|FILE",
    help="Only these models, with their bases up the chain, cards and datasets; no listing is "
    "read. Names with commas between, or a file with one a line. May be repeated.",
)  # fmt: skip
@click.option(
    "--seed", metavar="SNAPSHOT|FILE|hub-stats",
    help="Begin from a published snapshot, by its name or folder: an empty store gets all that it "
    "tells of. Or from a dump of the Hub's models: a Parquet file with the Hub's field names, a "
    "folder of them, or the public dump of that name. Only what it lacks and what changed since "
    "is asked for.",
)  # fmt: skip
@click.option(
    "--seed-source", metavar="SOURCE",
    help="Where a snapshot is got from that is not here: as with snapshot pull. "
    "[default: MINER_SNAPSHOT_SOURCE]",
)  # fmt: skip
@click.option("--seed-date", type=Moment(), help="Day of the dump, where it does not say it.")
@click.option(
    "--min-downloads", type=click.IntRange(0), default=50, show_default=True,
    help="Minimum number of downloads in 30 days of a model whose card and config are fetched.",
)  # fmt: skip
@click.option(
    "--configs", type=click.Choice(["needed", "all", "none"]), default="needed", show_default=True,
    help="config.json: where the architecture is open, of all, or of none. "
    "Fetching one counts as a download of the model.",
)  # fmt: skip
@click.option(
    "--lookups-from", type=click.IntRange(1), default=3, show_default=True,
    help="Ask one by one for bases and datasets that the listing lacks when so many models "
    "name them.",
)  # fmt: skip
@click.option(
    "--hub", type=click.Choice([*hub_names(), "all"]), default="all", show_default=True,
    help="Which hub; its models are all read, whatever the dates, where it gives none. all: "
    "those that need not be named.",
)  # fmt: skip
@click.option("--datasets/--no-datasets", default=True, show_default=True,
              help="Look up the datasets that models name.")  # fmt: skip
@click.option("--storage/--no-storage", default=False, show_default=True,
              help="Ask for the used storage of each model with --min-downloads, which the listing "
              "does not give: a request each.")  # fmt: skip
@click.option("--history/--no-history", default=False, show_default=True,
              help="Get the commits and refs of each model with --min-downloads or that a "
              "repository uses, and what each commit changed in its card: a request for each "
              "change and a few more.")  # fmt: skip
@click.option("--discussions/--no-discussions", default=False, show_default=True,
              help="Get the discussions and pull requests of the same models, with their "
              "comments: a request for each that is new or changed, and one a page "
              "of 50.")  # fmt: skip
@click.option(
    "--github/--no-github", default=None,
    help="Repositories on GitHub that use the models: find, describe and scan them. Those pushed "
    "to since --since are scanned. [default: where GITHUB_TOKEN is set]",
)  # fmt: skip
@click.option(
    "--repositories", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Repositories to scan besides those that are found: owner/name, one a line.",
)  # fmt: skip
@click.option("--search/--no-search", default=True, show_default=True,
              help="Search GitHub; otherwise only repositories known are looked at.")  # fmt: skip
@click.option("--introduced", type=click.IntRange(0), default=0, metavar="FILES",
              help="Ask GitHub for the commits that brought the uses, for so many files: a query "
              "each.")  # fmt: skip
@click.option("--issues/--no-issues", default=False, show_default=True,
              help="Read the issues and pull requests of repositories that use models, and store "
              "those that name a model or a library that loads models.")  # fmt: skip
@click.option("--executor", metavar="WHERE", help="Where source is read and scanned: "
              "processes[:N], dask://HOST:PORT, tls://HOST:PORT or here. "
              "[default: processes]")  # fmt: skip
@click.option("--export/--no-export", default=True, show_default=True,
              help="Refresh the DuckDB file at the end.")  # fmt: skip
@click.option("--summary", is_flag=True, help="One line of name=value on stdout at the end.")
@click.option("--strict", is_flag=True, help=STRICT)
@click.pass_context
def crawl(ctx: click.Context, /, **options: Unpack[CrawlOptions]) -> int:
    """Bring the store up to date with the hubs and GitHub.

    The first crawl of a window reads everything in it; later ones read what has changed, and
    find what was renamed, gated or deleted. It can be killed at any moment: the same command
    goes on where it stopped.
    """
    from miner.cli.crawl_models import crawl_named, hub_of, names_of
    from miner.cli.crawl_seed import begin_from_snapshot, count_standing, open_dump
    from miner.cli.progress import for_this_terminal
    from miner.cli.strict import ended
    from miner.cli.summary import summarized
    from miner.pipelines.crawl.hubs import crawl_hubs
    from miner.pipelines.crawl.named import COMMAND
    from miner.pipelines.crawl.open import opened
    from miner.settings import load_settings

    _tune()
    settings = load_settings()
    window = _window(options)
    stop = threading.Event()
    progress = for_this_terminal(log_json=bool(ctx.obj and ctx.obj["log_json"]))
    seed = open_dump(settings, options)
    choice = _choice(options, window, seed)
    models = names_of(options)
    names = [hub_of(options)] if models else _hubs(options["hub"])
    forge = None if models else _forge_choice(settings, options, window)
    with (
        summarized(str(settings.duckdb_path), shown=options["summary"]) as summary,
        stopping(stop),
    ):
        if not begin_from_snapshot(settings, options, progress, stop):
            summary.state = "interrupted"
            echo("miner: stopped; nothing of the snapshot is kept in the store", err=True)
            return 0
        with (
            opened(
                settings,
                _arguments(options, seed),
                progress,
                stop,
                names[0],
                command=COMMAND if models else "crawl",
            ) as under_way,
            summary.of(under_way),
        ):
            try:
                if models:
                    is_done = crawl_named(under_way, models, options, stop)
                else:
                    then = partial(_crawl_github, under_way, forge) if forge is not None else None
                    is_done = crawl_hubs(under_way, names, choice, then=then)
                count_standing(under_way)
            finally:
                progress.finish()
                _report(under_way.counts)
        if not is_done:
            summary.state = "interrupted"
            echo("miner: stopped; the same command goes on from here", err=True)
            return 0
        if options["export"] and not _refresh(settings, stop):
            summary.state = "interrupted"
            return 0
        summary.state = "finished"
    return ended(under_way.counts, strict=options["strict"])


def _window(options: CrawlOptions) -> Window:
    from miner.pipelines.sources.hubs.protocol import Window

    since, until = options["since"], options["until"]
    if since and until and since >= until:
        raise click.UsageError("--since must be before --until")
    return Window(since, until, options["modified_since"], options["limit"])


def _choice(options: CrawlOptions, window: Window, seed: Seed | None) -> CrawlChoice:
    from miner.pipelines.crawl.run import CrawlChoice

    return CrawlChoice(
        window=window,
        min_downloads=options["min_downloads"],
        configs=options["configs"],
        lookups_from=options["lookups_from"],
        with_datasets=options["datasets"],
        with_storage=options["storage"],
        with_history=options["history"],
        with_discussions=options["discussions"],
        seed=seed,
    )


def _arguments(options: CrawlOptions, seed: Seed | None) -> dict[str, object]:
    """Return what a run is recorded with: by the same arguments, it goes on where it stopped."""
    arguments = {
        name: value
        for name, value in options.items()
        if value is not None and value != () and name not in NOT_OF_THE_RUN
    }
    return arguments | {"seed_files": seed.identity()["files"]} if seed else arguments


def _hubs(name: str) -> list[str]:
    return default_hubs() if name == "all" else [name]


def _tune() -> None:
    """Set this process up for millions of records."""
    import gc
    import sys

    # Records are trees: hardly anything is a cycle, and looking for some costs a third of the time.
    gc.set_threshold(200_000, 20, 50)
    # A page goes to another process and back in many pieces, and each waits for its turn.
    sys.setswitchinterval(0.0005)


def _refresh(settings: Settings, stop: threading.Event) -> bool:
    from miner.cli.refresh import refresh

    return refresh(settings, stop)


def _forge_choice(settings: Settings, options: CrawlOptions, window: Window) -> ForgeChoice | None:
    """Return what to do on GitHub, None for nothing; a missing token is reported at once."""
    with_github = options["github"]
    if with_github is None:
        is_asked_for = options["repositories"] is not None or options["issues"]
        with_github = bool(settings.github_tokens) or is_asked_for
    if not with_github:
        return None
    from miner.pipelines.sources.github.session import ForgeChoice, require_tokens

    require_tokens(settings)
    return ForgeChoice(
        since=window.since,
        limit=window.limit,
        repositories=options["repositories"],
        with_search=options["search"],
        executor=options["executor"] or None,
        introduced=options["introduced"],
        with_issues=options["issues"],
    )


def _crawl_github(under_way: Crawl, choice: ForgeChoice) -> bool:
    from miner.pipelines.crawl.github.run import crawl_github

    return crawl_github(under_way, choice)


def _report(counts: Counter[str]) -> None:
    """Tell what was done, to stderr: how many records have which state."""
    for what, count in sorted(counts.items()):
        if (count or what.startswith("seed: ")) and not what.startswith("seconds"):
            echo(f"  {count:>12,}  {what}", err=True)
