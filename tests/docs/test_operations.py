"""docs/operations.md, docker-compose.yml and Dockerfile: what they say can be done as it stands."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from packaging.requirements import Requirement

from miner import errors
from miner.cli import cli
from miner.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNITS = ROOT / "systemd"
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
GENERATED = ROOT / "docs" / "commands.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page != GENERATED),
]
END_OF_COMMAND = re.compile(r"\d?[|<>&;]")


def _blocks(text: str, language: str = r"\w*") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def _calls(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every call of miner, or of a container that runs it, in a text."""
    for line in text.splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # no shell: SQL, YAML
            continue
        for place, word in enumerate(words[:-1]):
            if word != "miner" and not word.endswith("/bin/miner"):
                continue
            arguments = words[place + 1 :]
            ends = (n for n, after in enumerate(arguments) if END_OF_COMMAND.match(after))
            arguments = arguments[: next(ends, None)]
            if arguments:
                yield arguments
        if words[:3] == ["docker", "compose", "run"]:
            service, *arguments = [word for word in words[3:] if word != "--rm"]
            yield arguments or COMPOSE["services"][service]["command"]


def _parse(arguments: list[str]) -> None:
    """Parse arguments as the program would, without doing what they say."""
    command: click.Command = cli
    context, name, rest = None, "miner", list(arguments)
    while isinstance(command, click.Group):
        own = next((n for n, word in enumerate(rest) if not word.startswith("-")), None)
        assert own is not None, arguments  # the options of the groups are all flags
        context = command.make_context(name, rest[: own + 1], parent=context)
        name, rest = rest[own], rest[own + 1 :]
        found = command.get_command(context, name)
        assert found is not None, arguments
        command = found
    command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_a_document_parses(page: Path) -> None:
    for block in _blocks(page.read_text(encoding="utf-8")):
        for arguments in _calls(block):
            _parse(arguments)


def test_commands_are_found_in_every_kind_of_block() -> None:
    calls = [arguments for block in _blocks(OPERATIONS) for arguments in _calls(block)]
    nightly = ["crawl", "--since", "2024-01", "--summary"]
    assert calls.count(nightly) == 3  # by hand, by cron, in a container
    assert ["doctor"] in calls
    service = (UNITS / "miner-crawl.service").read_text(encoding="utf-8")
    assert ["--log-json", *nightly] in list(_calls(service.replace("=", " ")))


@pytest.mark.parametrize(
    "arguments",
    [["crawl", "--sinc", "2024-01"], ["crawl", "--since", "soon"], ["crwl"], ["db", "up"]],
)
def test_a_command_that_does_not_exist_is_noticed(arguments: list[str]) -> None:
    with pytest.raises((click.UsageError, AssertionError)):
        _parse(arguments)


def test_every_exit_code_is_explained() -> None:
    codes, waiting = {0, 2, 130}, [errors.MinerError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        codes.add(kind.exit_code)
    explained = [int(code) for code in re.findall(r"^\| (\d+) \|", OPERATIONS, re.MULTILINE)]
    assert explained == sorted(codes)


def _units(folder: Path) -> list[Path]:
    """Copy the units, the program's path replaced by one that exists."""
    paths = []
    for unit in sorted(UNITS.iterdir()):
        path = folder / unit.name
        text = unit.read_text(encoding="utf-8")
        path.write_text(text.replace("/opt/miner/bin/miner", sys.executable), encoding="utf-8")
        paths.append(path)
    return paths


def test_the_units_name_each_other_and_retry_only_what_passes(tmp_path: Path) -> None:
    """Where systemd is, it looks too; it tells of unknown keys and bad values on stderr."""
    service, timer = _units(tmp_path)
    assert service.name == timer.name.replace(".timer", ".service") == "miner-crawl.service"
    units = {}
    for path in (service, timer):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
        parser.read(path, encoding="utf-8")
        units[path.suffix] = parser
    assert set(units[".service"].sections()) == {"Unit", "Service"}
    assert set(units[".timer"].sections()) == {"Unit", "Timer", "Install"}
    kept_back = units[".service"]["Service"]["RestartPreventExitStatus"].split()
    assert str(errors.RetryLater.exit_code) not in kept_back
    assert str(errors.ConfigurationError.exit_code) in kept_back
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", service, timer],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _check_schema(name: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", name, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_workflows_are_such_of_github_actions(tmp_path: Path) -> None:
    found = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert [path.stem for path in found] == ["ci", "data", "release"]
    done = _check_schema("vendor.github-workflows", *found)
    assert done.returncode == 0, done.stdout
    path = tmp_path / "data.yml"
    path.write_text(found[1].read_text("utf-8").replace("runs-on", "run-on"), encoding="utf-8")
    assert _check_schema("vendor.github-workflows", path).returncode == 1


def test_the_compose_file_follows_the_specification(tmp_path: Path) -> None:
    done = _check_schema("vendor.compose-spec", ROOT / "docker-compose.yml")
    assert done.returncode == 0, done.stdout
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(json.dumps(COMPOSE | {"services": {"crawl": {"comand": "x"}}}), "utf-8")
    assert _check_schema("vendor.compose-spec", broken).returncode == 1


def test_the_containers_run_commands_that_exist() -> None:
    crawl = COMPOSE["services"]["crawl"]
    _parse(crawl["command"])
    kind, program, *arguments = crawl["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "miner")
    _parse(arguments)
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, flags=re.MULTILINE)
    assert found is not None
    assert json.loads(found[1]) == [program, *arguments]
    assert 'ENTRYPOINT ["miner"]' in DOCKERFILE


def test_images_are_pinned_and_none_runs_as_root() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)
    images += [
        service["image"] for service in COMPOSE["services"].values() if "build" not in service
    ]
    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+(\.\d+)?-\w+", image) for image in images), images
    assert all(re.search(r"\$\{\w+_DIGEST(:-)?\}$", image) for image in images), images
    assert re.findall(r"^USER (\S+)", DOCKERFILE, flags=re.MULTILINE) == ["miner"]


