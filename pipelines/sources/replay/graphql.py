"""As much of GraphQL as queries about repositories need: aliases, arguments, fragments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:!=$@|]|[\s,]+|#[^\n]*'
)
_NAME = re.compile(r"[A-Za-z_]\w*")


class GraphQLError(Exception):
    """The query cannot be read, or asks for what is not there."""


@dataclass(slots=True)
class Field:
    """A field that is asked for: under which key, with which arguments, and what of it."""

    key: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    selection: list[Field] = field(default_factory=list)


def parse(text: str, variables: Mapping[str, Any]) -> list[Field]:
    """Return the fields that the query's operation asks for, fragments put in.

    Raises:
        GraphQLError: It cannot be read.
    """
    return _Parser(text, variables).operation()


def project(value: Any, selection: list[Field], kind: str) -> Any:
    """Return of a value what a selection asks for.

    Args:
        value: Objects as dicts, lists, plain values; a function gives the value by the arguments
            of the field.
        selection: Empty for plain values.
        kind: Name of the type, for messages.

    Raises:
        GraphQLError: A field is not there.
    """
    if isinstance(value, list):
        return [project(item, selection, kind) for item in value]
    if not isinstance(value, dict):
        return value
    if not selection:
        raise GraphQLError(f"Field of type {kind} must have selections")
    selected = {}
    for wanted in selection:
        if wanted.name not in value:
            raise GraphQLError(f"Field '{wanted.name}' doesn't exist on type '{kind}'")
        found = value[wanted.name]
        if callable(found):
            found = found(wanted.arguments)
        selected[wanted.key] = project(found, wanted.selection, wanted.name)
    return selected


class _Parser:
    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = self._split(text)
        self._place = 0
        self._variables = variables
        self._fragments: dict[str, list[Any]] = {}

    @staticmethod
    def _split(text: str) -> list[str]:
        tokens, place = [], 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise GraphQLError(f"Parse error on {text[place : place + 10]!r}")
            place = found.end()
            if not found[0].isspace() and found[0].strip(", \t\r\n") and found[0][0] != "#":
                tokens.append(found[0])
        return tokens

    def operation(self) -> list[Field]:
        selection: list[Any] | None = None
        while self._place < len(self._tokens):
            if self._peek() == "fragment":
                self._take()
                name = self._take()
                self._skip_until("{")
                self._fragments[name] = self._selection()
            else:
                self._skip_until("{")
                selection = self._selection()
        if selection is None:
            raise GraphQLError("A query attribute must be specified and must be a string.")
        return self._spread(selection)

    def _selection(self) -> list[Any]:
        """Return fields, and names of fragments where they stand."""
        self._expect("{")
        found: list[Any] = []
        while self._peek() != "}":
            if self._peek() == "...":
                self._take()
                if self._peek() == "on":
                    self._take()
                    self._take()
                    found += self._selection()
                else:
                    found.append(self._take())
            else:
                found.append(self._field())
        self._expect("}")
        return found

    def _field(self) -> Field:
        name = key = self._take()
        if not _NAME.fullmatch(name):
            raise GraphQLError(f"Parse error on {name!r}")
        if self._peek() == ":":
            self._take()
            name = self._take()
        parsed = Field(key, name)
        if self._peek() == "(":
            parsed.arguments = self._arguments(")")
        if self._peek() == "{":
            parsed.selection = self._selection()
        return parsed

    def _arguments(self, end: str) -> dict[str, Any]:
        self._take()
        found = {}
        while self._peek() != end:
            name = self._take()
            self._expect(":")
            found[name] = self._value()
        self._expect(end)
        return found

    def _value(self) -> Any:
        if self._peek() == "{":
            return self._arguments("}")
        if self._peek() == "[":
            self._take()
            items = []
            while self._peek() != "]":
                items.append(self._value())
            self._expect("]")
            return items
        word = self._take()
        if word == "$":
            return self._variables.get(self._take())
        if word[0] == '"' or word in {"true", "false", "null"} or word[0] in "-0123456789":
            return json.loads(word)
        return word

    def _spread(self, selection: list[Any], depth: int = 0) -> list[Field]:
        if depth > 20:
            raise GraphQLError("Fragments contain an infinite loop")
        fields: list[Field] = []
        for item in selection:
            if isinstance(item, Field):
                item.selection = self._spread(item.selection, depth + 1)
                fields.append(item)
            elif item in self._fragments:
                fields += self._spread(self._fragments[item], depth + 1)
            else:
                raise GraphQLError(f"Fragment {item} was used, but not defined")
        return fields

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        if self._place >= len(self._tokens):
            raise GraphQLError("Expected one of: }; got end of file")
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, token: str) -> None:
        if (found := self._take()) != token:
            raise GraphQLError(f"Parse error on {found!r}, expected {token!r}")

    def _skip_until(self, token: str) -> None:
        depth = 0
        while self._peek() != token or depth:
            skipped = self._take()
            depth += (skipped in "([") - (skipped in ")]")
