"""Reads back the outcomes a fold has stored, for comparing them with those on the topics."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from ledger.adapters.postgres_connection import connect, translated
from ledger.adapters.postgres_types import use_cheap_types

_ROWS_PER_FETCH = 10_000


def stored_outcomes(dsn: str, schema: str, topic: str, partition: int) -> Iterator[tuple[tuple[int, bytes, int], bytes, bytes | None, bytes]]:
    """Give ((log_offset, subject_id, ordinal), event id, message key, value) of each outcome of one topic and partition, in the order of the outbox.

    Raises:
        DependencyError: PostgreSQL does not answer.
    """
    query = sql.SQL(
        "SELECT log_offset, subject_id, ordinal, event_id, message_key, value FROM {} WHERE partition = %s AND topic = %s"
        " ORDER BY log_offset, subject_id, ordinal"
    ).format(sql.Identifier(schema, "outcome"))
    with connect(dsn, autocommit=False, application="ledger-outcomes") as connection, translated("read the outcomes"):
        use_cheap_types(connection)
        with connection.cursor("outcomes", binary=True) as cursor:
            cursor.itersize = _ROWS_PER_FETCH
            cursor.execute(query, [partition, topic])
            for log_offset, subject_id, ordinal, event_id, key, value in cursor:
                yield (log_offset, subject_id, ordinal), event_id, key, value
