"""The single ones behind the numbers of the overviews: as many as each number says, the same from memory, each once over the pages, by an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.deletion_overview import day_of
from ledger.answers.query import Query
from ledger.answers.shapes_behind import NONE, DatedWanted, ErasuresWanted, HeldWanted
from ledger.answers.shapes_overviews import InCountry
from ledger.sql import read_queries
from ledger.stack import Running
from ledger.web.pages.deletion import AHEAD_DAYS
from ledger.web.pages.deletion_list import STATES, choice_of
from tests.histories import CONTROLLER, Event, collected, fact, milestone, policy, project, rule, shared, tick
from tests.integration.test_answers import loaded as loaded
from tests.integration.test_apart import A, lives
from tests.integration.test_reports import everything
from tests.integration.test_tallies import CALENDAR_END, empty, fold
from tests.ledgers import new_database
from tests.memory_answers import MemoryAnswers
from tests.small_ledger import history

ALL = 100_000
SEEN: set[str] = set()


def customer(number: int, subject: str, day: float) -> list[Event]:
    """Data at the hoster and at the registry, of a service that ends on a day."""
    return [
        collected(number, 1, subject=subject), shared(number + 1, 1, subject=subject), milestone(number + 2, day, "SERVICE_ENDED", subject=subject)
    ]  # fmt: skip


HELD = [
    policy(1001, 0, [rule("T-1", 10, ["SERVICE_ENDED"]), rule("T-2", 10, ["SERVICE_ENDED"], "recipient", roles=["registry"])]),
    tick(2001, 0),
    *customer(10, "s1", 2), fact("HoldPlaced", 13, 3, "s1", hold_ref="h", kind="LEGAL_HOLD"),
    *customer(20, "s2", 2), fact("RequestReceived", 23, 4, "s2", right="ERASURE", request_ref="q"),
    fact("RequestAnswered", 24, 5, "s2", request_ref="q", outcome="REFUSED", reasons=[
        {"reason": "ledger:StatutoryTerm", "holder": holder} for holder in (CONTROLLER, "SIDN")
    ]),
    *customer(30, "s3", 20),
    tick(2002, 21),
]  # fmt: skip
"""One who is held back, one who was refused, one whose data goes soon."""


@pytest.fixture(scope="module", params=["everything", "history", "lives", "held"])
def both(request: pytest.FixtureRequest, stack: Running) -> Iterator[tuple[Query, Query]]:
    """(PostgreSQL's, memory's)."""
    log = {"everything": everything().log, "history": history(), "lives": lives(), "held": HELD}[request.param]
    with new_database(stack) as dsn:
        empty(dsn)
        fold(dsn, log, [])
        with closing(PostgresReader(dsn)) as reader:
            yield Query(reader), Query(MemoryAnswers(project(log)))


def test_each_number_on_sharing_is_how_many_there_are_behind_it(both: tuple[Query, Query]) -> None:
    sharing = both[0].sharing_overview()
    numbers: list[tuple[int, HeldWanted]] = [
        *((e.holdings, HeldWanted(controller=e.controller, holder=e.recipient, role=e.role.term)) for e in sharing.recipients),
        *((e.holdings, HeldWanted(controller=e.controller, holder=e.recipient, role=e.role.term, category=e.category.term)) for e in sharing.matrix),
        *((e.holdings, HeldWanted(controller=e.controller, holder=e.recipient, role=e.role.term, giver=e.giver)) for e in sharing.flows),
        *(
            (e.holdings, HeldWanted(
                controller=e.controller, holder=e.holder, role=e.role and e.role.term, country=NONE if e.by_register or not e.country else e.country,
            ))
            for e in places_apart(sharing.places)
        ),
        *(
            (e.number, HeldWanted(
                controller=e.controller, holder=e.holder, role=e.role and e.role.term, purpose=e.purpose.term, rule=e.rule or NONE,
                is_without_date=True,
            ))
            for e in both[0].deletion_overview().without_date
        ),
    ]  # fmt: skip

    assert numbers
    for number, wanted in numbers:
        answers = [query.held_behind(wanted, ALL) for query in both]
        assert answers[0] == answers[1]
        assert len(answers[0].holdings) == number, wanted


def places_apart(places: Sequence[InCountry]) -> list[InCountry]:
    """Those of which the list can be asked for: what differs in its safeguard alone is one list."""
    return [e for e in places if sum((e.controller, e.holder, e.role, e.country) == (o.controller, o.holder, o.role, o.country) for o in places) == 1]


def test_each_number_on_deletion_is_how_many_there_are_behind_it(both: tuple[Query, Query]) -> None:
    deletion = both[0].deletion_overview(None, CALENDAR_END)
    today = deletion.today or date.min
    where: list[tuple[int, str | None, dict[str, str]]] = [
        *((e.number, e.controller, {"state": e.state, "holder": e.holder, "rule": e.rule, "age": e.age}) for e in deletion.unsettled),
        *((e.number, e.controller, {"state": "HELD_BACK", "holder": e.holder, "rule": e.rule or NONE}) for e in deletion.waiting),
        (deletion.done, None, {"state": "MET"}), (deletion.refused, None, {"state": "REFUSED"}),
        (deletion.held_back, None, {"state": "HELD_BACK"}), (deletion.overdue, None, {"state": "OVERDUE"}), (deletion.open, None, {"state": "OPEN"}),
    ]  # fmt: skip
    for month in {e.month for e in deletion.settled}:
        done = sum(e.number for e in deletion.settled if e.state == "MET" and e.month == month)
        where.append((done, None, {"state": "MET", "month": f"{month:%Y-%m}"}))
    ahead = [e for e in deletion.coming if e.day <= today + timedelta(days=AHEAD_DAYS)]
    where += [(e.number, e.controller, {"state": "COMING", "day": e.day.isoformat()}) for e in ahead]
    where.append((sum(e.number for e in ahead), None, {"state": "COMING"}))

    SEEN.update(wanted["state"] for number, _, wanted in where if number)
    for number, controller, wanted in where:
        choice = choice_of({"holder": "", "rule": "", "age": "", "day": "", "month": ""} | wanted, controller, today)
        assert {len(each) for each in answered(both, choice)} == {number}, wanted


def test_of_each_state_there_was_some() -> None:
    assert set(STATES) - {"CANCELLED"} <= SEEN  # over all logs of the test before


def answered(both: tuple[Query, Query], choice: DatedWanted | ErasuresWanted) -> list[tuple[Any, ...]]:
    if isinstance(choice, DatedWanted):
        held = [query.dated_behind(choice, ALL) for query in both]
        assert held[0] == held[1]
        return [each.holdings for each in held]
    erasures = [query.erasures_behind(choice, ALL) for query in both]
    assert erasures[0] == erasures[1]
    return [each.erasures for each in erasures]


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_have_each_once_and_in_order(both: tuple[Query, Query], limit: int) -> None:
    dated = DatedWanted()
    for ask in (
        lambda limit, first: _lines(both[0].held_behind(HeldWanted(), limit, first)),
        lambda limit, first: _lines(both[0].dated_behind(dated, limit, first)),
        lambda limit, first: _lines(both[0].erasures_behind(ErasuresWanted(state="MET"), limit, first)),
    ):
        assert walked(ask, limit) == ask(ALL, 0)[0]


def walked(ask: Callable[[int, int], tuple[tuple[Any, ...], bool]], limit: int) -> tuple[Any, ...]:
    found: tuple[Any, ...] = ()
    more = True
    while more:
        lines, more = ask(limit, len(found))
        assert len(lines) == limit or not more
        found += lines
    return found


def _lines(answer: Any) -> tuple[tuple[Any, ...], bool]:
    return (answer.erasures if hasattr(answer, "erasures") else answer.holdings), answer.more


@pytest.mark.parametrize("state", STATES)
def test_what_cannot_be_read_as_a_day_or_an_age_leaves_nothing_out(state: str) -> None:
    nonsense = {"state": state, "holder": "", "rule": "", "age": "old", "day": "2020-13-01", "month": "May"}
    nothing = nonsense | {"age": "", "day": "", "month": ""}

    assert choice_of(nonsense, A, date(2026, 1, 1)) == choice_of(nothing, A, date(2026, 1, 1))


def test_a_day_of_dutch_time_begins_and_ends_with_it() -> None:
    choice = choice_of({"state": "MET", "holder": "", "rule": "", "age": "", "day": "2026-03-29", "month": ""}, A, date(2026, 4, 1))

    assert choice.until is not None and choice.since is not None
    assert (choice.until - choice.since) == 23 * 3_600_000_000  # the day the clocks go forward
    assert day_of(choice.since) == day_of(choice.until - 1) == date(2026, 3, 29)


RARE = {
    "holdings_behind": {
        "controller": "hoster", "holder": "nobody", "role": None, "giver": None, "country": None, "category": None, "purpose": None, "rule": None,
        "is_without_date": False, "limit": 10, "first": 0,
    },
    "holdings_dated": {
        "partition": 0, "since": "2019-02-01", "until": "2019-02-02", "is_held_back": False, "controller": None, "holder": None, "rule": None,
        "limit": 10,
    },
    "erasures_behind": {
        "state": "OPEN", "controller": None, "holder": None, "rule": None, "reason": None, "since": "2019-02-01", "until": "2019-02-02", "limit": 10,
        "first": 0,
    },
}  # fmt: skip


def test_what_is_rare_is_found_by_an_index(loaded: str) -> None:
    queries = read_queries("behind_queries.sql")
    assert set(queries) == set(RARE)
    with psycopg.connect(loaded, autocommit=True, options="-c search_path=projection") as connection:
        cursor = psycopg.ClientCursor(connection)
        for name, arguments in RARE.items():
            plan = "\n".join(row[0] for row in cursor.execute("EXPLAIN " + queries[name].rstrip(";"), arguments).fetchall())
            assert "Seq Scan" not in plan and "Index" in plan, f"{name}\n{plan}"
