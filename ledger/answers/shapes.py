"""What every answer is made of: terms, events by their place, freshness; and the JSON form of all answers. Data only.

Instants are microseconds since 1970 UTC, days are dates, ids are 16 bytes; JSON has RFC 3339 and UUID strings. The answers
stand in shapes_*.py beside this, one file for each group of questions. Source of the questions: docs/answers.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

from ledger.contract.json_form import instant_to_text

# A whole number of one of these names, or that ends like this, is an instant; every other one is a number (a test knows each of both).
_INSTANTS = frozenset({"at", "since", "until", "on", "time_reached", "next_due"})
_ENDINGS = ("_at", "_from", "_until", "_since")
_PLAIN = frozenset({str, int, float, bool, type(None)})


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
    kind = type(answer)
    if kind in _PLAIN:
        return answer
    if kind is tuple:
        return [as_json(each) for each in answer]
    if kind is Term:
        return {"term": answer[0], "label": answer[1]}
    if kind is bytes:
        text = answer.hex()  # a UUID object takes four times as long
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    if kind is date:
        return answer.isoformat()
    names = _fields_of(kind)  # type: ignore[arg-type]  # to mypy, a class of anything may not be hashable
    if names is None:
        return [as_json(each) for each in answer] if isinstance(answer, tuple) else answer
    found = {}
    for name, is_time in names:
        value = getattr(answer, name)
        found[name] = _instant(value) if is_time and type(value) is int else as_json(value)
    return found


def without(answer: object, names: Iterable[str]) -> object:
    """The same answer in JSON form, without the fields of these names at any depth."""
    hidden = frozenset(names)
    if not hidden:
        return answer
    if isinstance(answer, dict):
        return {name: without(value, hidden) for name, value in answer.items() if name not in hidden}
    if isinstance(answer, list):
        return [without(value, hidden) for value in answer]
    return answer


def is_instant(name: str) -> bool:
    """Whether a whole number of that name is an instant."""
    return name in _INSTANTS or name.endswith(_ENDINGS)


@cache
def _fields_of(kind: type) -> tuple[tuple[str, bool], ...] | None:
    """(name, whether a whole number in it is an instant) of each field, asked once for each kind of answer; None: it has none."""
    return None if not is_dataclass(kind) else tuple((field.name, is_instant(field.name)) for field in fields(kind))


_instant = lru_cache(maxsize=4_096)(instant_to_text)
"""Lines of one answer share most of their instants."""
