"""A small file in the schema of PeaTMOSS in the proportions of its paper: ``… peatmoss_study DIR``.

Its figures 7 to 11 were counted on the real file, which is too large for tests. Rows here are drawn
by seed so that each figure has a known answer: what a query says of the import can be compared.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.peatmoss import named, pairs, write_peatmoss

MODELS, REPOSITORIES, POPULAR = 1_500, 400, 500
PYTORCH = {"nlp": (6, 1), "vision": (20, 58), "audio": (10, 1)}
"""Models of PyTorch Hub by tag, and repositories that use one."""
DOMAINS = {
    "NLP": ("text-generation", 0.6033, 0.7536),
    "computer vision": ("image-classification", 0.0463, 0.0631),
    "audio": ("automatic-speech-recognition", 0.0892, 0.0095),
    "multimodal": ("text-to-image", 0.0927, 0.1738),
    "other": ("reinforcement-learning", 0.1685, 0.0),
}
"""A task of each domain, its share of models (figure 8) and of repositories (figure 9)."""
STATED = {
    "libraries": 0.9885, "model_task": 0.9873, "frameworks": 0.8358, "license": 0.7801,
    "datasets": 0.7441, "base_model": 0.7348, "demo": 0.7056, "github_repo": 0.5869,
    "evaluation": 0.5860, "language": 0.5277, "paper": 0.4803, "hyper_parameters": 0.3324,
    "parameter_count": 0.3011, "hardware": 0.2939, "input_format": 0.2267,
    "limitation_and_bias": 0.1816, "output_format": 0.1810, "grant": 0.0781,
    "carbon_emitted": 0.0480,
}  # fmt: skip
"""Share of the answers of the language model that state a field (figure 7)."""
MEDIANS = {
    "NLP": (0.13, 0.28, 0.11, 0.12, 0.14, 0.21, 0.34, 0.41, 2.7),
    "multimodal": (None, None, 0.18, 0.11, 0.22, 0.09, 0.14, 0.22, 1.15),
    "audio": (None, None, None, None, 0.31, 0.30, 0.30, 0.12, 0.43),
    "computer vision": (None, None, None, None, 0.09, 0.01, 0.02, 0.10, 0.05),
    "other": (None, None, None, None, 0.01, 0.01, 0.01, 0.02, 0.02),
}
"""About the median of parameters in billions, by half year from 2019 on (figure 11)."""
LICENSES = ("apache-2.0", "mit", "cc-by-nc-4.0", "creativeml-openrail-m", "gpl-3.0", None)
_WEIGHTS = (54, 36, 3, 3, 1, 40)
_FIRST_YEAR = 2019
_MONTHS = 53  # to May 2023: the study leaves out later ones


@dataclass(slots=True)
class Study:
    """What was written, and what it says.

    Attributes:
        database: The SQLite file.
        fields: The JSON of what a language model read in cards.
        models: Models of the Hub by domain.
        repositories: Repositories that use one, by domain.
        stated: Cards of popular models that state a field, by their name of it.
    """

    database: Path
    fields: Path
    models: dict[str, int] = field(default_factory=dict)
    repositories: dict[str, int] = field(default_factory=dict)
    stated: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Model:
    key: int
    name: str
    domain: str
    month: int
    license: str | None


def write_study(folder: Path, seed: int = 2023) -> Study:
    """Write the file and the JSON beside it; of one seed they are always the same."""
    chance = random.Random(seed)
    study = Study(folder / "PeaTMOSS.db", folder / "fields.json")
    models = list(_models(chance, study))
    popular = chance.sample(models, POPULAR)
    database = _hub_rows(chance, models, {one.key for one in popular})
    links = [*_links(chance, models, study), *_pytorch_links(chance)]
    database["model_to_reuse_repository"] = pairs("model_to_reuse_repository", *links)
    database["reuse_file"] = [
        {"id": key, "path": f"src/part_{key}.py", "model_id": model, "reuse_repository_id": other}
        for key, (model, other) in enumerate(links, 1)
    ]
    study.database.unlink(missing_ok=True)
    write_peatmoss(study.database, database)
    answers = _fields(chance, popular, study)
    study.fields.write_text(json.dumps(answers, indent=1), encoding="utf-8")
    return study


def _models(chance: random.Random, study: Study) -> Iterator[_Model]:
    key = 0
    for domain, (_, share, _) in DOMAINS.items():
        study.models[domain] = round(MODELS * share)
        begin = next(n for n, median in enumerate(MEDIANS[domain]) if median) * 6
        for _ in range(study.models[domain]):
            key += 1
            # Each month has 6 % more than the one before; a domain begins when its sizes do.
            month = chance.choices(range(begin, _MONTHS), [1.06**n for n in range(begin, _MONTHS)])
            license_ = chance.choices(LICENSES, _WEIGHTS)[0]
            yield _Model(key, f"owner-{key % 211}/model-{key}", domain, month[0], license_)


def _hub_rows(
    chance: random.Random, models: list[_Model], popular: set[int]
) -> dict[str, list[dict[str, Any]]]:
    tasks = {domain: number for number, domain in enumerate(DOMAINS, 1)}
    tags = {tag: number for number, tag in enumerate(PYTORCH, len(DOMAINS) + 1)}
    licenses = {name: number for number, name in enumerate(filter(None, LICENSES), 1)}
    torch = [(key, tags[tag]) for key, tag in _pytorch()]
    rows = [
        {"id": one.key, "context_id": one.name, "model_hub_id": 1,
         "repo_url": f"https://huggingface.co/{one.name}",
         "sha": f"{chance.getrandbits(160):040x}", "likes": int(chance.paretovariate(0.9)) - 1,
         "downloads": 51 + int(chance.paretovariate(0.5)) if one.key in popular else one.key % 51}
        for one in models
    ]  # fmt: skip
    rows += [
        {"id": key, "context_id": f"entry_{key}", "model_hub_id": 2,
         "repo_url": f"https://github.com/pytorch/repository-{tag}"}
        for key, tag in torch
    ]  # fmt: skip
    return {
        "model": rows,
        "tag": named(*(task for task, _, _ in DOMAINS.values()), *PYTORCH),
        "license": named(*licenses),
        "library": named("transformers", "pytorch", "diffusers", "stable-baselines3"),
        "model_to_tag": pairs(
            "model_to_tag",
            *((one.key, tasks[one.domain]) for one in models),
            *torch,
        ),
        "model_to_license": pairs(
            "model_to_license",
            *((one.key, licenses[one.license]) for one in models if one.license),
        ),
        "model_to_library": pairs(
            "model_to_library", *((one.key, _library(one.domain)) for one in models)
        ),
        "hf_commit": [
            {"id": 2 * one.key + again, "commit_id": f"{chance.getrandbits(160):040x}",
             "created_at": f"{_day(min(one.month + 4 * again, _MONTHS + 3))} 12:00:00+00:00",
             "title": "Update README.md" if again else "initial commit", "message": "",
             "model_id": one.key}
            for one in models
            for again in (0, 1)
        ],
        "reuse_repository": [
            {"id": key, "owner": f"dev-{key % 97}", "name": f"app-{key}",
             "url": f"github.com/dev-{key % 97}/app-{key}"}
            for key in range(1, REPOSITORIES + sum(count for _, count in PYTORCH.values()) + 1)
        ],
    }  # fmt: skip


def _pytorch() -> Iterator[tuple[int, str]]:
    """Yield keys and tags of models of PyTorch Hub."""
    tags = (tag for tag, (models, _) in PYTORCH.items() for _ in range(models))
    yield from enumerate(tags, sum(round(MODELS * share) for _, share, _ in DOMAINS.values()) + 1)


def _pytorch_links(chance: random.Random) -> Iterator[tuple[int, int]]:
    repository = REPOSITORIES
    for tag, (_, count) in PYTORCH.items():
        candidates = [key for key, other in _pytorch() if other == tag]
        for _ in range(count):
            repository += 1
            yield chance.choice(candidates), repository


def _library(domain: str) -> int:
    return {"multimodal": 3, "other": 4}.get(domain, 1)


def _links(chance: random.Random, models: list[_Model], study: Study) -> Iterator[tuple[int, int]]:
    """Yield models and repositories that use them: each one to four of one domain."""
    repositories = iter(range(1, REPOSITORIES + 1))
    for domain, (_, _, share) in DOMAINS.items():
        candidates = [one.key for one in models if one.domain == domain]
        study.repositories[domain] = round(REPOSITORIES * share)
        for _ in range(study.repositories[domain]):
            repository = next(repositories)
            # Few models are used by many: the first ones of a domain.
            chosen = {candidates[int(len(candidates) * chance.random() ** 3)] for _ in range(4)}
            yield from ((key, repository) for key in sorted(chosen))


def _fields(
    chance: random.Random, asked: list[_Model], study: Study
) -> dict[str, dict[str, Any] | str]:
    """Return answers of a language model on the cards of popular models."""
    answers: dict[str, dict[str, Any] | str] = {one.name: {} for one in asked}
    for name, share in STATED.items():
        chosen = chance.sample(asked, round(len(asked) * share))
        study.stated[name] = len(chosen)
        for one in chosen:
            answer = answers[one.name]
            assert isinstance(answer, dict)
            answer[name] = _answer(chance, name, one)
    answers["owner-1/too-long"] = "Error code: 400 - this model's maximum context length is 8192"
    return answers


def _answer(chance: random.Random, name: str, one: _Model) -> Any:
    if name == "parameter_count":
        median = MEDIANS[one.domain][min(one.month // 6, len(MEDIANS[one.domain]) - 1)]
        millions = (median or 0.1) * 1000 * chance.choice((0.5, 1, 1, 1, 2))
        return f"{millions / 1000:g}B" if millions >= 1000 else f"{millions:g}M"
    return {
        "model_task": DOMAINS[one.domain][0],
        "license": one.license or "other",
        "libraries": ["transformers"],
        "frameworks": ["PyTorch"],
        "datasets": ["wikipedia"],
        "hyper_parameters": {"learning_rate": "2e-5"},
        "evaluation": [{"test": "accuracy", "result": "0.91"}],
        "hardware": {"hardware_name": "A100"},
        "language": "en",
    }.get(name, f"some {name}")


def _day(month: int) -> str:
    return date(_FIRST_YEAR + month // 12, month % 12 + 1, 15).isoformat()


if __name__ == "__main__":
    written = write_study(Path(sys.argv[1]))
    print(f"miner import peatmoss {written.database} --fields {written.fields}")
