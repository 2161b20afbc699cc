"""Hub-shaped strings of a Python file, with the names they stand under.

The other way round from loads: not what a call loads, but what a string is called.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from miner.pipelines.scan import model_names
from miner.pipelines.scan.flow import Candidate, Capped, LoadingCall, SourceString
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers import ollama_names, plain_text
from miner.pipelines.scan.readers.python_scopes import Function
from miner.pipelines.scan.signatures import distinct_hub

Path = tuple[str, ...]


# A line on which something stands that could be kept; statements without one are passed over.
# It begins with one of three marks, which are looked for first.
_OF_INTEREST = re.compile(r"[/_.](?:(?<=[\w.:-]/)[\w/]|(?<=_)(?:sm|md|lg|trf)\b|(?<=\w\.)pt\b)")


def candidates_and_mentions(
    tree: ast.Module, text: str, path: str, kind: str
) -> tuple[list[Candidate], list[SourceString]]:
    """Return candidates in code, and strings that only mention models (docstrings, messages).

    Args:
        tree: The parsed file.
        text: What it was parsed from.
        path: The file.
        kind: The kind of a string that is assigned, ``constant`` or ``config``.
    """
    lines = _lines_of_interest(text)
    walker = _StringWalker(path, kind, lines)
    if lines:
        walker.checked = _only_checked(tree, text)
    for node in tree.body:
        walker.visit(node, (), "value")
    return walker.candidates, walker.mentions


def _lines_of_interest(text: str) -> list[int]:
    return _lines_of(_OF_INTEREST.finditer(text), text)


def _lines_of(places: Iterable[re.Match[str]], text: str) -> list[int]:
    lines: list[int] = []
    number, position = 1, 0
    for found in places:
        number += text.count("\n", position, found.start())
        position = found.start()
        if not lines or lines[-1] != number:
            lines.append(number)
    return lines


class _StringWalker:
    def __init__(self, path: str, kind: str, lines: list[int]) -> None:
        self._lines = lines
        self.candidates: Capped[Candidate] = Capped()
        self.mentions: Capped[SourceString] = Capped()
        self.checked: set[str] = set()
        self._path = path
        self._kind = kind

    def visit(self, node: ast.AST, path: Path, place: str) -> None:
        if isinstance(node, ast.stmt) and not self._is_of_interest(node):
            self._docstrings(node)
            return
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node, path, place)
            return
        for child in _children(node):
            self.visit(child, path, place)

    def _is_of_interest(self, node: ast.stmt) -> bool:
        at = bisect_left(self._lines, node.lineno)
        return at < len(self._lines) and self._lines[at] <= (node.end_lineno or node.lineno)

    def _docstrings(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Expr):
            if isinstance(node.value, ast.Constant):
                self._expression(node, (), "value")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for statement in node.body:
                self._docstrings(statement)

    def _constant(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Constant)  # noqa: S101
        if isinstance(node.value, str):
            self._keep(node.value, node.lineno, path, place)

    def _keep(self, value: str, line: int, path: Path, place: str) -> None:
        text = value.strip()
        if not 3 < len(text) <= 500 or " " in text:
            return
        if model_names.is_named(text) or model_names.is_spacy(text) or distinct_hub(text):
            kind = "default" if place == "default" else self._kind
            if place == "argument":
                kind = "call-literal"
            self.candidates.append(
                Candidate(SourceString(text, line, kind, self._path), path, place)
            )

    def _expression(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Expr)  # noqa: S101
        if isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                self.mentions += plain_text.mentions_in(
                    node.value.value, node.value.lineno, self._path
                )
            return
        self.visit(node.value, path, place)

    def _message(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Raise)  # noqa: S101
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.mentions += plain_text.mentions_in(part.value, part.lineno, self._path)

    def _assert(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Assert)  # noqa: S101
        self.visit(node.test, path, "check")
        if node.msg is not None:
            for part in ast.walk(node.msg):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    self.mentions += plain_text.mentions_in(part.value, part.lineno, self._path)

    def _assign(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Assign)  # noqa: S101
        target = _target(node.targets[0])
        is_checked = not path and len(target) == 1 and target[0] in self.checked
        self.visit(node.value, (*path, *target), "check" if is_checked else "value")

    def _annotated(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.AnnAssign)  # noqa: S101
        if node.value is not None:
            self.visit(node.value, (*path, *_target(node.target)), "value")

    def _function(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, Function)  # noqa: S101
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaulted = positional[len(positional) - len(arguments.defaults) :]
        for argument, default in (
            *zip(defaulted, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ):
            if default is not None:
                self.visit(default, (node.name, argument.arg), "default")
        for decorator in node.decorator_list:
            self.visit(decorator, (), "check")  # parameters of tests stand here
        for statement in node.body:
            self.visit(statement, (node.name,), "value")

    def _class(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.ClassDef)  # noqa: S101
        for statement in node.body:
            self.visit(statement, (node.name,), "value")

    def _dict(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Dict)  # noqa: S101
        for key, value in zip(node.keys, node.values, strict=True):
            inner = path
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                is_checked = place == "check" or _is_fact(value)
                self._keep(key.value, key.lineno, path, "check" if is_checked else "key")
                if len(key.value) <= 60:
                    inner = (*path, key.value)
            elif isinstance(key, ast.Attribute):
                inner = (*path, key.attr)
            self.visit(value, inner, "value" if place == "argument" else place)

    def _call(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Call)  # noqa: S101
        callee = _callee(node.func)
        self.visit(node.func, path, place)
        if callee in _MESSAGE_CALLS:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    self.mentions += plain_text.mentions_in(part.value, part.lineno, self._path)
            return
        option = _option(node) if callee in _OPTIONS else None
        setting = _setting(node, callee)
        for index, argument in enumerate(node.args):
            if setting and index:
                self.visit(argument, (*path, setting), "default")
                continue
            where = "check" if callee in _CHECKS or _FACTS.search(callee) else "argument"
            self.visit(argument, (*path, callee) if callee else path, where)
        for keyword in node.keywords:
            self._keyword(keyword, path, callee, option)

    def _keyword(self, keyword: ast.keyword, path: Path, callee: str, option: str | None) -> None:
        name = keyword.arg or ""
        if name in _MESSAGE_KEYWORDS:
            for part in ast.walk(keyword.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    self.mentions += plain_text.mentions_in(part.value, part.lineno, self._path)
        elif option is not None and name in {"default", "value"}:
            self.visit(keyword.value, (option,), "default")
        elif name == "choices" or _FACTS.search(callee):
            self.visit(keyword.value, (*path, option or ""), "check")
        elif name in {"default", "default_value"}:
            self.visit(keyword.value, path, "default")
        else:
            self.visit(keyword.value, (*path, callee, name), "argument")

    def _compare(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Compare)  # noqa: S101
        for part in (node.left, *node.comparators):
            self.visit(part, path, "check")

    def _subscript(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.Subscript)  # noqa: S101
        if isinstance(node.value, ast.List | ast.Tuple) and isinstance(node.slice, ast.Constant):
            for index, item in enumerate(node.value.elts):  # one of several that are written down
                self.visit(item, path, place if index == node.slice.value else "check")
        else:
            self.visit(node.value, path, place)
        self.visit(node.slice, (), "check")  # a key that is looked up

    def _fstring(self, node: ast.AST, path: Path, place: str) -> None:
        assert isinstance(node, ast.JoinedStr)  # noqa: S101
        first = node.values[0] if node.values else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            # An address whose end is put together: the model is in its beginning.
            sure = model_names.read_sure(first.value)
            if (
                sure is not None
                and sure.hub == model_names.HUGGINGFACE
                and first.value.count("/") > 4
            ):
                self._keep(first.value, node.lineno, path, place)


class _OllamaWalker(_StringWalker):
    """Collects names of Ollama's, in a file that speaks of Ollama."""

    def __init__(self, path: str, kind: str, text: str, *, is_mock: bool) -> None:
        super().__init__(path, kind, _lines_of(_QUOTED.finditer(text), text))
        self.loads: Capped[LoadingCall] = Capped()
        self._is_about = ollama_names.is_about(path + text)
        self._is_mock = is_mock

    def _keep(self, value: str, line: int, path: Path, place: str) -> None:
        text = value.strip()
        if place in {"check", "key"} or not ollama_names.could_be(text):
            return
        is_tagged = ollama_names.is_tagged(text)
        if not (is_tagged or self._is_about or ollama_names.says_ollama((self._path, *path))):
            return
        kind = {"default": "default", "argument": "call-literal"}.get(place, self._kind)
        found = ollama_names.load(
            SourceString(text, line, kind, self._path),
            () if is_tagged else path,
            is_mock=self._is_mock,
        )
        if found is not None:
            self.loads.append(found)


