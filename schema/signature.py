"""Signatures of snapshots: Ed25519, in the files of minisign, which can make and check them too.

A signature stands beside the manifest, which names every file with its SHA-256: who signed the
manifest has signed the snapshot. Keys come from the user's settings alone, never from a snapshot.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from miner.errors import ConfigurationError, InvalidData
from miner.schema.manifest import MANIFEST

SIGNATURE = f"{MANIFEST}.minisig"
MAX_SIGNATURE_BYTES = 4_000
_PURE, _HASHED = b"Ed", b"ED"
_NO_PASSWORD, _CHECKSUM = b"\0\0", b"B2"
_ID, _KEY, _SIGNATURE = 8, 32, 64
_UNTRUSTED, _TRUSTED = "untrusted comment: ", "trusted comment: "


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with.

    Attributes:
        id: Eight bytes by which a signature names it.
        raw: The Ed25519 key.
    """

    id: bytes
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public key: the line that begins with ``RW``, or the file that holds it.

        Raises:
            ConfigurationError: It is none.
        """
        try:
            data = base64.b64decode(_line(text), validate=True)
        except (ValueError, binascii.Error):
            data = b""
        if len(data) != len(_PURE) + _ID + _KEY or not data.startswith(_PURE):
            raise ConfigurationError(
                f"{text.strip()[:100]!r} is no public key of minisign",
                next_step="give the line of 56 characters that begins with RW, as "
                "`miner snapshot keygen` and minisign print it",
            )
        return cls(data[2:10], data[10:])

    @property
    def name(self) -> str:
        """Its identity, as minisign prints it."""
        return self.id[::-1].hex().upper()

    def render(self) -> str:
        """Return the line that stands for it in settings."""
        return base64.b64encode(_PURE + self.id + self.raw).decode()


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key to sign with, kept as minisign keeps one without a password (``minisign -G -W``)."""

    id: bytes
    seed: bytes

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls(secrets.token_bytes(_ID), secrets.token_bytes(_KEY))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a secret key.

        Raises:
            ConfigurationError: The file cannot be read, holds none, or one with a password.
        """
        try:
            data = base64.b64decode(_line(path.read_text(encoding="ascii")), validate=True)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"the secret key {path} cannot be read: {error}",
                next_step="miner snapshot keygen FILE makes one",
            ) from error
        if data[:2] == _PURE and data[2:4] != _NO_PASSWORD:
            raise ConfigurationError(
                f"the secret key {path} has a password, which miner does not ask for",
                next_step="sign with minisign -S -m manifest.json, or make a key without: -G -W",
            )
        id_, seed, public = data[54:62], data[62:94], data[94:126]
        key = cls(id_, seed) if len(data) == 158 else None
        if key is None or key.public.raw != public or key._checksum() != data[126:]:
            raise ConfigurationError(
                f"{path} is no secret key of minisign",
                next_step="miner snapshot keygen FILE makes one",
            )
        return key

    @property
    def public(self) -> PublicKey:
        """The key that checks its signatures."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return PublicKey(self.id, key.public_bytes_raw())

    def write(self, path: Path) -> None:
        """Write it to a new file that only its owner may read, its public key beside it.

        Raises:
            ConfigurationError: A file is there already.
            OSError: It cannot be written.
        """
        limits = bytes(32 + 8 + 8)  # salt, operations and memory of a password
        data = _PURE + _NO_PASSWORD + _CHECKSUM + limits
        data += self.id + self.seed + self.public.raw + self._checksum()
        beside = path.with_name(f"{path.name}.pub")
        if path.exists() or beside.exists():
            raise ConfigurationError(
                f"{path} or {beside.name} is there already", next_step="name another file"
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{_UNTRUSTED}secret key {self.public.name}, without a password\n")
            file.write(f"{base64.b64encode(data).decode()}\n")
        beside.write_text(
            f"{_UNTRUSTED}minisign public key {self.public.name}\n{self.public.render()}\n",
            encoding="ascii",
        )

    def sign(self, data: bytes, comment: str) -> bytes:
        """Return the signature of some bytes as a file; the same bytes give the same."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        signed = key.sign(hashlib.blake2b(data).digest())
        both = key.sign(signed + comment.encode())
        first = base64.b64encode(_HASHED + self.id + signed).decode()
        lines = (
            f"{_UNTRUSTED}signature by miner", first,
            f"{_TRUSTED}{comment}", base64.b64encode(both).decode(),
        )  # fmt: skip
        return "".join(f"{line}\n" for line in lines).encode()

    def _checksum(self) -> bytes:
        content = _PURE + self.id + self.seed + self.public.raw
        return hashlib.blake2b(content, digest_size=32).digest()


def check_signature(data: bytes, signature: bytes | None, keys: Iterable[PublicKey]) -> str:
    """Check who signed a manifest, as far as keys are known.

    Args:
        data: The manifest.
        signature: What stands beside it, None where there is nothing.
        keys: Those of the user's settings; none: nothing is checked.

    Returns:
        What to say of it, as ``signed by 0123456789ABCDEF``.

    Raises:
        InvalidData: Keys are known, and it is not signed with one of them.
    """
    known = {key.id: key for key in keys}
    if signature is None:
        if known:
            raise _refused("it is not signed")
        return "unsigned"
    try:
        algorithm, id_, signed, comment, both = _parse(signature)
    except (ValueError, binascii.Error) as error:
        if known:
            raise _refused("its signature is damaged") from error
        return "with a signature that is damaged"
    name = PublicKey(id_, b"").name
    if not known:
        return f"signed by {name}, which is not checked: no key is set (MINER_SNAPSHOT_KEYS)"
    if id_ not in known:
        raise _refused(f"it is signed by {name}, a key that is not set")
    key = Ed25519PublicKey.from_public_bytes(known[id_].raw)
    try:
        key.verify(signed, hashlib.blake2b(data).digest() if algorithm == _HASHED else data)
        key.verify(both, signed + comment)
    except InvalidSignature as error:
        raise _refused(f"its signature is not one of {name} over this manifest") from error
    return f"signed by {name}"


def _refused(why: str) -> InvalidData:
    return InvalidData(
        f"the snapshot is refused: {why}",
        kept="the snapshots that were here before",
        next_step="ask its publisher; MINER_SNAPSHOT_KEYS names the keys that you trust",
    )


def _line(text: str) -> str:
    """Return the line of a key: the last, behind a comment."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _parse(signature: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    if len(signature) > MAX_SIGNATURE_BYTES:
        raise ValueError("too long")
    _, first, comment, last = signature.decode().splitlines()
    data, both = (base64.b64decode(line, validate=True) for line in (first, last))
    is_whole = len(data) == 2 + _ID + _SIGNATURE and len(both) == _SIGNATURE
    if not is_whole or data[:2] not in {_PURE, _HASHED} or not comment.startswith(_TRUSTED):
        raise ValueError("no signature")
    return data[:2], data[2:10], data[10:], comment.removeprefix(_TRUSTED).encode(), both
