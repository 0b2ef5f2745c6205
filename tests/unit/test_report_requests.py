"""Requests with their clocks: a month of Regulation 1182/71, extended, paused, late; closed only when all is settled."""

from __future__ import annotations

import pytest

from ledger.answers.cursors import CursorError
from ledger.answers.query import Query
from ledger.answers.shapes_rights import RequestLine, RequestsAnswer
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import KEPT_BY_LAW, Story, customer, moment


def asked(story: Story, **wishes: bool | int) -> RequestsAnswer:
    return Query(MemoryAnswers(project(story.log))).requests(**wishes)  # type: ignore[arg-type]


def only(story: Story, **wishes: bool | int) -> RequestLine:
    (found,) = asked(story, **wishes).requests
    return found


def access(**fields: str) -> Story:
    """Asked on Friday 1 February 2019: the month ends on Friday 1 March."""
    return customer("sohosted").on("2019-02-01").asks("ACCESS", **{"identity_check": "DONE"} | fields)


def test_x_02_a_request_is_due_after_a_month_that_ends_on_a_working_day() -> None:
    in_time, late = only(access().clock("2019-03-01T23:59")), only(access().clock("2019-03-04T00:00"))

    assert (in_time.state, in_time.clock.due_at, in_time.clock.late_by_seconds) == ("OPEN", moment("2019-03-02T00:00"), 0)
    assert (late.state, late.clock.late_by_seconds) == ("OVERDUE", 2 * 86_400)
    sunday = only(access().on("2019-02-10").tell("RequestReceived", request_ref="request-2", right="ACCESS").clock("2019-02-11"), limit=1)
    assert (sunday.request_ref, sunday.clock.due_at) == ("request-2", moment("2019-03-12T00:00"))  # 10 March 2019 is a Sunday


def test_an_extension_within_the_month_gives_two_more_and_a_late_one_nothing() -> None:
    extended = only(access().on("2019-02-28").answers("EXTENDED").clock("2019-04-01"))
    too_late = only(access().on("2019-03-05").answers("EXTENDED").clock("2019-04-01"))

    assert (extended.state, extended.outcome, extended.clock.due_at) == ("OPEN", None, moment("2019-05-02T00:00"))
    assert extended.clock.extended is not None and extended.clock.extended.offset == extended.rests_on[-1].offset
    assert (too_late.state, too_late.clock.due_at, too_late.clock.extended) == ("OVERDUE", moment("2019-03-02T00:00"), None)


def test_while_nobody_knows_who_asks_the_clock_stands_still_and_starts_when_that_is_known() -> None:
    story = access(identity_check="NOT_DONE")

    paused = only(story.clock("2019-04-01"))
    known = only(story.on("2019-04-01").asks("ACCESS", identity_check="DONE").clock("2019-04-02"))

    assert (paused.state, paused.identity, paused.clock.is_paused, paused.clock.due_at) == ("PAUSED", "NOT_DONE", True, None)
    assert (known.state, known.identity, known.clock.due_at) == ("OPEN", "DONE", moment("2019-05-02T00:00"))


def test_an_answer_ends_it_and_its_moment_says_whether_it_was_late() -> None:
    done, late = only(access().on("2019-02-20").answers("FULFILLED").clock("2019-06-01")), only(access().on("2019-03-03").answers("FULFILLED"))

    assert (done.state, done.outcome, done.clock.late_by_seconds) == ("CLOSED", "FULFILLED", 0)
    assert (late.state, late.clock.late_by_seconds) == ("CLOSED", 36 * 3600)


def test_a_complaint_has_no_clock() -> None:
    found = only(customer("sohosted").on("2019-02-01").asks("COMPLAINT").clock("2020-02-01"))

    assert (found.state, found.clock.due_at, found.clock.late_by_seconds) == ("OPEN", None, 0)


