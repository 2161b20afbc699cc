"""When two values of a field are the same: the form in which they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from miner.pipelines.derive.cards import numbers
from miner.pipelines.derive.cards.card_words import LANGUAGE_CODES, license_key
from miner.pipelines.derive.cards.characters import remembered
from miner.schema.patterns import bounded

_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")
_SPACE = re.compile(r"\s+")
_HUB = re.compile(r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:datasets/|models/)?")
_TAIL = bounded(r"[\s-]+(?:dataset|datasets|corpus)$")
_SHOTS = bounded(r"\s*\(?\b\d+[- ]?shots?\)?|\s*\((?:[a-z]{2,3}[-→>]+[a-z]{2,3})\)$")
_ARXIV = re.compile(r"(?:^|[/.:\s])(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?/?$")
_DOI = bounded(r"(10\.\d{4,9}/\S+)$")
_GITHUB = re.compile(r"(?:^|//|\.)github\.com/([^/\s]+/[^/\s#?]+)")
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?")
_COUNTED = re.compile(r"^(?:over|about|around|approximately|approx\.?|more than|up to|some)\s+")
_VENDOR = re.compile(r"\b(?:nvidia|amd|google|intel|cloud|geforce|tesla|gpus?|accelerators?)\b")
_LEADING_COUNT = re.compile(r"^\s*(?:\d{1,5}\s*[x×*]\s*|\d{1,5}\s+)(?=\D)")
_NOT_WORD = re.compile(r"[\W_]+")
NAMES = {
    "per_device_train_batch_size": "batch_size", "per_gpu_train_batch_size": "batch_size",
    "train_batch_size": "batch_size", "bs": "batch_size", "batchsize": "batch_size",
    "micro_batch_size_per_device": "batch_size", "num_epochs": "epochs", "epoch": "epochs",
    "num_train_epochs": "epochs", "n_epochs": "epochs", "number_of_epochs": "epochs",
    "training_epochs": "epochs", "train_epochs": "epochs", "max_epochs": "epochs",
    "lr": "learning_rate", "lr_scheduler_type": "lr_scheduler", "scheduler": "lr_scheduler",
    "learning_rate_scheduler": "lr_scheduler", "learning_rate_schedule": "lr_scheduler",
    "lr_schedule": "lr_scheduler", "scheduler_type": "lr_scheduler",
    "lr_scheduler_warmup_steps": "warmup_steps", "lr_warmup_steps": "warmup_steps",
    "num_warmup_steps": "warmup_steps",
    "lr_scheduler_warmup_ratio": "warmup_ratio", "optimizer_class": "optimizer",
    "optim": "optimizer", "max_steps": "training_steps", "total_steps": "training_steps",
    "steps": "training_steps", "max_train_steps": "training_steps",
    "num_train_steps": "training_steps", "train_steps": "training_steps",
    "fp16": "precision", "bf16": "precision", "mixed_precision": "precision",
    "mixed_precision_training": "precision", "training_regime": "precision",
}  # fmt: skip
"""Spellings of hyper-parameters → the name they are compared by."""


def text(value: object) -> str:
    """Return a text for comparing: NFKC, one case, no marks, no surplus white space."""
    return _compared(str(value))


@remembered
def _compared(value: str) -> str:
    form = unicodedata.normalize("NFKC", value)
    form = _SPACE.sub(" ", _MARKS.sub("", form)).strip().strip("\"'“”‘’").strip()
    return form.casefold()


def name(value: object) -> str:
    """Return the name of a model."""
    return _HUB.sub("", text(value)).strip("/").split("?")[0]


def dataset(value: object) -> str:
    """Return the name of a dataset: separators are equal, shots and pairs of languages go."""
    return _dataset(str(value))


@remembered
def _dataset(value: str) -> str:
    form = _SHOTS.sub("", name(value)).replace("_", " ").replace("-", " ")
    return _TAIL.sub("", _SPACE.sub(" ", form)).strip()


def hyperparameter_name(value: object) -> str:
    """Return a hyper-parameter's name in snake case, spellings of one as one."""
    form = _NOT_WORD.sub("_", text(value)).strip("_")
    return NAMES.get(form, form)


def hyperparameter(value: object, of: str = "") -> str:
    """Return a hyper-parameter's value: a number as a number, an optimizer by its first word."""
    form = text(value)
    if of == "optimizer":
        return re.split(r"[\s(,_]", form)[0] if form else form
    number = numbers.decimal(form)
    if number is not None and re.fullmatch(r"[\d.,eE+x×*^\s−-]+", form):
        return repr(float(number))
    if form in {"true", "fp16", "float16"}:
        return "fp16"
    return form


def paper(value: object) -> str:
    """Return arXiv id, DOI, address or title."""
    form = text(value)
    if match := _ARXIV.search(form):
        return match[1]
    if match := _DOI.search(form):
        return match[1].rstrip("/.")
    if "/" in form and "." in form and " " not in form:
        return _SCHEME.sub("", form).rstrip("/")
    return re.sub(r"[\W_]+", "", form)


def address(value: object) -> str:
    """Return an address without scheme, query and ending; on GitHub owner and name only."""
    form = text(value)
    if match := _GITHUB.search(form):
        return match[1].removesuffix(".git")
    return _SCHEME.sub("", form).split("?")[0].split("#")[0].rstrip("/").removesuffix(".git")


def language(value: object) -> str:
    """Return an ISO code, of two letters where there is one."""
    form = text(value).replace("_", "-")
    return LANGUAGE_CODES.get(form, form)


def key(value: object) -> str:
    """Return a key in lower case with hyphens."""
    return re.sub(r"[\s_]+", "-", text(value))


def hardware(value: object) -> str:
    """Return a device without vendor, count and separators."""
    form = _VENDOR.sub("", _LEADING_COUNT.sub("", text(value)))
    form = re.sub(r"tpus\b", "tpu", form)
    return re.sub(r"[\s\-_()]+", "", form).replace("80gb", "80g").replace("40gb", "40g")


def number_text(value: object) -> str:
    """Return a count expanded, as text."""
    if isinstance(value, int | float):
        return repr(float(value))
    number = numbers.count(_COUNTED.sub("", text(value)).lstrip("~≈<> "))
    return text(value) if number is None else repr(float(number))


FORMS: dict[str, Callable[[object], str]] = {
    "license": license_key, "license_in_text": license_key, "base_model": name,
    "training_dataset": dataset, "evaluation_dataset": dataset, "parameter_count": number_text,
    "active_parameter_count": number_text, "expert_count": number_text,
    "experts_per_token": number_text, "training_tokens": number_text,
    "context_length": number_text, "vocabulary_size": number_text, "hardware": hardware,
    "training_time": number_text, "carbon_emitted": number_text, "cloud_provider": key,
    "compute_region": key, "paper": paper, "repository": address, "demo": address,
    "language": language, "library": key, "task": key, "training_data_cutoff": text,
}  # fmt: skip
"""How the values of a field are compared; a field that is not here is compared as text."""


def normal(field: str, value: object) -> str:
    """Return the form in which values of a field are compared."""
    return FORMS.get(field, text)(value)
