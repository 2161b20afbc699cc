"""Paper, code repository and demo, from links and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract import own
from miner.pipelines.extract.document import Document, Link
from miner.pipelines.extract.make import from_code, from_link
from miner.pipelines.extract.value import Value

_ARXIV = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html|ftp/arxiv/papers/\d+)/|alphaxiv\.org/abs/"
    r"|(?:huggingface|hf)\.co/papers/|10\.48550/arxiv\.)(\d{4}\.\d{4,5})",
    re.IGNORECASE,
)
_PAPER_HOSTS = re.compile(
    r"aclanthology\.org/|aclweb\.org/|openreview\.net/|proceedings\.|papers\.nips\.cc"
    r"|papers\.neurips\.cc|dl\.acm\.org|ieeexplore|biorxiv\.org|medrxiv\.org"
    r"|nature\.com/articles"
    r"|springer\.com|sciencedirect\.com|isca-speech\.org|isca-archive\.org|thecvf\.com"
    r"|jmlr\.org|academic\.oup\.com|semanticscholar\.org/paper|mdpi\.com"
    r"|cdn\.openai\.com/[\w/-]*papers?|doi\.org/10\.",
    re.IGNORECASE,
)
_PAPER_WORDS = re.compile(
    r"\b(?:paper|preprint|technical report|tech report|arxiv|publication|white\s?paper|论文|論文|논문"
    r"|article|thesis)\b|论文|論文"
)
_BLOG = re.compile(r"\b(?:blog(?: ?post)?|announcement|release (?:blog )?post)\b")
_CITATION = re.compile(
    r"cit(?:e|ation|ing)|reference|bibtex|bibliograph|acknowledg|引用|related work|credits"
    r"|further reading"
)
_OWN_PAPER = re.compile(
    r"introduced in|presented in|described in|proposed in|released (?:in|with)|published in"
    r"|accompan\w+|our (?:\w+ )?paper|for more (?:details|information)|(?:read|see|check|refer "
    r"to|details)\b[^.\n]{0,40}(?:paper|report|arxiv|preprint)"
    r"|(?:original|official|research|model|associated) (?:paper|research)"
    r"|paper(?:\s*\[optional\])?\s*[:|]|technical report|^\W*(?:the )?paper\b|code for|if you "
    r"use|please,? cite|publications?:|from the paper|paper (?:can be found|is available)"
    r"|\[paper\]"
)
_BUILDS_ON = re.compile(
    r"based on|using|uses|following|trained (?:with|using)|tokeniz|optimi[sz]|inspired|similar "
    r"to|as in|dataset|flash|rope|attention|quanti|lora|distillation|dpo|adapted|method|loss"
    r"|yarn|algorithm|technique|evaluat|benchmark|bias|such as|e\.g\.|see, e|\b(?:sheng|bender"
    r"|strubell|lacoste)\b"
)
_REPO = re.compile(
    r"(?:https?://)?(?:www\.)?github\.com/([A-Za-z0-9][\w-]{0,38}/[\w.-]{1,100})", re.IGNORECASE
)
_REPO_KEY = re.compile(
    r"^(?:model |training |source |github |code |official |project )?(?:repository|repo"
    r"|github(?: repo(?:sitory)?| link)?|source(?: code)?|code)(?: \[optional\])?\b"
)
_OWN_REPO = re.compile(
    r"(?:this|our|the|official|original|project|github|model'?s?|training|source|fine-?tuning"
    r"|accompanying|associated)\s+(?:\w+\s+){0,2}(?:repo(?:sitory)?|github|code(?:base)?)"
    r"|released in|code (?:is|can be|for|and|used|available|here)|training (?:code|script)"
    r"|(?:repo(?:sitory)?|github|code|source)\s*(?:link)?\s*[:：]|\bgithub\b|find (?:it|the "
    r"code)|more (?:details|information|info)|github page|\[code\]|on github|recipe|opus-mt"
    r"|opus readme|rl zoo|please (?:visit|refer|see)|details[^.\n]{0,40}at"
    r"|see\b[^.\n]{0,30}\b(?:at|on)\b|original:"
)
_TOOLS = re.compile(
    r"(?:^|/)(?:huggingface/(?:transformers|diffusers|peft|trl|datasets|accelerate"
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
    r"|unity-technologies/\S+|lm-sys/fastchat|huggingface)$",
    re.IGNORECASE,
)
_DEMO_HOSTS = re.compile(
    r"(?:huggingface|hf)\.co/spaces/|\.hf\.space|colab\.research\.google\.com/"
    r"|replicate\.com/|gradio\.app|streamlit\.app|mybinder\.org|kaggle\.com/(?:code"
    r"|notebooks)|huggingface\.co/(?:chat|exbert)|build\.nvidia\.com/|playground"
    r"|chat\.\w+\.\w+",
    re.IGNORECASE,
)
_DEMO_WORDS = re.compile(
    r"\b(?:demo|try (?:it|this|out|our|the|now)|playground|online demo|live demo|spaces?|colab"
    r"|notebook|chat with|interactive|在线体验|デモ|데모)\b|在线体验|デモ|데모"
)
_NO_DEMO = re.compile(
    r"fine-?tun|train(?:ing)?\b|quanti|leaderboard|evaluat|unsloth|discord|convert|merge"
    r"|autoeval"
)
METHODS = frozenset(
    [
        "1910.09700",
        "1910.03771",
        "2106.09685",
        "2305.14314",
        "2305.18290",
        "2309.00071",
        "2205.14135",
        "2307.08691",
        "2104.09864",
        "1706.03762",
        "2203.05482",
        "2306.01708",
        "2311.03099",
        "2210.17323",
        "2306.00978",
        "2403.19522",
        "2402.03300",
        "2212.04037",
        "1412.6980",
        "1711.05101",
        "2101.03961",
        "2401.04088",
        "2108.12409",
        "1607.06450",
        "2002.05202",
        "2305.13245",
        "1911.02150",
        "2310.06694",
        "2212.10560",
        "2403.13257",
        "1701.06538",
        "2112.05682",
        "2208.07339",
        "2403.07691",
        "2205.13147",
        "1705.00652",
    ]
)
"""arXiv ids of methods and tools that cards name as what they used."""
_NO_SPACE = re.compile(
    r"spaces/[^/]+/[\w-]*(?:leaderboard|eval|quant|gguf|convert|merge|finetun|train"
    r"|mteb|arena)",
    re.IGNORECASE,
)
_MAX = 3


def read(document: Document) -> Iterator[Value]:
    """Read links."""
    yield from _papers(document)
    yield from _repositories(document)
    yield from _demos(document)


def _context(document: Document, link: Link) -> tuple[str, str]:
    """Return the sentence around a link without later links, and the title of its section."""
    if not document.low:
        return "", ""
    at = min(link.at, len(document.low) - 1)
    first, last = document.sentence(at)
    return document.low[
        max(first, link.at - 200) : min(last, link.end_at + 80)
    ], document.section_at(at).title.lower()


def _value(document: Document, field: str, value: str, link: Link, method: str) -> Value:
    return from_link(document, field, value, link, method=method)


def _papers(document: Document) -> Iterator[Value]:
    found: list[Value] = []
    for link in document.links:
        if link.is_image or link.is_in_table:
            continue
        arxiv = _ARXIV.search(link.url)
        around, title = _context(document, link)
        words = link.text.lower()
        if arxiv and arxiv[1] in METHODS:
            continue
        if arxiv or _PAPER_HOSTS.search(link.url):
            if _CITATION.search(title) and not re.search(r"paper|resources", title):
                continue
            if "dataset" in words or (_BUILDS_ON.search(around) and not _OWN_PAPER.search(around)):
                continue
            if _OWN_PAPER.search(around) or _PAPER_WORDS.search(words):
                found.append(
                    _value(document, "paper", arxiv[1] if arxiv else link.url, link, "link")
                )
        elif _is_paper(link, words, around):
            found.append(_value(document, "paper", link.url, link, "words"))
    numbered = [value for value in found if "/" not in str(value.value)]
    yield from (numbered or found)[:_MAX]
    if not found:
        cited = list(_cited(document))
        yield from cited or _blogs(document)


def _is_paper(link: Link, words: str, around: str) -> bool:
    if not link.url.startswith("http") or "dataset" in words or len(words) > 60:
        return False
    if _REPO.fullmatch(link.url.rstrip("/")):
        return False
    return bool(
        _PAPER_WORDS.search(words) or re.search(r"paper (?:can be found|is available)", around)
    )


_ENTRY = re.compile(r"@\w+\s*\{")
_EPRINT = re.compile(
    r"(?:eprint\s*=\s*[{\"]\s*|arxiv[:.\s]|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5})"
    r"|doi\s*=\s*[{\"](?:https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s}\"]+)",
    re.IGNORECASE,
)


def _cited(document: Document) -> Iterator[Value]:
    """Read the one entry that a card asks to cite."""
    entries = [(code, match) for code in document.codes for match in _ENTRY.finditer(code.text)]
    if len(entries) != 1:
        return
    code, entry = entries[0]
    match = _EPRINT.search(code.text, entry.end())
    if match is None or (match[1] or "") in METHODS or (match[2] or "").startswith("10.57967"):
        return
    group = 1 if match[1] else 2
    yield from_code(
        document, "paper", match[group], code.start + match.start(), code.start + match.end(group),
        method="cited",
    )  # fmt: skip


def _blogs(document: Document) -> Iterator[Value]:
    for link in document.links:
        if link.is_image or not link.url.startswith("http"):
            continue
        around = _context(document, link)[0]
        if not re.search(r"\bour\b|release|announc|detail|introduc|refer", around):
            continue
        if _BLOG.search(link.text.lower()) or re.search(
            r"(?:full )?(?:details|information)[^.\n]{0,60}blog", around
        ):
            yield _value(document, "paper", link.url, link, "blog")
            return


def _repositories(document: Document) -> Iterator[Value]:
    sure: list[Value] = []
    weak: list[Value] = []
    for link in document.links:
        match = _REPO.match(link.url)
        if match is None or link.is_image:
            continue
        name = match[1].removesuffix(".git").rstrip(".")
        around, title = _context(document, link)
        if (_TOOLS.search(name) and "recipe" not in around) or name.lower().startswith(
            ("settings/", "orgs/", "topics/")
        ):
            continue
        value = _value(document, "repository", f"https://github.com/{name}", link, "link")
        likeness = own.likeness(document.model, name)
        if re.search(r"based on|inspired|implementation of|dataset|thanks|leaderboard", around):
            weak.append(value)
        elif (
            likeness > 0.45
            or _OWN_REPO.search(around)
            or re.search(r"repo|code|github|source", title)
        ):
            if not re.search(r"dataset|data\b", link.text.lower()) and not _CITATION.search(title):
                sure.append(value)
        else:
            weak.append(value)
    kept: dict[object, Value] = {}
    for value in sure or weak[:0]:
        kept.setdefault(str(value.value).lower(), value)
    yield from list(kept.values())[:2]


def _demos(document: Document) -> Iterator[Value]:
    count = 0
    for link in document.links:
        if link.is_image or not link.url.startswith("http"):
            continue
        around, title = _context(document, link)
        hosted = _DEMO_HOSTS.search(link.url)
        words = link.text.lower()
        if _NO_DEMO.search(f"{words} {title}") or "leaderboard" in link.url.lower():
            continue
        if (
            hosted
            and (
                _DEMO_WORDS.search(f"{around} {title} {words}")
                or re.search(r"spaces/|exbert", link.url)
            )
            and not _NO_SPACE.search(link.url)
        ):
            count += 1
            yield _value(document, "demo", link.url, link, "host")
        elif (
            re.search(r"\bdemo\b|playground", words)
            and len(words) < 60
            and not _REPO.match(link.url)
        ):
            count += 1
            yield _value(document, "demo", link.url, link, "words")
        if count >= _MAX:
            return
