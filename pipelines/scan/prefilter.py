"""Which files are worth reading: one pass over the bytes with one compiled alternation a kind.

An alternation of hundreds of names is searched twenty times faster by an automaton (RE2) than by
the backtracking of ``re``, and in a time that no input can blow up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from enum import IntEnum
from functools import cache
from typing import Any

import re2

from miner.pipelines.scan import model_names
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.signatures import LibrarySignatures, distinct_hints, libraries

Pattern = Any  # of RE2, which has no types; used as one of ``re`` is


def compiled(pattern: bytes) -> Pattern:
    """Return a pattern of RE2 over the bytes of a file."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, whatever they encode
    options.max_mem = 64 << 20
    return re2.compile(pattern, options)


# What a name itself brings along, in any kind of file: a quoted owner/name, an address, a prefix.
_SHAPES = (
    rb"hf://|[oO]llama|OLLAMA|:11434|huggingface\.co/|hf\.co/|hf-hub:|_(?:sm|md|lg|trf)\b"
    rb"|/releases/download/|https?://[^\s\"']{1,400}\.(?:pth?|ckpt|safetensors|onnx|gguf|bin|task)\b"
)
# Names from before owners were compulsory, as they begin.
_LEGACY = (
    rb"[\"'](?:(?:distil)?(?:bert|roberta|gpt2)|xlm-|xlnet-|t5-|albert-|camembert-|bart-|all-Mini|all-mpnet"
    rb"|paraphrase-|multi-qa-|msmarco-)[\w-]*[\"']"
)
_BARE_LEGACY = rb"(?m:(?:^|[\s\"'=:])" + _LEGACY[5:-5] + rb"(?:[\s\"']|$))"
_QUOTED = rb"[\"'`][A-Za-z0-9][\w.-]{1,95}/[A-Za-z0-9][\w.-]{1,95}[\"'`@:]"
_BARE = rb"[\s\"'=:][A-Za-z0-9][\w.-]{1,95}/[A-Za-z0-9][\w.-]{1,95}(?:[\s\"'@,:]|$)"
_FIELD = rb"<(?:option|input)\s"
_MODEL_WORD = rb"(?i:model|tokenizer|encoder|checkpoint|pretrained|backbone|adapter|llm|embed|lora)"
_WEIGHTS = rb"(?i:weights|\.(?:pth?|ckpt|safetensors|onnx|gguf)\b)"
_PROSE = rb"huggingface\.co/|from_pretrained|hf\.co/|[\w.-]{1,96}/[\w.-]|ollama |`[\w.-]{1,96}`"


@cache
def _python() -> Pattern:
    tokens = _tokens(libraries().values())
    return compiled(b"|".join([_SHAPES, _QUOTED, _LEGACY, *_hints(), *tokens]))


@cache
def _script() -> Pattern:
    tokens = _tokens(library for library in libraries().values() if library.files)
    parts = [_SHAPES, _QUOTED, _OWNED, _LEGACY, _DEFAULTED, _FIELD, _commands(), *tokens]
    return compiled(b"|".join(parts))


@cache
def _cpp() -> Pattern:
    """Return what C is searched for: a quoted path on a line of the preprocessor is none."""
    tokens = _tokens(library for library in libraries().values() if "cpp" in library.files)
    quoted = rb"(?m:^(?:[^#\n]|#\s*define)[^\n]*" + _QUOTED + b")"
    return compiled(b"|".join([_SHAPES, quoted, _commands(), *tokens]))


def _tokens(chosen: Iterable[LibrarySignatures]) -> list[bytes]:
    """Return what the files of these libraries contain, escaped, the longest first."""
    found = {re.escape(token.encode()) for library in chosen for token in library.tokens}
    return sorted(found, key=lambda token: (-len(token), token))


def python_pattern() -> str:
    """Return what Python and notebooks are searched for, as other tools take it."""
    return str(_python().pattern.decode())


_PARTS = [_SHAPES, rb"(?m:^FROM [\w./:-]+\s*$)", _BARE, _MODEL_WORD]
_JSON = compiled(b"|".join(_PARTS))  # large files of data
_CONFIG = compiled(b"|".join([*_PARTS, _BARE_LEGACY, _WEIGHTS]))
_OWNED = rb"(?:owner|namespace)\w{0,40}\s*[:=]\s*[\"']"
_DEFAULTED = rb"\$\{[\w.-]{1,80}:[A-Za-z0-9][\w.-]{1,95}/"  # ``${model.name:owner/name}``
_DOCS = compiled(_PROSE)


