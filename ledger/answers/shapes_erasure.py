"""A certificate of erasure, as an answer: what was erased, by whom, when and because of what, and what was left. Data only.

Source: docs/evidence.md section 12; GDPR Art. 5(2), 12(3), 17, 19.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_rights import Refusal
from ledger.answers.shapes_subject import HoldAnswer, HoldingAnswer, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A holder's own word that it has erased. certificate_ref: of the paper that it keeps. act: ERASED, ANONYMISED and so on."""

    by: str
    at: int
    act: str
    because_of: str
    certificate_ref: str | None
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """What called for it. rule: the promise or the article. statement, version, policy: where it stands, None when no statement has it.

    request_ref, outcome: of the request of the person, and how that was answered. rests_on: what the date or the request rests on.
    """

    rule: str | None
    statute: str | None
    statement: str | None
    version: str | None
    policy: Event | None
    request_ref: str | None
    received_at: int | None
    received: Event | None
    outcome: str | None
    answered: Event | None
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """One erasure at one holder. obligation_id None: nobody called for it, and the dates and outcomes of an obligation are None too.

    raised, overdue, violation, met: what the ledger published, as records of the logs of outcomes.
    """

    holder: str
    role: Term | None
    store: str | None
    purpose: Term | None
    ref: str | None
    received_from: str | None
    categories: tuple[Term, ...]
    obligation_id: bytes | None
    because: Because
    raised_at: int | None
    due_at: int | None
    overdue_at: int | None
    erased_at: int
    late_by_seconds: int
    acknowledged: tuple[Acknowledged, ...]
    raised: Event | None
    overdue: Event | None
    violation: Event | None
    met: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An entry of an answer that names what was left. stands: whether the request is refused that now."""

    request_ref: str
    refusal: Refusal
    stands: bool
    answered: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is still held of what was asked about. reason: HELD (a hold stands), REFUSED, TERM (its own term runs until `holding.until`),
    WAITS (the term has not started, or a minimum is kept) or NO_TERM (no statement gives one).
    """

    reason: str
    holding: HoldingAnswer
    refusals: tuple[Refused, ...]
    holds: tuple[HoldAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """The key of the person was destroyed. epoch_ended None: not yet; until then a backup from before can be opened with the key file."""

    key_destroyed: Step
    epoch: int | None
    epoch_ended: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAnswer:
    """What was erased of one subject; of one obligation, of one request, or all of it (both None). Nothing in it waits for anybody."""

    certificate: str
    controller: str
    subject_ref: str
    obligation_id: bytes | None
    request_ref: str | None
    time_reached: int
    erasures: tuple[Erased, ...]
    left: tuple[Left, ...]
    forgotten: Forgotten | None
    freshness: Freshness
