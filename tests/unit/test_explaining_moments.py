"""`ledger policy explain` with what happened: the moment that it works out is that of the fold, and is said in legal time."""

from __future__ import annotations

import pytest

from ledger.explaining.explaining import explain
from ledger.explaining.shapes import Asked, Happened
from tests.explained import AMSTERDAM, said, shipped
from tests.promises.stories import Story, moment


def due_at(policy: str, activity: str, *milestones: tuple[str, str], ref: str | None = None) -> int | None:
    happened = Happened(collected_at=moment("2018-07-01"), milestones=tuple((kind, ref, moment(when)) for kind, when in milestones))
    (holding,) = explain(shipped(policy), Asked(activity=activity), "en", AMSTERDAM, happened).holdings
    (found,) = {each.due_at for each in holding.worked_out}
    return found


def test_the_worked_out_moment_is_that_of_the_fold_to_the_second() -> None:
    due = due_at("hostinghuis", "account", ("SERVICE_ENDED", "2020-06-30T09:30:00"))
    story = Story("hostinghuis").on("2018-07-01").collects("account").on("2020-06-30T09:30:00").reaches("SERVICE_ENDED", "service-1")

    assert due == moment("2022-06-30T09:30:00")
    assert story.due("2022-06-30T09:29:59") == set()
    assert story.due("2022-06-30T09:30:00") == {("HH-15", "crm")}


def test_a_year_end_is_worked_out_to_the_midnight_after_it() -> None:
    due = due_at("hostinghuis", "fiscal_archive", ("INVOICE_ISSUED", "2018-06-12T10:00"))
    story = Story("hostinghuis").on("2018-07-01").collects("fiscal_archive", ref="i1").on("2018-06-12T10:00").reaches("INVOICE_ISSUED", "i1")

    assert due == moment("2026-01-01T00:00:00")
    assert story.due("2025-12-31T23:59:59") == set()
    assert story.due("2026-01-01T00:00:00") == {("HH-16", "offline-archive")}


def test_the_second_before_and_the_second_itself_are_said_in_legal_time() -> None:
    happened = Happened(milestones=(("SERVICE_ENDED", None, moment("2017-03-26T12:00")),))

    assert "gone on Tuesday 26 March 2019 at 12:00:00 (UTC+01:00). A second earlier, on Tuesday 26 March 2019 at 11:59:59 (UTC+01:00)" in said(
        shipped("hostinghuis"), activity="account", happened=happened
    )
    assert "dinsdag 26 maart 2019 om 12:00:00 (UTC+01:00)" in said(shipped("hostinghuis"), "nl", activity="account", happened=happened)


def test_a_term_that_does_not_run_says_what_it_waits_for() -> None:
    happened = Happened(milestones=(("CONTRACT_ENDED", None, moment("2019-01-01")),))

    assert due_at("smallhold", "account", ("CONTRACT_ENDED", "2019-01-01")) is None
    assert "it waits until the person's last service has ended" in said(shipped("smallhold"), activity="account", happened=happened)


def test_a_service_that_runs_again_stops_the_term() -> None:
    assert due_at("hostinghuis", "account", ("SERVICE_ENDED", "2019-01-01"), ("SERVICE_STARTED", "2019-02-01")) is None


def test_the_end_of_a_consent_is_worked_out_as_the_fold_does() -> None:
    happened = Happened(collected_at=moment("2019-01-07"), milestones=(("CONSENT_ENDED", None, moment("2019-05-01T10:00")),))
    (holding,) = explain(shipped("sohosted"), Asked(activity="newsletter", customer=False), "en", AMSTERDAM, happened).holdings
    story = Story("sohosted").on("2019-01-07").consents("ledger:Newsletter").collects("newsletter")
    story.on("2019-05-01T10:00").consents("ledger:Newsletter", "WITHDRAWN")

    assert [(due.customer, due.due_at) for due in holding.worked_out] == [(False, moment("2019-05-01T10:00"))]
    assert story.due("2019-05-01T09:59:59") == set()
    assert story.due("2019-05-01T10:00:00") == {("SO-06", "mailing")}


def test_a_term_from_the_collection_needs_no_milestone() -> None:
    assert due_at("webhoster", "visitor_traffic") == moment("2020-07-01")


@pytest.mark.parametrize(("policy", "is_shorter"), [("webhoster", True), ("mijndomein", False), ("sohosted", False)])
def test_a_term_that_is_shorter_than_the_tax_law_is_said_and_changes_nothing(policy: str, is_shorter: bool) -> None:
    assert ("asks to keep such records longer" in said(shipped(policy), activity="invoice")) is is_shorter
    assert ("vraagt zulke stukken langer te bewaren" in said(shipped(policy), "nl", activity="invoice")) is is_shorter
