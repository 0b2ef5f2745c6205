"""Every setting, metric, command and runbook entry that the code names is documented, and nothing is documented that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from ledger import metrics
from ledger.metrics import registry, watched, web  # noqa: F401  the modules fill the registries
from ledger.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]


def setting_names(model: type[BaseModel], prefix: str = ENV_PREFIX) -> set[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names |= setting_names(inner, f"{prefix}{name.upper()}__")
        else:
            names.add(f"{prefix}{name.upper()}")
    return names


def test_every_setting_is_documented_and_no_other():
    text = (ROOT / "docs/settings.md").read_text()

    assert set(re.findall(r"^\| `(LEDGER__\w+)`", text, re.MULTILINE)) == setting_names(Settings)


def test_every_metric_is_documented_with_its_kind_and_labels_and_no_other():
    rows = re.findall(r"^\| `(ledger_\w+)` \| ([^|]+) \|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    there = {(each.name, ", ".join([each.kind, *each.labels])) for each in [*metrics.families(registry.WORKER), *metrics.families(registry.WEB)]}

    assert {(name, said.strip()) for name, said in rows} == there
    assert len(rows) == len(there), "a metric has two rows"
    assert there >= {("ledger_http_seconds", "histogram, route"), ("ledger_projection_lag_seconds", "gauge, partition")}


def test_every_runbook_entry_that_an_error_names_exists():
    headings = {line[3:].strip().lower() for line in (ROOT / "docs/runbook.md").read_text().splitlines() if line.startswith("## ")}
    named = set()
    for path in [*ROOT.glob("ledger/**/*.py"), *ROOT.glob("processors/**/*.py")]:
        named |= {name.lower() for name in re.findall(r"runbook, `([^`]+)`", path.read_text())}

    assert named, "no error names the runbook: the pattern is out of date"
    assert named <= headings


def test_every_link_between_our_pages_leads_somewhere():
    broken = []
    for page in [ROOT / "README.md", ROOT / "deploy/README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("schemas/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")

    assert broken == []


def test_the_example_environment_names_only_settings_that_exist():
    lines = (ROOT / "deploy/ledger.env.example").read_text().splitlines()

    assert {line.split("=")[0] for line in lines if line and not line.startswith("#")} <= setting_names(Settings)


def named_pages(path: Path) -> set[str]:
    """Every Markdown file that a text names, as it names it; addresses on the web are not ours."""
    return set(re.findall(r"(?<![\w./:-])(?:[\w.-]+/|\.\./)*[\w-]+\.md\b", path.read_text(encoding="utf-8")))


def test_every_page_that_code_tests_and_docs_name_is_in_the_repository():
    tops = ("ledger", "processors", "schemas", "tests", "docs", "deploy")
    kinds = {".py", ".md", ".sql", ".toml", ".yaml", ".json", ".example", ".service"}
    texts = [*ROOT.glob("*.md"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    texts += [path for top in tops for path in (ROOT / top).rglob("*") if path.suffix in kinds and path.is_file()]
    # From the root, from the page's own folder, or from docs/.
    named = {(path, name) for path in texts for name in named_pages(path)}
    lost = {(path, name) for path, name in named if not any((base / name).is_file() for base in (ROOT, path.parent, ROOT / "docs"))}

    assert len(named) > 50, "hardly a page is named: the pattern is out of date"
    assert sorted(f"{path.relative_to(ROOT)} names {name}" for path, name in lost) == []
