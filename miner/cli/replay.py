"""``miner replay``: serve folders or archives as a hub on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from miner.cli.echo import echo

_RATE = click.FloatRange(0, 1)


def _trouble(function: Any) -> Any:
    """Add the options that make trouble on purpose."""
    options = [
        click.option("--seed", default=0, help="Seed of all trouble."),
        click.option("--rate-503", type=_RATE, default=0.0, help="Share of answers 503."),
        click.option("--rate-500", type=_RATE, default=0.0, help="Share of answers 500."),
        click.option(
            "--rate-429", type=_RATE, default=0.0,
            help="Share of 429 with requests left; GitHub's is a 403.",
        ),
        click.option("--rate-stall", type=_RATE, default=0.0, help="Share of answers that stall."),
        click.option("--stall-seconds", type=click.FloatRange(0), default=60.0, show_default=True,
                     help="How long a stall lasts."),
        click.option("--rate-cut", type=_RATE, default=0.0, help="Share of bodies cut in half."),
        click.option("--rate-page", type=_RATE, default=0.0,
                     help="Share of web pages with status 200 in place of answers."),
        click.option(
            "--rate-repeat", type=_RATE, default=0.0, help="Share of pages that lead to themselves."
        ),
        click.option("--secondary-seconds", type=click.FloatRange(0), default=60.0,
                     show_default=True, help="What GitHub's secondary limit (--rate-429) asks."),
        click.option("--estimate-off", type=_RATE, default=0.0,
                     help="Share that GitHub's counts of results are off."),
        click.option("--rate-incomplete", type=_RATE, default=0.0,
                     help="Share of GitHub's searches that say they are not complete."),
        click.option("--malformed", is_flag=True, help="One record that is none in each page."),
        click.option(
            "--cursor-life", "cursor_life_seconds", type=click.FloatRange(0),
            help="Seconds after which a cursor is refused.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


@click.command()
@click.argument(
    "folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; 0: any free one.")
@click.option("--limit-api", type=click.IntRange(0), help="API requests in a window.")
@click.option("--limit-resolvers", type=click.IntRange(0), help="File requests in a window.")
@click.option("--limit-core", type=click.IntRange(0), help="GitHub's REST requests in a window.")
@click.option("--limit-search", type=click.IntRange(0), help="GitHub's repository searches.")
@click.option("--limit-code-search", type=click.IntRange(0), help="GitHub's code searches.")
@click.option("--limit-graphql", type=click.IntRange(0), help="GitHub's GraphQL queries.")
@click.option(
    "--window",
    "window_seconds",
    type=click.FloatRange(0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds of a window.",
)
@click.option("--token", "tokens", multiple=True, help="A token that is valid (default: any is).")
@click.option("--latency-ms", type=click.FloatRange(0), default=0.0, help="Pause before answers.")
@_trouble
def replay(folders: tuple[Path, ...], port: int, tokens: tuple[str, ...], **choices: Any) -> None:
    """Serve folders of records, or archives, as a hub on loopback; repositories as a GitHub.

    Prints HF_ENDPOINT and GITHUB_API_URL in one line and stays until it is stopped. A later
    DIR overrides records of an earlier one.

    Repositories are the folders repositories/OWNER/NAME/ of a DIR, with their files as they are.
    What GitHub says of them stands in repositories.jsonl, one object a line with full_name and, if
    wanted: id, node_id, description, license (SPDX id), stargazers_count, forks_count, fork, parent
    (owner/name), archived, created_at, pushed_at, default_branch, topics, renamed_from (former
    names), state (present, gone, blocked: taken down, refused).
    """  # fmt: skip
    from miner.pipelines.sources.replay.folder import load_catalog
    from miner.pipelines.sources.replay.options import ReplayOptions
    from miner.pipelines.sources.replay.serve import ReplayServer, serve_until_stopped

    def announce(server: ReplayServer) -> None:
        echo(" ".join(f"{key}={value}" for key, value in server.variables().items()))

    catalog = load_catalog(list(folders))
    options = ReplayOptions(tokens=frozenset(tokens), **choices)
    serve_until_stopped(catalog, options, port=port, announce=announce)
