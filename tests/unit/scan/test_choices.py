"""What a page offers or has filled in, and names whose context alone says what they are."""

from __future__ import annotations

import pytest

from tests.scanning import scanned, used

SELECT = """<label for="model">Model</label>
<select name="llm_model">
  <option value="zoo/harbor-chat-onnx">Harbor</option>
  <!-- <option value="zoo/commented-1b">no</option> -->
  <option disabled value="zoo/later-1b">soon</option>
  <option value='zoo/pier-1b'>Pier</option>
</select>
<select id="country"><option value="zoo/norway-2">Norway</option></select>
<input type="text" id="embedding-model" value="zoo/quay-embed"><input type="range" value="a/b-1">
"""
OLLAMA_PAGE = """<select id="dd_llm"><option value="phi4">Phi</option>
<option value="deepscaler">Deep</option><option value="qwen3:0.6b">Qwen</option></select>"""
CHAT = 'import ollama from "ollama";\nawait ollama.chat({ model: "llama3.2" });\n'

USED = {
    "an entry of a list of models": ({"index.html": SELECT},
        {"zoo/harbor-chat-onnx", "zoo/pier-1b", "zoo/quay-embed"}),
    "tags in source": ({"app.tsx": 'export const A = () => <select id="model">'
        '<option value="zoo/pier-1b">P</option></select>;\n'}, {"zoo/pier-1b"}),
    "Ollama's names beside a load": ({"index.html": OLLAMA_PAGE, "server.js": CHAT},
        {"phi4", "deepscaler", "qwen3:0.6b", "llama3.2"}),
    "Ollama's names without any load": ({"index.html": OLLAMA_PAGE}, set()),
    "weights of a release, called so": ({"hub.py": "VOCODER_URLS = {\n    'first': "
        "'https://github.com/zoo/sound/releases/download/v1.0/generator_v1'}\n"},
        {"https://github.com/zoo/sound/releases/download/v1.0/generator_v1"}),
    "a program of a release": ({"get.py": "TOOL = "
        "'https://github.com/zoo/tool/releases/download/v1.0/tool-linux-amd64'\n"}, set()),
    "a pickle fetched to the checkpoints": ({"get.sh": "wget "
        "https://host.example.co/edm/cond-adm.pkl -O $CHECKPOINT_PATH/cond-adm.pkl\n"},
        {"https://host.example.co/edm/cond-adm.pkl"}),
    "a config of the group of models": ({"config/model/small.yaml": "name: zoo/pier-1b\n"},
        {"zoo/pier-1b"}),
    "a config of another group": ({"config/site/small.yaml": "name: zoo/pier-1b\n"}, set()),
    "code of a repository, not a model": ({"config.json": '{"model_type": "own", "auto_map": '
        '{"AutoModel": "zoo/own-code--modeling_own.OwnModel"}}'}, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", USED)
def test_what_is_used(case: str) -> None:
    files, models = USED[case]
    assert used(files) == models


MENTIONED = {
    "what a saved model came from": {"out/config.json": '{"_name_or_path": "zoo/pier-1b", '
        '"model_type": "own"}'},
    "an answer of a hub, kept": {"data.json": '{"models": [{"id": "zoo/pier-1b", "likes": 3, '
        '"downloads": 10}]}'},
    "what a test expects": {"token_test.go": 'package a\n\nvar tests = []struct{ wantModel string }'
        '{{wantModel: "zoo/pier-1b"}}\n'},
}  # fmt: skip


@pytest.mark.parametrize("case", MENTIONED)
def test_what_is_only_mentioned(case: str) -> None:
    assert used(MENTIONED[case]) == set()


def test_a_plain_name_given_to_an_own_class_is_a_file_of_its_own() -> None:
    load = 'X.from_pretrained("harbor-embeddings")\n'
    own = {
        "app.py": f"from models.harbor import X\n{load}",
        "models/harbor.py": "class X:\n    def from_pretrained(self, path):\n        return path\n",
    }
    assert used(own) == set()
    assert used({"app.py": f"from transformers import AutoModel as X\n{load}"}) == {
        "harbor-embeddings"
    }


def test_a_page_of_many_entries_is_bounded() -> None:
    options = "\n".join(f'<option value="zoo/pier-{n}b">' for n in range(20_000))
    result = scanned({"index.html": f'<select id="model">{options}</select>'})
    assert 4_000 < len({site.model for site in result.sites}) <= 20_000
