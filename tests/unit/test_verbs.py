"""Every event has a verb, and every verb the parameters of its event's schema."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine
from typing import Any

import pytest

from ledger.contract import schema_store
from ledger.core.events import EVENT_KINDS
from ledger.sdk.field_rules import NOT_EMPTY
from ledger.sdk.validation import RefusedEventError, event_check
from ledger.sdk.verbs import EnvelopeFields, Verbs
from tests.emittable import EMITTABLE, ENVELOPE


class Asking(Verbs[str]):
    """Answers with the type that a verb emits."""

    def emit(self, type_name, *, subject=None, **fields):
        self.given = {"subject": subject, **fields}
        return type_name


def verbs() -> dict[str, tuple[str, inspect.Signature]]:
    """Event type -> (verb, its signature), found by calling each verb with a word for every parameter."""
    found = {}
    for name, function in inspect.getmembers(Verbs, inspect.isfunction):
        if name.startswith("_") or name == "emit":
            continue
        signature = inspect.signature(function)
        needed = [each for each in list(signature.parameters.values())[1:] if each.default is each.empty and each.kind is not each.VAR_KEYWORD]
        type_name = getattr(Asking(), name)(**{each.name: "x" for each in needed})
        assert type_name not in found
        found[type_name] = (name, signature)
    return found


def test_every_event_that_services_emit_has_exactly_one_verb():
    assert set(verbs()) == set(EMITTABLE)


@pytest.mark.parametrize("type_name", EMITTABLE)
def test_a_verb_has_the_parameters_of_its_schema(type_name):
    _, signature = verbs()[type_name]
    parameters = {name: each for name, each in signature.parameters.items() if name not in ("self", "envelope")}
    fields = {field["name"]: field for field in schema_store.schema(type_name)["fields"] if field["name"] not in ENVELOPE}
    required = {name for name, field in fields.items() if ("default" not in field or (type_name, name) in NOT_EMPTY) and name != "by"}

    assert ("subject" in parameters) == EVENT_KINDS[type_name].has_subject
    parameters.pop("subject", None)
    assert set(parameters) == set(fields)
    assert {name for name, each in parameters.items() if each.default is each.empty} == required
    assert all(each.kind is each.KEYWORD_ONLY for each in parameters.values())


def test_a_verb_hands_on_what_was_given_and_nothing_else():
    asking = Asking()

    assert asking.milestone("subj-1", kind="SERVICE_ENDED", event_id="an-id") == "MilestoneReached"
    assert asking.given == {"subject": "subj-1", "kind": "SERVICE_ENDED", "event_id": "an-id"}


def test_what_is_left_at_none_is_not_given():
    asking = Asking()
    asking.milestone("subj-1", kind="SERVICE_ENDED", ref=None, event_id=None, actor=None)

    assert asking.given == {"subject": "subj-1", "kind": "SERVICE_ENDED"}


def test_the_coroutines_of_asyncio_refuse_what_is_missing_when_they_are_awaited():
    class Recording(Verbs[Coroutine[Any, Any, str]]):
        async def emit(self, type_name, *, subject=None, **fields):
            event_check(type_name).check_names(tuple(fields))
            return type_name

    call = Recording().milestone("subj-1")
    with pytest.raises(RefusedEventError, match="MilestoneReached, field"):
        asyncio.run(call)


def test_the_envelope_takes_every_field_that_a_caller_may_set():
    assert set(EnvelopeFields.__annotations__) == set(ENVELOPE) - {"subject_ref", "salt"}
