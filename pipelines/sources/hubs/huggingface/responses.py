"""What an answer of the Hugging Face Hub means: files, records, pages, and what is none of its own.

The Hub names an error in ``X-Error-Code`` and ``X-Error-Message``, and a file's blob in
``X-Linked-ETag`` (first hop) or ``ETag``. Pure functions of an answer, so that the archive is read
by the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from miner.errors import RetryLater
from miner.pipelines.sources.http import REDIRECTS, RawAnswer, is_head
from miner.pipelines.sources.hubs import listing_pages as pages
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.payload import digest_in, has_digest, is_blob_sha, is_page
from miner.pipelines.sources.records.values import excerpt
from miner.schema.vocab import AnswerKind, FileState, ModelState

_FILE_STATE_BY_CODE = {
    "GatedRepo": FileState.GATED,
    "EntryNotFound": FileState.MISSING,
    "RevisionNotFound": FileState.MISSING,
    "RepoNotFound": FileState.GONE,
}
_FILE_STATE_BY_STATUS = {
    401: FileState.GONE,
    403: FileState.DISABLED,
    404: FileState.MISSING,
    410: FileState.GONE,
    416: FileState.MISSING,  # an empty file has no first byte
    451: FileState.DISABLED,
}
_RECORD_STATE_BY_STATUS = {
    200: ModelState.PRESENT,
    401: ModelState.GONE_OR_PRIVATE,
    403: ModelState.DISABLED,
    404: ModelState.GONE,
    410: ModelState.GONE,
    451: ModelState.DISABLED,
}


def is_listing_page(answer: ReceivedAnswer) -> bool:
    """Tell whether an answer is a page of the listing, whole or cut."""
    return answer.status == 200 and pages.is_list(answer.body)


def file_state(answer: ReceivedAnswer) -> tuple[FileState, str | None]:
    """Return what an answer of the resolver means (wire notes 3 and 4), and the reason.

    A 401 without an error code means that the repository is gone or private. A page in place of
    the file, or of the Hub's own error, says nothing of the file: it is asked for again.
    """
    message = answer.headers.get("x-error-message") or f"status {answer.status}"
    if "head" in answer.context and is_head(answer.status, answer.headers):
        fault = file_fault(answer.headers, answer.body, is_cut=True)
        return (FileState.FAILED, fault) if fault else (FileState.FETCHED, None)
    if answer.status == 200:
        if answer.context.get("cut"):
            return FileState.TOO_LARGE, f"more than {answer.context['cut']} bytes"
        fault = file_fault(answer.headers, answer.body, answer.context.get("blob", ""))
        return (FileState.FAILED, fault) if fault else (FileState.FETCHED, None)
    if is_foreign(answer.headers, answer.body):
        return FileState.FAILED, f"status {answer.status}, and a web page that is not the hub's"
    by_code = _FILE_STATE_BY_CODE.get(answer.headers.get("x-error-code", ""))
    return by_code or _FILE_STATE_BY_STATUS.get(answer.status, FileState.FAILED), message


def record_state(answer: ReceivedAnswer) -> ModelState | None:
    """Return the state that the answer to a record's address shows, None for no proper answer.

    A token that does not work was found out before: a 401 without an error code is a
    repository that is missing or private (wire notes 0.2). A web page that is not the Hub's own
    says nothing of the repository.
    """
    if answer.status != 200 and is_foreign(answer.headers, answer.body):
        return None
    return _RECORD_STATE_BY_STATUS.get(answer.status)


def linked_digest(answer: ReceivedAnswer) -> str:
    """Return the digest of the file that a redirect of the resolver names, empty if none."""
    return digest_in(answer.headers.get("x-linked-etag", "")) if answer.status in REDIRECTS else ""


def file_fault(
    headers: Mapping[str, str],
    body: bytes,
    named: str = "",
    *,
    is_cut: bool = False,
    requires_identity: bool = False,
) -> str | None:
    """Return why the bytes of a 200 are not the file that was asked for, None if nothing says so.

    Args:
        headers: The answer's headers, names in lower case.
        body: Its bytes.
        named: Digest that an earlier hop named (``linked_digest``), empty if none did.
        is_cut: The bytes are the beginning only: their digest says nothing.
        requires_identity: The Hub names the digest or the commit of every file, so an answer
            without either is none.
    """
    digest = named or digest_in(headers.get("etag", ""))
    if digest and not is_cut:
        if has_digest(body, digest):
            return None
        # a content host names large files by a digest of its own
        if named or is_blob_sha(digest):
            return f"its bytes are not those of {digest}"
    if is_page(headers, body) and not (is_cut and digest):
        return "it is a web page, and not the file"
    is_proven = bool(digest) or "x-repo-commit" in headers
    return None if is_proven or not requires_identity else "it does not say which file it is"


def is_foreign(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether an error is a page that is not the Hub's own.

    The Hub says in a header what is wrong; a proxy that answers in its place does not.
    """
    is_own = "x-error-code" in headers or "x-error-message" in headers
    return not is_own and is_page(headers, body)


