"""What looks like a load or a name of a model, and is none."""

from __future__ import annotations

import pytest

from miner.pipelines.scan.downloads import is_no_load
from tests.scanning import scanned, used

HEALTH = """\
FROM python:3.11
RUN apt-get update && apt-get install -y curl sqlite3 wget && rm -rf /x
HEALTHCHECK CMD curl --fail http://localhost:8000/health || exit 1
RUN wget >/dev/null
"""
SHELL = """\
curl http://localhost:8000/v1/models
curl -s "$BASE/api/tags" > /dev/null
curl http://127.0.0.1:9200/_cat/health
wget -q $MODEL_URL -O weights.bin
"""


def test_health_checks_and_redirections_are_no_loads() -> None:
    result = scanned({"Dockerfile": HEALTH, "run.sh": SHELL})
    unresolved = [(site.path, site.argument) for site in result.sites if site.model is None]
    assert unresolved == [("run.sh", "$MODEL_URL")]


@pytest.mark.parametrize(
    ("argument", "is_none"),
    [
        ("https://host.example/v1/chat/completions", True),
        ("https://host.example/api/v1/health", True),
        ("https://host.example/healthz", True),
        ("https://host.example/v1/models/llama.gguf", False),
        ("https://host.example/models/best", False),
        ("$CHECKPOINT", False),
        ("$URL", True),
    ],
)
def test_a_download_may_be_a_model_by_its_address(argument: str, *, is_none: bool) -> None:
    assert is_no_load("curl", argument) is is_none
    assert not is_no_load("AutoModel.from_pretrained", argument)


SETTINGS = """\
val x = Config(llmBackend = readParameter("transcribe/llmBackend", stack))
"""
RETRIEVER = """\
from langchain_community.retrievers import TavilySearchAPIRetriever
found = TavilySearchAPIRetriever(k=3, include_domains=["zoo.hu/en"])
"""
SERVICES = """\
networks:
  llama-net:
services:
  ollama:
    image: ollama/ollama
    networks:
      - llama-net
"""


def test_settings_domains_and_networks_are_no_models() -> None:
    files = {"A.scala": SETTINGS, "a.py": RETRIEVER, "docker-compose.yml": SERVICES}
    assert used(files) == set()


ENVIRONMENT = """\
WATSONX_GENERATION_MODEL=ibm/granite-13b-chat-v2
OPENROUTER_MODEL=meta-llama/llama-3-8b-instruct
EMBED_MODEL=BAAI/bge-small-en-v1.5
"""
CLIENT = """\
from ibm_watsonx_ai.foundation_models import ModelInference
model = ModelInference(model_id="ibm/granite-20b-multilingual")
"""
LOADED = """\
import os
from groq import Groq
from sentence_transformers import SentenceTransformer
MODEL = os.getenv("GROQ_EMBEDDER_MODEL", "intfloat/e5-small-v2")
SentenceTransformer(MODEL)
"""


def test_a_name_of_a_service_is_no_model_of_the_hub() -> None:
    result = scanned({".env": ENVIRONMENT, "client.py": CLIENT, "app.py": LOADED})
    used = {(site.hub, site.model) for site in result.sites if site.role == "use"}
    assert used == {
        ("huggingface", "BAAI/bge-small-en-v1.5"), ("huggingface", "intfloat/e5-small-v2"),
    }  # fmt: skip
    hosted = {(site.hub, site.model) for site in result.sites if site.role == "mention"}
    assert hosted == {
        ("other", "ibm/granite-13b-chat-v2"), ("other", "meta-llama/llama-3-8b-instruct"),
        ("other", "ibm/granite-20b-multilingual"),
    }  # fmt: skip


HELPED = """\
EMBEDDER = getenv("BAAI/bge-small-en-v1.5")
RERANKER: str = Field(os.getenv("X", default="BAAI/bge-reranker-base"))
def handle_models(models):
    models.extend(["org/one-model-7b"])
    models.append("org/two-model-7b")
"""


def test_a_site_names_what_holds_the_name_and_no_helper() -> None:
    result = scanned({"app.py": HELPED})
    assert [(site.line, site.api) for site in result.sites] == [
        (1, "EMBEDDER"), (2, "RERANKER"), (4, "handle_models"), (5, "handle_models"),
    ]  # fmt: skip
