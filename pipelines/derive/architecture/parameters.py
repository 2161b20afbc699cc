"""Parameters of a model, all of them and those that one token uses, from its config.

Units are parameters, not bytes. Embeddings, mixers, feed-forward blocks, routers and norms of the
language part are counted; towers for images and sound, and layers that predict further tokens,
are not, as publishers leave them out. Of experts only those are active that a token uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.experts import Experts
from miner.pipelines.derive.architecture.mixers import Traits, hidden_size, mixer_kinds, mixers
from miner.pipelines.derive.architecture.part import ConfigPart

_DENSE_WIDTH = ("intermediate_size_mlp", "dense_intermediate_size", "intermediate_size",
                "ffn_hidden_size", "inter_dim", "d_ff", "n_inner", "ffn_dim", "hidden_dim",
                "ffn_config.ffn_hidden_size", "feed_forward_size")  # fmt: skip
_EXPERT_WIDTH = (
    "moe_intermediate_size", "expert_intermediate_size", "expert_ffn_hidden_size", "moe_inter_dim",
    "moe_ffn_hidden_size", "moe_expert_inner_dim", "moe_expert_ffn", "expert_hidden_dim",
    "moe_intermediate_dim", "moe_ffn_dim", "expert_dim", "expert_hidden_size", "ffn_hidden_size",
)  # fmt: skip
_GATED = ("silu", "swish", "swiglu", "geglu", "sigmoid", "swigluoai", "situ")
_LEAVES_OUT_TIED = {"2.", "3.", "4."}
_NO_OUTPUT = re.compile(
    r"(?:Sequence|Token)Classification(?:Model)?$|For(?:QuestionAnswering|MultipleChoice|Reward\w*)$"
    r"|(?:Embedding|Reward|Bidirectional|Encoder)Model$"
)
"""Classes that answer with scores or vectors, and hold no output matrix of the vocabulary."""
_GATED_TYPES = ("gemma", "llama", "qwen", "mistral", "deepseek", "jamba", "glm", "mixtral")


@dataclass(frozen=True, slots=True)
class Block:
    """Parameters of one block.

    Attributes:
        total: All of them.
        active: Those that one token uses.
    """

    total: int
    active: int

    def __add__(self, other: Block) -> Block:
        """Return both together."""
        return Block(self.total + other.total, self.active + other.active)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the count of a part needs.

    Attributes:
        hidden: Width of the residual stream.
        layers: Number of layers.
        vocabulary: Entries of the vocabulary.
        is_tied: Input and output embedding are one matrix.
        moe: For each layer whether it holds experts.
        experts: Routed experts a layer.
        top_k: Experts that a token uses; all of them where it is not known.
        expert_width: Inner width of one expert; 0 without experts.
        shared_width: Inner width of the shared experts together.
        dense_width: Inner width of a block without experts; 0 if no layer has one.
        is_gated: A block has three matrices and not two.
    """

    hidden: int
    layers: int
    vocabulary: int
    is_tied: bool
    moe: list[bool]
    experts: int
    top_k: int
    expert_width: int
    shared_width: int
    dense_width: int
    is_gated: bool

    def block(self, width: int, hidden: int | None = None) -> int:
        """Return the parameters of one feed-forward block of an inner width."""
        return (3 if self.is_gated else 2) * (hidden or self.hidden) * width


@dataclass(frozen=True, slots=True)
class Parameters:
    """The count of a model.

    Attributes:
        total: All parameters of the language part.
        active: Those that one token uses, embeddings included.
        active_no_embedding: The same without the input embedding.
    """

    total: int
    active: int
    active_no_embedding: int


FeedForward = Callable[[ConfigPart, Sizes, int], Block]


def feed_forward(part: ConfigPart, sizes: Sizes, layer: int) -> Block:
    """Count the feed-forward block of a layer: a router with its experts, or one block.

    Routed experts can work in a width of their own, led to and back by projections.
    """
    if not sizes.moe[layer]:
        width = sizes.block(sizes.dense_width)
        return Block(width, width)
    latent = part.count("routed_expert_hidden_size")
    one = sizes.block(sizes.expert_width, latent)
    always = sizes.hidden * sizes.experts + sizes.block(sizes.shared_width)
    always += 2 * sizes.hidden * latent if latent else 0
    return Block(always + sizes.experts * one, always + sizes.top_k * one)


def count_parameters(
    part: ConfigPart,
    experts: Experts,
    moe: list[bool],
    config: ConfigPart,
    *,
    traits: Traits | None = None,
    blocks: FeedForward = feed_forward,
    attentions: int = 1,
) -> Parameters | None:
    """Count the parameters of a part.

    Args:
        part: The part that holds the language model.
        experts: What it says of its experts.
        moe: For each layer whether it holds experts.
        config: The whole config, which can hold keys that the part leaves out.
        traits: What the family's attention has beyond the config.
        blocks: Counts a layer's feed-forward block.
        attentions: Mixers a layer.

    Returns:
        The count, or None if the config does not tell the sizes that it needs.
    """
    sizes = read_sizes(part, experts, moe, config)
    if sizes is None:
        return None
    kinds = mixer_kinds(part, sizes.layers)
    is_alone = "none" in kinds
    total = Block(0, 0)
    counted = mixers(part, kinds, traits or Traits())
    if counted is None:
        return None
    by_layer = _by_layer(sizes, experts)
    if any(not one.dense_width and not one.moe[i] and sizes.moe[i] for i, one in by_layer.items()):
        return None
    for layer, (kind, mixer) in enumerate(zip(kinds, counted, strict=True)):
        total += Block(attentions * mixer, attentions * mixer)
        norms = sizes.hidden if is_alone else 2 * attentions * sizes.hidden
        total += Block(norms, norms)
        if not is_alone or kind == "none":
            total += blocks(part, by_layer.get(layer, sizes), layer)
    embedding = sizes.vocabulary * sizes.hidden + _embeddings_by_layer(part, sizes.layers)
    has_output = not sizes.is_tied and not any(map(_NO_OUTPUT.search, config.classes))
    output = sizes.vocabulary * sizes.hidden if has_output else 0
    rest = embedding + output + sizes.hidden
    return Parameters(total.total + rest, total.active + rest, total.active + rest - embedding)


