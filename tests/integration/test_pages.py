"""``miner serve``: every kind of page over the data of the demo, and what must not harm it."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import duckdb
import httpx2
import polars
import pytest
import uvicorn

from miner.cli import main
from miner.queries.loader import load, shipped_queries
from miner.schema.published import PUBLISHED
from miner.web.app import build_app
from miner.web.cells import shown
from miner.web.source import FileSource
from tests.demo_data import MODEL, REPOSITORY, crawl_demo
from tests.hostile_text import HOSTILE_NAMES, HOSTILE_SQL, TOO_MUCH

ADDRESS = re.compile(r"(?:/(?!/)|[?#]|https?://)")
PAGES = (
    "/", "/search", "/search?q=harbor", "/search?q=harbor&kind=model", "/queries", "/sql",
    f"/model/huggingface/{MODEL}", f"/repository/{REPOSITORY}", "/license/apache-2.0",
    "/family/mixtral", "/paper/2401.15713", "/dataset/huggingface/HuggingFaceFW/fineweb",
    "/queries/models/by_license?min_downloads=10&_sort=models&_desc=1&_page=7",
    "/sql?" + urlencode({"sql": "SELECT name, downloads FROM model"}), "/schema", "/schema/model",
)  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's file, with models of hostile names in it, and one of which nothing is known."""
    path = crawl_demo(tmp_path_factory.mktemp("demo"))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO model BY NAME SELECT 'huggingface' AS hub, 'none/nothing' AS name"
        )
        for name in HOSTILE_NAMES:
            values = {"name": name}
            connection.execute(
                "INSERT INTO model BY NAME SELECT 'huggingface' AS hub, $name AS name, 'present' "
                "AS state, $name AS license, 'javascript:alert(1)' AS evidence_url", values
            )  # fmt: skip
            connection.execute(
                "INSERT INTO model_edge BY NAME SELECT 'huggingface' AS hub, $name AS child, "
                "$name AS parent, 'finetune' AS relation, true AS is_parent_held", values
            )  # fmt: skip
        connection.execute(
            "INSERT INTO model_observation BY NAME SELECT 'huggingface' AS hub, $name AS model, "
            "TIMESTAMP '2024-01-01' + INTERVAL (i) MONTH AS observed_at, i * 10 AS downloads "
            "FROM range(5) AS t(i)", {"name": HOSTILE_NAMES[0]}
        )  # fmt: skip
    return path


@contextmanager
def serving_pages(path: Path, seconds: float = 10) -> Iterator[httpx2.Client]:
    """Serve a file on loopback as the command does."""
    app = build_app(FileSource(path, seconds=seconds, memory_mb=500))
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def site(file: Path) -> Iterator[httpx2.Client]:
    with serving_pages(file) as client:
        yield client


@pytest.fixture(scope="module")
def hurried(file: Path) -> Iterator[httpx2.Client]:
    """The same file, served to people who have half a second."""
    copy = shutil.copy(file, file.with_name("copy.duckdb"))
    with serving_pages(Path(copy), seconds=0.5) as client:
        yield client


def test_the_page_of_tables_draws_every_reference(site: httpx2.Client) -> None:
    text = site.get("/schema").text
    assert "``" not in text
    drawn = re.findall(r'<text class="columns"[^>]*>([^<]+)</text>', text)
    references = {
        f"{', '.join(one.columns)} → {one.table}"
        for table in PUBLISHED.values()
        for one in table.references
    }
    assert {html.unescape(line) for line in drawn} == references
    for name in PUBLISHED:
        assert site.get(f"/schema/{name}").status_code == 200, name
    assert site.get("/schema/no_such_table").status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_a_page_and_its_json(site: httpx2.Client, address: str) -> None:
    page = site.get(address)
    assert page.status_code == 200, page.text
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?! src=\"/static/)|\son\w+=| style=", page.text)
    for place in re.findall(r"<(?:script|img|link)[^>]* (?:src|href)=\"([^\"]+)\"", page.text):
        assert place.startswith(("/static/", "/queries/"))
    assert site.get(address, headers={"accept": "application/json"}).json() is not None
    (other,) = re.findall(r'href="([^"]+)">This page as JSON', page.text)
    assert site.get(other.replace("&amp;", "&")).headers["content-type"] == "application/json"


