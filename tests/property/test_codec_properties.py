"""The codec against every event that the schemas allow, and against fastavro as an independent witness."""

from __future__ import annotations

import io
import json

import fastavro
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.contract import codec, schema_store
from ledger.contract.wire_reader import read_long
from ledger.contract.wire_writer import long_bytes
from tests.strategies import any_event, events

FEW = settings(max_examples=150, deadline=None)


def parsed(name, version=None):
    return fastavro.parse_schema(json.loads(json.dumps(schema_store.raw_schema(name, version))))


@FEW
@given(any_event())
def test_what_was_encoded_is_decoded(event):
    name, fields = event

    assert codec.decode(codec.encode(name, fields)) == (name, fields)


@FEW
@given(any_event())
def test_the_json_form_is_the_same_event(event):
    name, fields = event

    through_text = json.loads(json.dumps(codec.to_json(name, fields)))

    assert codec.from_json(through_text) == (name, fields)


@FEW
@given(any_event())
def test_our_bytes_are_those_of_fastavro(event):
    name, fields = event
    theirs = io.BytesIO()
    fastavro.schemaless_writer(theirs, parsed(name), fields)

    message = codec.encode(name, fields)

    assert message[0] == 0
    assert int.from_bytes(message[1:5], "big") == schema_store.latest(name).schema_id
    assert message[5:] == theirs.getvalue()
    assert codec.encoder(name)(fields) == message


@FEW
@given(st.data())
def test_a_template_writes_what_the_codec_does(data):
    name, fixed = data.draw(any_event())
    other, varying = data.draw(events(name)), data.draw(st.sets(st.sampled_from(sorted(fixed))))
    changes = {field: other[field] for field in varying}

    write = codec.template(name, tuple(sorted(varying)), fixed)

    assert write(changes) == codec.encode(name, {**fixed, **changes})


def test_what_does_not_fit_a_template_is_told_as_by_the_codec():
    fields = codec.from_json(schema_store.example("DataErased"))[1]
    write = codec.template("DataErased", ("by", "salt"), fields)

    with pytest.raises(codec.EncodeError, match=r"DataErased.*salt"):
        write({"by": "crm", "salt": b"short"})
    with pytest.raises(codec.EncodeError, match="salt"):
        codec.template("DataErased", ("by",), {**fields, "salt": b"short"})


@FEW
@given(any_event())
def test_fastavro_reads_our_bytes_as_we_do(event):
    name, fields = event
    message = codec.encode(name, fields)

    assert fastavro.schemaless_reader(io.BytesIO(message[5:]), parsed(name), None) == codec.decode(message)[1]


@FEW
@given(events("DataErased", 1))
def test_an_old_version_reads_as_fastavro_resolves_it(fields):
    message = codec.encode("DataErased", fields, version=1)
    resolved = fastavro.schemaless_reader(io.BytesIO(message[5:]), parsed("DataErased", 1), parsed("DataErased", 2))

    assert codec.decode(message) == ("DataErased", resolved)
    assert resolved == {**fields, "certificate_ref": None}


@FEW
@given(any_event(), st.data())
def test_a_cut_message_is_refused(event, data):
    message = codec.encode(*event)
    cut = message[: data.draw(st.integers(0, len(message) - 1))]

    with pytest.raises(codec.DecodeError) as caught:
        codec.decode(cut)

    # A cut inside a letter is met as bad UTF-8 before the end is; a count of items may be met before they run out.
    assert caught.value.reason in {"empty", "truncated", "bad_utf8", "array_bomb"}


@settings(max_examples=300, deadline=None)
@given(any_event(), st.data())
def test_a_damaged_message_is_refused_or_read_but_never_breaks_the_reader(event, data):
    message = bytearray(codec.encode(*event))
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))

    try:
        name, fields = codec.decode(bytes(message))
    except codec.DecodeError as refused:
        assert refused.reason in codec.REASONS
    else:
        # Whatever is let in is a whole event: it can be written again.
        assert codec.decode(codec.encode(name, fields)) == (name, fields)


@FEW
@given(st.binary(max_size=300), st.sampled_from([row.schema_id for row in schema_store.published()]))
def test_noise_behind_a_good_header_is_refused_or_read(noise, schema_id):
    try:
        codec.decode(b"\0" + schema_id.to_bytes(4, "big") + noise)
    except codec.DecodeError as refused:
        assert refused.reason in codec.REASONS


#: Integers by how many bits they take, so that each length of a varint is met.
LONGS = st.integers(0, 63).flatmap(lambda bits: st.integers(-(2**bits), 2**bits - 1))


@settings(max_examples=500, deadline=None)
@given(LONGS)
@example(2**63 - 1)
@example(-(2**63))
@example(2**55 - 1)
@example(2**55)
@example(-(2**48))
@example(2**48 - 1)
def test_an_integer_of_64_bits_is_written_and_read_as_fastavro_does(number):
    name, fields = codec.from_json(schema_store.example("KeyEpochEnded"))
    theirs = io.BytesIO()
    fastavro.schemaless_writer(theirs, "long", number)

    message = codec.encode(name, {**fields, "epoch": number})

    assert message.endswith(theirs.getvalue())
    assert codec.decode(message)[1]["epoch"] == number
    assert read_long(long_bytes(number), 0) == (number, len(theirs.getvalue()))
