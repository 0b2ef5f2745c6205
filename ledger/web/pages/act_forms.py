"""What the officer can put on the log: the fields of each act, and from what was typed to the event. Pure data and pure functions.

Source: schemas/; docs/acts.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from ledger.contract.broken_rules import NO_VALUE, Rule
from ledger.contract.json_form import FieldError
from ledger.legal_time import DUTCH_TIME

CHOICE, CODES, MOMENT, REASONS, TERMS, TEXT = "choice", "codes", "moment", "reasons", "terms", "text"
REASONS_MAX: Final = 3
NO_CHOICE: Final = Rule("no_choice", "expected one of the choices, got another")
NO_REASON: Final = Rule("no_reason", "expected why something stays, got nothing")
HALF_A_REASON: Final = Rule("half_a_reason", "expected a holder and a reason in each line, got one of them")
NO_MOMENT: Final = Rule("no_moment", "expected a day and a time that exist, got something else")
NOT_KNOWN: Final = Rule("not_known", "expected a person that this ledger knows, got another")


class Field(NamedTuple):
    """One field of a form, named as in the event.

    CODES, TERMS: terms of a code list; none is not told, or all. options: of CHOICE, the symbols, each with the words `{prefix}_{symbol}`.
    """

    name: str
    kind: str = TEXT
    is_required: bool = False
    options: tuple[str, ...] = ()
    prefix: str = ""


class Act(NamedTuple):
    """One act: the event it becomes. back: the page that shows what came of it. purpose, ticket: of an act about a person, what for that person is
    looked at and the field that says because of what.
    """

    type_name: str
    fields: tuple[Field, ...]
    back: str
    purpose: str | None = None
    ticket: str | None = None


_PERSON: Final = Field("subject_ref", is_required=True)
ACTS: Final[Mapping[str, Act]] = {
    "breach": Act("BreachRecorded", (
        Field("breach_ref", is_required=True), Field("aware_at", MOMENT, True), Field("window_from", MOMENT, True),
        Field("window_until", MOMENT, True), Field("store"), Field("recipient"),
        Field("risk", CHOICE, True, ("UNLIKELY", "RISK", "HIGH"), "risk"), Field("categories", TERMS),
        Field("consequences", CODES), Field("measures", CODES), Field("report_ref"),
    ), "/breaches"),
    "authority": Act("AuthorityNotified", (
        Field("breach_ref", is_required=True), Field("authority", CHOICE, True, ("nl:DPA-NL",), "authority"), Field("notified_at", MOMENT, True),
    ), "/breaches"),
    "answer": Act("RequestAnswered", (
        _PERSON, Field("request_ref", is_required=True),
        Field("outcome", CHOICE, True, ("FULFILLED", "PARTLY", "REFUSED", "EXTENDED"), "outcome"),
        Field("identity_check", CHOICE, True, ("DONE", "NOT_NEEDED", "NOT_DONE"), "identity"), Field("reasons", REASONS),
    ), "/requests", "dpv:RightsFulfilment", "request_ref"),
    "hold": Act("HoldPlaced", (
        _PERSON, Field("hold_ref", is_required=True), Field("kind", CHOICE, True, ("LEGAL_HOLD", "RESTRICTION"), "hold"), Field("store"),
        Field("until", MOMENT), Field("categories", TERMS),
    ), "/", "dpv:LegalCompliance", "hold_ref"),
    "release": Act("HoldReleased", (
        _PERSON, Field("hold_ref", is_required=True), Field("kind", CHOICE, True, ("LEGAL_HOLD", "RESTRICTION"), "hold"),
    ), "/", "dpv:LegalCompliance", "hold_ref"),
}  # fmt: skip
"""By the last part of the address."""


def event_of(act: Act, typed: Mapping[str, list[str]]) -> dict[str, Any]:
    """The event in its form for people, without envelope. typed: name -> what was filled in. Raises: FieldError, names the field."""
    event: dict[str, Any] = {"type": act.type_name}
    for field in act.fields:
        values = [value.strip() for value in typed.get(field.name, []) if value.strip()]
        if field.kind == REASONS:
            event[field.name] = _reasons(act, typed)
        elif field.kind in (CODES, TERMS):
            event[field.name] = values
        elif values:
            event[field.name] = _moment(act, field.name, values[0]) if field.kind == MOMENT else values[0]
        elif field.is_required:
            raise FieldError("record", act.type_name, field.name, NO_VALUE)
        if field.options and values and values[0] not in field.options:
            raise FieldError("record", act.type_name, field.name, NO_CHOICE)
    if event.get("outcome") in ("PARTLY", "REFUSED") and not event["reasons"]:
        raise FieldError("record", act.type_name, "reasons", NO_REASON)
    return event


def _reasons(act: Act, typed: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    made = []
    for number in range(REASONS_MAX):
        given = {part: (typed.get(f"reasons-{number}-{part}") or [""])[0].strip() for part in ("holder", "store", "purpose", "reason", "until")}
        if not any(given.values()):
            continue
        if not given["holder"] or not given["reason"]:
            raise FieldError("record", act.type_name, "reasons", HALF_A_REASON)
        until = _moment(act, "reasons", given["until"] + "T00:00") if given["until"] else None
        made.append({
            "holder": given["holder"], "store": given["store"] or None, "purpose": given["purpose"] or None, "ref": None,
            "reason": given["reason"], "statute": None, "until": until,
        })  # fmt: skip
    return made


def _moment(act: Act, name: str, text: str) -> str:
    """A wall clock's time in the Netherlands as an instant."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=DUTCH_TIME).isoformat()
    except ValueError:
        raise FieldError("record", act.type_name, name, NO_MOMENT) from None
