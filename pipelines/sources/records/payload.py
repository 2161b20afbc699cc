"""Whether an answer is what was asked for, or a page that somebody put in its place.

A service that is down, a proxy or a login wall answers everything with status 200 and a web page.
What a hub sends of a repository carries a proof: the git blob sha or the SHA-256 of the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,200}<(?:!doctype\s{1,20}html|html)\b", re.IGNORECASE)
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_GIT_DIGITS = 40


def blob_sha(body: bytes) -> str:
    """Return git's sha of a blob: SHA-1 over ``blob <size>``, a NUL and the bytes."""
    return hashlib.sha1(b"blob %d\x00" % len(body) + body, usedforsecurity=False).hexdigest()


def is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether an answer is a web page.

    Args:
        headers: Its headers, names in lower case.
        body: Its body, or the beginning of it.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in {"text/html", "application/xhtml+xml"} or _PAGE.match(body[:400]) is not None


def digest_in(tag: str) -> str:
    """Return the digest in an entity tag, empty where it is something else.

    40 hexadecimal digits are a git blob sha; 64 are the SHA-256 of a file in large file storage.
    """
    text = tag.strip().removeprefix("W/").strip('"')
    return text if _SHA.fullmatch(text) else ""


def is_blob_sha(digest: str) -> bool:
    """Tell whether a digest is a git blob sha, and not a SHA-256."""
    return len(digest) == _GIT_DIGITS


def has_digest(body: bytes, digest: str) -> bool:
    """Tell whether bytes have a git blob sha or a SHA-256."""
    found = blob_sha(body) if is_blob_sha(digest) else hashlib.sha256(body).hexdigest()
    return found == digest