def test_every_query_has_a_page(site: httpx2.Client) -> None:
    listed = site.get("/queries").text
    for name, query in shipped_queries(load()).items():
        assert f'href="/queries/{name}"' in listed
        page = site.get(f"/queries/{name}")
        assert page.status_code == 200, page.text
        assert all(f'name="{param.name}"' in page.text for param in query.params)


def test_a_model_leads_to_its_license_base_and_lines(site: httpx2.Client) -> None:
    text = site.get(f"/repository/{REPOSITORY}").text
    assert re.search(r'href="https://github\.com/[^"]+/blob/[0-9a-f]{40}/[^"]+#L\d+"', text)
    (used,) = re.findall(r'href="(/model/huggingface/[^"]+Harbor-1B-Instruct)"', text)[:1]
    model = site.get(used).text
    assert f'href="/model/huggingface/{MODEL}"' in model
    assert 'href="/license/apache-2.0"' in model
    assert 'class="verdict ' in model
    assert "<q>" in site.get(f"/model/huggingface/{MODEL}").text


def test_answers_as_files(site: httpx2.Client) -> None:
    place = "/queries/models/by_license"
    rows = site.get(f"{place}.json?top=5").json()
    csv = polars.read_csv(site.get(f"{place}.csv?top=5").content)
    parquet = polars.read_parquet(io.BytesIO(site.get(f"{place}.parquet?top=5").content))
    markdown = site.get(f"{place}.md?top=5").text.splitlines()
    assert len(rows) == csv.height == parquet.height == len(markdown) - 2 == 5
    assert site.get(f"{place}.exe").status_code == 404


def test_a_table_is_sorted_and_paged(site: httpx2.Client) -> None:
    sql = {"sql": "SELECT range AS number FROM range(250)"}
    last = site.get("/sql", params={**sql, "_sort": "number", "_desc": "1", "_page": "3"}).text
    assert "page 3 of 3" in last
    assert re.findall(r'<td class="number">(\d+)</td>', last)[-1] == "0"
    assert "the first of more" in site.get("/sql?sql=FROM range(10001)").text


def test_a_picture_is_drawn(site: httpx2.Client) -> None:
    picture = site.get("/queries/models/by_license.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<svg" in picture.text


class Markup(HTMLParser):
    """The elements, attributes and text of a page, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.text += data

    def broken(self) -> list[str]:
        """What strangers' text may have put there: elements, handlers, addresses, steering."""
        found = [*(self.elements & {"img", "iframe", "object", "embed", "base"})]
        for name, value in self.attributes:
            if name.startswith("on") or name in {"style", "srcdoc"}:
                found.append(f"{name}={value}")
            if name in {"href", "src", "action"} and not ADDRESS.match(value):
                found.append(f"{name}={value}")
        return found + [sign for sign in self.text if not (sign.isprintable() or sign in "\n\r\t")]


def shown_as(text: str) -> str:
    """A text as pages show it, white space aside."""
    return "".join(shown(text).split())


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_hostile_names_stay_text(site: httpx2.Client, name: str) -> None:
    asked = urlencode({"hub": "huggingface", "name": name})
    plain = Markup(site.get(f"/model/huggingface/{MODEL}").text)
    for address in (f"/model?{asked}", "/search?" + urlencode({"q": name})):
        page = site.get(address)
        markup = Markup(page.text)
        assert page.status_code == 200
        assert markup.broken() == []
        assert markup.elements <= plain.elements | {
            "svg",
            "line",
            "polyline",
            "figcaption",
            "figure",
        }
        assert shown_as(name) in "".join(markup.text.split())
        assert ">49<" not in page.text
        assert len(page.text) < 400_000
        assert "set-cookie" not in page.headers
    as_json = site.get(f"/model?{asked}", headers={"accept": "application/json"})
    assert as_json.json()["name"] == name
    assert as_json.headers["content-type"] == "application/json"
    for kind in ("license", "family", "repository", "paper", "dataset/huggingface"):
        missing = site.get(f"/{kind}/{quote(name, safe='')}")
        assert missing.status_code in {200, 307, 404}
        assert Markup(missing.text).broken() == []


def test_hostile_names_come_through_files_as_they_are(site: httpx2.Client) -> None:
    sql = {"sql": "SELECT name FROM model WHERE license = name ORDER BY name"}
    csv = site.get("/sql.csv", params=sql)
    assert csv.headers["content-type"].startswith("text/csv")
    assert polars.read_csv(csv.content)["name"].to_list() == sorted(HOSTILE_NAMES)
    rows = site.get("/sql.json", params=sql).json()
    assert [row["name"] for row in rows] == sorted(HOSTILE_NAMES)
    page = Markup(site.get("/sql", params=sql).text)
    assert page.broken() == []
    assert all(shown_as(name) in "".join(page.text.split()) for name in HOSTILE_NAMES)
    markdown = site.get("/sql.md", params=sql).text.splitlines()
    assert len(markdown) == len(HOSTILE_NAMES) + 2
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 2 for line in markdown)
    assert [line for line in markdown if re.search(r"(?<!\\)[<`\[]", line)] == []


