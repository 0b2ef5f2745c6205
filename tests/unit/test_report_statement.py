"""The processor statement (WH-13): what each data processor holds, through whom, and who asked for it."""

from __future__ import annotations

from ledger.answers.query import Query
from ledger.answers.shapes_processor import StatementAnswer
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment


def asked(story: Story, processor: str | None = None) -> StatementAnswer:
    return Query(MemoryAnswers(project(story.log))).processor_statement(story.hoster, processor)


def hosted() -> Story:
    story = customer("mijndomein").on("2019-02-01").registers("host", "hosting", country="DE")
    story.agrees_with("host", "pd:Name", purpose="dpv:RequestedServiceProvision")
    story.shares("host", "hosting", purpose="dpv:RequestedServiceProvision", country="DE")
    story.shares("backup", "sub_processor", by="host", purpose="dpv:RequestedServiceProvision", country="US", safeguard="eu-gdpr:A46-2-c")
    return story.shares("sidn", "registry", ref="d-1").shares("mailer", "mailing", purpose="ledger:Newsletter")


def test_wh_13_each_data_processor_says_what_it_holds_under_which_agreement_and_where() -> None:
    answer = asked(hosted().clock("2019-03-01"))
    found = {each.processor: each for each in answer.processors}

    assert set(found) == {"host", "backup", "mailer"}
    assert (found["host"].agreement.state, found["host"].country, found["host"].subjects) == ("IN_FORCE", "DE", 1)
    assert [(gets.purpose.term, [c.term for c in gets.categories]) for gets in found["host"].gets] == [("dpv:RequestedServiceProvision", ["pd:Name"])]
    assert found["mailer"].agreement.state == "NONE"
    assert [event.offset for event in found["host"].rests_on] == sorted(event.offset or 0 for event in found["host"].rests_on)


def test_wh_13_a_sub_processor_is_listed_with_the_chain_that_leads_to_it() -> None:
    found = {each.processor: each for each in asked(hosted().clock("2019-03-01"), "host").processors}

    assert set(found) == {"host", "backup"}
    assert found["backup"].chain == ("mijndomein", "host", "backup")
    assert found["backup"].countries == ("US",)


def test_whoever_has_it_from_a_data_processor_is_in_the_statement_whatever_its_role() -> None:
    story = hosted().shares("printer", "third_party", by="backup", purpose="dpv:RequestedServiceProvision")

    assert "printer" in {each.processor for each in asked(story.clock("2019-03-01"), "host").processors}


def test_who_got_it_from_a_data_processor_for_an_inquiry_is_engaged_by_nobody() -> None:
    story = hosted().shares("police", "law_enforcement", by="backup", purpose="ledger:LegalDisclosure", disclosure_ground="police_demand")

    assert "police" not in {each.processor for each in asked(story.clock("2019-03-01")).processors}


def test_wh_13_who_asked_for_the_statement_and_whether_it_was_given() -> None:
    story = hosted().on("2019-03-01").tell("StatementRequested", statement_ref="st-1", requester_kind="customer")
    story.on("2019-03-05").tell("StatementGiven", statement_ref="st-1", method="email")
    story.on("2019-03-06").tell("StatementRequested", statement_ref="st-2", requester_kind="customer")

    late = Story("webhoster").on("2019-03-01").tell("StatementRequested", statement_ref="st-1", requester_kind="customer").clock("2019-04-03")
    (duty,) = asked(late).requests
    assert (duty.due_at, duty.late_by_seconds) == (moment("2019-04-01"), 2 * 86_400)

    latest, first = asked(story.clock("2019-03-07")).requests

    assert (first.statement_ref, first.requester.term, first.given_at, first.method) == ("st-1", "customer", moment("2019-03-05"), "email")
    assert (latest.statement_ref, latest.given_at, latest.given) == ("st-2", None, None)
    assert first.given is not None and first.given.offset == first.requested.offset + 1  # type: ignore[operator]
