"""``miner replay``: serve folders or archives as a hub on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

_RATE = click.FloatRange(0, 1)


def _trouble(function: Any) -> Any:
    """Add the options that make trouble on purpose."""
    options = [
        click.option("--seed", default=0, help="Seed of all trouble."),
        click.option("--rate-503", type=_RATE, default=0.0, help="Share of answers 503."),
        click.option("--rate-500", type=_RATE, default=0.0, help="Share of answers 500."),
        click.option(
            "--rate-429", type=_RATE, default=0.0, help="Share of 429 with requests left."
        ),
        click.option("--rate-stall", type=_RATE, default=0.0, help="Share of answers that stall."),
        click.option("--stall-seconds", type=click.FloatRange(0), default=60.0, show_default=True,
                     help="How long a stall lasts."),
        click.option("--rate-cut", type=_RATE, default=0.0, help="Share of bodies cut in half."),
        click.option(
            "--rate-repeat", type=_RATE, default=0.0, help="Share of pages that lead to themselves."
        ),
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
def replay(folders: tuple[Path, ...], port: int, tokens: tuple[str, ...], **given: Any) -> None:
    """Serve folders of records, or archives, as a hub on loopback.

    Prints HF_ENDPOINT and GITHUB_API_URL in one line and stays until it is stopped. A later
    DIR overrides records of an earlier one.
    """  # fmt: skip
    from miner.pipelines.replay.folder import load_catalog
    from miner.pipelines.replay.options import ReplayOptions
    from miner.pipelines.replay.serve import ReplayServer, serve_until_stopped

    def announce(server: ReplayServer) -> None:
        click.echo(f"HF_ENDPOINT={server.endpoint} GITHUB_API_URL={server.github_url}")

    catalog = load_catalog(list(folders))
    options = ReplayOptions(tokens=frozenset(tokens), **given)
    serve_until_stopped(catalog, options, port=port, announce=announce)
