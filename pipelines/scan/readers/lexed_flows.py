"""What reaches a loading call that is given no literal, in source that is read by its tokens.

On demand: from the argument of a load back to what its names are set to in this file, to the
callers of the function that has it for a parameter, and by name to configs, to the environment and
to other files of the language. A file without such a load costs one search.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import islice

from miner.pipelines.scan import name_words
from miner.pipelines.scan.flow import FileSummary, LoadingCall, Node, SourceString, ValueOrigin
from miner.pipelines.scan.readers import lexed_calls
from miner.pipelines.scan.readers.lexed_calls import Span
from miner.pipelines.scan.readers.lexed_code import LexedCode, String, is_keyword
from miner.pipelines.scan.signatures import CallSignature
from miner.schema.patterns import bounded

MAX_CALLS = 2_000
MAX_DEPTH = 4  # names behind a name
MAX_TRACED = 60  # names of one file
MAX_PLACES = 40  # at which one name is set
MAX_EXPRESSION = 400
MAX_RESULT = 200  # characters between the parameters of a function and its body
MAX_BEFORE = 30_000  # characters in which the function around a call is looked for
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]{2,}$")
_CHAIN = bounded(r"[A-Za-z_]\w*(?:(?:::|->|\?\.|\.|\$)[A-Za-z_]\w*)*(?=(\s*\()?)")
_QUOTED = re.compile(r"\"[^\"]*\"")
_PARTS = re.compile(r"::|->|\?\.|\.|\$")
_CONVERSIONS = name_words.words_in(
    "to_string to_owned into clone as_str as_ref unwrap unwrap_or unwrap_or_else unwrap_or_default "
    "trim toString c_str str String from new value get orElse getOrDefault format expect ok "
    "filter slice sort sorted reversed iter into_iter values toList stream first last"
)
# What names a function, before its parameters: ``load = async (model) =>``,
# ``load <- function(model)``
_NAME = bounded(
    r"([A-Za-z_$][\w$.]*)\s*(?:<-|=|:)?\s*(?:async\s+)?(?:function|fn)?\s*(?:<[^<>]*>)?\s*$"
)
_DEFINITION = bounded(
    r"^[ \t]*(?:local[ \t]+)?(?:def|defp|function)[ \t]+(?:self\.)?([\w.]+)[!?]?[ \t]*"
    r"\(([^()\n]*)\)",
    re.MULTILINE,
)
_STATEMENT = re.compile(r"[;{}]")
_TWO_WORDS = re.compile(r"[a-z][A-Z]|_")
_CONTROLS = re.compile(r"^(?:if|for|while|switch|catch|match|when|guard|foreach|with|elseif)$")


class Flows:
    """Adds the loads of one file whose argument is no literal, and where it comes from.

    Args:
        summary: Of the file.
        code: Its tokens.
        language: As signatures call it.
    """

    def __init__(self, summary: FileSummary, code: LexedCode, language: str) -> None:
        self._summary = summary
        self._code = code
        self._language = language
        self._traced: set[str] = set()
        self._functions: set[str] = set()
        self._defined: dict[int, tuple[str, str] | None] = {}  # by the bracket of their bodies
        self._depth = 0

    def add_loads(self, names: list[str]) -> None:
        """Add the loads of the file that take something else than a literal.

        Args:
            names: Last parts of the callees that the file has.
        """
        for opener in islice(lexed_calls.openers_of(self._code, names), MAX_CALLS):
            self._call(opener)

    def add_command(self, signature: CallSignature, opener: int, place: int) -> None:
        """Add the load of a command whose words end before an expression.

        Args:
            signature: The command.
            opener: The bracket of the call that runs it.
            place: Where the expression begins.
        """
        span = (place, self._code.statement_end(place, MAX_EXPRESSION))
        if not self._is_literal(span):
            self._load(signature, opener, span)

    def set_to(self, load: LoadingCall, place: int) -> LoadingCall:
        """Return a load of a script in a string, with what its variables are in this file.

        Args:
            load: Reads a variable.
            place: Where the script stands.
        """
        names = [one.what[1] for one in load.origins if isinstance(one.what, tuple)]
        found = tuple(origin for name in names for origin in self._named(name, place))
        return replace(load, origins=load.origins + found)

    def _call(self, opener: int) -> None:
        parts = lexed_calls.callee_at(self._code, opener)
        for signature in lexed_calls.calls_of(self._language).get(parts[-1] if parts else "", ()):
            is_callee = parts[-len(signature.parts) :] == signature.parts
            if not is_callee or not self._is_sure(signature):
                continue
            if lexed_calls.is_switched_off(self._code, opener, signature):
                continue
            span = lexed_calls.argument_of(self._code, opener, signature)
            if span is not None and not self._is_literal(span):
                self._load(signature, opener, span)

    def _is_sure(self, signature: CallSignature) -> bool:
        """Return whether a call is that of the library: a single word may be anybody's."""
        if signature.library in self._summary.libraries:
            return True
        is_telling = len(signature.parts) > 1 or _TWO_WORDS.search(signature.parts[-1]) is not None
        return is_telling and lexed_calls.is_at_home(signature, self._summary.libraries)

    def _is_literal(self, span: Span) -> bool:
        argument = self._code.blank[span[0] : span[1]].strip()
        return argument[:1] == '"' and argument[-1:] == '"' and argument.count('"') == 2

    def _load(self, signature: CallSignature, opener: int, span: Span) -> None:
        origins = tuple(self._origins(span, opener))
        if signature.own:  # ``small`` stands under the same key in configs of anything
            origins = tuple(one for one in origins if not _is_of_config(one))
        if not origins:
            return
        line = self._code.line_at(opener)
        argument = " ".join(self._code.blank[span[0] : span[1]].split())
        self._summary.loads.append(
            LoadingCall(
                signature, signature.callee, line, self._summary.path, argument[:200], origins,
                is_mock=self._summary.is_mocked,
            )
        )  # fmt: skip

    def _origins(self, span: Span, place: int) -> Iterator[ValueOrigin]:
        """Return where an expression comes from: its strings, and the names in it."""
        if lexed_calls.says_no_model(self._code, *span):
            return
        for string in self._code.strings_in(*span):
            if lexed_calls.is_title(self._code, string):
                continue
            if _VARIABLE.match(string.value):
                yield ValueOrigin(("k", string.value))  # of the environment
            else:
                yield ValueOrigin(self._text(string))
        for name in _names(self._code.blank[span[0] : span[1]]):
            yield from self._named(name, place)

    def _text(self, string: String) -> SourceString:
        return SourceString(string.value, string.line, self._language, self._summary.path)

    def _named(self, name: str, place: int) -> Iterator[ValueOrigin]:
        """Return what a name stands for, here and in other files."""
        self._trace(name)
        yield ValueOrigin(("k", name, self._summary.path))
        if not name_words.is_common(name):
            yield ValueOrigin(node_of(self._language, name))
            if name_words.says(name) is name_words.Says.MODEL or _VARIABLE.match(name):
                yield ValueOrigin(("k", name))  # of a config, or of the environment
        if parameter := self._parameter(name, place):
            yield ValueOrigin(parameter)

    def _trace(self, name: str) -> None:
        """Note what a name is set to anywhere in the file."""
        is_spent = len(self._traced) >= MAX_TRACED or self._depth >= MAX_DEPTH
        if name in self._traced or is_spent:
            return
        self._traced.add(name)
        self._depth += 1
        node: Node = ("k", name, self._summary.path)
        for found in islice(_assigned(name).finditer(self._code.blank), MAX_PLACES):
            end = self._code.statement_end(found.end(), MAX_EXPRESSION)
            for origin in self._origins((found.end(), end), found.end()):
                if origin.what != node:
                    self._summary.flows.append((node, origin))
        self._depth -= 1

    def _parameter(self, name: str, place: int) -> Node | None:
        """Return the parameter of a function around a place that has this name."""
        for function, parameters in self._around(place):
            for index, parameter in enumerate(parameters.split(",")):
                words = re.findall(r"\w+", parameter.partition("=")[0])
                if name not in words:
                    continue
                node: Node = ("p", self._summary.path, function, name)
                keys = {f"#{index}", name, *words[:1]}
                self._summary.parameters[node] = tuple(("a", function, key) for key in sorted(keys))
                self._callers(function)
                return node
        return None

    def _around(self, place: int) -> Iterator[tuple[str, str]]:
        """Return the functions around a place, each with its parameters, innermost first."""
        opener = self._code.opener(place)
        for _ in range(12):
            if opener < 0:
                break
            if self._code.blank[opener] == "{":
                if opener not in self._defined:
                    self._defined[opener] = self._defined_at(opener)
                if found := self._defined[opener]:
                    yield found
            opener = self._code.around(opener)
        index = bisect_right(self._definitions[0], place) - 1
        if index >= 0 and place - self._definitions[0][index] < MAX_BEFORE:
            yield self._definitions[1][index]

    @cached_property
    def _definitions(self) -> tuple[list[int], list[tuple[str, str]]]:
        """Functions of languages that close their bodies with a word: places, and what they are."""
        found = list(_DEFINITION.finditer(self._code.blank))
        names = [(one.group(1).rsplit(".", 1)[-1], one.group(2)) for one in found]
        return [one.start() for one in found], names

    def _defined_at(self, opener: int) -> tuple[str, str] | None:
        """Return the function whose body opens at a bracket, and its parameters."""
        place = opener
        for _ in range(2):  # what it returns may stand in brackets, too
            close = self._code.blank.rfind(")", max(0, place - MAX_RESULT), place)
            begin = self._code.opening_of(close)
            if begin < 0 or _STATEMENT.search(self._code.blank, close, place):
                return None
            before = self._code.blank[max(0, begin - 100) : begin]
            found = _NAME.search(before)
            if found is not None and not _CONTROLS.match(found.group(1)):
                return _PARTS.split(found.group(1))[-1], self._code.blank[begin + 1 : close]
            place = begin
        return None

    def _callers(self, function: str) -> None:
        """Note what the file gives to a function of its own, by name."""
        if function in self._functions or len(self._functions) >= MAX_TRACED:
            return
        self._functions.add(function)
        for opener in islice(lexed_calls.openers_of(self._code, [function]), MAX_PLACES):
            for index, span in enumerate(self._code.parts(opener, MAX_EXPRESSION)):
                for origin in self._origins(span, opener):
                    self._summary.flows.append((("a", function, f"#{index}"), origin))