def erasure() -> Story:
    story = Story("mijndomein").on("2019-01-07").collects("newsletter", "pd:EmailAddress", purposes=["ledger:Newsletter"])
    story.shares("mailer", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter")
    return story.on("2019-02-01").asks("ERASURE", identity_check="DONE")


def test_an_answered_request_is_not_closed_while_a_holder_has_not_erased() -> None:
    story = erasure().on("2019-02-05").erases("pd:EmailAddress").answers("FULFILLED")

    unsettled = only(story.clock("2019-02-06"))
    closed = only(story.on("2019-02-08").erases("pd:EmailAddress", by="mailer").clock("2019-02-09"))

    assert unsettled.state == "UNSETTLED"
    assert [(task.holder, task.state) for task in unsettled.tasks if task.kind == "ERASE"] == [("mailer", "OPEN"), ("mijndomein", "MET")]
    assert closed.state == "CLOSED"


def test_md_21_what_the_answer_lets_stay_says_why_by_which_law_and_until_when() -> None:
    until = moment("2027-01-01T00:00")
    story = erasure().on("2019-02-05").answers("PARTLY", reasons=[KEPT_BY_LAW | {"holder": "mijndomein", "ref": "inv-1", "until": until}])

    (refusal,) = only(story.clock("2019-02-06")).refusals

    assert (refusal.holder, refusal.ref, refusal.reason.term, refusal.statute, refusal.until) == (
        "mijndomein", "inv-1", "ledger:StatutoryTerm", "nl-awr-52", until,
    )  # fmt: skip


@pytest.mark.parametrize(("is_open", "expected"), [(False, ["request-1", "request-2"]), (True, ["request-2"])])
def test_open_ones_leave_out_what_is_answered_and_settled(is_open: bool, expected: list[str]) -> None:
    story = access().on("2019-02-02").answers("FULFILLED").on("2019-01-20").tell("RequestReceived", request_ref="request-2", right="ACCESS")

    assert [each.request_ref for each in asked(story.clock("2019-02-03"), is_open=is_open).requests] == expected


def test_open_ones_are_listed_from_the_oldest_and_the_limit_says_that_there_is_more() -> None:
    story = access().on("2019-01-20").tell("RequestReceived", request_ref="request-2", right="ACCESS").clock("2019-02-03")

    answer = asked(story, is_open=True, limit=1)

    assert ([each.request_ref for each in answer.requests], answer.more) == (["request-2"], True)
    assert [each.request_ref for each in asked(story).requests] == ["request-1", "request-2"]


@pytest.mark.parametrize("is_done", [False, True])
def test_sh_03_a_correction_is_settled_once_recipients_have_followed_it(is_done: bool) -> None:
    story = customer("smallhold").registers("sidn", "registry", extensions=["nl"]).shares("sidn", "registry", "pd:Name", ref="order-1", product="nl")
    story.on("2019-03-01").asks("RECTIFICATION", identity_check="DONE").on("2019-03-02").rectifies().answers("FULFILLED")
    if is_done:
        story.on("2019-03-03").rectifies("sidn")
    line = only(story.clock("2019-03-04"))

    assert (line.state, [(task.kind, task.holder) for task in line.tasks if task.kind == "RECTIFY"]) == (
        "CLOSED" if is_done else "UNSETTLED", [("RECTIFY", "sidn")],
    )  # fmt: skip
    assert len(asked(story, is_open=True).requests) == (0 if is_done else 1)


def test_a_correction_of_before_the_request_is_not_its_own() -> None:
    story = customer("smallhold").registers("sidn", "registry", extensions=["nl"]).shares("sidn", "registry", "pd:Name", ref="order-1", product="nl")
    story.on("2019-02-01").rectifies().on("2019-03-01").asks("ACCESS", identity_check="DONE").on("2019-03-02").answers("FULFILLED")

    assert only(story.clock("2019-03-04")).state == "CLOSED"


@pytest.mark.parametrize("is_told", [False, True])
def test_a_restriction_is_settled_once_recipients_are_told(is_told: bool) -> None:
    story = customer("smallhold").registers("sidn", "registry", extensions=["nl"]).shares("sidn", "registry", "pd:Name", ref="order-1", product="nl")
    story.on("2019-03-01").asks("RESTRICTION", identity_check="DONE").on("2019-03-02")
    story.tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION").answers("FULFILLED")
    if is_told:
        story.on("2019-03-03").tell("NoticeGiven", to="sidn", about="restriction", ref="hold-1")

    assert only(story.clock("2019-03-04")).state == ("CLOSED" if is_told else "UNSETTLED")
    assert len(asked(story, is_open=True).requests) == (0 if is_told else 1)


def refused() -> Story:
    """Three requests, the one asked first answered last, and one of which nothing stays."""
    story = customer("sohosted")
    for number, day in enumerate(("2019-01-10", "2019-01-20", "2019-01-15", "2019-01-25")):
        story = story.on(day).tell("RequestReceived", request_ref=f"request-{number}", right="ERASURE", identity_check="DONE")
    kept = [KEPT_BY_LAW | {"holder": "sohosted"}]
    for number, day, reasons in ((1, "2019-02-01", kept), (2, "2019-02-02", kept), (0, "2019-02-03", kept), (3, "2019-02-04", [])):
        outcome = "PARTLY" if reasons else "FULFILLED"
        story = story.on(day).tell("RequestAnswered", request_ref=f"request-{number}", outcome=outcome, reasons=reasons)
    return story.clock("2019-02-05")


def test_those_of_which_something_stays_are_listed_by_their_answer_the_latest_first_and_go_on() -> None:
    query = Query(MemoryAnswers(project(refused().log)))

    first = query.requests(is_refused=True, limit=2)
    rest = query.requests(is_refused=True, limit=2, after=first.next)

    assert [each.request_ref for each in (*first.requests, *rest.requests)] == ["request-0", "request-2", "request-1"]
    assert (first.is_refused, first.more, rest.more, query.requests().is_refused) == (True, True, False, False)
    assert (query.requests_counted(is_refused=True).requests, query.requests_counted().refused) == (3, 3)
    with pytest.raises(CursorError):
        query.requests(limit=2, after=first.next)


def test_a_refusal_that_gives_no_reason_is_one_all_the_same() -> None:
    story = refused().on("2019-02-06").tell("RequestAnswered", request_ref="request-3", outcome="REFUSED", reasons=[]).clock("2019-02-07")

    assert asked(story, is_refused=True).requests[0].request_ref == "request-3"
    assert Query(MemoryAnswers(project(story.log))).requests_counted().refused == 4


def test_an_answer_after_which_nothing_stays_takes_a_request_off_that_list() -> None:
    story = refused().on("2019-02-06").tell("RequestAnswered", request_ref="request-0", outcome="FULFILLED", reasons=[]).clock("2019-02-07")

    assert [each.request_ref for each in asked(story, is_refused=True).requests] == ["request-2", "request-1"]
