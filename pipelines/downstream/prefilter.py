"""Which files are worth reading: one pass over the bytes with one compiled alternation a kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache

from miner.pipelines.downstream.files import FileKind
from miner.pipelines.downstream.signatures import Library, libraries

# What a name itself brings along, in any kind of file: a quoted owner/name, an address, a prefix.
_SHAPES = (
    rb"hf://|ollama|huggingface\.co/|hf\.co/|hf-hub:|_(?:sm|md|lg|trf)\b"
    rb"|https?://[^\s\"']+\.(?:pth?|ckpt|safetensors|onnx|gguf|bin)\b"
)
# Names from before owners were compulsory, as they begin.
_LEGACY = (
    rb"[\"'](?:(?:distil)?(?:bert|roberta|gpt2)|xlm-|xlnet-|t5-|albert-|camembert-|bart-|all-Mini|all-mpnet"
    rb"|paraphrase-|multi-qa-|msmarco-)[\w-]*[\"']"
)
_QUOTED = rb"[\"'`][A-Za-z0-9][\w.-]{1,95}/[A-Za-z0-9][\w.-]{1,95}[\"'`@:]"
_BARE = rb"[\s\"'=:][A-Za-z0-9][\w.-]{1,95}/[A-Za-z0-9][\w.-]{1,95}(?:[\s\"'@,:]|$)"
_MODEL_WORD = rb"(?i:model|tokenizer|encoder|checkpoint|pretrained|backbone|adapter|llm|embed|lora)"
_PROSE = rb"huggingface\.co/|from_pretrained|hf\.co/|[\w.-]{1,96}/[\w.-]|ollama |`[\w.-]{1,96}`"


@cache
def _python() -> re.Pattern[bytes]:
    tokens = _tokens(libraries().values())
    return re.compile(b"|".join([_SHAPES, _QUOTED, _LEGACY, *tokens]))


@cache
def _script() -> re.Pattern[bytes]:
    tokens = _tokens(library for library in libraries().values() if library.files)
    return re.compile(b"|".join([_SHAPES, _QUOTED, _OWNED, *tokens]))


def _tokens(chosen: Iterable[Library]) -> list[bytes]:
    """Return what the files of these libraries contain, escaped, the longest first."""
    found = {re.escape(token.encode()) for library in chosen for token in library.tokens}
    return sorted(found, key=lambda token: (-len(token), token))


def python_pattern() -> str:
    """Return what Python and notebooks are searched for, as other tools take it."""
    return _python().pattern.decode()


_CONFIG = re.compile(_SHAPES + rb"|^FROM [\w./:-]+\s*$|" + _BARE + b"|" + _MODEL_WORD)
_OWNED = rb"\w*(?:owner|namespace)\w*\s*[:=]\s*[\"']"
_DOCS = re.compile(_PROSE)


def is_interesting(data: bytes, kind: FileKind) -> bool:
    """Return whether a file could name a model or load one.

    Args:
        data: Its bytes.
        kind: What it is.
    """
    if kind in {FileKind.PYTHON, FileKind.NOTEBOOK}:
        return _python().search(data) is not None
    if kind in {FileKind.YAML, FileKind.JSON, FileKind.TOML, FileKind.INI, FileKind.SHELL}:
        return _CONFIG.search(data) is not None
    if kind is FileKind.DOCS:
        return _DOCS.search(data) is not None
    return _script().search(data) is not None


def any_word(names: Collection[str]) -> re.Pattern[bytes] | None:
    """Return a pattern for any of these names as a whole word; None if there are none."""
    chosen = sorted(name for name in names if name.isidentifier() and name.isascii())[:5_000]
    if not chosen:
        return None
    return re.compile(rb"\b(?:" + b"|".join(name.encode() for name in chosen) + rb")\b")
