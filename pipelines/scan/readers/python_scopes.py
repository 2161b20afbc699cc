"""What a Python file defines: scopes, parameters, assignments, imports, calls. One walk.

The walk keeps expressions, not values: what they come to is asked afterwards, only where it
matters (``python_values``).
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function.

    Attributes:
        name: As written.
        position: From 0 without self; None if it is only passed by keyword.
        default: None if it has none.
        annotation: Name of the type, None if it has none that is one name.
    """

    name: str
    position: int | None
    default: ast.expr | None
    annotation: str | None = None


@dataclass(slots=True, eq=False)
class CodeScope:
    """A module, class or function, and what is bound in it.

    Attributes:
        name: Qualified: ``Class.method``; empty for the module.
        parent: The scope around it.
        is_class: Whether it is the body of a class.
        parameters: By name.
        bound: Expressions assigned to a name, in order.
        bases: Names of the classes a class inherits from.
        callers: Names under which it is called.
        has_init: Whether a class has its own ``__init__``.
        fields: Names that a class annotates, in order.
        decorators: Of a class or function, with those of the class around it.
    """

    name: str
    parent: CodeScope | None = None
    is_class: bool = False
    parameters: dict[str, Parameter] = field(default_factory=dict)
    bound: dict[str, list[ast.expr]] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    has_init: bool = False
    fields: list[str] = field(default_factory=list)
    decorators: list[ast.expr] = field(default_factory=list)

    def bind(self, name: str, value: ast.expr) -> None:
        """Note a value that is assigned to a name; the first sixty-four are kept."""
        values = self.bound.setdefault(name, [])
        if len(values) < 64:
            values.append(value)

    @property
    def class_scope(self) -> CodeScope | None:
        """The class around a method."""
        scope = self.parent
        return scope if scope is not None and scope.is_class else None


@dataclass(slots=True)
class Module:
    """A file after the walk.

    Attributes:
        top: Its outermost scope.
        scopes: All scopes, the module's first.
        imports: Local name → dotted name.
        stars: Modules imported by star.
        calls: Every call with its scope.
        attributes: Attribute name → (scope, value) of ``self.x = value`` and ``obj.x = value``.
        returns: What functions return or yield.
        tables: Dictionaries with a key that is a string.
        lookups: ``TABLE[x]`` with an x that is no constant.
        constants: Attributes in capitals, as ``torchaudio.pipelines.HUBERT_BASE``, and those of a
            name in capitals.
        switched: Ids of the branches of ``x if flag else None``: a flag decides on them.
        package: Parts of the package that the file is in.
    """

    top: CodeScope = field(default_factory=lambda: CodeScope(""))
    scopes: list[CodeScope] = field(default_factory=list)
    imports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    calls: list[tuple[ast.Call, CodeScope]] = field(default_factory=list)
    attributes: list[tuple[str, ast.expr, CodeScope]] = field(default_factory=list)
    returns: list[tuple[CodeScope, ast.expr]] = field(default_factory=list)
    tables: list[tuple[ast.Dict, CodeScope]] = field(default_factory=list)
    lookups: list[tuple[ast.Subscript, CodeScope]] = field(default_factory=list)
    constants: list[tuple[ast.Attribute, CodeScope]] = field(default_factory=list)
    switched: set[int] = field(default_factory=set)
    package: tuple[str, ...] = ()


def walk(tree: ast.Module, package: tuple[str, ...]) -> Module:
    """Return what a file defines.

    Args:
        tree: The parsed file.
        package: Parts of the package that the file is in, for relative imports.

    Raises:
        RecursionError: The file is nested too deeply.
    """
    walker = _ScopeWalker(package)
    walker.body(tree.body, walker.module.top)
    return walker.module


