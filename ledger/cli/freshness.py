"""How fresh an answer is, in one line or as JSON: for the commands that do not ask through `answers/query.py` themselves, and for its tables."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.answers.shapes import Freshness
    from ledger.settings import Settings

KAFKA_SECONDS_MAX = 3.0
"""How long an answer waits to learn its lag; an answer without it is still an answer."""


def read_freshness(settings: Settings) -> Freshness:
    """How far every partition is folded now, and where the log ends. Kafka need not answer: the lag is unknown then.

    Raises:
        DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it.
    """
    from ledger.adapters.kafka_admin import KafkaAdmin
    from ledger.adapters.postgres_reader import PostgresReader
    from ledger.answers.query import Query
    from ledger.topics import FACTS

    with closing(PostgresReader(settings.postgres_dsn())) as reader:
        return Query(reader, lambda partitions: KafkaAdmin(settings).end_offsets(FACTS, partitions, seconds=KAFKA_SECONDS_MAX)).freshness()


def freshness_fields(freshness: Freshness) -> dict[str, Any]:
    """As in docs/answers.md, section 5."""
    from ledger.answers.shapes import as_json

    return dict(as_json(freshness))


def freshness_line(freshness: Freshness) -> str:
    """Of an answer as of then, of when; kind of ledger, time reached, positions, lag."""
    from ledger.answers.presentation import moment
    from ledger.legal_time import DUTCH_TIME

    places = ", ".join(f"facts-{each.partition} up to {each.next_offset}" for each in freshness.partitions)
    lag = "lag unknown, Kafka does not answer" if freshness.lag is None else f"{freshness.lag:,} behind the log" if freshness.lag else "up to date"
    if freshness.known_at is not None and freshness.lag:
        lag = f"{freshness.lag:,} later records left out"
    if any(each.lag is not None and each.lag < 0 for each in freshness.partitions):
        lag = "AHEAD OF THE LOG: records are missing on the broker"
    if pending := [each for each in freshness.partitions if each.pending_offset is not None]:
        lag += f", {'a register event' if len(pending) == 1 else 'register events'} still being folded into many subjects (" + ", ".join(
            f"facts-{each.partition} at {each.pending_offset}" for each in pending
        ) + ")"
    kind = "SIMULATED ledger" if freshness.simulated else "real ledger"
    reached = freshness.time_reached
    time = f"time reached {moment(reached, DUTCH_TIME)}" if reached else "not every partition has seen a tick"
    then = [] if freshness.on is None else [f"as it was on {moment(freshness.on, DUTCH_TIME)}"]
    then += [] if freshness.known_at is None else [f"as known at {freshness.known_at}"]
    return f"{', '.join([*then, kind])}, {time}; {places}; {lag}; times in {DUTCH_TIME.key}"
