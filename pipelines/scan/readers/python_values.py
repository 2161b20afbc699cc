"""What a Python expression comes to: texts, and the nodes that texts come from.

Followed inside the file: variables, branches, tables, joined strings, defaults of environment
variables and of ``get``. What comes from outside (parameters, attributes, imports, results) is left
as a node for the repository-wide index.
"""

from __future__ import annotations

import ast
import itertools
import re
import string
from collections.abc import Callable

from miner.pipelines.scan import name_words
from miner.pipelines.scan.flow import Node, SourceString, ValueOrigin
from miner.pipelines.scan.readers import python_nodes
from miner.pipelines.scan.readers.python_scopes import CodeScope, Module

MAX_DEPTH = 12
MAX_ORIGINS = 256
MAX_TABLES = 6  # steps to a table
MAX_STEPS = 400_000  # expressions looked at in one file; tables of tables could go on for ever

# Calls that hand on an argument: its index of the argument, or -1 for the object itself.
_HANDED_ON: dict[str, int] = {
    "str": 0, "cast": 1, "expanduser": 0, "expandvars": 0, "abspath": 0, "Path": 0, "list": 0,
    "tuple": 0, "set": 0, "sorted": 0, "dict": 0, "reversed": 0, "iter": 0, "next": 0,
    "selectbox": 1, "radio": 1, "multiselect": 1, "select_slider": 1, "Dropdown": 0, "choice": 0,
    "choices": 0, "deepcopy": 0, "copy": -1, "strip": -1, "lower": -1, "rstrip": -1, "lstrip": -1,
    "removesuffix": -1, "removeprefix": -1, "keys": -1, "values": -1, "Constant": 0, "Secret": 0,
    "cached_path": 0, "quote": 0, "partial": 0, "frozenset": 0, "MappingProxyType": 0,
    "literal": 0, "Literal": 0, "OmegaConf": 0, "DictConfig": 0, "SimpleNamespace": 0, "min": 0,
    "max": 0, "to_absolute_path": 0,
}  # fmt: skip
_MERGES = frozenset({"merge", "ChainMap", "create", "unsafe_merge"})
_PERCENT = re.compile(r"%[sd]")
_Table = ast.Dict | ast.Set | ast.List | ast.Tuple
_ENVIRONMENT = ("getenv", "get_env", "env", "config", "env_var")
_DEFAULTED = ("field", "Field", "Option", "Argument", "Input", "Param", "attrib", "ib", "param")


