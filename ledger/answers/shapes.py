"""What every answer is made of: terms, events by their place, freshness; and the JSON form of all answers. Data only.

Instants are microseconds since 1970 UTC, days are dates, ids are 16 bytes; JSON has RFC 3339 and UUID strings. The answers
stand in shapes_*.py beside this, one file for each group of questions. Source of the questions: docs/answers.md.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, NamedTuple

from ledger.contract.json_form import instant_to_text

# A whole number of one of these names, or that ends like this, is an instant; every other one is a number (a test knows each of both).
_INSTANTS = frozenset({"at", "since", "until", "on", "time_reached", "next_due"})
_ENDINGS = ("_at", "_from", "_until", "_since")


class Term(NamedTuple):
    """A term of a code list and what it means in plain words."""

    term: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The event a line rests on, by its place on the log. offset None: the event is not in this partition's history."""

    topic: str
    partition: int
    offset: int | None
    event_id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFreshness:
    """How far one partition of `facts` is folded. end_offset, lag: None when Kafka does not answer.

    lag below zero: the broker has fewer records than were folded, so it lost some or is another one. pending_offset: of the first register event
    that is still being folded into the many subjects it concerns, or None.
    """

    partition: int
    next_offset: int
    end_offset: int | None
    lag: int | None
    time_reached: int
    pending_offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How fresh an answer is. lag: records not folded yet, over the partitions asked; None is unknown. time_reached: the earliest of them.

    on, known_at: of an answer as of then, the moment and the places (docs/answers.md section 2); else None.
    """

    simulated: bool
    time_reached: int
    lag: int | None
    partitions: tuple[PartitionFreshness, ...]
    on: int | None = None
    known_at: str | None = None


def as_json(answer: Any) -> Any:
    """Turn an answer into what `json.dumps` takes: names as in the dataclasses, instants RFC 3339, ids UUID strings."""
    if isinstance(answer, Term):
        return {"term": answer.term, "label": answer.label}
    if is_dataclass(answer):
        return {field.name: _value(field.name, getattr(answer, field.name)) for field in fields(answer)}
    if isinstance(answer, tuple):
        return [as_json(each) for each in answer]
    if isinstance(answer, bytes):
        return str(uuid.UUID(bytes=answer))
    if isinstance(answer, date):
        return answer.isoformat()
    return answer


def is_instant(name: str) -> bool:
    """Whether a whole number of that name is an instant."""
    return name in _INSTANTS or name.endswith(_ENDINGS)


def _value(name: str, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and is_instant(name):
        return instant_to_text(value)
    return as_json(value)
