"""Reads the languages of ``languages.LANGUAGES`` by their tokens, from Rust to Terraform.

For each string that could name a model: the names it stands under (constant, key, field, callee),
the loading call that it is an argument of, and whether it is only compared, asserted or mentioned.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from miner.pipelines.scan import file_kinds, model_names, name_words, prefilter
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import Candidate, FileSummary, LoadingCall, SourceString, ValueOrigin
from miner.pipelines.scan.languages import LANGUAGES, Language
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers import (
    form_fields,
    lexed_calls,
    lexed_flows,
    lexer,
    ollama_names,
    shell,
    shell_downloads,
)
from miner.pipelines.scan.readers.lexed_code import LexedCode, String
from miner.pipelines.scan.readers.lexed_flows import Flows
from miner.pipelines.scan.signatures import CallSignature, distinct_hub, libraries
from miner.schema.patterns import bounded

_SAYING = bounded(
    r"(?<!\w)(?:console\.\w+|[eFSfs]?[Pp]rint(?:f|ln)?!?|Errorf|Fatalf|panic!?|s?log\.\w+"
    r"|logger\.\w+|info!|warn!|error!|debug!|trace!|bail!|anyhow!|assert\w*!?|expect\w*|require\.\w+"
    r"|Log(?:ger)?\.\w+|message|cat|warning|stop|IO\.puts|NSLog|os_log|LOG_?\w*"
    r"|throw\s+new\s+\w+|\w*(?:Error|Exception)|describe|it|test|WriteLine|t)\s*\(\s*(?:f|&)?$"
    r"|(?:^|\n)\s*(?:puts|echo|raise)\s*$|(?:cout|cerr)\s*<<\s*$"
)
_IMPORTS = bounded(
    r"(?:\bfrom|\bimport(?:\s+[\w.]+)?|\brequire(?:_relative|_once)?\s*\(?|\bimport\s*\("
    r"|\bjest\.mock\(|\bdeclare\s+module|#\s*(?:include|import)|\binclude(?:_once)?\s*\(?"
    r"|\bpart(?:\s+of)?|\bexport|\bgem|\bsource\s*\(|\blibrary\s*\("
    r"|\binstall_\w+\s*\(|\bpkg_install\s*\(|\bPkg\.add\s*\()\s*$"
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
_NEXT_ARGUMENT = re.compile(r"\s{0,80}(?:,|\)?\s{0,80}\.args?\()\s{0,80}")
# ``{ name = "MODEL_ID", value = "…" }``
_VALUE = re.compile(r"\s{0,40}[,;]?\s{0,40}value[\"']?\s{0,40}(?:=>|[:=])\s{0,40}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
# ``spawn("ollama", ["pull", "…"])``, ``Command::new("ollama").args(["pull", "…"])``
_NEXT_WORD = re.compile(r"\s{0,80}(?:,|\)\s{0,80}\.args?\()\s{0,80}(?:&?\[)?\s{0,80}")
_MOCKS = re.compile(
    r"\b(?:jest|vi|sinon)\.(?:mock|fn|stub|spyOn)|\bhttptest\.|\bnock\(|\bmsw\b|\bMockito\b"
    r"|WireMock|\bmockk?[<({]|\bnew Mock<|\b[mM]ock[A-Z]\w*|\bFake[A-Z]\w*|\bstub[A-Z(]|mock_server"
    r"|mockito::"
)
# What runs a command, with brackets and without: ``execSync("…")``, ``sh '…'``.
_RUNS = re.compile(
    r"^(?:exec\w*|spawn\w*|system\w*|shell\w*|popen|[pP]rocess\w*|[cC]ommand|cmd|run\w*|sh|bash|bat"
    r"|start|launch\w*|invoke\w*|args?|arguments|capture\w*|Open3)$"
)
_RUN_BARE = bounded(r"(?:^|[\s{;])(?:sh|bash|bat|system|exec|run|script:?|command:?)\s*$")
_LOADS = re.compile(
    r"^(?:(?:(?:with|set|use|custom|embedding|embed|chat|base|hf)_){0,4}model|repo|new|with_revision|from_\w+|(?:down)?load\w*|fetch\w*|get\w*)$"
)
_REAL = re.compile(r"integration|functional|e2e|end.?to.?end", re.IGNORECASE)
_RUST_TESTS = re.compile(r"#\[cfg\(test\)\]\s*(?:pub\s+)?mod\s+\w+")
# Rules of a linter and options of a bundler have the shape of names: plugin/rule.
_TOOL = re.compile(
    r"(?:^|/)(?:\.?eslint(?:rc)?(?:\.config)?|\.?stylelint\w*|\.?prettier\w*|commitlint\.config"
    r"|(?:vite|vitest|webpack|rollup|jest|babel|tailwind|postcss|docusaurus|forge|playwright|tsup"
    r"|svelte|next|nuxt|metro|karma|wdio|astro|electron-builder)\.config)\.[cm]?[jt]sx?$"
)


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
    language = LANGUAGES[file_kind]
    code = lexer.cut(text, file_kind, summary)
    _libraries(summary, text, language.name)
    summary.is_mocked = file_kinds.is_test(path) and _is_mocked(summary, code, file_kind)
    called = [last for last in lexed_calls.calls_of(language.name) if last in text]
    reader = _Strings(summary, code, file_kind, path + text, may_load=bool(called))
    if file_kind is FileKind.JAVASCRIPT and not summary.is_mocked:
        form_fields.add(summary, text, language.name)
    for string in code.strings:
        reader.read(string)
    flows = Flows(summary, code, language.name)
    if called:
        flows.add_loads(called)
    _scripts(summary, code, language, flows)
    if prefilter.has_command(text.encode()):
        _listed_commands(summary, code, language, flows)
    if code.asks_server and not summary.is_mocked:
        _bodies(summary, code, language)
    if summary.libraries or file_kind in _PAIRED:
        _pairs(summary, code, language.name)
    return summary


_PAIRED = frozenset(
    {FileKind.JAVASCRIPT, FileKind.RUST, FileKind.JVM, FileKind.GO, FileKind.CSHARP}
)


def _scripts(summary: FileSummary, code: LexedCode, language: Language, flows: Flows) -> None:
    """Read the commands in strings that are run, and the scripts that settings hold."""
    for string in code.scripts:
        opener = code.opener(string.start)
        callee = lexed_calls.callee_at(code, opener) if opener >= 0 else ()
        is_run = bool(callee) and _RUNS.match(callee[-1]) is not None
        if not (is_run or language.is_settings or _RUN_BARE.search(code.before(string.start))):
            continue
        nested = shell.read(
            summary.path, string.value, summary.blob_sha, kind=language.name, first_line=string.line
        )
        summary.candidates += nested.candidates
        summary.loads += [flows.set_to(load, string.start) for load in nested.loads]
        summary.flows += nested.flows


def _bodies(summary: FileSummary, code: LexedCode, language: Language) -> None:
    """Read the bodies of requests that are written out, as JSON in a string."""
    for string in code.scripts:
        for model, offset in shell_downloads.models_in(string.value):
            line = string.line + string.value.count("\n", 0, offset)
            text = SourceString(model, line, language.name, summary.path)
            if found := ollama_names.load(text, ("model",)):
                summary.loads.append(found)


def _listed_commands(
    summary: FileSummary, code: LexedCode, language: Language, flows: Flows
) -> None:
    """Read commands whose words are given one by one: ``exec("ollama", "pull", "owner/name")``."""
    words: list[String] = []
    for string in [*code.strings, None]:
        if words and string and _NEXT_WORD.fullmatch(code.blank, words[-1].end, string.start):
            words.append(string)
            continue
        opener = code.opener(words[0].start) if len(words) > 1 else -1
        callee = lexed_calls.callee_at(code, opener) if opener >= 0 else ()
        if callee[-1:] == ("new",):
            callee = callee[:-1]
        if callee and _RUNS.match(callee[-1]):
            command = " ".join(word.value for word in words)
            signature = shell.signature_of(command)
            following = _NEXT_WORD.match(code.blank, words[-1].end)
            if signature is not None and following is not None:
                flows.add_command(signature, opener, following.end())
            nested = shell.read(
                summary.path, command, summary.blob_sha, kind=language.name,
                first_line=words[-1].line,
            )  # fmt: skip
            summary.candidates += nested.candidates
            summary.loads += nested.loads
        words = [string] if string else []


def _is_mocked(summary: FileSummary, code: LexedCode, kind: FileKind) -> bool:
    """Return whether a test loads nothing: a service is mocked, or no library is named at all."""
    if _MOCKS.search(code.blank) is not None:
        return True
    is_real = kind is FileKind.RUST or code.asks_server or _REAL.search(summary.path) is not None
    return not is_real and not summary.libraries and _FETCHES.search(code.blank) is None


_OWNERS = frozenset({"owner", "org", "organization"})
_REPOS = frozenset({"name", "repo", "model"})


def _pairs(summary: FileSummary, code: LexedCode, kind: str) -> None:
    """Join an owner and a name that stand side by side in two fields of one record."""
    fields = []
    for string in code.strings:
        words_ = set(name_words.words_of(lexed_calls.key_before(code, 0, string.start)))
        role = "owner" if words_ & _OWNERS else "name" if words_ & _REPOS else ""
        fields.append((role, string.value, string.line))
    for one, other in itertools.pairwise(fields):
        if {one[0], other[0]} == {"owner", "name"} and abs(one[2] - other[2]) <= 3:
            owner, name = (one, other) if one[0] == "owner" else (other, one)
            whole = f"{owner[1]}/{name[1]}"
            if model_names.is_telling(whole):
                text = SourceString(whole, name[2], kind, summary.path)
                summary.candidates.append(Candidate(text, ("model",), "value"))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _libraries(summary: FileSummary, text: str, kind: str) -> None:
    for library in libraries().values():
        if kind in library.files and any(token in text for token in library.tokens):
            summary.libraries.add(library.name)


class _Strings:
    """Reads the strings of one file."""

    def __init__(
        self, summary: FileSummary, code: LexedCode, kind: FileKind, about: str, *, may_load: bool
    ) -> None:
        self._summary = summary
        self._code = code
        self._kind = kind
        self._language = LANGUAGES[kind].name
        inline = _RUST_TESTS.search(code.blank) if kind is FileKind.RUST else None
        self._may_load = may_load
        self._is_ollama = ollama_names.is_about(about)
        self._tests_from = inline.start() if inline is not None else len(code.blank)
        self._before: String | None = None  # the string before

    def read(self, string: String) -> None:
        """Add what a string says."""
        value = string.value
        before, self._before = self._before, string
        text = SourceString(value, string.line, self._language, self._summary.path)
        signature = self._loading(string)
        is_name = model_names.is_named(value) or distinct_hub(value) != ""
        is_old = model_names.is_legacy(value) or model_names.is_spacy(value)
        option = self._option(before, string)
        is_name |= bool(option) and model_names.read_huggingface(value) is not None
        if signature is None and not is_name and not is_old:
            self._ollama(string, text)
            return
        near = self._code.blank[max(0, string.start - 80) : string.start]
        if _IMPORTS.search(near) or self._code.is_import(string.start):
            return
        if _SAYING.search(near):
            self._summary.mentions.append(replace(text, kind="docs-only"))
            return
        if self._is_dataset(string):
            self._summary.others.add((string.line, value))
            return
        if signature is not None:
            load = LoadingCall(
                signature, signature.callee, text.line, text.path, value, (ValueOrigin(text),),
                is_mock=self._summary.is_mocked,
            )  # fmt: skip
            self._summary.loads.append(load)
        if is_name or is_old:
            self._candidate(string, text, near, option)

    def _is_dataset(self, string: String) -> bool:
        """Return whether what stands beside a name says that it is that of no model."""
        opener = self._code.opener(string.start)
        if opener < 0 or string.start - opener > lexer.NEAR:
            return False
        end = min(self._code.end_of(opener), string.end + lexer.NEAR)
        return lexed_calls.says_no_model(self._code, opener, end)

    def _candidate(self, string: String, text: SourceString, near: str, option: str) -> None:
        path = (*self._code.names(string), *([option] if option else []))
        is_old = model_names.is_legacy(text.text) or model_names.is_spacy(text.text)
        is_kind = near.rstrip().endswith(("=", ":")) and is_old
        if is_kind and path and _letters(path[-1]) == _letters(text.text):
            return  # ``Gpt2 = "gpt2"``: a kind of model
        is_argument = near.rstrip().endswith(("(", ",")) and not model_names.is_telling(text.text)
        if is_argument and _letters(text.text.rpartition("/")[2]) in map(_letters, path):
            return  # ``llmBackend = read("service/llmBackend")``: where a setting stands
        place = self._place(string)
        if is_old and place == "key" and "-" not in text.text:
            return  # ``"gpt2" => Gpt2Model``
        if self._kind is FileKind.HCL and path[-1:] == ("source",):
            return  # a module or a provider
        if option and ":" in text.text and model_names.read_sure(text.text) is None:
            text = replace(text, text=text.text.partition(":")[0])  # of a quantization
        self._summary.candidates.append(Candidate(text, path, place))
        if LANGUAGES[self._kind].is_settings:
            for name in path[-1:]:
                node = ("k", name, text.path) if name_words.is_common(name) else ("k", name)
                self._summary.flows.append((node, ValueOrigin(text)))
        else:
            lexed_flows.add_named(self._summary, self._code, string, text, path)

    def _option(self, before: String | None, string: String) -> str:
        """Return what the string before this one names: an option or a variable; or nothing."""
        if before is None or string.start - before.end > 80:
            return ""
        between = self._code.blank[before.end : string.start]
        if before.value.startswith("-") and _NEXT_ARGUMENT.fullmatch(between):
            return before.value
        is_pair = _VALUE.fullmatch(between) and _VARIABLE.fullmatch(before.value)
        return before.value if is_pair else ""

    def _ollama(self, string: String, text: SourceString) -> None:
        if not ollama_names.could_be(text.text) or not text.text.islower():
            return
        if self._is_checked(string) or (
            file_kinds.is_test(text.path)
            and not _REAL.search(text.path)
            and (self._summary.is_mocked or not self._code.asks_server)
        ):
            return
        path = self._code.names(string)
        if lexed_calls.is_title(self._code, string):
            return
        if not self._is_ollama:
            around = [self._code.header(opener) for opener in self._code.enclosing(string)]
            if not ollama_names.says_ollama((*path, *around)):
                return
        if (
            ollama_names.is_tagged(text.text)
            and self._is_ollama
            and not _SHOWN.intersection(path[-1:])
        ):
            path = ()  # with a tag it can be nothing else
        elif self._is_ollama and self._makes_client(string):
            path = ("model",)
        found = ollama_names.load(text, path, is_mock=self._summary.is_mocked)
        if found is not None:
            self._summary.loads.append(found)

    def _makes_client(self, string: String) -> bool:
        """Return whether a string is all that a constructor gets: ``New("llama3.2")``."""
        opener = self._code.opener(string.start)
        callee = self._callee(opener) if opener >= 0 else ()
        is_alone = opener >= 0 and not self._code.blank[opener + 1 : string.start].strip()
        return is_alone and callee[-1:] == ("New",) and any(map(str.isdigit, string.value))

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
        return lexed_calls.callee_at(self._code, opener)

    def _loading(self, string: String) -> CallSignature | None:
        """Return the signature whose call this is an argument of, by position or by key."""
        if not self._may_load:
            return None
        blank = self._code.blank
        if string.start and blank[string.start - 1].isalpha():  # ``hgf"owner/name"``
            return self._fitting(lexed_calls.callee_in(blank[: string.start][-40:]), 0, "", -1)
        opener = self._code.opener(string.start)
        return self._at_bracket(string, opener) if opener >= 0 else None

    def _at_bracket(self, string: String, opener: int) -> CallSignature | None:
        key = lexed_calls.key_before(self._code, opener, string.start)
        mark = self._code.blank[opener]
        if mark == "(":
            return self._call_at(opener, self._code.position(opener, string.start), key)
        if mark == "{" and (tagged := _TAG.match(self._code.blank, opener, string.start)):
            return self._fitting((tagged.group(1),), 1, "", -1)
        if not key:
            return None
        # An object of options, or a record that is named: ``&api.ChatRequest{Model: "…"}``.
        around = self._code.around(opener)
        record = self._call_at(opener, None, key) if mark == "{" else None
        if record is None and around >= 0 and self._code.blank[around] == "(":
            return self._call_at(around, None, key)
        return record

    def _call_at(self, opener: int, position: int | None, key: str) -> CallSignature | None:
        return self._fitting(self._callee(opener), position, key, opener)

    def _fitting(
        self, parts: tuple[str, ...], position: int | None, key: str, opener: int
    ) -> CallSignature | None:
        for signature in lexed_calls.find(self._language, parts, position, key):
            is_off = opener >= 0 and lexed_calls.is_switched_off(self._code, opener, signature)
            if not is_off and lexed_calls.is_at_home(signature, self._summary.libraries):
                return signature
        return None


_TAG = re.compile(r"\{\s*:(\w+),\s*$")  # of Elixir: ``{:hf, "owner/name"}``
