"""Reads commands: of shell scripts and Dockerfiles, and inside configs, notebooks and CI files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from miner.pipelines.scan import model_names, name_words
from miner.pipelines.scan.flow import Candidate, FileSummary, LoadingCall, SourceString, ValueOrigin
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers import ollama_names, plain_text, shell_downloads
from miner.pipelines.scan.signatures import CallSignature, CommandSignature, libraries
from miner.schema.patterns import bounded

MAX_LINE = 8_000
MAX_FLOWS = 20_000  # of one file
MAX_WORDS = 60  # of a list
_ASSIGN = bounded(
    r"^\s*(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)?|set\s+|ENV\s+|ARG\s+|SET\s+|\$env:|\$)?"
    r"([A-Za-z_]\w*)\s*(?:[:?]?=|\s(?=\S+$))\s*(.*)$"
)
_VARIABLE = re.compile(
    r"\$\{?([A-Za-z_]\w*)(?::?[-=]([^}]*))?\}?"
    r"|\$\{\{\s*(?:env|inputs|matrix)\.(\w+)\s*\}\}|%(\w+)%"
)
_ARRAY = re.compile(r"""["']([^"']+)["']|([^\s()"']+)""")
_SEPARATORS = words_in(
    "&& || ; | & ( ) { } elif while until then do else time exec sudo nohup RUN CMD ENTRYPOINT -c"
    " if ! env"
)
_MODELFILE = re.compile(r"(?:^|/)modelfile[^/]*$|\.modelfile$", re.IGNORECASE)
_FROM = CallSignature(
    "ollama", "Modelfile FROM", model_names.OLLAMA, names="ollama", is_precise=True
)
_ASKED = CallSignature("ollama", "curl ollama", model_names.OLLAMA, names="ollama", is_precise=True)
_ARRAY_OPENS = bounded(r"^\s*(?:\w+\s+){0,2}\w+\+?=\([^()]*$")
_DOCKER_LIST = re.compile(r"^\s*(?:CMD|ENTRYPOINT|RUN)\s*(\[.*\])\s*$")
_RUNNERS = words_in(
    "uv uvx pipx poetry pdm hatch conda run python python3 -m docker exec -it tool accelerate"
    " launch torchrun"
)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    number: int
    starts: tuple[int, ...]  # offsets in the text at which further raw lines begin

    def line_at(self, offset: int) -> int:
        return self.number + sum(1 for start in self.starts if start <= offset)


@cache
def _commands() -> dict[str, tuple[CommandSignature, ...]]:
    found: dict[str, list[CommandSignature]] = {}
    for library in libraries().values():
        for command in library.commands:
            found.setdefault(command.words[0], []).append(command)
    return {word: tuple(sorted(all_, key=lambda c: -len(c.words))) for word, all_ in found.items()}


def signature_of(words: str) -> CallSignature | None:
    """Return what a command loads whose next word is a model: that of ``ollama pull``.

    Args:
        words: The command, with one space between two words.
    """
    for command in _commands().get(words.partition(" ")[0], ()):
        if " ".join(command.words) == words and command.position == 0:
            return _signature(command, command.names)
    return None


def _signature(command: CommandSignature, names: str) -> CallSignature:
    return CallSignature(
        command.library,
        " ".join(command.words),
        command.hub,
        names=names,
        own=command.own,
        is_precise=True,
    )


def read(
    path: str, text: str, blob_sha: str, *, kind: str = "shell", first_line: int = 1
) -> FileSummary:
    """Return what a script says: options, variables, commands that load.

    Args:
        path: The file.
        text: The script.
        blob_sha: Git blob sha of the file.
        kind: Kind of its strings.
        first_line: Line of the file at which the script begins.
    """
    summary = FileSummary(path, blob_sha)
    reader = _ShellReader(summary, kind)
    for line in _logical_lines(text, first_line):
        if summary.loads.is_full or summary.candidates.is_full or len(summary.flows) >= MAX_FLOWS:
            summary.loads.cut += bool(line.text)  # a name or more
            continue
        reader.line(line)
    if _REMOVES.search(text) and not _FETCHES.search(text):
        # what a script removes was used once: by what fetched it
        summary.flows = [flow for flow in summary.flows if not _may_be_of_ollama(flow[1])]
    return summary


def _may_be_of_ollama(origin: ValueOrigin) -> bool:
    return isinstance(origin.what, SourceString) and ollama_names.could_be(origin.what.text)


def _logical_lines(text: str, first: int) -> Iterator[_Line]:
    """Join lines that end in a backslash; comments are handed on as they are."""
    parts: list[str] = []
    starts: list[int] = []
    begin = first
    is_array = False
    for number, raw in enumerate(text.split("\n"), first):
        stripped = raw.rstrip()
        if parts and stripped.lstrip().startswith("#"):
            stripped = "\\"  # a comment between two parts of a command
        if not parts:
            begin, starts = number, []
        else:
            starts.append(sum(len(part) + 1 for part in parts))
        is_array |= _ARRAY_OPENS.match(stripped) is not None
        if is_array:
            is_array = ")" not in stripped
            stripped = bounded(r"\s#.*").sub("", stripped) + ("\\" if is_array else "")
        ends = stripped[-1:] in {"\\", "`", "^"} and stripped[-2:-1] in {"", " ", "\\", '"', "'"}
        parts.append(stripped[:-1] if ends or stripped.endswith("\\") else stripped)
        if not (ends or stripped.endswith("\\")) or len(parts) > 200:
            yield _Line(" ".join(parts)[:MAX_LINE], begin, tuple(starts))
            parts = []
    if parts:
        yield _Line(" ".join(parts)[:MAX_LINE], begin, tuple(starts))


_REMOVES = re.compile(r"\bollama (?:rm|stop)\b")
_FETCHES = re.compile(r"\bollama (?:pull|run|create)\b")


class _ShellReader:
    def __init__(self, summary: FileSummary, kind: str) -> None:
        self._summary = summary
        self._kind = kind
        self._path = summary.path

    def line(self, line: _Line) -> None:
        stripped = line.text.strip()
        if not stripped:
            return
        if stripped.startswith(("#", "//", "REM ", "::")):
            self._summary.mentions += plain_text.mentions_in(stripped, line.number, self._path)
            return
        if (
            stripped.startswith(("echo ", "printf "))
            and "|" not in stripped
            and ">" not in stripped
        ):
            self._summary.mentions += plain_text.mentions_in(stripped, line.number, self._path)
            return
        if stripped.startswith("FROM "):
            if _MODELFILE.search(self._path):
                name = stripped[5:].split()[0]
                self._load(_FROM, name, line.line_at(line.text.find(name)))
            return  # an image
        self._loops(line)
        found = _ASSIGN.match(line.text)
        if found:
            self._assign(found.group(1), found.group(2), line)
        tokens = _tokens(line)
        self._options(tokens, line)
        for start in range(len(tokens)):
            self._command(tokens, start, line)

    def _assign(self, name: str, value: str, line: _Line) -> None:
        value = value.strip()
        if value.startswith("("):
            says_model = name_words.says(name) is name_words.Says.MODEL
            for item in _ARRAY.finditer(value.strip("()")):
                one = item.group(1) or item.group(2)
                before, colon, _ = one.partition(":")
                is_pair = colon and model_names.is_shaped(before) and not ollama_names.could_be(one)
                if is_pair and says_model:
                    one = before  # ``owner/name:folder``, taken apart later
                self._set(name, one, line, value)
            return
        try:
            parts = shlex.split(value, comments=True)
        except ValueError:
            parts = value.split()[:1]
        if len(parts) == 1 or (parts and line.text.lstrip().startswith(("ENV", "ARG", "export"))):
            self._set(name, parts[0], line, value)

    def _loops(self, line: _Line) -> None:
        """Note what a loop gives to its variable, and what a request names."""
        for variable, words in shell_downloads.loops_in(line.text):
            node = ("k", variable)
            for word, offset in words[:MAX_WORDS]:
                if array := shell_downloads.array_variable(word):
                    self._summary.flows.append((node, ValueOrigin(("k", array))))
                elif _is_plain(word):
                    text = SourceString(word, line.line_at(offset), self._kind, self._path)
                    self._summary.flows.append((node, ValueOrigin(text)))
        for word, offset in shell_downloads.asked_of_ollama(line.text):
            self._load(_ASKED, word, line.line_at(offset))

    def _set(self, name: str, value: str, line: _Line, raw: str) -> None:
        if " " in value:  # a list of words
            for word in value.split()[:MAX_WORDS]:
                if _is_plain(word) and "=" not in word and not word.startswith("-"):
                    number = line.line_at(line.text.find(word))
                    text = SourceString(word, number, self._kind, self._path)
                    self._summary.flows.append((("k", name), ValueOrigin(text)))
            return
        if fallback := re.match(r"^\$\{\w+:?[-=]([^}]*)\}$", value):
            value = fallback.group(1)
        number = line.line_at(line.text.find(value)) if value in line.text else line.number
        if variable := _whole_variable(value):
            self._summary.flows.append((("k", name), ValueOrigin(("k", variable))))
            return
        text = SourceString(value, number, self._kind, self._path)
        if not _is_plain(value):
            return
        self._summary.flows.append((("k", name), ValueOrigin(text)))
        if _is_candidate(value):
            self._summary.candidates.append(Candidate(text, (name,), "value"))

    def _options(self, tokens: list[tuple[str, int]], line: _Line) -> None:
        for index, (token, offset) in enumerate(tokens):
            if not token.startswith("-"):
                if "=" in token and not token.startswith("http"):
                    self._pairs(token, offset, line)
                continue
            name, equals, value = token.partition("=")
            if equals:
                self._option(name, [(value, offset)], line)
            else:
                values = []
                for following, place in tokens[index + 1 : index + 9]:
                    if following.startswith("-") or following in _SEPARATORS:
                        break
                    values.append((following, place))
                self._option(name, values, line)

    def _pairs(self, token: str, offset: int, line: _Line) -> None:
        """Hydra and make: ``key=value``; evaluation tools: ``key=value,key=value``."""
        for pair in token.lstrip("+~").split(","):
            name, _, value = pair.partition("=")
            if re.match(r"^[A-Za-z_][\w.]*$", name):
                self._option(name.rsplit(".", 1)[-1], [(value, offset)], line)

    def _option(self, name: str, values: list[tuple[str, int]], line: _Line) -> None:
        key = name.lstrip("-").replace("-", "_")
        for rank, (raw, offset) in enumerate(values):
            value = raw.strip("\"'")
            if rank and not model_names.is_shaped(value):
                break
            variable = _whole_variable(value)
            if variable:
                if name_words.says(name) is name_words.Says.MODEL:
                    # The variable may be called otherwise; the option says that it holds a model.
                    self._summary.loads.append(
                        LoadingCall(_by_option(name), name, line.line_at(offset), self._path, value,
                             (ValueOrigin(("k", variable)),))
                    )  # fmt: skip
                self._summary.flows.append((("k", key), ValueOrigin(("k", variable))))
            elif _is_plain(value):
                text = SourceString(value, line.line_at(offset), self._kind, self._path)
                self._summary.flows.append((("k", key), ValueOrigin(text)))
                if _is_candidate(value):
                    self._summary.candidates.append(Candidate(text, (name,), "option"))

    def _command(self, tokens: list[tuple[str, int]], start: int, line: _Line) -> None:
        before = tokens[start - 1][0] if start else ""
        is_inside = before not in _SEPARATORS | _RUNNERS and "=" not in before
        if start > 6 and is_inside and not before.startswith("-"):
            return
        word = tokens[start][0].rsplit("/", 1)[-1]
        for command in _commands().get(word, ()):
            count = len(command.words)
            typed = [word, *(token for token, _ in tokens[start + 1 : start + count])]
            if tuple(typed) == command.words:
                self._matched(command, tokens[start + count :], line)
                return

    def _matched(self, command: CommandSignature, rest: list[tuple[str, int]], line: _Line) -> None:
        arguments = _until_separator(rest)
        if any(token.split("=")[0] in command.unless or token in command.unless
               for token, _ in arguments):  # fmt: skip
            return
        chosen: list[tuple[str, int]] = []
        plain: list[tuple[str, int]] = []
        skip = False
        for index, (token, offset) in enumerate(arguments):
            if skip:
                skip = False
                continue
            if token.startswith("-"):
                name, equals, value = token.partition("=")
                following = arguments[index + 1 : index + 2]
                chosen += _named_by(command, name, [(value, offset)] if equals else following)
                skip = not equals and bool(following) and not following[0][0].startswith("-")
                is_flag = name in _FLAGS or shell_downloads.is_flag(command.words[0], name)
                skip = skip and not (command.position == 0 and is_flag)
            else:
                plain.append((token, offset))
        if command.position is not None and command.position < len(plain):
            chosen.append(plain[command.position])
        signature = _signature(command, _names_of(command, arguments, rest[len(arguments) :]))
        for value, offset in chosen:
            if _is_other_file(command, signature, value.strip("\"'")):
                continue
            self._load(signature, value.strip("\"'"), line.line_at(offset))

    def _load(self, signature: CallSignature, value: str, number: int) -> None:
        variable = _whole_variable(value)
        if variable:
            origins: tuple[ValueOrigin, ...] = (ValueOrigin(("k", variable)),)
        elif _is_plain(value):
            origins = (ValueOrigin(SourceString(value, number, self._kind, self._path)),)
        else:
            origins = ()
        self._summary.loads.append(
            LoadingCall(signature, signature.callee, number, self._path, value[:200], origins)
        )


def _is_other_file(command: CommandSignature, signature: CallSignature, value: str) -> bool:
    """Return whether a command that fetches anything fetches something else than weights."""
    if command.names == "bucket":
        return model_names.read_bucket(value) is None
    is_known = command.names == signature.names == "sure" and _is_plain(value)
    return is_known and not command.own and model_names.read_sure(value) is None


def _names_of(
    command: CommandSignature, arguments: list[tuple[str, int]], after: list[tuple[str, int]]
) -> str:
    """Return what the names of a command look like, with what its other words say of them."""
    words = [word.strip("\"'") for word, _ in arguments]
    if command.names != "sure":
        return command.names
    if shell_downloads.goes_to_weights(words, [word for word, _ in after]):
        return "address"
    return "archive" if any(map(model_names.says_weights, words)) else command.names


def _named_by(
    command: CommandSignature, name: str, values: list[tuple[str, int]]
) -> list[tuple[str, int]]:
    """Return what an option of a command gives as a model: its value, or a part of it."""
    if name in command.options:
        return values
    found = []
    for key in (
        option[len(name) + 1 :] for option in command.options if option.startswith(f"{name}:")
    ):
        for value, offset in values:
            if part := re.search(rf"(?:^|,){re.escape(key)}=([^,]+)", value):
                found.append((part.group(1), offset))
    return found


def _by_option(name: str) -> CallSignature:
    return CallSignature("", f"option {name}", model_names.HUGGINGFACE, names="role")


_FLAGS = words_in(
    "--direct "
    "-y -q -f -v -it -d --rm --force --quiet --verbose --yes --no-cache --local-dir-use- "
    "symlinks --insecure --trust-remote-code --enforce-eager"
)


def _until_separator(tokens: list[tuple[str, int]]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for token, offset in tokens:
        if token in {"&&", "||", ";", "|", "&", ")", "}", ">", ">>", "2>&1", "done", "fi"}:
            break
        found.append((token.rstrip(";"), offset))
        if token.endswith(";"):
            break
    return found


_TOKEN = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|\$\{\{[^{}\n]{0,100}\}\}|[^\s"'\\;|&])+|&&|\|\||[;|&]"""
)


def _tokens(line: _Line) -> list[tuple[str, int]]:
    text = line.text
    if found := _DOCKER_LIST.match(text):
        return [
            (item.group(1), found.start(1) + item.start())
            for item in re.finditer(r'"((?:[^"\\]|\\.)*)"', found.group(1))
        ]
    tokens = []
    for item in _TOKEN.finditer(text):
        token = item.group()
        if token.startswith("#"):
            break
        if len(token) > 1 and token[0] == token[-1] and token[0] in "\"'":
            inner = token[1:-1]
            if " " in inner:  # bash -c "…": a command inside
                tokens += [(part.group(), item.start() + 1 + part.start())
                           for part in _TOKEN.finditer(inner)]  # fmt: skip
                continue
            token = inner
        tokens.append((token, item.start()))
    return tokens[:400]


def _whole_variable(value: str) -> str | None:
    found = _VARIABLE.fullmatch(value.strip("\"'"))
    return (found.group(1) or found.group(3) or found.group(4)) if found else None


def _is_plain(value: str) -> bool:
    return 1 < len(value) <= 300 and not re.search(r"[\s$`*<>{}()|\\]", value)


def _is_candidate(value: str) -> bool:
    return (
        model_names.is_shaped(value)
        or model_names.is_legacy(value)
        or model_names.is_spacy(value)
        or model_names.read_sure(value) is not None
    )
