"""What nodes of a Python syntax tree say by themselves, wherever they stand."""

from __future__ import annotations

import ast

MAX_PARTS = 8  # of a joined string
_TABLES = frozenset(
    {"dict", "OrderedDict", "EasyDict", "Box", "Munch", "edict", "list", "tuple", "set",
     "frozenset", "MappingProxyType", "AttrDict", "ConfigDict"}
)  # fmt: skip


def dotted_name(node: ast.expr) -> tuple[str, ...]:
    """Return the parts of a dotted name, those of ``a.b(…).c`` too; none of anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) or (parts and isinstance(node, ast.Call)):
        if isinstance(node, ast.Call):  # Client(…).chat is a method of what Client makes
            node = node.func
            continue
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    elif isinstance(node, ast.Call | ast.Subscript):
        parts.append("()")
    else:
        return ()
    return tuple(reversed(parts))


def last_part(func: ast.expr) -> str:
    """Return the last part of a dotted name, else an empty text."""
    if isinstance(func, ast.Name):
        return func.id
    return func.attr if isinstance(func, ast.Attribute) else ""


def name_of(node: ast.expr | None) -> str:
    """Return a plain name, else an empty text."""
    return node.id if isinstance(node, ast.Name) else ""


def literal_text(node: ast.expr) -> str:
    """Return a literal as text, else an empty text."""
    return str(node.value) if isinstance(node, ast.Constant) else ""


def is_bool(node: ast.expr) -> bool:
    """Return whether a node is ``True`` or ``False``."""
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def looked_up(func: ast.expr) -> tuple[ast.expr | None, ast.expr | None]:
    """Return the object and the name by which a callee is looked up in it."""
    if isinstance(func, ast.Call) and len(func.args) > 1 and dotted_name(func.func) == ("getattr",):
        return func.args[0], func.args[1]
    if isinstance(func, ast.Subscript) and isinstance(func.value, ast.Attribute):
        return (func.value.value, func.slice) if func.value.attr == "__dict__" else (None, None)
    return None, None


def can_be_on(flag: ast.expr) -> bool:
    """Return whether a flag is anything but ``False`` or ``None``."""
    return literal_text(flag) not in {"False", "None"}


def is_list(node: ast.expr) -> bool:
    """Return whether a node makes a list or tuple."""
    return isinstance(node, ast.List | ast.ListComp | ast.Tuple)


def is_environ(func: ast.expr) -> bool:
    """Return whether a callee is a method of the environment's variables."""
    return isinstance(func, ast.Attribute) and (
        (isinstance(func.value, ast.Attribute) and func.value.attr == "environ")
        or (isinstance(func.value, ast.Name) and func.value.id in {"environ", "env"})
    )


def is_unpacked(node: ast.Subscript) -> bool:
    """Return whether one of several results of a call, or of an iteration, is meant."""
    return (
        isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, int)
        and isinstance(node.value, ast.Call | ast.Starred)
    )


def items_of(node: ast.expr) -> list[ast.expr]:
    """Return the first items of a written list or tuple."""
    return node.elts[:MAX_PARTS] if isinstance(node, ast.List | ast.Tuple) else []


def separator_of(call: ast.Call) -> str:
    """Return what stands between the items that ``"/".join([…])`` joins; else an empty text."""
    func = call.func
    is_text = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Constant)
    if not is_text or len(call.args) != 1 or not items_of(call.args[0]):
        return ""
    return str(func.value.value)  # type: ignore[attr-defined] # as was just seen


def keyword_values(node: ast.Call, *names: str) -> list[ast.expr]:
    """Return the arguments that are passed by one of these names."""
    return [keyword.value for keyword in node.keywords if keyword.arg in names]


def format_argument(
    name: str, arguments: list[ast.expr], keywords: dict[str, ast.expr]
) -> ast.expr | None:
    """Return the argument of ``str.format`` that a field's name or number means."""
    if name.isdecimal():
        return arguments[int(name)] if int(name) < len(arguments) else None
    return keywords.get(name)


def built_tables(call: ast.Call) -> list[ast.Dict | ast.Set | ast.List | ast.Tuple]:
    """Return the table that a call makes: ``dict(a=…)``, ``defaultdict(lambda: …)``."""
    table = call.args[0] if call.args else None
    if isinstance(table, ast.Dict | ast.Set | ast.List | ast.Tuple) and len(call.args) == 1:
        return [table] if last_part(call.func) in _TABLES else []
    if last_part(call.func) == "defaultdict" and isinstance(table, ast.Lambda):
        keys: list[ast.expr | None] = [ast.copy_location(ast.Constant(value=None), call)]
        return [ast.Dict(keys=keys, values=[table.body])]
    if last_part(call.func) == "dict" and not call.args:
        named = [word for word in call.keywords if word.arg is not None]
        keys = [ast.copy_location(ast.Constant(value=word.arg), word.value) for word in named]
        return [ast.Dict(keys=keys, values=[word.value for word in named])]
    return []


def chosen_items(table: ast.Set | ast.List | ast.Tuple, wanted: object) -> list[ast.expr]:
    """Return the item that an index chooses, or all if it is not known."""
    if isinstance(wanted, int) and not any(isinstance(item, ast.Starred) for item in table.elts):
        return table.elts[wanted : wanted + 1]
    return table.elts
