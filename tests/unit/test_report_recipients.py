"""Who gets data, on which terms, and what is held outside the EU: asked of whole lives under the shipped policies."""

from __future__ import annotations

import json

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_sharing import RecipientAnswer, TransferAnswer
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment

STATISTICS = "ledger:SiteStatistics"


def asked(story: Story) -> Query:
    return Query(MemoryAnswers(project(story.log)))


def of(story: Story, recipient: str) -> RecipientAnswer:
    (found,) = [each for each in asked(story).recipients().recipients if each.recipient == recipient]
    return found


def mailed() -> Story:
    story = customer("mijndomein").on("2019-02-01").registers("mailer", "mailing", country="NL")
    story.agrees_with("mailer", "pd:EmailAddress", purpose="ledger:Newsletter", until=moment("2019-12-31"))
    return story.shares("mailer", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter", agreement="dpa-mailer", ref="list-1")


def test_each_recipient_says_what_it_gets_for_what_and_how_many_people_it_is_about() -> None:
    story = mailed().of("s2").shares("mailer", "mailing", "pd:EmailAddress", "pd:Name", purpose="ledger:Newsletter").clock("2019-03-01")

    found = of(story, "mailer")

    assert (found.role.term, found.registered, found.country, found.subjects, found.holdings) == ("mailing", True, "NL", 2, 2)
    assert [(gets.purpose.term, [c.term for c in gets.categories]) for gets in found.gets] == [("ledger:Newsletter", ["pd:EmailAddress", "pd:Name"])]


def test_what_a_recipient_erased_is_not_what_it_has_but_what_it_had() -> None:
    story = mailed().on("2019-02-20").erases("pd:EmailAddress", by="mailer").clock("2019-03-01")

    found = of(story, "mailer")

    assert (found.subjects, found.holdings) == (0, 0)
    assert [([c.term for c in gets.categories], [c.term for c in gets.erased]) for gets in found.gets] == [([], ["pd:EmailAddress"])]


def test_an_agreement_is_in_force_until_its_end_and_short_of_what_it_does_not_name() -> None:
    assert of(mailed().clock("2019-03-01"), "mailer").agreement.state == "IN_FORCE"
    assert of(mailed().clock("2019-12-31"), "mailer").agreement.state == "ENDED"
    assert of(mailed().clock("2019-12-30"), "mailer").agreement.state == "IN_FORCE"

    short = of(mailed().shares("mailer", "mailing", "pd:Name", purpose="ledger:Newsletter").clock("2019-03-01"), "mailer").agreement
    assert short.state == "SHORT"
    assert [(lack.purpose.term, [c.term for c in lack.categories]) for lack in short.lacks] == [("ledger:Newsletter", ["pd:Name"])]


def test_where_the_policy_asks_none_no_agreement_is_needed_and_where_it_does_its_absence_is_said() -> None:
    story = customer("mijndomein").shares("sidn", "registry", ref="domain-1").shares("host", "hosting", ref="service-1").clock("2019-03-01")

    assert of(story, "sidn").agreement.state == "NOT_NEEDED"
    assert of(story, "host").agreement.state == "NONE"
    assert not of(story, "host").registered


def test_one_that_is_registered_and_gets_nothing_is_listed() -> None:
    found = of(Story("hostinghuis").on("2019-01-01").registers("cpanel", "software_supplier", country="US").clock("2019-03-01"), "cpanel")

    assert (found.subjects, found.gets, found.registered) == (0, (), True)
    assert found.safeguard is not None and (found.safeguard.state, found.safeguard.is_lawful) == ("none", False)


def test_what_the_statement_leaves_out_about_a_recipient_is_said_with_its_promise() -> None:
    story = customer("hostinghuis").shares("google", "analytics", "pd:UserAgent", purpose=STATISTICS).clock("2019-03-01")

    notes = of(story, "google").notes

    assert [(note.promise, note.status) for note in notes] == [("HH-09", "silent"), ("HH-12", "silent")]
    assert "list of suppliers" in notes[0].note
    assert [event.offset for note in notes for event in note.rests_on] == [0, 0], "the policy that says so"


def test_a_line_names_the_register_events_and_the_facts_it_rests_on() -> None:
    story = mailed().of("s2").shares("mailer", "mailing", purpose="ledger:Newsletter")
    story.of("s3").shares("mailer", "mailing", purpose="ledger:Newsletter").clock("2019-03-01")
    names = ("RecipientRegistered", "AgreementChanged", "DataShared")
    places = {name: [at for at, event in enumerate(story.log) if event[0] == name] for name in names}

    found = of(story, "mailer")

    shares = places["DataShared"]
    assert [event.offset for event in found.rests_on] == [*places["RecipientRegistered"], *places["AgreementChanged"], shares[0], shares[-1]]
    assert [event.event_id for event in found.rests_on[:1]] == [story.log[places["RecipientRegistered"][0]][1]["event_id"]]
    assert found.more == 1


# -- transfers


def shielded() -> Story:
    story = customer("mijndomein").on("2019-02-01").registers("us-mailer", "mailing", country="US", safeguard="ledger:PrivacyShield")
    return story.shares("us-mailer", "mailing", "pd:EmailAddress", purpose="ledger:Newsletter", country="US", safeguard="ledger:PrivacyShield")


def abroad(story: Story) -> tuple[TransferAnswer, ...]:
    return asked(story).transfers().transfers


def test_md_14_a_transfer_under_privacy_shield_stands_lapsed_from_the_day_it_fell() -> None:
    (before,) = abroad(shielded().clock("2020-07-15T23:59"))
    (after,) = abroad(shielded().clock("2020-07-16T00:00"))

    assert (before.safeguard.state, before.safeguard.is_lawful, before.safeguard.since) == ("safeguarded", True, None)
    assert (after.safeguard.state, after.safeguard.is_lawful, after.safeguard.since) == ("lapsed", False, moment("2020-07-16T00:00"))
    assert (after.country, after.holder, after.subjects, after.holdings) == ("US", "us-mailer", 1, 1)


def test_a_safeguard_ends_when_the_register_says_so_before_the_law_does() -> None:
    story = customer("mijndomein").on("2019-02-01")
    story.registers("asia", "supplier", country="SG", safeguard="eu-gdpr:A46-2-c", safeguard_until=moment("2019-06-01"))
    story.shares("asia", "supplier", country="SG", safeguard="eu-gdpr:A46-2-c", purpose="dpv:RequestedServiceProvision")

    (early,), (late,) = abroad(story.clock("2019-05-31")), abroad(story.clock("2019-06-02"))

    assert (early.safeguard.state, early.safeguard.valid_until) == ("safeguarded", moment("2019-06-01"))
    assert (late.safeguard.state, late.safeguard.since) == ("lapsed", moment("2019-06-01"))


def test_what_is_within_the_eu_or_gone_is_no_transfer_and_what_is_not_lawful_comes_first() -> None:
    story = shielded().shares("sidn", "registry", country="NL", ref="d-1").shares("swiss", "supplier", country="CH")
    story.shares("none", "supplier", country="IN")
    story.shares("gone", "supplier", country="US").erases(by="gone").clock("2019-03-01")

    assert [(each.holder, each.safeguard.state) for each in abroad(story)] == [("none", "none"), ("swiss", "adequate"), ("us-mailer", "safeguarded")]


def test_where_a_share_names_no_country_the_registers_counts_and_without_any_that_is_said() -> None:
    story = customer("mijndomein").on("2019-02-01").registers("cpanel", "software_supplier", country="US")
    story.shares("cpanel", "software_supplier").shares("cpanel", "software_supplier", ref="x", country="US").shares("nowhere", "supplier")
    answer = asked(story.clock("2019-03-01")).transfers()

    assert [(each.holder, each.country, each.subjects, each.holdings) for each in answer.transfers] == [("cpanel", "US", 1, 2)]
    assert [(each.holder, each.safeguard.state) for each in answer.unplaced] == [("nowhere", "unplaced")]
    assert [(note.promise, [event.offset for event in note.rests_on]) for note in answer.notes] == [("MD-14", [0])]


def test_it_goes_into_json_with_the_place_of_each_event() -> None:
    told = json.loads(json.dumps(as_json(asked(shielded().clock("2021-01-01")).transfers())))

    assert told["transfers"][0]["safeguard"]["since"] == "2020-07-15T22:00:00.000000Z"
    assert told["transfers"][0]["rests_on"][0].keys() == {"topic", "partition", "offset", "event_id"}
    assert told["freshness"]["simulated"] is True


def test_md_25_what_is_stated_stands_beside_what_is_observed() -> None:
    story = customer("mijndomein").on("2019-03-01")
    for name, role in (("google", "analytics"), ("mixpanel", "analytics"), ("sidn", "registry"), ("eurid", "registry"), ("builder", "partner")):
        story.shares(name, role, "pd:Name", ref="order-1")

    found = {each.recipient: each.stated.recipient for each in asked(story.clock("2019-03-02")).recipients().recipients}

    assert found == {"google": "NAMED", "mixpanel": "NOT_NAMED", "sidn": "EXAMPLE", "eurid": "NOT_SAID", "builder": "NOT_SAID"}


def test_hh_12_who_has_data_outside_the_eu_without_being_named_is_said() -> None:
    story = customer("hostinghuis").on("2019-03-01").registers("cloud", "hosting", country="US", safeguard="eu-gdpr:A46-2-c")
    story.shares("cloud", "hosting").shares("google", "analytics", "pd:UserAgent", country="US").shares("here", "hosting", country="NL")

    found = {each.recipient: (each.stated.outside, each.stated.safeguard) for each in asked(story.clock("2019-03-02")).recipients().recipients}

    assert found == {"cloud": ("NOT_NAMED", "NOT_SAID"), "google": ("NAMED", "NOT_NEEDED"), "here": ("INSIDE", "NOT_NEEDED")}


def test_md_14_a_safeguard_that_the_statement_does_not_name_is_said() -> None:
    story = customer("mijndomein").on("2019-03-01")
    for name, safeguard in (("one", "ledger:PrivacyShield"), ("two", "eu-gdpr:A46-2-b")):
        story.registers(name, "hosting", country="US", safeguard=safeguard).shares(name, "hosting")

    found = {each.recipient: each.stated.safeguard for each in asked(story.clock("2019-03-02")).recipients().recipients}

    assert found == {"one": "NAMED", "two": "NOT_NAMED"}


def test_a_transfer_rests_on_what_the_register_says_where_the_share_says_nothing() -> None:
    story = customer("smallhold").registers("verisign", "registry", country="US", safeguard="eu-gdpr:A49-1-b", extensions=["com"])
    story.on("2019-03-01").shares("verisign", "registry", ref="order-1", product="com").clock("2019-03-02")

    (found,) = asked(story).transfers().transfers

    assert (found.country, found.safeguard.state, found.safeguard.is_lawful) == ("US", "safeguarded", True)


def test_so_09_a_company_that_decides_for_itself_is_no_data_processor_for_a_missing_agreement() -> None:
    story = customer("sohosted").registers("sidn", "registry").on("2019-03-01").shares("sidn", "registry", ref="order-1").clock("2019-03-02")

    assert of(story, "sidn").agreement.state == "NONE"
    assert asked(story).processor_statement("sohosted").processors == ()
