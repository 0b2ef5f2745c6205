"""The codec at its edges: poison is refused with a reason, and no error tells what was in the event."""

from __future__ import annotations

import pytest

from ledger.contract import codec, schema_store
from ledger.errors import DataError

#: A word that stands in the event and must stand in no error.
PRIVATE = "jansen-koopmans"


def fields(name="TimeReached", **changes):
    """Raw fields of the example of an event."""
    return {**codec.from_json(schema_store.example(name))[1], **changes}


def header(schema_id):
    return b"\0" + schema_id.to_bytes(4, "big")


def long_bytes(number):
    """A zigzag varint of any size, also one that no 64-bit integer needs."""
    rest = number * 2 if number >= 0 else -number * 2 - 1
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def text(value):
    return long_bytes(len(value.encode())) + value.encode()


def start(schema_id, subject=True, actor=b"\0"):
    """Header and envelope of a hand-made message, up to the first field of its own."""
    who = text("hostinghuis") + (text("subj-1") if subject else b"")
    return header(schema_id) + bytes(16) + who + long_bytes(5) + text("shop") + actor + b"\0\0" + bytes(16) + b"\0"


GOOD = start(2008, subject=False) + long_bytes(7) + long_bytes(1)
USED = start(1007) + text("hostinghuis") + text("dpv:DirectMarketing") + b"\0\0"
MET = start(3002) + bytes(16) + b"\2" + text("sidn") + text("account-two-years") + b"\0\0"

POISON = {
    "no value": (None, "empty"),
    "an empty value": (b"", "empty"),
    "half a header": (b"\0\0\0", "empty"),
    "another magic byte": (b"\x01" + GOOD[1:], "bad_magic"),
    "JSON": (b'{"type": "TimeReached"}', "bad_magic"),
    "an id that was never given out": (header(4242) + GOOD[5:], "unknown_schema"),
    "an id below zero": (b"\0\xff\xff\xff\xff" + GOOD[5:], "unknown_schema"),
    "one byte too many": (GOOD + b"\0", "trailing_bytes"),
    "one byte too few": (GOOD[:-1], "truncated"),
    "only a header": (GOOD[:5], "truncated"),
    "more than a mebibyte": (GOOD + bytes(codec.MESSAGE_BYTES_MAX), "oversize"),
    "text that is not UTF-8": (header(2008) + bytes(16) + b"\x04\xff\xfe" + GOOD[22:], "bad_utf8"),
    "a negative text length": (header(2008) + bytes(16) + long_bytes(-4) + GOOD[22:], "bad_length"),
    "a text longer than the message": (header(2008) + bytes(16) + long_bytes(2**40) + GOOD[22:], "truncated"),
    "an integer of 65 bits": (GOOD[:-2] + long_bytes(2**63) + b"\2", "bad_varint"),
    "a partition of 33 bits": (MET + long_bytes(2**31) + long_bytes(1), "bad_varint"),
    "an instant that ends with the message": (GOOD[:-2] + b"\x80" * 7, "truncated"),
    "an integer of 70 bits": (GOOD[:-2] + long_bytes(2**69) + b"\2", "bad_varint"),
    "an integer of endless bytes": (GOOD[:-2] + b"\xff" * 40, "bad_varint"),
    "a negative union branch": (start(2008, subject=False, actor=b"\1") + GOOD[-2:], "bad_union"),
    "a union branch too high": (start(2008, subject=False, actor=b"\4") + GOOD[-2:], "bad_union"),
    "a negative enum index": (GOOD[:-1] + long_bytes(-1), "bad_enum"),
    "an enum index too high": (GOOD[:-1] + long_bytes(3), "bad_enum"),
    "an enum index of two bytes": (GOOD[:-1] + long_bytes(64), "bad_enum"),
    "an array of a billion items": (USED + long_bytes(10**9) + b"\0\0\0", "array_bomb"),
    "an array of a few items too many": (USED + long_bytes(60) + b"\0\0\0", "array_bomb"),
    "a counted array block of a billion items": (USED + long_bytes(-(10**9)) + long_bytes(3) + b"\0\0\0", "array_bomb"),
    "an array block of the lowest integer": (USED + long_bytes(-(2**63)) + long_bytes(3) + b"\0\0\0", "array_bomb"),
    "an array block of negative size": (USED + long_bytes(-2) + long_bytes(-3) + b"\0\0\0", "bad_length"),
    "an array without end": (USED + long_bytes(1) + text("pd:Name"), "truncated"),
}