_QUOTED = re.compile(r"[\"'](?=[\w./-]*[a-z])[a-z0-9][\w./-]{1,80}(?::[\w.-]{1,40})?[\"']")


def ollama_loads(
    tree: ast.Module, text: str, path: str, kind: str, *, is_mock: bool
) -> Capped[LoadingCall]:
    """Return the loads of models by Ollama that strings of a file stand for, whatever takes them.

    Args:
        tree: The parsed file.
        text: What it was parsed from.
        path: The file.
        kind: The kind of a string that is assigned.
        is_mock: Whether it is a test against a mocked service.
    """
    if "ollama" not in text.lower() and ":11434" not in text:
        return Capped()
    walker = _OllamaWalker(path, kind, text, is_mock=is_mock)
    for node in tree.body:
        walker.visit(node, (), "value")
    return walker.loads


# Of the class and not of each walker, which would then be part of a cycle with the whole tree.
_HANDLERS: dict[type[ast.AST], Callable[[_StringWalker, ast.AST, Path, str], None]] = {
    ast.Constant: _StringWalker._constant,
    ast.Expr: _StringWalker._expression,
    ast.Assign: _StringWalker._assign,
    ast.AnnAssign: _StringWalker._annotated,
    ast.FunctionDef: _StringWalker._function,
    ast.AsyncFunctionDef: _StringWalker._function,
    ast.ClassDef: _StringWalker._class,
    ast.Dict: _StringWalker._dict,
    ast.Call: _StringWalker._call,
    ast.Compare: _StringWalker._compare,
    ast.Subscript: _StringWalker._subscript,
    ast.JoinedStr: _StringWalker._fstring,
    ast.Raise: _StringWalker._message,
    ast.Assert: _StringWalker._assert,
}

