"""Every metric of the ledger, one module per process; docs/metrics.md has a row for each, and tests hold kind and labels together.

Labels come from closed sets (partition, reason, part, a route's template), never from an event, except `source`: at most SOURCES_MAX names of
services. Must never hold a subject. prometheus_client lives here only. Two registries, so that no process shows zeros for what another one counts.
"""

from __future__ import annotations

from ledger.metrics.registry import PROCESSES_FOLDER, SPANS_DROPPED, Metric, families, forget_process, serve, serve_processes
from ledger.metrics.registry import WORKER as REGISTRY
from ledger.metrics.worker import (
    BATCH_RECORDS,
    BATCH_SECONDS,
    DEAD_LETTERS,
    DUPLICATES,
    EVENTS_FOLDED,
    FACTS,
    FENCES,
    LAG_RECORDS,
    LEADING,
    LOG_KEYS_DROPPED,
    NEXT_OFFSET,
    OUTBOX_OUTCOMES,
    OUTCOMES_SENT,
    PENDING,
    RECORDS_SEALED,
    REGISTER_COPIED,
    RESTARTS,
    SEAL_ROUND,
    SEALED_AT,
    count_delta,
)

__all__ = [
    "BATCH_RECORDS", "BATCH_SECONDS", "DEAD_LETTERS", "DUPLICATES", "EVENTS_FOLDED", "FACTS", "FENCES", "LAG_RECORDS", "LEADING",
    "LOG_KEYS_DROPPED", "NEXT_OFFSET", "OUTBOX_OUTCOMES", "OUTCOMES_SENT", "PENDING", "PROCESSES_FOLDER", "RECORDS_SEALED", "REGISTER_COPIED",
    "REGISTRY", "RESTARTS", "SEALED_AT", "SEAL_ROUND", "SPANS_DROPPED", "Metric", "count_delta", "families", "forget_process", "serve",
    "serve_processes",
]  # fmt: skip
