"""Disclosures, look-ups and suppression: who asked, who looked, whom no campaign may reach."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes_rights import DisclosureAnswer, LookUpsAnswer, SuppressionAnswer
from ledger.cli.rights_tables import show_disclosures, show_suppression
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment


def query(story: Story) -> Query:
    return Query(MemoryAnswers(project(story.log)))


def only(story: Story) -> DisclosureAnswer:
    (found,) = query(story).disclosures().disclosures
    return found


def police(story: Story | None = None, **fields: Any) -> Story:
    given = {"disclosure_ref": "disclosure-1", "requester_kind": "police", "ground": "police_demand", "categories": ["pd:Name"]}
    return (story or customer("smallhold")).on("2019-02-01").tell("DisclosureRequested", **given | fields)


def test_sh_07_one_that_nobody_decided_on_is_in_the_register() -> None:
    found = only(police().clock("2019-02-02"))

    assert (found.requester and found.requester.term, found.ground and found.ground.term) == ("police", "police_demand")
    assert (found.decision, found.notice, [c.term for c in found.asked]) == (None, "DUE", ["pd:Name"])  # SH-07: always told, of the request too
    assert only(police(customer("sohosted")).clock("2019-02-02")).notice == "NONE"  # which no other statement promises


def test_hh_11_a_decision_says_what_was_given_and_that_the_person_must_be_told() -> None:
    story = police().on("2019-02-03").decides("PARTLY")
    story.shares("police", "law_enforcement", purpose="ledger:LegalDisclosure", disclosure_ref="disclosure-1", disclosure_ground="police_demand")

    found = only(story.clock("2019-02-04"))

    assert (found.decision, found.decided_at, found.notice) == ("PARTLY", moment("2019-02-03"), "DUE")
    assert [event.offset for event in found.shared] == [len(story.log) - 2]
    assert len(found.rests_on) == 3


def test_sh_07_while_an_order_bars_it_the_notice_is_barred_and_due_when_the_bar_ends() -> None:
    story = police().on("2019-02-03").decides("GRANTED", notice="BARRED", barred_until=moment("2019-06-01"))

    barred, ended = only(story.clock("2019-05-31")), only(story.clock("2019-06-01"))

    assert (barred.notice, barred.barred_until_at) == ("BARRED", moment("2019-06-01"))
    assert (ended.notice, ended.barred_until_at) == ("DUE", None)
    assert only(police().decides("GRANTED", notice="BARRED").clock("2040-01-01")).notice == "BARRED"


def test_a_notice_about_the_disclosure_is_what_counts_after_the_decision() -> None:
    told_of_request = police().tells("disclosure_request", "disclosure-1")

    assert only(told_of_request.clock("2019-02-02")).notice == "GIVEN"
    story = told_of_request.on("2019-02-03").decides("GRANTED")
    assert only(story.clock("2019-02-04")).notice == "DUE"
    told = only(story.on("2019-02-05").tells("disclosure", "disclosure-1").clock("2019-02-06"))
    assert (told.notice, told.notice_given_at) == ("GIVEN", moment("2019-02-05"))


def test_sh_07_after_a_refusal_who_was_told_of_the_request_was_told() -> None:
    story = police().tells("disclosure_request", "disclosure-1").on("2019-02-03").decides("REFUSED")

    found = only(story.clock("2019-06-01"))

    assert (found.notice, found.notice_given_at) == ("GIVEN", moment("2019-02-01"))
    assert only(police().on("2019-02-03").decides("REFUSED").clock("2019-06-01")).notice == "DUE"
    before = customer("smallhold").discloses("trademark_claim", "trademark_claimant").tells("disclosure_request", "disclosure-1")
    assert only(before.on("2019-03-03").decides("REFUSED").clock("2019-06-01")).notice == "GIVEN"


def test_the_latest_come_first_and_the_limit_says_that_there_is_more() -> None:
    story = police().on("2019-02-03").decides("REFUSED").of("s2").on("2019-02-10").tell(
        "DisclosureRequested", disclosure_ref="disclosure-2", requester_kind="court", ground="court_order", categories=["pd:Name"],
    )  # fmt: skip

    answer = query(story.clock("2019-02-11")).disclosures(limit=1)

    assert ([each.disclosure_ref for each in answer.disclosures], answer.more) == (["disclosure-2"], True)
    assert [each.disclosure_ref for each in query(story).disclosures().disclosures] == ["disclosure-2", "disclosure-1"]
    assert query(story).disclosures("another").disclosures == ()


def test_a_share_with_an_authority_or_the_like_that_cites_no_known_request_is_listed_as_one_without() -> None:
    story = police().on("2019-02-03").decides("GRANTED")
    story.shares("police", "law_enforcement", purpose="ledger:LegalDisclosure", disclosure_ref="disclosure-1", disclosure_ground="police_demand")
    story.on("2019-02-04").shares("police", "law_enforcement", purpose="ledger:LegalDisclosure", disclosure_ground="police_demand")
    story.of("s2").on("2019-02-05").shares("court", "court", "pd:Name", "pd:EmailAddress", disclosure_ref="disclosure-9")
    story.on("2019-02-06").shares("collector", "debt_collector", disclosure_ground="debt_collection", ref="inv-1")
    story.on("2019-02-07").shares("brand", "trademark_claimant").on("2019-02-08").shares("lawyer", "supplier", purpose="ledger:LegalDisclosure")
    story.on("2019-02-09").shares("centre", "data_centre").clock("2019-02-10")

    answer = query(story).disclosures()

    assert [(each.recipient, each.ground and each.ground.term, each.cites) for each in answer.without_request] == [
        ("lawyer", None, None), ("brand", None, None), ("collector", "debt_collection", None), ("court", None, "disclosure-9"),
        ("police", "police_demand", None),
    ]  # fmt: skip
    court = answer.without_request[3]
    assert ([c.term for c in court.categories], court.shared_at) == (["pd:EmailAddress", "pd:Name"], moment("2019-02-05"))
    assert story.log[court.event.offset or 0][1]["recipient"] == "court"
    assert (answer.shares_without_request, answer.more, len(query(story).disclosures(limit=2).without_request)) == (5, False, 2)
    assert query(story).disclosures(limit=2).more and not query(story).disclosures("another").without_request


def test_a_request_that_is_told_after_the_share_is_a_request() -> None:
    story = customer("smallhold").on("2019-02-04").shares("police", "law_enforcement", disclosure_ref="disclosure-1")

    assert len(query(story.clock("2019-02-05")).disclosures().without_request) == 1
    assert not query(police(story).clock("2019-02-06")).disclosures().without_request


def test_the_person_s_own_report_has_them_too_but_for_what_an_order_keeps() -> None:
    story = customer("smallhold").on("2019-02-04").shares("collector", "debt_collector")
    story.decides("GRANTED", notice="BARRED").shares("police", "law_enforcement", disclosure_ref="disclosure-1").clock("2019-02-05")

    assert [each.recipient for each in query(story).access("smallhold", "s1").without_request] == ["collector"]
    assert "police" not in repr(query(story).access("smallhold", "s1"))


def test_what_goes_out_beyond_the_decision_is_named_and_after_a_refusal_all_of_it() -> None:
    def shared(story: Story, *categories: str) -> Story:
        return story.on("2019-02-05").shares("police", "law_enforcement", *categories, disclosure_ref="disclosure-1")

    granted = shared(police().on("2019-02-03").decides("PARTLY"), "pd:Name", "pd:EmailAddress")
    refused = shared(police().on("2019-02-03").decides("REFUSED"), "pd:Name")
    undecided = shared(police(), "pd:Name", "pd:TelephoneNumber")
    later = shared(police(), "pd:Name").on("2019-02-06").decides("REFUSED")

    beyond = [[c.term for c in only(story.clock("2019-02-10")).beyond] for story in (granted, refused, undecided, later)]
    assert beyond == [["pd:EmailAddress"], ["pd:Name"], ["pd:TelephoneNumber"], []]


def test_the_table_says_what_went_out_without_a_request_and_beyond_one(capsys: pytest.CaptureFixture[str]) -> None:
    story = police().on("2019-02-03").decides("GRANTED")
    story.on("2019-02-05").shares("police", "law_enforcement", "pd:EmailAddress", disclosure_ref="disclosure-1")
    story.shares("court", "court", disclosure_ref="disclosure-9").shares("collector", "debt_collector")

    show_disclosures(query(story.clock("2019-02-10")).disclosures())

    shown = " ".join(capsys.readouterr().out.replace("|", " ").split())
    assert "shared without a known request: 2" in shown and "NO GROUND NAMED" in shown and "BEYOND IT" in shown


# -- look-ups


def looked(hoster: str) -> Story:
    story = customer(hoster).on("2019-02-01").looks_at("pd:Name", ticket_ref="t-1", actor="role:helpdesk")
    return story.on("2019-02-10").looks_at("pd:EmailAddress", sealed={"key_id": "k", "ciphertext": b"x"})


def remembered(story: Story) -> LookUpsAnswer:
    return query(story).look_ups(story.hoster, "s1")


def test_so_12_the_log_of_look_ups_forgets_after_two_weeks_to_the_second() -> None:
    story = looked("sohosted")

    before, after = remembered(story.clock("2019-02-15T11:59:59")), remembered(story.clock("2019-02-15T12:00:00"))

    assert (before.rule, before.term, len(before.look_ups), before.forgotten) == ("SO-12", "14 days", 2, 0)
    assert ([look.at for look in after.look_ups], after.forgotten) == ([moment("2019-02-10")], 1)


def test_without_a_stated_term_all_are_shown_newest_first() -> None:
    answer = remembered(looked("hostinghuis").clock("2030-01-01"))

    assert (answer.rule, answer.term, answer.forgotten) == (None, None, 0)
    assert [(look.ticket_ref, look.purpose.term) for look in answer.look_ups] == [(None, "dpv:CustomerCare"), ("t-1", "dpv:CustomerCare")]


def test_who_looked_is_never_told_only_whether_it_is_sealed() -> None:
    answer = remembered(looked("hostinghuis").clock("2019-03-01"))

    assert [look.who for look in answer.look_ups] == ["SEALED", "RECORDED"]
    assert "helpdesk" not in repr(answer)


def test_only_the_look_ups_of_that_person_are_shown() -> None:
    story = looked("hostinghuis").of("s2").looks_at("pd:Name").clock("2019-03-01")

    assert len(query(story).look_ups("hostinghuis", "s2").look_ups) == 1
    assert query(story).look_ups("hostinghuis", "nobody").look_ups == ()


# -- suppression


def suppressed() -> Story:
    return customer("mijndomein").on("2019-02-01").collects("suppression", "ledger:SuppressionEntry", "pd:EmailAddress")


def lists(story: Story, limit: int = 10) -> SuppressionAnswer:
    return query(story).suppression(limit=limit)


def test_md_22_the_list_says_how_many_people_it_holds_and_that_it_survives_an_erasure_request() -> None:
    story = suppressed().of("s2").collects("suppression", "ledger:SuppressionEntry")
    story.of("s1").asks("ERASURE", identity_check="DONE").clock("2019-03-10")

    (line,) = lists(story).lists

    assert (line.controller, line.subjects, line.holdings, line.stores) == ("mijndomein", 2, 2, ("suppression",))
    assert [c.term for c in line.categories] == ["ledger:SuppressionEntry", "pd:EmailAddress"]
    assert line.broken == ()


def test_md_22_a_use_for_anything_else_is_counted_and_listed() -> None:
    story = suppressed().on("2019-02-05").uses("dpv:DirectMarketing", "ledger:SuppressionEntry")
    story.uses("ledger:MarketingSuppression", "ledger:SuppressionEntry")

    answer = lists(story.clock("2019-02-06"))

    assert [(count.promise, count.violations) for count in answer.lists[0].broken] == [("MD-22", 1)]
    assert [each.happened_at for each in answer.violations] == [moment("2019-02-05")]
    assert not answer.more and lists(story, limit=1).violations == answer.violations


def test_who_objects_or_whose_consent_ended_may_not_be_reached_either_and_is_counted_once() -> None:
    story = suppressed().objects("dpv:DirectMarketing")  # on the list, and objects
    story.of("s2").objects("dpv:Marketing", channel="email").objects("ledger:Newsletter").on("2019-02-02").objects("ledger:Newsletter", "LIFTED")
    story.of("s3").consents("ledger:Newsletter", channel="email").consents("ledger:Newsletter", "WITHDRAWN", channel="email")
    story.of("s4").consents("ledger:Newsletter", channel="email").of("s5").objects("dpv:ServiceProvision")

    (line,) = lists(story.clock("2019-03-01")).lists

    assert (line.people, line.subjects, line.objecting, line.consent_ended, line.unlisted) == (3, 1, 2, 1, 1)
    assert [(each.reason, each.purpose.term, each.channel, each.subjects, each.unlisted) for each in line.choices] == [
        ("OBJECTION", "dpv:DirectMarketing", None, 1, 0), ("OBJECTION", "dpv:Marketing", "email", 1, 1),
        ("CONSENT_ENDED", "ledger:Newsletter", None, 1, 1),
    ]  # fmt: skip
    steps = [story.log[each.rests_on[0].offset or 0][0] for each in line.choices]
    assert steps == ["ObjectionChanged", "ObjectionChanged", "ConsentChanged"]


def test_who_objects_and_is_not_on_the_list_is_named_where_the_statement_promises_one() -> None:
    story = suppressed().objects("dpv:DirectMarketing").of("s2").objects("dpv:Marketing", channel="email").of("s3").objects("ledger:ProductNews")
    elsewhere = customer("hostinghuis").objects("dpv:DirectMarketing").clock("2019-03-01")

    answer = lists(story.clock("2019-03-01"))

    assert [(each.subject_ref, [p.term for p in each.purposes], each.channels) for each in answer.gaps] == [
        ("s2", ["dpv:Marketing"], ("email",)), ("s3", ["ledger:ProductNews"], ("any",)),
    ]  # fmt: skip
    assert [story.log[each.rests_on[0].offset or 0][1]["subject_ref"] for each in answer.gaps] == ["s2", "s3"]
    assert answer.lists[0].promises == ("MD-22",)
    assert (len(lists(story, limit=1).gaps), lists(story, limit=1).more) == (1, True)
    assert (lists(elsewhere).gaps, [line.unlisted for line in lists(elsewhere).lists]) == ((), [1])


def test_an_objection_that_was_lifted_and_a_list_that_was_erased_count_no_more() -> None:
    lifted = customer("mijndomein").objects("dpv:DirectMarketing").on("2019-03-01").objects("dpv:DirectMarketing", "LIFTED").clock("2019-03-02")
    erased = suppressed().objects("dpv:Marketing").on("2019-03-01").erases(purposes=["ledger:MarketingSuppression"]).clock("2019-03-02")

    assert lists(lifted).lists == ()
    assert [(line.subjects, line.unlisted, line.people) for line in lists(erased).lists] == [(0, 1, 1)]


def test_the_table_says_who_may_not_be_reached_why_and_who_is_missing_on_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    show_suppression(lists(suppressed().of("s2").objects("dpv:Marketing").clock("2019-03-01")))

    shown = " ".join(capsys.readouterr().out.replace("|", " ").split())
    assert "mijndomein 2 1 1 0 1 " in shown and "s2 mijndomein marketing not told apart any" in shown
