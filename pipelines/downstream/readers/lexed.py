"""Reads JavaScript, TypeScript, Rust, Java, Scala, Kotlin, Go and C# by their tokens.

No grammar: comments and strings are told apart, and for each string the names that stand before it
(constant, key, field, callee) are collected. In place of a parser a look back that ends where the
statement begins.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from functools import cache

from miner.pipelines.downstream import names, words
from miner.pipelines.downstream.files import FileKind
from miner.pipelines.downstream.flow import Held, Load, Origin, Summary, Text
from miner.pipelines.downstream.readers import python_held
from miner.pipelines.downstream.signatures import CallSignature, libraries
from miner.pipelines.downstream.wordlist import words_in

LOOK_BACK = 400
MAX_STRINGS = 50_000
MAX_LINE = 5_000  # longer ones are minified

_KINDS = {
    FileKind.JAVASCRIPT: "js",
    FileKind.RUST: "rust",
    FileKind.JVM: "java",
    FileKind.GO: "go",
    FileKind.CSHARP: "csharp",
}
_STRINGS = {
    FileKind.JAVASCRIPT: r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`",
    FileKind.RUST: r"r#*\"(?:.|\n)*?\"#*|\"(?:[^\"\\]|\\.|\\\n)*\"",
    FileKind.JVM: r"\"\"\"(?:.|\n)*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\"",
    FileKind.GO: r"\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`",
    FileKind.CSHARP: r"@\"(?:[^\"]|\"\")*\"|\"(?:[^\"\\\n]|\\.)*\"",
}
_COMMENTS = r"//[^\n]*|/\*(?:.|\n)*?\*/|<!--(?:.|\n)*?-->"
_WORDS = re.compile(r"[A-Za-z_$][\w$]*!?")
_NOT_NAMES = words_in(
    "const let var new return await async function export default public private protected "
    "static final val def lazy override implicit pub fn mut ref let struct enum impl use String "
    "str from to into unwrap String to_string to_owned into_iter vec Some Ok Box Vec Arc as "
    "type interface class readonly string void int bool char byte func range map list List of "
    "Of asList Set Map Array record get set this self super null None true false if else match "
    "case when switch while for throw throws try catch import require package namespace using "
    "internal object extends implements abstract sealed data fun suspend companion format "
    "println panic anyhow bail error static_str concat format_args"
)
_SAYING = re.compile(
    r"(?:console\.\w+|println!?|eprintln!?|print|printf|Printf|Println|Errorf|Fatalf|panic!?|log\.\w+"
    r"|logger\.\w+|info!|warn!|error!|debug!|trace!|bail!|anyhow!|assert\w*!?|expect\w*|require\.\w+"
    r"|throw\s+new\s+\w+|Error|Exception|describe|it|test|WriteLine|t)\s*\(\s*(?:f|&)?$"
)


_IMPORTS = re.compile(
    r"(?:\bfrom|\bimport(?:\s+[\w.]+)?|\brequire\s*\(|\bimport\s*\(|\bjest\.mock\("
    r"|\bdeclare\s+module)\s*$"
)
_IMPORT_BLOCK = re.compile(r"^import\s*\([^)]*\)", re.MULTILINE)  # of Go


@cache
def _patterns(kind: FileKind) -> re.Pattern[str]:
    return re.compile(f"(?P<comment>{_COMMENTS})|(?P<string>{_STRINGS[kind]})")


@cache
def _calls(kind: FileKind) -> dict[str, tuple[CallSignature, ...]]:
    """Return the loading calls of this language by the last part of the callee."""
    found: dict[str, tuple[CallSignature, ...]] = {}
    for library in libraries().values():
        for call in library.calls:
            if _KINDS[kind] in call.files:
                found[call.parts[-1]] = (*found.get(call.parts[-1], ()), call)
    return found


def read(path: str, text: str, blob_sha: str, file_kind: FileKind) -> Summary:
    """Return what a source file of this language says.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
        file_kind: The language.
    """
    summary = Summary(path, blob_sha)
    kind = _KINDS[file_kind]
    code = _blanked(text, file_kind, summary)
    _libraries(summary, text, kind)
    for start, value, line in code.strings:
        _string(summary, code, start, Text(value, line, kind, path), file_kind)
    _pairs(summary, code, kind)
    return summary


_PLAUSIBLE = re.compile(r"^[\w./:@+%?=&#~-]{2,400}$", re.ASCII)
_KEY = re.compile(r"(\w+)[\"']?\s*[:=]\s*$")
_OWNERS = frozenset({"owner", "org", "organization", "namespace", "user", "author"})
_REPOS = frozenset({"name", "repo", "model", "id"})


def _pairs(summary: Summary, code: _Code, kind: str) -> None:
    """Join an owner and a name that stand side by side in two fields of one record."""
    fields = []
    for start, value, line in code.strings:
        key = _KEY.search(code.blank, max(0, start - 80), start)
        words_ = set(words.words_of(key.group(1))) if key else set()
        role = "owner" if words_ & _OWNERS else "name" if words_ & _REPOS else ""
        fields.append((role, value, line))
    for one, other in itertools.pairwise(fields):
        if {one[0], other[0]} == {"owner", "name"} and abs(one[2] - other[2]) <= 3:
            owner, name = (one, other) if one[0] == "owner" else (other, one)
            whole = f"{owner[1]}/{name[1]}"
            if names.is_telling(whole):
                text = Text(whole, name[2], kind, summary.path)
                summary.held.append(Held(text, ("model",), "value"))


class _Code:
    """Text with comments and strings blanked, and the strings with their places."""

    def __init__(self, blank: str, strings: list[tuple[int, str, int]]) -> None:
        self.blank = blank
        self.strings = strings
        self._imports = [found.span() for found in _IMPORT_BLOCK.finditer(blank)]

    def is_import(self, place: int) -> bool:
        """Return whether a place is inside a block of imports."""
        return any(begin <= place < end for begin, end in self._imports)


def _blanked(text: str, kind: FileKind, summary: Summary) -> _Code:
    pieces: list[str] = []
    strings: list[tuple[int, str, int]] = []
    end, line = 0, 1
    for found in _patterns(kind).finditer(text):
        line += text.count("\n", end, found.start())
        pieces.append(text[end : found.start()])
        token = found.group()
        if found.lastgroup == "string":
            value = _value(token)
            if len(strings) < MAX_STRINGS and 1 < len(value) <= 500:
                strings.append((found.start(), value, line))
            pieces.append('"' + " " * (len(token) - 2) + '"')
        else:
            summary.mentions += python_held.said_in(token, line, summary.path)
            pieces.append("".join(char if char == "\n" else " " for char in token))
        line += token.count("\n")
        end = found.end()
    pieces.append(text[end:])
    return _Code("".join(pieces), strings)


def _value(token: str) -> str:
    stripped = token.lstrip("r@").strip("#")
    return stripped.strip('"') if stripped.startswith('"""') else stripped[1:-1]


