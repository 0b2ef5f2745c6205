"""A stranger's SQL on our files says who got what as the ledger does: DuckDB on the Parquet of all holdings, and on the records of an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import fastavro
import pyarrow as pa
import pytest

from ledger.answers.query import Query
from ledger.contract import codec
from ledger.contract.term_names import term_name
from ledger.evidence.entries import Record
from ledger.evidence.tiles import Tile
from ledger.exporting.asked import Parameters
from ledger.exporting.exporting import make
from ledger.exporting.writing import write_export
from ledger.sealing.archive import Archive
from ledger.sealing.payload import container, path_of
from tests.exported import CONTROLLER, asked
from tests.histories import records
from tests.integration.test_reports import everything


@pytest.fixture
def query() -> Query:
    return asked()


def said(query: Query) -> list[tuple[Any, ...]]:
    """(recipient, role, purpose, what it has) by the ledger."""
    found = [
        (each.recipient, each.role.term, gets.purpose.term, sorted(category.term for category in gets.categories))
        for each in query.recipients().recipients
        for gets in each.gets
    ]
    return sorted(found)


def test_sql_on_all_holdings_says_who_has_what_about_how_many(query: Query, tmp_path: Path) -> None:
    file = write_export(make(query, "holdings", Parameters(), "parquet"), tmp_path).file
    held = duckdb.read_parquet(str(file))  # noqa: F841  DuckDB finds it by its name

    has = duckdb.sql("""
        SELECT holder, role, purpose, list_sort(list_distinct(flatten(list(categories)))) FROM held WHERE role IS NOT NULL GROUP BY ALL
    """).fetchall()
    assert sorted(has) == said(query)
    register = duckdb.read_parquet(str(write_export(make(query, "recipients", Parameters(), "parquet"), tmp_path).file))  # noqa: F841  likewise
    rows = duckdb.sql("SELECT recipient, role, purpose, categories FROM register WHERE purpose IS NOT NULL").fetchall()
    assert sorted(rows) == said(query)

    people = duckdb.sql("""
        SELECT holder, count(DISTINCT subject_ref), count(*) FROM held WHERE role IS NOT NULL AND len(categories) > 0 GROUP BY holder
    """).fetchall()
    assert sorted(people) == sorted((each.recipient, each.subjects, each.holdings) for each in query.recipients().recipients if each.holdings)


def test_sql_reads_the_names_beside_the_codes_from_csv(query: Query, tmp_path: Path) -> None:
    file = write_export(make(query, "holdings", Parameters(labels=True), "csv"), tmp_path).file
    held = duckdb.read_csv(str(file))  # noqa: F841  DuckDB finds it by its name

    named = duckdb.sql("SELECT purpose, any_value(purpose_label), count(DISTINCT purpose_label), count(*) FROM held GROUP BY purpose").fetchall()
    assert {purpose: name for purpose, name, _, _ in named} == {purpose: term_name("purposes", purpose, "nl") for purpose, _, _, _ in named}
    assert {each[2] for each in named} == {1} and len(named) > 2
    assert sum(each[3] for each in named) == len(duckdb.read_csv(str(write_export(make(query, "holdings", Parameters(), "csv"), tmp_path).file)))


def test_sql_joins_registers_with_each_other(query: Query, tmp_path: Path) -> None:
    for name in ("holdings", "recipients", "agreements"):
        write_export(make(query, name, Parameters(), "parquet"), tmp_path)
    found = duckdb.sql(f"""
        SELECT DISTINCT h.subject_ref FROM '{tmp_path}/holdings-all.parquet' h JOIN '{tmp_path}/agreements-all.parquet' a
            ON a.recipient = h.holder AND a.role = h.role WHERE a.state = 'ENDED' AND h.since < a.until ORDER BY 1
    """).fetchall()  # noqa: S608  our own folder

    assert found == [("s1",), ("s2",), ("s3",)], "whose data is with somebody whose agreement has ended"


def test_csv_and_ndjson_are_read_with_the_same_rows(query: Query, tmp_path: Path) -> None:
    counts = set()
    for form, read in (("csv", duckdb.read_csv), ("ndjson", duckdb.read_json), ("parquet", duckdb.read_parquet)):
        table = read(str(write_export(make(query, "holdings", Parameters(), form), tmp_path).file))
        counts |= set(table.aggregate("count(*), count(DISTINCT subject_ref), count(due_at), epoch(min(since::TIMESTAMPTZ))").fetchall())

    assert len(counts) == 1, counts


def test_sql_on_the_records_of_an_archive_says_who_got_what(query: Query, tmp_path: Path) -> None:
    """What was shared and not erased since, from the sealed log alone: DuckDB's reader of Avro is fetched from the network, so fastavro reads it."""
    log = records(everything().log)
    bundle = Tile(None, 0, len(log))
    sealed = [Record(offset, time, 1, key, value, tuple(headers)) for offset, time, key, value, headers in log]
    archive = Archive(tmp_path)
    archive.write([(path_of(bundle), container("test", bundle, sealed))])

    with (tmp_path / path_of(bundle)).open("rb") as payload:
        decoded = [codec.decode(row["value"]) for row in fastavro.reader(payload)]  # type: ignore[arg-type]
    shares = pa.Table.from_pylist([  # noqa: F841  DuckDB finds it by its name
        {name: fields[name] for name in ("controller", "subject_ref", "recipient", "recipient_role", "purpose", "categories")}
        for kind, fields in decoded
        if kind == "DataShared"
    ])  # fmt: skip
    got = duckdb.sql("""
        SELECT recipient, recipient_role, purpose, list_sort(list_distinct(flatten(list(categories)))) FROM shares GROUP BY ALL ORDER BY ALL
    """).fetchall()

    ever = sorted(
        (each.recipient, each.role.term, gets.purpose.term, sorted(category.term for category in {*gets.categories, *gets.erased}))
        for each in query.recipients(CONTROLLER).recipients
        for gets in each.gets
    )
    assert sorted(got) == ever and len(ever) > 4
