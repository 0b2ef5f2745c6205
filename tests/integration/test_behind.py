"""The single ones behind the numbers of the overviews: as many as each number says, the same from memory, each once over the pages, by an index."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ledger.adapters.postgres_apart import SETTING
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.cursors import CursorError
from ledger.answers.deletion_choice import AHEAD_DAYS, STATES, choice_of, unreadable
from ledger.answers.deletion_overview import AGES, IN_TIME, day_of
from ledger.answers.due import KINDS, OTHER_KINDS
from ledger.answers.query import Query
from ledger.answers.shapes_behind import NONE, DatedWanted, ErasuresWanted, HeldWanted
from ledger.answers.shapes_overviews import InCountry
from ledger.core.ids import subject_id
from ledger.errors import CallerError
from ledger.folding.projecting import Projecting
from ledger.sql import read_queries
from ledger.stack import Running
from tests.everything import everything
from tests.histories import CONTROLLER, Event, collected, erased, fact, milestone, policy, project, records, rule, shared, tick
from tests.integration.test_answers import loaded as loaded
from tests.integration.test_apart import A, lives
from tests.integration.test_tallies import CALENDAR_END, empty, fold
from tests.ledgers import new_database
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.small_ledger import history
from tests.unit.test_labels import ENUMS

ALL = 100_000
SEEN: set[str] = set()
DUTIES: set[tuple[str, str]] = set()
LATE: set[str] = set()
STATES_OF_DUTIES = ("OPEN", "OVERDUE", "MET", "CANCELLED")


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
DONE_ON = [14, 16, 18, 19, 41, 42, 101, 102, 400]
LATE_LOG = [
    policy(1001, 0, [rule("T-1", 10, ["SERVICE_ENDED"])], acts_within="P2D"), tick(2001, 0),
    *(event for n in range(9) for event in (collected(10 * n, 1, subject=f"s{n}"), milestone(10 * n + 1, 2, "SERVICE_ENDED", subject=f"s{n}"))),
    collected(201, 1, subject="t1"), collected(202, 1, subject="t2"),
    tick(2002, 13), *(erased(10 * n + 2, day, subject=f"s{n}") for n, day in enumerate(DONE_ON)), tick(2003, 401),
]  # fmt: skip
"""What was due on day 12 and is late from day 15, done on each of these days."""


@pytest.fixture(scope="module", params=["everything", "history", "lives", "held", "late"])
def both(request: pytest.FixtureRequest, stack: Running) -> Iterator[tuple[Query, Query]]:
    """(PostgreSQL's, memory's)."""
    log = {"everything": everything().log, "history": history(), "lives": lives(), "held": HELD, "late": LATE_LOG}[request.param]
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
        (sum(e.holdings for e in sharing.holders), HeldWanted()),
        *((e.holdings, HeldWanted(controller=e.controller, holder=e.holder, role=e.role.term if e.role else NONE)) for e in sharing.holders),
        *(
            (e.number, HeldWanted(
                controller=e.controller, holder=e.holder, role=e.role.term if e.role else NONE, purpose=e.purpose.term, rule=e.rule or NONE,
                is_without_date=True,
            ))
            for e in both[0].deletion_overview().without_date
        ),
        *(
            (e.undated, HeldWanted(
                controller=e.controller, activity=e.activity or NONE, role=e.role.term if e.role else NONE, purpose=e.purpose.term,
                rule=e.rule or NONE, is_without_date=True,
            ))
            for e in both[0].retention_gaps().gaps
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
    for e in deletion.settled_by_rule:
        if e.state == "MET" or e.reason == "refused":
            wanted = {"state": e.state if e.state == "MET" else "REFUSED", "holder": e.holder, "rule": e.rule}
            where.append((e.number, e.controller, wanted | {"age": e.lateness or ""}))
    for late in (IN_TIME, *AGES):
        number = sum(e.number for e in deletion.settled_by_rule if e.lateness == late)
        where.append((number, None, {"state": "MET", "age": late}))
        LATE.update([late] if number else [])
    ahead = [e for e in deletion.coming if e.day <= today + timedelta(days=AHEAD_DAYS)]
    where += [(e.number, e.controller, {"state": "COMING", "day": e.day.isoformat()}) for e in ahead]
    where.append((sum(e.number for e in ahead), None, {"state": "COMING"}))

    SEEN.update(wanted["state"] for number, _, wanted in where if number)
    for number, controller, wanted in where:
        choice = choice_of({"holder": "", "rule": "", "age": "", "day": "", "month": ""} | wanted, controller, today)
        assert {len(each) for each in answered(both, choice)} == {number}, wanted


def test_of_each_state_there_was_some() -> None:
    assert set(STATES) - {"CANCELLED"} <= SEEN  # over all logs of the test before


def test_some_was_done_in_time_and_some_of_each_lateness() -> None:
    assert {IN_TIME, *AGES} <= LATE  # over all logs of the test before


def test_what_was_done_is_as_late_as_it_was_then() -> None:
    settled = Query(MemoryAnswers(project(LATE_LOG))).deletion_overview().settled_by_rule

    assert Counter({e: n for e in (IN_TIME, *AGES) if (n := sum(each.number for each in settled if each.lateness == e))}) == {
        IN_TIME: 1, "0-6": 2, "7-29": 2, "30-89": 2, "90+": 2,
    }  # fmt: skip


def answered(both: tuple[Query, Query], choice: DatedWanted | ErasuresWanted) -> list[tuple[Any, ...]]:
    if isinstance(choice, DatedWanted):
        held = [query.dated_behind(choice, ALL) for query in both]
        assert held[0] == held[1]
        return [each.holdings for each in held]
    erasures = [query.erasures_behind(choice, ALL) for query in both]
    assert erasures[0] == erasures[1]
    return [each.erasures for each in erasures]


LISTS: dict[str, Callable[[Query, int, str | None], Any]] = {
    "held": lambda query, limit, after: query.held_behind(HeldWanted(), limit, after),
    "held by one": lambda query, limit, after: query.held_behind(HeldWanted(holder=A), limit, after),
    "coming": lambda query, limit, after: query.dated_behind(DatedWanted(), limit, after),
    "done": lambda query, limit, after: query.erasures_behind(ErasuresWanted(state="MET"), limit, after),
    "late": lambda query, limit, after: query.erasures_behind(ErasuresWanted(state="OVERDUE"), limit, after),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_have_each_once_and_in_the_one_order_of_database_and_memory(both: tuple[Query, Query], name: str, limit: int) -> None:
    whole = _lines(LISTS[name](both[1], ALL, None))

    for query in both:
        pages = walked(query, LISTS[name], limit)
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1) and len(pages) == max(1, -(-len(whole) // limit))
        assert tuple(line for page in pages for line in page) == whole


def walked(query: Query, ask: Callable[[Query, int, str | None], Any], limit: int) -> list[tuple[Any, ...]]:
    answer = ask(query, limit, None)
    pages = [_lines(answer)]
    while answer.next is not None:
        assert answer.more
        answer = ask(query, limit, answer.next)
        pages.append(_lines(answer))
    assert not answer.more
    return pages


def _lines(answer: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = answer.erasures if hasattr(answer, "erasures") else answer.holdings
    return found


def test_a_cursor_goes_on_with_its_own_question_alone_and_names_nobody(both: tuple[Query, Query]) -> None:
    answer = both[0].held_behind(HeldWanted(), 1)
    assert answer.next is not None
    told = urlsafe_b64decode(answer.next + "=" * (-len(answer.next) % 4)).decode()
    of = subject_id(answer.holdings[0].controller, answer.holdings[0].subject_ref)

    _, _, (part, line) = json.loads(told)
    assert part == of[0] and len(line) == 32 and of.hex()[:6] not in line and answer.holdings[0].subject_ref not in told
    for other in (HeldWanted(holder=A), HeldWanted(is_without_date=True)):
        with pytest.raises(CursorError):
            both[0].held_behind(other, 1, answer.next)
    with pytest.raises(CursorError):
        both[0].dated_behind(DatedWanted(), 1, answer.next)


def test_what_is_folded_between_two_pages_neither_doubles_nor_loses_what_stays(database: str) -> None:
    log: list[Event] = [policy(1001, 0, [rule("T-1", 10, ["SERVICE_ENDED"])]), tick(2001, 0)]
    log += [collected(10 + number, 1, subject=f"s{number}") for number in range(400)]
    more = [collected(1_000 + number, 2, subject=f"t{number}") for number in range(40)]
    empty(database)
    fold(database, log, [])
    with closing(PostgresReader(database)) as reader:
        query = Query(reader)
        there = {line.subject_ref for line in query.held_behind(HeldWanted(), ALL).holdings}
        first = query.held_behind(HeldWanted(), 15)
        with closing(PostgresProjection(database)) as store:
            folding = Projecting(0, store, partitions=1, progress=store.progress("facts", 0), simulated=True)
            store.write(folding.project(records(more, first_offset=folding.next_offset)))
        seen = [line.subject_ref for line in first.holdings]
        answer = first
        while answer.next is not None:
            answer = query.held_behind(HeldWanted(), 15, answer.next)
            seen += [line.subject_ref for line in answer.holdings]

    assert len(seen) == len(set(seen)) and there == {f"s{number}" for number in range(400)} < set(seen)


@pytest.mark.parametrize("state", STATES)
def test_what_cannot_be_read_as_a_day_or_an_age_leaves_nothing_out(state: str) -> None:
    nonsense = {"state": state, "holder": "", "rule": "", "age": "old", "day": "2020-13-01", "month": "May"}
    nothing = nonsense | {"age": "", "day": "", "month": ""}

    assert choice_of(nonsense, A, date(2026, 1, 1)) == choice_of(nothing, A, date(2026, 1, 1))


@pytest.mark.parametrize(("name", "wrong"), [
    ("age", "old"), ("age", "7"), ("day", "2020-13-01"), ("day", "1200-01-01"), ("month", "May"), ("month", "2020-1"), ("month", "8999-13"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_by_its_name_to_who_wants_to_know(name: str, wrong: str) -> None:
    readable = {"age": "90+", "day": "2020-12-31", "month": "2020-12"}

    assert unreadable(readable) is None and unreadable(dict.fromkeys(readable, "")) is None
    assert unreadable(readable | {name: wrong}) == unreadable(dict.fromkeys(readable, "") | {name: wrong}) == name


def test_a_day_of_dutch_time_begins_and_ends_with_it() -> None:
    choice = choice_of({"state": "MET", "holder": "", "rule": "", "age": "", "day": "2026-03-29", "month": ""}, A, date(2026, 4, 1))

    assert choice.until is not None and choice.since is not None
    assert (choice.until - choice.since) == 23 * 3_600_000_000  # the day the clocks go forward
    assert day_of(choice.since) == day_of(choice.until - 1) == date(2026, 3, 29)


def test_each_number_of_other_duties_is_how_many_there_are_behind_it(both: tuple[Query, Query]) -> None:
    told = [query.deletion_overview().other_duties for query in both]
    assert told[0] == told[1]
    for e in told[0]:
        answers = [query.obligations((e.state,), holder=e.holder, controller=e.controller, kinds=(e.kind,), limit=ALL) for query in both]
        assert answers[0] == answers[1]
        assert len(answers[0].obligations) == e.number
        assert {(each.kind, each.state, each.holder) for each in answers[0].obligations} == {(e.kind, e.state, e.holder)}
        assert min(day_of(each.due_at) for each in answers[0].obligations) == e.oldest
    DUTIES.update((e.kind, e.state) for e in told[0])


def test_of_other_duties_some_were_late_and_some_had_time() -> None:
    assert {state for _, state in DUTIES} == {"OPEN", "OVERDUE"} and len({kind for kind, _ in DUTIES}) > 2


@pytest.mark.parametrize("limit", [1, 2])
def test_kinds_together_are_one_list_in_order_of_their_dates(both: tuple[Query, Query], limit: int) -> None:
    every = both[1].obligations(STATES_OF_DUTIES, limit=ALL).obligations
    for kinds in (KINDS, OTHER_KINDS):
        for query in both:
            found, answer = [], query.obligations(STATES_OF_DUTIES, limit=limit, kinds=kinds)
            found += answer.obligations
            while answer.next is not None:
                answer = query.obligations(STATES_OF_DUTIES, limit=limit, kinds=kinds, after=answer.next)
                found += answer.obligations
            assert found == [each for each in every if each.kind in kinds]


def test_a_kind_that_nobody_knows_is_refused_and_a_cursor_of_other_kinds_too(both: tuple[Query, Query]) -> None:
    with pytest.raises(CallerError, match="expected a kind of ERASE, ANSWER"):
        both[1].obligations(kinds=("DANCE",))
    first = both[1].obligations(STATES_OF_DUTIES, limit=1, kinds=KINDS)
    if first.next is not None:
        with pytest.raises(CursorError):
            both[1].obligations(STATES_OF_DUTIES, limit=1, kinds=OTHER_KINDS, after=first.next)


def test_the_kinds_are_those_of_the_schema() -> None:
    assert set(KINDS) == {symbol for name, symbol in ENUMS if name == "ObligationKind"} - {"UNKNOWN"} and "ERASE" not in OTHER_KINDS


RARE = {
    "holdings_behind": {
        "controller": "hoster", "holder": "nobody", "role": None, "giver": None, "country": None, "category": None, "purpose": None, "rule": None,
        "activity": None, "is_without_date": False, "limit": 10, "alike": [7], "first_part": 0, "last_part": 255, "after_part": 0, "after_id": b"",
    },
    "without_rule": {"controller": "hoster", "limit": 3},
    "holdings_dated": {
        "partition": 0, "since": "2019-02-01", "until": "2019-02-02", "is_held_back": False, "controller": None, "holder": None, "rule": None,
        "limit": 10, "after_at": "2019-02-01", "after_id": b"",
    },
    "erasures_behind": {
        "state": "OPEN", "controller": None, "holder": None, "rule": None, "reason": None, "since": "2019-02-01", "until": "2019-02-02", "limit": 10,
        "after_at": "2019-02-01", "after_id": "00000000-0000-0000-0000-000000000000", "is_in_time": None, "days_least": None, "days_most": None,
    },
    "obligations_of_kind": {
        "kind": "ANSWER", "state": "OPEN", "holder": None, "controller": None, "limit": 10, "after_at": "2019-02-01",
        "after_id": "00000000-0000-0000-0000-000000000000",
    },
    "shares_behind": {"partition": 0, "since_micros": 0, "until_micros": 1, "limit": 10, "after": -1},
}  # fmt: skip


OF_TALLIES = {"alike_behind"}


@pytest.mark.parametrize("options", ["search_path=projection", f"search_path=projection_web -c {SETTING}=hoster"])
def test_what_is_rare_is_found_by_an_index_also_where_controllers_are_kept_apart(loaded: str, options: str) -> None:
    queries = read_queries("behind_queries.sql")
    assert set(queries) == set(RARE) | OF_TALLIES
    with psycopg.connect(loaded, autocommit=True, options="-c search_path=projection") as connection:  # people whose keys differ in the first byte
        other = "jsonb_build_object('subject_id', md5(subject_ref)::uuid, 'rule', NULL, 'due_at', NULL)"
        connection.execute(f"INSERT INTO holding SELECT (jsonb_populate_record(h, {other})).* FROM holding h")  # noqa: S608  our own text
        connection.execute("ANALYZE holding")
    with psycopg.connect(loaded, autocommit=True, options=f"-c {options}") as connection:
        connection.execute("SET ROLE ledger_web" if "web" in options else "RESET ROLE")
        for name, arguments in RARE.items():
            plan = plan_of(connection, queries[name], arguments)
            assert "Seq Scan" not in plan.replace("Seq Scan on held_tally", "") and "Index" in plan, f"{name}\n{plan}"
            assert name != "obligations_of_kind" or "obligation_duty" in plan, f"not among all erasures\n{plan}"


def test_a_list_of_what_there_is_none_of_asks_the_tally_alone(loaded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    told = PostgresReader._run

    def run(reader: PostgresReader, query: str, arguments: Any) -> Any:
        asked.append(query)
        return told(reader, query, arguments)

    monkeypatch.setattr(PostgresReader, "_run", run)
    with closing(PostgresReader(loaded)) as reader, reader.snapshot():
        for wanted, number in ((HeldWanted(country="NL"), 0), (HeldWanted(rule=NONE), 0), (HeldWanted(rule="R"), 7)):
            asked.clear()
            assert len(reader.holdings_behind(asdict(wanted), 7, (0, b""))) == number
            assert bool(number) == any("FROM holding" in query for query in asked)
