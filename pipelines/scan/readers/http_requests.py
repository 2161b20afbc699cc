"""Reads requests as editors keep and send them: ``POST http://localhost:11434/api/chat``."""

from __future__ import annotations

import re

from miner.pipelines.scan import model_names
from miner.pipelines.scan.flow import FileSummary, LoadingCall, SourceString, ValueOrigin
from miner.pipelines.scan.readers import plain_text, shell_downloads
from miner.pipelines.scan.signatures import CallSignature

_ASKED = CallSignature("ollama", "POST ollama", model_names.OLLAMA, names="ollama", is_precise=True)
_COMMENT = re.compile(r"\s*(?:#|//)")


def read(path: str, text: str, blob_sha: str) -> FileSummary:
    """Return the models that requests to a server on this machine name.

    Args:
        path: The file.
        text: Its content; ``###`` stands between two requests.
        blob_sha: Its git blob sha.
    """
    summary = FileSummary(path, blob_sha)
    request: list[str] = []
    first = 1
    for number, line in enumerate([*text.split("\n"), "###"], 1):
        if line.startswith("###"):
            _request(summary, "\n".join(request), first)
            request, first = [], number + 1
        elif _COMMENT.match(line):
            summary.mentions += plain_text.mentions_in(line, number, path)
            request.append("")
        else:
            request.append(line)
    return summary


def _request(summary: FileSummary, request: str, first: int) -> None:
    for model, offset in shell_downloads.asked_of_ollama(request):
        line = first + request.count("\n", 0, offset)
        text = SourceString(model, line, "config", summary.path)
        summary.loads.append(
            LoadingCall(_ASKED, _ASKED.callee, line, summary.path, model, (ValueOrigin(text),))
        )
