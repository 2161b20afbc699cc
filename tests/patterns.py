"""Every regular expression of the package, and strings made from each to slow it down.

What a module compiles when it is imported is recorded as it is compiled; what a function compiles
when it runs is read from the source and evaluated in the module's namespace.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _compiler as compiler  # type: ignore[attr-defined]  # builds sets alone
from re import _parser as parser  # type: ignore[attr-defined]  # no public reader of patterns
from types import FrameType, ModuleType
from typing import Any, TypeGuard

import miner

ROOT = Path(miner.__file__).resolve().parent.parent
FOLDERS = ("miner", "schema", "db", "pipelines", "queries")
_FUNCTIONS = frozenset(
    {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
)
Text = str | bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern and the first place that compiles it.

    Attributes:
        place: ``file:line``, relative to the checkout.
        pattern: As compiled.
        flags: As compiled.
    """

    place: str
    pattern: Text
    flags: int

    def compiled(self) -> re.Pattern[Any]:
        """Compile it."""
        return re.compile(self.pattern, self.flags)


def all_modules() -> list[ModuleType]:
    """Import every module of the package, commands and migrations' helpers included."""
    names = [
        info.name
        for info in pkgutil.walk_packages(miner.__path__, "miner.")
        if ".migrations" not in info.name and not info.name.endswith("__main__")
    ]
    return [importlib.import_module(name) for name in sorted(names)]


def collect() -> tuple[list[Found], list[str]]:
    """Return all patterns, and the places whose pattern depends on what a function gets.

    To be called in a process that imported nothing of the package but ``miner`` itself.
    """
    found: dict[tuple[Text, int], str] = {}
    original = re._compile  # type: ignore[attr-defined]

    def record(pattern: Any, flags: int) -> Any:
        compiled = original(pattern, flags)
        place = _place(sys._getframe(1))
        if place and isinstance(compiled, re.Pattern):
            found.setdefault((compiled.pattern, compiled.flags), place)
        return compiled

    re._compile = record  # type: ignore[attr-defined]
    try:
        modules = all_modules()
    finally:
        re._compile = original  # type: ignore[attr-defined]
    open_places: list[str] = []
    for module in modules:
        for place, compiled in _written(module):
            if compiled is None:
                open_places.append(place)
            else:
                found.setdefault((compiled.pattern, compiled.flags), place)
    patterns = [Found(place, pattern, flags) for (pattern, flags), place in found.items()]
    return sorted(patterns, key=lambda one: (one.place, str(one.pattern))), open_places


def _place(frame: FrameType | None) -> str | None:
    """Return where in the package a pattern is compiled: outside helpers that compile."""
    places: list[str] = []
    while frame is not None and len(places) < 3:
        path = Path(frame.f_code.co_filename)
        if path.name != "__init__.py" or "re" not in path.parts:
            resolved = path.resolve()
            if not resolved.is_relative_to(ROOT) or resolved.is_relative_to(ROOT / ".venv"):
                break
            if resolved.relative_to(ROOT).parts[0] not in FOLDERS:
                break
            places.append(f"{resolved.relative_to(ROOT)}:{frame.f_lineno}")
        frame = frame.f_back
    return places[-1] if places else None


def _written(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any] | None]]:
    """Yield the patterns inside the functions of a module, None for one that depends on locals."""
    path = Path(module.__file__ or "")
    tree = ast.parse(path.read_text())
    names = vars(module)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        for call in ast.walk(function):
            if not _is_call_of_re(call):
                continue
            name = getattr(function, "name", "lambda")
            place = f"{path.resolve().relative_to(ROOT)}:{call.lineno} in {name}"
            yield place, _evaluated(call, names)


def _is_call_of_re(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in _FUNCTIONS
    )


def _evaluated(call: ast.Call, names: dict[str, Any]) -> re.Pattern[Any] | None:
    flags = [key.value for key in call.keywords if key.arg == "flags"]
    at = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(call.func.attr, 2)  # type: ignore[attr-defined]
    flags += call.args[at : at + 1]
    try:
        pattern, *rest = (
            eval(compile(ast.Expression(part), "<pattern>", "eval"), names)
            for part in [call.args[0], *flags]
        )
        return re.compile(pattern, *rest)
    except (NameError, TypeError):
        return None


# Strings.

_SAMPLE = {
    "CATEGORY_DIGIT": "1", "CATEGORY_NOT_DIGIT": "a", "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a", "CATEGORY_WORD": "a", "CATEGORY_NOT_WORD": " ",
}  # fmt: skip
_TRIED = " \u00a0\n\t1aA-_.,/:*`#|[]()<>\"'=+~x中"
"""Characters that stand for a set, where it takes them: those that sets of gaps share."""
_TAILS = ("\x00", "!\n\x00")
_COMMON = (" ", "\u00a0", "1", "a", "A", "*", "-", "a ", "1,", "a-", "a.", "\n")
_MOST_HEADS = 2
_MOST_PUMPS = 16


def _members(items: Any) -> list[str]:
    """Return characters of a set: a few of each kind that gaps and words share."""
    compiled = _set(items)
    found = [char for char in _TRIED if compiled.match(char)]
    if not found:
        found = [chr(code) for code in range(0x3100) if compiled.match(chr(code))][:2]
    return found or ["a"]


def _set(items: Any) -> re.Pattern[str]:
    """Compile a set as the parser keeps it."""
    state = parser.State()
    state.str = ""
    tree = parser.SubPattern(state, [(parser.IN, items)])
    return compiler.compile(tree, 0)  # type: ignore[no-any-return]


def _sample(tree: Any, pick: int = 0) -> str:
    """Return a short string that a part of a pattern matches, looks around left out."""
    return "".join(_one(operation, value, pick) for operation, value in tree)


