"""What is known of one subject, as an answer. Data only; how it is worked out is in answering.py. Source: docs/answers.md section 1."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term


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
class Idle:
    """What a term counts from and nothing that goes on can bring. was_ever: some of it was, and was over before the data came; False: none was."""

    kind: Term
    was_ever: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a holding is kept until then. rule, statement, version: None where no statement gives a term. text: in plain words, in English.

    never_starts: there is a rule, and its term will not start by itself: from when it counts is not stated, or nothing goes on whose end it could be,
    and then idle says of what. by_ref: the term counts from what has the holding's reference. is_any: one of what it waits for is enough.
    at_least_until: of a term that is a minimum. is_on_hold: a legal hold or restriction stands on it.
    """

    rule: str | None
    statement: str | None
    version: str | None
    statute: str | None
    term: str | None
    anchors: tuple[Anchor, ...]
    waits_for: tuple[Term, ...]
    never_starts: bool
    idle: tuple[Idle, ...]
    by_ref: bool
    is_any: bool
    at_least_until: int | None
    is_on_hold: bool
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
    """Something a holder must do. state: OPEN, OVERDUE, MET, CANCELLED. about: of a notice.

    late_by_seconds: past overdue_at, by the ledger's time; 0 when in time. escalation: 0 in time or settled, 1 late, 2 late for as long again as
    there was to act, 3 for twice as long.
    """

    obligation_id: bytes
    controller: str
    subject_ref: str
    kind: str
    holder: str
    store: str | None
    purpose: Term | None
    ref: str | None
    about: str | None
    categories: tuple[Term, ...]
    state: str
    rule: str
    request_ref: str | None
    raised_at: int
    due_at: int
    overdue_at: int
    age_seconds: int
    late_by_seconds: int
    escalation: int
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
