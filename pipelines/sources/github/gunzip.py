"""A gzip stream that knows whether it came to its end, for sources that are read as they come."""

from __future__ import annotations

import hashlib
import io
import zlib
from typing import Protocol

_BLOCK = 1 << 16
_MOST_PADDING = 1 << 20
MAGIC = b"\x1f\x8b"


class Blocks(Protocol):
    """Bytes in order, from the network."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; none only at the end."""


class Gunzip(io.RawIOBase):
    """What a gzip stream holds, unpacked as it is read and never more than is asked for.

    Args:
        stream: Compressed bytes.

    Raises:
        zlib.error: On reading: the bytes are no gzip, or their checksum is wrong.
    """

    def __init__(self, stream: Blocks) -> None:
        self._stream = stream
        self._unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._digest = hashlib.sha256()
        self._head = self._next()
        self.is_gzip = self._head.startswith(MAGIC)

    @property
    def is_whole(self) -> bool:
        """Whether the trailer was read, and fits what came before."""
        return self._unpack.eof

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most so many bytes; fewer only at the end.

        Raises:
            zlib.error: The stream is damaged.
        """
        wanted = _BLOCK if size is None or size < 0 else size
        while not self._unpack.eof:
            packed = self._unpack.unconsumed_tail or self._head or self._next()
            self._head = b""
            data = self._unpack.decompress(packed, wanted)
            if data:
                return data
            if not packed:
                return self._unpack.flush()
        return b""

    def finish(self) -> bool:
        """Read what stands behind the archive in the stream; return whether it came to its end.

        More than a mebibyte of it is nobody's padding, and is left unread.
        """
        left = _MOST_PADDING
        try:
            while left > 0 and (data := self.read(_BLOCK)):
                left -= len(data)
        except zlib.error:
            return False
        return self.is_whole or left <= 0

    def digest(self) -> str:
        """Return the SHA-256 of all compressed bytes, those that were not unpacked too."""
        while self._next():
            pass
        return self._digest.hexdigest()

    def _next(self) -> bytes:
        data = self._stream.read(_BLOCK)
        self._digest.update(data)
        return data
