"""``hubconf.py``: the entry points that a repository offers to ``torch.hub``, read and never run.

An entry point is a public name at the top of the module that can be called: a function, a partial
or lambda, or an import that the module itself makes no use of (it is there to be found). What the
module uses itself is a helper of it; so is what is named like one.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from miner.schema.patterns import bounded
from miner.schema.vocab import ParseState

MAX_BYTES = 2_000_000
MAX_ENTRIES = 2_000
_HELPER = bounded(
    r"get_.*|(?:.*_)?(?:utils?|transforms?|tokenizer|tokenize|config|processing|processor)",
    re.IGNORECASE,
)
_MAKES_NAMES = frozenset({"globals", "locals", "vars", "exec", "setattr"})
_OTHER_LIBRARIES = frozenset({"torch", "typing", "functools", "os", "sys", "pathlib", "__future__"})


class HubconfEntry(NamedTuple):
    """An entry point; ``line`` counts from 1."""

    name: str
    line: int


class HubConf(NamedTuple):
    """What a ``hubconf.py`` says.

    Attributes:
        entries: Entry points in the order of the file.
        requirements: Libraries that its ``dependencies`` name.
        is_computed: More names are made when it runs; which ones, nobody can read.
        state: ``vocab.ParseState``.
        reason: Detail of the state.
    """

    entries: list[HubconfEntry]
    requirements: list[str]
    is_computed: bool
    state: str
    reason: str


def is_helper(name: str) -> bool:
    """Tell whether an entry point is named like something that goes with a model."""
    return _HELPER.fullmatch(name) is not None


def read_hubconf(body: bytes) -> HubConf:
    """Read a ``hubconf.py``.

    Args:
        body: The file's bytes, as a stranger wrote them.
    """
    if len(body) > MAX_BYTES:
        return _unparsable(f"{len(body)} bytes, more than {MAX_BYTES}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on escapes and comparisons of other people's code
            tree = ast.parse(body)
        return _read(list(_statements(tree.body)))
    except (SyntaxError, ValueError) as error:
        return _unparsable(" ".join(str(error).split())[:200])
    except (RecursionError, MemoryError):
        return _unparsable("nested too deeply")


def _unparsable(reason: str) -> HubConf:
    return HubConf([], [], False, ParseState.UNPARSABLE.value, reason)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, those in branches too, not a main block's."""
    for statement in body:
        if isinstance(statement, ast.If):
            if not _is_main(statement.test):
                yield from _statements(statement.body)
            yield from _statements(statement.orelse)
        elif isinstance(statement, ast.Try):
            parts = (statement.body, *(handler.body for handler in statement.handlers))
            for part in (*parts, statement.orelse, statement.finalbody):
                yield from _statements(part)
        elif isinstance(statement, ast.With):
            yield from _statements(statement.body)
        else:
            yield statement


def _is_main(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def _read(statements: list[ast.stmt]) -> HubConf:
    defined: dict[str, HubconfEntry] = {}
    used: set[str] = set()
    requirements: list[str] = []
    is_computed = False
    for statement in statements:
        own = set()
        for entry in _offered(statement):
            defined.setdefault(entry.name, entry)
            own.add(entry.name)
        if _assigned(statement) == "dependencies":
            requirements = _texts(statement)
        names = _names_used(statement)
        used |= names - own
        is_in_body = isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        is_computed |= _is_star(statement) or (not is_in_body and bool(names & _MAKES_NAMES))
    entries = [
        entry
        for name, entry in defined.items()
        if name not in used and not name.startswith("_") and not is_helper(name)
    ]
    state = ParseState.PARTIAL if is_computed else ParseState.PARSED
    reason = "names are made when it runs" if is_computed else ""
    return HubConf(entries[:MAX_ENTRIES], requirements, is_computed, state.value, reason)


def _offered(statement: ast.stmt) -> Iterator[HubconfEntry]:
    """Yield the names that a statement makes and that can be called."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        yield HubconfEntry(statement.name, statement.lineno)
    elif isinstance(statement, ast.ImportFrom):
        if statement.level or _root(statement.module) not in _OTHER_LIBRARIES:
            for alias in statement.names:
                if alias.name != "*":
                    yield HubconfEntry(alias.asname or alias.name, alias.lineno)
    elif (name := _assigned(statement)) and _can_be_called(statement):
        yield HubconfEntry(name, statement.lineno)


def _root(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _assigned(statement: ast.stmt) -> str:
    """Return the one name that a statement assigns, empty if it does something else."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else ""
    return ""


def _can_be_called(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Assign) else None
    if isinstance(value, ast.Call):
        function = value.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name == "partial"
    return isinstance(value, ast.Lambda)


def _texts(statement: ast.stmt) -> list[str]:
    value = statement.value if isinstance(statement, ast.Assign) else None
    items = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else []
    texts = [
        item.value for item in items if isinstance(item, ast.Constant) and type(item.value) is str
    ]
    return list(dict.fromkeys(text[:200] for text in texts))[:200]


def _names_used(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _is_star(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"
