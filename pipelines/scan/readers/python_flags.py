"""Arguments that say whether weights are loaded at all: ``pretrained=flag``, ``weights=None``.

A constant at the call says it at once. A flag from elsewhere is followed as names are: what is
known of it (True, False, None) travels as a text of its own kind, and is never mistaken for a name.
"""

from __future__ import annotations

import ast
import re

from miner.pipelines.scan.flow import FLAG, Node, SourceString, ValueOrigin
from miner.pipelines.scan.readers.python_scopes import CodeScope
from miner.pipelines.scan.readers.python_values import Values

_FLAG_NAME = re.compile(r"pretrain|weights|imagenet", re.IGNORECASE)
_MAX_DEPTH = 6


def is_flag(name: str) -> bool:
    """Return whether a parameter, option or key of this name says whether weights are loaded."""
    return _FLAG_NAME.search(name) is not None


def constant(node: ast.expr, path: str) -> list[ValueOrigin]:
    """Return what a literal True, False or None is as an origin; nothing for anything else."""
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool)):
        return [ValueOrigin(SourceString(str(node.value), node.lineno, FLAG, path))]
    return []


def flows_of_option(name: str, call: ast.Call, path: str) -> list[tuple[Node, ValueOrigin]]:
    """Return the default of an option of a command line."""
    if not is_flag(name):
        return []
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    action = keywords.get("action")
    if "default" in keywords:
        found = constant(keywords["default"], path)
    elif isinstance(action, ast.Constant) and action.value in {"store_true", "store_false"}:
        found = [
            ValueOrigin(SourceString(str(action.value == "store_false"), call.lineno, FLAG, path))
        ]
    else:
        found = []
    return [(("k", name), origin) for origin in found]


def origins(node: ast.expr, scope: CodeScope, values: Values, path: str, depth: int = 0
            ) -> list[ValueOrigin]:  # fmt: skip
    """Return where a flag comes from.

    Args:
        node: The argument.
        scope: The scope it stands in.
        values: Resolves expressions of the file.
        path: The file.
        depth: How many variables were followed already.
    """
    found = [*constant(node, path), *values.of(node, scope, FLAG)]
    if depth > _MAX_DEPTH:
        return found
    if isinstance(node, ast.IfExp):
        return [*found, *origins(node.body, scope, values, path, depth + 1),
                *origins(node.orelse, scope, values, path, depth + 1)]  # fmt: skip
    if isinstance(node, ast.Name):
        for value in scope.bound.get(node.id, ()) if scope.parent is not None else ():
            found += origins(value, scope, values, path, depth + 1)
    return found
