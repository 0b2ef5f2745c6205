"""What a person gets to see (GDPR Art. 15) or to take along (Art. 20): the answers. Data only.

Source: docs/answers.md, "Subject report" and "Export".
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_rights import DisclosureAnswer, LookUp, RequestLine, ShareWithoutRequest
from ledger.answers.shapes_sharing import PromiseNote, SafeguardAnswer
from ledger.answers.shapes_subject import ConsentAnswer, HoldAnswer, HoldingAnswer, ObjectionAnswer, ObligationAnswer, ViolationAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where data came from: DATA_SUBJECT, OBSERVED, THIRD_PARTY, UNKNOWN; or the holder that shared it (`giver`)."""

    origin: str | None
    giver: str | None
    occasion: str | None
    necessity: str | None
    at: int
    categories: tuple[Term, ...]
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one holder has now, for what, how long and why (`holding.why`), where it came from, and what a transfer rests on (None: no transfer)."""

    holding: HoldingAnswer
    origins: tuple[Origin, ...]
    transfer: SafeguardAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somebody who got data, also when it is gone by now. chain: from the controller to this one. categories: ever; has_now: some of it still."""

    recipient: str
    role: Term
    chain: tuple[str, ...]
    purposes: tuple[Term, ...]
    categories: tuple[Term, ...]
    country: str | None
    has_now: bool
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A right of the person, and the article that gives it."""

    right: str
    article: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IpEntry:
    """One entry of the person's IP address or session in a log. erased_at: when it was gone everywhere; None while some of it is held."""

    at: int
    activity: str
    store: str
    ref: str | None
    categories: tuple[Term, ...]
    erased_at: int | None
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswer:
    """Something that was told. to: `subject`, or a recipient."""

    to: str
    about: Term
    ref: str | None
    method: str | None
    at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionAnswer:
    """Something that a holder corrected (Art. 16). categories: empty is all; ref None: any. source: the service that told it."""

    by: str
    source: str
    categories: tuple[Term, ...]
    ref: str | None
    at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAnswer:
    """Everything that GDPR Art. 15 asks, about one person. audience: `subject`: the person's own copy; `officer`: also what the person may not see.

    silent: promises about what is held on which the statement says nothing, or speaks by law that is gone.
    obligations, violations, legal holds: empty in the person's own copy.
    """

    controller: str
    subject_ref: str
    audience: str
    known: bool
    time_reached: int
    statement: str | None
    version: str | None
    held: tuple[Held, ...]
    receivers: tuple[Receiver, ...]
    rights: tuple[Right, ...]
    complaint: str
    automated_decisions: str
    consents: tuple[ConsentAnswer, ...]
    objections: tuple[ObjectionAnswer, ...]
    requests: tuple[RequestLine, ...]
    corrections: tuple[CorrectionAnswer, ...]
    notices: tuple[NoticeAnswer, ...]
    disclosures: tuple[DisclosureAnswer, ...]
    without_request: tuple[ShareWithoutRequest, ...]
    look_ups: tuple[LookUp, ...]
    look_ups_rule: str | None
    look_ups_term: str | None
    look_ups_forgotten: int
    ip_entries: tuple[IpEntry, ...]
    silent: tuple[PromiseNote, ...]
    holds: tuple[HoldAnswer, ...]
    obligations: tuple[ObligationAnswer, ...]
    violations: tuple[ViolationAnswer, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableItem:
    """One category in one place. The value itself is in the store: the ledger holds none."""

    category: Term
    group: str
    store: str | None
    country: str | None
    purpose: Term
    ref: str | None
    legal_basis: Term
    held_since_at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableAnswer:
    """What a person may take along (GDPR Art. 20; MD-19): contact, address and bank data, place by place. schema: of this document.

    left_out: categories of those groups that are held but not given by the person, or not on consent or contract (Art. 20(1)).
    """

    schema: str
    controller: str
    subject_ref: str
    known: bool
    items: tuple[PortableItem, ...]
    left_out: tuple[Term, ...]
    freshness: Freshness
