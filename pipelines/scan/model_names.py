"""What a name of a model looks like, on each hub: shapes, prefixes, and what only looks like one.

A name is judged alone here; what it is called and where it goes is judged elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from miner.pipelines.scan.name_words import words_in
from miner.schema.patterns import bounded

HUGGINGFACE = "huggingface"
TIMM = "timm"
SPACY = "spacy"
OLLAMA = "ollama"
OTHER = "other"

MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name that a string gives, without its prefix.

    Attributes:
        hub: Where it is published.
        model: The name there.
        is_sure: Whether the string itself says so, by a prefix or an address.
    """

    hub: str
    model: str
    is_sure: bool = False


# No name ends in a hyphen or a dot: what does is the beginning of one.
_SHAPE = re.compile(r"^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9](?:[\w.-]{0,94}\w)?$", re.ASCII)
# What follows says which version or file: ``owner/name@revision``, ``owner/name:Q4_K_M``.
_REVISION = re.compile(r"^(?:local:)?([\w.-]+/[\w.-]+)(?:[@:][\w./-]+)?$", re.ASCII)
_HUB_ADDRESS = re.compile(
    r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com)/"
    r"(?:api/models/|api/inference/models/|models/)?"
    r"(?!(?:datasets|spaces|docs|blog|papers|collections|learn|tasks|join|settings|pricing|new"
    r"|organizations|course|api|cli|login|terms-of-service|inference|chat|posts|metrics|huggingface)(?:/|$))"
    r"([A-Za-z0-9][\w.-]*/(?!(?:resolve|blob|raw|tree)/)[A-Za-z0-9][\w.-]*|[a-z0-9][\w.-]*(?=/(?:resolve|blob|raw|tree)/))"
    r"(?:/|[?#]|$)",
    re.ASCII,
)
# A picture, a sound or a table that lies beside a model is not the model.
_MEDIA_ADDRESS = bounded(
    r"/(?:resolve|blob|raw)/\S*\.(?:png|jpe?g|gif|webp|svg|bmp|mp[34]|wav|flac|ogg|webm|avi|mov"
    r"|pdf|csv|tsv|parquet|jsonl|md)(?:[?#]|$)",
    re.IGNORECASE,
)
# Tensors that tests compare with, say: what lies in a dataset is data, whatever it ends in.
_HUB_DATASET = re.compile(r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/", re.ASCII)
_INFERENCE_ADDRESS = re.compile(
    r"^https?://(?:api-inference|router)\.huggingface\.co/(?:hf-inference/)?models/([\w.-]+/[\w.-]+)",
    re.ASCII,
)
_DJL_ENGINES = ("pytorch", "onnxruntime", "rust", "tensorflow")
_PREFIXES = (
    ("hf://", HUGGINGFACE), ("hf-hub:", HUGGINGFACE), ("hf_hub:", HUGGINGFACE),
    ("HF://", HUGGINGFACE),
    ("local-hf:", HUGGINGFACE), ("huggingface://", HUGGINGFACE), ("hf.co/", HUGGINGFACE),
    *((f"djl://ai.djl.huggingface.{engine}/", HUGGINGFACE) for engine in _DJL_ENGINES),
    ("huggingface:", HUGGINGFACE), ("djl://", OTHER),
    ("ollama://", OLLAMA), ("ollama/", OLLAMA), ("ollama_chat/", OLLAMA),
)  # fmt: skip
# Deep Java Library's zoo: group, artifact, version and name.
_ZOO_ARTIFACT = re.compile(r"^[\w.]+(?:/[\w.-]+){1,3}$", re.ASCII)
_CARRIED = re.compile(r"^[a-z0-9+]+://\S*?[?&]model=([\w./:-]+)", re.ASCII)
# Weights by address: a file that a framework reads as a model.
_WEIGHT_FILE = re.compile(
    r"\.(pt|pth|pth\.tar|bin|ckpt|safetensors|onnx|gguf|ggml|h5|hdf5|keras|tflite|pb|caffemodel"
    r"|mlmodel|mlpackage|torchscript|pdparams|params|nemo|t7|cp|cpt|task)(\.gz)?(\?|$|#)",
    re.IGNORECASE,
)
_RESOLVE = re.compile(r"/resolve(?:/[^/?#]{1,200}|/[^?#]{1,300}/|/?)$")
_PURE_WEIGHTS = bounded(
    r"\.(pt|pth|ckpt|safetensors|onnx|gguf|caffemodel|pdparams|nemo|task)([?#]|$)", re.IGNORECASE
)
_WEIGHT_PART = re.compile(
    r"(^|[/_.=${-])(models?|weights?|checkpoints?|ckpts?|pretrain(ed)?)([/_.-]|$)", re.IGNORECASE
)
_DATA_ADDRESS = re.compile(r"[/_.-](data|datasets?|corpus|corpora|annotations?)([/_.-]|$)", re.I)
_ADDRESS = re.compile(r"^https?://[^\s\"'<>|\\]+$")
# Hosts that stand for any: reserved for examples, or of this machine.
_NO_HOST = re.compile(
    r"^https?://(?:(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:invalid|test|local))"
    r"|localhost|127\.|0\.0\.|[\w-]+(?=[:/]))(?:[:/]|\d)",
    re.IGNORECASE,
)
_RELEASE = re.compile(
    r"^https://github\.com/[\w.-]+/[\w.-]+/releases/download/[\w.-]+/[\w-]+$", re.ASCII
)
_BUCKET = re.compile(
    r"^(?:gs|s3|r2|oss)://[\w./-]+$|^https://[\w.-]+\.blob\.core\.windows\.net/[\w./-]+", re.ASCII
)
_TFHUB = re.compile(r"^https?://(tfhub\.dev/[\w./-]+|www\.kaggle\.com/models/[\w./-]+)")

_FILE_ENDING = bounded(
    r"\.(py|pyc|ipynb|json|jsonl|ya?ml|toml|txt|csv|tsv|md|rst|html?|xml|js|mjs|ts|tsx|jsx|css|scss"
    r"|png|jpe?g|gif|svg|webp|ico|bmp|mp3|mp4|wav|flac|ogg|webm|avi|mov|pdf|zip|tar|t?gz|bz2|xz|7z"
    r"|whl|jar|so|dll|dylib|exe|sh|bat|cfg|ini|conf|log|lock|pkl|pickle|joblib|npy|npz|parquet|arrow|tfrecord"
    r"|pt|pth|ckpt|weights|safetensors|onnx|gguf|h5|hdf5|pb|tflite|bin|model|spm|vocab|go|rs|java|cpp|cc|c"
    r"|h|hpp|cu|cuh|proto|sql|db|sqlite|tmpl|j2|jinja2?|git|com|org|net|io|dev|local|map|wasm|ttf|woff2?"
    r"|mod|sum|env|example|patch|diff|out|err|pid|sock|service|xlsx?|docx?|pptx?)$",
    re.IGNORECASE,
)
_PATH_HEADS = words_in(
    "data dataset datasets output outputs out result results model models checkpoint "
    "checkpoints ckpt ckpts pretrained weights weight test tests testing src source lib libs "
    "bin build dist config configs conf asset assets image images img imgs doc docs script "
    "scripts example examples tmp temp log logs run runs cache static public resource resources "
    "file files media audio video videos text font fonts train training eval evaluation val "
    "valid validation dev prod app apps api http https www home root usr etc var opt mnt proc "
    "sys users workspace content kaggle drive etc plots figures figs saved saved_models save "
    "exp experiments exps trained local path paths my_model multipart application message "
    "metrics loss debug perf accuracy rouge eval_results client server utils core common "
    "components pages templates views routes v1 v2 v3 refs heads feature fix chore release "
    "hotfix npm pip node python true false yes no none null and or input inputs samples sample "
    "param params stats time lr learning_rate step steps epoch epochs grad gradient "
    "dpo kto grpo ppo orpo simpo rewards reward actor critic policy kl "
    "default third_party vendor engines include internal pkg cmd reference sources resources"
)
_FOLDER_WORDS = words_in("dir raw my new old final best finetuned tuned merged folder weight show")
_RESULT_FOLDERS = words_in("output outputs results checkpoint checkpoints ckpt ckpts logs runs")
_NOT_OWNERS = words_in(
    "america europe asia africa australia pacific atlantic indian antarctica arctic actions "
    "github docker library apache mozilla chrome safari applewebkit gecko windows linux darwin "
    "dependabot pre-commit gitlab bitbucket"
)
_DOMAIN = re.compile(
    r"\.(?:com|org|net|io|dev|sh|app|edu|gov|cloud|local|info|ai|eu|uk|us|cn|jp|kr|in|br|ru|ua|py|js"
    r"|at|be|ch|cz|de|dk|es|fi|fr|gr|hu|ie|it|nl|no|pl|pt|ro|se)$"
)
_NOT_NAMES = words_in(
    "or s a o sec min hour day ms us gpu cpu second token tokens weights checkpoints ckpts data "
    "outputs results logs tokenizer model models adapter unet vae text_encoder pretrained config "
    "vocab merges spiece"
)
_PLACEHOLDER = re.compile(
    r"^(<.*>|\[.*\]|\{.*\}|your|my|some|any|the|an?|foo|bar|baz|qux|dummy|fake|mock|placeholder|sample"
    r"|example|test|tests|testing|temp|tmp|user|username|org|organization|owner|author|namespace"
    r"|name|repo|repository|model|adapter|dataset|lora|base|id|x+|hf|huggingface|company|team|acme"
    r"|tokenizer|updated|new|old|path|to|other|another|random|nonexistent|invalid|unknown|missing"
    r"|not|does|exist|existing|private|public|custom|local|lorem|ipsum|abc|xyz|[a-z]|\d+|v\d+"
    r"|bucket|ns|mdl|one|two|first|second|provider|checkpoint|finetuned|llm)$",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"^(?:(?:your|my|some|test|fake|hf|the)[-_]?)*(?:org|organi[sz]ation|user|username|owner|account"
    r"|namespace|company|handle|profile|name|repo|author|someone|somebody|some|random|any|other)\d*$|^(?:foo|bar|baz|qux|blah)$",
    re.IGNORECASE,
)
_NOTHING_MEANT = re.compile(r"(?:^|[-_.])(?:foo|foobar|qux|lorem)(?:$|[-_.])", re.IGNORECASE)
_HOSTED = re.compile(
    r"^(~?openai/(gpt-(3|4|5|audio|image)|o[1-9](-|$)|chatgpt|text-embedding|codex|tts|dall-e"
    r"|whisper-1)|~?anthropic/|~?google/(gemini|palm|chat-bison)|gemini/|x-ai/|xai/|vertex_ai/"
    r"|bedrock/|azure/|azure_ai/|cohere/command|perplexity/|groq/|together_ai/|openrouter/"
    r"|deepinfra/|fireworks_ai/|mistral/|(deepseek/)?deepseek-(chat|reasoner)|amazon/nova"
    r"|mistral-(\w{1,20}-latest|embed)$|qwen-(max|plus|turbo)"
    r"|replicate/|voyage/|moonshot/|dashscope/|litellm/|inflection/|ai21/jamba-\d|minimax/"
    r"|databricks/|sagemaker/|nvidia_nim/)",
    re.IGNORECASE,
)

# Names from before owners were compulsory. Families first, then the ways their sizes are written.
_LEGACY = re.compile(
    r"^(?:"
    r"(?:distil)?bert-(?:base|large)(?:-(?:uncased|cased|multilingual-cased|multilingual-uncased"
    r"|chinese|german-cased|german-dbmdz-cased|german-dbmdz-uncased|japanese|finnish|dutch)"
    r"[\w-]*)?"
    r"|distilbert-base-[\w-]+|distilgpt2|gpt2(?:-medium|-large|-xl)?|openai-gpt"
    r"|(?:distil)?roberta-(?:base|large)(?:-[\w-]+)?|xlm-roberta-(?:base|large)[\w-]*"
    r"|xlm-mlm-[\w-]+|xlm-clm-[\w-]+|xlnet-(?:base|large)-cased|ctrl|transfo-xl-wt103"
    r"|t5-(?:small|base|large|3b|11b)|albert-(?:base|large|xlarge|xxlarge)-v[12]"
    r"|camembert-base|flaubert[_/][\w-]+|allenai-[\w-]+|bart-(?:base|large)[\w-]*"
    r")$"
)
# Of these, what somebody calls a result after one of them; some few are published so.
_OWN_TUNING = re.compile(
    r"-(?:finetuned|distilled)-(?!(?:sst-2-english|squad|conll03-(?:english|german)|mrpc)$)"
)
_SENTENCE = re.compile(
    r"^(?:all-(?:MiniLM|mpnet|distilroberta|roberta)[\w-]*|paraphrase-[\w-]+|multi-qa-[\w-]+"
    r"|msmarco-[\w-]+|nli-[\w-]+|stsb-[\w-]+|distiluse-[\w-]+|gtr-t5-[\w-]+|sentence-t5-[\w-]+"
    r"|clip-ViT-[\w-]+|LaBSE|quora-[\w-]+|xlm-r-[\w-]+|average_word_embeddings_[\w.]+"
    r"|facebook-dpr-[\w-]+|bert-(?:base|large)-nli[\w-]*|roberta-(?:base|large)-nli[\w-]*"
    r"|static-[\w-]+|allenai-specter|use-cmlm-multilingual|nq-[\w-]+|distilbert-[\w-]+"
    r"|ms-marco-[\w-]+)$"
)
_SPACY = re.compile(r"^[a-z]{2,3}_[a-z]+(?:_[a-z]+)*_(?:sm|md|lg|trf)$")
_BUNDLE = re.compile(r"^[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+$")
_OLLAMA = re.compile(
    r"^(?:hf\.co/)?(?:[a-z0-9][\w.-]*/)?[a-z0-9][a-z0-9._-]*(?::[\w.-]+)?$",
    re.ASCII | re.IGNORECASE,
)
_OLLAMA_FAMILY = re.compile(
    r"^(?:llama|codellama|tinyllama|mistral|mixtral|gemma|qwen|qwq|phi|deepseek|command-r|aya|granite"
    r"|smollm|llava|bakllava|moondream|minicpm|nomic-embed|mxbai-embed|all-minilm|snowflake-arctic"
    r"|bge-|gpt-oss|starcoder|stable-|orca|vicuna|wizard|zephyr|yi|solar|falcon|dolphin|hermes"
    r"|nous-hermes|openchat|olmo|exaone|internlm|magistral|devstral|codestral|mathstral|cogito"
    r"|glm|kimi|embeddinggemma|paraphrase-multilingual|neural-chat|openhermes|reader-lm|athene"
    r"|marco-o1|nemotron|reflection|firefunction|dbrx|duckdb-nsql|sqlcoder|everythinglm|medllama"
    r"|meditron|samantha|stablelm|xwinlm|notus|goliath|nexusraven|alfred|codebooga|codeqwen|codeup"
    r"|megadolphin|notux|open-orca|phind|tulu|ministral|lfm|functiongemma|rnj)[\w-]*(?:\.\d[\w-]*)*(?::[\w.-]+)?$",
    re.IGNORECASE,
)
_NO_WEIGHTS = re.compile(
    r"(?<!-symbol)\.(json|txt|csv|tsv|png|jpe?g|gif|wav|mp[34]|pdf|html?|md|py|ya?ml)($|[?#])", re.I
)
_ARCHIVE = re.compile(r"\.(zip|tar|t?gz|tgz|bz2|xz|7z)($|[?#])", re.IGNORECASE)
_PACKED = re.compile(r"\.(zip|tar|t?gz|tgz|bz2|xz|7z|pkl)($|[?#])", re.IGNORECASE)
_PLAIN = re.compile(r"^(?=[\w.-]*[-\d])[A-Za-z][\w-]*(?:\.\d[\w-]*)*$", re.ASCII)
_RESULT = re.compile(
    r"^(checkpoint|ckpt|output|result|model|saved?|trained|final|best|last|run|exp|finetuned?"
    r"|fine-tuned|my|test|tmp|temp|local|data|lora|adapter|merged|epoch|step|weights)([-_\d]|$)",
    re.IGNORECASE,
)
_TELLING = re.compile(r"\d|[a-z]-|-[a-z]|[A-Z]-", re.IGNORECASE)
_STEP = re.compile(
    r"^(checkpoint|ckpt|epoch|step|iter|run|exp|model|version|v|fold|best|final|last)[-_=]?\d+$",
    re.I,
)
_HASH = re.compile(r"^[0-9a-f]{32,}$")
_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])")
_ENCODED = re.compile(r"[A-Za-z0-9]{40}")  # bytes in letters: no word is that long
_HAS_LETTER = re.compile(r"[A-Za-z]")


