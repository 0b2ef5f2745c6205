"""Is the work done: workers, lag, what is pending, the outbox, dead letters, gaps, duties, checks, look-ups past their term?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_positions import PostgresPositions
from ledger.adapters.postgres_reader import PostgresReader
from ledger.adapters.postgres_vault import PostgresVault
from ledger.adapters.postgres_watching import PostgresWatching, Watched
from ledger.adapters.postgres_workers import look_at_work
from ledger.answers.asking import Asking
from ledger.doctoring.checks import CONNECT_SECONDS_MAX, Found, found
from ledger.forgetting.look_ups import days_over
from ledger.settings import Settings
from ledger.topics import FACTS

_LED: Final = ("broadcaster", "relay", "ticker")
LAG_RECORDS_MAX: Final = 10_000
"""Behind by more than this a worker needs seconds, not moments."""
LAG_SECONDS_MAX: Final = 300.0
"""As the alert LedgerLagging."""
CHECK_SECONDS_MAX: Final = 2 * 24 * 3600.0
SEAL_SECONDS_MAX: Final = 900.0


def workers_are_there(settings: Settings) -> Found:
    """Somebody folds, and each duty has a leader."""
    work = look_at_work(settings.postgres_dsn())
    if not work.workers:
        return found("workers_none")
    idle = tuple(name for name in _LED if name not in work.leading)
    return found("workers_idle", number=work.workers, idle=idle) if idle else found("workers_there", number=work.workers, led=tuple(work.leading))


def lag_is_small(settings: Settings) -> Found:
    """The log is folded to its end, or nearly."""
    with closing(PostgresPositions(settings.postgres_dsn())) as positions:
        at = positions.next_offsets(FACTS)
    admin = KafkaAdmin(settings)
    admin.cluster_id(seconds=CONNECT_SECONDS_MAX)
    ends = admin.end_offsets(FACTS, admin.topics()[FACTS].partitions, seconds=CONNECT_SECONDS_MAX)
    behind = {number: end - at.get(number, 0) for number, end in enumerate(ends)}
    ahead = tuple(f"{FACTS}-{number}" for number, lag in behind.items() if lag < 0)
    if ahead:
        return found("lag_ahead", partitions=ahead)
    lag = sum(behind.values())
    if lag > LAG_RECORDS_MAX:
        return found("lag_many", number=lag)
    since = _waits_since(settings, {number: at.get(number, 0) for number, late in behind.items() if late})
    if since > LAG_SECONDS_MAX:
        return found("lag_old", number=lag, minutes=since / 60)
    return found("lag_some", number=lag) if lag else found("lag_none")


def _waits_since(settings: Settings, offsets: Mapping[int, int]) -> float:
    """How many seconds ago, by this machine's clock, the broker took the oldest of these records of `facts`, by partition; 0: there are none."""
    if not offsets:
        return 0.0
    with KafkaLog(settings) as log:
        return time.time() - min(log.taken_at(FACTS, partition, offset) for partition, offset in offsets.items())


def nothing_is_pending(settings: Settings) -> Found:
    """No register event is being worked off, or only for now."""
    work = look_at_work(settings.postgres_dsn())
    return found("pending_some", number=work.pending) if work.pending else found("pending_none")


def outbox_is_empty(settings: Settings) -> Found:
    """Outcomes go out."""
    with closing(PostgresPositions(settings.postgres_dsn())) as positions:
        unsent = positions.unsent_before(positions.next_offsets(FACTS))
    return found("outbox_some", number=unsent) if unsent else found("outbox_none")


def _watched(settings: Settings) -> Watched:
    with PostgresWatching(settings.postgres_dsn()) as watching:
        return watching.look(sources_max=1)


def no_dead_letters(settings: Settings) -> Found:
    """What could not be read was looked at."""
    letters = _watched(settings).dead_letters
    return found("letters_some", letters=dict(letters)) if letters else found("letters_none")


def no_gaps_and_mismatches(settings: Settings) -> Found:
    """What `ledger reconcile` found last, and when."""
    seen = _watched(settings)
    if seen.mismatches:
        return found("reconcile_differs", mismatches=dict(seen.mismatches))
    return found("reconcile_same" if "reconcile" in seen.checks else "reconcile_never")


def nothing_is_overdue(settings: Settings) -> Found:
    """Duties are done in their time."""
    overdue = _watched(settings).overdue
    return found("overdue_some", duties=dict(overdue)) if overdue else found("overdue_none")


def seals_are_young(settings: Settings) -> Found:
    """What is folded is sealed."""
    seen = _watched(settings)
    folded = sum(offset for offset, _ in seen.progress.values())
    if seen.sealed is None:
        return found("seals_never")
    age, sealed = seen.sealed
    if age > SEAL_SECONDS_MAX and folded > sealed:
        return found("seals_wait", number=folded - sealed, hours=age / 3600)
    return found("seals_young", number=sealed)


def checks_are_young_and_good(settings: Settings) -> Found:
    """Somebody has verified the archive lately, and found nothing."""
    checks = _watched(settings).checks
    bad = tuple(sorted(name for name, (_, good) in checks.items() if not good))
    if bad:
        return found("checks_bad", checks=bad)
    if "verify" not in checks:
        return found("checks_never")
    age = checks["verify"][0]
    return found("checks_old", days=age / 86400) if age > CHECK_SECONDS_MAX else found("checks_good")


def look_ups_are_forgotten(settings: Settings) -> Found:
    """No day of look-ups is kept beyond the term that the policy states."""
    dsn = settings.postgres_dsn()
    with PostgresVault(dsn) as store:
        days = store.living_days()
    if not days:
        return found("look_ups_none")
    with closing(PostgresReader(dsn)) as reader:
        _, over = days_over(Asking(reader), days)
    return found("look_ups_over", over=len(over), number=len(days)) if over else found("look_ups_young", number=len(days))
