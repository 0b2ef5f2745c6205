"""Stories of what a refusal lets stay, why, and until when: it names its reason, ends with it, and what it let stay is called for then."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.histories import project
from tests.promises.stories import AMSTERDAM, KEPT_BY_LAW, Story, customer

CLAIM = KEPT_BY_LAW | {"holder": "mijndomein", "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None}
RUNS = CLAIM | {"reason": "ledger:ContractRuns"}
ACCOUNTS = {"mijndomein": "crm", "hostinghuis": "crm"}


# -- a refusal that ends


def _bought() -> Story:
    """A former customer of Mijndomein with one order, collected under the tax law too, and an account that no law asks for."""
    return customer("mijndomein").collects("order", ref="order-1", statute="nl-awr-52").leaves()


def test_md_21_is_kept_by_a_refusal_that_ends_by_itself() -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein", "until": "2026-01-01T00:00:00+01:00"}
    story = _bought().on("2019-03-01").asks("ERASURE", identity_check="DONE")
    story.on("2019-03-20").answers("PARTLY", reasons=[reason])

    assert ("GDPR-17", "shop") not in story.clock("2025-12-31T23:59:59").obligations("OPEN")
    assert ("GDPR-17", "shop") in story.clock("2026-01-01T00:00").obligations("OPEN")


def test_md_21_is_kept_by_a_refusal_without_an_end_that_ends_with_the_term_of_the_tax_law() -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein"}
    story = _bought().on("2019-03-01").asks("ERASURE").on("2019-03-20").answers("PARTLY", reasons=[reason]).erases(store="crm")

    assert story.clock("2026-12-31T23:59:59").obligations("OPEN") == set(), "seven years from 2019, to the end of the year"
    assert story.clock("2027-01-01T00:00").obligations("OPEN") == {("GDPR-17", "shop")}


def test_md_21_is_kept_by_counting_from_the_latest_collection() -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein"}
    story = _bought().on("2019-03-01").asks("ERASURE").on("2019-03-20").answers("PARTLY", reasons=[reason]).erases(store="crm")
    story.on("2020-02-01").collects("order", "pd:Name", "pd:EmailAddress", ref="order-1", statute="nl-awr-52")

    assert story.clock("2027-12-31T23:59:59").obligations("OPEN") == set()
    assert story.clock("2028-01-01T00:00").obligations("OPEN") == {("GDPR-17", "shop")}


def test_md_21_is_kept_by_a_refusal_that_lets_stay_only_what_the_law_demands() -> None:
    story = _bought().collects("newsletter").on("2019-03-01").asks("ERASURE")
    story.on("2019-03-20").answers("REFUSED", reasons=[KEPT_BY_LAW | {"holder": "mijndomein"}])

    assert story.obligations("OPEN") == {("GDPR-17", "crm"), ("GDPR-17", "mailing")}, "the tax law asks for the order alone"
    assert ("GDPR-17", "overdue-erasure") in story.clock("2019-04-02T00:00").overdue()


def test_md_21_is_kept_by_a_refusal_for_a_purpose_that_the_statement_has_the_law_for() -> None:
    """What a recipient has for the tax records: no term of the hoster's own covers it, but the law demands it for that purpose."""
    story = customer("mijndomein").shares("books", "supplier", purpose="ledger:FiscalRecordKeeping").on("2019-03-01").asks("ERASURE")
    story.leaves().on("2019-03-20").answers("PARTLY", reasons=[KEPT_BY_LAW | {"holder": "books"}])

    assert story.obligations("OPEN") == {("GDPR-17", "crm")}


@pytest.mark.parametrize(("purpose", "stays"), [("ledger:FiscalRecordKeeping", True), ("ledger:Invoicing", False)])
def test_hh_16_is_kept_by_a_refusal_that_stands_while_its_term_runs(purpose: str, stays: bool) -> None:
    """Of the accountant's copy, for the purpose that the statement has the tax law for, and of another one for a purpose it has not."""
    reason = KEPT_BY_LAW | {"holder": "books"}
    story = customer("hostinghuis").leaves().shares("books", "supplier", purpose=purpose).on("2019-03-01").asks("ERASURE")
    story.on("2019-03-20").answers("PARTLY", reasons=[reason])

    assert (("GDPR-17", "books") in story.clock("2019-03-25").obligations("OPEN")) != stays


def test_md_23_is_broken_by_a_refusal_without_a_reason_which_refuses_nothing() -> None:
    story = customer("mijndomein").leaves().on("2019-03-01").asks("ERASURE", identity_check="DONE").on("2019-03-20").answers("REFUSED")

    assert ("MD-23", "refusal-without-reason") in story.broken()
    assert ("GDPR-17", "crm") in story.obligations("OPEN")
    assert ("GDPR-17", "overdue-erasure") in story.clock("2019-04-02T00:00").overdue()