@pytest.mark.parametrize(("message", "reason"), POISON.values(), ids=POISON.keys())
def test_poison_is_refused_with_its_reason(message, reason):
    with pytest.raises(codec.DecodeError) as caught:
        codec.decode(message)

    assert caught.value.reason == reason
    assert isinstance(caught.value, DataError)


def test_every_reason_is_met_by_a_poison():
    assert {reason for _, reason in POISON.values()} == codec.REASONS


def test_the_hand_made_messages_are_good_without_the_poison():
    assert codec.decode(GOOD)[1]["time"] == 7
    assert codec.decode(MET + long_bytes(2**31 - 1) + long_bytes(1))[1]["partition"] == 2**31 - 1
    assert codec.decode(USED + long_bytes(1) + text("pd:Name") + b"\0\0")[1]["categories"] == ["pd:Name"]


def test_an_array_in_several_blocks_with_sizes_is_one_list():
    blocks = long_bytes(-2) + long_bytes(16) + text("pd:Name") * 2 + long_bytes(1) + text("pd:City") + b"\0"

    assert codec.decode(USED + blocks + b"\0")[1]["categories"] == ["pd:Name", "pd:Name", "pd:City"]


def test_a_decode_error_tells_the_schema_id_and_nothing_of_the_event():
    message = codec.encode("DataUsed", fields("DataUsed", source=PRIVATE, ref=PRIVATE))

    with pytest.raises(codec.DecodeError) as caught:
        codec.decode(message[:-3])

    assert str(caught.value).startswith("cannot decode message with schema id 1007: expected")
    assert PRIVATE not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_version_one_message_has_the_fields_of_version_two():
    old = fields("DataErased")
    del old["certificate_ref"]

    message = codec.encode("DataErased", old, version=1)

    assert message[:5] == header(1005)
    assert codec.decode(message) == ("DataErased", {**old, "certificate_ref": None})


def test_the_newest_version_is_written_unless_told_otherwise():
    assert codec.encode("DataErased", fields("DataErased"))[:5] == header(1018)


def test_a_field_of_version_two_is_refused_in_version_one():
    with pytest.raises(codec.EncodeError, match="cannot encode DataErased, field \\*: expected only fields of DataErased"):
        codec.encode("DataErased", fields("DataErased"), version=1)


def test_a_symbol_that_the_newest_version_does_not_know_is_read_as_the_default():
    from ledger.contract.wire_reader import compile_reader
    from ledger.contract.wire_writer import compile_writer

    def schema(*symbols):
        state = {"type": "enum", "name": "State", "symbols": ["UNKNOWN", *symbols], "default": "UNKNOWN"}
        return {"type": "record", "name": "Probe", "fields": [{"name": "state", "type": state}]}

    written = compile_writer(schema("GIVEN", "SEALED"), b"")({"state": "SEALED"})
    read = compile_reader(schema("GIVEN", "SEALED"), schema("GIVEN"))

    assert read(written, 0, len(written)) == {"state": "UNKNOWN"}


def test_a_field_that_the_newest_version_dropped_is_read_over():
    from ledger.contract.wire_reader import compile_reader
    from ledger.contract.wire_writer import compile_writer

    old = {
        "type": "record",
        "name": "Probe",
        "fields": [
            {"name": "gone", "type": {"type": "array", "items": "string"}, "default": []},
            {"name": "kept", "type": "string"},
        ],
    }
    new = {**old, "fields": [{"name": "added", "type": {"type": "array", "items": "string"}, "default": []}, old["fields"][1]]}
    written = compile_writer(old, b"")({"gone": ["a", "b"], "kept": "c"})
    read = compile_reader(old, new)

    first, second = read(written, 0, len(written)), read(written, 0, len(written))

    assert first == second == {"added": [], "kept": "c"}
    assert first["added"] is not second["added"], "two events must not share one list"


