"""Reads documentation, and anything else as plain text: what is named there is a mention."""

from __future__ import annotations

from miner.pipelines.scan.flow import Summary
from miner.pipelines.scan.readers import python_held


def read(path: str, text: str, blob_sha: str) -> Summary:
    """Return the lines of a text in which a model could be named.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
    """
    summary = Summary(path, blob_sha, state="as-text")
    for offset, line in enumerate(text.split("\n"), 1):
        if summary.mentions.is_full:
            summary.mentions.cut += bool(line)  # a name or more
            continue
        summary.mentions += python_held.said_in(line[:2000], offset, path)
    return summary


def read_pieces(path: str, pieces: list[tuple[int, str]], blob_sha: str) -> Summary:
    """Return the lines of some pieces of a file in which a model could be named.

    Args:
        path: The file.
        pieces: The first line of each, and its text.
        blob_sha: Its git blob sha.
    """
    summary = Summary(path, blob_sha)
    for line, text in pieces:
        summary.mentions += python_held.said_in(text, line, path)
    return summary
