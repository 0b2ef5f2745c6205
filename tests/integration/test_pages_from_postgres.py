"""Lists in pages, from a real PostgreSQL: the same pages and cursors as from memory, whatever the limit; and what is folded between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import repeat

import psycopg
import pytest

from ledger.adapters.postgres_histories import PostgresHistories
from ledger.answers.shapes_behind import NONE, HeldWanted
from ledger.answers.wide_query import WideQuery
from ledger.sql import read_queries
from tests.crowds import LISTS, PARTITIONS, WIDE, in_memory, in_postgres, joined, walk, whole
from tests.folded import make_simulated
from tests.integration.test_answers import HOT, loaded  # noqa: F401  a fixture
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.property.test_lists_in_pages import keys

ALL = {**LISTS, **WIDE}
CHEAP = ("due", "obligations", "violations", "requests", "erasures met")


def begun(dsn: str, share: float = 1.0) -> str:
    in_postgres(dsn, share)
    make_simulated(dsn, PARTITIONS)
    return dsn


@pytest.fixture
def real(database: str) -> Iterator[WideQuery]:
    with closing(PostgresHistories(begun(database))) as reader:
        yield WideQuery(reader)


@pytest.fixture
def apart(database: str) -> Iterator[WideQuery]:
    """Through the views that keep controllers apart."""
    with closing(PostgresHistories(begun(database), controllers=["mijndomein"])) as reader:
        yield WideQuery(reader)


def test_every_page_and_cursor_is_that_of_memory(real: WideQuery) -> None:
    memory = WideQuery(MemoryAnswers(in_memory(), partitions=PARTITIONS))
    for name, ask in ALL.items():
        lines = whole(ask, memory)
        assert whole(ask, real) == lines, name
        longest = max(map(len, lines))
        for limit in {1 if name in CHEAP else 3, 2 if name in CHEAP else 5, longest - 1, longest}:
            assert list(walk(ask, real, limit)) == list(walk(ask, memory, limit)), (name, limit)
            assert joined(walk(ask, real, limit)) == lines, (name, limit)


def test_so_they_are_where_controllers_are_kept_apart(apart: WideQuery) -> None:
    memory = WideQuery(MemoryAnswers(in_memory(), partitions=PARTITIONS))
    for name, ask in LISTS.items():
        assert list(walk(ask, apart, 3)) == list(walk(ask, memory, 3)), name


HELD = [
    HeldWanted(), HeldWanted(is_without_date=True), HeldWanted(rule=NONE), HeldWanted(country=NONE), HeldWanted(category="pd:Name"),
    HeldWanted(controller="mijndomein", holder="mijndomein"), HeldWanted(country="AQ"),
]  # fmt: skip


def test_gaps_and_lists_of_what_is_held_are_those_of_memory_over_several_partitions(real: WideQuery, apart: WideQuery) -> None:
    memory = WideQuery(MemoryAnswers(in_memory(), partitions=PARTITIONS))
    gaps = memory.retention_gaps("mijndomein")

    assert any(len(each.examples) == 3 and each.more for each in gaps.gaps)
    assert real.retention_gaps() == memory.retention_gaps() and apart.retention_gaps("mijndomein") == gaps
    for wanted in HELD:
        found = memory.held_behind(wanted, 100_000).holdings
        assert real.held_behind(wanted, 100_000).holdings == found and bool(found) == (wanted.country != "AQ")
        pages, after = list(real.held_behind(wanted, 4).holdings), real.held_behind(wanted, 4).next
        while after is not None:
            answer = real.held_behind(wanted, 4, after)
            pages, after = pages + list(answer.holdings), answer.next
        assert tuple(pages) == found


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_what_is_folded_between_two_pages_neither_doubles_nor_loses_what_was_there(database: str, share: float) -> None:
    begun(database, share)
    with closing(PostgresHistories(database)) as reader:
        query = WideQuery(reader)
        before = {name: keys(whole(ask, query)) for name, ask in LISTS.items()}
        first = {name: ask(query, 2, None) for name, ask in LISTS.items()}
        begun(database)
        for name, ask in LISTS.items():
            lines, after, _ = first[name]
            shown, later = keys(lines), keys(whole(ask, query))
            if after is not None:
                shown += keys(joined(walk(ask, query, repeat(2), after)))
                for line in before[name].keys() & later.keys():
                    assert shown[line] == before[name][line] == later[line], (name, line)


@pytest.mark.parametrize("options", ["search_path=projection", "search_path=projection_web -c ledger.controllers=hoster"])
def test_a_page_begins_in_the_index_where_the_one_before_ended(loaded: str, options: str) -> None:  # noqa: F811
    queries, starts = read_queries("queries.sql"), {"coming_due": "due_at >= '2019-06-01", "obligations_by_state": "due_at >= '2019-06-01"}
    starts["violations_listed"] = "log_offset < 20001"
    with psycopg.connect(loaded, autocommit=True, options=f"-c {options}") as connection:
        if "web" in options:
            connection.execute("SET ROLE ledger_web")
        for name, start in starts.items():
            plan = plan_of(connection, queries[name], HOT[name])
            conditions = [line for line in plan.splitlines() if "Index Cond" in line]
            assert any(start in line for line in conditions), f"{name}\n{plan}"
            assert start.startswith("log") or not any("due_at" in line and start not in line for line in conditions), conditions
