"""What a person sees of themselves by any way but the report: nothing that an order bars, no duties, verdicts or legal holds (SH-07)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ledger.answers.asking import AsOf
from ledger.answers.one_subject import Position
from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.errors import CallerError
from ledger.exporting.rows_rights import look_up_rows
from ledger.web.pages.person import shown_of
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer, moment
from tests.unit.test_report_subject import TRACES, barred, query

WHO = "smallhold", "s1"


def traces_in(*found: Any) -> set[str]:
    text = json.dumps(found, default=str)
    return {trace for trace in TRACES if trace in text}


def of_oneself(story: Story, **asked: Any) -> Any:
    return as_json(query(story).subject(*WHO, audience="subject", **asked))


def looks_of(story: Story, audience: str) -> Any:
    return as_json(query(story).look_ups(*WHO, audience))


def test_sh_07_while_an_order_bars_it_nothing_of_a_disclosure_is_on_the_persons_page() -> None:
    story = barred().clock("2019-05-31")

    own, officer = of_oneself(story), as_json(query(story).subject(*WHO))

    assert traces_in(shown_of(own, looks_of(story, "subject"))) == set()
    assert traces_in(shown_of(officer, looks_of(story, "officer"))) >= {"police", "laboratory", "LegalDisclosure"}
    assert {each["holder"] for each in own["holdings"]} == {"smallhold", "nic"}
    assert [each["right"] for each in own["requests"]] == ["ERASURE"] and own["known"]


def test_sh_07_the_persons_page_is_the_same_as_if_the_rest_had_not_been() -> None:
    story, without = barred().clock("2019-05-31"), customer("smallhold").shares("nic", "registry", "pd:Name", ref="d-1")
    without.on("2019-02-01").looks_at("pd:Name", ticket_ref="t-9").on("2019-02-04").asks("ERASURE", identity_check="DONE").clock("2019-05-31")

    def seen(story: Story) -> Any:
        text = json.dumps([of_oneself(story), looks_of(story, "subject")])
        return json.loads(re.sub(r'"(offset|next_offset|event_id|obligation_id)": ("[^"]*"|\d+)', r'"\1": 0', text))

    assert seen(story) == seen(without)


def test_sh_07_another_moment_tells_no_more_of_what_is_barred_now() -> None:
    story = barred().clock("2019-05-31")
    asked_for = next(number for number, (name, _) in enumerate(story.log) if name == "DisclosureRequested")

    for moment_asked in ({"on": moment("2019-02-01") + 1}, {"known_at": Position(None, asked_for + 1)}, {"on": moment("2019-02-03") + 1}):
        assert traces_in(of_oneself(story, **moment_asked)) == set()

    before = story.log[: asked_for + 4]  # the look-ups for it, before anybody decided
    then = Query(MemoryAnswers(project(before)), as_of=AsOf(on=moment("2019-02-01"), barred=frozenset({"disclosure-1"})))
    assert traces_in(as_json(then.look_ups(*WHO)), as_json(then.access(*WHO))["look_ups"]) == set()
    assert len(then.look_ups(*WHO, "officer").look_ups) == 3 and len(then.look_ups(*WHO).look_ups) == 1


def test_sh_07_look_ups_for_what_is_barred_are_in_no_list_or_file_for_the_person_until_the_bar_ends() -> None:
    story = barred().clock("2019-05-31")

    assert [each["ticket_ref"] for each in looks_of(story, "subject")["look_ups"]] == ["t-9"]
    assert len(list(look_up_rows(query(story).look_ups(*WHO)))) == 1
    assert len(looks_of(story, "officer")["look_ups"]) == 3
    every_one = looks_of(story, "auditor")["look_ups"]
    assert len(every_one) == 3 and {each["actor"] for each in every_one} == {None}
    ended = barred().clock("2019-06-01")
    assert len(looks_of(ended, "subject")["look_ups"]) == 3
    assert {"the-police", "laboratory"} <= {each["holder"] for each in of_oneself(ended)["holdings"]}


def test_verdicts_duties_and_legal_holds_are_not_on_the_persons_page() -> None:
    story = customer("hostinghuis").collects("account", "pd:Religion").on("2019-02-01").asks("ERASURE", identity_check="DONE")
    story.tell("HoldPlaced", hold_ref="claim", kind="LEGAL_HOLD").tell("HoldPlaced", hold_ref="dispute", kind="RESTRICTION").clock("2019-02-02")

    own = query(story).subject("hostinghuis", "s1", audience="subject")
    officer = query(story).subject("hostinghuis", "s1")

    assert (own.violations, own.obligations, [hold.hold_ref for hold in own.holds]) == ((), (), ["dispute"])
    assert officer.violations and officer.obligations and len(officer.holds) == 2
    assert own.holdings == officer.holdings


def test_sh_07_what_the_controller_collected_because_of_what_is_barred_is_not_to_take_along() -> None:
    def left_out(story: Story) -> list[str]:
        return [each.term for each in query(story).portable(*WHO).left_out]

    story = barred()
    asked_for = next(fields for name, fields in story.log if name == "DisclosureRequested")
    story.collects("account", "pd:PostalCode", origin="THIRD_PARTY", caused_by=asked_for["event_id"])

    assert "pd:PostalCode" not in left_out(story.clock("2019-05-31"))
    assert "pd:PostalCode" in left_out(story.clock("2019-06-01"))


def test_another_audience_is_misuse() -> None:
    with pytest.raises(CallerError, match="expected one for subject or officer"):
        query(barred()).subject(*WHO, audience="neighbour")
