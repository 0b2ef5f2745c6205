"""How long data is kept, what is processed, and which breaches there were: the answers. Data only.

Source: docs/answers.md, "Retention", "Register of processing" and "Breaches". rests_on, more: as in shapes_sharing.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_lists import DueLine
from ledger.answers.shapes_record import ContactsAnswer, SecurityAnswer
from ledger.answers.shapes_sharing import PromiseNote, SafeguardAnswer

# -- retention


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTerm:
    """How long. customer: only for what was collected from a customer (True) or from others (False); None: from anybody."""

    customer: bool | None
    anchors: tuple[Term, ...]
    mode: str
    per: str
    term: str
    statute: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """One rule of the policy in force, and what is held under it. rule: the promise. terms: several where customers have another than others have.

    holdings: all of them; waiting: without a date yet, and never_starts: of these, those whose term will not start by itself (gaps); held_back: the
    date has come and a hold stands; called_for: erasure is asked. next_due: the earliest date that lies ahead. is_current False: only an earlier
    version of the policy has this rule, and holdings of its time follow it.
    """

    controller: str
    rule: str
    holder: str
    is_current: bool
    activities: tuple[str, ...]
    roles: tuple[str, ...]
    purposes: tuple[Term, ...]
    categories: tuple[Term, ...]
    terms: tuple[ScheduleTerm, ...]
    holdings: int
    waiting: int
    never_starts: int
    called_for: int
    held_back: int
    next_due: int | None
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine:
    """Data that no rule gives a term. activity: of the controller's own; role: of recipients. notes: what the statement is silent on about it.

    rule: the one it waits under all the same, None: no rule covers it. reason: NO_RULE; or why its term will not start by itself: NOT_STATED (from
    when it counts), DATASET (only a person does what it counts from, and this is about unknown people), NOT_BEGUN (it counts from the end of what
    was never recorded, or was over before the data came). waits_for: the anchors concerned. categories: held now. holdings: how many;
    undated: how many of the same activity, role, purpose and rule have no date, these and others. examples: at most three subjects, to ask about with
    `ledger subject show`.
    """

    controller: str
    activity: str | None
    role: Term | None
    purpose: Term
    rule: str | None
    reason: str
    waits_for: tuple[Term, ...]
    categories: tuple[Term, ...]
    holdings: int
    undated: int
    examples: tuple[str, ...]
    notes: tuple[PromiseNote, ...]
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrunLine:
    """What is past its date, by rule. state: OPEN, OVERDUE (its erasure is called for) or HELD_BACK. late_by_seconds: of the oldest; 0 in time.

    more: beyond those whose facts are named, how many there are.
    """

    controller: str
    rule: str
    state: str
    number: int
    subjects: int | None
    oldest_due_at: int
    late_by_seconds: int
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsAnswer:
    """What will get no date by itself, most first; the `gaps` of RetentionAnswer alone."""

    controller: str | None
    gaps: tuple[GapLine, ...]
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionAnswer:
    """The schedule, what has no term, what is past its date, and what comes due next. silent: the promises that the statements say nothing on."""

    controller: str | None
    schedule: tuple[ScheduleLine, ...]
    gaps: tuple[GapLine, ...]
    silent: tuple[PromiseNote, ...]
    overruns: tuple[OverrunLine, ...]
    until: int | None
    due: tuple[DueLine, ...]
    more: bool
    next: str | None
    freshness: Freshness


# -- the register of processing


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDeclared:
    """Something that was seen and that the policy does not declare: a term in words, and the facts of its own that it rests on."""

    term: str
    label: str
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One heading of a line of the register: what the policy declares, what was seen, and the difference both ways; each by name."""

    declared: tuple[Term, ...]
    observed: tuple[Term, ...]
    not_declared: tuple[NotDeclared, ...]
    never_observed: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingLine:
    """One activity of the controller. is_declared False: the policy has none such. title_nl: in Dutch, where the policy has it.

    stores: `store (country)`. terms: rule and term in words. data_subjects, security: as the policy says them, of all and of this one.
    """

    controller: str
    activity: str
    title: str | None
    title_nl: str | None
    is_declared: bool
    is_observed: bool
    promises: tuple[str, ...]
    necessity: str | None
    purposes: Declared
    categories: Declared
    legal_bases: Declared
    stores: Declared
    terms: tuple[str, ...]
    data_subjects: tuple[Term, ...]
    security: SecurityAnswer
    subjects: int
    holdings: int
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureLine:
    """Recipients of one role. An empty declared list means that any is declared. transfers: where it goes outside the EU, and on what."""

    controller: str
    role: Term
    is_declared: bool
    is_observed: bool
    promises: tuple[str, ...]
    recipients: tuple[str, ...]
    purposes: Declared
    categories: Declared
    transfers: tuple[SafeguardAnswer, ...]
    subjects: int
    holdings: int
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAnswer:
    """The register of processing (GDPR Art. 30(1)) of one controller: declared against observed. version None: no policy is published.

    contacts, data_subjects, security: as the policy says them, the last two of every activity. not_covered: what Art. 30(1) asks and neither the
    policy nor an event tells.
    """

    controller: str
    statement: str | None
    version: str | None
    in_force_from: int | None
    policy: Event | None
    contacts: ContactsAnswer
    data_subjects: tuple[Term, ...]
    security: SecurityAnswer
    activities: tuple[ProcessingLine, ...]
    recipients: tuple[DisclosureLine, ...]
    differences: int
    not_covered: tuple[str, ...]
    freshness: Freshness


# -- breaches


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityNotice:
    """What the authority was told. late_by_seconds: past 72 hours after the controller was aware; 0 in time."""

    authority: str
    notified_at: int
    late_by_seconds: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedSubject:
    """One person that a breach concerns. told: whether a notice about it was given. rests_on: what was there in the window."""

    subject_ref: str
    told: bool
    categories: tuple[Term, ...]
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachAnswer:
    """One breach (GDPR Art. 33(5)). categories: empty is all. authority_due_at: aware plus 72 hours, None when the risk asks no notice.

    affected: people whose data was there in the window, worked out from the holdings; told: those who had a notice; notice: who must have one
    (BY_LAW: the risk is high; BY_POLICY: a duty of the policy; NOT_ASKED). still_due: those who must and had none. consequences, measures: as
    recorded, empty is not told; report_ref: where it is told at length.
    """

    controller: str
    breach_ref: str
    aware_at: int
    holder: str
    store: str | None
    window_from_at: int
    window_until_at: int
    categories: tuple[Term, ...]
    risk: str
    consequences: tuple[Term, ...]
    measures: tuple[Term, ...]
    report_ref: str | None
    authority_due_at: int | None
    authority_late_by_seconds: int
    authority: tuple[AuthorityNotice, ...]
    affected: int
    told: int
    notice: str
    still_due: int
    subjects: tuple[AffectedSubject, ...]
    more: bool
    next: str | None
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachedLine:
    """One person of one breach, of a list of all of them. notice: as in BreachAnswer; still_due: the person must be told of it and was not."""

    controller: str
    breach_ref: str
    subject: AffectedSubject
    notice: str
    still_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachesAnswer:
    """The register of breaches, the latest first. not_covered: what Art. 33(5) asks and was not recorded of one of them or more."""

    controller: str | None
    breaches: tuple[BreachAnswer, ...]
    not_covered: tuple[str, ...]
    freshness: Freshness
