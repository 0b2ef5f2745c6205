"""The random histories of each hoster are fit to be judged: schema-valid, of the size they say, and the same after a trip over the wire."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.contract.codec import decode, encode
from tests.hoster_histories import HOSTERS, histories
from tests.naive_judging import naive_verdicts


@pytest.mark.parametrize("controller", HOSTERS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_each_event_of_a_history_can_be_written_and_read(controller: str, data: st.DataObject) -> None:
    history = data.draw(histories(controller))

    assert 1 <= len(history) <= 40
    assert [name for name, _ in history].count("PolicyPublished") == 1
    assert [decode(encode(name, fields)) for name, fields in history] == list(history)
    assert {event for event, _, _ in naive_verdicts(history)} <= {fields["event_id"] for _, fields in history}
