"""The single shares of a month: as many as the tally of the fold says, found by their own moment, however late they are told, by an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ledger.adapters.postgres_apart import SETTING
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers import shares_of_month
from ledger.answers.cursors import CursorError
from ledger.answers.facts import schema_ids
from ledger.answers.query import Query
from ledger.answers.shapes_behind import NONE, ShareLine, SharesWanted
from ledger.contract import codec
from ledger.core.calendar import start_of_day
from ledger.core.shares import share_key
from ledger.sql import read_queries
from ledger.stack import Running
from tests.everything import everything
from tests.histories import collected, project, records, shared
from tests.integration.test_share_tally import ZONE, fold, life, stored
from tests.integration.test_tallies import empty
from tests.ledgers import new_database
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.small_ledger import history

MANY = 100_000
QUERY = read_queries("behind_queries.sql")["shares_behind"].rstrip(";")


@pytest.fixture(scope="module")
def dsn(stack: Running) -> Iterator[str]:
    with new_database(stack) as found:
        yield found


def month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


@pytest.mark.parametrize("name", ["life", "everything", "history"])
def test_the_shares_of_each_month_are_as_many_as_the_fold_counted(dsn: str, name: str) -> None:
    log = {"life": life(), "everything": everything().log, "history": history()}[name]
    empty(dsn)
    fold(dsn, log)
    counted: Counter[Any] = Counter()
    for _, controller, giver, recipient, role, country, month, number in stored(dsn):
        counted[controller, giver, recipient, role, country, month] += number
    months = {key[-1] for key in counted}

    assert months
    found: Counter[Any] = Counter()
    with closing(PostgresReader(dsn)) as reader, reader.snapshot():
        for month in months:
            between = (start_of_day(month, ZONE), start_of_day(month_after(month), ZONE))
            whole = reader.shares_behind(0, *between, MANY, -1)
            assert whole == MemoryAnswers(project(log)).shares_behind(0, *between, MANY, -1)
            pages, after = [], -1
            while page := reader.shares_behind(0, *between, 1, after):
                pages += page
                after = page[-1][0]
            assert pages == whole
            found.update(key for _, value in whole if (key := share_key(codec.decode(value)[1], ZONE)) is not None)
    assert found == counted


def test_the_moment_is_read_from_the_bytes_whatever_stands_before_it(dsn: str) -> None:
    days = [-20_000, -17_000.5, -14_500, -1, 0, 0.25, 3_000, 100_000]  # also before 1970, and where it has other lengths
    log = [shared(1 + n * 10 + at, day, subject="s" * length) for n, length in enumerate([1, 63, 64, 65, 120]) for at, day in enumerate(days)]
    values = [record[3] for record in records(log)]
    moments = [codec.decode(value)[1]["occurred_at"] for value in values]

    assert schema_ids("DataShared") == [1002]  # the index knows no other
    assert min(moments) < 0
    with psycopg.connect(dsn) as connection:
        assert [connection.execute("SELECT ledger.share_moment(%s)", [value]).fetchone() for value in values] == [(each,) for each in moments]


@pytest.mark.parametrize("controllers", ["hoster", "*"])
def test_a_month_is_found_by_the_index_among_many_facts_also_where_controllers_are_kept_apart(dsn: str, controllers: str) -> None:
    empty(dsn)
    fold(dsn, [shared(1, 0), collected(2, 0)])
    with psycopg.connect(dsn, autocommit=True, options="-c search_path=projection") as connection:
        given = records([shared(3 + day, day) for day in range(200)])
        cursor = connection.cursor()
        cursor.execute("CREATE TEMPORARY TABLE told (n int, value bytea)")
        cursor.executemany("INSERT INTO told VALUES (%s, %s)", [(n, record[3]) for n, record in enumerate(given)])
        cursor.execute(
            "INSERT INTO fact SELECT 0, 100 + i, f.subject_id, md5(i::text)::uuid, CASE WHEN i %% 3 = 0 THEN 1002 ELSE 1001 END, now(), told.value"
            "  FROM generate_series(1, %s) i JOIN told ON n = i %% 200, (SELECT subject_id FROM fact WHERE log_offset = 0) f",
            [MANY],
        )
        cursor.execute("ANALYZE fact")
    since = codec.decode(given[100][3])[1]["occurred_at"]
    arguments = {"partition": 0, "since_micros": since, "until_micros": since + 1, "limit": 10, "after": -1}
    with psycopg.connect(dsn, autocommit=True, options=f"-c search_path=projection_web -c {SETTING}={controllers}") as connection:
        connection.execute("SET ROLE ledger_web")
        plan = plan_of(connection, QUERY, arguments)
        found = psycopg.ClientCursor(connection).execute(QUERY, arguments).fetchall()

    assert "fact_share" in plan and "Seq Scan" not in plan, plan
    assert len(found) == 10
    assert found == sorted(found) and all(codec.decode(value)[1]["occurred_at"] == since for _, value in found)


@pytest.mark.parametrize("name", ["life", "everything", "history"])
@pytest.mark.parametrize(("limit", "read"), [(MANY, MANY), (1, MANY), (2, 1), (3, 2)])
def test_each_number_of_a_month_is_how_many_shares_its_pages_list(
    dsn: str, name: str, limit: int, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = {"life": life(), "everything": everything().log, "history": history()}[name]
    monkeypatch.setattr(shares_of_month, "READ_MAX", read)
    empty(dsn)
    fold(dsn, log)
    counted = stored(dsn)

    assert counted
    with closing(PostgresReader(dsn)) as reader:
        both = Query(reader), Query(MemoryAnswers(project(log)))
        for _, controller, giver, recipient, role, country, month, number in counted:
            wanted = SharesWanted(month=month, controller=controller, giver=giver, recipient=recipient, role=role, country=country or NONE)
            for query in both:
                lines, bounds = walked(query, wanted, limit)
                assert len(lines) == len({line.rests_on for line in lines}) == number and max(bounds) <= min(limit, read)
                of = {(e.controller, e.giver, e.recipient, e.role.term, e.country) for e in lines}
                assert of == {(controller, giver, recipient, role, country)}
            of_all = sum(each[-1] for each in counted if each[6] == month)
            assert len(walked(both[0], SharesWanted(month=month), limit)[0]) == of_all
        for other in ("another", "hoste"):
            assert walked(both[0], SharesWanted(month=counted[0][6], controller=other), limit)[0] == []


def walked(query: Query, wanted: SharesWanted, limit: int) -> tuple[list[ShareLine], list[int]]:
    """All lines, and how many each page had."""
    answer = query.shares_behind(wanted, limit)
    lines, bounds = list(answer.shares), [len(answer.shares)]
    while answer.next is not None:
        assert answer.more
        answer = query.shares_behind(wanted, limit, answer.next)
        lines += answer.shares
        bounds.append(len(answer.shares))
    assert not answer.more
    return lines, bounds


def test_a_cursor_goes_on_with_its_own_month_alone() -> None:
    query = Query(MemoryAnswers(project(life())))
    answer = query.shares_behind(SharesWanted(month=date(2018, 6, 1)), 1)

    assert answer.next is not None
    for other in (SharesWanted(month=date(2018, 5, 1)), SharesWanted(month=date(2018, 6, 1), recipient="SIDN")):
        with pytest.raises(CursorError):
            query.shares_behind(other, 1, answer.next)
