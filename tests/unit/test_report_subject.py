"""The subject report of GDPR Art. 15: complete, each line with its events; and the person's own copy shows nothing that an order bars."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_access import AccessAnswer
from ledger.cli.access_tables import show_access
from ledger.errors import CallerError
from tests.histories import event_id, project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/portability.schema.json").read_text())


def query(story: Story) -> Query:
    return Query(MemoryAnswers(project(story.log)))


def report(story: Story, audience: str = "subject") -> AccessAnswer:
    return query(story).access(story.hoster, "s1", audience)


def test_md_17_each_holding_says_what_what_for_how_long_and_where_it_came_from() -> None:
    story = customer("sohosted").collects("site_statistics", "ledger:SiteUse", origin="OBSERVED", occasion="site_visit").clock("2019-02-01")

    held = {each.holding.activity: each for each in report(story).held if each.holding.purpose.term != "ledger:ServiceNotice"}

    assert held["account"].origins[0].origin == "DATA_SUBJECT"
    assert held["account"].holding.why.text == "term has not started: waits for ACCOUNT_CLOSED"
    assert (held["site_statistics"].origins[0].origin, held["site_statistics"].origins[0].occasion) == ("OBSERVED", "site_visit")
    assert held["site_statistics"].holding.why.text == "no term stated"


def test_sh_04_each_recipient_is_named_with_its_chain_also_when_it_has_nothing_any_more() -> None:
    story = customer("smallhold").shares("reseller", "intermediary", "pd:Name", ref="d-1")
    story.shares("nic", "registry", "pd:Name", by="reseller", ref="d-1")
    story.on("2019-02-01").erases(by="nic").clock("2019-02-02")

    receivers = {each.recipient: each for each in report(story).receivers}

    assert receivers["nic"].chain == ("smallhold", "reseller", "nic")
    assert (receivers["nic"].has_now, receivers["reseller"].has_now) == (False, True)
    assert [c.term for c in receivers["nic"].categories] == ["pd:Name"]
    assert [event.offset for event in receivers["nic"].rests_on] == [len(story.log) - 3]


def test_a_transfer_says_what_it_rests_on_and_what_stays_within_the_eu_is_none() -> None:
    story = customer("mijndomein").shares("us", "supplier", country="US", safeguard="ledger:PrivacyShield").shares("nl", "supplier", country="NL")

    transfers = {each.holding.holder: each.transfer for each in report(story.clock("2021-01-01")).held}

    assert transfers["us"] is not None and (transfers["us"].state, transfers["us"].since) == ("lapsed", moment("2020-07-16T00:00"))
    assert transfers["nl"] is None and transfers["mijndomein"] is None


def test_rights_complaint_and_automated_decisions_are_said() -> None:
    answer = report(customer("smallhold").clock("2019-02-01"))

    assert [right.article for right in answer.rights] == ["Art. 16", "Art. 17", "Art. 18", "Art. 20", "Art. 21", "Art. 7(3)"]
    assert "Autoriteit Persoonsgegevens" in answer.complaint
    assert "knows of no automated decisions" in answer.automated_decisions


def test_md_09_the_log_entries_with_ones_ip_address_and_the_silence_about_their_term() -> None:
    story = customer("mijndomein").on("2019-02-01").collects("portal_session", purposes=["ledger:LoginOverview"], ref="session-1")
    story.on("2019-02-03").collects("portal_session", "pd:IPAddress", purposes=["ledger:LoginOverview"], ref="session-2")
    story.on("2019-02-05").erases("pd:IPAddress", ref="session-2").clock("2019-03-01")

    answer = report(story)

    assert [(e.ref, e.at, [c.term for c in e.categories], e.erased_at) for e in answer.ip_entries] == [
        ("session-1", moment("2019-02-01"), ["ledger:SessionLog", "pd:IPAddress"], None),
        ("session-2", moment("2019-02-03"), ["pd:IPAddress"], moment("2019-02-05")),
    ]
    assert "MD-09" in {note.promise for note in answer.silent}
    assert {event.offset for note in answer.silent for event in note.rests_on} == {0}, "the policy that says so"


def test_requests_notices_consents_and_look_ups_are_in_it() -> None:
    story = customer("sohosted").on("2019-02-01").asks("ACCESS", identity_check="DONE").consents("ledger:Newsletter")
    story.tells("breach", "b-1").looks_at("pd:Name", ticket_ref="t").tell("NoticeGiven", to="mailer", about="erasure", ref="x")

    own, officer = report(story.clock("2019-02-02")), report(story, "officer")

    assert [(each.request_ref, each.state) for each in own.requests] == [("request-1", "OPEN")]
    assert [(each.to, each.about.term) for each in own.notices] == [("subject", "breach")]
    assert len(officer.notices) == 2
    assert ([each.purpose.term for each in own.consents], len(own.look_ups)) == (["ledger:Newsletter"], 1)


def test_verdicts_duties_and_legal_holds_are_for_officers_alone() -> None:
    story = customer("hostinghuis").collects("account", "pd:Religion").on("2019-02-01").asks("ERASURE", identity_check="DONE")
    story.tell("HoldPlaced", hold_ref="claim", kind="LEGAL_HOLD").tell("HoldPlaced", hold_ref="dispute", kind="RESTRICTION").clock("2019-02-02")

    own, officer = report(story), report(story, "officer")

    assert (own.violations, own.obligations, [hold.hold_ref for hold in own.holds]) == ((), (), ["dispute"])
    assert officer.violations and officer.obligations and [hold.hold_ref for hold in officer.holds] == ["claim", "dispute"]


def test_nobody_known_is_said_so_and_another_audience_is_misuse() -> None:
    assert not query(customer("smallhold")).access("smallhold", "nobody").known
    with pytest.raises(CallerError, match="expected one for subject or officer"):
        report(customer("smallhold"), "neighbour")


# -- what an order keeps from the person


def barred(**decision: Any) -> Story:
    """The police asked for a name, got it, and gave it to a laboratory; the helpdesk looked it up for them. Telling is barred."""
    story = customer("smallhold").shares("nic", "registry", "pd:Name", ref="d-1").on("2019-02-01")
    story.tell("DisclosureRequested", disclosure_ref="disclosure-1", requester_kind="police", ground="police_demand", categories=["pd:Name"])
    story.looks_at("pd:Name", purpose="ledger:LegalDisclosure").looks_at("pd:Name", ticket_ref="disclosure-1").looks_at("pd:Name", ticket_ref="t-9")
    story.on("2019-02-02").decides("GRANTED", **{"notice": "BARRED", "barred_until": moment("2019-06-01")} | decision)
    share = {"purpose": "ledger:LegalDisclosure", "disclosure_ref": "disclosure-1", "disclosure_ground": "police_demand"}
    story.on("2019-02-03").shares("the-police", "law_enforcement", "pd:Name", **share)
    story.shares("laboratory", "security_researcher", "pd:Name", by="the-police")
    return story.on("2019-02-04").asks("ERASURE", identity_check="DONE")


TRACES = ("police", "laboratory", "disclosure", "law_enforcement", "security_researcher", "LegalDisclosure")


def traces(answer: AccessAnswer) -> set[str]:
    """What in the whole answer, as JSON, tells of the disclosure."""
    text = json.dumps(as_json(answer)).replace('"disclosures"', "").replace('"tells"', "")
    return {trace for trace in TRACES if trace in text}


def test_sh_07_while_an_order_bars_it_nothing_of_a_disclosure_is_in_the_persons_copy() -> None:
    story = barred().clock("2019-05-31")

    own, officer = report(story), report(story, "officer")

    assert traces(own) == set()
    assert traces(officer) == set(TRACES)
    assert {each.holding.holder for each in own.held} == {"smallhold", "nic"}
    assert [look.ticket_ref for look in own.look_ups] == ["t-9"]
    assert {task.holder for each in own.requests for task in each.tasks} == {"smallhold", "nic"}


def test_sh_07_what_may_be_seen_is_the_same_as_if_the_rest_had_not_been() -> None:
    story, without = barred().clock("2019-05-31"), customer("smallhold").shares("nic", "registry", "pd:Name", ref="d-1")
    without.on("2019-02-01").looks_at("pd:Name", ticket_ref="t-9").on("2019-02-04").asks("ERASURE", identity_check="DONE").clock("2019-05-31")

    def seen(story: Story) -> Any:
        text = json.dumps(as_json(report(story)))
        return json.loads(re.sub(r'"(offset|raised_offset|next_offset|event_id|obligation_id)": ("[^"]*"|\d+)', r'"\1": 0', text))

    assert seen(story) == seen(without)


def test_sh_07_when_the_bar_ends_or_a_notice_was_given_all_of_it_is_there() -> None:
    ended, told = barred().clock("2019-06-01"), barred().on("2019-02-05").tells("disclosure", "disclosure-1").clock("2019-05-31")

    for answer in (report(ended), report(told)):
        assert [each.disclosure_ref for each in answer.disclosures] == ["disclosure-1"]
        assert {"the-police", "laboratory"} <= {each.recipient for each in answer.receivers}
    assert [each.notice for each in report(ended).disclosures] == ["DUE"]


def test_sh_07_a_bar_without_an_end_lasts_until_another_decision() -> None:
    assert traces(report(barred(barred_until=None).clock("2059-01-01"))) == set()

    lifted = barred(barred_until=None).on("2019-07-01").decides("GRANTED", notice="DUE").clock("2019-07-02")
    assert [each.notice for each in report(lifted).disclosures] == ["DUE"]


def test_a_request_that_nobody_decided_on_is_no_part_of_the_persons_copy_until_they_are_told() -> None:
    story = customer("smallhold").on("2019-02-01")
    story.tell("DisclosureRequested", disclosure_ref="disclosure-1", requester_kind="police", ground="police_demand", categories=["pd:Name"])

    assert report(story.clock("2019-02-02")).disclosures == ()
    assert len(report(story, "officer").disclosures) == 1
    assert len(report(story.tells("disclosure_request", "disclosure-1")).disclosures) == 1


def test_what_was_caused_by_a_hidden_fact_and_what_an_answer_says_of_a_hidden_holder_is_hidden() -> None:
    story = barred()
    asked_for = next(fields for name, fields in story.log if name == "DisclosureRequested")
    kept = {"store": None, "purpose": None, "ref": None, "reason": "ledger:StatutoryTerm", "statute": None, "until": None}
    story.on("2019-02-06").uses("dpv:CustomerCare", caused_by=asked_for["event_id"]).answers("PARTLY", reasons=[kept | {"holder": "the-police"}])
    story.shares("archive", "supplier", "pd:Name", caused_by=asked_for["event_id"]).clock("2019-03-01")

    own = report(story)

    assert traces(own) == set() and own.requests[0].refusals == ()
    assert "archive" not in {each.recipient for each in own.receivers}


def test_a_correction_is_in_it_and_one_by_a_hidden_holder_is_not() -> None:
    story = barred().rectifies("smallhold", "pd:Name").rectifies("nic", "pd:Name").rectifies("the-police", "pd:Name").clock("2019-05-31")

    assert [each.by for each in report(story).corrections] == ["smallhold", "nic"]
    assert [each.by for each in report(story, "officer").corrections] == ["smallhold", "nic", "the-police"]
    assert traces(report(story)) == set()


# -- the tables


def test_the_tables_show_each_part_with_the_place_of_its_events(capsys: pytest.CaptureFixture[str]) -> None:
    show_access(report(barred().rectifies().clock("2019-06-01"), "officer"))

    said = capsys.readouterr().out
    parts = (
        "what is held, what for", "recipients", "requests", "corrections", "disclosures", "who looked", "what holders must do",
        "your rights", "times in",
    )  # fmt: skip
    assert [part for part in parts if part not in said] == []
    assert re.search(r"0@\d+ \+\d", said)
    assert max(map(len, said.splitlines())) <= 100


# -- to take along


def exported(story: Story) -> dict[str, Any]:
    return dict(json.loads(json.dumps(as_json(query(story).portable(story.hoster, "s1")))))


def test_md_19_contact_address_and_bank_data_that_the_person_gave_by_store() -> None:
    story = Story("mijndomein").on("2019-02-01").collects("account", "pd:Name", "pd:BankAccount", "pd:Username", purposes=["dpv:AccountManagement"])

    told = exported(story.clock("2019-02-02"))

    assert [(item["group"], item["category"]["term"], item["store"]) for item in told["items"]] == [
        ("bank", "pd:BankAccount", "crm"), ("contact", "pd:Name", "crm"),
    ]  # fmt: skip
    assert told["left_out"] == []


@pytest.mark.parametrize(
    "fields",
    [{"origin": "THIRD_PARTY"}, {"legal_basis": "eu-gdpr:A6-1-f"}, {"categories": ["pd:City"]}],
    ids=["not given by the person", "on a legitimate interest", "not declared"],
)
def test_md_19_what_was_not_given_or_is_not_on_contract_or_not_declared_is_left_out_and_said_to_be(fields: dict[str, Any]) -> None:
    categories = fields.pop("categories", ["pd:Name"])
    story = Story("mijndomein").on("2019-02-01").collects("account", *categories, purposes=["dpv:AccountManagement"], **fields)

    told = exported(story.clock("2019-02-02"))

    assert (told["items"], [each["term"] for each in told["left_out"]]) == ([], categories)


def test_md_19_what_is_erased_or_with_others_is_not_in_it() -> None:
    story = Story("mijndomein").on("2019-02-01").collects("account", "pd:Name", purposes=["dpv:AccountManagement"])
    story.shares("sidn", "registry", ref="d")

    assert exported(story.on("2019-02-02").erases(store="crm").clock("2019-02-03"))["items"] == []


def test_md_19_the_document_has_the_form_that_the_schema_says() -> None:
    told = exported(customer("mijndomein").clock("2019-02-02"))

    assert told["items"]
    jsonschema.validate(told, SCHEMA)
    assert told["items"][0]["event"]["event_id"].replace("-", "") in {event_id(number).hex() for number in range(20)}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | {"items": [told["items"][0] | {"value": "x"}]}, SCHEMA)
