"""What a command that fetches a file says of it: where it goes, and whether that is weights."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from miner.pipelines.scan import model_names
from miner.schema.patterns import bounded

_OUTPUTS = frozenset({"-O", "-o", "--output", "--output-document", "--out"})
_ASKS_OLLAMA = bounded(r"(?::11434|ollama)[^\s\"']{0,60}/(?:api|v1)/", re.IGNORECASE)
_NAMED = bounded(r"\\?\"(model|name)\\?\"\s*:\s*\\?\"([^\"\\\s]{2,100})\\?\"")
_LOOP = bounded(r"(?:^|[\s;&|({\"'])for\s+(\w{1,40})\s+in\s+([^;\n]{1,600})")
_WORD = re.compile(r"[^\s\"']+")
_ARRAY_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)(?:\[[@*]\])?\}?")


_SHORT_FLAGS = re.compile(r"-[LOSJsfkqcnNvrRm#]+$")


def is_flag(command: str, option: str) -> bool:
    """Return whether an option of a command that fetches a file stands without a value.

    Args:
        command: Its first word.
        option: One option, as ``-sSL``.
    """
    if _SHORT_FLAGS.match(option) is None:
        return option in {"--no-check-certificate", "--no-sign-request", "--recursive", "--fuzzy"}
    return command != "wget" or not option.endswith("O")


def goes_to_weights(arguments: list[str], after: list[str]) -> bool:
    """Return whether what a command fetches is written to a file of weights.

    Args:
        arguments: Its words.
        after: What follows them: ``>``, and a file.
    """
    targets = [value for option, value in itertools.pairwise(arguments) if _writes(option)]
    targets += [
        word.partition("=")[2]
        for word in arguments
        if word.startswith("--") and word.partition("=")[0] in _OUTPUTS
    ]
    if after[:1] in ([">"], [">>"]):
        targets += after[1:2]
    return any(map(model_names.is_weights_file, targets))


def _writes(option: str) -> bool:
    """Return whether what follows an option is a file to write: ``-O``, ``-qO``, ``--output``."""
    return option in _OUTPUTS or _SHORT_OUTPUT.match(option) is not None


_SHORT_OUTPUT = re.compile(r"-[a-zA-Z]{1,8}[oO]$")


def asked_of_ollama(line: str) -> Iterator[tuple[str, int]]:
    """Yield the models, with their places, that a request to a server of Ollama names.

    Args:
        line: A command.
    """
    if _ASKS_OLLAMA.search(line):
        yield from models_in(line)


def models_in(body: str) -> Iterator[tuple[str, int]]:
    """Yield the models, with their places, that the body of a request to Ollama names.

    Args:
        body: JSON, also with its quotes escaped.
    """
    fields = list(_NAMED.finditer(body))
    models = [found for found in fields if found.group(1) == "model"]
    for found in models or fields:  # beside a model, a name is that of a tool
        yield found.group(2), found.start(2)


def loops_in(line: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Yield the variables of loops, and the words that each takes in turn, with their places.

    Args:
        line: A command.
    """
    for found in _LOOP.finditer(line):
        words = _WORD.finditer(found.group(2))
        yield found.group(1), [(word.group(), found.start(2) + word.start()) for word in words]


def array_variable(word: str) -> str | None:
    """Return the variable that a word is: ``$names``, ``${names[@]}``; None if it is none."""
    found = _ARRAY_VARIABLE.fullmatch(word)
    return found.group(1) if found else None
