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
from ledger.contract.term_names import spelt
from ledger.doctoring.checks import CONNECT_SECONDS_MAX, Found
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
        return Found("wrong", "sessions in PostgreSQL", "no worker is seen", "ledger work")
    idle = [name for name in _LED if name not in work.leading]
    if idle:
        return Found(
            "warning", "leaders of duties", f"{_workers(work.workers)}, and nobody leads: {', '.join(idle)}",
            "ledger work; or wait if one just started",
        )
    return Found("ok", "sessions and leaders of duties", f"{_workers(work.workers)}; {', '.join(work.leading)} are led")


def _workers(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"


def lag_is_small(settings: Settings) -> Found:
    """The log is folded to its end, or nearly."""
    with closing(PostgresPositions(settings.postgres_dsn())) as positions:
        at = positions.next_offsets(FACTS)
    admin = KafkaAdmin(settings)
    admin.cluster_id(seconds=CONNECT_SECONDS_MAX)
    ends = admin.end_offsets(FACTS, admin.topics()[FACTS].partitions, seconds=CONNECT_SECONDS_MAX)
    behind = {number: end - at.get(number, 0) for number, end in enumerate(ends)}
    ahead = [f"facts-{number}" for number, lag in behind.items() if lag < 0]
    if ahead:
        return Found(
            "wrong", "ends of the log and positions", f"PostgreSQL is ahead of the log: {', '.join(ahead)}",
            "the topic has lost records: do not start workers",
        )
    lag = sum(behind.values())
    if lag > LAG_RECORDS_MAX:
        return Found("warning", "ends of the log and positions", _not_folded(lag), "start more workers, at most one per partition")
    since = _waits_since(settings, {number: at.get(number, 0) for number, late in behind.items() if late})
    if since > LAG_SECONDS_MAX:
        return Found(
            "wrong", "ends of the log and positions", f"{_not_folded(lag)}, the oldest since {since / 60:,.0f} minutes",
            "a worker that is there does not get on: read its log, and start it again",
        )
    return Found("ok", "ends of the log and positions", _not_folded(lag) if lag else "all is folded")


def _not_folded(records: int) -> str:
    return "1 record is not folded" if records == 1 else f"{records:,} records are not folded"


def _waits_since(settings: Settings, offsets: Mapping[int, int]) -> float:
    """How many seconds ago, by this machine's clock, the broker took the oldest of these records of `facts`, by partition; 0: there are none."""
    if not offsets:
        return 0.0
    with KafkaLog(settings) as log:
        return time.time() - min(log.taken_at(FACTS, partition, offset) for partition, offset in offsets.items())


def nothing_is_pending(settings: Settings) -> Found:
    """No register event is being worked off, or only for now."""
    work = look_at_work(settings.postgres_dsn())
    if work.pending:
        return Found(
            "warning", "progress", f"{work.pending} register events are being folded into many subjects",
            "nothing: it ends by itself while a worker runs",
        )
    return Found("ok", "progress", "nothing is pending")


def outbox_is_empty(settings: Settings) -> Found:
    """Outcomes go out."""
    with closing(PostgresPositions(settings.postgres_dsn())) as positions:
        unsent = positions.unsent_before(positions.next_offsets(FACTS))
    if unsent:
        return Found("warning", "outcomes and what was sent", f"{unsent:,} outcomes are not sent", "ask again: if it does not fall, no worker relays")
    return Found("ok", "outcomes and what was sent", "all outcomes are sent")


def _watched(settings: Settings) -> Watched:
    with PostgresWatching(settings.postgres_dsn()) as watching:
        return watching.look(sources_max=1)


def no_dead_letters(settings: Settings) -> Found:
    """What could not be read was looked at."""
    letters = _watched(settings).dead_letters
    if letters:
        said = ", ".join(f"{number:,} {reason}" for reason, number in sorted(letters.items()))
        return Found("warning", "dead letters that were not emitted again", said, "ledger dead-letters list")
    return Found("ok", "dead letters that were not emitted again", "there are none")


def no_gaps_and_mismatches(settings: Settings) -> Found:
    """What `ledger reconcile` found last, and when."""
    seen = _watched(settings)
    if seen.mismatches:
        said = ", ".join(f"{number:,} {kind}" for kind, number in sorted(seen.mismatches.items()))
        return Found("wrong", "what ledger reconcile found", said, "ledger reconcile names the places")
    if "reconcile" not in seen.checks:
        return Found("warning", "what ledger reconcile found", "it was never run", "ledger reconcile; best daily, or with --watch")
    return Found("ok", "what ledger reconcile found", "they are the same")


def nothing_is_overdue(settings: Settings) -> Found:
    """Duties are done in their time."""
    overdue = _watched(settings).overdue
    if overdue:
        said = ", ".join(f"{number:,} {spelt(kind)}" for kind, number in sorted(overdue.items()))
        return Found("wrong", "obligations past their time", said, "ledger obligations --state overdue")
    return Found("ok", "obligations past their time", "there are none")


def seals_are_young(settings: Settings) -> Found:
    """What is folded is sealed."""
    seen = _watched(settings)
    folded = sum(offset for offset, _ in seen.progress.values())
    if seen.sealed is None:
        return Found("warning", "the newest seal", "nothing was ever sealed: the log can be changed unseen", "ledger keys init, then ledger seal")
    age, sealed = seen.sealed
    if age > SEAL_SECONDS_MAX and folded > sealed:
        return Found(
            "warning", "the newest seal", f"{folded - sealed:,} folded records wait since {age / 3600:.1f} hours",
            "ledger seal; or ledger work --only sealer",
        )
    return Found("ok", "the newest seal", f"{sealed:,} facts are sealed")


def checks_are_young_and_good(settings: Settings) -> Found:
    """Somebody has verified the archive lately, and found nothing."""
    checks = _watched(settings).checks
    bad = sorted(name for name, (_, good) in checks.items() if not good)
    if bad:
        return Found("wrong", "the last checks", f"found something, or could not decide: {', '.join(bad)}", "run it again and read what it says")
    if "verify" not in checks:
        return Found("warning", "the last checks", "the archive was never verified from here", "ledger audit verify")
    age = checks["verify"][0]
    if age > CHECK_SECONDS_MAX:
        return Found("warning", "the last checks", f"verified {age / 86400:.1f} days ago", "ledger audit verify")
    return Found("ok", "the last checks", "verified, and nothing found")


def look_ups_are_forgotten(settings: Settings) -> Found:
    """No day of look-ups is kept beyond the term that the policy states."""
    dsn = settings.postgres_dsn()
    with PostgresVault(dsn) as store:
        days = store.living_days()
    if not days:
        return Found("ok", "keys of days of look-ups", "there are none")
    with closing(PostgresReader(dsn)) as reader:
        _, over = days_over(Asking(reader), days)
    if over:
        return Found("wrong", "keys of days of look-ups", f"{len(over)} of {len(days)} days are past their term", "ledger vault expire")
    return Found("ok", "keys of days of look-ups", f"{len(days)} days, none past its term")
