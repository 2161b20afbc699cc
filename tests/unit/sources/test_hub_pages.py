"""Pages of PyTorch Hub: front matter, and the entry points that their code loads."""

from __future__ import annotations

import pytest

from miner.pipelines.sources.hubs.pytorch_hub.hub_page import (
    MAX_CALLS,
    Load,
    is_page,
    is_repository,
    read_page,
)
from tests.contract.hubs.pytorch_hub import page


def loads(code: str, *, fence: str = "```") -> list[tuple[str, str, str]]:
    text = f"---\ngithub-id: lab/net\n---\n{fence}python\n{code}\n{fence}\n"
    return [load[:3] for load in read_page(text.encode(), "x.md").loads]


def test_a_page() -> None:
    body = page("lab/net", "'lab/net:v1.0', 'net_a'", "'lab/net:v1.0', 'net_b'", title="Net")
    found = read_page(body, "lab_net.md")
    assert (found.title, found.summary) == ("Net", "What Net does.")
    assert (found.repository, found.tags) == ("lab/net", ["scriptable", "vision"])
    lines = body.decode().split("\n")
    assert found.loads == [
        Load("lab/net", "v1.0", "net_a", lines.index(next(x for x in lines if "net_a" in x)) + 1),
        Load("lab/net", "v1.0", "net_b", lines.index(next(x for x in lines if "net_b" in x)) + 1),
    ]
    assert (found.state, found.reason, found.reader.problems) == ("parsed", "", [])
    assert is_page(body)


@pytest.mark.parametrize(
    "code",
    [
        "torch.hub.load('lab/net', 'net_a')",
        'torch.hub.load("lab/net", "net_a", pretrained=True)',
        "# model = torch.hub.load('lab/net', 'net_a')",
        "#model = torch.hub.load('lab/net', 'net_a')",
        "x, y = torch.hub.load(repo_or_dir='lab/net',\n    model='net_a',\n    language='en')",
        "# m = torch.hub.load('lab/net',\n#         'net_a', name='a (b')",
        "hub.load('lab/net', 'net_a')",
        "torch.hub.help('lab/net', 'net_a')",
        "torch . hub . load ( 'lab/net', 'net_a' )",
        "name = 'net_a'\nmodel = torch.hub.load('lab/net', name)",
        "model = torch.hub.load('lab/net', name)\nname = \"net_a\"  # later on the page",
        "REPO = 'lab/net'\ntorch.hub.load(REPO, 'net_a')",
        "    torch.hub.load('lab/net', 'net_a').eval().to('cuda')",
    ],
)
def test_calls_as_people_write_them(code: str) -> None:
    assert loads(code) == [("lab/net", "", "net_a")]


def test_alternatives_that_are_commented_out() -> None:
    code = "kind = 'net_a'   # large\n# kind = 'net_b'\n#kind = 'net_c'\nhub.load('lab/net', kind)"
    assert [entry for _, _, entry in loads(code)] == ["net_a", "net_b", "net_c"]


@pytest.mark.parametrize(
    "code",
    [
        "torch.hub.load('.', 'net_a', source='local')",
        "torch.hub.load('lab/net', 'net_a', source='local')",
        "torch.hub.load('/path/to/net', 'net_a')",
        "torch.hub.load('../lab/net', 'net_a')",
        "torch.hub.load(f'{lab}/net', 'net_a')",
        "torch.hub.load('lab/net', choose())",
        "torch.hub.load('lab/net', 'a b')",
        "torch.hub.load('lab/net', 'transforms')",
        "torch.hub.load('lab/net', 'x_utils')",
        "torch.hub.load('lab/net')",
        "torch.hub.load('lab/net', 'net_a'",
        "torch.hub.list('lab/net')",
        "torch.hub.load_state_dict_from_url('lab/net', 'net_a')",
        "github.load('lab/net', 'net_a')",
        "torch.hub.load(" + "(" * 3_000,
    ],
)
def test_what_loads_no_model_of_a_repository(code: str) -> None:
    assert loads(code) == []


def test_prose_is_no_code() -> None:
    text = b"---\ngithub-id: lab/net\n---\nUse `torch.hub.load('lab/net', 'net_a')`.\n"
    assert read_page(text, "x.md").loads == []
    assert loads("torch.hub.load('lab/net', 'net_a')", fence="~~~") == [("lab/net", "", "net_a")]


def test_an_entry_point_is_told_once_and_calls_are_bounded() -> None:
    code = "\n".join(["torch.hub.load('lab/net', 'net_a')"] * 3)
    assert len(loads(code)) == 1
    many = "\n".join(f"torch.hub.load('lab/net', 'net_{n}')" for n in range(MAX_CALLS + 9))
    assert len(loads(many)) == MAX_CALLS


@pytest.mark.parametrize(
    ("github_id", "repository"),
    [("lab/net", "lab/net"), (" lab/net ", "lab/net"), ("'lab/net'", "lab/net"), ("net", None),
     ("https://github.com/lab/net", None), ("lab/net/more", None), ("../net", None),
     ("[lab/net]", None)],
)  # fmt: skip
def test_the_repository_of_a_page(github_id: str, repository: str | None) -> None:
    body = f"---\ngithub-id: {github_id}\n---\n".encode()
    assert read_page(body, "x.md").repository == repository


@pytest.mark.parametrize(
    "body",
    [b"# Read me\n", b"---\ntitle: x\n---\n", b"", b"---\ngithub-id: [\n---\n", b"\xff\xfe"],
)
def test_documents_of_the_repository_are_no_pages(body: bytes) -> None:
    assert not is_page(body)


def test_values_that_cannot_be_used_are_noted() -> None:
    body = b"---\ngithub-id: lab/net\ntitle: [a, b]\ntags: {a: b}\nsummary: x\n---\n"
    found = read_page(body, "x.md")
    assert (found.title, found.summary, found.tags) == (None, "x", [])
    assert {problem.field for problem in found.reader.problems} == {"title", "tags"}


def test_names_of_repositories() -> None:
    assert is_repository("lab/net.v1-x_y")
    for text in ("lab", "lab/net/x", "lab/..", "lab /net", "ünï/net", ""):
        assert not is_repository(text)
