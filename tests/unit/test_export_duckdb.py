"""A stranger's SQL on our files says who got what as the ledger does: DuckDB on the Parquet of all holdings, and on the records of an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from ledger.answers.query import Query
from ledger.contract.term_names import term_name
from ledger.evidence.entries import Record
from ledger.exporting.asked import Parameters
from ledger.exporting.exporting import make
from ledger.exporting.writing import write_export
from tests.exported import CONTROLLER, asked
from tests.histories import records
from tests.integration.test_reports import everything
from tests.sealing_world import World

PAGE = (Path(__file__).resolve().parents[2] / "docs/exports.md").read_text(encoding="utf-8")


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


def test_sql_on_the_records_of_an_archive_says_who_got_what(query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was shared, erased since or not, from the sealed log alone: the recipe of docs/exports.md as it stands, on an archive of two rounds."""
    log = [Record(offset, time, 1, key, value, tuple(headers)) for offset, time, key, value, headers in records(everything().log)]
    world = World(tmp_path / "archive")
    world.broker["facts", 0] += log[: len(log) // 2]
    world.seal()
    twice = log[-1]._replace(offset=len(log))
    unread = [log[0]._replace(offset=len(log) + 1, value=b"not an event"), log[0]._replace(offset=len(log) + 2, value=None)]
    world.broker["facts", 0] += [*log[len(log) // 2 :], twice, *unread]
    world.seal()
    assert len(list((tmp_path / "archive/logs/facts").glob("*/payload/**/*.avro"))) > 2, "a partial file beside a later one, and one of genesis alone"
    monkeypatch.chdir(tmp_path)

    recipe: dict[str, Any] = {}
    exec(compile(PAGE.split("```python\n")[1].split("```")[0], "docs/exports.md", "exec"), recipe)  # noqa: S102  our own page

    ever = sorted(
        (each.recipient, each.role.term, gets.purpose.term, sorted(category.term for category in {*gets.categories, *gets.erased}))
        for each in query.recipients(CONTROLLER).recipients
        for gets in each.gets
    )
    assert recipe["found"] == ever and len(ever) > 4
    rows = recipe["db"].sql("SELECT count(DISTINCT \"offset\"), max(\"offset\") FROM read_avro('archive/logs/facts/0/payload/**/*.avro')").fetchall()
    assert rows == [(len(log) + 3, len(log) + 2)], "each record of the log is there"
