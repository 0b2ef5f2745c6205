"""Metrics of a worker that it counts as it works. Labels are closed sets: partition, reason, part, topic, stage, type of event."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

from ledger.core.delta import Delta
from ledger.metrics.registry import WORKER

EVENTS_FOLDED = Counter(
    "ledger_events_folded_total",
    "Facts and register copies folded and committed. A rise means work is done.",
    ["partition"],
    registry=WORKER,
)
FACTS = Counter(
    "ledger_facts_total", "Facts folded and committed, by type of event. A type that stops coming may be a service that fell silent.", ["type"],
    registry=WORKER,
)
DEAD_LETTERS = Counter(
    "ledger_dead_letters_total",
    "Records put aside because they cannot be read. A rise means that somebody writes to the topics without the SDK.",
    ["partition", "reason"],
    registry=WORKER,
)
DUPLICATES = Gauge(
    "ledger_duplicates",
    "Repeated events dropped since offset 0. A steep rise means that a service repeats itself.",
    ["partition"],
    registry=WORKER,
)
NEXT_OFFSET = Gauge(
    "ledger_next_offset",
    "Offset of the next record to fold, as PostgreSQL says. Standing still while the log grows means that nobody folds.",
    ["partition"],
    registry=WORKER,
)
LAG_RECORDS = Gauge(
    "ledger_lag_records",
    "Records on the log that are not in PostgreSQL yet. A lasting rise means that the workers do not keep up.",
    ["partition"],
    registry=WORKER,
)
PENDING = Gauge(
    "ledger_pending_register_events",
    "Ticks and other register events that are not folded yet into all subjects they concern. A lasting rise means more work than time.",
    ["partition"],
    registry=WORKER,
)
BATCH_SECONDS = Histogram(
    "ledger_batch_seconds",
    "Seconds per batch and stage: fold (decode and judge) or write (one transaction). A rise means bigger batches or a slower database.",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
    registry=WORKER,
)
BATCH_RECORDS = Histogram(
    "ledger_batch_records",
    "Records per batch. A rise means that the worker is behind and takes more at a time.",
    buckets=(1, 10, 50, 100, 250, 500, 1000, 2000, 4000, 8000),
    registry=WORKER,
)
OUTBOX_OUTCOMES = Gauge(
    "ledger_outbox_outcomes",
    "Outcomes in PostgreSQL that the relay saw unsent at its last look. A lasting rise means that Kafka does not take them.",
    registry=WORKER,
)
OUTCOMES_SENT = Counter(
    "ledger_outcomes_sent_total", "Outcomes sent and acknowledged. A rise means work is done.", ["topic"], registry=WORKER
)
REGISTER_COPIED = Counter(
    "ledger_register_copied_total", "Register events copied into every partition. A rise means work is done.", registry=WORKER
)
RECORDS_SEALED = Counter("ledger_records_sealed_total", "Records sealed. A rise means work is done.", ["topic"], registry=WORKER)
SEAL_ROUND = Gauge(
    "ledger_seal_round", "Number of the newest round of sealing. Standing still while the log grows means that nobody seals.", registry=WORKER
)
SEALED_AT = Gauge(
    "ledger_sealed_timestamp_seconds", "When all that was on the log was last known to be sealed. Growing older means that nobody seals.",
    registry=WORKER,
)
LEADING = Gauge(
    "ledger_leading", "1 while this worker leads the duty. A sum over workers other than 1 means that nobody does it.", ["part"], registry=WORKER
)
RESTARTS = Counter(
    "ledger_part_restarts_total",
    "Times a part of the worker began anew after a failure. A rise means that Kafka or PostgreSQL went away.",
    ["part"],
    registry=WORKER,
)
FENCES = Counter(
    "ledger_fences_total", "Times a part stood back because another worker had moved on. One is a rebalance; many are two workers at one partition.",
    ["part"], registry=WORKER,
)  # fmt: skip
LOG_KEYS_DROPPED = Counter(
    "ledger_log_keys_dropped_total", "Values left out of log lines because their key is not on the list. A rise means a defect of ours: report it.",
    registry=WORKER,
)


def count_delta(delta: Delta, type_of: Callable[[int], str]) -> None:
    """Count what one committed batch brought. type_of: name of the event type by schema id."""
    partition = str(delta.partition)
    EVENTS_FOLDED.labels(partition).inc(len(delta.facts) + len(delta.ticks))
    for schema_id, count in Counts([row[4] for row in delta.facts if row[2] is not None]).items():
        FACTS.labels(type_of(schema_id)).inc(count)
    for row in delta.dead_letters:
        DEAD_LETTERS.labels(partition, row[3]).inc()
    DUPLICATES.labels(partition).set(delta.duplicates)
    NEXT_OFFSET.labels(partition).set(delta.next_offset)
    PENDING.labels(partition).set(len(delta.pending.steps))
    if delta.next_offset > delta.first_offset:
        BATCH_RECORDS.observe(delta.next_offset - delta.first_offset)
