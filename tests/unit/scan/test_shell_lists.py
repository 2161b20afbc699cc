"""Lists, loops and requests of shell scripts, and what a command that fetches a file writes."""

from __future__ import annotations

import pytest

from tests.scanning import used

USED = {
    "loop": "for m in zephyr nomic-embed-text; do\n  ollama pull $m\ndone",
    "loop over a list": 'MODELS="zephyr nomic-embed-text"\n'
    'for m in $MODELS; do ollama pull "$m"; done',
    "loop over an array": "MODELS=(\n  zephyr  # small\n  'nomic-embed-text'\n)\n"
    'for m in "${MODELS[@]}"; do\n  ollama pull "$m"\ndone',
    "request": 'curl http://localhost:11434/api/pull -d \'{"name": "zephyr"}\'\n'
    'curl -s $OLLAMA_HOST/v1/embeddings -d "{\\"model\\": \\"nomic-embed-text\\"}"',
}
ADDRESS = "https://files.zoo.org/d/1"


@pytest.mark.parametrize("code", USED.values(), ids=USED)
def test_each_name_of_a_list_is_used(code: str) -> None:
    assert used({"a.sh": code}) == {"zephyr", "nomic-embed-text"}


@pytest.mark.parametrize(
    "code",
    [
        f"wget {ADDRESS} -O weights/net.pth",
        f"wget -qO weights.zip {ADDRESS}",
        f"curl -sSL {ADDRESS} -o net.ckpt",
        f"curl -L --output=net.onnx {ADDRESS}",
        f"curl -L {ADDRESS} > net.safetensors",
    ],
)
def test_what_is_written_to_weights_is_a_model(code: str) -> None:
    assert used({"a.sh": code}) == {ADDRESS}
    assert used({"a.sh": code.replace("net.", "a.txt.d").replace("weights", "words")}) == set()


@pytest.mark.parametrize(
    "code",
    [
        f'curl -X POST {ADDRESS}/v1/chat -d \'{{"model": "zephyr"}}\'',
        "curl -LsSf https://hf.co/cli/install.sh | bash",
        "for f in alpha beta; do\n  wc $f\ndone",
        "aws s3 cp weights/net.pt s3://zoo/models/net.pt",
    ],
)
def test_other_commands_load_nothing(code: str) -> None:
    assert used({"a.sh": code}) == set()


def test_what_stands_beside_a_name_is_left_off() -> None:
    pairs = 'MODELS=(\n  "zoo/alpha-1:folder"\n)\nget https://huggingface.co/$1/resolve/main/a.onnx'
    assert used({"a.sh": pairs}) == {"zoo/alpha-1"}
    assert used({"a.sh": "python -m spacy download --direct en_core_web_sm-3.7.1"}) == {
        "en_core_web_sm"
    }


def test_what_a_script_removes_is_no_use() -> None:
    script = 'models=(\n  "zephyr:7b"\n  "zoo/alpha:latest"\n)\nfor model in "${models[@]}"; do\n'
    chat = "import ollama\ndef say(model):\n    ollama.chat(model=model)\n"
    assert used({"a.sh": f'{script}  ollama rm "$model"\ndone', "a.py": chat}) == set()
    assert "zephyr:7b" in used({"a.sh": f'{script}  ollama pull "$model"\ndone', "a.py": chat})