def _by_layer(sizes: Sizes, experts: Experts) -> dict[int, Sizes]:
    """Return the sizes of layers that have numbers of experts of their own, by layer."""
    counts = _aligned(experts.counts, sizes.moe)
    top_ks = _aligned(experts.top_ks, sizes.moe)
    moe = [holds and counts.get(i, sizes.experts) > 1 for i, holds in enumerate(sizes.moe)]
    found = {}
    for layer in counts.keys() | top_ks.keys():
        count, top_k = counts.get(layer, sizes.experts), top_ks.get(layer, sizes.top_k)
        found[layer] = replace(sizes, experts=count, top_k=min(top_k, count), moe=moe)
    return found


def _aligned(stated: list[int], moe: list[bool]) -> dict[int, int]:
    """Return numbers by layer, from a list of all layers or of those with experts."""
    if len(set(stated)) < 2:
        return {}
    if len(stated) == len(moe):
        return dict(enumerate(stated))
    holding = [layer for layer, holds in enumerate(moe) if holds]
    return dict(zip(holding, stated, strict=True)) if len(stated) == len(holding) else {}


def _embeddings_by_layer(part: ConfigPart, layers: int) -> int:
    """Count embeddings that each layer adds again, as small models for phones have."""
    width = part.count("hidden_size_per_layer_input") or 0
    return (part.count("vocab_size_per_layer_input") or 0) * layers * width


def read_sizes(
    part: ConfigPart, experts: Experts, moe: list[bool], config: ConfigPart
) -> Sizes | None:
    """Read the sizes of a part; None if one that is needed is missing or out of all bounds."""
    hidden = hidden_size(part)
    vocabulary = part.count("vocab_size", "padded_vocab_size") or config.count("vocab_size")
    if not hidden or not vocabulary or not moe or hidden < 0 or vocabulary < 0:
        return None
    has_experts = any(moe) and (experts.count or 0) > 1
    dense = _dense_width(part)
    width = (part.count(*_EXPERT_WIDTH) or experts.width) if has_experts else 0
    if has_experts and not width:
        width = part.count("intermediate_size", "ffn_dim", "d_ff", "n_inner")
    if width is None or (dense is None and not (has_experts and all(moe))):
        return None
    count = experts.count or 0 if has_experts else 0
    shared = experts.shared_width
    if shared is None:
        shared = (experts.shared or 0) * width
    return Sizes(
        hidden, len(moe), vocabulary, _is_tied(part, config), moe if has_experts else [False] *
        len(moe), count, min(experts.top_k or count, count), width, shared if has_experts else 0,
        dense or 0, _is_gated(part),
    )  # fmt: skip


def granularity(hidden: int | None, expert_width: int | None) -> float | None:
    """Return into how many experts a block of four times the model's width is cut.

    Source: arXiv 2402.07871, whose block is that wide. 1 is as coarse as a dense model.

    Args:
        hidden: Width of the residual stream.
        expert_width: Inner width of one expert.
    """
    if not hidden or not expert_width or hidden < 0 or expert_width < 0:
        return None
    return round(4 * hidden / expert_width, 3)


def _dense_width(part: ConfigPart) -> int | None:
    """Return the inner width of a block without experts; a switch has it cut to two thirds."""
    width = part.count(*_DENSE_WIDTH)
    if width is None or not part.flag("block_auto_adjust_ff_dim"):
        return width
    by = config_values.number(part.get("block_ffn_dim_multiplier")) or 1.0
    step = part.count("block_multiple_of") or 1
    return -(-int(by * (2 * width // 3)) // step) * step


def _is_tied(part: ConfigPart, config: ConfigPart) -> bool:
    """Return whether the output is the input embedding.

    The whole config goes before the part. Before its fifth version the common library left the
    key out where it is true, as the default of all configs, and out of nested configs where it is
    the default of their class: most are not tied.
    """
    for one in (config, part):
        if (stated := one.flag("tie_word_embeddings")) is not None:
            return stated
    model_type = part.model_type or config.model_type or ""
    saved_by = config_values.text(config.own.get("transformers_version")) or ""
    return "gemma" in model_type or (not part.path and saved_by[:2] in _LEAVES_OUT_TIED)


def _is_gated(part: ConfigPart) -> bool:
    """Return whether a block has a gate: by its activation, else by the type."""
    stated = config_values.text(part.get("feed_forward_proj"))
    if stated:
        return stated.startswith("gated")
    act = config_values.text(
        part.get("mlp_hidden_act") or part.get("hidden_act") or part.get("hidden_activation")
        or part.get("activation_function") or part.get("activation")
    )  # fmt: skip
    model_type = part.model_type or ""
    if act is None or any(one in model_type for one in _GATED_TYPES):
        return True
    return act.lower() in _GATED
