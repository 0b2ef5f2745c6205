"""An event as people read it: each example of each schema, and what rests on an event, of small logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.contract import schema_store
from ledger.contract.json_form import from_json, to_json
from ledger.web.pages.event_fields import LEFT_OUT, fields_of
from ledger.web.pages.resting import ABOUT_MANY, resting_on
from tests.histories import CONTROLLER, Event, collected, erased, event_id, fact, milestone, policy, project, rule, tick
from tests.memory_answers import MemoryAnswers

TYPES = sorted({row.name for row in schema_store.published()})
KINDS = {"text", "term", "instant", "code", "record"}


def example(name: str) -> dict[str, Any]:
    """The example of a schema in the JSON form of an answer."""
    type_name, fields = from_json(schema_store.example(name))
    return to_json(type_name, fields)


def is_instant(field: dict[str, Any]) -> bool:
    return "timestamp-micros" in str(field["type"]) and "record" not in str(field["type"])


def values_of(fields: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in fields:
        for value in field["values"]:
            yield field["name"], value
            yield from values_of(value.get("parts", []))


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", TYPES)
def test_every_field_that_says_something_is_shown_and_no_value_is_a_code_of_ours(name: str, language: str) -> None:
    event = example(name)
    shown = fields_of(event, language, {})

    assert [each["name"] for each in shown] == [each for each, value in event.items() if each not in LEFT_OUT and value not in (None, [], {}, "")]
    schema = schema_store.schema(name)["fields"]
    kinds = {each["name"]: {value["kind"] for value in each["values"]} for each in shown if not each["is_sealed"]}
    assert {each for each, found in kinds.items() if found == {"instant"}} == {each["name"] for each in schema if is_instant(each)} & set(kinds)
    assert {each["name"] for each in schema if "terms" in each or "symbols" in str(each["type"])} & set(kinds) <= {
        each for each, found in kinds.items() if found == {"term"}
    } | {each for each, found in kinds.items() if found == {"record"}}
    for field, value in values_of(shown):
        assert value["kind"] in KINDS
        if value["kind"] == "term":
            assert value["text"] != value["raw"] or value["raw"].islower(), field
            assert "_" not in value["text"] and ":" not in value["text"], field


def test_what_is_sealed_is_named_and_never_shown() -> None:
    event = example("DataCollected") | {"sealed": {"key_id": "key-1", "ciphertext": "9f0b3c"}}
    (sealed,) = [each for each in fields_of(event, "nl", {}) if each["is_sealed"]]

    assert sealed == {"name": "sealed", "is_sealed": True, "values": []}


def test_an_activity_has_the_title_that_the_policy_gives_it() -> None:
    event = example("DataCollected")
    titles = {event["activity"]: "Het klantaccount"}

    assert ("activity", "Het klantaccount") in [(name, value["text"]) for name, value in values_of(fields_of(event, "nl", titles))]


def rests_on(number: int, *log: Event) -> dict[str, list[Any]]:
    """How much rests on the event of that number, by what."""
    found: Any = as_json(Query(MemoryAnswers(project(list(log)))).subject(CONTROLLER, "s1"))
    event = as_json(event_id(number))
    return {what: of for what, of in resting_on(event, found).items() if of}


LIFE = [
    policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"])]),
    collected(1, 0, categories=["pd:Name"]),
    collected(2, 1, categories=["pd:EmailAddress"]),
    milestone(3, 1, "SERVICE_STARTED"),
    milestone(4, 2, "SERVICE_ENDED"),
]


def test_on_a_collection_rests_what_it_brought_and_no_more() -> None:
    (holding,) = rests_on(2, *LIFE)["held"]

    assert [each["category"]["term"] for each in holding["categories"]] == ["pd:EmailAddress"]
    assert set(rests_on(2, *LIFE)) == {"held"}


def test_on_the_end_of_a_service_rests_the_term_that_it_started_and_the_duty_that_follows() -> None:
    assert set(rests_on(4, *LIFE)) == {"terms"}
    assert "duties" in rests_on(4, *LIFE, tick(2001, 13))
    assert rests_on(3, *LIFE) == {}, "on its begin nothing rests"


def test_on_an_erasure_rests_what_is_gone() -> None:
    found = rests_on(5, *LIFE, erased(5, 6, store="crm", categories=["pd:Name"]))

    assert [each["category"]["term"] for each in found["gone"][0]["erased"]] == ["pd:Name"]


def test_on_a_use_rests_the_promise_that_it_broke() -> None:
    rules = policy(1001, 0, [], conditions=[{"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]}])
    use = fact("DataUsed", 9, 7, "s1", by=CONTROLLER, purpose="dpv:DirectMarketing", channel="email", categories=[])

    assert "SO-05" in [each["promise"] for each in rests_on(9, rules, collected(1, 0), use)["broken"]]


def test_a_violation_of_another_event_for_which_this_one_counted_is_told_apart() -> None:
    rules = policy(1001, 0, [], conditions=[{"id": "SO-05", "act": "use", "needs": ["consent"], "purposes": ["dpv:DirectMarketing"]}])
    ended = fact("ConsentChanged", 8, 6, "s1", purpose="dpv:DirectMarketing", channel="email", state="WITHDRAWN")
    use = fact("DataUsed", 9, 7, "s1", by=CONTROLLER, purpose="dpv:DirectMarketing", channel="email", categories=[])

    found = rests_on(8, rules, collected(1, 0), ended, use)

    assert set(found) == {"counted"} and {each["event"]["event_id"] for each in found["counted"]} == {as_json(event_id(9))}


def test_of_an_event_about_many_there_is_a_page_to_go_to() -> None:
    about_nobody = {name for name in TYPES if "subject_ref" not in {field["name"] for field in schema_store.schema(name)["fields"]}}

    assert set(ABOUT_MANY) <= about_nobody
