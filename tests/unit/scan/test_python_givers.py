"""How a name reaches a load in Python other than by a plain call or assignment."""

from __future__ import annotations

import json

import pytest

from tests.scanning import used

LOAD = "import os\nimport pytest\nfrom transformers import AutoModel, pipeline\n"
TAKE = "def load(what, size=1):\n    return AutoModel.from_pretrained(what)\n"
ONE, BOTH = {"bert-base-uncased"}, {"bert-base-uncased", "zoo/alpha-1"}
# Names without an owner, under names that say nothing: only the load says that they are models.
PLAIN = {
    "item of a result": (
        "def pick(kind):\n    return 512, 'bert-base-uncased'\n"
        "size, what = pick(kind)\nAutoModel.from_pretrained(what)"
    ),
    "item of an entry": (
        "T = {'a': ('bert-base-uncased', 512)}\n"
        "def f(k):\n    what, size = T[k]\n    AutoModel.from_pretrained(what)"
    ),
    "nested target": (
        "T = {'a': ('bert-base-uncased', 512)}\nfor k, (what, size) in T.items():\n"
        "    AutoModel.from_pretrained(what)"
    ),
    "entry of a result": (
        "def pick():\n    return {'who': 'bert-base-uncased'}\n"
        "AutoModel.from_pretrained(pick()['who'])"
    ),
    "yield": "def pick():\n    yield 'bert-base-uncased'\nfor what in pick():\n"
    "    AutoModel.from_pretrained(what)",
    "list of tables": (
        "T = [{'who': 'bert-base-uncased'}]\nfor each in T:\n"
        "    AutoModel.from_pretrained(each['who'])"
    ),
    "update by a name": (
        "OWN = {'who': 'bert-base-uncased'}\nT = {}\nT.update(OWN)\n"
        "AutoModel.from_pretrained(T['who'])"
    ),
    "update by keywords": (
        "T = {}\nT.update(who='bert-base-uncased')\nAutoModel.from_pretrained(T['who'])"
    ),
    "merged": (
        "A = {'x': 1}\nB = {'who': 'bert-base-uncased'}\n"
        "T = {**A, **B}\nAutoModel.from_pretrained(T['who'])"
    ),
    "union": "B = {'who': 'bert-base-uncased'}\nT = {'x': 1} | B\n"
    "AutoModel.from_pretrained(T['who'])",
    "merge of OmegaConf": (
        "own = OmegaConf.create({'our_net': 'bert-base-uncased'})\n"
        "cfg = OmegaConf.merge(OmegaConf.load(p), own)\nAutoModel.from_pretrained(cfg.our_net)"
    ),
    "keywords of a load": (
        "words = {'pretrained_model_name_or_path': 'bert-base-uncased'}\n"
        "AutoModel.from_pretrained(**words)"
    ),
    "keywords": TAKE + "words = {'what': 'bert-base-uncased'}\nload(**words)",
    "arguments": TAKE + "words = ('bert-base-uncased', 2)\nload(*words)",
    "property": (
        "class A:\n    @property\n    def our_net(self):\n        return 'bert-base-uncased'\n"
        "    def go(self):\n        AutoModel.from_pretrained(self.our_net)"
    ),
    "fields of a dataclass": (
        "@dataclass\nclass S:\n    net: str\n    size: int\nT = {'a': S('bert-base-uncased', 1)}\n"
        "AutoModel.from_pretrained(T[k].net)"
    ),
    "partial": TAKE + "run = partial(load, 'bert-base-uncased')",
    "partial by keyword": TAKE + "run = partial(load, what='bert-base-uncased')",
    "map": TAKE + "list(map(load, ['bert-base-uncased']))",
    "pool": TAKE + "pool.submit(load, 'bert-base-uncased')",
    "executor": TAKE + "loop.run_in_executor(None, load, 'bert-base-uncased')",
    "thread": TAKE + "Thread(target=load, args=('bert-base-uncased',)).start()",
    "record": "a = Namespace(our_net='bert-base-uncased')\nAutoModel.from_pretrained(a.our_net)",
    "defaults": (
        "p.set_defaults(our_net='bert-base-uncased')\nAutoModel.from_pretrained(a.our_net)"
    ),
    "flag of absl": (
        "flags.DEFINE_string('our_net', 'bert-base-uncased', 'x')\n"
        "AutoModel.from_pretrained(FLAGS.our_net)"
    ),
    "own argument builder": (
        "add(p, '--our-net', default='bert-base-uncased')\nAutoModel.from_pretrained(a.our_net)"
    ),
    "table of options": (
        "T = {'--our-net': dict(default='bert-base-uncased')}\nAutoModel.from_pretrained(a.our_net)"
    ),
    "environment": (
        "os.environ.setdefault('OUR_NET', 'bert-base-uncased')\n"
        "AutoModel.from_pretrained(os.environ['OUR_NET'])"
    ),
    "environment of a process": (
        "run(c, env={'OUR_NET': 'bert-base-uncased'})\n"
        "AutoModel.from_pretrained(os.getenv('OUR_NET'))"
    ),
    "environment of a test": (
        "monkeypatch.setenv('OUR_NET', 'bert-base-uncased')\n"
        "AutoModel.from_pretrained(os.getenv('OUR_NET'))"
    ),
}
JOINED = {
    "fields": "'{}/{}'.format('zoo', 'alpha-1')",
    "numbered fields": "'{0}/{1}'.format(OWNER, NAME)",
    "named fields": "'{a}/{b}'.format(a=OWNER, b=NAME)",
    "percent": "'%s/%s' % (OWNER, 'alpha-1')",
    "f-string": "f'{OWNER}/{NAME}'",
    "join": "'/'.join([OWNER, 'alpha-1'])",
}
CASES_OF_TESTS = {
    "one name": "@pytest.mark.parametrize('what', ['bert-base-uncased', 'zoo/alpha-1'])\n"
    "def test_x(what):\n    AutoModel.from_pretrained(what)",
    "two names": "@pytest.mark.parametrize('size, what', [(1, 'bert-base-uncased'), "
    "(2, 'zoo/alpha-1')])\ndef test_x(size, what):\n    AutoModel.from_pretrained(what)",
    "param": "@pytest.mark.parametrize(('size', 'what'), [pytest.param(1, 'bert-base-uncased', "
    "id='x'), (2, 'zoo/alpha-1')])\ndef test_x(size, what):\n"
    "    AutoModel.from_pretrained(what)",
    "class": "NAMES = ['bert-base-uncased', 'zoo/alpha-1']\n"
    "@pytest.mark.parametrize('what', NAMES)\nclass TestX:\n    def test_x(self, what):\n"
    "        AutoModel.from_pretrained(what)",
    "expand": "class TestX:\n    @parameterized.expand([('a', 'bert-base-uncased'), "
    "('b', 'zoo/alpha-1')])\n    def test_x(self, name, what):\n"
    "        AutoModel.from_pretrained(what)",
    "parameters of a fixture": "@pytest.fixture(params=['bert-base-uncased', 'zoo/alpha-1'])\n"
    "def what(request):\n    return request.param\ndef test_x(what):\n"
    "    AutoModel.from_pretrained(what)",
    "enumeration": "class Kind(Enum):\n    A = 'bert-base-uncased'\n    B = 'zoo/alpha-1'\n"
    "def test_x(kind: Kind):\n    AutoModel.from_pretrained(kind.value)",
}


