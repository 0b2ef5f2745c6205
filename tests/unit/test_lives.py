"""The lives of the demo: repeatable, within the contract, without personal values, and breaking only the promises they mean to break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.core.fold import fold_fact, fold_tick
from ledger.core.ids import message_key, partition_of, subject_id
from ledger.core.obligations import Step
from ledger.core.rules import Rules
from ledger.core.state import Subject
from ledger.demo.flaws import EXPECTED
from ledger.demo.lives import END, START, Happening, lives, register, stars
from ledger.demo.people import FLAWS, customers
from ledger.policies.files import load_policy, shipped_policies
from ledger.policies.publishing import policy_event
from ledger.sdk.personal_values import is_domain_name, personal_kind
from ledger.testing import RecordingEmitter

SIZE, SEED = 60, 7
DAY = 86_400 * 1_000_000


@pytest.fixture(scope="module")
def played() -> list[Happening]:
    return list(lives(SIZE, SEED))


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
    for each in (*register(), *played):
        given = {"controller": each.controller, "source": each.source, **each.fields}
        recorder.emit(each.type, subject=each.subject, event_id=each.event_id, occurred_at=each.occurred_at, **given)
    assert len(recorder.events) == len(played) + len(list(register()))


def test_no_value_looks_personal(played: list[Happening]) -> None:
    for each in (*register(), *played):
        for text in _texts((each.subject, each.fields)):
            assert personal_kind(text) is None
            assert not is_domain_name(text)


def test_all_hosters_and_all_kinds_of_facts_are_played(played: list[Happening]) -> None:
    everything = [*register(), *lives(300, SEED)]
    assert {each.controller for each in everything} == {"mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted"}
    assert {each.type for each in everything} == {
        "DataCollected", "DataShared", "ConsentChanged", "ObjectionChanged", "DataRectified", "DataUsed", "DataConsulted", "MilestoneReached",
        "RequestReceived", "RequestAnswered", "DisclosureRequested", "DisclosureDecided", "NoticeGiven", "HoldPlaced", "HoldReleased", "KeyDestroyed",
        "RecipientRegistered", "AgreementChanged", "BreachRecorded", "AuthorityNotified", "StatementRequested", "StatementGiven",
    }  # fmt: skip
    shared = [each.fields for each in played if each.type == "DataShared"]
    assert {each["recipient"] for each in shared} >= {"sidn", "eurid", "verisign", "openprovider", "registrar-one", "psp-one", "mailer-one"}
    assert any(each["by"] == "openprovider" and each["recipient"] == "verisign" for each in shared)


def test_some_events_come_late_and_some_twice(played: list[Happening]) -> None:
    ids = Counter(each.event_id for each in played if each.event_id is not None)
    assert sum(1 for each in played if each.at > each.occurred_at + DAY) > 5
    assert sum(1 for times in ids.values() if times == 2) > 5


def test_every_planted_flaw_is_played_once_there_are_twenty_customers() -> None:
    assert {one.flaw for one in customers(20, SEED)} >= {flaw for flaws in FLAWS.values() for flaw in flaws}
    assert set(EXPECTED) == {flaw for flaws in FLAWS.values() for flaw in flaws}


def test_only_the_planted_promises_are_broken(played: list[Happening]) -> None:
    planted = Counter(
        (one.hoster.name, one.subject, *verdict) for one in customers(SIZE, SEED) for verdict in EXPECTED.get(one.flaw, ())
    )
    found: Counter[tuple[str, str, str, str]] = Counter()
    for subject, step in _fold(played):
        for _, outcome in step.outcomes:
            if outcome.type == "ViolationFound" and not outcome.fields["rule"].startswith("overdue-"):  # no holder acts here
                found[subject.controller, subject.subject_ref, outcome.fields["promise"], outcome.fields["rule"]] += 1
    assert found == planted


def test_retention_of_each_hoster_comes_due(played: list[Happening]) -> None:
    """At the end of the demo a last tick raises what is due; over all hosters each of these rules has had its day."""
    due = Counter(
        outcome.fields["rule"]
        for subject, step in _fold(played)
        for _, outcome in step.outcomes
        if outcome.type == "ObligationRaised"
    )
    assert due.keys() >= {"MD-21", "HH-15", "HH-16", "WH-01", "WH-04", "WH-06", "WH-07", "SH-11", "SO-04", "SO-06", "SO-12", "GDPR-17"}


def test_the_stars_are_customers_of_these_lives(played: list[Happening]) -> None:
    asks, waits = stars(SIZE, SEED)
    of_asks = [each for each in played if (each.controller, each.subject) == asks]
    of_waits = [each for each in played if (each.controller, each.subject) == waits]
    assert asks.controller == "hostinghuis"
    assert any(each.fields.get("right") == "ERASURE" for each in of_asks)
    assert any(each.fields.get("recipient") == "verisign" for each in of_asks)
    assert waits.controller == "webhoster"
    assert any(each.fields.get("recipient") == "registrar-one" for each in of_waits)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


def _fold(played: list[Happening]) -> list[tuple[Subject, Step]]:
    """Fold each subject's happenings, repeats dropped, then one tick at the end of the demo; no holder answers."""
    rules = Rules(ZoneInfo)
    for name in shipped_policies():
        fields = policy_event(load_policy(name))
        rules.apply("PolicyPublished", {**fields, "event_id": fields["event_id"].encode()})
    recorder = RecordingEmitter(now="2026-02-01T00:00:00Z")
    for each in register():
        recorder.emit(each.type, occurred_at=each.occurred_at, **{"controller": each.controller, "source": each.source, **each.fields})
        rules.apply(each.type, recorder.events[-1].fields)
    found: dict[tuple[str, str], tuple[Subject, Step]] = {}
    seen: set[str] = set()
    for offset, each in enumerate(played):
        if each.subject is None or (each.event_id is not None and each.event_id in seen):
            continue
        seen.add(each.event_id or "")
        key = message_key(each.controller, each.subject)
        given = {"controller": each.controller, "source": each.source, **each.fields}
        recorder.emit(each.type, subject=each.subject, event_id=UUID(int=offset + 1 << 80 | 8 << 76 | 1 << 63), occurred_at=each.occurred_at, **given)
        fields = recorder.events[-1].fields
        if (each.controller, each.subject) not in found:
            subject = Subject(each.controller, each.subject, key, subject_id(each.controller, each.subject))
            found[each.controller, each.subject] = subject, Step(rules, partition_of(key, 4), 0, b"", b"", 0, 0, lambda _: [])
        subject, step = found[each.controller, each.subject]
        step.offset, step.event_id, step.salt, step.at = offset, fields["event_id"], fields["salt"], fields["occurred_at"]
        fold_fact(subject, each.type, fields, step)
    for subject, step in found.values():
        step.time_reached = END
        fold_tick(subject, step)
    return list(found.values())
