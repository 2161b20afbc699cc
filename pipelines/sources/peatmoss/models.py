"""Models of PeaTMOSS as the records that their hub would have given in 2023."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from miner.errors import SkipRecord
from miner.pipelines.sources.hubs.huggingface.records import read_model
from miner.pipelines.sources.peatmoss.database import PeatmossFile, quoted
from miner.pipelines.sources.records.facts import ModelFacts, Problem
from miner.pipelines.sources.records.lost import lost
from miner.pipelines.sources.records.statements import arxiv_id
from miner.pipelines.sources.records.values import excerpt
from miner.schema.redact import redact
from miner.schema.vocab import DEFAULT_HUB, ParseState, RecordReason

PYTORCH_HUB = "pytorch-hub"
ATTRIBUTES = (
    "architecture", "author", "dataset", "framework", "language", "library", "license", "paper",
    "tag",
)  # fmt: skip
"""Tables of names, each with a table ``model_to_…`` that says which model has which."""

_FORMATS = frozenset({
    "pytorch", "tf", "jax", "onnx", "safetensors", "tensorboard", "rust", "coreml", "openvino",
    "tflite", "joblib", "tf-keras",
})  # fmt: skip
"""What the hub counts among libraries though it loads no model by itself."""

_TASKS = frozenset({
    "audio-classification", "audio-to-audio", "automatic-speech-recognition", "conversational",
    "depth-estimation", "document-question-answering", "feature-extraction", "fill-mask",
    "graph-ml", "image-classification", "image-segmentation", "image-to-image", "image-to-text",
    "multiple-choice", "object-detection", "question-answering", "reinforcement-learning",
    "robotics", "sentence-similarity", "summarization", "table-question-answering",
    "tabular-classification", "tabular-regression", "text-classification", "text-generation",
    "text-to-audio", "text-to-image", "text-to-speech", "text-to-video", "text2text-generation",
    "time-series-forecasting", "token-classification", "translation",
    "unconditional-image-generation", "video-classification", "visual-question-answering",
    "voice-activity-detection", "zero-shot-classification", "zero-shot-image-classification",
})  # fmt: skip
"""Tasks of the hub in 2023: PeaTMOSS has the task among the tags."""

_LACKS = ("createdAt", "lastModified", "cardData", "siblings", "safetensors", "gguf", "baseModels")
"""What the hub's full record has and these have not: a crawl still asks for it."""

Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of table model, its name as miner writes it, and what its tables of names say."""

    position: int
    hub: str
    name: str | None
    sha: object
    downloads: object
    likes: object
    names: Names


@dataclass(slots=True)
class ModelBatch:
    """Some models of one hub, read.

    Attributes:
        last: Number of the last of them in the file.
        count: Rows read.
        facts: Models.
        keys: Number in the file of each model, by its name.
        problems: Rows of models that could not be used.
        used: Rows of tables ``model_to_…`` that were read, by table.
        refused: Rows that were not, by table and reason.
    """

    last: int
    count: int = 0
    facts: list[ModelFacts] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def reject(self, table: str, problem: Problem) -> None:
        """Count a row that is not used, and keep why."""
        self.refused[table, problem.reason] += 1
        self.problems.append(problem)


def lacking() -> tuple[str, ...]:
    """Return the fields of a full record that these records do not have."""
    return _LACKS


def hubs_of(source: PeatmossFile) -> dict[int, str]:
    """Return miner's name of each hub by its number in the file; unknown hubs are left out."""
    found = {}
    url = source.optional("model_hub", "url")
    for rows in source.rows("model_hub", f"SELECT id, name, {url} FROM model_hub"):
        for key, name, address in rows:
            text = f"{name} {address}".lower().replace(" ", "")
            if "huggingface" in text:
                found[as_number(key) or 0] = DEFAULT_HUB
            elif "pytorch" in text:
                found[as_number(key) or 0] = PYTORCH_HUB
    return found


def has_models(source: PeatmossFile, number: int) -> bool:
    """Tell whether a hub, by its number in the file, has models there."""
    source.prepare("model", "id", "model_hub_id")
    query = "SELECT 1 FROM model WHERE model_hub_id = ? LIMIT 1"
    return any(True for _ in source.rows("model", query, (number,)))


