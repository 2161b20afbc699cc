"""What is searched for on GitHub: terms of code from the signatures, topics of repositories.

The legacy code search knows words alone: a term is one or two words that a file with a loading
call has, and a qualifier that keeps other files out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from miner.pipelines.scan.signatures import LibrarySignatures, libraries

_LANGUAGES = {
    "js": ("javascript", "typescript"),
    "rust": ("rust",),
    "java": ("java", "kotlin", "scala"),
    "go": ("go",),
    "csharp": ("csharp",),
    **{name: (name,) for name in ("swift", "dart", "ruby", "php", "r", "julia", "elixir", "cpp")},
}
_PYTHON = ("language:python", 'language:"jupyter notebook"')
_WORD = re.compile(r"\w+")
_MOST_CALLS = 3
_MOST_TOKENS = 3
_MOST_COMMANDS = 3
_NOT_SEARCHED = frozenset({"containers", "datasets", "weights"})
"""Signatures of words that are everywhere: what they find is found in repositories known."""

FURTHER_TERMS: tuple[tuple[str, str], ...] = (
    *(
        ("configuration", f"{key} extension:{extension}")
        for key in ("model_name_or_path", "base_model", "hf_model_id")
        for extension in ("yaml", "yml", "json", "toml", "env")
    ),
    ("configuration", "huggingface filename:values.yaml"),
    ("vllm", '"vllm openai" extension:yml'),
    ("vllm", '"vllm openai" extension:yaml'),
    ("ort", "ort session huggingface language:rust"),
    ("huggingface", '"huggingface co" "resolve main" language:shell'),
)
"""What no signature says: keys of configurations, images, addresses of files."""

TOPICS = (
    "huggingface", "huggingface-transformers", "transformers", "sentence-transformers", "diffusers",
    "stable-diffusion", "llm", "langchain", "llamaindex", "vllm", "llama-cpp", "gguf", "ollama",
    "peft", "lora", "timm", "open-clip", "whisper", "torch-hub", "spacy", "onnxruntime",
    "transformers-js",
)  # fmt: skip
"""Topics of repositories that often use models."""

WORDS = ("huggingface", "transformers", "sentence-transformers", "diffusers", "vllm", "llama.cpp")
"""Libraries that descriptions name."""


class Term(NamedTuple):
    """A search: what it is about, and the query."""

    topic: str
    query: str


def code_terms() -> list[Term]:
    """Return the searches of code, each query once."""
    found = [term for library in libraries().values() for term in _of_library(library)]
    found += [Term(topic, query) for topic, query in FURTHER_TERMS]
    return list({term.query.lower(): term for term in reversed(found)}.values())[::-1]


def repository_terms() -> list[Term]:
    """Return the searches of repositories."""
    topics = [Term(topic, f"topic:{topic}") for topic in TOPICS]
    return topics + [Term(word, f'"{word}" in:description') for word in WORDS]


def _of_library(library: LibrarySignatures) -> Iterator[Term]:
    """Yield searches for the calls of a library in Python, its name elsewhere, its commands."""
    if library.name in _NOT_SEARCHED:
        return
    tokens = [_phrase(token) for token in library.tokens[:_MOST_TOKENS]]
    parts = sorted({call.parts[-1] for call in library.calls if call.hub})
    if len(parts) <= _MOST_CALLS and not any("*" in part for part in parts):
        found = [_both(token, part) for token in tokens[:1] for part in parts]
    else:
        found = tokens  # one search for all calls is fewer pages than one for each
    is_python = not library.packages or "pypi" in library.packages
    for words in found:
        for language in _PYTHON if is_python else ():
            yield Term(library.name, f"{words} {language}")
    for token in tokens:
        for kind in library.files:
            for language in _LANGUAGES.get(kind, ()):
                yield Term(library.name, f"{token} language:{language}")
    for command in library.commands[:_MOST_COMMANDS]:
        yield Term(library.name, f"{_phrase(' '.join(command.words))} language:shell")
    if library.commands:
        words = _phrase(" ".join(library.commands[0].words))
        yield Term(library.name, f"{words} filename:dockerfile")


def _phrase(text: str) -> str:
    """Return words as they are searched for: together, without punctuation."""
    words = " ".join(_WORD.findall(text))
    return f'"{words}"' if " " in words else words


def _both(token: str, part: str) -> str:
    return part if token in part else f"{token} {part}"
