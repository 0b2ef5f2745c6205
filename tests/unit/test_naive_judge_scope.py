"""The second judge judged by hand: what a rule says nothing about, and in which order and of when what happened counts."""

from __future__ import annotations

import pytest

from tests.histories import Event
from tests.hoster_histories import made
from tests.naive_judging import law, naive_register_verdicts, naive_verdicts
from tests.steps_judged import (
    DIRECT,
    HH,
    LETTER,
    MD,
    NEWS,
    SH,
    SO,
    STATISTICS,
    WH,
    Step,
    answer,
    collect,
    consent,
    consult,
    erase,
    history,
    moment,
    objection,
    reached,
    said,
    share,
    use,
)  # fmt: skip

# controller, promise, rule, the steps of which the last one would break it, were it not outside its scope.
OUTSIDE: list[tuple[str, str, str, list[Step]]] = [
    (MD, "MD-04", "prohibited-collection", [collect(0, activity="support", categories=["pd:EmailContent"])]),
    (MD, "MD-06", "use-after-objection", [objection(0, DIRECT), use(1, purpose=DIRECT)]),
    (MD, "MD-06", "collection-after-objection",
     [objection(0, "dpv:ServicePersonalisation"), collect(1, purposes=["ledger:DataCombination", "dpv:ServicePersonalisation"])]),
    (MD, "MD-07", "use-for-other-purpose", [use(0, by="acme")]),
    (MD, "MD-11", "use-after-objection", [objection(0, DIRECT), use(1, purpose=DIRECT)]),
    (MD, "MD-13", "share-without-ref", [share(0)]),
    (MD, "MD-20", "use-after-objection", [objection(0, "dpv:CustomerCare"), use(1, purpose="dpv:CustomerCare")]),
    (MD, "MD-22", "prohibited-use", [use(0)]),
    (MD, "MD-24", "share-without-agreement", [share(0, recipient_role="advertising")]),
    (MD, "MD-24", "use-for-other-purpose", [use(0)]),
    (MD, "MD-25", "share-without-consent", [share(0, recipient_role="advertising", recipient="google")]),
    (HH, "HH-02", "erasure-while-service-runs", [share(0), reached(0, "SERVICE_STARTED"), erase(1, by="acme")]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, **STATISTICS), reached(0, "SERVICE_STARTED"), erase(1, by=HH)]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, activity="newsletter"), reached(0, "SERVICE_STARTED"), erase(1, by=HH)]),
    (HH, "HH-02", "erasure-while-service-runs", [collect(0, activity="other"), reached(0, "SERVICE_STARTED"), erase(1, by=HH)]),
    (SO, "SO-14", "answer-without-identity-check", [answer(0, "EXTENDED")]),
    (HH, "HH-03", "use-after-objection", [objection(0, "ledger:ServiceNotice"), use(1, purpose="ledger:ServiceNotice")]),
    (HH, "HH-04", "entry-outside-session", [collect(0)]),
    (HH, "HH-05", "anonymous-data-linked", [collect(0)]),
    (HH, "HH-11", "share-without-legal-ground", [share(0)]),
    (HH, "HH-21", "look-up-without-reason", [consult(0, categories=["pd:Name"])]),
    (HH, "HH-22", "use-for-other-purpose", [use(0, by=HH)]),
    (HH, "HH-22", "use-for-other-purpose", [use(0, by="acme", categories=["ledger:ServerLog"])]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority", product="dv", categories=["ledger:DomainName"])]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority", product="OV")]),
    (WH, "WH-05", "prohibited-share", [share(0, recipient_role="certificate_authority")]),
    (WH, "WH-05", "prohibited-share", [share(0, product="dv", categories=["pd:City"])]),
    (WH, "WH-08", "use-for-other-purpose", [use(0, by=WH)]),
    (WH, "WH-09", "look-up-without-reason", [consult(0, categories=["pd:Name"])]),
    (SH, "SH-05", "share-without-ref", [share(0, recipient_role="mailing")]),
    (SH, "SH-05", "share-outside-extension", [share(0, recipient_role="supplier", purpose="ledger:CertificateIssuance")]),
    (SH, "SH-05", "share-outside-extension", [share(0, recipient_role="certificate_authority")]),
    (SH, "SH-07", "disclosure-without-decision", [share(0)]),
    (SH, "SH-07", "disclosure-without-notice", [share(0)]),
    (SH, "SH-08", "use-for-other-purpose", [use(0, by=SH)]),
    (SH, "SH-08", "use-for-other-purpose", [use(0, by="acme", categories=["ledger:ServerLog"])]),
    (SH, "SH-09", "use-without-consent", [use(0, purpose="dpv:CustomerCare")]),
    (SO, "SO-05", "use-without-consent", [use(0, purpose=NEWS)]),
    (SO, "SO-07", "too-many-sends", [*[use(0, purpose=NEWS)] * 6, use(1, purpose="ledger:ServiceNotice")]),
    (SO, "SO-07", "too-many-sends", [*[use(0, purpose="ledger:ServiceNotice")] * 6, use(1, purpose=NEWS)]),
    (SO, "SO-07", "too-many-sends", [*[use(day, purpose=NEWS) for day in range(6)], use(6, purpose=LETTER)]),
    (SO, "SO-07", "prohibited-use", [use(0, purpose=LETTER, channel="sms")]),
    (SH, "SH-10", "store-in-other-country", [collect(0, country="DE")]),
    (SO, "SO-09", "share-without-agreement", [share(0, by=SO, recipient_role="law_enforcement")]),
    (SO, "SO-11", "prohibited-share", [share(0, categories=["pd:IPAddress"])]),
    (SO, "SO-11", "use-for-other-purpose", [use(0, by=SO, categories=["ledger:SiteUse"])]),
    (SO, "SO-14", "answer-without-identity-check", [answer(0, "REFUSED")]),
]  # fmt: skip


