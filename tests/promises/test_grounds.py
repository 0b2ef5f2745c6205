"""Each verdict names what it rests on: the act, the policy, and whatever else decided it (X-06, GDPR Art. 5(2))."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.promises.stories import Story, customer

NEWS = "ledger:ProductNews"
POLICY = "PolicyPublished"


def mailed(times: int) -> Story:
    story = customer("sohosted").collects("marketing")
    for month in range(1, times + 1):
        story.on(f"2019-{month + 1:02}-01").mails(NEWS)
    return story


def supplier() -> Story:
    """One agreement of two that has ended, and an entry in the register."""
    story = customer("sohosted").registers("mailer-one", "mailing").on("2019-02-01")
    story.agrees_with("mailer-one", "pd:Name", purpose="ledger:Newsletter", until="2019-03-01T00:00:00+01:00")
    return story.on("2019-03-02")


def disclosed(decision: str) -> Story:
    story = customer("smallhold").on("2019-03-01").discloses().on("2019-03-02").decides(decision).on("2019-03-03")
    return story.shares("police", "law_enforcement", disclosure_ref="disclosure-1", disclosure_ground="police_demand")


def in_session() -> Story:
    return customer("hostinghuis").on("2019-03-01T10:00").reaches("LOGGED_IN", "session-1").on("2019-03-01T11:00").reaches("LOGGED_OUT", "session-1")


CASES: dict[str, tuple[Callable[[], Story], str, str, list[str]]] = {
    "the seventh mail names the other six": (
        lambda: mailed(7), "SO-07", "too-many-sends", ["DataUsed", POLICY, *["DataUsed"] * 6]),
    "a mail to who left names what made and ended the customer": (
        lambda: mailed(1).leaves().mails(NEWS), "SO-07", "use-for-non-customer",
        ["DataUsed", POLICY, "MilestoneReached", "MilestoneReached", "MilestoneReached"]),
    "an objection": (
        lambda: mailed(1).objects(NEWS).on("2019-04-01").mails(NEWS), "SO-08", "use-after-objection", ["DataUsed", POLICY, "ObjectionChanged"]),
    "a wider objection, and not one on another channel": (
        lambda: mailed(1).objects("dpv:Marketing").objects(NEWS, channel="sms").on("2019-04-01").mails(NEWS), "SO-08", "use-after-objection",
        ["DataUsed", POLICY, "ObjectionChanged"]),
    "a consent that was withdrawn": (
        lambda: customer("smallhold").consents(NEWS).on("2019-03-01").consents(NEWS, "WITHDRAWN").on("2019-03-02").mails(NEWS), "SH-09",
        "use-without-consent", ["DataUsed", POLICY, "ConsentChanged"]),
    "nobody ever consented": (
        lambda: customer("smallhold").on("2019-03-02").mails(NEWS), "SH-09", "use-without-consent", ["DataUsed", POLICY]),
    "a collection for another purpose": (
        lambda: customer("smallhold").on("2019-03-02").uses("dpv:ServicePersonalisation", "pd:Name"), "GDPR-5-1-b", "use-for-other-purpose",
        ["DataUsed", POLICY, "DataCollected"]),
    "an agreement that has ended": (
        lambda: supplier().shares("mailer-one", "mailing", purpose="ledger:Newsletter"), "SO-09", "share-without-agreement",
        ["DataShared", POLICY, "AgreementChanged"]),
    "an agreement that falls short": (
        lambda: supplier().on("2019-02-02").shares("mailer-one", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter"), "SO-09",
        "share-beyond-agreement", ["DataShared", POLICY, "AgreementChanged"]),
    "a recipient of another extension": (
        lambda: customer("smallhold").registers("sidn", "registry", extensions=["nl"]).on("2019-03-01")
        .shares("sidn", "registry", ref="order-1", product="com"), "SH-05", "share-outside-extension",
        ["DataShared", POLICY, "RecipientRegistered"]),
    "a transfer names the entry that it rests on": (
        lambda: customer("hostinghuis").registers("cpanel", "software_supplier", country="US", safeguard="ledger:PrivacyShield").on("2020-08-01")
        .tells("recipient", "cpanel").shares("cpanel", "software_supplier"), "HH-12", "transfer-lapsed",
        ["DataShared", POLICY, "RecipientRegistered"]),
    "a refusal of a disclosure": (
        lambda: disclosed("REFUSED"), "SH-07", "disclosure-without-decision", ["DataShared", POLICY, "DisclosureRequested", "DisclosureDecided"]),
    "an entry after the session": (
        lambda: in_session().on("2019-03-01T12:00").collects("portal_session", ref="session-1"), "HH-04", "entry-outside-session",
        ["DataCollected", POLICY, "MilestoneReached", "MilestoneReached"]),
    "data that may only be stored": (
        lambda: customer("smallhold").on("2019-03-01").tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION").on("2019-03-02")
        .uses("dpv:AccountManagement", "pd:Name"), "GDPR-18", "use-while-restricted", ["DataUsed", POLICY, "HoldPlaced"]),
    "a request of somebody unknown": (
        lambda: customer("sohosted").on("2019-03-01").asks("ACCESS", identity_check="NOT_DONE").on("2019-03-02").answers("FULFILLED"), "SO-14",
        "answer-without-identity-check", ["RequestAnswered", POLICY, "RequestReceived"]),
    "an answer that was not acted on": (
        lambda: customer("sohosted").on("2019-03-01").asks("RECTIFICATION", identity_check="DONE").on("2019-03-02").answers("FULFILLED"), "SO-13",
        "answer-not-done", ["RequestAnswered", POLICY, "RequestReceived"]),
    "a service that runs": (
        lambda: customer("webhoster").on("2019-03-01").erases(), "WH-12", "erasure-while-service-runs", ["DataErased", POLICY, "MilestoneReached"]),
    "a term that runs": (
        lambda: customer("hostinghuis").leaves().on("2019-03-01").erases(store="crm"), "HH-15", "erased-too-early",
        ["DataErased", POLICY, "DataCollected", "MilestoneReached"]),
    "an export that comes first": (
        lambda: customer("hostinghuis").leaves().on("2021-03-01").asks("PORTABILITY").on("2021-03-02").erases(store="crm"), "HH-19",
        "erased-before-export", ["DataErased", POLICY, "RequestReceived"]),
    "an objection that is to be remembered": (
        lambda: customer("mijndomein").on("2019-03-01").objects(NEWS).collects("suppression").on("2019-03-02").erases(store="suppression"), "MD-22",
        "suppression-erased", ["DataErased", POLICY, "ObjectionChanged", "DataCollected"]),
    "what is forbidden": (
        lambda: customer("smallhold").on("2019-03-01").collects("account", "pd:BankAccount"), "SH-02", "prohibited-collection",
        ["DataCollected", POLICY]),
    "what is not declared": (
        lambda: customer("smallhold").on("2019-03-01").shares("adco", "advertising"), "X-04", "undeclared-recipient-role", ["DataShared", POLICY]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "-"))
def test_x_06_is_kept_by_verdicts_that_name_what_they_rest_on(case: str) -> None:
    story, promise, rule, types = CASES[case]

    assert story().because(promise, rule) == types


def test_x_06_is_kept_by_leaving_out_what_came_after_the_act() -> None:
    """A step that is known by then, of a later moment, decided nothing."""
    story = mailed(7).on("2019-09-01").mails(NEWS).on("2019-08-15").objects(NEWS).on("2019-08-10").mails(NEWS)

    assert story.because("SO-07", "too-many-sends") == ["DataUsed", POLICY, *["DataUsed"] * 7]


def test_x_06_is_kept_by_naming_the_objection_of_then_and_the_erasure_that_took_the_data() -> None:
    story = customer("mijndomein").on("2019-03-01").objects(NEWS).collects("suppression").on("2019-06-01").objects(NEWS, "LIFTED")
    story.on("2019-04-01").erases(store="suppression")
    assert story.because("MD-22", "suppression-erased") == ["DataErased", POLICY, "ObjectionChanged", "DataCollected"]

    gone = customer("smallhold").on("2019-03-01").erases("pd:Name", purposes=["dpv:AccountManagement"]).on("2019-03-02")
    gone.uses("dpv:AccountManagement", "pd:Name")
    assert "DataErased" in gone.because("GDPR-5-1-b", "use-for-other-purpose")


def test_x_06_is_kept_by_leaving_out_what_had_ended() -> None:
    story = customer("webhoster").reaches("SERVICE_STARTED", "service-2").reaches("SERVICE_ENDED", "service-2").on("2019-03-01").erases()
    assert story.because("WH-12", "erasure-while-service-runs") == ["DataErased", POLICY, "MilestoneReached"]

    held = customer("smallhold").on("2019-03-01").tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION", until="2019-03-02T00:00:00+01:00")
    held.tell("HoldPlaced", hold_ref="hold-2", kind="RESTRICTION").on("2019-03-03").uses("dpv:AccountManagement", "pd:Name")
    assert held.because("GDPR-18", "use-while-restricted") == ["DataUsed", POLICY, "HoldPlaced"]
