"""Names of Ollama's library outside a loading call: where both Ollama and a model are spoken of.

Such a name (``mistral``, ``llama3.2:1b``) could be anything, so what it is called has to say that
it is a model, and something near it that the model is Ollama's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from miner.pipelines.scan import model_names, name_words
from miner.pipelines.scan.flow import LoadingCall, SourceString, ValueOrigin
from miner.pipelines.scan.signatures import CallSignature

_SIGNATURE = CallSignature("ollama", "ollama", model_names.OLLAMA, names="ollama", is_precise=True)
# Services whose models are called alike; a file that names one of them may mean its models.
_OTHERS = re.compile(
    r"openai|anthropic|groq|mistral\.?ai|together|openrouter|gemini|bedrock|cohere|perplexity"
    r"|fireworks|hugging_?face|lm_?studio|vllm",
    re.IGNORECASE,
)


# ``owner/name:tag``; the tag says a size or a quantization.
_TAGGED = re.compile(
    r"^(?:[a-z0-9][\w.-]*/)?[a-z0-9][a-z0-9._-]*:(?:\d+(?:\.\d+)?[bm]\b|latest$|q\d)", re.IGNORECASE
)


def is_about(text: str) -> bool:
    """Return whether a file speaks of Ollama and of no other service with models.

    Its port says so too, where it is used through the interface of another service.
    """
    if ":11434" in text:
        return True
    return "ollama" in text.lower() and _OTHERS.search(text) is None


def says_ollama(names_around: Iterable[str]) -> bool:
    """Return whether any of the names around a string names Ollama."""
    return any("ollama" in name.lower() for name in names_around)


def is_tagged(text: str) -> bool:
    """Return whether a text is a name of a family of Ollama's with a tag, and nothing else."""
    return ":" in text and "/" not in text and model_names.is_ollama_family(text)


def could_be(text: str) -> bool:
    """Return whether a text may be a name of Ollama's: of a family that is known, or with a tag."""
    has_tag = ":" in text and _TAGGED.match(text) is not None
    return has_tag or model_names.is_ollama_family(text)


def load(text: SourceString, path: tuple[str, ...], *, is_mock: bool = False) -> LoadingCall | None:
    """Return the load that a string stands for; None if it names no model.

    Args:
        text: The string, of which Ollama is known to be meant.
        path: The names it stands under, outermost first.
        is_mock: Whether it stands in a test against a mocked service.
    """
    has_tag = ":" in text.text and not path
    if not could_be(text.text):
        return None
    if has_tag and not model_names.is_ollama_family(text.text):
        return None  # an image, a host with a port, a time
    if not has_tag and name_words.says_path(path) is not name_words.Says.MODEL:
        return None
    return LoadingCall(
        _SIGNATURE, ".".join(path[-2:]) or "ollama", text.line, text.path, text.text,
        (ValueOrigin(text),), is_mock=is_mock,
    )  # fmt: skip
