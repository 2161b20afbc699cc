"""What a process or a writer left on a terminal."""

from __future__ import annotations

import os


def read_terminal(ours: int) -> str:
    """Read our end of a pseudo-terminal until its other end is closed, and close it.

    One read is not enough: the kernel hands on what was written in parts of its choice.
    """
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    return written.decode()
