"""Which revision of a model a load names."""

from __future__ import annotations

import pytest

from miner.pipelines.scan.revisions import read_revision, revision_in
from tests.scanning import scanned, site_of

SHA = "0123456789abcdef0123456789abcdef01234567"
LOAD = "from transformers import AutoModel, pipeline\nREVISION = 'v2'\n"

NAMED = {
    f"AutoModel.from_pretrained('zoo/alpha', revision='{SHA}')": SHA,
    "AutoModel.from_pretrained('zoo/alpha', revision='refs/pr/3')": "refs/pr/3",
    "AutoModel.from_pretrained('zoo/alpha', revision=REVISION)": "v2",
    "def f():\n    chosen = 'v3'\n    pipeline(model='zoo/alpha', revision=chosen)": "v3",
    "AutoModel.from_pretrained('zoo/alpha@v4')": "v4",
    "url = 'https://huggingface.co/zoo/alpha/resolve/abc123/model.safetensors'": "abc123",
    "AutoModel.from_pretrained('zoo/alpha')": None,
    "AutoModel.from_pretrained('zoo/alpha', revision=None)": None,
    "AutoModel.from_pretrained('zoo/alpha', revision=f'{REVISION}-x')": None,
    "def f(r='v5'):\n    AutoModel.from_pretrained('zoo/alpha', revision=r)": None,
    "AutoModel.from_pretrained('zoo/alpha', revision=args.revision)": None,
}


@pytest.mark.parametrize(("code", "revision"), NAMED.items())
def test_a_revision_is_read_where_the_file_says_which_one(code: str, revision: str | None) -> None:
    assert site_of(scanned({"a.py": LOAD + code}), "zoo/alpha").revision == revision


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_loads_of_one_name_the_one_with_a_revision_says_it(order: int) -> None:
    loads = ["AutoModel.from_pretrained(NAME)", "AutoModel.from_pretrained(NAME, revision='v6')"]
    code = LOAD + "NAME = 'zoo/alpha'\n" + "\n".join(loads[::order])
    assert site_of(scanned({"a.py": code}), "zoo/alpha").revision == "v6"


def test_the_branch_of_a_repository_of_torch_hub_is_a_revision() -> None:
    code = (
        "import torch\ntorch.hub.load('pytorch/vision:v0.10.0', 'resnet18', pretrained=True)\n"
        "torch.hub.load('pytorch/vision', 'resnet50', pretrained=True)\n"
    )
    sites = scanned({"a.py": code})
    assert site_of(sites, "pytorch/vision:resnet18").revision == "v0.10.0"
    assert site_of(sites, "pytorch/vision:resnet50").revision is None


@pytest.mark.parametrize(
    ("text", "revision"),
    [
        ("hf://zoo/alpha@v1/model.bin", "v1"),
        ("https://huggingface.co/zoo/alpha/blob/refs%2Fpr%2F1/x.bin", "refs/pr/1"),
        ("https://huggingface.co/zoo/alpha", None),
        ("zoo/alpha:Q4_K_M", None),
        ("zoo/alpha@", None),
    ],
)
def test_names_and_addresses(text: str, revision: str | None) -> None:
    assert revision_in(text, "huggingface") == revision


def test_what_has_no_revisions_or_is_none() -> None:
    assert revision_in("someone@mail.example.com/x@v1", "other") is None
    assert read_revision("with blank") is None
    assert read_revision("a" * 101) is None