def test_what_services_use_is_defined_and_used() -> None:
    for kind in ("secrets", "volumes"):
        used = {
            entry.partition(":")[0]
            for service in COMPOSE["services"].values()
            for entry in service.get(kind, [])
            if not entry.startswith("./")  # a file of the project, which exists
            or not (ROOT / entry.partition(":")[0]).is_file()
        }
        assert used == set(COMPOSE[kind])
    files = {secret["file"].removeprefix("./") for secret in COMPOSE["secrets"].values()}
    assert all(file in OPERATIONS for file in files)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {f"{file.partition('/')[0]}/" for file in files} <= set(ignored)


def test_dask_runs_on_request_with_the_image_of_the_crawl_and_without_its_secrets() -> None:
    services = COMPOSE["services"]
    dask = {name: service for name, service in services.items() if "profiles" in service}
    assert set(dask) == {"dask-scheduler", "dask-worker"}
    for service in dask.values():
        assert service["profiles"] == ["dask"]
        assert service["image"] == services["crawl"]["image"]
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert not {"secrets", "volumes", "ports"} & set(service)
        assert all(name.startswith("DASK_") for name in service.get("environment", {}))
    assert "--extra dask" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^dask==", LOCK, re.MULTILINE)
    port = dask["dask-scheduler"]["command"][2]
    assert f"tcp://dask-scheduler:{port}" in dask["dask-worker"]["command"]
    assert f" --executor dask://dask-scheduler:{port}\n" in OPERATIONS
    commands = [line for line in OPERATIONS.splitlines() if line.startswith("docker compose --")]
    assert [line.split()[2:5] for line in commands] == [
        ["--profile", "dask", word] for word in ("up", "ps", "down")
    ]
    assert "--scale dask-worker=" in commands[0]


def test_the_settings_of_the_crawl_are_read_from_its_secrets(tmp_path: Path) -> None:
    environment = dict(COMPOSE["services"]["crawl"]["environment"])
    values = {"database_url": "postgresql://miner:word@postgres.example/miner", "hf_token": "token"}
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    moved = {key: text.replace("/run/secrets", str(tmp_path)) for key, text in environment.items()}
    settings = load_settings({**moved, "MINER_CONFIG": str(tmp_path / "none.toml")})
    assert settings.database_url == values["database_url"]
    assert settings.hf_token == values["hf_token"]
    assert [str(settings.data_dir)] == [
        entry.partition(":")[2] for entry in COMPOSE["services"]["crawl"]["volumes"]
    ]


def test_the_builder_gets_all_that_the_wheel_is_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = project["tool"]["setuptools"]["package-dir"].values()
    needed = {folder.partition("/")[0] for folder in folders}
    needed |= {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    assert sent == needed | {"requirements.lock"}
    assert lines[1] == "*"


def test_the_lock_fixes_what_the_image_installs_by_hash() -> None:
    assert DOCKERFILE.count("--require-hashes") == 2
    entries = re.findall(r"^([\w.-]+(?:\[[\w,-]+\])?)==(\S+)(.*(?:\n    .*)*)", LOCK, re.MULTILINE)
    locked = {name.partition("[")[0]: version for name, version, _ in entries}
    assert all("--hash=sha256:" in rest for _, _, rest in entries)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in ("dask", "postgres", "report"):
        wanted += project["optional-dependencies"][extra]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked[requirement.name.lower()], prereleases=True)
    assert not re.search(r"https?://|index.url", LOCK)