def _is_of_config(origin: ValueOrigin) -> bool:
    what = origin.what
    return isinstance(what, tuple) and len(what) == 2 and not (
        _VARIABLE.match(what[1]) or "." in what[1]
    )  # fmt: skip


def node_of(language: str, name: str) -> Node:
    """Return the node of a name in all files of a language."""
    return ("k", f"{language}.{name}")


def add_named(
    summary: FileSummary,
    code: LexedCode,
    string: String,
    text: SourceString,
    names: tuple[str, ...],
) -> None:
    """Note the names that a string has for other files of the language, and which call takes it.

    Args:
        summary: Of the file.
        code: Its tokens.
        string: Has the shape of a name.
        text: The same.
        names: Under which it stands.
    """
    origin = ValueOrigin(text)
    for name in names[-3:]:
        if not name_words.is_common(name) and name_words.says(name) is not name_words.Says.OTHER:
            summary.flows.append((node_of(text.kind, name), origin))
    opener = code.opener(string.start)
    if opener < 0 or code.blank[opener] != "(":
        return
    callee = lexed_calls.callee_at(code, opener)
    position = code.position(opener, string.start) if callee else None
    if position is not None:
        summary.flows.append((("a", callee[-1], f"#{position}"), origin))
        if key := lexed_calls.key_before(code, opener, string.start):
            summary.flows.append((("a", callee[-1], key), origin))


def _names(expression: str) -> list[str]:
    """Return the variables, fields and options that an expression reads, without conversions."""
    found: list[str] = []
    for chain in _CHAIN.finditer(_QUOTED.sub('""', expression)):
        parts = [part for part in _PARTS.split(chain.group()) if part not in _CONVERSIONS]
        if not parts or (len(parts) == 1 and is_keyword(parts[0])):
            continue
        if not is_keyword(parts[-1]) and parts[-1] not in found:
            found.append(parts[-1])
    return found[:6]


@lru_cache(maxsize=4096)
def _assigned(name: str) -> re.Pattern[str]:
    """Return a pattern for what sets a name: an assignment, a default, a key, a loop, a macro."""
    quoted = re.escape(name)
    return bounded(
        rf"(?<!\w){quoted}\b[\"']?\]?\s*(?:\??\s*:\s*[^=,;:(){{}}\n]{{0,80}})?"
        rf"(?::=|<-|\?\?=|\|\|=|=>|=(?!=)|:(?!:))\s*|#\s*define\s+{quoted}\s+"
        rf"|\bfor(?:each)?\b[^\n;{{}}]{{0,80}}\b{quoted}\s+(?:of|in)\s+"
    )
