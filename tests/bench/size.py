"""size: what one fact costs with ten million holdings in PostgreSQL, beside one million. Each fact is of somebody else, who is not in memory."""

from __future__ import annotations

import time

import psycopg

from ledger.adapters.pg_copy import HoldingPacker, pack_facts
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
from ledger.adapters.postgres_projection import PostgresProjection, copy_into
from ledger.adapters.postgres_tables import FACT, HOLDING, Table
from ledger.adapters.postgres_types import RowMaker, use_cheap_types
from ledger.contract import codec
from ledger.core.delta import Row
from ledger.core.ids import message_key, subject_id_of
from ledger.folding.projecting import Projecting
from ledger.sql import read_sql
from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.shares import CONTROLLER, START_MICROS, share_fields

FEW, MANY = 1_000_000, 10_000_000
FACTS, BATCH, WARM_UP, ROWS = 40_000, 2_000, 4_000, 20_000
SCATTER = 2_654_435_761  # a prime: consecutive facts are of subjects far apart
NEVER_ON_THE_LOG = -1 << 40  # offsets of the facts that fill the table


def run(events: int) -> list[Figure]:
    """One figure: microseconds a fact, folded and written."""
    many = MANY if events >= FEW // 4 else events
    few = many // 10
    quick, slow = (_cost(holdings) for holdings in (few, many))
    return [
        Figure(
            name=f"fact with {many:,} holdings stored", ours=slow, peer_name=f"with {few:,}", peer=quick, unit="us", floor=0.5, goal=0.8,
            note=f"fold and write, subjects not in memory, batches of {BATCH:,}; flat is 1",
        )
    ]  # fmt: skip


def _cost(holdings: int) -> float:
    with ledgers.ledger(partitions=1) as running:
        ledgers.fold_policies(running)
        dsn = ledgers.dsn(running)
        store = PostgresProjection(dsn)
        _fold(store, 1, 0, 1)
        _fill(dsn, holdings)
        _fold(store, WARM_UP, holdings, holdings)
        seconds = _fold(store, FACTS, holdings + WARM_UP, holdings)
        store.close()
    return seconds / FACTS * 1e6


def _fold(store: PostgresProjection, facts: int, first: int, subjects: int) -> float:
    """Seconds that it takes to fold and write so many shares, each of another subject."""
    fold = Projecting(0, store, partitions=1, progress=store.progress("facts", 0), simulated=True, cache_subjects_max=1)
    encode, told = codec.encoder("DataShared"), []
    for number in range(first, first + facts):
        fields = share_fields(number, number * SCATTER % subjects)
        told.append((message_key(fields["controller"], fields["subject_ref"]), encode(fields)))
    begun = time.perf_counter()
    for start in range(0, facts, BATCH):
        some = told[start : start + BATCH]
        delta = fold.project([(fold.next_offset + i, START_MICROS // 1000, key, value, None) for i, (key, value) in enumerate(some)])
        store.write(delta)
        fold.note_committed(delta.number)
    return time.perf_counter() - begun


def _fill(dsn: str, holdings: int) -> None:
    """Copy the one holding and fact that are there, so many times, under other subjects; keys and indexes come afterwards."""
    with psycopg.connect(dsn, autocommit=True, options=f"-csearch_path={PROJECTION_SCHEMA}") as link:
        use_cheap_types(link)
        holding, fact = _only(link, HOLDING), _only(link, FACT)
        link.execute("TRUNCATE holding")
        _drop_indexes(link)
        packer = HoldingPacker()
        for start in range(0, holdings, ROWS):
            refs = [(number, f"subj-{number:012x}") for number in range(start, min(start + ROWS, holdings))]
            keyed = [(number, ref, subject_id_of(message_key(CONTROLLER, ref))) for number, ref in refs]
            _copy(link, HOLDING, packer.pack([(subject_id, *holding[1:4], ref, *holding[5:]) for _, ref, subject_id in keyed]))
            _copy(link, FACT, pack_facts([(0, NEVER_ON_THE_LOG + number, each, each, *fact[4:]) for number, _, each in keyed]))
        link.execute("SET maintenance_work_mem = '1GB'")
        for statement in read_sql("projection_indexes.sql").split(";"):
            if any(f"TABLE {table} ADD" in statement or f" ON {table} (" in statement for table in ("holding", "fact")):
                link.execute(statement)
        link.execute("VACUUM ANALYZE holding, fact")


def _only(link: psycopg.Connection[Row], table: Table) -> Row:
    """The row of the one share that was folded."""
    query = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE subject_id IS NOT NULL"  # noqa: S608  our own names
    with link.cursor(binary=True) as cursor:
        row = cursor.execute(query).fetchone()
    assert row is not None, "one share was folded"
    return RowMaker(table).make(row)


def _drop_indexes(link: psycopg.Connection[Row]) -> None:
    named = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = %s AND tablename IN ('holding', 'fact')"
    for table, name in link.execute(named, [PROJECTION_SCHEMA]).fetchall():
        link.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if name.endswith("_pkey") else f"DROP INDEX {name}")


def _copy(link: psycopg.Connection[Row], table: Table, packed: bytes) -> None:
    with link.cursor() as cursor, cursor.copy(copy_into(table.name, table)) as copy:
        copy.write(packed)
