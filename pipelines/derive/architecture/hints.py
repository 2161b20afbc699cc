"""What tags and the text of a card say: weaker than a config, often the only thing there is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from miner.pipelines.derive.architecture.family import from_type
from miner.pipelines.derive.architecture.model_evidence import (
    AnswerSource,
    EvidenceBase,
    SourceAnswer,
)
from miner.schema.moe import Families
from miner.schema.patterns import bounded
from miner.schema.vocab import RELATION_SPELLINGS, Relation

_WORDS = {"moe", "mixture-of-experts", "mixture of experts", "frankenmoe", "mergekit-moe",
          "sparse-moe", "moerge"}  # fmt: skip
_NOT_LANGUAGE = {"text-to-image", "stable-diffusion", "stable-diffusion-xl", "anime", "lora",
                 "text-to-speech", "diffusers", "tts", "vits", "art"}  # fmt: skip
_DRAWS = {"text-to-image", "stable-diffusion", "stable-diffusion-xl", "anime", "diffusers",
          "text-to-speech", "tts", "vits"}  # fmt: skip
COMMON = {
    "deepseek", "hunyuan", "grok", "git", "aria", "beam", "flint", "laguna", "arctic", "minicpm",
    "klear", "xverse", "yuan", "qwen", "llama", "mistral", "gemma", "phi", "granite", "step3",
    "mamba", "yi", "falcon", "emu", "dream", "solar", "exaone", "internvl", "mimo", "molmo",
    "inkling", "kolibri",
}  # fmt: skip
"""Types that people also write as a word of their own.

Such a tag is a sign of a config only where the hub has read one, beside its tag of a library that
keeps configs, in a repository of plain weights; and even there only a sign of a dense model, since
people name by it what a model learned from.
"""
_SAYS = re.compile(
    r"\b(?:is|uses|features|employs|adopts) (?!not\b|no\b)(?:an? |the |our |its )?"
    r"(?:(?!not\b|no\b|than\b|like\b|unlike\b)[\w\-,/()]+(?:\.\w+)* ){0,6}?"
    r"(?:sparse )?\(?(?:mixture[- ]of[- ]experts?|MoE)\b",
    re.IGNORECASE,
)
_NAME = bounded(r"(?!.*moe)[a-z]+\d*", re.ASCII)
"""Types that are written like the name of a series: minimax, llama4, mixtral."""
_MAX_CARD = 20_000
_RECIPE = re.compile(r"^(?=(?:base_model|gate_mode|experts):)(?:[^\n]*\n){0,12}?experts: *$", re.M)
"""The settings of mergekit-moe, which puts experts together from dense models."""
_SOURCE = re.compile(r"^ *-? *source_model: *(\S+)", re.M)
_PER_TOKEN = re.compile(r"^experts_per_token: *(\d+) *$", re.M)
_TOP_K_OF_RECIPE = 2


def read_tags(tags: Iterable[str], families: Families) -> SourceAnswer | None:
    """Return what tags say: the model type that hubs repeat among them, and words.

    A hub puts the type that it read before the words of the owner, so the first type is the
    type; a repository of GGUF files has no config that it could have been read from.
    """
    texts = [tag for tag in tags if isinstance(tag, str)]
    plain = {tag.lower() for tag in texts}
    has_config = "transformers" in plain and "gguf" not in plain
    tags_of_types = [
        tag
        for tag in dict.fromkeys(tag.lower() for tag in texts)
        if (families.of_type(tag) is not None and tag not in COMMON)
        or (families.is_dense_type(tag) and (has_config or tag not in COMMON))
    ]
    answers = [from_type(families, AnswerSource.TAG, tag, ()) for tag in tags_of_types]
    types = [one for one in answers if one is not None and one.is_moe is not None]
    answer = next(iter(types), None)
    if answer is not None and answer.is_moe:
        answer.method = "tag-type"
        if "gguf" in plain and _NAME.fullmatch(answer.read_in):
            answer.is_weak = True
            answer.reasons.append("its tag may be a name and no type")
        return answer
    words = plain & _WORDS
    if words and not plain & _NOT_LANGUAGE:
        return SourceAnswer(
            AnswerSource.TAG,
            "tag-word",
            is_moe=True,
            is_weak=True,
            read_in=", ".join(sorted(words)),
        )
    if answer is not None:
        answer.method, answer.is_weak = "tag-dense", True
    return answer


def is_word_of_tags(tag: str) -> bool:
    """Return whether a tag, lower case, is a word that tells what a model is."""
    return tag in _WORDS or tag in _NOT_LANGUAGE or tag in _DRAWS or tag in {"transformers", "gguf"}


def may_say(card: str) -> bool:
    """Return whether the text of a card has a word without which it says nothing."""
    lower = card[:_MAX_CARD].lower()
    return "expert" in lower or "moe" in lower


def is_drawn(tags: Iterable[str]) -> bool:
    """Return whether tags are of a model of pictures or voices, where "moe" is a style."""
    return any(isinstance(tag, str) and tag.lower() in _DRAWS for tag in tags)


def bases_of(tags: Iterable[str]) -> list[EvidenceBase]:
    """Return the bases that tags of the form ``base_model:[relation:]owner/name`` name."""
    found: dict[str, EvidenceBase] = {}
    for tag in tags:
        if not isinstance(tag, str) or not tag.startswith("base_model:"):
            continue
        relation, _, name = tag.removeprefix("base_model:").rpartition(":")
        known = RELATION_SPELLINGS.get(relation.lower(), Relation.UNKNOWN).value
        if name and (name not in found or known != Relation.UNKNOWN.value):
            found[name] = EvidenceBase(name, known)
    return list(found.values())


def read_card(card: str) -> SourceAnswer | None:
    """Return what the text of a card says in a sentence about its model; it is never sure."""
    text = card[:_MAX_CARD]
    if (recipe := _RECIPE.search(text)) is not None:
        return _read_recipe(text[recipe.start() :])
    match = _SAYS.search(text)
    if match is None:
        return None
    return SourceAnswer(
        AnswerSource.CARD,
        "card",
        is_moe=True,
        is_weak=True,
        read_in=" ".join(match[0].split())[:200],
    )


def _read_recipe(text: str) -> SourceAnswer | None:
    """Return what settings of mergekit-moe say: a model an expert; None for fewer than two."""
    block = text.split("```", maxsplit=1)[0]
    sources = _SOURCE.findall(block)
    if len(sources) < 2:
        return None
    stated = _PER_TOKEN.search(block)
    return SourceAnswer(
        AnswerSource.CARD,
        "card-recipe",
        is_moe=True,
        is_weak=True,
        expert_count=len(sources),
        experts_per_token=min(int(stated[1]) if stated else _TOP_K_OF_RECIPE, len(sources)),
        shared_expert_count=0,
        read_in=", ".join(sources)[:200],
    )