def test_a_series_of_downloads_is_drawn(site: httpx2.Client) -> None:
    page = site.get("/model?" + urlencode({"hub": "huggingface", "name": HOSTILE_NAMES[0]})).text
    assert '<polyline points="10.0,150.0' in page
    assert "stands above already" in page


@pytest.mark.parametrize("statement", HOSTILE_SQL, ids=range(len(HOSTILE_SQL)))
def test_hostile_sql_is_refused(
    file: Path, site: httpx2.Client, hurried: httpx2.Client, statement: str
) -> None:
    before = file.stat()
    client = hurried if statement in TOO_MUCH else site
    page = client.get("/sql", params={"sql": statement})
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert Markup(page.text).broken() == []
    refused = client.get("/sql.csv", params={"sql": statement})
    assert refused.status_code == 400
    assert refused.headers["content-type"].startswith("text/html")
    assert "error" in client.get("/sql.json", params={"sql": statement}).json()
    assert client.get("/").status_code == 200
    assert file.stat() == before
    assert not list(Path().glob("hostile*"))


def test_sql_that_is_nearly_right_gets_a_hint(site: httpx2.Client) -> None:
    assert "Did you mean &#34;license&#34;" in site.get("/sql?sql=SELECT licence FROM model").text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example:80"}, 421),
        ({"host": "["}, 421),
        ({"host": "localhost:1"}, 200),
        ({"host": "[::1]:1"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
    ],
)
def test_other_sites_are_refused(site: httpx2.Client, headers: dict[str, str], status: int) -> None:
    assert site.get("/", headers=headers).status_code == status
    assert site.post("/sql", data={"sql": "SELECT 1"}).status_code == 405


def test_what_is_not_there_is_explained(site: httpx2.Client) -> None:
    near = site.get(f"/model/huggingface/{MODEL[:-1]}")
    assert near.status_code == 404
    assert MODEL in near.text
    assert site.get("/nothing/here").status_code == 404
    assert site.get("/static/../app.py").status_code == 404
    assert site.get("/queries/moe/nothing").status_code == 400
    assert "must be BIGINT" in site.get("/queries/models/by_license?top=x").text


def test_a_file_that_is_missing_torn_or_replaced(file: Path, tmp_path: Path) -> None:
    place = tmp_path / "miner.duckdb"
    with serving_pages(place) as site:
        missing = site.get("/")
        assert missing.status_code == 503
        assert "miner export" in missing.text
        place.write_bytes(file.read_bytes()[:100_000])
        torn = site.get("/", headers={"accept": "application/json"})
        assert torn.status_code == 503
        assert "cannot be opened" in torn.json()["error"]
        shutil.copy(file, place)
        count = site.get("/index.json").json()["counts"]["model"]
        newer = tmp_path / "newer.duckdb"
        shutil.copy(file, newer)
        with duckdb.connect(str(newer)) as connection:
            connection.execute("DELETE FROM model WHERE name LIKE 'a/%'")
        newer.replace(place)
        assert site.get("/index.json").json()["counts"]["model"] < count


