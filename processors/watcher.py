"""Reads what is worth an alert every LOOK_SECONDS and shows it as metrics: lag by time, dead letters, duties overdue, seals, checks, sources.

Every worker has one and all show the same; nobody leads. Must never be in the way of the work: a few bounded questions to PostgreSQL, one to Kafka,
and one record of each partition that lags. What cannot be read is shown as NaN, not as what it was. Source: docs/metrics.md.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Final

from ledger import metrics
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_reader import PostgresReader
from ledger.adapters.postgres_vault import PostgresVault
from ledger.adapters.postgres_watching import PostgresWatching, Watched
from ledger.answers.asking import Asking
from ledger.diagnostics import logger
from ledger.errors import OperatorError
from ledger.forgetting.look_ups import days_over
from ledger.metrics import watched as shown
from ledger.sdk.field_rules import is_identifier
from ledger.settings import Settings
from ledger.topics import FACTS
from processors.log_checks import Ledger, LogCheck
from processors.sources import HEARD

LOOK_SECONDS: Final = 15.0
KAFKA_SECONDS_MAX: Final = 10.0
_log = logger("watcher")
#: Kind of mismatch that is a hole in the log itself.
GAP: Final = "log_gap"


def watch(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
    """Look until told to stop.

    Raises:
        DependencyError: Kafka or PostgreSQL does not answer; call again. OperatorError: it is not the ledger that it was.
    """
    shown.forget_all()
    ledger = check.require_same_log(settings)
    admin = KafkaAdmin(settings)
    try:
        with PostgresWatching(settings.postgres_dsn()) as database, KafkaLog(settings) as log:
            while True:
                try:
                    database.note_heard({source: at for source, at in HEARD.take().items() if is_identifier(source)})
                    seen = database.look(sources_max=shown.SOURCES_MAX)
                    _show(seen)
                    ends = admin.end_offsets(FACTS, ledger.partitions, seconds=KAFKA_SECONDS_MAX)
                    shown.show(shown.LAG_SECONDS, {str(number): age for number, age in lag_seconds(seen, ends, log).items()})
                    shown.LOOK_UPS_KEPT.set(_days_over(settings, ledger))
                    shown.WATCHED_AT.set(time.time())
                except OperatorError as error:  # a hole in the log, a missing right: who does the work stops at it, and says so better
                    shown.forget_all()
                    _log.warning("not_watched", error=str(error), remedy=error.hint)
                if stop.wait(LOOK_SECONDS):
                    return
    finally:
        shown.forget_all()


def lag_seconds(seen: Watched, ends: list[int], log: KafkaLog) -> dict[int, float]:
    """By partition: how long ago, by this machine's clock, the broker took the oldest record that is not applied; 0 where all are."""
    found = dict.fromkeys(range(len(ends)), 0.0)
    for number, end in enumerate(ends):
        next_offset = seen.progress.get(number, (0, 0))[0]
        if next_offset < end:
            found[number] = max(0.0, time.time() - log.taken_at(FACTS, number, next_offset))
    return found


def _show(seen: Watched) -> None:
    for number, (next_offset, _) in seen.progress.items():
        metrics.NEXT_OFFSET.labels(str(number)).set(next_offset)
    shown.show(shown.DEAD_LETTERS_OPEN, seen.dead_letters)
    shown.show(shown.OBLIGATIONS_OVERDUE, seen.overdue)
    shown.show(shown.CHECK_AGE, {name: age for name, (age, _) in seen.checks.items()})
    shown.show(shown.CHECK_GOOD, {name: float(good) for name, (_, good) in seen.checks.items()})
    shown.show(shown.MISMATCHES, {kind: number for kind, number in seen.mismatches.items() if kind != GAP})
    shown.LOG_GAPS.set(seen.mismatches.get(GAP, 0))
    age, sealed = seen.sealed or (shown.UNKNOWN, shown.UNKNOWN)
    shown.LAST_SEAL_AGE.set(age)
    shown.UNSEALED.set(sum(offset for offset, _ in seen.progress.values()) - sealed)
    shown.show(shown.SOURCE_LATEST, seen.sources)
    shown.SOURCES_NOT_SHOWN.set(seen.sources_known - len(seen.sources))


def _days_over(settings: Settings, ledger: Ledger) -> float:
    """How many days of look-ups are past their term and still there; NaN for a worker that has no right to ask the vault."""
    dsn = settings.postgres_dsn()
    try:
        with PostgresVault(dsn) as store:
            days = store.living_days()
    except OperatorError:
        return shown.UNKNOWN
    if not days:
        return 0.0
    with closing(PostgresReader(dsn)) as reader:
        return float(len(days_over(Asking(reader), days)[1]))
