"""Every report as of a moment, on the real stack: what was answered then is what is answered as of then, on both axes."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.adapters.postgres_as_of import AsOfSchemas
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_partition_writer import AS_OF_SCHEMA
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.asking import AsOf
from ledger.answers.days_come import NotComeError
from ledger.answers.query import Query
from ledger.answers.shapes_behind import NONE, ShareLine, SharesWanted
from ledger.cli.main import app, register_groups
from ledger.core.ids import message_key, partition_of
from ledger.replaying.as_of_then import Then, kept, make, projections_of, tidy, wanted
from ledger.replaying.rebuild import Stage, StoppedError
from ledger.replaying.until import Until
from tests.histories import CONTROLLER, Event, at, collected, fact, policy, register_event, rule, shared, tick
from tests.integration.test_rebuild import PARTITIONS, fold_live, ledger, lives, produce, run_cli, schemas
from tests.ledgers import TestLedger

__all__ = ["ledger"]  # fixture: a ledger of two partitions

PERSON = ("s3", "--controller", CONTROLLER)
QUESTIONS: dict[str, tuple[str, ...]] = {
    "holders": ("holders",),
    "due": ("due", "--until", "2018-09-01"),
    "obligations": ("obligations", "--state", "open", "--state", "overdue", "--state", "met", "--state", "cancelled"),
    "violations": ("violations", "--list"),
    "recipients": ("report", "recipients"),
    "transfers": ("report", "transfers"),
    "retention": ("report", "retention", "--limit", "1000"),  # of many due at one moment the limit shows any
    "register": ("report", "register", "--controller", CONTROLLER),
    "requests": ("report", "requests"),
    "breaches": ("report", "breaches", "--list"),
    "disclosures": ("report", "disclosures"),
    "suppression": ("report", "suppression"),
    "holds": ("holds", "--all"),
    "processor-statement": ("report", "processor-statement", "--controller", CONTROLLER),
    "access": ("report", "subject", *PERSON, "--for", "officer"),
    "look-ups": ("report", "look-ups", "--subject", "s3", "--controller", CONTROLLER),
    "export": ("subject", "export", *PERSON),
    "differences": ("differences",),
}


def asked(of: TestLedger, question: str, *words: str) -> Any:
    """The command in this process: a second less for each of the many."""
    register_groups()
    done = CliRunner().invoke(app, [*QUESTIONS[question], *words, "--json"], env=of.environment)
    assert done.exit_code in (0, 1), done.exception
    said = json.loads(done.stdout)
    said["freshness"] = {name: said["freshness"][name] for name in ("simulated", "time_reached")}
    return said


def places(of: TestLedger) -> list[str]:
    """Where every partition stands, as --known-at wants it."""
    with connect(of.dsn) as connection:
        rows = connection.execute("SELECT partition, next_offset - 1 FROM projection.progress ORDER BY 1").fetchall()
    return [word for partition, offset in rows for word in ("--known-at", f"{partition}:{offset}")]


def grow(of: TestLedger, first_number: int, day: int, registered: int) -> None:
    """What comes later: other people, other rules, a breach, time."""
    window = {"window_from": at(1), "window_until": at(day)}
    later: list[Event] = [
        policy(first_number, day, [rule("R-1", 1)]),
        register_event("BreachRecorded", first_number + 1, day, breach_ref="b-9", store="crm", aware_at=at(day), **window),
        *(collected(first_number + 10 + n, day, subject=f"t{n}") for n in range(8)),
        *(shared(first_number + 30 + n, day, subject=f"s{n}", ref="r9", recipient="Adyen", country="US") for n in range(8)),
        fact("RequestReceived", first_number + 50, day, "s3", right="ACCESS", request_ref="q9"),
        fact("HoldPlaced", first_number + 51, day, "s3", hold_ref="case-9", kind="LEGAL_HOLD", store="evidence"),
        tick(first_number + 60, day + 20),
    ]
    produce(of, later, register_offset=registered, poison=False)
    fold_live(of)


def shadows(of: TestLedger) -> list[str]:
    """The schemas as of moments; each has its views."""
    found = [each for each in schemas(of) if each.startswith(AS_OF_SCHEMA)]
    tables = [each for each in found if not each.endswith("_web")]
    assert sorted(found) == sorted([*tables, *(f"{each}_web" for each in tables)])
    return tables


def registered(log: list[Event]) -> int:
    return sum(each[0] in ("PolicyPublished", "TimeReached") for each in log)


def test_what_was_answered_at_a_place_is_answered_as_of_it(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    then = {question: asked(ledger, question) for question in QUESTIONS}
    known_at = places(ledger)
    grow(ledger, 5000, 70, registered(lives()))

    found = {question: asked(ledger, question, *known_at) for question in QUESTIONS}
    now = {question: asked(ledger, question) for question in QUESTIONS}

    assert found == then
    assert {question for question in QUESTIONS if now[question] != then[question]} >= {
        "holders", "due", "obligations", "violations", "recipients", "transfers", "retention", "requests", "breaches", "holds", "access", "export",
    }, "what does not change proves nothing"  # fmt: skip


def test_what_was_so_on_a_day_is_what_was_answered_while_nothing_later_had_happened(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    text_decides = {"register", "retention", "access", "export", "differences"}  # on a text that came later, as known now
    then = {question: asked(ledger, question) for question in set(QUESTIONS) - text_decides}
    grow(ledger, 5000, 70, registered(lives()))

    assert {question: asked(ledger, question, "--on", "2018-08-04") for question in then} == then

    late = collected(8000, 3, subject="late")  # recorded after all of that, and it happened before
    produce(ledger, [late], poison=False)
    fold_live(ledger)
    assert {each["subject_ref"] for each in asked(ledger, "due", "--on", "2018-08-04")["lines"]} - {
        each["subject_ref"] for each in then["due"]["lines"]
    } == {"late"}


def months_and_shares(query: Query) -> dict[tuple[Any, ...], list[ShareLine]]:
    """Each line of shares by month with the single ones behind it; that these are as many is looked at."""
    found = dict[tuple[Any, ...], list[ShareLine]]()
    for each in query.sharing_overview().by_month:
        whom = each.controller, each.recipient, each.role.term, each.country or NONE
        asked = SharesWanted(month=each.month, controller=whom[0], recipient=whom[1], role=whom[2], country=whom[3])
        answer = query.shares_behind(asked, 2)
        shares = list(answer.shares)
        while answer.next is not None:
            answer = query.shares_behind(asked, 2, answer.next)
            shares += answer.shares
        assert len(shares) == each.shares, whom
        found[*whom, each.month] = shares
    return found


def test_the_shares_of_a_month_as_of_then_are_those_that_were_known_then_or_had_been_made_then(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    with closing(PostgresReader(ledger.dsn)) as reader:
        then = months_and_shares(Query(reader))
    ends = {int(number): int(offset) for number, offset in (place.split(":") for place in places(ledger)[1::2])}
    grow(ledger, 5000, 70, registered(lives()))
    produce(ledger, [shared(8000, 2, subject="late", ref="r1")], poison=False)  # made then, told now
    fold_live(ledger)
    with closing(PostgresReader(ledger.dsn)) as reader:
        now = months_and_shares(Query(reader))

    def asked_as_of(moment: Then) -> dict[tuple[Any, ...], list[ShareLine]]:
        with projections_of(ledger.settings, moment, workers=1) as (schema, as_of), closing(PostgresReader(ledger.dsn, schema)) as reader:
            return months_and_shares(Query(reader, as_of=as_of))

    known, so = asked_as_of(Then(until=Until(dict(ends)))), asked_as_of(Then(on=at(65)))

    assert known == then and 0 < sum(map(len, then.values())) == sum(map(len, now.values())) - 9
    assert {each.subject_ref for shares in so.values() for each in shares} == {each.subject_ref for of in then.values() for each in of} | {"late"}
    assert {key[1] for key in so} == {"SIDN"} and {key[1] for key in now} == {"SIDN", "Adyen"}


def test_an_answer_as_of_then_says_so_and_is_kept_until_another_is_asked_for(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    known_at = places(ledger)
    grow(ledger, 5000, 70, registered(lives()))
    said = json.loads(run_cli(ledger, "holders", *known_at, "--on", "2018-06-20", "--json").stdout)["freshness"]
    assert said["known_at"] == ", ".join(known_at[1::2])
    assert said["on"] == "2018-06-20T21:59:59.999999Z"
    assert said["time_reached"] == "2018-06-12T22:00:00.000000Z"
    assert said["lag"] > 0

    told = run_cli(ledger, "holders", *known_at, "--on", "2018-06-20")
    assert "as it was on 2018-06-20 23:59, as known at 0:" in told.stdout
    assert "later records left out" in told.stdout
    assert "folding" not in told.stderr, "it was there already"
    assert "folding" in run_cli(ledger, "holders", *known_at, "--on", "2018-06-21").stderr
    assert len(shadows(ledger)) == 2


def test_of_one_person_an_offset_alone_is_in_their_own_partition(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    own = partition_of(message_key(CONTROLLER, "s3"), PARTITIONS)

    said = json.loads(run_cli(ledger, *QUESTIONS["access"], "--known-at", "4", "--json").stdout)

    assert said["freshness"]["known_at"] == f"{own}:4"
    refused = run_cli(ledger, "holders", "--known-at", "4")
    assert (refused.returncode, "cannot answer as known at 4: expected a partition" in refused.stderr) == (2, True)
    beyond = run_cli(ledger, "holders", "--known-at", "0:99999")
    assert (beyond.returncode, "expected an offset of at least 0 and below" in beyond.stderr) == (2, True)


def test_a_place_may_be_before_everything(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)

    for words in (("--known-at", "2000-01-01"), ("--on", "2000-01-01")):
        said = json.loads(run_cli(ledger, "holders", *words, "--json").stdout)
        assert said["holders"] == []


def test_a_day_that_has_not_come_is_misuse_of_every_command_that_takes_one(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    register_groups()
    one_person = ("s3", "-c", CONTROLLER)
    commands = {
        **QUESTIONS, "show": ("subject", "show", *one_person), "as-of": ("audit", "as-of", *one_person, "--known-at", "0"),
        "replay": ("audit", "replay", "--workers", "1"),
    }  # fmt: skip

    for name, words in commands.items():
        for axis in ("--on", "--until" if name == "replay" else "--known-at"):
            done = CliRunner().invoke(app, [*words, axis, "2199-01-01"], env=ledger.environment)
            assert isinstance(done.exception, NotComeError) and done.exception.exit_code == 2, (name, axis, done.output)
    refused = run_cli(ledger, "holders", "--on", "2199-01-01")
    assert (refused.returncode, refused.stdout) == (2, "") and "expected a day up to" in refused.stderr and "ledger due --until" in refused.stderr


def folded(of: TestLedger, then: Then) -> tuple[str, bool]:
    """(schema, whether it was made now) of what answers a question."""
    stages: list[str] = []
    with projections_of(of.settings, then, workers=1, report=lambda stage: stages.append(stage.stage)) as (schema, _):
        return schema, "folding" in stages


def test_moments_are_answered_side_by_side_and_each_is_made_once(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    then = Then(on=None, until=Until({0: 5, 1: 5}))
    with projections_of(ledger.settings, then, workers=1) as (schema, as_of):
        assert as_of.known_at == "0:5, 1:5"
        assert folded(ledger, then) == (schema, False)
        other, is_made = folded(ledger, Then(on=1))
        assert is_made and other != schema
        assert folded(ledger, then) == (schema, False)
    assert sorted(shadows(ledger)) == sorted([schema, other])


def test_the_one_that_was_asked_longest_ago_is_dropped_and_never_one_that_answers(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    bounded = ledger.settings.model_copy(update={"as_of": ledger.settings.as_of.model_copy(update={"kept": 2})})

    def ask(on: int) -> str:
        with projections_of(bounded, Then(on=on), workers=1) as (schema, _):
            return schema

    first, second = ask(1), ask(2)
    with connect(ledger.dsn) as connection:  # it was asked a minute ago; the question now is noted
        connection.execute(f"UPDATE {first}.as_of_run SET used_at = used_at - interval '1 minute'")  # noqa: S608
    assert ask(1) == first
    third = ask(3)
    assert set(shadows(ledger)) == {first, third}, f"{second} was asked before {first}"

    with projections_of(bounded, Then(on=1), workers=1):
        with connect(ledger.dsn) as connection:
            connection.execute(f"UPDATE {first}.as_of_run SET used_at = used_at - interval '1 hour'")  # noqa: S608
        fourth = ask(4)
        assert set(shadows(ledger)) == {first, fourth}, "the one asked longest ago is being answered from"


def test_where_the_log_went_on_a_young_one_is_asked_again_and_tells_its_own_places(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    ends = {int(number): int(offset) + 1 for number, offset in (place.split(":") for place in places(ledger)[1::2])}
    on, place = Then(on=at(60)), Then(until=Until({0: 5, 1: 5}))
    half_open = Then(until=Until({0: 5}))
    made, made_at_place, made_half = (folded(ledger, then)[0] for then in (on, place, half_open))
    grow(ledger, 5000, 70, registered(lives()))

    def answering(then: Then, seconds: float) -> str | None:
        with kept(ledger.settings, wanted(ledger.settings, then), seconds) as found:
            return None if found is None else found[0]

    assert answering(on, 600.0) == made
    assert answering(on, 0.0) is None, "it is older than it may be"
    assert answering(half_open, 600.0) == made_half
    assert answering(half_open, 0.0) is None
    assert answering(place, 0.0) == made_at_place, "of a place it is right for good"
    assert answering(Then(until=Until({0: 6, 1: 5})), 600.0) is None, "of another place it never is"
    assert answering(Then(on=at(61)), 600.0) is None
    with closing(PostgresReader(ledger.dsn, made)) as reader:
        freshness = Query(reader, lambda _: [99_999] * PARTITIONS, AsOf(on=at(60))).holders().freshness
    assert {each.partition: each.next_offset for each in freshness.partitions} == ends
    assert freshness.lag == sum(99_999 - end for end in ends.values())


def test_the_command_line_answers_of_the_log_as_it_is(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    before = asked(ledger, "due", "--on", "2018-06-12")
    produce(ledger, [collected(8000, 3, subject="late")], poison=False)
    fold_live(ledger)

    assert len(asked(ledger, "due", "--on", "2018-06-12")["lines"]) == len(before["lines"]) + 1


def test_what_a_killed_process_has_left_is_made_again(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    known_at = places(ledger)
    expected = asked(ledger, "holders")
    with AsOfSchemas(ledger.dsn) as opened, opened.turn(1.0) as is_ours:  # dies with tables and without the note
        assert is_ours
        left = opened.begin({"on": 1})
    assert shadows_begun(ledger) == [left]

    assert asked(ledger, "holders", *known_at) == expected
    assert left not in shadows(ledger)

    (whole,) = shadows(ledger)
    with connect(ledger.dsn) as connection:  # dies before the note is written
        connection.execute(f"UPDATE {whole}.as_of_run SET made_at = NULL")  # noqa: S608
        connection.execute(f"DELETE FROM {whole}.holding")  # noqa: S608
    assert asked(ledger, "holders", *known_at) == expected


def shadows_begun(of: TestLedger) -> list[str]:
    return [each for each in schemas(of) if each.startswith(AS_OF_SCHEMA)]


def test_at_the_next_start_leftovers_are_dropped_but_not_what_is_being_made(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    schema, _ = folded(ledger, Then(on=1))
    with connect(ledger.dsn) as connection:  # as the version before this one has left it
        connection.execute(f"CREATE SCHEMA {AS_OF_SCHEMA}")
        connection.execute(f"CREATE TABLE {AS_OF_SCHEMA}.as_of_run (made_from text)")
    with AsOfSchemas(ledger.dsn) as opened, opened.turn(1.0):
        begun = opened.begin({"on": 2})
        tidy(ledger.settings)
        assert sorted(shadows_begun(ledger)) == sorted([AS_OF_SCHEMA, begun, schema, f"{schema}_web"])

    tidy(ledger.settings)

    assert shadows(ledger) == [schema]


def test_when_it_is_stopped_nothing_is_left_of_it(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)

    def stop(stage: Stage) -> None:
        if stage.stage == "folding":
            raise StoppedError

    with pytest.raises(StoppedError):
        make(ledger.settings, wanted(ledger.settings, Then(on=1)), stop, workers=1)
    assert shadows_begun(ledger) == []


def test_after_a_rebuild_it_is_made_again(ledger: TestLedger) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    known_at = places(ledger)
    run_cli(ledger, "holders", *known_at)
    assert run_cli(ledger, "rebuild").returncode == 0

    done = run_cli(ledger, "holders", *known_at)

    assert "folding" in done.stderr
