"""Reads documentation, and anything else as plain text: what is named there is a mention."""

from __future__ import annotations

from miner.pipelines.scan.flow import FileSummary, SourceString


def read(path: str, text: str, blob_sha: str) -> FileSummary:
    """Return the lines of a text in which a model could be named.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
    """
    summary = FileSummary(path, blob_sha, state="as-text")
    for offset, line in enumerate(text.split("\n"), 1):
        if summary.mentions.is_full:
            summary.mentions.cut += bool(line)  # a name or more
            continue
        summary.mentions += mentions_in(line[:2000], offset, path)
    return summary


def read_pieces(path: str, pieces: list[tuple[int, str]], blob_sha: str) -> FileSummary:
    """Return the lines of some pieces of a file in which a model could be named.

    Args:
        path: The file.
        pieces: The first line of each, and its text.
        blob_sha: Its git blob sha.
    """
    summary = FileSummary(path, blob_sha)
    for line, text in pieces:
        summary.mentions += mentions_in(text, line, path)
    return summary


def mentions_in(text: str, line: int, path: str) -> list[SourceString]:
    """Return the lines of prose that could name a model, without judging them yet."""
    return [
        SourceString(piece.strip()[:500], line + offset, "docs-only", path)
        for offset, piece in enumerate(text.split("\n"))
        if "/" in piece or "-" in piece or "_" in piece
    ][:400]
