"""The processor statement: what a controller processes for its customers, what data processors hold for it, who asked. Data only.

Source: docs/answers.md, "Processor statement". rests_on, more: as in shapes_sharing.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_record import ContactsAnswer, SecurityAnswer
from ledger.answers.shapes_sharing import AgreementState, Gets, SafeguardAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRequest:
    """A processor statement that was asked for. given_at None: it was not given yet.

    due_at: when it is late, None when the policy has no such duty. late_by_seconds: 0 in time.
    """

    statement_ref: str
    controller: str
    requester: Term
    requested_at: int
    requested: Event
    given_at: int | None
    given: Event | None
    method: str | None
    due_at: int | None
    late_by_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """What one data processor holds for the controller. chain: from the controller to this one; a longer one tells of a sub-processor.

    sub_processor_for: the activities done on behalf of customers of which it has or had data.
    """

    processor: str
    role: Term
    country: str | None
    countries: tuple[str, ...]
    subjects: int
    holdings: int
    gets: tuple[Gets, ...]
    agreement: AgreementState
    safeguard: SafeguardAnswer | None
    chain: tuple[str, ...]
    sub_processor_for: tuple[str, ...]
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingStore:
    """Where data of customers is kept. is_declared: the policy names this store in this country. transfer: outside the EU, what that rests on."""

    store: str
    country: str | None
    is_declared: bool
    transfer: SafeguardAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubProcessor:
    """One that has or had data of an activity done on behalf of customers. gets, agreement, holdings, rests_on: of that data alone.

    country: of the register; countries: where it has it now. transfers: those outside the EU or unknown, and what each rests on.
    """

    processor: str
    role: Term
    chain: tuple[str, ...]
    country: str | None
    countries: tuple[str, ...]
    holdings: int
    gets: tuple[Gets, ...]
    agreement: AgreementState
    transfers: tuple[SafeguardAnswer, ...]
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersProcessing:
    """One activity that the controller of the policy does on behalf of its customers, as their processor.

    categories: declared; held: seen, and there now. terms: how long, in words. subjects, holdings: now; since: the oldest. rests_on: the policy
    that declares it, and the facts of what was seen. security: as the policy says it.
    """

    activity: str
    title: str
    title_nl: str | None
    promises: tuple[str, ...]
    purposes: tuple[Term, ...]
    categories: tuple[Term, ...]
    held: tuple[Term, ...]
    stores: tuple[ProcessingStore, ...]
    terms: tuple[str, ...]
    security: SecurityAnswer
    subjects: int
    holdings: int
    since: int | None
    sub_processors: tuple[SubProcessor, ...]
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementAnswer:
    """The processor statement of a controller (GDPR Art. 28, 30(2)). statement, version: of the policy in force; None when none is published.

    processing: what it does on behalf of customers; empty when the policy declares none of it, which rests on `policy`, as published.
    contacts: of the processor, as the policy says them. not_covered: what Art. 28(3) and 30(2) ask and neither the policy nor an event tells.
    """

    controller: str
    processor: str | None
    statement: str | None
    version: str | None
    policy: Event | None
    contacts: ContactsAnswer
    processing: tuple[CustomersProcessing, ...]
    processors: tuple[Processing, ...]
    requests: tuple[StatementRequest, ...]
    not_covered: tuple[str, ...]
    freshness: Freshness
