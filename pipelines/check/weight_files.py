"""Weight files that lie in a project: what their headers say, their size and digest.

Nothing is loaded: a header is read inside bounds, and bytes are hashed. What git LFS left out has
its digest and size in the pointer that lies in its place.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from miner.schema.patterns import bounded

MOST_HASHED = 16 * 1024**3
"""Bytes of all files of a project together; the digest of what is beyond is not known."""

_MAX_HEADER = 32 * 1024 * 1024
_MAX_CONFIG = 2 * 1024 * 1024
_MAX_KEYS = 64
_MAX_TEXT = 1024
_CHUNK = 1 << 20
_POINTER = bounded(rb"^version https://git-lfs\S+\noid sha256:([0-9a-f]{64})\nsize (\d{1,15})\s*$")
_FORMATS = {
    ".safetensors": "safetensors", ".gguf": "gguf", ".onnx": "onnx", ".bin": "pickle",
    ".pt": "pickle", ".pth": "pickle", ".ckpt": "pickle", ".pkl": "pickle", ".pickle": "pickle",
    ".h5": "hdf5", ".keras": "keras", ".tflite": "tflite", ".ggml": "ggml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MatchingFile:
    """A file of a hub that has the same bytes."""

    hub: str
    model: str
    path: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file that looks like weights.

    Attributes:
        path: Inside the project, with forward slashes.
        format: By its name: safetensors, gguf, onnx, pickle …; ``unknown`` for others.
        architecture: As its header, or a config.json beside it, names it; empty where neither does.
        parameter_count: Weights by its header, or None.
        size_bytes: Of the file itself, also where only its pointer is here; None: not read.
        sha256: Digest, lower case hex; empty where it is not known.
        is_pointer: Whether git LFS left the bytes out.
        detail: Why something is not known, or empty.
        hub_files: Files of hubs with this digest, of those in the data.
    """

    path: str
    format: str
    architecture: str = ""
    parameter_count: int | None = None
    size_bytes: int | None = None
    sha256: str = ""
    is_pointer: bool = False
    detail: str = ""
    hub_files: tuple[MatchingFile, ...] = ()


def read_weight_files(root: Path, paths: Iterable[str]) -> tuple[WeightFile, ...]:
    """Return what files of a checkout are.

    Args:
        root: The checkout. Of an archive or a bare git directory only paths are known.
        paths: Of the files, inside it.
    """
    found, room = [], MOST_HASHED
    is_bare = (root / "HEAD").is_file() and not (root / ".git").exists()
    is_checkout = root.is_dir() and not is_bare
    for path in sorted(paths):
        form = _FORMATS.get(Path(path).suffix.lower(), "unknown")
        place = root / path
        if not is_checkout or place.is_symlink() or not place.is_file():
            found.append(WeightFile(path, form, detail="only its path is known"))
            continue
        try:
            one = _read(place, path, form, room)
        except OSError as error:
            one = WeightFile(path, form, detail=f"it cannot be read: {error.strerror}")
        room -= (one.size_bytes or 0) if one.sha256 and not one.is_pointer else 0
        found.append(one)
    return tuple(found)


def _read(place: Path, path: str, form: str, room: int) -> WeightFile:
    size = place.stat().st_size
    with place.open("rb") as file:
        beginning = file.read(_MAX_TEXT)
        if pointer := _POINTER.match(beginning):
            return WeightFile(
                path, form, _configured(place), size_bytes=int(pointer[2]),
                sha256=pointer[1].decode(), is_pointer=True,
                detail="the file is a pointer of git LFS; its bytes are not here",
            )  # fmt: skip
        architecture, count, detail = _header(file, form, size)
        digest = ""
        if size <= room:
            file.seek(0)
            digest = _digest(file)
        else:
            detail = detail or "more bytes of weights than are hashed"
    return WeightFile(
        path, form, architecture or _configured(place), count, size, digest, detail=detail
    )


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _header(file: BinaryIO, form: str, size: int) -> tuple[str, int | None, str]:
    """Return architecture, weights, and why neither is known."""
    reader = {"safetensors": _safetensors, "gguf": _gguf, "onnx": _onnx}.get(form)
    if reader is None:
        return "", None, ""
    file.seek(0)
    try:
        architecture, count = reader(file, size)
    except (ValueError, struct.error, KeyError, TypeError, AttributeError, RecursionError):
        return "", None, f"its header is not that of a {form} file"
    return architecture[:200], count, ""


def _safetensors(file: BinaryIO, size: int) -> tuple[str, int | None]:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > min(_MAX_HEADER, size):
        raise ValueError
    header: dict[str, Any] = orjson.loads(file.read(length))
    facts = header.pop("__metadata__", None) or {}
    count = sum(math.prod(int(side) for side in one["shape"]) for one in header.values())
    return str(facts.get("modelspec.architecture") or ""), count


_GGUF_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_GGUF_TEXT, _GGUF_LIST = 8, 9


def _gguf(file: BinaryIO, _size: int) -> tuple[str, int | None]:
    if file.read(4) != b"GGUF":
        raise ValueError
    version, _tensors, keys = struct.unpack("<IQQ", file.read(20))
    if version < 2:
        return "", None
    for _ in range(min(keys, _MAX_KEYS)):
        key = _gguf_text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        if kind == _GGUF_TEXT:
            value = _gguf_text(file)
            if key == "general.architecture":
                return value, None
        elif kind == _GGUF_LIST:
            return "", None  # words of a tokenizer: what names the architecture stands before
        else:
            file.read(_GGUF_SIZES[kind])
    return "", None


def _gguf_text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > _CHUNK:
        raise ValueError
    return file.read(length)[:_MAX_TEXT].decode("utf-8", "replace")


_ONNX_TEXTS = frozenset({2, 3, 4, 6})  # producer, its version, domain, documentation
_ONNX_PRODUCER, _ONNX_GRAPH, _TEXT_WIRE = 2, 7, 2


def _onnx(file: BinaryIO, _size: int) -> tuple[str, int | None]:
    producer = ""
    for _ in range(_MAX_KEYS):
        tag = _varint(file)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            _varint(file)
        elif wire == _TEXT_WIRE and field == _ONNX_GRAPH:
            return f"exported by {producer}" if producer else "", None
        elif wire == _TEXT_WIRE and field in _ONNX_TEXTS:
            length = _varint(file)
            if length > _CHUNK:
                raise ValueError
            text = file.read(length)[:200]
            producer = text.decode("utf-8", "replace") if field == _ONNX_PRODUCER else producer
        else:
            raise ValueError
    raise ValueError


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        (byte,) = file.read(1)
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise ValueError


def _configured(place: Path) -> str:
    """Return the class, else the type, that a config.json beside a file names."""
    config = place.with_name("config.json")
    try:
        if config.is_symlink() or config.stat().st_size > _MAX_CONFIG:
            return ""
        read = orjson.loads(config.read_bytes())
    except (OSError, ValueError):
        return ""
    if not isinstance(read, dict):
        return ""
    classes = read.get("architectures")
    first = classes[0] if isinstance(classes, list) and classes else read.get("model_type")
    return first[:200] if isinstance(first, str) else ""
