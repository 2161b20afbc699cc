"""Which license is in one text: standard texts, changed ones, several, none."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.licenses.texts.detect import MAX_TEXT, detect
from miner.pipelines.derive.licenses.texts.found import MAX_QUOTE, LicenseScope, Method, TextState
from tests.license_texts import BODY, apache, bsd, gpl, mit, text_of

DISPLAY = (
    "Our only change: a product or service with more than a hundred million monthly active users"
    " shall show our name in its user interface."
)
NON_COMMERCIAL = (
    "In addition to the above, the Software may not be used for commercial purposes by anybody who"
    " has not asked us first."
)


def test_standard_texts() -> None:
    assert detect(mit(), "LICENSE").license == "mit"
    assert detect(apache(), "LICENSE").license == "apache-2.0"
    assert detect(bsd(), "LICENSE").license == "bsd-3-clause"
    assert detect(text_of("packaging", "LICENSE.BSD"), "LICENSE").license == "bsd-2-clause"
    assert detect(text_of("certifi", "licenses/LICENSE")).license == "mpl-2.0"


def test_a_gnu_text_leaves_only_or_later_open() -> None:
    found = detect(gpl(), "COPYING")
    assert (found.license, found.spdx) == ("gpl-3.0", "GPL-3.0-only OR GPL-3.0-or-later")
    assert len(found.matches) == 1  # the specimen of a header at its end is none
    lesser = detect(text_of("pygithub", "COPYING.LESSER") + "\n\n" + gpl(), "COPYING.LESSER")
    assert lesser.license == "lgpl-3.0"  # the GPL's text goes with it


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("SPDX-License-Identifier: GPL-3.0-only", "gpl-3.0-only"),
        ("SPDX-License-Identifier: GPL-3.0-or-later", "gpl-3.0-or-later"),
    ],
)
def test_a_tag_above_a_gnu_text_says_only_or_later(header: str, key: str) -> None:
    assert detect(f"{header}\n\n{gpl()}", "COPYING").license == key


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_do_not_matter(ending: str) -> None:
    assert detect(mit().replace("\n", ending)).license == "mit"


def test_a_display_clause_makes_it_the_modified_mit() -> None:
    title = mit().replace("MIT License", "Modified MIT License", 1)
    for text in (f"{title}\n{DISPLAY}\n", f"{mit()}\n\n{DISPLAY}\n"):
        found = detect(text, "LICENSE")
        assert (found.state, found.license) == (TextState.RECOGNIZED, "modified-mit")


def test_other_terms_beside_a_standard_text_leave_it_unrecognized() -> None:
    for base, key in ((mit(), "mit"), (apache(), "apache-2.0")):
        found = detect(f"{base}\n\n{NON_COMMERCIAL}\n", "LICENSE")
        assert (found.state, found.reason, found.resembles) == (
            TextState.UNRECOGNIZED, "extra-terms", key,
        )  # fmt: skip
        assert found.licenses == ()


def test_terms_beside_a_named_license_leave_it_unrecognized() -> None:
    text = (
        "Acme License\n\nAcme is under the Apache License 2.0, with additional conditions: ask us."
    )
    found = detect(text, "LICENSE")
    assert (found.state, found.resembles) == (TextState.UNRECOGNIZED, "apache-2.0")


def test_a_changed_sentence_leaves_it_unrecognized() -> None:
    changed = mit().replace("without restriction, including", "for study at schools, including")
    assert changed != mit()
    found = detect(changed, "LICENSE")
    assert (found.state, found.reason, found.resembles) == (
        TextState.UNRECOGNIZED, "changed-text", "mit",
    )  # fmt: skip


def test_an_apache_like_body_under_another_title_is_that_license() -> None:
    found = detect(f"TII Falcon LLM License Version 1.0\n\n{apache()}", "LICENSE.txt")
    assert found.licenses == ("falcon",)


def test_two_texts_in_one_file_are_several() -> None:
    found = detect(f"{mit()}\n\n{apache()}", "LICENSE")
    assert (found.state, found.licenses) == (TextState.SEVERAL, ("mit", "apache-2.0"))
    assert (found.joined, found.spdx) == ("", "")  # how they relate is not said


def test_a_choice_is_read_from_what_stands_around_the_texts() -> None:
    preface = "Licensed under either of the following licenses, at your option.\n\n"
    found = detect(f"{preface}{mit()}\n\n{apache()}", "LICENSE")
    assert (found.joined, found.spdx) == ("or", "MIT OR Apache-2.0")


def test_a_model_license_beside_a_standard_text() -> None:
    # The words of the terms are its own, and say nothing of the text below.
    terms = f"{BODY}\n\nUse by any third party for what is listed here is prohibited by this text."
    found = detect(f"Gemma Terms of Use\n\n{terms}\n\n{apache()}", "LICENSE")
    assert found.licenses == ("gemma", "apache-2.0")


def test_work_of_others_is_kept_apart() -> None:
    text = f"{bsd()}\n\nThis product bundles libacme, which is under:\n\n{mit()}"
    found = detect(text, "LICENSE.txt")
    assert (found.license, found.third_party) == ("bsd-3-clause", ("mit",))


def test_a_list_of_others_work_states_no_license_of_its_own() -> None:
    found = detect(f"libacme\n\n{mit()}\n\nlibother\n\n{apache()}", "THIRD-PARTY-NOTICES")
    assert (found.state, found.reason) == (TextState.UNRECOGNIZED, "no-license-in-it")
    assert found.third_party == ("mit", "apache-2.0")


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("LICENSE", LicenseScope.UNKNOWN),
        ("LICENSE-CODE", LicenseScope.CODE),
        ("CODE_LICENSE", LicenseScope.CODE),
        ("LICENSE-MODEL", LicenseScope.WEIGHTS),
        ("LICENSE_weights", LicenseScope.WEIGHTS),
        ("MODEL_LICENSE", LicenseScope.WEIGHTS),
        ("model_licenses/LICENSE-A", LicenseScope.WEIGHTS),
        ("DATA_LICENSE", LicenseScope.DATA),
        ("LICENSE-docs", LicenseScope.DOCS),
        ("src/models/LICENSE", LicenseScope.UNKNOWN),
        ("data/LICENSE", LicenseScope.UNKNOWN),  # a license of software may cover the scripts in it
    ],
)
def test_a_file_name_says_what_is_covered(path: str, scope: LicenseScope) -> None:
    assert detect(apache(), path).scope is scope


def test_sentences_say_what_each_license_covers() -> None:
    text = "The code is released under the MIT License, the model weights under CC-BY-NC-4.0.\n"
    found = detect(text, "LICENSE")
    assert {match.license: match.scope for match in found.matches} == {
        "mit": LicenseScope.CODE,
        "cc-by-nc-4.0": LicenseScope.WEIGHTS,
    }
    assert (found.state, found.joined) == (TextState.SEVERAL, "and")
    assert {match.method for match in found.matches} == {Method.REFERENCE}


def test_a_preface_says_what_the_text_below_covers() -> None:
    preface = "The source code in this repository is licensed under the MIT License:\n\n"
    assert detect(preface + mit(), "LICENSE").scope is LicenseScope.CODE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("See https://example.org/our-terms\n", "points-elsewhere"),
        ("../LICENSE", "points-elsewhere"),
        ("Either of LICENSE.APACHE and LICENSE.BSD, at your option.", "points-elsewhere"),
        ("All rights reserved.\n", "no-license-in-it"),
        (BODY, "unknown-text"),
        ("\x00\x01\x02PK\x03\x04" * 50, "binary"),
        ("\ufffd" * 300, "binary"),
    ],
)
def test_what_says_nothing_has_a_reason(text: str, reason: str) -> None:
    found = detect(text, "LICENSE")
    assert (found.state, found.reason, found.licenses) == (TextState.UNRECOGNIZED, reason, ())


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff\n"])
def test_an_empty_file(text: str) -> None:
    assert detect(text, "LICENSE").state is TextState.EMPTY


def test_a_huge_text_is_cut_and_still_read() -> None:
    found = detect(mit() + "\n\nThird-party software:\n" + "x y z\n" * MAX_TEXT, "LICENSE")
    assert (found.license, found.is_cut) == ("mit", True)


def test_evidence_stands_where_it_says() -> None:
    text = f"Some words first.\n\n{mit()}\n\nThis product bundles another:\n\n{apache()}"
    for match in detect(text, "LICENSE").matches:
        assert text[match.start : match.end] == match.quote
        assert 0 < len(match.quote) <= MAX_QUOTE
        assert text.split("\n")[match.line - 1].strip().startswith(match.quote.split("\n")[0])
        assert "@" not in match.quote


def test_a_copy_in_a_folder_of_others_work_has_its_own_license() -> None:
    assert detect(mit(), "thirdparty/acme/LICENSE").license == "mit"


def test_a_notice_may_say_more_than_licenses() -> None:
    found = detect(f"Acme is under:\n\n{mit()}\n\n{NON_COMMERCIAL}", "NOTICE.md")
    assert found.license == "mit"


def test_a_modified_mit_without_the_display_clause_is_another_text() -> None:
    changed = mit().replace("MIT License", "Modified MIT License", 1)
    changed = changed.replace("without restriction, including", "for study, including")
    found = detect(changed, "LICENSE")
    assert (found.state, found.resembles) == (TextState.UNRECOGNIZED, "mit")


@pytest.mark.parametrize("inner", [mit(), "This part is under the Apache License, Version 2.0.\n"])
def test_an_agreement_that_holds_a_license_is_not_that_license(inner: str) -> None:
    found = detect(f"Acme End User License Agreement\n\n{BODY}\n\n{inner}\n\n{BODY * 3}")
    assert (found.state, found.reason) == (TextState.UNRECOGNIZED, "unknown-text")
    assert found.title == "Acme End User License Agreement"
    assert found.licenses == ()


def test_the_german_word_is_no_license() -> None:
    assert detect("Bearbeitung nur mit Erlaubnis der Verwaltung.", "LICENSE").matches == ()
