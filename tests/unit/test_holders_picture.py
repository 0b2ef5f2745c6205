"""The picture of who holds a person's data: every store and recipient once, every flow, their numbers, and the same in the table beside it."""

from __future__ import annotations

from typing import Any

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.web.pages.holders_picture import BOX_WIDE, CHARS_MAX, COLUMN, picture
from tests.histories import CONTROLLER, Event, collected, erased, project, shared
from tests.memory_answers import MemoryAnswers

REGISTRAR, REGISTRY = "openprovider", "verisign"
ONWARD: list[Event] = [
    collected(1, 0, store="crm", purposes=["dpv:ServiceProvision", "dpv:DirectMarketing"]),
    collected(2, 1, store="billing"),
    shared(3, 2, recipient=REGISTRAR, recipient_role="registrar", ref="domain-1"),
    shared(4, 2, recipient=REGISTRAR, recipient_role="registrar", ref="domain-2"),
    shared(5, 3, by=REGISTRAR, recipient=REGISTRY, ref="domain-1"),
    shared(6, 4, recipient="mailer", recipient_role="mailing", purpose="dpv:DirectMarketing"),
    erased(7, 5, by="mailer"),
]
"""Two purposes in one store, one in another; two domains at a registrar, one of them at a registry too; a mailer that has erased."""


def drawn(*log: Event) -> dict[str, Any]:
    found: Any = as_json(Query(MemoryAnswers(project(list(log)))).subject(CONTROLLER, "s1"))
    return picture(CONTROLLER, found["holdings"])


def boxes(of: dict[str, Any]) -> set[tuple[str, str, int, str]]:
    return {(box["whole"], box["kind"], box["held"], box["state"]) for box in of["boxes"]}


def flows(of: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {(line["giver"]["whole"], line["taker"]["whole"], line["number"]) for line in of["lines"]}


def test_each_holder_stands_there_once_with_how_much_it_has_now() -> None:
    found = drawn(*ONWARD)

    assert boxes(found) == {
        ("crm", "store", 2, "HELD"), ("billing", "store", 1, "HELD"), (CONTROLLER, "controller", 0, "PASSED"),
        (REGISTRAR, "recipient", 2, "HELD"), (REGISTRY, "recipient", 1, "HELD"), ("mailer", "recipient", 0, "GONE"),
    }  # fmt: skip
    assert len(found["boxes"]) == 6


def test_each_flow_has_what_came_by_it_and_is_still_somewhere() -> None:
    found = drawn(*ONWARD)

    assert flows(found) == {
        ("crm", CONTROLLER, 2), ("billing", CONTROLLER, 1), (CONTROLLER, REGISTRAR, 3), (REGISTRAR, REGISTRY, 1), (CONTROLLER, "mailer", 0),
    }  # fmt: skip
    assert [line["taker"]["whole"] for line in found["lines"] if line["is_gone"]] == ["mailer"]
    strokes = {line["number"]: line["stroke"] for line in found["lines"]}
    assert strokes[0] == strokes[1] < strokes[2] == strokes[3]


def test_the_table_has_each_flow_with_both_numbers() -> None:
    found = drawn(*ONWARD)

    assert [(each["holder"], each["giver"], each["held"], each["number"]) for each in found["table"]] == [
        ("billing", None, 1, 1), ("crm", None, 2, 2), (REGISTRAR, CONTROLLER, 2, 3), ("mailer", CONTROLLER, 0, 0), (REGISTRY, REGISTRAR, 1, 1),
    ]  # fmt: skip


def test_a_flow_begins_at_the_giver_and_ends_at_the_taker_and_all_is_within_the_drawing() -> None:
    found = drawn(*ONWARD)

    for line in found["lines"]:
        first, last = line["path"].removeprefix("M").split("C")
        assert [float(each) for each in first.split()] == [line["giver"]["x"] + BOX_WIDE, line["giver"]["y"] + found["box_high"] / 2]
        assert [float(each) for each in last.split()[-2:]] == [line["taker"]["x"], line["taker"]["y"] + found["box_high"] / 2]
        assert line["taker"]["x"] - line["giver"]["x"] == COLUMN
    places = [(box["x"], box["y"]) for box in found["boxes"]]
    assert len(set(places)) == len(places)
    assert all(0 <= x <= found["width"] - BOX_WIDE and 0 <= y <= found["height"] - found["box_high"] for x, y in places)


def test_who_passed_on_what_nobody_told_it_got_stands_without_a_flow_to_it_and_is_not_called_erased() -> None:
    found = drawn(collected(1, 0), shared(2, 1, by="reseller", recipient=REGISTRY))

    assert ("reseller", "recipient", 0, "PASSED") in boxes(found)
    assert flows(found) == {("crm", CONTROLLER, 1), ("reseller", REGISTRY, 1)}
    table = [(each["holder"], each["giver"], each["held"]) for each in found["table"]]
    assert table == [("crm", None, 1), ("reseller", None, 0), (REGISTRY, "reseller", 1)]


def test_a_store_without_a_name_and_nobody_else_to_draw() -> None:
    found = picture(CONTROLLER, [{"holder": CONTROLLER, "role": None, "store": None, "chain": [CONTROLLER], "categories": ["pd:Name"]}])

    assert boxes(found) == {("", "store", 1, "HELD"), (CONTROLLER, "controller", 0, "PASSED")}
    assert flows(found) == {("", CONTROLLER, 1)}


def test_recipients_alone_begin_at_the_left_edge() -> None:
    found = drawn(shared(1, 0))

    assert min(box["x"] for box in found["boxes"]) == next(box["x"] for box in found["boxes"] if box["kind"] == "controller")
    assert found["width"] < 2 * COLUMN + BOX_WIDE


def test_a_long_name_is_cut_in_the_box_and_whole_in_the_title() -> None:
    name = "a" * (CHARS_MAX + 5)
    found = drawn(shared(1, 0, recipient=name))

    (box,) = [box for box in found["boxes"] if box["whole"] == name]
    assert len(box["name"]) == CHARS_MAX and box["name"].endswith("…")
