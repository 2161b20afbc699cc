"""Reads JavaScript, TypeScript, Rust, Java, Scala, Kotlin, Go and C# by their tokens.

For each string that could name a model: the names it stands under (constant, key, field, callee),
the loading call that it is an argument of, and whether it is only compared, asserted or mentioned.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from functools import cache

from miner.pipelines.scan import file_kinds, model_names, name_words
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import Candidate, FileSummary, LoadingCall, SourceString, ValueOrigin
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers import ollama_names, plain_text
from miner.pipelines.scan.readers.lexed_code import LexedCode, String
from miner.pipelines.scan.signatures import CallSignature, libraries
from miner.schema.patterns import bounded

MAX_STRINGS = 50_000

_KINDS = {
    FileKind.JAVASCRIPT: "js",
    FileKind.RUST: "rust",
    FileKind.JVM: "java",
    FileKind.GO: "go",
    FileKind.CSHARP: "csharp",
}
# Possessive: what has matched is not tried again, so that a megabyte in quotes costs no memory.
_PLAIN = r"\"(?:[^\"\\\n]++|\\.)*+\""
_STRINGS = {
    FileKind.JAVASCRIPT: rf"{_PLAIN}|'(?:[^'\\\n]++|\\.)*+'|`(?:[^`\\]++|\\[\s\S])*+`",
    FileKind.RUST: r"r\"[^\"]*+\"|r#+\"[\s\S]*?\"#+|\"(?:[^\"\\]++|\\[\s\S])*+\"",
    FileKind.JVM: rf"\"\"\"[\s\S]*?\"\"\"|{_PLAIN}",
    FileKind.GO: rf"{_PLAIN}|`[^`]*+`",
    FileKind.CSHARP: rf"@\"(?:[^\"]++|\"\")*+\"|{_PLAIN}",
}
_COMMENTS = r"//[^\n]*+|/\*[\s\S]*?\*/|<!--[\s\S]*?-->"
_NOT_NEWLINE = re.compile(r"[^\n]")
_CHARACTER = r"'(?:[^'\\\n]|\\.)'"
_SAYING = bounded(
    r"(?<![A-Za-z0-9])(?:console\.\w+|[eFSfs]?[Pp]rint(?:f|ln)?!?|Errorf|Fatalf|panic!?|s?log\.\w+"
    r"|logger\.\w+|info!|warn!|error!|debug!|trace!|bail!|anyhow!|assert\w*!?|expect\w*|require\.\w+"
    r"|throw\s+new\s+\w+|\w*(?:Error|Exception)|describe|it|test|WriteLine|t)\s*\(\s*(?:f|&)?$"
)
_IMPORTS = bounded(
    r"(?:\bfrom|\bimport(?:\s+[\w.]+)?|\brequire\s*\(|\bimport\s*\(|\bjest\.mock\("
    r"|\bdeclare\s+module)\s*$"
)
# Compared with, not loaded: by an operator or by a method of strings and sets.
_COMPARED = re.compile(r"[=!]==?\s*$|\bcase\s+$")
_COMPARES = re.compile(r"^\s*(?:[=!]==?|\.equals|\.contentEquals)")
_CHECKS = words_in(
    "contains includes equals equalsIgnoreCase startsWith starts_with endsWith ends_with hasPrefix "
    "HasPrefix HasSuffix Contains StartsWith EndsWith Equals IsEqualTo indexOf eq strip_prefix "
    "trim_start_matches TrimPrefix replace Replace ReplaceAll"
)
_ASSERTS = re.compile(
    r"^(?:expect|assert\w*!?|to(?:Be|Equal|StrictEqual|Contain|Match|Throw|HaveBeen\w*)|Assert\w*"
    r"|To|ToNot|Should\w*|Expect|Equal\w*|NotEqual|ContainSubstring|HavePrefix|HaveKey\w*|BeEquivalentTo"
    r"|Regexp|assertThat|verify|debug_assert\w*!?|ensure!)$"
)
_FETCHES = re.compile(r"[dD]ownload|[fF]rom_?[pP]retrained|\b[lL]oad_?[mM]odel|\bpipeline\(")
_SHOWN = words_in("placeholder label hint title tooltip description name")
# A test that stands in for the service it calls: no name in it is loaded.
_MOCKS = re.compile(
    r"\b(?:jest|vi|sinon)\.(?:mock|fn|stub|spyOn)|\bhttptest\.|\bnock\(|\bmsw\b|\bMockito\b"
    r"|WireMock|\bmockk?[<({]|\bnew Mock<|\b[mM]ock[A-Z]\w*|\bFake[A-Z]\w*|\bstub[A-Z(]|mock_server"
    r"|mockito::"
)
_LOADS = re.compile(r"^(?:model|repo|new|with_revision|from_\w+|(?:down)?load\w*|fetch\w*|get\w*)$")
_REAL = re.compile(r"integration|functional|e2e|end.?to.?end", re.IGNORECASE)
_RUST_TESTS = re.compile(r"#\[cfg\(test\)\]\s*(?:pub\s+)?mod\s+\w+")
# Rules of a linter and options of a bundler have the shape of names: plugin/rule.
_TOOL = re.compile(
    r"(?:^|/)(?:\.?eslint(?:rc)?(?:\.config)?|\.?stylelint\w*|\.?prettier\w*|commitlint\.config"
    r"|(?:vite|vitest|webpack|rollup|jest|babel|tailwind|postcss|docusaurus|forge|playwright|tsup"
    r"|svelte|next|nuxt|metro|karma|wdio|astro|electron-builder)\.config)\.[cm]?[jt]sx?$"
)


@cache
def _patterns(kind: FileKind) -> re.Pattern[str]:
    character = f"|(?P<character>{_CHARACTER})" if kind is not FileKind.JAVASCRIPT else ""
    return re.compile(f"(?P<comment>{_COMMENTS})|(?P<string>{_STRINGS[kind]}){character}")


@cache
def _calls(kind: FileKind) -> dict[str, tuple[CallSignature, ...]]:
    """Return the loading calls of this language by the last part of the callee."""
    found: dict[str, tuple[CallSignature, ...]] = {}
    for library in libraries().values():
        for call in library.calls:
            if _KINDS[kind] in call.files:
                found[call.parts[-1]] = (*found.get(call.parts[-1], ()), call)
    return found


def read(path: str, text: str, blob_sha: str, file_kind: FileKind) -> FileSummary:
    """Return what a source file of this language says.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
        file_kind: The language.
    """
    summary = FileSummary(path, blob_sha)
    if _TOOL.search(path):
        return summary
    kind = _KINDS[file_kind]
    code = _blanked(text, file_kind, summary)
    _libraries(summary, text, kind)
    summary.is_mocked = file_kinds.is_test(path) and _is_mocked(summary, code, file_kind)
    reader = _Strings(summary, code, file_kind, path + text)
    for string in code.strings:
        reader.read(string)
    _pairs(summary, code, kind)
    return summary


def _is_mocked(summary: FileSummary, code: LexedCode, kind: FileKind) -> bool:
    """Return whether a test loads nothing: a service is mocked, or no library is named at all."""
    if _MOCKS.search(code.blank) is not None:
        return True
    is_real = kind is FileKind.RUST or _REAL.search(summary.path) is not None
    return not is_real and not summary.libraries and _FETCHES.search(code.blank) is None


_PLAUSIBLE = re.compile(r"^[\w./:@+%?=&#~-]{2,400}$", re.ASCII)
_KEY = re.compile(r"(?:^|[({,\s.])(\w+)[\"']?\s*[:=]\s*$")
_OWNERS = frozenset({"owner", "org", "organization"})
_REPOS = frozenset({"name", "repo", "model"})


def _pairs(summary: FileSummary, code: LexedCode, kind: str) -> None:
    """Join an owner and a name that stand side by side in two fields of one record."""
    fields = []
    for string in code.strings:
        key = _KEY.search(code.blank, max(0, string.start - 80), string.start)
        words_ = set(name_words.words_of(key.group(1))) if key else set()
        role = "owner" if words_ & _OWNERS else "name" if words_ & _REPOS else ""
        fields.append((role, string.value, string.line))
    for one, other in itertools.pairwise(fields):
        if {one[0], other[0]} == {"owner", "name"} and abs(one[2] - other[2]) <= 3:
            owner, name = (one, other) if one[0] == "owner" else (other, one)
            whole = f"{owner[1]}/{name[1]}"
            if model_names.is_telling(whole):
                text = SourceString(whole, name[2], kind, summary.path)
                summary.candidates.append(Candidate(text, ("model",), "value"))


def _blanked(text: str, kind: FileKind, summary: FileSummary) -> LexedCode:
    pieces: list[str] = []
    strings: list[String] = []
    end, line = 0, 1
    for found in _patterns(kind).finditer(text):
        line += text.count("\n", end, found.start())
        pieces.append(text[end : found.start()])
        token = found.group()
        if found.lastgroup == "comment":
            summary.mentions += plain_text.mentions_in(token, line, summary.path)
            pieces.append(_NOT_NEWLINE.sub(" ", token))
        else:
            value = _value(token)
            if found.lastgroup == "string" and _PLAUSIBLE.match(value):
                strings.append(String(found.start(), value, line, found.end()))
            pieces.append('"' + " " * (len(token) - 2) + '"')
        line += token.count("\n")
        end = found.end()
    pieces.append(text[end:])
    return LexedCode("".join(pieces), strings[:MAX_STRINGS])


def _value(token: str) -> str:
    stripped = token.lstrip("r@").strip("#")
    return stripped.strip('"') if stripped.startswith('"""') else stripped[1:-1]


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _libraries(summary: FileSummary, text: str, kind: str) -> None:
    for library in libraries().values():
        if kind in library.files and any(token in text for token in library.tokens):
            summary.libraries.add(library.name)


