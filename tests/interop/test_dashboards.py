"""Grafana's dashboards: of the shape that it imports, each query one that Prometheus parses, each metric one that we expose, and none forgotten."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.metrics import registry, watched, web, worker
from tests.interop.test_promtool import EXPOSED, metrics_in, promtool  # noqa: F401  a fixture

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
NOT_SHOWN: set[str] = set()
"""Metrics that no panel shows, on purpose."""
UNITS = {"s", "short", "ops", "reqps", "percentunit"}
FILLED = (watched.LAG_SECONDS, web.SSE_CLIENTS, worker.LEADING)  # the modules that fill the registries


def dashboard(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def panels(path: Path) -> list[dict[str, Any]]:
    return [panel for panel in dashboard(path)["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_has_the_shape_that_grafana_imports(path: Path) -> None:
    whole = dashboard(path)
    assert whole["schemaVersion"] >= 39
    assert re.fullmatch(r"[a-z-]{5,40}", whole["uid"])
    assert whole["title"].startswith("Ledger: ")
    (variable,) = whole["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    ids = [panel["id"] for panel in whole["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in whole["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, f"{panel['title']} lies over another"
        assert place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
    for panel in panels(path):
        assert panel["type"] in ("timeseries", "stat", "heatmap")
        assert len(panel["description"]) > 10, panel["title"]
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"] in UNITS, panel["title"]
        steps = defaults["thresholds"]["steps"]
        assert steps[0]["value"] is None
        assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert [target["refId"] for target in panel["targets"]] == [chr(65 + index) for index in range(len(panel["targets"]))]
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_metric_and_label_of_a_panel_is_one_that_we_expose(path: Path) -> None:
    labels = {each.name: {*each.labels, "le"} for each in [*registry.families(registry.WORKER), *registry.families(registry.WEB)]}
    for panel in panels(path):
        for target in panel["targets"]:
            named = metrics_in(target["expr"])
            assert named, panel["title"]
            assert named - EXPOSED == set(), panel["title"]
            used = {label.strip() for group in re.findall(r"by \(([^)]+)\)", target["expr"]) for label in group.split(",")}
            used |= set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) | set(re.findall(r"[{,](\w+)(?==~|=\"|!=)", target["expr"]))
            assert used - set().union(*(labels[name] for name in named)) == set(), panel["title"]


def test_every_metric_is_shown_somewhere_or_listed_as_not_shown() -> None:
    shown = set().union(*(metrics_in(target["expr"]) for path in DASHBOARDS for panel in panels(path) for target in panel["targets"]))

    assert EXPOSED - shown == NOT_SHOWN
    assert len(DASHBOARDS) == 3


def test_prometheus_parses_every_query(promtool: str, tmp_path: Path) -> None:  # noqa: F811
    queries = [target["expr"].replace("$__rate_interval", "5m") for path in DASHBOARDS for panel in panels(path) for target in panel["targets"]]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    done = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(queries)} rules found" in done.stdout

    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": [{"record": "x", "expr": "sum(by (ledger_leading)"}]}]}))
    assert subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, check=False).returncode != 0


def test_the_scrape_config_of_the_page_is_one_that_prometheus_takes(promtool: str, tmp_path: Path) -> None:  # noqa: F811
    (config,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "deploy/README.md").read_text(), re.DOTALL)
    (tmp_path / "alerts.yaml").write_text((ROOT / "deploy/prometheus/alerts.yaml").read_text())
    (tmp_path / "prometheus.yml").write_text(config)

    done = subprocess.run([promtool, "check", "config", str(tmp_path / "prometheus.yml")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {job["job_name"] for job in yaml.safe_load(config)["scrape_configs"]} == {"ledger-worker", "ledger-web"}
