"""The lives of the demo: repeatable, within the contract, without personal values, and breaking only the promises they mean to break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from ledger.core.ids import REGISTER_REF
from ledger.demo.flaws import EXPECTED, FORGOTTEN
from ledger.demo.hosters import CA_TWO, REGISTRAR_ONE
from ledger.demo.incidents import register
from ledger.demo.lives import END, START, Happening, cast, forgotten, lives
from ledger.demo.people import DAY, PARTS, STAY, customers, day
from ledger.demo.turns import TURNS
from ledger.sdk.personal_values import is_domain_name, personal_kind
from ledger.testing import RecordingEmitter
from tests.played_lives import PlayedLives, planted

SIZE, SEED = 60, 7


@pytest.fixture(scope="module")
def played() -> list[Happening]:
    return list(lives(SIZE, SEED))


@pytest.fixture(scope="module")
def told() -> PlayedLives:
    """The same lives with holders that act."""
    return PlayedLives(SIZE, SEED)


def test_same_size_and_seed_give_the_same_lives(played: list[Happening]) -> None:
    assert list(lives(SIZE, SEED)) == played


def test_another_seed_gives_other_lives(played: list[Happening]) -> None:
    assert list(lives(SIZE, SEED + 1)) != played


def test_happenings_come_in_order_of_time_and_within_the_demo(played: list[Happening]) -> None:
    moments = [each.at for each in played]
    assert moments == sorted(moments)
    assert START < moments[0] < moments[-1] < END
    assert all(each.occurred_at <= each.at for each in played)


def test_each_event_keeps_its_contract(played: list[Happening]) -> None:
    recorder = RecordingEmitter(now="2026-02-01T00:00:00Z")
    for each in (*register(START), *played):
        given = {"controller": each.controller, "source": each.source, **each.fields}
        recorder.emit(each.type, subject=each.subject, event_id=each.event_id, occurred_at=each.occurred_at, **given)
    assert len(recorder.events) == len(played) + len(list(register(START)))


def test_no_value_looks_personal(played: list[Happening]) -> None:
    for each in (*register(START), *played):
        if each.type == "PolicyPublished":
            continue  # the hoster's own words
        for text in _texts((each.subject, each.fields)):
            assert personal_kind(text) is None
            assert not is_domain_name(text)


def test_all_hosters_and_all_kinds_of_facts_are_played(played: list[Happening]) -> None:
    everything = [*register(START), *lives(300, SEED)]
    assert {each.controller for each in everything} == {"mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted"}
    assert {each.type for each in everything} == {
        "DataCollected", "DataShared", "ConsentChanged", "ObjectionChanged", "DataRectified", "DataUsed", "DataConsulted", "MilestoneReached",
        "RequestReceived", "RequestAnswered", "DisclosureRequested", "DisclosureDecided", "NoticeGiven", "HoldPlaced", "HoldReleased", "KeyDestroyed",
        "RecipientRegistered", "AgreementChanged", "BreachRecorded", "StatementRequested", "PolicyPublished",
    }  # fmt: skip
    shared = [each.fields for each in played if each.type == "DataShared"]
    assert {each["recipient"] for each in shared} >= {"sidn", "eurid", "verisign", "openprovider", "registrar-one", "psp-one", "mailer-one"}
    assert any(each["by"] == "openprovider" and each["recipient"] == "verisign" for each in shared)


def test_some_events_come_late_and_some_twice(played: list[Happening]) -> None:
    ids = Counter(each.event_id for each in played if each.event_id is not None)
    assert sum(1 for each in played if each.at > each.occurred_at + DAY) > 5
    assert sum(1 for times in ids.values() if times == 2) > 5


def test_every_part_is_played_once_there_are_forty_customers() -> None:
    assert {(one.hoster.name, one.part) for one in customers(40, SEED)} >= {(hoster, part) for hoster, parts in PARTS.items() for part in parts}


def test_every_part_is_a_promise_broken_or_one_kept() -> None:
    every = {part for parts in PARTS.values() for part in parts}
    assert every == EXPECTED.keys() | TURNS
    assert EXPECTED.keys().isdisjoint(TURNS)
    assert every >= STAY | FORGOTTEN


def test_only_the_planted_promises_are_broken(told: PlayedLives) -> None:
    found = Counter((it["controller"], it["subject_ref"], it["promise"], it["rule"]) for it in told.of("ViolationFound"))
    late = {key: times for key, times in found.items() if key[3] == "overdue-erasure"}
    assert found - Counter(late) == planted(SIZE, SEED)
    assert {it["holder"] for it in told.of("ViolationFound", rule="overdue-erasure")} == {REGISTRAR_ONE.name, CA_TWO.name}


def test_retention_of_each_hoster_comes_due(told: PlayedLives) -> None:
    """Questions come due of those who are no customers of Sohosted alone: of customers' the statement gives no date (SO-04)."""
    due = {it["rule"] for it in told.of("ObligationRaised", kind="ERASE")}
    assert due >= {"MD-21", "HH-15", "HH-16", "WH-01", "WH-04", "WH-06", "WH-07", "SH-11", "SO-04", "SO-06", "SO-12", "GDPR-17"}


