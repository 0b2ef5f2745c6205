"""What PolicyPublished carries twice: the statement's text compiles again to what the fold reads (docs/decisions/0005)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from ledger.policies.files import CompiledPolicy, compile_policy, load_policy, shipped_policies
from ledger.policies.publishing import publish_policy
from ledger.testing import RecordingEmitter


def published(policy: CompiledPolicy) -> dict[str, Any]:
    """The raw fields of the event as they are on the log."""
    emitter = RecordingEmitter(controller=policy.policy.controller, source="test")
    publish_policy(emitter, policy)
    return emitter.events[0].fields


def compiled_again(text: str) -> CompiledPolicy:
    return compile_policy(text.encode(), file="text of the event")


@pytest.mark.parametrize("name", shipped_policies())
def test_the_text_of_a_published_policy_compiles_to_what_it_carries_compiled(name: str) -> None:
    fields = published(load_policy(name))

    assert compiled_again(fields["text"]).compiled_json == fields["compiled"]
    assert hashlib.sha256(fields["text"].encode()).hexdigest() == fields["text_hash"]


@pytest.mark.parametrize("name", shipped_policies())
def test_a_compiled_policy_that_is_not_that_of_the_text_is_seen(name: str) -> None:
    fields = published(load_policy(name))
    term = next(rule.after for rule in load_policy(name).policy.retention)

    changed = compiled_again(re.sub(r"after: \w+", "after: P90Y", fields["text"], count=1))

    assert term != next(rule.after for rule in changed.policy.retention)
    assert changed.compiled_json != fields["compiled"]
