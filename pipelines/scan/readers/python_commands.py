"""Shell commands that Python code runs: ``os.system("wget …")``, ``subprocess.run([…])``."""

from __future__ import annotations

import ast
import re

from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers import python_strings
from miner.pipelines.scan.readers.python_scopes import CodeScope

_RUNNERS = words_in(
    "os.system os.popen subprocess.run subprocess.call subprocess.check_call "
    "subprocess.check_output subprocess.Popen subprocess.getoutput subprocess.getstatusoutput "
    "asyncio.create_subprocess_shell commands.getoutput"
)


# A string that begins so is a command, whatever runs it.
_BEGINNING = re.compile(
    r"^\s*(?:wget|curl|aria2c|gdown|git (?:lfs )?clone|huggingface-cli|hf download"
    r"|ollama (?:pull|run)|vllm serve|python3? -m (?:spacy|vllm))\s"
)


def runs_command(call: ast.Call, dotted: tuple[str, ...]) -> bool:
    """Return whether a call runs a shell command or a program."""
    if ".".join(dotted[-2:]) in _RUNNERS:
        return True
    first = call.args[0] if call.args else None
    return (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and _BEGINNING.match(first.value) is not None
        and not python_strings.is_message(dotted[-1])
    )


def commands_of(call: ast.Call, *scopes: CodeScope) -> list[tuple[str, int]]:
    """Return the command that a call runs, as a shell would read it, and its first line.

    What is put into it at run time stays as a variable of the shell, ``$name``.

    Args:
        call: A call that runs a command.
        scopes: Where a variable that holds the command is looked for.
    """
    arguments = [
        *call.args[:1],
        *(word.value for word in call.keywords if word.arg in {"args", "cmd"}),
    ]
    commands: list[ast.expr] = []
    for node in arguments:
        if isinstance(node, ast.Name):
            commands += [value for scope in scopes for value in scope.bound.get(node.id, ())]
        else:
            commands.append(node)
    return [(_rendered(node), node.lineno) for node in commands]


def _rendered(node: ast.expr) -> str:
    match node:
        case ast.Constant():
            text = str(node.value)
        case ast.JoinedStr():
            text = "".join(_rendered(value) for value in node.values)
        case ast.FormattedValue():
            text = _rendered(node.value)
        case ast.Name():
            text = f"${node.id}"
        case ast.Attribute():
            text = f"${node.attr}"
        case ast.List() | ast.Tuple():
            text = _listed(node)
        case ast.BinOp(op=ast.Add()):
            text = _rendered(node.left) + _rendered(node.right)
        case ast.Call(func=ast.Attribute() as func):
            text = _split(node, func)
        case _:
            text = "$_"
    return text


def _split(call: ast.Call, func: ast.Attribute) -> str:
    """``"a b".split()`` and ``shlex.split("a b")`` are the command itself."""
    if func.attr != "split":
        return "$_"
    if call.args and not isinstance(func.value, ast.Constant | ast.JoinedStr):
        return _rendered(call.args[0])
    return _rendered(func.value)


def _listed(node: ast.List | ast.Tuple) -> str:
    """Return the words of a list, each on the line where it stands."""
    text, line = "", node.lineno
    for item in node.elts:
        word = _rendered(item)
        if any(character.isspace() for character in word):
            word = f'"{word}"'
        text += " \\\n" * max(item.lineno - line, 0) + word + " "
        line = max(item.lineno, line)
    return text
