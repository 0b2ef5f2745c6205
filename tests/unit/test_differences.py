"""`ledger differences`: which verdicts would be other with all that is known now, and which later records make them so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.answers.differences import DifferencesAnswer
from ledger.answers.shapes import as_json
from ledger.answers.wide_query import WideQuery
from ledger.contract import codec
from ledger.errors import CallerError
from tests.histories import CONTROLLER, Event, at, collected, event_id, fact, policy, project, shared, tick
from tests.hoster_histories import made
from tests.memory_answers import MemoryAnswers

AGREED = [
    {"id": "MD-24", "act": "share", "roles": ["registry"], "needs": ["agreement"]},
    {"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]},
    {"id": "MD-07", "act": "use", "by": "controller", "needs": ["held_for_purpose"]},
]
STATEMENT = policy(1001, 0, [], conditions=AGREED)


def agreement(number: int, day: float, *, since: float, state: str = "IN_FORCE", recipient: str = "SIDN") -> Event:
    return made(
        "AgreementChanged", number, at(day), CONTROLLER, recipient=recipient, agreement=f"a{number}", state=state, categories=["pd:Name"],
        purposes=["dpv:ServiceRegistration"], in_force_from=at(since),
    )  # fmt: skip


def ask(*log: Event, **wishes: Any) -> DifferencesAnswer:
    return WideQuery(MemoryAnswers(project(list(log)))).differences(**wishes)


def told(answer: DifferencesAnswer) -> list[tuple[str, str, str, list[tuple[str, int | None]]]]:
    return [
        (each.change, each.promise, each.rule, [(cause.type, cause.event.offset) for cause in each.because_of]) for each in answer.differences
    ]


def use(number: int, day: float, **fields: Any) -> Event:
    given = {"by": CONTROLLER, "purpose": "dpv:DirectMarketing", "channel": "email", "categories": ["pd:EmailAddress"]} | fields
    return fact("DataUsed", number, day, **given)


def test_a_share_before_its_backdated_agreement_would_not_be_found_now() -> None:
    answer = ask(STATEMENT, tick(2001, 0), shared(1, 5), agreement(1002, 7, since=3), agreement(1003, 8, since=4, recipient="Adyen"))

    assert told(answer) == [("GONE", "MD-24", "share-without-agreement", [("AgreementChanged", 3)])]
    (difference,) = answer.differences
    assert (difference.fact, difference.happened_at, difference.event.offset, difference.event.event_id) == ("DataShared", at(5), 2, event_id(1))
    assert difference.because_of[0].event.event_id == event_id(1002)
    assert difference.because_of[0].happened_at == at(7)
    (count,) = answer.counts
    assert (count.change, count.promise, count.verdicts, count.subjects, count.because_of) == ("GONE", "MD-24", 1, 1, ("AgreementChanged",))


def test_an_agreement_that_began_after_the_share_changes_nothing() -> None:
    answer = ask(STATEMENT, shared(1, 5), agreement(1002, 7, since=6))

    assert (told(answer), answer.counts) == ([], ())
    assert (answer.subjects, answer.facts) == (1, 1)


def test_a_withdrawal_told_late_makes_a_new_verdict() -> None:
    given = fact("ConsentChanged", 1, 1, purpose="dpv:DirectMarketing", channel="email", state="GIVEN")
    withdrawn = fact("ConsentChanged", 3, 3, purpose="dpv:DirectMarketing", channel="email", state="WITHDRAWN")
    answer = ask(STATEMENT, collected(9, 0, purposes=["dpv:DirectMarketing"], categories=["pd:EmailAddress"]), given, use(2, 5), withdrawn)

    assert told(answer) == [("NEW", "SO-05", "use-without-consent", [("ConsentChanged", 4)])]


def test_two_records_that_only_together_make_the_difference_are_both_named() -> None:
    log = [
        STATEMENT, collected(9, 0, purposes=["dpv:DirectMarketing"], categories=["pd:EmailAddress"]),
        fact("ConsentChanged", 1, 1, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),
        use(2, 5, categories=["pd:EmailAddress", "pd:Name"]),
        collected(4, 2, subject="s2"), collected(3, 2, purposes=["dpv:DirectMarketing"], categories=["pd:Name"]), collected(5, 6),
    ]  # fmt: skip

    assert told(ask(*log)) == [("GONE", "MD-07", "use-for-other-purpose", [("DataCollected", 5)])]

    without = [*log[:1], *log[2:], log[1]]
    assert told(ask(*without)) == [("GONE", "MD-07", "use-for-other-purpose", [("DataCollected", 4), ("DataCollected", 6)])]


def test_of_several_records_that_would_do_alike_the_first_is_named() -> None:
    answer = ask(STATEMENT, shared(1, 5), agreement(1002, 7, since=3), agreement(1003, 8, since=2))

    assert told(answer) == [("GONE", "MD-24", "share-without-agreement", [("AgreementChanged", 2)])]


def test_a_policy_published_later_judges_what_happened_in_its_time() -> None:
    later = policy(1002, 4, [], conditions=[])
    answer = ask(STATEMENT, shared(1, 5), later)
    assert told(answer) == [("GONE", "MD-24", "share-without-agreement", [("PolicyPublished", 2)])]

    assert told(ask(shared(1, 5), STATEMENT)) == [("NEW", "MD-24", "share-without-agreement", [("PolicyPublished", 1)])]
    assert told(ask(STATEMENT, shared(1, 3), later)) == []


def test_published_verdicts_stay_as_published() -> None:
    log = [STATEMENT, shared(1, 5), agreement(1002, 7, since=3)]
    store = project(log)
    WideQuery(MemoryAnswers(store)).differences()

    assert [codec.decode(row[6])[1]["rule"] for row in store.outcomes.values()] == ["share-without-agreement"]


def test_one_subject_and_one_promise_and_a_limit() -> None:
    log = [
        STATEMENT, shared(1, 5), shared(2, 6, subject="s2"), use(3, 6),
        agreement(1002, 7, since=3), fact("ConsentChanged", 4, 1, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),
    ]  # fmt: skip

    assert {each.subject_ref for each in ask(*log, controller=CONTROLLER, subject_ref="s2").differences} == {"s2"}
    assert [each.promise for each in ask(*log, promise="SO-05").differences] == ["SO-05"]
    assert ask(*log, controller="another").counts == ()
    assert ask(*log, controller=CONTROLLER, subject_ref="nobody").subjects == 0
    first = ask(*log, limit=1)
    assert (len(first.differences), first.more, sum(each.verdicts for each in first.counts)) == (1, True, 3)
    assert first.differences[0].happened_at == at(6)
    assert [each.subjects for each in first.counts if each.promise == "MD-24"] == [2]
    with pytest.raises(CallerError, match="expected its controller"):
        ask(*log, subject_ref="s1")


def test_it_goes_into_json() -> None:
    told_as_json = json.loads(json.dumps(as_json(ask(STATEMENT, shared(1, 5), agreement(1002, 7, since=3)))))

    assert told_as_json["differences"][0]["because_of"][0] == {
        "type": "AgreementChanged", "happened_at": "2018-06-07T22:00:00.000000Z",
        "event": {"topic": "facts", "partition": 0, "offset": 2, "event_id": "0190c2a4-03ea-7000-8000-0000000003ea"},
    }  # fmt: skip
    assert told_as_json["freshness"]["partitions"][0]["next_offset"] == 3