def is_interesting(data: bytes, kind: FileKind) -> bool:
    """Return whether a file could name a model or load one.

    Args:
        data: Its bytes.
        kind: What it is.
    """
    if kind in {FileKind.PYTHON, FileKind.NOTEBOOK}:
        return _python().search(data) is not None
    if kind is FileKind.JSON:
        return _JSON.search(data) is not None
    if kind in _CONFIGS:
        is_script = kind is FileKind.SHELL and has_command(data)
        return is_script or _CONFIG.search(data) is not None
    if kind is FileKind.DOCS:
        return _DOCS.search(data) is not None
    if kind is FileKind.CPP:
        return _cpp().search(data) is not None
    return _is_interesting_script(data, kind)


_MOST_IMPORTS = 2_000  # of one file; one with more is read
_IMPORTED = re.compile(rb"(?:\bfrom|\brequire\(?|\bimport\(?)\s?$")
_IMPORTED_GO = re.compile(rb"^\s{0,40}(?:import )?(?:[\w.]{1,80} )?$")


def _is_interesting_script(data: bytes, kind: FileKind) -> bool:
    """Return whether a source file has more to say than what it imports and where its files lie."""
    position = 0
    for _ in range(_MOST_IMPORTS):
        found = _script().search(data, position)
        if found is None:
            return False
        text = found.group()
        is_quoted = text[:1] in b"\"'`" and b"/" in text
        if not is_quoted or (
            _could_be_model(text[1:-1].decode("latin-1"))
            and not _is_import(data, found.start(), found.end(), kind)
        ):
            return True
        position = found.start() + 1  # the name of a library may stand inside
    return True


def _could_be_model(text: str) -> bool:
    return model_names.is_shaped(text) or model_names.is_weights_file(text)


def _is_import(data: bytes, start: int, end: int, kind: FileKind) -> bool:
    before = data[max(data.rfind(b"\n", 0, start) + 1, start - 200) : start]
    if kind is FileKind.GO:  # a line of its own in a block
        return data[end : end + 1] in b"\r\n" and _IMPORTED_GO.match(before) is not None
    return _IMPORTED.search(before) is not None


_CONFIGS = frozenset(
    {FileKind.YAML, FileKind.JSON, FileKind.TOML, FileKind.INI, FileKind.SHELL, FileKind.HCL,
     FileKind.JSONNET, FileKind.NIX, FileKind.BICEP, FileKind.CMAKE, FileKind.REQUESTS}
)  # fmt: skip


class Interest(IntEnum):
    """What a Python file has to say."""

    NONE = 0
    MENTIONS = 1  # names only in docstrings and comments
    CODE = 2


# Docstrings, other long strings, and lines of comment: what is in them is a mention, not a use.
_NOT_CODE = re.compile(
    rb"(?:^|(?<=[\s=(,:\[{rRfFbBuU]))"
    rb'(?:"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*''')"
    rb"|^[ \t]*#[^\n]*",
    re.MULTILINE | re.DOTALL,
)
_BLANK = re.compile(rb"\n\s*\n")


@cache
def _named() -> Pattern:
    """Return what a name brings along, by itself or as a name of one library."""
    return compiled(b"|".join([_SHAPES, _QUOTED, _LEGACY, *_hints()]))


def _hints() -> list[bytes]:
    return [rb"[\"'`/]" + re.escape(hint) for hint in distinct_hints()]


_MODEL_OPTION = compiled(rb"--[\w-]{0,40}model[\w-]{0,40}[= ][\w.-]")
_RUNS = compiled(
    rb"subprocess|os\.system|os\.popen"
    rb"|[\"'](?:wget|curl|aria2c|gdown|git|huggingface-cli|hf|ollama|vllm|python3?) "
)


_BETWEEN_WORDS = rb"(?:[\s\"',\[]{1,6}|[\"']\)\s{0,80}\.args?\([\s\"'&\[]{1,5})"


