"""Who may import what. A module that no rule places fails: the tree is the architecture, docs/architecture.md section 3 says it in words."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Layers from the bottom up. A module imports from its own layer and from those it names; a package stands for all that is in it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "ledger": ("ledger.sdk",),
    "ledger.__main__": ("ledger.cli",),
    "ledger.errors": (),
    "ledger.garbage": (),
    "ledger.topics": (),
    "ledger.core": ("ledger.errors",),
    "ledger.legal_time": ("ledger.core",),
    "ledger.settings": ("ledger.errors",),
    "ledger.failpoints": ("ledger.errors",),
    "ledger.diagnostics": ("ledger.errors", "ledger.metrics"),
    "ledger.metrics": ("ledger.core",),
    "ledger.tracing": (),
    "ledger.tracing.sending": ("ledger.errors", "ledger.tracing"),
    "ledger.tracing.starting": ("ledger.diagnostics", "ledger.errors", "ledger.metrics", "ledger.settings", "ledger.tracing"),
    "ledger.contract": ("ledger.core", "ledger.errors", "ledger._schemas"),
    "ledger.evidence": (),
    "ledger.key_files": ("ledger.errors",),
    "ledger.sealing": ("ledger.evidence", "ledger.errors", "ledger.failpoints", "ledger.key_files"),
    "ledger.auditing": ("ledger.errors", "ledger.evidence", "ledger.sealing"),
    "ledger.vault": ("ledger.errors",),
    "ledger.verify": (),  # it must disagree with ledger.evidence when one is wrong
    "ledger.sql": ("ledger.errors",),
    "ledger.marked_yaml": ("ledger.errors",),
    "ledger.law": ("ledger.contract", "ledger.core", "ledger.errors", "ledger.marked_yaml"),
    "ledger.folding.ports": ("ledger.core",),
    "ledger.folding": ("ledger.contract", "ledger.core", "ledger.errors", "ledger.legal_time"),
}
EVERYTHING_BELOW = (
    "ledger.core", "ledger.errors", "ledger.topics", "ledger.folding", "ledger.settings", "ledger.failpoints", "ledger.contract",
    "ledger.legal_time", "ledger.tracing.spans",
)  # fmt: skip
# What an adapter answers with, where the question is asked above it.
SHAPES = (
    "ledger.answers.shapes", "ledger.dead_letters", "ledger.replaying.digest", "ledger.sealing.heads", "ledger.evidence.entries",
    "ledger.vault.shapes",
)  # fmt: skip
MAY_IMPORT |= {
    "ledger.adapters": (*EVERYTHING_BELOW, "ledger.sql", "ledger.sdk.event_ids", "ledger.sdk.receipts", *SHAPES),
    "ledger.sdk": (*EVERYTHING_BELOW, "ledger.adapters"),
    "ledger.testing": (*EVERYTHING_BELOW, "ledger.adapters.memory_duty_log", "ledger.sdk"),
    "ledger.pytest_plugin": ("ledger.testing",),
    "ledger.policies": (*EVERYTHING_BELOW, "ledger.answers.policy_effects", "ledger.law", "ledger.marked_yaml", "ledger.sdk"),
    "ledger.explaining": (*EVERYTHING_BELOW, "ledger.marked_yaml"),
    "ledger.register": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.sdk"),
    "ledger.waiting": (*EVERYTHING_BELOW, "ledger.adapters"),
    "ledger.dead_letters": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.sdk"),
    "ledger.answers": (*EVERYTHING_BELOW,),
    "ledger.exporting": (*EVERYTHING_BELOW, "ledger.answers", "ledger.explaining"),
    "ledger.packing": (*EVERYTHING_BELOW, "ledger.answers", "ledger.auditing", "ledger.evidence", "ledger.sealing"),
    "ledger.forgetting": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.answers", "ledger.key_files", "ledger.sdk", "ledger.vault"),
    "ledger.replaying": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.answers", "ledger.auditing", "ledger.sealing"),
    "ledger.reconciling": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.replaying"),
    "ledger.doctoring": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.answers", "ledger.forgetting", "ledger.sql", "ledger.stack"),
    "ledger.stack": (*EVERYTHING_BELOW, "ledger.adapters", "ledger.register"),
    "ledger.moments": (*EVERYTHING_BELOW, "ledger.answers", "ledger.replaying.until", "ledger.sdk.validation"),
    "ledger.web": (
        *EVERYTHING_BELOW, "ledger.adapters", "ledger.answers", "ledger.auditing", "ledger.diagnostics", "ledger.doctoring", "ledger.explaining",
        "ledger.exporting", "ledger.forgetting", "ledger.garbage",
        "ledger.metrics", "ledger.moments", "ledger.packing", "ledger.policies", "ledger.reconciling", "ledger.replaying", "ledger.sdk",
        "ledger.sealing", "ledger.tracing", "ledger.vault",
    ),
    "ledger.demo": ("ledger",),
    "ledger.cli": ("ledger", "processors"),
    "processors": ("ledger",),
}
NEVER = {"processors": ("ledger.cli", "ledger.demo"), "ledger.demo": ("ledger.cli",)}

# One door per library: the modules that may import it.
DOORS: dict[str, tuple[str, ...]] = {
    "confluent_kafka": ("ledger.adapters.kafka_*",),
    "psycopg": ("ledger.adapters.postgres_*", "ledger.adapters.pg_*"),
    "faust": ("processors.*",),
    "mode": ("processors.*",),
    "yaml": ("ledger.marked_yaml",),
    "jsonschema": ("ledger.marked_yaml",),
    "prometheus_client": ("ledger.metrics.*",),
    "structlog": ("ledger.diagnostics",),
    "opentelemetry": ("ledger.tracing.sending",),
    "pydantic": ("ledger.settings", "ledger.web.*"),
    "fastapi": ("ledger.web.*",),
    "starlette": ("ledger.web.*",),
    "anyio": ("ledger.web.*",),
    "sse_starlette": ("ledger.web.*",),
    "orjson": ("ledger.web.*",),
    "markupsafe": ("ledger.web.pages.*",),
    "httpx": ("ledger.web.tokens",),
    "joserfc": ("ledger.web.tokens", "ledger.web.oidc"),
    "authlib": ("ledger.web.oidc",),
    "uvicorn": ("ledger.web.processes",),
    "pydantic_settings": ("ledger.settings",),
    "typer": ("ledger.cli.*",),
    "rich": ("ledger.cli.*",),
    "jgo": ("ledger.stack.*",),
    "psutil": ("ledger.stack.*", "ledger.demo.*"),
    "avro": ("ledger.contract.schema_compatibility",),
    "fastavro": ("ledger.sealing.payload",),
    "jinja2": ("ledger.exporting.html_form", "ledger.web.pages.*"),
    "fpdf": ("ledger.exporting.pdf_form",),
    "pyarrow": ("ledger.exporting.parquet_form",),
    "cryptography": ("ledger.evidence.notes", "ledger.vault.sealing", "ledger.verify.*"),
}
# The pure core: no clock, randomness, files, network, environment or logging.
CORE_STANDARD_LIBRARY = {
    "__future__", "bisect", "calendar", "collections", "collections.abc", "dataclasses", "datetime", "enum", "functools", "hashlib", "heapq",
    "itertools", "json", "operator", "re", "struct", "typing",
}  # fmt: skip


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for folder in ("ledger", "processors") for path in (ROOT / folder).rglob("*.py")}


def imports_of(module: str) -> set[str]:
    """Every module it imports, anywhere in its text. `from a import b` is a.b when that is a module, else a."""
    path = MODULES[module]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide where things come from"
            base = node.module or ""
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names}
    return found


def place_of(module: str) -> str:
    """The longest rule that covers the module."""
    places = [place for place in MAY_IMPORT if module == place or (place != "ledger" and module.startswith(place + "."))]
    assert places, f"{module} has no place: put it into MAY_IMPORT and docs/architecture.md"
    return max(places, key=len)


def is_within(module: str, place: str) -> bool:
    return module == place or module.startswith(place + ".")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downwards(module: str) -> None:
    place = place_of(module)
    allowed = (place, *MAY_IMPORT[place])
    ours = {name for name in imports_of(module) if name.split(".")[0] in ("ledger", "processors") and name != "ledger"}

    whole = place in ("ledger.demo", "ledger.cli", "processors")
    wrong = {name for name in ours if not any(is_within(name, each) for each in allowed if each != "ledger" or whole)}
    wrong |= {name for name in ours for each in NEVER.get(place, ()) if is_within(name, each)}

    assert wrong == set(), f"{module} (in {place}) may not import {sorted(wrong)}"


@pytest.mark.parametrize("library", sorted(DOORS))
def test_one_door_per_library(library: str) -> None:
    users = {module for module in MODULES if any(is_within(name, library) for name in imports_of(module))}

    assert users, f"nobody imports {library}: is it still a dependency?"
    assert {user for user in users if not any(fnmatch(user, door) for door in DOORS[library])} == set()


def test_the_core_uses_nothing_that_could_make_two_replays_differ() -> None:
    used = {(module, name) for module in MODULES if is_within(module, "ledger.core") for name in imports_of(module) if not name.startswith("ledger")}

    assert {(module, name) for module, name in used if name not in CORE_STANDARD_LIBRARY} == set()


@pytest.mark.parametrize(
    ("call", "homes"),
    [
        ("print", ("ledger.cli.*",)),
        ("os.environ", ("ledger.settings",)),
        ("os.getenv", ()),
        ("sys.exit", ("ledger.cli.*", "ledger.__main__")),
    ],
)
def test_what_touches_the_process_has_one_home(call: str, homes: tuple[str, ...]) -> None:
    users = set()
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) == call:
                users.add(module)

    assert {user for user in users if not any(fnmatch(user, home) for home in homes)} == set()


def test_the_page_on_architecture_names_every_package_and_every_library_with_a_door() -> None:
    section = (ROOT / "docs/architecture.md").read_text().partition("\n## 3.")[2].partition("\n## ")[0]
    packages = {f"{path.parent.relative_to(ROOT)}/" for path in MODULES.values() if path.name == "__init__.py"} - {"ledger/"}

    assert {package for package in packages if f"`{package}`" not in section} == set()
    assert {library for library in DOORS if library.removesuffix("_settings") not in section} == set()
    assert {name for name in re.findall(r"`(ledger/[\w/.]+)`", section) if not (ROOT / name).exists()} == set()


def test_no_file_has_grown_too_long() -> None:
    """Question at 400 lines, split at 500 (style guide)."""
    lengths = {module: len(path.read_text().splitlines()) for module, path in MODULES.items()}

    assert {module: length for module, length in lengths.items() if length > 500} == {}
