"""Mixtures put together from dense models: their size, from a name such as 4x7B.

The tool that does it (mergekit-moe) writes them in the form of Mixtral: attention, norms and
embeddings are those of one model, and the blocks of all of them are its experts, of which a token
uses two. So experts and the shape of one model tell the total, which weights can contradict.
"""

from __future__ import annotations

from dataclasses import dataclass

from miner.pipelines.derive.architecture.headers import Weights
from miner.pipelines.derive.architecture.members import agree
from miner.pipelines.derive.architecture.model_evidence import SourceAnswer
from miner.pipelines.derive.architecture.name_hints import size_of_one

FORM = "mixtral"
_TOP_K = 2


@dataclass(frozen=True, slots=True)
class DenseShape:
    """A dense model whose blocks become experts.

    Attributes:
        hidden: Width of the residual stream.
        layers: Its layers.
        keys: Width of all keys of a layer together.
        width: Inner width of a block.
        vocabulary: Entries of the vocabulary.
    """

    hidden: int
    layers: int
    keys: int
    width: int
    vocabulary: int

    def total(self, experts: int) -> int:
        """Return the parameters with so many blocks a layer; a router stands before several."""
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * self.keys
        blocks = experts * 3 * self.hidden * self.width
        router = experts * self.hidden if experts > 1 else 0
        ends = 2 * self.vocabulary * self.hidden + self.hidden
        return ends + self.layers * (attention + blocks + router + 2 * self.hidden)


SHAPES = {
    "1b": DenseShape(2048, 16, 512, 8192, 128256),  # Llama 3.2
    "1.1b": DenseShape(2048, 22, 256, 5632, 32000),  # TinyLlama
    "3b": DenseShape(3072, 28, 1024, 8192, 128256),  # Llama 3.2
    "7b": DenseShape(4096, 32, 1024, 14336, 32000),  # Mistral
    "8b": DenseShape(4096, 32, 1024, 14336, 128256),  # Llama 3
    "10.7b": DenseShape(4096, 48, 1024, 14336, 32000),  # SOLAR
    "13b": DenseShape(5120, 40, 5120, 13824, 32000),  # Llama 2
    "34b": DenseShape(7168, 60, 1024, 20480, 64000),  # Yi
}
"""The model of each size from which most such mixtures are put together."""


def count_mixture(name: SourceAnswer, model: str, weights: Weights) -> str | None:
    """Fill the counts of a mixture that a name spells as experts times a size.

    Args:
        name: What the name says; its counts are filled, or dropped where the weights contradict.
        model: owner/name.
        weights: What headers of its weights tell.

    Returns:
        What contradicts, None if nothing does.
    """
    experts, shape = name.expert_count, SHAPES.get(size_of_one(model) or "")
    if name.method != "name-times" or not experts or shape is None:
        return None
    total = shape.total(experts)
    is_one = agree((shape.total(1),), weights) is True
    if is_one or agree((total,), weights) is False:
        name.is_weak = name.is_weak or is_one  # the name is of a mixture, the weights of one model
        name.expert_count = None
        return f"name says {experts} experts: {total:,} parameters, the weights {weights.count:,}"
    used = shape.total(min(_TOP_K, experts)) + (experts - _TOP_K) * shape.hidden * shape.layers
    name.experts_per_token, name.shared_expert_count = min(_TOP_K, experts), 0
    name.parameter_count, name.active_parameter_count = total, used
    name.active_parameter_count_no_embedding = used - shape.vocabulary * shape.hidden
    return None