@pytest.mark.parametrize("statute", [None, "nl-tw-13-2a", "nl-no-such-law"])
def test_md_21_is_broken_by_a_refusal_without_a_law_in_force_which_refuses_nothing(statute: str | None) -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein", "statute": statute}
    story = _bought().on("2019-03-01").asks("ERASURE").on("2019-03-20").answers("REFUSED", reasons=[reason])

    assert ("MD-21", "refusal-without-statute") in story.broken()
    assert ("GDPR-17", "shop") in story.obligations("OPEN")


def test_md_23_is_kept_by_a_reason_for_each_holder_and_broken_where_one_has_none() -> None:
    story = _bought().shares("sidn", "registry", ref="domain-1").on("2019-03-01").asks("ERASURE")
    story.on("2019-03-20").answers("REFUSED", reasons=[KEPT_BY_LAW | {"holder": "mijndomein"}]).erases(store="crm")

    assert story.obligations("OPEN") == {("GDPR-17", "sidn")}


def test_md_21_is_kept_by_a_refusal_for_good_for_a_reason_that_rests_on_no_law() -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein", "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None}
    story = customer("mijndomein").leaves().on("2019-03-01").asks("ERASURE").on("2019-03-20").answers("PARTLY", reasons=[reason])

    assert story.clock("2040-01-01").obligations("OPEN") == set()


# -- a refusal names the law


def test_md_21_is_kept_by_a_refusal_that_names_the_statute() -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein"}

    story = customer("mijndomein").on("2020-03-01").asks("ERASURE").on("2020-03-20").answers("PARTLY", reasons=[reason])

    assert story.broken() == set()


@pytest.mark.parametrize(
    ("hoster", "promise", "statute"),
    [("mijndomein", "MD-21", None), ("mijndomein", "MD-21", "nl-tw-13-2a"), ("hostinghuis", "GDPR-17-3-b", None)],
)
def test_md_21_is_broken_by_a_refusal_that_names_no_law_or_one_that_is_not_in_force(hoster: str, promise: str, statute: str | None) -> None:
    reason = KEPT_BY_LAW | {"holder": hoster, "statute": statute}

    story = customer(hoster).on("2020-03-01").asks("ERASURE").on("2020-03-20").answers("REFUSED", reasons=[reason])

    assert (promise, "refusal-without-statute") in story.broken()


def test_md_21_is_kept_by_another_reason_that_rests_on_no_law() -> None:
    reason = KEPT_BY_LAW | {"holder": "mijndomein", "reason": "eu-gdpr:JustificationA17LegalClaims", "statute": None}

    assert customer("mijndomein").on("2020-03-01").asks("ERASURE").on("2020-03-20").answers("PARTLY", reasons=[reason]).broken() == set()


# -- what it let stay is called for at its end, with time to do it


def _late_from(story: Story) -> datetime:
    """When all that is open is late."""
    (late,) = {row[13] for row in project(story.log).obligation_rows() if (row[5], row[15]) == ("ERASE", "OPEN")}
    return datetime.fromtimestamp(late / 1_000_000, AMSTERDAM)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def _refused(hoster: str, asked: str = "2019-03-01", answered: str = "2019-03-20", **entry: object) -> Story:
    """A former customer of this hoster with one order asks for erasure, and is refused: by default for a legal claim. His account is gone."""
    story = customer(hoster).collects("order", ref="order-1", statute="nl-awr-52").leaves().on("2019-02-20").erases(store=ACCOUNTS[hoster])
    return story.on(asked).asks("ERASURE", identity_check="DONE").on(answered).answers("PARTLY", reasons=[CLAIM | {"holder": hoster} | entry])


def test_md_21_is_kept_by_a_week_from_the_end_of_a_refusal() -> None:
    story = _refused("mijndomein", until="2020-01-01T00:00:00+01:00").clock("2020-01-01T00:00")

    assert story.obligations("OPEN") == {("GDPR-17", "shop")}
    assert _late_from(story) == _at("2020-01-08T00:00")
    assert story.clock("2020-01-07T23:59:59").late() == set()
    assert story.on("2020-01-07T23:59:59").erases().clock("2020-02-01").overdue() == set()


def test_hh_18_is_broken_by_letting_that_week_pass() -> None:
    story = _refused("hostinghuis", until="2020-01-01T00:00:00+01:00").clock("2020-01-01T00:00").clock("2020-01-08T00:00")

    assert story.overdue() == {("HH-18", "overdue-erasure")}


