"""Loads the models once."""

from functools import cache

from sentence_transformers import SentenceTransformer
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

from server.settings import CHAT_MODEL, EMBEDDING_MODEL, GUARD_MODEL


@cache
def chat():
    tokenizer = AutoTokenizer.from_pretrained(CHAT_MODEL)
    return tokenizer, AutoModelForCausalLM.from_pretrained(CHAT_MODEL).eval()


@cache
def embedder():
    return SentenceTransformer(EMBEDDING_MODEL)


@cache
def guard():
    return pipeline("text-classification", model=GUARD_MODEL)
