"""Prometheus's own tool reads our rules, runs their tests, and finds nothing to say against what we expose.

It comes with Debian's prometheus; where it is not there, the test installs it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from ledger.metrics import registry, watched, web, worker
from tests.installed import installed

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/alerts.yaml"
TESTS = ROOT / "deploy/prometheus/alerts_test.yaml"
# Words of PromQL beside the names of metrics; `up` is Prometheus's own.
EXPOSED = {each.name for each in [*registry.families(registry.WORKER), *registry.families(registry.WEB)]}


@pytest.fixture(scope="module")
def promtool() -> str:
    """The tool; installed first where it is not there."""
    return installed("prometheus", "promtool", is_alone=True)


def rules() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def metrics_in(expression: str) -> set[str]:
    """Names of our metrics in an expression; a histogram's series count as the histogram."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) if name not in EXPOSED else name for name in re.findall(r"\bledger_\w+", expression)}


def test_the_rules_are_valid_and_each_case_fires_or_stays_quiet(promtool: str) -> None:
    checked = subprocess.run([promtool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    done = subprocess.run([promtool, "test", "rules", str(TESTS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_stays_quiet() -> None:
    cases = [(case["alertname"], bool(case["exp_alerts"])) for test in yaml.safe_load(TESTS.read_text())["tests"] for case in test["alert_rule_test"]]

    assert sorted(cases) == sorted((rule["alert"], fires) for rule in rules() for fires in (True, False))
    assert len(rules()) > 15


def test_a_broken_rule_is_noticed(promtool: str, tmp_path: Path) -> None:
    """That the tool really judges: with one threshold changed, a case fails."""
    text = RULES.read_text()
    broken = text.replace("max(ledger_log_gaps) > 0", "max(ledger_log_gaps) > 1")
    assert broken != text
    (tmp_path / RULES.name).write_text(broken)
    shutil.copy(TESTS, tmp_path / TESTS.name)

    done = subprocess.run([promtool, "test", "rules", str(tmp_path / TESTS.name)], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "LedgerLogGap fires" in done.stdout + done.stderr


def test_an_alert_links_the_runbook_where_the_external_label_says_that_it_is(promtool: str, tmp_path: Path) -> None:
    name, address = "LedgerWorkerDown fires", "https://wiki.example/runbook"
    cases = yaml.safe_load(TESTS.read_text())
    case = next(each for each in cases["tests"] if each["name"] == name) | {"external_labels": {"ledger_runbook": address}}
    alert = case["alert_rule_test"][0]["exp_alerts"][0]
    alert["exp_annotations"]["runbook_url"] = alert["exp_annotations"]["runbook_url"].replace("docs/runbook.md", address)
    shutil.copy(RULES, tmp_path / RULES.name)
    (tmp_path / TESTS.name).write_text(yaml.safe_dump(cases | {"tests": [case]}))

    done = subprocess.run([promtool, "test", "rules", str(tmp_path / TESTS.name)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_of_a_rule_and_of_its_cases_is_one_that_we_expose() -> None:
    named = set().union(*(metrics_in(str(rule["expr"])) for rule in rules()))

    assert named - EXPOSED == set()
    assert len(named) > 15
    assert metrics_in(TESTS.read_text()) - EXPOSED == set()


def test_every_alert_says_what_it_means_and_where_to_read_on() -> None:
    headings = [line[3:].strip() for line in (ROOT / "docs/runbook.md").read_text().splitlines() if line.startswith("## ")]
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for rule in rules():
        said, labels = rule["annotations"], rule["labels"]
        assert isinstance(said, dict)
        assert isinstance(labels, dict)
        page, _, anchor = said["runbook_url"].partition("#")
        assert page == '{{ or $externalLabels.ledger_runbook "docs/runbook.md" }}'
        assert anchor in anchors, rule["alert"]
        assert labels["severity"] in ("critical", "warning")
        assert len(said["summary"]) > 15
        assert len(said["description"]) > 30
        assert f"`{rule['alert']}`" in (ROOT / "docs/runbook.md").read_text(), f"no entry says that one sees {rule['alert']}"


@pytest.mark.parametrize("name", ["worker", "web"])
def test_promtool_finds_nothing_to_say_against_our_metrics(promtool: str, name: str) -> None:
    watched.show(watched.SOURCE_LATEST, {"crm": 1.0})
    worker.BATCH_SECONDS.labels("fold").observe(0.1)
    worker.LEADING.labels("relay").set(1)
    web.HTTP_SECONDS.labels("/v1/events").observe(0.1)
    text = generate_latest(registry.WORKER if name == "worker" else registry.WEB)

    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stdout + done.stderr