@pytest.mark.parametrize("kind", ["ERASE", "ANSWER", "END_SERVICE", "EXPORT_FIRST", "RECTIFY", "NOTIFY_SUBJECT", "NOTIFY_AUTHORITY"])
def test_every_kind_of_obligation_is_raised_and_met(told: PlayedLives, kind: str) -> None:
    assert told.of("ObligationRaised", kind=kind)
    assert told.of("ObligationMet", kind=kind)


def test_hh_19_what_is_due_waits_for_the_export(told: PlayedLives) -> None:
    who = {"subject_ref": person("hostinghuis", "export_first")}
    (export,) = told.of("ObligationRaised", kind="EXPORT_FIRST", rule="HH-19", **who)
    (handed_over,) = told.of("ObligationMet", obligation_id=export["obligation_id"])
    erasures = told.of("ObligationRaised", kind="ERASE", rule="HH-15", **who)
    assert erasures
    assert all(it["due_at"] < handed_over["occurred_at"] <= it["occurred_at"] for it in erasures)


@pytest.mark.parametrize(("hoster", "promise"), [("hostinghuis", "HH-02"), ("webhoster", "WH-12")])
def test_who_quits_by_erasure_has_the_services_ended_first(told: PlayedLives, hoster: str, promise: str) -> None:
    who = {"subject_ref": person(hoster, "quits")}
    ended = told.of("ObligationMet", kind="END_SERVICE", rule=promise, **who)
    account = [it for it in told.of("ObligationRaised", kind="ERASE", holder=hoster, **who) if it["purpose"] == "dpv:AccountManagement"]
    assert ended
    assert account
    assert max(it["log_offset"] for it in ended) <= min(it["log_offset"] for it in account)
    assert not told.of("ObligationOverdue", kind="END_SERVICE")


def test_sh_07_nothing_is_told_while_an_order_bars_it_and_then_it_is(told: PlayedLives, played: list[Happening]) -> None:
    subject = person("smallhold", "barred")
    until = next(it.fields["barred_until"] for it in played if it.subject == subject and it.type == "DisclosureDecided")
    notices = {it["obligation_id"]: it for it in told.of("ObligationRaised", kind="NOTIFY_SUBJECT", rule="SH-07", subject_ref=subject)}
    assert {it["reason"] for it in told.of("ObligationCancelled", subject_ref=subject, kind="NOTIFY_SUBJECT")} == {"barred"}
    met = [notices[it["obligation_id"]] for it in told.of("ObligationMet", subject_ref=subject, kind="NOTIFY_SUBJECT")]
    assert sorted(it["about"] for it in met) == ["disclosure", "disclosure_request"]
    assert all(it["due_at"] == until <= it["occurred_at"] for it in met)


