"""Holders, what is due, obligations and broken promises, as answers. Data only. Source: docs/answers.md sections 3, 4 and 6."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_subject import ObligationAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderAnswer:
    """What one holder has in one role, over all subjects. role None: the controller itself.

    rests_on: of each partition the first and the latest acquisition; more: of how many holdings beyond these no fact is named.
    """

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
    rests_on: tuple[Event, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldersAnswer:
    """Every holder, those with the most subjects first."""

    controller: str | None
    holders: tuple[HolderAnswer, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A holding whose date has come or will come, or something else that must be done. state: COMING, OPEN or OVERDUE (it is called for),
    HELD_BACK (the date has come, but a legal hold stands). kind: ERASE, or of the obligation. purpose None: it is about none. rests_on: what
    brought the data there and what started its term, or what the obligation rests on.
    """

    due_at: int
    state: str
    kind: str
    controller: str
    subject_ref: str
    holder: str
    store: str | None
    purpose: Term | None
    ref: str | None
    categories: tuple[Term, ...]
    rule: str | None
    overdue_at: int | None
    obligation_id: bytes | None
    rests_on: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAnswer:
    """What comes due until a moment and what is past due, earliest first. more: whether the limit left any out.

    until: None when no moment was asked for and no time has come on the ledger.
    """

    until: int | None
    controller: str | None
    lines: tuple[DueLine, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingLine:
    """What one holder has or had of one person, among those of all. categories: now, since the oldest; erased: gone, the latest at erased_at.

    received_from: who gave it, None: the holder acquired it itself. due_at, rule, held_back: as in DueLine. rests_on: what brought it there.
    """

    controller: str
    subject_ref: str
    holder: str
    role: Term | None
    store: str | None
    purpose: Term
    ref: str | None
    received_from: str | None
    categories: tuple[Term, ...]
    since: int | None
    erased: tuple[Term, ...]
    erased_at: int | None
    activity: str | None
    legal_basis: Term
    statute: str | None
    country: str | None
    safeguard: Term | None
    agreement: str | None
    product: str | None
    due_at: int | None
    rule: str | None
    held_back: bool
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationsAnswer:
    """Obligations, earliest due first. more: whether the limit left any out."""

    controller: str | None
    obligations: tuple[ObligationAnswer, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationCount:
    """How often one promise of one controller was found broken in one way, and about how many people. latest_found_at: by the ledger's time.

    rests_on: of each partition a fact of the first and one of the latest; more: of how many beyond these no fact is named.
    """

    controller: str
    promise: str
    rule: str
    severity: str
    violations: int
    subjects: int
    latest_found_at: int
    rests_on: tuple[Event, ...] = ()
    more: int = 0


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
    next: str | None
    freshness: Freshness
