"""The processor statement: what is processed on behalf of customers, with which sub-processors, and what is not (GDPR Art. 28(3), 30(2); WH-13)."""

from __future__ import annotations

import re

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes_processor import CustomersProcessing, StatementAnswer
from ledger.cli.processor_tables import show_statement
from ledger.policies.files import load_policy
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment

CONTENT, DATABASE, TRAFFIC = "ledger:HostedContent", "ledger:DatabaseContent", "ledger:VisitorTraffic"
SERVING = "dpv:TechnicalServiceProvision"


def asked(story: Story, processor: str | None = None) -> StatementAnswer:
    return Query(MemoryAnswers(project(story.log))).processor_statement(story.hoster, processor)


def of(answer: StatementAnswer, activity: str) -> CustomersProcessing:
    return next(each for each in answer.processing if each.activity == activity)


def subs(answer: StatementAnswer, activity: str) -> dict[str, list[str]]:
    """Sub-processor -> the categories of this activity that it has."""
    return {sub.processor: sorted(c.term for gets in sub.gets for c in gets.categories) for sub in of(answer, activity).sub_processors}


def hosted() -> Story:
    """Two customers' sites, kept in a data centre that has its backups made elsewhere; and a mailer of the hoster's own news."""
    story = customer("webhoster").on("2019-02-01").registers("centre", "data_centre", country="DE")
    story.agrees_with("centre", CONTENT, purpose=SERVING).collects("hosting", ref="site-1").collects("hosting", CONTENT, ref="site-2")
    story.shares("centre", "data_centre", CONTENT, DATABASE, purpose=SERVING, country="DE")
    story.shares("backup", "sub_processor", CONTENT, by="centre", purpose=SERVING, country="US", safeguard="eu-gdpr:A46-2-c")
    story.shares("mailer", "mailing", "pd:EmailAddress", purpose="ledger:ServiceNotice")
    return story.of("s2").on("2019-02-10").collects("hosting", CONTENT, ref="site-3").clock("2019-03-01")


def test_wh_13_each_activity_for_customers_says_what_for_which_data_where_and_how_long() -> None:
    answer = asked(hosted())
    found = of(answer, "hosting")

    assert [each.activity for each in answer.processing] == ["hosting", "visitor_traffic"]
    assert (found.title, found.title_nl) == ("The data of customers' websites and servers", "De data van websites en servers van klanten")
    assert [each.term for each in found.purposes] == ["dpv:RequestedServiceProvision"]
    assert [each.term for each in found.categories] == [DATABASE, CONTENT] == [each.term for each in found.held]
    assert [(each.store, each.country, each.is_declared, each.transfer) for each in found.stores] == [("webserver", "NL", True, None)]
    assert (found.terms, of(answer, "visitor_traffic").terms) == (("no term stated",), ("WH-07: 2 years after COLLECTION",))


def test_wh_13_what_was_seen_of_it_is_counted_and_rests_on_the_policy_and_its_facts() -> None:
    story = hosted()
    answer = asked(story)
    found = of(answer, "hosting")
    facts = [place for place, (name, fields) in enumerate(story.log) if name == "DataCollected" and fields["activity"] == "hosting"]

    assert (found.subjects, found.holdings, found.since) == (2, 3, moment("2019-02-01"))
    assert ([event.offset for event in found.rests_on], found.more) == ([0, facts[0], facts[-1]], 1)
    assert found.rests_on[0] == answer.policy


def test_what_is_declared_and_was_never_seen_rests_on_the_policy_alone() -> None:
    answer = asked(hosted())
    found = of(answer, "visitor_traffic")

    assert (found.subjects, found.holdings, found.since, found.held, found.sub_processors) == (0, 0, None, (), ())
    assert found.rests_on == (answer.policy,)


def test_what_is_gone_is_held_no_more() -> None:
    story = customer("webhoster").on("2019-02-01").collects("hosting").leaves().on("2019-03-01").erases(store="webserver").clock("2019-03-02")
    found = of(asked(story), "hosting")

    assert (found.subjects, found.holdings, found.held, len(found.categories)) == (0, 0, (), 2)


def test_a_store_outside_the_eu_says_what_that_rests_on() -> None:
    story = customer("webhoster").on("2019-02-01").collects("hosting", CONTENT, store="far", country="US").clock("2019-03-01")
    near, far = of(asked(story), "hosting").stores

    assert (near.transfer, far.store, far.country, far.is_declared) == (None, "far", "US", False)
    assert far.transfer is not None and (far.transfer.state, far.transfer.is_lawful) == ("none", False)


# -- who gets it


def test_wh_13_a_sub_processor_is_said_with_its_chain_and_what_a_transfer_rests_on() -> None:
    centre, backup = of(asked(hosted()), "hosting").sub_processors

    assert (centre.processor, centre.chain, centre.countries, centre.transfers) == ("centre", ("webhoster", "centre"), ("DE",), ())
    assert (backup.processor, backup.chain, backup.countries) == ("backup", ("webhoster", "centre", "backup"), ("US",))
    assert [(each.country, each.safeguard and each.safeguard.term, each.state) for each in backup.transfers] == [
        ("US", "eu-gdpr:A46-2-c", "safeguarded")
    ]  # fmt: skip
    assert [event.offset for event in centre.rests_on] == sorted(event.offset or 0 for event in centre.rests_on)