@pytest.mark.parametrize(("hoster", "part"), [("smallhold", "unknown_at_first"), ("sohosted", "extended")])
def test_an_answer_after_more_than_a_month_is_in_time_when_the_clock_stood_still_or_was_extended(told: PlayedLives, hoster: str, part: str) -> None:
    subject = person(hoster, part)
    asked = {it["ref"]: it["due_at"] for it in told.of("ObligationRaised", kind="ANSWER", subject_ref=subject)}
    took = [it["occurred_at"] - asked[ref] for ref in asked for it in told.of("ObligationMet", kind="ANSWER", subject_ref=subject)]
    assert max(took) > 35 * DAY
    assert not told.of("ObligationOverdue", subject_ref=subject)


def test_md_21_what_was_refused_for_the_fiscal_term_is_called_for_when_that_is_over(told: PlayedLives) -> None:
    subject = next(customers(SIZE, SEED)).subject
    raised = told.of("ObligationRaised", subject_ref=subject, occurred_at=day("2026-01-01"))
    assert {(it["store"], it["rule"]) for it in raised} == {("shop", "GDPR-17"), ("billing", "MD-21"), ("crm", "MD-21")}
    assert {it["reason"] for it in told.of("ObligationCancelled", subject_ref=subject)} == {"refused"}
    assert all(told.of("ObligationMet", obligation_id=it["obligation_id"]) for it in raised)


def test_wh_10_authority_and_customers_are_told_the_same_day(told: PlayedLives) -> None:
    for kind in ("NOTIFY_AUTHORITY", "NOTIFY_SUBJECT"):
        raised = {it["obligation_id"]: it["due_at"] for it in told.of("ObligationRaised", kind=kind, rule="WH-10")}
        met = told.of("ObligationMet", kind=kind, rule="WH-10")
        assert {it["obligation_id"] for it in met} == raised.keys() != set()
        assert all(it["occurred_at"] - raised[it["obligation_id"]] < DAY for it in met)


def test_hh_13_all_who_are_affected_are_told_but_one(told: PlayedLives) -> None:
    raised, met = (told.of(outcome, kind="NOTIFY_SUBJECT", rule="HH-13") for outcome in ("ObligationRaised", "ObligationMet"))
    untold = {it["subject_ref"] for it in raised} - {it["subject_ref"] for it in met}
    assert len(met) == len(raised) - 1 > 3
    assert untold == {person("hostinghuis", "not_told_of_breach")} < forgotten(SIZE, SEED)


def test_what_concerns_a_hoster_alone_is_its_own(told: PlayedLives) -> None:
    assert {(it["kind"], it["rule"]) for it in told.of("ObligationMet", subject_ref=REGISTER_REF)} == {
        ("NOTIFY_AUTHORITY", "GDPR-33"), ("NOTIFY_AUTHORITY", "WH-10"), ("ANSWER", "WH-13"),
    }  # fmt: skip


def test_the_people_of_the_story_are_customers_of_these_lives(played: list[Happening]) -> None:
    people = cast(SIZE, SEED)
    of = {star: [each for each in played if (each.controller, each.subject) == star] for star in (people.asks, people.waits, people.refused)}
    assert [star.controller for star in of] == ["hostinghuis", "webhoster", "mijndomein"]
    assert any(each.fields.get("right") == "ERASURE" for each in of[people.asks])
    assert any(each.fields.get("recipient") == "verisign" for each in of[people.asks])
    assert any(each.fields.get("recipient") == "registrar-one" for each in of[people.waits])
    assert any(each.fields.get("outcome") == "PARTLY" for each in of[people.refused])
    assert {person("hostinghuis", "export_first"), person("smallhold", "barred")} < {star.subject for star in people.others}


def person(hoster: str, part: str) -> str:
    return next(one.subject for one in customers(SIZE, SEED) if (one.hoster.name, one.part) == (hoster, part))


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
