"""Reports of checks for the tests of formats: one of everything, and one with hostile names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from miner.db.lookup import open_lookup
from miner.pipelines.check import formats, gate_decision
from miner.pipelines.check.check_project import CheckTerms, check_place
from miner.pipelines.check.policy_file import GatePolicy, LicenseConclusion, Waiver, default_levels
from miner.pipelines.check.report import CheckReport, ModelReport, Upstream
from miner.pipelines.check.stamp import stamp
from miner.pipelines.derive.licenses.matrices import open_matrix
from miner.pipelines.derive.licenses.statement import read
from miner.pipelines.scan.target import ScanTarget
from tests.checking import SHELF, WEIGHTS, write_project

MOMENT = datetime(2026, 3, 4, 5, 6, 7)  # noqa: DTZ001  UTC without zone, as everywhere
PINNED = "5" * 40
WHY = "a license was bought (legal@acme, until 2027-01-31)"
HOSTILE = (
    '<b>"x"|`y`\n# z',
    "a b/ü\u202e",
    "../..",
    "x" * 10_000,
    "\x1b]0;owned\x07\x9b31m\x7f",
    "[click](https://evil.example/x)",
    "</details></td><script>alert(1)</script><img src=x onerror=alert(2)>",
    "@everyone/fixes #1 <!-- --> ```\r\n| a | b |\n|---|---|",
    "\u2066a\u2069\u200b\ufeff\u2028* _x_ ~~y~~ $z$ https://evil.example",
    "`` ` ```/``",
)
"""Names that strangers could choose."""

POLICY = GatePolicy(
    levels={**default_levels(), "unpinned": "warn"},
    waivers=(
        Waiver("lab/tuned", "COMMUNITY_LICENSE_DROPPED", "a license was bought", "legal@acme",
               date(2027, 1, 31)),
        Waiver("lab/sold", "NC_DROPPED", "asked", "dev@acme", date(2026, 1, 31)),
        Waiver("no/model", "NC_DROPPED", "asked", "dev@acme", date(2027, 1, 31)),
    ),
    conclusions=(
        LicenseConclusion("huggingface", "odd/vague", "MIT OR Apache-2.0",
                          read("MIT OR Apache-2.0"), "the owner wrote so", "dev@acme"),
    ),
    path=Path("miner.toml"),
)  # fmt: skip
"""A policy with a waiver that holds, one that expired, one of nothing, and a conclusion."""


def full_report(duckdb_file: Path, folder: Path, policy: GatePolicy | None = None) -> CheckReport:
    """Check a project that has one model for each way in which a check can go."""
    project = write_project(folder / "p", *SHELF.models, "nobody/knows")
    (project / "README.md").write_text("# P\n\n## License\n\nGPL-3.0\n", encoding="utf-8")
    with (project / "app.py").open("a", encoding="utf-8") as stream:
        stream.write(f'AutoModel.from_pretrained("lab/again", revision="{PINNED}")\n')
        stream.write(f'AutoModel.from_pretrained("free/for-study", revision="{3:040x}")\n')
        stream.write('AutoModel.from_pretrained("odd/gpl", revision="v1.0")\n')
        stream.write("import sys\nAutoModel.from_pretrained(sys.argv[1])\n")
        stream.write('from datasets import load_dataset\nload_dataset("acme/study-only")\n')
        stream.write('import openai\nopenai.OpenAI().responses.create(model="gpt-4o-mini")\n')
    for path, data in (("w/own.safetensors", WEIGHTS), ("w/bare.gguf", b"")):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_bytes(data)
    terms = CheckTerms(open_matrix("miner"), policy or GatePolicy(), MOMENT.date())
    with open_lookup(duckdb_file) as knowledge:
        return check_place(ScanTarget(project), knowledge, terms)


def render(name: str, report: CheckReport) -> str:
    """Return a report in a format."""
    return formats.load(name).render(report, stamp(report, MOMENT))


def hostile(report: CheckReport, policy: GatePolicy) -> CheckReport:
    """Return a report whose models, bases, data, texts and paths strangers chose, with its gate."""
    renamed = dict(zip((one.resolved for one in report.models), HOSTILE, strict=False))

    def words(text: str) -> str:
        for name, other in renamed.items():
            text = text.replace(name, other)
        return text

    models = tuple(_renamed(model, renamed) for model in report.models)
    models = tuple(
        replace(
            model,
            findings=tuple(
                replace(one, explanation=words(one.explanation),
                        chain=tuple(renamed.get(name, name) for name in one.chain))
                for one in model.findings
            ),
            policy=tuple(replace(one, text=words(one.text)) for one in model.policy),
        )
        for model in models
    )  # fmt: skip
    waivers = tuple(
        replace(one, model=renamed.get(one.model, one.model), reason=text, who=text)
        for one, text in zip(policy.waivers, HOSTILE[4:], strict=False)
    )
    datasets = tuple(
        replace(one, name=text, resolved=text) for text in HOSTILE for one in report.datasets
    )
    hosted = tuple(replace(one, name=text) for text in HOSTILE for one in report.hosted)
    weights = tuple(replace(one, path=text) for text in HOSTILE for one in report.weights[:1])
    odd = replace(report, name=HOSTILE[6], models=models, notes=(*report.notes, *HOSTILE),
                  datasets=datasets, hosted=hosted, weights=weights)  # fmt: skip
    gate = gate_decision.decide(odd, replace(policy, waivers=waivers), MOMENT.date(), [])
    return replace(odd, gate=gate)


def _renamed(model: ModelReport, renamed: dict[str, str]) -> ModelReport:
    name = renamed.get(model.resolved, model.resolved)

    def origins(found: tuple[Upstream, ...]) -> tuple[Upstream, ...]:
        return tuple(
            replace(
                one,
                name=renamed.get(one.name, one.name),
                child=renamed.get(one.child, one.child),
                chain=tuple(renamed.get(step, step) for step in one.chain),
            )
            for one in found
        )

    text = name if name in HOSTILE else ""
    return replace(
        model,
        name=name,
        resolved=name,
        owner=name,
        terms=replace(model.terms, text=text or model.terms.text, detail=text),
        bases=origins(model.bases),
        datasets=origins(model.datasets),
        obligations=tuple(
            replace(one, origin=renamed.get(one.origin, one.origin)) for one in model.obligations
        ),
        sites=tuple(
            replace(site, path=f"dir/{name[:200]}.py", api=name, revision=site.revision and name)
            for site in model.sites
        ),
    )
