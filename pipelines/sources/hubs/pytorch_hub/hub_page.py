"""A page of PyTorch Hub: what its front matter says, and the entry points that its code loads.

Pages are Markdown with code to paste, alternatives commented out in it:
``model = torch.hub.load('owner/repo:tag', 'entry', pretrained=True)``. The code is read as text,
call by call, since a page's snippets need not be whole programs; it is never run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from miner.pipelines.sources.hubs.pytorch_hub.hubconf import is_helper
from miner.pipelines.sources.records.card import decode
from miner.pipelines.sources.records.front_matter import FrontMatter, read_front_matter
from miner.pipelines.sources.records.values import Reader
from miner.schema.patterns import bounded

MAX_CALLS = 500
_MAX_CALL = 2_000
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)", re.MULTILINE)
_COMMENT = re.compile(r"^([ \t]*)#[ \t]?", re.MULTILINE)
_CALL = re.compile(r"\bhub\s{0,9}\.\s{0,9}(?:load|help)\s{0,9}\(")
_CONSTANT = re.compile(
    r"^[ \t]*([A-Za-z_]\w{0,99})[ \t]*=[ \t]*(['\"])([^'\"\n]{1,200})\2", re.MULTILINE
)
_REPOSITORY = bounded(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)
_ENTRY = re.compile(r"[A-Za-z_][\w.-]{0,199}", re.ASCII)


class Load(NamedTuple):
    """A call that loads an entry point.

    Attributes:
        repository: ``owner/name`` as written.
        ref: Branch or tag, empty for none.
        entry: The entry point.
        line: Line in the page, from 1.
    """

    repository: str
    ref: str
    entry: str
    line: int


class HubPage(NamedTuple):
    """What a page says.

    Attributes:
        title: The model or family, as people write it.
        summary: One or two sentences.
        repository: ``owner/name`` of its code on GitHub, None where the page says none.
        tags: As written.
        loads: Calls in the order of the page, each entry point once.
        state: ``vocab.ParseState`` of the front matter.
        reason: Detail of the state.
        reader: What could not be used.
    """

    title: str | None
    summary: str | None
    repository: str | None
    tags: list[str]
    loads: list[Load]
    state: str
    reason: str
    reader: Reader


def is_repository(text: str) -> bool:
    """Tell whether a text names a repository: ``owner/name``."""
    return _REPOSITORY.fullmatch(text) is not None and ".." not in text


def is_page(body: bytes) -> bool:
    """Tell whether a Markdown file is a model's page, not a document of the hub's repository."""
    return "github-id" in read_front_matter(decode(body)[0]).data


def read_page(body: bytes, path: str) -> HubPage:
    """Read a page.

    Args:
        body: The file's bytes.
        path: Its path, for the problems.
    """
    text, _ = decode(body)
    front = read_front_matter(text)
    reader = Reader(name=path)
    return HubPage(
        title=reader.text("title", front.data.get("title")),
        summary=reader.text("summary", front.data.get("summary")),
        repository=_repository(front),
        tags=reader.texts("tags", front.data.get("tags")),
        loads=list(_loads(text)),
        state=front.state,
        reason=front.reason,
        reader=reader,
    )


def _repository(front: FrontMatter) -> str | None:
    value = front.data.get("github-id")
    return str(value).strip() if isinstance(value, str) and is_repository(value.strip()) else None


def _loads(text: str) -> Iterator[Load]:
    """Yield the calls in a page's code, an entry point once, at its first line."""
    code = _code(text)
    constants: dict[str, list[str]] = {}
    for match in _CONSTANT.finditer(code):
        constants.setdefault(match[1], []).append(match[3])
    seen: set[tuple[str, str]] = set()
    for place, match in enumerate(_CALL.finditer(code)):
        if place >= MAX_CALLS:
            return
        line = code.count("\n", 0, match.start()) + 1
        for repository, ref, entry in _called(code, match.start(), match.end(), constants):
            if (repository, entry) not in seen and not is_helper(entry):
                seen.add((repository, entry))
                yield Load(repository, ref, entry, line)


def _code(text: str) -> str:
    """Return a page with all but its code blanked: places stay, comment marks are taken away."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            lines.append("")
        else:
            lines.append(_COMMENT.sub(r"\1", line) if fence else "")
    return "\n".join(lines)


def _called(
    code: str, start: int, opened: int, constants: dict[str, list[str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield repository, ref and entry point of a call, more than one where a constant has more."""
    call = _parse(code[start : _end_of_call(code, opened)])
    if call is None:
        return
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    source = keywords.get("source")
    if isinstance(source, ast.Constant) and source.value == "local":
        return
    arguments = [*call.args[:2], None, None]
    places = _texts(
        arguments[0] or keywords.get("repo_or_dir") or keywords.get("github"), constants
    )
    entries = _texts(arguments[1] or keywords.get("model"), constants)
    for place in places[:1]:
        repository, _, ref = place.partition(":")
        if is_repository(repository):
            for entry in entries:
                if _ENTRY.fullmatch(entry):
                    yield repository, ref, entry


def _end_of_call(code: str, opened: int) -> int:
    """Return the place behind the bracket that closes a call; brackets in texts are passed over."""
    depth, quote, place = 1, "", opened
    end = min(len(code), opened + _MAX_CALL)
    while place < end and depth:
        character = code[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
        place += 1
    return place


def _parse(call: str) -> ast.Call | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(call, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree.body if isinstance(tree.body, ast.Call) else None


def _texts(value: ast.expr | None, constants: dict[str, list[str]]) -> list[str]:
    """Return what an argument can be: a text as written, or the texts that a name is given."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [value.value]
    if isinstance(value, ast.Name):
        return list(dict.fromkeys(constants.get(value.id, [])))
    return []
