"""``miner serve``: pages over the DuckDB file or a snapshot."""

from __future__ import annotations

import ipaddress
import socket

import click

from miner.cli.echo import echo

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.argument("source", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True,
              help="Port; 0: any free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen on. Any but loopback shows the data to whoever reaches this "
              "machine, without a password and without encryption.")  # fmt: skip
@click.option("--allow-host", "allowed", multiple=True, metavar="NAME",
              help="A further name of the site. May be repeated.")  # fmt: skip
@click.option("--max-seconds", type=click.IntRange(min=1), default=20, show_default=True,
              help="Maximum time of a page, and of SQL.")  # fmt: skip
@click.option("--max-memory-mb", type=click.IntRange(min=50), default=600, show_default=True,
              help="Maximum memory of all queries together.")  # fmt: skip
def serve(
    *,
    source: str | None,
    port: int,
    host: str,
    allowed: tuple[str, ...],
    max_seconds: int,
    max_memory_mb: int,
) -> None:
    """Show the data as pages in a browser.

    There are pages of models, repositories, datasets, papers, licenses, queries, and one for SQL.
    SOURCE is a DuckDB file, or a snapshot (a folder or a name); without it, the file in the data
    directory. Nothing is written, and pages ask no other host. Stays until it is stopped.
    """
    import uvicorn

    from miner.web.app import build_app
    from miner.web.source import FileSource

    pages = FileSource(source, seconds=max_seconds, memory_mb=max_memory_mb)
    with pages.reading() as data:  # a mistake ends here, not on a page
        shown = data.path
    app = build_app(pages, hosts={*_LOOPBACK, host, socket.gethostname(), *allowed})
    listener = _listen(host, port)
    bound = listener.getsockname()[1]
    place = f"[{host}]" if ":" in host else host
    if not _is_loopback(host):
        echo(f"miner: {shown} is shown to everybody who reaches {host}:{bound}", err=True)
    echo(f"http://{place}:{bound}/")
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off",
                            limit_concurrency=64, server_header=False)  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ConfigurationError: The address is not of this machine, or in use.
    """
    from miner.errors import ConfigurationError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # with its protocol, or asyncio leaves each answer to wait 40 ms for an acknowledgment
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            next_step="choose another port: miner serve --port 0",
        ) from error
    listener.listen(64)
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