def test_a_file_that_a_newer_duckdb_wrote_is_explained(file: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.duckdb"
    whole = file.read_bytes()
    newer.write_bytes(whole[:12] + (9999).to_bytes(8, "little") + whole[20:])
    with serving_pages(newer) as site:
        page = site.get("/")
        assert page.status_code == 503
        assert "written by a newer DuckDB" in page.text
        assert 'role="alert"' in page.text


def test_a_model_without_a_fact_has_a_page(site: httpx2.Client) -> None:
    page = site.get("/model/huggingface/none/nothing")
    assert page.status_code == 200
    for words in ("Not derived", "Not observed by a sweep", "not stated", "not known"):
        assert words in page.text
    content = site.get("/model/huggingface/none/nothing.json").json()
    assert content["downloads"] is None
    assert content["is_moe"] is None
    assert content["derivatives"]["total"] == 0


@pytest.fixture(scope="module")
def tangled(file: Path) -> Iterator[httpx2.Client]:
    """Two models that are each other's base, one of them with 100,000 derivatives."""
    copy = shutil.copy(file, file.with_name("tangled.duckdb"))
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "INSERT INTO model BY NAME SELECT 'huggingface' AS hub, name, 'present' AS state, "
            "row_number() OVER () AS downloads FROM (SELECT unnest(['loop/a', 'loop/b']) AS name "
            "UNION ALL SELECT 'many/' || i FROM range(100000) AS t(i))"
        )
        connection.execute(
            "INSERT INTO model_edge BY NAME SELECT 'huggingface' AS hub, child, parent, "
            "'finetune' AS relation, true AS is_parent_held FROM ("
            "FROM (VALUES ('loop/a', 'loop/b'), ('loop/b', 'loop/a'), ('loop/a', 'loop/a')) "
            "AS t(child, parent) "
            "UNION ALL SELECT 'many/' || i, 'loop/a' FROM range(100000) AS t(i))"
        )
    with serving_pages(Path(copy), seconds=5) as client:
        yield client


@pytest.mark.parametrize("end", ["", ".json"])
def test_a_hundred_thousand_derivatives_are_a_bounded_page(
    tangled: httpx2.Client, end: str
) -> None:
    page = tangled.get(f"/model/huggingface/loop/a{end}")
    assert page.status_code == 200, "its questions end within the five seconds of a page"
    assert ("100,002" if not end else '"total": 100002') in page.text
    assert len(page.content) < 300_000


def test_a_cycle_of_bases_is_shown_once(tangled: httpx2.Client) -> None:
    page = tangled.get("/model/huggingface/loop/b").text
    assert "stands above already" in page
    assert len(page) < 200_000


def test_a_page_that_a_browser_has_is_not_sent_again(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "miner.duckdb"
    shutil.copyfile(file, path)
    with serving_pages(path) as client:
        address = f"/model/huggingface/{MODEL}"
        mark = client.get(address).headers["etag"]
        again = client.get(address, headers={"if-none-match": mark})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
        assert "content-security-policy" in again.headers
        as_json = {"accept": "application/json", "if-none-match": mark}
        assert client.get(address, headers=as_json).json()["name"] == MODEL
        assert "etag" not in client.get("/sql?sql=SELECT+now()").headers
        shutil.copyfile(file, tmp_path / "new.duckdb")
        (tmp_path / "new.duckdb").replace(path)
        assert client.get(address, headers={"if-none-match": mark}).status_code == 200


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", str(tmp_path / "absent.duckdb")])
    assert ended.value.code == 10
    assert "there is no DuckDB file" in capsys.readouterr().err


def test_json_of_a_model_can_be_read_by_machines(site: httpx2.Client) -> None:
    content = json.loads(site.get(f"/model/huggingface/{MODEL}.json").text)
    assert content["derivatives"]["total"] == len(content["derivatives"]["rows"])
    assert content["license_statements"]["rows"][0]["evidence_url"]
