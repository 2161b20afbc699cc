"""What a snippet tells: that there is one, the library it imports, the task it serves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract.document import Code, Document
from miner.pipelines.extract.facts import CALL_TASKS, IMPORTS, TASKS
from miner.pipelines.extract.make import from_code, from_link, from_pair, from_plain
from miner.pipelines.extract.value import Value

_IMPORT = re.compile(r"^[>.\s]*(?:from|import)\s+([A-Za-z_]\w*)(?:[.\w]*)", re.MULTILINE)
_LOAD = re.compile(
    r"from_pretrained\s*\(|pipeline\s*\(|SentenceTransformer\s*\(|CrossEncoder\s*\("
    r"|create_model\w*\s*\(|spacy\.load\s*\(|from_hparams\s*\(|LLM\s*\(|Llama\s*\("
    r"|load_from_hub\s*\(|load_model\s*\("
    r"|hf_hub_download\s*\(|from_single_file\s*\(|YOLO\s*\(|SequenceTagger\.load"
    r"|InferenceClient|api-inference\.huggingface\.co|chat\.completions|model\.generate\s*\("
    r"|torch\.hub\.load|get_generation\(|WhisperModel\s*\("
    r"|push_to_hub_fastai|from_pretrained_fastai|load_checkpoint|llama-(?:cli|server)|\./main\b"
    r"|ollama run|vllm serve|mlx_lm\.generate|mlx_lm|infer(?:ence)?\.py|Text2Speech"
    r"|from_pretrained_keras|snapshot_download|AutoTrain|load_adapter|transcribe\(|predict\("
)
_PLAIN_LOAD = re.compile(r"\w+\.from_pretrained\(|= ?pipeline\([\"'][\w-]+")
_PLAIN_IMPORT = re.compile(r"from transformers import \w+")
_NOT_USE = re.compile(r"^\s*(?:@\w+\{|\{?\s*\"?(?:model_type|architectures))", re.MULTILINE)
_PIPELINE = re.compile(r"pipeline\s*\(\s*(?:task\s*=\s*)?[\"']([a-z0-9-]+)[\"']")
_STATED = re.compile(
    r"(?:supported (?:in|by)|compatible with|works? with|using|used with|through|via|with"
    r"|load(?:ed)? (?:with|in|using)|for|to|is a|directly to"
    r"|the)\s+(?:the\s+)?(?:hugging\s?face(?:'s)?\s+)?(?:🤗\s*)?(?P<name>transformers|diffusers"
    r"|sentence[- ]transformers|timm|spacy|flair|speechbrain|espnet2?|setfit|peft|fairseq"
    r"|adapter[- ]transformers|nemo|open_?clip|keras|stable-baselines3|llama\.cpp"
    r"|pyannote\.audio|span_?marker)\b(?!\s+(?:architecture|model\b|models\b|pretrained|-based"
    r"|encoder|decoder|layer))",
    re.IGNORECASE,
)
_TEMPLATE_VERSIONS = re.compile(r"(?:^|\n)\s*(?:- )?Transformers:?\s+v?\d+\.\d+[\w.]*")
_TASK_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), task)
    for pattern, task in (
        (r"\b(?:automatic )?speech recognition\b|speech-to-text", "automatic-speech-recognition"),
        (r"\btext-to-speech\b|speech synthesis", "text-to-speech"),
        (
            r"text-to-image|image generation|stable diffusion|latent diffusion"
            r"|generate images", "text-to-image"),
        (r"machine translation|translation model|translates? (?:from|between)", "translation"),
        (r"\bsummari[sz](?:ation|e)\b", "summarization"),
        (
            r"question[- ]answering|\bextractive qa\b|paragraph contains "
            r"an answer|squad", "question-answering"),
        (
            r"named[- ]entity|\bner\b|token classification|part-of-speech"
            r"|sequence tagging", "token-classification"),
        (
            r"sentiment|text classification|sequence classification"
            r"|emotion (?:detection|classification)|classifier for text"
            r"|hate speech|toxicity", "text-classification"),
        (r"image classification|image classifier", "image-classification"),
        (r"object detection", "object-detection"),
        (r"semantic segmentation|image segmentation", "image-segmentation"),
        (
            r"sentence embedding|semantic search"
            r"|sentence[- ]transformers? model|text embedding|dense "
            r"vector space|embedding model", "sentence-similarity"),
        (r"fill-mask|masked language|\bmlm\b", "fill-mask"),
        (
            r"causal language model|text generation|language model|\bllms?\b"
            r"|chat model|instruction[- ]tuned|role-?play|generative text"
            r"|chatbot|instruct model", "text-generation"),
        (r"visual question answering|vision-language", "image-text-to-text"),
        (r"reinforcement learning|deep rl|trained .{0,20}agent", "reinforcement-learning"),
    )
)  # fmt: skip
_KEY = re.compile(
    r"^(?:model )?(?:type|task|model type|task type|problem type|pipeline)(?: \[optional\])?$"
)
_INPUT_KEY = re.compile(
    r"^(?:model )?inputs?(?: format| type(?:\(s\))?s?| image size| size| resolution| "
    r"modalit(?:y|ies))?$|^prompt(?: format| template| style|ing)?$|^chat (?:template|format)$"
    r"|^(?:image|input) (?:size|resolution)$|^sampl(?:e|ing) ?rate$|^instruction format$"
    r"|^trigger words?$|^instance prompt$"
)
_OUTPUT_KEY = re.compile(
    r"^(?:model )?outputs?(?: format| type(?:\(s\))?s?| dimension(?:ality)?s?| size| "
    r"modalit(?:y|ies))?$|^(?:embedding |vector )?dimension(?:ality|s)?$|^output "
    r"dimensionality$"
)
_INPUT_TITLE = re.compile(
    r"prompt(?:ing)?[ -](?:format|template|style|structure)|chat (?:template|format)"
    r"|instruction format|input format|^prompt(?:ing)?(?: template)?$|^inputs?$|^trigger words$"
    r"|expected input|usage format|dialogue format|instruct template|prompt guide"
)
_OUTPUT_TITLE = re.compile(r"^outputs?(?: format)?$|output format")
_INPUT_WORDS = re.compile(
    r"(?:speech|audio)[^.\n]{0,60}sampled at \d+\s?k?hz|sampl(?:ed|ing "
    r"rate)[^.\n]{0,25}\d+\s?k?hz|(?:image|input)s? (?:are |is )?(?:size"
    r"|resolution)[^.\n]{0,30}\d{2,4}\s?[x×]\s?\d{2,4}|\d{2,4}\s?[x×]\s?\d{2,4} (?:pixels"
    r"|resolution|images)|resolution[^.\n]{0,10}\d{2,4}\s?[x×]\s?\d{2,4}|(?:should|must) use "
    r"[^.\n]{0,60}to trigger"
    r"|chatml|prompt (?:format|template)|(?:uses?|follow\w*) (?:the )?(?:alpaca|vicuna|chatml"
    r"|llama-?[23]?|mistral|zephyr)[\w\s-]{0,20}(?:format|template|prompt)|\[inst\]"
    r"|<\|im_start\|>|### instruction|\[cls\][^.\n]*\[sep\]|prefix[^.\n]{0,40}\"?(?:query"
    r"|passage|translate)|initial language token|inputs? (?:consist|should be|is a|are )"
    r"|takes? (?:as input|an? (?:image|text|sentence|audio))[^.\n]{0,30}"
)
_OUTPUT_WORDS = re.compile(
    r"\d{2,5}[- ]dimensional (?:dense )?(?:vector|embedding)|models? (?:only )?generates? text"
    r"|output(?:s)? (?:is|are|will be|consist|the|a)\b|returns? (?:a|the) (?:json|list|dict"
    r"|score|label)|wrapped in a? ?[`<]|labels? (?:are|is)\b|label_\d|single-sentence"
    r"|predicts? (?:one of|a label|whether|transcriptions)|generates? (?:text|json"
    r"|code)[^.\n]{0,10}only|output is unpooled|maps? (?:to|labels)"
)


def read(document: Document) -> Iterator[Value]:
    """Read snippets and what is said of use."""
    yield from _demo(document)
    yield from _library(document)
    yield from _task(document)
    yield from _format(document, "input_format", _INPUT_KEY, _INPUT_TITLE, _INPUT_WORDS)
    yield from _format(document, "output_format", _OUTPUT_KEY, _OUTPUT_TITLE, _OUTPUT_WORDS)


def _is_use(document: Document, code: Code) -> bool:
    return bool(_LOAD.search(code.text)) and not _NOT_USE.match(code.text)


def _demo(document: Document) -> Iterator[Value]:
    for code in document.codes:
        match = _LOAD.search(code.text)
        if match is None or _NOT_USE.match(code.text):
            continue
        start = code.text.rfind("\n", 0, match.start()) + 1
        end = code.text.find("\n", match.end())
        end = len(code.text) if end < 0 else end
        start += len(code.text[start:end]) - len(code.text[start:end].lstrip())
        yield from_code(
            document, "demo", "code", code.start + start, code.start + end, method="snippet"
        )
        return
    match = _PLAIN_LOAD.search(document.plain)
    if match is not None:
        yield from_plain(document, "demo", "code", match.start(), match.end(), method="text")


def _library(document: Document) -> Iterator[Value]:
    data = document.front.data
    declared = str(data.get("library_name") or data.get("library_tag") or data.get("library") or "")
    if "gguf" in document.name.lower() and (at := document.low.find("llama.cpp")) >= 0:
        yield from_plain(document, "library", "llama.cpp", at, at + 9, method="gguf")
    if declared and declared not in {"peft", "adapter-transformers"}:
        return
    if declared:
        yield from _versions(document)
        return
    for code in document.codes:
        for match in _IMPORT.finditer(code.text):
            name = IMPORTS.get(match[1])
            if name is not None and name not in {"vllm", "peft", "keras", "sklearn"}:
                yield from_code(
                    document, "library", name, code.start + match.start(1) - _before(match),
                    code.start + match.end(), method="import",
                )  # fmt: skip
                return
    match = _PLAIN_IMPORT.search(document.plain)
    if match is not None:
        yield from_plain(
            document, "library", "transformers", match.start(), match.end(), method="text"
        )
        return
    versions = list(_versions(document))
    yield from versions
    if versions:
        return
    match = _STATED.search(document.plain)
    if match is not None:
        name = match["name"].lower().replace(" ", "-")
        yield from_plain(document, "library", name, match.start(), match.end(), method="prose")
        return
    for link in document.links:
        if re.search(r"huggingface\.co/(?:docs/)?transformers/", link.url):
            yield from_link(document, "library", "transformers", link)
            return


def _versions(document: Document) -> Iterator[Value]:
    match = _TEMPLATE_VERSIONS.search(document.plain)
    if match is not None:
        yield from_plain(
            document, "library", "transformers", match.start(), match.end(), method="versions"
        )


def _before(match: re.Match[str]) -> int:
    word = match[0].lstrip(" >.\n\t")
    return len("from ") if word.startswith("from") else len("import ")


def _task(document: Document) -> Iterator[Value]:
    data = document.front.data
    if data.get("pipeline_tag"):
        return
    tags = data.get("tags")
    if isinstance(tags, list) and any(str(tag) in TASKS for tag in tags):
        return
    for code in document.codes:
        for match in _PIPELINE.finditer(code.text):
            if match[1] in TASKS:
                yield from_code(
                    document,
                        "task", match[1], code.start + match.start(), code.start + match.end(),
                    method="pipeline",
                )  # fmt: skip
                return
    for code in document.codes:
        for call, task in CALL_TASKS:
            at = code.text.find(call)
            if at >= 0:
                yield from_code(
                    document,
                    "task",
                    task,
                    code.start + at,
                    code.start + at + len(call),
                    method="call",
                )
                return
    for pattern, task in _METRIC_TASKS:
        match = pattern.search(document.plain)
        if match is not None:
            yield from_plain(document, "task", task, match.start(), match.end(), method="metric")
            return
    yield from _task_words(document)


_METRIC_TASKS = (
    (re.compile(r"(?m)^Wer: \d[\d.]*"), "automatic-speech-recognition"),
    (re.compile(r"(?m)^Rouge1: \d[\d.]*"), "summarization"),
)
"""What a list of results betrays of the task."""


def _task_words(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if _KEY.match(pair.key):
            text = pair.value.text.lower()
            for pattern, task in _TASK_WORDS:
                if pattern.search(text) or task in text.replace(" ", "-"):
                    yield from_pair(document, "task", task, pair)
                    return
    head = document.low[:2500]
    found = [
        (match.start(), match, task)
        for pattern, task in _TASK_WORDS
        if (match := pattern.search(head)) is not None
    ]
    if found:
        _, match, task = min(found, key=lambda one: one[0])
        yield from_plain(document, "task", task, match.start(), match.end(), method="words")


def _format(
    document: Document,
    field: str,
    key: re.Pattern[str],
    title: re.Pattern[str],
    words: re.Pattern[str],
) -> Iterator[Value]:
    for pair in document.pairs:
        if key.match(pair.key) and "information needed" not in pair.value.text.lower():
            yield from_pair(document, field, pair.value.text, pair)
            return
    for section in document.sections:
        if section.level and title.search(section.title.lower()):
            code = next((code for code in document.codes if code.section is section), None)
            if code is not None:
                yield from_code(
                    document, field, code.text.strip()[:200], code.start,
                    code.start + len(code.text.rstrip()), method="section",
                )  # fmt: skip
                return
            start = document.plain.find("\n", section.start) + 1
            first, last = document.sentence(start)
            if document.plain[start:last].strip():
                yield from_plain(
                    document,
                    field,
                    document.plain[start:last].strip()[:200],
                    start,
                    last,
                    method="section",
                )
                return
    match = words.search(document.low)
    if match is None and field == "input_format":
        yield from _template(document)
    if match is not None:
        first, last = document.sentence(match.start())
        yield from_plain(
            document, field, document.plain[match.start() : match.end()], match.start(), min(last, match.end() + 60),
            method="words",
        )  # fmt: skip


_TEMPLATES = re.compile(
    r"<\|im_start\|>|\[INST\]|### (?:Instruction|Human|User|Input|Question)|<\|(?:user|prompter"
    r"|system|begin_of_text)\|>|Below is an instruction"
    r"|apply_chat_template|USER:|<start_of_turn>|\[MASK\]|<mask>|\[CLS\]|sampling_rate ?= "
    r"?16_?000|Image size: train"
)


def _template(document: Document) -> Iterator[Value]:
    """Read the marks of a prompt in a snippet."""
    for code in document.codes:
        match = _TEMPLATES.search(code.text)
        if match is not None:
            yield from_code(
                document, "input_format", match[0], code.start + match.start(),
                code.start + match.end(), method="template",
            )  # fmt: skip
            return
