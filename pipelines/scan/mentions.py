"""Models that are only named: in documentation, comments, docstrings, messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.scan import model_names
from miner.pipelines.scan.model_names import ModelName
from miner.schema.patterns import bounded

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]`]+")
_TOKEN = re.compile(r"[A-Za-z0-9][\w.-]*(?:[/:][\w.-]+)*")
_LOADER = bounded(
    r"from_pretrained|SentenceTransformer\(|pipeline\(|--model|hf download|huggingface-cli"
    r"|vllm serve|hf_hub_download|snapshot_download|model\w*[\"']?\s*[=:]"
)
_COMMAND = re.compile(r"\bollama\s+(?:run|pull|show|create)\s+([\w./:-]+)")


class Mentions:
    """Finds names in prose.

    Args:
        used: Names that the repository uses, lower case: named elsewhere, they are mentioned.
    """

    def __init__(self, used: set[str]) -> None:
        self._used = used

    def named_in(self, text: str) -> Iterator[ModelName]:
        """Return the models that a line of prose names, each once."""
        seen: set[str] = set()
        for name in self._candidates(text):
            key = name.model.lower()
            if key not in seen and not model_names.is_placeholder(name.model):
                seen.add(key)
                yield name

    def _candidates(self, text: str) -> Iterator[ModelName]:
        bare = text
        if "://" in text:
            for address in _ADDRESS.findall(text):
                sure = model_names.read_sure(address.rstrip(".,;:"))
                if sure is not None:
                    yield sure
            bare = _ADDRESS.sub(" ", text)
        if "ollama" in text:
            for name in _COMMAND.findall(text):
                yield ModelName(model_names.OLLAMA, name)
        for found in _TOKEN.findall(bare):
            if "/" not in found and "-" not in found and "_" not in found:
                continue  # a word
            token = found.rstrip(".:")
            if model_names.is_spacy(token):
                yield ModelName(model_names.SPACY, token)
            elif token.lower() in self._used or (
                model_names.is_shaped(token) and _LOADER.search(bare) is not None
            ):
                yield ModelName(model_names.HUGGINGFACE, token)
