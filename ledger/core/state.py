"""What the ledger knows about one subject: the state the fold changes.

Two halves. Holdings, erasures, milestones, consents, objections, requests and holds are a function of the *set* of the subject's facts, in
whatever order they came. Obligations are a function of the log up to here. Plain slotted classes, changed in place: the fold owns the state
it is given; hosts only store and load it (rows.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.core.ids import HoldingKey


class Evidence(NamedTuple):
    """The fact a line rests on. Compares by when it happened, then by event id: the order of arrival plays no part."""

    at: int
    event_id: bytes
    offset: int


class Attributes(NamedTuple):
    """What the latest acquisition said about a holding. Absent where the event has no such field."""

    legal_basis: str
    activity: str | None = None
    role: str | None = None
    statute: str | None = None
    country: str | None = None
    safeguard: str | None = None
    agreement: str | None = None
    product: str | None = None


@dataclass(slots=True)
class Holding:
    """One holder's data about the subject for one purpose and reference.

    categories: what is held now -> the first acquisition since the last erasure of it.
    erased: categories that are gone -> the latest erasure that covered them.
    due_at/rule/anchors: when it must go, the promise that says so, and the facts the date rests on; all None/empty where no rule applies.
    held_back: that date has come, and not all that is held is called for.
    """

    key: HoldingKey
    attributes: Attributes
    latest: Evidence
    categories: dict[str, Evidence] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    due_at: int | None = None
    rule: str | None = None
    anchors: tuple[Evidence, ...] = ()
    held_back: bool = False
    stored: bool = False
    row_id: bytes | None = None

    def is_due(self, now: int) -> bool:
        """Whether its date has come by a time reached: at the date itself it has."""
        return self.due_at is not None and self.due_at <= now

    @property
    def since(self) -> int:
        """When the oldest of the categories held now was acquired."""
        return min(self.categories.values()).at


@dataclass(slots=True)
class Obligation:
    """Something a holder must do, from the moment it is raised until it is met or cancelled. `state`: OPEN, OVERDUE, MET, CANCELLED.

    holding: what it is about: a holding's key, or holder and reference (a request, breach, disclosure or service) alone. about: of a notice.
    """

    obligation_id: bytes
    kind: str
    holding: ObligationKey
    categories: tuple[str, ...]
    due_at: int
    overdue_at: int
    rule: str
    raised_at: int
    raised_offset: int
    rests_on: tuple[bytes, ...]
    request_ref: str | None = None
    state: str = "OPEN"
    settled: Evidence | None = None
    certificate_ref: str | None = None
    reason: str | None = None
    about: str | None = None
    stored: bool = False


ObligationKey = tuple[str, str | None, str | None, str | None, str | None]
"""(holder, store, purpose, ref, received_from) of what an obligation is about."""

Scope = tuple[str, str | None, tuple[str, ...], tuple[str, ...], str | None]
"""What one erasure covers: (holder, store or None = any, categories or () = all, purposes or () = all, ref or None = all)."""

Change = tuple[int, bytes, int, str]
"""One step of a consent or objection: (at, event_id, offset, state), kept in that order."""

ConsentStep = tuple[int, bytes, int, str, str | None, str | None]
"""One step of the consents for one purpose: (at, event_id, offset, state, channel, recipient)."""

Where = tuple[str | None, str | None]
"""(channel or None = every, recipient or None = every) of a consent."""

Decision = tuple[int, bytes, int, str, str, int | None, tuple[str, ...]]
"""One decision on a disclosure: (at, event_id, offset, decision, notice, barred_until, categories), kept in that order."""

Rectified = tuple[str, str | None, str | None]
"""What one rectification is about: (who did it, ref or None = all, category or None = all)."""

Use = tuple[int, bytes, str, str | None]
"""One use whose purpose is counted: (at, event_id, by, channel), kept in that order."""

Entry = tuple[str, tuple[Any, ...]]
"""One entry of a subject's state: (field of Subject, key); see entries.py."""

REFUSING = ("REFUSED", "PARTLY")
"""Outcomes of an answer that may let something stay."""

DATASET_PREFIX = "dataset-"
"""What the reference of a dataset of unknown people begins with; every other subject is a person."""


class Reason(NamedTuple):
    """What one entry of an answer lets stay. store, purpose, ref: None is any. until: None, it was not told.

    statute: empty when a law is said to demand it and none is named; None when no law is. seen: the reason, where the facts say how long it lasts.
    """

    holder: str
    store: str | None
    purpose: str | None
    ref: str | None
    until: int | None
    statute: str | None
    seen: str | None = None

    def names(self, key: HoldingKey) -> bool:
        """Whether it is about a holding."""
        return self.holder == key[0] and self.store in (None, key[1]) and self.purpose in (None, key[2]) and self.ref in (None, key[3])