def is_shaped(text: str) -> bool:
    """Return whether a text has the shape owner/name and is no path, type or unit."""
    return len(text) <= MAX_LENGTH and _SHAPE.match(text) is not None and not _is_path(text)


@lru_cache(maxsize=8192)
def _is_path(text: str) -> bool:
    owner, _, name = text.partition("/")
    lowered = owner.lower()
    return (
        ".." in text
        or "--" in text  # no name of the Hub has it: code of a repository, a cached file
        or lowered in _PATH_HEADS
        or lowered in _NOT_OWNERS
        or name.lower() in _NOT_NAMES
        or _FILE_ENDING.search(name) is not None
        or _DOMAIN.search(lowered) is not None
        or not _HAS_LETTER.search(name)
        or (len(owner) < 2 and len(name) < 4)
        or _HASH.match(name) is not None
        or _STEP.match(name) is not None
        or _ENCODED.search(text) is not None
        or _is_random(owner)
        or _is_folder(lowered)
    )


def _is_folder(owner: str) -> bool:
    """Return whether what stands before the slash is made of words for folders, or ends in one."""
    words = re.split(r"[_-]", owner)
    return len(words) > 1 and (
        words[-1] in _RESULT_FOLDERS
        or all(word in _PATH_HEADS or word in _FOLDER_WORDS for word in words)
    )