def test_an_integer_ends_where_its_last_byte_says_whatever_follows():
    """What follows is made to look like the rest of an integer of eight bytes, which is read in one step."""
    from ledger.contract.wire_reader import compile_reader

    rest = {"type": "fixed", "name": "Rest", "size": 8}
    probe = {
        "type": "record",
        "name": "Probe",
        "fields": [{"name": "number", "type": "long"}, {"name": "rest", "type": rest}],
    }
    read = compile_reader(probe, probe)

    for bits in range(64):
        for number in (2**bits - 1, 2**bits // 2, -(2**bits)):
            written = long_bytes(number)
            tail = bytes(0 if place == 7 else 0xFF for place in range(len(written), len(written) + 8))
            assert read(written + tail, 0, len(written) + 8) == {"number": number, "rest": tail}


def test_defaults_may_be_left_out():
    bare = {
        name: value
        for name, value in fields("DataCollected").items()
        if name not in ("actor", "sealed", "caused_by", "purposes", "origin", "necessity", "occasion")
    }

    _, read = codec.decode(codec.encode("DataCollected", bare))

    assert (read["actor"], read["purposes"], read["origin"]) == (None, [], "UNKNOWN")


WRONG = {
    "a missing field": ({"source": ...}, "source", "expected a value, got none"),
    "an unknown field": ({"sourse": "x"}, "*", "expected only fields of DataShared, got another"),
    "a number for text": ({"source": 5}, "source", "expected text that UTF-8 can hold, got int"),
    "none where a value must be": ({"source": None}, "source", "expected text that UTF-8 can hold, got NoneType"),
    "a lone surrogate": ({"source": "\ud800"}, "source", "expected text that UTF-8 can hold, got str"),
    "text for an instant": ({"occurred_at": PRIVATE}, "occurred_at", "expected an integer of 64 bits, got str"),
    "a bool for an instant": ({"occurred_at": True}, "occurred_at", "expected an integer of 64 bits, got bool"),
    "an instant of 65 bits": ({"occurred_at": 2**63}, "occurred_at", "expected an integer of 64 bits, got int"),
    "a short id": ({"event_id": bytes(15)}, "event_id", "expected 16 bytes, got bytes"),
    "text for an id": ({"caused_by": PRIVATE}, "caused_by", "expected 16 bytes, got str"),
    "text for a list": ({"categories": PRIVATE}, "categories", "expected a list, got str"),
    "a number in a list": ({"categories": ["pd:Name", 5]}, "categories[1]", "expected text that UTF-8 can hold, got int"),
    "a key id without ciphertext": ({"sealed": {"key_id": "k"}}, "sealed.ciphertext", "expected a value, got none"),
    "text for a record": ({"sealed": PRIVATE}, "sealed", "expected a mapping, got str"),
}


@pytest.mark.parametrize(("change", "field", "rule"), WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("way", [codec.encode, lambda name, given: codec.encoder(name)(given)], ids=["encode", "encoder"])
def test_fields_that_do_not_fit_are_refused_by_field_and_rule(way, change, field, rule):
    given = {name: value for name, value in fields("DataShared", **change).items() if value is not ...}

    with pytest.raises(codec.EncodeError) as caught:
        way("DataShared", given)

    assert (caught.value.event, caught.value.field) == ("DataShared", field)
    assert caught.value.rule.startswith(rule)
    assert PRIVATE not in str(caught.value)


def test_an_unknown_symbol_is_refused_with_the_known_ones():
    with pytest.raises(codec.EncodeError, match="field mode: expected one of UNKNOWN, REAL, SIMULATED"):
        codec.encode("TimeReached", fields(mode=PRIVATE))


def test_a_message_over_the_cap_is_never_written():
    with pytest.raises(codec.EncodeError, match="expected at most 1048576 bytes, got"):
        codec.encode("PolicyPublished", fields("PolicyPublished", text="x" * codec.MESSAGE_BYTES_MAX))


def test_an_unknown_event_type_is_misuse():
    with pytest.raises(schema_store.UnknownSchemaError):
        codec.encode("DataLeaked", {})
    with pytest.raises(schema_store.UnknownSchemaError):
        codec.encoder("DataLeaked")
    with pytest.raises(schema_store.UnknownSchemaError, match="expected a version from 1 to 2"):
        codec.encode("DataErased", fields("DataErased"), version=3)


def test_a_tuple_is_as_good_as_a_list():
    assert codec.encode("DataUsed", fields("DataUsed", categories=("pd:Name",))) == codec.encode(
        "DataUsed", fields("DataUsed", categories=["pd:Name"])
    )
