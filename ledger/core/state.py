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
    obligation: the open obligation to erase it.
    """

    key: HoldingKey
    attributes: Attributes
    latest: Evidence
    categories: dict[str, Evidence] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    due_at: int | None = None
    rule: str | None = None
    anchors: tuple[Evidence, ...] = ()
    obligation: bytes | None = None
    stored: bool = False
    row_id: bytes | None = None

    @property
    def since(self) -> int:
        """When the oldest of the categories held now was acquired."""
        return min(self.categories.values()).at


@dataclass(slots=True)
class Obligation:
    """Something a holder must do, from the moment it is raised until it is met or cancelled. `state`: OPEN, OVERDUE, MET, CANCELLED."""

    obligation_id: bytes
    kind: str
    holding: HoldingKey
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
    stored: bool = False


Scope = tuple[str, str | None, tuple[str, ...], tuple[str, ...], str | None]
"""What one erasure covers: (holder, store or None = any, categories or () = all, purposes or () = all, ref or None = all)."""

Change = tuple[int, bytes, int, str]
"""One step of a consent or objection: (at, event_id, offset, state), kept in that order."""

Decision = tuple[int, bytes, int, str, str, int | None]
"""One decision on a disclosure: (at, event_id, offset, decision, notice, barred_until), kept in that order."""

Use = tuple[int, bytes, str, str | None]
"""One use whose purpose is counted: (at, event_id, by, channel), kept in that order."""

DATASET_PREFIX = "dataset-"
"""What the reference of a dataset of unknown people begins with; every other subject is a person."""


@dataclass(slots=True)
class Request:
    """A request of the subject: the earliest fact that received it, and the latest answer. Either may be known without the other.

    identified: the earliest fact of its receipt that says who asks is known, or need not be.
    """

    right: str = "UNKNOWN"
    received: Evidence | None = None
    identified: Evidence | None = None
    outcome: str | None = None
    answered: Evidence | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the latest answer ends it."""
        return self.outcome in ("FULFILLED", "PARTLY", "REFUSED")


@dataclass(slots=True)
class Hold:
    """A legal hold (or Art. 18 restriction): while it stands, nothing it covers is called for erasure."""

    kind: str
    placed: Evidence | None = None
    released: Evidence | None = None

    @property
    def stands(self) -> bool:
        """Whether the hold is placed and not released after that."""
        return self.placed is not None and (self.released is None or self.released < self.placed)


@dataclass(slots=True)
class Subject:
    """All that is known of one subject. The `touched_*` sets say what a host must store; `clear_touched` after it did.

    notices: (to, about, ref) -> the first one. uses: by purpose, of counted purposes only.
    """

    controller: str
    subject_ref: str
    message_key: bytes
    subject_id: bytes
    holdings: dict[HoldingKey, Holding] = field(default_factory=dict)
    erasures: dict[Scope, Evidence] = field(default_factory=dict)
    milestones: dict[tuple[str, str | None], Evidence] = field(default_factory=dict)
    consents: dict[tuple[str, str | None, str | None], list[Change]] = field(default_factory=dict)
    objections: dict[tuple[str, str | None], list[Change]] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    notices: dict[tuple[str, str, str | None], Evidence] = field(default_factory=dict)
    disclosures: dict[str, list[Decision]] = field(default_factory=dict)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    key_destroyed: Evidence | None = None
    obligations: dict[bytes, Obligation] = field(default_factory=dict)
    stored: bool = False
    touched: bool = False
    touched_holdings: set[HoldingKey] = field(default_factory=set)
    touched_obligations: dict[bytes, Obligation] = field(default_factory=dict)
    queued_due: int | None = None

    @property
    def is_dataset(self) -> bool:
        """Whether it is a dataset of unknown people, such as a day of visitor logs."""
        return self.subject_ref.startswith(DATASET_PREFIX)

    @property
    def on_hold(self) -> bool:
        """Whether any hold stands."""
        return any(hold.stands for hold in self.holds.values())

    def next_due(self) -> int | None:
        """The earliest moment at which a tick has something to do here, or None."""
        moments = [h.due_at for h in self.holdings.values() if h.due_at is not None and h.obligation is None]
        moments += [o.overdue_at for o in self.obligations.values() if o.state == "OPEN"]
        return min(moments, default=None)


class Outcome(NamedTuple):
    """An event the fold derived: its type, the topic it goes to and its Avro fields (raw form: bytes ids, integer instants)."""

    type: str
    topic: str
    fields: dict[str, Any]
