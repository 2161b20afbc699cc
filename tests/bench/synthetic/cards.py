"""Cards and configs of the synthetic Hub, small and generated like all the rest."""

from __future__ import annotations

import json
from hashlib import sha1

from tests.bench.synthetic.hub import Facts
from tests.bench.synthetic.render import Renderer
from tests.bench.synthetic.vocabulary import LANGUAGE_POOL, POOL_MASK


def _yaml_list(key: str, values: list[str]) -> str:
    return "".join([f"{key}:\n", *(f"- {value}\n" for value in values)]) if values else ""


def card(renderer: Renderer, facts: Facts) -> bytes | None:
    """Return README.md, about 1 KB with front matter; None for a model without."""
    if not renderer.has_card(facts):
        return None
    hub = renderer.hub
    bases = [hub.first_name(hub.facts(parent)) for parent in facts.parents]
    datasets = renderer.datasets(facts)
    license_name = renderer.license(facts)
    library = renderer.library(facts)
    front = (
        (f"license: {license_name}\n" if license_name else "")
        + _yaml_list("language", list(LANGUAGE_POOL[facts.bits[9] & POOL_MASK]))
        + _yaml_list("base_model", bases)
        + _yaml_list("datasets", datasets)
        + (f"library_name: {library}\n" if library else "")
        + (f"pipeline_tag: {facts.family.task}\n" if facts.family.task else "")
    )
    origin = f"It was made from {bases[0]} ({facts.relation})." if bases else "It has no base."
    trained = f"It was trained on {', '.join(datasets)}." if datasets else ""
    paper = "".join(f"See arXiv:{paper}.\n" for paper in renderer.papers(facts))
    rate, batch = 1 + facts.bits[7] % 9, 2 << (facts.bits[12] & 7)
    accuracy = (facts.bits[12] >> 8 & 1023) / 1024
    return (
        f"---\n{front}---\n# {facts.stem}\n\nModel number {facts.number}. {origin} {trained}\n"
        f"{paper}\n## Training\n\n- learning rate: {rate}e-5\n- batch size: {batch}\n"
        f"- epochs: {1 + (facts.bits[7] >> 8) % 5}\n\n## Results\n\n"
        f"| test | accuracy |\n|---|---|\n| held-out | {accuracy:.3f} |\n\n"
        "The model serves tests of speed. "
        "It makes no claim about anything, and nobody should use it for anything else.\n"
    ).encode()


def config(facts: Facts) -> bytes | None:
    """Return config.json; None for a model without."""
    if not facts.family.model_type or facts.relation == "adapter":
        return None
    value: dict[str, object] = {
        "architectures": [facts.family.architecture],
        "model_type": facts.family.model_type,
        "max_position_embeddings": 4096 << (facts.bits[15] & 5),
        "torch_dtype": "bfloat16",
        "vocab_size": 32_000,
    }
    if facts.family.is_moe:
        value |= {"num_experts": 64, "num_experts_per_tok": 8}
    return json.dumps(value, indent=2).encode()


def blob_sha(content: bytes) -> str:
    """Return the git blob sha of a file's bytes, 40 hex digits."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
