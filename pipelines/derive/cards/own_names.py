"""Which words name this model, and which name another one."""

from __future__ import annotations

import re
from functools import lru_cache

from miner.schema.patterns import bounded

MAX_NAME = 90
_PARENTHESES = bounded(r"\s*\([^)]*\)")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+", re.ASCII)
_PACKING = frozenset(
    {
        "gguf",
            "ggml", "gptq", "awq", "exl", "bnb", "fp", "int", "bit", "bits", "hf", "mlx", "imatrix",
     "quantized", "quant", "model", "the", "our", "ours", "v", "onnx", "transformers", "bf", "i"}
)  # fmt: skip
_VARIANTS = frozenset(
    {
        "chat",
            "instruct",
                "it", "base", "large", "small", "medium", "tiny", "mini",
     "nano",
         "xl",
             "xxl",
                 "huge", "lite", "pro", "max", "plus", "coder", "code", "math", "vision", "reward",
     "distilled", "moe", "uncased", "cased", "preview", "thinking"}
)  # fmt: skip
_STAGES = frozenset({"sft", "dpo", "rl", "rlhf", "ppo", "orpo", "kto"})
_FAMILIES = bounded(
    r"\b(?:gpt|llama|mistral|mixtral|\w*bert(?:a|[-_ ]?v\d)?|t5|qwen|gemma|phi|falcon|mpt|bloom"
    r"|opt|pythia"
    r"|claude|gemini|palm"
    r"|chatglm|baichuan|yi|deepseek|vicuna|alpaca|wizard\w*|whisper|wav2vec|hubert|vit|resnet"
    r"|convnext|clip|deberta"
    r"|electra|albert|bart|pegasus|xlm|mbart|stable ?lm|starcoder|codegen|command|grok|olmo"
    r"|internlm|minicpm|jamba"
    r"|ernie|xlnet|distilbert|gpt-?\d)|\b\d+(?:\.\d+)?\s?[bm]\b(?!\w)",
    re.IGNORECASE,
)  # fmt: skip
LEAST_NICKNAME = 4
_COMMON = frozenset(
    """
    multilingual english spanish german french italian chinese japanese korean russian
    arabic hindi portuguese turkish vietnamese indonesian finnish dutch polish persian
    finetuned tuned classification sentiment emotion detection squad news model text speech
    audio image translation summarization question answering generation embedding sentence
    transformers tweet twitter legal medical clinical biomedical finance open data dataset
    version score accuracy base total average results lora adapter merged epochs steps
    """.split()  # noqa: SIM905 - words read best as words
)
_FAMILY_WORD = re.compile(
    r"(?:gpt|llama|mistral|mixtral|m?bert|roberta|deberta|albert|distilbert|electra|xlm|t5|mt5"
    r"|qwen|gemma|phi|falcon|bloom|opt|pythia"
    r"|whisper|wav2vec|hubert|vit|resnet|clip|bart|mbart|pegasus|stable|diffusion|yolo\w*"
    r"|vicuna|alpaca|deepseek|internlm|baichuan|chatglm|claude|gemini)\d*"
)
_OURS = re.compile(
    r"^\W*(?:ours|our (?:model|method|approach|results?)|this (?:model|work|repo|repository"
    r"|checkpoint|adapter)|\(ours\))\W*$"
    r"|\(ours?\)|\(this (?:model|work)\)|本模型|このモデル|이 모델",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def tokens(text: str) -> frozenset[str]:
    """Return the parts of a name: words, and numbers with their decimals."""
    return frozenset(_TOKEN.findall(text.lower()))


def likeness(name: str, text: str, *, is_family: bool = False) -> float:
    """Return how sure a text is this model's name: 0 to 1.

    Args:
        name: The model, ``owner/name``; words of the owner can be left out.
        text: A cell or heading.
        is_family: Chat and base models of a size are equal, as in tables of sizes and hours.
    """
    if len(text) > MAX_NAME:
        return 1.0 if _OURS.search(text) else 0.0
    return _likeness(name, text, is_family)


@lru_cache(maxsize=8192)  # several rules ask for the same labels of a table
def _likeness(name: str, text: str, is_family: bool) -> float:
    if _OURS.search(text):
        return 1.0
    owner, _, short = name.rpartition("/")
    best = 0.0
    if squeezed(text) in {squeezed(short), squeezed(name)}:
        return 1.0
    for form in {text, _without_remarks(text)}:
        other = tokens(form.rpartition("/")[2]) - _PACKING
        own = tokens(short) - _PACKING
        own -= tokens(owner) - other
        best = max(best, _share(own, other, is_family=is_family))
    return best


def ours(name: str, text: str) -> float:
    """Return how like the model's name a label is that has ``ours`` in it; 0 without."""
    rest = _OURS.sub(" ", text)
    return 0.0 if rest == text else likeness(name, rest.strip(" ()[]*_"))


@lru_cache(maxsize=4096)  # the model's own name is compared with every cell
def squeezed(text: str) -> str:
    """Return a name without separators; a point between digits is none."""
    return re.sub(r"(?<!\d)[\W_]+|[\W_]+(?!\d)|(?<=\d)[^\w.]+", "", text.lower())


def nickname(name: str, texts: list[str], *, aliases: frozenset[str] = frozenset()) -> int | None:
    """Return which one of several texts calls a model by the word that is its own, else None.

    ``ParsBERT`` is what is left of ``bert-base-parsbert-uncased`` without the words of many models.

    Args:
        name: The model, ``owner/name``.
        texts: Cells or headings.
        aliases: How the card calls its model, lower case.
    """
    short = tokens(name.rpartition("/")[2])
    found = []
    for index, text in enumerate(texts):
        forms = [tokens(form) - _PACKING for form in (text, _without_remarks(text))]
        is_part = any(
            bool(words) and words <= short and any(_is_distinct(word) for word in words)
            for words in forms
        )
        if is_part or text.strip(" *_`").lower() in aliases:
            found.append(index)
    return found[0] if len(found) == 1 else None


def _is_distinct(word: str) -> bool:
    return (
        len(word) >= LEAST_NICKNAME
        and word not in _VARIANTS | _STAGES | _PACKING | _COMMON
        and not _FAMILY_WORD.fullmatch(word)
    )


def _without_remarks(text: str) -> str:
    """Return a text without what stands in brackets, unless that names a variant."""
    return _PARENTHESES.sub(lambda match: match[0] if tokens(match[0]) & _VARIANTS else "", text)


def _share(own: frozenset[str], other: frozenset[str], *, is_family: bool) -> float:
    if is_family:
        own, other = own - _VARIANTS, other - _VARIANTS
    if not own or not other:
        return 0.0
    if own & _STAGES and own & _STAGES != other & _STAGES:
        return 0.0
    other -= _STAGES - own  # a name without stage is that of the last one
    if not other:
        return 0.0
    share = len(own & other) / len(own | other)
    if (other - own) & _VARIANTS or any(part[0].isdigit() for part in other - own):
        return 0.0  # another size, version or variant
    return 0.55 * share if (own - other) & _VARIANTS else share


def names_a_model(text: str) -> bool:
    """Return whether a cell looks like the name of some model."""
    return len(text) < 90 and (_FAMILIES.search(text) is not None or text.count("/") == 1)