def as_number(value: object) -> int | None:
    """Return a whole number, however it is written; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value) if isinstance(value, float | str) else None
    except ValueError:
        return None
    return int(number) if number is not None and number.is_integer() else None


def as_name(value: object) -> str | None:
    """Return a name as text: SQLite keeps one that looks like a number as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value if isinstance(value, str) else None


def model_name(hub: str, context: object, repo_url: object) -> str | None:
    """Return the name of a model on its hub, as miner writes it.

    An entry of PyTorch Hub is ``owner/repository:entry``; PeaTMOSS has the entry, and where the
    repository is.
    """
    name = as_name(context)
    if name is None or hub != PYTORCH_HUB or ":" in name:
        return name
    home = str(repo_url or "").removesuffix(".git").rstrip("/")
    repository = home.partition("github.com/")[2] or (home if home.count("/") == 1 else "")
    parts = repository.split("/")
    if len(parts) < 2:
        return name
    return f"{parts[0]}/{parts[1]}:{name.rpartition('/')[2]}"


def read_models(
    source: PeatmossFile, hub: str, number: int, after: int = 0
) -> Iterator[ModelBatch]:
    """Yield the models of one hub in the order of their numbers, by some thousand.

    Args:
        source: The file.
        hub: Miner's name of the hub.
        number: Its number in the file.
        after: Only models with a higher number.

    Raises:
        InvalidData: The file is damaged.
    """
    source.prepare("model", "id", "model_hub_id")
    columns = ", ".join(
        source.optional("model", name) for name in ("sha", "downloads", "likes", "repo_url")
    )
    query = (
        f"SELECT id, context_id, {columns} FROM model WHERE id > ? AND model_hub_id = ? ORDER BY id"
    )
    for rows in source.rows("model", query, (after, number)):
        batch = ModelBatch(int(str(rows[-1][0])), len(rows))
        names = _names(source, batch, int(str(rows[0][0])))
        for key, context, sha, downloads, likes, url in rows:
            row = _Row(
                int(str(key)), hub, model_name(hub, context, url), sha, downloads, likes,
                names.get(int(str(key)), {}),
            )  # fmt: skip
            _read(batch, row)
        yield batch


def orphans(source: PeatmossFile, kind: str) -> dict[str, int]:
    """Return how many rows of ``model_to_…`` refer to nothing that can be used, by what is wrong.

    Raises:
        InvalidData: The file is damaged.
    """
    link = f"model_to_{kind}"
    if not source.prepare(link, "model_id", f"{kind}_id") or not source.prepare(kind, "id"):
        return {}
    short = "named.abbreviation" if source.has(kind, "abbreviation") else "NULL"
    query = (
        "SELECT coalesce(sum(model.id IS NULL), 0), coalesce(sum(model.id IS NOT NULL AND "
        f"trim(coalesce({short}, named.name, '')) = ''), 0) FROM {quoted(link)} AS link "
        f"LEFT JOIN model ON model.id = link.model_id "
        f"LEFT JOIN {quoted(kind)} AS named ON named.id = link.{quoted(f'{kind}_id')}"
    )
    [[(models, names)]] = source.rows(link, query)
    found = {
        "model_id refers to no model": int(str(models)),
        f"{kind}_id refers to no {kind} with a name": int(str(names)),
    }
    return {what: count for what, count in found.items() if count}


def _names(source: PeatmossFile, batch: ModelBatch, first: int) -> dict[int, dict[str, list[str]]]:
    """Return what the tables of names say of the models of a batch, by their numbers."""
    found: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for kind in ATTRIBUTES:
        link = f"model_to_{kind}"
        if not source.prepare(link, "model_id", f"{kind}_id") or not source.prepare(kind, "id"):
            continue
        short = source.optional(kind, "abbreviation") if kind == "language" else "NULL"
        query = (
            f"SELECT link.model_id, named.name, {short} FROM {quoted(link)} AS link "
            f"LEFT JOIN {quoted(kind)} AS named ON named.id = link.{quoted(f'{kind}_id')} "
            "WHERE link.model_id BETWEEN ? AND ? ORDER BY link.model_id, named.id"
        )
        for rows in source.rows(link, query, (first, batch.last)):
            for model, name, abbreviation in rows:
                text = as_name(abbreviation) or as_name(name)
                if text is not None and text.strip():
                    batch.used[link] += 1
                    found[int(str(model))].setdefault(kind, []).append(text.strip())
    return found