def _one(operation: Any, value: Any, pick: int) -> str:  # noqa: PLR0911 - one return an operation
    name = str(operation)
    if name == "LITERAL":
        return chr(value)
    if name == "NOT_LITERAL":
        return next(char for char in "a1 " if ord(char) != value)
    if name == "ANY":
        return "a "[pick % 2]
    if name == "IN":
        members = _members(value)
        return members[pick % len(members)]
    if name == "BRANCH":
        branches = value[1]
        return _sample(branches[pick % len(branches)], pick)
    if name == "SUBPATTERN":
        return _sample(value[-1], pick)
    if name == "ATOMIC_GROUP":
        return _sample(value, pick)
    if name.endswith("REPEAT"):
        least, most, body = value
        return _sample(body, pick) * (min(least, 50) or (1 if most and pick % 2 else 0))
    return ""


@dataclass(frozen=True, slots=True)
class Pump:
    """What comes before a repeated part, and what the part takes."""

    before: str
    unit: str


def _pumps(tree: Any, before: str = "") -> Iterator[Pump]:
    """Yield each repeated part of a pattern with strings that reach it."""
    for operation, value in tree:
        name = str(operation)
        if name.endswith("REPEAT"):
            _, most, body = value
            if most > 8:
                for unit in _units(body):
                    yield Pump(before, unit)
            yield from _pumps(body, before)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from _pumps(branch, before)
        elif name == "SUBPATTERN":
            yield from _pumps(value[-1], before)
        elif name == "ATOMIC_GROUP":
            yield from _pumps(value, before)
        elif name in {"ASSERT", "ASSERT_NOT"}:
            yield from _pumps(value[1], before)
        before += _one(operation, value, 0)


def _units(body: Any) -> Iterator[str]:
    """Yield what a repeated part can be repeated with."""
    if len(body) == 1 and str(body[0][0]) == "IN":
        yield from _members(body[0][1])
        return
    if len(body) == 1 and str(body[0][0]) in {"ANY", "NOT_LITERAL"}:
        yield from (" ", "a", "1")
        return
    yield from dict.fromkeys(filter(None, (_sample(body, pick) for pick in range(4))))


def strings(found: Found, length: int) -> Iterator[Text]:
    """Yield strings of about a length that try to make a pattern slow.

    Args:
        found: The pattern.
        length: How many characters.
    """
    pattern = found.pattern
    tree = parser.parse(pattern, found.flags & ~re.DEBUG)
    pumps = list(dict.fromkeys(_pumps(tree)))
    heads = list(dict.fromkeys([pump.before for pump in pumps] or [_sample(tree)]))
    pumps = _spread(pumps, _MOST_PUMPS)
    pumps += [Pump(head, unit) for head in _spread(heads, _MOST_HEADS) for unit in _COMMON]
    pumps += [Pump("", pump.before + pump.unit) for pump in pumps[:6] if pump.before]
    pumps += [Pump("", pump.unit) for pump in pumps[:6]]
    for pump in dict.fromkeys(pumps):
        pumped = pump.before + pump.unit * (length // len(pump.unit))
        for tail in _TAILS:
            text = pumped + tail
            yield text.encode("utf-8", "replace") if isinstance(pattern, bytes) else text


def _spread(items: list[Any], most: int) -> list[Any]:
    """Return at most so many of some items, from all over the list."""
    step = max(1, -(-len(items) // most))
    return items[::step]


class _TooLong(Exception):
    """The processor time for one string is over."""


def seconds(compiled: re.Pattern[Any], text: Text, limit: float) -> float:
    """Return the processor time of finding all matches in a text, at most a limit.

    The matcher looks for signals while it runs, so that a search without end ends here.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    begun = time.process_time()
    try:
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, limit)
            for _ in compiled.finditer(text):
                pass
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)  # one that is still to come is raised here
    except _TooLong:
        signal.signal(signal.SIGVTALRM, before)
        return limit
    return time.process_time() - begun


def of_square(length: int = 10_000) -> float:
    """Return the processor seconds of the plainest pattern whose time is the length squared.

    What is linear takes a hundredth of it, on any machine.
    """
    return min(seconds(re.compile(r"\w*-"), "a" * length, 10.0) for _ in range(5))


@dataclass(frozen=True, slots=True)
class Slowest:
    """How long the slowest string of a length took."""

    place: str
    pattern: str
    seconds: dict[int, float]


LIMIT = 0.5
"""Seconds of the processor, from about which a string is measured again and given up soon."""
_KEPT = 2


def measure(found: Found, lengths: tuple[int, ...], limit: float = 2 * LIMIT) -> Slowest:
    """Time the strings made for a pattern; of each length those alone that were slowest before.

    Args:
        found: The pattern.
        lengths: Numbers of characters, rising.
        limit: Seconds after which a string is given up.
    """
    compiled = found.compiled()
    slowest: dict[int, float] = {}
    chosen: list[int] | None = None
    for length in lengths:
        timed: list[tuple[float, int]] = []
        for index, text in enumerate(strings(found, length)):
            if chosen is None or index in chosen:
                took = seconds(compiled, text, limit)
                if took >= LIMIT / 2:  # neighbors on a core slow it down: the least of three counts
                    took = min(took, *(seconds(compiled, text, limit) for _ in range(2)))
                timed.append((took, index))
                if timed[-1][0] >= limit:
                    break
        timed.sort(reverse=True)
        slowest[length] = timed[0][0] if timed else 0.0
        chosen = [index for _, index in timed[:_KEPT]]
    return Slowest(found.place, str(found.pattern), slowest)