def _is_random(part: str) -> bool:
    """Return whether letters and digits change as often as they do in bytes written in letters."""
    return len(part) >= 16 and part.isalnum() and len(_CHANGE.findall(part)) > 0.4 * len(part)


def is_placeholder(text: str) -> bool:
    """Return whether a name is made of words that stand for any name, as in documentation."""
    words = [word for word in re.split(r"[/_\-.\s]+", text) if word]
    if words and all(_PLACEHOLDER.match(word) for word in words):
        return True
    owner, slash, name = text.partition("/")
    return bool(slash) and bool(_SOMEBODY.match(owner) or _NOTHING_MEANT.search(name))


def is_hosted(text: str) -> bool:
    """Return whether a name is that of a model that is only offered behind an API."""
    return _HOSTED.match(text) is not None


def read_sure(text: str) -> ModelName | None:
    """Return the name that an address or a prefixed string gives; None if it is neither."""
    text = text.strip()
    if len(text) > 4 * MAX_LENGTH or (
        ":" not in text and not text.startswith(("ollama/", "hf.co/"))
    ):
        return None
    for address in (_HUB_ADDRESS, _INFERENCE_ADDRESS):
        if found := address.match(text):
            return None if _MEDIA_ADDRESS.search(text) else _on_hub(found.group(1))
    if found := _CARRIED.match(text):
        return _named_inside(text, found.group(1))
    for prefix, hub in _PREFIXES:
        if text.startswith(prefix) and (name := _after_prefix(text[len(prefix) :], hub)):
            return name
    return read_weights(text.removeprefix("url::"))


