"""GGUF files made in code, byte for byte as the format says."""

from __future__ import annotations

import struct
from typing import Any


def word(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def entry(key: str, value: object) -> bytes:
    """Return a key of GGUF metadata with its value: text, whole number or list of numbers."""
    if isinstance(value, str):
        return word(key) + struct.pack("<I", 8) + word(value)
    if isinstance(value, list):
        return word(key) + struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(
            f"<{len(value)}i", *value
        )  # fmt: skip
    return word(key) + struct.pack("<II", 4, value)


def gguf(metadata: dict[str, Any], shapes: dict[str, tuple[int, ...]] | None = None) -> bytes:
    """Return the head of a GGUF file of version 3."""
    shapes = shapes or {}
    body = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(metadata))
    body += b"".join(entry(key, value) for key, value in metadata.items())
    for name, shape in shapes.items():
        body += word(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        body += struct.pack("<IQ", 0, 0)
    return body
