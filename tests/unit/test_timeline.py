"""What happened to a person's data and what will: in order of time, what is alike on one day in one line with its events, in both languages."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.web.pages.labels import words
from ledger.web.pages.timeline import EVENTS_MAX, timeline
from tests.histories import CONTROLLER, Event, collected, erased, fact, milestone, policy, project, rule, shared, tick
from tests.memory_answers import MemoryAnswers

LIFE: list[Event] = [
    policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"])]),
    collected(1, 0, categories=["pd:EmailAddress", "pd:Name"]),
    shared(2, 1, recipient="mailer", recipient_role="mailing"),
    shared(10, 1),
    fact("ConsentChanged", 3, 1.5, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),
    milestone(4, 2, "SERVICE_STARTED"),
    fact("RequestReceived", 5, 3, right="ACCESS", request_ref="request-1"),
    fact("RequestAnswered", 6, 4, request_ref="request-1", outcome="FULFILLED"),
    milestone(7, 5, "SERVICE_ENDED"),
    erased(8, 6, by="SIDN"),
    tick(9, 7),
]


def lines(*log: Event) -> dict[str, list[dict[str, Any]]]:
    found: Any = as_json(Query(MemoryAnswers(project(list(log)))).subject(CONTROLLER, "s1"))
    return timeline(found)


def said(some: list[dict[str, Any]]) -> list[tuple[str, str, str | None, str, int]]:
    return [(each["day"], each["kind"], each["who"], each["detail"], each["number"]) for each in some]


def test_what_happened_comes_latest_first_and_what_comes_soonest_first() -> None:
    found = lines(*LIFE)

    assert said(found["past"]) == [
        ("2018-06-07", "ERASED", "SIDN", "", 1),
        ("2018-06-06", "MILESTONE", None, "SERVICE_ENDED", 1),
        ("2018-06-05", "ANSWERED", None, "FULFILLED", 1),
        ("2018-06-04", "REQUESTED", None, "ACCESS", 1),
        ("2018-06-02", "CONSENTS", None, "GIVEN", 1),
        ("2018-06-02", "SHARED", "mailer", "", 1),
        ("2018-06-01", "COLLECTED", CONTROLLER, "", 2),
    ]
    assert [(each["day"], each["kind"]) for each in found["coming"]] == [("2018-06-16", "GOES")]


def test_each_line_names_the_events_it_is_made_of() -> None:
    found = lines(*LIFE)

    assert found["past"][-2]["who"] == "mailer", "of what is gone it is said when it went: the answer does not have when it came"
    offsets = {each["kind"]: [event["offset"] for event in each["events"]] for each in found["past"]}
    assert offsets == {
        "COLLECTED": [1], "SHARED": [2], "CONSENTS": [4], "REQUESTED": [6], "ANSWERED": [7], "MILESTONE": [8], "ERASED": [9],
    }  # fmt: skip
    assert found["coming"][0]["events"] == []


def test_a_term_that_is_past_is_said_as_what_should_have_gone() -> None:
    found = lines(policy(1001, 0, [rule("R", 2)]), collected(1, 0), tick(2, 4), tick(3, 20))

    assert ("2018-06-03", "SHOULD_GO", CONTROLLER, "", 1) in said(found["past"])
    assert ("SHOULD", "ERASE") in [(each["kind"], each["detail"]) for each in found["past"]], "who should erase is late too"
    assert found["coming"] == []


def test_what_is_alike_on_one_day_is_one_line_with_its_number_and_so_many_events() -> None:
    many = EVENTS_MAX + 3
    found = lines(*(shared(number, 1, ref=f"order-{number}") for number in range(1, many + 1)), shared(99, 2, ref="order-99"), tick(100, 3))

    assert said(found["past"]) == [("2018-06-03", "SHARED", "SIDN", "", 1), ("2018-06-02", "SHARED", "SIDN", "", many)]
    assert [len(each["events"]) for each in found["past"]] == [1, EVENTS_MAX]
    assert [each["more"] for each in found["past"]] == [0, many - EVENTS_MAX]


def test_within_a_day_it_goes_by_the_time_of_the_first_of_each_line() -> None:
    found = lines(shared(1, 1.5, ref="a"), milestone(2, 1.25, "ACCOUNT_OPENED"), collected(3, 1.1), collected(4, 1.75, store="billing"), tick(5, 3))

    assert [each["kind"] for each in found["past"]] == ["SHARED", "COLLECTED"], "latest first: the line of what was collected began before"


def test_days_are_dutch_legal_time() -> None:
    found = lines(collected(1, 0.95), collected(2, 1 - 0.04, store="billing"), tick(3, 3))

    assert {each["day"] for each in found["past"]} == {"2018-06-01"}, "an hour before midnight in Amsterdam, in June"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_kind_of_line_has_its_words_and_names_who(language: str) -> None:
    kinds = {each["kind"] for each in (*lines(*LIFE)["past"], *lines(*LIFE)["coming"])}

    for kind in kinds:
        text = words()[f"tl_{kind}"][language]
        assert ("{who}" in text) == (kind in {"COLLECTED", "SHARED", "ERASED", "GOES"}), kind


def test_order_holds_over_all_lines() -> None:
    found = lines(*LIFE)

    assert all(later["at"] >= earlier["at"] for later, earlier in pairwise(found["past"]))
    assert all(earlier["at"] <= later["at"] for earlier, later in pairwise(found["coming"]))
