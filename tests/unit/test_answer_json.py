"""The JSON form of the answers: every instant is an RFC 3339 text, whatever answer it stands in."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import fields, is_dataclass, make_dataclass
from typing import Any, get_args, get_type_hints

import ledger.answers
from ledger.answers.asking import Snapshot
from ledger.answers.shapes import as_json

MICROS = 1_682_892_000_000_000
RFC_3339 = "2023-04-30T22:00:00.000000Z"
INSTANT = re.compile(r"(.*_)?(at|from|until|since)|on|time_reached|next_due")
"""How an instant may be named. A field of another name is a number, and stands here."""
NUMBERS = {
    *("affected", "called_for", "differences", "facts", "forgotten", "held_back", "holdings", "look_ups_forgotten", "more", "number"),
    *("open", "undated", "barred", "beyond", "closed", "disclosures", "due", "given", "late", "paused", "requests", "unsettled"),
    *("people", "objecting", "same", "consent_ended", "unlisted", "never_starts", "shares_without_request"),
    *("overdue", "still_due", "subjects", "shares", "onward", "told", "verdicts", "violations", "waiting", "escalation", "lag"),
    *("end_offset", "next_offset", "offset", "partition", "pending_offset", "raised_offset"),
    *("stand", "legal_holds", "restrictions", "days_least", "days_most"),
    *("at_once", "epoch", "judged", "outcomes", "done", "refused"),
    *("age_seconds", "authority_late_by_seconds", "late_by_seconds"),
}


def int_fields() -> set[tuple[str, str]]:
    """(dataclass, field) of each whole number in what `ledger.answers` has for an answer."""
    modules = [importlib.import_module(f"ledger.answers.{each.name}") for each in pkgutil.iter_modules(ledger.answers.__path__)]
    found: set[Any] = {each for module in modules for each in vars(module).values() if isinstance(each, type) and is_dataclass(each)}
    shapes = [each for each in found if each.__module__.startswith("ledger.answers.") and each.__dataclass_params__.frozen and each is not Snapshot]
    return {(shape.__name__, field.name) for shape in shapes for field in fields(shape) if _is_int(get_type_hints(shape)[field.name])}


def _is_int(hint: Any) -> bool:
    return hint is int or int in get_args(hint)


def test_each_whole_number_is_an_instant_by_its_name_or_a_number_that_is_listed() -> None:
    unsaid = [each for each in sorted(int_fields()) if (INSTANT.fullmatch(each[1]) is None) == (each[1] not in NUMBERS)]

    assert unsaid == [], "an instant or a number? say so by its name, or in NUMBERS"


def test_instants_are_text_in_json_and_numbers_are_numbers() -> None:
    names = sorted({name for _, name in int_fields()})
    answer = make_dataclass("Answer", [(name, int) for name in names])(*[MICROS] * len(names))

    assert as_json(answer) == {name: MICROS if name in NUMBERS else RFC_3339 for name in names}


def test_the_answers_are_found_and_every_number_in_the_list_stands_in_one() -> None:
    assert {("RegisterAnswer", "in_force_from"), ("SafeguardAnswer", "valid_until"), ("Difference", "happened_at")} <= int_fields()
    assert {name for _, name in int_fields()} >= NUMBERS
