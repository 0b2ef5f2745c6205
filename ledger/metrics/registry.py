"""The two registries, serving one of them, and what is in it: name, kind and labels, for the docs, alerts and dashboards that are held to it."""

from __future__ import annotations

from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, start_http_server
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

WORKER = CollectorRegistry()
"""Of `ledger work`."""
WEB = CollectorRegistry()
"""Of the process that answers over HTTP."""
PROCESSES_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which processes that count together find where: prometheus_client reads it when it is imported."""


SPANS_DROPPED = Counter(
    "ledger_spans_dropped_total",
    "Spans of traces that were not sent, because the collector is away or too many wait. A rise: traces have gaps, nothing else has.",
    registry=None,
)
"""Of both."""
for _each in (WORKER, WEB):
    _each.register(SPANS_DROPPED)


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


def serve_processes(port: int, folder: str, *, address: str = "127.0.0.1") -> None:
    """As `serve`, what the processes that count in this folder have counted together, those that are gone as well."""
    together = CollectorRegistry()
    MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
    start_http_server(port, addr=address, registry=together)


def forget_process(pid: int, folder: str) -> None:
    """A process is gone: what is there now is without it; what it has counted stays."""
    mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