def test_a_sub_processor_needs_an_agreement_for_all_that_it_has_by_law_whatever_the_policy_asks() -> None:
    centre, backup = of(asked(hosted()), "hosting").sub_processors
    bare = customer("webhoster").on("2019-02-01").shares("centre", "data_centre", CONTENT, purpose=SERVING).clock("2019-03-01")
    (alone,) = of(asked(bare), "hosting").sub_processors

    assert (centre.agreement.state, [c.term for lack in centre.agreement.lacks for c in lack.categories]) == ("SHORT", [DATABASE])
    assert alone.agreement.state == "NONE"
    assert backup.agreement.state == "NOT_NEEDED", "its agreement is with who engaged it"


def test_where_nobody_knows_the_country_of_a_sub_processor_that_is_said() -> None:
    story = customer("webhoster").on("2019-02-01").shares("centre", "data_centre", CONTENT, purpose=SERVING).clock("2019-03-01")
    (found,) = of(asked(story), "hosting").sub_processors

    assert [(each.country, each.state) for each in found.transfers] == [(None, "unplaced")]


def test_what_the_policy_has_for_that_purpose_as_its_own_is_no_customers_data() -> None:
    story = customer("webhoster").on("2019-02-01").shares("host", "hosting", "ledger:DomainName", purpose="ledger:DomainRegistration")
    story.shares("logs", "hosting", "ledger:DomainName", "pd:IPAddress", purpose=SERVING)
    story.shares("finder", "hosting", "ledger:DomainName", purpose="ledger:BreachInvestigation").clock("2019-03-01")

    assert subs(asked(story), "visitor_traffic") == {"finder": ["ledger:DomainName"], "logs": ["ledger:DomainName", "pd:IPAddress"]}
    assert subs(asked(story), "hosting") == {}


def test_a_supplier_with_customers_data_is_a_sub_processor_and_one_with_the_hosters_own_is_not() -> None:
    story = customer("webhoster").on("2019-02-01").shares("owner-data", "supplier", ref="domain-1")
    answer = asked(story.shares("server-firm", "supplier", CONTENT, purpose=SERVING).clock("2019-03-01"))

    assert subs(answer, "hosting") == {"server-firm": [CONTENT]}
    assert [(each.processor, each.sub_processor_for) for each in answer.processors] == [("server-firm", ("hosting",))]


@pytest.mark.parametrize("role", ["law_enforcement", "court", "government"])
def test_who_got_it_for_an_inquiry_is_not_told_to_the_customer(role: str) -> None:
    story = customer("smallhold").on("2019-02-01").shares("host", "hosting", CONTENT, purpose=SERVING, country="NL")
    story.shares("somebody", role, CONTENT, by="host", purpose="ledger:LegalDisclosure", disclosure_ground="court_order").clock("2019-03-01")

    assert subs(asked(story), "hosting") == {"host": [CONTENT]}


def test_data_processors_of_the_hosters_own_data_stay_listed_and_are_marked_as_no_sub_processors() -> None:
    marks = {each.processor: each.sub_processor_for for each in asked(hosted()).processors}

    assert marks == {"centre": ("hosting",), "backup": ("hosting",), "mailer": ()}


def test_one_processor_is_asked_about_with_whom_it_engages() -> None:
    assert set(subs(asked(hosted(), "backup"), "hosting")) == {"backup"}
    assert set(subs(asked(hosted(), "centre"), "hosting")) == {"centre", "backup"}
    assert subs(asked(hosted(), "mailer"), "hosting") == {}


# -- where nothing is declared


def test_a_policy_that_declares_nothing_for_customers_says_so_and_rests_on_itself() -> None:
    answer = asked(customer("mijndomein").clock("2019-03-01"))

    assert (answer.processing, answer.policy and answer.policy.offset) == ((), 0)


def test_a_policy_published_before_there_was_the_field_declares_nothing() -> None:
    text = re.sub("    on_behalf_of: customers\n", "", load_policy("webhoster").text).replace("version: undated", 'version: "before"')
    answer = asked(hosted().on("2019-02-02").publishes(text).clock("2019-03-02"))

    assert (answer.version, answer.processing) == ("before", ())
    assert {each.processor: each.sub_processor_for for each in answer.processors} == {"centre": (), "backup": (), "mailer": ()}


def test_without_a_policy_nothing_is_said_to_be_processed() -> None:
    story = Story("webhoster")
    story.log.clear()
    answer = asked(story.clock("2019-03-01"))

    assert (answer.statement, answer.policy, answer.processing) == (None, None, ())


# -- as a table


def test_the_table_names_each_activity_its_sub_processors_and_the_others_apart(capsys: pytest.CaptureFixture[str]) -> None:
    show_statement(asked(hosted()))
    text = " ".join(capsys.readouterr().out.split())
    processed, passed_on, everybody = re.split("sub-processors, and what of it each has|data processors, and all that each has", text)

    assert "on behalf of customers, as their data processor" in processed and "no term stated" in processed and "WH-07: 2 years" in processed
    assert "nothing is held now" in processed and "2019-02-01" in processed
    assert "SHORT" in passed_on and "within the EU" in passed_on and "webhoster ->" in passed_on and "mailer" not in passed_on
    assert "mailer" in everybody and "sub-processor of" in everybody


def test_the_table_says_plainly_that_nothing_is_declared_or_that_nobody_else_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_statement(asked(customer("mijndomein").clock("2019-03-01")))
    assert "the policy declares nothing that is done on behalf of customers (0@0)" in capsys.readouterr().out

    show_statement(asked(customer("smallhold").clock("2019-03-01")))
    assert "no sub-processor has any of it" in capsys.readouterr().out