# What is printed or logged is mentioned, not loaded.
_MESSAGE_CALLS = words_in(
    "print debug info warning warn error exception critical log secho echo markdown Markdown "
    "caption write_markdown deprecated skip skipif xfail fail"
)


def is_message(callee: str) -> bool:
    """Return whether a function prints, logs or raises its arguments: messages for a reader."""
    return callee in _MESSAGE_CALLS


_MESSAGE_KEYWORDS = words_in(
    "help description desc message msg reason doc tooltip placeholder metavar epilog usage "
    "label info examples example title"
)
_OPTIONS = frozenset({"add_argument", "option", "argument", "add_option", "DEFINE_string", "flag"})
# What tells facts of a model loads none: ``register_model_info("…", "…")``.
_FACTS = re.compile(r"(^|_)(model|llm|lm)_(info|card|price|cost|alias|metadata)s?$|ModelCardData$")
_CHECKS = words_in(
    "startswith endswith match search fullmatch assertEqual assertIn assertTrue skipIf "
    "parametrize isinstance patch assert_called_with assert_called_once_with index count find "
    "replace sub removeprefix removesuffix"
)


def _is_fact(node: ast.expr) -> bool:
    """Return whether a value tells a fact of its key: a number, a flag, or a table of such."""
    if isinstance(node, ast.Dict):
        return bool(node.values) and all(_is_fact(value) for value in node.values)
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _only_checked(tree: ast.Module, text: str) -> set[str]:
    """Return the lists at the top of a file that names are only compared with: ``x in LIST``."""
    lists = [
        statement.targets[0].id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.List | ast.Set | ast.Tuple)
        and statement.value.elts
    ]
    return {name for name in lists[:100] if _is_only_checked(name, text)}


def _is_only_checked(name: str, text: str) -> bool:
    used = len(re.findall(rf"\b{name}\b", text)) - 1
    looped = len(re.findall(rf"\bfor\s[^\n]*?\sin\s+{name}\b", text))
    return 0 < used == len(re.findall(rf"\bin\s+{name}\b(?!\s*[.\[(+])", text)) - looped


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def _target(node: ast.expr) -> Path:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (node.attr,)
    if isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return (*_target(node.value), key.value)
        return _target(node.value)
    if isinstance(node, ast.Tuple):
        return tuple(name for item in node.elts for name in _target(item))
    return ()


def _callee(func: ast.expr) -> str:
    if isinstance(func, ast.Name):
        return func.id
    return func.attr if isinstance(func, ast.Attribute) else ""


def _setting(node: ast.Call, callee: str) -> str:
    """Return the variable or key that a call reads before it falls back on its second argument."""
    first = node.args[0] if node.args and callee in _LOOKUPS else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if is_text else ""  # type: ignore[union-attr] # as was just seen


_LOOKUPS = frozenset({"getenv", "get", "get_env", "env", "config", "env_var", "pop", "setdefault"})


def _option(node: ast.Call) -> str | None:
    """Return the long name of the option that a call declares."""
    strings = [
        item.value
        for item in node.args
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]
    return next(
        (name for name in strings if name.startswith("--")), strings[0] if strings else None
    )