@dataclass(slots=True)
class Request:
    """A request of the subject: the earliest fact that received it, and the latest answer. Either may be known without the other.

    identity: what the earliest receipt says of who asks; identified: the earliest receipt that says it is known, or need not be.
    categories: what it is limited to; empty means all. outcome, answered, reasons: of the latest final answer, and what it lets stay.
    extended: the earliest answer that says it takes longer, which is no final one.
    """

    right: str = "UNKNOWN"
    received: Evidence | None = None
    identity: str = "UNKNOWN"
    identified: Evidence | None = None
    categories: tuple[str, ...] = ()
    outcome: str | None = None
    answered: Evidence | None = None
    reasons: tuple[Reason, ...] = ()
    extended: Evidence | None = None

    @property
    def is_from_nobody_known(self) -> bool:
        """Whether it was said that nobody knows yet who asks (GDPR Art. 12(6))."""
        return self.identity == "NOT_DONE" and self.identified is None

    def asks_for(self, category: str, since: int) -> bool:
        """Whether it wants this category of a holding erased, acquired at `since`: what comes after the request it does not know."""
        return (
            self.right == "ERASURE"
            and self.received is not None
            and since <= self.received.at
            and (not self.categories or category in self.categories)
        )


class HoldStep(NamedTuple):
    """One placing or release of a hold."""

    at: int
    event_id: bytes
    offset: int
    kind: str
    is_release: bool
    categories: tuple[str, ...] = ()
    store: str | None = None
    until: int | None = None

    @property
    def evidence(self) -> Evidence:
        """The fact it rests on."""
        return Evidence(self.at, self.event_id, self.offset)

    def covers(self, key: HoldingKey, category: str) -> bool:
        """Whether it is about this category of this holding."""
        return self.store in (None, key[1]) and (not self.categories or category in self.categories)

    def place(self) -> tuple[int, bool, bytes]:
        """Its place among the steps of its hold: at an equal moment a release comes last, whatever the event ids."""
        return self.at, self.is_release, self.event_id


class Period(NamedTuple):
    """A time in which a hold stands: from `start` until `end`. end None: until it is released. is_over: it was released, or placed again."""

    kind: str
    start: int
    end: int | None
    is_over: bool
    categories: tuple[str, ...]
    store: str | None

    def stands_at(self, now: int) -> bool:
        """Whether it has not ended at a time reached."""
        return not self.is_over and (self.end is None or self.end > now)

    def covers(self, key: HoldingKey, category: str) -> bool:
        """Whether it is about this category of this holding."""
        return self.store in (None, key[1]) and (not self.categories or category in self.categories)


@dataclass(slots=True)
class Hold:
    """A legal hold (or Art. 18 restriction), all its steps in order: while it stands, nothing it covers is called for erasure."""

    steps: list[HoldStep] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind its latest placing gave it; before any is known, its latest release."""
        return ([step for step in self.steps if not step.is_release] or self.steps)[-1].kind

    @property
    def placed(self) -> Evidence | None:
        """The latest placing."""
        return next((step.evidence for step in reversed(self.steps) if not step.is_release), None)

    @property
    def released(self) -> Evidence | None:
        """The latest release."""
        return next((step.evidence for step in reversed(self.steps) if step.is_release), None)

    def periods(self) -> list[Period]:
        """When it stood and stands, in order. A later placing replaces an earlier one."""
        found = []
        for step, following in zip(self.steps, [*self.steps[1:], None], strict=True):
            if not step.is_release:
                ends = [end for end in (step.until, following and following.at) if end is not None]
                found.append(Period(step.kind, step.at, min(ends, default=None), following is not None, step.categories, step.store))
        return found

    def stood(self, moment: tuple[int, bytes]) -> HoldStep | None:
        """The placing that stood just before a moment (at, event_id), by what had happened by then; None: it did not stand."""
        before = [step for step in self.steps if (step.at, step.event_id) < moment]
        last = before[-1] if before else None
        return last if last is not None and not last.is_release and (last.until is None or last.until > moment[0]) else None

    def stands_at(self, now: int) -> bool:
        """Whether it stands at a time reached."""
        return any(period.stands_at(now) for period in self.periods())


class Outcome(NamedTuple):
    """An event the fold derived: its type, the topic it goes to and its Avro fields (raw form: bytes ids, integer instants)."""

    type: str
    topic: str
    fields: dict[str, Any]
