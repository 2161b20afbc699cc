"""The policy of a project: table ``policy`` of its file, read by ``policy.schema.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from miner.errors import ConfigurationError
from miner.pipelines.check.license_groups import LicenseGroup, known_words, read_group
from miner.pipelines.check.policy_reasons import known_codes
from miner.pipelines.derive.licenses.statement import Statement, read
from miner.schema.vocab import DEFAULT_HUB
from miner.settings import did_you_mean

_SCHEMA = Path(__file__).with_name("policy.schema.json")
_SKIP = "or leave the file out: miner check --no-project-file"
_LICENSE_LISTS = ("allow", "deny", "review")


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of the table."""
    found: dict[str, Any] = orjson.loads(_SCHEMA.read_bytes())
    return found


def default_levels() -> dict[str, str]:
    """Return what each state does where no policy says otherwise."""
    states = schema()["properties"]["states"]["properties"]
    return {state: rule["default"] for state, rule in states.items()}


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that somebody answers for.

    Attributes:
        model: Name of the model, or of the project for a finding on its own license.
        finding: Code of the finding.
        reason: Why.
        who: Who answers for it.
        expires: The last day on which it holds, UTC.
    """

    model: str
    finding: str
    reason: str
    who: str
    expires: date

    def covers(self, code: str, *names: str) -> bool:
        """Return whether it is of a finding on something by one of these names."""
        return self.finding == code and self.model.lower() in {name.lower() for name in names}


@dataclass(frozen=True, slots=True)
class LicenseConclusion:
    """What a team found out to be the license of a model.

    Attributes:
        hub: Where the model is published.
        model: Its name there.
        license: As written.
        statement: The same, read.
        reason: How that is known.
        who: Who found it out, or empty.
    """

    hub: str
    model: str
    license: str
    statement: Statement
    reason: str
    who: str

    @property
    def comment(self) -> str:
        """A sentence that marks it as the project's own."""
        by = f" ({self.who})" if self.who else ""
        return f"Concluded by the project{by}: {self.reason}"


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """What passes, what is warned of and what fails.

    Attributes:
        context: distributed, hosted, internal, research, or empty: not stated.
        commercial: Whether the project serves commerce; None: not stated.
        allow: Licenses that pass; where there are any, all others fail.
        deny: Licenses that fail.
        review: Licenses that are warned of.
        levels: fail, warn or ignore, by state.
        waivers: Findings that somebody answers for.
        conclusions: Licenses that somebody found out.
        path: The file, or None: the defaults.
    """

    context: str = ""
    commercial: bool | None = None
    allow: tuple[LicenseGroup, ...] = ()
    deny: tuple[LicenseGroup, ...] = ()
    review: tuple[LicenseGroup, ...] = ()
    levels: Mapping[str, str] = field(default_factory=default_levels)
    waivers: tuple[Waiver, ...] = ()
    conclusions: tuple[LicenseConclusion, ...] = ()
    path: Path | None = None


def read_policy(path: Path, table: object, text: str) -> GatePolicy:
    """Return the policy that a table states.

    Args:
        path: The file it stands in.
        table: The table, as parsed.
        text: The whole file, to name lines.

    Raises:
        ConfigurationError: It has a name or value that the schema does not know.
    """
    reader = _Reader(path, text)
    for place, wrong, hint in _wrong(schema(), table, ()):
        raise reader.error(place, wrong, hint)
    return _policy(path, dict(table), reader)  # type: ignore[call-overload]  # the schema says so


def _policy(path: Path, table: dict[str, Any], reader: _Reader) -> GatePolicy:
    groups = {name: reader.groups(name, table.get(name, [])) for name in _LICENSE_LISTS}
    return GatePolicy(
        context=table.get("context", ""),
        commercial=table.get("commercial"),
        levels={**default_levels(), **table.get("states", {})},
        waivers=tuple(reader.waiver(at, one) for at, one in enumerate(table.get("waiver", []))),
        conclusions=tuple(
            reader.conclusion(at, one) for at, one in enumerate(table.get("conclusion", []))
        ),
        path=path,
        **groups,
    )


_Place = tuple[str | int, ...]


