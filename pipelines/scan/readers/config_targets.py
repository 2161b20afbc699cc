"""Configs that name a constructor by its dotted path, with its arguments beside it.

As Hydra (``_target_``), Lightning (``class_path`` with ``init_args``) and others write them.
"""

from __future__ import annotations

from collections import defaultdict

from miner.pipelines.scan.flow import FileSummary, LoadingCall, SourceString, ValueOrigin
from miner.pipelines.scan.signatures import CallSignature, find_calls

Entry = tuple[tuple[str, ...], str, int]

_TARGETS = frozenset({"_target_", "target", "class_path", "_class_"})
_HOLDERS = frozenset({"params", "init_args", "kwargs", "args", "_args_"})
_OFF = frozenset({"false", "no", "off", "none", "null", "~", "0", ""})


def add(summary: FileSummary, entries: list[Entry]) -> None:
    """Add the loads of a config.

    Args:
        summary: Of the file.
        entries: Its key paths with values and lines.
    """
    targets = [
        (keys[:-1], tuple(value.split(".")), line)
        for keys, value, line in entries
        if keys and keys[-1] in _TARGETS and "." in value and " " not in value
    ]
    if not targets:
        return
    groups: dict[tuple[str, ...], dict[str, tuple[str, int]]] = defaultdict(dict)
    for keys, value, line in entries:
        holder = keys[:-2] if keys[-2:-1] and keys[-2] in _HOLDERS else keys[:-1]
        groups[holder][keys[-1] if keys else ""] = (value, line)
        if keys and keys[-1] in _HOLDERS:  # a list of arguments by position
            groups[keys[:-1]].setdefault("#0", (value, line))
    for group, dotted, line in targets:
        for signature in find_calls(dotted, is_known=True):
            _load(summary, signature, dotted, groups[group], line)


def _load(
    summary: FileSummary,
    signature: CallSignature,
    dotted: tuple[str, ...],
    arguments: dict[str, tuple[str, int]],
    line: int,
) -> None:
    flags = [arguments[name][0] for name in signature.requires if name in arguments]
    if signature.hub is None or (signature.requires and all(one.lower() in _OFF for one in flags)):
        return
    if "{callee}" in signature.form:
        value, place = dotted[-1], line
    else:
        names = [*signature.keywords, "#0"] if signature.position == 0 else signature.keywords
        value, place = next((arguments[one] for one in names if one in arguments), ("", line))
    if not value or signature.repo is not None:
        return
    before, _, after = signature.form.replace("{callee}", "{model}").partition("{model}")
    text = SourceString(value, place, "config", summary.path)
    summary.loads.append(
        LoadingCall(
            signature, ".".join(dotted), line, summary.path, value, (ValueOrigin(text),),
            prefix=before, suffix=after,
        )
    )  # fmt: skip