def _read(batch: ModelBatch, row: _Row) -> None:
    noted: list[Problem] = []
    position, name = row.position, row.name
    try:
        record = _record(row)
        record["tags"] = [*_tags(row.names), *_papers(noted, row.names)]
        if row.hub == DEFAULT_HUB and (author := _author(noted, row.names)):
            record["author"] = author
        facts = read_model(record, position)
    except SkipRecord as error:
        problem = Problem("", error.reason, excerpt(error.message), position, _shown(name))
        batch.reject("model", problem)
        return
    except Exception as error:  # a bug costs this row, not the import
        batch.reject("model", lost(error, name, position=position))
        return
    if facts.name in batch.keys:
        reason = RecordReason.DUPLICATE.value
        batch.reject("model", Problem("", reason, facts.name[:200], position, facts.name))
        return
    batch.keys[facts.name] = position
    for problem in noted:
        link = f"model_to_{problem.field}"
        batch.used[link] -= 1
        batch.refused[link, problem.reason] += 1
        facts.problems.append(problem._replace(position=position, name=facts.name))
    if noted:
        facts.values["parse_state"] = ParseState.PARTIAL.value
    # without a digest: the hub's full record is still to be asked for
    batch.facts.append(facts._replace(digest=""))


def _tags(names: Names) -> list[str]:
    """Return the tags that the hub would have given, papers left out."""
    tags = [redact(tag).text if "@" in tag else tag for tag in names.get("tag", ())]
    return [
        *tags, *names.get("library", ()), *names.get("framework", ()),
        *names.get("language", ()), *_prefixed("license", names), *_prefixed("dataset", names),
    ]  # fmt: skip


def _record(row: _Row) -> dict[str, object]:
    """Return a model as the record that its hub would have given; tags and author are left out."""
    names = row.names
    loading = [one for one in names.get("library", ()) if one.lower() not in _FORMATS]
    record: dict[str, object] = {"id": row.name, "sha": row.sha or None}
    for column, value in (("downloads", row.downloads), ("likes", row.likes)):
        if value not in (None, ""):
            number = as_number(value)
            record[column] = value if number is None else number
    if len(loading) == 1 or "transformers" in loading:
        record["library_name"] = loading[0] if len(loading) == 1 else "transformers"
    if task := next((tag for tag in names.get("tag", ()) if tag in _TASKS), None):
        record["pipeline_tag"] = task
    if classes := names.get("architecture"):
        record["config"] = {"architectures": list(classes)}
    if languages := names.get("language"):
        record["cardData"] = {"language": list(languages)}
    return record


def _prefixed(kind: str, names: Names) -> list[str]:
    """Return names as the hub's tags have them: ``license:mit``."""
    return [f"{kind}:{text.removeprefix(f'{kind}:')}" for text in names.get(kind, ())]


def _papers(noted: list[Problem], names: Names) -> list[str]:
    """Return papers as the hub's tags have them; what is no paper of arXiv is noted."""
    found = []
    for paper in names.get("paper", ()):
        text = paper.removeprefix("arxiv:").rstrip("/")
        identifier = arxiv_id(text.partition("arxiv.org/")[2].partition("/")[2] or text)
        if identifier is None:
            noted.append(Problem("paper", RecordReason.UNPARSABLE.value, excerpt(paper)))
        else:
            found.append(f"arxiv:{identifier}")
    return found


def _author(noted: list[Problem], names: Names) -> str | None:
    """Return the owner's login; an e-mail address is none, and is not repeated."""
    logins = []
    for author in names.get("author", ()):
        if "@" in author:
            detail = "an e-mail address in place of a login name"
            noted.append(Problem("author", RecordReason.WRONG_TYPE.value, detail))
        elif author.lower() not in {"none", "null"}:
            logins.append(author)
    return logins[0] if logins else None


def _shown(name: str | None) -> str | None:
    """Return a name as a rejected record shows it: in one line, never longer than it may be."""
    return excerpt(name) if name is not None else None