class _ScopeWalker:
    def __init__(self, package: tuple[str, ...]) -> None:
        self.module = Module(package=package)
        self.module.scopes.append(self.module.top)

    def body(self, nodes: Iterable[ast.AST], scope: CodeScope) -> None:
        for node in nodes:
            self.visit(node, scope)

    def visit(self, node: ast.AST, scope: CodeScope) -> None:
        handler = _STATEMENTS.get(type(node))
        if handler is not None:
            handler(self, node, scope)
        else:
            self._children(node, scope)

    def _children(self, node: ast.AST, scope: CodeScope) -> None:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item, scope)
            elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
                self.visit(value, scope)

    # --- definitions

    def _function(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, Function)  # noqa: S101 (the table of handlers says so)
        inner = CodeScope(_qualified(scope, node.name), parent=scope)
        is_method = scope.is_class and not _is_static(node)
        inner.parameters = _parameters(node.args, skip=1 if is_method else 0)
        inner.callers = _callers(scope, node.name)
        around = scope.decorators if scope.is_class else []
        inner.decorators = [*node.decorator_list, *around]
        if node.name == "__init__" and scope.is_class:
            scope.has_init = True
        self.module.scopes.append(inner)
        for decorator in node.decorator_list:
            self.visit(decorator, scope)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default, scope)
        self.body(node.body, inner)

    def _class(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.ClassDef)  # noqa: S101
        inner = CodeScope(_qualified(scope, node.name), parent=scope, is_class=True)
        inner.bases = tuple(
            base.id if isinstance(base, ast.Name) else base.attr
            for base in node.bases
            if isinstance(base, ast.Name | ast.Attribute)
        )
        inner.callers = (node.name,)
        inner.decorators = list(node.decorator_list)
        self.module.scopes.append(inner)
        for part in (*node.decorator_list, *(keyword.value for keyword in node.keywords)):
            self.visit(part, scope)
        self.body(node.body, inner)

    # --- bindings

    def _assign(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Assign)  # noqa: S101
        for target in node.targets:
            self._bind(target, node.value, scope)
        self.visit(node.value, scope)

    def _annotated(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.AnnAssign)  # noqa: S101
        if scope.is_class and isinstance(node.target, ast.Name):
            scope.fields.append(node.target.id)
        if node.value is not None:
            self._bind(node.target, node.value, scope)
            self.visit(node.value, scope)

    def _augmented(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.AugAssign)  # noqa: S101
        if isinstance(node.op, ast.Add | ast.BitOr):
            self._bind(node.target, node.value, scope)
        self.visit(node.value, scope)

    def _named(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.NamedExpr)  # noqa: S101
        self._bind(node.target, node.value, scope)
        self.visit(node.value, scope)

    def _loop(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.For | ast.AsyncFor)  # noqa: S101
        self._bind_items(node.target, node.iter, scope)
        self.visit(node.iter, scope)
        self.body(node.body, scope)
        self.body(node.orelse, scope)

    def _comprehension(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.comprehension)  # noqa: S101
        self._bind_items(node.target, node.iter, scope)
        self.visit(node.iter, scope)
        self.body(node.ifs, scope)

    def _with(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.With | ast.AsyncWith)  # noqa: S101
        for item in node.items:
            if item.optional_vars is not None:
                self._bind(item.optional_vars, item.context_expr, scope)
            self.visit(item.context_expr, scope)
        self.body(node.body, scope)

    def _bind(self, target: ast.expr, value: ast.expr, scope: CodeScope) -> None:
        if isinstance(target, ast.Name):
            scope.bind(target.id, value)
        elif isinstance(target, ast.Attribute):
            self.module.attributes.append((target.attr, value, scope))
            self.visit(target.value, scope)
        elif isinstance(target, ast.Subscript):
            self._bind_key(target, value, scope)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for part, part_value in zip(target.elts, value.elts, strict=False):
                self._bind(part, part_value, scope)
        elif isinstance(target, ast.Tuple | ast.List):
            for index, part in enumerate(_before_star(target.elts)):
                self._bind(part, item_at(value, index), scope)

    def _bind_key(self, target: ast.Subscript, value: ast.expr, scope: CodeScope) -> None:
        """``table["key"] = value``: an entry of the table, and a value under that key."""
        key = target.slice
        if isinstance(target.value, ast.Name):
            entry = ast.Dict(keys=[key], values=[value])
            scope.bind(target.value.id, ast.copy_location(entry, value))
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self.module.attributes.append((key.value, value, scope))

    def _bind_items(self, target: ast.expr, source: ast.expr, scope: CodeScope) -> None:
        """``for x in source``: x is an item; ``for k, v in table.items()``: k a key, v a value."""
        if isinstance(target, ast.Name):
            scope.bind(target.id, items_of(source))
        elif isinstance(target, ast.Tuple):
            for index, part in enumerate(_before_star(target.elts)):
                value = _item_part(source, index)
                if isinstance(part, ast.Name):
                    scope.bind(part.id, value)
                elif isinstance(part, ast.Tuple):  # ``for key, (name, size) in …``
                    for place, inner in enumerate(_before_star(part.elts)):
                        self._bind(inner, item_at(value, place), scope)

    # --- uses

    def _return(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Return)  # noqa: S101
        if node.value is not None:
            self.module.returns.append((scope, node.value))
            self.visit(node.value, scope)

    def _yield(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Yield)  # noqa: S101
        if node.value is not None:
            self.module.returns.append((scope, node.value))
            self.visit(node.value, scope)

    def _dict(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Dict)  # noqa: S101
        if any(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys):
            self.module.tables.append((node, scope))
        self._children(node, scope)

    def _call(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Call)  # noqa: S101
        self.module.calls.append((node, scope))
        if not isinstance(node.func, ast.Name):
            self._update(node, scope)
            self.visit(node.func, scope)
        for argument in node.args:
            if type(argument) not in _LEAVES:
                self.visit(argument, scope)
        for keyword in node.keywords:
            if type(keyword.value) not in _LEAVES:
                self.visit(keyword.value, scope)

    @staticmethod
    def _update(node: ast.Call, scope: CodeScope) -> None:
        """``table.update({…})``: the entries are those of the table too."""
        func = node.func
        if (
            isinstance(func, ast.Attribute)
            and func.attr == "update"
            and isinstance(func.value, ast.Name)
        ):
            for table in (*node.args[:1], *_table_of(node)):
                scope.bind(func.value.id, table)

    def _subscript(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Subscript)  # noqa: S101
        if not isinstance(node.slice, ast.Constant | ast.Slice):
            self.module.lookups.append((node, scope))
        self._children(node, scope)

    def _attribute(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Attribute)  # noqa: S101
        is_named = isinstance(node.value, ast.Name) and node.value.id.isupper()
        if node.attr.isupper() or is_named:
            self.module.constants.append((node, scope))
        if type(node.value) not in _LEAVES:
            self.visit(node.value, scope)

    def _branches(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.IfExp)  # noqa: S101
        branches = (node.body, node.orelse)
        if any(isinstance(one, ast.Constant) and one.value is None for one in branches):
            self.module.switched.update(map(id, branches))
        self._children(node, scope)

    def _import(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.Import)  # noqa: S101
        for alias in node.names:
            parts = tuple(alias.name.split("."))
            if alias.asname:
                self.module.imports[alias.asname] = parts
            else:
                self.module.imports[parts[0]] = parts[:1]

    def _import_from(self, node: ast.AST, scope: CodeScope) -> None:
        assert isinstance(node, ast.ImportFrom)  # noqa: S101
        base = tuple((node.module or "").split(".")) if node.module else ()
        if node.level:
            package = self.module.package
            base = (*package[: len(package) - node.level + 1], *base)
        for alias in node.names:
            if alias.name == "*":
                self.module.stars.append(".".join(base))
            else:
                self.module.imports[alias.asname or alias.name] = (*base, alias.name)


