"""What the name of a variable, parameter, key or option says of the value it holds.

``retriever_model_id`` says a model, ``dataset_name`` a dataset, ``hub_model_id`` something that is
published: words are compared, not letters, so that ``modeling`` or ``remodel`` say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from miner.schema.patterns import bounded


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text, separated by whitespace."""
    return frozenset(text.split())


class Says(IntEnum):
    """What a name says of the value it holds."""

    OTHER = -1  # something that is no model
    NOTHING = 0
    MODEL = 1


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_MODEL_WORDS = words_in(
    "model models pretrained checkpoint checkpoints ckpt tokenizer tokenizers encoder decoder "
    "backbone llm llms vlm slm lm embedding embeddings embedder embedders embed reranker "
    "rerankers rerank vae unet controlnet controlnets lora loras adapter adapters pipeline "
    "pipelines weights huggingface hf generator retriever classifier summarizer translator "
    "transcriber whisper bert roberta gpt llama mistral qwen gemma clip blip diffusion diffuser "
    "transformer transformers refiner upscaler captioner detector segmenter diarization asr tts "
    "stt ner moderation teacher student draft reward critic judge vision processor extractor "
    "vocoder sbert biencoder crossencoder checkpointname architecture net network base peft ip "
    "sd sdxl flux xl"
)
# Words that turn the meaning: what follows is no model that is loaded.
_OTHER_WORDS = words_in(
    "dataset datasets data corpus output out save saved dir directory folder file files "
    "filename log logs logging push publish upload author authors license licence image "
    "images docker metric metrics template prompt prompts task tasks space spaces commit "
    "branch title description desc text message messages homepage website citation citations email "
    "wandb project report run icon logo mixer split splits subset tag tags category categories "
    "topics badge class classes type types parent target trainer optimizer scheduler "
    "framework loss device dtype precision provider providers owner mime media content accept "
    "route endpoint package packages module modules import imports uses command cwd workspace "
    "exporter exporters receiver receivers crate chart addr address host port api version "
    "annotation finalizer application salt secret secrets password passwords signing dockerfile "
    "prefix prefixes pattern patterns regex match matches limit limits windows pricing price prices"
)
# Of these, words that leave no load possible, also of what is known to be a model: it is written,
# described or compared, or it is the name of something else beside the model.
_NO_LOAD_WORDS = words_in(
    "dataset datasets data corpus output out save saved push publish upload author authors license "
    "licence metric metrics template prompt prompts space spaces commit branch title description "
    "desc text message messages homepage website citation citations wandb report trainer "
    "provider providers mime package packages module modules import imports workspace annotation "
    "pattern patterns regex match matches limit limits pricing price prices"
)
# Words that say nothing by themselves; what stands above them decides.
_NEUTRAL_WORDS = words_in(
    "name names id ids path paths repo repos repository url uri value default key keys source "
    "src code slug ref location arg args argument option options config configs cfg settings "
    "params kwargs list map dict table registry choices supported available all info infos "
    "entry item items spec specs version revision size small medium large tiny nano mini max "
    "pro fast"
)
# What holds many values, each of which has a name of its own.
_HOLDERS = words_in("config configs cfg settings args arg kwargs params options argument list dict")
# Whole names that mislead by their words.
_OTHER_NAMES = bounded(
    r"^((export_?)?hub_?model_?id|hub_?repo_?id|push_to_hub\w*|output_?\w*|save_?\w*|\w*_?dataset_?\w*|model_?dir"
    r"|model_?type|model_?types|model_?class|model_?max_?\w*|model_?card\w*|model_?provider|model_?kwargs"
    r"|model_?format|model_?family|model_?arch|model_?author|model_?license|model_?desc\w*"
    r"|base_?url|base_?image|base_?dir|base_?path|hf_?token|hf_?home|hf_?space\w*|hf_?dataset\w*"
    r"|wandb\w*|github\w*|git_?\w*|repo_?url|repository_?url|homepage|image|content_?type"
    r"|served_?model_?name\w*|embedding_?dim\w*|examples?|created_?by|network_?mode"
    r"|\w*for_?doc\w*|\w*pretrained_?model_?archive_?list)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=16384)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of an identifier or key, lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _bare(name: str) -> str:
    return name.strip().lstrip("-").replace("-", "_").strip("_")


@lru_cache(maxsize=16384)
def says(name: str) -> Says:
    """Return what one name says of its value."""
    if _OTHER_NAMES.match(_bare(name)):
        return Says.OTHER
    found = Says.NOTHING
    for word in words_of(_bare(name)):
        if word in _OTHER_WORDS:
            return Says.OTHER
        if word in _MODEL_WORDS or word.removesuffix("s") in _MODEL_WORDS:
            found = Says.MODEL
    return found


@lru_cache(maxsize=16384)
def could_name(name: str) -> bool:
    """Return whether a parameter or key of this name could hold the name of a model."""
    return any(
        word in _MODEL_WORDS or (word in _NEUTRAL_WORDS and word not in _HOLDERS)
        for word in words_of(name)
    )


def says_path(names: Sequence[str]) -> Says:
    """Return what a path of keys says of the value at its end: the nearest that says anything.

    Args:
        names: From the outermost to the innermost, as ``("models", "chat", "repo")``.
    """
    if any(says(name) is Says.OTHER and _is_dataset(name) for name in names):
        return Says.OTHER
    for name in reversed(names):
        found = says(name)
        if found is not Says.NOTHING:
            return found
    return Says.NOTHING


def says_expected(names: Sequence[str]) -> bool:
    """Return whether a value is what a test expects: ``wantModel``, ``expected_name``."""
    return any(words_of(name)[:1] in _EXPECTED for name in names[-2:])


_EXPECTED = frozenset({("want",), ("wants",), ("expected",), ("expect",)})


def says_no_load(names: Sequence[str]) -> bool:
    """Return whether any key on the way to a value says that it is not loaded, model or not."""
    return any(map(_is_no_load, names))


@lru_cache(maxsize=16384)
def _is_no_load(name: str) -> bool:
    return (
        not _NO_LOAD_WORDS.isdisjoint(words_of(name)) or _OTHER_NAMES.match(_bare(name)) is not None
    )


def says_dataset(names: Sequence[str]) -> bool:
    """Return whether any key on the way to a value says that it is a dataset."""
    return any(_is_dataset(name) for name in names)


@lru_cache(maxsize=16384)
def _is_dataset(name: str) -> bool:
    return any(word.startswith("dataset") or word in {"corpus", "mixer"} for word in words_of(name))


# Names so common that two of them in two files are two things.
_COMMON = words_in(
    "name names id ids path paths key keys value values type types url uri default data text "
    "config cfg args kwargs options params file filename dir size mode input inputs output "
    "outputs source src target result results item items obj object self cls x y z s v k n i j "
    "a b c d f p t m fn func index list dict map label labels version tag title code msg "
    "message prompt query response status state token repo ref root base entry spec info kind "
    "lang language task device"
)


def is_common(name: str) -> bool:
    """Return whether a name is too common to be followed from one file to another."""
    return name.lower().strip("_-") in _COMMON or len(name) < 3


# Services that have models of their own, or host those of others: what they call a model is no name
# of the Hub, though it may look like one.
_SERVICES = words_in(
    "watsonx bedrock openrouter groq togetherai deepinfra vertexai anyscale novita siliconflow "
    "sambanova cerebras nebius anthropic perplexity"
)
SERVICE_IMPORTS = words_in(
    "ibm_watsonx_ai langchain_ibm langchain_aws langchain_groq langchain_together "
    "langchain_openrouter langchain_anthropic langchain_fireworks langchain_nvidia_ai_endpoints "
    "groq together anthropic openrouter fireworks cerebras sambanova replicate"
)
"""Roots of imports of their clients in Python."""

# Of these, whose names are words of other things too: their own only in front of a setting's name.
_SETTING_OF = words_in("together fireworks replicate nvidia nim")

_HELPERS = words_in(
    "getenv get get_env getEnv env environ env_var setdefault pop extend append add insert update "
    "push concat format join str dict list tuple set Field field or_"
)


@lru_cache(maxsize=16384)
def _service_in(name: str) -> str:
    words = words_of(name)
    if name.isupper() and words and words[0] in _SETTING_OF:
        return words[0]
    pair = "".join(words[:2])
    return next((word for word in (*words, pair) if word in _SERVICES), "")


def says_service(names: Sequence[str]) -> bool:
    """Return whether a name on the way to a value is that of a service that hosts models."""
    return bool(service_of(names))


def service_of(names: Sequence[str]) -> str:
    """Return the service that a name on the way to a value has in it, empty if none."""
    return next(filter(None, map(_service_in, names)), "")


def holder(names: Sequence[str]) -> str:
    """Return what holds a value, by the last two names that are no helper's; else empty.

    A variable of the name of its setting, ``MODEL = getenv("MODEL", …)``, is one name.
    """
    return ".".join(list(dict.fromkeys(name for name in names if name not in _HELPERS))[-2:])
