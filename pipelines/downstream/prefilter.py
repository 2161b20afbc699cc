"""Which files are worth reading: one pass over the bytes with one compiled alternation a kind."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from miner.pipelines.downstream.files import FileKind
from miner.pipelines.downstream.signatures import libraries

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
_PROSE = rb"huggingface\.co/|from_pretrained|hf\.co/|[\w.-]+/[\w.-]+|ollama |`[\w.-]+`"


@cache
def _python() -> re.Pattern[bytes]:
    tokens = sorted(
        {re.escape(token.encode()) for library in libraries().values() for token in library.tokens},
        key=lambda token: (-len(token), token),
    )
    return re.compile(b"|".join([_SHAPES, _QUOTED, _LEGACY, *tokens]))


_CONFIG = re.compile(_SHAPES + b"|" + _BARE + b"|" + _MODEL_WORD)
_SCRIPT = re.compile(_SHAPES + b"|" + _QUOTED + rb"|\w*(?:owner|namespace)\w*\s*[:=]\s*[\"']")
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
    return _SCRIPT.search(data) is not None


def any_word(names: Collection[str]) -> re.Pattern[bytes] | None:
    """Return a pattern for any of these names as a whole word; None if there are none."""
    chosen = sorted(name for name in names if name.isidentifier() and name.isascii())[:5_000]
    if not chosen:
        return None
    return re.compile(rb"\b(?:" + b"|".join(name.encode() for name in chosen) + rb")\b")
