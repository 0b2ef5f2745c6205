"""What the fold asks of the projections in PostgreSQL and how progress moves: statements only.

Each has an index whatever the planner knows: tables grow under it, and its statistics are old by then.
"""

from __future__ import annotations

from ledger.adapters.postgres_tables import HOLDING, OBLIGATION, SHARE_TALLY, SUBJECT, SUBJECT_ENTRY, Table
from ledger.core.plain import DueHolding


def _add_up(table: Table, number: str) -> str:
    """Add rows, given as an array for each column, to what is counted."""
    given = ", ".join(f"%s::{type_name}[]" for type_name in table.types)
    key = ", ".join(table.key)
    return f"INSERT INTO {table.name} AS t SELECT * FROM unnest({given}) ON CONFLICT ({key}) DO UPDATE SET {number} = t.{number} + excluded.{number}"  # noqa: S608


def _select(table: Table, where: str) -> str:
    return f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {where}"  # noqa: S608  our own names


ADD_SHARES = _add_up(SHARE_TALLY, "shares")
LOAD_HOLDINGS = _select(HOLDING, "subject_id = ANY(%s) ORDER BY subject_id, holding_id")
LOAD_SUBJECTS = _select(SUBJECT, "subject_id = ANY(%s)")
LOAD_ENTRIES = _select(SUBJECT_ENTRY, "subject_id = ANY(%s)")
LOAD_DUE = f"""
SELECT {', '.join(DueHolding._fields)} FROM holding
 WHERE subject_id = ANY(%s) AND due_at > %s AND due_at <= %s ORDER BY subject_id, holding_id
"""  # noqa: S608  our own names
# Who is not plain.
HAVE_A_ROW = "SELECT subject_id FROM subject WHERE subject_id = ANY(%s)"
HAVE_AN_ENTRY = "SELECT DISTINCT subject_id FROM subject_entry WHERE subject_id = ANY(%s)"
HAVE_AN_OBLIGATION = "SELECT DISTINCT subject_id FROM obligation WHERE subject_id = ANY(%s) AND state || '' IN ('OPEN', 'OVERDUE')"
# The expression keeps the planner from index obligation_state: with old statistics it would read all that is open, again for every chunk of a tick.
LOAD_OBLIGATIONS = _select(OBLIGATION, "subject_id = ANY(%s) AND state || '' IN ('OPEN', 'OVERDUE') ORDER BY subject_id, obligation_id")
# What a tick concerns, of the parts of the ids (their first byte) asked for: each look into an index finds what is due in one part.
_DUE = """
  FROM (SELECT subject_id, controller, subject_ref FROM holding
         WHERE partition = %(partition)s AND get_byte(uuid_send(subject_id), 0) = ANY(%(parts)s) AND due_at > %(since)s AND due_at <= %(until)s
         UNION ALL
        SELECT subject_id, controller, subject_ref FROM holding WHERE partition = %(partition)s AND held_back AND due_at <= %(until)s
           AND get_byte(uuid_send(subject_id), 0) = ANY(%(parts)s)
         UNION ALL
        SELECT subject_id, controller, subject_ref FROM obligation
         WHERE partition = %(partition)s AND get_byte(uuid_send(subject_id), 0) = ANY(%(parts)s) AND state = 'OPEN' AND overdue_at <= %(until)s
         UNION ALL
        SELECT subject_id, controller, subject_ref FROM subject
         WHERE partition = %(partition)s AND substring(state FROM '"wakes":([0-9]+)')::bigint <= %(until_micros)s
           AND get_byte(uuid_send(subject_id), 0) = ANY(%(parts)s)) found
 WHERE subject_id > %(after)s
"""
DUE = f"SELECT DISTINCT subject_id, controller, subject_ref {_DUE} ORDER BY subject_id LIMIT %(limit)s"
DUE_AT_MOST = f"SELECT count(*) <= %(limit)s FROM (SELECT 1 {_DUE} LIMIT %(limit)s + 1) few"  # noqa: S608  our own text
OF_CONTROLLER = """
SELECT DISTINCT ON (subject_id) subject_id, controller, subject_ref FROM (
(SELECT DISTINCT ON (subject_id) subject_id, controller, subject_ref FROM holding
  WHERE partition = %(partition)s AND controller = %(controller)s AND subject_id > %(after)s
  ORDER BY subject_id LIMIT %(limit)s)
 UNION ALL
(SELECT subject_id, controller, subject_ref FROM subject
  WHERE partition = %(partition)s AND controller = %(controller)s AND subject_id > %(after)s
  ORDER BY subject_id LIMIT %(limit)s)
 UNION ALL
(SELECT DISTINCT ON (subject_id) subject_id, controller, subject_ref FROM obligation
  WHERE partition = %(partition)s AND controller = %(controller)s AND subject_id > %(after)s
  ORDER BY subject_id LIMIT %(limit)s)
) found ORDER BY subject_id LIMIT %(limit)s
"""
# One look into index fact_subject per subject, whatever the statistics say.
LATEST_FACTS = """
SELECT wanted.subject_id, latest.log_offset
  FROM unnest(%s::uuid[]) AS wanted (subject_id)
 CROSS JOIN LATERAL (
       SELECT log_offset FROM fact WHERE subject_id = wanted.subject_id AND log_offset > %s ORDER BY log_offset DESC LIMIT 1) latest
"""
HELD_BY = """
SELECT DISTINCT ON (subject_id) subject_id, controller, subject_ref FROM holding
 WHERE partition = %(partition)s AND controller = %(controller)s AND subject_id > %(after)s
   AND EXISTS (SELECT 1 FROM unnest(%(holders)s::text[], %(stores)s::text[]) AS wanted (holder, store)
                WHERE wanted.holder = holding.holder AND (wanted.store IS NULL OR wanted.store = holding.store))
 ORDER BY subject_id LIMIT %(limit)s
"""
KNOWN_EVENTS = "SELECT event_id, value FROM fact WHERE partition = %s AND event_id = ANY(%s) AND log_offset < %s"
NEWEST_EVENT = "SELECT event_id FROM fact WHERE partition = %s ORDER BY event_id DESC LIMIT 1"
HISTORY = """
SELECT log_offset, value FROM fact
 WHERE partition = %s AND subject_id = ANY(%s) AND log_offset < %s
 ORDER BY log_offset
"""
REGISTER_COPIES = "SELECT log_offset, value FROM fact WHERE partition = %s AND subject_id IS NULL ORDER BY log_offset"

PROGRESS = """
SELECT next_offset, register_next, (extract(epoch FROM time_reached) * 1000000)::bigint, duplicates, pending_after, pending_steps
  FROM progress WHERE topic = %s AND partition = %s
"""
LOCK_PROGRESS = "SELECT next_offset, pending_offset, pending_after FROM progress WHERE topic = %s AND partition = %s FOR UPDATE"
FIRST_PROGRESS = """
INSERT INTO progress (topic, partition, next_offset, register_next, time_reached, duplicates)
VALUES (%s, %s, 0, 0, 'epoch', 0) ON CONFLICT DO NOTHING
"""
MOVE_PROGRESS = """
UPDATE progress SET next_offset = %s, register_next = %s, time_reached = %s, duplicates = %s,
       pending_offset = %s, pending_after = %s, pending_steps = %s
 WHERE topic = %s AND partition = %s AND next_offset = %s
   AND pending_offset IS NOT DISTINCT FROM %s AND pending_after IS NOT DISTINCT FROM %s
"""
