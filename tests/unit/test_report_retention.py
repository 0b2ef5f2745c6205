"""The retention schedule: what each rule holds, what no rule gives a term, what is past its date."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes_register import RetentionAnswer, ScheduleLine
from ledger.cli.register_tables import show_retention
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment
from tests.waiting_lives import KINDS, lives

POLICIES = Path(__file__).parents[2] / "ledger/policies"


def asked(story: Story, limit: int = 100) -> RetentionAnswer:
    return Query(MemoryAnswers(project(story.log))).retention(limit=limit)


def rule(answer: RetentionAnswer, rule_id: str, activity: str | None = None) -> ScheduleLine:
    (found,) = [each for each in answer.schedule if each.rule == rule_id and (activity is None or activity in each.activities)]
    return found


def invoiced() -> Story:
    story = customer("mijndomein").on("2019-02-01").collects("invoice", "pd:Name", purposes=["ledger:Invoicing"], ref="inv-1")
    return story.reaches("INVOICE_ISSUED", "inv-1")


def test_each_rule_says_its_term_and_what_is_held_under_it() -> None:
    answer = asked(invoiced().collects("agreement", "pd:Name", purposes=["ledger:FiscalRecordKeeping"], ref="c-1").clock("2019-03-01"))

    invoices, agreements = rule(answer, "MD-21", "invoice"), rule(answer, "MD-21", "agreement")

    (term,) = invoices.terms
    assert (term.term, term.statute, term.per, term.customer) == ("7 years, to the end of that calendar year", "nl-awr-52", "ref", None)
    assert [anchor.label for anchor in term.anchors] == ["invoice issued"]
    assert (invoices.holdings, invoices.waiting, invoices.next_due) == (1, 1, None), "a minimum: it ends when somebody asks"
    assert (agreements.holdings, agreements.waiting, agreements.next_due) == (1, 1, None)


def test_a_rule_under_which_nothing_is_held_is_in_the_schedule_too() -> None:
    empty = rule(asked(Story("sohosted").clock("2019-01-01")), "SO-12")

    assert (empty.holdings, empty.next_due, [term.term for term in empty.terms]) == (0, None, ["14 days"])
    assert [event.offset for event in empty.rests_on] == [0], "the policy that has the rule"


def test_so_06_terms_that_differ_for_customers_and_others_stand_in_one_line() -> None:
    story = Story("sohosted").on("2019-01-01").collects("newsletter").of("s2").reaches("BECAME_CUSTOMER").collects("newsletter")

    line = rule(asked(story.clock("2019-02-01")), "SO-06")

    found = [(term.customer, [anchor.term for anchor in term.anchors]) for term in line.terms]
    assert found == [(True, ["ACCOUNT_CLOSED"]), (False, ["CONSENT_ENDED"])]
    assert (line.holdings, line.waiting, line.is_current) == (2, 2, True)


def test_md_09_md_10_what_the_statement_gives_no_term_is_a_gap_with_its_silence() -> None:
    story = customer("mijndomein").collects("portal_session", purposes=["ledger:LoginOverview"]).clock("2019-03-01")
    story.shares("sidn", "registry", ref="d-1")
    answer = asked(story)

    gaps = {gap.activity or (gap.role and gap.role.term): gap for gap in answer.gaps}

    assert [note.promise for note in gaps["portal_session"].notes] == ["MD-09"]
    assert [c.term for c in gaps["portal_session"].categories] == ["ledger:PortalAction", "ledger:SessionLog", "pd:IPAddress"]
    assert (gaps["registry"].holdings, gaps["registry"].notes) == (1, ())
    assert {"MD-09", "MD-10"} <= {note.promise for note in answer.silent} and "MD-14" not in {note.promise for note in answer.silent}


def test_what_is_past_its_date_is_counted_by_rule_and_state_with_how_late_the_oldest_is() -> None:
    story = Story("sohosted").on("2019-01-01").collects("look_up_log").of("s2").collects("look_up_log")
    held = Story("sohosted").on("2019-01-01").collects("look_up_log").tell("HoldPlaced", hold_ref="h", kind="LEGAL_HOLD")

    (open_ones,) = asked(story.clock("2019-01-16")).overruns
    (late,) = asked(story.clock("2019-03-01")).overruns
    (back,) = asked(held.clock("2019-03-01")).overruns

    assert (open_ones.rule, open_ones.state, open_ones.number, open_ones.subjects) == ("SO-12", "OPEN", 4, 2)
    assert (open_ones.oldest_due_at, open_ones.late_by_seconds) == (moment("2019-01-15T12:00"), 0)
    assert (late.state, late.late_by_seconds > 30 * 86_400) == ("OVERDUE", True)
    assert (back.state, back.number, back.subjects) == ("HELD_BACK", 2, None)
    assert rule(asked(held), "SO-12").held_back == 2


def test_the_list_of_what_comes_due_is_cut_and_says_so() -> None:
    story = Story("sohosted").on("2019-01-01").collects("look_up_log").clock("2019-01-02")

    assert [line.state for line in asked(story).due] == ["COMING", "COMING"]
    assert (len(asked(story, limit=1).due), asked(story, limit=1).more) == (1, True)


def test_a_line_rests_on_the_first_and_the_latest_fact_and_says_how_many_it_leaves_out() -> None:
    story = Story("sohosted").on("2019-01-01")
    for name in ("s1", "s2", "s3"):
        story.of(name).collects("newsletter")
    line = rule(asked(story.clock("2019-01-02")), "SO-06")

    assert [event.offset for event in line.rests_on] == [0, 1, 3], "the policy, the first and the latest"
    assert (line.holdings, line.more) == (3, 1)


def test_what_follows_a_rule_of_an_earlier_version_is_listed_as_such() -> None:
    story = Story("sohosted").on("2019-01-01").collects("newsletter")
    text = (POLICIES / "sohosted.yaml").read_text().replace("2018-05-25", "2019-06-01").replace("- id: SO-06", "- id: SO-02")
    story.on("2019-06-01").publishes(text).clock("2019-07-01")

    old = rule(asked(story), "SO-06")

    assert (old.is_current, old.holdings, old.terms) == (False, 1, ())


def test_sh_08_logs_of_unknown_people_whose_term_waits_for_what_only_a_person_does_are_a_gap() -> None:
    story = customer("smallhold").collects("server_logs").of("dataset-logs-2019-01-02").collects("server_logs")
    answer = asked(story.clock("2019-03-01"))

    gap, *others = answer.gaps

    assert (gap.activity, gap.rule, gap.holdings, gap.more) == ("server_logs", "SH-11", 1, 0), "those of a customer end with the contract"
    assert {(each.activity, each.rule) for each in others} == {("server_logs", "SH-11")}
    assert {each.purpose.term for each in answer.gaps} == {"ledger:ErrorAnalysis", "ledger:IntrusionDetection", "dpv:EnforceSecurity"}
    assert [(note.promise, [event.offset for event in note.rests_on]) for note in gap.notes] == [("SH-08", [0])], "the policy that says so"
    assert {event.offset for note in answer.silent for event in note.rests_on} == {0}
    assert [event.offset for event in gap.rests_on] == [len(story.log) - 2], "the fact about the dataset alone"


def test_so_04_a_term_that_is_not_stated_from_when_is_a_gap_for_customers_alone() -> None:
    story = Story("sohosted").on("2019-01-01").collects("enquiry", "pd:Name", purposes=["ledger:EnquiryHandling"], ref="e-1")
    story.of("s2").reaches("BECAME_CUSTOMER").on("2019-01-02").collects("enquiry", "pd:Name", purposes=["ledger:EnquiryHandling"], ref="e-2")

    (gap,) = asked(story.clock("2019-03-01")).gaps

    assert (gap.activity, gap.rule, gap.holdings, [note.promise for note in gap.notes]) == ("enquiry", "SO-04", 1, ["SO-04"])
    assert [event.offset for event in gap.rests_on] == [3]


def test_so_04_who_was_a_customer_is_asked_of_the_day_of_the_collection() -> None:
    about = {"purposes": ["ledger:EnquiryHandling"]}
    story = Story("sohosted").on("2019-01-01").reaches("ACCOUNT_OPENED", "a-1").reaches("ACCOUNT_OPENED", "a-2").reaches("BECAME_CUSTOMER")
    story.on("2019-01-02").reaches("ACCOUNT_CLOSED", "a-1").on("2019-01-03").collects("enquiry", "pd:Name", ref="still", **about)
    story.on("2019-01-04").reaches("ACCOUNT_CLOSED", "a-2").on("2019-01-05").collects("enquiry", "pd:Name", ref="no-more", **about)
    story.on("2019-01-06").reaches("ACCOUNT_OPENED", "a-1").on("2019-01-07").collects("enquiry", "pd:Name", ref="again", **about)
    story.on("2019-01-08").reaches("CEASED_CUSTOMER").on("2019-01-09").collects("enquiry", "pd:Name", ref="gone", **about)

    (gap,) = asked(story.clock("2019-03-01")).gaps

    assert (gap.holdings, [event.offset for event in gap.rests_on]) == (2, [5, 9])


def test_what_rests_on_nothing_has_no_rule_in_its_gap() -> None:
    (gap,) = [each for each in asked(customer("mijndomein").shares("sidn", "registry", ref="d-1").clock("2019-03-01")).gaps if each.role]

    assert gap.rule is None


# -- terms that will not start by themselves


def never(answer: RetentionAnswer) -> list[tuple[str | None, str | None, list[str], int]]:
    return [(gap.rule, gap.activity, [each.term for each in gap.waits_for], gap.holdings) for gap in answer.gaps if gap.reason == "NOT_BEGUN"]


def test_sh_11_hh_15_a_term_from_the_end_of_a_service_that_nobody_ever_had_is_a_gap_and_one_that_runs_is_none() -> None:
    for hoster, waits in (("smallhold", ["CONTRACT_ENDED", "SERVICE_ENDED"]), ("hostinghuis", ["SERVICE_ENDED"])):
        story = customer(hoster).of("s2").collects("account", "pd:Name")
        answer = asked(story.clock("2019-03-01"))

        line = rule(answer, "SH-11" if hoster == "smallhold" else "HH-15", "account")
        places = {event.offset for gap in answer.gaps if gap.reason == "NOT_BEGUN" for event in gap.rests_on}

        assert {(gap[1], *gap[2]) for gap in never(answer)} == {("account", *waits)}
        assert (line.waiting, line.never_starts) == (line.holdings, line.holdings // 2), "the customer's wait for their service"
        assert places == {len(story.log) - 2}, "the fact about who has none"


def test_sh_11_a_contract_without_any_service_waits_for_the_service_that_never_began() -> None:
    story = Story("smallhold").on("2019-01-01").reaches("CONTRACT_STARTED", "c-1").collects("account", "pd:Name")

    assert {(gap[0], *gap[2]) for gap in never(asked(story.clock("2019-03-01")))} == {("SH-11", "SERVICE_ENDED")}


def test_so_06_the_newsletter_of_who_never_consented_waits_for_ever_and_of_who_did_for_the_end_of_it() -> None:
    story = Story("sohosted").on("2019-01-02").collects("newsletter")
    consented = Story("sohosted").on("2019-01-01").consents("ledger:Newsletter", channel="email").on("2019-01-02").collects("newsletter")
    was_over = Story("sohosted").on("2018-06-01").consents("ledger:Newsletter").on("2018-07-01").consents("ledger:Newsletter", "WITHDRAWN")

    assert never(asked(story.clock("2019-03-01"))) == [("SO-06", "newsletter", ["CONSENT_ENDED"], 1)]
    assert never(asked(consented.clock("2019-03-01"))) == []
    assert never(asked(was_over.on("2019-01-01").collects("newsletter").clock("2019-03-01"))) == [("SO-06", "newsletter", ["CONSENT_ENDED"], 1)]


def test_so_02_an_order_of_another_reference_starts_no_term() -> None:
    story = Story("sohosted").on("2019-01-01").reaches("ORDER_PLACED", "o-1").collects("order", "pd:Name", ref="o-1")
    story.collects("order", "pd:Name", ref="o-2").clock("2019-03-01")

    assert {(gap[0], gap[3]) for gap in never(asked(story))} == {("SO-02", 1)}


@pytest.mark.parametrize("hoster", sorted(KINDS))
def test_what_everybody_s_report_counts_is_what_each_person_s_answer_says(hoster: str) -> None:
    story = lives(hoster, 1, 150)
    query = Query(MemoryAnswers(project(story.log)))
    people = sorted({fields["subject_ref"] for _, fields in story.log if fields.get("subject_ref")})

    holdings = [holding for ref in people for holding in query.subject(hoster, ref).holdings]

    counted = sum(line.never_starts for line in query.retention().schedule)
    assert counted == sum(holding.why.never_starts for holding in holdings) > 0
    assert sum(gap.holdings for gap in query.retention().gaps if gap.rule) == counted


def test_a_gap_names_people_to_ask_about_and_the_table_says_what_never_starts(capsys: pytest.CaptureFixture[str]) -> None:
    story = customer("smallhold")
    for name in ("s2", "s3", "s4", "s5"):
        story.of(name).collects("account", "pd:Name", ref=name)
    answer = asked(story.clock("2019-03-01"))

    show_retention(answer)

    (gap,) = {gap.examples for gap in answer.gaps if gap.reason == "NOT_BEGUN"}
    shown = " ".join(capsys.readouterr().out.split())
    assert len(gap) <= 3 and set(gap) <= {"s2", "s3", "s4", "s5"}
    assert "for example s2" in shown and "NEVER START" in shown


def test_each_line_of_what_comes_due_says_what_it_rests_on_in_the_table_too(capsys: pytest.CaptureFixture[str]) -> None:
    show_retention(asked(Story("sohosted").on("2019-01-01").collects("look_up_log").clock("2019-01-02")))

    assert "SO-12" in (due := capsys.readouterr().out.split("due until")[1]) and due.count("0@1") == 2
