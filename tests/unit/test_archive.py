from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.recordloader import ArcWarcRecord

from miner.errors import InvalidData
from miner.pipelines.sources.archive import warc_record as archive_record
from miner.pipelines.sources.archive.decisions import content_of, decision
from miner.pipelines.sources.archive.segments import Archive, ArchiveReader
from miner.pipelines.sources.received import Location, ReceivedAnswer
from miner.schema.vocab import AnswerKind

BIG = 1_000_000


def answer(body: bytes = b"body", **changes: object) -> ReceivedAnswer:
    facts: dict[str, object] = {
        "kind": "file",
        "url": "http://hub.test/acme/one/resolve/abc/README.md",
        "status": 200,
        "headers": {"content-type": "text/plain", "etag": '"1f"', "content-length": str(len(body))},
        "body": body,
        "observed_at": datetime.fromisoformat("2026-08-22T01:02:03"),
        "context": {"hub": "huggingface", "name": "acme/one", "path": "README.md"},
        "final_url": "http://hub.test/api/resolve-cache/models/acme/one/abc/README.md?etag=%221f%22",
    }
    return ReceivedAnswer(**{**facts, **changes})  # type: ignore[arg-type]


ODD = [
    answer(b""),
    answer(b"\0\r\n\r\nWARC/1.1\r\n\r\n" * 50),
    answer("Überschrift — 模型 🦙\n".encode()),
    answer(b"\xff\xfe not utf-8 \x1f\x8b\x08"),
    answer(b"x" * 700_000, observed_at=datetime.fromisoformat("2026-08-22T01:02:03.456789")),
    answer(b"gone", status=404, headers={"content-length": "4", "x-error-code": "EntryNotFound"}),
    answer(b"odd", status=599, context={"name": "ac\nme/\"模型'", "page": "7"}, final_url=""),
    answer(
        b"[]", kind="listing", url="http://hub.test/api/models?cursor=a%3D&filter=ü", context={}
    ),
]


def read_with_warcio(path: Path) -> list[ArcWarcRecord]:
    with path.open("rb") as file:
        return list(WarcioIterator(file, check_digests="raise"))


@pytest.mark.parametrize("sent", ODD, ids=range(len(ODD)))
def test_an_answer_comes_back_whole(tmp_path: Path, sent: ReceivedAnswer) -> None:
    archive = Archive(tmp_path, segment_bytes=BIG)
    place = archive.append(sent)
    expected = {**sent.headers, "content-length": str(len(sent.body))}

    got = archive.read(place.segment, place.offset)

    assert got == ReceivedAnswer(
        sent.kind, sent.url, sent.status, expected, sent.body, sent.observed_at, sent.context,
        sent.final_url,
    )  # fmt: skip
    archive.close()


@given(body=st.binary(max_size=2_000), text=st.text(max_size=40))
def test_any_payload_and_context_round_trip(body: bytes, text: str) -> None:
    sent = answer(body, context={"text": text})
    member = archive_record.response_member(sent, archive_record.payload_digest(body))
    record = archive_record.parse_record(gzip.decompress(member))
    assert record is not None
    assert (record.answer.body, record.answer.context) == (body, {"text": text})


def test_headers_lose_encodings_and_line_breaks(tmp_path: Path) -> None:
    headers = {
        "content-encoding": "gzip", "transfer-encoding": "chunked", "content-length": "3",
        "set-cookie": "session=1", "x-odd": "a\r\nauthorization: Bearer b", "x-utf": "é",
    }  # fmt: skip
    archive = Archive(tmp_path, segment_bytes=BIG)
    place = archive.append(answer(b"longer", headers=headers))
    got = archive.read(place.segment, place.offset).headers
    assert got == {"x-odd": "a authorization: Bearer b", "x-utf": "%C3%A9", "content-length": "6"}
    archive.close()


def test_a_payload_is_kept_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=BIG)
    text = b"the same card " * 5_000
    first = archive.append(answer(text))
    second = archive.append(
        answer(text, url="http://hub.test/other", status=203, context={"a": "b"})
    )
    third = archive.append(answer(text), Archive.prepare(answer(text)))
    assert second.digest == first.digest == third.digest
    got = archive.read(second.segment, second.offset)
    assert (got.body, got.url, got.status) == (text, "http://hub.test/other", 203)
    assert got.context == {"a": "b"}
    archive.close()
    types = [record.rec_type for record in read_with_warcio(tmp_path / first.segment)]
    assert types == ["warcinfo", "response", "revisit", "revisit"]


