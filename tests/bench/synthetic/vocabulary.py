"""The words of the synthetic Hub: families, tasks, licenses, names. Owners are fictional.

Shares follow what public counts say of the real Hub. A pool repeats its members by weight, so a
random number picks one with ``pool[number & POOL_MASK]``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")
POOL_SIZE = 1024
POOL_MASK = POOL_SIZE - 1


def pool(weights: dict[T, float]) -> list[T]:
    """Return POOL_SIZE members, each as often as its weight says."""
    total = sum(weights.values())
    members: list[T] = []
    cumulative = 0.0
    for member, weight in weights.items():
        cumulative += weight
        until = round(POOL_SIZE * cumulative / total)
        members.extend([member] * (until - len(members)))
    return members


@dataclass(frozen=True)
class Family:
    """What a line of models has in common.

    Attributes:
        stem: How its models' names begin.
        model_type: ``model_type`` of the config; empty for models without a config.
        architecture: Class name of the config.
        task: Pipeline tag, or empty.
        library: Library name, or empty.
        gguf: Architecture name in GGUF headers; empty where none is made.
        sizes: Name part → parameters.
        is_chat: Whether the config carries a chat template.
        is_moe: Whether it routes between experts.
        paper: arXiv id that a quarter of its models cite, or empty.
    """

    stem: str
    model_type: str
    architecture: str
    task: str
    library: str
    gguf: str = ""
    sizes: tuple[tuple[str, int], ...] = (("base", 110_000_000), ("large", 340_000_000))
    is_chat: bool = False
    is_moe: bool = False
    paper: str = ""

    @cached_property
    def config(self) -> str:
        """The reduced config as the listing gives it, as a JSON member; empty without one."""
        if not self.model_type:
            return ""
        tokenizer: dict[str, object] = {"unk_token": "<unk>", "pad_token": "<pad>"}
        if self.is_chat:
            tokenizer |= {
                "bos_token": "<s>",
                "eos_token": "</s>",
                "chat_template": CHAT_TEMPLATE,
                "use_default_system_prompt": False,
            }
        value = {
            "architectures": [self.architecture],
            "model_type": self.model_type,
            "tokenizer_config": tokenizer,
        }
        return '"config":' + json.dumps(value, separators=(",", ":"))


def _sizes(*parts: str) -> tuple[tuple[str, int], ...]:
    """Return name part → parameters for parts such as ``7B`` or ``30B-A3B``."""
    return tuple((part, int(float(part.split("B")[0]) * 1e9)) for part in parts)


_LINES = (
    "{%- set opening = messages[0].content if messages[0].role == 'system' else '' %}",
    "{%- set turns = messages[1:] if opening else messages %}",
    "{{- bos_token }}",
    "{%- if tools is defined and tools %}",
    "    {{- '<|tools|>' + tools | tojson(indent=2) + '<|end|>\\n' }}",
    "    {{- 'Answer with a call of one of these tools where one of them can help.\\n' }}",
    "{%- endif %}",
    "{%- if opening %}{{- '<|system|>\\n' + opening | trim + '<|end|>\\n' }}{%- endif %}",
    "{%- for turn in turns %}",
    "    {%- if turn.role == 'user' %}",
    "        {{- '<|user|>\\n' + turn.content | trim + '<|end|>\\n' }}",
    "    {%- elif turn.role == 'assistant' and turn.tool_calls is defined %}",
    "        {%- for call in turn.tool_calls %}",
    "            {{- '<|call|>' + call.function.name + ' ' + call.function.arguments | tojson }}",
    "            {{- '<|end|>\\n' }}",
    "        {%- endfor %}",
    "    {%- elif turn.role == 'assistant' %}",
    "        {{- '<|assistant|>\\n' + turn.content | trim + eos_token }}",
    "    {%- elif turn.role == 'tool' %}",
    "        {{- '<|result|>' + turn.content | tojson + '<|end|>\\n' }}",
    "    {%- else %}",
    "        {{- raise_exception('unknown role: ' + turn.role) }}",
    "    {%- endif %}",
    "{%- endfor %}",
    "{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- endif %}",
    "{#- What the date is, and how long an answer may get, stands in the opening turn. -#}",
    "{%- macro schema(tool, depth=0) -%}",
    "    {%- set pad = '  ' * depth -%}",
    "    {{- pad + 'name: ' + tool.name + '\\n' -}}",
    "    {{- pad + 'about: ' + (tool.description | default('no description')) + '\\n' -}}",
    "    {%- for key, value in (tool.parameters.properties | default({})).items() -%}",
    "        {%- if value.type == 'object' -%}",
    "            {{- pad + '- ' + key + ' (object)' + '\\n' -}}",
    "            {{- schema({'name': key, 'parameters': value}, depth + 1) -}}",
    "        {%- elif value.type == 'array' -%}",
    "            {{- pad + '- ' + key + ' (list of ' + value['items'].type + ')' + '\\n' -}}",
    "        {%- elif value.enum is defined -%}",
    "            {{- pad + '- ' + key + ' (one of ' + value.enum | join(', ') + ')' + '\\n' -}}",
    "        {%- else -%}",
    "            {{- pad + '- ' + key + ' (' + value.type + ')' + '\\n' -}}",
    "        {%- endif -%}",
    "        {%- if key in (tool.parameters.required | default([])) -%}",
    "            {{- pad + '  must be given' + '\\n' -}}",
    "        {%- endif -%}",
    "    {%- endfor -%}",
    "{%- endmacro -%}",
    "{%- macro parts(content) -%}",
    "    {%- if content is string -%}{{- content -}}",
    "    {%- else -%}",
    "        {%- for part in content -%}",
    "            {%- if part.type == 'image' -%}{{- '<|image|>' -}}",
    "            {%- elif part.type == 'audio' -%}{{- '<|audio|>' -}}",
    "            {%- elif part.type == 'video' -%}{{- '<|video|>' -}}",
    "            {%- elif part.type == 'text' -%}{{- part.text -}}",
    "            {%- else -%}{{- raise_exception('unknown part: ' + part.type) -}}",
    "            {%- endif -%}",
    "        {%- endfor -%}",
    "    {%- endif -%}",
    "{%- endmacro -%}",
    "{%- if documents is defined and documents -%}",
    "    {%- for document in documents -%}",
    "        {{- '<|document|>' + document.title + '\\n' + document.text + '<|end|>\\n' -}}",
    "    {%- endfor -%}",
    "{%- endif -%}",
)
CHAT_TEMPLATE = "\n".join(_LINES)

_SMALL = _sizes("0.6B", "1.7B", "4B", "8B")
_LARGE = _sizes("7B", "13B", "34B", "70B")

FAMILIES: dict[Family, float] = {
    Family("Lumen", "llama", "LlamaForCausalLM", "text-generation", "transformers", "llama",
           _LARGE, is_chat=True): 11,
    Family("Heron", "qwen2", "Qwen2ForCausalLM", "text-generation", "transformers", "qwen2",
           _SMALL, is_chat=True, paper="2412.15115"): 8,
    Family("Heron-3", "qwen3", "Qwen3ForCausalLM", "text-generation", "transformers", "qwen3",
           _SMALL, is_chat=True): 5,
    Family("Brisa", "mistral", "MistralForCausalLM", "text-generation", "transformers", "llama",
           _sizes("7B", "24B"), is_chat=True): 4,
    Family("Prism", "gemma3_text", "Gemma3ForCausalLM", "text-generation", "transformers",
           "gemma3", _sizes("1B", "4B", "12B"), is_chat=True): 3,
    Family("Brisa-8x7B", "mixtral", "MixtralForCausalLM", "text-generation", "transformers",
           "llama", (("Instruct", 46_702_792_704),), is_chat=True, is_moe=True): 0.8,
    Family("Heron-3-MoE", "qwen3_moe", "Qwen3MoeForCausalLM", "text-generation", "transformers",
           "qwen3moe", _sizes("30B-A3B", "235B-A22B"), is_chat=True, is_moe=True): 1.4,
    Family("Abyss-V3", "deepseek_v3", "DeepseekV3ForCausalLM", "text-generation",
           "transformers", "deepseek2", (("Base", 684_531_386_000),), is_chat=True,
           is_moe=True, paper="2401.06066"): 0.6,
    Family("Open-Gate", "gpt_oss", "GptOssForCausalLM", "text-generation", "transformers",
           "gpt-oss", _sizes("20B", "120B"), is_chat=True, is_moe=True): 0.7,
    Family("Sieve", "olmoe", "OlmoeForCausalLM", "text-generation", "transformers", "olmoe",
           (("1B-7B", 6_919_161_856),), is_moe=True): 0.2,
    Family("Vista", "qwen2_5_vl", "Qwen2_5_VLForConditionalGeneration", "image-text-to-text",
           "transformers", "qwen2vl", _sizes("3B", "7B"), is_chat=True): 3,
    Family("Folio", "bert", "BertForSequenceClassification", "text-classification",
           "transformers"): 6,
    Family("Rook", "roberta", "RobertaForMaskedLM", "fill-mask", "transformers"): 2,
    Family("Distill-Folio", "distilbert", "DistilBertForTokenClassification",
           "token-classification", "transformers"): 4,
    Family("Echo", "whisper", "WhisperForConditionalGeneration", "automatic-speech-recognition",
           "transformers"): 2,
    Family("Relay", "t5", "T5ForConditionalGeneration", "translation", "transformers"): 2,
    Family("Iris", "vit", "ViTForImageClassification", "image-classification",
           "transformers"): 2,
    Family("Anchor", "bert", "BertModel", "sentence-similarity", "sentence-transformers"): 2,
    Family("Canvas", "", "", "text-to-image", "diffusers", "", (("xl", 2_600_000_000),)): 4,
    Family("Walker", "", "", "reinforcement-learning", "stable-baselines3", "",
           (("ppo", 0),)): 3,
    Family("Grip", "", "", "robotics", "lerobot", "", (("act", 52_000_000),)): 1.5,
    Family("Upload", "", "", "", "", "", (("v1", 0), ("final", 0), ("test", 0))): 34,
}  # fmt: skip
FAMILY_POOL = pool(FAMILIES)

RELATION_POOL = pool({"adapter": 43.0, "finetune": 36.0, "quantized": 19.0, "merge": 2.0})
SUFFIXES: dict[str, tuple[str, ...]] = {
    "": ("", "-v2", "-it", "-preview"),
    "adapter": ("-lora", "-qlora", "-adapter", "-dpo-lora"),
    "finetune": ("-ft", "-instruct", "-sft", "-medical"),
    "quantized": ("-GGUF", "-Q4-GGUF", "-i1-GGUF", "-mlx-8bit"),
    "merge": ("-slerp", "-ties", "-merge", "-blend"),
}

LICENSE_POOL = pool({
    "": 36.0, "apache-2.0": 35.0, "mit": 15.0, "other": 4.5, "llama3.1": 1.2, "llama3.2": 0.8,
    "llama2": 0.7, "llama3": 0.6, "gemma": 1.2, "cc-by-4.0": 1.0, "cc-by-nc-4.0": 1.0,
    "openrail": 0.9, "creativeml-openrail-m": 0.8, "gpl-3.0": 0.4, "agpl-3.0": 0.3,
    "bsd-3-clause": 0.3, "cc-by-sa-4.0": 0.2, "unknown": 0.1,
})  # fmt: skip

LANGUAGE_POOL: list[tuple[str, ...]] = pool({
    (): 52.0, ("en",): 34.0, ("zh",): 1.5, ("en", "zh"): 2.5, ("fr",): 1.0, ("de",): 1.0,
    ("es",): 1.0, ("ja",): 1.0, ("ko",): 1.0, ("ru",): 0.8, ("ar",): 0.6, ("hi",): 0.5,
    ("en", "de", "fr", "es", "it", "pt"): 2.0, ("multilingual",): 1.1,
})  # fmt: skip

EXTRA_TAGS_POOL: list[tuple[str, ...]] = pool({
    (): 55.0, ("trl", "sft"): 8.0, ("generated_from_trainer",): 12.0, ("unsloth",): 6.0,
    ("mergekit", "merge"): 2.0, ("tensorboard",): 5.0, ("custom_code",): 3.0,
    ("conversational", "text-generation-inference"): 9.0,
})  # fmt: skip

OWNER_FIRST = (
    "calm", "north", "amber", "quiet", "rapid", "velvet", "copper", "lunar", "mossy", "paper",
    "silver", "tidal", "urban", "vivid", "winter", "azure", "bold", "cedar", "dusty", "early",
    "fable", "glass", "hollow", "ivory", "jade", "kind", "linen", "maple", "noble", "olive",
    "plain", "river",
)  # fmt: skip
OWNER_SECOND = (
    "otter", "labs", "forge", "works", "cloud", "field", "garden", "harbor", "island", "kernel",
    "lantern", "meadow", "nest", "orbit", "pixel", "quill", "raven", "studio", "tower", "union",
    "valley", "willow", "yard", "zephyr", "archive", "bridge", "cabin", "dynamo", "engine",
    "falcon", "grove", "hive",
)  # fmt: skip
DATASET_WORDS = (
    "dialogues", "reviews", "headlines", "recipes", "tickets", "speech", "captions", "proofs",
    "code-tasks", "letters", "forum-turns", "abstracts", "summaries", "queries", "episodes",
    "preferences",
)  # fmt: skip
