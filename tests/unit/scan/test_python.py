"""Where a name can stand in Python, and how it gets to a load."""

from __future__ import annotations

import pytest

from miner.pipelines.scan.name_listing import ListingInMemory
from tests.scanning import scanned, site_of, used

LOAD = "from transformers import AutoModel\n"

REACHES = {
    "literal": 'AutoModel.from_pretrained("zoo/alpha")',
    "literal of a chained call": 'AutoModel.from_pretrained("zoo/alpha").half().cuda()',
    "keyword": 'AutoModel.from_pretrained(pretrained_model_name_or_path="zoo/alpha")',
    "constant": 'X = "zoo/alpha"\nAutoModel.from_pretrained(X)',
    "local variable": 'def f():\n    x = "zoo/alpha"\n    return AutoModel.from_pretrained(x)',
    "default of a parameter": 'def f(x="zoo/alpha"):\n    return AutoModel.from_pretrained(x)',
    "keyword-only default": 'def f(*, x="zoo/alpha"):\n    return AutoModel.from_pretrained(x)',
    "argument of a wrapper": 'def f(x):\n    AutoModel.from_pretrained(x)\nf("zoo/alpha")',
    "keyword of a wrapper": 'def f(y, x):\n    AutoModel.from_pretrained(x)\nf(1, x="zoo/alpha")',
    "wrapper of a wrapper": (
        'def f(x):\n    AutoModel.from_pretrained(x)\ndef g(z):\n    f(z)\ng("zoo/alpha")'
    ),
    "attribute set in __init__": (
        "class C:\n    def __init__(self, x):\n        self.repo_x = x\n"
        '    def run(self):\n        AutoModel.from_pretrained(self.repo_x)\nC("zoo/alpha")'
    ),
    "class without __init__": (
        "class B:\n    def __init__(self, x):\n        AutoModel.from_pretrained(x)\n"
        'class C(B):\n    pass\nC("zoo/alpha")'
    ),
    "super().__init__": (
        "class B:\n    def __init__(self, x):\n        AutoModel.from_pretrained(x)\n"
        "class C(B):\n    def __init__(self, y):\n        super().__init__(y)\n"
        'C("zoo/alpha")'
    ),
    "argparse": (
        'parser.add_argument("--what-to-load", default="zoo/alpha")\n'
        "args = parser.parse_args()\nAutoModel.from_pretrained(args.what_to_load)"
    ),
    "dataclass field": (
        'class Args:\n    what: str = field(default="zoo/alpha")\n'
        "AutoModel.from_pretrained(args.what)"
    ),
    "environment": ('import os\nAutoModel.from_pretrained(os.environ.get("THING", "zoo/alpha"))'),
    "getenv": 'import os\nx = os.getenv("THING") or "zoo/alpha"\nAutoModel.from_pretrained(x)',
    "branch": 'x = "zoo/alpha" if big else None\nAutoModel.from_pretrained(x)',
    "table": 'T = {"a": "zoo/alpha"}\nAutoModel.from_pretrained(T[key])',
    "table of tables": 'T = {"a": {"id": "zoo/alpha"}}\nAutoModel.from_pretrained(T[k]["id"])',
    "keys of a table": (
        'T = {"zoo/alpha": 1}\ndef f(x):\n    n = T[x]\n    AutoModel.from_pretrained(x)'
    ),
    "items of a list": 'for x in ["zoo/alpha"]:\n    AutoModel.from_pretrained(x)',
    "items of a table": 'for k, v in {"a": "zoo/alpha"}.items():\n    AutoModel.from_pretrained(v)',
    "f-string": 'o = "zoo"\nAutoModel.from_pretrained(f"{o}/alpha")',
    "sum": 'o = "zoo/"\nAutoModel.from_pretrained(o + "alpha")',
    "f-string of a parameter": ('def f(n):\n    AutoModel.from_pretrained(f"zoo/{n}")\nf("alpha")'),
    "returned": 'def name():\n    return "zoo/alpha"\nAutoModel.from_pretrained(name())',
    "walrus": 'if (x := "zoo/alpha"):\n    AutoModel.from_pretrained(x)',
    "enum": 'class E(Enum):\n    A = "zoo/alpha"\nAutoModel.from_pretrained(E.A.value)',
    "alias of the import": 'import transformers as t\nt.AutoModel.from_pretrained("zoo/alpha")',
    "with": 'with AutoModel.from_pretrained("zoo/alpha") as m:\n    pass',
    "await": 'async def f():\n    await load(AutoModel.from_pretrained("zoo/alpha"))',
    "match": 'match s:\n    case "a":\n        AutoModel.from_pretrained("zoo/alpha")',
}


@pytest.mark.parametrize("code", REACHES.values(), ids=REACHES.keys())
def test_a_name_that_reaches_a_load_is_used(code: str) -> None:
    assert used({"app.py": LOAD + code}) == {"zoo/alpha"}


MODEL_NAMES = {
    "constant": 'BASE_MODEL = "zoo/alpha"',
    "attribute": 'self.tokenizer_name = "zoo/alpha"',
    "keyword of any call": 'run(model="zoo/alpha")',
    "key": 'config = {"model_name_or_path": "zoo/alpha"}',
    "registry": 'ENCODERS = {"small": "zoo/alpha"}',
    "list": 'MODELS = ["zoo/alpha"]',
    "default": 'def run(model_id: str = "zoo/alpha"): ...',
    "callee": 'SomeEmbeddings("zoo/alpha")',
    "subscript": 'settings["model"] = "zoo/alpha"',
}


