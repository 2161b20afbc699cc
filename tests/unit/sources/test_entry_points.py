"""The catalog of PyTorch Hub: pages, repositories and their names put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pytest

from miner.errors import ConfigurationError, SourceRefused
from miner.pipelines.sources.hubs.protocol import ArchivedAnswers, FilesWanted
from miner.pipelines.sources.hubs.pytorch_hub.entry_points import read_entry_points
from miner.pipelines.sources.hubs.pytorch_hub.hub import PyTorchHub
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import CatalogFacts, CatalogModel
from tests.contract.hubs.pytorch_hub import hubconf, page

COMMIT = "c" * 40


class Shelf:
    """A forge whose repositories are given: name, or name:ref → files, or a status."""

    def __init__(self, repositories: dict[str, dict[str, bytes] | int], **metadata: Any) -> None:
        self.repositories = repositories
        self.metadata = metadata
        self.asked: list[str] = []
        self.request_count = 0

    def check_token(self) -> None:
        """Need none."""

    def close(self) -> None:
        """Have nothing open."""

    def get_files(self, wanted: FilesWanted, archived: ArchivedAnswers) -> Sequence[ReceivedAnswer]:
        place = wanted.repository + (f":{wanted.ref}" if wanted.ref else "")
        self.asked.append(place)
        files = self.repositories.get(place, 404)
        record = {"full_name": wanted.repository, **self.metadata.get(wanted.repository, {})}
        status = files if isinstance(files, int) else 200
        about = ReceivedAnswer(
            "metadata", "", status, {}, orjson.dumps(record), datetime.fromisoformat("2026-01-01"),
            {"about": "repository"},
        )  # fmt: skip
        found = {} if isinstance(files, int) else files
        suffix = wanted.path.removeprefix("*")
        return [about] + [
            replace(about, kind="source", body=body, context={"path": path, "commit": COMMIT})
            for path, body in sorted(found.items())
            if path.endswith(suffix)
        ]


def gathered(forge: Shelf) -> list[ReceivedAnswer]:
    hub = PyTorchHub(forge)
    answers: list[ReceivedAnswer] = []
    while needs := hub.missing_resources(answers):
        for need in needs:
            answers += hub.fetch_resource(need, lambda _: [])
    return answers


def catalog(pages: dict[str, bytes], **repositories: Any) -> CatalogFacts:
    metadata = repositories.pop("metadata", {})
    places = {name.replace("__", "/"): files for name, files in repositories.items()}
    return read_entry_points(gathered(Shelf({"pytorch/hub": pages, **places}, **metadata)))


def by_name(found: CatalogFacts) -> dict[str, CatalogModel]:
    return {model.facts.name: model for model in found.models}


CONF = {"hubconf.py": hubconf("net_a", "net_c", dependencies="'torch', 'timm'")}
PAGE = {"lab_net.md": page("lab/net", "'lab/net', 'net_a'", "'lab/net', 'net_b'", title="Net")}


def test_entries_of_page_and_hubconf_are_one_list() -> None:
    license_of = {"lab/net": {"license": {"key": "mit", "spdx_id": "MIT"}, "node_id": "R_1"}}
    found = by_name(catalog(PAGE, lab__net=CONF, metadata=license_of))
    assert set(found) == {"lab/net:net_a", "lab/net:net_b", "lab/net:net_c"}
    model = found["lab/net:net_a"]
    facts, entry = model.facts, model.entry
    assert entry is not None
    assert (facts.owner, facts.uid, facts.state) == ("lab", "R_1:net_a", "present")
    assert facts.values["pipeline_tag"] == "vision"
    assert (facts.values["license"], facts.values["sha"]) == ("mit", COMMIT)
    [stated] = facts.statements.licenses
    assert (stated.source, stated.key, stated.scope) == ("api", "MIT", "code")
    assert (entry.title, entry.requirements) == ("Net", '["torch","timm"]')
    line = (
        hubconf("net_a", "net_c")
        .decode()
        .split("\n")
        .index("def net_a(pretrained=False, **kwargs):")
    )
    assert entry.evidence_url == (
        f"https://github.com/lab/net/blob/{COMMIT}/hubconf.py#L{line + 1}"
    )
    assert entry.card_url == f"https://github.com/pytorch/hub/blob/{COMMIT}/lab_net.md"
    only_named = found["lab/net:net_b"].entry
    assert only_named is not None
    assert str(only_named.evidence_url).startswith(
        f"https://github.com/pytorch/hub/blob/{COMMIT}/lab_net.md#L"
    )
    assert found["lab/net:net_c"].card == model.card, "the one page of a repository is about all"


def test_of_several_pages_the_one_about_it_is_the_card() -> None:
    pages = {
        "lab_net_alpha.md": page("lab/net", "'lab/net', 'alpha'", "'lab/net', 'beta'", title="A"),
        "lab_net_beta.md": page("lab/net", "'lab/net', 'alpha'", "'lab/net', 'beta'", title="B"),
        "lab_net_x.md": page("lab/net", "'lab/net', 'gamma'", title="X"),
        "lab_net_y.md": page("lab/net", "'lab/net', 'alpha'", "'lab/net', 'gamma'", title="Y"),
    }
    conf = {"hubconf.py": hubconf("alpha", "beta", "gamma", "delta")}
    found = by_name(catalog(pages, lab__net=conf))
    titles = {name: model.entry.title for name, model in found.items() if model.entry}
    assert titles == {"lab/net:alpha": "A", "lab/net:beta": "B", "lab/net:gamma": "X",
                      "lab/net:delta": None}  # fmt: skip
    assert found["lab/net:delta"].card is None


def test_spellings_and_former_names_of_a_repository_are_one() -> None:
    pages = {
        "a.md": page("Lab/Net", "'lab/net', 'net_a'"),
        "b.md": page("new/net", "'old/net', 'net_b'"),
    }
    same = {"node_id": "R_7", "full_name": "Moved/Net"}
    conf = {"hubconf.py": hubconf("net_b")}
    found = by_name(
        catalog(pages, Lab__Net=CONF, new__net=conf, old__net=conf,
                metadata={"new/net": same, "old/net": same})
    )  # fmt: skip
    assert set(found) == {"Lab/Net:net_a", "Lab/Net:net_c", "new/net:net_b"}
    assert found["Lab/Net:net_a"].aliases == []
    assert [tuple(alias) for alias in found["new/net:net_b"].aliases] == [
        ("old/net:net_b", "redirect"), ("Moved/Net:net_b", "redirect"),
    ]  # fmt: skip


def test_torchvision_is_another_name() -> None:
    pages = {"vision_vgg.md": page("pytorch/vision", "'pytorch/vision:v0.10.0', 'vgg11'")}
    conf = {"hubconf.py": b"from torchvision.models.vgg import vgg11, vgg13\n"}
    found = by_name(catalog(pages, pytorch__vision=conf))
    assert {name: [tuple(a) for a in model.aliases] for name, model in found.items()} == {
        "pytorch/vision:vgg11": [("torchvision:vgg11", "library")],
        "pytorch/vision:vgg13": [("torchvision:vgg13", "library")],
    }


@pytest.mark.parametrize(
    ("status", "state"), [(404, "gone"), (410, "gone"), (451, "disabled"), (403, "disabled")]
)
def test_a_page_whose_repository_is_not_there_keeps_its_models(status: int, state: str) -> None:
    found = catalog(PAGE, lab__net=status)
    assert {model.facts.name: model.facts.state for model in found.models} == {
        "lab/net:net_a": state, "lab/net:net_b": state,
    }  # fmt: skip
    assert found.unread == []


@pytest.mark.parametrize(
    ("conf", "reason"),
    [(b"print 'x'\n", "unparsable"), (hubconf("net_a", more="globals()['x'] = 1"), "computed")],
)
def test_what_cannot_be_listed_is_not_declared_gone(conf: bytes, reason: str) -> None:
    found = catalog(PAGE, lab__net={"hubconf.py": conf})
    assert {"lab/net:net_a", "lab/net:net_b"} <= set(by_name(found))
    assert found.unread == ["lab/net:"]
    [(_, problem)] = found.problems
    assert (problem.field, problem.reason, problem.name) == ("hubconf.py", reason, "lab/net")


def test_hubconf_is_looked_for_where_the_pages_load_it() -> None:
    pages = {"a.md": page("lab/net", "'lab/net:v1', 'net_a'", "'lab/net:hub', 'net_c'")}
    forge = Shelf({"pytorch/hub": pages, "lab/net": {}, "lab/net:v1": {}, "lab/net:hub": CONF})
    found = by_name(read_entry_points(gathered(forge)))
    assert forge.asked == ["pytorch/hub", "lab/net", "lab/net:v1", "lab/net:hub"]
    assert set(found) == {"lab/net:net_a", "lab/net:net_c"}
    found_first = Shelf({"pytorch/hub": pages, "lab/net": CONF})
    gathered(found_first)
    assert found_first.asked == ["pytorch/hub", "lab/net"]
    gone = Shelf({"pytorch/hub": pages})
    gathered(gone)
    assert gone.asked == ["pytorch/hub", "lab/net"]


def test_a_hub_without_pages_declares_nothing_gone() -> None:
    for files in (404, {}, {"setup.py": b""}):
        with pytest.raises(ConfigurationError, match="no pages in pytorch/hub"):
            gathered(Shelf({"pytorch/hub": files}))
    with pytest.raises(SourceRefused, match="451"):
        gathered(Shelf({"pytorch/hub": 451}))


def test_too_large_is_a_state() -> None:
    answers = gathered(Shelf({"pytorch/hub": PAGE, "lab/net": CONF}))
    cut = [
        replace(answer, body=b"", context={**answer.context, "cut": "9000000"})
        if answer.context.get("path") == "hubconf.py"
        else answer
        for answer in answers
    ]
    found = read_entry_points(cut)
    assert found.unread == ["lab/net:"]
    assert [problem.reason for _, problem in found.problems] == ["too-long"]
    assert set(by_name(found)) == {"lab/net:net_a", "lab/net:net_b"}


def test_an_unknown_license_is_said_to_be_other() -> None:
    metadata = {"lab/net": {"license": {"key": "other", "spdx_id": "NOASSERTION"}}}
    found = catalog(PAGE, lab__net=CONF, metadata=metadata)
    assert found.models[0].facts.values["license"] == "other"
    assert catalog(PAGE, lab__net=CONF).models[0].facts.values["license"] is None


def test_equal_answers_give_equal_digests_and_changes_others() -> None:
    def digests(**metadata: Any) -> list[str]:
        return [m.facts.digest for m in catalog(PAGE, lab__net=CONF, metadata=metadata).models]

    assert digests() == digests()
    other = digests(**{"lab/net": {"license": {"spdx_id": "MIT"}}})
    assert all(one != two for one, two in zip(digests(), other, strict=True))
