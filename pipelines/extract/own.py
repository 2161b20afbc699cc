"""Which words name this model, and which name another one."""

from __future__ import annotations

import re

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
                "it", "base", "sft", "dpo", "rlhf", "large", "small", "medium", "tiny", "mini",
     "nano",
         "xl",
             "xxl",
                 "huge", "lite", "pro", "max", "plus", "coder", "code", "math", "vision", "reward",
     "distilled", "moe", "uncased", "cased", "preview", "thinking"}
)  # fmt: skip
_FAMILIES = re.compile(
    r"\b(?:gpt|llama|mistral|mixtral|bert|roberta|t5|qwen|gemma|phi|falcon|mpt|bloom|opt|pythia"
    r"|claude|gemini|palm"
    r"|chatglm|baichuan|yi|deepseek|vicuna|alpaca|wizard\w*|whisper|wav2vec|hubert|vit|resnet"
    r"|convnext|clip|deberta"
    r"|electra|albert|bart|pegasus|xlm|mbart|stable ?lm|starcoder|codegen|command|grok|olmo"
    r"|internlm|minicpm|jamba"
    r"|ernie|xlnet|distilbert|gpt-?\d)|\b\d+(?:\.\d+)?\s?[bm]\b(?!\w)",
    re.IGNORECASE,
)  # fmt: skip
_OURS = re.compile(
    r"^\W*(?:ours|our model|this model|this work|\(ours\))\W*$|\(ours\)", re.IGNORECASE
)


def tokens(text: str) -> frozenset[str]:
    """Return the parts of a name: words, and numbers with their decimals."""
    return frozenset(_TOKEN.findall(text.lower()))


def likeness(name: str, text: str) -> float:
    """Return how sure a text is this model's name: 0 to 1.

    Args:
        name: The model, ``owner/name``; words of the owner can be left out.
        text: A cell or heading.
    """
    if _OURS.search(text):
        return 1.0
    owner, _, short = name.rpartition("/")
    own, other = tokens(short) - _PACKING, tokens(text.rpartition("/")[2]) - _PACKING
    if not own or not other or len(text) > 90:
        return 0.0
    own -= tokens(owner) - other
    if not own:
        return 0.0
    if {part for part in own ^ other if part in _VARIANTS or part[0].isdigit()}:
        # another size, version or variant; a missing one is another model as well
        if (other - own) & _VARIANTS or any(part[0].isdigit() for part in other - own):
            return 0.0
        if (own - other) & _VARIANTS:
            return 0.55 * len(own & other) / len(own | other)
    return len(own & other) / len(own | other)


def names_a_model(text: str) -> bool:
    """Return whether a cell looks like the name of some model."""
    return len(text) < 90 and (_FAMILIES.search(text) is not None or text.count("/") == 1)