@pytest.mark.parametrize(("controller", "promise", "rule", "steps"), OUTSIDE)
def test_a_rule_says_nothing_about_what_it_does_not_name(controller: str, promise: str, rule: str, steps: list[Step]) -> None:
    assert (promise, rule) not in said(controller, *steps)


def test_an_undeclared_activity_or_role_is_measured_by_nothing_else_that_is_declared() -> None:
    assert said(SO, collect(0, activity="other", categories=["pd:Health"], purposes=[NEWS])) == {("X-04", "undeclared-activity")}
    assert said(WH, share(0, by=WH, recipient_role="data_broker")) == {("X-04", "undeclared-recipient-role")}


def test_a_rule_of_its_own_stands_for_that_of_the_law() -> None:
    assert said(SH, share(0, recipient_role="court", country="US")) >= {("SH-06", "transfer-without-safeguard")}
    assert not {promise for promise, _ in said(SH, share(0, recipient_role="court", country="US"))} & {"GDPR-44"}
    assert said(MD, answer(0, "REFUSED")) == {("MD-23", "refusal-without-reason")}


def test_without_a_policy_before_it_nothing_is_judged() -> None:
    log = history(SO, use(0, purpose=LETTER))

    assert naive_verdicts(log[1:]) == naive_verdicts(log[::-1]) == set()
    assert naive_verdicts(log) != set()


def test_what_is_recorded_later_changes_no_verdict() -> None:
    send = use(1, purpose=LETTER)

    assert ("SO-05", "use-without-consent") in {(promise, rule) for _, promise, rule in naive_verdicts(history(SO, send, consent(0, LETTER)))}


def test_at_the_same_instant_the_smaller_event_id_comes_first() -> None:
    send = use(1, purpose=LETTER, number=5)

    assert ("SO-05", "use-without-consent") not in said(SO, consent(1, LETTER, number=4), send)
    assert ("SO-05", "use-without-consent") in said(SO, consent(1, LETTER, number=6), send)


def test_what_is_known_of_another_subject_does_not_count() -> None:
    assert ("SO-05", "use-without-consent") in said(SO, consent(0, LETTER, subject_ref="s2"), use(1, purpose=LETTER))


def test_a_repeat_is_not_judged_again_and_not_counted_twice() -> None:
    policy, became, *sends = history(SO, reached(-2, "BECAME_CUSTOMER"), *[use(day, purpose=NEWS, categories=[]) for day in range(6)])
    objected = history(SO, objection(-1, NEWS, number=100))[-1]

    assert naive_verdicts([policy, became, *sends, objected, sends[3], sends[-1]]) == set()
    assert naive_verdicts([policy, became, *sends[:3], sends[0], sends[1], *sends[3:]]) == set()
    assert len(naive_verdicts([policy, became, objected, *sends, sends[3]])) == 6


def test_a_year_earlier_is_the_same_time_on_the_clock() -> None:
    def earlier(text: str) -> str:
        return law.wall_clock(law.a_year_before(moment(text))).isoformat()

    assert earlier("2019-06-01T10:00") == "2018-06-01T10:00:00+02:00"
    assert earlier("2020-02-29T10:00") == "2019-02-28T10:00:00+01:00"
    assert earlier("2020-03-31T02:30") == "2019-03-31T03:00:00+02:00"
    assert earlier("2019-10-28T02:30") == "2018-10-28T02:30:00+01:00"


def test_a_policy_announced_after_it_is_in_force_is_told_once_over_the_register() -> None:
    def published(number: int, controller: str, announced: int | None) -> Event:
        given = {"policy": controller, "version": "1", "text": "", "text_hash": "", "compiled": "{}", "in_force_from": 5, "announced_at": announced}
        return made("PolicyPublished", number, 0, controller, **given)

    log = [published(1, HH, 6), published(2, SO, 6), published(3, HH, 5), published(4, HH, None)]
    ids = [f["event_id"] for _, f in log]

    assert naive_register_verdicts(log) == {(ids[0], "HH-20", "announced-late"), (ids[1], "GDPR-13", "announced-late")}