@pytest.mark.parametrize("code", PLAIN.values(), ids=PLAIN)
def test_a_name_reaches_a_load(code: str) -> None:
    assert used({"a.py": LOAD + code}) == ONE


@pytest.mark.parametrize("code", JOINED.values(), ids=JOINED)
def test_constants_of_a_file_are_joined(code: str) -> None:
    file = f"{LOAD}OWNER = 'zoo'\nNAME = 'alpha-1'\nAutoModel.from_pretrained({code})"
    assert used({"a.py": file}) == {"zoo/alpha-1"}


@pytest.mark.parametrize("code", CASES_OF_TESTS.values(), ids=CASES_OF_TESTS)
def test_the_cases_of_a_test_reach_its_loads(code: str) -> None:
    assert used({"test_a.py": LOAD + code}) == BOTH


def test_a_fixture_of_another_file_reaches_a_test() -> None:
    files = {
        "tests/conftest.py": LOAD + "@pytest.fixture\ndef net():\n    return 'bert-base-uncased'\n",
        "tests/test_a.py": LOAD + "def test_x(net):\n    AutoModel.from_pretrained(net)\n",
    }
    assert used(files) == ONE


def test_a_field_of_settings_is_a_variable_of_the_environment() -> None:
    code = "class S(BaseSettings):\n    our_net: str\n    model_config = {'env_prefix': 'OWN_'}\n"
    files = {
        "a.py": LOAD + code + "AutoModel.from_pretrained(S().our_net)",
        ".env": "OWN_OUR_NET='bert-base-uncased'\n",
    }
    assert used(files) == ONE


@pytest.mark.parametrize(
    "code",
    [
        "args = TrainingArguments('net-for-letters')\n",
        "args = TrainingArguments(output_dir=OUT)\nOUT = 'net-for-letters'\n",
        "args.output_dir = 'net-for-letters'\n",
        "model.save_pretrained('net-for-letters')\n",
    ],
)
def test_a_folder_that_is_written_to_is_no_model(code: str) -> None:
    head = LOAD + "from transformers import TrainingArguments\n"
    assert used({"a.py": head + code + "pipeline('x', model='net-for-letters')"}) == set()


def test_one_cell_that_is_no_python_costs_no_other() -> None:
    sources = [
        ["from transformers import pipeline\n", "\n", "net = 'bert-base-uncased'\n"],
        ["pip install transformers\n", "other = 'zoo/alpha-1'\n"],
        ["this is (\n", "no Python at all\n", "and\n", "so is this\n", "or this\n"],
        ["p = pipeline('x', model=net)\n", "p = pipeline('x', model=other)\n"],
    ]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    assert used({"a.ipynb": json.dumps({"cells": cells})}) == BOTH
