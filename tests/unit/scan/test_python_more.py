"""What research code does: commands it runs, flags for weights, lists that are only checked."""

from __future__ import annotations

import pytest

from miner.pipelines.scan import prefilter
from miner.pipelines.scan.prefilter import Interest
from miner.pipelines.scan.vendored import Vendored
from tests.scanning import scanned, site_of, used

LOAD = "from transformers import AutoModel\nimport os, subprocess\n"

COMMANDS = {
    "os.system": 'os.system("huggingface-cli download zoo/alpha --local-dir x")',
    "list": 'subprocess.run(["hf", "download", "zoo/alpha", "--local-dir", target])',
    "split": 'subprocess.check_call("vllm serve zoo/alpha --port 1".split())',
    "f-string": 'os.system(f"cd {folder} && hf download zoo/alpha")',
    "variable": 'command = "hf download zoo/alpha"\nos.system(command)',
    "own helper": 'sh("huggingface-cli download zoo/alpha")',
}


@pytest.mark.parametrize("code", COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_is_run_loads(code: str) -> None:
    assert used({"a.py": LOAD + code}) == {"zoo/alpha"}


def test_a_command_that_is_printed_loads_nothing() -> None:
    assert used({"a.py": LOAD + 'print("hf download zoo/alpha")'}) == set()


def test_a_command_in_a_list_is_placed_at_its_word() -> None:
    code = LOAD + 'subprocess.run([\n    "hf", "download",\n    "zoo/alpha",\n])\n'
    assert site_of(scanned({"a.py": code}), "zoo/alpha").line == 5


ZOO = "import torchvision\nfrom torchvision import models\nimport timm\n"

SWITCHED_ON = {
    "constant": "models.resnet50(pretrained=True)",
    "by position": "models.resnet50(True)",
    "default": "def f(pretrained=True):\n    models.resnet50(pretrained=pretrained)",
    "caller": ("def f(n, pretrained):\n    models.resnet50(pretrained=pretrained)\nf(1, True)"),
    "unknown": "models.resnet50(pretrained=args.anything_else)",
    "getattr": (
        'def f(name="resnet50"):\n    return getattr(torchvision.models, name)(pretrained=True)'
    ),
    "__dict__": 'arch = "resnet50"\nmodels.__dict__[arch](pretrained=True)',
}
SWITCHED_OFF = {
    "constant": "models.resnet50(pretrained=False)",
    "weights": "models.resnet50(weights=None)",
    "default": "def f(pretrained=False):\n    models.resnet50(pretrained=pretrained)",
    "caller": (
        "def f(pretrained):\n    models.resnet50(pretrained=pretrained)\n"
        "def g(n, use_pretrained):\n    f(use_pretrained)\ng(1, False)"
    ),
    "option": (
        'parser.add_argument("--pretrained", action="store_true")\n'
        "models.resnet50(pretrained=args.pretrained)"
    ),
    "no builder": 'def f(name="own_net"):\n    getattr(models, name)(pretrained=True)',
}


@pytest.mark.parametrize("code", SWITCHED_ON.values(), ids=SWITCHED_ON)
def test_weights_that_are_asked_for_are_used(code: str) -> None:
    assert used({"a.py": ZOO + code}) == {"torchvision:resnet50"}


@pytest.mark.parametrize("code", SWITCHED_OFF.values(), ids=SWITCHED_OFF)
def test_a_network_without_weights_is_no_model(code: str) -> None:
    assert used({"a.py": ZOO + code}) == set()


USED = {
    "update": 'T = {}\nT.update({"a": "zoo/alpha"})\nAutoModel.from_pretrained(T[k])',
    "defaultdict": (
        'from collections import defaultdict\nT = defaultdict(lambda: "zoo/alpha")\n'
        "AutoModel.from_pretrained(T[k])"
    ),
    "dict()": 'T = dict(a="zoo/alpha")\nAutoModel.from_pretrained(T[k])',
    "one of a list": 'AutoModel.from_pretrained(["zoo/beta", "zoo/alpha"][1])',
}


@pytest.mark.parametrize("code", USED.values(), ids=USED)
def test_tables_made_by_calls_are_tables(code: str) -> None:
    assert used({"a.py": LOAD + code}) == {"zoo/alpha"}


NOT_LOADED = {
    "a list that is only checked": (
        'BAD_MODELS = ["zoo/alpha"]\ndef f(m):\n    return m in BAD_MODELS'
    ),
    "facts of a model": 'MODEL_ARGUMENTS = {"zoo/alpha": {"use_fast": True}}',
    "a register of facts": 'register_model_info(["zoo/alpha"], "A", "https://huggingface.co/zoo/b")',
    "a constant for docstrings": '_CHECKPOINT_FOR_DOC = "zoo/alpha"',
    "a dataset": (
        "from huggingface_hub import hf_hub_download\nname = 'zoo/alpha'\n"
        'hf_hub_download(repo_id=name, filename="a.jpg", repo_type="dataset")'
    ),
    "a space": (
        "from huggingface_hub import hf_hub_download\n"
        'hf_hub_download(repo_id="zoo/alpha", filename="a.jpg", repo_type="space")'
    ),
    "a picture beside a model": 'url = "https://huggingface.co/zoo/alpha/resolve/main/a.png"',
    "a folder": 'model_path = "pretrained_models/alpha"',
    "a checkpoint of a run": 'model_path = "alpha_run/checkpoint-500"',
    "a hash": 'model_src = "alpha/006818fc465ebda4c003c0998674d9141d8d95f8"',
}


@pytest.mark.parametrize("code", NOT_LOADED.values(), ids=NOT_LOADED)
def test_what_is_checked_or_no_model_is_not_used(code: str) -> None:
    assert used({"a.py": LOAD + code}) == set()


def test_weights_by_address_count_whatever_they_are_called() -> None:
    address = "https://files.zoo.org/files/net.pt"
    assert used({"a.py": f'base_path = "{address}"'}) == {address}
    assert used({"a.py": f'train_dataset_url = "{address}"'}) == set()


def test_an_archive_of_weights_is_told_by_where_it_goes() -> None:
    address = "https://files.zoo.org/files/kl.zip"
    assert used({"get.sh": f"wget -O models/kl/model.zip {address}"}) == {address}
    assert used({"get.sh": f"wget -O downloads/kl.zip {address}"}) == set()


def test_an_address_put_behind_another_is_not_a_third_one() -> None:
    code = (
        'import gdown\nX = "https://files.zoo.org/a.pth"\n'
        'gdown.download("https://drive.zoo.org/uc?id=" + X)'
    )
    assert used({"a.py": code}) == {"https://files.zoo.org/a.pth"}


def test_names_of_a_notebook_stay_in_it() -> None:
    def cell(*lines: str) -> str:
        source = ", ".join(f'"{line}\\n"' for line in lines)
        return f'{{"cells": [{{"cell_type": "code", "source": [\n{source}\n]}}]}}'

    load = cell("from transformers import AutoModel", "AutoModel.from_pretrained(repo_x)")
    other = cell("repo_x = 'zoo/alpha'")
    assert used({"a.ipynb": load, "b.ipynb": other}) == set()


def test_entries_made_of_entries_come_to_an_end() -> None:
    lines = "\n".join(f'    t["k{n}"] = t["k{n + 1}"] + t[x] + t[y]' for n in range(60))
    code = f"{LOAD}def f(t, x, y):\n{lines}\n    t[z] = t[x]\n    AutoModel.from_pretrained(t[x])\n"
    assert scanned({"a.py": code}).state == "scanned"


@pytest.mark.parametrize(
    ("code", "interest"),
    [
        ("from transformers import AutoModel\nAutoModel.from_pretrained(x)", Interest.CODE),
        ('NAME = "zoo/alpha"', Interest.CODE),
        ('def f():\n    """Like AutoModel.from_pretrained("zoo/alpha")."""', Interest.MENTIONS),
        ('# AutoModel.from_pretrained("zoo/alpha")\nx = 1', Interest.MENTIONS),
        ("from transformers import AutoModel", Interest.NONE),
        ("x = 1", Interest.NONE),
    ],
)
def test_only_code_is_parsed_at_once(code: str, interest: Interest) -> None:
    assert prefilter.interest_of_python(code.encode()) is interest


def test_docstrings_of_a_file_that_is_not_parsed_are_mentions() -> None:
    code = (
        'def f():\n    """Use it.\n\n    See https://huggingface.co/zoo/alpha for more.\n    """\n'
    )
    (site,) = [site for site in scanned({"a.py": code}).sites if site.model == "zoo/alpha"]
    assert (site.role, site.line) == ("mention", 4)


def test_a_file_that_hands_on_a_name_is_read_when_it_is_asked_for() -> None:
    files = {
        "load.py": LOAD + "def obtain(model_name):\n    AutoModel.from_pretrained(model_name)\n",
        "middle.py": "from load import obtain\ndef prepare(my_model):\n    obtain(my_model)\n",
        "main.py": 'from middle import prepare\nprepare("zoo/alpha")\n',
    }
    assert used(files) == {"zoo/alpha"}


def test_a_renamed_copy_of_a_library_is_told_by_its_files() -> None:
    names = ("modeling_utils.py", "configuration_utils.py", "tokenization_utils.py")
    copies = Vendored([f"lib/{name}" for name in names])
    assert copies.is_copy("lib/modeling_bert.py")
    assert not copies.is_copy("main.py")
    own = Vendored([f"src/transformers/{name}" for name in names])
    assert not own.is_copy("src/transformers/modeling_bert.py")


def test_a_large_library_is_listed_by_its_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miner.pipelines.scan.scanner.MAX_OWN", 0)
    code = (
        '"""Loads zoo/said-1 from https://huggingface.co/zoo/said-2."""\n'
        'DEFAULT_MODEL = "zoo/alpha-1"  # or "zoo/said-3"\n'
        'path = "zoo/not-a-model-2"\nprint("%d/%d")\n'
    )
    found = scanned(
        {
            "pyproject.toml": '[project]\nname = "vllm"\n',
            "vllm/registry.py": code,
            "vllm/odd.py": "def f(:\n" + code,
        }
    )
    used_at = {(s.path, s.line, s.model) for s in found.sites if s.role == "use"}
    assert used_at == {("vllm/odd.py", 3, "zoo/alpha-1"), ("vllm/registry.py", 2, "zoo/alpha-1")}
    assert all(site.is_registry for site in found.sites)
    assert "zoo/said-2" in {site.model for site in found.sites if site.role == "mention"}


def test_entries_of_a_table_speak_for_each_other() -> None:
    table = 'DEFAULTS = {\n "x": {"model": "zoo/alpha-1"},\n "y": {"en": "zoo/beta-2"},\n}\n'
    assert used({"a.py": table}) == {"zoo/alpha-1", "zoo/beta-2"}
    other = table.replace('"model"', '"de"')
    assert used({"a.py": other}) == set()
