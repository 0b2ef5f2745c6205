"""Looks who works on a ledger, and how far they are: the workers' sessions, the duties that are led, the progress of every partition.

A worker is seen by its sessions in PostgreSQL: one that cannot reach PostgreSQL, or has only just started, is not seen. Read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ledger.adapters.postgres_connection import connect, translated
from ledger.adapters.postgres_duties import LOCK_CLASS, LOCKS

# Each worker holds at most one session under each of these names.
_SESSIONS: Final = [f"ledger-{name}" for name in ("projector", *LOCKS) if name != "sealer"]


class WorkSeen(NamedTuple):
    """workers: how many are seen. leading: duties that one of them does. next_offsets: of `facts`, by partition. time_reached: the earliest
    of the partitions seen, microseconds since 1970. register_next: of the next register event to copy. pending: register events that are being
    folded into the many subjects they concern, over all partitions. sealed: (newest round, its time in milliseconds, records sealed), or None.
    """

    workers: int
    leading: tuple[str, ...]
    next_offsets: Mapping[int, int]
    time_reached: int
    register_next: int
    pending: int
    sealed: tuple[int, int, int] | None


def look_at_work(dsn: str) -> WorkSeen:
    """Say who works on the ledger in this database.

    Raises:
        DependencyError: PostgreSQL does not answer. OperatorError: there are no tables of a ledger.
    """
    with connect(dsn, application="ledger-status") as connection, translated("see who works"), connection.transaction():
        sessions = connection.execute(
            "SELECT application_name, count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = ANY(%s) GROUP BY application_name",
            [_SESSIONS],
        ).fetchall()
        held = connection.execute(
            "SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK_CLASS],
        ).fetchall()
        progress = connection.execute(
            "SELECT partition, next_offset, (extract(epoch FROM time_reached) * 1000000)::bigint,"
            " coalesce(jsonb_array_length(pending_steps::jsonb), 0) FROM projection.progress WHERE topic = 'facts'"
        ).fetchall()
        heads = connection.execute("SELECT size, state FROM ledger.log_head WHERE origin NOT LIKE '%/seals/next'").fetchall()
        copied = connection.execute("SELECT next_offset FROM ledger.broadcast_progress").fetchall()
    return WorkSeen(
        workers=max((int(count) for _, count in sessions), default=0),
        leading=tuple(name for name, number in LOCKS.items() if (number,) in held),
        next_offsets={int(partition): int(offset) for partition, offset, _, _ in progress},
        time_reached=min((int(time) for _, _, time, _ in progress), default=0),
        register_next=int(copied[0][0]) if copied else 0,
        pending=sum(int(pending) for _, _, _, pending in progress),
        sealed=next(
            ((state["round"], state["at"], sum(size - 1 for size, other in heads if other is None)) for _, state in heads if state is not None), None
        ),
    )
