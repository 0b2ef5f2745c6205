"""Names and types of the columns of the projections, in the order of the row tuples. Data only.

Source: docs/architecture.md section 5; ledger/sql/projection.sql says the same and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple


class Table(NamedTuple):
    """One table: its columns in order, their types, and its primary key."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key: tuple[str, ...]


def _table(name: str, key: str, columns: str) -> Table:
    pairs = [tuple(column.split()) for column in columns.split(",")]
    return Table(name, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), tuple(key.split()))


def picked(table: Table, columns: Sequence[str]) -> Table:
    """Some columns of a table, in the order given."""
    return Table(table.name, tuple(columns), tuple(table.types[table.columns.index(name)] for name in columns), table.key)


HOLDING: Final = _table(
    "holding",
    "subject_id holding_id",
    """subject_id uuid, holding_id uuid, partition int, controller text, subject_ref text, holder text, store text,
    purpose text, ref text, received_from text, categories text[], category_evidence smallint[],
    evidence_at timestamptz[], evidence_event uuid[], evidence_offset bigint[], erased text[], erased_at timestamptz[],
    latest_at timestamptz, latest_event uuid, latest_offset bigint, activity text, role text, legal_basis text,
    statute text, country text, safeguard text, agreement text, product text, due_at timestamptz, rule text,
    anchor_event uuid[], anchor_offset bigint[], held_back boolean""",
)
SUBJECT: Final = _table(
    "subject", "subject_id", "subject_id uuid, partition int, controller text, subject_ref text, state text"
)
SUBJECT_ENTRY: Final = _table(
    "subject_entry", "subject_id entry_id", "subject_id uuid, entry_id uuid, partition int, section text, entry text"
)
OBLIGATION: Final = _table(
    "obligation",
    "subject_id obligation_id",
    """obligation_id uuid, subject_id uuid, partition int, controller text, subject_ref text, kind text, holder text,
    store text, purpose text, ref text, received_from text, categories text[], due_at timestamptz,
    overdue_at timestamptz, rule text, state text, raised_at timestamptz, raised_offset bigint, rests_on uuid[],
    request_ref text, settled_at timestamptz, settled_offset bigint, settled_event uuid, certificate_ref text,
    reason text, about text""",
)
REQUEST: Final = _table(
    "request",
    "subject_id request_ref",
    """subject_id uuid, entry_id uuid, partition int, controller text, subject_ref text, request_ref text,
    right_exercised text, received bigint, identified bigint, is_from_nobody boolean, extended bigint, outcome text,
    answered bigint, overdue bigint, overdue_month date, is_late boolean, is_refused boolean, is_unsettled boolean,
    is_open boolean, line bytea""",
)
VIOLATION: Final = _table(
    "violation",
    "partition log_offset subject_id ordinal",
    """partition int, log_offset bigint, ordinal int, event_id uuid, subject_id uuid, controller text,
    subject_ref text, promise text, rule text, severity text, holder text, purpose text, categories text[],
    rests_on uuid[]""",
)
FACT: Final = _table(
    "fact",
    "partition log_offset",
    """partition int, log_offset bigint, subject_id uuid, event_id uuid, schema_id int, recorded_at timestamptz,
    value bytea""",
)
TICK: Final = _table(
    "tick",
    "partition log_offset",
    "partition int, log_offset bigint, register_offset bigint, time timestamptz, recorded_at timestamptz",
)
OUTCOME: Final = _table(
    "outcome",
    "partition log_offset subject_id ordinal",
    """partition int, log_offset bigint, ordinal int, topic text, event_id uuid, message_key bytea, value bytea,
    subject_id uuid""",
)
DEAD_LETTER: Final = _table(
    "dead_letter",
    "topic partition log_offset",
    """topic text, partition int, log_offset bigint, reason text, fingerprint text, size int,
    recorded_at timestamptz""",
)
PROGRESS: Final = _table(
    "progress",
    "topic partition",
    """topic text, partition int, next_offset bigint, register_next bigint, time_reached timestamptz,
    duplicates bigint, pending_offset bigint, pending_after uuid, pending_steps text""",
)

HELD_TALLY: Final = _table(
    "held_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, holder text, received_from text, role text, activity text,
    store text, country text, safeguard text, agreement text, purpose text, legal_basis text, statute text, categories text[],
    erased text[], rule text, has_date boolean, holdings bigint""",
)
PEOPLE_TALLY: Final = _table(
    "people_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, level text, holder text, role text, activity text,
    is_shared boolean, country text, safeguard text, subjects bigint""",
)
DUE_TALLY: Final = _table(
    "due_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, holder text, role text, rule text, day date,
    held_back boolean, holdings bigint""",
)
OBLIGATION_TALLY: Final = _table(
    "obligation_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, kind text, holder text, rule text, state text, day date,
    reason text, lateness text, obligations bigint""",
)
VIOLATION_TALLY: Final = _table(
    "violation_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, promise text, rule text, severity text, month date,
    violations bigint""",
)
PROMISE_TALLY: Final = _table(
    "promise_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, promise text, rule text, severity text, violations bigint,
    subjects bigint, first_offset bigint, latest_offset bigint""",
)
REQUEST_TALLY: Final = _table(
    "request_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, right_exercised text, is_answered boolean, is_from_nobody boolean,
    is_unsettled boolean, is_refused boolean, is_late boolean, overdue_month date, requests bigint""",
)

SHARE_TALLY: Final = _table(
    "share_tally",
    "partition tally_id",
    """partition int, tally_id uuid, controller text, giver text, recipient text, role text, country text, month date,
    shares bigint""",
)

KEPT: Final = (REQUEST, HELD_TALLY, PEOPLE_TALLY, DUE_TALLY, OBLIGATION_TALLY, VIOLATION_TALLY, PROMISE_TALLY, REQUEST_TALLY)
"""Written by triggers alone."""
TABLES: Final = (HOLDING, SUBJECT, SUBJECT_ENTRY, OBLIGATION, VIOLATION, FACT, TICK, OUTCOME, DEAD_LETTER, PROGRESS, SHARE_TALLY, *KEPT)

COUNTED: Final = {
    HELD_TALLY: "held_counted", PEOPLE_TALLY: "people_counted", DUE_TALLY: "due_counted", OBLIGATION_TALLY: "obligations_counted",
    VIOLATION_TALLY: "violations_counted", PROMISE_TALLY: "promises_counted", REQUEST: "requests_derived", REQUEST_TALLY: "requests_counted",
}  # fmt: skip
"""What triggers keep -> the view that counts, or derives, the same anew."""

ADDED_ONLY: Final = (VIOLATION, FACT, TICK, OUTCOME, DEAD_LETTER)
"""Rows that stay as they were written, each at its place on the log: as they were at an earlier place, they are there still."""
