"""What the Hub calls a model that a library loads by a name of its own.

Read from the libraries themselves (``hub_names.csv`` says which version), or from what they put
before every name. Names that a library resolves by a file of its own have none.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from miner.pipelines.scan import model_names

_FILE = Path(__file__).parent / "hub_names.csv"
_PADDLE = ("paddleocr.", "paddlex.")  # PaddleX 3.7 fetches what it names so


def hub_identity(hub: str, model: str, api: str) -> tuple[str, str]:
    """Return the hub and the name there of a model, as far as its library says what it stands for.

    Args:
        hub: As a site has it.
        model: As written.
        api: The call that loads it, imports resolved.
    """
    found = _of_library(hub, model, api)
    return (model_names.HUGGINGFACE, found) if found else (hub, model)


def _of_library(hub: str, model: str, api: str) -> str:
    if hub == model_names.TIMM:
        known = _table().get(("timm", model), "")
        return known or (f"timm/{model}" if "." in model else "")
    if model.startswith("open_clip:"):
        return _table().get(("open_clip", model.removeprefix("open_clip:")), "")
    if "/" in model:
        return ""
    owner = _owner(hub, model, api)
    return f"{owner}/{model}" if owner else _table().get((api.partition(".")[0], model), "")


def _owner(hub: str, model: str, api: str) -> str:
    """Return what a library puts before every name; empty if it does not."""
    if api.startswith(_PADDLE):
        return "PaddlePaddle"
    if hub != model_names.HUGGINGFACE or model_names.is_legacy(model):
        return ""
    last = api.rpartition(".")[2]
    if last == "CrossEncoder" or model.startswith("ms-marco-"):
        return "cross-encoder"
    is_sentence = last == "SentenceTransformer" or model_names.is_sentence_name(model)
    return "sentence-transformers" if is_sentence else ""


@cache
def _table() -> dict[tuple[str, str], str]:
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {(row["library"], row["name"]): row["hub_name"] for row in csv.DictReader(stream)}
