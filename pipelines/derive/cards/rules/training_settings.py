"""Training data in settings of a trainer: a list ``datasets:`` in a code block, as Axolotl has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import data_names
from miner.pipelines.derive.cards.document import CodeBlock, Document
from miner.pipelines.derive.cards.make import from_code
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded

MAX_ITEMS = 200
_LIST = bounded(r"^(?P<indent>[ ]*)(?:train_|pretraining_)?datasets:[ ]*(?:#.*)?\r?$", re.MULTILINE)
_TRAINS = bounded(
    r"^\s{0,40}(?:base_model|model_name|model_name_or_path|model|learning_rate|lr)\s{0,9}:",
    re.MULTILINE,
)
_ITEM = bounded(
    r"^(?P<indent>[ ]*)-[ ]+(?:(?:path|name|dataset):[ ]*)?(?P<quote>[\"']?)"
    r"(?P<name>[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?)(?P=quote)[ ]*(?::|#.*)?[ ]*\r?$"
)
_FILE = re.compile(r"\.(?:jsonl?|csv|tsv|txt|parquet|arrow|ya?ml|gz|zip)$", re.IGNORECASE)


def read(document: Document) -> Iterator[Value]:
    """Read the names in the lists; paths of files are names of nothing that others can find."""
    for code in document.codes:
        if "datasets:" not in code.text or not _TRAINS.search(code.text):
            continue
        for match in _LIST.finditer(code.text):
            yield from _items(document, code, match.end(), len(match["indent"]))


def _items(document: Document, code: CodeBlock, at: int, indent: int) -> Iterator[Value]:
    """Read the items behind a key; what stands deeper than its first item belongs to an item."""
    depth = None
    for line in code.text[at:].splitlines(keepends=True)[:MAX_ITEMS]:
        text = line.lstrip(" ")
        here = len(line) - len(text)
        is_item = text.startswith("- ")
        if text.strip() and (here < indent or (here == indent and not is_item)):
            return
        match = _ITEM.match(line.rstrip("\n")) if is_item else None
        if is_item and depth is None:
            depth = here
        if match is not None and here == depth and _is_data(match["name"]):
            start = code.start + at
            yield from_code(
                document, "training_dataset", match["name"],
                start + match.start("name"), start + match.end("name"), method="settings",
            )  # fmt: skip
        at += len(line)


def _is_data(name: str) -> bool:
    return not _FILE.search(name) and ("/" in name or data_names.is_name(name))
