"""Whether an answer is what was asked for, or a page that somebody put in its place.

A service that is down, a proxy or a login wall answers everything with status 200 and a web page.
What a hub sends of a repository carries a proof: the git blob sha or the SHA-256 of the file, or at
least the commit that it is of.
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


def linked_sha(headers: Mapping[str, str]) -> str:
    """Return the file's digest that the first hop of a download names, empty if none.

    40 hexadecimal digits are a git blob sha; 64 are the SHA-256 of a file in large file storage.
    """
    return _digest(headers.get("x-linked-etag", ""))


def file_fault(
    headers: Mapping[str, str],
    body: bytes,
    named: str = "",
    *,
    is_cut: bool = False,
    needs_proof: bool = False,
) -> str | None:
    """Return why the bytes of a 200 are not the file that was asked for, None if nothing says so.

    Args:
        headers: The answer's headers, names in lower case.
        body: Its bytes.
        named: Digest that an earlier hop named (``linked_sha``), empty if none did.
        is_cut: The bytes are the beginning only: their digest says nothing.
        needs_proof: The service proves every file, so an answer without a proof is none.
    """
    digest = named or _digest(headers.get("etag", ""))
    if digest and not is_cut:
        if _sha_of(body, digest) == digest:
            return None
        # a content host names large files by a digest of its own
        if named or len(digest) == _GIT_DIGITS:
            return f"its bytes are not those of {digest}"
    if is_page(headers, body) and not (is_cut and digest):
        return "it is a web page, and not the file"
    is_proven = bool(digest) or "x-repo-commit" in headers
    return None if is_proven or not needs_proof else "it does not say which file it is"


def is_foreign(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether an error is a page that is not the hub's own.

    The hub says in a header what is wrong; a proxy that answers in its place does not.
    """
    is_own = "x-error-code" in headers or "x-error-message" in headers
    return not is_own and is_page(headers, body)


def _digest(tag: str) -> str:
    """Return the digest in an entity tag, empty where it is something else."""
    text = tag.strip().removeprefix("W/").strip('"')
    return text if _SHA.fullmatch(text) else ""


def _sha_of(body: bytes, like: str) -> str:
    return blob_sha(body) if len(like) == _GIT_DIGITS else hashlib.sha256(body).hexdigest()
