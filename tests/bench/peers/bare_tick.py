"""Peer of the tick: a bare loop that judges nothing. Reads what is due, page by page, encodes an event with fastavro for each and writes two rows,
into tables with the same columns and indexes. No rule is asked, no state is kept, no fact comes meanwhile. Prints one JSON line: events, seconds.

Run: python -m tests.bench.peers.bare_tick DSN
"""

from __future__ import annotations

import importlib.resources
import io
import json
import os
import sys
import time
from typing import Any

import fastavro
import psycopg

PAGE = 2_000
TABLES = """
DROP TABLE IF EXISTS public.peer_obligation, public.peer_outcome;
CREATE TABLE public.peer_obligation (LIKE projection.obligation INCLUDING ALL);
CREATE TABLE public.peer_outcome (LIKE projection.outcome INCLUDING ALL);
"""
DUE = """
SELECT subject_id, holding_id, partition, controller, subject_ref, holder, store, purpose, ref, received_from, categories, due_at, rule, latest_event,
       anchor_event, (extract(epoch FROM due_at) * 1000000)::bigint
  FROM projection.holding WHERE subject_id > %s AND due_at IS NOT NULL AND subject_ref LIKE 'dataset-%%' ORDER BY subject_id, holding_id LIMIT %s
"""
ID = "\\\\x"


def main() -> None:
    """Write an obligation and an outcome for every dataset."""
    text = importlib.resources.files("ledger._schemas").joinpath("obligation_raised/v2.avsc").read_text()
    parsed = fastavro.parse_schema(json.loads(text, object_hook=lambda node: {k: v for k, v in node.items() if k != "logicalType"}))
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        connection.execute(TABLES)
        done, after, started = 0, "00000000-0000-0000-0000-000000000000", time.perf_counter()
        while rows := connection.execute(DUE, [after, PAGE]).fetchall():
            _write(connection, rows, parsed)
            done, after = done + len(rows), rows[-1][0]
        print(json.dumps({"events": done, "seconds": time.perf_counter() - started}))


def _write(connection: psycopg.Connection[Any], rows: list[Any], parsed: Any) -> None:
    obligations, outcomes = [], []
    for subject_id, _, partition, controller, ref, holder, store, purpose, about, giver, categories, due_at, rule, event, anchors, micros in rows:
        rests_on = sorted({event, *anchors})
        obligation_id, event_id, value = os.urandom(16), os.urandom(16), io.BytesIO()
        fields = {
            "event_id": event_id, "controller": controller, "subject_ref": ref, "occurred_at": micros, "source": "bench", "actor": None,
            "correlation_id": None, "caused_by": event.bytes, "salt": event_id, "sealed": None, "partition": partition, "log_offset": 1,
            "obligation_id": obligation_id, "kind": "ERASE", "holder": holder, "store": store, "purpose": purpose, "ref": about,
            "received_from": giver, "categories": categories, "due_at": micros, "overdue_at": micros, "rule": rule,
            "rests_on": [each.bytes for each in rests_on], "about": None, "request_ref": None,
        }  # fmt: skip
        fastavro.schemaless_writer(value, parsed, fields)
        named = "{" + ",".join(categories) + "}"
        facts = "{" + ",".join(map(str, rests_on)) + "}"
        obligations.append(
            f"{obligation_id.hex()}\t{subject_id}\t{partition}\t{controller}\t{ref}\tERASE\t{holder}\t{store}\t{purpose}\t{about or _N}"
            f"\t{giver or _N}\t{named}\t{due_at}\t{due_at}\t{rule}\tOPEN\t{due_at}\t1\t{facts}\t{_N}\t{_N}\t{_N}\t{_N}\t{_N}\t{_N}\t{_N}\n"
        )
        outcomes.append(
            f"{partition}\t1\t0\tobligations\t{event_id.hex()}\t{ID}{controller.encode().hex()}\t{ID}{value.getvalue().hex()}\t{subject_id}\n"
        )
    with connection.transaction(), connection.cursor() as cursor:
        for table, lines in (("peer_obligation", obligations), ("peer_outcome", outcomes)):
            with cursor.copy(f"COPY public.{table} FROM STDIN") as copy:
                copy.write("".join(lines))


_N = "\\N"

if __name__ == "__main__":
    main()
