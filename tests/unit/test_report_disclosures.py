"""Disclosures, look-ups and suppression: who asked, who looked, whom no campaign may reach."""

from __future__ import annotations

from typing import Any

from ledger.answers.query import Query
from ledger.answers.shapes_rights import DisclosureAnswer, LookUpsAnswer, SuppressionAnswer
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


def test_the_latest_come_first_and_the_limit_says_that_there_is_more() -> None:
    story = police().on("2019-02-03").decides("REFUSED").of("s2").on("2019-02-10").tell(
        "DisclosureRequested", disclosure_ref="disclosure-2", requester_kind="court", ground="court_order", categories=["pd:Name"],
    )  # fmt: skip

    answer = query(story.clock("2019-02-11")).disclosures(limit=1)

    assert ([each.disclosure_ref for each in answer.disclosures], answer.more) == (["disclosure-2"], True)
    assert [each.disclosure_ref for each in query(story).disclosures().disclosures] == ["disclosure-2", "disclosure-1"]
    assert query(story).disclosures("another").disclosures == ()


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

    assert [look.who for look in answer.look_ups] == ["SEALED", "NOT_RECORDED"]
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