class _Strings:
    """Reads the strings of one file."""

    def __init__(self, summary: FileSummary, code: LexedCode, kind: FileKind, about: str) -> None:
        self._summary = summary
        self._code = code
        self._kind = kind
        inline = _RUST_TESTS.search(code.blank) if kind is FileKind.RUST else None
        self._may_load = any(last in about for last in _calls(kind))
        self._is_ollama = ollama_names.is_about(about)
        self._tests_from = inline.start() if inline is not None else len(code.blank)

    def read(self, string: String) -> None:
        """Add what a string says."""
        value = string.value
        text = SourceString(value, string.line, _KINDS[self._kind], self._summary.path)
        signature = self._loading(string)
        is_name = model_names.is_shaped(value) or model_names.read_sure(value) is not None
        is_old = model_names.is_legacy(value) or model_names.is_spacy(value)
        if signature is None and not is_name and not is_old:
            self._ollama(string, text)
            return
        near = self._code.blank[max(0, string.start - 80) : string.start]
        if _IMPORTS.search(near) or self._code.is_import(string.start):
            return
        if _SAYING.search(near):
            self._summary.mentions.append(replace(text, kind="docs-only"))
            return
        if signature is not None:
            load = LoadingCall(
                signature, signature.callee, text.line, text.path, value, (ValueOrigin(text),),
                is_mock=self._summary.is_mocked,
            )  # fmt: skip
            self._summary.loads.append(load)
        if is_name or is_old:
            path = self._code.names(string)
            is_kind = near.rstrip().endswith(("=", ":")) and is_old
            if is_kind and path and _letters(path[-1]) == _letters(value):
                return  # ``Gpt2 = "gpt2"``: a kind of model
            self._summary.candidates.append(Candidate(text, path, self._place(string)))

    def _ollama(self, string: String, text: SourceString) -> None:
        if not model_names.is_ollama_family(text.text) or not text.text.islower():
            return
        if self._is_checked(string) or (
            file_kinds.is_test(text.path) and not _REAL.search(text.path)
        ):
            return
        path = self._code.names(string)
        if not self._is_ollama:
            around = [self._code.header(opener) for opener in self._code.enclosing(string)]
            if not ollama_names.says_ollama((*path, *around)):
                return
        if ":" in text.text and self._is_ollama and not _SHOWN.intersection(path[-1:]):
            path = ()  # with a tag it can be nothing else
        found = ollama_names.load(text, path, is_mock=self._summary.is_mocked)
        if found is not None:
            self._summary.loads.append(found)

    def _place(self, string: String) -> str:
        if self._summary.is_mocked or self._is_checked(string):
            return "check"
        after = self._code.blank[string.end : string.end + 12].lstrip()
        if after.startswith((":", "=>", "->", "]:")) and not after.startswith("::"):
            return "key"
        return "value"

    def _is_checked(self, string: String) -> bool:
        """Return whether a string is compared with something, or what a test expects."""
        blank = self._code.blank
        if _COMPARES.match(blank, string.end) or _COMPARED.search(
            blank, max(0, string.start - 12), string.start
        ):
            return True
        around = self._code.enclosing(string)
        callees = [callee[-1] for opener in around if (callee := self._callee(opener))]
        nearest = callees[0] if callees and blank[around[0]] == "(" else ""
        if nearest in _CHECKS:
            return True
        if string.start > self._tests_from and not _LOADS.match(nearest):
            return True
        return any(_ASSERTS.match(callee) for callee in callees)

    def _callee(self, opener: int) -> tuple[str, ...]:
        before = _TYPE_ARGUMENTS.sub("", self._code.header(opener)[-120:].rstrip())
        callee = _CALLEE.search(before)
        return tuple(callee.group().replace("::", ".").split(".")) if callee else ()

    def _loading(self, string: String) -> CallSignature | None:
        """Return the signature whose call this is an argument of, by position or by key."""
        opener = self._code.opener(string.start) if self._may_load else -1
        if opener < 0:
            return None
        near = self._code.blank[max(opener, string.start - 80) : string.start]
        key = found.group(1) if (found := _KEY.search(near)) else ""
        mark = self._code.blank[opener]
        if mark == "(":
            return self._call_at(opener, self._code.position(opener, string.start), key)
        if mark == "{" and key:
            # An object of options, or a record that is named: ``&api.ChatRequest{Model: "…"}``.
            around = self._code.around(opener)
            if record := self._call_at(opener, None, key):
                return record
            if around >= 0 and self._code.blank[around] == "(":
                return self._call_at(around, None, key)
        return None

    def _call_at(self, opener: int, position: int | None, key: str) -> CallSignature | None:
        parts = self._callee(opener)
        if not parts:
            return None
        for signature in _calls(self._kind).get(parts[-1], ()):
            is_callee = parts[-len(signature.parts) :] == signature.parts
            at_place = position is not None and signature.position == position
            fits = at_place or key.lower() in signature.keywords
            if is_callee and fits and self._is_at_home(signature):
                return signature
        return None

    def _is_at_home(self, signature: CallSignature) -> bool:
        """A name that could be anything is a model only in a file that names the library."""
        any_name = signature.own or signature.names != "huggingface"
        return not any_name or signature.library in self._summary.libraries


_TYPE_ARGUMENTS = bounded(r"(?:::)?[<\[][^<>()]*[>\]]$")
_CALLEE = bounded(r"[A-Za-z_]\w*!?(?:(?:::|\.)[A-Za-z_]\w*)*$")
