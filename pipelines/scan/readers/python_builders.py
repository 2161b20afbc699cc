"""Builders of models that are chosen instead of called by name: from a table, or by their weights.

``MODELS[name](pretrained=True)`` builds what the table has; ``models.ResNet50_Weights.DEFAULT``
stands for the model that has these weights.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from miner.pipelines.scan.readers.python_scopes import CodeScope
from miner.pipelines.scan.readers.python_values import Values

_ENUMERATION = "_Weights"
_ROOT = ("torchvision", "models")
_MAX_STEPS = 4  # from a callee back to the table that it is looked up in


def builder_of(dotted: tuple[str, ...]) -> str:
    """Return the builder that a member of an enumeration of weights belongs to; else nothing.

    Args:
        dotted: Parts of the member, imports resolved.
    """
    is_member = len(dotted) > 3 and dotted[:2] == _ROOT and dotted[-2].endswith(_ENUMERATION)
    return dotted[-2].removesuffix(_ENUMERATION).lower() if is_member else ""


def chosen(func: ast.expr, scope: CodeScope, values: Values, steps: int = 0
           ) -> Iterator[tuple[ast.expr, CodeScope]]:  # fmt: skip
    """Return what a callee can stand for that is no function called by its own name.

    Args:
        func: The callee.
        scope: The scope it stands in.
        values: Resolves expressions of the file.
        steps: How many were made already.

    Yields:
        Names, attributes, and calls of ``getattr``; each with its scope.
    """
    if steps > _MAX_STEPS:
        return
    for value, where in _steps(func, scope, values):
        if isinstance(value, ast.Name | ast.Attribute) or _is_getattr(value):
            yield value, where
        yield from chosen(value, where, values, steps + 1)


def _steps(func: ast.expr, scope: CodeScope, values: Values
           ) -> Iterator[tuple[ast.expr, CodeScope]]:  # fmt: skip
    match func:
        case ast.Subscript() | ast.Call(func=ast.Attribute(attr="get"), args=[_, *_]):
            for entry in values.entries(_lookup(func), scope):
                yield entry, scope
        case ast.Name(id=name):
            inner: CodeScope | None = scope
            while inner is not None and name not in inner.bound:
                inner = inner.parent
            for value in inner.bound[name] if inner is not None else ():
                yield value, inner or scope
        case ast.IfExp():
            yield from ((branch, scope) for branch in (func.body, func.orelse))
        case ast.Tuple() | ast.List():
            yield from ((item, scope) for item in func.elts)
        case _:
            return


def _lookup(func: ast.Subscript | ast.Call) -> ast.Subscript:
    if isinstance(func, ast.Subscript):
        return func
    assert isinstance(func.func, ast.Attribute)  # noqa: S101 (the caller looked)
    lookup = ast.Subscript(value=func.func.value, slice=func.args[0], ctx=ast.Load())
    return ast.copy_location(lookup, func)


def _is_getattr(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "__dict__"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and (
        node.func.id == "getattr"
    )  # fmt: skip
