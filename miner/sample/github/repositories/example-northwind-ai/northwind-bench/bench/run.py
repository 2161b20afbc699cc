"""Runs the benchmark on a model that is named on the command line."""

import sys

from transformers import AutoModelForCausalLM
from vllm import LLM

REFERENCE = "meta-llama/Llama-3.1-8B-Instruct"
FIRST = "example-northwind-ai/recalled-model"


def candidate():
    return AutoModelForCausalLM.from_pretrained(sys.argv[1])


def reference():
    return LLM(model=REFERENCE)


def first():
    return AutoModelForCausalLM.from_pretrained(FIRST)
