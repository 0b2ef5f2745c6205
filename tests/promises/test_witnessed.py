"""Promises that nothing judges: the ledger takes in what shows them, and what it holds of a person shows it again."""

from __future__ import annotations

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes import Term
from ledger.answers.shapes_access import AccessAnswer
from ledger.sdk.validation import RefusedEventError
from tests.histories import event_id, project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment

NOTHING: set[tuple[str, str]] = set()


def query(story: Story) -> Query:
    return Query(MemoryAnswers(project(story.log)))


def report(story: Story, audience: str = "subject") -> AccessAnswer:
    """What `ledger report subject` answers."""
    return query(story).access(story.hoster, story.subject, audience)


def names(terms: tuple[Term, ...]) -> set[str]:
    return {each.term for each in terms}


OCCASIONS = {
    "order": "order", "newsletter_signup": "newsletter", "information_request": "support", "question": "support", "site_reaction": "support",
    "other_contact": "support",
}  # fmt: skip
"""Each occasion that Mijndomein names ("wanneer je een dienst afneemt, je abonneert op onze nieuwsbrief, informatie opvraagt, een vraag stelt,
reageert op onze website of op een andere manier met ons in contact treedt") -> an activity at which it comes."""


def collected_at(*occasions: str | None) -> Story:
    """A customer of Mijndomein whose data came once at each occasion, each under a reference of its own."""
    story = customer("mijndomein")
    for number, occasion in enumerate(occasions, start=1):
        story.on(f"2019-03-{number:02}").collects(OCCASIONS.get(occasion or "", "support"), occasion=occasion, ref=f"thing-{number}")
    return story


def occasions_told(story: Story) -> dict[str, set[tuple[str | None, bytes]]]:
    """Reference -> (occasion, event that says so) of what is held, as the person's own report tells it."""
    found: dict[str, set[tuple[str | None, bytes]]] = {}
    for held in report(story).held:
        if held.holding.ref is not None:
            found.setdefault(held.holding.ref, set()).update((origin.occasion, origin.event.event_id) for origin in held.origins)
    return found


def test_md_01_is_witnessed_by_the_persons_report_that_tells_the_occasion_of_each_collection() -> None:
    story = collected_at(*OCCASIONS)

    assert occasions_told(story) == {
        f"thing-{number}": {(occasion, event_id(len(story.log) - len(OCCASIONS) + number))} for number, occasion in enumerate(OCCASIONS, start=1)
    }
    assert story.broken() == NOTHING


@pytest.mark.parametrize("occasion", ["outside_source", "site_visit", None])
def test_md_01_is_witnessed_by_an_occasion_that_the_statement_does_not_name_which_shows_as_what_it_is(occasion: str | None) -> None:
    story = collected_at("order", occasion)

    shown = {each for found in occasions_told(story).values() for each, _ in found}

    assert shown - OCCASIONS.keys() == {occasion}


def test_md_01_is_witnessed_by_an_occasion_that_nobody_knows_which_is_refused_aloud() -> None:
    story = customer("mijndomein")

    with pytest.raises(RefusedEventError, match="field occasion"):
        story.collects("order", occasion="found_it_somewhere")


def test_md_08_is_witnessed_by_the_report_that_tells_what_belongs_to_which_quote_and_invoice_of_the_account() -> None:
    story = customer("mijndomein").on("2019-03-01").collects("order", ref="quote-1")
    for number in ("invoice-1", "invoice-2"):
        story.collects("invoice", "ledger:InvoiceNumber", purposes=["ledger:Invoicing"], ref=number)
    story.of("s2").collects("account", "pd:Name").collects("invoice", "ledger:InvoiceNumber", purposes=["ledger:Invoicing"], ref="invoice-3")

    held = [each.holding for each in report(story.of("s1")).held]

    assert {each.ref for each in held if each.activity == "order"} == {"quote-1"}
    assert sorted(each.ref or "" for each in held if each.activity == "invoice") == ["invoice-1", "invoice-2"], "each once, and nobody else's"


def test_md_15_is_witnessed_by_the_report_that_tells_what_the_registry_got_for_which_order() -> None:
    story = customer("mijndomein").registers("sidn", "registry", extensions=["nl"]).on("2019-03-01")
    story.shares("sidn", "registry", "pd:Name", "ledger:DomainName", ref="order-1", product="nl")

    (got,) = [each for each in report(story).receivers if each.recipient == "sidn"]
    (has,) = [each.holding for each in report(story).held if each.holding.holder == "sidn"]

    assert (got.role.term, got.chain, names(got.categories)) == ("registry", ("mijndomein", "sidn"), {"pd:Name", "ledger:DomainName"})
    assert [event.event_id for event in got.rests_on] == [event_id(len(story.log))]
    assert (has.ref, has.product) == ("order-1", "nl")
    assert story.broken() == NOTHING


