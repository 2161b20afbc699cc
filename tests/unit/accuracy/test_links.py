"""The scorer, on labels small enough to be counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.scan.site import ScannedSite
from tests.accuracy.link_labels import LabelledRepository, read_link_labels
from tests.accuracy.link_report import links
from tests.accuracy.link_scores import LinkResult, find_repository, score_repository

HEADER = "repo,commit,path,line,hub,model_id,kind,api,is_use,confidence,canonical_id,note"
ROWS = """
z/one,c1,a.py,10,huggingface,zoo/alpha,call-literal,,1,high,zoo/alpha,
z/one,c1,a.py,40,huggingface,zoo/alpha,constant,,1,high,zoo/alpha,
z/one,c1,b.py,3,huggingface,bert-base-uncased,default,,1,medium,google-bert/bert-base-uncased,
z/one,c1,c.py,1,other,small,default,,1,low,,
z/one,c1,README.md,1,huggingface,zoo/said,docs-only,,0,high,zoo/said,
z/one,c1,d.py,1,spacy,en_core_web_sm,constant,,1,high,,
z/two,c2,x.yaml,5,ollama,llama3:8b,config,,1,high,,
""".strip()


@pytest.fixture
def labelled(tmp_path: Path) -> list[LabelledRepository]:
    path = tmp_path / "labels.csv"
    path.write_text(f"{HEADER}\n{ROWS}\n")
    return read_link_labels(path)


def site(
    model: str | None, path: str, line: int, *, role: str = "use", hub: str = "huggingface"
) -> ScannedSite:
    kind = "call-literal"
    return ScannedSite(hub, model, path, line, kind, role, "api", 0.9, bool(model), None, None, "")


def test_pairs_are_counted_by_the_rules_of_the_corpus(labelled: list[LabelledRepository]) -> None:
    one = score_repository(
        labelled[0],
        [
            site("Zoo/Alpha", "a.py", 12),  # right, whatever the case; two lines away
            site("zoo/alpha", "a.py", 20),  # the same pair, at a place nobody labelled
            site("google-bert/bert-base-uncased", "b.py", 3),  # right under its other name
            site("small", "c.py", 1, hub="other"),  # not scored
            site("zoo/said", "README.md", 1),  # wrong: only mentioned
            site("zoo/said", "README.md", 1, role="mention"),  # not charged
            site("zoo/none", "e.py", 1),  # wrong: not labelled
            site(None, "f.py", 1),  # an open load
        ],
    )
    assert (one.pairs.right, one.pairs.wrong, one.pairs.missed) == (2, 2, 1)
    assert (one.huggingface.right, one.huggingface.wrong, one.huggingface.missed) == (2, 2, 0)
    assert one.pairs.precision == pytest.approx(2 / 4)
    assert one.pairs.recall == pytest.approx(2 / 3)
    assert one.pairs.f1 == pytest.approx(4 / 7)
    assert (one.places_right, one.places, one.located, one.unresolved) == (2, 3, 2, 1)
    assert one.kinds == {("call-literal", "call-literal"): 1, ("default", "call-literal"): 1}
    assert [(miss.model, miss.is_found, miss.place) for miss in one.misses] == [
        ("zoo/none", True, "e.py:1"),
        ("zoo/said", True, "README.md:1"),
        ("en_core_web_sm", False, "d.py:1"),
    ]


def test_averages_are_over_pairs_and_over_repositories(labelled: list[LabelledRepository]) -> None:
    result = LinkResult(
        [
            score_repository(labelled[0], [site("zoo/alpha", "a.py", 10)]),
            score_repository(labelled[1], [site("llama3:8b", "x.yaml", 5, hub="ollama")]),
        ]
    )
    assert result.micro().recall == pytest.approx(2 / 4)
    assert result.macro(lambda one: one.recall) == pytest.approx((1 / 3 + 1) / 2)
    assert result.micro(without_largest=1).recall == 1
    assert result.micro(hub="huggingface").recall == pytest.approx(1 / 2)
    assert result.as_dict()["micro"]["precision"] == 1


def test_nothing_found_has_no_precision(labelled: list[LabelledRepository]) -> None:
    one = score_repository(labelled[1], [])
    assert (one.pairs.precision, one.pairs.recall) == (None, 0)


def test_repositories_are_found_however_they_lie(tmp_path: Path) -> None:
    for name in ("own/a", "own+b", "own__c", "d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "own+e" / "repo").mkdir(parents=True)
    (tmp_path / "own+e" / "repo" / "HEAD").touch()
    found = [find_repository(f"own/{name}", tmp_path).name for name in "abcde"]
    assert found == ["a", "own+b", "own__c", "d", "repo"]
    with pytest.raises(ConfigurationError, match="own/f is not in"):
        find_repository("own/f", tmp_path)


def test_a_file_that_holds_no_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("repo,path\na/b,c\n")
    with pytest.raises(InvalidData, match="lacks commit, line"):
        read_link_labels(path)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(links, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_folder_of_checkouts_is_scored(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "app.py").write_text(
        "import sys\nfrom transformers import AutoModel\n"
        'AutoModel.from_pretrained("zoo/alpha")\nAutoModel.from_pretrained(sys.argv[1])\n'
    )
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "repo,commit,path,line,hub,model_id,kind,api,is_use,confidence,canonical_id,note\n"
        "own/project,c,app.py,3,huggingface,zoo/alpha,call-literal,,1,high,,\n"
        "own/project,c,app.py,9,huggingface,zoo/gone,call-literal,,1,high,,\n"
    )
    arguments = ["--labels", str(labels), "--repositories", str(tmp_path)]
    result = json.loads(run(*arguments, "--format", "json"))
    assert result["micro"]["precision"] == 1
    assert result["micro"]["recall"] == 0.5
    assert [miss["model"] for miss in result["misses"]] == ["zoo/gone"]
    table = run(*arguments)
    assert "zoo/gone" in table
    assert "0.500" in table
