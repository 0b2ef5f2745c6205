"""Stories of the controller's own papers: statements, announcements, agreements (docs/duties.md section 7)."""

from __future__ import annotations

import pytest

from ledger.policies.files import load_policy
from tests.promises.stories import Story, customer

# -- the controller's own


def test_wh_13_is_kept_by_giving_the_statement() -> None:
    story = customer("webhoster").on("2020-03-02").tell("StatementRequested", statement_ref="statement-1", requester_kind="customer")

    assert story.duties() == {("ANSWER", "WH-13", "statement-1")}
    story.on("2020-03-20").tell("StatementGiven", statement_ref="statement-1", method="email").clock("2020-05-01")
    assert (story.duties("MET"), story.overdue()) == ({("ANSWER", "WH-13", "statement-1")}, set())


def test_wh_13_is_broken_by_not_giving_it() -> None:
    story = customer("webhoster").on("2020-03-02").tell("StatementRequested", statement_ref="statement-1", requester_kind="customer")

    assert story.clock("2020-04-02T12:00").overdue() == {("WH-13", "overdue-answer")}


def _announced(day: str | None) -> Story:
    """A second version of the statement, in force from 1 June 2020."""
    announced = f"announced_on: {day}\n" if day else ""
    text = load_policy("hostinghuis").text.replace("2018-04-04", "2020-06-01").replace("announced_on: 2020-06-01\n", announced)
    return Story("hostinghuis").on("2020-05-01").publishes(text)


@pytest.mark.parametrize("day", ["2020-05-01", "2020-06-01"])
def test_hh_20_is_kept_by_announcing_before(day: str) -> None:
    assert _announced(day).broken() == set()


def test_hh_20_is_broken_by_announcing_after() -> None:
    story = _announced("2020-06-02")

    assert story.broken() == {("HH-20", "announced-late")}
    assert story.severities() == {"announced-late": "WARNING"}


def test_hh_20_is_broken_by_a_change_that_was_never_announced() -> None:
    story = _announced(None)

    assert story.broken() == {("HH-20", "never-announced")}
    assert story.severities() == {"never-announced": "WARNING"}


def test_hh_20_is_kept_by_a_first_text_without_an_announcement() -> None:
    """What nobody had read before is no change."""
    text = load_policy("hostinghuis").text.replace("2018-04-04", "2018-01-01").replace("announced_on: 2018-01-01\n", "")

    assert Story("hostinghuis").publishes(text).broken() == set()


@pytest.mark.parametrize(("hoster", "promise"), [("mijndomein", "MD-24"), ("sohosted", "SO-09"), ("smallhold", "GDPR-28")])
def test_so_09_is_broken_by_an_agreement_that_lapses(hoster: str, promise: str) -> None:
    story = Story(hoster).on("2020-01-01").agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", until="2020-06-01T00:00:00+02:00")

    assert story.clock("2020-05-31T23:59:59").broken() == set()
    assert story.clock("2020-06-01T00:00").broken() == {(promise, "agreement-lapsed")}
    assert story.clock("2020-07-01T00:00").count_found("agreement-lapsed") == 1


def test_so_09_is_kept_by_an_agreement_that_follows() -> None:
    story = Story("sohosted").on("2020-01-01").agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", until="2020-06-01T00:00:00+02:00")
    story.on("2020-05-01").agrees_with("supplier-1", "pd:Name", purpose="dpv:ServiceProvision", agreement="dpa-2")

    assert story.clock("2020-06-01T00:00").broken() == set()