def _libraries(summary: Summary, text: str, kind: str) -> None:
    for library in libraries().values():
        if kind in library.files and any(token in text for token in library.tokens):
            summary.libraries.add(library.name)


def _string(summary: Summary, code: _Code, start: int, text: Text, kind: FileKind) -> None:
    value = text.text
    if not _PLAUSIBLE.match(value):
        return
    before = code.blank[max(0, start - LOOK_BACK) : start]
    near = before[-80:]  # these look for an end: a longer text only costs
    if _IMPORTS.search(near) or code.is_import(start):
        return
    if _SAYING.search(near):
        summary.mentions.append(replace(text, kind="docs-only"))
        return
    path, place = _names_before(before)
    if _is_key(code.blank, start, value):
        place = "key"
    signature = _loading(before, kind)
    if signature is not None and _is_at_home(signature, summary):
        load = Load(signature, signature.callee, text.line, text.path, value[:200], (Origin(text),))
        summary.loads.append(load)
    if path and not _is_odd(value):
        summary.flows.append((("k", path[-1], summary.path), Origin(text)))
    if names.is_shaped(value) or names.read_sure(value) is not None:
        summary.held.append(Held(text, path, place))


def _is_odd(value: str) -> bool:
    return len(value) > 200 or " " in value


def _is_key(blank: str, start: int, value: str) -> bool:
    after = blank[start + len(value) + 2 : start + len(value) + 12].lstrip()
    return after.startswith((":", "=>", "->", "]:")) and not after.startswith("::")


_KEY = re.compile(r"(?:^|[({,\s])(\w+)\s*[:=]\s*$")
_TYPE_ARGUMENTS = re.compile(r"(?:::)?[<\[][^<>()]*[>\]]$")
_CALLEE = re.compile(r"[A-Za-z_]\w*(?:(?:::|\.)[A-Za-z_]\w*)*$")


def _is_at_home(signature: CallSignature, summary: Summary) -> bool:
    """A name that could be anything is a model only in a file that names the library."""
    any_name = signature.own or signature.names != "huggingface"
    return not any_name or signature.library in summary.libraries


def _loading(before: str, kind: FileKind) -> CallSignature | None:
    """Return the signature whose call this string is an argument of, by position or by key."""
    key = found.group(1) if (found := _KEY.search(before[-80:])) else ""
    depth, commas, is_inside = 0, 0, False
    for index in range(len(before) - 1, -1, -1):
        char = before[index]
        if char in ")]}":
            depth += 1
        elif char in "([{" and depth:
            depth -= 1
        elif char == "(":
            return _call_at(before[:index], -1 if is_inside else commas, key, kind)
        elif char == "{" and key and not is_inside:
            # An object of options, or a record that is named: ``&api.ChatRequest{Model: "…"}``.
            if record := _call_at(before[:index], -1, key, kind):
                return record
            is_inside = True
        elif char in "[{" or (char == ";" and not depth):
            return None
        elif char == "," and not depth:
            commas += 1
    return None


def _call_at(before: str, position: int, key: str, kind: FileKind) -> CallSignature | None:
    before = _TYPE_ARGUMENTS.sub("", before[-120:].rstrip())
    if (callee := _CALLEE.search(before)) is None:
        return None
    parts = tuple(callee.group().replace("::", ".").split("."))
    for signature in _calls(kind).get(parts[-1], ()):
        is_callee = parts[-len(signature.parts) :] == signature.parts
        if is_callee and (signature.position == position or key.lower() in signature.keywords):
            return signature
    return None


def _names_before(before: str) -> tuple[tuple[str, ...], str]:
    """Return the names that stand before a string, outermost first, back to its statement."""
    found: list[str] = []
    depth = 0
    index = len(before)
    place = "value"
    while index > 0 and len(found) < 4:
        index -= 1
        char = before[index]
        if char in ")]}":
            depth += 1
        elif char in "([{":
            if depth:
                depth -= 1
            elif char == "(":
                place = "argument" if not found else place
        elif depth == 0 and char == ";":
            break
        elif depth == 0 and (char.isalnum() or char in "_$!"):
            end = index + 1
            while index > 0 and (before[index - 1].isalnum() or before[index - 1] in "_$"):
                index -= 1
            word = before[index:end]
            if _WORDS.fullmatch(word) and word.rstrip("!") not in _NOT_NAMES:
                found.append(word)
    return tuple(reversed(found)), place