class _Reader:
    """Reads the values of one file, and names their lines."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def error(self, place: _Place, wrong: str, hint: str = "") -> ConfigurationError:
        """Return an error that names the line."""
        line = _line_of(self._lines, place)
        where = f"{self._path}:{line}" if line else str(self._path)
        return ConfigurationError(f"{where}: {wrong}", next_step=f"{hint or 'correct it,'} {_SKIP}")

    def groups(self, name: str, words: list[str]) -> tuple[LicenseGroup, ...]:
        """Return licenses and families by their names."""
        found = []
        for word in words:
            group = read_group(word)
            if group is None:
                near = did_you_mean(word.lower(), known_words())
                raise self.error(
                    (name, word), f"{name}: {word!r} is no license or family that is known", near
                )
            found.append(group)
        return tuple(found)

    def waiver(self, at: int, table: Mapping[str, Any]) -> Waiver:
        """Return a waiver."""
        code = table["finding"]
        if code not in known_codes():
            near = did_you_mean(code.upper(), known_codes())
            raise self.error(("waiver", at, "finding"), f"no finding is called {code!r}", near)
        return Waiver(table["model"], code, table["reason"], table["who"], _day(table["expires"]))

    def conclusion(self, at: int, table: Mapping[str, Any]) -> LicenseConclusion:
        """Return a conclusion."""
        written = table["license"]
        statement = read(written)
        if not statement.is_known or any(one.evidence == "name" for one in statement.leaves()):
            near = did_you_mean(written.lower(), known_words())
            raise self.error(
                ("conclusion", at, "license"), f"{written!r} is no license that is known", near
            )
        return LicenseConclusion(
            table.get("hub", DEFAULT_HUB), table["model"], written, statement,
            table["reason"], table.get("who", ""),
        )  # fmt: skip


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _wrong(
    rule: Mapping[str, Any], value: object, place: _Place
) -> Iterator[tuple[_Place, str, str]]:
    """Yield what breaks the schema: place, what is wrong, and a hint."""
    if ref := rule.get("$ref"):
        rule = schema()["$defs"][ref.rpartition("/")[2]]
    name = ".".join(str(part) for part in place if isinstance(part, str)) or "policy"
    if choices := rule.get("enum"):
        if value not in choices:
            near = did_you_mean(str(value), choices)
            yield place, f"{name} must be one of {', '.join(choices)}, not {value!r}", near
    elif rule["type"] == "object":
        yield from _wrong_table(rule, value, place, name)
    elif rule["type"] == "array":
        if not isinstance(value, list):
            yield place, f"{name} must be a list, not {value!r}", ""
            return
        for at, one in enumerate(value):
            yield from _wrong(rule["items"], one, (*place, at))
    elif wrong := _wrong_value(rule, value):
        yield place, f"{name} must be {wrong}, not {value!r}", ""


def _wrong_table(
    rule: Mapping[str, Any], value: object, place: _Place, name: str
) -> Iterator[tuple[_Place, str, str]]:
    if not isinstance(value, dict):
        yield place, f"{name} must be a table, not {value!r}", ""
        return
    known = rule["properties"]
    for key, one in value.items():
        if key not in known:
            yield (*place, key), f"{name} has no setting {key!r}", did_you_mean(key, known)
        else:
            yield from _wrong(known[key], one, (*place, key))
    for key in rule.get("required", ()):
        if key not in value:
            yield place, f"{name} needs {key}", f"add {key},"


def _wrong_value(rule: Mapping[str, Any], value: object) -> str:
    """Return what a plain value should be; empty if it is that."""
    if rule["type"] == "boolean":
        return "" if isinstance(value, bool) else "true or false"
    if rule.get("format") == "date":
        if isinstance(value, date):
            return "a day" if isinstance(value, datetime) else ""
        return "" if _is_day(value) else "a day, as 2027-01-31"
    return "" if isinstance(value, str) and value.strip() else "a text"


def _is_day(value: object) -> bool:
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _line_of(lines: list[str], place: _Place) -> int:
    """Return the line of a key or value, from 1; 0 where it cannot be found."""
    start = _table_line(lines, place)
    words = [part for part in place if isinstance(part, str)]
    for word in reversed(words):
        for number, line in enumerate(lines[max(start - 1, 0) :], start=max(start, 1)):
            if _has_word(line.partition("#")[0], word):
                return number
    return start


def _has_word(line: str, word: str) -> bool:
    """Return whether a word stands in a line, and not as a part of a longer one."""
    at = line.find(word)
    while at >= 0:
        if not _IN_WORD.match(line[at - 1 : at]) and not _IN_WORD.match(line, at + len(word)):
            return True
        at = line.find(word, at + 1)
    return False


_IN_WORD = re.compile(r"[\w.-]")
_HEADER = re.compile(r"\s{0,80}(?P<open>\[{1,2})(?P<name>[^\[\]]{1,400})\]")


def _table_line(lines: list[str], place: _Place) -> int:
    """Return the line of the header that a place stands under; 0 where there is none."""
    headers = [
        (number, match["open"], [part.strip(" \t\"'") for part in match["name"].split(".")])
        for number, line in enumerate(lines, start=1)
        if (match := _HEADER.match(line)) is not None
    ]
    index = next((part for part in place if isinstance(part, int)), None)
    if index is not None:
        found = [at for at, mark, names in headers if mark == "[[" and names[-1] == place[0]]
        if index < len(found):
            return found[index]
    return next((at for at, _, names in headers if "policy" in {names[0], *names[2:3]}), 0)