def _on_hub(model: str) -> ModelName | None:
    model = model.removesuffix(".git")
    owner = model.partition("/")[0].lower()
    if owner in {"datasets", "spaces", "api", "docs", "front", "avatars", "assets"}:
        return None
    return ModelName(HUGGINGFACE, model, is_sure=True)


def _named_inside(text: str, model: str) -> ModelName | None:
    if "/" in model and is_shaped(model):
        return ModelName(HUGGINGFACE, model, is_sure=True)
    return ModelName(OLLAMA, model, is_sure=True) if _OLLAMA.match(model) else None


def _after_prefix(rest: str, hub: str) -> ModelName | None:
    rest = rest.split("?", 1)[0]
    if hub == OTHER:
        return ModelName(hub, rest, is_sure=True) if _ZOO_ARTIFACT.match(rest) else None
    if hub == HUGGINGFACE:
        parts = re.split(r"[@:]", rest, maxsplit=1)[0].split("/")
        model = "/".join(parts[:2])
        if is_legacy(model):
            return ModelName(hub, model, is_sure=True)
        if parts[0] in {"datasets", "spaces"} or not _SHAPE.match(model) or ".." in model:
            return None
        return ModelName(hub, model, is_sure=True)
    if hub == OLLAMA and rest and not rest.startswith("ollama") and _OLLAMA.match(rest):
        return ModelName(hub, rest, is_sure=True)
    return None


