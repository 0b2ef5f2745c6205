"""What leaves is what the codec would write, and no refusal repeats what was given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.core.events import EVENT_KINDS
from ledger.core.ids import message_key
from ledger.errors import LedgerError
from ledger.sdk.envelope import Envelope
from ledger.sdk.validation import RefusedEventError
from tests.emittable import EMITTABLE, ENVELOPE, PLANTED, SHARE, any_emittable, emittable


class AnyTime:
    """A clock of a ledger on which every time has come."""

    may_ask_the_log = False

    def now(self, wall_micros: int, deadline: float) -> int:
        return wall_micros

    def allows(self, occurred_at: int, wall_micros: int, deadline: float) -> bool:
        return True

    def taken_from(self, occurred_at: int) -> int:
        return 0


ENVELOPE_WITHOUT_DEFAULTS = Envelope(AnyTime(), {})


def send(envelope: Envelope, type_name: str, fields: dict[str, Any]):
    rest = dict(fields)
    made = {name: rest.pop(name, None) for name in ("subject_ref", "event_id", "occurred_at", "salt")}
    return envelope.message(type_name, made["subject_ref"], made["event_id"], made["occurred_at"], made["salt"], rest, 0.0)


@given(any_emittable())
def test_bytes_key_and_headers_are_those_of_the_codec(event):
    type_name, fields = event

    message = send(ENVELOPE_WITHOUT_DEFAULTS, type_name, fields)

    assert message.value == codec.encode(type_name, fields)
    assert codec.decode(message.value) == (type_name, fields)
    assert message.headers == cloudevents_headers(type_name, fields)
    assert message.topic == EVENT_KINDS[type_name].topic
    subject = fields.get("subject_ref")
    assert message.key == (fields["controller"].encode() if subject is None else message_key(fields["controller"], subject))


@pytest.mark.parametrize("type_name", EMITTABLE)
@settings(max_examples=10)
@given(st.data())
def test_every_event_type_may_leave_out_what_is_optional_and_what_is_filled_in(type_name, data):
    fields = data.draw(emittable(type_name))
    envelope = Envelope(AnyTime(), {name: fields[name] for name in ("controller", "source", "actor")})
    given_fields = {name: value for name, value in fields.items() if value is not None and name not in ("controller", "source", "actor")}

    message = send(envelope, type_name, given_fields)

    assert codec.decode(message.value) == (type_name, fields)
    assert message.headers == cloudevents_headers(type_name, fields)


SECRETS = st.sampled_from([value for values in PLANTED.values() for value in values])


@given(st.sampled_from(EMITTABLE), SECRETS, st.data())
def test_a_planted_personal_value_is_refused_and_never_repeated(type_name, secret, data):
    fields = data.draw(emittable(type_name))
    names = [name for name, value in fields.items() if name not in ("text", "compiled", "salt", "occurred_at") and not isinstance(value, int)]
    name = data.draw(st.sampled_from(names))
    fields[name] = data.draw(st.sampled_from([secret, [secret], [secret, secret], {secret: secret}]))

    with pytest.raises(RefusedEventError) as caught:
        send(ENVELOPE_WITHOUT_DEFAULTS, type_name, fields)

    told = f"{caught.value} {caught.value.hint} {caught.value!r} {caught.value.field} {caught.value.rule}"
    assert secret not in told
    assert caught.value.__cause__ is None


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from([*SHARE, *ENVELOPE]), ODD)
def test_whatever_a_field_is_given_either_leaves_decodable_or_is_refused_as_ours(name, value):
    fields = {"controller": "hostinghuis", "source": "shop", "by": "hostinghuis", "subject_ref": "subj-1", **SHARE, name: value}

    try:
        message = send(ENVELOPE_WITHOUT_DEFAULTS, "DataShared", fields)
    except LedgerError:
        return

    assert codec.decode(message.value)[0] == "DataShared"