def test_x_02_is_kept_by_a_clock_that_ends_after_that_week() -> None:
    story = _refused("mijndomein", answered="2019-03-05", until="2019-03-10T00:00:00+01:00").clock("2019-03-10T00:00")

    assert _late_from(story) == _at("2019-04-02T00:00"), "a month from the request"


def test_hh_18_is_kept_by_the_time_of_the_statement_from_the_end_of_a_refusal() -> None:
    story = _refused("hostinghuis", until="2020-01-01T00:00:00+01:00").clock("2020-01-03T00:00")

    assert story.obligations("OPEN") == {("HH-18", "shop")}
    assert _late_from(story) == _at("2020-01-10T00:00"), "a week from when it was called for"


def test_x_02_is_kept_by_a_hold_that_makes_that_week_stand_still() -> None:
    story = _refused("mijndomein", until="2020-01-01T00:00:00+01:00").clock("2020-01-01T00:00")

    story.on("2020-01-03T00:00").tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD", until="2020-01-13T00:00:00+01:00")

    assert _late_from(story) == _at("2020-01-18T00:00")


def test_md_21_is_kept_by_asking_what_becomes_known_after_the_end_of_a_refusal() -> None:
    story = _refused("mijndomein", until="2020-01-01T00:00:00+01:00").clock("2020-01-01T00:00").clock("2020-03-01T00:00")
    story.on("2019-02-28").collects("order", "pd:TelephoneNumber", ref="order-2")

    assert _late_from(story) == _at("2020-03-08T00:00")


def test_wh_12_is_kept_by_a_week_to_end_the_service_after_a_refusal() -> None:
    reason = CLAIM | {"holder": "webhoster", "until": "2020-01-01T00:00:00+01:00"}
    story = customer("webhoster").on("2019-03-01").asks("ERASURE", identity_check="DONE").on("2019-03-05").answers("PARTLY", reasons=[reason])
    story.clock("2020-01-01T00:00")

    assert ("END_SERVICE", "WH-12", "service-1") in story.duties()
    assert story.clock("2020-01-07T23:59:59").overdue() == set()
    assert story.clock("2020-01-08T00:00").overdue() == {("WH-12", "overdue-service-end")}
    story.on("2020-01-09").reaches("SERVICE_ENDED", "service-1").clock("2020-01-10")
    assert _late_from(story) == _at("2020-01-16T12:00"), "a week from when it could be erased"


# -- a law asks for no more than its term


def test_md_21_is_kept_by_believing_a_refusal_for_the_term_of_its_law_and_no_longer() -> None:
    entry = KEPT_BY_LAW | {"holder": "mijndomein", "until": "2099-01-01T00:00:00+01:00"}
    story = _refused("mijndomein", asked="2020-03-01", answered="2021-03-20", **entry)

    assert story.clock("2027-12-31T23:59:59").obligations("OPEN") == set(), "seven years from the request, to the end of the year"
    assert story.clock("2028-01-01T00:00").obligations("OPEN") == {("GDPR-17", "shop")}
    assert _late_from(story) == _at("2028-01-08T00:00")


