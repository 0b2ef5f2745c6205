"""What people asked, what was told about them and who looked: the answers. Data only. Source: docs/answers.md, "Requests" to "Suppression"."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.answers.shapes import Event, Freshness, Term
from ledger.answers.shapes_lists import FoundViolation, ViolationCount
from ledger.answers.shapes_subject import ObligationAnswer

# -- requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an answer lets stay, and why. store, purpose, ref None: any. until: when it goes, None when the answer does not say."""

    holder: str
    store: str | None
    purpose: Term | None
    ref: str | None
    reason: Term
    statute: str | None
    until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAnswer:
    """How long the controller has (GDPR Art. 12(3)). due_at None: no clock runs (a complaint), it stands still, or the receipt is not known.

    is_paused: who asks is not known yet (Art. 12(6)). extended: the notice that took two months more. late_by_seconds: 0 in time.
    """

    due_at: int | None
    is_paused: bool
    extended: Event | None
    late_by_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request. state: PAUSED, OPEN, OVERDUE, UNSETTLED (answered, but not all that it called for is done), CLOSED.

    identity: what is known of who asks: NOT_DONE, DONE, NOT_NEEDED, UNKNOWN. outcome None: not answered (an extension is no answer).
    tasks: what it called for at each holder, with how that went. refusals: what the answer lets stay. categories: empty is all.
    """

    controller: str
    subject_ref: str
    request_ref: str
    right: str
    state: str
    categories: tuple[Term, ...]
    received_at: int | None
    identity: str
    identified_at: int | None
    outcome: str | None
    answered_at: int | None
    clock: ClockAnswer
    tasks: tuple[ObligationAnswer, ...]
    refusals: tuple[Refusal, ...]
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsAnswer:
    """Requests: the newest first, of open ones the oldest first, of those refused wholly or in part (is_refused) the latest answer first.

    more: whether the limit left any out.
    """

    controller: str | None
    is_open: bool
    is_refused: bool
    requests: tuple[RequestLine, ...]
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsCounted:
    """How many requests there are, all of them or (is_open) those that are not closed or (is_refused) those refused, and
    how many in each state of RequestLine. late: those not answered, or not in time. refused: wholly or in part."""

    controller: str | None
    is_open: bool
    is_refused: bool
    requests: int
    open: int
    overdue: int
    paused: int
    unsettled: int
    closed: int
    late: int
    refused: int
    freshness: Freshness


# -- disclosures


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureAnswer:
    """Data that somebody outside asked for. decision None: not decided. notice: GIVEN, DUE, BARRED (`barred_until_at` None: without an end), NONE.

    asked, decided: categories. shared: the events by which data went out under it; beyond: categories that did so though the decision that stood
    then (or, while there was none, the request) does not name them; after a refusal, all of them. requester, ground None: the request itself is not
    on the log.
    """

    controller: str
    subject_ref: str
    disclosure_ref: str
    requester: Term | None
    ground: Term | None
    requested_at: int | None
    asked: tuple[Term, ...]
    decision: str | None
    decided_at: int | None
    decided: tuple[Term, ...]
    notice: str
    barred_until_at: int | None
    notice_given_at: int | None
    shared: tuple[Event, ...]
    beyond: tuple[Term, ...]
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareWithoutRequest:
    """A share with an authority, a court, a debt collector or a trademark claimant, or as a legal disclosure, for which no request is known.

    ground: the one it names. cites: the reference of a disclosure that it names, and that nobody asked for or decided on; None: it names none.
    """

    controller: str
    subject_ref: str
    by: str
    recipient: str
    role: Term
    purpose: Term
    ground: Term | None
    cites: str | None
    ref: str | None
    categories: tuple[Term, ...]
    shared_at: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosuresAnswer:
    """The register of disclosures, the latest first, and the latest shares without a request. more: whether the limit left out any of either.

    shares_without_request: how many of these there are.
    """

    controller: str | None
    disclosures: tuple[DisclosureAnswer, ...]
    without_request: tuple[ShareWithoutRequest, ...]
    shares_without_request: int
    more: bool
    next: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosuresCounted:
    """How many disclosures there are, and of how many the notice is DUE, BARRED or GIVEN. beyond: under which more went out than was granted."""

    controller: str | None
    disclosures: int
    due: int
    barred: int
    given: int
    beyond: int
    freshness: Freshness


# -- look-ups


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """One look at somebody's data.

    who: SEALED (under the key of its day, which is not opened), RECORDED (stands on the log, not said to this audience), NAMED (in actor; for
    officers), FORGOTTEN (the key is destroyed; for officers), NOT_RECORDED.
    """

    at: int
    purpose: Term
    categories: tuple[Term, ...]
    ticket_ref: str | None
    incident_ref: str | None
    permission_ref: str | None
    who: str
    actor: str | None
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpsAnswer:
    """Who looked: the look-ups within the term of the log (rule, term in words; None: the policy states none, so all are shown), newest first.

    forgotten: how many are older than the term, and not shown.
    """

    controller: str
    subject_ref: str
    audience: str
    rule: str | None
    term: str | None
    look_ups: tuple[LookUp, ...]
    forgotten: int
    freshness: Freshness


# -- suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """People whom marketing for one purpose may not reach by what they chose. reason: OBJECTION (stands; channel None: on whichever), or
    CONSENT_ENDED (ended or refused, and stands on no channel). unlisted: those of them who are not on the suppression list.
    """

    reason: str
    purpose: Term
    channel: str | None
    subjects: int
    unlisted: int
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Objecting:
    """Somebody who objects to marketing and is not on the list that the statement promises. channels: `any`, or those objected to."""

    controller: str
    subject_ref: str
    purposes: tuple[Term, ...]
    channels: tuple[str, ...]
    rests_on: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionLine:
    """Those whom no campaign of a controller may reach. broken: by what rule something else was done with the list, and how often.

    people: all of them, each once: subjects (on the list), objecting, and those whose consent ended. promises: by which the statement keeps a list;
    unlisted: those who object and are not on it, a gap where it is promised. holdings to oldest_since: of the list. choices: why, by purpose.
    """

    controller: str
    people: int
    subjects: int
    objecting: int
    consent_ended: int
    unlisted: int
    promises: tuple[str, ...]
    choices: tuple[Unreachable, ...]
    holdings: int
    categories: tuple[Term, ...]
    stores: tuple[str, ...]
    oldest_since: int | None
    broken: tuple[ViolationCount, ...]
    rests_on: tuple[Event, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionAnswer:
    """Whom no campaign may reach; who objects and is not on the list that is promised; and each use of a list for something else, newest first.

    more: whether the limit left any of the last two out.
    """

    controller: str | None
    lists: tuple[SuppressionLine, ...]
    gaps: tuple[Objecting, ...]
    violations: tuple[FoundViolation, ...]
    more: bool
    next: str | None
    freshness: Freshness