@cache
def _commands() -> bytes:
    """Return the pattern of the commands that load a model."""
    commands = {
        _BETWEEN_WORDS.join(re.escape(word.encode()) for word in command.words)
        for library in libraries().values()
        for command in library.commands
    }
    return rb"\b(?:" + b"|".join(sorted(commands)) + rb")[\s\"']"


@cache
def _command() -> Pattern:
    return compiled(_commands())


def has_command(data: bytes) -> bool:
    """Return whether a command that loads a model stands anywhere in a file."""
    return _command().search(data) is not None


def interest_of_python(data: bytes) -> Interest:
    """Return whether a Python file names a model in its code, or calls something that loads one.

    A library that is only imported does not count: what such a file could hand on to a load is
    looked for once it is known what the loads of the repository ask for.

    Args:
        data: Its bytes.
    """
    if _is_in_code(data, _named()) or _is_in_code(data, _MODEL_OPTION):
        return Interest.CODE
    if _RUNS.search(data) and _command().search(data):
        return Interest.CODE
    for token in set(_library_token().findall(data)):
        if any(_is_in_code(data, callee) for callee in _loading()[token]):
            return Interest.CODE
    has_text = b'"""' in data or b"#" in data or b"'''" in data
    return Interest.MENTIONS if has_text else Interest.NONE


def _is_in_code(data: bytes, pattern: Pattern) -> bool:
    """Return whether a pattern is found outside docstrings and lines of comment."""
    quotes, position = 0, 0
    for count, found in enumerate(pattern.finditer(data)):
        start = found.start()
        quotes += data.count(b'"""', position, start)
        position = start
        line = data[data.rfind(b"\n", 0, start) + 1 : start].lstrip()
        if (quotes % 2 == 0 and not line.startswith(b"#")) or count > 200:
            return True
    return False


def prose_of_python(data: bytes) -> list[tuple[int, bytes]]:
    """Return the docstrings and comments of a Python file, each with its first line."""
    found = []
    line, position = 1, 0
    for piece in _NOT_CODE.finditer(data):
        line += data.count(b"\n", position, piece.start())
        position = piece.start()
        found.append((line, piece.group()))
    return found


def without_prose(data: bytes) -> bytes:
    """Return Python source without its docstrings and lines of comment."""
    return _BLANK.sub(b"\n", _NOT_CODE.sub(b"", data))


@cache
def _library_token() -> Pattern:
    """Return a pattern for the tokens of all libraries whose calls are distinct."""
    tokens = sorted(_loading(), key=lambda token: (-len(token), token))
    return compiled(b"|".join(re.escape(token) for token in tokens))


@cache
def _loading() -> dict[bytes, tuple[Pattern, ...]]:
    """Return for each token of a library what its calls end in."""
    found: dict[bytes, tuple[Pattern, ...]] = {}
    for library in libraries().values():
        last = {call.parts[-1] for call in library.calls if not call.files}
        last |= {attribute.root[-1] for attribute in library.attributes}
        if not last:
            continue
        words = sorted(re.escape(name).replace(r"\*", r"\w*").encode() for name in last)
        pattern = compiled(rb"\b(?:" + b"|".join(words) + rb")\b")
        for token in library.tokens:
            found[token.encode()] = (*found.get(token.encode(), ()), pattern)
    return found


_CALLED = compiled(rb"\b([A-Za-z_]\w*)\(")
# A name that is set to a string, or an option that has one for its default.
_ASSIGNED_KEYS = compiled(
    rb"\b([A-Za-z_]\w*)[\"']?\]?[ ]?(?::[^\n=]{1,40})?[=:,] ?[(\[{]? ?[\"']\w"
)
_OPTION = compiled(rb"[\"']--([\w-]+)[\"'][^)]{0,200}?default ?= ?[\"']\w")


def could_reach(data: bytes, functions: Collection[bytes], keys: Collection[bytes]) -> bool:
    """Return whether a file calls one of the functions, or gives one of the keys a string.

    Args:
        data: Its bytes.
        functions: Names of functions.
        keys: Names of options, attributes and variables.
    """
    if not set(_CALLED.findall(data)).isdisjoint(functions):
        return True
    options = {name.replace(b"-", b"_") for name in _OPTION.findall(data)}
    return not (options.isdisjoint(keys) and set(_ASSIGNED_KEYS.findall(data)).isdisjoint(keys))