def read_weights(text: str) -> ModelName | None:
    """Return the name of weights that are loaded by address; None if the address names none."""
    if not _ADDRESS.match(text) or _NO_HOST.match(text) or _HUB_DATASET.match(text):
        return None
    if _TFHUB.match(text) or _WEIGHT_FILE.search(text):
        return ModelName(OTHER, text, is_sure=True)
    return None


def read_huggingface(text: str, *, listed: bool = False) -> ModelName | None:
    """Return the Hugging Face model that a loader would make of this string.

    Args:
        text: As written.
        listed: Whether the store knows a model of this very name.
    """
    text = text.strip()
    if sure := read_sure(text):
        return sure
    revised = _REVISION.match(text)
    name = revised.group(1) if revised else text
    if listed or is_shaped(name) or _LEGACY.match(name) or _SENTENCE.match(name):
        return ModelName(HUGGINGFACE, name)
    return None


def read_address(text: str, *, archives: bool) -> ModelName | None:
    """Return what is loaded from any address.

    Args:
        text: As written.
        archives: Whether an archive can hold weights here.
    """
    if not _ADDRESS.match(text) or text.count("/") < 3 or _NO_WEIGHTS.search(text):
        return None
    return ModelName(OTHER, text) if archives or not _ARCHIVE.search(text) else None


