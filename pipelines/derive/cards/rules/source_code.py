"""What a snippet tells: that there is one, and the library that it imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.known_names import IMPORTS
from miner.pipelines.derive.cards.make import from_code, from_link, from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_LOAD = sieved(
    r"from_pretrained\s*\(|pipeline\s*\(|SentenceTransformer\s*\(|CrossEncoder\s*\("
    r"|create_model\w*\s*\(|spacy\.load\s*\(|from_hparams\s*\(|\bLLM\s*\(|Llama\s*\("
    r"|load_from_hub\s*\(|load_model\s*\(|hf_hub_download\s*\(|from_single_file\s*\(|YOLO\s*\("
    r"|SequenceTagger\.load|InferenceClient|api-inference\.huggingface\.co|chat\.completions"
    r"|model\.generate\s*\(|torch\.hub\.load|WhisperModel\s*\(|load_checkpoint|get_generation\("
    r"|llama-(?:cli|server)|\./main\b|ollama run|vllm serve|mlx_v?lm|infer(?:ence)?\.py|Text2Speech"
    r"|snapshot_download|load_adapter|transcribe\(|\bpredict(?:_\w+)?\(|\bget_model\("
    r"|enjoy\.py|= ?model\(|rl_zoo3\."
    r"|encode\(|load_model_ensemble_and_task\w*\(|--download_model |\bload\w*_model\w*\("
    r"|pipeline\.from_|\.load_learner\(|from_pretrained_keras\("
)
_NOT_USE = bounded(r"^\s*(?:@\w+\{|\{?\s*\"?(?:model_type|architectures))")
_PLAIN_LOAD = sieved(r"(?<!\w)\w+\.from_pretrained\(|= ?pipeline\([\"'][\w-]+")
_IMPORT = bounded(r"^[>.\s]*(?:from|import)\s+([A-Za-z_]\w*)(?:[.\w]*)", re.MULTILINE)
_PLAIN_IMPORT = re.compile(r"from transformers import \w+")
_SIDE_LIBRARIES = frozenset({"vllm", "peft", "keras", "sklearn"})
_STATED = sieved(
    r"(?<![A-Za-z])(?:supported (?:in|by)|compatible with|works? with|using|used with|through"
    r"|via|with"
    r"|load(?:ed)? (?:with|in|using)|for|to|is a|the)\s+(?:the\s+)?(?:hugging\s?face(?:'s)?\s+)?"
    r"(?:🤗\s*)?(?P<name>transformers|diffusers|sentence[- ]transformers|timm|spacy|flair|setfit"
    r"|speechbrain|espnet2?|peft|fairseq|adapter[- ]transformers|nemo|open_?clip|keras|span_?marker"
    r"|stable-baselines3|llama\.cpp|pyannote\.audio)\b"
    r"(?!\s+(?:architecture|model\b|models\b|pretrained|-based|encoder|decoder|layer|paper"
    r"|dataset|corpus|data\b))",
    re.IGNORECASE,
)
_VERSIONS = sieved(r"(?:^|\n)\s*(?:- )?Transformers:?\s+v?\d+\.\d+[\w.]*")
_DOCS = sieved(r"huggingface\.co/(?:docs/)?transformers/")
_NEED_OTHERS = frozenset({"peft", "adapter-transformers"})


def read(document: Document) -> Iterator[Value]:
    """Read the first snippet that uses the model, and the library."""
    yield from _demo(document)
    if "gguf" in document.name.lower() and (at := document.low.find("llama.cpp")) >= 0:
        yield from_plain(document, "library", "llama.cpp", at, at + 9, method="gguf")
    data = document.front.data
    declared = str(data.get("library_name") or data.get("library_tag") or data.get("library") or "")
    if not declared:
        yield from next(
            (values for read_one in _LIBRARY if (values := list(read_one(document)))), []
        )
    elif declared in _NEED_OTHERS:
        yield from list(_versions(document)) or [
            value for value in _imported(document) if value.value == "transformers"
        ]
    yield from _adapted(document)


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
    shown = _PLAIN_LOAD.search(document.plain)
    if shown is not None:
        yield from_plain(document, "demo", "code", shown.start(), shown.end(), method="text")


_ADAPTED = bounded(r"^[>.\s]*from peft import\b.*", re.MULTILINE)


def _adapted(document: Document) -> Iterator[Value]:
    """Read peft where a snippet loads an adapter with it."""
    for code in document.codes:
        match = _ADAPTED.search(code.text)
        if match is not None and "PeftModel" in code.text:
            lead = len(match[0]) - len(match[0].lstrip(" >.\r\n\t"))
            start, end = code.start + match.start() + lead, code.start + match.end()
            yield from_code(document, "library", "peft", start, end, method="adapted")
            return


def _imported(document: Document) -> Iterator[Value]:
    for code in document.codes:
        for match in _IMPORT.finditer(code.text):
            name = IMPORTS.get(match[1])
            if name is None or name in _SIDE_LIBRARIES:
                continue
            lead = len(match[0]) - len(match[0].lstrip(" >.\r\n\t"))
            yield from_code(
                document, "library", name, code.start + match.start() + lead,
                code.start + match.end(), method="import",
            )  # fmt: skip
            return


def _imported_in_text(document: Document) -> Iterator[Value]:
    match = _PLAIN_IMPORT.search(document.plain)
    if match is not None:
        start, end = match.span()
        yield from_plain(document, "library", "transformers", start, end, method="text")


def _versions(document: Document) -> Iterator[Value]:
    match = _VERSIONS.search(document.plain)
    if match is not None:
        start, end = match.span()
        yield from_plain(document, "library", "transformers", start, end, method="versions")


def _stated(document: Document) -> Iterator[Value]:
    match = _STATED.search(document.plain)
    if match is not None:
        name = match["name"].lower().replace(" ", "-")
        yield from_plain(document, "library", name, match.start(), match.end(), method="prose")


def _linked(document: Document) -> Iterator[Value]:
    for link in document.links:
        if _DOCS.search(link.url):
            yield from_link(document, "library", "transformers", link)
            return


_LIBRARY = (_imported, _imported_in_text, _versions, _stated, _linked)
"""How the library shows, the surest first."""
