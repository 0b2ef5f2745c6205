"""Who gets data, and where it goes: the answers. Data only. Source: docs/answers.md, "Recipients" and "Transfers".

rests_on: events that a line rests on; more: of how many holdings beyond these the facts are not named.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseNote:
    """What the statement does not say, or says by law that is gone. status: silent or outdated. rests_on: the policy that notes it, as published.

    note_nl: the note in Dutch; None where the policy has it in one language.
    """

    promise: str
    status: str
    note: str
    note_nl: str | None
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gets:
    """What a recipient has for one purpose. categories: held now; erased: held before, all gone."""

    purpose: Term
    categories: tuple[Term, ...]
    erased: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAnswer:
    """One agreement by the ledger's time. state: IN_FORCE, ENDED, NOT_YET; until: that moment excluded, None is open."""

    agreement: str
    state: str
    categories: tuple[Term, ...]
    purposes: tuple[Term, ...]
    in_force_from: int
    until: int | None
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementState:
    """Whether what a recipient has is covered. state: IN_FORCE, SHORT (some of it is not covered: `lacks`), ENDED, NONE, NOT_NEEDED."""

    state: str
    agreements: tuple[AgreementAnswer, ...]
    lacks: tuple[Gets, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeguardAnswer:
    """What a transfer to a country rests on by the ledger's time. state: as docs/judging.md section 4, or `unplaced`: no country is known.

    since: from when it is lapsed, None otherwise or when the library cannot say. valid_from, valid_until: what the register says of it.
    """

    country: str | None
    safeguard: Term | None
    state: str
    is_lawful: bool
    since: int | None
    valid_from: int | None
    valid_until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the statement says of a recipient.

    Each is NAMED, EXAMPLE (one of those it names as such), NOT_NAMED (it names others) or NOT_SAID (it names nobody).
    outside: as one that has data outside the EU; INSIDE: it has none there. safeguard: that transfers rest on; NOT_NEEDED: none rests on one.
    """

    recipient: str
    outside: str
    safeguard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientAnswer:
    """One recipient of one controller in one role. registered: it stands in the register with this role. notes: what the statement is silent on."""

    controller: str
    recipient: str
    role: Term
    registered: bool
    country: str | None
    countries: tuple[str, ...]
    subjects: int
    holdings: int
    gets: tuple[Gets, ...]
    agreement: AgreementState
    safeguard: SafeguardAnswer | None
    stated: Stated
    notes: tuple[PromiseNote, ...]
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsAnswer:
    """Every recipient, by controller; those with most people first. """

    controller: str | None
    recipients: tuple[RecipientAnswer, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswer:
    """Data outside the EU: who has what where, and what that rests on by the ledger's time. role None: the controller itself."""

    controller: str
    holder: str
    role: Term | None
    country: str | None
    subjects: int
    holdings: int
    categories: tuple[Term, ...]
    purposes: tuple[Term, ...]
    oldest_since: int | None
    safeguard: SafeguardAnswer
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransfersAnswer:
    """Everything outside the EU, what is not lawful first; and the recipients of whom no country is known. notes: by controller."""

    controller: str | None
    transfers: tuple[TransferAnswer, ...]
    unplaced: tuple[TransferAnswer, ...]
    notes: tuple[PromiseNote, ...]
    freshness: Freshness
