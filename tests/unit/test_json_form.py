"""The form for people: exact, and refusing by field and rule without telling the value."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ledger.contract import schema_store
from ledger.contract.json_form import FieldError, datetime_to_instant, from_json, instant_to_text, text_to_instant, to_json

PRIVATE = "jansen-koopmans"


def shown(name="DataShared", **changes):
    """The example of an event with some fields changed; a field changed to ... is left out."""
    given = {**schema_store.example(name), **changes}
    return {field: value for field, value in given.items() if value is not ...}


def test_an_instant_is_printed_in_utc_with_microseconds():
    assert instant_to_text(0) == "1970-01-01T00:00:00.000000Z"
    assert instant_to_text(1_527_228_000_000_001) == "2018-05-25T06:00:00.000001Z"
    assert instant_to_text(-1) == "1969-12-31T23:59:59.999999Z"
    assert instant_to_text(-62_135_596_800_000_000) == "0001-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("text", ["2018-05-25T08:00:00+02:00", "2018-05-25T06:00:00Z", "2018-05-25t06:00:00.000z", "2018-05-25 06:00:00.0Z"])
def test_an_instant_is_read_with_any_offset(text):
    assert text_to_instant(text) == 1_527_228_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        "2019-11-07T06:00:00",
        "2019-11-07",
        "2018-13-25T06:00:00Z",
        "2019-11-07T25:00:00Z",
        "2019-11-07T06:00:00.1234567Z",
        "1527228000",
        "2018-W21-5T06:00:00Z",
        "٢٠١٩-11-07T06:00:00Z",
        "",
    ],
)
def test_a_time_without_offset_or_sense_is_refused(text):
    with pytest.raises(FieldError, match="cannot read DataShared, field occurred_at: expected") as caught:
        from_json(shown(occurred_at=text))

    assert not text or text not in str(caught.value)


def test_a_datetime_and_a_uuid_are_as_good_as_their_text():
    moment = datetime(2018, 5, 25, 8, tzinfo=timezone(timedelta(hours=2)))
    identity = uuid.UUID("0190c2a4-7b00-7000-8000-000000000001")

    _, fields = from_json(shown(occurred_at=moment, event_id=identity))

    assert fields["occurred_at"] == 1_527_228_000_000_000
    assert fields["event_id"] == identity.bytes
    assert datetime_to_instant(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_a_naive_datetime_is_refused():
    with pytest.raises(FieldError, match="field occurred_at: expected a time with offset, got a naive one"):
        from_json(shown(occurred_at=datetime(2018, 5, 25, 8)))  # noqa: DTZ001  what is tested


WRONG = {
    "no type": ({"type": ...}, "type", "expected the name of an event type"),
    "an unknown type": ({"type": PRIVATE}, "type", "expected the name of an event type"),
    "a type that is no text": ({"type": ["DataShared"]}, "type", "expected the name of an event type"),
    "a missing field": ({"recipient": ...}, "recipient", "expected a value, got none"),
    "an unknown field": ({PRIVATE: "x"}, "*", "expected only fields of DataShared, got another"),
    "a number for text": ({"source": 5}, "source", "expected text, got int"),
    "text for a list": ({"categories": PRIVATE}, "categories", "expected a list, got str"),
    "a number in a list": ({"categories": [5]}, "categories", "expected text, got int"),
    "no UUID": ({"event_id": PRIVATE}, "event_id", "expected a UUID such as"),
    "a UUID in braces": ({"event_id": "{0190c2a4-7b00-7000-8000-000000000001}"}, "event_id", "expected a UUID such as"),
    "a short salt": ({"salt": "00ff"}, "salt", "expected 16 bytes in hexadecimal"),
    "a salt that is not hexadecimal": ({"salt": PRIVATE}, "salt", "expected 16 bytes in hexadecimal"),
    "half a sealed field": ({"sealed": {"key_id": "k"}}, "sealed", "expected Sealed.ciphertext, got none"),
    "more than a sealed field": (
        {"sealed": {"key_id": "k", "ciphertext": "", PRIVATE: 1}},
        "sealed",
        "expected an object with only the fields of Sealed",
    ),
    "no base64": (
        {"sealed": {"key_id": "k", "ciphertext": "@@"}},
        "sealed",
        "expected bytes in base64",
    ),
    "none for a value that must be": ({"source": None}, "source", "expected text, got NoneType"),
}


@pytest.mark.parametrize(("change", "field", "rule"), WRONG.values(), ids=WRONG.keys())
def test_what_does_not_fit_is_refused_by_field_and_rule(change, field, rule):
    with pytest.raises(FieldError) as caught:
        from_json(shown(**change))

    assert caught.value.field == field
    assert caught.value.rule.startswith(rule)
    assert PRIVATE not in str(caught.value)


def test_an_unknown_symbol_is_refused_with_the_known_ones():
    with pytest.raises(FieldError, match="field mode: expected one of UNKNOWN, REAL, SIMULATED"):
        from_json(shown("TimeReached", mode=PRIVATE))


def test_an_integer_is_an_integer():
    assert from_json(shown("KeyEpochEnded", epoch=4))[1]["epoch"] == 4
    for wrong in (4.0, True, "4"):
        with pytest.raises(FieldError, match="field epoch: expected an integer"):
            from_json(shown("KeyEpochEnded", epoch=wrong))


def test_what_the_caller_adds_later_may_lack_and_nothing_else():
    bare = shown(event_id=..., salt=..., actor=...)

    _, fields = from_json(bare, may_lack={"event_id", "salt"})

    assert "event_id" not in fields
    assert fields["actor"] is None
    with pytest.raises(FieldError, match="field event_id: expected a value, got none"):
        from_json(bare, may_lack={"salt"})


def test_each_event_gets_lists_of_its_own():
    bare = shown("DataErased", categories=...)

    first, second = from_json(bare)[1], from_json(bare)[1]

    assert first["categories"] == []
    assert first["categories"] is not second["categories"]


def test_a_reason_for_a_holding_is_read_with_its_defaults():
    answered = shown("RequestAnswered", reasons=[{"holder": "sidn", "reason": "ledger:ContractRuns"}])

    _, fields = from_json(answered)

    assert fields["reasons"][0]["until"] is None
    assert to_json("RequestAnswered", fields)["reasons"][0]["holder"] == "sidn"


def test_an_instant_beyond_the_calendar_cannot_be_printed():
    fields = {**from_json(shown())[1], "occurred_at": 2**62}

    with pytest.raises(FieldError, match="cannot print DataShared, field occurred_at"):
        to_json("DataShared", fields)