def test_a_later_process_finds_payloads_by_the_callable(tmp_path: Path) -> None:
    text = b"card " * 300
    places: dict[str, Location] = {}

    def open_archive() -> Archive:
        return Archive(tmp_path, segment_bytes=BIG, find_payload=places.get)

    archive = open_archive()
    first = archive.append(answer(text))
    archive.close()
    places[first.digest] = first
    archive = open_archive()
    second = archive.append(answer(text, url="http://hub.test/2"))
    archive.close()
    places[first.digest] = second  # an index may know the revisit record only
    archive = open_archive()
    third = archive.append(answer(text, url="http://hub.test/3"))
    assert third.length < first.length + 200
    assert archive.read(third.segment, third.offset).body == text
    archive.close()
    records = read_with_warcio(tmp_path / first.segment)
    assert [r.rec_type for r in records[1:]] == ["response", "revisit", "revisit"]
    assert records[3].rec_headers["WARC-Refers-To-Target-URI"] == answer().url


def test_a_wrong_index_keeps_the_payload_again(tmp_path: Path) -> None:
    wrong = Location("000009.warc.gz", 5, 5, "X")
    archive = Archive(tmp_path, segment_bytes=BIG, find_payload=lambda _: wrong)
    place = archive.append(answer(b"text"))
    other = archive.append(answer(b"other"))
    assert archive.read(place.segment, place.offset).body == b"text"
    assert archive.read(other.segment, other.offset).body == b"other"
    archive.close()


def test_segments_roll_and_scan_gives_back_the_places(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=4_000)
    written = [(archive.append(a), a) for i in range(40) for a in [answer(b"%d" % (i % 17) * 90)]]
    archive.flush()
    assert len(archive.segments()) > 2
    scanned = list(archive.scan())
    assert [place for place, _ in scanned] == [place for place, _ in written]
    assert [got.body for _, got in scanned] == [sent.body for _, sent in written]
    archive.close()


def test_scan_goes_on_behind_what_is_known(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=1_500)
    places = [archive.append(answer(b"%d" % i)) for i in range(20)]
    known = {place.segment: place.offset + place.length for place in places[:7]}
    assert [place for place, _ in ArchiveReader(tmp_path).scan(known)] == places[7:]
    with pytest.raises(InvalidData, match="ends at byte"):
        list(archive.scan({places[0].segment: 10**9}))
    archive.close()


def test_a_second_writer_appends_to_the_segment(tmp_path: Path) -> None:
    for body in (b"one", b"two"):
        archive = Archive(tmp_path, segment_bytes=BIG)
        archive.append(answer(body))
        archive.close()
    assert archive.segments() == ["000001.warc.gz"]
    assert [got.body for _, got in ArchiveReader(tmp_path).scan()] == [b"one", b"two"]


def test_other_tools_read_a_segment(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=BIG)
    place = archive.append(answer(b"text of a card"))
    archive.append(answer(b"text of a card"))
    archive.close()
    path = tmp_path / place.segment
    with_warcio = read_with_warcio(path)
    assert [record.rec_type for record in with_warcio] == ["warcinfo", "response", "revisit"]
    assert with_warcio[1].rec_headers["WARC-Target-URI"] == answer().url
    with_fastwarc = [
        (record.stream_pos, record.verify_block_digest(), record.reader.read())
        for record in FastIterator(str(path), parse_http=False)
        if record.headers["WARC-Type"] == "response"
    ]
    assert [found[:2] for found in with_fastwarc] == [(place.offset, True)]
    assert with_fastwarc[0][2].endswith(b"text of a card")
    text = gzip.decompress(path.read_bytes()).lower()
    assert b"authorization" not in text
    assert b"cookie" not in text


def test_reading_where_nothing_stands_names_the_place(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=BIG)
    place = archive.append(answer())
    with pytest.raises(InvalidData, match=f"byte {place.offset + 1} of .*{place.segment}"):
        archive.read(place.segment, place.offset + 1)
    with pytest.raises(InvalidData, match="000077"):
        archive.read("000077.warc.gz", 0)
    with pytest.raises(InvalidData, match="no answer"):
        archive.read(place.segment, 0)
    archive.close()


def test_an_absent_archive_is_empty(tmp_path: Path) -> None:
    assert list(ArchiveReader(tmp_path / "none").scan()) == []


def test_a_decision_is_a_metadata_record_that_other_tools_read(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=BIG)
    sent = decision(AnswerKind.SCAN, "coder/模型", {"sites": [1, None]}, repository="coder/模型")
    places = [archive.append(sent) for _ in range(2)]
    archive.close()
    for place in places:
        read = ArchiveReader(tmp_path).read(place.segment, place.offset)
        assert read == replace(sent, url="urn:miner:scan:coder/%E6%A8%A1%E5%9E%8B")
        assert content_of(read) == {"sites": [1, None]}
    _, *records = read_with_warcio(tmp_path / places[0].segment)
    assert [record.rec_type for record in records] == ["metadata", "metadata"]
