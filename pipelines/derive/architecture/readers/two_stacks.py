"""An encoder and a decoder, each with experts every few layers."""

from __future__ import annotations

from miner.pipelines.derive.architecture.experts import Experts
from miner.pipelines.derive.architecture.parameters import Parameters
from miner.pipelines.derive.architecture.part import ConfigPart


def count(part: ConfigPart, experts: Experts) -> Parameters | None:
    """Count both stacks; the decoder has a second attention, to the encoder.

    Returns:
        The count, or None if a size is missing.
    """
    hidden, vocabulary = part.count("d_model"), part.count("vocab_size")
    encoder = part.count("encoder_layers", "num_layers")
    decoder = part.count("decoder_layers", "num_decoder_layers") or encoder
    width = part.count("encoder_ffn_dim", "d_ff")
    if not (hidden and vocabulary and encoder and decoder and width and experts.count):
        return None
    inner = (part.count("d_kv") or 0) * (part.count("num_heads") or 0) or hidden
    sparse = _sparse(part, "encoder", encoder) + _sparse(part, "decoder", decoder)
    one = 2 * hidden * width
    dense = (encoder + decoder - sparse) * one
    attention = (encoder + 2 * decoder) * 4 * hidden * inner
    norms = (2 * encoder + 3 * decoder + 2) * hidden
    embedding = vocabulary * hidden
    output = 0 if part.flag("tie_word_embeddings") is not False else embedding
    always = dense + attention + norms + embedding + output + sparse * hidden * experts.count
    active = always + sparse * (experts.top_k or 1) * one
    return Parameters(always + sparse * experts.count * one, active, active - embedding)


def _sparse(part: ConfigPart, stack: str, layers: int) -> int:
    stated = part.count(f"num_sparse_{stack}_layers")
    if stated is not None:
        return min(stated, layers)
    step = part.count(f"{stack}_sparse_step")
    return layers // step if step else 0
