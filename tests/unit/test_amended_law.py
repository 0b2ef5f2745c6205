"""A policy published again under amended law is another event: the ledger must not take it for a repeat."""

from __future__ import annotations

from dataclasses import replace

from ledger.policies.files import load_policy
from ledger.policies.publishing import policy_event, stands_already
from ledger.sdk.event_ids import id_bytes


def test_the_same_text_under_other_law_is_news() -> None:
    compiled = load_policy("hostinghuis")
    amended = replace(compiled, compiled_json=compiled.compiled_json.replace('"P7Y"', '"P8Y"'))
    first, second = policy_event(compiled), policy_event(amended)
    standing = [first | {"event_id": id_bytes(first["event_id"])}]

    assert amended.compiled_json != compiled.compiled_json
    assert first["event_id"] != second["event_id"]
    assert stands_already(first, standing) == 0
    assert stands_already(second, standing) is None
