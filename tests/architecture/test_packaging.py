"""What a bare machine gets: the lock, the wheel, the make targets, the CLI's manners."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ledger.cli import main

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [
    pin
    for pins in [
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
    ]
    for pin in pins
    if not pin.startswith("privacy-ledger")
]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def brought_by(pin: str) -> set[str]:
    """`psycopg[binary]==3` brings psycopg and psycopg-binary."""
    name, _, extras = pin.partition("==")[0].rstrip("]").partition("[")
    return {canonical(name), *(canonical(f"{name}-{extra}") for extra in extras.split(",") if extra)}


def locked() -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each requirement in the lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, version = line.split()[0].partition("==")
            found[canonical(name)] = (version, line.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("pin", PINS)
def test_each_pin_is_in_the_lock_as_it_is(pin: str):
    name, _, version = pin.partition("==")

    assert locked()[canonical(name)][0] == version


def test_everything_in_the_lock_has_a_hash_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert [name for name, (version, hashes) in locked().items() if not (version and hashes)] == []
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_the_make_targets_that_the_documents_name_are_there():
    done = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True)

    for target in ("dev", "test", "test-fast", "lint", "demo", "bench", "up", "down", "clean"):
        assert re.search(rf"^  {target} ", done.stdout, re.MULTILINE), target


def test_ci_runs_the_test_command_of_the_readme():
    script = ROOT / ".ci" / "run"

    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert "make test" in script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of all files in a wheel built from a copy of the tree."""
    tree, out = tmp_path_factory.mktemp("tree") / "ledger", tmp_path_factory.mktemp("wheel")
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("ledger", "processors", "schemas"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    subprocess.run([*command, "-w", str(out), str(tree)], check=True, capture_output=True)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    ("folder", "installed"), [("ledger", "ledger"), ("processors", "processors"), ("schemas", "ledger/_schemas")]
)
def test_the_wheel_holds_every_file_of_the_packages(folder: str, installed: str, wheel: set[str]):
    kinds = {".py", ".sql", ".lock", ".properties", ".yaml", ".avsc", ".json"}

    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in kinds and "__pycache__" not in path.parts]

    assert files
    assert [f for path in files if (f := f"{installed}/{path.relative_to(ROOT / folder)}") not in wheel] == []


def test_the_wheel_carries_the_licence_that_its_metadata_names(wheel: set[str]):
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text
    assert [name for name in wheel if name.endswith(".dist-info/licenses/LICENSE")]


def test_each_library_named_for_a_missing_extra_is_in_that_extra():
    distributions = importlib.metadata.packages_distributions()
    extras = PROJECT["project"]["optional-dependencies"]

    for library, extra in main.EXTRA_OF_LIBRARY.items():
        names = {canonical(name) for name in distributions[library]}
        pinned = {name for pin in extras[extra] for name in brought_by(pin)}
        assert names & pinned, f"{library} is not a library of the extra {extra}"


def commands(app: typer.Typer, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every command with its epilog."""
    for command in app.registered_commands:
        assert command.callback is not None
        yield " ".join([*path, command.name or command.callback.__name__]), command.epilog or ""
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, (*path, group.name or str(group.typer_instance.info.name)))


def all_commands() -> list[tuple[str, str]]:
    app = typer.Typer()
    for group in main.GROUPS:
        importlib.import_module(f"ledger.cli.{group}").register(app)
    return list(commands(app))


@pytest.mark.parametrize(("name", "epilog"), all_commands())
def test_the_help_of_each_command_ends_with_one_example_of_it(name: str, epilog: str):
    assert epilog.startswith(f"Example: ledger {name}")


def test_each_command_group_in_the_folder_is_registered():
    with_register = {
        path.stem
        for path in (ROOT / "ledger" / "cli").glob("*.py")
        if path.stem != "main" and "\ndef register(app: typer.Typer)" in path.read_text(encoding="utf-8")
    }

    assert set(main.GROUPS) == with_register
    assert len(main.GROUPS) == len(set(main.GROUPS))
