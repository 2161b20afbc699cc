"""From the text of a Python file to its syntax tree; what can be read of one that has none."""

from __future__ import annotations

import ast
import re
import warnings

from miner.pipelines.scan import model_names, prefilter
from miner.pipelines.scan.flow import (
    Candidate,
    FileSummary,
    LoadingCall,
    SourceString,
    ValueOrigin,
)
from miner.pipelines.scan.signatures import find_calls
from miner.schema.patterns import bounded

MAX_MARKS = 150_000
"""Of one file: operators, brackets and ends of lines outside comments, which a syntax tree grows
with. Written by hand, that is 1.5 MB of code; each takes about 1 kB and 20 microseconds."""


_MARKS = b".,:;()[]{}=+-*/%@&|^~<>\n"
_NO_MARKS = bytes(set(range(256)) - set(_MARKS))
_MOST_PARTS = 200  # of a dotted name
_NO_DOTS = bytes(range(256)).translate(None, b"!\"#$%&'()*+,-./:;<=>?@[]^`{|}~")


class DenseCode(SyntaxError):
    """More code than is parsed."""


def _has_endless_name(text: str) -> bool:
    """Return whether there is a dotted name of which Python's parser keeps every beginning.

    Memory grows with the square: 40 kB of ``import a.a.a`` take 400 MB.
    """
    data = text.encode("utf-8", "replace")
    dots = b"." * _MOST_PARTS
    if data.count(b".") < _MOST_PARTS or dots not in data.translate(None, _NO_DOTS):
        return False
    return dots in prefilter.without_prose(data).translate(None, _NO_DOTS)


def _is_dense(text: str) -> bool:
    data = text.encode("utf-8", "replace")
    if len(data.translate(None, _NO_MARKS)) <= MAX_MARKS:
        return False
    return len(prefilter.without_prose(data).translate(None, _NO_MARKS)) > MAX_MARKS


def parse(text: str) -> ast.Module:
    """Return the syntax tree of source.

    Args:
        text: The source.

    Raises:
        SyntaxError: It is no Python 3, or nested too deeply to be read.
        DenseCode: There is too much code for one syntax tree.
    """
    if _is_dense(text):
        raise DenseCode("too much code for one syntax tree")
    if _has_endless_name(text):
        raise SyntaxError(f"a name of {_MOST_PARTS} parts or more")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (RecursionError, MemoryError, ValueError) as error:
        raise SyntaxError(str(error)) from error


_CONFIG_FOLDER = re.compile(r"(^|/)conf(ig|igs|s)?/|(^|/)config[^/]*\.py$")
_NO_CONFIG = bounded(r"^\s*(def|class|import|from|for|while|async)\b", re.MULTILINE)


def is_config(path: str, text: str) -> bool:
    """Return whether a Python file is a config: only assignments, run over another file's names."""
    return _CONFIG_FOLDER.search(path) is not None and not _NO_CONFIG.search(text)


_LOADED = bounded(
    r"(from_pretrained|SentenceTransformer|pipeline|hf_hub_download|snapshot_download)\s*\("
    r"[^)\n]*?[\"']([A-Za-z0-9][\w.-]*(?:/[\w.-]+)?)[\"']"
)
_ASSIGNED = re.compile(r"^\s*([A-Za-z_]\w*)\s*=\s*[\"']([^\"'\s]+)[\"']")


def read_broken(path: str, text: str, blob_sha: str) -> FileSummary:
    """Return what lines tell of a file that is no Python 3: Python 2, a template, a fragment.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
    """
    summary = FileSummary(path, blob_sha)
    for number, line in enumerate(text.split("\n"), 1):
        if summary.loads.is_full or summary.candidates.is_full:
            summary.loads.cut += bool(line)  # a name at the most
            continue
        if len(line) > 2000 or line.lstrip().startswith("#"):
            continue
        for found in _LOADED.finditer(line):
            for signature in find_calls(("*", found.group(1)), is_known=False)[:1]:
                text_ = SourceString(found.group(2), number, "call-literal", path)
                summary.loads.append(
                    LoadingCall(
                        signature,
                        found.group(1),
                        number,
                        path,
                        found.group(2),
                        (ValueOrigin(text_),),
                    )
                )
        if assigned := _ASSIGNED.match(line):
            text_ = SourceString(assigned.group(2), number, "constant", path)
            if model_names.is_shaped(text_.text):
                summary.candidates.append(Candidate(text_, (assigned.group(1),)))
    return summary