# Of the class and not of each walker: a walker with its own methods would keep the whole
# tree alive until the garbage collector comes by.
_STATEMENTS: dict[type[ast.AST], Callable[[_ScopeWalker, ast.AST, CodeScope], None]] = {
    ast.FunctionDef: _ScopeWalker._function,
    ast.AsyncFunctionDef: _ScopeWalker._function,
    ast.ClassDef: _ScopeWalker._class,
    ast.Assign: _ScopeWalker._assign,
    ast.AnnAssign: _ScopeWalker._annotated,
    ast.AugAssign: _ScopeWalker._augmented,
    ast.For: _ScopeWalker._loop,
    ast.AsyncFor: _ScopeWalker._loop,
    ast.With: _ScopeWalker._with,
    ast.AsyncWith: _ScopeWalker._with,
    ast.Return: _ScopeWalker._return,
    ast.Yield: _ScopeWalker._yield,
    ast.Dict: _ScopeWalker._dict,
    ast.Import: _ScopeWalker._import,
    ast.ImportFrom: _ScopeWalker._import_from,
    ast.Call: _ScopeWalker._call,
    ast.NamedExpr: _ScopeWalker._named,
    ast.IfExp: _ScopeWalker._branches,
    ast.Subscript: _ScopeWalker._subscript,
    ast.Attribute: _ScopeWalker._attribute,
    ast.comprehension: _ScopeWalker._comprehension,
}
_LEAVES = frozenset({ast.Constant, ast.Name, ast.Load, ast.Store, ast.operator})


