"""Answers questions."""

from transformers import pipeline

MODEL_ID = "mistralai/Mistral-7B-Instruct-v0.3"


def answerer():
    return pipeline("text-generation", model=MODEL_ID)
