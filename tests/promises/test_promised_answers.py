"""Stories of answers that say something was done: what can be seen of it is (docs/judging.md section 4, `done`)."""

from __future__ import annotations

import pytest

from tests.promises.stories import Story, customer

# -- an answer that says more than was done


@pytest.mark.parametrize(("hoster", "promise"), [("mijndomein", "MD-18"), ("webhoster", "WH-11"), ("smallhold", "SH-03"), ("sohosted", "SO-13")])
def test_x_02_is_broken_by_an_answer_to_a_correction_that_nobody_made(hoster: str, promise: str) -> None:
    """A warning: the correction may become known later."""
    story = wanted(hoster, "RECTIFICATION").answers("FULFILLED")

    assert (story.broken(), story.severities()) == ({(promise, "answer-not-done")}, {"answer-not-done": "WARNING"})
    assert wanted(hoster, "RECTIFICATION").rectifies().answers("FULFILLED").broken() == set()


@pytest.mark.parametrize(("right", "promise"), [("OBJECTION", "SO-13"), ("CONSENT_WITHDRAWAL", "SO-13"), ("RESTRICTION", "GDPR-12-3")])
def test_so_13_is_broken_by_an_answer_after_which_all_is_as_it_was(right: str, promise: str) -> None:
    story = wanted("sohosted", right).answers("FULFILLED")

    assert (promise, "answer-not-done") in story.broken()
    assert wanted("sohosted", "ACCESS").answers("FULFILLED").broken() == set()


def test_so_13_is_kept_by_doing_what_was_asked() -> None:
    assert wanted("sohosted", "OBJECTION").objects("ledger:ProductNews").answers("FULFILLED").broken() == set()
    assert wanted("sohosted", "CONSENT_WITHDRAWAL").consents("ledger:Newsletter", "WITHDRAWN").answers("FULFILLED").broken() == set()
    story = wanted("sohosted", "RESTRICTION").tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION")
    assert story.answers("FULFILLED").broken() == set()


def test_so_13_is_broken_by_calling_an_erasure_fulfilled_of_which_the_law_keeps_all() -> None:
    assert wanted("sohosted", "ERASURE").answers("FULFILLED").broken() == {("SO-13", "answer-not-done")}


@pytest.mark.parametrize(("hold", "is_broken"), [
    ({"kind": "LEGAL_HOLD"}, True), ({"kind": "RESTRICTION"}, True), ({"kind": "LEGAL_HOLD", "categories": ["pd:Name"]}, False),
    ({"kind": "LEGAL_HOLD", "store": "mailing"}, False), ({"kind": "LEGAL_HOLD", "until": "2019-03-04T12:00:00+01:00"}, False), (None, False),
])  # fmt: skip
def test_hh_18_is_kept_unless_an_erasure_is_called_fulfilled_while_a_hold_keeps_all(hold: dict[str, object] | None, is_broken: bool) -> None:
    """Nobody is told of what is on hold: there is no open obligation for it."""
    story = customer("hostinghuis").on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-03-02")
    if hold is not None:
        story.tell("HoldPlaced", hold_ref="hold-1", **hold)

    story.on("2019-03-04").answers("FULFILLED")

    assert story.broken() == ({("HH-18", "answer-not-done")} if is_broken else set())
    assert story.on("2019-03-05").erases().answers("FULFILLED").count_found("answer-not-done") == is_broken


def test_hh_18_is_broken_by_calling_an_erasure_fulfilled_that_waits_for_a_hold() -> None:
    story = customer("hostinghuis").on("2019-03-01").leaves().tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD").asks("ERASURE")

    assert ("HH-18", "answer-not-done") in story.on("2019-03-04").answers("FULFILLED").broken()
    story = customer("hostinghuis").on("2019-03-01").leaves().tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD").asks("ERASURE")
    story.on("2019-03-02").tell("HoldReleased", hold_ref="hold-1", kind="LEGAL_HOLD")
    assert story.on("2019-03-04").answers("FULFILLED").broken() == set()


def test_hh_18_is_kept_by_an_answer_before_the_erasure_that_is_still_called_for() -> None:
    """What is open is late by itself: an answer that came a little early is no second finding."""
    story = customer("hostinghuis").on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-03-04").answers("FULFILLED")

    assert story.broken() == set()
    assert story.obligations("OPEN") == {("HH-18", "crm")}


def wanted(hoster: str, right: str) -> Story:
    """A customer who agreed to a newsletter asks for this, and it is the day of the answer."""
    story = customer(hoster).consents("ledger:Newsletter").on("2019-03-01").asks(right, identity_check="DONE")
    return story.on("2019-03-10")
