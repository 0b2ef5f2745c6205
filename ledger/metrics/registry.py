"""The two registries, serving one of them, and what is in it: name, kind and labels, for the docs, alerts and dashboards that are held to it."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics import MetricWrapperBase

WORKER = CollectorRegistry()
"""Of `ledger work`."""
WEB = CollectorRegistry()
"""Of the process that answers over HTTP."""


class Metric(NamedTuple):
    """One metric. name: as it is exposed (a counter ends in `_total`). kind: counter, gauge or histogram. labels: in order."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


def families(registry: CollectorRegistry) -> list[Metric]:
    """All that a registry can expose, by name."""
    found = []
    for collector in registry._collector_to_names:
        assert isinstance(collector, MetricWrapperBase)  # noqa: S101
        kind = str(collector._type)
        name = collector._name + ("_total" if kind == "counter" else "")
        found.append(Metric(name, kind, tuple(collector._labelnames), collector._documentation))
    return sorted(found)


def serve(port: int, *, address: str = "127.0.0.1", registry: CollectorRegistry = WORKER) -> None:
    """Serve the metrics over HTTP on this port, from a thread of its own, until the process ends."""
    start_http_server(port, addr=address, registry=registry)
