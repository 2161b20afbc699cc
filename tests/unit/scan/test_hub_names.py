"""What the Hub calls models that libraries load by names of their own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from miner.pipelines.check.project_source import read_place
from miner.pipelines.scan import hub_names
from miner.pipelines.scan.hub_names import hub_identity
from miner.pipelines.scan.target import ScanTarget

NAMED = {
    ("huggingface", "small.en", "faster_whisper.WhisperModel"): "Systran/faster-whisper-small.en",
    ("timm", "resnet50", "timm.create_model"): "timm/resnet50.a1_in1k",
    ("timm", "vit_own.own_in1k", "timm.create_model"): "timm/vit_own.own_in1k",
    ("other", "open_clip:ViT-B-32/laion2b_s34b_b79k", "open_clip.create_model"): (
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    ),
    ("other", "ner-large", "flair.models.SequenceTagger.load"): "flair/ner-english-large",
    ("huggingface", "all-MiniLM-L6-v2", "langchain_huggingface.HuggingFaceEmbeddings"): (
        "sentence-transformers/all-MiniLM-L6-v2"
    ),
    ("huggingface", "own-words-v1", "sentence_transformers.SentenceTransformer"): (
        "sentence-transformers/own-words-v1"
    ),
    ("huggingface", "ms-marco-MiniLM-L-6-v2", "sentence_transformers.CrossEncoder"): (
        "cross-encoder/ms-marco-MiniLM-L-6-v2"
    ),
    ("other", "PP-OCRv5_server_det", "paddleocr.PaddleOCR"): "PaddlePaddle/PP-OCRv5_server_det",
}
AS_WRITTEN = [
    ("huggingface", "bert-base-uncased", "transformers.AutoModel.from_pretrained"),
    ("huggingface", "bert-base-uncased", "sentence_transformers.SentenceTransformer"),
    ("huggingface", "zoo/small", "faster_whisper.WhisperModel"),
    ("other", "small.en", "whisper.load_model"),
    ("timm", "own_net_50", "timm.create_model"),
    ("other", "open_clip:OwnNet/own", "open_clip.create_model"),
    ("ollama", "llama3.2", "ollama.chat"),
]


@pytest.mark.parametrize(("hub", "model", "api"), NAMED)
def test_a_library_says_what_its_name_stands_for(hub: str, model: str, api: str) -> None:
    assert hub_identity(hub, model, api) == ("huggingface", NAMED[hub, model, api])


@pytest.mark.parametrize(("hub", "model", "api"), AS_WRITTEN)
def test_what_no_library_says_stays_as_written(hub: str, model: str, api: str) -> None:
    assert hub_identity(hub, model, api) == (hub, model)


def test_each_row_of_the_table_says_where_it_was_read() -> None:
    path = Path(hub_names.__file__).parent / "hub_names.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    keys = [(row["library"], row["name"]) for row in rows]
    assert keys == sorted(set(keys))
    for row in rows:
        assert row["hub_name"].count("/") == 1
        assert row["read_from"].split(" ")[1][0].isdigit()


def test_a_check_asks_the_hub_for_the_name_that_it_has(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer('all-MiniLM-L6-v2')\n"
    )
    uses = read_place(ScanTarget(tmp_path)).uses
    assert [(use.hub, use.model) for use in uses] == [
        ("huggingface", "sentence-transformers/all-MiniLM-L6-v2")
    ]
