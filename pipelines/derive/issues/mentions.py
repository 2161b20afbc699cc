"""Which models and libraries a text of an issue names. Text alone; the store says what is known.

The rules, the surest first (``vocab.IssueMethod``):

- an address on a hub that names a model;
- ``owner/name`` in exactly the spelling of a model that is known;
- ``owner/name`` on a line with a loading call or command, where it is no path and no placeholder;
- a name without owner that the store has (``bert-base-uncased``), in quotes or as code, with a
  hyphen or digit;
- the path of a file of the repository that loads a model, beside the name of a library.

``owner/name#12`` is another issue, ``github.com/owner/name`` a repository: neither is a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from miner.content import version_of
from miner.pipelines.scan import model_names
from miner.pipelines.scan.signatures import libraries
from miner.pipelines.sources.hubs import hub_profiles
from miner.schema.patterns import bounded
from miner.schema.vocab import DEFAULT_HUB, IssueMethod

_MOST_MODELS = 200
"""Models of one text; a list of thousands names none in particular."""

_ADDRESS = bounded(r"https?://[^\s\"'<>)\]`|]+")
_NAME = bounded(
    r"(?<![\w./@-])(?:hf\.co/)?[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}(?![\w./#@-])",
    re.ASCII,
)
_QUOTED = re.compile(r"[\"'`]([A-Za-z][\w.-]{3,95})[\"'`]", re.ASCII)
_PATH = re.compile(
    r"(?<![\w./-])(?:\./)?((?:[\w.-]{1,100}/){0,12}[\w.-]{1,100}\.\w{1,8})(?!\w)", re.ASCII
)
_LOADER = bounded(
    r"from_pretrained|SentenceTransformer\(|CrossEncoder\(|pipeline\(|--model\b|hf download"
    r"|huggingface-cli|vllm serve|hf_hub_download|snapshot_download|model\w*[\"']?\s*[=:]"
)
_COMMON_WORDS = frozenset(
    {"adapters", "asteroid", "candle", "clip", "datasets", "flair", "guidance", "outlines", "ort",
     "stanza", "tts", "torch", "tokenizers", "whisper"}
)  # fmt: skip
"""Packages called like a word: they count where they are imported, installed or written as code."""


@dataclass(frozen=True, slots=True)
class ModelMention:
    """A model that a text names, and how that was recognized."""

    hub: str
    model: str
    quote: str
    method: IssueMethod


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of the names in question.

    Attributes:
        models: Hub by name, of models and of their former names.
        used: Hub by name, of models that the repository uses.
        files: Models by path of the files of the repository that load them: hub and name.
    """

    models: Mapping[str, str]
    used: Mapping[str, str]
    files: Mapping[str, Sequence[tuple[str, str]]]


def rules_version() -> str:
    """Return the version of these rules: that of the code and data that decide."""
    return version_of("miner.pipelines.derive.issues")


def names_in(text: str) -> set[str]:
    """Return the words of a text that could be names of models; which are is for the store."""
    plain = _ADDRESS.sub(" ", text)
    found = {name for name, _ in _shaped(plain)}
    return found | {name for name in _QUOTED.findall(plain) if model_names.is_plain(name)}


def mentions_in(text: str, known: Known, *, with_files: bool) -> list[ModelMention]:
    """Return the models that a text names, each once, by the surest rule.

    Args:
        text: Markdown as its author wrote it.
        known: What the store knows of its names.
        with_files: The issue names a library, so that paths of files count.
    """
    found: dict[tuple[str, str], ModelMention] = {}
    for mention in _mentions(text, known, with_files=with_files):
        found.setdefault((mention.hub, mention.model), mention)
        if len(found) >= _MOST_MODELS:
            break
    return list(found.values())


def libraries_in(text: str) -> set[str]:
    """Return the loading libraries that a text names."""
    if not text:
        return set()
    pattern, code, by_name = _library_words()
    lowered = text.lower()
    found = {by_name[word] for word in pattern.findall(lowered)}
    return found | {by_name[word] for words in code.findall(lowered) for word in words if word}


def _mentions(text: str, known: Known, *, with_files: bool) -> Iterator[ModelMention]:
    for written in _ADDRESS.findall(text):
        address = written.rstrip(".,;:!?*_")
        if named := _at_address(address):
            yield ModelMention(*named, address[:200], IssueMethod.ADDRESS)
    plain = _ADDRESS.sub(" ", text)
    later: list[ModelMention] = []
    for name, is_loaded in _shaped(plain):
        hub = known.models.get(name) or known.used.get(name)
        if hub is not None:
            yield ModelMention(hub, name, name, IssueMethod.KNOWN_NAME)
        elif is_loaded and not model_names.is_hosted(name):
            later.append(ModelMention(DEFAULT_HUB, name, name, IssueMethod.LOADED))
    yield from later
    for name in _QUOTED.findall(plain):
        hub = known.models.get(name)
        if hub is not None and model_names.is_plain(name):
            yield ModelMention(hub, name, name, IssueMethod.BARE_NAME)
    if with_files:
        yield from _by_file(plain, known)


def _by_file(text: str, known: Known) -> Iterator[ModelMention]:
    for path in _PATH.findall(text) if known.files else ():
        for hub, model in known.files.get(path, ()):
            yield ModelMention(hub, model, path[:200], IssueMethod.FILE)


def _shaped(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of the form owner/name, and whether a loader stands on their line."""
    for line in text.splitlines():
        if "/" not in line:
            continue
        is_loaded = _LOADER.search(line) is not None
        for word in _NAME.findall(line):
            name = word.removeprefix("hf.co/").rstrip(".-")
            if model_names.is_shaped(name) and not model_names.is_placeholder(name):
                yield name, is_loaded or word.startswith("hf.co/")


def _at_address(address: str) -> tuple[str, str] | None:
    """Return hub and name of the model that an address on a hub names."""
    sure = model_names.read_sure(address)
    if sure is not None and sure.hub != model_names.OTHER:
        return None if model_names.is_placeholder(sure.model) else (sure.hub, sure.model)
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket that is not closed
        return None
    words = parts.path.strip("/").split("/")
    for profile in hub_profiles():
        if profile.name != DEFAULT_HUB and parts.netloc.lower() in profile.page_hosts:
            name = profile.name_in_path(words)
            if name and not model_names.is_placeholder(name):
                return profile.name, name[:200]
    return None


@cache
def _library_words() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, str]]:
    """Return the patterns of libraries' names, in prose and as code, and whose names they are."""
    by_name: dict[str, str] = {}
    for library in libraries().values():
        if not any(call.hub for call in library.calls) and not library.commands:
            continue
        packages = [*library.packages.get("pypi", ()), *library.packages.get("npm", ())]
        for package in packages:
            for word in {package.lower(), package.lower().replace("-", "_")}:
                by_name.setdefault(word, library.name)
    named = _either(word for word in by_name if word not in _COMMON_WORDS)
    common = _either(word for word in by_name if word in _COMMON_WORDS)
    prose = rf"(?<![\w./@-])({named})(?![\w/-])"
    code = (
        rf"(?:\bimport |\bfrom |\binstall )({common})\b|`({common})`"
        rf"|(?<![\w./-])({common})==\d"
    )
    return re.compile(prose, re.ASCII), re.compile(code, re.ASCII), by_name


def _either(words: Iterator[str] | AbstractSet[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"
