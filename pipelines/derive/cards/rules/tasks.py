"""The task, where the front matter does not declare it: from snippets, results and words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.known_names import CALL_TASKS, TASKS
from miner.pipelines.derive.cards.make import from_code, from_pair, from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_HEAD = 2500
_PIPELINE = re.compile(r"pipeline\s*\(\s*(?:task\s*=\s*)?[\"']([a-z0-9-]+)[\"']")
_KEY = re.compile(r"^(?:model )?(?:type|task|model type|task type|problem type|pipeline)$")
_METRICS = (
    (re.compile(r"(?m)^(?:Test )?Wer: \d[\d.]*"), "automatic-speech-recognition"),
    (bounded(r"(?m)^Rouge1: \d[\d.]*"), "summarization"),
)
"""What a list of results betrays of the task."""
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (bounded(pattern), task)
    for pattern, task in (
        (r"\b(?:automatic )?speech recognition\b|speech-to-text", "automatic-speech-recognition"),
        (r"\btext-to-speech\b|speech synthesis", "text-to-speech"),
        (
            r"text-to-image|image generation|stable diffusion|latent diffusion|generate images",
            "text-to-image",
        ),
        (r"encoder-decoder|text-to-text|seq2seq|sequence-to-sequence", "text2text-generation"),
        (r"machine translation|translation model|translates? (?:from|between)", "translation"),
        (r"\bsummari[sz](?:ation|e)\b", "summarization"),
        (
            r"question[- ]answering|\bextractive qa\b|paragraph contains an answer|squad",
            "question-answering",
        ),
        (
            r"named[- ]entity|\bner\b|token classification|part-of-speech|sequence tagging",
            "token-classification",
        ),
        (
            r"sentiment|text classification|sequence classification|emotion (?:detection"
            r"|classification)|classifier for text|hate speech|toxicity",
            "text-classification",
        ),
        (r"image classification|image classifier", "image-classification"),
        (r"depth estimation|monocular depth", "depth-estimation"),
        (r"pose_estimation|pose estimation model|keypoint detection", "keypoint-detection"),
        (
            r"speaker (?:verification|recognition|identification)|audio classification",
            "audio-classification",
        ),
        (r"speech enhancement|source separation|speech separation", "audio-to-audio"),
        (r"voice activity detection", "voice-activity-detection"),
        (r"text-to-video|video generation", "text-to-video"),
        (r"captioning model|image[- ]to[- ]text", "image-to-text"),
        (r"super[- ]resolution|image[- ]to[- ]image", "image-to-image"),
        (r"time[- ]series (?:forecast|foundation|prediction|model)", "time-series-forecasting"),
        (
            r"(?:question|query|title|headline|header)s? generat(?:ion|or)"
            r"|generat(?:es?|ing) (?:questions"
            r"|queries)",
            "text2text-generation",
        ),
        (r"code generation|program synthesis|code completion", "text-generation"),
        (r"object detection", "object-detection"),
        (r"semantic segmentation|image segmentation", "image-segmentation"),
        (
            r"sentence embedding|semantic search|sentence[- ]transformers? model|text embedding"
            r"|dense vector space|embedding model",
            "sentence-similarity",
        ),
        (r"multiple[- ]choice", "multiple-choice"),
        (r"fill-mask|masked language|masked learning|\bmlm\b", "fill-mask"),
        (
            r"causal language model|text generation|language model|\bllms?\b|chat model"
            r"|instruction[- ]tuned|role-?play|generative text|chatbot|instruct model",
            "text-generation",
        ),
        (r"visual question answering|vision-language", "image-text-to-text"),
        (r"reinforcement learning|deep rl|trained .{0,20}agent", "reinforcement-learning"),
    )
)
_ANY_WORDS = sieved("|".join(pattern.pattern for pattern, _ in _WORDS))


def read(document: Document) -> Iterator[Value]:
    """Read the task: at most one."""
    tags = document.front.data.get("tags")
    if document.front.data.get("pipeline_tag"):
        return
    if isinstance(tags, list) and any(str(tag) in TASKS for tag in tags):
        return
    yield from next((values for one in _WAYS if (values := list(one(document)))), [])


def _piped(document: Document) -> Iterator[Value]:
    for code in document.codes:
        for match in _PIPELINE.finditer(code.text):
            if match[1] in TASKS:
                start, end = code.start + match.start(), code.start + match.end()
                yield from_code(document, "task", match[1], start, end, method="pipeline")
                return


def _called(document: Document) -> Iterator[Value]:
    for code in document.codes:
        for call, task in CALL_TASKS:
            at = code.text.find(call)
            if at >= 0:
                start = code.start + at
                yield from_code(document, "task", task, start, start + len(call), method="call")
                return


def _measured(document: Document) -> Iterator[Value]:
    for pattern, task in _METRICS:
        match = pattern.search(document.plain)
        if match is not None:
            yield from_plain(document, "task", task, match.start(), match.end(), method="metric")
            return


def _keyed(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if not _KEY.match(pair.key):
            continue
        text = pair.value.text.lower()
        for pattern, task in _WORDS:
            if pattern.search(text) or task in text.replace(" ", "-"):
                yield from_pair(document, "task", task, pair)
                return


def _stated(document: Document) -> Iterator[Value]:
    head = document.low[:_HEAD]
    first = _ANY_WORDS.search(head)
    if first is not None:
        start, end, task = min(
            (match.start(), match.end(), task)
            for pattern, task in _WORDS
            if (match := pattern.match(head, first.start())) is not None
        )
        if task == "text-generation" and _MASKED.search(document.name):
            task = "fill-mask"
        yield from_plain(document, "task", task, start, end, method="words")


_MASKED = re.compile(r"bert|electra|deberta|xlm-r|ernie|roformer", re.IGNORECASE)
"""Encoders: a language model of that name fills masks."""
_WAYS = (_piped, _called, _measured, _keyed, _stated)
"""How the task shows, the surest first."""
