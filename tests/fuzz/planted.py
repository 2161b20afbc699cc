"""A reader with a bug of every kind, each on an input of its own."""

from __future__ import annotations

import os
import signal

from miner.errors import InvalidData
from tests.fuzz.run import MEMORY_BYTES


def reader(data: bytes) -> None:
    """Do what an input says."""
    if data == b"raises":
        raise KeyError("planted")
    if data == b"refuses":
        raise InvalidData("planted")
    if data == b"claims":
        raise AssertionError("planted")
    if data == b"eats":
        bytearray(2 * MEMORY_BYTES)
    if data == b"dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"leaves":
        os._exit(7)
    while data == b"burns":
        pass
