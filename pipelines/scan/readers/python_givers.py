"""What gives a name to a parameter or a key of Python other than a plain call or an assignment.

Decorators and fixtures of tests, enumerations as types, properties, functions that call the
function they are handed, options of the command line, variables of the environment, tables.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from miner.pipelines.scan import file_kinds, name_words
from miner.pipelines.scan.flow import Node, ValueOrigin
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers.python_scopes import CodeScope, Module, items_of
from miner.pipelines.scan.readers.python_values import Values, item_key
from miner.schema.patterns import bounded

Flow = Callable[[Node, list[ValueOrigin]], None]

# What calls the function that it is handed, and where its arguments begin.
_CALLERS = {
    "partial": 1, "submit": 1, "to_thread": 1, "call_soon": 1, "start_soon": 1, "spawn": 1,
    "apply_async": 1, "run_sync": 1, "cache_on_disk": 1,
}  # fmt: skip
_MAPS = words_in("map imap imap_unordered starmap pmap thread_map process_map")
_RECORDS = words_in(
    "Namespace SimpleNamespace EasyDict edict ConfigDict DictConfig Munch Box AttrDict CfgNode "
    "set_defaults override_config"
)
_ENVIRONMENTS = words_in("setenv set_env putenv set_key setdefault update env run Popen call "
                         "check_call check_output")  # fmt: skip
_TELLING = bounded(r"^(?=[\w.:@/-]*[a-z])[\w.:@/-]*[-/\d][\w.:@/-]*$")
_MOST_KEYS = 400  # of one table


class Givers:
    """Notes flows of one file.

    Args:
        module: The file after the walk.
        values: Resolves its expressions.
        path: The file.
        flow: Takes a node and what reaches it.
    """

    def __init__(self, module: Module, values: Values, path: str, flow: Flow) -> None:
        self._module = module
        self._values = values
        self._path = path
        self._flow = flow
        self._is_test = file_kinds.is_test(path)
        self._enums = {
            scope.name: scope
            for scope in module.scopes
            if scope.is_class and any(base.endswith("Enum") for base in scope.bases)
        }

    # --- functions

    def function(self, scope: CodeScope) -> None:
        """Note what the decorators of a function give to its parameters, and who asks it.

        Args:
            scope: Of the function.
        """
        names = [_last(decorator) for decorator in scope.decorators]
        outer = scope.parent or scope
        for decorator, name in zip(scope.decorators, names, strict=True):
            if name == "parametrize" and isinstance(decorator, ast.Call):
                self._parametrized(decorator, scope, outer)
            elif name == "expand" and isinstance(decorator, ast.Call) and decorator.args:
                for index, name_of in enumerate(scope.parameters):
                    self._give(scope, name_of, decorator.args[0], index, outer)
        if "property" in names or "cached_property" in names:
            node = self._values.key(scope.name.rsplit(".", 1)[-1])
            self._flow(node, [ValueOrigin(("r", scope.callers[-1]))])
        for parameter in scope.parameters.values():
            node = ("p", self._path, scope.name, parameter.name)
            if self._is_test and parameter.default is None:  # a fixture of this name
                self._flow(node, [ValueOrigin(("r", parameter.name))])
            if enumeration := self._enums.get(parameter.annotation or ""):
                self._flow(node, self._members(enumeration))

    def _members(self, scope: CodeScope) -> list[ValueOrigin]:
        return [
            origin
            for bound in scope.bound.values()
            for value in bound
            for origin in self._values.of(value, scope, "constant")
        ]

    def _parametrized(self, call: ast.Call, scope: CodeScope, outer: CodeScope) -> None:
        """``@pytest.mark.parametrize("size, name", [(1, "…"), …])``."""
        words = {word.arg: word.value for word in call.keywords}
        arguments = [*call.args, *(words[key] for key in ("argnames", "argvalues") if key in words)]
        if len(arguments) < 2:
            return
        names = _names_in(arguments[0])
        for index, name in enumerate(names):
            if name in scope.parameters:
                place = index if len(names) > 1 else None
                self._give(scope, name, arguments[1], place, outer)

    def _give(
        self,
        scope: CodeScope,
        parameter: str,
        cases: ast.expr,
        index: int | None,
        outer: CodeScope,
    ) -> None:
        node = ("p", self._path, scope.name, parameter)
        for row in self._rows(cases, outer):
            item = _item(row, index)
            if item is not None:
                self._flow(node, self._values.of(item, outer, "constant"))

    def _rows(self, value: ast.expr, scope: CodeScope) -> list[ast.expr]:
        """Return the rows of a list of test cases; the list itself if it is not known."""
        bound = [value]
        if isinstance(value, ast.Name):
            bound = scope.bound.get(value.id) or self._module.top.bound.get(value.id, [value])
        rows: list[ast.expr] = []
        for table in bound:
            if isinstance(table, ast.List | ast.Tuple | ast.Set):
                rows += table.elts
            else:
                rows.append(items_of(table))
        return rows[:_MOST_KEYS]

    # --- classes

    def settings(self, scope: CodeScope) -> None:
        """``class Own(BaseSettings)``: each field is a variable of the environment too.

        Args:
            scope: Of a class.
        """
        if not any(base.endswith("Settings") for base in scope.bases):
            return
        prefix = _env_prefix(scope)
        for name in scope.fields:
            variable = f"{prefix}{name}".upper()
            self._flow(self._values.key(name), [ValueOrigin(("k", variable))])

    # --- calls

    def indirect(self, call: ast.Call) -> ast.Call | None:
        """Return the call that another call makes of a function it is handed; None if none.

        Args:
            call: ``partial(load, name)``, ``pool.submit(load, name)``, ``map(load, names)``.
        """
        name = _last(call.func)
        words = {word.arg: word.value for word in call.keywords}
        function: ast.expr | None = None
        arguments: list[ast.expr] = []
        keywords = call.keywords
        if name in _CALLERS and call.args:
            function, arguments = call.args[0], call.args[_CALLERS[name] :]
        elif name == "run_in_executor" and len(call.args) > 1:
            function, arguments = call.args[1], call.args[2:]
        elif name in _MAPS and len(call.args) > 1:
            function, arguments = call.args[0], [items_of(each) for each in call.args[1:]]
        elif "target" in words:
            function, keywords = words["target"], _entries(words.get("kwargs"))
            arguments = _elements(words.get("args"))
        if not isinstance(function, ast.Name | ast.Attribute):
            return None
        inner = ast.Call(func=function, args=arguments, keywords=keywords)
        return ast.copy_location(inner, call)

    def call(self, call: ast.Call, scope: CodeScope) -> None:
        """Note what a call says under a key: an option, a record, a variable of the environment.

        Args:
            call: Any call.
            scope: The scope it stands in.
        """
        name = _last(call.func)
        if name in _RECORDS:
            for word in call.keywords:
                if word.arg is not None:
                    self._key(word.arg, word.value, scope)
        if name in _ENVIRONMENTS:
            self._environment(call, scope)
        texts = [_text(argument) for argument in call.args[:3]]
        if name.startswith("DEFINE_") and texts and texts[0] and len(call.args) > 1:
            self._key(texts[0], call.args[1], scope, "default")
        option = next((text for text in texts if text.startswith("--")), "")
        if option:
            self._option(option, call.keywords, scope)

    def _option(self, text: str, words: list[ast.keyword], scope: CodeScope) -> None:
        for word in words:
            if word.arg == "default":
                self._key(text.lstrip("-").replace("-", "_"), word.value, scope, "default")

    def _environment(self, call: ast.Call, scope: CodeScope) -> None:
        """``setenv("A", "…")``, ``run(…, env={"A": "…"})``, ``environ.update(A="…")``."""
        values = [word.value for word in call.keywords if word.arg in {"env", "environment"}]
        values += call.args[:1]
        for value in values:
            if isinstance(value, ast.Dict):
                self.table(value, scope, only_variables=True)
        for word in call.keywords:
            if word.arg is not None and word.arg.isupper():
                self._key(word.arg, word.value, scope)
        key = call.args[0] if len(call.args) > 1 else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isupper():
            self._key(key.value, call.args[1], scope)

    # --- tables

    def table(self, table: ast.Dict, scope: CodeScope, *, only_variables: bool = False) -> None:
        """Note the entries of a dictionary that may be the name of a model.

        Args:
            table: The dictionary.
            scope: The scope it stands in.
            only_variables: Whether only keys in capitals count.
        """
        for key, value in list(zip(table.keys, table.values, strict=True))[:_MOST_KEYS]:
            text = key.value if isinstance(key, ast.Constant) else None
            if not isinstance(text, str) or (only_variables and not text.isupper()):
                continue
            if text.startswith("--"):
                self._option(text, _entries(value), scope)
            elif _is_telling(value) and not name_words.is_common(text):
                self._key(text, value, scope)

    def returned(self, name: str, scope: CodeScope, value: ast.expr, kind: str) -> None:
        """Note the items of a tuple or table that a function returns.

        Args:
            name: Of the function.
            scope: Its scope.
            value: What it returns.
            kind: Of a string that stands right there.
        """
        items: Iterator[tuple[object, ast.expr]] = iter(())
        if isinstance(value, ast.Tuple):
            items = iter(enumerate(value.elts))
        elif isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            items = ((key.value, v) for key, v in pairs if isinstance(key, ast.Constant))
        for key, item in items:
            self._flow(("r", name, item_key(key)), self._values.of(item, scope, kind))

    def _key(self, name: str, value: ast.expr, scope: CodeScope, kind: str = "constant") -> None:
        self._flow(self._values.key(name), self._values.of(value, scope, kind))


def _is_telling(value: ast.expr) -> bool:
    """Return whether a value is a string with small letters and a hyphen, a slash or a digit."""
    text = value.value if isinstance(value, ast.Constant) else None
    return isinstance(text, str) and len(text) < 200 and _TELLING.match(text) is not None


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _last(node: ast.expr) -> str:
    """Return the last part of the name of what is called."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _names_in(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [name.strip() for name in str(node.value).split(",")]
    elements = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return [str(item.value) for item in elements if isinstance(item, ast.Constant)]


def _item(row: ast.expr, index: int | None) -> ast.expr | None:
    """Return one value of a row of test cases, which may stand in ``pytest.param``."""
    if isinstance(row, ast.Call) and _last(row) == "param":
        values = row.args
    elif index is None:
        return row
    else:
        values = _elements(row)
    place = index or 0
    return values[place] if place < len(values) else None


def _elements(node: ast.expr | None) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple) else []


def _entries(node: ast.expr | None) -> list[ast.keyword]:
    """Return the entries of a dictionary, written or called, as keywords."""
    if isinstance(node, ast.Call) and _last(node) == "dict":
        return node.keywords
    if not isinstance(node, ast.Dict):
        return []
    return [
        ast.keyword(arg=str(key.value), value=value)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    ]


def _env_prefix(scope: CodeScope) -> str:
    """Return what stands before the names of the variables of a class of settings."""
    for value in scope.bound.get("model_config", ()):
        words = value.keywords if isinstance(value, ast.Call) else _entries(value)
        for word in words:
            if word.arg == "env_prefix" and isinstance(word.value, ast.Constant):
                return str(word.value.value)
    return ""