@pytest.mark.parametrize("code", MODEL_NAMES.values(), ids=MODEL_NAMES.keys())
def test_a_name_that_is_called_a_model_is_used(code: str) -> None:
    assert used({"app.py": code}) == {"zoo/alpha"}


NOT_USED = {
    "docstring": '"""Loads zoo/alpha."""',
    "comment": '# model = "zoo/alpha"',
    "message": 'print("model zoo/alpha")\nraise ValueError("model zoo/alpha")',
    "help text": 'parser.add_argument("--model", help="such as zoo/alpha")',
    "printed": 'print("zoo/alpha")',
    "dataset": 'dataset_name = "zoo/alpha"',
    "loaded as a dataset": (
        'from datasets import load_dataset\nmodel = "zoo/alpha"\nload_dataset(model)'
    ),
    "published": 'hub_model_id = "zoo/alpha"\nmodel.push_to_hub("zoo/alpha")',
    "compared": 'if model == "zoo/alpha":\n    pass',
    "one of choices": 'parser.add_argument("--model", choices=["zoo/alpha"])',
    "path": 'model = "data/alpha"',
    "file": 'model = "zoo/alpha.safetensors"',
    "placeholder": 'model = "your-org/your-model"',
    "media type": 'model_format = "application/json"',
    "hosted": 'model = "openai/gpt-4o"',
    "local": f'{LOAD}AutoModel.from_pretrained("./alpha")',
    "key that is looked up": 'model_loss = out["zoo/alpha"]',
    "facts by model": 'MODEL_LENGTHS = {"zoo/alpha": 512}',
}


@pytest.mark.parametrize("code", NOT_USED.values(), ids=NOT_USED.keys())
def test_what_is_only_said_is_not_used(code: str) -> None:
    assert used({"app.py": code}) == set()


def test_a_name_is_followed_from_file_to_file() -> None:
    found = scanned(
        {
            "pkg/loading.py": LOAD
            + "def load_it(name_of_it):\n    AutoModel.from_pretrained(name_of_it)\n",
            "pkg/names.py": 'THE_ONE = "zoo/alpha"\n',
            "run.py": (
                "from pkg.loading import load_it\nfrom pkg.names import THE_ONE\nload_it(THE_ONE)\n"
            ),
        }
    )
    site = site_of(found, "zoo/alpha")
    assert (site.path, site.line, site.kind) == ("pkg/names.py", 1, "constant")
    assert site.api == "transformers.AutoModel.from_pretrained"
    assert site.signature == "transformers"


def test_a_config_in_python_feeds_the_variable_of_its_name() -> None:
    files = {
        "train.py": LOAD + "init_from = 'scratch'\nmodel = AutoModel.from_pretrained(init_from)\n",
        "config/eval.py": "init_from = 'gpt2-xl'\n",
    }
    site = site_of(scanned(files), "gpt2-xl")
    assert (site.path, site.kind) == ("config/eval.py", "config")


def test_a_common_name_stays_in_its_file() -> None:
    files = {
        "a.py": LOAD + "def f(args):\n    AutoModel.from_pretrained(args.name)\n",
        "b.py": 'args.name = "bert-base-uncased"\n',
    }
    assert used(files) == set()


def test_the_place_is_that_of_the_string() -> None:
    code = LOAD + "AutoModel.from_pretrained(\n    # the small one\n    'zoo/alpha',\n)\n"
    site = site_of(scanned({"app.py": code}), "zoo/alpha")
    assert (site.line, site.kind, site.role) == (4, "call-literal", "use")
    assert site.argument == "'zoo/alpha'"


@pytest.mark.parametrize(
    ("path", "role"),
    [("src/a.py", "use"), ("tests/test_a.py", "test"), ("examples/a.py", "example")],
)
def test_the_role_is_told_by_the_path(path: str, role: str) -> None:
    site = site_of(scanned({path: LOAD + 'AutoModel.from_pretrained("zoo/alpha")'}), "zoo/alpha")
    assert site.role == role


def test_a_load_that_nothing_names_is_reported_with_what_names_it() -> None:
    code = LOAD + "import sys\nAutoModel.from_pretrained(sys.argv[1])\n"
    (site,) = scanned({"app.py": code}).sites
    assert (site.model, site.resolved, site.line) == (None, False, 3)
    assert site.argument == "sys.argv[1]"
    assert site.hub == "huggingface"


def test_a_service_that_is_mocked_loads_nothing() -> None:
    code = (
        "from ollama import Client\nfrom pytest_httpserver import HTTPServer\n"
        "def test_it(httpserver: HTTPServer):\n"
        '    Client("http://x").generate("llama2", "why")\n'
    )
    assert used({"tests/test_client.py": code}) == set()
    assert used({"examples/client.py": code}) == {"llama2"}


def test_names_without_owner_need_a_load_or_a_listing() -> None:
    code = (
        'from transformers import pipeline\npipeline("x", model=NAME)\nNAME = "weights_of_mine"\n'
    )
    assert used({"app.py": code}) == set()
    found = scanned({"app.py": code}, listing=ListingInMemory(frozenset({"weights_of_mine"})))
    assert site_of(found, "weights_of_mine").confidence > 0.9


def test_secrets_and_addresses_are_taken_out_of_quotes() -> None:
    secret, address = "hf" + "_qWxRtYpLkJhGfDsAzXcVbNmQwErTyUiOpA", "me" + "@example.org"
    code = LOAD + f'AutoModel.from_pretrained(pick("{secret}", "{address}"))\n'
    (site,) = scanned({"app.py": code}).sites
    assert site.argument == "pick('[secret]', '[email]')"
