"""Promises that nothing judges: the ledger takes in what shows them, and what it holds of a person shows it again."""

from __future__ import annotations

import pytest

from tests.histories import project
from tests.promises.stories import Story, customer

NOTHING: set[tuple[str, str]] = set()


def chains(story: Story) -> set[tuple[str, str | None, str | None]]:
    """(holder, from whom, ref) of all that is held; columns: ledger/core/rows.py."""
    return {(row[5], row[9], row[8]) for row in project(story.log).holding_rows()}


def state(story: Story) -> str:
    """What is known of the person beside what is held."""
    store = project(story.log)
    rows = [*store.subjects.values(), *(row for entries in store.entries.values() for row in entries.values())]
    return "\n".join(sorted(row[-1] for row in rows))


def told(story: Story) -> dict[str, object]:
    """The last event of the story, as it stands on the log."""
    return story.log[-1][1]


@pytest.mark.parametrize(
    ("occasion", "activity"),
    [
        ("order", "order"), ("newsletter_signup", "newsletter"), ("information_request", "support"), ("question", "support"),
        ("site_reaction", "support"), ("other_contact", "support"),
    ],
)  # fmt: skip
def test_md_01_is_witnessed_by_the_occasion_of_a_collection(occasion: str, activity: str) -> None:
    story = customer("mijndomein").on("2019-03-01").collects(activity, occasion=occasion, ref="thing-1")

    assert told(story)["occasion"] == occasion
    assert story.broken() == NOTHING


def test_md_08_is_witnessed_by_the_number_that_the_data_belongs_to() -> None:
    story = customer("mijndomein").on("2019-03-01").collects("order", ref="quote-1").collects("invoice", ref="invoice-1")

    assert {("mijndomein", None, "quote-1"), ("mijndomein", None, "invoice-1")} <= chains(story)


def test_md_15_is_witnessed_by_what_the_registry_has_for_which_order() -> None:
    story = customer("mijndomein").registers("sidn", "registry", extensions=["nl"]).on("2019-03-01")
    story.shares("sidn", "registry", "pd:Name", "ledger:DomainName", ref="order-1", product="nl")

    assert ("sidn", "mijndomein", "order-1") in chains(story)
    assert {("sidn", "pd:Name"), ("sidn", "ledger:DomainName")} <= story.held()
    assert story.broken() == NOTHING


def test_hh_14_is_witnessed_by_the_time_of_a_breach_and_the_data_in_it() -> None:
    story = customer("hostinghuis").on("2019-06-01").breached(since="2019-05-30", until="2019-05-31")

    assert {"aware_at", "window_from", "window_until", "categories"} <= {name for name, value in told(story).items() if value}
    assert story.count("NOTIFY_SUBJECT") == 1, "who is in it is worked out from the same event"


def test_hh_17_is_witnessed_by_the_correction_itself() -> None:
    story = customer("hostinghuis").on("2019-03-01").rectifies(None, "pd:EmailAddress")

    assert (told(story)["by"], told(story)["categories"]) == ("hostinghuis", ["pd:EmailAddress"])
    assert story.broken() == story.overdue() == NOTHING


def test_sh_04_is_witnessed_by_the_chain_through_an_intermediary() -> None:
    story = customer("smallhold").on("2019-03-01").registers("between", "intermediary").registers("eurid", "registry", extensions=["eu"])
    story.shares("between", "intermediary", ref="order-1", product="eu")
    story.shares("eurid", "registry", by="between", ref="order-1", product="eu")

    assert {("between", "smallhold", "order-1"), ("eurid", "between", "order-1")} <= chains(story)
    assert story.broken() == NOTHING


def test_so_15_is_witnessed_by_the_complaint_which_has_no_clock_here() -> None:
    story = customer("sohosted").on("2019-03-01").asks("COMPLAINT").clock("2020-03-01")

    assert "COMPLAINT" in state(story)
    assert story.duties() == story.overdue() == set()


def test_x_07_is_witnessed_by_the_key_that_is_gone() -> None:
    story = customer("smallhold").on("2019-03-01").tell("KeyDestroyed", key_id="key-1")

    assert "key_destroyed" in state(story)
    assert "key_destroyed" not in state(customer("smallhold"))
