"""Commands of miner as a person types them, without the second that each would import for.

A server imports the package once and forks a process for each command, with its own environment,
working directory, standard streams and exit code. What depends on how Python starts (its options,
``PYTHON...`` variables, ``sitecustomize``, signals) starts ``python -m miner`` instead.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import pickle
import pkgutil
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import miner
from miner import cli

_LATER = ("numpy", "polars", "pyarrow", "huggingface_hub", "openai", "distributed", "dask")
"""What starts threads or reads the environment when it is imported: that is for the command."""
_MOST = 1 << 20


def run_miner(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``miner`` in a process of its own and return what it printed and its exit code."""
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as error,
        Path(os.devnull).open("rb") as nothing,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking,
    ):
        asking.connect(_server())
        order = pickle.dumps((arguments, dict(os.environ if env is None else env), str(cwd or ".")))
        streams = [stream.fileno() for stream in (nothing, out, error)]
        socket.send_fds(asking, [order], streams)
        code = int(asking.recv(_MOST))
        texts = []
        for stream in (out, error):
            stream.seek(0)
            texts.append(stream.read().decode())
    return subprocess.CompletedProcess(["miner", *arguments], code, *texts)


@cache
def _server() -> str:
    """Start the server of this process; it ends when this process does."""
    folder = tempfile.mkdtemp(prefix="miner-tests-")
    place = str(Path(folder) / "commands")
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.commands", place, str(theirs.fileno())],
        cwd=Path(__file__).resolve().parents[1], pass_fds=[theirs.fileno()],
    )  # fmt: skip
    theirs.close()
    atexit.register(_end_server, process, ours, folder)
    assert ours.recv(1), "the server of commands did not start"
    return place


def _end_server(process: subprocess.Popen[bytes], ours: socket.socket, folder: str) -> None:
    ours.close()
    process.wait()
    shutil.rmtree(folder)


_set: dict[str, str] = {}
"""Variables that modules set when they are imported."""


def _serve(place: str, parent: socket.socket) -> None:
    """Fork a process for each command, until the parent is gone."""
    _import_most()
    gc.freeze()  # or each process would copy what it looks through and finds in use
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "threads do not survive a fork"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(place)
    listener.listen()
    parent.send(b"1")
    selector = selectors.DefaultSelector()
    selector.register(parent, selectors.EVENT_READ)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is parent:
                return
            if key.fileobj is listener:
                _begin(listener.accept()[0], selector)
            else:
                _end(key, selector)


def _import_most() -> None:
    """Import the package, but for modules that need what is for the command to import."""
    before = set(os.environ)
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(_LATER))  # None: an import of it fails
    for info in pkgutil.walk_packages(miner.__path__, "miner."):
        if not re.search(r"\.(migrations|doctor|pictures)\.|__main__$", info.name):
            with contextlib.suppress(ImportError):
                importlib.import_module(info.name)
    for name in _LATER:
        del modules[name]
    for name in os.environ.keys() - before:  # by modules that set what their libraries read
        _set[name] = os.environ[name]


def _begin(asking: socket.socket, selector: selectors.BaseSelector) -> None:
    order, streams, _, _ = socket.recv_fds(asking, _MOST, 3)
    child = os.fork()
    if not child:
        selector.close()
        for place, stream in enumerate(streams):
            os.dup2(stream, place)
        _run(*pickle.loads(order))
    for stream in streams:
        os.close(stream)
    selector.register(os.pidfd_open(child), selectors.EVENT_READ, (child, asking))


def _end(key: selectors.SelectorKey, selector: selectors.BaseSelector) -> None:
    child, asking = key.data
    _, status = os.waitpid(child, 0)
    selector.unregister(key.fd)
    os.close(key.fd)
    asking.send(str(os.waitstatus_to_exitcode(status)).encode())
    asking.close()


def _run(arguments: tuple[str, ...], environment: dict[str, str], cwd: str) -> None:
    """Be the command."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update({**_set, **environment})
    sys.argv = ["miner", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cli.main()


if __name__ == "__main__":
    _serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
