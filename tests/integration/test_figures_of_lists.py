"""The figures above the lists of requests and disclosures: what paging through the whole list gives, in PostgreSQL and in memory, at any moment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import psycopg
import pytest

from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.answers.shapes_rights import DisclosureAnswer, RequestLine
from ledger.moments import read_until
from ledger.replaying.as_of_then import Then, projections_of
from ledger.sql import read_queries
from ledger.stack import Running
from ledger.web.roles import Role
from tests.asking_lives import asking
from tests.everything import everything
from tests.histories import project, records
from tests.integration.test_answers import loaded as loaded
from tests.integration.test_apart import A, lives
from tests.integration.test_lists_of_pages import asker, figure, said
from tests.ledgers import new_database
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.promises.stories import moment
from tests.web_world import WebWorld, load_small_ledger, web_world

PAGE = 7
CHOSEN: dict[str, dict[str, bool]] = {"open": {"is_open": True}, "all": {}, "refused": {"is_refused": True}}
"""What the page on requests can be asked for."""
SEEN: Counter[str] = Counter()


class Ledger(NamedTuple):
    """The same log twice, and who may be asked about."""

    world: WebWorld
    memory: Query
    controllers: tuple[str | None, ...]
    ends: int


LOGS: dict[str, Any] = {
    "asking": lambda: asking("webhoster", 1, 120).log, "others": lambda: asking("mijndomein", 2, 60).log, "everything": lambda: everything().log,
    "two": lives,
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(LOGS))
def ledger(request: pytest.FixtureRequest, stack: Running) -> Iterator[Ledger]:
    log = LOGS[request.param]()
    controllers = sorted({fields["controller"] for name, fields in log if "controller" in fields and name != "TimeReached"})
    with new_database(stack) as dsn:
        load_small_ledger(dsn, records(log))
        with web_world(dsn) as world:
            yield Ledger(world, Query(MemoryAnswers(project(log))), (None, *controllers), len(log))


def all_requests(query: Query, controller: str | None, **of: bool) -> list[RequestLine]:
    answer = query.requests(controller, **of, limit=PAGE)
    found = list(answer.requests)
    while answer.next is not None:
        answer = query.requests(controller, **of, limit=PAGE, after=answer.next)
        found += answer.requests
    return found


def all_disclosures(query: Query, controller: str | None) -> list[DisclosureAnswer]:
    answer = query.disclosures(controller, limit=PAGE)
    found = list(answer.disclosures)
    while answer.next is not None:
        answer = query.disclosures(controller, limit=PAGE, after=answer.next)
        found += answer.disclosures
    return found


def is_kept(request: RequestLine) -> bool:
    return bool(request.refusals) or request.outcome in ("REFUSED", "PARTLY")


def expect_figures_of_the_list(query: Query, controller: str | None) -> None:
    every = {(each.controller, each.subject_ref, each.request_ref): each for each in all_requests(query, controller)}
    for of in CHOSEN.values():
        listed, counted = all_requests(query, controller, **of), query.requests_counted(controller, **of)
        states = Counter(each.state for each in listed)
        told = {"OPEN": counted.open, "OVERDUE": counted.overdue, "PAUSED": counted.paused, "UNSETTLED": counted.unsettled, "CLOSED": counted.closed}
        assert {state: number for state, number in told.items() if number} == states and counted.requests == len(listed)
        if of.get("is_refused"):
            assert sorted(map(repr, listed)) == sorted(repr(each) for each in every.values() if is_kept(each))
            assert [each.answered_at for each in listed] == sorted((each.answered_at for each in listed), key=lambda at: -(at or 0))
        assert counted.late == sum(bool(each.clock.late_by_seconds) for each in listed)
        assert counted.refused == sum(is_kept(each) for each in listed)
        SEEN.update(states)
        SEEN.update(late=counted.late, refused=counted.refused, pages=len(listed) > PAGE)
        SEEN["unreasoned"] += sum(is_kept(each) and not each.refusals for each in listed)
        SEEN["nothing called for"] += sum(each.clock.due_at is not None and not any(t.kind == "ANSWER" for t in each.tasks) for each in listed)
    disclosed, figures = all_disclosures(query, controller), query.disclosures_counted(controller)
    notices = Counter(each.notice for each in disclosed)
    assert (figures.disclosures, figures.due, figures.barred, figures.given) == (
        len(disclosed), notices["DUE"], notices["BARRED"], notices["GIVEN"]
    )  # fmt: skip
    assert figures.beyond == sum(bool(each.beyond) for each in disclosed)
    SEEN.update(notices)
    SEEN.update(beyond=figures.beyond)


def test_the_figures_are_those_of_all_pages_of_the_list(ledger: Ledger) -> None:
    with closing(PostgresReader(ledger.world.dsn)) as reader:
        for controller in ledger.controllers:
            expect_figures_of_the_list(Query(reader), controller)
            expect_figures_of_the_list(ledger.memory, controller)
            for of in CHOSEN.values():
                assert Query(reader).requests_counted(controller, **of) == ledger.memory.requests_counted(controller, **of)
                assert all_requests(Query(reader), controller, **of) == all_requests(ledger.memory, controller, **of)
            assert Query(reader).disclosures_counted(controller) == ledger.memory.disclosures_counted(controller)


def test_of_each_kind_there_was_some() -> None:
    kinds = {"OPEN", "OVERDUE", "PAUSED", "UNSETTLED", "CLOSED", "DUE", "BARRED", "GIVEN", "NONE", "late", "refused", "unreasoned", "beyond", "pages"}
    assert {kind for kind, number in SEEN.items() if number} == kinds | {"nothing called for"}  # over all logs of the test before


def test_who_may_see_one_controller_alone_is_told_the_figures_of_that_one(ledger: Ledger) -> None:
    with closing(PostgresReader(ledger.world.dsn, controllers=(A,))) as reader:
        expect_figures_of_the_list(Query(reader), None)
        own = Query(reader).requests_counted()
    with closing(PostgresReader(ledger.world.dsn)) as reader:
        every, of_a = Query(reader).requests_counted(), Query(reader).requests_counted(A)
    assert (own.requests, own.late) == (of_a.requests, of_a.late)
    if len(ledger.controllers) > 2:
        assert own.requests < every.requests


@pytest.mark.parametrize(("on", "known_at"), [("2019-02-15", None), (None, 0.5), ("2019-01-25", 0.8)])
def test_as_of_a_moment_they_are_those_of_the_list_as_of_then(ledger: Ledger, on: str | None, known_at: float | None) -> None:
    then = Then(None if on is None else moment(on), read_until([f"0:{int(known_at * ledger.ends)}"] if known_at else []))
    with projections_of(ledger.world.settings, then, workers=1) as (schema, as_of), closing(PostgresReader(ledger.world.dsn, schema)) as reader:
        for controller in ledger.controllers:
            expect_figures_of_the_list(Query(reader, None, as_of), controller)


@pytest.mark.parametrize("only", CHOSEN)
def test_the_pages_show_those_of_what_is_chosen(ledger: Ledger, only: str) -> None:
    ask = asker(ledger.world, Role.DPO, "*")
    for controller in ledger.controllers:
        chosen = {} if controller is None else {"controller": controller}
        counted, disclosed = ledger.memory.requests_counted(controller, **CHOSEN[only]), ledger.memory.disclosures_counted(controller)
        shown = ask("/requests", only=only, **chosen).text, ask("/disclosures", **chosen).text
        for kind, number in {"shown": counted.requests, "late": counted.late, "unsettled": counted.unsettled, "paused": counted.paused,
                             "refused": counted.refused}.items():  # fmt: skip
            assert figure(shown[0], said(f"requests_{kind}")) == number, kind
        for kind, number in {"asked": disclosed.disclosures, "due": disclosed.due, "barred": disclosed.barred, "beyond": disclosed.beyond}.items():
            assert figure(shown[1], said(f"disclosures_{kind}")) == number, kind


RARE: dict[str, dict[str, Any]] = {
    "disclosures_counted": {"controller": None},
    "shares_under_disclosures": {"controller": None, "schema_ids": [1, 2]},
    "holds": {"controller": None, "after_place": 0, "after_id": b""},
    "holds_alike": {"controller": None},
}
OF_REQUESTS = {"requests_counted"}


def planned(dsn: str, query: str, arguments: dict[str, Any], options: str = "") -> str:
    """The plan of a query, in the projections."""
    with psycopg.connect(dsn, autocommit=True, options=f"-c search_path=projection {options}") as connection:
        return plan_of(connection, query, arguments)


def test_what_was_asked_is_found_by_an_index(loaded: str) -> None:
    queries = read_queries("asked_queries.sql")
    assert set(queries) == set(RARE) | OF_REQUESTS
    for name, arguments in RARE.items():
        plan = planned(loaded, queries[name], arguments)
        assert "subject_entry_asked" in plan and whole_of(plan) <= {"progress"}, f"{name}\n{plan}"


def whole_of(plan: str) -> set[str]:
    """The tables that are read whole."""
    return {line.split(" on ")[1].split()[0] for line in plan.splitlines() if "Seq Scan" in line}


NO_CHOICE = "-c enable_seqscan=off -c enable_sort=off"
"""A list so short is sorted sooner than read in order."""


@pytest.mark.parametrize(
    ("of", "index"),
    [((False, False), "request_newest"), ((True, False), "request_open"), ((False, True), "request_refused"), ((True, True), "request_refused")],
)
def test_requests_are_read_in_the_order_of_an_index(loaded: str, of: tuple[bool, bool], index: str) -> None:
    arguments = {"controller": None, "is_open": of[0], "is_refused": of[1], "limit": 10, "after_place": 0, "after_id": b""}

    plan = planned(loaded, read_queries("report_queries.sql")["requests"], arguments, NO_CHOICE)

    assert f"Index Scan using {index}" in plan and "Sort" not in plan, plan
    assert ("Filter: is_open" in plan) == all(of), "of those that were refused, which are open"
    (begins,) = [line for line in plan.splitlines() if "Index Cond" in line]
    assert "ROW(" in begins, "a page begins where the one before has ended"


def test_the_figures_of_requests_come_from_the_tally_but_for_this_month_and_what_no_obligation_tells(loaded: str) -> None:
    arguments = {"controller": None, "is_open": False, "is_refused": False, "now": 0, "unclocked": ["COMPLAINT"]}

    plan = planned(loaded, read_queries("asked_queries.sql")["requests_counted"], arguments, "-c enable_seqscan=off")

    read = re.findall(r"Scan (?:using (\w+) )?on (request\w*)", plan)
    assert sorted(read) == [("", "request_tally"), ("", "request_tally"), ("request_month", "request"), ("request_untold", "request")], plan
