"""The answers: what a question gets back, frozen, and their JSON form. Data only; how they are worked out is in answering.py and query.py.

Instants are microseconds since 1970 UTC, ids are 16 bytes; JSON has RFC 3339 and UUID strings. Source of the questions: docs/answers.md.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

from ledger.contract.json_form import instant_to_text

_INSTANTS = frozenset({"since", "until", "on", "time_reached", "oldest_since", "next_due", "at"})


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
class HeldCategory:
    """One category held now, since its first acquisition after the last erasure."""

    category: Term
    since: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedCategory:
    """One category that is gone, and the latest erasure that covered it."""

    category: Term
    at: int
    event: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What starts a term: the milestone (or COLLECTION), when it happened, and the event that said so."""

    kind: Term
    at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a holding is kept until then. rule, statement, version: None where no statement gives a term. text: in plain words."""

    rule: str | None
    statement: str | None
    version: str | None
    statute: str | None
    term: str | None
    anchors: tuple[Anchor, ...]
    waits_for: tuple[Term, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingAnswer:
    """What one holder has, in one store, for one purpose and reference. chain: from the controller to the holder, who passed it on to whom.

    Nothing held any more: `categories` is empty, `since` and `until` are None and `erased` says when it went.
    """

    holder: str
    role: Term | None
    store: str | None
    purpose: Term
    ref: str | None
    chain: tuple[str, ...]
    activity: str | None
    legal_basis: Term
    statute: str | None
    country: str | None
    safeguard: Term | None
    agreement: str | None
    product: str | None
    categories: tuple[HeldCategory, ...]
    since: int | None
    until: int | None
    why: Why
    erased: tuple[ErasedCategory, ...]
    obligation_id: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationAnswer:
    """Something a holder must do. state: OPEN, OVERDUE, MET, CANCELLED. late_by_seconds: past overdue_at, by the ledger's time; 0 when in time."""

    obligation_id: bytes
    controller: str
    subject_ref: str
    kind: str
    holder: str
    store: str | None
    purpose: Term | None
    ref: str | None
    categories: tuple[Term, ...]
    state: str
    rule: str
    request_ref: str | None
    raised_at: int
    due_at: int
    overdue_at: int
    age_seconds: int
    late_by_seconds: int
    settled_at: int | None
    certificate_ref: str | None
    reason: str | None
    partition: int
    raised_offset: int
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a consent or objection."""

    state: str
    at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswer:
    """What the person agreed to: the state now, since when, and every step. recipient, channel: None means any."""

    purpose: Term
    channel: str | None
    recipient: str | None
    state: str
    since: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionAnswer:
    """What the person objects to: the state now, since when, and every step."""

    purpose: Term
    channel: str | None
    state: str
    since: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswer:
    """A request of the person. outcome None: not answered."""

    request_ref: str
    right: str
    received_at: int | None
    received: Event | None
    outcome: str | None
    answered_at: int | None
    answered: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAnswer:
    """A legal hold or restriction; while it stands nothing is called for erasure."""

    hold_ref: str
    kind: str
    stands: bool
    placed_at: int | None
    placed: Event | None
    released_at: int | None
    released: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAnswer:
    """The latest erasure a holder reported for one scope. Empty categories or purposes, and store or ref None: all."""

    by: str
    store: str | None
    categories: tuple[Term, ...]
    purposes: tuple[Term, ...]
    ref: str | None
    at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationAnswer:
    """A promise that a fact broke, as it was found when the fact was folded."""

    promise: str
    rule: str
    severity: str
    holder: str | None
    purpose: Term | None
    categories: tuple[Term, ...]
    event: Event
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionFreshness:
    """How far one partition of `facts` is folded. end_offset, lag: None when Kafka does not answer.

    lag below zero: the broker has fewer records than were folded, so it lost some or is another one.
    """

    partition: int
    next_offset: int
    end_offset: int | None
    lag: int | None
    time_reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How fresh an answer is. lag: records not folded yet, over the partitions asked; None is unknown. time_reached: the earliest of them."""

    simulated: bool
    time_reached: int
    lag: int | None
    partitions: tuple[PartitionFreshness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAnswer:
    """All that is known of one subject. known False: nothing is. on, known_at: of an as-of question (position: partition:offset)."""

    controller: str
    subject_ref: str
    known: bool
    on: int | None
    known_at: str | None
    time_reached: int
    holdings: tuple[HoldingAnswer, ...]
    obligations: tuple[ObligationAnswer, ...]
    consents: tuple[ConsentAnswer, ...]
    objections: tuple[ObjectionAnswer, ...]
    requests: tuple[RequestAnswer, ...]
    holds: tuple[HoldAnswer, ...]
    erasures: tuple[ErasureAnswer, ...]
    violations: tuple[ViolationAnswer, ...]
    key_destroyed: Step | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderAnswer:
    """What one holder has in one role, over all subjects. role None: the controller itself."""

    holder: str
    role: Term | None
    subjects: int
    holdings: int
    categories: tuple[Term, ...]
    countries: tuple[str, ...]
    oldest_since: int | None
    next_due: int | None
    open: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldersAnswer:
    """Every holder, those with the most subjects first."""

    controller: str | None
    holders: tuple[HolderAnswer, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A holding whose date has come or will come. state: COMING, OPEN or OVERDUE (its erasure is called for),
    HELD_BACK (the date has come, but a legal hold stands).
    """

    due_at: int
    state: str
    controller: str
    subject_ref: str
    holder: str
    store: str | None
    purpose: Term
    ref: str | None
    categories: tuple[Term, ...]
    rule: str | None
    overdue_at: int | None
    obligation_id: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAnswer:
    """What comes due until a moment and what is past due, earliest first. more: whether the limit left any out.

    until: None when no moment was asked for and no time has come on the ledger.
    """

    until: int | None
    controller: str | None
    lines: tuple[DueLine, ...]
    more: bool
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationsAnswer:
    """Obligations, earliest due first. more: whether the limit left any out."""

    controller: str | None
    obligations: tuple[ObligationAnswer, ...]
    more: bool
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationCount:
    """How often one promise of one controller was found broken in one way, and about how many people. latest_found_at: by the ledger's time."""

    controller: str
    promise: str
    rule: str
    severity: str
    violations: int
    subjects: int
    latest_found_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundViolation:
    """One broken promise. happened_at: of the fact that broke it; found_at: the ledger's time when that fact was folded."""

    controller: str
    subject_ref: str
    promise: str
    rule: str
    severity: str
    holder: str | None
    purpose: Term | None
    categories: tuple[Term, ...]
    happened_at: int
    found_at: int
    event: Event
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationsAnswer:
    """Broken promises, by promise and rule, most often first; and each single one, newest first, when they were asked for.

    more: whether the limit left single ones out; the counts leave none out.
    """

    controller: str | None
    promise: str | None
    since: int | None
    until: int | None
    counts: tuple[ViolationCount, ...]
    violations: tuple[FoundViolation, ...]
    more: bool
    freshness: Freshness


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
    return answer


def _value(name: str, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and (name in _INSTANTS or name.endswith("_at")):
        return instant_to_text(value)
    return as_json(value)
