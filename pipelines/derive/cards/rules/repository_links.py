"""The code repository of a model: not that of a tool which it uses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import own_names
from miner.pipelines.derive.cards.addresses import CITATION, GITLAB, REPOSITORY, around, title
from miner.pipelines.derive.cards.benchmarks import RESULTS
from miner.pipelines.derive.cards.document import CardLink, Document
from miner.pipelines.derive.cards.make import from_code, from_link
from miner.pipelines.derive.cards.rules.front_matter_fields import scalars
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import SievedPattern

MAX_REPOSITORIES = 2
LIKE = 0.45
_CODE_WORDS = frozenset(
    {"code", "recipe", "github repo", "github", "repo", "repository", "github repository"}
)
ALIKE = 0.5
_OWN = bounded(
    r"(?:this|our|the|official|original|project|github|model'?s?|training|source|fine-?tuning"
    r"|accompanying|associated)\s+(?:\w+\s+){0,2}(?:repo(?:sitory)?|github|code(?:base)?)"
    r"|released in|code (?:is|can be|for|and|used|available|here)|training (?:code|script)"
    r"|(?:repo(?:sitory)?|github|code|source)\s*(?:link)?\s*[:：]|\bgithub\b|find (?:it|the "
    r"code)|more (?:details|information|info)|github page|\[code\]|on github|recipe|opus-mt"
    r"|opus readme|rl zoo|please (?:visit|refer|see)|details[^.\n]{0,40}at"
    r"|see\b[^.\n]{0,30}\b(?:at|on)\b|original:|additional (?:details|information)|ships with"
    r"|\bmodel from\b|\bported (?:version )?(?:of|from)\b|\bwe released? our\b"
)
_TOOLS = re.compile(
    r"(?:^|/)(?:huggingface/(?:transformers|diffusers|diffusion-models-class|peft|trl|datasets"
    r"|accelerate"
    r"|pytorch-image-models|autotrain\w*|optimum\w*|tokenizers|candle|text-generation-inference"
    r"|text-embeddings-inference|alignment-handbook|lighteval|huggingface_hub|huggingface\.js"
    r"|transformers\.js|setfit|evaluate|distil-whisper|blog)"
    r"|ggerganov/\S+|ggml-org/\S+|vllm-project/\S+|oobabooga/\S+|lmstudio-ai/\S+"
    r"|mlabonne/llm-autoeval|arcee-ai/mergekit|cg123/mergekit|eleutherai/lm-evaluation-harness"
    r"|axolotl-ai-cloud/\S+|openaccess-ai-collective/axolotl|unslothai/\S+|hiyouga/\S+"
    r"|autogptq/\S+|panqiwei/autogptq|casper-hansen/\S+|qwopqwop200/\S+|turboderp/\S+"
    r"|turboderp-org/\S+|nomic-ai/gpt4all|ollama/\S+|abetlen/\S+|marella/\S+|lostruins/\S+"
    r"|ml-explore/\S+|dao-ailab/\S+|hazyresearch/flash-attention|pytorch/\S+|google/(?:jax|flax"
    r"|sentencepiece|seqio)"
    r"|microsoft/(?:deepspeed|lora|onnxruntime|megatron-deepspeed|olive)|nvidia/(?:apex"
    r"|megatron-lm|nemo|tensorrt\S*|nemo-aligner|transformerengine)|ukplab/\S+|rwightman/\S+"
    r"|open-mmlab/mmcv|facebookresearch/(?:xformers|fairseq|faiss)|sgl-project/\S+"
    r"|bitsandbytes-foundation/\S+|timdettmers/\S+|tatsu-lab/alpaca_eval"
    r"|patrickvonplaten/controlnet_aux"
    r"|embeddings-benchmark/\S+|philschmid/\S+|flashinfer-ai/\S+|automatic1111/\S+"
    r"|comfyanonymous/\S+|kohya-ss/\S+|bmaltais/\S+|espnet/espnet|explosion/\S+|marian-nmt/\S+"
    r"|kpu/kenlm|internlm/lmdeploy|modelscope/\S+|intel/\S+|deepjavalibrary/\S+"
    r"|adapter-hub/adapter\S*|dlr-rm/stable\S*|stable-baselines-team/\S+|araffin/\S+"
    r"|huggingface/ml-agents|unity-technologies/\S+|lm-sys/fastchat|huggingface)$",
    re.IGNORECASE,
)
_NO_FILE = re.compile(r"/(?:LICEN[SC]E|USE_POLICY|CODE_OF_CONDUCT|issues|discussions)\b|\.ipynb$")
"""A page of a repository that says nothing of it as a whole."""
_NO_REPOSITORY = ("settings/", "orgs/", "topics/", "sponsors/", "features/")
_OF_OTHERS = re.compile(
    r"based on|inspired|implementation of|dataset|training data:|thanks|leaderboard|model card"
)
_HEADING = re.compile(r"repo|code|github|source")
_ANY = SievedPattern(REPOSITORY)


def read(document: Document) -> Iterator[Value]:
    """Read links to repositories."""
    found: dict[str, Value] = {}
    for link in document.links:
        match = REPOSITORY.match(link.url) or GITLAB.match(link.url)
        if match is None or link.is_image:
            continue
        name = match[1].removesuffix(".git").rstrip(".")
        if _is_own(document, link, name):
            host = "gitlab.com" if match.re is GITLAB else "github.com"
            url = f"https://{host}/{name}"
            found.setdefault(name.lower(), from_link(document, "repository", url, link))
    yield from list(found.values())[:MAX_REPOSITORIES]
    if not found:
        yield from _cited(document)


def _is_own(document: Document, link: CardLink, name: str) -> bool:
    near = around(document, link)
    if name.lower().startswith(_NO_REPOSITORY) or _NO_FILE.search(link.url):
        return False
    is_alike = own_names.likeness(document.model, name) >= ALIKE or _is_same_owner(document, name)
    if _OF_OTHERS.search(near) and "opus readme" not in near and not is_alike:
        return False
    is_nemo = name.lower() == "nvidia/nemo" and "nemo" in str(document.front.data).lower()
    if _TOOLS.search(name) and "recipe" not in near:
        return is_nemo or _is_source(document, link)
    heading, words = title(document, link), link.text.lower()
    if CITATION.search(heading) or re.search(r"dataset|\bdata\b", f"{words} {heading}"):
        return False
    is_like = own_names.likeness(document.model, name, is_family=True) > LIKE
    is_plain = REPOSITORY.fullmatch(link.url.rstrip("/")) is not None
    is_like = is_like or (is_plain and _is_of_base(document, name))
    is_evaluation = RESULTS.search(heading) is not None and words.strip() in {"code", "here"}
    is_stated = _OWN.search(near) or _HEADING.search(heading)
    return is_like or (bool(is_stated) and not is_evaluation)


def _is_same_owner(document: Document, name: str) -> bool:
    return document.model.partition("/")[0].lower() == name.partition("/")[0].lower()


def _is_of_base(document: Document, name: str) -> bool:
    """Return whether a repository is by the declared base's owner and begins this model's name."""
    owner, _, short = name.lower().partition("/")
    form = own_names.squeezed(short)
    is_owner = any(
        base.lower().partition("/")[0] == owner
        for base in scalars(document.front.data.get("base_model"))
    )
    return (
        is_owner
        and len(form) >= own_names.LEAST_NICKNAME
        and own_names.squeezed(document.name).startswith(form)
    )


def _is_source(document: Document, link: CardLink) -> bool:
    """Return whether a toolkit is where this model's code lies: ``Original:``, a folder as code."""
    before = document.low[max(0, link.at - len("original: ") - 2) : link.at]
    is_folder = re.search(r"/(?:tree|blob)/[^/]+/(?:examples|egs|recipes|projects)/", link.url)
    return bool(re.search(r"\boriginal:\W*$", before)) or (
        is_folder is not None and link.text.lower().strip() in _CODE_WORDS
    )


def _cited(document: Document) -> Iterator[Value]:
    """Read a repository of the model's name in the entry to cite."""
    for code in document.codes:
        for match in _ANY.finditer(code.text):
            name = match[1].removesuffix(".git").rstrip(".")
            if own_names.likeness(
                document.model, name, is_family=True
            ) > LIKE and not _TOOLS.search(name):
                start, end = code.start + match.start(), code.start + match.end()
                url = f"https://github.com/{name}"
                yield from_code(document, "repository", url, start, end, method="cited")
                return
