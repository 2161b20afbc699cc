"""Run a replayed hub on loopback."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from miner.errors import ConfigurationError
from miner.pipelines.sources.hubs import hub_profiles
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.hub_app import ReplayHub, build_hub
from miner.pipelines.sources.replay.options import ReplayOptions

HOST = "127.0.0.1"
_HOSTS = (HOST, "localhost")
"""Names that a request may ask for; any other gets 400."""

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReplayServer:
    """A running replay.

    Attributes:
        endpoint: Address of the hub, for ``HF_ENDPOINT``.
        catalog: What it serves; may be changed while it runs.
        hub: Its counters.
    """

    endpoint: str
    catalog: Catalog
    hub: ReplayHub

    @property
    def github_url(self) -> str:
        """Address of the forge, for ``GITHUB_API_URL``."""
        return f"{self.endpoint}/github"

    def variables(self) -> dict[str, str]:
        """Return the variables that lead miner to what is served."""
        others = {
            profile.endpoint_variable: self.endpoint
            for profile in hub_profiles()
            if profile.name in self.catalog.hubs and len(self.catalog.hubs[profile.name])
        }
        return {"HF_ENDPOINT": self.endpoint, "GITHUB_API_URL": self.github_url, **others}

    def stats(self) -> dict[str, Any]:
        """Return requests by bucket, the fullest window of each, and the trouble met."""
        return self.hub.stats()


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()


@contextlib.contextmanager
def serving(
    catalog: Catalog, options: ReplayOptions | None = None, *, port: int = 0
) -> Iterator[ReplayServer]:
    """Serve a catalog from a thread of this process, until the block ends.

    Args:
        catalog: What to serve.
        options: Limits and trouble; None: none.
        port: Port on loopback; 0: any that is free.

    Raises:
        ConfigurationError: The port cannot be had.
    """
    app, hub = build_hub(catalog, options or ReplayOptions())
    # A page in a browser may have its own name resolve to loopback, and read what is served.
    guarded = TrustedHostMiddleware(app, allowed_hosts=_HOSTS, www_redirect=False)
    listener = _listen(port)
    endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
    server = _Server(
        uvicorn.Config(
            guarded,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="replay", daemon=True)
    thread.start()
    try:
        if not server.is_ready.wait(_START_SECONDS):
            raise RuntimeError("the replay server did not start")
        yield ReplayServer(endpoint, catalog, hub)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def serve_until_stopped(
    catalog: Catalog,
    options: ReplayOptions,
    *,
    port: int,
    announce: Callable[[ReplayServer], None],
) -> None:
    """Serve a catalog until SIGINT or SIGTERM; call it from the main thread.

    Args:
        catalog: What to serve.
        options: Limits and trouble.
        port: Port on loopback; 0: any that is free.
        announce: Called once, when requests are answered.

    Raises:
        ConfigurationError: The port cannot be had.
    """
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with serving(catalog, options, port=port) as server:
        announce(server)
        stopped.wait()


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY; without, every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(256)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigurationError(
            f"cannot listen on {HOST}:{port}: {error}", next_step="choose another port, or --port 0"
        ) from error
    return listener