def test_md_21_is_kept_by_the_term_that_the_statement_counts_by_that_law() -> None:
    """The invoice is of 2019, so its seven years are out at the end of 2026, whenever somebody refused."""
    story = Story("mijndomein").on("2019-02-01").collects("invoice", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1").on("2020-03-01")
    story.asks("ERASURE", identity_check="DONE").on("2020-03-20")
    story.answers("REFUSED", reasons=[KEPT_BY_LAW | {"holder": "mijndomein", "until": "2099-01-01T00:00:00+01:00"}])

    assert story.clock("2026-12-31T23:59:59").obligations("OPEN") == set()
    assert story.clock("2027-01-01T00:00").obligations("OPEN") == {("MD-21", "billing")}


@pytest.mark.parametrize("reason", ["eu-gdpr:JustificationA12Complexity", "eu-gdpr:JustificationA12HighVolume"])
def test_a_refusal_for_want_of_time_lets_nothing_stay(reason: str) -> None:
    """They are reasons to take longer (Art. 12(3)): what was asked stays to be done."""
    story = _refused("mijndomein", reason=reason)

    assert story.obligations("OPEN") != set()


# -- reasons whose end the facts tell


def test_md_23_is_kept_by_a_refusal_while_the_contract_runs() -> None:
    story = customer("mijndomein").on("2019-03-01").asks("ERASURE", identity_check="DONE").on("2019-03-05")
    story.answers("REFUSED", reasons=[RUNS | {"holder": "mijndomein"}])

    assert story.clock("2021-01-01").obligations("OPEN") == set()
    story.on("2021-02-01").reaches("SERVICE_ENDED", "service-1").reaches("CONTRACT_ENDED", "contract-1")
    assert story.obligations("OPEN") == set(), "the account is open"
    story.reaches("ACCOUNT_CLOSED", "account-1")
    assert story.obligations("OPEN") == {("GDPR-17", "crm")}
    once = story.count("ERASE", "OPEN")
    assert story.clock("2021-02-02").count("ERASE", "OPEN", "OVERDUE") == once
    assert _late_from(story) == _at("2021-02-08T12:00")


def test_hh_18_is_broken_by_keeping_what_a_contract_that_has_ended_was_for() -> None:
    story = _refused("hostinghuis", **RUNS | {"holder": "hostinghuis"})

    assert story.obligations("OPEN") == {("HH-18", "shop")}, "nothing runs: it refuses nothing"
    assert story.clock("2019-03-08T12:00").overdue() == {("HH-18", "overdue-erasure")}


@pytest.mark.parametrize(("until", "ended", "called_from"), [
    ("2020-01-01T00:00:00+01:00", "2021-01-01T00:00", "2020-01-01T00:00"),
    ("2021-01-01T00:00:00+01:00", "2020-01-01T00:00", "2020-01-01T00:00"),
])  # fmt: skip
def test_md_23_is_kept_until_the_earlier_of_an_end_that_is_told_and_one_that_is_seen(until: str, ended: str, called_from: str) -> None:
    story = customer("mijndomein").on("2019-03-01").asks("ERASURE").on("2019-03-05").answers("REFUSED", reasons=[RUNS | {"until": until}])
    assert story.clock("2019-12-31T23:59:59").count("ERASE", "OPEN") == 0

    if ended == called_from:
        story.on(ended).leaves()
    assert story.clock(called_from).obligations("OPEN") == {("GDPR-17", "crm")}
    once = story.count("ERASE", "OPEN")
    assert story.on("2021-01-01T00:00").leaves().clock("2021-01-02").count("ERASE", "OPEN", "OVERDUE") == once


def test_md_23_is_kept_while_what_its_reference_names_runs() -> None:
    story = customer("mijndomein").collects("order", ref="contract-2").reaches("CONTRACT_STARTED", "contract-2").on("2019-03-01").asks("ERASURE")
    story.on("2019-03-05").answers("PARTLY", reasons=[RUNS | {"ref": "contract-2"}]).erases(store="crm")

    assert story.leaves().obligations("OPEN") == set(), "the first contract has nothing to do with it"
    assert story.on("2019-06-01").reaches("CONTRACT_ENDED", "contract-2").obligations("OPEN") == {("GDPR-17", "shop")}


def test_md_23_is_kept_by_a_legal_hold_while_it_stands() -> None:
    story = _refused("mijndomein", reason="ledger:LegalHold")
    called = story.count("ERASE")

    assert story.obligations("OPEN") == {("GDPR-17", "shop")}, "there is none"
    story.on("2019-03-21").tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD")
    assert story.obligations("CANCELLED") == {("GDPR-17", "shop")}
    story.clock("2020-01-01").on("2020-02-01").tell("HoldReleased", hold_ref="hold-1", kind="LEGAL_HOLD")
    assert story.count("ERASE", "OPEN") == called
    assert _late_from(story) == _at("2020-02-12T23:00"), "what was left of the month when it was placed"


def test_md_23_is_kept_by_asking_while_a_restriction_is_called_a_legal_hold() -> None:
    story = _refused("mijndomein", reason="ledger:LegalHold")

    story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION").clock("2019-04-01")

    assert story.obligations("OPEN") == {("GDPR-17", "shop")}, "it waits, and is not refused"


def test_md_23_is_kept_by_a_refusal_until_it_is_known_who_asks() -> None:
    story = customer("mijndomein").leaves().on("2019-03-01").asks("ERASURE").on("2019-03-05")
    story.answers("REFUSED", reasons=[CLAIM | {"reason": "eu-gdpr:JustificationA12IdentityFailure"}])

    assert story.clock("2020-01-01").obligations("OPEN") == set()
    story.on("2020-01-02").asks("ERASURE", identity_check="DONE")
    assert story.obligations("OPEN") == {("GDPR-17", "crm")}
    assert _late_from(story) == _at("2020-01-09T12:00")


def test_md_22_is_kept_by_a_suppression_list_that_keeps_no_newsletter() -> None:
    story = Story("mijndomein").on("2019-02-01").collects("suppression").collects("newsletter").on("2019-03-01").asks("ERASURE")

    story.on("2019-03-05").answers("PARTLY", reasons=[CLAIM | {"reason": "ledger:SuppressionList"}])

    assert story.obligations("OPEN") == {("GDPR-17", "mailing")}