class Values:
    """Resolves expressions of one file."""

    def __init__(self, module: Module, path: str) -> None:
        self._module = module
        self._path = path
        self._memo: dict[tuple[int, str], tuple[ValueOrigin, ...]] = {}
        self._open: set[tuple[int, str]] = set()
        self._found_tables: dict[tuple[ast.expr, CodeScope, int], list[_Table]] = {}
        self._steps = 0
        self._resolving: set[Node] = set()
        self._returned: dict[str, list[tuple[CodeScope, ast.expr]]] = {}
        for scope, value in module.returns:
            for name in scope.callers[-1:]:
                self._returned.setdefault(name, []).append((scope, value))
        self._defaults = {
            (scope.name, name): parameter.default
            for scope in module.scopes
            for name, parameter in scope.parameters.items()
            if parameter.default is not None
        }

    def of(self, node: ast.expr, scope: CodeScope, kind: str, depth: int = 0) -> list[ValueOrigin]:
        """Return where the value of an expression comes from.

        Args:
            node: The expression.
            scope: The scope it stands in.
            kind: What a string is that stands right here.
            depth: How many steps were made already.
        """
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return []
        handler = _HANDLERS.get(type(node))
        return handler(self, node, scope, kind, depth)[:MAX_ORIGINS] if handler else []

    # --- leaves

    def _constant(
        self, node: ast.Constant, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        if isinstance(node.value, str) and 0 < len(node.value) <= 500:
            return [ValueOrigin(SourceString(node.value, node.lineno, kind, self._path))]
        return []

    def _name(self, node: ast.Name, scope: CodeScope, kind: str, depth: int) -> list[ValueOrigin]:
        inner: CodeScope | None = scope
        while inner is not None:
            if inner.is_class and inner is not scope:
                inner = inner.parent
                continue
            found = self._bound(node.id, inner, depth)
            if found is not None:
                return found
            inner = inner.parent
        if node.id in self._module.imports:
            return self._imported(node.id)
        return []

    def _bound(self, name: str, scope: CodeScope, depth: int) -> list[ValueOrigin] | None:
        parameter = scope.parameters.get(name)
        bound = scope.bound.get(name)
        if parameter is None and bound is None:
            return None
        if scope.parent is None:
            return [ValueOrigin(("v", self._path, name))]
        found: list[ValueOrigin] = []
        if parameter is not None:
            found.append(ValueOrigin(("p", self._path, scope.name, name)))
        key = (id(scope), name)
        if key in self._memo:
            return [*found, *self._memo[key]]
        if key in self._open:
            return found
        self._open.add(key)
        values: list[ValueOrigin] = []
        for value in bound or ():
            values += self.of(value, scope, "constant", depth + 1)
        self._open.discard(key)
        self._memo[key] = tuple(values[:MAX_ORIGINS])
        return [*found, *values]

    def _imported(self, name: str) -> list[ValueOrigin]:
        dotted = self._module.imports[name]
        module = ".".join(dotted[:-1]) or dotted[0]
        return [ValueOrigin(("i", module, dotted[-1], self._path))]

    def _attribute(
        self, node: ast.Attribute, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        if node.attr in {"value", "name"} and isinstance(node.value, ast.Attribute):
            return self._attribute(node.value, scope, kind, depth)  # a member of an enum
        if node.attr == "value" and isinstance(node.value, ast.Name) and (
            node.value.id in scope.parameters
        ):  # fmt: skip
            member = ValueOrigin(("p", self._path, scope.name, node.value.id))
            return [member, ValueOrigin(self.key(node.attr, scope))]
        if node.attr == "param" and isinstance(node.value, ast.Name) and node.value.id == "request":
            return self._fixture_parameters(scope, depth)
        return [ValueOrigin(self.key(node.attr, scope))]

    def _fixture_parameters(self, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        """``request.param`` in a fixture: what its decorator lists."""
        outer = scope.parent or scope
        return [
            origin
            for decorator in scope.decorators
            if isinstance(decorator, ast.Call)
            for value in python_nodes.keyword_values(decorator, "params")
            for origin in self.of(value, outer, "constant", depth + 1)
        ]

    def key(self, name: str, scope: CodeScope | None = None) -> Node:
        """Return the node of whatever is called so, kept to this file if the name is common."""
        return ("k", name, self._path) if name_words.is_common(name) else ("k", name)

    # --- tables

    def _many(self, node: ast.List | ast.Tuple | ast.Set, scope: CodeScope, kind: str, depth: int
              ) -> list[ValueOrigin]:  # fmt: skip
        inner = "constant" if kind == "call-literal" else kind
        return [origin for item in node.elts for origin in self.of(item, scope, inner, depth + 1)]

    def _table(self, node: ast.Dict, scope: CodeScope, kind: str, depth: int) -> list[ValueOrigin]:
        return [
            origin
            for value in node.values
            for origin in self.of(value, scope, "constant", depth + 1)
        ]

    def keys_of(self, node: ast.expr, scope: CodeScope) -> list[SourceString]:
        """Return the string keys of a table, or the members of a set or list."""
        found: list[SourceString] = []
        for table in self._tables(node, scope):
            keys = table.keys if isinstance(table, ast.Dict) else table.elts
            found += [
                SourceString(key.value, key.lineno, "constant", self._path)
                for key in keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value
            ]
        return found[:MAX_ORIGINS]

    def _tables(self, node: ast.expr, scope: CodeScope, depth: int = 0) -> list[_Table]:
        """Return the tables that an expression can be, worked out once for each depth.

        Methods of one name that call each other would be walked path by path.
        """
        if isinstance(node, _Table):
            return [node]
        key = (node, scope, depth)
        if key not in self._found_tables:
            self._found_tables[key] = self._tables_at(node, scope, depth)
        return self._found_tables[key]

    def _tables_at(self, node: ast.expr, scope: CodeScope, depth: int) -> list[_Table]:
        parts = self._parts_of(node, scope) if depth < MAX_TABLES else []
        if parts:
            return [
                table for part, inner in parts for table in self._tables(part, inner, depth + 1)
            ][:MAX_ORIGINS]
        if isinstance(node, ast.Call):
            return python_nodes.built_tables(node)
        if isinstance(node, ast.Starred) and depth < MAX_TABLES:
            return self._tables_in(node.value, scope, depth)
        if isinstance(node, ast.Name) and depth < 4:
            return self._tables_of(node.id, scope, depth)
        entries = self._entries(node, scope, depth + 1) if (
            isinstance(node, ast.Subscript) and depth < 4
        ) else []  # fmt: skip
        return [part for value in entries for part in self._tables(value, scope, depth + 1)]

    def _tables_of(self, name: str, scope: CodeScope, depth: int) -> list[_Table]:
        """Return the tables that a name of this file stands for."""
        inner: CodeScope | None = scope
        while inner is not None and name not in inner.bound:
            inner = inner.parent
        if inner is None:
            return []
        bound = inner.bound[name]
        return [table for value in bound for table in self._tables(value, inner, depth + 1)]

    def _parts_of(self, node: ast.expr, scope: CodeScope) -> list[tuple[ast.expr, CodeScope]]:
        """Return what a table is put together of, or what the function returns that makes it."""
        match node:
            case ast.BinOp(op=ast.BitOr() | ast.Add()):
                return [(node.left, scope), (node.right, scope)]
            case ast.BoolOp():
                return [(value, scope) for value in node.values]
            case ast.IfExp():
                return [(node.body, scope), (node.orelse, scope)]
            case ast.Call():
                name = python_nodes.last_part(node.func)
                if name in _MERGES:
                    return [(value, scope) for value in node.args]
                return [(value, inner) for inner, value in self._returned.get(name, ())]
            case _:
                return []

    def _tables_in(self, node: ast.expr, scope: CodeScope, depth: int) -> list[_Table]:
        """Return the items of a table that are tables themselves."""
        is_values = isinstance(node, ast.Call) and python_nodes.last_part(node.func) == "values"
        if isinstance(node, ast.Call) and is_values and isinstance(node.func, ast.Attribute):
            node = node.func.value
        found = []
        for table in self._tables(node, scope, depth + 1):
            if isinstance(table, ast.Dict):
                items = table.values if is_values else []
            else:
                items = table.elts
            for item in items[:MAX_ORIGINS]:
                found += self._tables(item, scope, depth + 1)
        return found[:MAX_ORIGINS]

    def entries(self, node: ast.Subscript, scope: CodeScope) -> list[ast.expr]:
        """Return the expressions that a lookup in a table of this file can give."""
        return self._entries(node, scope)[:MAX_ORIGINS]

    def _entries(self, node: ast.Subscript, scope: CodeScope, depth: int = 0) -> list[ast.expr]:
        """Return the expressions that a lookup in a known table can give."""
        wanted = node.slice.value if isinstance(node.slice, ast.Constant) else None
        exact: list[ast.expr] = []
        others: list[ast.expr] = []
        for table in self._tables(node.value, scope, depth):
            if not isinstance(table, ast.Dict):
                others += python_nodes.chosen_items(table, wanted)
                continue
            for key, value in zip(table.keys, table.values, strict=True):
                if key is None:  # ``{**other}``
                    lookup = ast.Subscript(value=value, slice=node.slice, ctx=ast.Load())
                    exact += self._entries(lookup, scope, depth + 1) if depth < MAX_TABLES else []
                    continue
                same = isinstance(key, ast.Constant) and key.value == wanted and wanted is not None
                (exact if same else others).append(value)
        return exact or (others if wanted is None or isinstance(wanted, int) else [])

    def _subscript(
        self, node: ast.Subscript, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        found = list(self._looked(node, scope, depth))
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            found.append(ValueOrigin(self.key(node.slice.value, scope)))
        found += self._returned_item(node, scope)
        if not found and not python_nodes.is_unpacked(
            node
        ):  # a table from elsewhere: any of its values
            found = self.of(node.value, scope, kind, depth + 1)
        return found

    def _returned_item(self, node: ast.Subscript, scope: CodeScope) -> list[ValueOrigin]:
        """Return one item of what a function returns that another file may define."""
        calls = [node.value]
        if isinstance(node.value, ast.Name):
            calls = scope.bound.get(node.value.id, [])
        if not isinstance(node.slice, ast.Constant):
            return []
        return [
            ValueOrigin(("r", name, item_key(node.slice.value)))
            for call in calls[:8]
            if isinstance(call, ast.Call)
            and (name := python_nodes.last_part(call.func)) not in {"", "get"}
            and name not in self._returned
        ]

    def _looked(self, node: ast.Subscript, scope: CodeScope, depth: int) -> tuple[ValueOrigin, ...]:
        """Return what the entries of a table give, worked out once for each name and key.

        Entries made of other entries, as where a state dict is renamed key by key, are a web:
        walked path by path it would never end.
        """
        wanted = node.slice.value if isinstance(node.slice, ast.Constant) else None
        key = (
            (id(scope), f"{node.value.id}[{wanted!r}]")
            if isinstance(node.value, ast.Name)
            else None
        )
        if key is not None and (key in self._memo or key in self._open):
            return self._memo.get(key, ())
        if key is not None:
            self._open.add(key)
        found = tuple(
            origin
            for value in self._entries(node, scope)
            for origin in self.of(value, scope, "constant", depth + 1)
        )[:MAX_ORIGINS]
        if key is not None:
            self._open.discard(key)
            self._memo[key] = found
        return found

    # --- calls

    def _call(self, node: ast.Call, scope: CodeScope, kind: str, depth: int) -> list[ValueOrigin]:
        name = python_nodes.last_part(node.func)
        if name == "get" and python_nodes.is_environ(node.func):
            name = "getenv"
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, node, scope, depth)
        if name in {"replace", "split", "rsplit"}:
            return []
        index = _HANDED_ON.get(name)
        if index is not None:
            return self._handed_on(node, index, scope, kind, depth)
        return [ValueOrigin(("r", name))] if name else []

    def _handed_on(
        self, node: ast.Call, index: int, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        found: list[ValueOrigin] = []
        if index < 0:
            return self._handed_on_by(node.func, scope, kind, depth)
        if index < len(node.args):
            found += self.of(node.args[index], scope, kind, depth + 1)
        for keyword in node.keywords:
            if keyword.arg in {"options", "choices", "value", "default"}:
                found += self.of(keyword.value, scope, "constant", depth + 1)
        return found

    def _handed_on_by(
        self, func: ast.expr, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        """What a method hands on of its own object."""
        if not isinstance(func, ast.Attribute):
            return []
        if func.attr == "keys":
            return [ValueOrigin(text) for text in self.keys_of(func.value, scope)]
        return self.of(func.value, scope, kind, depth + 1)

    def _environment(self, node: ast.Call, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        found: list[ValueOrigin] = []
        if (
            node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            found.append(ValueOrigin(self.key(node.args[0].value)))
        for value in (*node.args[1:2], *python_nodes.keyword_values(node, "default")):
            found += self.of(value, scope, "default", depth + 1)
        return found

    def _looked_up(self, node: ast.Call, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        arguments = node.args
        table: ast.expr | None
        if isinstance(node.func, ast.Name):  # getattr(table, key, default)
            table, arguments = (arguments[0], arguments[1:]) if arguments else (None, [])
        else:
            table = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not arguments or table is None:
            return []
        key = arguments[0]
        lookup = ast.Subscript(value=table, slice=key, ctx=ast.Load())
        found = self._subscript(ast.copy_location(lookup, node), scope, "constant", depth + 1)
        for value in (*arguments[1:2], *python_nodes.keyword_values(node, "default")):
            found += self.of(value, scope, "default", depth + 1)
        return found

    def _defaulted(self, node: ast.Call, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        values = [*node.args[:1], *python_nodes.keyword_values(node, "default", "default_value")]
        for factory in python_nodes.keyword_values(node, "default_factory", "factory"):
            if isinstance(factory, ast.Lambda):
                values.append(factory.body)
        return [
            origin for value in values for origin in self.of(value, scope, "default", depth + 1)
        ]

    def _fallback(self, node: ast.Call, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        """``defaultdict(lambda: value)``: what the table has for any other key."""
        factory = node.args[0] if node.args else None
        return self.of(factory.body, scope, "default", depth + 1) if isinstance(
            factory, ast.Lambda) else []  # fmt: skip

    def expanded(self, call: ast.Call, scope: CodeScope) -> list[ast.Call]:
        """Return a call with what this file says of ``*arguments`` and ``**keywords`` put in.

        Args:
            call: Any call.
            scope: The scope it stands in.

        Returns:
            One call for each table that the keywords can be; the call itself if nothing is known.
        """
        starred = [word.value for word in call.keywords if word.arg is None]
        if not starred and not any(isinstance(argument, ast.Starred) for argument in call.args):
            return [call]
        tables = [t for value in starred for t in self._tables(value, scope)]
        rows: list[ast.expr] = []
        for argument in call.args:
            known = self._tables(argument.value, scope) if isinstance(argument, ast.Starred) else []
            row = known[0] if len(known) == 1 else None
            rows += row.elts if isinstance(row, ast.List | ast.Tuple) else [argument]
        named = [word for word in call.keywords if word.arg is not None]
        found = []
        for table in tables[: python_nodes.MAX_PARTS]:
            words = [] if not isinstance(table, ast.Dict) else [
                ast.keyword(arg=key.value, value=value)
                for key, value in zip(table.keys, table.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]  # fmt: skip
            found.append(ast.Call(func=call.func, args=rows, keywords=[*named, *words]))
        if not found and len(rows) == len(call.args):
            return [call]
        found = found or [ast.Call(func=call.func, args=rows, keywords=call.keywords)]
        return [ast.copy_location(one, call) for one in found]

    # --- joined strings

    def _formatted(self, node: ast.Call, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        template = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not (isinstance(template, ast.Constant) and isinstance(template.value, str)):
            return []
        keywords = {word.arg: word.value for word in node.keywords if word.arg}
        parts: list[list[ValueOrigin] | str] = []
        try:
            fields = list(string.Formatter().parse(template.value))
        except ValueError:
            return []
        for count, (text, name, _, _) in enumerate(fields[: python_nodes.MAX_PARTS]):
            parts.append(text)
            if name is None:
                continue
            value = python_nodes.format_argument(name or str(count), node.args, keywords)
            if value is None:
                return []
            parts.append(self.of(value, scope, "constant", depth + 1))
        return self._joined(parts, node.lineno, "constant")

    def _fstring(
        self, node: ast.JoinedStr, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        parts: list[list[ValueOrigin] | str] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                parts.append(self.of(value.value, scope, "constant", depth + 1))
            elif isinstance(value, ast.Constant):
                parts.append(str(value.value))
        return self._joined(parts, node.lineno, kind)

    def _sum(self, node: ast.BinOp, scope: CodeScope, kind: str, depth: int) -> list[ValueOrigin]:
        if isinstance(node.op, ast.Add):
            left = self.of(node.left, scope, kind, depth + 1)
            right = self.of(node.right, scope, kind, depth + 1)
            if python_nodes.is_list(node.left) or python_nodes.is_list(node.right):
                return [*left, *right]
            return self._joined([left, right], node.lineno, kind)
        if isinstance(node.op, ast.BitOr):
            return [*self.of(node.left, scope, kind, depth + 1),
                    *self.of(node.right, scope, kind, depth + 1)]  # fmt: skip
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            pieces = _PERCENT.split(str(node.left.value))
            if len(pieces) == len(values) + 1 <= python_nodes.MAX_PARTS:
                parts: list[list[ValueOrigin] | str] = [pieces[0]]
                for value, piece in zip(values, pieces[1:], strict=True):
                    parts += [self.of(value, scope, "constant", depth + 1), piece]
                return self._joined(parts, node.lineno, kind)
        if isinstance(node.op, ast.Div):  # pathlib
            return self._joined(
                [self.of(node.left, scope, kind, depth + 1), "/",
                 self.of(node.right, scope, kind, depth + 1)], node.lineno, kind)  # fmt: skip
        return []

    def _joined_path(self, node: ast.Call, scope: CodeScope, depth: int) -> list[ValueOrigin]:
        parts: list[list[ValueOrigin] | str] = []
        if separator := python_nodes.separator_of(node):
            for index, item in enumerate(python_nodes.items_of(node.args[0])):
                parts += [separator] if index else []
                parts.append(self.of(item, scope, "constant", depth + 1))
            return self._joined(parts, node.lineno, "constant")
        for index, argument in enumerate(node.args):
            if index:
                parts.append("/")
            found = self.of(argument, scope, "constant", depth + 1)
            # A folder from elsewhere with a file in it is a path, whatever it looks like.
            parts.append([one for one in found if isinstance(one.what, SourceString)])
        return self._joined(parts, node.lineno, "constant") if len(node.args) > 1 else []

    def _joined(
        self, parts: list[list[ValueOrigin] | str], line: int, kind: str
    ) -> list[ValueOrigin]:
        """Join parts of which at most one comes from outside the file; all pairs of the known."""
        outside = sum(any(map(_is_outside, part)) for part in parts if not isinstance(part, str))
        if outside > 1:
            parts = [part if isinstance(part, str) else self._known(part) for part in parts]
        choices: list[list[ValueOrigin]] = []
        for part in parts:
            if isinstance(part, str):
                choices.append([ValueOrigin(SourceString(part, line, kind, self._path))])
            elif not part:
                return []
            else:
                choices.append(part[:8])
        found: list[ValueOrigin] = []
        for chosen in itertools.islice(itertools.product(*choices), 64):
            joined = _join(chosen, line, kind, self._path)
            if joined is not None:
                found.append(joined)
        return found

    def _known(self, origins: list[ValueOrigin]) -> list[ValueOrigin]:
        """Return what this file says of values that come from outside an expression.

        Constants of the file and defaults of parameters, where they are texts; what is not known
        stays as it is.
        """
        found: list[ValueOrigin] = []
        for origin in origins:
            texts = self._texts_of(origin.what) if _is_outside(origin) else []
            found += [text.wrapped(origin.prefix, origin.suffix) for text in texts] or [origin]
        return found

    def _texts_of(self, node: SourceString | Node) -> list[ValueOrigin]:
        if isinstance(node, SourceString) or node in self._resolving:
            return []
        top = self._module.top
        values: list[ast.expr] = []
        if node[0] == "v" and node[1] == self._path:
            values = top.bound.get(node[2], [])
        elif node[0] == "p":
            values = [
                value for value in (self._defaults.get((node[2], node[3])),) if value is not None
            ]
        self._resolving.add(node)
        found = [o for value in values[:8] for o in self.of(value, top, "constant", MAX_DEPTH - 4)]
        self._resolving.discard(node)
        return [origin for origin in found if not _is_outside(origin)]

    # --- branches

    def _either(
        self, node: ast.BoolOp, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        inner = "default" if isinstance(node.op, ast.Or) else kind
        return [
            origin
            for index, value in enumerate(node.values)
            for origin in self.of(value, scope, inner if index else kind, depth + 1)
        ]

    def _branch(
        self, node: ast.IfExp, scope: CodeScope, kind: str, depth: int
    ) -> list[ValueOrigin]:
        return [*self.of(node.body, scope, kind, depth + 1),
                *self.of(node.orelse, scope, kind, depth + 1)]  # fmt: skip

    def _inner(self, node: ast.Starred | ast.Await | ast.NamedExpr | ast.FormattedValue,
               scope: CodeScope, kind: str, depth: int) -> list[ValueOrigin]:  # fmt: skip
        if isinstance(node, ast.Starred):  # the items of a table: its keys, if it is one
            tables = self._tables(node.value, scope)
            if tables and all(isinstance(table, ast.Dict) for table in tables):
                return [ValueOrigin(text) for text in self.keys_of(node.value, scope)]
        return self.of(node.value, scope, kind, depth + 1)


def _is_outside(origin: ValueOrigin) -> bool:
    return not isinstance(origin.what, SourceString)


def item_key(wanted: object) -> str:
    """Return what an item of a result is called in a node: ``#0``, or the key."""
    return f"#{wanted}" if isinstance(wanted, int) else str(wanted)


def _join(chosen: tuple[ValueOrigin, ...], line: int, kind: str, path: str) -> ValueOrigin | None:
    if not chosen:  # an empty f-string
        return None
    outside = [part for part in chosen if not isinstance(part.what, SourceString)]
    if len(outside) > 1:
        return None
    before = after = ""
    place: SourceString | None = None
    seen = False
    for part in chosen:
        if not isinstance(part.what, SourceString):
            before, after, seen = before + part.prefix, part.suffix + after, True
            continue
        written = part.prefix + part.what.text + part.suffix
        place = part.what if place is None or len(part.what.text) > len(place.text) else place
        before, after = (before, after + written) if seen else (before + written, after)
    if outside:
        return ValueOrigin(outside[0].what, before, after)
    assert place is not None  # noqa: S101 (all parts are texts)
    return ValueOrigin(SourceString(before, place.line, kind, place.path or path))


_Special = Callable[[Values, ast.Call, CodeScope, int], list[ValueOrigin]]
_SPECIAL: dict[str, _Special] = {
    **dict.fromkeys(_ENVIRONMENT, Values._environment),
    **dict.fromkeys(_DEFAULTED, Values._defaulted),
    **dict.fromkeys(("get", "pop", "setdefault", "getattr"), Values._looked_up),
    "defaultdict": Values._fallback,
    "format": Values._formatted,
    "join": Values._joined_path,
}
_HANDLERS: dict[type[ast.expr], Callable[..., list[ValueOrigin]]] = {
    ast.Constant: Values._constant,
    ast.Name: Values._name,
    ast.Attribute: Values._attribute,
    ast.Subscript: Values._subscript,
    ast.Call: Values._call,
    ast.JoinedStr: Values._fstring,
    ast.BinOp: Values._sum,
    ast.BoolOp: Values._either,
    ast.IfExp: Values._branch,
    ast.Starred: Values._inner,
    ast.Await: Values._inner,
    ast.NamedExpr: Values._inner,
    ast.FormattedValue: Values._inner,
    ast.List: Values._many,
    ast.Tuple: Values._many,
    ast.Set: Values._many,
    ast.Dict: Values._table,
}
