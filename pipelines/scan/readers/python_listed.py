"""Reads Python of a large library by its strings alone, without parsing it.

A library that loads models names thousands of them in its own source. Beyond a bound its files are
not parsed any more: the name that a string stands under is enough to list what the library offers.
"""

from __future__ import annotations

import re

from miner.pipelines.scan import model_names
from miner.pipelines.scan.flow import Candidate, FileSummary, SourceString
from miner.pipelines.scan.readers import plain_text
from miner.schema.patterns import bounded

_STRING = re.compile(r"[\"']([A-Za-z0-9][\w.:/@-]{3,200})[\"']", re.ASCII)
_NAME = bounded(r"([A-Za-z_]\w*)[\"']?\]?\s*(?:=|:|\()\s*[\[({]?\s*$")


def read(path: str, text: str, blob_sha: str, pieces: list[tuple[int, str]]) -> FileSummary:
    """Return the hub-shaped strings of a file with the name each stands behind.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
        pieces: Its docstrings and comments, each with its first line.
    """
    summary = plain_text.read_pieces(path, pieces, blob_sha)
    quoted = {line + offset for line, piece in pieces for offset in range(piece.count("\n") + 1)}
    for number, line in enumerate(text.split("\n"), 1):
        if number in quoted or "/" not in line or len(line) > 2_000:
            continue
        for found in _STRING.finditer(line):
            if model_names.is_shaped(found[1]) or model_names.read_sure(found[1]):
                name = _NAME.search(line, 0, found.start())
                text_ = SourceString(found[1], number, "constant", path)
                summary.candidates.append(Candidate(text_, (name[1],) if name else ()))
    return summary