def test_hh_14_is_witnessed_by_the_register_that_answers_when_each_breach_was_and_which_data_was_in_it() -> None:
    """ "datum/tijdstip van lekken en de betrokken gegevens" """
    story = customer("hostinghuis").on("2019-06-01T09:30").breached(since="2019-05-30T22:00", until="2019-05-31T04:15", store="crm")
    story.on("2019-09-02T08:00")
    story.breached("UNLIKELY", since="2019-08-01", until="2019-08-02", breach_ref="breach-2", categories=["pd:Name"], store="elsewhere")

    second, first = query(story).breaches("hostinghuis", limit=10).breaches

    assert (first.breach_ref, second.breach_ref) == ("breach-1", "breach-2"), "the latest first"
    assert first.aware_at == moment("2019-06-01T09:30")
    assert (first.window_from_at, first.window_until_at) == (moment("2019-05-30T22:00"), moment("2019-05-31T04:15"))
    assert (second.window_from_at, second.window_until_at) == (moment("2019-08-01"), moment("2019-08-02"))
    assert (names(first.categories), names(second.categories)) == ({"pd:EmailAddress", "pd:Name"}, {"pd:Name"})
    assert [event.event_id for event in first.rests_on] == [event_id(len(story.log) - 1)]


def test_hh_14_is_witnessed_by_the_register_that_answers_whose_data_was_in_it() -> None:
    story = customer("hostinghuis").of("s2").on("2019-06-15").collects("account", "pd:Name").of("s3").on("2019-01-08").collects("account", "pd:Name")
    story.on("2019-06-01").breached(since="2019-05-30", until="2019-05-31", store="crm")

    (found,) = query(story).breaches("hostinghuis", limit=10).breaches

    assert {each.subject_ref: names(each.categories) for each in found.subjects} == {"s1": {"pd:EmailAddress", "pd:Name"}, "s3": {"pd:Name"}}


def test_hh_14_is_witnessed_by_a_breach_that_came_out_to_be_another_one() -> None:
    """Of two records of one breach the later counts: the register has what is known now."""
    story = customer("hostinghuis").on("2019-06-01").breached(since="2019-05-30", until="2019-05-31", categories=["pd:Name"])
    story.on("2019-06-03").breached(since="2019-05-01", until="2019-05-31", categories=["pd:EmailAddress"])

    (found,) = query(story).breaches("hostinghuis").breaches

    assert (found.window_from_at, names(found.categories)) == (moment("2019-05-01"), {"pd:EmailAddress"})


def corrected() -> Story:
    """A customer of HostingHuis whose registrar has the name and the address for e-mail, and who then changed that address in the portal."""
    story = customer("hostinghuis").on("2019-02-01").tells("recipient", "openprovider")
    story.shares("openprovider", "registrar", "pd:Name", "pd:EmailAddress", ref="order-1", product="nl")
    assert story.duties() == NOTHING
    return story.on("2019-03-01").tell("DataRectified", by="hostinghuis", categories=["pd:EmailAddress"], source="portal")


@pytest.mark.parametrize("audience", ["subject", "officer"])
def test_hh_17_is_witnessed_by_the_report_that_shows_what_was_corrected_when_and_through_which_service(audience: str) -> None:
    story = corrected()

    (found,) = report(story, audience).corrections

    assert (found.by, found.source, found.at) == ("hostinghuis", "portal", moment("2019-03-01"))
    assert names(found.categories) == {"pd:EmailAddress"}
    assert found.event.event_id == event_id(len(story.log))
    assert story.broken() == story.overdue() == NOTHING


def test_hh_17_is_witnessed_by_what_is_asked_of_those_who_got_the_data() -> None:
    story = corrected()
    assert story.duties() == {("RECTIFY", "GDPR-19", "openprovider")}

    (asked,) = report(story, "officer").obligations

    assert (asked.holder, names(asked.categories)) == ("openprovider", {"pd:EmailAddress"}), "the name was not corrected"
    assert [event.event_id for event in asked.rests_on] == [event_id(len(story.log))]
    assert story.on("2019-03-02").rectifies("openprovider", "pd:EmailAddress").duties("MET") == {("RECTIFY", "GDPR-19", "openprovider")}
    assert [each.by for each in report(story).corrections] == ["hostinghuis", "openprovider"]


def test_sh_04_is_witnessed_by_the_report_that_tells_the_chain_through_an_intermediary() -> None:
    story = customer("smallhold").on("2019-03-01").registers("between", "intermediary").registers("eurid", "registry", extensions=["eu"])
    story.shares("between", "intermediary", ref="order-1", product="eu")
    story.shares("eurid", "registry", by="between", ref="order-1", product="eu")

    assert {each.recipient: each.chain for each in report(story).receivers} == {
        "between": ("smallhold", "between"), "eurid": ("smallhold", "between", "eurid"),
    }  # fmt: skip
    assert story.broken() == NOTHING


def test_so_15_is_witnessed_by_the_report_that_tells_of_the_complaint_which_has_no_clock_here() -> None:
    """The authority answers it, in its own time."""
    story = customer("sohosted").on("2019-03-01").asks("COMPLAINT").clock("2020-03-01")

    (complaint,) = report(story).requests

    assert (complaint.right, complaint.received_at, complaint.tasks) == ("COMPLAINT", moment("2019-03-01"), ())
    assert story.duties() == story.overdue() == set()


def test_x_07_is_witnessed_by_the_key_that_is_gone() -> None:
    """What was sealed under it nobody can read any more, of this person alone. The ledger keeps no keys: that one is gone it is told."""
    story = customer("smallhold").on("2019-03-01").tell("KeyDestroyed", key_id="key-1").of("s2").collects("account", "pd:Name")

    gone = query(story).subject("smallhold", "s1").key_destroyed

    assert gone is not None
    assert (gone.at, gone.event.event_id) == (moment("2019-03-01"), event_id(len(story.log) - 1))
    assert query(story).subject("smallhold", "s2").key_destroyed is None
