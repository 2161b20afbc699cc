"""What is sent to the model: the prompt file, the fields, and a part of the card between fences.

What is the same for all cards comes first and is one text, so that a server that caches prefixes
reads it once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import orjson

from miner.errors import ConfigurationError
from miner.pipelines.derive.cards.llm.schema import answer_schema
from miner.schema.fields import load_fields

PROMPT = Path(__file__).parents[1] / "prompts" / "card_fields.md"
_HEADINGS = ("System", "Fields", "User", "Again")
_SECTION = re.compile(r"^# (\w+)\n", re.MULTILINE)
_MARK = re.compile(r"\{\{(\w+)\}\}")
Message = dict[str, str]


@cache
def _sections() -> dict[str, str]:
    pieces = _SECTION.split(PROMPT.read_text("utf-8"))
    found = {name: text.strip() for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    if tuple(found) != _HEADINGS:
        raise ConfigurationError(
            f"the prompt {PROMPT} must have the sections {', '.join(_HEADINGS)}"
        )
    return found


@cache
def prompt_hash() -> str:
    """Return the SHA-256 of the prompt file and the schema of answers."""
    names = sorted(load_fields())
    parts = [
        PROMPT.read_bytes(), orjson.dumps(answer_schema(names), option=orjson.OPT_SORT_KEYS),
    ]  # fmt: skip
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@cache
def instructions() -> str:
    """Return the first message, which is the same for all cards and fields."""
    return _filled(_sections()["System"], {"fields": _sections()["Fields"]})


def messages(
    model: str, part: str, names: Sequence[str], text: str, problem: str = ""
) -> list[Message]:
    """Return the messages of one request.

    Args:
        model: The model that the card describes.
        part: Which part of the card it is, in words.
        names: Fields that are asked for.
        text: That part of the card.
        problem: What was wrong with the answer before; empty the first time.
    """
    marks = {
        "boundary": boundary(text), "model": model, "part": part, "card": text, "problem": problem,
        "names": ", ".join(names),
    }  # fmt: skip
    sections = _sections()
    conversation = [
        {"role": "system", "content": instructions()},
        {"role": "user", "content": _filled(sections["User"], marks)},
    ]
    if problem:
        conversation.append({"role": "user", "content": _filled(sections["Again"], marks)})
    return conversation


def boundary(text: str) -> str:
    """Return a line that the text does not have in it.

    It is built from the text's own hash, so that equal requests are equal, and nobody can write a
    card that holds the fence of that very card.
    """
    number = 0
    while True:
        digest = hashlib.sha256(f"{number}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
        line = f"=== card {digest[:24]} ==="
        if line not in text:
            return line
        number += 1


def _filled(template: str, marks: dict[str, str]) -> str:
    """Put texts in place of marks, once: a mark that a card holds stays what it is."""
    return _MARK.sub(lambda match: marks[match[1]], template)
