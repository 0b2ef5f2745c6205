"""Gauges that a worker reads from PostgreSQL and Kafka now and then (part `watcher`): the same in each worker, so take the maximum.

NaN: not known, because nobody has looked yet or the last look failed; it compares with nothing, so no alert fires on it. What must not be unknown
for long is `ledger_watched_timestamp_seconds`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from prometheus_client import Gauge

from ledger.metrics.registry import WORKER

SOURCES_MAX: Final = 100
"""Of `ledger_source_latest_timestamp_seconds`: the sources heard last; the rest is counted in `ledger_sources_not_shown`."""
UNKNOWN: Final = math.nan

WATCHED_AT = Gauge(
    "ledger_watched_timestamp_seconds", "When the gauges of this kind were last read. Growing older means that nobody watches.", registry=WORKER
)
LAG_SECONDS = Gauge(
    "ledger_projection_lag_seconds",
    "Age of the oldest record of the partition that is not in PostgreSQL, by the broker's time of it; 0 when none. A lasting rise: workers lag.",
    ["partition"],
    registry=WORKER,
)
DEAD_LETTERS_OPEN = Gauge(
    "ledger_dead_letters_open",
    "Dead letters that nobody has emitted again, by reason; counted up to 10,000. A rise means that somebody writes without the SDK.",
    ["reason"],
    registry=WORKER,
)
OBLIGATIONS_OVERDUE = Gauge(
    "ledger_obligations_overdue",
    "Duties past their time, by kind; counted up to 100,000. A rise means that a holder does not do what it must (ERASE: does not erase).",
    ["kind"],
    registry=WORKER,
)
LAST_SEAL_AGE = Gauge(
    "ledger_last_seal_age_seconds", "Seconds since the newest round of sealing that sealed something. Matters while records wait.", registry=WORKER
)
UNSEALED = Gauge(
    "ledger_unsealed_records", "Folded facts that no seal covers yet. A lasting rise means that nobody seals; NaN where nothing was ever sealed.",
    registry=WORKER,
)
CHECK_AGE = Gauge(
    "ledger_check_age_seconds", "Seconds since a check of the whole was last finished, by check. Growing beyond its plan: nobody checks.", ["check"],
    registry=WORKER,
)
CHECK_GOOD = Gauge(
    "ledger_check_good", "1 when the check found nothing wrong last time, 0 when it found something or could not decide.", ["check"], registry=WORKER
)
MISMATCHES = Gauge(
    "ledger_reconcile_mismatches", "Places at which log and database differ, by kind, as `ledger reconcile` found them. Must be 0.", ["kind"],
    registry=WORKER,
)
LOG_GAPS = Gauge(
    "ledger_log_gaps", "Stretches of the log that are missing on the broker, as `ledger reconcile` found them. Must be 0.", registry=WORKER
)
LOOK_UPS_KEPT = Gauge(
    "ledger_look_ups_kept_past_term", "Days of look-ups past their term whose key still exists. Above 0 for long: nobody forgets who looked.",
    registry=WORKER,
)
SOURCE_LATEST = Gauge(
    "ledger_source_latest_timestamp_seconds", "When the latest fact of a source came, by the broker's time. Growing older: the service is silent.",
    ["source"],
    registry=WORKER,
)
SOURCES_NOT_SHOWN = Gauge("ledger_sources_not_shown", "Sources beyond the 100 that are shown. A rise: names of no services.", registry=WORKER)

_SINGLE: Final = (WATCHED_AT, LAST_SEAL_AGE, UNSEALED, LOG_GAPS, LOOK_UPS_KEPT, SOURCES_NOT_SHOWN)
_LABELLED: Final = (LAG_SECONDS, DEAD_LETTERS_OPEN, OBLIGATIONS_OVERDUE, CHECK_AGE, CHECK_GOOD, MISMATCHES, SOURCE_LATEST)


def forget_all() -> None:
    """Nothing is known any more: at the start, and when a look failed. The time of the last look stays."""
    for gauge in _LABELLED:
        gauge.clear()
    for gauge in _SINGLE:
        if gauge is not WATCHED_AT:
            gauge.set(UNKNOWN)


def show(gauge: Gauge, values: Mapping[str, float]) -> None:
    """Show these values by label, and no other."""
    gone = {labels[0] for labels in gauge._metrics} - set(values)
    for label in gone:
        gauge.remove(label)
    for label, value in values.items():
        gauge.labels(label).set(value)


WATCHED_AT.set(UNKNOWN)
forget_all()