_LOOKS_WHOLE = {
    AnswerKind.LISTING.value: pages.is_whole_list,
    AnswerKind.RECORD.value: pages.is_whole_record,
}
"""How a good body is told from one that was cut short, or is somebody else's page, by kind."""


def body_fault(kind: str, digest: str, answer: RawAnswer) -> str | None:
    """Return why a 200 is not what was asked for, None if nothing says so.

    The Hub sends every file with its commit, and its blob sha as the entity tag.
    """
    if kind == AnswerKind.FILE:
        return file_fault(
            answer.headers, answer.body, digest, is_cut=answer.is_cut, requires_identity=True
        )
    looks_whole = _LOOKS_WHOLE.get(kind, pages.is_whole)
    return None if looks_whole(answer.body) else "it is something else, or ended in the middle"


def not_from_the_hub(kind: str, digest: str, answer: RawAnswer) -> str | None:
    """Return why an answer is not the Hub's own, None where it may be.

    What is no list, or no record, ``require_json`` tells.
    """
    if answer.status != 200:
        is_strange = is_foreign(answer.headers, answer.body)
        return f"a web page with status {answer.status}, not the Hub's" if is_strange else None
    if kind == AnswerKind.FILE or is_page(answer.headers, answer.body):
        return body_fault(kind, digest, answer)
    return None


def account_of(body: bytes) -> str:
    """Return the account and the name of the token that ``whoami`` tells of."""
    try:
        answer = json.loads(body)
        token = (answer.get("auth") or {}).get("accessToken") or {}
        return f"{answer.get('name') or '?'}/{token.get('displayName') or '?'}"[:200]
    except (ValueError, AttributeError):  # a mirror that does not know the question
        return "?"


def require_json(answer: RawAnswer, kind: str) -> None:
    """Check that a 200 is what the Hub sends: it may be a maintenance page, or a proxy's.

    A list that ends in the middle passes: what it holds is kept.

    Raises:
        RetryLater: It is something else.
    """
    if answer.status != 200 or answer.is_cut:
        return
    if kind == AnswerKind.LISTING and not pages.is_list(answer.body):
        what, place = "its listing with something that is no list of records", "page"
    elif kind == AnswerKind.RECORD and not pages.is_whole_record(answer.body):
        what, place = "a request for a record with something that is none", "batch"
    else:
        return
    raise RetryLater(
        f"the hub answers {what}: {excerpt(answer.body[:400].decode('utf-8', 'replace'))}",
        next_step="run the same command again later: it goes on where it stopped",
        kept=f"everything up to the last committed {place}",
    )


def error_text(body: bytes) -> str:
    """Return what an error says, or its whole body where that is no JSON."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    return str(answer.get("error", "")) if isinstance(answer, dict) else ""
