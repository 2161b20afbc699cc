"""Source of a language with braces, as places: what encloses a string and what stands before it.

No grammar: comments and strings are blanked, brackets are paired, and a look back from a string
ends where its statement or its element begins. So a table of any length costs one pass.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

from miner.pipelines.scan.name_words import words_in
from miner.schema.patterns import bounded

LOOK_BACK = 400
MAX_CLIMB = 8  # brackets around a string that are looked at

_BRACKETS = re.compile(r"[()\[\]{}]")
_OPENERS = {")": "(", "]": "[", "}": "{"}
_WORDS = re.compile(r"[A-Za-z_$][\w$]*!?")
_NOT_NAMES = words_in(
    "const let var new return await async function export default public private protected "
    "static final val def lazy override implicit pub fn mut ref let struct enum impl use String "
    "str from to into unwrap String to_string to_owned into_iter vec Some Ok Box Vec Arc as "
    "type interface class readonly string void int bool char byte func range map list List of "
    "Of asList Set Map Array record get set this self super null None true false if else match "
    "case when switch while for throw throws try catch import require package namespace using "
    "internal object extends implements abstract sealed data fun suspend companion format "
    "println panic anyhow bail error static_str concat format_args my our local end do then "
    "begin defp defmodule define char std nullptr nil undefined auto unsigned size_t NSString "
    "unless elsif elif and or not in is as? await? ENV env getenv Getenv fetch process Environment"
)
_DEFINES = bounded(
    r"\b(?:function|fn|func|fun|def|class|interface|impl|trait)\b"
    r"|\)\s*(?:=>|:\s*[\w<>\[\]., |]+|throws\s[\w., ]+)?\s*$"
)
_PULLS = re.compile(r"[pP](?<!\w[pP])ull(?:Model|_model|IfNeeded)?\(")
_CONTROL = re.compile(r"\b(?:match|if|switch|while|for|when|else|loop|try)\b")
_BODY = re.compile(r"\b(?:function|fn|func|fun|def)\s+(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*)")
# What takes the name of a setting and then its default: an option, a variable of the environment.
_SETTING = bounded(
    r"(?:[oO]ption|[aA]rg(?:ument)?|[fF]lag|[pP]aram(?:eter)?|[sS]etting|[cC]onfig|[pP]roperty|\bget"
    r"|[sS]electInput|[pP]ickerInput|[sS]electbox|[dD]ropdown|[rR]adioButtons"
    r"|[dD]efault|[fF]etch|[eE]nv|[gG]etenv|[vV]ar|\bString(?:Var)?P?|<string>|<String>|or_else)\s*$"
)
_SETTING_NAME = re.compile(r"-{0,2}[A-Za-z][\w.-]*")
_ATTRIBUTE = bounded(r"\s*[)\]]+\s*(?:pub(?:lic)?\s+|private\s+|static\s+|final\s+|let\s+)?"
                     r"(?:[A-Z][\w<>?]*\s+)?([a-z_]\w*)\s*[:=;]")  # fmt: skip
_IMPORT_BLOCK = re.compile(r"^import\s*\([^)]*\)", re.MULTILINE)  # of Go


@dataclass(frozen=True, slots=True)
class String:
    """A string of the source: where it begins, what it says, and its line."""

    start: int
    value: str
    line: int
    end: int


class LexedCode:
    """Text with comments and strings blanked, and its strings.

    Args:
        blank: The text; as long as the file.
        strings: In their order.
        text: The file as it is.
        scripts: Strings of many words in which a loading command could be.
    """

    def __init__(self, blank: str, strings: list[String], text: str, scripts: list[String]) -> None:
        self.blank = blank
        self.strings = strings
        self.scripts = scripts
        self._text = text
        self._starts = [string.start for string in strings]
        self._ends: dict[int, int] = {}  # opening bracket → closing bracket
        self._imports = [found.span() for found in _IMPORT_BLOCK.finditer(blank)]
        self._places: list[int] = []  # of every bracket
        self._inside: list[int] = []  # the opening bracket that is innermost after it, or -1
        self._parents: dict[int, int] = {}
        self._pairs: dict[int, int] = {}  # closing bracket → opening bracket
        self._headers: dict[int, str] = {}
        self._is_paired = False

    def _pair_brackets(self) -> None:
        self._is_paired = True
        blank, places, inside = self.blank, self._places, self._inside
        stack = [-1]
        for found in _BRACKETS.finditer(blank):
            place = found.start()
            partner = _OPENERS.get(found[0])
            if partner is None:
                self._parents[place] = stack[-1]
                stack.append(place)
            else:
                # A bracket of a pattern or of markup has no partner: look a little further.
                for depth in range(1, min(4, len(stack))):
                    opener = stack[-depth]
                    if blank[opener] == partner:
                        self._pairs[place] = opener
                        self._ends[opener] = place
                        del stack[-depth:]
                        break
            places.append(place)
            inside.append(stack[-1])

    @cached_property
    def asks_server(self) -> bool:
        """Whether the file asks a server of models on this machine: names its port, or pulls."""
        return ":11434" in self._text or _PULLS.search(self._text) is not None

    def line_at(self, place: int) -> int:
        """Return the line of a place, from 1."""
        return self._text.count("\n", 0, place) + 1

    def is_import(self, place: int) -> bool:
        """Return whether a place is inside a block of imports."""
        return any(begin <= place < end for begin, end in self._imports)

    def opener(self, place: int) -> int:
        """Return where the innermost bracket around a place opens, or -1."""
        if not self._is_paired:
            self._pair_brackets()
        index = bisect_right(self._places, place - 1) - 1
        return self._inside[index] if index >= 0 else -1

    def around(self, opener: int) -> int:
        """Return the bracket around a bracket, or -1."""
        return self._parents.get(opener, -1)

    def header(self, opener: int) -> str:
        """Return what stands before an opening bracket, back to where that begins."""
        if opener not in self._headers:
            self._headers[opener] = self.before(opener)
        return self._headers[opener]

    def before(self, place: int) -> str:
        """Return what stands before a place in its statement or element, without closed brackets.

        Args:
            place: Offset in the text.
        """
        if not self._is_paired:
            self._pair_brackets()
        pieces: list[str] = []
        end = index = place
        low = max(0, place - LOOK_BACK)
        while index > low:
            index -= 1
            char = self.blank[index]
            if char in ")]}":
                opener = self._pairs.get(index, -1)
                pieces.append(self.blank[index:end])
                end = index = max(opener, 0)
                if opener < 0:
                    break
            elif char in ",;([{" or (char == "\n" and self._ends_statement(index)):
                index += 1
                break
        pieces.append(self.blank[index:end])
        return "".join(reversed(pieces))

    def _ends_statement(self, newline: int) -> bool:
        before = self.blank[max(0, newline - 200) : newline].rstrip()
        after = self.blank[newline : newline + 200].lstrip()
        goes_on = before[-1:] in "=(,:.+|&?<[{\\-" or before.endswith(("=>", "->", "return"))
        return not goes_on and after[:1] not in '.?:=|&+)]}"{'

    def names(self, string: String) -> tuple[str, ...]:
        """Return the names under which a string stands, outermost first."""
        found = _names_in(self.before(string.start))[-3:]
        opener, inner = self.opener(string.start), string.start
        for _ in range(MAX_CLIMB):
            if opener < 0 or len(found) >= 4:
                break
            header = self.header(opener)
            if self.blank[opener] == "{" and _DEFINES.search(header):
                # The body of a function: its name says what it returns if little else is there.
                body = _BODY.search(header)
                if body is not None and string.start - opener < 120:
                    found = [body.group(1), *found]
                break
            if self.blank[opener] == "{":
                header = _CONTROL.split(header)[0]  # ``let name = match file {``
            found = _names_in(header)[-3:] + self._setting(opener, inner, header) + found
            opener, inner = self.around(opener), opener
        return tuple(found[-4:])

    def _setting(self, opener: int, place: int, header: str) -> list[str]:
        """Return the setting that a call names before its default stands at a place."""
        if self.blank[opener] != "(":
            return []
        before = self.blank[max(opener, place - 40) : place]
        if "default_value" in before or header.endswith("@Value"):
            field = _ATTRIBUTE.match(self.blank, self._ends.get(opener, len(self.blank)))
            return [field.group(1)] if field else []  # ``#[arg(default_value = "…")] model: …``
        if not _SETTING.search(header):
            return []
        named = [string.value for string in self.strings_in(opener, place)]
        name = next((one for one in named if one.startswith("--")), named[-1] if named else "")
        return [name.lstrip("-")] if _SETTING_NAME.fullmatch(name) else []

    def strings_in(self, begin: int, end: int) -> list[String]:
        """Return the strings that start between two places."""
        return self.strings[bisect_left(self._starts, begin) : bisect_left(self._starts, end)]

    def end_of(self, opener: int) -> int:
        """Return where a bracket closes; the end of the text if it does not."""
        if not self._is_paired:
            self._pair_brackets()
        return self._ends.get(opener, len(self.blank))

    def opening_of(self, closing: int) -> int:
        """Return where the bracket opens that closes at a place, or -1."""
        return self._pairs.get(closing, -1)

    def parts(self, opener: int, most: int) -> list[tuple[int, int]]:
        """Return where the elements inside a bracket begin and end.

        Args:
            opener: The bracket.
            most: Characters behind it that are looked at.
        """
        end = min(self.end_of(opener), opener + most)
        found: list[tuple[int, int]] = []
        begin = index = opener + 1
        while index < end:
            char = self.blank[index]
            if char in "([{":
                index = min(self.end_of(index), end)
            elif char == ",":
                found.append((begin, index))
                begin = index + 1
            index += 1
        return [*found, (begin, end)]

    def statement_end(self, place: int, most: int) -> int:
        """Return where the expression that begins at a place ends.

        Args:
            place: Its first character.
            most: Characters that are looked at.
        """
        if not self._is_paired:
            self._pair_brackets()
        end = min(place + most, len(self.blank))
        while place < end:
            char = self.blank[place]
            if char in "([{":
                place = self._ends.get(place, end)
            elif char in ",;)]}" or (char == "\n" and self._ends_statement(place)):
                return place
            place += 1
        return end

    def enclosing(self, string: String) -> list[int]:
        """Return the brackets around a string, innermost first, up to the body that holds it."""
        found: list[int] = []
        opener = self.opener(string.start)
        while opener >= 0 and len(found) < MAX_CLIMB:
            if self.blank[opener] == "{" and _DEFINES.search(self.header(opener)):
                break
            found.append(opener)
            opener = self.around(opener)
        return found

    def position(self, opener: int, place: int) -> int | None:
        """Return which argument of a call stands at a place; None if it is far from its bracket."""
        if place - opener > LOOK_BACK * 4:
            return None
        commas, index = 0, place
        while index > opener + 1:
            index -= 1
            char = self.blank[index]
            if char in ")]}":
                index = self._pairs.get(index, index)
            elif char == ",":
                commas += 1
        return commas


def is_keyword(word: str) -> bool:
    """Return whether a word belongs to a language, or to everybody's types, and names nothing."""
    return word in _NOT_NAMES


def _names_in(text: str) -> list[str]:
    return [word for word in _WORDS.findall(text) if word.rstrip("!") not in _NOT_NAMES]