def read_archive(text: str) -> ModelName | None:
    """Return the archive of weights that an address gives, where what is around it says weights."""
    packed = _ADDRESS.match(text) and _PACKED.search(text) and not _DATA_ADDRESS.search(text)
    return ModelName(OTHER, text, is_sure=True) if packed else None


def says_weights(text: str) -> bool:
    """Return whether a path or an address has a part that is called model or weights."""
    return _WEIGHT_PART.search(text) is not None


def is_weights_file(path: str) -> bool:
    """Return whether a path is that of weights: by its ending, or of an archive by its name."""
    return _PURE_WEIGHTS.search(path) is not None or (
        says_weights(path) and _PACKED.search(path) is not None
    )


def read_bucket(text: str) -> ModelName | None:
    """Return the weights in a bucket of a cloud that an address gives; None if it says none."""
    path = text.partition("://")[2]
    is_bucket = _BUCKET.match(text) is not None and "/" in path
    is_weights = _PURE_WEIGHTS.search(path) or says_weights(path.partition("/")[2])
    if not is_bucket or not is_weights or _DATA_ADDRESS.search(path) or _NO_WEIGHTS.search(path):
        return None
    return ModelName(OTHER, text, is_sure=True)


def is_weight_folder(text: str) -> bool:
    """Return whether an address is that under which the files of a model of the Hub stand."""
    return _HUB_ADDRESS.match(text) is not None and _RESOLVE.search(text) is not None


def is_weight_address(text: str) -> bool:
    """Return whether an address is that of a file that holds weights and nothing else."""
    return _ADDRESS.match(text) is not None and _PURE_WEIGHTS.search(text) is not None


def is_named(text: str) -> bool:
    """Return whether a text names a model by shape, prefix or address, whatever is around it."""
    return is_shaped(text) or read_sure(text) is not None or is_release(text)


def is_release(text: str) -> bool:
    """Return whether an address is that of a file of a release whose name has no ending.

    Programs are published so, and weights: what it is called has to tell.
    """
    return _RELEASE.match(text) is not None


def is_plain(text: str) -> bool:
    """Return whether a name without an owner, passed to a loader as it stands, is that of a model.

    A folder is passed to the same loaders: a name like those of results is assumed to be one.
    """
    return _PLAIN.match(text) is not None and not _RESULT.match(text)


def is_result(text: str) -> bool:
    """Return whether a name that a model is saved under is that of a folder: it has no owner."""
    if "/" in text or _SENTENCE.match(text):
        return False
    return not _LEGACY.match(text) or _OWN_TUNING.search(text) is not None


def is_telling(text: str) -> bool:
    """Return whether a name of the hub's shape is written as models are, with digits or hyphens."""
    return is_shaped(text) and _TELLING.search(text.partition("/")[2]) is not None


def is_legacy(text: str) -> bool:
    """Return whether a name without owner is one of the Hub's first models."""
    return _LEGACY.match(text) is not None


def is_sentence_name(text: str) -> bool:
    """Return whether a name without owner is one that Sentence Transformers puts its own before."""
    return _SENTENCE.match(text) is not None and not is_legacy(text)


def is_spacy(text: str) -> bool:
    """Return whether a text is named as spaCy names its pipelines: language_type_genre_size."""
    return "_" in text and _SPACY.match(text) is not None


def is_bundle(text: str) -> bool:
    """Return whether a text is named as torchaudio names its bundles."""
    return _BUNDLE.match(text) is not None


def is_ollama(text: str) -> bool:
    """Return whether a text could be a name that Ollama takes."""
    return (
        len(text) <= 100
        and _OLLAMA.match(text) is not None
        and _HAS_LETTER.search(text) is not None
    )


def is_ollama_family(text: str) -> bool:
    """Return whether a text names a family of Ollama's library."""
    return _OLLAMA_FAMILY.match(text) is not None