def _qualified(scope: CodeScope, name: str) -> str:
    return f"{scope.name}.{name}" if scope.is_class else name


def _is_static(node: Function) -> bool:
    return any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in node.decorator_list
    )


def _callers(scope: CodeScope, name: str) -> tuple[str, ...]:
    if not scope.is_class:
        return (name,)
    owner = scope.name.rsplit(".", 1)[-1]
    if name in {"__init__", "__new__"}:
        return (owner,)
    if name == "__call__":
        return ()
    return (f"{owner}.{name}", name)


def _parameters(arguments: ast.arguments, *, skip: int) -> dict[str, Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    found = {
        argument.arg: Parameter(argument.arg, index - skip, default, _type_of(argument))
        for index, (argument, default) in enumerate(zip(positional, defaults, strict=True))
        if index >= skip
    }
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found[argument.arg] = Parameter(argument.arg, None, default, _type_of(argument))
    return found


def _type_of(argument: ast.arg) -> str | None:
    return argument.annotation.id if isinstance(argument.annotation, ast.Name) else None


def _table_of(call: ast.Call) -> list[ast.Dict]:
    """Return the keywords of a call as a table."""
    named = [word for word in call.keywords if word.arg is not None]
    keys: list[ast.expr | None] = [
        ast.copy_location(ast.Constant(value=word.arg), word.value) for word in named
    ]
    return [ast.Dict(keys=keys, values=[word.value for word in named])] if named else []


def _before_star(parts: list[ast.expr]) -> list[ast.expr]:
    """Return the targets whose place in a tuple is known."""
    return list(itertools.takewhile(lambda part: not isinstance(part, ast.Starred), parts))


def item_at(value: ast.expr, index: int) -> ast.expr:
    """Return the expression of one item of a tuple.

    Args:
        value: The tuple.
        index: From 0.
    """
    place = ast.Constant(value=index)
    return ast.copy_location(ast.Subscript(value=value, slice=place, ctx=ast.Load()), value)


def items_of(source: ast.expr) -> ast.expr:
    """Mark that not the value itself but its items are meant, as a starred expression.

    Args:
        source: The value.
    """
    return ast.copy_location(ast.Starred(value=source, ctx=ast.Load()), source)


def _item_part(source: ast.expr, index: int) -> ast.expr:
    """The part of a tuple that iteration over the source gives."""
    called = source.func if isinstance(source, ast.Call) else None
    if isinstance(called, ast.Attribute) and called.attr == "items":
        # Keys of the table for the first, values for the second.
        method = "keys" if index == 0 else "values"
        func = ast.Attribute(value=called.value, attr=method, ctx=ast.Load())
        call = ast.Call(func=ast.copy_location(func, source), args=[], keywords=[])
        return items_of(ast.copy_location(call, source))
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Name):
        if source.func.id == "enumerate" and index == 1 and source.args:
            return items_of(source.args[0])
        if source.func.id == "zip" and index < len(source.args):
            return items_of(source.args[index])
    if isinstance(source, ast.Tuple | ast.List):
        rows = [row for row in source.elts if isinstance(row, ast.Tuple | ast.List)]
        parts = [row.elts[index] for row in rows if index < len(row.elts)]
        return items_of(ast.copy_location(ast.List(elts=parts, ctx=ast.Load()), source))
    return item_at(items_of(source), index)
