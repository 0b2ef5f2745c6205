"""A question about one holding under a policy, from the words in which people ask it: on the command line and over HTTP. Pure.

Must never repeat what was given: an error names the field and what belongs there. Source: docs/policies.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from ledger.contract import vocabulary
from ledger.core.calendar import start_of_day
from ledger.core.retention_rule import ANCHORS, COLLECTION, NOT_STATED
from ledger.errors import CallerError
from ledger.explaining.shapes import Asked, Happened

KINDS: Final = ANCHORS - {COLLECTION, NOT_STATED}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WHEN: Final = re.compile(r"(?P<kind>[A-Z_]+)(:(?P<ref>[^=]+))?=(?P<time>.+)")


class QuestionError(CallerError):
    """A question that cannot be asked. field: which part of it is wrong, by its name in Question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """As somebody wrote it; what was left out is None, or empty. collected: a day or a time. when: KIND[:REF]=TIME, milestones that have come."""

    activity: str | None = None
    role: str | None = None
    purpose: str | None = None
    category: tuple[str, ...] = ()
    customer: bool | None = None
    collected: str | None = None
    when: tuple[str, ...] = ()


def asked(question: Question, name: Callable[[str], str], all_terms: str) -> Asked:
    """Which holding it is about. name: what a field is called where it was asked. all_terms: says where all terms of a list are, `{}` its name.

    Raises: QuestionError, no holding or two of them, or a term that no code list has.
    """
    activity, role = name("activity"), name("role")
    if question.activity is not None and question.role is not None:
        raise QuestionError(f"cannot explain: expected {activity} or {role}, got both", field="role", hint="a role is for what others hold")
    narrowed = question.purpose or question.category or question.collected or question.when or question.customer is not None
    if question.activity is None and question.role is None and narrowed:
        what = f"cannot explain one holding: expected {activity} or {role}, got neither"
        raise QuestionError(what, field="activity", hint="the policy names them: `ledger policy show`")
    roles, purposes = (question.role,) if question.role else (), (question.purpose,) if question.purpose else ()
    for field, kind, terms in (("role", "recipient_roles", roles), ("purpose", "purposes", purposes), ("category", "categories", question.category)):
        for term in terms:
            _require_term(field, kind, term, name(field), all_terms)
    return Asked(
        activity=question.activity, role=question.role, purpose=question.purpose, categories=frozenset(question.category), customer=question.customer
    )


def happened(question: Question, zone: tzinfo, name: Callable[[str], str]) -> Happened | None:
    """What is said to have happened, None: nothing. zone: of days, and of times without an offset. Raises: QuestionError."""
    if not question.collected and not question.when:
        return None
    milestones = []
    for text in question.when:
        found = _WHEN.fullmatch(text)
        if found is None or found["kind"] not in KINDS:
            what = f"cannot read {name('when')}: expected KIND=TIME or KIND:REF=TIME, got another"
            raise QuestionError(what, field="when", hint=f"kinds: {', '.join(sorted(KINDS))}")
        milestones.append((found["kind"], found["ref"], _moment("when", found["time"], zone, name)))
    collected = _moment("collected", question.collected, zone, name) if question.collected else None
    return Happened(collected_at=collected, milestones=tuple(milestones))


def _require_term(field: str, kind: str, term: str, name: str, all_terms: str) -> None:
    if not vocabulary.is_term(kind, term):
        near = ", ".join(vocabulary.suggest(kind, term))
        hint = f"did you mean {near}" if near else f"all: {all_terms.format(kind)}"
        raise QuestionError(f"cannot explain: {name} expects a term of the code list {kind}, got another", field=field, hint=hint)


def _moment(field: str, text: str, zone: tzinfo, name: Callable[[str], str]) -> int:
    """A day (its first moment) or a time, in microseconds since 1970 UTC; without an offset in the policy's legal time."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return start_of_day(date.fromisoformat(text), zone)
        read = datetime.fromisoformat(text)
        return ((read if read.tzinfo else read.replace(tzinfo=zone)) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        what = f"cannot read {name(field)}: expected a day or a time, got something else"
        raise QuestionError(what, field=field, hint="2020-06-30, or 2020-06-30T12:00") from None
