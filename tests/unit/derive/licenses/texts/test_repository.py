"""What the files of a repository say, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from miner.pipelines.derive.licenses.texts import paths
from miner.pipelines.derive.licenses.texts.found import LicenseScope, Method, TextState
from miner.pipelines.derive.licenses.texts.license_summary import LicenseSummary, summarize
from miner.pipelines.derive.licenses.texts.paths import FileStanding, StatementPlace
from miner.pipelines.derive.licenses.texts.repository_texts import (
    MAX_FILES,
    MAX_TEXTS,
    LicenseReader,
    watch,
)
from miner.pipelines.scan.source_files import SourceFile
from tests.license_texts import BODY, apache, bsd, gpl, mit, statements_of


def _summary(files: Mapping[str, str | bytes]) -> LicenseSummary:
    return summarize(statements_of(files))


def test_a_repository_without_any_statement() -> None:
    found = _summary({"README.md": "# Acme\n\nDoes things.\n", "acme.py": "print(1)\n"})
    assert (found.code.state, found.weights.state) == (TextState.NONE, TextState.NONE)


def test_one_license_file() -> None:
    found = _summary({"LICENSE": mit(), "acme.py": "print(1)\n"})
    assert (found.code.state, found.code.licenses) == (TextState.RECOGNIZED, ("mit",))
    assert found.weights.state is TextState.NONE


def test_code_and_weights_apart() -> None:
    found = _summary(
        {"LICENSE-CODE": mit(), "LICENSE-MODEL": f"DEEPSEEK LICENSE AGREEMENT\n\n{BODY}"}
    )
    assert found.code.licenses == ("mit",)
    assert found.weights.licenses == ("deepseek",)
    assert found.contradictions == ()


def test_a_model_license_alone_in_the_root_covers_the_code_too() -> None:
    found = _summary({"LICENSE": f"LLAMA 2 COMMUNITY LICENSE AGREEMENT\n\n{BODY}"})
    assert found.code.licenses == found.weights.licenses == ("llama2",)
    named = _summary({"MODEL_LICENSE": f"LLAMA 2 COMMUNITY LICENSE AGREEMENT\n\n{BODY}"})
    assert (named.code.state, named.weights.licenses) == (TextState.NONE, ("llama2",))


def test_an_unrecognized_file_is_no_missing_file() -> None:
    files = {"LICENSE": f"Acme License\n\n{BODY}", "pyproject.toml": '[project]\nlicense = "MIT"\n'}
    found = _summary(files)
    assert (found.code.state, found.code.licenses) == (TextState.UNRECOGNIZED, ())
    assert found.code.statements[0].wording == "Acme License"


def test_a_file_that_only_points_leaves_the_word_to_others() -> None:
    found = _summary(
        {"LICENSE": "See https://example.org/terms", "package.json": '{"license": "MIT"}'}
    )
    assert found.code.licenses == ("mit",)


def test_a_choice_of_two_files() -> None:
    files: dict[str, str | bytes] = {"LICENSE-MIT": mit(), "LICENSE-APACHE": apache()}
    found = _summary(files)
    assert (found.code.state, found.code.joined) == (TextState.SEVERAL, "")
    files["Cargo.toml"] = '[package]\nlicense = "MIT OR Apache-2.0"\n'
    found = _summary(files)
    assert (found.code.joined, set(found.code.licenses)) == ("or", {"mit", "apache-2.0"})
    pointing = _summary(
        {"LICENSE": "Either of LICENSE.APACHE or LICENSE.BSD, at your option.",
         "LICENSE.APACHE": apache(), "LICENSE.BSD": bsd()}
    )  # fmt: skip
    assert pointing.code.joined == "or"


def test_nested_and_vendored_files_say_nothing_of_the_whole() -> None:
    files = {
        "LICENSE": mit(),
        "acme/part/LICENSE": bsd(),
        "third_party/lib/LICENSE": apache(),
        "vendor/x/package.json": '{"license": "GPL-3.0"}',
        "node_modules/y/LICENSE": gpl(),
    }
    found = {one.path: one for one in statements_of(files)}
    assert found["acme/part/LICENSE"].standing is FileStanding.NESTED
    assert found["acme/part/LICENSE"].folder == "acme/part"
    assert found["third_party/lib/LICENSE"].standing is FileStanding.VENDORED
    assert found["vendor/x/package.json"].standing is FileStanding.VENDORED
    assert "node_modules/y/LICENSE" not in found
    assert _summary(files).code.licenses == ("mit",)
    assert _summary(files).contradictions == ()


def test_a_nested_license_of_weights_counts_for_weights() -> None:
    found = _summary(
        {"LICENSE": mit(), "projects/big/MODEL_LICENSE.md": f"OPT-175B LICENSE AGREEMENT\n\n{BODY}"}
    )
    assert (found.code.licenses, found.weights.licenses) == (("mit",), ("opt-175b",))


def test_a_section_of_the_readme_is_the_weakest_word() -> None:
    text = (
        "# Acme\n\nMIT is a school.\n\n## License\n\nThe code is under the Apache 2.0 license."
        " The weights are released under CC-BY-NC 4.0.\n\n## Citation\n\nGPL-3.0\n"
    )
    found = _summary({"README.md": text})
    assert (found.code.licenses, found.weights.licenses) == (("apache-2.0",), ("cc-by-nc-4.0",))
    assert found.code.statements[0].place is StatementPlace.README
    assert text.split("\n")[found.code.statements[0].line - 1].startswith("The code is under")


def test_headings_of_a_section_say_what_is_covered() -> None:
    text = "# A\n\n# License\n\n## Code\n\nMIT License\n\n## Model weights\n\nGemma Terms of Use\n"
    found = _summary({"README.md": text})
    assert (found.code.licenses, found.weights.licenses) == (("mit",), ("gemma",))


def test_contradictions() -> None:
    files = {"LICENSE": gpl(), "setup.py": 'setup(license="MIT")\n'}
    ((first, second),) = _summary(files).contradictions
    assert (first.path, second.path) == ("LICENSE", "setup.py")
    files["setup.py"] = 'setup(license="GPL-3.0-or-later")\n'  # the text leaves it open
    assert _summary(files).contradictions == ()
    broad = {"LICENSE": bsd(), "setup.py": 'setup(license="BSD")\n'}
    assert _summary(broad).contradictions == ()
    texts = {"LICENSE": mit(), "LICENSES/Apache-2.0.txt": apache(), "NOTICE": bsd()}
    assert _summary(texts).contradictions == ()


def test_tags_are_counted() -> None:
    line = "# SPDX-License-Identifier: "
    files: dict[str, str | bytes] = {
        f"acme/f{number}.py": f"#!/bin/python\n{line}Apache-2.0\n" for number in range(5)
    }
    files["acme/g.py"] = f"{line}MIT OR BSD-2-Clause\n"
    files["acme/late.py"] = "x = 1\n" * 1_000 + f"{line}GPL-2.0\n"  # text in the code, not a tag
    found = [one for one in statements_of(files) if one.place is StatementPlace.SPDX_TAGS]
    assert [(one.licenses, one.joined, one.count, one.line) for one in found] == [
        (("apache-2.0",), "", 5, 2),
        (("mit", "bsd-2-clause"), "or", 1, 1),
    ]
    assert {one.method for one in found} == {Method.SPDX_TAG}


def test_metadata_that_names_no_license_is_kept_as_written() -> None:
    (found,) = statements_of({"package.json": '{"license": "UNLICENSED-ACME-7"}'})
    assert (found.state, found.reason, found.wording) == (
        TextState.UNRECOGNIZED, "unknown-name", "UNLICENSED-ACME-7",
    )  # fmt: skip


def test_forty_license_files() -> None:
    files: dict[str, str | bytes] = {f"part{number}/LICENSE": mit() for number in range(40)}
    found = statements_of(files)
    assert len(found) == 40
    assert {one.licenses for one in found} == {("mit",)}


def test_more_different_texts_than_are_read() -> None:
    files: dict[str, str | bytes] = {
        f"part{number}/LICENSE": f"{mit()}\n{number}\n" for number in range(MAX_TEXTS + 5)
    }
    files["LICENSE"] = apache()
    reader = LicenseReader()
    for path, data in files.items():
        reader.add(path, data if isinstance(data, bytes) else data.encode())
    found = reader.statements()
    assert found[0].licenses == ("apache-2.0",)  # the root comes first
    assert reader.skipped["bound"] == 6
    assert sum(one.reason == "bound" for one in found) == 6


@pytest.mark.parametrize(
    ("data", "state", "reason"),
    [
        (b"", TextState.EMPTY, ""),
        (bytes(range(256)) * 200, TextState.UNRECOGNIZED, "binary"),
        (b"\xff\xfe" + b"\xd8" * 9, TextState.UNRECOGNIZED, "binary"),
        (b"not said\n" * 600_000, TextState.UNRECOGNIZED, "unknown-text"),
    ],
)
def test_bad_files_have_a_state(data: bytes, state: TextState, reason: str) -> None:
    (found,) = statements_of({"LICENSE": data})
    assert (found.state, found.reason, found.licenses) == (state, reason, ())


def test_five_megabytes_of_licenses() -> None:
    (found,) = statements_of({"LICENSE": (mit() + "\n\nThird-party notices\n\n") * 4_000})
    assert found.licenses == ("mit",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    text = mit().replace("(c)", "©", 1)
    (found,) = statements_of({"LICENSE": text.encode(encoding)})
    assert found.licenses == ("mit",)


def test_a_file_that_was_not_read_is_there_all_the_same() -> None:
    reader = LicenseReader()
    reader.add("LICENSE", None, "too-large")
    (found,) = reader.statements()
    assert (found.state, found.reason) == (TextState.UNRECOGNIZED, "too-large")
    assert summarize([found]).code.state is TextState.UNRECOGNIZED
    assert reader.skipped == {"too-large": 1}


def test_a_scan_goes_on_untouched() -> None:
    files = [
        SourceFile("LICENSE", mit().encode(), "a"),
        SourceFile("x.py", None, skipped="symlink"),
    ]
    reader = LicenseReader()
    assert list(watch(files, reader)) == files
    assert [one.licenses for one in reader.statements()] == [("mit",)]


def test_on_a_hub_an_open_license_covers_the_weights() -> None:
    found = summarize(statements_of({"LICENSE": apache()}), home=LicenseScope.WEIGHTS)
    assert (found.weights.licenses, found.code.state) == (("apache-2.0",), TextState.NONE)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("LICENSE", StatementPlace.LICENSE_FILE),
        ("LICENCE.md", StatementPlace.LICENSE_FILE),
        ("COPYING.LESSER", StatementPlace.LICENSE_FILE),
        ("LICENSE-APACHE-2.0", StatementPlace.LICENSE_FILE),
        ("MIT-LICENSE.txt", StatementPlace.LICENSE_FILE),
        ("UNLICENSE", StatementPlace.LICENSE_FILE),
        ("Acme Model LICENSE AGREEMENT", StatementPlace.LICENSE_FILE),
        ("AcmeCommunityLicenseAgreement", StatementPlace.LICENSE_FILE),
        ("gemma_terms_of_use.txt", StatementPlace.LICENSE_FILE),
        ("LICENSES/MIT.txt", StatementPlace.LICENSES_FOLDER),
        ("model_licenses/LICENSE-A", StatementPlace.LICENSES_FOLDER),
        ("NOTICE.txt", StatementPlace.NOTICE),
        ("THIRD-PARTY-NOTICES.txt", StatementPlace.NOTICE),
        ("USE_POLICY.md", StatementPlace.USE_POLICY),
        ("pyproject.toml", StatementPlace.METADATA),
        ("README.md", StatementPlace.README),
        ("docs/README.md", None),
        ("license.py", None),
        ("src/license.json", None),
        ("license_header.txt", None),
        ("check_license.sh", None),
        ("docs/images/license.svg", None),
        ("train.py", None),
    ],
)
def test_which_files_count(path: str, place: StatementPlace | None) -> None:
    assert paths.place_of(path) is place
    assert paths.is_wanted(path) is (place is not None)


def test_a_file_named_after_a_part_does_not_speak_for_the_whole() -> None:
    found = _summary({"LICENSE": apache(), "LICENSE_acmelib": bsd()})
    assert found.code.licenses == ("apache-2.0",)
    both = _summary({"LICENSE": mit(), "LICENSE-APACHE": apache()})
    assert set(both.code.licenses) == {"mit", "apache-2.0"}


def test_what_a_readme_names_beside_its_scopes_contradicts_nothing() -> None:
    text = "# A\n\n# License\n\nWeights: CC BY-SA 4.0.\n\nCredit as in Creative Commons Zero 1.0.\n"
    assert _summary({"LICENSE": mit(), "README.md": text}).contradictions == ()
    alone = "# A\n\n# License\n\nGPL-3.0\n"
    assert len(_summary({"LICENSE": mit(), "README.md": alone}).contradictions) == 1


def test_a_tree_of_packages_does_not_crowd_out_the_license_of_the_whole() -> None:
    reader = LicenseReader()
    for number in range(MAX_FILES + 5):
        reader.add(f"3rd/p{number}/LICENSE", mit().encode())
    reader.add("LICENSE", apache().encode())
    (own,) = (one for one in reader.statements() if one.standing is FileStanding.OWN)
    assert own.licenses == ("apache-2.0",)
    assert reader.skipped["bound"] == 5


def test_nobody_is_named_in_what_a_package_declares() -> None:
    wording = "Acme terms, ask legal@acme.example.com"
    (own,) = statements_of({"setup.cfg": f"[metadata]\nlicense = {wording}\n"})
    assert (own.wording, own.quote) == ("Acme terms, ask [email]",) * 2
